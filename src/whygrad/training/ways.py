"""Way: how updates and epochs are made: by NumPy, as plain Python, or compiled.

All of them advance a State; what an update and an epoch are made of says the recipe. Which way is
taken is decided by the size of the work, never by a clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Protocol

import numpy as np

from whygrad.engine.unrolled import Unrolled, unroll
from whygrad.forward import evaluate
from whygrad.graph import Node
from whygrad.numeric import Array, xp
from whygrad.reverse import backward
from whygrad.training.blas import one_thread_for_updates
from whygrad.training.ending import NotFiniteError
from whygrad.training.plan import Plan
from whygrad.training.recipe import Noise, Recipe
from whygrad.training.task import Arrays, Task

Row = dict[str, float]


@dataclass(frozen=True)
class State:
    """Where a training stands.

    done: updates made. before(): the parameters one update earlier. control: the scalars that
    decide after every epoch (see control.py).
    """

    done: int
    parameters: Arrays
    before: Callable[[], Arrays] | None = None
    optimizer: Any = None
    control: Mapping[str, Any] = field(default_factory=dict)


class Way(Protocol):
    """A way to train. most: how many updates, or epochs, it makes at most in one go.

    platform: what it computes on, cpu or gpu.
    """

    most: int
    platform: str

    def updates(self, state: State, count: int) -> tuple[np.ndarray, State]:
        """At most `count` updates: the loss before each, and the state after them."""

    def epochs(self, state: State, count: int) -> tuple[list[Row], State]:
        """At most `count` whole epochs: a row of measures for each, and the state after them."""

    def home(self, state: State) -> State:
        """The state with NumPy's arrays."""


