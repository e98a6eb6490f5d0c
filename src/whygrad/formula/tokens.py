"""The words of a formula: numbers, names and signs, each with its place in the text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from whygrad.errors import FormulaError

LENGTH = 100_000  # characters: a printed sum of a thousand terms, every number in full, fits
SHOWN = 72  # characters of a formula that an error shows

# Signs that say the same. Full-width forms (Chinese keyboards) are put in ASCII before.
SAME = {
    "**": "^", "·": "*", "⋅": "*", "∙": "*", "\u0387": "*", "×": "*", "÷": "/",
    "−": "-", "–": "-", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
WORDS = frozenset({"if", "else", "and", "or", "not"})

_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-−]?[0-9]+)?")
_RAISED = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SIGN = re.compile(r"\*\*|<=|>=|==|!=|[-+*/^()\[\]{},|√½<>=!·⋅∙×÷−–≤≥≠∞\u0387]")
_RAISED_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")


@dataclass(frozen=True)
class Token:
    """A word of a formula. kind: number, raised (² as 2), name, sign (in its plain form) or end."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The words of a formula, and an end. Raises FormulaError for a character that is none."""
    if len(text) > LENGTH:
        raise FormulaError(
            "The formula is too long to be read.", given=f"{len(text)} characters, {LENGTH} at most"
        )
    plain = text.translate(FULL_WIDTH)
    found: list[Token] = []
    at = 0
    while at < len(plain):
        if plain[at].isspace():
            at += 1
            continue
        found.append(_token(text, plain, at))
        at = found[-1].end
    return [*found, Token("end", "", len(text), len(text))]


def _token(text: str, plain: str, at: int) -> Token:
    """The word that begins there."""
    for kind, pattern in (("number", _NUMBER), ("raised", _RAISED), ("sign", _SIGN)):
        match = pattern.match(plain, at)
        if match is not None:
            word = match[0]
            word = word.translate(_RAISED_DIGITS) if kind == "raised" else SAME.get(word, word)
            return Token(kind, word.replace("−", "-"), at, match.end())
    end = _name_end(plain, at)
    if end > at:
        name = plain[at:end]
        return Token("sign" if name in WORDS else "name", name, at, end)
    raise refusal(
        text,
        at,
        f"The formula has a character that means nothing in it: {text[at]!r}.",
        hint="+ − * / ^ ( ) | [ ] < > and or if else, numbers, names, √ ½ ² ³",
    )


def _name_end(text: str, at: int) -> int:
    """Where a name that begins there ends; a dot joins two names, as in fc2.weight."""
    end = at
    while (
        end < len(text) and text[end] not in SAME
    ):  # a middle dot may be part of a name in Unicode
        begins = text[end].isidentifier()
        joins = text[end] == "." and end + 1 < len(text) and text[end + 1].isidentifier()
        if not (begins or (end > at and (joins or f"_{text[end]}".isidentifier()))):
            break
        end += 1
    return end


def refusal(text: str, at: int, asked: str, *, why: str = "", hint: str = "") -> FormulaError:
    """The error at one place of a formula: the place is marked below it."""
    first = max(0, min(at - SHOWN // 2, len(text) - SHOWN))
    last = min(len(text), first + SHOWN)
    before = ("… " if first else "") + _line(text[first:at])
    shown = before + _line(text[at:last]) + (" …" if last < len(text) else "")
    mark = " " * (len("  given: ") + sum(map(_columns, before))) + "^"
    return FormulaError(asked, given=f"{shown}\n{mark}", why=why, hint=hint)


def _line(text: str) -> str:
    """A text on one line of a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _columns(character: str) -> int:
    """The columns that a character takes in a terminal."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
