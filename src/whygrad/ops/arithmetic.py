"""Sums, products, powers and choices, element by element, with broadcasting."""

from __future__ import annotations

from typing import Any

from whygrad.op import op

BROADCAST = ("(3,4), (3,4)", "(3,4), (4,)", "(2,1,3), (4,1)", "(), (2,)")
APART = ("(3,4) in 0..1, (3,4) in 1.1..2", "(2,1,3) in 0..1, (4,1) in -2..-0.1")


@op(local=(lambda xp, y, a, b: 1.0, lambda xp, y, a, b: 1.0), latex="+", cases=BROADCAST)
def add(xp: Any, a: Any, b: Any) -> Any:
    """The sum a + b."""
    return a + b


@op(local=(lambda xp, y, a, b: 1.0, lambda xp, y, a, b: -1.0), latex="-", cases=BROADCAST)
def sub(xp: Any, a: Any, b: Any) -> Any:
    """The difference a − b."""
    return a - b


@op(local=(lambda xp, y, a, b: b, lambda xp, y, a, b: a), latex=r"\cdot", cases=BROADCAST)
def mul(xp: Any, a: Any, b: Any) -> Any:
    """The product a · b, element by element."""
    return a * b


@op(
    local=(lambda xp, y, a, b: 1 / b, lambda xp, y, a, b: -a / b**2),
    latex="/",
    cases=["(3,4), (3,4) in 0.5..3", "(3,4), (4,) in -3..-0.5", "(2,1,3), (4,1) in 1..2"],
)
def div(xp: Any, a: Any, b: Any) -> Any:
    """The quotient a / b."""
    return a / b


@op(local=lambda xp, y, x: -1.0, latex="-", cases=["(3,4)"], aliases=["negative"])
def neg(xp: Any, x: Any) -> Any:
    """The number with the other sign, −x."""
    return -x


@op(
    local=(
        lambda xp, y, a, b: xp.where(xp.equal(b, 0.0), 0.0, b * a ** (b - 1)),
        lambda xp, y, a, b: xp.where(xp.both(xp.equal(a, 0.0), b >= 0.0), 0.0, y * xp.log(a)),
    ),
    latex="^",
    cases=["(3,4) in 0.3..3, (3,4)", "(3,4) in 0.3..3, (4,) in 1..3", "() in 2..3, (2,)"],
    convention="at exponent 0 the base, at base 0 the exponent has gradient 0",
    aliases=["pow"],
)
def power(xp: Any, a: Any, b: Any) -> Any:
    """The power aᵇ."""
    return a**b


@op(
    back=lambda xp, g, y, a, b: (
        xp.where(a > b, g, xp.where(xp.equal(a, b), g / 2, 0.0)),
        xp.where(b > a, g, xp.where(xp.equal(a, b), g / 2, 0.0)),
    ),
    latex=r"\max",
    cases=APART,
    convention="where both are equal, each takes half of the gradient",
)
def maximum(xp: Any, a: Any, b: Any) -> Any:
    """The larger of a and b."""
    return xp.maximum(a, b)


@op(
    back=lambda xp, g, y, a, b: (
        xp.where(a < b, g, xp.where(xp.equal(a, b), g / 2, 0.0)),
        xp.where(b < a, g, xp.where(xp.equal(a, b), g / 2, 0.0)),
    ),
    latex=r"\min",
    cases=APART,
    convention="where both are equal, each takes half of the gradient",
)
def minimum(xp: Any, a: Any, b: Any) -> Any:
    """The smaller of a and b."""
    return xp.minimum(a, b)


@op(
    local=lambda xp, y, x, *, low, high: xp.both(x >= low, x <= high),
    latex=r"\operatorname{clip}",
    cases=[
        "(3,4) in -0.9..0.9; low=-1, high=1",
        "(3,4) in 1.1..3; low=-1, high=1",
        "(2,3) in -3..-1.1; low=-1, high=1",
    ],
    convention="1 at both borders",
    aliases=["clamp"],
)
def clip(xp: Any, x: Any, *, low: float, high: float) -> Any:
    """The number, but no less than low and no more than high."""
    return xp.minimum(xp.maximum(x, low), high)


@op(
    back=lambda xp, g, y, condition, a, b: (
        None,
        xp.where(condition, g, 0.0),
        xp.where(condition, 0.0, g),
    ),
    latex=r"\operatorname{where}",
    cases=["(3,4) int 0..1, (3,4), (3,4)", "(4,) int 0..1, (3,1), ()"],
)
def where(xp: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds (or is not 0), else b."""
    return xp.where(condition, a, b)


@op(local=(None, None), latex="=", cases=["(3,4) int 0..2, (3,4) int 0..2", "(3,4), (4,)"])
def equal(xp: Any, a: Any, b: Any) -> Any:
    """Whether a = b: a mask."""
    return xp.equal(a, b)


@op(local=(None, None), latex="<", cases=["(3,4) int 0..2, (3,4) int 0..2", "(3,4), (4,)"])
def less(xp: Any, a: Any, b: Any) -> Any:
    """Whether a < b: a mask."""
    return a < b


@op(local=(None, None), latex=r"\le", cases=["(3,4) int 0..2, (3,4) int 0..2", "(3,4), (4,)"])
def less_equal(xp: Any, a: Any, b: Any) -> Any:
    """Whether a ≤ b: a mask."""
    return a <= b


@op(local=(None, None), latex=">", cases=["(3,4) int 0..2, (3,4) int 0..2", "(3,4), (4,)"])
def greater(xp: Any, a: Any, b: Any) -> Any:
    """Whether a > b: a mask."""
    return a > b


@op(local=(None, None), latex=r"\ge", cases=["(3,4) int 0..2, (3,4) int 0..2", "(3,4), (4,)"])
def greater_equal(xp: Any, a: Any, b: Any) -> Any:
    """Whether a ≥ b: a mask."""
    return a >= b
