"""Auto-encoders: the sizes of their layers, and what no auto-encoder can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from whygrad.errors import ConfigError
from whygrad.models.activations import reach
from whygrad.op import Op

if TYPE_CHECKING:  # a network checks itself
    from whygrad.models.mlp import Network


def mirrored(inputs: int, hidden: Sequence[int], latent: int) -> list[int]:
    """The layers of an auto-encoder: the encoder's hidden ones, the code, the same backwards.

    Raises ConfigError for a code that cannot be.
    """
    if not isinstance(latent, (int, np.integer)) or isinstance(latent, bool) or latent < 1:
        raise ConfigError("latent must be a whole number from 1.", given=repr(latent))
    return [inputs, *hidden, latent, *reversed(hidden), inputs]


def decoder(net: Network) -> Network:
    """What follows the code, as a network of its own: codes in, answers in the data's terms out."""
    code, layers = net.code_layer, range(net.code_layer + 1, net.depth + 1)
    parameters = {f"W{k - code}": net.weight(k) for k in layers}
    for k in layers:
        if f"b{k}" in net.parameters:
            parameters[f"b{k - code}"] = net.parameters[f"b{k}"]
    return replace(
        net,
        layers=net.layers[code:],
        activations=net.activations[code:],
        parameters=parameters,
        renamed={},
        autoencoder=False,
        preparation=net.preparation and replace(net.preparation, encoder=None, inputs=None),
        tied=False,
        sparsity=None,
    )


def usual_outputs(op: Op) -> np.ndarray:
    """An activation's outputs (1, units) for net inputs from −9 to 9, as they are usual."""
    return np.asarray(op(np.linspace(-9, 9, 181)[None]), float)


def span(op: Op) -> tuple[float, float]:
    """What an activation's outputs lie between; of one that reads all units at once, usually."""
    if op.elementwise:
        return reach(op)
    usual = usual_outputs(op)
    return float(usual.min()), float(usual.max())


def check_autoencoder(net: Network) -> None:
    """Refuses what no auto-encoder can be, and what only one can have. Raises ConfigError."""
    sizes = net.layers
    if net.autoencoder and sizes[0] != sizes[-1]:
        raise ConfigError(
            "An auto-encoder gives back its inputs.",
            given=f"{sizes[0]} inputs, {sizes[-1]} outputs",
            hint="make the last layer as wide as the first",
        )
    if net.tied and (not net.autoencoder or sizes != sizes[::-1] or net.depth % 2):
        raise ConfigError(
            "Tied weights were asked of a network whose two halves are not alike.",
            given=f"layers = {list(sizes)}, autoencoder = {net.autoencoder}",
            why="the decoder's weights are the encoder's, transposed",
            hint="autoencoder=True and sizes that read the same backwards: [64, 25, 64]",
        )
    if net.sparsity is None:
        return
    if not net.autoencoder or net.depth == 1:
        raise ConfigError("Sparsity is asked of the code of an auto-encoder.", hint="[64, 25, 64]")
    squash = net.activations[net.code_layer - 1]
    low, high = span(squash)
    usual = usual_outputs(squash)
    # 0 and 1 themselves may be approached, as a sigmoid does, but not be there: KL is infinite.
    if low < 0 or high > 1 or not ((usual > 0) & (usual < 1)).all():
        raise ConfigError(
            f"The code's activation {squash.name!r} does not suit a sparsity penalty.",
            why="ρ is compared with a mean activity, which must lie between 0 and 1",
            hint='"sigmoid" there: by activation, of an Autoencoder by code_activation',
        )
