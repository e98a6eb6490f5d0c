"""First parameters: how weights and biases are drawn, each by its published rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from whygrad.equivalents import option_hint
from whygrad.errors import ConfigError

Pair = tuple[np.ndarray, np.ndarray]  # W (out, in), b (out,)
Generator = np.random.Generator


def glorot(rng: Generator, fan_in: int, fan_out: int, hidden: bool) -> Pair:
    """±√(6 / (in + out)), uniform (Glorot and Bengio 2010, eq. 16): for sigmoid and tanh."""
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_out, fan_in)), np.zeros(fan_out)


def he(rng: Generator, fan_in: int, fan_out: int, hidden: bool) -> Pair:
    """Normal with deviation √(2 / in) (He and others 2015, eq. 10): for relu."""
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in)), np.zeros(fan_out)


def lecun(rng: Generator, fan_in: int, fan_out: int, hidden: bool) -> Pair:
    """Normal with deviation √(1 / in) (LeCun and others 1998, eq. 16)."""
    return rng.normal(0, np.sqrt(1 / fan_in), (fan_out, fan_in)), np.zeros(fan_out)


def uniform(rng: Generator, fan_in: int, fan_out: int, hidden: bool) -> Pair:
    """±1/√in for weights and biases, uniform: what PyTorch's Linear does."""
    limit = 1 / np.sqrt(fan_in)
    return rng.uniform(-limit, limit, (fan_out, fan_in)), rng.uniform(-limit, limit, fan_out)


def nguyen_widrow(rng: Generator, fan_in: int, fan_out: int, hidden: bool) -> Pair:
    """The active regions of hidden tanh units spread over inputs in [−1, 1].

    Nguyen and Widrow 1990: rows of the length 0.7 · out^(1/in), biases evenly along it. An output
    layer has nothing to spread: uniform in ±1.
    """
    W = rng.uniform(-1, 1, (fan_out, fan_in))
    if not hidden:
        return W, rng.uniform(-1, 1, fan_out)
    length = 0.7 * fan_out ** (1 / fan_in)
    W *= length / np.sqrt((W**2).sum(axis=1, keepdims=True))
    places = np.linspace(-1, 1, fan_out) if fan_out > 1 else np.zeros(1)
    return W, length * places * np.sign(W[:, 0])


def zeros(rng: Generator, fan_in: int, fan_out: int, hidden: bool) -> Pair:
    """All zero: hidden units then stay alike, which is the lesson of it."""
    return np.zeros((fan_out, fan_in)), np.zeros(fan_out)


INITIALISERS: dict[str, Callable[[Generator, int, int, bool], Pair]] = {
    "glorot": glorot,
    "he": he,
    "lecun": lecun,
    "uniform": uniform,
    "nguyen_widrow": nguyen_widrow,
    "zeros": zeros,
}


def generator(seed: int) -> Generator:
    """NumPy's generator from a seed. Raises ConfigError for what is no seed."""
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ConfigError("A seed is a whole number from 0.", given=repr(seed))
    return np.random.default_rng(seed)


def first_parameters(
    sizes: Sequence[int], bias: str, seed: int, init: str = "glorot", tied: bool = False
) -> dict[str, np.ndarray]:
    """Parameters W1 (out, in), b1, … drawn from `seed`; a shared bias starts at its units' mean.

    tied: the second half of the layers has biases only.
    Raises ConfigError for an unknown initialiser or seed.
    """
    if init not in INITIALISERS:
        hint = option_hint(init, INITIALISERS)
        raise ConfigError(f"There is no initialiser {init!r}.", hint=hint)
    rng = generator(seed)
    parameters: dict[str, np.ndarray] = {}
    for k, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        W, b = INITIALISERS[init](rng, fan_in, fan_out, k < len(sizes) - 1)
        if not tied or 2 * k < len(sizes):
            parameters[f"W{k}"] = W
        if bias != "none":
            parameters[f"b{k}"] = b if bias == "per_neuron" else np.array(b.mean())
    return parameters
