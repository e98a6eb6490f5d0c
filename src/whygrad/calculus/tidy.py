"""Light simplification: what a teacher does without a word, and no more.

· 1 and + 0 go, signs are collected, the number of a product stands in front, 1/w · a is a/w, equal
terms are counted, equal factors above and below a line go. Nothing is expanded, nothing reordered.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from whygrad.expr import ONE, ZERO, Call, Expr, Number, call
from whygrad.formula.limits import halved


def tidy(formula: Expr) -> Expr:
    """The same formula, lightly simplified. Named parts stay as they are."""
    done: dict[int, Expr] = {}

    def visit(part: Expr) -> Expr:
        if id(part) not in done:
            done[id(part)] = _tidied(part, visit_all(part)) if isinstance(part, Call) else part
        return done[id(part)]

    def visit_all(part: Expr) -> tuple[Expr, ...]:
        return tuple(map(visit, part.parts()))

    return visit(formula)


def _tidied(part: Call, arguments: tuple[Expr, ...]) -> Expr:
    """A part whose own parts are tidy already."""
    match part.function, arguments:
        case (("add" | "sub"), _):
            return _sum(raw(part.function, *arguments))
        case (("mul" | "div" | "neg"), _):
            return _factors(raw(part.function, *arguments)).formula()
        case "where", (_, yes, no) if yes == no:
            return yes
    return call(part.function, *arguments, **dict(part.attributes))


def raw(function: str, *arguments: Expr) -> Expr:
    """A function of formulas exactly as it is written: 1 · u stays."""
    return Call(function, arguments)


def product(factors: list[Expr]) -> Expr:
    """Factors as they are written, one after the other."""
    return halved(factors, lambda a, b: raw("mul", a, b)) if factors else ONE


# ---- numbers ------------------------------------------------------------------------------------


def times(a: float, b: float) -> float:
    """The product of two numbers as they are written: 3 · 0.1 is 0.3."""
    return _shorter(a * b, lambda: Decimal(repr(a)) * Decimal(repr(b)))


def plus(a: float, b: float) -> float:
    """The sum of two numbers as they are written: 0.1 + 0.2 is 0.3."""
    return _shorter(a + b, lambda: Decimal(repr(a)) + Decimal(repr(b)))


def _shorter(binary: float, decimal: Callable[[], Decimal]) -> float:
    """The one of two neighbouring floats that takes fewer digits to write."""
    if not math.isfinite(binary):
        return binary
    return min(binary, float(decimal()), key=lambda value: len(repr(value)))


# ---- products and quotients ---------------------------------------------------------------------


@dataclass(frozen=True)
class Factors:
    """number · top · top … / (below · bottom · bottom …)"""

    number: float
    top: tuple[Expr, ...] = ()
    below: float = 1.0
    bottom: tuple[Expr, ...] = ()

    def over(self, other: Factors) -> Factors:
        return Factors(
            times(self.number, other.below),
            self.top + other.bottom,
            times(self.below, other.number),
            self.bottom + other.top,
        )

    def by(self, other: Factors) -> Factors:
        return self.over(Factors(other.below, other.bottom, other.number, other.top))

    def formula(self) -> Expr:
        """The formula, with the sign in front of all and equal factors gone."""
        number, below = _cancelled(self.number, self.below)
        if number == 0:
            return ZERO
        top, bottom = list(self.top), list(self.bottom)
        for factor in self.bottom:
            if factor in top:
                top.remove(factor)
                bottom.remove(factor)
        size = Number(abs(number))
        above = product(top if top and size == ONE else [size, *top])
        under = product(bottom if below == 1 else [Number(below), *bottom])
        written = above if under == ONE else raw("div", above, under)
        if number > 0 or math.isnan(number):
            return written
        return Number(number) if written == size else raw("neg", written)


def _cancelled(number: float, below: float) -> tuple[float, float]:
    """2/2 as 1, 6/3 as 2, 2/6 as 1/3; any other fraction stays, with its sign above."""
    if not (math.isfinite(number) and math.isfinite(below)) or below == 0:
        return number, below
    number, below = (-number, -below) if below < 0 else (number, below)
    if (number / below).is_integer():
        return number / below, 1.0
    if number and (below / number).is_integer():
        return math.copysign(1.0, number), abs(below / number)
    return number, below


def _factors(formula: Expr) -> Factors:
    """The factors of a tidy formula; a fraction with more than a number above stays one factor."""
    match formula:
        case Number(value):
            return Factors(value)
        case Call("neg", (x,)):
            inner = _factors(x)
            return Factors(-inner.number, inner.top, inner.below, inner.bottom)
        case Call("mul", (a, b)):
            return _kept(a).by(_kept(b))
        case Call("div", (a, b)):
            return _factors(a).over(_kept(b))
    return Factors(1.0, (formula,))


def _kept(formula: Expr) -> Factors:
    """The factors of a factor: a/b stays together, but its sign and number come out."""
    found = _factors(formula)
    if not (found.top and (found.bottom or found.below != 1)):
        return found
    return Factors(found.number, (Factors(1.0, found.top, found.below, found.bottom).formula(),))


# ---- sums ---------------------------------------------------------------------------------------


def _sum(formula: Expr) -> Expr:
    """The terms with their signs, each kind once, where it stood first."""
    counted: dict[Expr, float] = {}
    for sign, term in _terms(formula):
        number, rest = _counted(term)
        counted[rest] = plus(counted.get(rest, 0.0), sign * number)
    total: Expr | None = None
    for rest, number in counted.items():
        if number == 0:
            continue
        if total is None:
            total = Factors(number, (rest,)).formula()
        else:
            term = Factors(abs(number), (rest,)).formula()
            total = raw("sub" if number < 0 else "add", total, term)
    return ZERO if total is None else total


def _terms(formula: Expr) -> list[tuple[float, Expr]]:
    match formula:
        case Call("add", (a, b)):
            return _terms(a) + _terms(b)
        case Call("sub", (a, b)):
            return [*_terms(a), (-1.0, b)]
    return [(1.0, formula)]


def _counted(term: Expr) -> tuple[float, Expr]:
    """How often a term is there, and the term: of −2 · x it is −2 and x; of 3, 3 and 1."""
    found = _factors(term)
    if not math.isfinite(found.number):
        return 1.0, term
    rest = Factors(1.0, found.top, found.below, found.bottom).formula()
    return found.number, rest
