"""Sheet: one variant, with its numbers, its solution and what is left blank on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from whygrad.derivation import Step
from whygrad.exercises.blanks import Blanks
from whygrad.exercises.kinds import Solution
from whygrad.exercises.mistake import Mistake
from whygrad.exercises.problem import Problem
from whygrad.names import Reference

LINE, VALUE = "line", "value"  # what is asked for where a mistake is to be found


def typed(name: str) -> str:
    """A quantity's name in the letters of every keyboard, which every spreadsheet keeps."""
    return name.replace("∂", "d").replace("δ", "delta")


@dataclass(frozen=True, eq=False)
class Variant:
    """One variant of an exercise; `number` counts from 1, and is all that a sheet says of it."""

    number: int
    problem: Problem
    solution: Solution
    blanks: Blanks
    mistake: Mistake | None = None

    @property
    def blank(self) -> frozenset[Reference]:
        """The lines that are to be filled in."""
        return self.blanks.asked

    @cached_property
    def asked(self) -> tuple[Step, ...]:
        """The lines that are blank, in the order of the solution."""
        if self.mistake is not None:
            return (self.mistake.right,)
        return tuple(step for step in self.solution.steps if step.ref in self.blank)

    @cached_property
    def answers(self) -> dict[str, float]:
        """What belongs into the blanks, by name."""
        if self.mistake is not None:
            return {LINE: self.mistake.place, VALUE: self.mistake.right.value}
        return {self.problem.names.text(step.ref): step.value for step in self.asked}


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page for somebody: a variant, and the name on it ("" where it is to be filled in)."""

    variant: Variant
    name: str = ""
