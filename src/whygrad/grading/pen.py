"""Slips of the pen: a digit exchanged, lost, doubled or changed, the point shifted, the sign."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from whygrad.grading.numerals import Numeral

FEWEST = 4  # digits below which anything could be a slip of the pen
MANY = 8  # digits from which on a lost digit is seen though the last one differs too


def digits_of(text: str) -> str:
    """The significant digits of a printed number."""
    return re.sub(r"[eE].*|[^0-9]", "", text).lstrip("0")


def slip_of_the_pen(number: Numeral, right: float) -> str:
    """How digits differ from the right ones, as in the sentences marks.pen.…; or ""."""
    if not math.isfinite(right) or right == 0 or number.value == 0:
        return ""
    if abs(number.value + right) <= number.room:
        return "minus_lost" if right < 0 else "minus_added"
    if not number.half or number.value * right < 0:
        return ""
    if shifted(number, right):
        return "shifted"
    decimals = number.decimals or 0
    told = printed(number.value, decimals)
    same, longer, shorter = (printed(right, decimals + more) for more in (0, 1, -1))
    if len(digits_of(longer)) < FEWEST:
        return ""
    if told in exchanges(same):
        return "exchanged"
    # A decimal that is lost leaves one more unwritten; a digit before the point does not.
    if told in (lost := set(losses(longer)) | set(losses(same))):
        return "lost"
    if len(digits_of(same)) < FEWEST:
        return ""
    if told in doublings(same) or told in doublings(shorter):
        return "doubled"
    if len(told) == len(same) and sum(a != b for a, b in zip(told, same, strict=True)) == 1:
        return "digit"
    if len(digits_of(told)) >= MANY and told[:-1] in {text[:-1] for text in lost}:
        return "lost_and_last"
    return ""


def shifted(number: Numeral, right: float) -> bool:
    """Whether the point stands elsewhere; zeros at the end only fill the decimals up."""
    filled = re.search(r"0*$", number.text)
    zeros = len(filled[0]) if filled and "." in number.text else 0
    for power in (1, 2, 3, -1, -2, -3):
        room = number.room * 10.0 ** (power + max(0, min(zeros, -power)))
        if abs(number.value * 10.0**power - right) <= room:
            return True
    return False


def printed(value: float, decimals: int) -> str:
    """A number's digits with its point, to so many decimals."""
    return f"{abs(value):.{max(decimals, 0)}f}" if abs(value) < 1e17 else ""


def exchanges(text: str) -> set[str]:
    """A number with two neighbouring digits exchanged, also across the point."""
    digits, point = text.replace(".", ""), text.find(".")
    places = range(len(digits) - 1)
    found = {digits[:k] + digits[k + 1] + digits[k] + digits[k + 2 :] for k in places}
    return {f"{t[:point]}.{t[point:]}" for t in found - {digits}} if point > 0 else set()


def losses(text: str) -> Iterator[str]:
    """A number with one of its digits left out, not the last."""
    return (text[:k] + text[k + 1 :] for k in range(len(text) - 1) if text[k].isdigit())


def doublings(text: str) -> set[str]:
    """A number with one of its digits written twice."""
    return {text[: k + 1] + text[k:] for k in range(len(text)) if text[k].isdigit()}
