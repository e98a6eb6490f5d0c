r"""A drawing as a tikzpicture, for papers and slides: \usepackage{tikz} and nothing else.

The same places as in the SVG. Colours can be set before it, \colorlet{wgway}{blue}; a wide one is
made to fit by \resizebox{\linewidth}{!}{…}.
"""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.drawing.parts import Drawing
from whygrad.notation import Notation
from whygrad.render.drawings.scene import Box, Line, Part, Point, Run, Scene, Text
from whygrad.render.drawings.ways import place
from whygrad.render.latex import VARIANTS, WITHOUT_COMMAND
from whygrad.render.letters import greek

SCALE = 0.5  # points a pixel: most drawings are then about as wide as a page
# Sizes that every installation has; letters up to so many pixels are so many points high.
POINTS = ((11.5, 5), (12.5, 6), (14.0, 7), (99.0, 8))
COLOURS = {"wgway": "C2410C", "wgpale": "848D97", "wgline": "57606A", "wgfill": "F6F8FA"}
BOXES = {
    "plain": "draw=wgline, fill=wgfill",
    "pale": "draw=wgpale",
    "way": "draw=wgway, fill=wgway!8",
}
LINES = {
    "plain": "wgline", "pale": "wgpale, very thin", "skip": "wgpale, densely dotted",
    "way": "wgway, thick",
}  # fmt: skip
WORDS = {"pale": "wgpale", "way": "wgway", "result": "wgway"}
# What TeX would not print as it stands.
ESCAPES = {
    **{c: f"\\{c}" for c in "_%#$&{}"},
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "∂": r"$\partial$", "−": "$-$", "·": r"$\cdot$", "⋮": r"$\vdots$", "∞": r"$\infty$",
    "≈": r"$\approx$", "=": "$=$", "+": "$+$",
}  # fmt: skip


def tikz(drawing: Drawing, names: Notation, digits: int = 9) -> str:
    """The drawing as a tikzpicture environment; names that are not Latin need xelatex."""
    placed = place(drawing, names, digits)
    colours = [rf"\providecolor{{{name}}}{{HTML}}{{{value}}}" for name, value in COLOURS.items()]
    body = [line for part in placed.parts for line in element(part, placed)]
    head = rf"\begin{{tikzpicture}}[x={SCALE}pt, y={SCALE}pt, line cap=round, line join=round]"
    return "\n".join([*colours, head, *("  " + line for line in body), r"\end{tikzpicture}", ""])


def element(part: Part, on: Scene) -> Iterator[str]:
    match part:
        case Text():
            yield text(part, on)
        case Box():
            yield from box(part, on)
        case Line():
            yield from line(part, on)


def point(at: Point, on: Scene) -> str:
    """TikZ's y runs upwards."""
    return f"({at[0]:.1f},{on.height - at[1]:.1f})"


def text(part: Text, on: Scene) -> str:
    colour = WORDS.get(part.style)
    points = next(points for limit, points in POINTS if part.size <= limit)
    weight = r"\bfseries" if part.style == "result" else r"\mdseries"
    font = rf"\fontsize{{{points}}}{{{points}}}{weight}\selectfont"
    look = f"inner sep=0pt, font={font}" + (f", text={colour}" if colour else "")
    # The baseline is fixed: names with and without an index stand on one line.
    low = (part.x, part.y + 0.35 * part.size)
    return rf"\node[anchor=base, {look}] at {point(low, on)} {{{''.join(map(tex, part.runs))}}};"


def tex(run: Run) -> str:
    words = "".join(map(sign, run.text))
    if run.italic:
        words = rf"\textit{{{words}}}"
    command = {-1: r"\textsubscript", 0: "", 1: r"\textsuperscript"}[run.level]
    return f"{command}{{{words}}}" if command else words


def sign(letter: str) -> str:
    """A sign as TeX prints it; letters of other scripts as they are."""
    name = greek(letter)
    if name and letter not in WITHOUT_COMMAND:
        return rf"$\{VARIANTS.get(name, name)}$"
    return ESCAPES.get(letter, letter)


def box(part: Box, on: Scene) -> Iterator[str]:
    left, top, right, bottom = part.area()
    corners = f"{point((left, bottom), on)} rectangle {point((right, top), on)}"
    if part.style == "ground":
        yield rf"\fill[white] {corners};"
        return
    rounded = min(part.height / 2, 26) * SCALE
    yield rf"\path[{BOXES[part.style]}, rounded corners={rounded:.1f}pt] {corners};"
    if part.divided:
        middle = point((part.x, top), on), point((part.x, bottom), on)
        yield rf"\draw[{LINES[part.style]}, thin] {middle[0]} -- {middle[1]};"


def line(part: Line, on: Scene) -> Iterator[str]:
    look = LINES.get(part.style) or f"{WORDS.get(part.style.removeprefix('bar '), 'black')}, thin"
    placed = [point(p, on) for p in part.shaft()]
    if part.curved:
        start, first, second, end = placed
        yield rf"\draw[{look}] {start} .. controls {first} and {second} .. {end};"
    else:
        yield rf"\draw[{look}] {' -- '.join(placed)};"
    if part.head:
        yield rf"\fill[wgway] {' -- '.join(point(p, on) for p in part.arrowhead())} -- cycle;"
