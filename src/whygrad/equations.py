"""Equations: both passes of a graph read as symbols, every result under its node's name.

The very `evaluate` and `backward` that run with numbers run here with symbols, so these equations
cannot disagree with them. They are printed (the general derivation of a network), unrolled into
plain Python (tiny nets) and, entry by entry, exported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from whygrad import symbols
from whygrad.expr import Expr
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.names import Gradient
from whygrad.reverse import backward
from whygrad.split import operand


@dataclass(frozen=True)
class Equation:
    """`of` = `formula`, where `of` is the name of a whole array."""

    of: str | Gradient
    node: Node
    formula: Expr


def forward_equations(
    graph: Graph, positions: Mapping[str, np.ndarray] | None = None
) -> list[Equation]:
    """The value of every operation's node, in symbols of its inputs.

    positions: the values of whole-number inputs, where single entries are to be read off.
    """
    found: list[Equation] = []

    def keep(node: Node, value: Expr) -> Expr:
        found.append(Equation(node.id, node, value))
        return operand(node, positions or {})

    evaluate(graph, _sources(graph, positions), symbols.xp, keep=keep)
    return found


def backward_equations(
    graph: Graph,
    *,
    only: Iterable[str] | None = None,
    named: Callable[[Node], bool] = lambda node: True,
    positions: Mapping[str, np.ndarray] | None = None,
    replaced: Mapping[str, Expr] | None = None,
) -> list[Equation]:
    """The gradient of every node that `named` wants a name for, in symbols; others are put in.

    only: the sources whose gradients are wanted. replaced: formulas in place of some values
    (weights that have been updated already).
    """
    found: list[Equation] = []

    def keep(node: Node, gradient: Expr) -> Expr:
        if not named(node):
            return gradient
        found.append(Equation(Gradient(node.id), node, gradient))
        return symbols.symbol(Gradient(node.id), node.shape)

    values: dict[str, Expr] = {n.id: operand(n, positions or {}) for n in graph.nodes}
    backward(graph, values | dict(replaced or {}), symbols.xp, only=only, keep=keep)
    return found


def _sources(graph: Graph, positions: Mapping[str, np.ndarray] | None) -> dict[str, Expr]:
    return {n.id: operand(n, positions or {}) for n in graph.nodes if n.op is None}
