"""Factors: what a gradient is the product of along the way that carries most of it.

The ways and the factors on them are those of the derivation (`split.py`); here they are only
followed, where they fork the one with the largest share, and told apart by what they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from whygrad.expr import Expr, Quantity
from whygrad.graph import Node
from whygrad.names import Partial, Value
from whygrad.recording import Trace
from whygrad.split import Splitter, Way

LONGEST = 2_000  # ways that a path may have
PRODUCTS = ("linear", "project", "matmul", "mul", "conv2d", "div")
FLAT = ("stop_gradient", "sign", "floor", "ceil", "round", "equal", "less", "less_equal", "greater",
        "greater_equal")  # fmt: skip
CHOICES = {"where": "masked", "max": "not_largest", "maximum": "not_largest",
           "minimum": "not_largest", "max_pool2d": "not_largest", "clip": "clipped",
           "relu": "dead"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Link:
    """One factor on a way: ∂to/∂at.

    kind: slope (of an activation) · input · signal (a neuron's output) · weight · mask · error ·
    share (of a mean) · rate (anything else). formula: in numbers of the pass. of: which number
    of the pass the factor is, where it is one (an input, a weight). cut: a mask selects 0.
    """

    at: Value
    to: Value
    value: float
    kind: str
    op: str
    formula: Expr
    of: Value | None = None
    cut: bool = False

    @property
    def ref(self) -> Partial:
        return Partial(self.to, self.at)

    @property
    def orders(self) -> float:
        """Its size in orders of magnitude: −2 for 0.01."""
        return (
            math.log10(abs(self.value)) if self.value and math.isfinite(self.value) else -math.inf
        )


@dataclass(frozen=True)
class Fork:
    """The parts of a gradient where several ways go on from an entry: (to, part) each."""

    at: Value
    parts: tuple[tuple[Value, float], ...]

    @property
    def total(self) -> float:
        return sum(part for _, part in self.parts)

    @property
    def largest(self) -> float:
        return max((abs(part) for _, part in self.parts), default=0.0)


@dataclass(frozen=True, eq=False)
class Road:
    """The way that carries most of a gradient: its factors up to the loss, its forks."""

    links: tuple[Link, ...]
    forks: tuple[Fork, ...]
    arrives: bool  # at the loss

    @property
    def product(self) -> float:
        return math.prod(link.value for link in self.links)

    @property
    def ranked(self) -> tuple[Link, ...]:
        """The factors other than 1, the smallest first."""
        return tuple(sorted((x for x in self.links if x.value != 1), key=lambda x: x.orders))


@dataclass(frozen=True, eq=False)
class Roads:
    """The ways of one recorded pass."""

    trace: Trace

    @cached_property
    def splitter(self) -> Splitter:
        recorded = self.trace.recorded
        return Splitter(recorded.graph, recorded.values, recorded.gradients)

    def main(self, at: Value) -> Road:
        """The way on which at every fork the largest part of the gradient goes."""
        links: list[Link] = []
        forks: list[Fork] = []
        loss = self.trace.recorded.loss
        while at != loss and len(links) < LONGEST:
            ways = self.splitter.split(at).ways
            if not ways:
                return Road(tuple(links), tuple(forks), arrives=False)
            if len(ways) > 1:
                forks.append(Fork(at, tuple((w.to, self.part(w)) for w in ways)))
            way = max(ways, key=self.weight)
            links.append(self.link(at, way))
            at = way.to
        return Road(tuple(links), tuple(forks), arrives=at == loss)

    def part(self, way: Way) -> float:
        """What a way adds to the gradient."""
        return 0.0 if way.cut else way.value * self.trace.recorded.gradient(way.to)

    def weight(self, way: Way) -> tuple[float, float, float]:
        """How much a way carries; where all carry nothing, how much it might."""
        return abs(self.part(way)), abs(way.value), abs(self.trace.recorded.gradient(way.to))

    def link(self, at: Value, way: Way) -> Link:
        """A way as a factor, with what it is."""
        node = self.trace.graph[way.to.node]
        assert node.op is not None
        kind, of = self.kind(at, way, node)
        return Link(at, way.to, way.value, kind, node.op.name, way.factor, of, way.cut)

    def kind(self, at: Value, way: Way, node: Node) -> tuple[str, Value | None]:
        """What sort of factor an operation puts on a way, and which number it is."""
        assert node.op is not None
        name = node.op.name
        if node.role == "error" or node.op.module.endswith(".loss"):
            return "error", None
        if name in PRODUCTS:
            of = getattr(way.factor, "ref", None)
            if not isinstance(of, Value):
                return "rate", None
            source = self.trace.graph[of.node]
            if source.role in ("weight", "bias"):
                return "weight", of
            if source.role in ("mask", "constant"):
                return "mask", of
            return ("input" if source.op is None else "signal"), of
        if name == "mean":
            return "share", None
        if len(node.op.operands) == 1 and node.op.elementwise:
            return "slope", None
        return "rate", None

    # ---- where a gradient is 0 ------------------------------------------------------------------

    def blocks(self, at: Value, most: int = 200) -> Iterator[Link]:
        """The factors that make every way from an entry 0, nearest first.

        Where a factor is 0 and so is what comes from above, the reason lies above if any other way
        says so.
        """
        gradient = self.trace.recorded.gradient
        waiting, seen = [at], set[Value]()
        while waiting and len(seen) < most:
            here = waiting.pop(0)
            if here in seen:
                continue
            seen.add(here)
            links = self.links(here)
            above = [x for x in links if x.value and not x.cut and gradient(x.to) == 0]
            own = [x for x in links if (x.cut or not x.value) and gradient(x.to) != 0]
            waiting += [x.to for x in above]
            yield from own or ([] if above else [x for x in links if x.cut or not x.value])

    def links(self, at: Value) -> list[Link]:
        """The ways from an entry as factors; of a weight over many samples, one of each sort."""
        split = self.splitter.split(at)
        found = [self.link(at, way) for way in split.ways]
        return [*found, *self.samples(at)] if split.hidden else found

    def samples(self, at: Value) -> Iterator[Link]:
        """Of a weight that is used for many samples: where its factor is largest, and where 0."""
        graph, recorded = self.trace.graph, self.trace.recorded
        for node, slot in graph.uses[at.node]:
            name = node.op.name if node.op else ""
            if slot != 1 or name not in ("linear", "project", "matmul") or at.index is None:
                continue
            row, column = at.index if name != "matmul" else at.index[::-1]
            x = np.asarray(recorded.values[node.inputs[0]])[..., column]
            upstream = np.asarray(recorded.gradients[node.id])[..., row]
            kind = "input" if graph[node.inputs[0]].op is None else "signal"
            for sort in (
                np.where(upstream == 0, np.abs(x), -1),
                np.where(x == 0, upstream != 0, -1),
            ):
                lead = np.unravel_index(int(np.argmax(sort)), x.shape)
                if sort[lead] > 0:
                    index = tuple(int(i) for i in lead)
                    of, to = Value(node.inputs[0], (*index, column)), Value(node.id, (*index, row))
                    factor = Quantity(of, float(x[lead]))
                    yield Link(at, to, factor.value, kind, name, factor, of)
