"""Auto-encoders: the sizes of their layers, and what no auto-encoder can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from whygrad.errors import ConfigError
from whygrad.numeric import xp
from whygrad.op import Op

if TYPE_CHECKING:  # a network checks itself
    from whygrad.models.mlp import Network


def mirrored(inputs: int, hidden: Sequence[int], latent: int) -> list[int]:
    """The layers of an auto-encoder: the encoder's hidden ones, the code, the same backwards."""
    return [inputs, *hidden, latent, *reversed(hidden), inputs]


def suits_sparsity(activation: Op) -> bool:
    """Whether its values lie between 0 and 1, so that their mean can be compared with ρ."""
    reached = np.asarray(activation.value(xp, np.linspace(-9, 9, 181)[None], **activation.defaults))
    return bool(reached.min() > 0 and reached.max() < 1)


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
    if not suits_sparsity(squash):
        raise ConfigError(
            f"The code's activation {squash.name!r} does not suit a sparsity penalty.",
            why="ρ is compared with a mean activity, which must lie between 0 and 1",
            hint='activation = "sigmoid"',
        )
