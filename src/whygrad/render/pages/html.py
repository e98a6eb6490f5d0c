"""Document → one HTML page without scripts: formulas in MathML, drawings in SVG.

The template is `render/page.html.j2`; everything that a user named is escaped on its way into it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

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
from whygrad.pages.prose import say as plain_say
from whygrad.render.breaking import pieces
from whygrad.render.columns import width
from whygrad.render.drawings.svg import svg
from whygrad.render.line import Side, Style, inline, proof, say, sides
from whygrad.render.mathml import mathml
from whygrad.render.numbers import number
from whygrad.render.text import text
from whygrad.render.tree import Layout

LONG = 60  # signs of plain text from which on a side is broken into parts
ROOM = 30  # signs of such a part: what a phone shows


def page(document: Document, *, lang: str = "en", digits: int = 9, fragment: bool = False) -> str:
    """The page as one file; fragment: only its article, for a notebook's cell."""
    style = Style(document.names, lang, digits, mathml, escaped, escaped)
    body = Page(style)
    title = say(document.title, style)
    template = resources.files("whygrad").joinpath("render/page.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, trim_blocks=True)
    article = environment.from_string(template).render(
        lang=lang, title=Markup(title), blocks=[body.block(block) for block in document.blocks]
    )
    if fragment:
        return article
    name = Markup(title).striptags()
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}</title>\n"
        "<style>body { margin: 0 } @media (prefers-color-scheme: dark)"
        " { body { background: #16181c } }</style>\n"
        f"</head>\n<body>\n{article}\n</body>\n</html>\n"
    )


def escaped(words: str) -> str:
    """Words as HTML takes them."""
    return str(escape(words))


@dataclass(frozen=True)
class Page:
    style: Style

    def say(self, words: Any) -> Markup:
        """A sentence; what stands in its blanks has been escaped where it came from a user."""
        return Markup(say(words, self.style))

    def block(self, block: Block) -> tuple[str, Any]:
        match block:
            case Heading(title, level):
                return "heading", {"level": level, "text": self.say(title)}
            case Paragraph(words):
                return "paragraph", self.say(words)
            case Lines(lines):
                return "lines", [self.line(line) for line in lines]
            case Table():
                return "table", {
                    "head": [self.cell(c) for c in block.head],
                    "rows": [[self.cell(c) for c in row] for row in block.rows],
                }
            case Picture(drawing, caption):
                drawn = svg(drawing, self.style.names, self.style.digits, self.style.lang)
                return "picture", {"svg": Markup(drawn), "caption": self.say(caption)}
            case Break():
                return "break", None
            case Curve(steps, losses):
                return "curve", self.curve(steps, losses)

    def line(self, line: Line) -> dict[str, Any]:
        left, *rest = sides(line, self.style)
        last = len(rest) - 1 if line.value is not None else -1
        shown = [
            {"sign": sign or side.sign, "math": Markup(mathml(part)), "result": k == last}
            for k, side in enumerate(rest)
            for sign, part in self.pieces(side)
        ]
        proved = proof(line, self.style)
        return {"left": Markup(left.written), "sides": shown, "proved": Markup(proved)}

    def pieces(self, side: Side) -> Iterator[tuple[str, Layout]]:
        """A long side in parts that a browser may put below each other; MathML does not wrap."""
        return pieces(side.tree, ROOM if width(text(side.tree)) > LONG else LONG)

    def cell(self, part: Any) -> Markup:
        return Markup(inline(part, self.style))

    def curve(self, steps: tuple[int, ...], losses: tuple[float, ...]) -> dict[str, Any]:
        """The loss over the steps, both axes logarithmic."""
        points = [(s, v) for s, v in zip(steps, losses, strict=True) if v > 0 and math.isfinite(v)]
        low = min((math.log10(v) for _, v in points), default=0.0)
        high = max((math.log10(v) for _, v in points), default=1.0)
        far = math.log10(1 + points[-1][0]) if points else 1.0

        def x(step: float) -> float:
            return round(80 + 550 * math.log10(1 + step) / (far or 1), 1)

        def y(loss: float) -> float:
            return round(10 + 180 * (high - loss) / ((high - low) or 1), 1)

        path = " ".join(
            f"{'L' if k else 'M'}{x(s)} {y(math.log10(v))}" for k, (s, v) in enumerate(points)
        )
        rows = [(y(k), f"1e{k}") for k in range(math.ceil(low), math.floor(high) + 1)]
        return {
            "path": path,
            "rows": [*rows, (y(high), number(10**high, 4)), (y(low), number(10**low, 4))],
            "columns": list(ticks(points, x)),
            "label": plain_say("curve.label", self.style.lang),
        }


def ticks(points: list[tuple[int, float]], x: Any) -> Iterator[tuple[float, str]]:
    """The powers of ten on the axis of steps."""
    last = points[-1][0] if points else 0
    for power in (10**k for k in range(9) if 10**k <= last):
        yield x(power), f"{power:,}"
