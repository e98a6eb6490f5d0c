"""Diagram: a network's stages as blocks in a row, as SVG and as text, whatever its size."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from whygrad import disk
from whygrad.drawing.stages import Stage
from whygrad.errors import ConfigError
from whygrad.render.columns import centred, padded, width
from whygrad.render.drawings.scene import Box, Line, Part, Run, Text, scene
from whygrad.render.drawings.sketch import clipped
from whygrad.render.drawings.svg import DARK, LIGHT, STYLE, element, short

WIDEST = 980  # pixels of a row
GAP, ROW = 30, 168  # between two blocks, from row to row
LAYER, STEP, END = (196, 92), (96, 56), (58, 34)  # widths and heights of blocks
LETTERS = 20  # of an activation given as a formula
ARROW = "──▶ "
HEADS = (
    f".wg-diagram .head {{ fill: {LIGHT['line']} }}\n"
    f"@media (prefers-color-scheme: dark) {{.wg-diagram .head {{ fill: {DARK['line']} }}}}\n"
)


@dataclass(frozen=True, repr=False)
class Diagram:
    """A network as a block diagram: `print` it, show it in a notebook, or save it as SVG."""

    stages: tuple[Stage, ...]

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        sizes = "-".join(str(s.size) for s in self.stages if s.weights or s.title == "Input")
        return f"<Diagram of a network {sizes}>"

    def text(self, columns: int = 100) -> str:
        """The diagram in lines of at most so many columns, in as many rows as that takes."""
        blocks = [_block(stage) for stage in self.stages]
        rows: list[list[list[str]]] = [[]]
        for block in blocks:
            taken = sum(width(b[0]) + len(ARROW) for b in rows[-1]) + width(block[0])
            if rows[-1] and taken + len(ARROW) > columns:
                rows.append([])
            rows[-1].append(block)
        return "\n\n".join(
            "\n".join(_beside(row, begun=k > 0, goes_on=k < len(rows) - 1))
            for k, row in enumerate(rows)
        )

    @property
    def svg(self) -> str:
        """The diagram as one SVG element, which is a file of its own as well."""
        drawn = scene(_parts(self.stages))
        body = "\n".join(line for part in drawn.parts for line in element(part))
        w, h = short(drawn.width), short(drawn.height)
        told = "; ".join(_told(stage) for stage in self.stages)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="wg-drawing wg-diagram" role="img" '
            f'viewBox="0 0 {w} {h}" width="{w}" height="{h}">\n'
            f"<title>{escape(repr(self)[1:-1])}</title>\n<desc>{escape(told)}</desc>\n"
            f"<style>{STYLE}{HEADS}</style>\n"
            f'<rect class="paper" width="{w}" height="{h}" rx="8"/>\n{body}\n</svg>\n'
        )

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes it as SVG (.svg) or as text (.txt). Raises ConfigError for another ending."""
        path = Path(path)
        if path.suffix not in (".svg", ".txt"):
            raise ConfigError(
                "A diagram is written as .svg or as .txt.", given=str(path), hint="net.svg"
            )
        content = self.svg if path.suffix == ".svg" else f"{self}\n"
        disk.write_whole(path, content.encode())
        return path


def _told(stage: Stage) -> str:
    """A stage in a line of words."""
    has = [*(stage.weights or ()), *(stage.bias or ())]
    words = [f"{stage.title} {stage.size:,}", " ".join(has), stage.does, *stage.notes]
    return ", ".join(w for w in words if w)


# ---- text ---------------------------------------------------------------------------------------


def _block(stage: Stage) -> list[str]:
    """A stage as lines of equal width."""
    size = f"{stage.size:,}"
    if not stage.does:
        wide = max(width(stage.title), width(size))
        return [centred(stage.title, wide), centred(size, wide)]
    named = [" ".join(pair) for pair in (stage.weights, stage.bias) if pair]
    inside = [*named, clipped(stage.does, LETTERS, "…"), *stage.notes]
    wide = max(*map(width, inside), width(stage.title) + 2, width(size) + 2)
    return [
        f"┌─{stage.title}{'─' * (wide + 1 - width(stage.title))}┐",
        *(f"│ {padded(line, wide)} │" for line in inside),
        f"└{'─' * (wide + 1 - width(size))}{size}─┘",
    ]


