"""Numbers of as many digits as they need: nothing overflows, nothing cancels to 0.

The same forward rules run with them (NumPy's object arrays ask each number for its own exp, log,
…), so that a value that float64 cannot reach can be had: log(softmax) of −1000, 1 − σ(800).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from typing import Any

import numpy as np


def precision(digits: int) -> AbstractContextManager[Context]:
    """A context in which Digits are computed with so many of them, and nothing raises."""
    return localcontext(Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[]))


class Digits:
    """A number with the precision of the context around it; ∞ and NaN as floats have them."""

    __slots__ = ("number",)

    def __init__(self, number: Any) -> None:
        self.number = number if isinstance(number, Decimal) else Decimal(float(number))

    def __float__(self) -> float:
        return float(self.number)

    def __repr__(self) -> str:
        return f"Digits({float(self)!r})"

    # ---- arithmetic -----------------------------------------------------------------------------

    def __add__(self, other: Any) -> Digits:
        return Digits(self.number + of(other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Digits:
        return Digits(self.number - of(other))

    def __rsub__(self, other: Any) -> Digits:
        return Digits(of(other) - self.number)

    def __mul__(self, other: Any) -> Digits:
        return Digits(self.number * of(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Digits:
        return Digits(self.number / of(other))

    def __rtruediv__(self, other: Any) -> Digits:
        return Digits(of(other) / self.number)

    def __neg__(self) -> Digits:
        return Digits(-self.number)

    def __abs__(self) -> Digits:
        return Digits(abs(self.number))

    def __pow__(self, other: Any) -> Digits:
        exponent = of(other)
        return Digits(Decimal(1) if exponent == 0 else self.number**exponent)

    def __rpow__(self, other: Any) -> Digits:
        return Digits(of(other)) ** self

    def __lt__(self, other: Any) -> bool:
        return self.number < of(other)

    def __le__(self, other: Any) -> bool:
        return self.number <= of(other)

    def __gt__(self, other: Any) -> bool:
        return self.number > of(other)

    def __ge__(self, other: Any) -> bool:
        return self.number >= of(other)

    def __eq__(self, other: object) -> bool:
        return bool(self.number == of(other))

    def __hash__(self) -> int:
        return hash(self.number)

    def __bool__(self) -> bool:
        return bool(self.number != 0)

    # ---- what NumPy's functions ask an object for ----------------------------------------------

    def exp(self) -> Digits:
        return Digits(self.number.exp())

    def log(self) -> Digits:
        return Digits(self.number.ln())

    def sqrt(self) -> Digits:
        return Digits(self.number.sqrt())

    def expm1(self) -> Digits:
        return self.exp() - 1

    def log1p(self) -> Digits:
        return (self + 1).log()

    def tanh(self) -> Digits:
        if self.number.is_infinite():
            return Digits(Decimal(1).copy_sign(self.number))
        power = (self * -2 if self > 0 else self * 2).exp()
        share = (1 - power) / (1 + power)
        return share if self > 0 else -share

    def sin(self) -> Digits:
        return self._series(Digits(self.number), 1)

    def cos(self) -> Digits:
        return self._series(Digits(1.0), 0)

    def _series(self, term: Digits, power: int) -> Digits:
        """Taylor's series of sin (from x) and cos (from 1); for arguments of moderate size."""
        if not self.number.is_finite() or abs(self) > 100:
            return Digits(math.nan)
        total, last = term, Digits(math.nan)
        while total != last:
            last, power = total, power + 2
            term = term * (-self) * self / (power * (power - 1))
            total = total + term
        return total


def of(value: Any) -> Decimal:
    """Any number as a Decimal, exactly."""
    return value.number if isinstance(value, Digits) else Decimal(float(value))


wide: Callable[[Any], np.ndarray] = np.frompyfunc(Digits, 1, 1)


def widened(array: np.ndarray) -> np.ndarray:
    """Floats as Digits; masks and whole numbers as they are."""
    found = np.empty(array.shape, dtype=object)
    found[...] = wide(array.astype(float))
    return found
