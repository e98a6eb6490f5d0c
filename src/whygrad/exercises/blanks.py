"""Which lines of a solution a sheet leaves blank, by its level."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from whygrad.derivation import Step
from whygrad.exercises.kinds import Solution
from whygrad.expr import Quantity
from whygrad.mistakes.ledger import quantities
from whygrad.names import Delta, Reference, Updated, Value


def blanks(solutions: Sequence[Solution], level: int) -> frozenset[Reference]:
    """The lines that are left blank on the sheets of a class: the same ones on each.

    1: single steps, each from numbers that stand on the sheet. 2: every line of the question.
    3: the results alone.
    """
    first = solutions[0]
    if level == 3:
        return frozenset(first.results)
    asked = [step for step in first.asked if not copies(step)]
    if level == 2:
        return frozenset(step.ref for step in asked)
    return frozenset(single_steps(asked, read_by(solutions)))


def copies(step: Step) -> bool:
    """Whether a line says a number again under another name: out = net of an identity."""
    return step.rule == "forward" and isinstance(step.formula, Quantity)


def read_by(solutions: Sequence[Solution]) -> dict[Hashable, set[Hashable]]:
    """What each line reads, in any of the solutions; behind a copy, what it is a copy of."""
    read: dict[Hashable, set[Hashable]] = {}
    for solution in solutions:
        behind: dict[Hashable, Hashable]
        behind = {s.ref: q.ref for s in solution.steps if copies(s) for q in quantities(s.formula)}
        for step in solution.steps:
            refs = {q.ref for q in quantities(step.formula)}
            read.setdefault(step.ref, set()).update(behind.get(r, r) for r in refs)
    return read


def single_steps(asked: list[Step], reads: dict[Hashable, set[Hashable]]) -> Iterator[Reference]:
    """From the result upwards every line that no blank one reads."""
    needed: set[Hashable] = set()
    for step in reversed(asked):
        if step.ref not in needed and wanted(step):
            needed |= reads[step.ref]
            yield step.ref


def wanted(step: Step) -> bool:
    """Whether a line is worth a blank: of neighbours one asks for net, the other for out and δ;
    one for its new weights, the other for their gradients.

    So every kind of line is asked for, though no blank needs the number of another one.
    """
    match step.ref:
        case Updated(Value(index=index)):
            return not index or index[0] % 2 == 0
        case Delta(Value(index=tuple(index))):
            return sum(index) % 2 == 0
        case Value(index=tuple(index)) if step.through in SUMS:
            return sum(index) % 2 == 1
        case Value(index=tuple(index)) if step.through not in ERRORS:
            return sum(index) % 2 == 0
    return True


SUMS = ("linear", "project", "conv2d")
ERRORS = ("half_squared_error", "squared_error", "softmax_cross_entropy", "sum", "mean")
