"""A formula taken apart, put together again, and worked out with its quantities looked up."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from whygrad import numeric
from whygrad.expr import MINUS, ONE, Call, Expr, Let, Number, Quantity


def terms_of(formula: Expr) -> list[tuple[float, Expr]]:
    """The terms of a sum or difference with their signs."""
    match formula:
        case Call("add", (a, b)):
            return [*terms_of(a), *terms_of(b)]
        case Call("sub", (a, b)):
            return [*terms_of(a), *((-sign, term) for sign, term in terms_of(b))]
    return [(1.0, formula)]


def sum_of(terms: list[tuple[float, Expr]]) -> Expr:
    """The sum of terms with their signs."""
    total: Expr | None = None
    for sign, term in terms:
        if total is None:
            total = term if sign > 0 else -term
        else:
            total = total + term if sign > 0 else total - term
    return Number(0.0) if total is None else total


def factors_of(formula: Expr) -> tuple[float, list[Expr]]:
    """The sign and the factors of a product."""
    match formula:
        case Call("neg", (x,)):
            sign, factors = factors_of(x)
            return -sign, factors
        case Call("mul", (a, b)):
            (left, first), (right, second) = factors_of(a), factors_of(b)
            return left * right, [*first, *second]
    return (-1.0, [ONE]) if formula == MINUS else (1.0, [formula])


def product_of(sign: float, factors: list[Expr]) -> Expr:
    """The product of factors, with its sign."""
    product: Expr = ONE
    for factor in factors:
        product = product * factor
    return product if sign > 0 else -product


def put(formula: Expr, others: Mapping[Quantity, Expr]) -> Expr:
    """A formula with others in the place of some quantities."""
    return formula.replace(lambda part: others.get(part) if isinstance(part, Quantity) else None)


def signed(formula: Expr, sign: float = 1.0) -> Expr:
    """A formula times a sign, its minus signs gathered: −(−a · b + c) is a · b − c."""
    return sum_of(_gathered(formula, sign))


def _gathered(formula: Expr, sign: float) -> list[tuple[float, Expr]]:
    match formula:
        case Call("neg", (x,)):
            return _gathered(x, -sign)
        case Call("add", (a, b)):
            return [*_gathered(a, sign), *_gathered(b, sign)]
        case Call("sub", (a, b)):
            return [*_gathered(a, sign), *_gathered(b, -sign)]
    own, factors = factors_of(formula)
    return [(sign * own, product_of(1.0, factors))]


# ---- in numbers ---------------------------------------------------------------------------------

Lookup = Callable[[Quantity], float]
# Python's own arithmetic does the same on floats, without NumPy's call.
FAST: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
}


def numbers(formula: Expr, lookup: Lookup) -> float:
    """The value of a line's formula, its quantities looked up."""
    return ready(formula)(lookup)


def ready(formula: Expr) -> Callable[[Lookup], float]:
    """A line's formula as a function of how its quantities are looked up."""
    match formula:
        case Quantity():
            return lambda lookup: lookup(formula)
        case Number(value):
            return lambda lookup: value
        case Let(body=body) | Call("let", (body,)):
            return ready(body)
        case Call(name, arguments, attributes):
            operands = tuple(ready(a) for a in arguments)
            if name in FAST:
                fast = FAST[name]
                return lambda lookup: float(fast(*(o(lookup) for o in operands)))
            slow: Callable[..., Any] = numeric.FUNCTIONS[name]
            choice = dict(attributes)
            return lambda lookup: float(slow(*(o(lookup) for o in operands), **choice))
    raise TypeError(f"no line of a ledger holds {formula!r}")
