"""How a sheet rounds: to so many decimals, to so many significant digits, or by cutting off."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from whygrad.grading.pen import digits_of
from whygrad.grading.rows import Item, fits, is_cut
from whygrad.mistakes.ledger import Reckoning
from whygrad.names import Reference

FEW = 2  # numbers that must be cut before a sheet is said to cut


@dataclass(frozen=True)
class Habit:
    """decimals: of most numbers. digits: significant ones, where those are what is kept; else 0."""

    decimals: int
    digits: int = 0
    cuts: bool = False

    def room(self, value: float) -> float:
        """How far a number that was not written down may have been rounded."""
        return self.unit(value) if self.cuts else self.unit(value) / 2

    def unit(self, value: float) -> float:
        """One unit of the last digit that is kept of a number."""
        if self.digits and value and math.isfinite(value):
            return 10.0 ** (math.floor(math.log10(abs(value))) + 1 - self.digits)
        return 10.0**-self.decimals

    def rounded(self, value: float) -> float:
        """A number as the sheet would write it down."""
        if not math.isfinite(value):
            return value
        unit = self.unit(value)
        return unit * (math.trunc(value / unit) if self.cuts else round(value / unit))


@dataclass(frozen=True, eq=False)
class Rounded(Reckoning):
    """A reckoning in which the numbers that are worked out are rounded, too, but for some."""

    habit: Habit = field(default_factory=lambda: Habit(9))
    exact: Collection[Reference] = ()

    def anew(self, ref: Reference) -> float:
        value = super().anew(ref)
        kept = ref in self.exact or not self.ledger.before(ref)
        return value if kept else self.habit.rounded(value)


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
