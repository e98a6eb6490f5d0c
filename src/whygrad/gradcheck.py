"""Gradients against central finite differences, parameter by parameter, with a plain verdict.

The step is not fixed: it is halved from 0.1 to 2e-8 of the number's size, and the quotients are
extrapolated to step 0 (Ridders 1982). The best of the tableau brings an estimate of its own error,
so that what rounding explains is not called a mistake; and it has to agree with the quotients of
smaller steps, so that a kink or a saturation near by is not mistaken for the slope here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

FIRST_STEP, STEPS = 0.1, 23  # relative to the number that is turned; each step is half the last
COLUMNS = 8  # how often a quotient is extrapolated at most
EPS = float(np.finfo(float).eps)
SURE = 1e-9  # a quotient that knows itself and meets the gradient this closely needs no more steps
AGREE = 1e-6  # relative difference that counts as right, where the quotient is as good as that
WHOLE, SAMPLE, EACH = 2_000, 300, 16  # more numbers than WHOLE: SAMPLE of them, EACH an array
VERDICTS = ("right", "kink", "unclear", "wrong")  # from good to bad


# ---- one derivative -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Quotient:
    """A derivative by differences: its value, the estimate of its own error, and the two sides.

    kink: whether the sides disagree however small the step is: the loss has a corner here.
    """

    value: float
    error: float
    left: float
    right: float
    kink: bool

    def between(self, gradient: float) -> bool:
        """Whether a gradient is one of those that a convention may choose at a corner."""
        low, high = sorted((self.left, self.right))
        slack = 1e-3 * (high - low)
        return low - slack <= gradient <= high + slack


@dataclass(frozen=True)
class Probe:
    """The loss on both sides of a number, at one step."""

    step: float
    central: float
    left: float
    right: float
    noise: float  # what the rounding of the loss itself may make of the quotient

    @property
    def gap(self) -> float:
        return abs(self.right - self.left)


def quotient(
    function: Callable[[float], float], at: float, expected: float | None = None
) -> Quotient:
    """The derivative of a function of one number at `at`.

    expected: a gradient to be checked; the sweep ends early where it is met beyond doubt.
    """
    probes: list[Probe] = []
    tableau: list[list[tuple[float, float]]] = []
    for probe in swept(function, at):
        probes.append(probe)
        tableau.append(extrapolated(probe, tableau[-1] if tableau else []))
        if expected and any(
            error + abs(value - expected) <= SURE * abs(expected) for value, error in tableau[-1]
        ):
            break
    value, error = best(tableau, probes)
    sides, kink = corner(probes)
    return Quotient(value, error, sides.left, sides.right, kink)


def swept(function: Callable[[float], float], at: float) -> Iterator[Probe]:
    """The loss at ever smaller steps around a number."""
    here, step = function(at), FIRST_STEP * max(1.0, abs(at))
    for _ in range(STEPS):
        high, low = at + step, at - step
        above, below = function(high), function(low)
        # Divided by the steps as they were rounded, not as they were meant.
        yield Probe(
            step,
            (above - below) / (high - low),
            (here - below) / (at - low),
            (above - here) / (high - at),
            4 * EPS * max(abs(above), abs(below)) / step,
        )
        step /= 2


def extrapolated(probe: Probe, above: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A row of Ridders' tableau from the row above it: each value with the estimate of its error."""
    row = [(probe.central, math.inf)]
    for k, (coarser, _) in enumerate(above[:COLUMNS]):
        finer = row[-1][0]
        value = finer + (finer - coarser) / (4.0 ** (k + 1) - 1)
        row.append((value, max(abs(value - finer), abs(value - coarser), probe.noise)))
    return row


def best(tableau: list[list[tuple[float, float]]], probes: list[Probe]) -> tuple[float, float]:
    """The value of the least error; one that smaller steps contradict is worth their difference."""
    central = np.array([p.central for p in probes])
    change = np.abs(np.diff(central, prepend=math.inf, append=math.inf))
    doubt = 4 * (np.fmin(change[:-1], math.inf) + np.fmin(change[1:], 0.0))
    doubt += np.array([8 * p.noise for p in probes])
    found, least = math.nan, math.inf
    for row_number, row in enumerate(tableau):
        for value, error in row[1:]:
            contradicted = np.abs(value - central[row_number:]) - doubt[row_number:]
            worst = max(error, float(np.nanmax(contradicted, initial=0.0)))
            if worst < least:
                found, least = value, worst
    return found, least
