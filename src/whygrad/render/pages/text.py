"""Document → text for a terminal: aligned at the relations, nothing wider than the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from whygrad.pages.document import (
    Block,
    Break,
    Curve,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Picture,
    Table,
)
from whygrad.render.ascii import to_ascii
from whygrad.render.columns import padded, width, wrapped
from whygrad.render.columns import width as columns
from whygrad.render.drawings.sketch import sketch
from whygrad.render.line import Style, inline, proof, say, sides
from whygrad.render.numbers import number
from whygrad.render.text import text

INDENT = "  "
RULES = {1: "═", 2: "─", 3: "╌"}


def page(
    document: Document, *, lang: str = "en", digits: int = 9, plain: bool = False, width: int = 80
) -> str:
    """The page as text of at most `width` columns; plain: in ASCII only."""
    style = Style(document.names, lang, digits, lambda tree: text(tree, plain))
    page = Page(style, plain, width)
    title = say(document.title, style)
    blocks = [title + "\n" + "═" * min(columns(title), width)]
    blocks += [part for block in document.blocks if (part := page.block(block))]
    written = "\n\n".join(blocks)
    return (to_ascii(written) if plain else written) + "\n"


@dataclass(frozen=True)
class Page:
    style: Style
    plain: bool
    width: int

    def block(self, block: Block) -> str:
        match block:
            case Heading(title, level):
                words = say(title, self.style)
                rule = RULES.get(level)
                return words + ("\n" + rule * min(width(words), self.width) if rule else "")
            case Paragraph(words):
                return "\n".join(wrapped(say(words, self.style), self.width))
            case Lines(lines):
                return "\n".join(part for line in lines for part in self.line(line))
            case Table():
                return "\n".join(self.table(block))
            case Curve(steps, losses):
                return "\n".join(curve(steps, losses, self.width))
            case Picture(drawing):
                drawn = sketch(drawing, self.style.names, width=self.width, ascii=self.plain)
                return drawn.rstrip("\n")
            case Break():
                return "\f"

    def line(self, line: Line) -> Iterator[str]:
        """One line where it fits; else a side a line, below the first relation."""
        left, *rest = sides(line, self.style)
        pieces = [f"{side.sign} {side.written}" for side in rest]
        whole = INDENT + " ".join([left.written, *pieces])
        if width(whole) <= self.width:
            yield whole
            yield from self.proof(line)
            return
        margin = width(INDENT + left.written) + 1
        if margin > self.width // 2:
            yield INDENT + left.written
            margin = 2 * len(INDENT)
            start = ""
        else:
            start = INDENT + left.written
        for piece in pieces:
            first, *more = wrapped(piece, self.width - margin, hanging=2, formula=True)
            yield padded(start, margin) + first
            yield from (" " * margin + part for part in more)
            start = ""
        yield from self.proof(line)

    def proof(self, line: Line) -> Iterator[str]:
        """The check below a line that was checked."""
        words = proof(line, self.style)
        if words:
            yield 2 * INDENT + words

    def table(self, table: Table) -> Iterator[str]:
        """Columns as wide as they must be, numbers to the right."""
        rows = [[inline(c, self.style) for c in row] for row in table.rows]
        head = [inline(c, self.style) for c in table.head]
        titled = len([h for h in head if h]) == 1 and bool(head[0]) and len(head) > 1
        if titled:  # a title over the whole table, not the head of one column
            yield head[0] + ":"
        measured = rows if titled else [head, *rows]
        widths = [max(width(c) for c in column) for column in zip(*measured, strict=True)]
        if not titled:
            yield INDENT + self._cells(head, widths)
            yield INDENT + "  ".join("─" * w for w in widths)
        for row in rows:
            yield (INDENT + self._cells(row, widths)).rstrip()

    def _cells(self, cells: list[str], widths: list[int]) -> str:
        return "  ".join(padded(c, w) for c, w in zip(cells, widths, strict=True)).rstrip()


# ---- the loss curve -----------------------------------------------------------------------------

ROWS = 8
DOTS = 0x2800  # braille: a cell holds 2 × 4 dots
BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def curve(steps: tuple[int, ...], losses: tuple[float, ...], columns: int) -> list[str]:
    """The loss on a logarithmic axis over the steps on a logarithmic axis."""
    points = [(s, v) for s, v in zip(steps, losses, strict=True) if v > 0 and math.isfinite(v)]
    if len(points) < 2:
        return []
    xs = [math.log10(1 + s) for s, _ in points]
    ys = [math.log10(v) for _, v in points]
    wide = min(60, columns - 20)
    cells = [[0] * wide for _ in range(ROWS)]
    span_x, span_y = (max(xs) - min(xs)) or 1, (max(ys) - min(ys)) or 1
    for (x0, y0), (x1, y1) in zip(
        zip(xs, ys, strict=True), zip(xs[1:], ys[1:], strict=True), strict=False
    ):
        for part in range(21):  # between two recorded steps the curve is drawn straight
            x, y = x0 + (x1 - x0) * part / 20, y0 + (y1 - y0) * part / 20
            column = round((x - min(xs)) / span_x * (2 * wide - 1))
            row = round((max(ys) - y) / span_y * (4 * ROWS - 1))
            cells[row // 4][column // 2] |= BITS[row % 4][column % 2]
    top, bottom = (number(10**v, 4) for v in (max(ys), min(ys)))
    margin = max(len(top), len(bottom))
    lines = []
    for k, dots in enumerate(cells):
        label = top if k == 0 else bottom if k == ROWS - 1 else ""
        drawn = "".join(chr(DOTS + bits) for bits in dots)
        lines.append(f"{INDENT}{label:>{margin}} ┤{drawn}")
    lines.append(INDENT + " " * margin + " └" + "─" * wide)
    ticks = [" "] * (wide + 12)
    for power in (10**k for k in range(9) if 10**k <= points[-1][0]):
        at = round((math.log10(1 + power) - min(xs)) / span_x * (wide - 1))
        ticks[at : at + len(f"{power:,}")] = f"{power:,}"
    lines.append(INDENT + " " * (margin + 2) + "".join(ticks).rstrip())
    return lines
