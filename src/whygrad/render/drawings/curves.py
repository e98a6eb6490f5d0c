"""A run's losses over time, drawn small as SVG: what a notebook shows of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from whygrad.render.numbers import number

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 84, 96, 14, 34  # the numbers stand left and below, the names right
SERIES = (("loss", "#2f7fd8", ""), ("val_loss", "#d8732f", "5 3"))  # seen on white and on black
MOST_POINTS = 800  # of a line: more than there are pixels

Points = list[tuple[float, float]]


def curves(rows: Sequence[dict[str, Any]], best_epoch: int | None, said: str) -> str:
    """Loss and validation loss over the epochs, or over the iterations on a logarithmic axis.

    rows: a history. said: a line below, why it stopped.
    """
    by_epoch = bool(rows) and "epoch" in rows[0]
    axis = "epoch" if by_epoch else "iteration"
    lines = {name: points(rows, axis, name) for name, _, _ in SERIES}
    every = [p for line in lines.values() for p in line]
    drawn = ""
    if every:
        frame = Frame(every, by_epoch)
        drawn = "".join([*frame.axes(axis), *frame.best(best_epoch), *frame.lines(lines)])
    return (
        f'<figure style="margin:0"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'style="max-width:{WIDTH}px;width:100%" font-family="sans-serif" font-size="11" '
        f'fill="currentColor"><title>{axis}: {", ".join(k for k, v in lines.items() if v)}</title>'
        f"{drawn}</svg><figcaption>{escape(said)}</figcaption></figure>"
    )


def points(rows: Sequence[dict[str, Any]], axis: str, name: str) -> Points:
    """What can be drawn of a column on a logarithmic axis: positive, finite numbers, thinned."""
    found = [
        (float(row[axis]), float(row[name]))
        for row in rows
        if isinstance(row.get(name), (int, float)) and 0 < row[name] < math.inf
    ]
    step = -(-len(found) // MOST_POINTS) or 1
    return found[::step] + (found[-1:] if (len(found) - 1) % step else [])


class Frame:
    """Where numbers lie in the drawing: time to the right, losses up, on a logarithmic axis."""

    def __init__(self, every: Points, linear: bool) -> None:
        self.linear = linear
        self.first, self.last = min(t for t, _ in every), max(t for t, _ in every)
        self.low = min(math.log10(v) for _, v in every)
        self.high = max(math.log10(v) for _, v in every)

    def x(self, time: float) -> float:
        three = (self.first, time, self.last)
        low, at, high = three if self.linear else (math.log10(1 + t) for t in three)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (at - low) / ((high - low) or 1), 1)

    def y(self, power: float) -> float:
        share = (self.high - power) / ((self.high - self.low) or 1)
        return round(TOP + (HEIGHT - TOP - BOTTOM) * share, 1)

    def axes(self, axis: str) -> Iterator[str]:
        """The largest and the smallest loss, powers of ten between them; the ends of the time."""
        end, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        whole = range(math.ceil(self.low + 0.15), math.floor(self.high - 0.15) + 1)
        between = [k for k in whole if k % (1 + len(whole) // 6) == 0]
        for power in (self.high, *between, self.low) if self.high > self.low else (self.high,):
            y = self.y(power)
            yield f'<path d="M{LEFT} {y}H{end}" stroke="currentColor" opacity=".15"/>'
            yield text(LEFT - 6, y + 4, number(10**power, 4), "end")
        yield text(LEFT, bottom + 16, f"{self.first:,.0f}", "start")
        yield text(end, bottom + 16, f"{self.last:,.0f}", "end")
        yield text((LEFT + end) / 2, bottom + 28, axis, "middle")

    def best(self, epoch: int | None) -> Iterator[str]:
        """The epoch whose parameters were kept."""
        if epoch is not None and self.linear and self.first <= epoch <= self.last:
            x, bottom = self.x(epoch), HEIGHT - BOTTOM
            yield f'<path d="M{x} {TOP}V{bottom}" stroke="currentColor" stroke-dasharray="2 3"/>'
            yield text(x, TOP - 4, f"best: {epoch:,}", "middle")

    def lines(self, lines: dict[str, Points]) -> Iterator[str]:
        """The curves, each with its name at its end; names are kept apart."""
        at = -math.inf
        ends = sorted(
            (self.y(math.log10(lines[name][-1][1])), name, colour, dash)
            for name, colour, dash in SERIES
            if lines[name]
        )
        for y, name, colour, dash in ends:
            path = " ".join(f"{self.x(t)} {self.y(math.log10(v))}" for t, v in lines[name])
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dashed}/>'
            at = max(y + 4, at + 13)
            yield text(WIDTH - RIGHT + 6, at, name, "start", colour)


def text(x: float, y: float, words: str, anchor: str, colour: str = "currentColor") -> str:
    """Words at a place."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
