"""A mistake planted in a worked solution: one line wrong, the lines after it true to it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from whygrad.derivation import Step
from whygrad.errors import ConfigError
from whygrad.exercises.numbers import Draw
from whygrad.exercises.problem import Problem
from whygrad.expr import Expr, Quantity, evaluate
from whygrad.mistakes.ledger import Ledger
from whygrad.mistakes.slips import Slip, plantable

LARGEST = 100.0  # a mistake does not lead to numbers beyond that
DECIMALS = 4  # it shows in them


@dataclass(frozen=True, eq=False)
class Mistake:
    """What was planted.

    place: the line, counted from 1. right: the line as it should be. slip: what was done wrongly.
    steps: the solution as it stands on the sheet.
    """

    place: int
    right: Step
    slip: Slip
    steps: tuple[Step, ...]


def planted(draw: Draw, problem: Problem, steps: Sequence[Step], least: float) -> Mistake:
    """A solution with a mistake somewhere, after which no number is smaller than `least`.

    Raises ConfigError where no line has a mistake that shows.
    """
    recorded, rate = problem.trace.recorded, problem.plan.learning_rate
    ledger = Ledger(recorded, problem.plan)
    places = list(range(len(steps)))
    while places:
        place = places.pop(draw.below(len(places)))
        slips = list(plantable(steps[place], recorded, rate, DECIMALS))
        while slips:
            keys = sorted({s.key for s in slips})
            key = keys[draw.below(len(keys))]  # the kind first: some come in many forms
            alike = [s for s in slips if s.key == key]
            slip = alike[draw.below(len(alike))]
            slips.remove(slip)
            wrong = followed(steps, place, slip, ledger)
            if all(s.value == 0 or least <= abs(s.value) < LARGEST for s in wrong):
                return Mistake(place + 1, steps[place], slip, wrong)
    raise ConfigError("No line of this solution has a mistake that would show.")


def followed(steps: Sequence[Step], place: int, slip: Slip, ledger: Ledger) -> tuple[Step, ...]:
    """The lines with one of them wrong, and those after it worked out from the numbers above."""
    known: dict[Hashable, float] = {}

    def put(part: Expr) -> Expr | None:
        if not isinstance(part, Quantity):
            return None
        return Quantity(part.ref, known.get(ledger.same(part.ref), part.value))  # type: ignore[arg-type]

    lines = []
    for number, step in enumerate(steps):
        if number == place:
            line = replace(step, formula=slip.formula, value=slip.value)
        else:
            formula = step.formula.replace(put)
            changed = formula != step.formula
            line = (
                replace(step, formula=formula, value=float(evaluate(formula))) if changed else step
            )
        known[ledger.same(step.ref)] = line.value
        lines.append(line)
    return tuple(lines)
