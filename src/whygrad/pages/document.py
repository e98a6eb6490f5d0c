"""Document: a page before any format has drawn it; headings, sentences, lines, tables, drawings.

A document holds references, formulas and numbers, and ids of sentences; never text of a language,
never a number that has been formatted. Renderers are functions from it to a string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from whygrad.drawing import Drawing
from whygrad.expr import Expr
from whygrad.names import Label, Reference
from whygrad.notation import Notation


@dataclass(frozen=True)
class Sentence:
    """A sentence by id, and what stands in its blanks: text, numbers, references, formulas."""

    id: str
    blanks: Mapping[str, Part] = field(default_factory=dict)


@dataclass(frozen=True)
class Precise:
    """A number that is shown with more digits than the page's others: `digits` significant ones."""

    value: float
    digits: int = 12


@dataclass(frozen=True)
class Blank:
    """A place that is left free for somebody to write into."""


@dataclass(frozen=True)
class Decimals:
    """How many decimals the page's numbers are printed with."""


# What may stand in a sentence, in a cell: a str is a name of the user's and is shown as it is.
Part = str | int | float | Precise | Reference | Expr | Sentence | Blank | Decimals


@dataclass(frozen=True)
class Heading:
    text: Sentence
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: Sentence


@dataclass(frozen=True)
class Line:
    """left = side = … = value.

    sides: formulas, shown by their names where `symbols`; the last one is then shown with its
    numbers put in, where `numbers`. value: the result, None where a line stops at the formula.
    proved: the same number by finite differences, to be shown beside it.
    blank: whether a free place stands where the value would. number: of the line, 0 without one.
    """

    left: Reference | Label
    sides: tuple[Expr, ...]
    value: float | None
    symbols: bool = True
    numbers: bool = True
    proved: float | None = None
    blank: bool = False
    number: int = 0


@dataclass(frozen=True)
class Lines:
    """Lines that stand below each other, aligned at their first relation."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Table:
    """head: one cell a column. rows: cells; None is an empty one."""

    head: tuple[Part | None, ...]
    rows: tuple[tuple[Part | None, ...], ...]


@dataclass(frozen=True)
class Curve:
    """The loss over the steps, to be drawn small, on a logarithmic axis."""

    steps: tuple[int, ...]
    losses: tuple[float, ...]

    @property
    def landmarks(self) -> list[tuple[int, float]]:
        """The points at 0, 1, 10, 100, … and the last, for formats that draw nothing."""
        wanted = {0, self.steps[-1]} | {10**k for k in range(12)}
        return [p for p in zip(self.steps, self.losses, strict=True) if p[0] in wanted]


@dataclass(frozen=True)
class Picture:
    """A drawing with its caption."""

    drawing: Drawing
    caption: Sentence


@dataclass(frozen=True)
class Break:
    """What follows begins on a new sheet of paper."""


Block = Heading | Paragraph | Lines | Table | Curve | Picture | Break


@dataclass(frozen=True, eq=False)
class Document:
    """A page: its title, its blocks, and the notation that names its references.

    lang, digits: its language and decimals, where none are asked for.
    """

    title: Sentence
    blocks: tuple[Block, ...]
    names: Notation
    lang: str = "en"
    digits: int = 9

    def to(
        self, form: str, *, lang: str | None = None, digits: int | None = None, **options: Any
    ) -> str:
        """The page in a format: text, latex, markdown, html, or any module of `render/pages`.

        lang: "en" or "zh". digits: the decimals of printed numbers. options: the format's own.
        """
        written: str = import_module(f"whygrad.render.pages.{form}").page(
            self, lang=lang or self.lang, digits=digits or self.digits, **options
        )
        return written

    def to_text(self, **style: Any) -> str:
        """The page for a terminal; plain=True: in ASCII only; width: its columns."""
        return self.to("text", **style)

    def to_latex(self, **style: Any) -> str:
        """The page for pdflatex (Chinese: xelatex with ctex); fragment=True: without preamble."""
        return self.to("latex", **style)

    def to_markdown(self, **style: Any) -> str:
        """The page for a code host: $…$ formulas."""
        return self.to("markdown", **style)

    def to_html(self, **style: Any) -> str:
        """The page as one file without scripts: MathML and SVG; fragment=True: without frame."""
        return self.to("html", **style)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html(fragment=True)

    def _repr_latex_(self) -> str:
        """The formulas alone: a notebook sets mathematics, not pages."""
        return self.to_latex(formulas=True)


def sentence(id_: str, **blanks: Any) -> Sentence:
    """A sentence with its blanks filled."""
    return Sentence(id_, blanks)
