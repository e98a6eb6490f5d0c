"""Softmax and its like, and layer normalisation: numbers made comparable along an axis."""

from __future__ import annotations

from typing import Any

from whygrad.op import op
from whygrad.ops.reduce import spread


def _safe_logsumexp(xp: Any, x: Any, *, axis: Any, keepdims: bool) -> Any:
    top = xp.max(x, axis=axis, keepdims=True)
    rest = xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=keepdims))
    return rest + (top if keepdims else xp.reshape(top, rest.shape))


@op(
    back=lambda xp, g, y, x, *, axis, keepdims: (
        spread(xp, g, x, axis, keepdims) * xp.exp(x - spread(xp, y, x, axis, keepdims)),
    ),
    stable=_safe_logsumexp,
    latex=r"\log\sum\exp",
    cases=["(3,4)", "(2,3); axis=0, keepdims=True", "(2,3,2); axis=None", "(2,3,2); axis=(0,2)"],
)
def logsumexp(xp: Any, x: Any, *, axis: Any = -1, keepdims: bool = False) -> Any:
    """The logarithm of the sum of eˣ along the axes: a smooth maximum."""
    return xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=keepdims))


def _safe_softmax(xp: Any, x: Any, *, axis: int) -> Any:
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


@op(
    back=lambda xp, g, y, x, *, axis: (y * (g - xp.sum(g * y, axis=axis, keepdims=True)),),
    stable=_safe_softmax,
    latex=r"\operatorname{softmax}",
    cases=["(3,4)", "(2,3); axis=0", "(2,3,4) in -5..5; axis=1"],
)
def softmax(xp: Any, x: Any, *, axis: int = -1) -> Any:
    """Positive numbers that sum to 1 along the axis, in the proportions of eˣ (Bridle 1990)."""
    e = xp.exp(x)
    return e / xp.sum(e, axis=axis, keepdims=True)


@op(
    back=lambda xp, g, y, x, *, axis: (g - xp.exp(y) * xp.sum(g, axis=axis, keepdims=True),),
    stable=lambda xp, x, *, axis: x - logsumexp.value(xp, x, axis=axis, keepdims=True),
    latex=r"\log\operatorname{softmax}",
    cases=["(3,4)", "(2,3); axis=0", "(2,3,4) in -5..5; axis=1"],
)
def log_softmax(xp: Any, x: Any, *, axis: int = -1) -> Any:
    """The logarithm of softmax along the axis."""
    return x - xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=True))


def standardised(xp: Any, x: Any, eps: float) -> tuple[Any, Any]:
    """x̂ = (x − μ)/σ along the last axis, and σ."""
    centred = x - xp.let("μ", xp.mean(x, axis=-1, keepdims=True))
    spread_ = xp.let("σ", xp.sqrt(xp.mean(centred**2, axis=-1, keepdims=True) + eps))
    return xp.let("x̂", centred / spread_), spread_


def _layer_norm_back(
    xp: Any, g: Any, y: Any, x: Any, gain: Any, bias: Any, *, eps: float
) -> tuple[Any, Any, Any]:
    normal, scale = standardised(xp, x, eps)
    d = xp.let("∂x̂", g * gain)  # the gradient of x̂
    along = normal * xp.mean(d * normal, axis=-1, keepdims=True)
    return (d - xp.mean(d, axis=-1, keepdims=True) - along) / scale, g * normal, g


@op(
    back=_layer_norm_back,
    latex=r"\operatorname{layernorm}",
    cases=["(3,4), (4,), (4,)", "(2,3,4), (4,), (4,); eps=0.1", "(2,3), (), (3,)"],
)
def layer_norm(xp: Any, x: Any, gain: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    """Each row of x (…, n) shifted to mean 0 and scaled to variance 1, then · gain + bias, (n,).

    Ba, Kiros and Hinton 2016; the variance is divided by n, and eps added to it.
    """
    return standardised(xp, x, eps)[0] * gain + bias
