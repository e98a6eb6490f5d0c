"""The class of a gradient: zero, tiny, huge or ordinary, and what makes it so."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from whygrad.checking.kinks import kink_at
from whygrad.diagnosis.factors import CHOICES, FLAT, Fork, Link, Road, Roads
from whygrad.names import Value
from whygrad.recording import Trace

TINY = 1e-5  # of the largest gradient of the pass
SMALL, LARGE = 1e-8, 1e3  # absolute sizes that are tiny and huge, whatever the others are
CANCELLED = 1e-3  # of the largest part: a sum that is smaller has cancelled
DEEP = 4  # layers from which on a product over the depth is one
PART = 0.5  # of all orders of magnitude: a factor that has more of them is the cause


WEIGHTS = 0.3  # of the orders of magnitude of a product that explodes are those of weights
SATURATING = ("sigmoid", "tanh", "softplus", "silu", "gelu", "gelu_tanh", "elu", "erf", "exp",
              "softsign", "softmax", "log_softmax", "logsumexp")  # fmt: skip
FINE = ("optimum", "small_error", "ordinary")  # nothing is to be done about these
KINDS = (
    "kink", "dead", "dead_signal", "saturated",
    "zero_input", "zero_signal", "zero_weight", "masked",
    "not_largest", "clipped", "cut", "unused", "flat", "optimum", "cancelling", "vanishing",
    "exploding", "small_input", "small_signal", "small_weight", "small_error", "mean",
    "large_input", "large_signal", "large_weight", "large_error", "steep", "ordinary",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Cause:
    """Why a gradient has its size.

    size: zero · tiny · huge · ordinary. kind: the class (KINDS), which names its sentence.
    link: the factor at fault. fork: where parts cancel. road: the way that carries most.
    counts: of a zero, how many of its ways each class blocks.
    """

    at: Value
    value: float
    size: str
    kind: str
    road: Road
    link: Link | None = None
    fork: Fork | None = None
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Classifier:
    """Gives gradients of one pass their classes."""

    trace: Trace
    roads: Roads

    @property
    def largest(self) -> float:
        """The largest gradient of a parameter."""
        found = (np.abs(g[np.isfinite(g)]).max(initial=0.0) for g in self.trace.gradients.values())
        return float(max(found, default=0.0))

    def size(self, gradient: float) -> str:
        """zero, tiny, huge or ordinary."""
        size = abs(gradient)
        if size == 0:
            return "zero"
        if size < SMALL or size < TINY * self.largest:
            return "tiny"
        return "huge" if size > LARGE else "ordinary"

    def cause(self, at: Value) -> Cause:
        """The class of one gradient, with the factors that make it so."""
        value = self.trace.recorded.gradient(at)
        road, size = self.roads.main(at), self.size(value)
        if at.node not in self.trace.recorded.gradients or not road.arrives:
            return Cause(at, value, size, "unused", road)
        fork = cancelled(road)
        if size == "zero":
            return self.zero(at, road, fork)
        if fork is not None and size == "tiny":
            return Cause(at, value, size, "cancelling", road, fork=fork)
        if size == "tiny":
            return Cause(at, value, size, *small(road))
        if size == "huge":
            return Cause(at, value, size, *large(road))
        return Cause(at, value, size, "ordinary", road)

    def zero(self, at: Value, road: Road, fork: Fork | None) -> Cause:
        """Of every way the nearest factor that is 0; the class that blocks most of them."""
        blocks = list(self.roads.blocks(at))
        if not blocks and fork is None:  # a product of many that is smaller than any float
            return Cause(at, 0.0, "zero", *small(road))
        if not blocks:
            return Cause(at, 0.0, "zero", "cancelling", road, fork=fork)
        kinds = [self.blocked(link) for link in blocks]
        counts = Counter(kinds).most_common()
        counts.sort(key=lambda entry: (-entry[1], entry[0].startswith("zero_")))
        link = blocks[kinds.index(counts[0][0])]
        return Cause(at, 0.0, "zero", counts[0][0], road, link, counts=tuple(counts))

    def blocked(self, link: Link) -> str:
        """What a factor of 0 is."""
        if self.at_kink(link) and not self.squared_difference(link):
            return "kink"
        if link.op == "maximum" and self.beside_zero(link):
            return "dead"
        if link.op in CHOICES and (link.cut or link.op != "relu"):
            return CHOICES[link.op]
        if link.op in FLAT:
            return "cut"
        if link.cut:
            return "masked"
        if self.squared_difference(link):
            return "optimum"
        if link.op in SATURATING:
            return "saturated"
        if link.kind == "signal" and link.of is not None and self.dead(link.of):
            return "dead_signal"
        by_kind = {"error": "optimum", "input": "zero_input", "signal": "zero_signal",
                   "weight": "zero_weight", "mask": "masked"}  # fmt: skip
        return by_kind.get(link.kind, "flat")

    def at_kink(self, link: Link) -> bool:
        """Whether a factor is 0 because a convention chooses it where two slopes meet."""
        node = self.trace.graph[link.to.node]
        if node.op is None or not node.op.convention or link.at.node not in node.inputs:
            return False
        return kink_at(self.trace.recorded, node, link.at, link.to) is not None

    def squared_difference(self, link: Link) -> bool:
        """Whether a factor is the slope of (a − b)², |a − b| where both are equal."""
        node = self.trace.graph[link.at.node]
        twice = link.op == "mul" and link.of == link.at
        difference = node.op is not None and node.op.name == "sub"
        return (
            difference
            and (twice or link.op in ("power", "abs"))
            and not (self.trace.recorded.value(link.at))
        )

    def beside_zero(self, link: Link) -> bool:
        """Whether a maximum is a relu: its other operand is the number 0."""
        others = (self.trace.graph[i] for i in self.trace.graph[link.to.node].inputs)
        return any(n.value is not None and not np.any(n.value) for n in others)

    def dead(self, at: Value) -> bool:
        """Whether a neuron's output is 0 because its activation selects nothing."""
        node = self.trace.graph[at.node]
        return node.op is not None and node.op.name == "relu" and self.trace.recorded.value(at) == 0


