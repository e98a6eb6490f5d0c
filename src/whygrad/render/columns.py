"""Text in columns: how wide a string is in a terminal, and filling it up to a width."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """The columns that a text takes: Chinese signs two, marks that stand on others none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled with spaces to so many columns."""
    space = " " * max(0, columns - width(text))
    return space + text if right else text + space


def centred(text: str, columns: int) -> str:
    """The text in the middle of so many columns."""
    space = max(0, columns - width(text))
    return " " * (space // 2) + text + " " * (space - space // 2)


CLOSING = "，。；：、！？）》」”’…,.;:!?)"  # never at the start of a line


def wrapped(text: str, columns: int, *, hanging: int = 0, formula: bool = False) -> list[str]:
    """The text in lines of at most so many columns, broken at spaces or between Chinese signs.

    hanging: how far the lines after the first are set in. formula: broken before an operation.
    """
    lines: list[str] = []
    line = ""
    for word in terms(text, columns - hanging) if formula else words(text):
        room = columns - (hanging if lines else 0)
        if line and width(line + word.rstrip()) > room:
            lines.append(line.rstrip())
            line, word = "", word.lstrip()
        line += word
    lines.append(line.rstrip())
    return [lines[0], *(" " * hanging + rest for rest in lines[1:])]


def words(text: str) -> list[str]:
    """The pieces between which a line may be broken, each with the space behind it."""
    pieces: list[str] = []
    for c in text:
        wide = width(c) == 2
        joins = bool(pieces) and (
            c == " "
            or c in CLOSING
            or not (wide or pieces[-1].endswith(" ") or width(pieces[-1][-1]) == 2)
        )
        if joins:
            pieces[-1] += c
        else:
            pieces.append(c)
    return pieces


def terms(formula: str, room: int) -> list[str]:
    """The pieces of a formula, each from an operation on; brackets stay whole where they fit."""
    pieces: list[str] = []
    depth = 0
    for word in words(formula):
        starts = depth == 0 and word.strip() in ("+", "−", "·", "-", "*", "/", "if", "else")
        if starts or not pieces:
            pieces.append(word)
        else:
            pieces[-1] += word
        depth += word.count("(") - word.count(")")
    return [p for piece in pieces for p in ([piece] if width(piece) <= room else words(piece))]
