"""Derivatives by differences: a function of one number turned both ways, the step swept.

The step is not fixed: it is halved from 0.1 to 2e-8 of the number's size, and the quotients are
extrapolated to step 0 (Ridders 1982). The best of the tableau brings an estimate of its own error,
so that what rounding explains is not called a mistake; and it has to agree with the quotients of
smaller steps, so that a kink or a saturation near by is not mistaken for the slope here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

FIRST_STEP, STEPS = 0.1, 23  # relative to the number that is turned; each step is half the last
COLUMNS = 8  # how often a quotient is extrapolated at most
EPS = float(np.finfo(float).eps)
SURE = 1e-9  # a quotient that knows itself and meets the gradient this closely needs no more steps


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
    size: float  # of the loss, in absolute value

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
            error + abs(value - expected) < SURE * abs(expected) for value, error in tableau[-1]
        ):
            break
    with np.errstate(all="ignore"):
        blur = rounding(tableau, probes)
        value, error = best(tableau, probes, blur)
        sides, kink = corner(probes, blur)
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
            max(abs(above), abs(below)),
        )
        step /= 2


def extrapolated(probe: Probe, above: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A row of Ridders' tableau from the row above: each value with the estimate of its error."""
    row = [(probe.central, math.inf)]
    for k, (coarser, _) in enumerate(above[:COLUMNS]):
        finer = row[-1][0]
        value = finer + (finer - coarser) / (4.0 ** (k + 1) - 1)
        row.append((value, max(abs(value - finer), abs(value - coarser))))
    return row


def rounding(tableau: list[list[tuple[float, float]]], probes: list[Probe]) -> float:
    """How far the loss itself may be off by rounding; what that makes of a quotient is this / step.

    At the smallest steps rounding is all that still moves a quotient that has been extrapolated, so
    it shows its size there: a small difference of large numbers is blurred more than its last bits.
    """
    base = 4 * EPS * probes[-1].size
    if len(probes) < STEPS:
        return base
    last = [(row[2][0], p.step) for row, p in zip(tableau[-7:], probes[-7:], strict=True)]
    seen = [abs(a - b) * step for (a, _), (b, step) in pairwise(last)]
    return float(np.fmax(base, 4 * np.median(seen)))


def best(
    tableau: list[list[tuple[float, float]]], probes: list[Probe], blur: float
) -> tuple[float, float]:
    """The value of the least error; what smaller steps say otherwise counts as error, too."""
    central = np.array([p.central for p in probes])
    noise = blur / np.array([p.step for p in probes])
    change = np.abs(np.diff(central))
    moving = np.fmax(np.append(np.nan, change), np.append(change, np.nan))
    doubt = 4 * moving + 8 * noise  # of each step's own quotient
    found, least = math.nan, math.inf
    for first, row in enumerate(tableau):
        for value, error in row[1:]:
            contradicted = np.nan_to_num(np.abs(value - central[first:]) - doubt[first:], nan=0.0)
            worst = max(error, float(noise[first]), float(contradicted.max()))
            if worst < least:
                found, least = value, worst
    return found, least


def corner(probes: list[Probe], blur: float) -> tuple[Probe, bool]:
    """The two sides at the smallest step that resolves them, and whether they stay apart.

    A curve's sides come closer with the step, rounding drives them apart; a corner's gap stays.
    """
    resolved = [k for k, p in enumerate(probes) if p.gap * p.step > 30 * blur]
    if not resolved or resolved[-1] < 4:
        return probes[-1], False
    last = resolved[-1]
    gaps = [probes[k].gap / probes[last].gap for k in (last - 4, last - 2)]
    return probes[last], all(0.7 < gap < 1.4 for gap in gaps)
