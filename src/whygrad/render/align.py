"""A line as rows of a TeX alignment, for every format whose formulas are TeX."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.pages.document import Line
from whygrad.render.columns import width
from whygrad.render.latex import latex
from whygrad.render.line import Style, sides
from whygrad.render.text import text

SIGNS = {"=": "=", "≈": r"\approx"}


def aligned(line: Line, style: Style, room: int) -> Iterator[str]:
    """One row where the line takes no more than so many signs of plain text, else a row a side."""
    left, *rest = sides(line, style)
    written = [f"{SIGNS[side.sign]} {latex(side.tree)}" for side in rest]
    before = latex(left.tree) + " "
    if sum(width(text(side.tree)) + 3 for side in (left, *rest)) <= room:
        written = [" ".join(written)]
    for side in written:
        yield f"{before}&{side}"
        before = ""
