"""Scene: a drawing as boxes, lines and words at their places; SVG and TikZ write it down.

Lengths are pixels of SVG, y runs downwards. A style is the name of a look that each format knows:
of lines and boxes "plain", "pale", "way" (coloured: what runs back), "skip" (dashed); of words
"name", "value", "pale", "way", "result". The widths of words are estimates, on the safe side.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

SMALL = 0.74  # the size of an index
NARROW, WIDE = "ijltfr.,:;'|!()[] ", "mwMWGOQ∂—"

Point = tuple[float, float]
Area = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Run:
    """Letters of one height: on the line, as an index below it (-1) or above it (1)."""

    text: str
    level: int = 0
    italic: bool = False

    def width(self, size: float) -> float:
        return sum(map(letter_width, self.text)) * size * (SMALL if self.level else 1)


def letter_width(letter: str) -> float:
    """In parts of the letter's size, for the wider ones of the usual sans-serif faces."""
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.4 if letter in NARROW else 0.95 if letter in WIDE else 0.64


@dataclass(frozen=True)
class Text:
    """A line of words around its middle (x, y). alone: clears the ground behind it."""

    x: float
    y: float
    runs: tuple[Run, ...]
    size: float
    style: str = "name"

    @property
    def width(self) -> float:
        bold = 1.08 if self.style == "result" else 1
        return sum(run.width(self.size) for run in self.runs) * bold

    @property
    def plain(self) -> str:
        return "".join(run.text for run in self.runs)

    def moved(self, dx: float, dy: float) -> Text:
        return replace(self, x=self.x + dx, y=self.y + dy)

    def area(self) -> Area:
        half, height = self.width / 2, self.size * 0.62
        return self.x - half, self.y - height, self.x + half, self.y + height


@dataclass(frozen=True)
class Box:
    """A rounded box around (x, y). divided: by a line in its middle. style "ground": it clears."""

    x: float
    y: float
    width: float
    height: float
    style: str = "plain"
    divided: bool = False

    def moved(self, dx: float, dy: float) -> Box:
        return replace(self, x=self.x + dx, y=self.y + dy)

    def area(self) -> Area:
        w, h = self.width / 2, self.height / 2
        return self.x - w, self.y - h, self.x + w, self.y + h

    @property
    def left(self) -> Point:
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        return self.x + self.width / 2, self.y


@dataclass(frozen=True)
class Line:
    """A straight line through points, or a cubic curve of four; with a head at its end or not."""

    points: tuple[Point, ...]
    style: str = "plain"
    curved: bool = False
    head: bool = False

    def moved(self, dx: float, dy: float) -> Line:
        return replace(self, points=tuple((x + dx, y + dy) for x, y in self.points))

    def area(self) -> Area:
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def arrowhead(self, length: float = 9, half: float = 4) -> tuple[Point, Point, Point]:
        """The triangle at the end: tip and two corners."""
        (x0, y0), (x, y) = self.points[-2:]
        size = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5 or 1.0
        dx, dy = (x - x0) / size, (y - y0) / size
        bx, by = x - dx * length, y - dy * length
        return (x, y), (bx - dy * half, by + dx * half), (bx + dy * half, by - dx * half)

    def shaft(self) -> tuple[Point, ...]:
        """The points of the line without its head, so that the tip stays sharp."""
        if not self.head:
            return self.points
        _, (x0, y0), (x1, y1) = self.arrowhead()
        return (*self.points[:-1], ((x0 + x1) / 2, (y0 + y1) / 2))


Part = Text | Box | Line


@dataclass(frozen=True)
class Scene:
    """Everything at its place, drawn in this order, on a paper of this size from (0, 0)."""

    width: float
    height: float
    parts: tuple[Part, ...]


def scene(parts: Iterable[Part], margin: float = 14) -> Scene:
    """The parts moved onto a paper that holds them all."""
    kept = tuple(parts)
    left, top, right, bottom = (
        pick(side)
        for pick, side in zip(
            (min, min, max, max), zip(*(p.area() for p in kept), strict=True), strict=True
        )
    )
    moved = tuple(p.moved(margin - left, margin - top) for p in kept)
    return Scene(right - left + 2 * margin, bottom - top + 2 * margin, moved)


def overlap(one: Area, other: Area) -> bool:
    """Whether two areas share more than their border."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def crosses(line: tuple[Point, Point], area: Area) -> bool:
    """Whether a straight line runs through an area (Liang and Barsky 1984)."""
    (x0, y0), (x1, y1) = line
    first, last = 0.0, 1.0
    for step, low, high in (
        (x1 - x0, area[0] - x0, area[2] - x0),
        (y1 - y0, area[1] - y0, area[3] - y0),
    ):
        if step == 0:
            if low > 0 or high < 0:
                return False
        else:
            enters, leaves = sorted((low / step, high / step))
            first, last = max(first, enters), min(last, leaves)
    return first < last
