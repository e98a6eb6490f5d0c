"""Networks for exercises: readable numbers for an architecture, drawn until nothing degenerates.

Degenerate is: a saturated unit, a gradient that a sheet's decimals would hardly show, two numbers
of a layer that are equal in size and so would hide a swap, an error that is almost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from whygrad.errors import ConfigError
from whygrad.exercises.numbers import Draw, Grid
from whygrad.exercises.problem import Problem
from whygrad.graph import Graph, Node
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.recording import Trace, record

SATURATED = 3.0  # a net input of this size: sigmoid and tanh are flat there
KINK = 0.05  # a net input closer to 0 than that: a relu could be read either way
ERROR = 5e-3  # an error is no smaller: there is something to learn
SWAP = 1e-3  # two numbers of a layer differ in size by more than that
SQUASHING = ("sigmoid", "tanh", "softmax")
DEAD_OR_ALIVE = ("relu",)
TRIES = 2000  # of each standard
# How small gradients may be in a network of a user's own, which may be too deep for larger ones.
RELAXED = (1.0, 0.1, 0.01, 0.0)


@dataclass(frozen=True)
class Standard:
    """What drawn numbers must keep to.

    least: the size of the smallest value, error and gradient; 0: anything finite will do.
    dead: how many hidden units of relu give 0 in every sample; all others give more in each.
    """

    least: float = 1e-3
    dead: int = 0

    def holds(self, trace: Trace) -> bool:
        """Whether a pass keeps to it."""
        recorded = trace.recorded
        return all(
            self.value_holds(trace, node, np.asarray(recorded.values[node.id], dtype=float))
            and self.gradient_holds(trace, node, recorded.gradients.get(node.id))
            for node in trace.graph.nodes
            if not node.integer
        ) and self.units_hold(trace)

    def value_holds(self, trace: Trace, node: Node, value: np.ndarray) -> bool:
        if not np.isfinite(value).all():
            return False
        if self.least and node.role == "net":
            return self.net_holds(squashed(trace, node), value)
        if self.least and node.role == "error":
            return bool((np.abs(value) >= max(self.least, ERROR)).all())
        return True

    def net_holds(self, activation: str, net: np.ndarray) -> bool:
        if activation in SQUASHING and (np.abs(net) > SATURATED).any():
            return False
        if activation in DEAD_OR_ALIVE and (np.abs(net) < KINK).any():
            return False
        return bool((np.abs(net) >= self.least).all()) and distinct(net)

    def gradient_holds(self, trace: Trace, node: Node, gradient: np.ndarray | None) -> bool:
        """No gradient is tiny, except those of units that are to be dead."""
        if node.role not in ("net", "out", "weight", "bias", "error") or gradient is None:
            return True
        sizes = np.abs(gradient)
        if not np.isfinite(sizes).all():
            return False
        return bool(((sizes >= self.least) | ((sizes == 0) & bool(self.dead))).all())

    def units_hold(self, trace: Trace) -> bool:
        """Exactly so many dead units; the others are alive in every sample."""
        if self.least == 0:
            return True
        dead = 0
        for node in trace.graph.nodes:
            if node.role == "net" and squashed(trace, node) in DEAD_OR_ALIVE:
                alive = trace.recorded.values[node.id] > 0
                whole = alive.all(axis=0) | ~alive.any(axis=0)
                if not whole.all():
                    return False
                dead += int((~alive.any(axis=0)).sum())
        return dead == self.dead


def squashed(trace: Trace, node: Node) -> str:
    """The activation that a net input goes into."""
    uses = (c for c, _ in trace.graph.uses.get(node.id, ()) if c.role == "out" and c.op)
    network = trace.network
    if network is not None and node.layer == network.depth:
        return network.activations[-1].name
    return next((c.op.name for c in uses if c.op), "")


def distinct(values: np.ndarray) -> bool:
    """Whether no two numbers have nearly the same size."""
    sizes = np.sort(np.abs(values).ravel())
    return bool((np.diff(sizes) > SWAP).all())


# ---- numbers for an architecture ----------------------------------------------------------------


@dataclass(frozen=True)
class Style:
    """How the numbers of an exercise look: decimals, signs, sizes.

    label: the right class of each sample, from 0; None: it is drawn.
    """

    decimals: int = 2
    signed: bool = True
    label: int | None = None

    @property
    def weights(self) -> Grid:
        return Grid(0.1, 1.5 if self.decimals == 1 else 0.95, self.decimals, self.signed)

    @property
    def inputs(self) -> Grid:
        return Grid(0.3, 1.9 if self.decimals == 1 else 1.5, self.decimals, self.signed)


def drawn(
    draw: Draw,
    network: Network,
    plan: Plan,
    style: Style,
    standards: Iterable[Standard],
    samples: int = 1,
    tries: int = TRIES,
) -> Problem:
    """A problem for a network's architecture: its numbers keep to the first standard that works.

    tries: how often each standard is tried.
    Raises ConfigError where no such numbers are found.
    """
    labels = objective(network.loss).targets == "distribution"
    graph = network.graph(samples, labels)
    for standard in standards:
        for _ in range(tries):
            trace = attempt(draw, network, graph, labels, style)
            if standard.holds(trace):
                return Problem(trace, plan)
    raise ConfigError(
        "No readable numbers were found for this network.",
        given=repr(network),
        hint="fewer neurons a layer, or fewer layers",
    )


def attempt(draw: Draw, network: Network, graph: Graph, labels: bool, style: Style) -> Trace:
    """One pass with drawn numbers."""
    samples = graph["x"].shape[0]
    used: set[float] = set()  # no two given numbers have one size: a swap would not show
    arrays = network.parameters.items()
    parameters = {k: draw.array(v.shape, style.weights, used) for k, v in arrays}
    x = draw.array((samples, network.layers[0]), style.inputs, used)
    y = targets(draw, network, samples, labels, style, used)
    if network.autoencoder:
        y = x
    net = replace(network, parameters=parameters)
    return Trace(record(graph, {"x": x, "y": y, **parameters}), net, net.renamed)


def targets(
    draw: Draw, network: Network, samples: int, labels: bool, style: Style, used: set[float]
) -> np.ndarray:
    """Targets that the output activation can come near to."""
    width = network.layers[-1]
    if labels:
        drawn = [draw.below(width) for _ in range(samples)]
        return np.array(drawn if style.label is None else [style.label] * samples)
    kind, activation = objective(network.loss).targets, network.activations[-1].name
    if kind == "probability":
        return np.array([float(draw.below(2)) for _ in range(samples * width)]).reshape(-1, width)
    if activation in ("sigmoid", "tanh", "softmax"):
        signed = activation == "tanh" and style.signed
        return draw.array((samples, width), Grid(0.05, 0.95, style.decimals, signed), used)
    return draw.array((samples, width), Grid(0.2, 1.9, style.decimals, style.signed), used)
