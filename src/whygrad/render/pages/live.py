"""Document → data for a page that shows itself: MathML whose numbers are put in later.

A block is

    {"p": {"en": html, "zh": html}}                          a sentence
    {"heading": {"en": …, "zh": …}, "level": 2}
    {"table": {"head": [cell, …], "rows": [[cell, …], …]}}   a cell: {"en", "zh"}, or null
    {"picture": {"en": svg, "zh": svg}, "caption": {…}}
    {"lines": [line, …]}

    line   {"left": mathml, "of": key, "sides": [side, …], "formula": F, "value": true, "slips": []}
    side   {"sign": "=", "as": "symbols" | "numbers" | "value", "math": mathml}

A key is a number's name as plain text; `value` says whether a line's result follows, by its formula
(F, see formula.py). Where a number belongs stands <mrow data-slot="KEY">, where a name leads on
<mrow data-link="KEY">. A sum of more than twelve terms leaves a gap, <mrow data-long="">, and its
terms beside it, of which the page shows the largest: "long": {"terms": [{"sign", "math",
"formula"}, …], "shown": 4, "rest": mathml, "within": F}, where `formula` has its sign, and `within`
is the side with the quantity Σ in the place of the sum.

With `fill` all numbers are there, every line to its value, and nothing is left to be done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from markupsafe import escape

from whygrad.expr import Call, Expr, Quantity
from whygrad.names import Derivative, Name, Rest
from whygrad.notation import Notation, plain
from whygrad.pages.document import (
    Block,
    Break,
    Curve,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Part,
    Picture,
    Sentence,
    Table,
)
from whygrad.pages.prose import LANGUAGES
from whygrad.render import tree
from whygrad.render.drawings.svg import svg
from whygrad.render.formula import formula_data
from whygrad.render.layout import EXPAND, layout_label, signed_terms
from whygrad.render.line import Style, filled, inline, left, named, proof, say, sides
from whygrad.render.mathml import mathml
from whygrad.render.tree import Layout
from whygrad.split import SHOWN

Data = dict[str, Any]
BESIDE = Quantity(Name("x"), 0.0)  # what a term is added to, to be seen as a term
SUM = Quantity(Name("Σ"), 0.0)  # what stands for a long sum in the formula around it


def page(document: Document, *, lang: str = "en", digits: int = 9, fill: bool = True) -> str:
    """The page's blocks as JSON text, in both languages whichever is asked for."""
    return json.dumps(blocks(document, digits=digits, fill=fill), ensure_ascii=False)


def blocks(
    document: Document, *, digits: int = 9, fill: bool = False, links: bool | None = None
) -> list[Data]:
    """The blocks of a document as data. fill: its numbers are there; else they are left open.

    links: whether names lead on; where it is not said, only those of open numbers do.
    """
    live = Live(document.names, digits, fill, not fill if links is None else links)
    found = (live.block(block) for block in document.blocks)
    return [block for block in found if block is not None]


