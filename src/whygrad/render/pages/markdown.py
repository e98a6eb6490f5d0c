"""Document → Markdown as code hosts show it: $…$ formulas, tables, drawings left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from whygrad.pages.document import (
    Block,
    Curve,
    Document,
    Heading,
    Lines,
    Paragraph,
    Part,
    Picture,
    Table,
)
from whygrad.render.align import aligned
from whygrad.render.latex import latex
from whygrad.render.line import Style, inline, say
from whygrad.render.numbers import number

ROOM = 100  # signs of plain text that still fit on one line of a page


def page(document: Document, *, lang: str = "en", digits: int = 9) -> str:
    """The page for a code host."""
    style = Style(document.names, lang, digits, lambda tree: f"${guarded(latex(tree))}$", escape)
    body = Page(style)
    parts = [f"# {say(document.title, style)}"]
    parts += [written for block in document.blocks if (written := body.block(block))]
    return "\n\n".join(parts) + "\n"


def escape(word: str) -> str:
    """A user's word without any meaning to Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>$~])", r"\\\1", word.replace("\n", " "))


def guarded(formula: str) -> str:
    """A formula that Markdown does not touch before the formula's reader sees it."""
    return formula.replace("\\{", "\\lbrace ").replace("\\}", "\\rbrace ").replace("<", "\\lt ")


@dataclass(frozen=True)
class Page:
    style: Style

    def block(self, block: Block) -> str:
        match block:
            case Heading(title, level):
                return "#" * level + " " + say(title, self.style)
            case Paragraph(words):
                return say(words, self.style)
            case Lines(lines):
                rows = (row for line in lines for row in aligned(line, self.style, ROOM))
                inner = " \\\\\n".join(rows)
                return f"$$\n\\begin{{aligned}}\n{inner}\n\\end{{aligned}}\n$$"
            case Table():
                return "\n".join(self.table(block))
            case Curve():
                return "\n".join(self.curve(block))
            case Picture():
                return ""

    def table(self, table: Table) -> Iterator[str]:
        def row(cells: tuple[Part | None, ...]) -> str:
            return "| " + " | ".join(inline(c, self.style) for c in cells) + " |"

        yield row(table.head)
        yield "|" + " --- |" * len(table.head)
        yield from map(row, table.rows)

    def curve(self, curve: Curve) -> Iterator[str]:
        """A few points of the curve as a table."""
        points = curve.landmarks
        yield "| " + " | ".join(f"{step:,}" for step, _ in points) + " |"
        yield "|" + " ---: |" * len(points)
        yield "| " + " | ".join(number(loss, self.style.digits) for _, loss in points) + " |"
