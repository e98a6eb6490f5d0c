"""Rewriting: a part of a graph, found by its shape, replaced by another that computes the same.

A rewrite is two lines of code in operations, before and after. The very text is traced to the
pattern that is looked for and run on what was found, so what is shown is what is done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from whygrad import ops
from whygrad.errors import WhygradError
from whygrad.graph import Graph, Node, Tracer, Variable, trace
from whygrad.op import REGISTRY

COMMUTATIVE = ("add", "mul", "maximum", "minimum")
CARRIED = ("gather", "slice", "reshape", "transpose")  # what only moves numbers
ROOMY = (2, 3)  # the shape that a pattern's variables are traced with


@dataclass(frozen=True, eq=False)
class Rewrite:
    """before → after, code in operations of its variables: x, y, an axis, and n numbers along it.

    same: whether both are the same function wherever both are finite.
    """

    before: str
    after: str
    same: bool = True

    @cached_property
    def pattern(self) -> Graph:
        """The graph that is looked for."""
        made = compiled(self.before)
        used = [v for v in ("x", "y") if v in names_in(self.before)]
        return trace(
            lambda **given: made(given.get("x"), given.get("y"), -1, 1),
            **dict.fromkeys(used, ROOMY),
        )

    def build(self, match: Match, variables: Mapping[str, Variable]) -> Variable:
        """What takes the place, of the new graph's variables."""
        x, y = (variables.get(v) for v in ("x", "y"))
        return compiled(self.after)(x, y, match.axis, along(x, match.axis))


def along(x: Variable | None, axis: Any) -> int:
    """How many numbers of x lie along the axes."""
    if x is None or axis is None:
        return 1
    return math.prod(x.shape[a] for a in (axis if isinstance(axis, tuple) else (axis,)))


def names_in(text: str) -> frozenset[str]:
    """The names that a line of code uses."""
    return frozenset(compile(text, "rewrite", "eval").co_names)


def compiled(text: str) -> Callable[..., Any]:
    """One of our own lines of code as a function of x, y, axis, n."""
    known = {name: getattr(ops, name) for name in REGISTRY}
    return eval(f"lambda x, y, axis, n: {text}", known)


@dataclass(frozen=True)
class Match:
    """Where a pattern was found: its root, what its variables stand for, the nodes that it covers.

    moves: what stands between the root and the rest and only moves numbers.
    """

    root: str
    bound: Mapping[str, str]
    covered: frozenset[str]
    axis: Any = None
    moves: tuple[str, ...] = ()


@dataclass
class Matching:
    """One attempt to lay a pattern over a graph."""

    pattern: Graph
    graph: Graph
    bound: dict[str, str] = field(default_factory=dict)
    covered: set[str] = field(default_factory=set)
    axes: list[Any] = field(default_factory=list)

    def fits(self, part: str, id_: str) -> bool:
        """Whether a part of the pattern is what a node is."""
        wanted = self.pattern[part]
        if wanted.op is None and wanted.value is None:
            return same(self.graph, self.bound.setdefault(part, id_), id_)
        node = self.through(id_)
        if wanted.op is None:
            number = node.value
            return number is not None and bool(np.all(number == wanted.value)) and number.size > 0
        if node.op is None or node.op.name != wanted.op.name:
            return False
        kept = dict(self.bound), set(self.covered), list(self.axes)
        orders = [node.inputs]
        if node.op.name in COMMUTATIVE:
            orders.append(node.inputs[::-1])
        for inputs in orders:
            if all(self.fits(p, i) for p, i in zip(wanted.inputs, inputs, strict=True)):
                self.covered |= {id_, node.id}
                if "axis" in node.attributes:
                    self.axes.append(positive(node.attributes["axis"], self.graph[inputs[0]]))
                return True
            self.bound, self.covered, self.axes = dict(kept[0]), set(kept[1]), list(kept[2])
        return False

    def through(self, id_: str) -> Node:
        """The node behind what only repeats it or gives it axes of length 1."""
        node = self.graph[id_]
        while node.op is not None and node.op.name in ("broadcast_to", "reshape", "identity"):
            inner = self.graph[node.inputs[0]]
            squeezed = [n for n in node.shape if n != 1] == [n for n in inner.shape if n != 1]
            if node.op.name == "reshape" and not squeezed:
                break
            node = inner
        return node


def positive(axis: Any, node: Node) -> Any:
    """An axis counted from the left; several only where there are several."""
    ndim = len(node.shape)
    if axis is None:
        axes = tuple(range(ndim))
    else:
        axes = tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
    return axes[0] if len(axes) == 1 else axes


