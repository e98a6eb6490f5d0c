"""Slips of the pen: two digits exchanged, a digit lost or doubled, the point shifted."""

from __future__ import annotations

import math
import re

from whygrad.grading.numerals import Numeral

FEWEST = 4  # digits below which anything could be a slip of the pen


def digits_of(text: str) -> str:
    """The significant digits of a printed number."""
    return re.sub(r"[eE].*|[^0-9]", "", text).lstrip("0")


def slip_of_the_pen(number: Numeral, right: float) -> str:
    """How digits differ from the right ones: exchanged, lost, doubled, shifted, digit, or ""."""
    if not math.isfinite(right) or right == 0 or number.value == 0 or not number.half:
        return ""
    if (number.value < 0) != (right < 0):
        return ""
    for power in (1, -1, 2, -2, 3, -3):
        if abs(number.value * 10.0**power - right) <= number.room * 10.0**power:
            return "shifted"
    told = digits_of(number.text)
    if len(told) < FEWEST:
        return ""
    # As many decimals as were written; a digit lost leaves one more of them unwritten.
    same, longer, shorter = (true_digits(right, number, more) for more in (0, 1, -1))
    if told in exchanges(same):
        return "exchanged"
    if any(told[:-1] == lost[:-1] for lost in losses(longer)) or told in losses(same):
        return "lost"
    if told in doublings(same) or told in doublings(shorter):
        return "doubled"
    differing = [a != b for a, b in zip(told, same, strict=False)]
    if len(told) == len(same) and sum(differing) == 1 and len(told) > FEWEST:
        return "digit"
    return ""


def true_digits(right: float, number: Numeral, more: int) -> str:
    """The right number's digits, to as many decimals as were written and some more."""
    decimals = (number.decimals or 0) + more
    scaled = abs(right) * 10.0**decimals
    return str(round(scaled)) if scaled < 1e17 else ""


def exchanges(digits: str) -> set[str]:
    """The digits with two neighbours exchanged."""
    places = range(len(digits) - 1)
    found = {digits[:k] + digits[k + 1] + digits[k] + digits[k + 2 :] for k in places}
    return found - {digits}


def losses(digits: str) -> set[str]:
    """The digits with one of them left out, not the last."""
    return {digits[:k] + digits[k + 1 :] for k in range(1, len(digits) - 1)}


def doublings(digits: str) -> set[str]:
    """The digits with one of them written twice."""
    return {digits[: k + 1] + digits[k:] for k in range(len(digits))}
