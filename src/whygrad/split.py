"""Where a number goes: the ways out of one entry of a node, read off the backward rules.

The same rule that ran as numbers is read as symbols; at one index it is a formula that is linear in
the upstream gradient G, and the coefficient of G[j] is ∂consumer[j]/∂entry. Nothing here knows a
derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from whygrad import symbols
from whygrad.expr import (
    ONE,
    VARIABLES,
    ZERO,
    Call,
    Column,
    Entry,
    Expr,
    Index,
    Let,
    Number,
    Quantity,
    Reduce,
    call,
    evaluate,
    is_mask,
)
from whygrad.graph import Graph, Node, leaf
from whygrad.names import Rest, Value
from whygrad.reverse import pull

UPSTREAM = "∂"  # the name of G in a rule's formula; no node can have it
EXPANDED = 12  # up to so many terms a sum is written out; a longer one shows its largest
SHOWN = 4  # how many of the largest
DEEP = 64  # terms that are added one to the other; Python's stack ends at a thousand


@dataclass(frozen=True, eq=False)
class Way:
    """One way on from an entry: to which entry of which consumer, and the factor on it.

    The formula of the factor is written out only when it is asked for: most ways are only passed.
    """

    to: Value
    value: float
    raw: Callable[[], Expr]  # the factor, in entries of the graph's arrays
    values: Mapping[str, np.ndarray]
    expanded: int = EXPANDED

    @cached_property
    def _entries(self) -> Expr:
        return self.raw()

    @cached_property
    def factor(self) -> Expr:
        """The factor's formula in quantities of the pass."""
        return resolve(self._entries, self.values, self.expanded)

    @property
    def plain(self) -> bool:
        """Whether the factor is 1 by the rule itself, whatever the numbers are."""
        return self.value == 1 and self._entries == ONE

    @property
    def cut(self) -> bool:
        """Whether a mask selects nothing here (a dead relu, a value that is not the maximum)."""
        return self.value == 0 and any(is_mask(part) for part in self._entries.walk())


@dataclass(frozen=True)
class Split:
    """The ways out of an entry, and how many more there are that are not shown."""

    ways: tuple[Way, ...]
    hidden: int = 0


@dataclass(frozen=True)
class Term:
    """A family of terms of a linear formula: coefficient · G[index], over some variables."""

    scope: tuple[tuple[str, int], ...]
    index: tuple[Index, ...]
    coefficient: Expr


def linear_terms(formula: Expr, scope: tuple[tuple[str, int], ...] = ()) -> list[Term]:
    """The terms of a formula that is linear in G; a Σ stays one family of terms."""
    match formula:
        case Entry(name, index) if name == UPSTREAM:
            return [Term(scope, index, ONE)]
        case Let(body=body):
            return linear_terms(body, scope)
        case Reduce("sum", variable, length, body):
            if variable in dict(scope):
                free = next(v for v in VARIABLES if v not in dict(scope))
                variable, body = free, body.rename(variable, free)
            return linear_terms(body, (*scope, (variable, length)))
        case Call("where", (condition, yes, no)):
            return [
                Term(t.scope, t.index, call("where", condition, *pair))
                for branch, first in ((yes, True), (no, False))
                for t in linear_terms(branch, scope)
                for pair in [(t.coefficient, ZERO) if first else (ZERO, t.coefficient)]
            ]
        case Call(function, arguments) if function in ("add", "sub", "neg", "mul", "div"):
            return _through(function, arguments, scope)
    return []


def _through(
    function: str, arguments: tuple[Expr, ...], scope: tuple[tuple[str, int], ...]
) -> list[Term]:
    """The terms of a sum, product or quotient; a minus stands before the whole factor."""
    found = []
    for slot, argument in enumerate(arguments):
        for t in linear_terms(argument, scope):
            factor, minus = t.coefficient, False
            if isinstance(factor, Call) and factor.function == "neg":
                factor, minus = factor.arguments[0], True
            if function == "neg" or (function == "sub" and slot == 1):
                minus = not minus
            elif function in ("mul", "div"):
                operands = [factor if i == slot else a for i, a in enumerate(arguments)]
                factor = call(function, *operands)
            found.append(Term(t.scope, t.index, -factor if minus else factor))
    return found


