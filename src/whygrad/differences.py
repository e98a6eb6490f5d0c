"""Derivatives by differences: central quotients at ever smaller steps, extrapolated to step 0.

Ridders 1982, "Accurate computation of F′(x) and F′(x)F″(x)"; the best of the tableau brings an
estimate of its own error, so that a difference that rounding explains is not called a mistake.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FIRST_STEP = 0.05  # relative to the size of the number that is turned
SHRINK = 1.6  # from one step to the next; Ridders uses 1.4, a little more sweeps further
STEPS = 12


@dataclass(frozen=True)
class Quotient:
    """A derivative by differences, the estimate of its own error, and its one-sided versions."""

    value: float
    error: float
    left: float
    right: float

    noise: float  # what rounding alone may make of a one-sided quotient

    @property
    def kink(self) -> bool:
        """Whether the two sides disagree: the number sits where the loss has a corner."""
        return (
            abs(self.left - self.right) > 1e-3 * max(abs(self.left), abs(self.right)) + self.noise
        )

    def between(self, gradient: float) -> bool:
        """Whether a gradient is one of those that a convention may choose at a corner."""
        low, high = sorted((self.left, self.right))
        return low - self.noise - 1e-5 <= gradient <= high + self.noise + 1e-5


def quotient(function: Callable[[float], float], at: float, step: float = FIRST_STEP) -> Quotient:
    """The derivative of a function of one number by central differences, steps swept."""
    h = step * max(1.0, abs(at))
    tableau: list[list[float]] = []
    best, error = math.nan, math.inf
    for _ in range(STEPS):
        row = [(function(at + h) - function(at - h)) / (2 * h)]
        for k, above in enumerate(tableau[-1] if tableau else []):
            factor = SHRINK ** (2 * (k + 1))
            row.append((row[-1] * factor - above) / (factor - 1))
        if tableau:
            for k in range(1, len(row)):
                guess = max(abs(row[k] - row[k - 1]), abs(row[k] - tableau[-1][k - 1]))
                if guess <= error:
                    best, error = row[k], guess
        tableau.append(row)
        h /= SHRINK
    tiny = 1e-6 * max(1.0, abs(at))
    here = function(at)
    left, right = (here - function(at - tiny)) / tiny, (function(at + tiny) - here) / tiny
    # A quotient of numbers that are rounded themselves is never better than their last bits.
    floor = 4 * np.finfo(float).eps * abs(here) / (step * max(1.0, abs(at)))
    noise = 100 * float(np.finfo(float).eps) * abs(here) / tiny
    return Quotient(best, max(error, float(floor)), left, right, noise)
