"""Transfer functions of the neural-network toolboxes: bent lines, bumps, slow sigmoids."""

from __future__ import annotations

from typing import Any

from whygrad.op import op

BOTH_SIDES = ("(3,4) in 0.1..3", "(3,4) in -3..-0.1")


@op(
    local=lambda xp, y, x: xp.both(x > -1, x < 1),
    latex=r"\operatorname{hardtanh}",
    cases=["(3,4) in -0.9..0.9", "(3,4) in 1.1..3", "(2,3) in -3..-1.1"],
    convention="0 at both borders",
    aliases=["satlins"],
)
def hardtanh(xp: Any, x: Any) -> Any:
    """A straight line from −1 to 1, level outside of them (Collobert 2004)."""
    return xp.minimum(xp.maximum(x, -1.0), 1.0)


@op(
    local=lambda xp, y, x: xp.both(x > 0, x < 1),
    latex=r"\operatorname{satlin}",
    cases=["(3,4) in 0.1..0.9", "(3,4) in 1.1..3", "(2,3) in -3..-0.1"],
    convention="0 at both borders",
    aliases=["satlin"],
)
def saturating_linear(xp: Any, x: Any) -> Any:
    """A straight line from 0 to 1, level outside of them (Hagan, Demuth and Beale 1996, ch. 2)."""
    return xp.minimum(xp.maximum(x, 0.0), 1.0)


@op(
    local=lambda xp, y, x: 1 / (1 + xp.abs(x)) ** 2,
    latex=r"\operatorname{softsign}",
    cases=[*BOTH_SIDES, "(2,3) in -30..-3"],
    aliases=["elliotsig"],
)
def softsign(xp: Any, x: Any) -> Any:
    """Squash any number into (−1, 1) without an exponential, x/(1 + |x|) (Elliott 1993)."""
    return x / (1 + xp.abs(x))


@op(
    local=lambda xp, y, x: 2 * xp.abs(x) / (1 + x**2) ** 2,
    latex=r"\operatorname{elliot2sig}",
    cases=[*BOTH_SIDES, "(2,3) in -30..-3"],
)
def elliot2sig(xp: Any, x: Any) -> Any:
    """Squash any number into (−1, 1), level at 0: x·|x|/(1 + x²), after Elliott 1993."""
    return x * xp.abs(x) / (1 + x**2)


@op(
    local=lambda xp, y, x: -2 * x * y,
    latex=r"\operatorname{radbas}",
    cases=["(3,4) in -2..2"],
    aliases=["radbas"],
)
def radial_basis(xp: Any, x: Any) -> Any:
    """A bell that is 1 at 0, e^(−x²) (Broomhead and Lowe 1988)."""
    return xp.exp(-(x**2))


@op(
    local=lambda xp, y, x: xp.where(xp.abs(x) < 1, -xp.sign(x), 0.0),
    latex=r"\operatorname{tribas}",
    cases=["(3,4) in 0.1..0.9", "(3,4) in -0.9..-0.1", "(2,3) in 1.1..3", "(2,3) in -3..-1.1"],
    convention="0 at the tip and at both ends",
    aliases=["tribas"],
)
def triangular_basis(xp: Any, x: Any) -> Any:
    """A tent that is 1 at 0 and 0 from a distance of 1 on, max(0, 1 − |x|)."""
    return xp.maximum(1 - xp.abs(x), 0.0)


@op(
    local=lambda xp, y, x: -(y**2),
    latex=r"\operatorname{inv}",
    cases=["(3,4) in 0.3..3", "(2,3) in -3..-0.3"],
    aliases=["netinv"],
)
def reciprocal(xp: Any, x: Any) -> Any:
    """One over the number, 1/x."""
    return 1 / x
