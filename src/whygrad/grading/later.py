"""Numbers after many updates: plain gradient descent, and what it gives when done otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from whygrad.forward import evaluate
from whygrad.grading.conventions import World
from whygrad.grading.naming import After
from whygrad.grading.rows import Found
from whygrad.models.mlp import Network
from whygrad.numeric import xp
from whygrad.reverse import backward

LONGEST = 1_000_000  # updates that are worked out for one number


@dataclass(eq=False)
class Later:
    """The numbers of a world after updates; each way of training is run once for each length."""

    world: World
    _runs: dict[tuple[int, bool, bool], dict[str, np.ndarray]] = field(default_factory=dict)

    def value(self, ref: After, *, sequential: bool = False, biases: bool | None = None) -> float:
        """A number after so many updates. sequential: layer by layer, deltas by the new weights."""
        if not 0 <= ref.steps <= LONGEST:
            return math.nan
        learn = self.world.plan.train_bias if biases is None else biases
        key = (ref.steps, sequential, learn)
        if key not in self._runs:
            self._runs[key] = self.values(*key)
        found = self._runs[key]
        return float(found[ref.at.node][ref.at.index]) if found else math.nan

    def values(self, steps: int, sequential: bool, biases: bool) -> dict[str, np.ndarray]:
        """Every number of the pass after so many updates; none where it cannot be trained so."""
        trace, network = self.world.trace, self.world.network
        if network is not None:
            parameters = self.trained(network, steps, sequential, biases)
        elif sequential:
            return {}
        else:
            parameters = self.descended(steps, biases)
        values = {n.id: trace.recorded.values[n.id] for n in trace.graph.sources} | parameters
        return evaluate(trace.graph, values, xp)

    def trained(
        self, network: Network, steps: int, sequential: bool, biases: bool
    ) -> dict[str, Any]:
        """The parameters after a training run."""
        from whygrad.training.loop import train

        values = self.world.trace.recorded.values
        parameters = {k: np.array(values[k], dtype=float) for k in network.parameters}
        net = replace(network, parameters=parameters)
        run = train(
            net, values["x"], values["y"],
            learning_rate=self.world.plan.learning_rate, iterations=steps, train_bias=biases,
            update_order="sequential" if sequential else "simultaneous", quiet=True,
        )  # fmt: skip
        model = run.model
        assert isinstance(model, Network)
        return dict(model.parameters)

    def descended(self, steps: int, biases: bool) -> dict[str, Any]:
        """The same where no network counts so: the graph's own gradients, step by step."""
        trace, rate = self.world.trace, self.world.plan.learning_rate or 0.0
        values = {n.id: trace.recorded.values[n.id] for n in trace.graph.sources}
        learned = [n.id for n in trace.parameters if n.role != "bias" or biases]
        for _ in range(steps):
            slopes = backward(trace.graph, evaluate(trace.graph, values, xp), xp, only=learned)
            values |= {id_: values[id_] - rate * slopes[id_] for id_ in learned}
        return {n.id: values[n.id] for n in trace.parameters}

    def mistakes(self, ref: After, fits: Callable[[float], bool]) -> Iterator[Found]:
        """What was done otherwise, where it gives the written digits."""
        if self.world.plan.learning_rate is None:
            return
        learn = self.world.plan.train_bias
        ways: list[tuple[str, dict[str, Any], After]] = [
            ("after.sequential", {"sequential": True}, ref),
            ("after.biases" if learn else "after.biases_too", {"biases": not learn}, ref),
            ("after.sequential_biases", {"sequential": True, "biases": not learn}, ref),
            ("after.miscounted", {}, replace(ref, steps=ref.steps + 1)),
            ("after.miscounted", {}, replace(ref, steps=ref.steps - 1)),
        ]
        for key, choice, at in ways:
            value = self.value(at, **choice)
            if math.isfinite(value) and fits(value):
                yield Found(key, ref, None, value, {"steps": at.steps})
