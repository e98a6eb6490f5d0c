"""The way back in a terminal: what it passes in a row, the factors and their numbers under it.

                                         ┌◀─ ∂E_o1/∂out_h1 = 0.055399425
w1 ◀────────── net_h1 ◀───────── out_h1 ◀┤
   ∂net_h1/∂w1   ∂out_h1/∂net_h1         └◀─ ∂E_o2/∂out_h1 = −0.019049118
      0.05         0.241300709
"""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.drawing.parts import Arrow, Drawing
from whygrad.render.columns import centred, padded, width
from whygrad.render.drawings.sketch_words import Lines, Words, widest

SHORTEST = 5  # of an arrow


def way_lines(drawing: Drawing, words: Words, room: int) -> Lines:
    """The way in a row where that fits, else one below the other; then what it makes."""
    drawn = [in_a_row(drawing, words, close) for close in (False, True)]
    drawn.append(list(one_below_the_other(drawing, words)))
    lines = next((lines for lines in drawn if widest(lines) <= room), drawn[-1])
    sums = (drawing.total if drawing.meeting else None, drawing.result)
    return lines + [f"{words.name(q.ref)} = {words.number(q.value)}" for q in sums if q is not None]


def factors(arrow: Arrow, words: Words) -> str:
    return " · ".join(words.name(ref) for ref in arrow.factors)


def in_a_row(drawing: Drawing, words: Words, close: bool) -> Lines:
    """The target on the left, the loss or the arrows that meet on the right."""
    trunk, below = row(drawing.chain, words, stations(drawing, words)[0], close)
    if not drawing.meeting:
        return [trunk, *below]
    brought = [f"◀─ {factors(a, words)} = {words.number(a.value)}" for a in drawing.meeting]
    if len(brought) % 2 == 0:  # the row runs into the middle of them
        brought.insert(len(brought) // 2, "")
    middle = len(brought) // 2
    left = ["" for _ in brought] + [""] * max(0, middle + 1 + len(below) - len(brought))
    left[middle : middle + 1 + len(below)] = [trunk + " ◀", *below]
    edge = widest(left)
    joints = ["┌", *"├" * (len(brought) - 2), "└"]
    joints[middle] = "┼" if brought[middle] else "┤"
    lines = [padded(line, edge) for line in left]
    for at, (joint, arrow) in enumerate(zip(joints, brought, strict=True)):
        lines[at] += joint + arrow
    return lines


def stations(drawing: Drawing, words: Words) -> list[str]:
    """The names of what the chain passes, the target first; without a chain, where ways meet."""
    if not drawing.chain:
        return [words.name(drawing.meeting[0].route[-1])]
    return [
        words.name(at) for at in (drawing.chain[0].route[-1], *(a.route[0] for a in drawing.chain))
    ]


def row(chain: tuple[Arrow, ...], words: Words, first: str, close: bool) -> tuple[str, Lines]:
    """The stations and arrows, and two lines below: each arrow's factors and its number.

    close: these may reach below the stations, as long as they stand clear of each other.
    """
    trunk, below = first, ["", ""]
    for arrow in chain:
        under = [factors(arrow, words), words.number(arrow.value)]
        size, start = widest(under), width(trunk) + 2
        free = width(below[0]) + 2 if below[0] else 0
        length = SHORTEST if close else max(SHORTEST, size)
        while start + (length - size) // 2 < free:
            length += 1
        start = max(0, start + (length - size) // 2)
        below = [
            padded(line, start) + centred(text, size)
            for line, text in zip(below, under, strict=True)
        ]
        trunk += " ◀" + "─" * length + " " + words.name(arrow.route[0])
    return trunk, [line.rstrip() for line in below] if chain else []


def one_below_the_other(drawing: Drawing, words: Words) -> Iterator[str]:
    """From the errors down to the target."""
    for arrow in drawing.meeting:
        yield f"  + {factors(arrow, words)} = {words.number(arrow.value)}"
    passed = stations(drawing, words)
    yield passed[-1]
    for arrow, name in zip(drawing.chain[::-1], passed[-2::-1], strict=True):
        yield f"  ▼ {factors(arrow, words)} = {words.number(arrow.value)}"
        yield name