@dataclass(frozen=True)
class Live:
    """How a notation's lines and sentences become data."""

    names: Notation
    digits: int = 9
    fill: bool = False
    links: bool = True

    @cached_property
    def styles(self) -> Mapping[str, Style]:
        """How each language is written."""
        return {
            lang: Style(
                self.names, lang, self.digits, mathml, _escaped, _escaped,
                slots=not self.fill, links=self.links,
            )
            for lang in LANGUAGES
        }  # fmt: skip

    @property
    def style(self) -> Style:
        """How what is no language's is written."""
        return self.styles[LANGUAGES[0]]

    # ---- blocks ---------------------------------------------------------------------------------

    def block(self, block: Block) -> Data | None:
        """One block; None for what only paper has."""
        match block:
            case Paragraph(words):
                return {"p": self.said(words)}
            case Heading(words, level):
                return {"heading": self.said(words), "level": level}
            case Lines(lines):
                return {"lines": [self.line(line) for line in lines]}
            case Table():
                head, *rows = [[self.cell(c) for c in row] for row in (block.head, *block.rows)]
                return {"table": {"head": head, "rows": rows}}
            case Picture(drawing, caption):
                drawn = {k: svg(drawing, self.names, self.digits, k) for k in LANGUAGES}
                return {"picture": drawn, "caption": self.said(caption)}
            case Curve():  # a page that computes draws its own
                rows = [[self.cell(step), self.cell(loss)] for step, loss in block.landmarks]
                return {"table": {"head": [None, None], "rows": rows}}
            case Break():
                return None

    def each(self, write: Callable[[Style], str]) -> Data:
        return {lang: write(style) for lang, style in self.styles.items()}

    def said(self, words: Sentence) -> Data:
        """A sentence in every language."""
        return self.each(lambda style: say(words, style))

    def cell(self, part: Part | None) -> Data | None:
        """What stands in a table's cell."""
        return None if part is None else self.each(lambda style: inline(part, style))

    # ---- lines ----------------------------------------------------------------------------------

    def line(self, line: Line) -> Data:
        """A line: what it is of, and the sides that are open; with `fill` all of them."""
        data: Data = {
            "left": mathml(left(line, self.style)),
            "of": self.key(line.left),
            "sides": self.written(line) if self.fill else self.open(line),
            "formula": None,
            "value": line.value is not None and not self.fill,
            "slips": [],
        }
        if data["value"] and line.sides:
            data["formula"] = formula_data(line.sides[-1], self.key)
        if line.proved is not None:
            data["proved"] = self.each(lambda style: proof(line, style))
        return data

    def key(self, ref: Any) -> str:
        """A number's name as plain text."""
        return plain(ref if isinstance(ref, (Name, Derivative)) else self.names.label(ref))

    def written(self, line: Line) -> list[Data]:
        """Every side with its numbers."""
        rest = sides(line, self.style)[1:]
        return [{"sign": s.sign, "as": s.kind, "math": s.written} for s in rest]

    def open(self, line: Line) -> list[Data]:
        """The sides by their names, and the last one with places for its numbers."""
        found = [self.side("symbols", side) for side in named(line)]
        substituted = filled(line)
        if substituted is not None:
            found.append(self.side("numbers", substituted))
        return found

    def side(self, kind: str, formula: Expr) -> Data:
        shown = self.style.formula(formula, substituted=kind == "numbers")
        side: Data = {"sign": "=", "as": kind}
        gapped = with_gap(shown)
        found = long_sum(formula) if gapped is not None else None
        if gapped is None or found is None:
            return side | {"math": mathml(shown)}
        whole, terms = found
        long = {
            "terms": [self.term(kind, sign, term) for sign, term in terms],
            "shown": SHOWN,
            "rest": mathml(layout_label(self.names.label(Rest(len(terms))))),
            "within": formula_data(
                formula.replace(lambda e: SUM if e == whole else None), self.key
            ),
        }
        return side | {"math": mathml(gapped), "long": long}

    def term(self, kind: str, sign: str, term: Expr) -> Data:
        """A term of a long sum, as it stands behind its sign."""
        added = Call("sub" if sign == "−" else "add", (BESIDE, term))
        shown = self.style.formula(added, substituted=kind == "numbers")
        assert isinstance(shown, tree.Sum)
        formula = formula_data(term, self.key)
        return {
            "sign": shown.signs[0],
            "math": mathml(shown.content[1]),
            "formula": ["neg", formula] if sign == "−" else formula,
        }


def long_sum(formula: Expr) -> tuple[Expr, list[tuple[str, Expr]]] | None:
    """The outermost long sum within a formula, its terms with their signs; None without one."""
    for part in formula.walk():
        terms = [(sign, term) for sign, term in signed_terms(part, None) if term is not None]
        if len(terms) > EXPAND:
            return part, terms
    return None


def with_gap(node: Layout) -> Layout | None:
    """The tree with a gap in the place of its outermost long sum; None where it has none."""
    if isinstance(node, tree.Sum) and len(node.content) > EXPAND:
        return tree.Gap()
    if isinstance(node, tree.Compound):
        for at, part in enumerate(node.content):
            found = with_gap(part)
            if found is not None:
                content = (*node.content[:at], found, *node.content[at + 1 :])
                return replace(node, content=content)
    return None


def _escaped(words: str) -> str:
    """Words as HTML takes them."""
    return str(escape(words))
