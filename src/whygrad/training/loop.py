"""train: gradient descent, step by step, nothing hidden.

A tiny net is unrolled into plain Python (`engine/unrolled.py`), everything else runs the recorded
passes (`stepping.py`); the loop around them records, shows progress, and ends well.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, NameUnknownError, nearest
from whygrad.graph import Graph
from whygrad.models.mlp import Network
from whygrad.training.history import next_recorded, recorded
from whygrad.training.interrupt import Interrupts
from whygrad.training.plan import ORDERS, Plan, make_plan
from whygrad.training.progress import Progress
from whygrad.training.run import Run
from whygrad.training.stepping import NotFiniteError, State, Way, ways
from whygrad.training.task import Arrays, Task, graph_task, network_task
from whygrad.training.update import UPDATE_RULES

__all__ = ["ORDERS", "train"]


def train(
    net: Network | Graph,
    X: Any = None,
    y: Any = None,
    *,
    learning_rate: float,
    iterations: int | None = None,
    epochs: int | None = None,
    optimizer: str = "sgd",
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    update_order: str = "simultaneous",
    parameters: Sequence[str] | str | None = None,
    frozen: Sequence[str] | str = (),
    train_bias: bool = True,
    quiet: bool = False,
    **inputs: Any,
) -> Run:
    """Learns the parameters of a network or a traced graph in float64; an iteration is an update.

    net: a network with X (samples, inputs) and y (samples, outputs) or labels (samples,), or a
    traced graph with all of its inputs by name: train(g, x=…, W=…, parameters=["W"], …).
    parameters: the names of what is learned, of a network all of them. frozen: what stays.
    batch_size: rows an update, all of them by default; 1 with shuffle=False updates sample by
    sample in their order. update_order: "sequential" takes each layer's gradients with the layers
    behind it already updated, as the article's program does (plain gradient descent only).
    Ctrl-C ends it early and keeps the result, and so does a loss that stops being finite.
    Raises ConfigError, ShapeError, DataError or NameUnknownError before any work starts.
    """
    task = _task(net, X, y, inputs, parameters, frozen, train_bias)
    plan = make_plan(
        samples=task.samples,
        optimizer=optimizer,
        learning_rate=learning_rate,
        iterations=iterations,
        epochs=epochs,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        update_order=update_order,
    )
    return Loop(task, plan, Progress(plan.iterations, quiet)).run()


def _task(
    net: Network | Graph,
    X: Any,
    y: Any,
    inputs: dict[str, Any],
    parameters: Sequence[str] | str | None,
    frozen: Sequence[str] | str,
    train_bias: bool,
) -> Task:
    """What is to be trained: the two kinds differ in how their data are given."""
    if isinstance(net, Network):
        if inputs:
            options = list(inspect.signature(train).parameters)[1:-1]
            raise NameUnknownError(
                f"train has no option {next(iter(inputs))!r} for a network.",
                hint=nearest(next(iter(inputs)), options),
            )
        return network_task(net, X, y, parameters=parameters, frozen=frozen, train_bias=train_bias)
    if not isinstance(net, Graph):
        raise ConfigError(
            "train takes a network or a traced graph.",
            given=type(net).__name__,
            hint="wg.mlp([2, 2, 1]), or wg.trace(function, x=(4, 3), …)",
        )
    by_name = {k: v for k, v in (("X", X), ("y", y)) if v is not None} | inputs
    return graph_task(net, by_name, parameters=parameters, frozen=frozen)


class Loop:
    """One training in progress."""

    def __init__(self, task: Task, plan: Plan, progress: Progress) -> None:
        self.task, self.plan, self.progress = task, plan, progress
        self.rule = UPDATE_RULES[plan.optimizer]()
        first = dict(task.parameters)
        # Replaced by one assignment an update: Ctrl-C finds it whole at any moment.
        self.state = State(0, first, None, self.rule.init(first))
        self.losses: dict[int, float] = {}
        self.interrupts = Interrupts()

    def run(self) -> Run:
        """All updates, or those up to Ctrl-C or the first number that is not finite."""
        interrupted, trouble = False, None
        try:
            with self.interrupts, self.progress:
                for way in ways(self.task, self.plan, self.rule):
                    self._advance(way)
        except KeyboardInterrupt:
            interrupted = True
        except NotFiniteError as error:
            trouble = error
        return self._result(interrupted, trouble)

    def _advance(self, way: Way) -> None:
        """As many updates as this way can make."""
        while self.state.done < self.plan.iterations:
            start = self.state
            if not self.plan.whole and recorded(start.done):
                self.losses[start.done] = self._loss(start.parameters)
            losses, after = way.advance(start, self._count(way))
            if after.done == start.done:
                return
            self.state = after
            if self.plan.whole:
                found = {start.done + k: loss for k, loss in enumerate(losses)}
                self.losses |= {k: loss for k, loss in found.items() if recorded(k)}
            self.progress.at(after.done, losses[-1])
            self.interrupts.check()

    def _count(self, way: Way) -> int:
        """How many updates at once; a batch's loss is not the history's, so it stops to look."""
        done, last = self.state.done, self.plan.iterations
        end = last if self.plan.whole else min(last, next_recorded(done))
        return min(way.chunk, end - done)

    def _loss(self, parameters: Arrays) -> float:
        return float(self.task.values(parameters)[self.task.graph.output])

    def _result(self, interrupted: bool, trouble: NotFiniteError | None) -> Run:
        """Where the loss is not finite by now, the update that led there is taken back."""
        reached, loss = self.state, self._loss(self.state.parameters)
        self.losses[reached.done] = loss
        if not math.isfinite(loss):
            trouble = NotFiniteError("loss", loss)
            if reached.before is not None:
                self.state = State(reached.done - 1, reached.before)
        if interrupted:
            return self._run(
                f"interrupted by Ctrl-C after {self.state.done:,} of {self.plan.iterations:,} "
                f"iterations: the result so far is kept",
                interrupted=True,
            )
        return self._run(_reason(reached.done, self.plan, trouble))

    def _run(self, reason: str, *, interrupted: bool = False) -> Run:
        """The result with the parameters as they are now."""
        values = self.task.values(self.state.parameters)
        loss = float(values[self.task.graph.output])
        self.losses[self.state.done] = loss
        parameters = {name: np.array(v) for name, v in self.state.parameters.items()}
        network = self.task.network
        return Run(
            model=network.with_parameters(**parameters) if network else None,
            parameters=parameters,
            history=[{"iteration": k, "loss": self.losses[k]} for k in sorted(self.losses)],
            loss=loss,
            outputs=self.task.outputs(values),
            iterations=self.state.done,
            stop_reason=reason,
            interrupted=interrupted,
        )


def _reason(done: int, plan: Plan, trouble: NotFiniteError | None) -> str:
    """Why training stopped after so many updates, in words."""
    if trouble is None:
        return f"{done:,} iteration{'' if done == 1 else 's'} done"
    became = "NaN" if math.isnan(trouble.value) else "infinite"
    if trouble.what == "loss" and done == 0:
        return f"the loss is {became} before the first step: nothing was trained"
    at, what = (done, "the loss") if trouble.what == "loss" else (done + 1, trouble.what)
    return (
        f"{what} became {became} at iteration {at:,} of {plan.iterations:,}: stopped; "
        f"the last finite weights are kept; try a smaller learning rate"
    )
