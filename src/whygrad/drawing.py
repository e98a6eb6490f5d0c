"""Drawing: a network as neurons, edges and arrows, before any format has drawn it.

Three of them: the network with its values; the path of one weight with the factors on the way
back from the error; the errors that meet in one hidden neuron.
"""

from __future__ import annotations

from dataclasses import dataclass

from whygrad.expr import Quantity


@dataclass(frozen=True)
class Neuron:
    """A circle. layer: 0 for the inputs; one past the last for errors and the loss."""

    key: str
    layer: int
    row: int
    kind: str  # "input", "hidden", "output", "bias", "error", "loss"
    name: Quantity  # what it is called, and its value
    target: Quantity | None = None
    marked: bool = False


@dataclass(frozen=True)
class Edge:
    """A line from neuron to neuron; with a weight, or without one (an output and its error)."""

    tail: str
    head: str
    weight: Quantity | None = None
    marked: bool = False


@dataclass(frozen=True)
class Arrow:
    """An arrow back against an edge, with the factor or the error that runs along it."""

    tail: str
    head: str
    factor: Quantity


@dataclass(frozen=True)
class Drawing:
    """neurons, edges, and the arrows of a backward path; `omitted` neurons a layer are not drawn."""

    neurons: tuple[Neuron, ...]
    edges: tuple[Edge, ...]
    arrows: tuple[Arrow, ...] = ()
    omitted: tuple[int, ...] = ()