def same(graph: Graph, a: str, b: str) -> bool:
    """Whether two nodes compute the same: one node, or the same operation of the same inputs."""
    if a == b:
        return True
    one, other = graph[a], graph[b]
    if one.op is None or other.op is None or one.op is not other.op:
        return (
            one.value is not None
            and other.value is not None
            and np.array_equal(one.value, other.value)
        )
    if dict(one.attributes) != dict(other.attributes):
        return False
    return all(same(graph, i, j) for i, j in zip(one.inputs, other.inputs, strict=True))


def matches(rewrite: Rewrite, graph: Graph) -> Iterator[Match]:
    """Every place where a pattern is found in a graph."""
    pattern = rewrite.pattern
    root = pattern[pattern.output]
    for node in graph.nodes:
        if node.op is None or root.op is None or node.op.name != root.op.name:
            continue
        if node.id not in graph.alive:
            continue
        for moves, inputs in carried(graph, node):
            attempt = Matching(pattern, graph)
            orders = [inputs, inputs[::-1]] if node.op.name in COMMUTATIVE else [inputs]
            for order in orders:
                attempt = Matching(pattern, graph)
                if all(attempt.fits(p, i) for p, i in zip(root.inputs, order, strict=True)):
                    if "axis" in node.attributes:
                        attempt.axes.append(positive(node.attributes["axis"], graph[order[0]]))
                    covered = frozenset({node.id, *attempt.covered})
                    axis = attempt.axes[0] if attempt.axes else None
                    yield Match(node.id, attempt.bound, covered, axis, moves)
                    break


def carried(graph: Graph, node: Node) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """A node's inputs, and those behind what only moves them, as in log(softmax(x)[i])."""
    yield (), node.inputs
    if len(node.inputs) == 1:
        moves, inner = [], graph[node.inputs[0]]
        while inner.op is not None and inner.op.name in CARRIED:
            moves.append(inner.id)
            inner = graph[inner.inputs[0]]
            yield tuple(reversed(moves)), (inner.id,)


# ---- a graph made anew --------------------------------------------------------------------------


class Copier(Tracer):
    """A tracer that makes a graph anew, in which one node has another way to be computed."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.old = graph
        self.reserved = {node.id for node in graph.nodes}
        self.made: dict[str, Variable] = {}

    def fresh(self, stem: str) -> str:
        id_ = super().fresh(stem)
        return id_ if id_ not in self.reserved else self.fresh(stem)

    def variable(self, id_: str) -> Variable:
        """The new graph's variable for an old node; what it needs is made first."""
        waiting = [id_]
        while waiting:
            node = self.old[waiting[-1]]
            missing = [i for i in node.inputs if i not in self.made]
            if node.id in self.made:
                waiting.pop()
            elif missing:
                waiting += missing
            else:
                self.made[node.id] = self.copy(node)
        return self.made[id_]

    def copy(self, node: Node, inputs: tuple[Variable, ...] | None = None) -> Variable:
        """A node as it was, of the new graph's inputs; or of others."""
        given = inputs or tuple(self.made[i] for i in node.inputs)
        return self.add(replace(node, inputs=tuple(v.node.id for v in given)))

    def finished(self) -> Graph:
        """Everything else copied, and what the result no longer needs left out."""
        for node in self.old.nodes:
            self.variable(node.id)
        graph = self.graph(self.made[self.old.output])
        kept = tuple(n for n in graph.nodes if n.id in graph.alive or n.op is None)
        return replace(graph, nodes=kept)


def with_node(graph: Graph, id_: str, make: Callable[[Copier, Node], Variable]) -> Graph | None:
    """The graph in which one node is made otherwise; None where that is not possible.

    make(copier, node): the variable that takes the node's place.
    """
    copier = Copier(graph)
    node = graph[id_]
    try:
        made = make(copier, node)
        copier.made[id_] = fitted(made, node)
        return copier.finished()
    except (WhygradError, TypeError, ValueError, RecursionError):
        return None


def fitted(made: Variable, node: Node) -> Variable:
    """A variable in a node's shape."""
    if made.shape == node.shape:
        return made
    if made.node.size == node.size:
        return ops.reshape(made, node.shape)
    return ops.broadcast_to(made, node.shape)


def rewritten(graph: Graph, rewrite: Rewrite, match: Match) -> Graph | None:
    """The graph with what was found replaced."""

    def make(copier: Copier, node: Node) -> Variable:
        bound = {name: copier.variable(id_) for name, id_ in match.bound.items()}
        made = rewrite.build(match, bound)
        for move in match.moves:
            moved = graph[move]
            others = tuple(copier.variable(i) for i in moved.inputs[1:])
            assert moved.op is not None
            made = copier.record(moved.op, (made, *others), dict(moved.attributes))
        return made

    return with_node(graph, match.root, make)
