"""Notation: what a reader calls the numbers of a graph. It belongs to the reader, not to the graph.

Four of them: Textbook (i1 h1 o1, w5, net_h1, out_h1, δ_o1) · Indexed (w⁽¹⁾₁₁, its order said once)
· Matrix (W¹[1,1], counted from 1) · Code (W1[0,0], parameter names, counted from 0).
Each turns a reference into a name, and a typed name back into a reference.
"""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from whygrad.errors import ConfigError, NameUnknownError, nearest
from whygrad.graph import Graph, Node
from whygrad.names import (
    Delta,
    Derivative,
    Gradient,
    Label,
    Name,
    Named,
    Partial,
    Rate,
    Rest,
    Updated,
    Value,
)

LISTED = 10_000  # names of larger graphs are worked out on demand, never listed


class Notation(ABC):
    """Names for the numbers of one graph."""

    key: str

    def __init__(self, graph: Graph, renamed: Mapping[str, str] | None = None) -> None:
        self.graph = graph
        self.renamed = dict(renamed or {})

    @abstractmethod
    def value(self, node: Node, index: tuple[int, ...]) -> Name:
        """The name of one entry of a node's value."""

    def whole(self, node: Node) -> Name:
        """The name of a node's whole value, in a matrix formula."""
        return whole_name(node)

    def delta(self, node: Node, index: tuple[int, ...]) -> Name:
        """The name of ∂loss/∂net."""
        name = self.value(node, index)
        return Name("δ", name.sub or name.stem, name.sup, name.index, name.sample)

    def sub_result(self, name: str, index: tuple[int, ...]) -> Name:
        """The name of an entry of a sub-result that a rule names, counted as the reader counts."""
        return Name(name, index=tuple(i + 1 for i in index))

    def gradient(self, node: Node) -> Label:
        """The name of ∂loss/∂(a node's whole value): δ¹ for a net input."""
        if node.role == "net":
            return Name("δ", sup=str(node.layer))
        return Derivative(self.whole(self.graph[self.graph.output]), self.whole(node))

    def label(self, ref: Hashable) -> Label:
        """The name of any reference."""
        match ref:
            case Value(node, None):
                return self.whole(self.graph[node])
            case Value(node, index):
                assert index is not None
                return self.value(self.graph[node], index)
            case Partial(top, bottom):
                return Derivative(self._name(top), self._name(bottom))
            case Gradient(node):
                return self.gradient(self.graph[node])
            case Delta(Value(node, index)):
                assert index is not None
                return self.delta(self.graph[node], index)
            case Updated(value):
                name = self._name(value)
                return Name(
                    name.stem, name.sub, name.sup, name.index, name.sample, True, name.tight
                )
            case Named(name, index):
                return self.sub_result(name, index)
            case Rest(terms):
                return Name("rest", sub=str(terms))
            case Rate():
                return Name("η")
            case Name() | Derivative():  # a page may name things that no graph has
                return ref
            case str() if ref in self.graph:
                return self.whole(self.graph[ref])
            case _:
                return Name(str(ref))

    def _name(self, ref: Value) -> Name:
        name = self.label(ref)
        assert isinstance(name, Name)
        return name

    def text(self, ref: Hashable) -> str:
        """The name as plain text, as it is typed and listed."""
        return plain(self.label(ref))

    def entries(self, node: Node) -> Iterator[Value]:
        """A reference to every entry of a node, in row order."""
        return (Value(node.id, i) for i in itertools.product(*map(range, node.shape)))

    @cached_property
    def _listed(self) -> dict[str, Value]:
        """Every name of a graph of at most LISTED numbers."""
        if sum(node.size for node in self.graph.nodes) > LISTED:
            return {}
        return {
            self.text(ref): ref
            for node in self.graph.nodes
            if not node.integer and node.value is None
            for ref in self.entries(node)
        }

    def find(self, text: str) -> Value:
        """The reference that a typed name means: in this notation, or in the code's.

        Raises NameUnknownError with the names that exist.
        """
        wanted = re.sub(r"\s+", "", text)
        wanted = re.sub(r"^(δ|delta)_", "net_", wanted).replace("'", "′")
        wanted = re.sub(r"^rhohat_", "ρ̂_", wanted)
        found = self._listed.get(wanted) or self.parse(wanted) or self._parse_code(wanted)
        if found is not None:
            return found
        known = list(self._listed) or [f"{n.id}[…]" for n in self.graph.nodes]
        raise NameUnknownError(
            f"There is no number called {text!r} in this network.", hint=nearest(wanted, known)
        )

    def parse(self, text: str) -> Value | None:
        """A name of this notation worked out by arithmetic, for graphs too large to list."""
        return None

    def _parse_code(self, text: str) -> Value | None:
        match = re.fullmatch(r"([^\[\]]+)(?:\[(-?\d+(?:,-?\d+)*)\])?", text)
        if match is None or match[1] not in self.graph:
            return None
        node = self.graph[match[1]]
        index = tuple(map(int, match[2].split(","))) if match[2] else ()
        if len(index) != len(node.shape):
            if node.size == 1 and not index:
                return Value(node.id, (0,) * len(node.shape))
            raise NameUnknownError(
                f"{text!r} does not name one number.",
                given=f"{node.id} has shape {node.shape}",
                hint=f"{node.id}[{','.join('0' for _ in node.shape)}]",
            )
        if not all(-n <= i < n for i, n in zip(index, node.shape, strict=True)):
            raise NameUnknownError(
                f"{text!r} lies outside of {node.id}.", given=f"its shape is {node.shape}"
            )
        return Value(node.id, tuple(i % n for i, n in zip(index, node.shape, strict=True)))


