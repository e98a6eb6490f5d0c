"""How updates are made: one at a time by NumPy, or many by a loop of plain Python.

Both advance a State by some iterations, and give the loss before each of them. A state's parameters
are always finite; which way is taken is a matter of size, never of a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Protocol

import numpy as np

from whygrad.engine.unrolled import Unrolled, unroll
from whygrad.forward import evaluate
from whygrad.numeric import xp
from whygrad.reverse import backward
from whygrad.training.plan import Plan
from whygrad.training.task import Arrays, Task
from whygrad.training.update import UpdateRule


@dataclass(frozen=True)
class State:
    """Where a training stands: the updates done, the parameters, and those one update earlier."""

    done: int
    parameters: Arrays
    before: Arrays | None = None
    optimizer: Any = None


class NotFiniteError(Exception):
    """The next update cannot be made: `what` (the loss, a parameter) became inf or nan, `value`."""

    def __init__(self, what: str, value: float) -> None:
        super().__init__(what, value)
        self.what, self.value = what, value


class Way(Protocol):
    """A way to make updates. chunk: how many between two looks at Ctrl-C and the progress bar."""

    chunk: int

    def advance(self, state: State, count: int) -> tuple[list[float], State]:
        """At most `count` updates: the loss before each, and the state after them."""


class ByNumPy:
    """One update at a time, by the recorded passes themselves: any graph, any size."""

    chunk = 1

    def __init__(self, task: Task, plan: Plan, rule: UpdateRule) -> None:
        self.task, self.plan, self.rule = task, plan, rule
        self.groups = task.groups(plan.update_order)

    def advance(self, state: State, count: int) -> tuple[list[float], State]:
        """One update. Raises NotFiniteError where it cannot be made."""
        graph, data = self.task.batch(self.plan.rows(state.done))
        values = evaluate(graph, {**data, **state.parameters}, xp)
        loss = float(values[graph.output])
        if not math.isfinite(loss):
            raise NotFiniteError("loss", loss)
        after, optimizer = dict(state.parameters), state.optimizer
        with np.errstate(all="ignore"):
            for names in self.groups:
                # The activations as they were, with the weights as they are by now.
                found = backward(graph, {**values, **after}, xp, only=names)
                steps, optimizer = self.rule.update(
                    {name: found[name] for name in names}, optimizer, self.plan.learning_rate
                )
                after |= {name: after[name] + step for name, step in steps.items()}
        for name in self.task.learned:
            wrong = after[name][~np.isfinite(after[name])]
            if wrong.size:
                raise NotFiniteError(name, float(wrong[0]))
        return [loss], State(state.done + 1, after, state.parameters, optimizer)


class Unrolling:
    """Plain gradient descent on a tiny graph: a compiled loop for each size of batch there is."""

    chunk = 1_000

    def __init__(self, task: Task, plan: Plan) -> None:
        self.task, self.plan = task, plan
        self.loops: dict[int, Unrolled | None] = {}

    def loop(self, size: int) -> Unrolled | None:
        """The loop for batches of so many rows; None where it would be too large."""
        if size not in self.loops:
            task = self.task
            groups = task.groups(self.plan.update_order)
            resting = {k: v for k, v in task.parameters.items() if k not in task.learned}
            if self.plan.whole:
                found = unroll(task.graph, groups, {**resting, **task.data})
            else:
                # Targets as rows: a loop for batches that vary must not depend on their labels.
                assert task.network is not None
                found = unroll(task.network.graph(size), groups, resting, ("x", "y"))
            self.loops[size] = found
        return self.loops[size]

    def advance(self, state: State, count: int) -> tuple[list[float], State]:
        """Updates on batches of one size, up to the first that plain floats cannot make."""
        loop = self.loop(self.plan.rows(state.done).size)
        if loop is None:
            return [], state
        batches = self._batches(state.done, count)
        steps = loop.run(state.parameters, batches, self.plan.learning_rate)
        if steps.before is None:
            return [], state
        done = state.done + len(steps.losses)
        return steps.losses, State(done, steps.after, steps.before, state.optimizer)

    def _batches(self, done: int, count: int) -> list[dict[str, np.ndarray]]:
        """What varies in each of the next updates; they end where the size of a batch changes."""
        if self.plan.whole:
            return [{}] * count
        x, y = self.task.data["x"], self.task.data["y"]
        size = self.plan.rows(done).size
        rows = (self.plan.rows(done + k) for k in range(count))
        same = takewhile(lambda r: r.size == size, rows)
        return [{"x": x[r], "y": self._targets(y[r])} for r in same]

    def _targets(self, y: np.ndarray) -> np.ndarray:
        """Targets as rows; a label is a row with a single 1."""
        assert self.task.network is not None
        return np.eye(self.task.network.layers[-1])[y] if y.ndim == 1 else y


def ways(task: Task, plan: Plan, rule: UpdateRule) -> list[Way]:
    """The ways to be taken, one after the other: the next goes on where one cannot."""
    by_numpy = ByNumPy(task, plan, rule)
    return [Unrolling(task, plan), by_numpy] if plan.optimizer == "sgd" else [by_numpy]
