"""Right gradients that a checker may take for wrong: coarse types, kinks, numbers of bad scale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import whygrad as wg
from testbed import layered
from testbed.planted import NETWORKS, network

Judged = tuple[str, Callable[[], Any]]


def right_gradients(seed: int) -> Iterator[Judged]:
    """Checks of which none may raise an alarm: what they are, and the check."""
    for round_ in range(4):
        for k, choices in enumerate(NETWORKS):
            rng = np.random.default_rng([seed, round_, k])
            yield from _of_a_network(layered.drawn(rng, **choices), f"network {k + 1}", rng)
    yield from _at_kinks(np.random.default_rng([seed, 1000]))


def _of_a_network(hand: layered.Layered, name: str, rng: Any) -> Iterator[Judged]:
    yield f"{name}, by hand", lambda: _by_hand(hand)
    scaled = {n: a * 10.0 ** rng.integers(-5, 6) for n, a in hand.parameters.items()}
    bad = layered.Layered(**{**vars(hand), "parameters": scaled})
    # A saturated sigmoid under a binary cross-entropy meets PyTorch's clamps: no gradient there.
    if hand.loss != "binary_cross_entropy":
        yield f"{name}, badly scaled", lambda: wg.check(network(bad), bad.x, bad.y)
    far = layered.Layered(**{**vars(hand), "x": hand.x * 1e3})
    yield f"{name}, large inputs", lambda: wg.check(network(far), far.x, far.y)
    yield f"{name}, float32", lambda: _float32(hand, inside=False)
    yield f"{name}, float32 inside", lambda: _float32(hand, inside=True)


def _by_hand(hand: layered.Layered) -> Any:
    return wg.check(network(hand), hand.x, hand.y, gradients=hand.gradients())


def loss_of(hand: layered.Layered) -> float:
    """The loss by hand, in the type of the parameters."""
    nets, outs = hand.forward()
    z, a = nets[hand.depth], outs[hand.depth]
    if hand.loss == "softmax_cross_entropy":
        top = z.max(axis=1, keepdims=True)
        logs = z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True))
        each = -logs[np.arange(len(z)), hand.y]
    elif hand.loss == "binary_cross_entropy":
        each = np.logaddexp(z.dtype.type(0), z) - hand.y.astype(z.dtype) * z
    else:
        off = a - hand.y.astype(a.dtype)
        near = np.abs(off) <= 1
        each = {
            "half_squared_error": off**2 / 2,
            "squared_error": off**2,
            "absolute_error": np.abs(off),
            "huber": np.where(near, off**2 / 2, np.abs(off) - off.dtype.type(0.5)),
        }[hand.loss]
    total = each.sum(dtype=each.dtype)
    return total / each.dtype.type(hand.samples if hand.reduction == "mean" else 1)


def _float32(hand: layered.Layered, *, inside: bool) -> Any:
    """A pair of functions in float32; inside: whatever they are handed, so that none is exact."""

    def coarse(p: dict[str, np.ndarray]) -> layered.Layered:
        kind = np.float32 if inside else next(iter(p.values())).dtype
        cast = {n: a.astype(kind) for n, a in p.items()}
        return layered.Layered(**{**vars(hand), "parameters": cast, "x": hand.x.astype(kind)})

    start = {n: a.astype(np.float64 if inside else np.float32) for n, a in hand.parameters.items()}
    return wg.check_gradient(
        lambda p: float(loss_of(coarse(p))), lambda p: coarse(p).gradients(), start
    )


def _at_kinks(rng: Any) -> Iterator[Judged]:
    for k in range(30):
        net = wg.mlp([3, 4, 2], activation="relu", output_activation="identity", seed=k,
                     loss="half_squared_error" if k % 2 else "absolute_error")  # fmt: skip
        W1 = net.parameters["W1"].copy()
        W1[k % 4] = 0  # its net input is exactly 0
        x, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 2))
        if k % 3 == 0:
            x[0] = 0
        dead = net.with_parameters(W1=W1, b1=np.where(np.arange(4) == k % 4, 0.0, 0.1))
        yield f"kink {k + 1}", lambda net=dead, x=x, y=y: wg.check(net, x, y)
        close = net.with_parameters(
            b1=-(x[0] @ net.parameters["W1"].T) + 10.0 ** -rng.integers(2, 9)
        )
        yield f"close to a kink {k + 1}", lambda net=close, x=x, y=y: wg.check(net, x, y)
