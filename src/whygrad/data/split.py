"""Splits: which rows train, validate and test; a function of the seed alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, DataError, nearest

PARTS = ("train", "validation", "test")
WAYS = ("random", "block", "interleaved", "none")
ALIASES = {
    "dividerand": "random", "divideblock": "block", "divideint": "interleaved",
    "dividetrain": "none",
}  # fmt: skip


def division(given: Any) -> str | Mapping[str, Any]:
    """How rows are divided: one of WAYS, by its name or MATLAB's, or the rows of each part.

    Raises ConfigError for anything else.
    """
    hint = '{"train": [0, 1, 2], "validation": [3], "test": [4]}, rows counted from 0'
    if isinstance(given, Mapping):
        unknown = next((key for key in given if key not in PARTS), None)
        if unknown is not None:
            raise ConfigError(f"divide has no part {unknown!r}.", hint=nearest(str(unknown), PARTS))
        for part, rows in given.items():
            if np.ndim(rows) != 1:
                raise ConfigError(
                    f"divide: the rows of {part!r} must be a list of whole numbers.",
                    given=repr(rows)[:100],
                    hint="range(0, 100)" if isinstance(rows, slice) else hint,
                )
        return given
    if given == "divideind":
        raise ConfigError("divideind needs the rows of each part.", hint=f"divide = {hint}")
    name = ALIASES.get(given, given) if isinstance(given, str) else given
    if name not in WAYS:
        known = nearest(str(given), (*WAYS, *ALIASES))
        raise ConfigError(f"There is no way {given!r} to divide.", hint=f"{known}; or {hint}")
    return str(name)


def divided(
    samples: int,
    shares: Sequence[float],
    seed: int,
    how: str | Mapping[str, Any] = "random",
    labels: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Sorted row numbers of each part. shares: of PARTS, as many as are given.

    how: what `division` gave. "random" draws from the seed, of each of the labels (samples,) its
    share; "block" takes the first rows to train, the last to test; "interleaved" spreads each part
    evenly; "none" trains all; a mapping says the rows itself.
    Raises ConfigError for shares or rows that cannot be, DataError where a part stays empty.
    """
    if isinstance(how, Mapping):
        return _said(how, samples)
    if how == "none":
        return [np.arange(samples), *(np.array([], int) for _ in shares[1:])]
    if how == "random":
        return split(samples, shares, seed, labels)
    ends = _ends(samples, shares)
    if how == "block":
        order = np.arange(samples)
    else:  # the k-th of n rows of a part lies at (k + ½)/n of the way
        counts = np.diff(ends, prepend=0)
        places = np.concatenate([(np.arange(n) + 0.5) / max(n, 1) for n in counts])
        order = np.argsort(np.argsort(places, kind="stable"), kind="stable")
    return _parts(order, ends, samples, shares)


def split(
    samples: int, shares: Sequence[float], seed: int, labels: np.ndarray | None = None
) -> list[np.ndarray]:
    """Sorted row numbers for each share (they sum to 1), drawn from `seed`.

    labels: (samples,) class numbers, of which each part gets its share (stratified).
    Raises ConfigError for shares that cannot be, DataError where a part stays empty.
    """
    ends = _ends(samples, shares)
    rng = np.random.default_rng((seed, 0x5711))
    groups = [np.arange(samples)]
    if labels is not None:
        groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    # A row goes where its rank within its class falls: every class gets its shares, and rounding
    # does not favour one part over all classes.
    rank = np.concatenate([(rng.permutation(len(g)) + rng.random()) / len(g) for g in groups]) % 1
    rows = np.concatenate(groups)
    return _parts(rows[np.argsort(rank, kind="stable")], ends, samples, shares)


def _ends(samples: int, shares: Sequence[float]) -> np.ndarray:
    """Where each part ends, in rows."""
    if any(s < 0 for s in shares) or abs(sum(shares) - 1) > 1e-9:
        raise ConfigError("The shares of a split sum to 1.", given=str(list(shares)))
    return np.round(np.cumsum(shares) * samples).astype(int)


def _parts(
    order: np.ndarray, ends: np.ndarray, samples: int, shares: Sequence[float]
) -> list[np.ndarray]:
    """Rows in an order, cut at the ends."""
    parts = [np.sort(p) for p in np.split(order, ends[:-1])]
    for part, share in zip(parts, shares, strict=True):
        if share and not len(part):
            raise DataError(
                "There are too few samples to hold any back.",
                given=f"{samples} samples, a share of {share:g}",
            )
    return parts


def _said(given: Mapping[str, Any], samples: int) -> list[np.ndarray]:
    """The rows that were said for each part, none of them twice."""
    parts = [_rows(name, given.get(name, ()), samples) for name in PARTS]
    if not len(parts[0]):
        raise ConfigError("divide has no rows that train.", hint='{"train": [0, 1, …], …}')
    rows, counts = np.unique(np.concatenate(parts), return_counts=True)
    if (counts > 1).any():
        raise ConfigError(
            f"divide has the row {rows[counts > 1][0]} twice.", why="a row belongs to one part"
        )
    return parts


def _rows(part: str, given: Any, samples: int) -> np.ndarray:
    """The rows that were said for a part."""
    rows: np.ndarray = np.asarray(given)
    if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
        raise ConfigError(
            f"divide: the rows of {part!r} must be whole numbers.", given=repr(given)[:100]
        )
    outside = (rows < 0) | (rows >= samples)
    if outside.any():
        wrong = int(rows[outside][0])
        raise ConfigError(
            f"divide: {part!r} has the row {wrong}.",
            given=f"{samples:,} samples, rows 0 to {samples - 1:,}",
            hint="rows are counted from 0: MATLAB's indices minus 1" if wrong == samples else "",
        )
    return np.sort(rows.astype(int))
