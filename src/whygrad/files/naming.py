"""The reader's own names for neurons and weights: checked before anything is called by them."""

from __future__ import annotations

import re
from collections import Counter
from unicodedata import category, name

from whygrad.errors import ConfigError, nearest
from whygrad.models.mlp import Network
from whygrad.notation import Textbook

# Signs that are not seen, or turn around those beside them: controls, formats, breaks, halves.
UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Cs")


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
        if not new.strip() or len(new) > 60 or re.search(r"[\[\]\s]", new):
            raise ConfigError(
                f"[names] calls {old} {new!r}.",
                why="a name has 1 to 60 characters, no space and no brackets",
            )
        unseen = next((sign for sign in new if category(sign) in UNSEEN), "")
        if unseen:
            raise ConfigError(
                f"[names] calls {old} {new!r}.",
                given=f"U+{ord(unseen):04X}, {name(unseen, 'a control character').lower()}",
                why="a name has no signs that are not seen",
            )
    kept = known - set(network.renamed)
    for new, times in Counter(network.renamed.values()).items():
        if times > 1 or new in kept:
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
