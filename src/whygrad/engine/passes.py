"""Both passes of a graph as formulas that are to be run: every node's value, every gradient.

The rules are read as symbols, in their overflow-safe forms; each formula speaks of the arrays that
come before it by name: an id for a value, Gradient(id) for ∂loss/∂(that node). Evaluated in this
order they are the passes: as plain Python (unrolled.py), or in a page (web/program.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from whygrad import numeric, symbols
from whygrad.expr import Expr, as_expr
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.names import Gradient
from whygrad.reverse import backward
from whygrad.split import operand

# The symbols' functions, but read to be run: rules then give their overflow-safe forward.
xp = numeric.Namespace("to be run", {name: getattr(symbols.xp, name) for name in dir(symbols.xp)})

Formulas = list[tuple[Node, Expr]]


def operands(graph: Graph, known: Mapping[str, np.ndarray] | None = None) -> dict[str, Expr]:
    """Every node as the formula that reads its value; known: arrays of positions and labels."""
    return {node.id: operand(node, known or {}) for node in graph.nodes}


def values(graph: Graph, named: Mapping[str, Expr]) -> Formulas:
    """Each computed node with the formula of its value, in the graph's order."""
    found: Formulas = []

    def keep(node: Node, value: Expr) -> Expr:
        found.append((node, as_expr(value)))  # a rule may give a plain number
        return named[node.id]

    evaluate(graph, named, xp, keep=keep)
    return found


def gradients(
    graph: Graph, named: Mapping[str, Expr], *, only: Iterable[str] | None = None
) -> Formulas:
    """Each node with the formula of its gradient, in the order of the reverse pass.

    only: the sources whose gradients are wanted; what leads to no other is then left out.
    """
    found: Formulas = []

    def keep(node: Node, gradient: Expr) -> Expr:
        found.append((node, as_expr(gradient)))
        return symbols.symbol(Gradient(node.id), node.shape)

    backward(graph, named, xp, only=only, keep=keep)
    return found
