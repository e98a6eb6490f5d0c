"""Numbers as somebody wrote them down: the value, and how far its printed digits leave it open."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

from whygrad import formulas
from whygrad.errors import DataError, WhygradError
from whygrad.expr import evaluate

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>\d+\.?\d*|\.\d+)(?:[eE](?P<power>[+-]?\d+))?")
# 3.5·10⁻⁵, 3.5 x 10^-5, 3.5 \times 10^{-5}: one number, not a product.
POWER = re.compile(r"(?<=\d)\s*(?:\*|x)\s*10\s*(?:\^|\*\*)\s*[({]*\s*([+-]?\d+)\s*[)}]*")
EQUALS = re.compile(r"[=≈≃≅≐]")
FEWEST = 6  # decimals that a value worked out from somebody's arithmetic has at least
EXACT = 1e-9  # a whole number is meant exactly: so far, relatively, may it be off


@dataclass(frozen=True)
class Numeral:
    """A written number. text: its digits. half: half a unit of its last digit, 0 where exact.

    cut: written with dots behind it, so that the digits are the first ones, not rounded.
    """

    text: str
    value: float
    half: float
    cut: bool = False

    @property
    def room(self) -> float:
        """How far from the number the true one may lie where these are its digits."""
        bits = 4e-16 * abs(self.value)
        return self.half * (1 + 1e-9) + bits if self.half else EXACT * max(abs(self.value), 1e-3)

    @property
    def decimals(self) -> int | None:
        """How many decimals it has; None for a whole number, which is meant exactly."""
        return round(-math.log10(2 * self.half)) if self.half else None


def numeral(text: str, comma: bool = False) -> Numeral:
    """The number of a text: what stands behind its last =, or arithmetic worked out.

    Half a unit of the last printed digit is what rounding leaves open; a whole number without a
    point is exact. comma: whether a comma is the decimal point. Raises DataError.
    """
    said = plain(text)
    parts = [part.strip() for part in EQUALS.split(said) if part.strip()]
    if not parts:
        raise DataError(f"No number stands in {text!r}.", hint="net_h1 = 0.3775")
    last = parts[-1].rstrip(".,; ") if not parts[-1].endswith("..") else parts[-1]
    cut = last.endswith("..")
    last = last.rstrip(". ") if cut else last
    if comma or re.fullmatch(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", last):
        last = last.replace(",", ".")
    found = NUMBER.fullmatch(last.replace(" ", ""))
    return written(found, cut) if found else worked_out(last, text)


def plain(text: str) -> str:
    """A text in the signs of every keyboard: full-width signs, superscripts, − and · and …"""
    text = re.sub(r"10([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "10^" + m[1].translate(SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text.replace("½", "0.5").replace("…", ".."))
    for sign, own in (("−", "-"), ("–", "-"), ("×", "*"), ("·", "*"), ("⋅", "*"), ("÷", "/"),
        (r"\times", "*"), (r"\cdot", "*"), (r"\,", ""),
    ):  # fmt: skip
        text = text.replace(sign, own)
    text = text.replace("...", "..").strip().strip("$")
    return POWER.sub(lambda m: "e" + m[1], text)


def written(found: re.Match[str], cut: bool = False) -> Numeral:
    """A number by its sign, its digits and its power of ten."""
    value = float(found[0])
    if not math.isfinite(value):
        raise DataError(f"{found[0]!r} is too large for a number.")
    digits, power = found["digits"], int(found["power"] or 0)
    decimals = len(digits.partition(".")[2])
    exact = "." not in digits and found["power"] is None
    half = 0.0 if exact else 0.5 * 10.0 ** (power - decimals)
    return Numeral(found[0].lstrip("+"), value, half, cut)


def worked_out(text: str, whole: str) -> Numeral:
    """The number that somebody's arithmetic gives, as precise as its most precise number."""
    try:
        value = float(evaluate(formulas.parse(text, names=())))
    except WhygradError:
        raise DataError(
            f"No number could be read in {whole!r}.", hint="0.3775, 3.5e-5, or = 0.15*0.05 = 0.0075"
        ) from None
    if not math.isfinite(value):
        raise DataError(f"The arithmetic in {whole!r} gives no number.", given=str(value))
    decimals = [len(m["digits"].partition(".")[2]) for m in NUMBER.finditer(text)]
    half = 0.5 * 10.0 ** -max(FEWEST, *decimals, FEWEST)
    return Numeral(f"{value:.{max(FEWEST, *decimals, FEWEST)}f}", value, half)