def resolve(formula: Expr, values: Mapping[str, np.ndarray], expanded: int = EXPANDED) -> Expr:
    """A rule's formula in quantities of the recorded pass, its sums written out.

    A Σ of more than `expanded` terms shows its largest, and the rest as one quantity.
    """

    def change(part: Expr) -> Expr | None:
        if isinstance(part, Entry):
            index = tuple(int(i) for i in part.index)  # type: ignore[arg-type]
            return Quantity(Value(str(part.name), index), float(values[str(part.name)][index]))
        if isinstance(part, Reduce):  # the outermost first, so no variable of another is open
            return _written_out(part, values, expanded)
        return None

    return formula.replace(change)


def _written_out(fold: Reduce, values: Mapping[str, np.ndarray], expanded: int) -> Expr:
    """The rows of a Σ or max, one after the other; of a long one its largest."""
    rows, rest = fold.rows(), None
    if len(rows) > expanded:
        sizes = evaluate(fold.body, values, axes=(fold.variable,))
        sizes = np.broadcast_to(sizes, (fold.length,))
        order = np.argsort(-np.abs(sizes) if fold.function == "sum" else -sizes, kind="stable")
        largest = np.sort(order[:SHOWN])
        rows = tuple(fold.row(int(row)) for row in largest)
        if fold.function == "sum":
            hidden = fold.length - len(largest)
            rest = Quantity(Rest(hidden), float(sizes.sum() - sizes[largest].sum()))
    join = "add" if fold.function == "sum" else "maximum"
    terms = [resolve(row, values, expanded) for row in rows]
    total = joined(join, terms) if terms else ZERO
    return total if rest is None else total + rest


def joined(join: str, terms: Sequence[Expr]) -> Expr:
    """Terms one after the other; a very long sum in parts, so that it is not nested too deeply."""
    while len(terms) > DEEP:
        parts = (terms[k : k + DEEP] for k in range(0, len(terms), DEEP))
        terms = [joined(join, part) for part in parts]
    total = terms[0]
    for term in terms[1:]:
        total = call(join, total, term)
    return total


def forward_formula(
    graph: Graph,
    node: Node,
    index: tuple[int, ...],
    values: Mapping[str, np.ndarray],
    expanded: int = EXPANDED,
) -> Expr:
    """The formula of one entry of a node's value, in quantities of the pass."""
    assert node.op is not None
    operands = [operand(graph[i], values) for i in node.inputs]
    formula = node.op.value(symbols.xp, *operands, **node.attributes)
    return resolve(formula.at(index), values, expanded)


def operand(node: Node, values: Mapping[str, np.ndarray]) -> Expr:
    """A node as the rules read it; positions bring the values that this pass looked up."""
    if node.integer and node.id in values:
        return symbols.symbol(node.id, node.shape, np.asarray(values[node.id]))
    return leaf(node)


