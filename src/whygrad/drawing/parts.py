"""What is drawn: a network as neurons, edges and arrows, before any format has drawn it.

Three kinds of drawings: the network with its values; the path of one number, with the factors of
the chain rule on the arrows that run back to it from the error; the meeting, where several errors
come back to one neuron, are added, and go on from there.

Columns are counted from the left; rows downwards from the middle line of the drawing, which is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from whygrad.expr import Quantity
from whygrad.names import Label, Reference, Value


@dataclass(frozen=True)
class Neuron:
    """One station of the network: a neuron, a bias, an error, the loss.

    at: its output, by which edges refer to it. net: its net input, where both are drawn side by
    side. column: from the left. kind: "input", "hidden", "output", "bias", "error", "loss".
    notes: further numbers that belong to it: its own bias, a label. marked: on the way.
    """

    at: Quantity
    name: Label
    column: int
    row: float
    kind: str
    net: Quantity | None = None
    notes: tuple[Quantity, ...] = ()
    marked: bool = False

    @property
    def key(self) -> Value:
        assert isinstance(self.at.ref, Value)
        return self.at.ref


@dataclass(frozen=True)
class Edge:
    """A line from neuron to neuron with its weight, or the target of an output and its error.

    skips: stands for layers that are not drawn.
    """

    tail: Value
    head: Value
    label: Quantity | None = None
    marked: bool = False
    skips: bool = False


@dataclass(frozen=True)
class Arrow:
    """A derivative on its way back.

    route: the numbers that it passes, the later one first. factors: the derivatives whose product
    it carries, mostly one. value: that product.
    """

    route: tuple[Value, ...]
    factors: tuple[Reference, ...]
    value: float


@dataclass(frozen=True)
class Gap:
    """How many neurons of a layer (or samples, or ways) are not drawn, and where they would be."""

    column: int
    row: float
    count: int


@dataclass(frozen=True)
class Drawing:
    """A picture of one sample's pass through a network.

    kind: "network", "path" or "meeting". target: the number whose gradient is followed.
    chain: the arrows of the path, from the target on. meeting: those that meet behind it, and total
    their sum. result: the gradient of the target. sample: which one is drawn, from 1, of samples;
    share: its part of a gradient that several samples add up to (there is no result then).
    """

    kind: str
    neurons: tuple[Neuron, ...]
    edges: tuple[Edge, ...]
    gaps: tuple[Gap, ...] = ()
    target: Value | None = None
    chain: tuple[Arrow, ...] = ()
    meeting: tuple[Arrow, ...] = ()
    total: Quantity | None = None
    result: Quantity | None = None
    share: float | None = None
    sample: int = 1
    samples: int = 1