def _beside(row: Sequence[list[str]], begun: bool, goes_on: bool) -> Iterator[str]:
    """Blocks in a row with arrows between them; begun, goes_on: an arrow leads in, leads out."""
    height = max(map(len, row))
    middle = height // 2 - (height % 2 == 0)
    centred_blocks = []
    for block in row:
        above = (height - len(block)) // 2
        empty = " " * width(block[0])
        below = height - len(block) - above
        centred_blocks.append([empty] * above + block + [empty] * below)
    for k in range(height):
        arrow = f" {ARROW}" if k == middle else " " * (len(ARROW) + 1)
        line = arrow.join(block[k] for block in centred_blocks)
        yield f"{arrow[1:] * begun}{line}{arrow * goes_on}".rstrip()


# ---- SVG ----------------------------------------------------------------------------------------


def _parts(stages: Sequence[Stage]) -> Iterator[Part]:
    """Every block at its place, rows below each other, arrows between them."""
    x, y, before = 0.0, 0.0, ""
    for stage in stages:
        wide, _ = _size(stage)
        if before and x + GAP + wide > WIDEST:
            yield _arrow(x, x + GAP, y)
            x, y = 0.0, y + ROW
            before = "row"
        if before:
            yield _arrow(x, x + GAP, y)
            x += GAP
        yield from _stage(stage, x + wide / 2, y)
        x, before = x + wide, "stage"


def _arrow(start: float, end: float, y: float) -> Line:
    return Line(((start + 2, y), (end - 2, y)), head=True)


def _size(stage: Stage) -> tuple[float, float]:
    return LAYER if stage.weights else STEP if stage.does else END


def _stage(stage: Stage, x: float, y: float) -> Iterator[Part]:
    wide, high = _size(stage)
    size = f"{stage.size:,}"
    if not stage.does:
        yield _words(stage.title, x, y - 12, 13)
        yield _words(size, x, y + 9, 14)
        return
    yield Box(x, y, wide, high, "plain")
    yield _words(stage.title, x, y - high / 2 - 14, 13)
    yield _words(size, x, y + high / 2 + 14, 13)
    for k, note in enumerate(stage.notes):
        yield _words(note, x, y + high / 2 + 31 + 15 * k, 11, "pale")
    if stage.weights:
        yield from _layer(stage, x, y)
    else:
        yield _words(clipped(stage.does, 12, "…"), x, y, 12)


def _layer(stage: Stage, x: float, y: float) -> Iterator[Part]:
    """Weights and bias, their sum, the activation's curve."""
    assert stage.weights is not None
    left, middle, right = x - 56, x + 6, x + 59
    if stage.bias is None:
        yield from _array(*stage.weights, left, y)
        yield Line(((left + 33, y), (right - 29, y)), head=True)
    else:
        for (name, shape), side in ((stage.weights, -1), (stage.bias, 1)):
            yield from _array(name, shape, left, y + 20 * side)
            yield Line(((left + 33, y + 20 * side), (middle - 11, y + 4 * side)), head=True)
        yield Box(middle, y, 20, 20, "plain")
        yield _words("+", middle, y, 13)
        yield Line(((middle + 11, y), (right - 29, y)), head=True)
    yield from _activation(stage, right, y)


def _array(name: str, shape: str, x: float, y: float) -> Iterator[Part]:
    yield Box(x, y, 66, 34, "pale")
    yield _words(name, x, y - 7, 12)
    yield _words(shape, x, y + 8, min(10, 60 / Run(shape).width(1)), "pale")


def _activation(stage: Stage, x: float, y: float) -> Iterator[Part]:
    """The curve over its axes, and its name; of a function of all neurons the name alone."""
    name = clipped(stage.does, 11, "…")
    if not stage.curve:
        yield Box(x, y, 58, 40, "pale")
        yield _words(name, x, y, 10.5)
        return
    yield Box(x, y - 8, 54, 42, "pale")
    wide, high = 40, 28
    last = len(stage.curve) - 1
    yield Line(
        tuple(
            (x - wide / 2 + wide * k / last, y - 8 + high / 2 - high * v)
            for k, v in enumerate(stage.curve)
        ),
        "way",
    )
    yield _words(name, x, y + 26, 10.5)


def _words(text: str, x: float, y: float, size: float, style: str = "name") -> Text:
    return Text(x, y, (Run(text),), size, style)