def plain(label: Label) -> str:
    """A name as plain typed text: out_h1[2], w5, W²[1,1] as W2[1,1], w⁽¹⁾₁₁ as w(1)_11."""
    if isinstance(label, Derivative):
        return f"∂{plain(label.top)}/∂{plain(label.bottom)}"
    text = label.stem + label.sup
    if label.sub:
        text += label.sub if label.tight else f"_{label.sub}"
    positions = label.index or ((label.sample,) if label.sample else ())
    text += f"[{','.join(map(str, positions))}]" if positions else ""
    return text + ("+" if label.updated else "")


ARRAYS = {"weight": "W", "tied": "W", "bias": "b", "net": "net", "out": "out"}


def whole_name(node: Node) -> Name:
    """An array's name in a matrix formula: W², net¹; its own id outside of layers."""
    if node.role in ARRAYS:
        return Name(ARRAYS[node.role], sup=str(node.layer))
    given = {
        "loss": Name("E", "total"), "input": Name("x"), "target": Name("t"), "mean": Name("ρ̂"),
        "part": part_name(node), "divergence": Name("KL", sub="" if node.shape else "total"),
    }  # fmt: skip
    return given.get(node.role, Name(node.id))


def part_name(node: Node) -> Name:
    """A part that the loss is put together of: E_data, E_sparse."""
    return Name("E", sub=node.id.removeprefix("E_"))


class Code(Notation):
    """Parameter names and positions from 0: W1[0,0], out1[0,2]."""

    key = "code"

    def value(self, node: Node, index: tuple[int, ...]) -> Name:
        return Name(self.renamed.get(node.id, node.id), index=index)

    def whole(self, node: Node) -> Name:
        return Name(self.renamed.get(node.id, node.id))

    def delta(self, node: Node, index: tuple[int, ...]) -> Name:
        return Name("δ", sub=node.id, index=index)

    def sub_result(self, name: str, index: tuple[int, ...]) -> Name:
        return Name(name, index=index)


class Layered(Notation):
    """What the three notations of networks share: layers, neurons, and samples where several."""

    @cached_property
    def last(self) -> int:
        return max((n.layer for n in self.graph.nodes), default=0)

    @cached_property
    def several(self) -> bool:
        """Whether there is more than one sample, so that samples must be named."""
        inputs = [n for n in self.graph.nodes if n.role == "input"]
        return bool(inputs) and len(inputs[0].shape) > 1 and inputs[0].shape[0] > 1

    def sample(self, index: tuple[int, ...]) -> int:
        return index[0] + 1 if self.several else 0

    def value(self, node: Node, index: tuple[int, ...]) -> Name:
        match node.role:
            case "weight":
                return self.weight(node, index)
            case "tied":
                return self.tied(node, index)
            case "mean" | "divergence":
                return self.activity(node, index)
            case "part":
                return part_name(node)
            case "bias":
                return self.bias(node, index)
            case "input" | "net" | "out" | "target" | "error" if len(index) == 2:
                return self.neuron(node, index)
            case "error":
                return Name("E", sample=self.sample(index))
            case "loss":
                return Name("E", sub="total")
            case _:
                return Name(node.id, index=index)

    @abstractmethod
    def weight(self, node: Node, index: tuple[int, ...]) -> Name: ...

    def tied(self, node: Node, index: tuple[int, ...]) -> Name:
        """A weight of a decoder that has none of its own: in its layer, as any other."""
        return self.weight(node, index)

    @abstractmethod
    def bias(self, node: Node, index: tuple[int, ...]) -> Name: ...

    def activity(self, node: Node, index: tuple[int, ...]) -> Name:
        """A code unit's mean activity ρ̂ over the samples, or how far it is from the wanted one."""
        return replace(whole_name(node), index=tuple(i + 1 for i in index))

    @abstractmethod
    def neuron(self, node: Node, index: tuple[int, ...]) -> Name: ...