def cancelled(road: Road) -> Fork | None:
    """The first fork whose parts cancel each other."""
    for fork in road.forks:
        if fork.largest > 0 and abs(fork.total) < CANCELLED * fork.largest:
            return fork
    return None


def small(road: Road) -> tuple[str, Road, Link | None]:
    """Why a product is small: one factor with most of the orders of magnitude, or many layers."""
    shrinking = [x for x in road.links if abs(x.value) < 1]
    if not shrinking:
        return "ordinary", road, None
    least = min(shrinking, key=lambda x: x.orders)
    total = sum(x.orders for x in shrinking)
    if len([x for x in road.links if x.kind == "slope"]) >= DEEP and least.orders > PART * total:
        return "vanishing", road, least
    kinds = {"slope": "saturated", "input": "small_input", "signal": "small_signal",
             "weight": "small_weight", "error": "small_error", "share": "mean"}  # fmt: skip
    if least.kind == "slope" and least.op not in SATURATING:
        return "flat", road, least
    return kinds.get(least.kind, "flat"), road, least


def large(road: Road) -> tuple[str, Road, Link | None]:
    """Why a product is large: one factor with most of the orders of magnitude, or many layers."""
    growing = [x for x in road.links if abs(x.value) > 1]
    if not growing:
        return "ordinary", road, None
    most = max(growing, key=lambda x: x.orders if x.value else -math.inf)
    total = sum(x.orders for x in growing)
    weights = [x for x in growing if x.kind == "weight"]
    if len(weights) >= DEEP and sum(x.orders for x in weights) > WEIGHTS * total:
        return "exploding", road, max(weights, key=lambda x: x.orders)
    kinds = {"input": "large_input", "signal": "large_signal", "weight": "large_weight",
             "error": "large_error", "share": "steep", "slope": "steep"}  # fmt: skip
    return kinds.get(most.kind, "steep"), road, most
