"""Slips: the mistakes that people make in one line of a derivation, each as its wrong formula.

A slip is one change of the right formula: a factor left out, a term forgotten, a sign turned round,
a neighbour's weight taken, a slope at the wrong number. So whether a written number comes from a
slip is tried in numbers, never guessed. Whole wrong passes are in `passes.py`; what is the same
mistake has the same key there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.derivation import Pass, Step
from whygrad.expr import Expr, Quantity
from whygrad.mistakes.edits import SIBLINGS, Line
from whygrad.mistakes.parts import numbers

# Every key of the catalogue, the likeliest first: of several that give the same digits, the first
# is named first. The words for each stand in pages/prose/grade.py as slip.KEY.
KEYS = (
    "exponent_sign", "target_minus_output", "sign", "half_forgotten", "two_forgotten",
    "not_squared", "bias_forgotten", "bias_subtracted", "bias_twice", "rate_forgotten",
    "update_added", "gradient_forgotten", "not_updated", "step_alone", "slope_missing",
    "slope_twice", "slope_at_net", "slope_at_out", "other_slope", "activation_missing",
    "other_activation", "path_missing", "path_only", "sample_missing", "sample_only",
    "updated_weights", "transposed", "net_for_out", "wrong_index", "wrong_sample",
    "target_swapped", "sum_for_mean", "mean_for_sum", "not_divided", "factor_missing",
    "factor_twice", "term_missing", "term_sign", "twice", "half", "log_forgotten",
)  # fmt: skip
GENERAL = ("sign", "twice", "half")  # said only where no other slip gives the same number


@dataclass(frozen=True)
class Slip:
    """One mistake in one line.

    key: its sentence, `slip.KEY`. formula: the line as it was worked out. value: what it gives.
    blanks: what stands in the sentence: the factor left out, the number taken instead.
    """

    key: str
    formula: Expr
    value: float
    blanks: Mapping[str, Any] = field(default_factory=dict)


def slips(
    step: Step, recorded: Pass, rate: float | None = None, siblings: int = SIBLINGS
) -> tuple[Slip, ...]:
    """Every mistake that can be made in a line, the likeliest first; the numbers are the line's.

    step: of a derivation, a forward line, an update, or a ledger. recorded: the pass it belongs to.
    rate: the learning rate, for weights that are taken after their update.
    siblings: so many entries along each axis of an array are tried for one another.
    """
    found: dict[tuple[str, Expr], Slip] = {}
    right = numbers(step.formula, _value)
    for key, blanks, formula in Line(step, recorded, rate, siblings).edits():
        with np.errstate(all="ignore"):
            value = numbers(formula, _value)
        if math.isfinite(value) and not math.isclose(value, right, rel_tol=1e-12, abs_tol=1e-300):
            found.setdefault((key, formula), Slip(key, formula, value, blanks))
    special = [s.value for s in found.values() if s.key not in GENERAL]

    def told(slip: Slip) -> bool:
        same = (math.isclose(slip.value, v, rel_tol=1e-9) for v in special)
        return slip.key not in GENERAL or not any(same)

    return tuple(sorted(filter(told, found.values()), key=lambda slip: KEYS.index(slip.key)))


def plantable(
    step: Step, recorded: Pass, rate: float | None = None, decimals: int = 4
) -> tuple[Slip, ...]:
    """The slips that show: at so many decimals the wrong number is at least two units off.

    Of several that give the same digits only the likeliest is kept.
    """
    right, unit = numbers(step.formula, _value), 10.0**-decimals
    shown: dict[float, Slip] = {}
    for slip in slips(step, recorded, rate):
        if abs(slip.value - right) >= 2 * unit and slip.key not in ("twice", "half"):
            shown.setdefault(round(slip.value, decimals), slip)
    return tuple(shown.values())


def _value(quantity: Quantity) -> float:
    return quantity.value
