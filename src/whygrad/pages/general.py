"""General equations: a network's two passes in matrix form, symbols only.

They are the rules themselves, read with symbols; nothing is derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from whygrad import symbols
from whygrad.errors import ShapeError
from whygrad.expr import ONE, Call, Expr, Number, Symbol
from whygrad.graph import Graph, Node, leaf
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.names import Gradient, Name, Value
from whygrad.notation import Matrix
from whygrad.pages.document import Block, Document, Heading, Line, Lines, Paragraph, sentence
from whygrad.reverse import backward

# How many samples there are is left open: this prime stands in for N while shapes are worked out.
MANY = 10_007
N = Symbol("N", ())


def equations_document(network: Network) -> Document:
    """The general equations: forward, the δ recursion, the gradients of weights and biases."""
    # A loss of labels is shown with labels: its formula is the shorter one.
    graph = network.graph(MANY, labels=objective(network.loss).per_sample)
    names = Matrix(graph, network.renamed)
    forward = [
        (Value(node.id), plain_formula(graph, node))
        for node in graph.nodes
        if node.op is not None and node.role and node.id in graph.alive
    ]
    found = backward_equations(graph, lambda n: n.role in ("net", "weight", "bias"))
    backward_ = [(Gradient(n.id), formula) for n, formula in found if n.role == "net"]
    gradients = [(Gradient(n.id), formula) for n, formula in found if n.role != "net"]
    blocks: tuple[Block, ...] = (
        Paragraph(sentence("general.conventions")),
        Heading(sentence("general.forward")),
        equations(forward),
        Heading(sentence("general.backward")),
        equations(backward_),
        Heading(sentence("general.gradients")),
        equations(gradients),
    )
    title = sentence("general.title", sizes="-".join(map(str, network.layers)))
    return Document(title, blocks, names)


def equations(pairs: Iterable[tuple[Value | Gradient, Expr]]) -> Lines:
    """A line for each, and below it one for every sub-result that its rule names."""
    lines = []
    for ref, formula in pairs:
        shown = open_samples(tidy(formula))
        lines.append(Line(ref, (shown,), None, numbers=False))
        named = (p for p in shown.walk() if isinstance(p, Call) and p.function == "let")
        for name, body in {str(dict(p.attributes)["name"]): p.arguments[0] for p in named}.items():
            lines.append(Line(Name(name), (body,), None, numbers=False))
    return Lines(tuple(lines))


def backward_equations(graph: Graph, named: Callable[[Node], bool]) -> list[tuple[Node, Expr]]:
    """The gradient of every node that `named` wants a name for, in symbols; others are put in.

    It is the very `backward` that runs with numbers, so the two cannot disagree.
    """
    found: list[tuple[Node, Expr]] = []

    def keep(node: Node, gradient: Expr) -> Expr:
        if not named(node):
            return gradient
        found.append((node, gradient))
        return symbols.symbol(Gradient(node.id), node.shape)

    backward(graph, {node.id: leaf(node) for node in graph.nodes}, symbols.xp, keep=keep)
    return found


def plain_formula(graph: Graph, node: Node) -> Expr:
    """A node's value in symbols of its inputs."""
    assert node.op is not None
    operands = (leaf(graph[i]) for i in node.inputs)
    formula: Expr = node.op.value(symbols.xp, *operands, **node.attributes)
    return formula


def tidy(formula: Expr) -> Expr:
    """The formula without the ones and repetitions that only give a constant its shape."""
    try:
        return _tidied(formula)
    except ShapeError:  # a structured rule needs the constant as an array after all
        return formula


def _tidied(formula: Expr) -> Expr:
    old = formula.parts()
    new = tuple(map(_tidied, old))
    if isinstance(formula, Call):
        if formula.function == "add":  # a row is added to each row of a matrix
            bare = tuple(map(_row, new))
            added = formula.rebuild(bare)
            new = bare if added.shape == formula.shape else new
        if formula.function == "ones_like":
            return ONE
        if formula.function in ("reshape", "broadcast_to") and isinstance(new[0], Number):
            return new[0]
    same = all(a is b for a, b in zip(old, new, strict=True))
    return formula if same else formula.rebuild(new)


def _row(formula: Expr) -> Expr:
    """A term without the repetition of its row for each sample."""
    if isinstance(formula, Call) and formula.function == "broadcast_to":
        return formula.parts()[0]
    if isinstance(formula, Call) and formula.function in ("mul", "div"):
        first, *rest = formula.parts()
        if all(part.shape == () for part in rest):
            return formula.rebuild((_row(first), *rest))
    return formula


def open_samples(formula: Expr) -> Expr:
    """The formula with the stand-in for the number of samples made N again."""

    def reopen(part: Expr) -> Expr | None:
        if part == Number(float(MANY)):
            return N
        if isinstance(part, Number) and 0 < part.value <= 1 / MANY:  # 1/N, or 1/(k·N)
            k = round(1 / (part.value * MANY))
            if abs(part.value * MANY * k - 1) < 1e-12:
                return ONE / (N if k == 1 else Number(float(k)) * N)
        return None

    return formula.replace(reopen)
