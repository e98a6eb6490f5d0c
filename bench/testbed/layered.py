"""Back-propagation of a layered network by hand, each line of which can be got wrong.

Weights are (out, in), a sample is a row. `Hand(...).gradients(mistake, layer, …)` is the textbook's
backward pass; without a mistake it is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


ACTIVATIONS = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "identity": lambda z: z,
}
# Each slope as a function of net and out, as people write it.
SLOPES = {
    "sigmoid": lambda z, a: a * (1 - a),
    "tanh": lambda z, a: 1 - a**2,
    "relu": lambda z, a: (z > 0).astype(float),
    "softplus": lambda z, a: sigmoid(z),
    "identity": lambda z, a: np.ones_like(z),
}
IN_OUT = ("sigmoid", "tanh")  # slopes that are written in out


@dataclass(frozen=True)
class Layered:
    """A network, its data and its loss."""

    sizes: tuple[int, ...]
    activation: str
    output: str
    loss: str
    bias: str
    reduction: str
    parameters: Arrays
    x: np.ndarray
    y: np.ndarray

    @property
    def depth(self) -> int:
        return len(self.sizes) - 1

    @property
    def samples(self) -> int:
        return len(self.x)

    def name(self, layer: int) -> str:
        return self.activation if layer < self.depth else self.output

    def forward(self) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        """net and out of every layer; out[0] is the input."""
        nets, outs = {}, {0: self.x}
        for k in range(1, self.depth + 1):
            b = self.parameters.get(f"b{k}", 0.0)
            nets[k] = outs[k - 1] @ self.parameters[f"W{k}"].T + b
            outs[k] = ACTIVATIONS[self.name(k)](nets[k])
        return nets, outs

    def first_delta(self, nets: Any, outs: Any, mistake: str) -> np.ndarray:
        """∂E/∂net of the last layer."""
        K, n = self.depth, self.samples if self.reduction == "mean" else 1
        a, z = outs[K], nets[K]
        if self.loss == "softmax_cross_entropy":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            delta = p - np.eye(self.sizes[-1])[self.y]
            if mistake == "extra_slope":
                delta = delta * p * (1 - p)
            return delta / n
        if self.loss == "binary_cross_entropy":
            p = sigmoid(z)
            delta = p - self.y
            if mistake == "extra_slope":
                delta = delta * p * (1 - p)
            return delta / n
        by_out = {
            "half_squared_error": a - self.y,
            "squared_error": 2 * (a - self.y),
            "absolute_error": np.sign(a - self.y),
            "huber": np.clip(a - self.y, -1, 1),
        }[self.loss]
        return by_out * self.slope(K, z, a, mistake, None) / n

    def slope(
        self, layer: int, z: np.ndarray, a: np.ndarray, mistake: str, at: int | None
    ) -> np.ndarray:
        """An activation's slope, or what somebody takes for it."""
        name = self.name(layer)
        right = SLOPES[name](z, a)
        if at not in (None, layer) or name == "identity":
            return right
        return {
            "slope_missing": np.ones_like(right),
            "slope_twice": right**2,
            "slope_sign": -right,
            "slope_at_net": SLOPES[name](z, z) if name in IN_OUT else right,
            "slope_at_out": SLOPES[name](a, ACTIVATIONS[name](a)),
        }.get(mistake, right)

    def gradients(self, mistake: str = "", at: int | None = None, unit: int = 0) -> Arrays:
        """The textbook's backward pass. at: the layer of the mistake; None: everywhere."""
        nets, outs = self.forward()
        K, found = self.depth, {}
        here = mistake if at in (None, K) else ""
        delta = self.first_delta(nets, outs, here)
        delta = self.over_samples(delta, mistake, unit)
        for k in range(K, 0, -1):
            W = self.parameters[f"W{k}"]
            hit = at in (None, k)
            if mistake == "stale_delta" and hit:
                delta = np.cumsum(delta, axis=0)
            found[f"W{k}"] = delta.T @ (nets[k - 1] if mistake == "net_for_out" and k > 1 and
                                        at in (None, k - 1) else outs[k - 1])  # fmt: skip
            if f"b{k}" in self.parameters:
                found[f"b{k}"] = self.bias_gradient(k, delta, mistake if hit else "", unit)
            if k == 1:
                break
            if mistake == "transposed" and hit:
                W = W.T
            if mistake == "updated_weights":
                W = W - RATE * found[f"W{k}"]
            back = delta.copy()
            if mistake == "path_missing" and hit:
                back[:, unit] = 0
            if mistake == "path_only" and hit:
                back = back * (np.arange(back.shape[1]) == unit)
            delta = back @ W
            delta = delta * self.slope(k - 1, nets[k - 1], outs[k - 1], mistake, at)
        return self.whole(found, mistake)

    def over_samples(self, delta: np.ndarray, mistake: str, sample: int) -> np.ndarray:
        """The first δ with samples left out, alone, or counted again and again."""
        rows = np.arange(len(delta))[:, None]
        if mistake == "sample_missing":
            return delta * (rows != sample)
        if mistake == "sample_only":
            return delta * (rows == sample)
        if mistake == "stale_total":
            return delta * (len(delta) - rows)
        return delta

    def bias_gradient(self, layer: int, delta: np.ndarray, mistake: str, unit: int) -> Any:
        """The bias's part: a number a neuron, or one for the layer."""
        each = {
            "bias_last_sample": delta[-1],
            "bias_first_sample": delta[0],
            "bias_mean": delta.mean(axis=0),
            "not_summed": delta,
        }.get(mistake, delta.sum(axis=0))
        if self.parameters[f"b{layer}"].shape or mistake == "not_summed":
            return each
        return {"shared_first": each[0], "shared_last": each[-1], "shared_mean": each.mean()}.get(
            mistake, each.sum()
        )

    def whole(self, found: Arrays, mistake: str) -> Arrays:
        """Mistakes that are made with the finished gradients."""
        factor = {
            "sign": -1.0,
            "twice": 2.0,
            "half": 0.5,
            "mean_for_sum": 1 / self.samples,
            "sum_for_mean": float(self.samples),
            "mean_over_outputs": 1 / self.sizes[-1],
        }.get(mistake, 1.0)
        found = {name: factor * np.asarray(g) for name, g in found.items()}
        if mistake == "penalty_unasked":
            found = {n: g + 0.01 * self.parameters[n] if n[0] == "W" else g
                     for n, g in found.items()}  # fmt: skip
        if mistake == "penalty_on_biases":
            found = {n: g + 0.01 * self.parameters[n] if n[0] == "b" else g
                     for n, g in found.items()}  # fmt: skip
        return found


RATE = 0.5  # of the update that the deltas of `updated_weights` were computed after


def drawn(rng: np.random.Generator, **choices: Any) -> Layered:
    """A network with numbers from a generator, and data that suit its loss."""
    sizes = tuple(choices["sizes"])
    parameters: Arrays = {}
    for k in range(1, len(sizes)):
        parameters[f"W{k}"] = rng.normal(size=(sizes[k], sizes[k - 1])) * 0.8
        if choices["bias"] != "none":
            shape = (sizes[k],) if choices["bias"] == "per_neuron" else ()
            parameters[f"b{k}"] = np.asarray(rng.normal(size=shape) * 0.5)
    n = choices["samples"]
    x = rng.normal(size=(n, sizes[0]))
    if choices["loss"] == "softmax_cross_entropy":
        y = rng.integers(0, sizes[-1], n)
    elif choices["loss"] == "binary_cross_entropy":
        y = rng.integers(0, 2, (n, sizes[-1])).astype(float)
    else:
        y = rng.uniform(0.1, 0.9, (n, sizes[-1]))
    fixed = {k: v for k, v in choices.items() if k not in ("sizes", "samples")}
    return Layered(sizes=sizes, parameters=parameters, x=x, y=y, **fixed)
