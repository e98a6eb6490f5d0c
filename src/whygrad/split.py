"""Where a number goes: the ways out of one entry of a node, read off the backward rules.

The same rule that ran as numbers is read as symbols; at one index it is a formula that is linear in
the upstream gradient G, and the coefficient of G[j] is ∂consumer[j]/∂entry. Nothing here knows a
derivative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Way:
    """One way on from an entry: to which entry of which consumer, and the factor on it."""

    to: Value
    factor: Expr
    value: float

    @property
    def plain(self) -> bool:
        """Whether the factor is 1 by the rule itself, whatever the numbers are."""
        return self.factor == ONE

    @property
    def cut(self) -> bool:
        """Whether a mask selects nothing here (a dead relu, a value that is not the maximum)."""
        return self.value == 0 and any(is_mask(part) for part in self.factor.walk())


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
    found = []
    for slot, argument in enumerate(arguments):
        for t in linear_terms(argument, scope):
            factor = t.coefficient
            if function == "neg" or (function == "sub" and slot == 1):
                factor = -factor
            elif function in ("mul", "div"):
                operands = [factor if i == slot else a for i, a in enumerate(arguments)]
                factor = call(function, *operands)
            found.append(Term(t.scope, t.index, factor))
    return found


def resolve(formula: Expr, values: Mapping[str, np.ndarray]) -> Expr:
    """A rule's formula in quantities of the recorded pass, its sums written out.

    A long Σ shows its largest terms, and the rest as one quantity.
    """

    def change(part: Expr) -> Expr | None:
        if isinstance(part, Entry):
            index = tuple(int(i) for i in part.index)  # type: ignore[arg-type]
            return Quantity(Value(str(part.name), index), float(values[str(part.name)][index]))
        if isinstance(part, Reduce):  # the outermost first, so no variable of another is open
            return _written_out(part, values)
        return None

    return formula.replace(change)


def _written_out(fold: Reduce, values: Mapping[str, np.ndarray]) -> Expr:
    """The rows of a Σ or max, one after the other; of a long one its largest."""
    rows, rest = fold.rows(), None
    if len(rows) > EXPANDED:
        sizes = evaluate(fold.body, values, axes=(fold.variable,))
        sizes = np.broadcast_to(sizes, (fold.length,))
        order = np.argsort(-np.abs(sizes) if fold.function == "sum" else -sizes, kind="stable")
        largest = np.sort(order[:SHOWN])
        rows = tuple(fold.row(int(row)) for row in largest)
        if fold.function == "sum":
            hidden = fold.length - len(largest)
            rest = Quantity(Rest(hidden), float(sizes.sum() - sizes[largest].sum()))
    join = "add" if fold.function == "sum" else "maximum"
    total = resolve(rows[0], values) if rows else ZERO
    for row in rows[1:]:
        total = call(join, total, resolve(row, values))
    return total if rest is None else total + rest


def forward_formula(
    graph: Graph, node: Node, index: tuple[int, ...], values: Mapping[str, np.ndarray]
) -> Expr:
    """The formula of one entry of a node's value, in quantities of the pass."""
    assert node.op is not None
    operands = [operand(graph[i], values) for i in node.inputs]
    formula = node.op.forward(symbols.xp, *operands, **node.attributes)
    return resolve(formula.at(index), values)


def operand(node: Node, values: Mapping[str, np.ndarray]) -> Expr:
    """A node as the rules read it; positions bring the values that this pass looked up."""
    if node.integer and node.id in values:
        return symbols.symbol(node.id, node.shape, np.asarray(values[node.id]))
    return leaf(node)


def split(
    graph: Graph,
    values: Mapping[str, np.ndarray],
    gradients: Mapping[str, np.ndarray],
    node: Node,
    index: tuple[int, ...],
) -> Split:
    """The ways out of entry `index` of `node`, over every use of it, towards the output."""
    ways: list[Way] = []
    hidden = 0
    for consumer, slot in graph.uses[node.id]:
        if consumer.id in gradients:
            formula = _pulled(graph, values, consumer, slot, index)
            found, more = _ways(formula, consumer, values, gradients)
            ways += found
            hidden += more
    return Split(_merged(ways), hidden)


def _pulled(
    graph: Graph,
    values: Mapping[str, np.ndarray],
    consumer: Node,
    slot: int,
    index: tuple[int, ...],
) -> Expr:
    """One entry of what the consumer's rule pulls back to a slot: a formula linear in G."""
    assert consumer.op is not None
    operands = [operand(graph[i], values) for i in consumer.inputs]
    y = symbols.symbol(consumer.id, consumer.shape)
    g = symbols.symbol(UPSTREAM, consumer.shape)
    pulled = pull(consumer.op, symbols.xp, g, y, operands, consumer.attributes, [slot])
    return pulled[slot].at(index) if slot in pulled else ZERO


def _ways(
    formula: Expr,
    consumer: Node,
    values: Mapping[str, np.ndarray],
    gradients: Mapping[str, np.ndarray],
) -> tuple[list[Way], int]:
    """The ways of one use: all of them, or the largest by one vectorised evaluation."""
    terms = linear_terms(formula)
    targets, weights = [], []
    for t in terms:
        lengths = tuple(n for _, n in t.scope)
        axes = tuple(v for v, _ in t.scope)
        position = [i.over(axes) if isinstance(i, Column) else i for i in t.index]
        flat = flat_index(position, consumer.shape)
        factor = evaluate(t.coefficient, values, axes)
        targets.append(np.broadcast_to(flat, lengths).ravel())
        size = np.abs(factor * gradients[consumer.id].ravel()[flat])
        weights.append(np.broadcast_to(size, lengths).ravel())
    if not terms:
        return [], 0
    reached = np.unique(np.concatenate(targets))
    kept = reached
    if len(reached) > EXPANDED:
        sizes = np.bincount(
            np.searchsorted(reached, np.concatenate(targets)),
            weights=np.nan_to_num(np.concatenate(weights), nan=np.inf),
        )
        kept = np.sort(reached[np.argsort(-sizes, kind="stable")[:SHOWN]])
    ways = []
    for flat in kept:
        factor = _coefficient(terms, targets, int(flat))
        if factor != ZERO:
            factor = resolve(factor, values)
            to = np.unravel_index(int(flat), consumer.shape)
            value = float(evaluate(factor))
            ways.append(Way(Value(consumer.id, tuple(int(i) for i in to)), factor, value))
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
        by_target[way.to] = (
            way if old is None else Way(way.to, old.factor + way.factor, old.value + way.value)
        )
    return tuple(by_target.values())
