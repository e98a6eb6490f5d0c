"""Parameters as one vector, array after array, for what solves for all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from whygrad.numeric import Array

Shapes = tuple[tuple[str, tuple[int, ...]], ...]  # by name, in the order of the vector


def shapes_of(parameters: Mapping[str, Array], names: Sequence[str]) -> Shapes:
    """The named parameters' shapes."""
    return tuple((name, tuple(parameters[name].shape)) for name in names)


def joined(parameters: Mapping[str, np.ndarray], shapes: Shapes) -> np.ndarray:
    """The vector (numbers,) of these parameters, by NumPy."""
    return np.concatenate([np.ravel(parameters[name]) for name, _ in shapes])


def parted(vector: Array, shapes: Shapes) -> dict[str, Array]:
    """The parameters of a vector (numbers,); NumPy's or JAX's."""
    found, start = {}, 0
    for name, shape in shapes:
        size = int(np.prod(shape))
        found[name] = vector[start : start + size].reshape(shape)
        start += size
    return found


def moved(parameters: Mapping[str, Array], names: Sequence[str], step: Array) -> dict[str, Array]:
    """The named parameters after a step (numbers,), in the order of the names; NumPy's or JAX's."""
    steps = parted(step, shapes_of(parameters, names))
    return {name: parameters[name] + steps[name] for name in names}