def hyper_parameters(plan: Plan, task: Task, dtype: Any) -> dict[str, Any]:
    """The numbers that may change without anything being compiled anew."""
    options = plan.options
    found: dict[str, Any] = {
        key: dtype(getattr(options, key))
        for key in ("l1", "l2", "weight_decay", "clip_norm", "clip_value")
        if getattr(options, key)
    }
    per_epoch = -(-plan.samples // plan.batch_size)
    total = plan.epochs if plan.epochs is not None else plan.iterations / per_epoch
    network = task.network
    around = network.preparation if network else None
    unit = 1 / around.targets.factor if around and around.targets else 1.0
    width = network.layers[-1] if network else 1
    return found | {
        "rate": dtype(plan.learning_rate),
        "seed": np.uint32(plan.seed % 2**32),
        "epochs": dtype(max(total, 1)),
        "unit": np.broadcast_to(np.asarray(unit, dtype), (width,)),
    }


class ByNumPy:
    """One update at a time, by the recorded passes themselves: any graph, any size."""

    most = 1
    platform = "cpu"

    def __init__(self, task: Task, plan: Plan, recipe: Recipe) -> None:
        self.task, self.plan, self.recipe = task, plan, recipe
        self.groups = task.groups(plan.update_order)
        self.in_turn = plan.update_order == "sequential"
        self.dtype = np.dtype(recipe.dtype)
        self.hyper = hyper_parameters(plan, task, self.dtype.type)
        weights = sum(task.parameters[name].size for name in task.learned)
        self.threads = one_thread_for_updates(plan.batch_size, weights)

    def updates(self, state: State, count: int) -> tuple[np.ndarray, State]:
        """One update. Raises NotFiniteError where it cannot be made."""
        with self.threads:
            return self._sequential(state) if self.in_turn else self._together(state)

    def _together(self, state: State) -> tuple[np.ndarray, State]:
        """All parameters by the gradients at the same weights."""
        rows = self.plan.rows(state.done)
        stepped, _ = self._update(state, rows, 1.0)
        loss = float(stepped.values[self.recipe.graph(rows.size).output])
        self._check(loss, stepped.parameters)
        before = state.parameters
        after = State(state.done + 1, stepped.parameters, lambda: before, stepped.state)
        return np.array([loss]), after

    def _update(self, state: State, rows: np.ndarray, factor: float) -> tuple[Any, Arrays]:
        _, data = self.task.batch(rows)
        graph = self.recipe.graph(rows.size)
        data = {**data, **self._drawn(rows.size, state.done)}
        with np.errstate(all="ignore"):
            stepped = self.recipe.update(
                xp, graph, data, state.parameters, state.optimizer,
                self.dtype.type(state.done), self.dtype.type(factor), self.hyper, keep=self._cast,
            )  # fmt: skip
        return stepped, data

    def _cast(self, node: Node, value: Array) -> Array:
        """NumPy widens some results (a mask times 1.0); training stays in its own type."""
        if getattr(value, "dtype", None) != self.dtype and np.asarray(value).dtype.kind == "f":
            return np.asarray(value, self.dtype)
        return value

    def _drawn(self, rows: int, done: int) -> dict[str, np.ndarray]:
        found = {}
        for k, what in enumerate(self.recipe.drawn):
            rng, shape = np.random.default_rng((self.plan.seed, 1, done, k)), (rows, what.width)
            if isinstance(what, Noise):
                drawn = what.deviation * rng.standard_normal(shape)
            else:
                drawn = (rng.random(shape) < what.keep) / what.divisor
            found[what.node] = drawn.astype(self.dtype)
        return found

    def _check(self, loss: float, after: Arrays) -> None:
        if not math.isfinite(loss):
            raise NotFiniteError("loss", loss)
        for name in self.task.learned:
            wrong = after[name][~np.isfinite(after[name])]
            if wrong.size:
                raise NotFiniteError(name, float(wrong[0]))

    def _sequential(self, state: State) -> tuple[np.ndarray, State]:
        """Layer by layer: the activations as they were, with the weights as they are by now."""
        graph, data = self.task.batch(self.plan.rows(state.done))
        values = evaluate(graph, {**data, **state.parameters}, xp)
        loss = float(values[graph.output])
        after, optimizer, t = dict(state.parameters), state.optimizer, state.done + 1
        with np.errstate(all="ignore"):
            for names in self.groups:
                found = backward(graph, {**values, **after}, xp, only=names)
                gradients = {name: found[name] for name in names}
                steps, optimizer = self.plan.rule.update(
                    xp, after, gradients, optimizer, self.plan.learning_rate, t
                )
                after |= {name: after[name] + step for name, step in steps.items()}
        self._check(loss, after)
        before = state.parameters
        return np.array([loss]), State(state.done + 1, after, lambda: before, optimizer)

    def epochs(self, state: State, count: int) -> tuple[list[Row], State]:
        """One epoch; its row holds inf or nan where an update could not be made."""
        with self.threads:
            return self._epoch(state)

    def _epoch(self, state: State) -> tuple[list[Row], State]:
        recipe, stepped = self.recipe, None
        sums = dict.fromkeys(recipe.counted, 0.0)
        factor, before = state.control["factor"], state.parameters
        for _ in range(recipe.per_epoch):
            rows, before = self.plan.rows(state.done), state.parameters
            stepped, data = self._update(state, rows, factor)
            graph = recipe.graph(rows.size)
            with np.errstate(all="ignore"):
                found = recipe.sums(xp, graph, stepped.values, data, self.hyper)
            sums = {k: v + float(found[k]) for k, v in sums.items()}
            state = State(state.done + 1, stepped.parameters, None, stepped.state, state.control)
        assert stepped is not None
        with np.errstate(all="ignore"):
            watched = {name: self._watched(name, state.parameters) for name, _ in recipe.watched}
            rate = recipe.rate(xp, state.done - 1, factor, self.hyper)
            found = recipe.row(xp, graph, stepped, before, sums, watched, rate)
        row = {k: float(v) for k, v in found.items()}
        finite = all(math.isfinite(v) for k, v in row.items() if not k.startswith("test_"))
        epoch = state.done // recipe.per_epoch
        control = recipe.stopping.after(xp, dict(state.control), epoch, row, finite)
        control = {k: np.asarray(v).item() for k, v in control.items()}
        return [row], State(state.done, state.parameters, None, state.optimizer, control)

    def home(self, state: State) -> State:
        """The state: its arrays are NumPy's."""
        return state

    def _watched(self, name: str, parameters: Arrays) -> dict[str, float]:
        samples = self.task.held if name == "val" else self.task.test
        assert samples is not None
        sums = dict.fromkeys(self.recipe.counted, 0.0)
        for start in range(0, len(samples["x"]), 2_048):
            part = {k: v[start : start + 2_048] for k, v in samples.items()}
            found = self.recipe.evaluated(xp, len(part["x"]), part, parameters, self.hyper)
            sums = {k: v + float(found[k]) for k, v in sums.items()}
        return sums


class Unrolling:
    """Plain gradient descent on a tiny graph: a compiled loop for each size of batch there is."""

    most = 1_000
    platform = "cpu"

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

    def updates(self, state: State, count: int) -> tuple[np.ndarray, State]:
        """Updates on batches of one size, up to the first that plain floats cannot make."""
        loop = self.loop(self.plan.rows(state.done).size)
        if loop is None:
            return np.array([]), state
        batches = self._batches(state.done, count)
        steps = loop.run(state.parameters, batches, self.plan.learning_rate)
        if steps.before is None:
            return np.array([]), state
        done, before = state.done + len(steps.losses), steps.before
        return np.array(steps.losses), State(done, steps.after, lambda: before, state.optimizer)

    def epochs(self, state: State, count: int) -> tuple[list[Row], State]:
        """None: it measures nothing beside the loss."""
        return [], state

    def home(self, state: State) -> State:
        """The state: its arrays are NumPy's."""
        return state

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


def ways(task: Task, plan: Plan, recipe: Recipe, engine: str) -> list[Way]:
    """The ways to be taken, one after the other: the next goes on where one cannot."""
    if engine == "compiled":
        from whygrad.training.compiled import Compiled

        made = Compiled(task, plan, recipe)
        return [made] if plan.epochs is not None else [made, ByNumPy(task, plan, recipe)]
    by_numpy = ByNumPy(task, plan, recipe)
    unrolled = plan.plain and (plan.whole or not task.extras)
    if plan.epochs is None and unrolled and task.dtype == "float64":
        return [Unrolling(task, plan), by_numpy]
    return [by_numpy]
