"""A drawing as a stand-alone SVG: no script, no font from outside, readable in light and in dark.

It brings its own paper and ink, so it reads the same in a file, in a page and in a notebook. Its
looks reach nothing outside of it; colours are written out, since not every viewer knows variables.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterator
from html import escape

from whygrad.drawing.parts import Drawing
from whygrad.notation import Notation
from whygrad.pages.prose import say
from whygrad.render.drawings.scene import SMALL, Box, Line, Part, Point, Run, Text
from whygrad.render.drawings.ways import place
from whygrad.render.numbers import number
from whygrad.render.text import text as plain
from whygrad.render.tree import Sym

LIGHT = {
    "paper": "#ffffff", "ink": "#1f2328", "pale": "#848d97", "line": "#57606a",
    "fill": "#f6f8fa", "way": "#c2410c", "tint": "#fff4ec",
}  # fmt: skip
DARK = {
    "paper": "#15191f", "ink": "#e6edf3", "pale": "#7d8590", "line": "#9aa4af",
    "fill": "#1f262e", "way": "#ff9d5c", "tint": "#33241a",
}  # fmt: skip
SHAPES = """
.wg-drawing { max-width: 100%; height: auto }
.wg-drawing text { fill: currentColor; text-anchor: middle;
  font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif }
.wg-drawing text.way, .wg-drawing text.result { stroke-width: 4px; stroke-linejoin: round;
  paint-order: stroke }
.wg-drawing text.result { font-weight: 600 }
.wg-drawing .box, .wg-drawing .line { stroke-width: 1.3px }
.wg-drawing .line { fill: none }
.wg-drawing .pale, .wg-drawing .skip { stroke-width: 1px }
.wg-drawing .line.pale { stroke-opacity: .6 }
.wg-drawing .line.skip { stroke-dasharray: 2 4 }
.wg-drawing .line.way { stroke-width: 2.2px }
.wg-drawing .line.bar { stroke-width: 1.2px }
"""
COLOURS = """
.wg-drawing {{ color: {ink} }}
.wg-drawing .paper, .wg-drawing .ground {{ fill: {paper} }}
.wg-drawing .box {{ fill: {fill}; stroke: {line} }}
.wg-drawing .line {{ stroke: {line} }}
.wg-drawing .box.pale, .wg-drawing .line.pale, .wg-drawing .line.skip {{ stroke: {pale} }}
.wg-drawing text.pale {{ fill: {pale} }}
.wg-drawing .box.way {{ fill: {tint}; stroke: {way} }}
.wg-drawing .line.way, .wg-drawing .line.result {{ stroke: {way} }}
.wg-drawing .head {{ fill: {way} }}
.wg-drawing text.way, .wg-drawing text.result {{ fill: {way}; stroke: {paper} }}
"""
STYLE = (
    SHAPES
    + COLOURS.format(**LIGHT)
    + f"@media (prefers-color-scheme: dark) {{{COLOURS.format(**DARK)}}}\n"
)


def svg(drawing: Drawing, names: Notation, digits: int = 9, lang: str = "en") -> str:
    """The drawing as one SVG element, which is a file of its own as well.

    digits: of every number in it. lang: of its title, which screen readers tell.
    """
    placed = place(drawing, names, digits)
    body = "\n".join(line for part in placed.parts for line in element(part))
    title, told = escape(heading(drawing, names, lang)), escape(description(drawing, names, digits))
    key = f"wg{zlib.crc32(body.encode()):08x}"  # a page may hold many drawings
    width, height = short(placed.width), short(placed.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wg-drawing" role="img" '
        f'aria-labelledby="{key}t {key}d" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">\n'
        f'<title id="{key}t">{title}</title>\n<desc id="{key}d">{told}</desc>\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="paper" width="{width}" height="{height}" rx="8"/>\n{body}\n</svg>\n'
    )


# ---- what is told to those who do not see it ----------------------------------------------------


def heading(drawing: Drawing, names: Notation, lang: str) -> str:
    if drawing.target is None:
        return say("network.caption", lang)
    key = {"path": "path.caption", "meeting": "meeting.caption"}[drawing.kind]
    return say(key, lang, weight=plain(Sym(names.label(drawing.target))))


def description(drawing: Drawing, names: Notation, digits: int) -> str:
    """Every number of the drawing by its name; of a way back, its factors and what they make."""

    def named(ref: Hashable) -> str:
        return plain(Sym(names.label(ref)))

    if drawing.target is None:
        told = [n.at for n in drawing.neurons]
        told += [e.label for e in drawing.edges if e.label is not None]
        pairs = [(named(q.ref), q.value) for q in told]
    else:
        pairs = [
            (" · ".join(named(ref) for ref in a.factors), a.value)
            for a in (*drawing.meeting, *drawing.chain[::-1])
        ]
        sums = (drawing.total, drawing.result)
        pairs += [(named(q.ref), q.value) for q in sums if q is not None]
    return "; ".join(f"{name} = {number(value, digits)}" for name, value in pairs)


# ---- the elements -------------------------------------------------------------------------------


def element(part: Part) -> Iterator[str]:
    match part:
        case Text():
            yield text(part)
        case Box():
            yield from box(part)
        case Line():
            yield from line(part)


def text(part: Text) -> str:
    """Words around a point, their indices raised and lowered."""
    baseline = part.y + 0.35 * part.size
    return (
        f'<text class="{part.style}" x="{short(part.x)}" y="{short(baseline)}" '
        f'font-size="{short(part.size)}">{"".join(spans(part.runs, part.size))}</text>'
    )


def spans(runs: tuple[Run, ...], size: float) -> Iterator[str]:
    """Each index says how far it stands from the run before it, since nothing takes that back."""
    level = 0
    for run in runs:
        shift = {-1: 0.26, 0: 0.0, 1: -0.36}
        moved = (shift[run.level] - shift[level]) * size
        level = run.level
        attributes = f' dy="{short(moved)}"' if moved else ""
        attributes += f' font-size="{short(size * SMALL)}"' if run.level else ""
        attributes += ' font-style="italic"' if run.italic else ""
        words = escape(run.text, quote=False).replace(" ", "\u00a0")
        yield f"<tspan{attributes}>{words}</tspan>" if attributes else words


def box(part: Box) -> Iterator[str]:
    left, top, _, bottom = part.area()
    look = "ground" if part.style == "ground" else f"box {part.style}"
    round_ = min(part.height / 2, 26) if part.style != "ground" else 3
    yield (
        f'<rect class="{look}" x="{short(left)}" y="{short(top)}" width="{short(part.width)}" '
        f'height="{short(part.height)}" rx="{short(round_)}"/>'
    )
    if part.divided:
        yield f'<path class="line {part.style}" d="M{point((part.x, top))} V{short(bottom)}"/>'


def line(part: Line) -> Iterator[str]:
    first, *rest = map(point, part.shaft())
    join = " C" if part.curved else " L"
    look = f"line {part.style}"
    yield f'<path class="{look}" d="M{first}{join}{" ".join(rest)}"/>'
    if part.head:
        yield f'<path class="head" d="M{" L".join(map(point, part.arrowhead()))} Z"/>'


def point(at: Point) -> str:
    return f"{short(at[0])} {short(at[1])}"


def short(length: float) -> str:
    """A length to a tenth of a pixel."""
    return f"{length:.1f}".removesuffix(".0")
