"""Parameters as one vector, array after array, for what solves for all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from whygrad.numeric import Array


def moved(parameters: Mapping[str, Array], names: Sequence[str], step: Array) -> dict[str, Array]:
    """The named parameters after a step (numbers,), in the order of the names; NumPy's or JAX's."""
    after, start = {}, 0
    for name in names:
        w = parameters[name]
        after[name] = w + step[start : start + w.size].reshape(w.shape)
        start += w.size
    return after
