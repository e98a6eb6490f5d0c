"""The page of `whygrad derive`: a derivative step by step, each with the rule that it follows."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.derivatives import DerivativeStep, Differentiation, derive
from whygrad.expr import Expr
from whygrad.graph import Graph
from whygrad.names import Derivative, Name
from whygrad.notation import Code
from whygrad.pages.document import Block, Document, Line, Lines, Paragraph, Precise, sentence

X, Y = Name("x"), Name("y")


def derivative_document(what: str) -> tuple[Document, bool]:
    """The page for an operation or a formula in x, and whether all of it was proved.

    Raises FormulaError for what does not parse or is no function of one number.
    """
    found = derive(what)
    blocks = (*step_blocks(found), *end_blocks(found))
    title = sentence("derive.title", what=what)
    return Document(title, blocks, Code(Graph((), ""))), found.proved


def step_blocks(found: Differentiation) -> Iterator[Block]:
    """Every inner function and its derivative, from the inside out."""
    if len(found.steps) > 1:
        yield Paragraph(sentence("derive.inside_out"))
    for step in found.steps:
        yield Paragraph(sentence(f"derive.{step.rule}", of=step.of, name=step.name))
        yield Lines(
            (
                Line(step.name, (step.formula,), None, numbers=False),
                Line(Derivative(step.name, X), sides(step), None, numbers=False),
            )
        )


def sides(step: DerivativeStep) -> tuple[Expr, ...]:
    """The derivative by the rule and, where that says more, in x alone."""
    same = step.derivative == step.result
    return (step.derivative,) if same else (step.derivative, step.result)


def end_blocks(found: Differentiation) -> Iterator[Block]:
    """The rule book's form, the convention at a kink, and the proofs."""
    if found.rewritten is not None:
        yield Paragraph(sentence("derive.rewrite", off=Precise(found.rewriting, 2)))
        yield Lines((Line(Derivative(Y, X), (found.rewritten,), None, numbers=False),))
    if found.convention:
        yield Paragraph(sentence("derive.convention", convention=found.convention))
    key = "derive.proved" if found.proved else "derive.unproved"
    yield Paragraph(sentence(key, points=found.points, off=Precise(found.worst, 2)))
