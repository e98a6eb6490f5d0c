"""Scan: a claim's entries and directions against difference quotients, a row a parameter.

A small claim is looked at whole. Of a large one a seeded sample of entries is, and random
directions through all of them; where a direction disagrees, halving finds an entry that does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from whygrad.checking.claim import Along, Claim, typical_size
from whygrad.checking.entries import entry_of
from whygrad.checking.verdicts import Entry, Row, pattern, verdict
from whygrad.differences import EPS, SURE, Quotient, quick_quotient, quotient

Index = tuple[int, ...]

WHOLE = 5_000  # numbers that are all looked at, if the work is not over WORK
WORK = 5e7  # numbers of a pass · entries to be looked at
UNKNOWN = 10_000  # numbers that a function is taken to compute, whose work is not known
SAMPLE, EACH = 200, 16  # of more: so many in all, at least so many an array
DIRECTIONS = 3  # through all entries of an array
THOROUGH = 400  # up to so many numbers each quotient is made as good as it can be
CONFIRMED = 8  # wrong entries of an array that are swept; more are told by two steps where they can
GOOD_ENOUGH = 1e-7  # relative agreement at two steps that needs no further look
POINTS, BESIDE, CLOSER = 100, 1e-4, 1e-3  # looked at around a corner; how far; steps there
SEED = 0


def scan(claim: Claim) -> tuple[Row, ...]:
    """A row for every array of a claim."""
    rng = np.random.default_rng(SEED)
    scale = max(claim.largest, 1e-3 * abs(claim.here)) if math.isfinite(claim.here) else 0.0
    whole = _whole(claim)
    return tuple(Looker(claim, name, scale, rng, whole).row() for name in claim.point)


def _whole(claim: Claim) -> bool:
    numbers = UNKNOWN
    if claim.trace is not None:
        numbers = sum(n.size for n in claim.trace.graph.nodes)
    return claim.size <= WHOLE and claim.size * numbers <= WORK


class Looker:
    """Looks at one array of a claim."""

    def __init__(
        self, claim: Claim, name: str, scale: float, rng: np.random.Generator, whole: bool
    ) -> None:
        self.claim, self.name, self.scale = claim, name, scale
        self.rng, self.whole = rng, whole
        self.array = np.array(claim.point[name], dtype=float)
        self.function: Along = claim.function_of(name)
        self.wide = claim.wide_function_of(name)
        self.widened = self.wrong = 0
        self.gradient = np.asarray(claim.gradients.get(name, np.nan), dtype=float)

    def row(self) -> Row:
        """The verdict on the array: that on its worst entry."""
        if self.name in self.claim.refused:
            return self.refusal()
        entries = list(self.entries())
        tried = 0 if self.whole or not self.array.size else DIRECTIONS
        fine = all(e.verdict != "wrong" for e in entries)
        if fine and any(not self.direction_agrees() for _ in range(tried)):
            entries.append(self.located())
        if not entries:
            entries = [Entry((), 0.0, Quotient(0.0, 0.0, 0.0, 0.0, kink=False), "right")]
        worst = max(entries, key=lambda e: e.badness)
        common, number = pattern(entries, self.array.shape) if worst.verdict == "wrong" else ("", 0)
        return Row(
            parameter=self.name,
            verdict=worst.verdict,
            difference=worst.difference,
            at=self.claim.element(self.name, worst.index),
            index=worst.index,
            gradient=worst.gradient,
            quotient=worst.quotient.value,
            error=worst.quotient.error,
            left=worst.quotient.left,
            right=worst.quotient.right,
            checked=len(entries) if self.array.size else 0,
            size=self.array.size,
            wrong=sum(e.verdict == "wrong" for e in entries),
            pattern=common,
            pattern_value=float(number),
            directions=tried,
            widened=self.widened,
        )

    def refusal(self) -> Row:
        """The row of an array for which there is no gradient that could be compared."""
        return Row(
            self.name, "wrong", math.inf, self.name, (), math.nan, math.nan, math.nan, math.nan,
            math.nan, 0, self.array.size, refused=self.claim.refused.get(self.name, ""),
        )  # fmt: skip

    # ---- entries --------------------------------------------------------------------------------

    def entries(self) -> Iterator[Entry]:
        """The verdict on every entry that is looked at."""
        for index in self.indexes():
            yield self.entry(index)

    def indexes(self) -> list[Index]:
        """All entries, or a sample that holds the largest gradient."""
        shape, size = self.array.shape, self.array.size
        if self.whole:
            return list(np.ndindex(*shape))
        share = min(size, max(EACH, SAMPLE * size // max(self.claim.size, 1)))
        drawn = set(self.rng.choice(size, share, replace=False).tolist()) if size else set()
        if size and share < size:
            drawn.add(int(np.argmax(np.abs(np.nan_to_num(self.gradient)))))
        return [tuple(int(i) for i in np.unravel_index(k, shape)) for k in sorted(drawn)]

    def entry(self, index: Index) -> Entry:
        """The verdict on one entry."""
        gradient = float(self.gradient[index])

        def along(function: Along) -> Callable[[float], float]:
            return entry_of(function, self.array, index)

        q, said = self.judged(along, float(self.array[index]), gradient)
        if said == "wrong" and q.kink:
            q = self.beside(index, gradient, q)
            said = verdict(gradient, q, self.scale, self.claim.epsilon)
        return Entry(index, gradient, q, said)

    def beside(self, index: Index, gradient: float, q: Quotient) -> Quotient:
        """A corner's slopes widened by those at points right beside it, as far as needed.

        Where several corners meet, a convention chooses for each of them, and what it chooses need
        not lie between the slopes to the left and to the right (Clarke 1975: the generalised
        gradient is the hull of the gradients near by).
        """
        low, high = sorted((q.left, q.right))
        for _ in range(POINTS):
            slope = self.slope_beside(index)
            slack = BESIDE * abs(slope)
            low, high = min(low, slope - slack), max(high, slope + slack)
            if low <= gradient <= high:
                break
        return replace(q, left=low, right=high)

    def slope_beside(self, index: Index) -> float:
        """The slope at a random point right beside the claim's."""
        value = self.claim.wide or self.claim.value
        point = {n: a + BESIDE * uneven(self.rng, a) for n, a in self.claim.point.items()}
        ends = []
        for side in (1, -1):
            moved = {n: a.copy() for n, a in point.items()}
            moved[self.name][index] += side * BESIDE * CLOSER
            ends.append(value(moved))
        return (ends[0] - ends[1]) / (2 * BESIDE * CLOSER)

    def judged(
        self, along: Callable[[Along], Callable[[float], float]], at: float, gradient: float
    ) -> tuple[Quotient, str]:
        """A quotient and what it says; in float64 where the function's own type cannot confirm."""
        q = self.quotient(along(self.function), at, gradient)
        said = verdict(gradient, q, self.scale, self.claim.epsilon)
        self.wrong += said == "wrong"
        if said != "right" and self.wide is not None:
            self.widened += 1
            q = quotient(along(self.wide), at, gradient if math.isfinite(gradient) else None)
            said = verdict(gradient, q, self.scale, self.claim.epsilon)
        return q, said

    def quotient(self, function: Callable[[float], float], at: float, gradient: float) -> Quotient:
        """A quick look where that is enough, else the whole sweep."""
        epsilon = self.claim.epsilon
        if epsilon <= EPS and math.isfinite(gradient):
            sure = SURE if self.claim.size <= THOROUGH else GOOD_ENOUGH
            q = quick_quotient(function, at)
            if q.meets(gradient, sure):  # which says how good it is
                return replace(q, error=abs(q.value - gradient))
            if self.wrong >= CONFIRMED and q.misses(gradient):
                return q
        return quotient(function, at, gradient if math.isfinite(gradient) else None, epsilon)

    # ---- directions -----------------------------------------------------------------------------

    def direction_agrees(self) -> bool:
        """Whether the gradient along a random direction through all entries is met."""
        residual, error = self.residual(uneven(self.rng, self.array))
        return residual <= error

    def residual(self, direction: np.ndarray) -> tuple[float, float]:
        """How far the gradient along a direction is from its quotient, and how far it may be."""
        expected = float(np.vdot(self.gradient, direction))

        def along(function: Along) -> Callable[[float], float]:
            return lambda t: function(self.array + t * direction)

        q, said = self.judged(along, 0.0, expected)
        if said != "wrong":
            return 0.0, math.inf
        return abs(expected - q.value), 10 * q.error

    def located(self) -> Entry:
        """An entry that disagrees, found by halving what disagrees as a whole."""
        direction = uneven(self.rng, self.array).ravel()
        part = np.arange(direction.size)
        while len(part) > 1:
            halves = part[: len(part) // 2], part[len(part) // 2 :]
            found = []
            for half in halves:
                alone = np.zeros_like(direction)
                alone[half] = direction[half]
                found.append(self.residual(alone.reshape(self.array.shape))[0])
            part = halves[int(np.argmax(found))]
        return self.entry(tuple(int(i) for i in np.unravel_index(part[0], self.array.shape)))


def uneven(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    """A direction through all entries of an array, about as long in each as its numbers are large.

    The steps differ, so that mistakes in two entries, the one too large and the other too small by
    the same amount, cannot hide each other.
    """
    return (
        typical_size(array)
        * rng.choice([-1.0, 1.0], array.shape)
        * rng.uniform(0.5, 1.5, array.shape)
    )
