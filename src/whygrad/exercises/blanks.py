"""Which lines of a solution a sheet leaves blank, by its level."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from whygrad.derivation import Step
from whygrad.exercises.kinds import Solution
from whygrad.expr import Quantity
from whygrad.mistakes.ledger import quantities
from whygrad.names import Delta, Reference, Updated, Value


@dataclass(frozen=True)
class Blanks:
    """What the sheets of a class leave out: the same lines on each.

    asked: the lines that are to be filled in. silent: lines that say the number of one of those
    again under another name, and so stand without it (∂E/∂b = δ).
    """

    asked: frozenset[Reference]
    silent: frozenset[Reference] = frozenset()


def blanks(solutions: Sequence[Solution], level: int) -> Blanks:
    """The lines that are left blank on the sheets of a class.

    1: single steps, each from numbers that stand on the sheet. 2: every line of the question.
    3: the results alone.
    """
    first = solutions[0]
    if level == 3:
        return Blanks(frozenset(first.results))
    lines = [step for step in first.asked if not copies(step)]
    if level == 2:
        return Blanks(frozenset(step.ref for step in lines))
    behind = sources(solutions)
    asked = frozenset(single_steps(lines, read_by(solutions), behind))
    return Blanks(asked, frozenset(s.ref for s in lines if behind.get(s.ref) in asked))


def copies(step: Step) -> bool:
    """Whether a line says a number again under another name: out = net of an identity."""
    return step.rule == "forward" and isinstance(step.formula, Quantity)


def sources(solutions: Sequence[Solution]) -> dict[Hashable, Hashable]:
    """Of each line that has the number of another line it reads, in any solution: the first one.

    ∂E/∂b = δ; ∂net/∂w = out; out = net where a relu is open; δ = out of a wrong class. A 0 that
    a mask made of another 0 is no copy.
    """
    lines = {step.ref for solution in solutions for step in solution.steps}
    found: dict[Hashable, Hashable] = {}
    for step in (s for solution in solutions for s in solution.steps):
        for q in quantities(step.formula):
            same = q.value == step.value != 0 or isinstance(step.formula, Quantity)
            if q.ref in lines and same:
                found.setdefault(step.ref, found.get(q.ref, q.ref))
    return found


def read_by(solutions: Sequence[Solution]) -> dict[Hashable, set[Hashable]]:
    """What each line reads, in any of the solutions."""
    read: dict[Hashable, set[Hashable]] = {}
    for step in (s for solution in solutions for s in solution.steps):
        read.setdefault(step.ref, set()).update(q.ref for q in quantities(step.formula))
    return read


def single_steps(
    lines: list[Step], reads: dict[Hashable, set[Hashable]], behind: dict[Hashable, Hashable]
) -> Iterator[Reference]:
    """From the result upwards every line that no blank one reads, and that is no copy.

    Of a step that reads a copy, what it is a copy of is asked instead: δ, not the new bias.
    """
    needed: set[Hashable] = set()
    kept = {step.ref for step in lines if wanted(step)} - behind.keys()
    for step in reversed(lines):
        if step.ref not in kept or step.ref in needed:
            continue
        if isinstance(step.ref, Updated) and {behind.get(r) for r in reads[step.ref]} & kept:
            continue
        needed |= {behind.get(r, r) for r in reads[step.ref]}
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
