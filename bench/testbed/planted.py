"""The mistakes of the test bed, each with the entries of the catalogue that name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import whygrad as wg
from testbed import layered, shared

Arrays = dict[str, np.ndarray]

NETWORKS: list[dict[str, Any]] = [
    {"sizes": s, "activation": a, "output": o, "loss": e, "bias": b, "reduction": r, "samples": n}
    for s, a, o, e, b, r, n in [
        ((2, 2, 2), "sigmoid", "sigmoid", "half_squared_error", "shared", "mean", 1),
        ((2, 2, 2), "sigmoid", "sigmoid", "half_squared_error", "per_neuron", "mean", 4),
        ((3, 4, 2), "tanh", "identity", "squared_error", "per_neuron", "mean", 5),
        ((3, 4, 4, 2), "sigmoid", "sigmoid", "half_squared_error", "per_neuron", "sum", 3),
        ((4, 3, 3), "tanh", "identity", "softmax_cross_entropy", "per_neuron", "mean", 6),
        ((3, 3, 3, 3), "tanh", "tanh", "half_squared_error", "shared", "mean", 4),
        ((5, 4, 3), "softplus", "identity", "softmax_cross_entropy", "per_neuron", "sum", 5),
        ((3, 5, 1), "relu", "identity", "squared_error", "per_neuron", "mean", 8),
        ((4, 6, 2), "relu", "sigmoid", "half_squared_error", "per_neuron", "mean", 7),
        ((2, 3, 3, 3, 1), "tanh", "sigmoid", "half_squared_error", "none", "mean", 3),
        ((6, 5, 4), "sigmoid", "identity", "binary_cross_entropy", "per_neuron", "mean", 5),
        ((3, 3, 2), "softplus", "identity", "huber", "per_neuron", "mean", 4),
        ((4, 4, 4), "sigmoid", "identity", "absolute_error", "per_neuron", "sum", 3),
        ((2, 8, 2), "tanh", "tanh", "squared_error", "shared", "sum", 5),
        ((7, 6, 5, 4), "softplus", "sigmoid", "half_squared_error", "per_neuron", "mean", 9),
        ((3, 2, 2), "tanh", "identity", "binary_cross_entropy", "shared", "sum", 4),
        ((5, 5, 5), "relu", "identity", "softmax_cross_entropy", "per_neuron", "mean", 10),
        ((2, 2, 1), "sigmoid", "sigmoid", "squared_error", "none", "sum", 2),
        ((3, 6, 3), "sigmoid", "softplus", "huber", "shared", "mean", 6),
        ((4, 4, 4, 4), "tanh", "identity", "half_squared_error", "per_neuron", "mean", 3),
        ((10, 12, 6), "tanh", "identity", "softmax_cross_entropy", "per_neuron", "mean", 16),
        ((8, 8, 8), "softplus", "sigmoid", "half_squared_error", "per_neuron", "sum", 12),
    ]
]  # fmt: skip

EVERYWHERE = (
    "sign", "twice", "half", "mean_for_sum", "sum_for_mean", "mean_over_outputs", "extra_slope",
    "slope_missing", "slope_twice", "slope_sign", "slope_at_net", "slope_at_out", "net_for_out",
    "updated_weights", "sample_missing", "sample_only", "stale_total", "stale_delta",
    "bias_last_sample", "bias_first_sample", "bias_mean", "penalty_unasked", "penalty_on_biases",
)  # fmt: skip
IN_ONE_LAYER = (
    "slope_missing", "slope_twice", "slope_sign", "slope_at_net", "slope_at_out", "transposed",
    "path_missing", "path_only", "stale_delta", "bias_last_sample", "bias_mean", "not_summed",
    "shared_first", "shared_last", "shared_mean", "net_for_out",
)  # fmt: skip
AS_A_WHOLE = ("array_transposed", "rows_reversed", "swapped_rows", "swapped_entries", "cut")


@dataclass(frozen=True)
class Case:
    """Gradients with a mistake in them. judge: what whygrad says of them."""

    mistake: str
    where: str
    right: Arrays
    claimed: Arrays
    judge: Callable[[], Any]

    @property
    def changed(self) -> set[str]:
        """The arrays that the mistake changes, visibly."""
        return {n for n, g in self.claimed.items() if changes(g, self.right[n])}

    def names_it(self, key: str) -> bool:
        """Whether an entry of the catalogue is this mistake."""
        plain = key.removesuffix(".all").removesuffix(".whole")
        return plain in MEANS.get(self.mistake, (self.mistake,))


# Entries that say the same in other words.
MEANS = {
    "mean_for_sum": ("mean_for_sum.samples", "half"),
    "sum_for_mean": ("sum_for_mean.samples", "twice"),
    "mean_over_outputs": ("mean_for_sum.outputs", "half"),
    "extra_slope": ("extra_slope", "slope_twice"),
    "path_only": ("path_only", "path_missing"),  # of two
    "swapped_rows": ("swapped_rows", "rows_reversed"),  # the outer ones of three
    "twice": ("twice", "sum_for_mean.outputs", "sum_for_mean.samples"),
    "half": ("half", "mean_for_sum.outputs", "mean_for_sum.samples"),
}


def changes(claimed: np.ndarray, right: np.ndarray) -> bool:
    """Whether an array is another one, by more than a checker may be asked to see."""
    if claimed.shape != right.shape:
        return True
    off = np.abs(claimed - right)
    return bool((off > 1e-4 * np.maximum(np.abs(claimed), np.abs(right)) + 1e-9).any())


def cases(seed: int) -> Iterator[Case]:
    """Every mistake in every network where it changes the gradient."""
    for k, choices in enumerate(NETWORKS):
        rng = np.random.default_rng([seed, k])
        hand = layered.drawn(rng, **choices)
        yield from _in_layers(hand, f"network {k + 1}", rng)
    for k in range(6):
        rng = np.random.default_rng([seed, 100 + k])
        yield from _in_time(shared.recurrent(rng), f"recurrent {k + 1}")
        yield from _in_penalties(shared.penalised(rng), f"penalised {k + 1}")


def network(hand: layered.Layered) -> wg.Network:
    """The same network for whygrad."""
    net = wg.mlp(
        hand.sizes, activation=hand.activation, loss=hand.loss, bias=hand.bias,
        reduction=hand.reduction,
        output_activation={"softmax_cross_entropy": None, "binary_cross_entropy": "sigmoid"}.get(
            hand.loss, hand.output
        ),
    )  # fmt: skip
    return net.with_parameters(**hand.parameters)


def _in_layers(hand: layered.Layered, where: str, rng: np.random.Generator) -> Iterator[Case]:
    net, right = network(hand), hand.gradients()
    planted = [(m, None) for m in EVERYWHERE]
    planted += [(m, k) for m in IN_ONE_LAYER for k in range(1, hand.depth + 1)]
    for mistake, layer in planted:
        if not possible(hand, mistake, layer):
            continue
        width = hand.samples if "sample" in mistake else hand.sizes[layer or -1]
        claimed = hand.gradients(mistake, layer, int(rng.integers(width)))
        yield from _case(net, hand, mistake, f"{where}, layer {layer or 'all'}", right, claimed)
    for mistake in AS_A_WHOLE:
        name = f"W{rng.integers(1, hand.depth + 1)}"
        moved = rearranged(mistake, right[name], rng)
        if moved is not None:
            yield from _case(net, hand, mistake, f"{where}, {name}", right, {**right, name: moved})


def _case(
    net: wg.Network, hand: layered.Layered, mistake: str, where: str, right: Arrays, claimed: Arrays
) -> Iterator[Case]:
    case = Case(
        mistake, where, right, claimed,
        lambda: wg.check(net, hand.x, hand.y, gradients=claimed, learning_rate=layered.RATE),
    )  # fmt: skip
    if case.changed:
        yield case


def possible(hand: layered.Layered, mistake: str, layer: int | None) -> bool:
    """Whether somebody could make this mistake here at all."""
    W = hand.parameters[f"W{layer or 1}"]
    if mistake == "transposed":
        return layer is not None and layer > 1 and W.shape[0] == W.shape[1]
    if mistake in ("path_missing", "path_only"):
        return layer is not None and layer > 1 and hand.sizes[layer] > 1
    if mistake == "net_for_out" and layer is not None:
        return layer < hand.depth
    if mistake == "extra_slope":
        return "cross" in hand.loss
    if mistake.startswith("shared"):
        return hand.bias == "shared"
    if mistake.startswith("bias") or mistake in ("not_summed", "penalty_on_biases"):
        return hand.bias != "none"
    if mistake.startswith(("sample", "stale")):
        return hand.samples > 1
    if mistake == "mean_for_sum" or mistake == "sum_for_mean":
        return hand.reduction == ("sum" if mistake == "mean_for_sum" else "mean")
    return True


def rearranged(mistake: str, g: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """Right numbers in wrong places; None where that is not possible."""
    if mistake == "cut":
        return np.zeros_like(g)
    if mistake == "array_transposed":
        return g.T if g.shape[0] == g.shape[1] > 1 else None
    moved = g.copy()
    if mistake == "rows_reversed":
        return moved[::-1] if len(g) > 2 else None
    if mistake == "swapped_rows":
        a, b = rng.choice(len(g), 2, replace=False) if len(g) > 2 else (0, 0)
        moved[[a, b]] = moved[[b, a]]
        return moved
    if g.size < 3:
        return None
    a, b = (np.unravel_index(int(k), g.shape) for k in rng.choice(g.size, 2, replace=False))
    moved[a], moved[b] = g[b], g[a]
    return moved


def _in_time(hand: shared.Recurrent, where: str) -> Iterator[Case]:
    ops, p, steps = wg.ops, hand.parameters, hand.steps

    def loss(W, U, b, v):
        h = np.zeros((hand.x.shape[1], len(p["W"])))
        for t in range(steps):
            h = ops.tanh(h @ W.T + hand.x[t] @ U.T + b)
        return ops.sum((h @ v.T) ** 2)

    graph, right = wg.trace(loss, **{n: a.shape for n, a in p.items()}), hand.gradients()
    planted = [("transposed", 0), ("only_last_use", 0), ("only_first_use", 0)]
    planted += [("use_missing", t) for t in range(1, steps + 1)]
    for mistake, step in planted:
        claimed = hand.gradients(mistake, step)
        # One array at a time: in code each is a line of its own.
        names = [n for n in ("W", "U", "b") if changes(claimed[n], right[n])]
        if mistake == "transposed":
            names = names[:1] and ["all"]
        for name in names:
            one = claimed if name == "all" else {**right, name: claimed[name]}
            yield Case(
                mistake, f"{where}, {name}, step {step}", right, one,
                lambda one=one: wg.check(graph, gradients=one, **p),
            )  # fmt: skip


def _in_penalties(hand: shared.Penalised, where: str) -> Iterator[Case]:
    ops, p = wg.ops, hand.parameters

    def loss(W, b, V, c):
        out = ops.tanh(hand.x @ W.T + b) @ V.T + c
        penalty = 0.5 * shared.PENALTY * (ops.sum(W**2) + ops.sum(V**2))
        return ops.sum((out - hand.y) ** 2) + penalty

    graph, right = wg.trace(loss, **{n: a.shape for n, a in p.items()}), hand.gradients()
    for mistake in ("penalty_forgotten", "penalty_on_biases"):
        claimed = hand.gradients(mistake)
        yield Case(
            mistake, where, right, claimed,
            lambda claimed=claimed: wg.check(graph, gradients=claimed, **p),
        )  # fmt: skip
