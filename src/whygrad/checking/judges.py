"""Second opinions on a claim: Taylor's remainder, forward mode, another library.

None of them looks at single entries; each says whether the gradient as a whole is that of the
function, in another way than difference quotients do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from whygrad.checking.claim import Arrays, Claim
from whygrad.checking.scan import SEED, uneven

HALVINGS = 16
FIRST_ORDER, SECOND_ORDER = 1.3, 1.6  # up to the one: of a wrong gradient; from the other: right


@dataclass(frozen=True)
class Opinion:
    """What one judge says: agrees is None where it cannot tell. measure: its number."""

    judge: str  # "taylor", "forward_mode", "jax"
    agrees: bool | None
    measure: float


def opinions(claim: Claim) -> Iterator[Opinion]:
    """Every judge that can be asked about this claim."""
    if not claim.refused and math.isfinite(claim.here):
        direction = random_direction(claim)
        yield taylor(claim, direction)
        yield from forward_mode(claim, direction)
        yield from other_library(claim)


def random_direction(claim: Claim) -> dict[str, np.ndarray]:
    """A step in every number of every array."""
    rng = np.random.default_rng(SEED + 1)
    return {name: uneven(rng, array) for name, array in claim.point.items()}


def along(claim: Claim, direction: Arrays) -> float:
    """The claimed change of the function along a direction."""
    return float(sum(np.vdot(claim.gradients[name], v) for name, v in direction.items()))


def taylor(claim: Claim, direction: Arrays) -> Opinion:
    """How fast f(x + hv) − f(x) − h·∇f·v shrinks with h: as h² for a gradient, as h for another.

    (The order of the remainder in Taylor's theorem; the "Taylor test" of Farrell and others 2013.)
    """
    slope = along(claim, direction)
    step, remainders = 0.5, []
    for _ in range(HALVINGS):
        moved = {k: claim.point[k] + step * v for k, v in direction.items()}
        off = abs(claim.value(moved) - claim.here - step * slope)
        noise = 100 * claim.epsilon * (abs(claim.here) + abs(step * slope))
        remainders.append(off if off > noise else math.nan)
        step /= 2
    with np.errstate(all="ignore"):
        rates = -np.diff(np.log2(remainders))
    rates = rates[np.isfinite(rates)][-4:]
    if not len(rates):  # below rounding from the first step on: the function is straight
        return Opinion("taylor", None if not np.isnan(remainders).all() else True, math.inf)
    rate = float(np.median(rates))
    if FIRST_ORDER < rate < SECOND_ORDER:
        return Opinion("taylor", None, math.inf)
    return Opinion("taylor", rate >= SECOND_ORDER, rate)


def forward_mode(claim: Claim, direction: Arrays) -> Iterator[Opinion]:
    """⟨v, Jᵀu⟩ of the claim against ⟨Jv, u⟩ by forward mode."""
    if claim.forward_mode is not None:
        pushed = claim.forward_mode(direction)
        off = relative(along(claim, direction), pushed)
        yield Opinion("forward_mode", off < tolerance(claim), off)


def other_library(claim: Claim) -> Iterator[Opinion]:
    """The claim against JAX's own gradient."""
    found = claim.oracle() if claim.oracle is not None else None
    if found is not None:
        known = {name: g for name, g in found.items() if name in claim.gradients}
        measure = max((apart(claim.gradients[k], g) for k, g in known.items()), default=0.0)
        yield Opinion("jax", measure < tolerance(claim), measure)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of two arrays, relative to the largest number in them."""
    size = float(max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0)))
    return float(np.abs(a - b).max(initial=0.0)) / size if size else 0.0


def relative(a: float, b: float) -> float:
    size = max(abs(a), abs(b))
    return abs(a - b) / size if size else 0.0


def tolerance(claim: Claim) -> float:
    """The relative difference that two ways of computing may have."""
    return max(1e-7, 100 * claim.epsilon ** (2 / 3))
