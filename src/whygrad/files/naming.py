"""The reader's own names for neurons and weights: checked before anything is called by them."""

from __future__ import annotations

import re

from whygrad.errors import ConfigError, nearest
from whygrad.models.mlp import Network
from whygrad.notation import Textbook


def check_names(network: Network) -> None:
    """Refuses a name for something that is not there, and a name that could be misread."""
    if not network.renamed:
        return
    known = set(renamable(network))
    for old, new in network.renamed.items():
        if old not in known:
            raise ConfigError(
                f"[names] renames {old!r}, which is not in the network.", hint=nearest(old, known)
            )
        if not new.strip() or len(new) > 60 or re.search(r"[\[\]\s]|[^\x20-\U0010ffff]", new):
            raise ConfigError(
                f"[names] calls {old} {new!r}.",
                why="a name has 1 to 60 characters, no space and no brackets",
            )
    kept = known - set(network.renamed)
    given = list(network.renamed.values())
    for new in given:
        if given.count(new) > 1 or new in kept:
            raise ConfigError(f"[names] gives the name {new!r} to two things.")


def renamable(network: Network) -> list[str]:
    """What can be renamed: inputs, neurons, single weights, shared biases."""
    naming = Textbook(network.graph())
    units = [
        naming.unit(layer, k) for layer, width in enumerate(network.layers) for k in range(width)
    ]
    weights = sum(v.size for k, v in network.parameters.items() if k.startswith("W"))
    shared = [k for k, v in network.parameters.items() if k.startswith("b") and v.ndim == 0]
    return [*units, *(f"w{k}" for k in range(1, weights + 1)), *shared]
