"""Letters of formulas: Greek ones by name, accents, and both spelt in ASCII."""

from __future__ import annotations

import unicodedata

# The accents that formulas put over a letter, by their combining character.
ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}


def greek(letter: str) -> str:
    """The name of a Greek letter, "delta" or "Delta"; "" of any other."""
    name = unicodedata.name(letter, "") if len(letter) == 1 else ""
    for kind in ("GREEK SMALL LETTER ", "GREEK CAPITAL LETTER "):
        if name.startswith(kind) and " " not in name.removeprefix(kind):
            found = name.removeprefix(kind).lower().replace("lamda", "lambda")
            return found.capitalize() if "CAPITAL" in kind else found
    return ""


def accented(letters: str) -> tuple[str, str] | None:
    """A single letter and the name of the accent over it: of x̂ ("x", "hat")."""
    parts = unicodedata.normalize("NFD", letters)
    return (parts[0], ACCENTS[parts[1]]) if len(parts) == 2 and parts[1] in ACCENTS else None


def spelt(letters: str) -> str:
    """Greek letters by their names and accents after their letter; other scripts stay."""
    accent = accented(letters)
    if accent is not None:
        return spelt(accent[0]) + accent[1]
    return "".join("d" if c == "∂" else greek(c) or c for c in letters)
