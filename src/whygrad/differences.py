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

FIRST_STEP = 0.1  # relative to the number that is turned; each step is half the last
MOST = 60  # steps of a sweep, however small the number is
FEWEST = 5  # steps of a sweep, however coarse the numbers are
FLAT = 3  # so many smallest steps that do not move a function say that its slope is 0
COLUMNS = 8  # how often a quotient is extrapolated at most
EPS = float(np.finfo(float).eps)
SURE = 1e-9  # a quotient that knows itself and meets the gradient this closely needs no more steps
QUICK_STEP = 2.0**-8  # the first of the two steps of a quick look


@dataclass(frozen=True)
class Quotient:
    """A derivative by differences: its value, the estimate of its own error, and the two sides.

    kink: whether the sides disagree however small the step is: the loss has a corner here.
    size: of the function near by, in absolute value.
    """

    value: float
    error: float
    left: float
    right: float
    kink: bool
    size: float = 0.0

    def meets(self, gradient: float, sure: float) -> bool:
        """Whether two steps are enough: chance does not come so close, relatively."""
        if gradient == 0:
            return self.left == self.right == self.error == 0
        return not self.kink and abs(self.value - gradient) < sure * abs(gradient)

    def misses(self, gradient: float) -> bool:
        """Whether a gradient is far outside of what two steps leave open."""
        off = abs(self.value - gradient)
        return not self.kink and off > max(1e3 * self.error, 1e-3 * abs(self.value))

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
    function: Callable[[float], float],
    at: float,
    expected: float | None = None,
    epsilon: float = EPS,
) -> Quotient:
    """The derivative of a function of one number at `at`.

    expected: a gradient to be checked; the sweep ends early where it is met beyond doubt.
    epsilon: the precision of the numbers that the function computes with; steps are made in it.
    """
    probes: list[Probe] = []
    tableau: list[list[tuple[float, float]]] = []
    first, steps = sweep(epsilon, at)
    with np.errstate(all="ignore"):
        for probe in swept(function, at, first, steps, epsilon):
            probes.append(probe)
            tableau.append(extrapolated(probe, tableau[-1] if tableau else []))
            corner_here = len(probes) > 1 and probe.gap > 0.75 * probes[-2].gap > SURE
            if (
                expected
                and not corner_here
                and any(
                    error + abs(value - expected) < SURE * abs(expected)
                    for value, error in tableau[-1]
                )
            ):
                break
        blur = rounding(tableau, probes, epsilon, len(probes) == steps)
        blur = max(blur, staircase(probes, expected))
        value, error = best(tableau, probes, blur, epsilon)
        smooth = smooth_side(probes, blur)
        if smooth is not None and (
            4 * smooth[1] < error or not abs(value - smooth[0]) <= 2 * (error + smooth[1])
        ):  # a corner on the other side has misled the central quotients
            value, error = smooth
        if (
            epsilon > EPS and len(probes) > 2
        ):  # a corner may hide in the noise of the smallest steps
            error = max(error, 0.5 * blur / max(probes[-3].step, 4 * math.sqrt(epsilon)))
        sides, kink = corner(probes, blur)
    return Quotient(value, error, sides.left, sides.right, kink, probes[-1].size)


def quick_quotient(function: Callable[[float], float], at: float) -> Quotient:
    """A look at two steps. Its error is how far the finer one is from what both lead to."""
    coarse, fine = swept(function, at, QUICK_STEP, 2, EPS)
    value = fine.central + (fine.central - coarse.central) / 3
    # Sides that do not come closer: a corner, or rounding.
    kink = fine.gap > 0.75 * coarse.gap > SURE * abs(value)
    return Quotient(value, abs(value - fine.central), fine.left, fine.right, kink, fine.size)


def sweep(epsilon: float, at: float) -> tuple[float, int]:
    """The first step of a sweep, relative to the number, and how many there are.

    Down to the root of the precision; of a small number relative to it, since what it is measured
    in may be as small; of a large one not, since a function need not be as wide.
    """
    root, size = math.sqrt(epsilon), abs(at) or 1.0
    first = max(FIRST_STEP, 2.0 ** (FEWEST - 1) * root)
    longest = first * max(1.0, size)
    shortest = max(root * min(1.0, size), 2.0**-MOST * longest, 16 * epsilon * size)
    return first, max(FEWEST, 1 + math.floor(math.log2(longest / shortest)))


def rounded(number: float, epsilon: float) -> float:
    """A number as a type of that precision holds it."""
    if epsilon <= EPS or not math.isfinite(number):
        return number
    part, power = math.frexp(number)
    return math.ldexp(round(part * 2 / epsilon) * epsilon / 2, power)


def swept(
    function: Callable[[float], float], at: float, first: float, steps: int, epsilon: float
) -> Iterator[Probe]:
    """The loss at ever smaller steps around a number."""
    here, step = function(at), first * max(1.0, abs(at))
    for _ in range(steps):
        high, low = rounded(at + step, epsilon), rounded(at - step, epsilon)
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