UNIT = r"(?:(net|out|E|target|b|ρ̂|KL)_)?(?:(i|o)(\d+)|h(?:(\d+)_)?(\d+))"
ROLES = {"E": "error", None: "input", "b": "bias", "ρ̂": "mean", "KL": "divergence"}


class Textbook(Layered):
    """The article's names: i1, h1, o1; w1 … numbered along the rows of W, layer after layer."""

    key = "textbook"

    @cached_property
    def _first(self) -> dict[str, int]:
        """The number of each weight matrix's first weight."""
        first, count = {}, 1
        for node in self.graph.nodes:
            if node.role == "weight":
                first[node.id] = count
                count += node.size
        return first

    def unit(self, layer: int, position: int) -> str:
        """A neuron: i1, h1 (first hidden layer), h2_1 (second), o1; or what the file calls it."""
        if layer == 0:
            plain_name = f"i{position + 1}"
        elif layer == self.last:
            plain_name = f"o{position + 1}"
        else:
            plain_name = f"h{position + 1}" if layer == 1 else f"h{layer}_{position + 1}"
        return self.renamed.get(plain_name, plain_name)

    def weight(self, node: Node, index: tuple[int, ...]) -> Name:
        number = self._first[node.id] + index[0] * node.shape[1] + index[1]
        own = self.renamed.get(f"w{number}")
        return Name(own) if own else Name("w", sub=str(number), tight=True)

    def tied(self, node: Node, index: tuple[int, ...]) -> Name:
        """w5′: w5 in its second place (W′ = Wᵀ in Vincent and others 2010)."""
        own = self.weight(self.graph[node.inputs[0]], index[::-1])
        if own.sub:
            return replace(own, sub=f"{own.sub}′")
        return replace(own, stem=f"{own.stem}′")

    def activity(self, node: Node, index: tuple[int, ...]) -> Name:
        name = whole_name(node)
        return replace(name, sub=self.unit(node.layer, index[0])) if index else name

    def bias(self, node: Node, index: tuple[int, ...]) -> Name:
        if not index:
            own = self.renamed.get(f"b{node.layer}")
            return Name(own) if own else Name("b", sub=str(node.layer), tight=True)
        return Name("b", sub=self.unit(node.layer, index[0]))

    def neuron(self, node: Node, index: tuple[int, ...]) -> Name:
        unit, sample = self.unit(node.layer, index[1]), self.sample(index)
        if node.role == "input":
            tight = re.fullmatch(r"(i)(\d+)", unit)
            if tight:
                return Name(tight[1], sub=tight[2], sample=sample, tight=True)
            return Name(unit, sample=sample)
        stem = {"error": "E"}.get(node.role, node.role)
        return Name(stem, sub=unit, sample=sample)

    def parse(self, text: str) -> Value | None:
        match = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", text)
        assert match is not None
        sample = int(match[2] or 1) - 1
        if weight := re.fullmatch(r"w(\d+)(′?)", match[1]):
            found = self._weight_at(int(weight[1])) if not match[2] else None
            return self._tied_to(found) if weight[2] else found
        if match[1] == "E" and match[2]:
            return self._error_of(sample)
        unit = re.fullmatch(UNIT, match[1])
        if unit is None:
            return None
        kind, letter, place, deep, hidden = unit.groups()
        layer = {"i": 0, "o": self.last}.get(letter or "", int(deep or 1))
        role = ROLES.get(kind, kind)
        node = next((n for n in self.graph.nodes if n.role == role and n.layer == layer), None)
        position = int(place or hidden) - 1
        alone = role in ("bias", "mean", "divergence")
        index = (position,) if alone else (sample, position)
        if node is None or len(index) != len(node.shape):
            return None
        inside = all(0 <= i < n for i, n in zip(index, node.shape, strict=True))
        return Value(node.id, index) if inside else None

    def _error_of(self, sample: int) -> Value | None:
        """The error of a sample, where the loss has one number for each."""
        errors = (n for n in self.graph.nodes if n.role == "error" and len(n.shape) == 1)
        node = next(errors, None)
        inside = node is not None and self.several and 0 <= sample < node.shape[0]
        return Value(node.id, (sample,)) if node and inside else None

    def _tied_to(self, at: Value | None) -> Value | None:
        """A weight of the encoder in its second place, in the decoder."""
        if at is None or at.index is None:
            return None
        again = (n for n in self.graph.nodes if n.role == "tied" and n.inputs[0] == at.node)
        node = next(again, None)
        return None if node is None else Value(node.id, at.index[::-1])

    def _weight_at(self, number: int) -> Value | None:
        for id_, first in self._first.items():
            rows, columns = self.graph[id_].shape
            if first <= number < first + rows * columns:
                return Value(id_, divmod(number - first, columns))
        return None


