"""A formula taken apart and put together again: terms with their signs, factors with theirs."""

from __future__ import annotations

from collections.abc import Mapping

from whygrad.expr import MINUS, ONE, Call, Expr, Number, Quantity


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