class Splitter:
    """The ways out of the entries of one recorded pass; each rule is read once as symbols.

    expanded: up to so many ways, and terms of a sum, are all there; of more only the largest are.
    """

    def __init__(
        self,
        graph: Graph,
        values: Mapping[str, np.ndarray],
        gradients: Mapping[str, np.ndarray],
        expanded: int = EXPANDED,
    ) -> None:
        self.graph, self.values, self.gradients = graph, values, gradients
        self.expanded = expanded
        self._pulled: dict[tuple[str, int], Expr | None] = {}
        self._splits: dict[Value, Split] = {}

    def split(self, at: Value) -> Split:
        """The ways out of an entry, over every use of its node, towards the output."""
        if at not in self._splits:
            assert at.index is not None
            ways: list[Way] = []
            hidden = 0
            for consumer, slot in self.graph.uses[at.node]:
                pulled = self.pulled(consumer, slot)
                if pulled is not None:
                    found, more = self._ways(linear_terms(pulled.at(at.index)), consumer)
                    ways += found
                    hidden += more
            self._splits[at] = Split(_merged(ways), hidden)
        return self._splits[at]

    def pulled(self, consumer: Node, slot: int) -> Expr | None:
        """What the consumer's rule pulls back to a slot: an array formula that is linear in G."""
        key = (consumer.id, slot)
        if key not in self._pulled and consumer.id in self.gradients:
            assert consumer.op is not None
            operands = [operand(self.graph[i], self.values) for i in consumer.inputs]
            y = symbols.symbol(consumer.id, consumer.shape)
            g = symbols.symbol(UPSTREAM, consumer.shape)
            found = pull(consumer.op, symbols.xp, g, y, operands, consumer.attributes, [slot])
            self._pulled[key] = found.get(slot)
        return self._pulled.get(key)

    def _ways(self, terms: list[Term], consumer: Node) -> tuple[list[Way], int]:
        """The ways of one use: all of them, or the largest by one vectorised evaluation."""
        if not terms:
            return [], 0
        targets, factors = [], []
        for t in terms:
            lengths = tuple(n for _, n in t.scope)
            axes = tuple(v for v, _ in t.scope)
            position = [i.over(axes) if isinstance(i, Column) else i for i in t.index]
            flat = flat_index(position, consumer.shape)
            factor = evaluate(t.coefficient, self.values, axes)
            targets.append(np.broadcast_to(flat, lengths).ravel())
            factors.append(np.broadcast_to(factor, lengths).ravel())
        reached, where = np.unique(np.concatenate(targets), return_inverse=True)
        sums = np.bincount(where, weights=np.concatenate(factors))
        kept = np.arange(len(reached))
        if len(reached) > self.expanded:
            sizes = np.abs(sums * np.asarray(self.gradients[consumer.id]).ravel()[reached])
            sizes = np.nan_to_num(sizes, nan=np.inf)
            kept = np.sort(np.argsort(-sizes, kind="stable")[:SHOWN])
        ways = []
        for k in kept:
            flat = int(reached[k])
            to = tuple(int(i) for i in np.unravel_index(flat, consumer.shape))
            raw = partial(_coefficient, terms, targets, flat)
            way = Way(Value(consumer.id, to), float(sums[k]), raw, self.values, self.expanded)
            if way.value or way._entries != ZERO:  # 0 by the shapes is no way, 0 by chance is one
                ways.append(way)
        return ways, len(reached) - len(kept)


def flat_index(position: list[Any], shape: tuple[int, ...]) -> Any:
    """Where an entry, or a whole column of them, lies in the flattened array."""
    return np.ravel_multi_index(np.broadcast_arrays(*position), shape) if position else 0


def _coefficient(terms: list[Term], targets: list[np.ndarray], flat: int) -> Expr:
    """The factor of G at one entry: every row of every family that reaches it, added up."""
    total: Expr = Number(0.0)
    for t, reached in zip(terms, targets, strict=True):
        lengths = tuple(n for _, n in t.scope)
        for row in np.flatnonzero(reached == flat):
            factor = t.coefficient
            for (variable, _), at in zip(t.scope, np.unravel_index(row, lengths), strict=True):
                factor = factor.fix(variable, int(at))
            total = total + factor
    return total


def _merged(ways: list[Way]) -> tuple[Way, ...]:
    """Ways to the same entry, added up: a weight used twice by one operation."""
    by_target: dict[Value, Way] = {}
    for way in ways:
        old = by_target.get(way.to)
        if old is not None:
            raw = partial(lambda a, b: a.raw() + b.raw(), old, way)
            way = Way(way.to, old.value + way.value, raw, way.values, way.expanded)
        by_target[way.to] = way
    return tuple(by_target.values())
