"""Scaling of columns: an affine map that is fitted once, undone on outputs, saved with a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, DataError, nearest

KINDS = ("none", "standard", "minmax")
LARGE = 20.0  # inputs around here saturate sigmoids and make steps explode
BLOCK = 65_536  # rows at a time, so that a large table is never held twice


@dataclass(frozen=True, eq=False)
class Scaler:
    """x ↦ (x − shift) · factor, column by column; shift and factor have shape (columns,)."""

    kind: str
    shift: np.ndarray
    factor: np.ndarray

    def scaled(self, x: np.ndarray) -> np.ndarray:
        """Columns as the network sees them, in the type of x."""
        return ((x - self.shift) * self.factor).astype(x.dtype, copy=False)

    def scale_in_place(self, x: np.ndarray) -> None:
        """The same without a second copy of a large array."""
        for start in range(0, len(x), BLOCK):
            part = x[start : start + BLOCK]
            part[...] = (part - self.shift) * self.factor

    def restored(self, x: np.ndarray) -> np.ndarray:
        """Columns in their own units again."""
        return (x / self.factor + self.shift).astype(x.dtype, copy=False)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "kind": self.kind, "shift": self.shift.tolist(), "factor": self.factor.tolist(),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scaler:
        """What `to_dict` gave."""
        return cls(data["kind"], np.array(data["shift"], float), np.array(data["factor"], float))


def fit(
    x: np.ndarray,
    kind: str,
    known: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    onto: tuple[float, float] = (-1.0, 1.0),
) -> Scaler | None:
    """The scaler of columns x (samples, columns); None for "none".

    standard: mean 0, deviation 1. minmax: onto an interval. A constant column is only shifted.
    known (samples, columns): 0 for an entry that is not to be looked at. weight (samples,): how
    often each sample counts.
    Raises ConfigError for an unknown kind, DataError for a column whose squares overflow.
    """
    if known is not None and kind in KINDS and kind != "none":
        of = [
            _fit_known(x[:, j : j + 1], kind, known[:, j] > 0, weight, onto)
            for j in range(x.shape[1])
        ]
        shift, factor = (np.concatenate([getattr(s, k) for s in of]) for k in ("shift", "factor"))
        return Scaler(kind, shift, factor)
    if kind not in KINDS:
        raise ConfigError(f"There is no scale {kind!r}.", hint=nearest(str(kind), KINDS))
    if kind == "none":
        return None
    if kind == "standard":
        shift, spread = _moments(x, weight)
    else:
        low, high = x.min(axis=0).astype(float), x.max(axis=0).astype(float)
        shift, spread = (low + high) / 2, (high - low) / 2
    wild = ~(np.isfinite(shift) & np.isfinite(spread))
    if wild.any():
        raise DataError(
            f"Column {int(np.argmax(wild)) + 1} cannot be scaled.",
            why="its numbers are so large that their squares overflow",
            hint="divide it by a power of ten",
        )
    # A spread of mere rounding is none: 0.1 + 0.1 + … is not exactly constant.
    still = spread <= 1e-12 * np.maximum(np.abs(shift), 1e-300)
    middle, half = (0.0, 1.0) if kind == "standard" else (sum(onto) / 2, (onto[1] - onto[0]) / 2)
    factor = np.where(still, 1.0, half / np.where(still, 1.0, spread))
    return Scaler(kind, shift - middle / factor, factor)


def _fit_known(
    column: np.ndarray,
    kind: str,
    known: np.ndarray,
    weight: np.ndarray | None,
    onto: tuple[float, float],
) -> Scaler | None:
    """The scaler of the entries of one column that are known."""
    return fit(column[known], kind, weight=None if weight is None else weight[known], onto=onto)


def _moments(x: np.ndarray, weight: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of columns, in float64, a block at a time."""
    starts = range(0, len(x), BLOCK)
    blocks = [x[k : k + BLOCK] for k in starts]
    if weight is None:
        shares: list[Any] = [1.0] * len(blocks)
        count = float(len(x))
    else:
        shares = [np.asarray(weight[k : k + BLOCK, None], float) for k in starts]
        count = float(np.sum(weight, dtype=float))
    pairs = list(zip(blocks, shares, strict=True))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sum((b * s).sum(axis=0, dtype=float) for b, s in pairs) / count
        square = sum(((b - mean) ** 2 * s).sum(axis=0, dtype=float) for b, s in pairs) / count
    return np.asarray(mean), np.sqrt(square)


def uneven(x: np.ndarray) -> str:
    """In words, why these columns call for scaling; empty where they do not."""
    if len(x) < 2:
        return ""
    shift, spread = _moments(x)
    moving = spread > 1e-12 * np.maximum(np.abs(shift), 1e-300)
    size = np.where(moving, np.abs(shift) + spread, 0.0)
    if size.max() > LARGE:  # a column of few, small numbers only learns slowly; this one blocks
        return f"column {int(np.argmax(size)) + 1} has values around {size.max():.3g}"
    return ""
