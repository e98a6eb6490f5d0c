"""Splits: which rows train, which are held back; a function of the seed alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whygrad.errors import ConfigError, DataError


def split(
    samples: int, shares: Sequence[float], seed: int, labels: np.ndarray | None = None
) -> list[np.ndarray]:
    """Sorted row numbers for each share (they sum to 1), drawn from `seed`.

    labels: (samples,) class numbers, of which each part gets its share (stratified).
    Raises ConfigError for shares that cannot be, DataError where a part stays empty.
    """
    if any(s < 0 for s in shares) or abs(sum(shares) - 1) > 1e-9:
        raise ConfigError("The shares of a split sum to 1.", given=str(list(shares)))
    rng = np.random.default_rng((seed, 0x5711))
    groups = [np.arange(samples)]
    if labels is not None:
        groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    # A row goes where its rank within its class falls: every class gets its shares, and rounding
    # does not favour one part over all classes.
    rank = np.concatenate([(rng.permutation(len(g)) + rng.random()) / len(g) for g in groups]) % 1
    rows = np.concatenate(groups)
    order = rows[np.argsort(rank, kind="stable")]
    ends = np.round(np.cumsum(shares) * samples).astype(int)
    parts = [np.sort(p) for p in np.split(order, ends[:-1])]
    for part, share in zip(parts, shares, strict=True):
        if share and not len(part):
            raise DataError(
                "There are too few samples to hold any back.",
                given=f"{samples} samples, a share of {share:g}",
            )
    return parts
