"""The training loop of the eager engine: gradient descent, step by step, nothing hidden.

A tiny net on one batch is unrolled into plain Python (`engine/unrolled.py`), everything else runs
the recorded passes; which of the two is a matter of size, never of a clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.engine.eager import run as run_eagerly
from whygrad.engine.unrolled import Unrolled, unroll
from whygrad.errors import ConfigError, NameUnknownError, nearest
from whygrad.forward import evaluate
from whygrad.graph import Graph
from whygrad.models.mlp import Network
from whygrad.numeric import xp
from whygrad.reverse import backward
from whygrad.training.progress import Progress
from whygrad.training.run import Run
from whygrad.training.update import UPDATE_RULES, UpdateRule

ORDERS = ("simultaneous", "sequential")
CHUNK = 1_000  # unrolled steps between two looks at Ctrl-C and the progress bar


def train(
    net: Network | Graph,
    X: Any = None,
    y: Any = None,
    *,
    optimizer: str = "sgd",
    learning_rate: float = 0.1,
    iterations: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    update_order: str = "simultaneous",
    train_bias: bool = True,
    frozen: Sequence[str] = (),
    parameters: Sequence[str] | None = None,
    quiet: bool = False,
    **inputs: Any,
) -> Run:
    """Gradient descent in float64; one iteration is one update.

    net: a network with X (samples, inputs) and y (samples, outputs) or labels (samples,); or a
    traced graph with its inputs by name, of which `parameters` are learned.
    batch_size: rows an update, all of them by default; 1 with shuffle=False updates sample by
    sample in their order. update_order: "sequential" takes each layer's gradients with the layers
    behind it already updated, as the article's program does. frozen: parameters that stay.
    Ctrl-C ends it early and keeps the result.
    Raises ConfigError, ShapeError, DataError or NameUnknownError before any work starts.
    """
    task = (
        _network_task(net, X, y, train_bias, frozen)
        if isinstance(net, Network)
        else _graph_task(net, X, y, inputs, parameters, frozen)
    )
    if isinstance(net, Network) and inputs:
        raise NameUnknownError(f"train does not know {next(iter(inputs))!r}.")
    plan = _plan(task, optimizer, learning_rate, iterations, epochs, batch_size, update_order)
    rule = UPDATE_RULES[optimizer]()
    loop = Loop(task, plan, rule, shuffle, seed, Progress(plan.iterations, quiet))
    return loop.run()


@dataclass(frozen=True)
class Task:
    """What is trained: a graph for a number of samples, its data, its first parameters."""

    network: Network | None
    graph: Graph
    data: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]
    learned: tuple[str, ...]

    @property
    def samples(self) -> int:
        return len(self.data["x"]) if self.network else 1

    def batch(self, rows: np.ndarray) -> tuple[Graph, dict[str, np.ndarray]]:
        """The graph and the data of some of the samples."""
        if self.network is None or len(rows) == self.samples:
            return self.graph, self.data
        labels = self.data["y"].ndim == 1
        return self.network.graph(len(rows), labels), {k: v[rows] for k, v in self.data.items()}


@dataclass(frozen=True)
class Schedule:
    """How many updates of how many rows, at which rate, in which order."""

    iterations: int
    batch_size: int
    learning_rate: float
    update_order: str


def _network_task(net: Network, X: Any, y: Any, train_bias: bool, frozen: Sequence[str]) -> Task:
    x, targets, labels = net.inputs(X, y)
    _known("frozen", frozen, net.parameters)
    learned = tuple(
        name
        for name in net.parameters
        if name not in frozen and (train_bias or not name.startswith("b"))
    )
    data = {"x": x, "y": targets}
    return Task(net, net.graph(len(x), labels), data, dict(net.parameters), learned)


def _graph_task(
    graph: Graph,
    x: Any,
    y: Any,
    inputs: Mapping[str, Any],
    parameters: Sequence[str] | None,
    frozen: Sequence[str],
) -> Task:
    given = {k: v for k, v in (("X", x), ("y", y)) if v is not None} | dict(inputs)
    if parameters is None:
        raise ConfigError(
            "Which of the graph's inputs are to be learned?",
            given=", ".join(given),
            hint='parameters=["W", "b"]',
        )
    _known("parameters", parameters, given)
    _known("frozen", frozen, given)
    values, _ = run_eagerly(graph, given)
    arrays = {n.id: values[n.id] for n in graph.sources}
    learned = tuple(name for name in parameters if name not in frozen)
    data = {k: v for k, v in arrays.items() if k not in learned}
    return Task(None, graph, data, {k: arrays[k] for k in learned}, learned)


def _known(what: str, names: Sequence[str], there: Mapping[str, Any]) -> None:
    for name in [names] if isinstance(names, str) else names:
        if name not in there:
            raise NameUnknownError(f"{what}: there is no {name!r}.", hint=nearest(name, there))


def _plan(
    task: Task,
    optimizer: str,
    learning_rate: float,
    iterations: int | None,
    epochs: int | None,
    batch_size: int | None,
    update_order: str,
) -> Schedule:
    """The schedule, refused here where it cannot be."""
    if optimizer not in UPDATE_RULES:
        raise ConfigError(
            f"There is no optimizer {optimizer!r}.", hint=nearest(optimizer, UPDATE_RULES)
        )
    if update_order not in ORDERS:
        raise ConfigError(
            f"There is no update_order {update_order!r}.", hint=nearest(update_order, ORDERS)
        )
    if not (_number(learning_rate) and 0 < learning_rate < math.inf):
        raise ConfigError("learning_rate must be a positive number.", given=repr(learning_rate))
    for name, count in (("iterations", iterations), ("epochs", epochs)):
        if count is not None and (not _whole(count) or count < 0):
            raise ConfigError(f"{name} must be a whole number from 0.", given=repr(count))
    if iterations is not None and epochs is not None:
        raise ConfigError(
            "Both iterations and epochs were given.",
            why="an epoch is as many iterations as there are batches",
            hint="give one of the two",
        )
    if batch_size is not None and (not _whole(batch_size) or not 1 <= batch_size <= task.samples):
        raise ConfigError(
            f"batch_size must be a whole number from 1 to the {task.samples} samples.",
            given=repr(batch_size),
        )
    if update_order == "sequential" and task.network is None:
        raise ConfigError(
            'update_order = "sequential" needs layers.',
            given="a traced graph",
            hint="a network of layers, or simultaneous updates",
        )
    rows = batch_size or task.samples
    count = iterations if iterations is not None else (epochs or 0) * -(-task.samples // rows)
    if iterations is None and epochs is None:
        raise ConfigError(
            "How long to train was not said.", hint="iterations = 1000, or epochs = 100"
        )
    return Schedule(count, rows, float(learning_rate), update_order)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


# ---- the loop -----------------------------------------------------------------------------------


@dataclass
class Loop:
    """One training in progress."""

    task: Task
    plan: Schedule
    rule: UpdateRule
    shuffle: bool
    seed: int
    progress: Progress
    history: list[dict[str, float]] = field(default_factory=list)
    done: int = 0

    def run(self) -> Run:
        self.parameters = dict(self.task.parameters)
        interrupted, trouble = False, ""
        try:
            with self.progress:
                trouble = self._all()
        except KeyboardInterrupt:
            interrupted = True
        return self._result(interrupted, trouble)

    def _all(self) -> str:
        """Every step; says what went wrong where something did."""
        if self.plan.batch_size == self.task.samples:
            unrolled = unroll(
                self.task.graph,
                {**self.task.data, **self._resting()},
                self.task.learned,
                self.plan.update_order,
            )
            if unrolled is not None:
                self._unrolled(unrolled)
        return self._eager()

    def _resting(self) -> dict[str, np.ndarray]:
        return {k: v for k, v in self.task.parameters.items() if k not in self.task.learned}

    def _unrolled(self, unrolled: Unrolled) -> None:
        """As many chunks as plain floats can do; what they cannot is left to NumPy."""
        while self.done < self.plan.iterations:
            steps = min(CHUNK, self.plan.iterations - self.done)
            try:
                losses, after = unrolled.run(self.parameters, steps, self.plan.learning_rate)
            except (ArithmeticError, ValueError):
                return
            if not all(map(math.isfinite, losses)) or not _finite(after):
                return
            for loss in losses:
                self._note(self.done, loss)
                self.done += 1
            self.parameters = after
            self.progress.at(self.done, losses[-1])

    def _eager(self) -> str:
        """The rest, with NumPy; stops at the first loss or weight that is not finite."""
        rest = self._batches()
        state = self.rule.init(self.parameters)
        while self.done < self.plan.iterations:
            graph, data = self.task.batch(next(rest))
            loss, after, state = self._step(graph, data, state)
            whole = self.plan.batch_size == self.task.samples
            total = loss if whole else self._loss_at(self.done)
            if total is not None:
                self._note(self.done, total)
            if not math.isfinite(loss) or not _finite(after):
                return "loss" if not math.isfinite(loss) else "weights"
            self.parameters = after
            self.done += 1
            self.progress.at(self.done, loss)
        return ""

    def _loss_at(self, iteration: int) -> float | None:
        """The loss of all samples, where this iteration is one that is recorded."""
        return self._whole_loss() if recorded(iteration, self.plan.iterations) else None

    def _whole_loss(self) -> float:
        return float(self._values()[self.task.graph.output])

    def _values(self) -> dict[str, np.ndarray]:
        return evaluate(self.task.graph, {**self.task.data, **self.parameters}, xp)

    def _step(
        self, graph: Graph, data: Mapping[str, np.ndarray], state: Any
    ) -> tuple[float, dict[str, np.ndarray], Any]:
        """The loss before one update, and the parameters after it."""
        values = evaluate(graph, {**data, **self.parameters}, xp)
        after = dict(self.parameters)
        groups = self._groups(graph)
        with np.errstate(all="ignore"):
            for names in groups:
                gradients = backward(graph, {**values, **after}, xp, only=names)
                steps, state = self.rule.update(
                    {n: gradients[n] for n in names}, state, self.plan.learning_rate
                )
                after |= {n: after[n] + steps[n] for n in names}
        return float(values[graph.output]), after, state

    def _groups(self, graph: Graph) -> list[list[str]]:
        """What is updated together: everything, or a layer at a time from the output backwards."""
        if self.plan.update_order == "simultaneous":
            return [list(self.task.learned)]
        layers = sorted({graph[n].layer for n in self.task.learned}, reverse=True)
        return [[n for n in self.task.learned if graph[n].layer == k] for k in layers]

    def _batches(self) -> Iterator[np.ndarray]:
        """The rows of each update, epoch after epoch, shuffled from the seed where asked for."""
        rng = np.random.default_rng(self.seed)
        rows, size = self.task.samples, self.plan.batch_size
        while True:
            order = rng.permutation(rows) if self.shuffle and size < rows else np.arange(rows)
            for start in range(0, rows, size):
                yield order[start : start + size]

    def _note(self, iteration: int, loss: float) -> None:
        if recorded(iteration, self.plan.iterations):
            self.history.append({"iteration": iteration, "loss": loss})

    def _result(self, interrupted: bool, trouble: str) -> Run:
        values = self._values()
        loss = float(values[self.task.graph.output])
        if not self.history or self.history[-1]["iteration"] != self.done:
            self.history.append({"iteration": self.done, "loss": loss})
        network = self.task.network
        outputs = values[f"out{network.depth}"] if network else np.atleast_1d(loss)
        parameters = {k: np.asarray(v) for k, v in self.parameters.items()}
        return Run(
            parameters=parameters,
            model=network.with_parameters(**parameters) if network else None,
            history=self.history,
            loss=loss,
            outputs=outputs,
            iterations=self.done,
            stop_reason=self._reason(interrupted, trouble),
            interrupted=interrupted,
        )

    def _reason(self, interrupted: bool, trouble: str) -> str:
        done, asked = f"{self.done:,}", f"{self.plan.iterations:,}"
        if interrupted:
            return (
                f"stopped by Ctrl-C after {done} of {asked} iterations; the result so far is kept"
            )
        if trouble:
            return (
                f"stopped at iteration {self.done + 1:,} of {asked}: the {trouble} stopped being "
                f"finite; the last finite weights are kept; a smaller learning rate may help"
            )
        return f"all {asked} iterations done"


def _finite(parameters: Mapping[str, np.ndarray]) -> bool:
    return all(bool(np.isfinite(v).all()) for v in parameters.values())


def recorded(iteration: int, last: int) -> bool:
    """Whether a step goes into the history: the first 200, then about 60 a decade; see Run."""
    if iteration <= 200 or iteration == last:
        return True
    decade = 10 ** (len(str(iteration)) - 1)
    return iteration % max(1, decade // 10) == 0
