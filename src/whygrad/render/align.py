"""A line as rows of a TeX alignment, for every format whose formulas are TeX."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.pages.document import Line
from whygrad.render.breaking import pieces
from whygrad.render.columns import width
from whygrad.render.latex import SIGNS as OPERATIONS
from whygrad.render.latex import latex
from whygrad.render.line import Side, Style, sides
from whygrad.render.text import text

SIGNS = {"=": "=", "≈": r"\approx"}


def aligned(line: Line, style: Style, room: int) -> Iterator[str]:
    """One row where the line takes no more than so many signs of plain text, else a row a side.

    A side that is too long by itself goes on in rows below it, each from an operation on.
    """
    left, *rest = sides(line, style)
    before = latex(left.tree) + " "
    if sum(width(text(side.tree)) + 3 for side in (left, *rest)) <= room:
        written = [" ".join(f"{SIGNS[side.sign]} {latex(side.tree)}" for side in rest)]
    else:
        margin = width(text(left.tree)) + 3
        written = [row for side in rest for row in rows(side, max(room - margin, room // 2))]
    for row in written:
        yield f"{before}&{row}"
        before = ""


def rows(side: Side, room: int) -> Iterator[str]:
    """A side with the relation before it; its further rows are set in."""
    for sign, part in pieces(side.tree, room):
        operation = f"\\quad {{}}{OPERATIONS.get(sign, sign)}" if sign else SIGNS[side.sign]
        yield f"{operation} {latex(part)}"
