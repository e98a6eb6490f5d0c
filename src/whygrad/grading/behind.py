"""What lies behind a number of a sheet: the written numbers it rests on, the lines between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from whygrad.forward import evaluate
from whygrad.grading.conventions import World
from whygrad.grading.later import Later
from whygrad.grading.naming import After
from whygrad.grading.rows import Ref
from whygrad.mistakes.ledger import Numbers, Reckoning
from whygrad.names import Reference, Updated
from whygrad.numeric import xp


@dataclass(eq=False)
class Working:
    """Works numbers out in one world; those after updates too."""

    world: World

    @cached_property
    def later(self) -> Later:
        return Later(self.world)

    @cached_property
    def learned(self) -> tuple[Reference, ...]:
        """Every parameter after the step."""
        trace = self.world.trace
        return tuple(Updated(at) for at in trace.numbers(trace.parameters))

    def before(self, ref: Ref) -> Sequence[Ref]:
        """The numbers that a line reads."""
        if isinstance(ref, After):
            return self.learned if ref.steps == 1 else ()
        return self.world.ledger.before(ref)

    def anew(self, ref: Ref, reckoning: Reckoning) -> float:
        """A number by its own line, from the numbers of a reckoning."""
        if not isinstance(ref, After):
            return reckoning.anew(ref)
        if self.world.plan.learning_rate is None:
            return math.nan
        return self.later.value(ref) if ref.steps > 1 else self.after_one(ref, reckoning)

    def after_one(self, ref: After, reckoning: Reckoning) -> float:
        """A number after one update, from the sheet's own weights."""
        trace = self.world.trace
        values = dict(trace.recorded.values)
        for node in trace.parameters:
            array = np.array(values[node.id], dtype=float)
            for at in trace.names.entries(node):
                assert at.index is not None
                array[at.index] = reckoning.value(Updated(at))
            values[node.id] = array
        sources = {n.id: values[n.id] for n in trace.graph.sources}
        return float(evaluate(trace.graph, sources, xp)[ref.at.node][ref.at.index])

    def right(self, ref: Ref) -> float:
        """A number without any mistake."""
        return self.anew(ref, self.exact)

    @cached_property
    def exact(self) -> Reckoning:
        """Every number without any mistake."""
        return Reckoning(self.world.ledger, {})


@dataclass(eq=False)
class Behind:
    """What lies behind one number, where some numbers are given as they were written."""

    working: Working
    ref: Ref
    given: Numbers
    written: list[Reference] = field(default_factory=list)  # the nearest first, as the lines
    lines: list[Ref] = field(default_factory=list)  # its own, then those that were not written
    readers: dict[Ref, list[Ref]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lines.append(self.ref)
        for here in self.lines:  # grows while it is read
            for at in self.working.before(here):
                known = at in self.readers
                self.readers.setdefault(at, []).append(here)
                if not known and not isinstance(at, After):
                    (self.written if at in self.given else self.lines).append(at)

    @cached_property
    def base(self) -> Reckoning:
        return Reckoning(self.working.world.ledger, self.given)

    @cached_property
    def value(self) -> float:
        """The number, by its own line."""
        return self.working.anew(self.ref, self.base)

    def response(self, at: Reference) -> Callable[[float], float]:
        """How the number answers to another value of one behind it; only what changes is redone."""
        touched: set[Ref] = {at}
        waiting: list[Ref] = [at]
        while waiting:
            for reader in self.readers.get(waiting.pop(), ()):
                if reader not in touched:
                    touched.add(reader)
                    waiting.append(reader)
        lines = [r for r in self.lines[1:] if r not in touched and not isinstance(r, After)]
        kept = {r: self.base.value(r) for r in lines}
        ledger, working = self.working.world.ledger, self.working

        def answer(value: float) -> float:
            return working.anew(self.ref, Reckoning(ledger, {**self.given, at: value}, dict(kept)))

        return answer

    def moved(self, rooms: Mapping[Reference, float]) -> float:
        """How far it moves where others move within their rooms, one after the other."""
        total = 0.0
        for at, room in rooms.items():
            if room:
                answer, here = self.response(at), self.base.value(at)
                ways = (answer(here + step) for step in (room, -room))
                total += max((abs(v - self.value) for v in ways if math.isfinite(v)), default=0.0)
        return total
