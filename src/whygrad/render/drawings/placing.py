"""Putting labels where they can be read: on their own line, clear of other lines and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from whygrad.render.drawings.blocks import Block
from whygrad.render.drawings.scene import Area, Point, crosses, overlap

CLEAR = 2.5  # between a label and a strange line
ROUNDS = 4
# How far along its line a label is tried, the best place first.
TRIED = (0.5, 0.3, 0.7, 0.4, 0.6, 0.25, 0.75, 0.35, 0.65, 0.2, 0.8, 0.45, 0.55, 0.15, 0.85)
SLANTED = (0.3, 0.25, 0.35, 0.2, 0.7, 0.75, 0.65, 0.8, 0.4, 0.6, 0.15, 0.85, 0.45, 0.55, 0.5)

Ends = tuple[Point, Point]


@dataclass(frozen=True)
class Settled:
    """Where labels stand, and whether all of them stand free."""

    places: tuple[Point, ...]
    free: bool


def settle(
    labels: Sequence[tuple[Ends, Block, int]], lines: Sequence[Ends], taken: Sequence[Area]
) -> Settled:
    """A place for each label (its line, the label, and 0 on the line, 1 below it or -1 above it).

    Each takes the first place that is free; where there is none, the one with the fewest hits.
    A few rounds: labels that came first move out of the way of later ones.
    """
    places = [beside_line(ends, block, side, 0.5) for ends, block, side in labels]
    hits = [0] * len(labels)
    for _ in range(ROUNDS):
        for i, (ends, block, side) in enumerate(labels):
            standing = [b.area(*p) for (_, b, _), p in zip(labels, places, strict=True)]
            others = standing[:i] + standing[i + 1 :]
            strange = [line for line in lines if line != ends]
            tried = []
            for rank, t in enumerate(SLANTED if ends[0][1] != ends[1][1] and not side else TRIED):
                place = beside_line(ends, block, side, t)
                area = block.area(*place, around=CLEAR)
                count = sum(crosses(line, area) for line in strange)
                count += 3 * sum(overlap(area, other) for other in (*others, *taken))
                tried.append((count, rank, place))
            hits[i], _, places[i] = min(tried)
        if not any(hits):
            break
    return Settled(tuple(places), not any(hits))


def beside_line(ends: Ends, block: Block, side: int, t: float) -> Point:
    """The middle of a label at a point of a line (0 at its start, 1 at its end), or clear of it."""
    (x0, y0), (x1, y1) = ends
    slope = abs((y1 - y0) / (x1 - x0)) if x1 != x0 else 0.0
    aside = side * (block.height / 2 + slope * block.width / 2 + CLEAR)
    return x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + aside


def spread(middles: Sequence[float], widths: Sequence[float], gap: float) -> list[float]:
    """Places in a row near those that are wanted, with so much between them; the last one stays."""
    found = list(middles)
    for i in range(len(found) - 2, -1, -1):
        found[i] = min(found[i], found[i + 1] - (widths[i] + widths[i + 1]) / 2 - gap)
    return found
