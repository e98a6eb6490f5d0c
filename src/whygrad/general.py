"""General equations: a network's two passes in matrix form, symbols only.

They are the rules themselves, read with symbols; nothing is derived here.
"""

from __future__ import annotations

from collections.abc import Callable

from whygrad import symbols
from whygrad.document import Block, Document, Heading, Line, Lines, Paragraph, sentence
from whygrad.equations import backward_equations
from whygrad.errors import ShapeError
from whygrad.expr import ONE, Call, Expr, Number, Symbol
from whygrad.graph import Graph, Node, leaf
from whygrad.models.mlp import Network
from whygrad.names import Gradient, Value
from whygrad.notation import Matrix

# How many samples there are is left open: this prime stands in for N while shapes are worked out.
MANY = 10_007
N = Symbol("N", ())


def equations_document(network: Network) -> Document:
    """The general equations: forward, the δ recursion, the gradients of weights and biases."""
    graph = network.graph(MANY)
    names = Matrix(graph, network.renamed)
    forward = [
        (Value(node.id), plain_formula(graph, node))
        for node in graph.nodes
        if node.op is not None and node.role and node.id in graph.alive
    ]
    found = backward_equations(graph, named=lambda n: n.role in ("net", "weight", "bias"))
    backward = [(e.of, e.formula) for e in found if e.node.role == "net"]
    gradients = [(e.of, e.formula) for e in found if e.node.role != "net"]
    blocks: tuple[Block, ...] = (
        Paragraph(sentence("general.conventions")),
        Heading(sentence("general.forward")),
        equations(forward),
        Heading(sentence("general.backward")),
        equations(backward),
        Heading(sentence("general.gradients")),
        equations(gradients),
    )
    title = sentence("general.title", sizes="-".join(map(str, network.layers)))
    return Document(title, blocks, names)


def equations(pairs: list[tuple[Value, Expr]] | list[tuple[str | Gradient, Expr]]) -> Lines:
    return Lines(
        tuple(
            Line(ref, (open_samples(tidy(formula)),), None, numbers=False) for ref, formula in pairs
        )  # type: ignore[arg-type]
    )


def plain_formula(graph: Graph, node: Node) -> Expr:
    """A node's value in symbols of its inputs."""
    assert node.op is not None
    operands = (leaf(graph[i]) for i in node.inputs)
    formula: Expr = node.op.value(symbols.xp, *operands, **node.attributes)
    return formula


def rebuilt(formula: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The formula with `change` applied to every part, innermost first."""
    old = formula.parts()
    new = tuple(rebuilt(part, change) for part in old)
    same = all(a is b for a, b in zip(old, new, strict=True))
    return change(formula if same else formula.rebuild(new))


def tidy(formula: Expr) -> Expr:
    """The formula without the ones and repetitions that only give a constant its shape."""

    def drop(part: Expr) -> Expr:
        if isinstance(part, Call) and part.function in ("ones_like", "reshape", "broadcast_to"):
            if part.function == "ones_like":
                return ONE
            if isinstance(part.arguments[0], Number):
                return part.arguments[0]
        return part

    try:
        return rebuilt(formula, drop)
    except ShapeError:  # a structured rule needs the constant as an array after all
        return formula


def open_samples(formula: Expr) -> Expr:
    """The formula with the stand-in for the number of samples made N again."""

    def reopen(part: Expr) -> Expr | None:
        if part == Number(float(MANY)):
            return N
        if part == Number(1 / MANY):
            return ONE / N
        return None

    return formula.replace(reopen)
