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
    Line,
    Lines,
    Paragraph,
    Picture,
    Table,
)
from whygrad.render.columns import width
from whygrad.render.latex import latex
from whygrad.render.line import Style, inline, say, sides
from whygrad.render.numbers import number
from whygrad.render.text import text

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
                rows = " \\\\\n".join(row for line in lines for row in self.rows(line))
                return f"$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n$$"
            case Table():
                return "\n".join(self.table(block))
            case Curve(steps, losses):
                return "\n".join(self.curve(steps, losses))
            case Picture():
                return ""

    def rows(self, line: Line) -> Iterator[str]:
        """One row where the line fits, else a row a side."""
        left, *rest = sides(line, self.style)
        signs = {"≈": "\\approx", "=": "="}
        written = [f"{signs[side.sign]} {latex(side.tree)}" for side in rest]
        if sum(width(text(side.tree)) + 3 for side in (left, *rest)) <= ROOM:
            yield f"{latex(left.tree)} &{' '.join(written)}"
            return
        before = latex(left.tree) + " "
        for side in written:
            yield f"{before}&{side}"
            before = ""

    def table(self, table: Table) -> Iterator[str]:
        def row(cells: tuple[object, ...]) -> str:
            return "| " + " | ".join(self.cell(c) for c in cells) + " |"

        yield row(table.head)
        yield "|" + " --- |" * len(table.head)
        yield from map(row, table.rows)

    def cell(self, part: object) -> str:
        return "" if part is None else inline(part, self.style)  # type: ignore[arg-type]

    def curve(self, steps: tuple[int, ...], losses: tuple[float, ...]) -> Iterator[str]:
        """A few points of the curve as a table."""
        wanted = {0, steps[-1]} | {10**k for k in range(9)}
        points = [p for p in zip(steps, losses, strict=True) if p[0] in wanted]
        yield "| " + " | ".join(f"{step:,}" for step, _ in points) + " |"
        yield "|" + " ---: |" * len(points)
        yield "| " + " | ".join(number(loss, self.style.digits) for _, loss in points) + " |"
