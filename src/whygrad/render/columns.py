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
