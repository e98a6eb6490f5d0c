"""Numbers as they are printed: the float64 value, rounded, in a form that hides nothing.

The law, for `digits` = 9: nine decimals; from 10 on nine significant digits; where nine decimals
would leave fewer than four significant digits (or nine digits do not reach the units), scientific
notation with nine of them. Zeros at the end go only where the value *is* that short decimal, up to
the last bits of a float: 0.4 is 0.4, but 0.7513650695… is 0.751365070, whose zero is a true digit.

Rounding is half-to-even on the exact value of the float, so no number is rounded twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from whygrad.errors import ConfigError

FEWEST = 4  # significant digits, unless fewer were asked for
MOST = 17  # a float64 has no more
SMALL = 1e-4  # from here on down a short number is printed as 5e-05 rather than 0.00005
ULPS = 4  # a value this close to a short decimal is that decimal: 0.1 + 0.2 is 0.3


@dataclass(frozen=True)
class Numeral:
    """A printed number in its parts: sign, digits with their point, power of ten where needed."""

    digits: str  # "0.4", "3.21", "∞", "NaN"
    exponent: int | None = None
    negative: bool = False

    def text(self, ascii: bool = False) -> str:  # noqa: A002 — what every printer calls it
        """−0.4, 3.21e-11; with `ascii` the minus that is on every keyboard."""
        digits = "inf" if ascii and self.digits == "∞" else self.digits
        power = "" if self.exponent is None else f"e{self.exponent:+03d}"
        return ("" if not self.negative else "-" if ascii else "−") + digits + power


def number(value: float, digits: int = 9, ascii: bool = False) -> str:  # noqa: A002
    """A number as it is printed; see the law above. Raises ConfigError for digits outside 1…17."""
    return numeral(value, digits).text(ascii)


def printed_value(value: float, digits: int = 9) -> float:
    """The number that a reader reads where `value` was printed."""
    return float(numeral(value, digits).text(ascii=True))


def numeral(value: float, digits: int = 9) -> Numeral:
    """The parts of a number as it is printed."""
    if not 1 <= digits <= MOST:
        raise ConfigError(
            f"Numbers with {digits} digits were asked for.",
            why=f"a float64 has 1 to {MOST} significant digits",
            hint="9, as the article prints",
        )
    if not math.isfinite(value) or value == 0:
        return _without_digits(value)
    size = abs(float(value))
    if SMALL <= size < 1 and _is(size, round(size, digits)):
        return exact(round(value, digits))  # 0.05 with four digits is 0.05, not 5e-02
    rounded = _rounded(Decimal(size), digits)
    plain = _plain(rounded.adjusted(), digits)
    return _parts(rounded.normalize() if _is(size, float(rounded)) else rounded, plain, value < 0)


def _is(value: float, short: float) -> bool:
    """Whether a float is that decimal, up to its last bits."""
    return abs(value - short) <= ULPS * math.ulp(value)


def exact(value: float) -> Numeral:
    """The shortest digits that read back as the very same float: 2, 0.044715, 1e-05."""
    if not math.isfinite(value) or value == 0:
        return _without_digits(value)
    shortest = Decimal(repr(abs(float(value)))).normalize()
    return _parts(shortest, -4 <= shortest.adjusted() < 16, value < 0)


def _without_digits(value: float) -> Numeral:
    """0, infinity and what is not a number."""
    name = "0" if value == 0 else "NaN" if math.isnan(value) else "∞"
    return Numeral(name, negative=value < 0)


def _plain(size: int, digits: int) -> bool:
    """Whether a number of that power of ten is printed without one."""
    return min(FEWEST, digits) - 1 - digits <= size < digits


def _rounded(value: Decimal, digits: int) -> Decimal:
    """The value to its last printed digit, with its zeros."""

    def to_the_digits_of(size: int) -> Decimal:
        decimals = digits if _plain(size, digits) and size <= 0 else digits - 1 - size
        return value.quantize(Decimal((0, (1,), -decimals)), rounding=ROUND_HALF_EVEN)

    once = to_the_digits_of(value.adjusted())
    # 9.9999999999 becomes 10.000000000, which has another number of decimals.
    return once if once.adjusted() == value.adjusted() else to_the_digits_of(once.adjusted())


def _parts(value: Decimal, plain: bool, negative: bool) -> Numeral:
    if plain:
        return Numeral(f"{value:f}", negative=negative)
    first, *rest = (str(d) for d in value.as_tuple().digits)
    return Numeral(first + ("." if rest else "") + "".join(rest), value.adjusted(), negative)
