"""How a sheet rounds: to so many decimals, to so many significant digits, or by cutting off."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from whygrad.grading.pen import digits_of
from whygrad.grading.rows import Item, fits, is_cut

FEW = 2  # numbers that must be cut before a sheet is said to cut


@dataclass(frozen=True)
class Habit:
    """decimals: of most numbers. digits: significant ones, where those are what is kept; else 0."""

    decimals: int
    digits: int = 0
    cuts: bool = False

    def room(self, value: float) -> float:
        """How far a number that was not written down may have been rounded."""
        unit = 10.0**-self.decimals
        if self.digits and value and math.isfinite(value):
            unit = 10.0 ** (math.floor(math.log10(abs(value))) + 1 - self.digits)
        return unit if self.cuts else unit / 2


def habit(items: Sequence[Item], values: Sequence[float]) -> Habit:
    """What the numbers of a sheet have in common; values: the right ones."""
    told = [item for item in items if item.number.half]
    if not told:
        return Habit(9)
    decimals = Counter(item.number.decimals or 0 for item in told).most_common(1)[0]
    digits = Counter(len(digits_of(item.number.text)) for item in told).most_common(1)[0]
    pairs = list(zip(items, values, strict=True))
    cut = sum(is_cut(item, v) and not fits(item, v) for item, v in pairs)
    rounded = sum(fits(item, v) and not is_cut(item, v) for item, v in pairs)
    kept = digits[0] if digits[1] > decimals[1] else 0
    return Habit(decimals[0], kept, cuts=cut >= FEW and cut > rounded)
