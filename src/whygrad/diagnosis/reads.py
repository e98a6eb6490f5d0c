"""Which numbers a number was computed from: read off the rule's formula at that entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

import numpy as np

from whygrad import symbols
from whygrad.errors import WhygradError
from whygrad.expr import Call, Column, Entry, Expr, Reduce, evaluate
from whygrad.graph import Graph, Node
from whygrad.names import Value
from whygrad.split import operand

MOST = 20_000  # entries of one sum that are looked at


def read_by(graph: Graph, values: Mapping[str, np.ndarray], at: Value) -> Iterator[Value]:
    """Every entry that the entry `at` was computed from, of each operand of its operation."""
    node = graph[at.node]
    if node.op is None or at.index is None:
        return
    formula = entry_formula(graph, node, at.index, values)
    if formula is None:  # an opaque operation may use everything
        for id_ in node.inputs:
            yield from (Value(id_, tuple(map(int, i))) for i in np.ndindex(*graph[id_].shape))
        return
    yield from dict.fromkeys(entries(formula, values, {}))


def entry_formula(
    graph: Graph, node: Node, index: tuple[int, ...], values: Mapping[str, np.ndarray]
) -> Expr | None:
    """The formula of one entry of a node; None where its operation shows none."""
    assert node.op is not None
    if node.op.module == "opaque":
        return None
    try:
        formula = node.op.value(
            symbols.xp, *(operand(graph[i], values) for i in node.inputs), **node.attributes
        )
        return formula.at(index)
    except WhygradError:
        return None


def entries(
    formula: Expr, values: Mapping[str, np.ndarray], lengths: dict[str, int]
) -> Iterator[Value]:
    """The entries in a formula; of a choice only the branch that is chosen."""
    match formula:
        case Entry(name, index):
            columns = [i for i in index if isinstance(i, Column)]
            axes = sorted({v for c in columns for v in c.variables})
            for row in islice(product(*(range(lengths[v]) for v in axes)), MOST):
                fixed = dict(zip(axes, row, strict=True))
                yield Value(str(name), tuple(position(i, fixed) for i in index))
        case Reduce(_, variable, length, body):
            yield from entries(body, values, lengths | {variable: length})
        case Call("where", (condition, yes, no)):
            chosen = truth(condition, values)
            if chosen is None:
                yield from entries(condition, values, lengths)
            for branch, wanted in ((yes, True), (no, False)):
                if chosen in (None, wanted):
                    yield from entries(branch, values, lengths)
        case _:
            for part in formula.parts():
                yield from entries(part, values, lengths)


def position(index: int | Column, fixed: Mapping[str, int]) -> int:
    """An index where the variables of the sums around it have these values."""
    for variable, value in fixed.items():
        if isinstance(index, Column):
            index = index.fix(variable, value)  # type: ignore[assignment]
    assert not isinstance(index, Column)
    return int(index)


def truth(condition: Expr, values: Mapping[str, np.ndarray]) -> bool | None:
    """Whether a condition holds; None where it depends on a row of a sum."""
    try:
        return bool(evaluate(condition, values))
    except Exception:  # a variable of a sum around it is open
        return None
