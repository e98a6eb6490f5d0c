"""Functions of one number: exp and its like, and the activations."""

from __future__ import annotations

import math
from typing import Any

from whygrad.op import op

BOTH_SIDES = ("(3,4) in 0.1..3", "(3,4) in -3..-0.1")


@op(local=lambda xp, y, x: y, latex=r"\exp", cases=["(3,4)", "()"])
def exp(xp: Any, x: Any) -> Any:
    """The exponential eˣ."""
    return xp.exp(x)


@op(local=lambda xp, y, x: 1 / x, latex=r"\ln", cases=["(3,4) in 0.2..3"])
def log(xp: Any, x: Any) -> Any:
    """The natural logarithm."""
    return xp.log(x)


@op(local=lambda xp, y, x: 1 / (1 + x), latex=r"\operatorname{log1p}", cases=["(3,4) in -0.7..2"])
def log1p(xp: Any, x: Any) -> Any:
    """The natural logarithm of 1 + x, exact for small x."""
    return xp.log1p(x)


@op(local=lambda xp, y, x: y + 1, latex=r"\operatorname{expm1}", cases=["(3,4)"])
def expm1(xp: Any, x: Any) -> Any:
    """eˣ − 1, exact near 0 too."""
    return xp.expm1(x)


@op(
    local=lambda xp, y, x: (xp.exp(x) - xp.exp(-x)) / 2,
    latex=r"\cosh",
    cases=["(3,4)", "(2,3) in -9..9"],
)
def cosh(xp: Any, x: Any) -> Any:
    """The hyperbolic cosine (eˣ + e⁻ˣ)/2."""
    return (xp.exp(x) + xp.exp(-x)) / 2


@op(
    local=lambda xp, y, x: 2 / math.sqrt(math.pi) * xp.exp(-(x**2)),
    latex=r"\operatorname{erf}",
    cases=["(3,4)"],
)
def erf(xp: Any, x: Any) -> Any:
    """The error function 2/√π · ∫₀ˣ e^(−t²) dt (Abramowitz and Stegun, 7.1.1)."""
    return xp.erf(x)


@op(local=lambda xp, y, x: 1 / (2 * y), latex=r"\sqrt", cases=["(3,4) in 0.3..4"])
def sqrt(xp: Any, x: Any) -> Any:
    """The square root."""
    return xp.sqrt(x)


@op(
    local=lambda xp, y, x: xp.sign(x),
    latex=r"\lvert\cdot\rvert",
    cases=BOTH_SIDES,
    convention="0 at 0",
)
def abs_(xp: Any, x: Any) -> Any:
    """The absolute value |x|."""
    return xp.abs(x)


@op(local=lambda xp, y, x: xp.cos(x), latex=r"\sin", cases=["(3,4) in -4..4"])
def sin(xp: Any, x: Any) -> Any:
    """The sine of an angle in radians."""
    return xp.sin(x)


@op(local=lambda xp, y, x: -xp.sin(x), latex=r"\cos", cases=["(3,4) in -4..4"])
def cos(xp: Any, x: Any) -> Any:
    """The cosine of an angle in radians."""
    return xp.cos(x)


@op(
    local=lambda xp, y, x: 1.0,
    latex=r"\operatorname{id}",
    cases=["(3,4)"],
    aliases=["purelin"],
)
def identity(xp: Any, x: Any) -> Any:
    """The number itself: an output without an activation."""
    return x


def _safe_sigmoid(xp: Any, x: Any) -> Any:
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, e) / (1 + e)


@op(
    local=lambda xp, y, x: y * (1 - y),
    stable=_safe_sigmoid,
    latex=r"\sigma",
    cases=["(3,4) in -4..4", "(2,3) in -30..30"],
    aliases=["logistic", "logsig"],
)
def sigmoid(xp: Any, x: Any) -> Any:
    """Squash any number into (0, 1)."""
    return 1 / (1 + xp.exp(-x))


@op(
    local=lambda xp, y, x: 1 - y**2,
    latex=r"\tanh",
    cases=["(3,4) in -3..3"],
    aliases=["tansig"],
)
def tanh(xp: Any, x: Any) -> Any:
    """Squash any number into (−1, 1)."""
    return xp.tanh(x)


