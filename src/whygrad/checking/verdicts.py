"""Verdicts: what a gradient and its difference quotient say together, entry by entry and as a row.

right       they agree, to so many digits
noise       what is between them is rounding
kink        the number sits at a corner; the gradient is one that a convention may choose there
precision   the function's own type is too coarse to tell
not smooth  the function jumps, or is not finite near by
random      the function gives another value each time
checker     the gradient is right, the difference quotient is not
wrong       none of these explains the difference
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from whygrad.differences import EPS, Quotient

VERDICTS = ("right", "noise", "kink", "precision", "not smooth", "random", "checker", "wrong")
FINE = VERDICTS[:3]  # nothing speaks against the gradient
UNTOLD = ("precision", "not smooth", "random")  # nothing can be said
AGREE = 1e-6  # relative difference that counts as right, where the quotient is as good as that


@dataclass(frozen=True)
class Entry:
    """One number of a parameter: what is claimed, what differences say, the verdict."""

    index: tuple[int, ...]
    gradient: float
    quotient: Quotient
    verdict: str

    @property
    def difference(self) -> float:
        off = abs(self.gradient - self.quotient.value)
        return off if math.isfinite(off) else math.inf

    @property
    def badness(self) -> tuple[int, float]:
        """The entry that a row is about has the worst verdict and the largest difference."""
        return VERDICTS.index(self.verdict), self.difference


def verdict(gradient: float, q: Quotient, scale: float, epsilon: float) -> str:
    """What one gradient and its quotient say; `scale` is what size of error matters at all."""
    size = max(abs(gradient), abs(q.value))
    tolerance = max(AGREE, 10 * epsilon ** (2 / 3))
    if not math.isfinite(q.error):
        return "not smooth"
    if not math.isfinite(gradient):
        return "wrong"
    if q.kink and q.between(gradient):
        return "kink"
    off = abs(gradient - q.value)
    if off == 0:
        return "right"
    blurred = "noise" if epsilon <= EPS else "precision"
    if q.error > max(0.1 * size, tolerance * scale):
        return blurred if q.error <= epsilon ** (1 / 3) * q.size else "not smooth"
    if off <= tolerance * abs(q.value) + 10 * q.error + 64 * epsilon * scale:
        return "right" if off <= max(0.1 * size, tolerance * scale) else blurred
    return "wrong"


@dataclass(frozen=True)
class Row:
    """The verdict on one parameter.

    difference: the largest one found. at: the name of the entry where it lies, index: its position.
    gradient, quotient: the two numbers there. error: the estimate of the quotient's own error.
    left, right: the one-sided quotients. checked: how many of the `size` entries were looked at.
    wrong: how many of those are. pattern: what they have in common, pattern_value its number.
    convention: which subgradient is used at the kink. directions: how many directions through all
    entries were tried. widened: how many quotients were taken in float64, the function's own type
    being too coarse. refused: why no gradient could be had.
    """

    parameter: str
    verdict: str
    difference: float
    at: str
    index: tuple[int, ...]
    gradient: float
    quotient: float
    error: float
    left: float
    right: float
    checked: int
    size: int
    wrong: int = 0
    pattern: str = ""
    pattern_value: float = math.nan
    convention: str = ""
    directions: int = 0
    widened: int = 0
    refused: str = ""

    @property
    def digits(self) -> int:
        """Leading digits that gradient and quotient share, at most 16."""
        if self.difference == 0:
            return 16
        size = max(abs(self.gradient), abs(self.quotient))
        if not (math.isfinite(self.difference) and size > 0):
            return 0
        return max(0, min(16, math.floor(-math.log10(self.difference / size))))

    @property
    def ratio(self) -> float:
        """Gradient over quotient: 2 says that a factor of 2 is too many."""
        return self.gradient / self.quotient if self.quotient else math.inf

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against this gradient."""
        return self.verdict in FINE

    def to_dict(self) -> dict[str, Any]:
        """Every field, digits and ratio; numbers that are not finite as text."""
        fields = asdict(self) | {"index": list(self.index), "digits": self.digits}
        return plain({**fields, "ratio": self.ratio})


def plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Numbers that are not finite as text, which is all that JSON can hold of them."""
    return {
        k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()
    }


def pattern(entries: Sequence[Entry], shape: tuple[int, ...]) -> tuple[str, float]:
    """What the wrong entries have in common, as the id of a sentence's end and its number."""
    wrong = [e for e in entries if e.verdict == "wrong" and e.quotient.value]
    if len(wrong) < 2:
        return ("", math.nan) if len(entries) == 1 else ("one", math.nan)
    with np.errstate(all="ignore"):
        ratios = np.array([e.gradient / e.quotient.value for e in wrong])
    if not np.isfinite(ratios).all():
        return "not_finite", math.nan
    if (ratios == 0).all():
        return "zero", 0.0
    known = max(e.quotient.error / abs(e.quotient.value) for e in wrong)
    if np.ptp(ratios) <= (1e-6 + 10 * known) * np.abs(ratios).max():
        return "ratio", float(np.median(ratios))
    if np.allclose(ratios, np.sign(ratios), rtol=1e-5):
        return "signs", math.nan
    if len(shape) == 2:
        for axis, what in ((0, "row"), (1, "column")):
            places = Counter(e.index[axis] for e in wrong)
            if len(places) == 1 and shape[axis] > 1:
                return what, float(next(iter(places)) + 1)
    return "", math.nan
