"""Names, numbers and fractions as blocks of words that can be put anywhere in a scene."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from whygrad.names import Label, Name
from whygrad.render.drawings.scene import Area, Line, Part, Run, Text
from whygrad.render.tree import scripts


@dataclass(frozen=True)
class Block:
    """Parts around (0, 0), and the room that they take."""

    width: float
    height: float
    parts: tuple[Part, ...]

    def at(self, x: float, y: float) -> Iterator[Part]:
        return (part.moved(x, y) for part in self.parts)

    def area(self, x: float, y: float, around: float = 0) -> Area:
        w, h = self.width / 2 + around, self.height / 2 + around
        return x - w, y - h, x + w, y + h


def words(runs: Iterable[Run], size: float, style: str) -> Block:
    """A line of words."""
    text = Text(0, 0, tuple(runs), size, style)
    return Block(text.width, size * 1.25, (text,))


def beside(blocks: Iterable[Block], gap: float) -> Block:
    """Blocks in a row."""
    row = tuple(blocks)
    width = sum(b.width for b in row) + gap * (len(row) - 1)
    parts: list[Part] = []
    x = -width / 2
    for block in row:
        parts += block.at(x + block.width / 2, 0)
        x += block.width + gap
    return Block(width, max(b.height for b in row), tuple(parts))


def stacked(blocks: Iterable[Block], gap: float = 1) -> Block:
    """Blocks below each other."""
    pile = tuple(blocks)
    height = sum(b.height for b in pile) + gap * (len(pile) - 1)
    parts: list[Part] = []
    y = -height / 2
    for block in pile:
        parts += block.at(0, y + block.height / 2)
        y += block.height + gap
    return Block(max(b.width for b in pile), height, tuple(parts))


def written(label: Label, size: float, style: str) -> Block:
    """A name, or a derivative as a fraction."""
    if isinstance(label, Name):
        return words(name_runs(label), size, style)
    top, bottom = (
        words((Run("∂"), *name_runs(part)), size, style) for part in (label.top, label.bottom)
    )
    half = max(top.width, bottom.width) / 2 + 2
    bar = Block(2 * half, 1.2, (Line(((-half, 0), (half, 0)), f"bar {style}"),))
    return stacked((top, bar, bottom), gap=1.5)


def name_runs(name: Name) -> tuple[Run, ...]:
    """The letters of a name: a single one is a variable and stands italic, as in textbooks."""
    drawn = scripts(name)
    runs = [Run(name.stem, italic=len(name.stem) == 1 and name.stem.isascii())]
    runs += [Run(drawn.above, 1)] if drawn.above else []
    runs += [Run(drawn.below, -1)] if drawn.below else []
    runs += [Run(f"[{','.join(map(str, drawn.behind))}]")] if drawn.behind else []
    return (*runs, Run("+", 1)) if name.updated else tuple(runs)