@op(
    local=lambda xp, y, x: x > 0,
    latex=r"\operatorname{relu}",
    cases=BOTH_SIDES,
    convention="0 at 0",
    aliases=["poslin"],
)
def relu(xp: Any, x: Any) -> Any:
    """The number where it is positive, else 0."""
    return xp.maximum(x, 0.0)


@op(
    local=lambda xp, y, x, *, slope: xp.where(x > 0, 1.0, slope),
    latex=r"\operatorname{leakyrelu}",
    cases=[*BOTH_SIDES, "(3,4) in -3..-0.1; slope=0.2"],
    convention="the slope at 0",
)
def leaky_relu(xp: Any, x: Any, *, slope: float = 0.01) -> Any:
    """The number where it is positive, else slope · x (Maas, Hannun and Ng 2013)."""
    return xp.where(x > 0, x, slope * x)


@op(
    local=lambda xp, y, x, *, alpha: xp.where(x > 0, 1.0, y + alpha),
    stable=lambda xp, x, *, alpha: xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0.0))),
    latex=r"\operatorname{elu}",
    cases=[*BOTH_SIDES, "(3,4) in -3..-0.1; alpha=0.5"],
    convention="alpha at 0",
)
def elu(xp: Any, x: Any, *, alpha: float = 1.0) -> Any:
    """The number where it is positive, else alpha · (eˣ − 1) (Clevert and others 2015)."""
    return xp.where(x > 0, x, alpha * (xp.exp(x) - 1))


@op(
    local=lambda xp, y, x: 1 / (1 + xp.exp(-x)),
    stable=lambda xp, x: xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x))),
    latex=r"\operatorname{softplus}",
    cases=["(3,4) in -4..4", "(2,3) in -30..30"],
)
def softplus(xp: Any, x: Any) -> Any:
    """A smooth relu, ln(1 + eˣ); its slope is the sigmoid (Dugas and others 2001)."""
    return xp.log(1 + xp.exp(x))


def _silu_slope(xp: Any, y: Any, x: Any) -> Any:
    s = xp.let("σ", sigmoid.forward(xp, x))
    return s + y * (1 - s)


@op(
    local=_silu_slope,
    latex=r"\operatorname{silu}",
    cases=["(3,4) in -4..4"],
    aliases=["swish"],
)
def silu(xp: Any, x: Any) -> Any:
    """The number times its sigmoid, x · σ(x) (Elfwing, Uchibe and Doya 2017)."""
    return x / (1 + xp.exp(-x))


def _gaussian(xp: Any, x: Any) -> tuple[Any, Any]:
    """The share Φ of a normal distribution below x, and its density φ at x."""
    share = xp.let("Φ", 0.5 * (1 + xp.erf(x / xp.sqrt(2.0))))
    return share, xp.let("φ", xp.exp(-(x**2) / 2) / xp.sqrt(2 * math.pi))


def _gelu_slope(xp: Any, y: Any, x: Any) -> Any:
    share, density = _gaussian(xp, x)
    return share + x * density


@op(local=_gelu_slope, latex=r"\operatorname{gelu}", cases=["(3,4) in -4..4"])
def gelu(xp: Any, x: Any) -> Any:
    """The number times the share Φ(x) of a normal distribution (Hendrycks and Gimpel 2016)."""
    return x * _gaussian(xp, x)[0]


def _gelu_tanh(xp: Any, x: Any) -> Any:
    return xp.let("t", xp.tanh(xp.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _gelu_tanh_slope(xp: Any, y: Any, x: Any) -> Any:
    t = _gelu_tanh(xp, x)
    inner = xp.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner


@op(local=_gelu_tanh_slope, latex=r"\operatorname{gelu}", cases=["(3,4) in -4..4"])
def gelu_tanh(xp: Any, x: Any) -> Any:
    """The approximation of gelu by a tanh (Hendrycks and Gimpel 2016, GPT-2)."""
    return 0.5 * x * (1 + _gelu_tanh(xp, x))
