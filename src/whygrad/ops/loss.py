"""Losses, element by element or a sample at a time: what is summed or averaged is another node."""

from __future__ import annotations

from typing import Any

from whygrad.op import op
from whygrad.ops.functions import sigmoid
from whygrad.ops.normalise import log_softmax, softmax
from whygrad.ops.reduce import mean, sum_

PAIRS = ("(3,4), (3,4)", "(1,2), (1,2)")
PROBABILITIES = ("(3,4) in 0.1..0.9, (3,4) in 0..1", "(4,) in 0.1..0.9, (4,) int 0..1")


@op(
    local=(lambda xp, y, out, target: -(target - out), lambda xp, y, out, target: target - out),
    latex=r"\operatorname{E}",
    cases=PAIRS,
)
def half_squared_error(xp: Any, out: Any, target: Any) -> Any:
    """½(target − out)², for each output: the article's error."""
    return 0.5 * (target - out) ** 2


@op(
    local=(
        lambda xp, y, out, target: -2 * (target - out),
        lambda xp, y, out, target: 2 * (target - out),
    ),
    latex=r"\operatorname{E}",
    cases=PAIRS,
)
def squared_error(xp: Any, out: Any, target: Any) -> Any:
    """(target − out)², for each output."""
    return (target - out) ** 2


@op(composite=True, latex=r"\operatorname{MSE}", cases=PAIRS, aliases=["mse"])
def mean_squared_error(out: Any, target: Any) -> Any:
    """The mean of (target − out)² over all outputs of all samples: one number."""
    return mean(squared_error(out, target))


@op(composite=True, latex=r"\operatorname{SSE}", cases=PAIRS, aliases=["sse"])
def sum_squared_error(out: Any, target: Any) -> Any:
    """The sum of (target − out)² over all outputs of all samples: one number."""
    return sum_(squared_error(out, target))


@op(
    local=(
        lambda xp, y, out, target: xp.sign(out - target),
        lambda xp, y, out, target: xp.sign(target - out),
    ),
    latex=r"\lvert\cdot\rvert",
    cases=["(3,4) in 0..1, (3,4) in 1.1..2", "(1,2) in 0..1, (1,2) in -2..-0.1"],
    convention="0 where out = target",
)
def absolute_error(xp: Any, out: Any, target: Any) -> Any:
    """|target − out|, for each output."""
    return xp.abs(target - out)


@op(
    composite=True,
    latex=r"\operatorname{MAE}",
    cases=["(3,4) in 0..1, (3,4) in 1.1..2"],
    aliases=["mae"],
)
def mean_absolute_error(out: Any, target: Any) -> Any:
    """The mean of |target − out| over all outputs of all samples: one number."""
    return mean(absolute_error(out, target))


def _within(xp: Any, distance: Any, delta: float) -> Any:
    return xp.maximum(xp.minimum(distance, delta), -delta)


@op(
    local=(
        lambda xp, y, out, target, *, delta: _within(xp, out - target, delta),
        lambda xp, y, out, target, *, delta: _within(xp, target - out, delta),
    ),
    latex=r"\operatorname{huber}",
    cases=[
        "(3,4) in -0.45..0.45, (3,4) in -0.45..0.45",
        "(3,4) in 1.1..2, (4,) in -1..0",
        "(3,4) in -1..0, (3,4) in 0.6..2; delta=0.5",
    ],
)
def huber(xp: Any, out: Any, target: Any, *, delta: float = 1.0) -> Any:
    """Half the squared error up to a distance delta, straight lines beyond it (Huber 1964)."""
    distance = xp.abs(target - out)
    return xp.where(distance <= delta, 0.5 * distance**2, delta * (distance - 0.5 * delta))


def _log(xp: Any, p: Any) -> Any:
    return xp.maximum(xp.log(p), -100.0)


@op(
    local=(
        lambda xp, y, out, target: (out - target) / xp.maximum(out * (1 - out), 1e-12),
        lambda xp, y, out, target: _log(xp, 1 - out) - _log(xp, out),
    ),
    stable=lambda xp, out, target: -(target * _log(xp, out) + (1 - target) * _log(xp, 1 - out)),
    latex=r"\operatorname{E}",
    cases=PROBABILITIES,
    convention="ln ≥ −100 and out · (1 − out) ≥ 1e-12, as PyTorch",
)
def binary_cross_entropy(xp: Any, out: Any, target: Any) -> Any:
    """−(t·ln out + (1 − t)·ln(1 − out)), for each output, a probability."""
    return -(target * xp.log(out) + (1 - target) * xp.log(1 - out))