def rounding(
    tableau: list[list[tuple[float, float]]], probes: list[Probe], epsilon: float, whole: bool
) -> float:
    """How far the loss itself may be off by rounding; what that makes of a quotient is this / step.

    At the smallest steps rounding is all that still moves a quotient that has been extrapolated, so
    it shows its size there: a small difference of large numbers is blurred more than its last bits.
    whole: whether the sweep has reached its smallest steps.
    """
    base = 4 * epsilon * probes[-1].size
    smallest = max(3, len(probes) // 3)
    last = [(r[2][0], p.step) for r, p in zip(tableau, probes, strict=True) if len(r) > 2]
    last = last[-smallest:]
    if not whole or len(last) < 2:
        return base
    seen = [float(np.median([abs(a - b) * step for (a, _), (b, step) in pairwise(last)]))]
    steps = np.array([p.step for p in probes])
    for side in straightened(probes):  # a corner near by moves all quotients but those of one side
        moved = np.abs(np.diff(side)) * steps[2:]
        seen.append(float(np.median(moved[-smallest:])))
    return float(np.fmax(base, 4 * np.min(seen)))


def staircase(probes: list[Probe], expected: float | None) -> float:
    """The height of a step, of a function that rounding has made a staircase; else 0.

    It does not move at all at the smallest steps; at the longer ones it follows the gradient, as
    far as the height of a step lets it. (One that is flat here and rises further on does not.)
    """
    moved = [k for k, p in enumerate(probes) if p.central]
    if not expected or not moved or moved[-1] > len(probes) - FLAT:
        return 0.0
    last = probes[moved[-1]]
    if abs(expected) < 0.1 * abs(last.central):
        return 0.0
    height = 2 * last.step * abs(last.central)
    longer = [probes[k] for k in moved[-4:]]
    follows = [abs(p.central - expected) <= height / p.step + 0.1 * abs(expected) for p in longer]
    return height if sum(follows) >= 3 else 0.0


def straightened(probes: list[Probe]) -> tuple[np.ndarray, np.ndarray]:
    """The quotients of the two sides, extrapolated once."""
    left = np.array([p.left for p in probes])
    right = np.array([p.right for p in probes])
    return 2 * left[1:] - left[:-1], 2 * right[1:] - right[:-1]


def best(
    tableau: list[list[tuple[float, float]]], probes: list[Probe], blur: float, epsilon: float
) -> tuple[float, float]:
    """The value of the least error; what smaller steps say otherwise counts as error, too."""
    central = np.array([p.central for p in probes])
    sizes = np.array([p.size for p in probes])
    noise = np.fmax(blur, 4 * epsilon * sizes) / np.array([p.step for p in probes])
    change = np.abs(np.diff(central))
    moving = np.fmax(np.append(np.nan, change), np.append(change, np.nan))
    # A curve moves a quotient less with each step; one that moves more has a corner near by.
    doubt = 4 * np.fmin.accumulate(moving) + 8 * noise  # of each step's own quotient
    found, least = math.nan, math.inf
    for first, row in enumerate(tableau):
        if len(row) < 2:
            continue
        values, errors = np.array(row[1:]).T
        off = np.abs(values[:, None] - central[first:]) - doubt[first:]
        contradicted = np.where(np.isnan(off), 0.0, off).max(axis=1)
        worst = np.maximum(np.maximum(errors, noise[first]), contradicted)
        worst = np.where(np.isnan(worst), np.inf, worst)
        k = int(worst.argmin())
        if worst[k] < least:
            found, least = float(values[k]), float(worst[k])
    flat = 1 + max((k for k, p in enumerate(probes) if p.left or p.right), default=-1)
    if flat <= len(probes) - FLAT and noise[flat] < least:
        return 0.0, float(noise[flat])
    return found, least


def smooth_side(probes: list[Probe], blur: float) -> tuple[float, float] | None:
    """The slope of the one side on which there is no corner near by, and its error.

    Steps of a coarse type may be too long for a corner close by; a slope is that of either side.
    None where both sides are smooth, or none is, or where the function jumps.
    """
    far = max(abs(probes[-1].left), abs(probes[-1].right))
    if far > 1.5 * max(abs(probes[-2].left), abs(probes[-2].right)):
        return None
    steps = np.array([p.step for p in probes])
    noise = 4 * blur / steps[-FEWEST + 1 :]
    steady = []
    for side in straightened(probes):
        straight = side[-FEWEST + 1 :]
        off = np.abs(straight - straight[0])
        if len(straight) == len(noise) and np.all(off <= noise + noise[0]):
            steady.append((float(straight[0]), float(off.max() + noise[0])))
    return steady[0] if len(steady) == 1 else None


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
