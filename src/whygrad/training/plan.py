"""Plan: how many updates, of how many rows, at which rate; refused here where it cannot be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, nearest
from whygrad.training.update import UPDATE_RULES

ORDERS = ("simultaneous", "sequential")


@dataclass(frozen=True)
class Plan:
    """The schedule of a training: every number checked, epochs counted in iterations."""

    optimizer: str
    learning_rate: float
    iterations: int
    samples: int
    batch_size: int
    shuffle: bool
    seed: int
    update_order: str

    @property
    def whole(self) -> bool:
        """Whether every update sees all samples."""
        return self.batch_size == self.samples

    def rows(self, iteration: int) -> np.ndarray:
        """The samples that an update sees, a function of the seed and the iteration alone."""
        size = self.batch_size
        epoch, batch = divmod(iteration, batches(self.samples, size))
        if self.whole or not self.shuffle:
            return np.arange(self.samples)[batch * size : (batch + 1) * size]
        return shuffled(self.samples, self.seed, epoch)[batch * size : (batch + 1) * size]


def batches(samples: int, batch_size: int) -> int:
    """How many updates an epoch has; the last one sees what is left."""
    return -(-samples // batch_size)


@lru_cache(maxsize=4)
def shuffled(samples: int, seed: int, epoch: int) -> np.ndarray:
    """The order of the samples in an epoch: any epoch's, without the ones before it."""
    return np.random.default_rng((seed, epoch)).permutation(samples)


def make_plan(
    *,
    samples: int | None,
    optimizer: str,
    learning_rate: float,
    iterations: int | None,
    epochs: int | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int,
    update_order: str,
) -> Plan:
    """The plan of these options; samples: None for a traced graph: it has no rows and no layers.

    Raises ConfigError for what no training can be run with.
    """
    choice("optimizer", optimizer, tuple(UPDATE_RULES))
    choice("update_order", update_order, ORDERS)
    if not is_number(learning_rate) or not 0 < learning_rate < math.inf:
        raise ConfigError("learning_rate must be a positive number.", given=repr(learning_rate))
    whole_number("seed", seed, 0)
    if update_order == "sequential":
        check_sequential(samples is not None, optimizer)
    rows = check_batch_size(batch_size, samples)
    return Plan(
        optimizer=optimizer,
        learning_rate=float(learning_rate),
        iterations=count(iterations, epochs, batches(samples or 1, rows)),
        samples=samples or 1,
        batch_size=rows,
        shuffle=bool(shuffle),
        seed=int(seed),
        update_order=update_order,
    )


def count(iterations: int | None, epochs: int | None, per_epoch: int) -> int:
    """How many updates are asked for."""
    if iterations is not None and epochs is not None:
        raise ConfigError(
            "Both iterations and epochs were given.",
            given=f"iterations = {iterations!r}, epochs = {epochs!r}",
            why="an epoch is as many iterations as there are batches",
            hint="give one of the two",
        )
    if iterations is not None:
        return whole_number("iterations", iterations, 0)
    if epochs is not None:
        return whole_number("epochs", epochs, 0) * per_epoch
    raise ConfigError(
        "How long to train was not said.", hint="iterations = 1000 (updates), or epochs = 100"
    )


def check_batch_size(batch_size: int | None, samples: int | None) -> int:
    """Rows an update: all of them where nothing is said."""
    if batch_size is None:
        return samples or 1
    if samples is None:
        raise ConfigError(
            "batch_size was given for a traced graph.",
            given=repr(batch_size),
            why="its shapes are fixed: every update sees all of its data",
        )
    whole_number("batch_size", batch_size, 1)
    if batch_size > samples:
        raise ConfigError(
            "batch_size is larger than the number of samples.",
            given=f"{batch_size:,} rows an update, {samples:,} samples",
            hint="leave it out: every update then sees all samples",
        )
    return int(batch_size)


def check_sequential(layered: bool, optimizer: str) -> None:
    if not layered:
        raise ConfigError(
            'update_order = "sequential" was asked for a traced graph.',
            why="it updates layer by layer, and a traced graph has no layers",
            hint='"simultaneous", or a network of wg.mlp',
        )
    if optimizer != "sgd":
        raise ConfigError(
            f'update_order = "sequential" was asked with the optimizer {optimizer!r}.',
            why="it is defined for plain gradient descent",
            hint='optimizer = "sgd"',
        )


def choice(key: str, given: Any, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ConfigError(f"There is no {key} {given!r}.", hint=nearest(str(given), known))


def whole_number(key: str, given: Any, least: int) -> int:
    good = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not good or given < least:
        raise ConfigError(f"{key} must be a whole number, at least {least}.", given=repr(given))
    return int(given)


def is_number(given: Any) -> bool:
    return isinstance(given, (int, float, np.number)) and not isinstance(given, bool)