@op(
    local=lambda xp, y, mean, *, rho: -rho / mean + (1 - rho) / (1 - mean),
    latex=r"\operatorname{KL}",
    cases=["(4,) in 0.05..0.95", "(4,) in 0.1..0.9; rho=0.3"],
)
def bernoulli_divergence(xp: Any, mean: Any, *, rho: float = 0.05) -> Any:
    """ρ·ln(ρ/m) + (1 − ρ)·ln((1 − ρ)/(1 − m)): how far a mean activity m is from a wanted ρ.

    The divergence of two Bernoulli distributions (Kullback and Leibler 1951), the penalty of sparse
    auto-encoders (Ng, CS294A lecture notes, 2011).
    """
    return rho * xp.log(rho / mean) + (1 - rho) * xp.log((1 - rho) / (1 - mean))


def _sigmoid(xp: Any, net: Any) -> Any:
    return xp.let("σ", sigmoid.forward(xp, net))


@op(
    local=(
        lambda xp, y, net, target: _sigmoid(xp, net) - target,
        lambda xp, y, net, target: -net,
    ),
    stable=lambda xp, net, target: (
        xp.maximum(net, 0.0) - net * target + xp.log1p(xp.exp(-xp.abs(net)))
    ),
    latex=r"\operatorname{E}",
    cases=["(3,4) in -4..4, (3,4) in 0..1", "(4,) in -9..9, (4,) int 0..1"],
    aliases=["bce_with_logits"],
)
def binary_cross_entropy_with_logits(xp: Any, net: Any, target: Any) -> Any:
    """binary_cross_entropy of σ(net), for each output, without the overflow of the two apart."""
    s = _sigmoid(xp, net)
    return -(target * xp.log(s) + (1 - target) * xp.log(1 - s))


@op(
    local=(lambda xp, y, net, target: xp.exp(net) - target, lambda xp, y, net, target: -net),
    latex=r"\operatorname{E}",
    cases=["(3,4) in -2..2, (3,4) in 0..3", "(4,) in -2..2, (4,) int 0..4"],
    aliases=["poisson"],
)
def poisson_nll(xp: Any, net: Any, target: Any) -> Any:
    """exp(net) − target·net, for each output: −ln of a Poisson probability, but for ln(target!).

    The mean is exp(net); counts from 0 (McCullagh and Nelder 1989, ch. 6; PyTorch's
    PoissonNLLLoss).
    """
    return xp.exp(net) - target * net


def _labels(net: Any, target: Any) -> bool:
    return len(target.shape) < len(net.shape)


def _rows(xp: Any, net: Any, target: Any) -> Any:
    """Targets as rows of probabilities; a label is a row with a single 1."""
    return xp.one_hot(target, net.shape[-1]) if _labels(net, target) else target


def _softmax_cross_entropy_back(xp: Any, g: Any, y: Any, net: Any, target: Any) -> tuple[Any, Any]:
    p = xp.let("p", softmax.value(xp, net, axis=-1))
    t = _rows(xp, net, target)
    upstream = xp.reshape(g, (*g.shape, 1))
    if _labels(net, target):
        return upstream * (p - t), None
    whole = xp.sum(t, axis=-1, keepdims=True)  # 1 for probabilities, and right where it is not
    return upstream * (p * whole - t), -upstream * log_softmax.value(xp, net, axis=-1)


@op(
    back=_softmax_cross_entropy_back,
    stable=lambda xp, net, target: (
        -xp.sum(_rows(xp, net, target) * log_softmax.value(xp, net, axis=-1), axis=-1)
    ),
    latex=r"\operatorname{CE}",
    cases=["(3,4), (3,) int 0..3", "(3,4), (3,4) in 0..1", "(2,2,3) in -5..5, (2,2) int 0..2"],
    aliases=["cross_entropy", "crossentropy"],
)
def softmax_cross_entropy(xp: Any, net: Any, target: Any) -> Any:
    """−Σ t·ln p with p = softmax(net), one loss a sample: net (N, k), target labels or rows.

    target: whole numbers (N,) from 0 to k − 1, or probabilities (N, k), of which each row sums to 1
    (Bishop 2006, eq. 4.108; the gradient p − t is eq. 4.109).
    """
    p = xp.let("p", softmax.forward(xp, net, axis=-1))
    return -xp.sum(_rows(xp, net, target) * xp.log(p), axis=-1)
