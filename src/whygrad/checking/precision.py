"""Precision: how exactly a function computes, whatever type it is handed.

A kernel may take float64 and compute in float32; its difference quotients then need longer steps,
and what is below its rounding is not to be called a mistake. The noise is read off differences of
high order, in which everything smooth cancels (Moré and Wild 2011, "Estimating computational
noise").
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from whygrad.checking.claim import Arrays, Loss, typical_size
from whygrad.differences import EPS

SPACINGS = (2.0**-20, 2.0**-27)  # of samples, relative to the numbers; corners are rarely so close
SAMPLES, ENOUGH, ORDERS = 9, 6, (4, 6)
COARSE = {"float32": float(np.finfo(np.float32).eps), "float16": float(np.finfo(np.float16).eps)}
FLOAT64 = 1e-9  # relative noise up to which a function computes in float64, with some cancellation
FAR = 0.1  # a step that even float16 must notice
SEED = 0


def precision_of(function: Loss, point: Arrays, epsilon: float) -> float:
    """The precision of what a function computes in: at best that of the type it is handed."""
    if epsilon > EPS:
        return epsilon
    along = _Line(function, point)
    if along(0.0) != along(0.0):  # random: that is another verdict
        return epsilon
    if along.is_held_by(np.float32) and not along.is_held_by(np.float16):
        return COARSE["float32"]
    noise = along.noise()
    if noise <= FLOAT64:
        return epsilon
    if math.isnan(noise):  # nothing moves it, or only what is longer than its rounding
        return COARSE["float16"] if along.is_held_by(np.float16) else epsilon
    return COARSE["float32"] if noise < 10 * COARSE["float32"] else COARSE["float16"]


class _Line:
    """A function along a random direction through a point."""

    def __init__(self, function: Loss, point: Arrays) -> None:
        rng = np.random.default_rng(SEED)
        self.function, self.point = function, point
        self.direction = {n: rng.normal(size=a.shape) * typical_size(a) for n, a in point.items()}

    def __call__(self, step: float) -> float:
        moved = {n: a + step * self.direction[n] for n, a in self.point.items()}
        return float(self.function(moved))

    def noise(self) -> float:
        """The noise relative to the values; NaN where so small a step does not move them.

        Rounding is as large at any spacing, a curve is straight at a small one: the least counts.
        """
        least = math.nan
        for spacing in SPACINGS:
            found = np.array([self(k * spacing) for k in range(SAMPLES)])
            size, moved = float(np.abs(found).max()), float(np.ptp(found))
            if not (math.isfinite(size) and moved):
                continue
            if len(set(found)) < ENOUGH:  # it moves by steps: those are its rounding
                seen = moved
            else:
                seen = min(_cancelled(found, order) for order in ORDERS)
            least = float(np.fmin(least, seen / size))
        return least

    def is_held_by(self, kind: type[np.floating[Any]]) -> bool:
        """Whether it moves at long steps, and only to numbers that a coarse type holds."""
        seen = [self(FAR * k) for k in range(9)]
        with np.errstate(all="ignore"):
            held = all(math.isfinite(v) and float(kind(v)) == v for v in seen)
        return held and len(set(seen)) > len(seen) // 2


def _cancelled(found: np.ndarray, order: int) -> float:
    """What is left of evenly spaced values when polynomials of an order have cancelled."""
    norm = math.sqrt(math.comb(2 * order, order))  # of the binomials a difference weighs with
    return float(np.median(np.abs(np.diff(found, order)))) / norm


def wide_where_it_runs(wide: Loss, own: Loss, point: Arrays, epsilon: float) -> Loss | None:
    """A function in float64 beside the same in its coarser own type; None where it is not the same.

    A function may have no float64 form (a kernel), be another one there, or still compute coarsely.
    """
    if epsilon <= EPS:
        return None
    try:
        here, there = own(point), wide(point)
        along = _Line(wide, point)
        exact = along.noise() <= FLOAT64 and not along.is_held_by(np.float32)
    except Exception:  # somebody's function may fail in any way at a type that it is not made for
        return None
    near = abs(here - there) <= math.sqrt(epsilon) * max(abs(here), abs(there))
    return wide if near and exact else None
