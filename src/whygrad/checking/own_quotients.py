"""Somebody's own difference quotients: where the gradient is right and they are not, why."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from whygrad.checking.causes import Cause
from whygrad.checking.claim import Claim
from whygrad.checking.verdicts import Row

ROUGH = 1e-4  # relative to the largest number: a quotient that is no further off than this will do
SAME = 1e-3  # relative spread of ratios that count as one


def compared(claim: Claim, rows: Iterable[Row]) -> tuple[tuple[Row, ...], tuple[Cause, ...]]:
    """The rows with the verdict `checker` where only the quotient is wrong, and what is with it."""
    judged = [_judged(claim, row) for row in rows]
    found: dict[str, list[Cause]] = {}
    for row, cause in judged:
        if cause is not None:
            found.setdefault(f"{cause.key} {cause.blanks}", []).append(
                replace(cause, reproduces=(row.parameter,), whole=True)
            )
    merged = tuple(
        replace(group[0], reproduces=tuple(c.reproduces[0] for c in group))
        for group in found.values()
    )
    return tuple(row for row, _ in judged), merged


def _judged(claim: Claim, row: Row) -> tuple[Row, Cause | None]:
    assert claim.quotients is not None
    own = claim.quotients.get(row.parameter)
    gradient = claim.gradients.get(row.parameter)
    if row.verdict != "right" or own is None or gradient is None:
        return row, None
    if own.shape != gradient.shape:
        blanks = {"node": row.parameter, "given": str(own.shape), "wanted": str(gradient.shape)}
        return replace(row, verdict="checker"), Cause("quotient_shape", blanks)
    size = float(np.abs(gradient).max(initial=0.0))
    off = np.abs(own - gradient)
    if not own.size or off.max() <= ROUGH * max(size, 1e-300):
        return row, None
    worst = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
    changed = replace(
        row, verdict="checker", difference=float(off[worst]), index=worst,
        at=claim.element(row.parameter, worst), gradient=float(gradient[worst]),
        quotient=float(own[worst]),
    )  # fmt: skip
    return changed, _cause(gradient, own, size)


def _cause(gradient: np.ndarray, own: np.ndarray, size: float) -> Cause:
    """What gives such quotients: a factor everywhere, or a step that is too large or too small."""
    ratio = float(np.vdot(gradient, own) / np.vdot(gradient, gradient)) if size else math.nan
    if math.isfinite(ratio) and np.abs(own - ratio * gradient).max() <= SAME * abs(ratio) * size:
        for plain, key in ((2.0, "quotient_step"), (0.5, "quotient_one_sided")):
            if math.isclose(ratio, plain, rel_tol=SAME):
                return Cause(key)
        return Cause("quotient_factor", {"ratio": ratio})
    return Cause("quotient_rough", {"off": float(np.abs(own - gradient).max() / (size or 1.0))})
