"""Rows of a marking: a written number, its verdict, and the mistakes that give its digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from whygrad.derivation import Step
from whygrad.expr import Expr
from whygrad.grading.naming import After, Asked
from whygrad.grading.numerals import Numeral
from whygrad.grading.sheet import Entry
from whygrad.names import Reference

Ref = Reference | After
GOOD = ("right", "rounding", "cut")
BAD = ("wrong", "pen")


@dataclass(frozen=True, eq=False)
class Found:
    """A mistake that gives the written digits.

    key: its sentence's id. at: the line it was made in. formula, value: that line as worked out.
    """

    key: str
    at: Ref
    formula: Expr | None = None
    value: float = math.nan
    blanks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A written number and what became of it.

    verdict: right, rounding, cut, follows, wrong, pen, unchecked. right: the right number, as the
    sheet counts. expected: what follows from the sheet's own numbers. step: the line with them in.
    found: the mistakes that give the digits, the likeliest first; again: one that was made before.
    sources: the names of the numbers whose mistakes it follows from.
    """

    entry: Entry
    asked: Asked
    ref: Ref
    verdict: str
    right: float
    expected: float
    sign: float = 1.0
    step: Step | None = None
    found: tuple[Found, ...] = ()
    again: bool = False
    sources: tuple[str, ...] = ()
    pen: str = ""

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def good(self) -> bool:
        """Whether nothing is held against it."""
        return self.verdict in GOOD


@dataclass(frozen=True)
class Item:
    """A written number in the ledger's way of counting."""

    entry: Entry
    asked: Asked
    ref: Ref
    sign: float

    @property
    def number(self) -> Numeral:
        return self.entry.number

    @property
    def value(self) -> float:
        return self.sign * self.number.value


def fits(item: Item, value: float, spread: float = 0.0) -> bool:
    """Whether a number is what was written, within its digits and some room."""
    if item.number.cut:
        return is_cut(item, value) or abs(item.value - value) <= spread
    return abs(item.value - value) <= item.number.room + spread


def is_cut(item: Item, value: float, spread: float = 0.0) -> bool:
    """Whether the digits are the first ones of a number, not rounded."""
    off = abs(value) - abs(item.value)
    unit = 2 * item.number.half
    same = value * item.value > 0 or (item.value == 0 and unit > 0)
    return same and -spread <= off < unit + spread
