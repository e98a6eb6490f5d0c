"""A drawing in a terminal: names with their numbers, edges and arrows in line characters."""

from __future__ import annotations

from whygrad.drawing.parts import Drawing
from whygrad.notation import Notation
from whygrad.render import columns
from whygrad.render.ascii import to_ascii
from whygrad.render.drawings.sketch_network import network_lines
from whygrad.render.drawings.sketch_ways import way_lines
from whygrad.render.drawings.sketch_words import Words

SLANTS = str.maketrans({"╲": "\\", "╱": "/", "╳": "X", "▼": "v"})
NETWORK, WAY = 4, 9  # digits of numbers


def sketch(
    drawing: Drawing,
    names: Notation,
    width: int = 80,
    ascii: bool = False,  # noqa: A002 — what every printer calls it
    digits: int | None = None,
) -> str:
    """The drawing in lines of at most `width` columns.

    digits: of its numbers; where none are asked for, 9 on a way back, 4 or so in a network.
    """
    of_network = drawing.kind == "network"
    words = Words(names, digits or (NETWORK if of_network else WAY), ascii)
    lines = (network_lines if of_network else way_lines)(drawing, words, width)
    if ascii:
        lines = [to_ascii(line.translate(SLANTS)) for line in lines]
    return "\n".join(clipped(line.rstrip(), width, ".." if ascii else "…") for line in lines)


def clipped(line: str, width: int, sign: str) -> str:
    """The line cut at the edge of the screen: a name of the user's is as long as it likes."""
    if columns.width(line) <= width:
        return line
    kept = ""
    for letter in line:
        if columns.width(kept + letter + sign) > width:
            break
        kept += letter
    return kept + sign
