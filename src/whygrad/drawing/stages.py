"""A network of any size as stages: its inputs, what is done with them, layer by layer, its answer.

MATLAB's `view(net)` draws the same; no neuron is drawn, so a thousand of them take no more room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from whygrad.models.mlp import Network
from whygrad.numeric import xp
from whygrad.op import Op

REACH, POINTS = 3.0, 49  # where an activation's curve is drawn


@dataclass(frozen=True)
class Stage:
    """One stage. title: what it is; size: how many numbers leave it.

    weights, bias: of a layer, with their shapes: ("W1", "10×4"), ("b1", "10"); bias None where it
    has none. does: the activation, or the kind of scaling; "" of what only holds numbers.
    curve: the activation's values on a regular grid, scaled to 0 … 1; () where it is no function
    of one number. notes: what else is to be known of it.
    """

    title: str
    size: int
    weights: tuple[str, str] | None = None
    bias: tuple[str, str] | None = None
    does: str = ""
    curve: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


def stages(net: Network) -> tuple[Stage, ...]:
    """The stages of a network, from its inputs to its answer."""
    return tuple(_stages(net))


def _stages(net: Network) -> Iterator[Stage]:
    around, last = net.preparation, net.layers[-1]
    yield Stage("Input", net.layers[0])
    if around is not None and around.inputs is not None:
        yield Stage("Scaling", net.layers[0], does=around.inputs.kind)
    for k in range(1, net.depth + 1):
        yield _layer(net, k)
    if around is not None and around.targets is not None:
        yield Stage("Unscaling", last, does=around.targets.kind)
    if around is not None and around.classes is not None:
        rule = "largest" if last > 1 else "over ½"
        yield Stage("Class", 1, does=rule, notes=(f"{len(around.classes):,} classes",))
        last = 1
    yield Stage("Output", last)


def _layer(net: Network, k: int) -> Stage:
    out, into = net.layers[k], net.layers[k - 1]
    own, kept = f"W{k}", net.parameters.get(f"b{k}")
    weights = own if own in net.parameters else f"W{net.depth + 1 - k}ᵀ"
    notes: tuple[str, ...] = ("tied",) if weights != own else ()
    if net.sparsity is not None and k == net.code_layer:
        notes += (f"sparse: ρ = {net.sparsity.rho:g}, β = {net.sparsity.beta:g}",)
    bias = None
    if kept is not None:
        bias = f"b{k}", f"{out:,}" if kept.ndim else "shared"
    activation = net.activations[k - 1]
    return Stage(
        title(net, k), out, (weights, f"{out:,}×{into:,}"), bias, activation.name,
        curve(activation), notes,
    )  # fmt: skip


def title(net: Network, k: int) -> str:
    """What a layer is called."""
    if k == net.depth:
        return "Output layer"
    if net.autoencoder and k == net.code_layer:
        return "Code"
    return "Hidden" if net.depth == 2 else f"Hidden {k}"


def curve(activation: Op) -> tuple[float, ...]:
    """The shape of an element-wise activation around 0; () of another."""
    if not activation.elementwise or len(activation.operands) != 1:
        return ()
    x = np.linspace(-REACH, REACH, POINTS)
    with np.errstate(all="ignore"):
        y = np.broadcast_to(np.asarray(activation.value(xp, x), float), x.shape)
    low, high = y.min(), y.max()
    if not np.isfinite(y).all() or not high > low:
        return ()
    return tuple(((y - low) / (high - low)).tolist())
