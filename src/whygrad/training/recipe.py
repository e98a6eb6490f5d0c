"""Recipe: everything that one update and one epoch are made of, the same for either engine.

An engine brings the loops and the arrays; what happens inside of them is said here, over `xp`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, nearest
from whygrad.forward import Keep, evaluate
from whygrad.graph import Graph
from whygrad.models.computation import KNOWN, NOISE, WEIGHT
from whygrad.models.mlp import Network
from whygrad.numeric import Array, Namespace
from whygrad.training import measures
from whygrad.training.control import Stopping
from whygrad.training.descent import Descent, Stepped
from whygrad.training.plan import STRENGTHS, Plan, shuffled
from whygrad.training.schedule import Schedule
from whygrad.training.task import Task
from whygrad.training.update import UpdateRule

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Mask:
    """What a layer is multiplied with: 1/divisor with the probability keep, else 0.

    Dropout divides by keep, so that the mean stays; a denoising auto-encoder's inputs are not
    scaled up (Vincent and others 2008).
    """

    node: str
    width: int
    keep: float
    divisor: float


@dataclass(frozen=True)
class Noise:
    """What is added to a layer: normal numbers with mean 0 and this deviation."""

    node: str
    width: int
    deviation: float


@dataclass(frozen=True, eq=False)
class Recipe:
    """An epoch's ingredients.

    make_graph(rows, dropout): the computation of so many samples. samples, batch: rows in all and
    an update. watched: rows that are only measured, by part, "val" and "test". task:
    classification, regression, autoencoder, or "" for a graph, of which only the loss is measured.
    drawn: masks and noise of an update. extras: what comes with samples beside inputs and targets.
    """

    make_graph: Callable[[int, bool], Graph]
    descent: Descent
    schedule: Schedule
    stopping: Stopping
    samples: int
    batch: int
    watched: tuple[tuple[str, int], ...]
    task: str
    outputs: int
    out: str
    summed: bool
    shuffle: bool
    seed: int
    drawn: tuple[Mask | Noise, ...] = ()
    extras: tuple[str, ...] = ()
    dtype: str = "float64"
    key: tuple[Any, ...] = ()  # equal keys make equal programs
    _graphs: dict[tuple[int, bool], Graph] = field(default_factory=dict, repr=False)

    def graph(self, rows: int, training: bool = True) -> Graph:
        """The computation of so many samples; in training with dropout, where there is any."""
        dropped = training and bool(self.drawn)
        if (rows, dropped) not in self._graphs:
            self._graphs[rows, dropped] = self.make_graph(rows, dropped)
        return self._graphs[rows, dropped]

    @property
    def whole(self) -> bool:
        """Whether every update sees all samples."""
        return self.batch == self.samples

    @property
    def shuffled(self) -> bool:
        """Whether an epoch has an order of its own."""
        return self.shuffle and not self.whole

    @cached_property
    def per_epoch(self) -> int:
        """Updates an epoch; the last one sees what is left."""
        return -(-self.samples // self.batch)

    @property
    def last(self) -> int:
        """Rows of an epoch's last update."""
        return self.samples - (self.per_epoch - 1) * self.batch

    def update(
        self,
        xp: Namespace,
        graph: Graph,
        data: Arrays,
        parameters: Arrays,
        state: Any,
        done: Any,
        factor: Any,
        hyper: Mapping[str, Any],
        keep: Keep | None = None,
    ) -> Stepped:
        """The update after `done` others; factor: what plateaus have left of the rate."""
        rate = self.rate(xp, done, factor, hyper)
        return self.descent.step(
            xp, graph, data, parameters, state, rate, done + 1, hyper, keep=keep
        )

    def rate(self, xp: Namespace, done: Any, factor: Any, hyper: Mapping[str, Any]) -> Any:
        """The learning rate of the update after `done` others."""
        rate = hyper["rate"]
        if not self.schedule.steady:
            epoch = done / float(self.per_epoch)
            rate = rate * self.schedule.factor(xp, epoch, hyper["epochs"])
        return rate * factor if self.schedule.plateau else rate

    @property
    def counted(self) -> tuple[str, ...]:
        """The sums that a batch adds to."""
        if not self.task:
            return ("loss",)
        return ("loss", "metric", "weight", "entries") if self.extras else ("loss", "metric")

    def sums(
        self, xp: Namespace, graph: Graph, values: Arrays, data: Arrays, hyper: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Of a batch, what can be added up: its loss times its rows, its metric, what counts."""
        loss = xp.reshape(values[graph.output], ())
        if not self.task:
            return {"loss": loss}
        out, y = values[self.out], data["y"]
        if not self.extras:
            total = measures.metric_sum(xp, self.task, out, y, hyper["unit"])
            return {"loss": loss if self.summed else loss * out.shape[0], "metric": total}
        rows = data.get(WEIGHT, xp.sum(xp.ones_like(out), axis=1) / out.shape[1])
        weight, share = xp.sum(rows), rows
        if self.task != "classification":
            share = xp.reshape(rows, (out.shape[0], 1)) * data.get(KNOWN, xp.ones_like(out))
        return {
            "loss": loss if self.summed else loss * weight,
            "metric": measures.metric_sum(xp, self.task, out, y, hyper["unit"], share),
            "weight": weight,
            "entries": xp.sum(share),
        }

    def measured(
        self, xp: Namespace, sums: Mapping[str, Any], samples: int, prefix: str = ""
    ) -> dict[str, Any]:
        """Measures of all samples from their sums, by column."""
        if not self.task:
            return {f"{prefix}loss": sums["loss"]}
        name, classes = measures.metric_name(self.task), self.task == "classification"
        entries = sums.get("entries", samples if classes else samples * self.outputs)
        loss = sums["loss"] if self.summed else sums["loss"] / sums.get("weight", samples)
        return {
            f"{prefix}loss": loss,
            f"{prefix}{name}": measures.metric_value(xp, self.task, sums["metric"], entries),
        }

    def evaluated(
        self,
        xp: Namespace,
        rows: int,
        data: Arrays,
        parameters: Arrays,
        hyper: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The sums of some rows that nothing is learned from."""
        graph = self.graph(rows, training=False)
        values = evaluate(graph, {**data, **parameters}, xp)
        return self.sums(xp, graph, values, data, hyper)

    def row(
        self,
        xp: Namespace,
        graph: Graph,
        stepped: Stepped,
        before: Arrays,
        sums: Mapping[str, Any],
        watched: Mapping[str, Mapping[str, Any]],
        rate: Any,
    ) -> dict[str, Any]:
        """An epoch's columns but for its number: measures, then monitors of its last update."""
        found = self.measured(xp, sums, self.samples if self.task else 1)
        for part, rows in self.watched:
            found |= self.measured(xp, watched[part], rows, f"{part}_")
        found["learning_rate"] = rate
        if self.task:
            weights = {name: before[name] for name in stepped.steps}
            found |= measures.monitors(
                xp, graph, stepped.values, stepped.gradients, stepped.steps, weights
            )
        return found

    def order(self, epoch: int) -> np.ndarray:
        """The order of the samples in an epoch (from 0): a function of the seed and it alone."""
        return shuffled(self.samples, self.seed, epoch)


def make_recipe(task: Task, plan: Plan) -> Recipe:
    """The recipe of a task under a plan. Raises ConfigError where they do not go together."""
    options, network = plan.options, task.network
    rates = dropout_rates(options.dropout, network)
    drawn = (*masks(network, rates), *spoilt(network, options.corruption)) if network else ()
    noisy = any(isinstance(d, Noise) for d in drawn)
    dropped = tuple(int(d.node.removeprefix("mask")) for d in drawn if isinstance(d, Mask))
    strengths = tuple(key for key in STRENGTHS if getattr(options, key))
    weights = tuple(n for n in task.learned if network is None or n.startswith("W"))
    rule = plan.rule
    if rule.name == "adamw" and options.weight_decay and isinstance(rule, UpdateRule):
        rule = rule.with_options(weight_decay=options.weight_decay)
        strengths = tuple(s for s in strengths if s != "weight_decay")
    parts = (("val", task.held), ("test", task.test))
    watched = tuple((name, len(part["x"])) for name, part in parts if part)
    stopping = stopping_of(plan, task.kind, bool(task.held))
    out = f"out{network.depth}" if network else ""
    settings = (
        rule.identity, plan.schedule, stopping, strengths, drawn, task.learned, plan.samples,
        plan.batch_size, watched, task.kind, plan.shuffle, task.dtype, task.extras,
    )  # fmt: skip
    shape = network_key(network, task.labels) if network else id(task.traced)
    return Recipe(
        make_graph=lambda rows, drop: (
            task.graph_of(rows, dropped, noisy) if drop else task.graph_of(rows)
        ),
        descent=Descent(rule, task.learned, weights, strengths),
        schedule=plan.schedule,
        stopping=stopping,
        samples=plan.samples,
        batch=plan.batch_size,
        watched=watched,
        task=task.kind,
        outputs=network.layers[-1] if network else 1,
        out=out,
        summed=network is not None and network.reduction == "sum",
        shuffle=plan.shuffle,
        seed=plan.seed,
        drawn=drawn,
        extras=task.extras,
        dtype=task.dtype,
        key=(shape, *settings),
    )


def network_key(network: Network, labels: bool) -> tuple[Any, ...]:
    """Equal for networks whose computations are equal."""
    activations = tuple(a.name if a.module != "formula" else id(a) for a in network.activations)
    shapes = tuple((k, v.shape) for k, v in network.parameters.items())
    return (
        network.layers, activations, network.loss, network.bias, network.reduction, shapes, labels,
        network.sparsity,
    )  # fmt: skip


def dropout_rates(given: float | Sequence[float], network: Network | None) -> tuple[float, ...]:
    """The share of units that each hidden layer drops."""
    if network is None or network.depth == 1:
        if given:
            raise ConfigError("dropout is for hidden layers, and there are none.")
        return ()
    hidden = network.depth - 1
    if isinstance(given, Sequence):
        if len(given) != hidden:
            raise ConfigError(
                "dropout has one share for each hidden layer, or one for all.",
                given=f"{len(given)} shares, {hidden} hidden layers",
            )
        return tuple(float(r) for r in given)
    return (float(given),) * hidden


def stopping_of(plan: Plan, task: str, held: bool) -> Stopping:
    """When to stop and what is best, from the options. Raises ConfigError for a monitor."""
    options = plan.options
    metric = measures.metric_name(task)
    known = ["loss"] + ([metric] if task else [])
    known += [f"val_{name}" for name in known] if held else []
    monitor = options.monitor or ("val_loss" if held else "loss")
    if monitor not in known:
        raise ConfigError(f"There is no measure {monitor!r}.", hint=nearest(monitor, known))
    patience = options.early_stopping or None
    plateau = plan.schedule.plateau
    steered = held or patience is not None or options.monitor is not None
    return Stopping(
        monitor=monitor,
        largest=measures.larger_is_better(monitor),
        patience=patience,
        min_delta=float(options.min_delta),
        goal=options.goal,
        plateau=tuple(sorted(plateau.items())) if plateau else (),
        keeps_best=bool(steered if options.restore_best is None else options.restore_best),
    )


def masks(network: Network, rates: tuple[float, ...]) -> tuple[Mask, ...]:
    """The masks of the hidden layers that drop anything."""
    return tuple(
        Mask(f"mask{k}", network.layers[k], 1 - rate, 1 - rate)
        for k, rate in enumerate(rates, start=1)
        if rate
    )


def spoilt(network: Network, corruption: Mapping[str, Any] | None) -> tuple[Mask | Noise, ...]:
    """What the inputs of a denoising auto-encoder are spoilt by."""
    if corruption is None:
        return ()
    width, level = network.layers[0], float(corruption["level"])
    if corruption["kind"] == "masking":
        return (Mask("mask0", width, 1 - level, 1.0),)
    return (Noise(NOISE, width, level),)
