"""Derivation: why a gradient is what it is, as plain frozen data.

A Derivation is a sequence of Steps, each one line of a worked solution: what is computed, the rule,
the formula in quantities of the recorded pass, the value. `deriver.py` makes them.

    chain   a product along the only way on   ∂E/∂w5 = ∂E/∂out_o1 · ∂out_o1/∂net_o1 · ∂net_o1/∂w5
    errors  a sum where several ways go on    ∂E/∂out_h1 = ∂E_o1/∂out_h1 + ∂E_o2/∂out_h1
    local   one factor, by one rule           ∂net_o1/∂w5 = out_h1
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.expr import Expr, Quantity
from whygrad.graph import Graph
from whygrad.names import Delta, Partial, Reference, Rest, Value
from whygrad.notation import Notation

if TYPE_CHECKING:  # a derivation shows itself: the one place where the core reaches for render
    from whygrad.deriver import Deriver
    from whygrad.pages.document import Document


@dataclass(frozen=True)
class Pass:
    """A recorded pass: a graph, the value of every node and the gradient of every node."""

    graph: Graph
    values: dict[str, np.ndarray] = field(repr=False)
    gradients: dict[str, np.ndarray] = field(repr=False)

    @property
    def loss(self) -> Value:
        node = self.graph[self.graph.output]
        return Value(node.id, (0,) * len(node.shape))

    def value(self, at: Value) -> float:
        return float(self.values[at.node][at.index])

    def gradient(self, at: Value) -> float:
        """∂loss/∂(this entry); 0 where the loss does not depend on it."""
        found = self.gradients.get(at.node)
        return 0.0 if found is None else float(found[at.index])


@dataclass(frozen=True)
class Step:
    """One line: `ref` is `formula`, which is `value`.

    rule: the id of the sentence that says why (chain, paths, samples, uses, local, forward, …).
    parts: the lines that give this line's own factors. needs: the gradients it refers to.
    through: the name of the operation whose rule a local line is.
    """

    ref: Reference
    rule: str
    formula: Expr
    value: float
    parts: tuple[Step, ...] = ()
    needs: tuple[Reference, ...] = ()
    through: str = ""

    @property
    def expanded(self) -> Expr:
        """The formula with this line's own factors put in: the general form."""
        formulas = {part.ref: part.formula for part in self.parts if part.rule != "let"}

        def put(part: Expr) -> Expr | None:
            return formulas.get(part.ref) if isinstance(part, Quantity) else None  # type: ignore[call-overload]

        return self.formula.replace(put)

    @property
    def remainder(self) -> Quantity | None:
        """The part of a long sum that is not shown."""
        parts = (p for p in self.formula.walk() if isinstance(p, Quantity))
        return next((p for p in parts if isinstance(p.ref, Rest)), None)

    @property
    def terms(self) -> tuple[Expr, ...]:
        """The summands of a sum, or the formula alone; without the remainder."""
        return tuple(t for t in summands(self.formula) if t != self.remainder)


def summands(formula: Expr) -> tuple[Expr, ...]:
    """The terms of a sum, in its order."""
    if getattr(formula, "function", "") == "add":
        return tuple(t for part in formula.parts() for t in summands(part))
    return (formula,)


@dataclass(frozen=True, eq=False)
class Derivation:
    """The lines that lead to one gradient, in an order in which each can be followed.

    target: what is derived. last: its own line. names: the notation it is read in.
    depth: how many forks deep the lines behind it are expanded, once they are asked for.
    """

    last: Step
    names: Notation
    deriver: Deriver = field(repr=False)
    depth: int = 2

    @property
    def target(self) -> Reference:
        return self.last.ref

    @property
    def of(self) -> Value:
        """The number whose gradient it is."""
        ref = self.last.ref
        assert isinstance(ref, (Partial, Delta))
        return ref.bottom

    @property
    def value(self) -> float:
        return self.last.value

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The lines, the target's own last."""
        return self.deriver.lines(self.last.ref, self.depth)

    def document(self) -> Document:
        """The lines as a page, before any format has drawn it."""
        from whygrad.pages.solution import derivation_document

        return derivation_document(self)

    def to_dict(self) -> dict[str, Any]:
        """target, value, steps (name, symbolic, substituted, value, …) at full precision."""
        from whygrad.render.json import derivation_data

        return derivation_data(self)

    def __str__(self) -> str:
        return self.document().to_text()

    def __repr__(self) -> str:
        return f"<Derivation of {self.names.text(self.target)} = {self.value:.9g}>"

    def to_latex(self, **style: Any) -> str:
        """LaTeX that needs amsmath only; `fragment=True` leaves the preamble out."""
        return self.document().to_latex(**style)

    def to_markdown(self, **style: Any) -> str:
        """Markdown with $…$ formulas."""
        return self.document().to_markdown(**style)

    def to_html(self, **style: Any) -> str:
        """One HTML page without scripts, formulas in MathML."""
        return self.document().to_html(**style)

    def _repr_html_(self) -> str:
        return self.document()._repr_html_()

    def _repr_latex_(self) -> str:
        return self.document()._repr_latex_()


def unfold(step: Step) -> Iterator[Step]:
    """The lines of a step's own factors, then the step."""
    for part in step.parts:
        yield from unfold(part)
    yield step