def joined(*positions: int) -> str:
    """Positions as an index: 11, or 1,12 where one has several digits."""
    return ("" if all(p < 10 for p in positions) else ",").join(map(str, positions))


class Indexed(Layered):
    """w⁽ˡ⁾ⱼₖ: layer above, "to" before "from" below, counted from 1."""

    key = "indexed"

    def _named(self, stem: str, node: Node, positions: tuple[int, ...], sample: int = 0) -> Name:
        below = joined(*(p + 1 for p in positions))
        return Name(stem, sub=below, sup=f"({node.layer})", sample=sample)

    def weight(self, node: Node, index: tuple[int, ...]) -> Name:
        return self._named("w", node, index)

    def bias(self, node: Node, index: tuple[int, ...]) -> Name:
        return self._named("b", node, index)

    def neuron(self, node: Node, index: tuple[int, ...]) -> Name:
        sample = self.sample(index)
        if node.role in ("input", "target", "error"):
            stem = {"input": "x", "target": "t", "error": "E"}[node.role]
            return Name(stem, sub=str(index[1] + 1), sample=sample)
        return self._named(node.role, node, index[1:], sample)

    def delta(self, node: Node, index: tuple[int, ...]) -> Name:
        return self._named("δ", node, index[1:], self.sample(index))


class Matrix(Layered):
    """W¹[1,1]: arrays by layer, positions from 1; a batch's rows are its samples."""

    key = "matrix"

    def _positions(self, node: Node, index: tuple[int, ...]) -> tuple[int, ...]:
        shown = index if self.several or node.role in ("weight", "bias") else index[1:]
        return tuple(i + 1 for i in shown)

    def weight(self, node: Node, index: tuple[int, ...]) -> Name:
        return Name("W", sup=str(node.layer), index=self._positions(node, index))

    def bias(self, node: Node, index: tuple[int, ...]) -> Name:
        return Name("b", sup=str(node.layer), index=self._positions(node, index))

    def neuron(self, node: Node, index: tuple[int, ...]) -> Name:
        positions = self._positions(node, index)
        if node.role in ("input", "target", "error"):
            stem = {"input": "x", "target": "t", "error": "E"}[node.role]
            return Name(stem, index=positions)
        return Name(node.role, sup=str(node.layer), index=positions)

    def delta(self, node: Node, index: tuple[int, ...]) -> Name:
        return Name("δ", sup=str(node.layer), index=self._positions(node, index))


NOTATIONS: dict[str, type[Notation]] = {n.key: n for n in (Textbook, Indexed, Matrix, Code)}


def notation(key: str | None, graph: Graph, renamed: Mapping[str, str] | None = None) -> Notation:
    """The notation of a key for a graph; without one, textbook for networks, code for the rest."""
    layered = any(n.role == "weight" for n in graph.nodes)
    chosen = key or ("textbook" if layered else "code")
    if chosen not in NOTATIONS:
        raise ConfigError(f"There is no notation {chosen!r}.", hint=nearest(chosen, NOTATIONS))
    return (NOTATIONS[chosen] if layered else Code)(graph, renamed)
