"""Judging a sheet in one world: each number in the derivation's order, with what follows from it.

A number is right, right within the rounding of the numbers before it, cut off instead of rounded,
what follows from an earlier mistake, or wrong; then the slip that gives its digits is looked for,
in its own line and in the lines before it that were not written down.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from whygrad.expr import Expr
from whygrad.grading.behind import Behind, Working
from whygrad.grading.conventions import World
from whygrad.grading.habit import Habit, Rounded, habit
from whygrad.grading.naming import After, Asked
from whygrad.grading.pen import slip_of_the_pen
from whygrad.grading.rows import BAD, GOOD, Found, Item, Ref, Row, fits, is_cut
from whygrad.grading.sheet import Entry
from whygrad.mistakes.ledger import Numbers, Reckoning, quantities
from whygrad.mistakes.parts import numbers
from whygrad.mistakes.passes import Variant, variants
from whygrad.mistakes.slips import KEYS, Slip, slips
from whygrad.names import Partial, Reference, Updated, Value

MOST = 4  # explanations that are kept of one wrong number
NEAR, FAR = 3, 8  # half units that rounding excuses where a slip in the own, a hidden line fits too
ENOUGH = 12  # numbers without an explanation, from which on only their own lines are looked at
FIRST = 20  # explanations that are tried on the numbers that come later


@dataclass(eq=False)
class Judge:
    """One reading of a sheet in a world."""

    world: World
    asked: tuple[tuple[Entry, Asked], ...]
    search: bool = True
    own: dict[Reference, float] = field(default_factory=dict)  # what was written and is accepted
    all: dict[Reference, float] = field(default_factory=dict)  # the same with every mistake in it
    pens: set[Ref] = field(default_factory=set)
    rooms: dict[Ref, float] = field(default_factory=dict)
    blame: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    fruitless: int = 0  # numbers for which no explanation was found

    # ---- the order ------------------------------------------------------------------------------

    @cached_property
    def items(self) -> list[Item]:
        """The numbers in the derivation's order: forward, error, backward, update, later."""
        items = [
            Item(entry, asked, self.same(self.world.ref(asked)), self.world.sign(asked))
            for entry, asked in self.asked
        ]
        places: dict[Ref, int] = {}
        for item in sorted(items, key=lambda item: self.rank(item.ref)):
            self.visit(item.ref, places)
        return sorted(items, key=lambda item: places[item.ref])

    def same(self, ref: Ref) -> Ref:
        return ref if isinstance(ref, After) else self.world.ledger.same(ref)

    def visit(self, ref: Ref, places: dict[Ref, int]) -> None:
        """Numbers the lines, each behind those that it reads."""
        if ref not in places:
            for earlier in self.working.before(ref):
                self.visit(earlier, places)
            places.setdefault(ref, len(places))

    def rank(self, ref: Ref) -> tuple[Any, ...]:
        graph = self.world.trace.graph
        order = {n.id: k for k, n in enumerate(graph.nodes)}
        match ref:
            case After(at, steps):
                return (4, steps, order[at.node], at.index or ())
            case Value(node, index):
                return (1, order[node], index or ())
            case Partial(top, bottom):
                below = graph[bottom.node]
                roles = ("error", "out", "net", "weight", "bias")
                role = roles.index(below.role) if below.role in roles else len(roles)
                return (2, -below.layer, role, bottom.index or (), order[top.node], top.index or ())
            case Updated(Value(node, index)):
                return (3, -graph[node].layer, order[node], index or ())
        return (0,)

    # ---- numbers --------------------------------------------------------------------------------

    @cached_property
    def working(self) -> Working:
        return Working(self.world)

    def behind(self, ref: Ref, given: Numbers) -> Behind:
        """What lies behind a number on the sheet as it was written so far."""
        return Behind(self.working, ref, dict(given))

    def spread(self, behind: Behind) -> float:
        """How far the rounding of the written numbers before it can move a number."""
        return behind.moved({at: self.rooms.get(at, 0.0) for at in behind.written})

    def hidden_spread(self, behind: Behind) -> float:
        """How far it moves where the numbers between were rounded too, as the sheet rounds."""
        lines = [at for at in behind.lines[1:] if self.working.before(at)]
        rooms = {at: self.habit.room(behind.base.value(at)) for at in lines}  # type: ignore[arg-type]
        return behind.moved(rooms)  # type: ignore[arg-type]

    def loose(self, item: Item, own: Behind, spread: float) -> float:
        """How far a number may be off by rounding on the way, in lines that were not written too.

        Somebody may cut digits off there: twice as far as by rounding, and a unit at the end.
        """
        hidden = self.hidden_spread(own)
        return 2 * (hidden + spread) + item.number.half if hidden else spread

    def from_rounded(self, item: Item, own: Behind) -> bool:
        """Whether it comes out where the lines between are rounded as the sheet rounds.

        All of them, or all but those that it reads itself (the errors that a sum is made of).
        """
        ref = item.ref
        if isinstance(ref, After) or not any(self.working.before(at) for at in own.lines[1:]):
            return False
        ledger = self.world.ledger
        return any(
            fits(item, Reckoning.anew(Rounded(ledger, self.own, {}, self.habit, exact), ref))
            for exact in ((), ledger.before(ref))
        )

    @cached_property
    def habit(self) -> Habit:
        """How the sheet rounds."""
        return habit(self.items, [self.working.right(item.ref) for item in self.items])

    # ---- one number -----------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """Every number's row, in the derivation's order."""
        return [self.row(k) for k in range(len(self.items))]

    def row(self, k: int) -> Row:
        item = self.items[k]
        right = self.working.right(item.ref)
        row = self.verdict(item, right, k)
        step = None
        if not isinstance(item.ref, After):
            step = Reckoning(self.world.ledger, self.all).step(item.ref)
        self.enter(item, row)
        return replace(
            row,
            right=item.sign * right + 0.0,
            expected=item.sign * row.expected + 0.0,
            sign=item.sign,
            step=step,
        )

    def verdict(self, item: Item, right: float, k: int) -> Row:
        def row(verdict: str, expected: float, **more: Any) -> Row:
            return Row(item.entry, item.asked, item.ref, verdict, right, expected, **more)

        if not math.isfinite(right):
            return row("unchecked", right)
        if fits(item, right):
            return row("right", right)
        own = self.behind(item.ref, self.own)
        spread = self.spread(own)
        if fits(item, own.value, spread):
            return row("rounding", own.value)
        if is_cut(item, right) or is_cut(item, own.value, spread * self.habit.cuts):
            return row("cut", own.value)
        if self.from_rounded(item, own):
            return row("rounding", own.value)
        every = self.behind(item.ref, self.all)
        following = self.following(item, every)
        if following is not None:
            return row("follows", following, sources=self.sources(every))
        rounded = fits(item, own.value, self.loose(item, own, spread))
        found = self.explanations(item, k, every) if self.search else ()
        if rounded and abs(item.value - own.value) <= self.excused(item, found):
            return row("rounding", own.value)
        if found:
            return row("wrong", every.value, found=found, again=found[0].key in self.keys)
        numbers_near = (item.sign * v for v in (right, own.value, every.value))
        pen = next((p for v in numbers_near if (p := slip_of_the_pen(item.number, v))), "")
        return row("pen" if pen else "wrong", every.value, pen=pen)

    def excused(self, item: Item, found: tuple[Found, ...]) -> float:
        """How far off a number may be before a slip is likelier than rounding in hidden lines."""
        if not found:
            return math.inf
        near = any(f.at == item.ref for f in found)
        return (2 if self.habit.cuts else 1) * item.number.half * (NEAR if near else FAR)

    def following(self, item: Item, every: Behind) -> float | None:
        """The number that follows from earlier mistakes, where it is what was written."""
        if not self.sources(every):
            return None
        without = {ref: v for ref, v in self.all.items() if ref not in self.pens}
        for behind in (every, *([self.behind(item.ref, without)] if self.pens else [])):
            spread = self.spread(behind)
            cut = is_cut(item, behind.value, spread * self.habit.cuts)
            if fits(item, behind.value, spread) or cut:
                return behind.value
        return None

    def sources(self, behind: Behind) -> tuple[str, ...]:
        """The numbers whose mistakes lie behind a line."""
        same = (behind.ref,) if behind.ref in self.all else ()
        names = (name for at in (*behind.written, *same) for name in self.blame.get(at, ()))
        return tuple(dict.fromkeys(names))

    def penned(self, behind: Behind) -> bool:
        """Whether a slip of the pen is among the mistakes behind a line."""
        pens = {item.entry.name for item in self.items if item.ref in self.pens}
        return not pens.isdisjoint(self.sources(behind))

    def enter(self, item: Item, row: Row) -> None:
        """Takes the number into the sheet's own world, with what it is blamed on."""
        self.keys.update(found.key for found in row.found[:1])
        if isinstance(item.ref, After):  # nothing is worked out from it
            return
        self.all[item.ref] = item.value
        self.rooms[item.ref] = item.number.half * (2 if row.verdict == "cut" else 1)
        if row.verdict in GOOD:
            self.own[item.ref] = item.value
            self.pens.discard(item.ref)
            self.blame.pop(item.ref, None)
        elif row.verdict == "follows":
            self.blame[item.ref] = row.sources
        elif row.verdict in BAD:
            self.blame[item.ref] = (item.entry.name,)
            if row.verdict == "pen":
                self.pens.add(item.ref)
            for found in row.found[:1]:  # made in a line that was not written down
                if found.at != item.ref and not isinstance(found.at, After):
                    self.all[found.at] = found.value
                    self.blame[found.at] = (item.entry.name,)

    # ---- what gives the digits ------------------------------------------------------------------

    def explanations(self, item: Item, k: int, every: Behind) -> tuple[Found, ...]:
        """The mistakes that give the written digits, the likeliest first."""
        if isinstance(item.ref, After):
            later = self.working.later.mistakes(item.ref, lambda v: fits(item, v))
            return tuple(later)[:MOST]
        found = self.by_one_slip(item, every)
        if not found and self.penned(every):
            found = self.by_one_slip(item, self.behind(item.ref, self.own))
        if not found:
            found = list(self.by_wrong_passes(item))
            self.fruitless += not found
            return tuple(found[:MOST])
        tried = found[:FIRST]
        if any(f.at != item.ref for f in tried):
            later_ones = {id(f): self.explained(f, k) for f in tried}
            tried.sort(key=lambda f: -later_ones[id(f)])
        tried.sort(key=lambda f: f.key not in self.keys)
        kept = {(f.key, *map(str, f.blanks.values())): f for f in reversed(tried)}
        return tuple(f for f in tried if f in kept.values())[:MOST]

    def by_one_slip(self, item: Item, behind: Behind) -> list[Found]:
        """Slips in the number's own line, then in those before it that were not written down."""
        spread = self.spread(behind)
        # In words a number is the right one, or what earlier mistakes have made of it.
        told = behind.base if self.sources(behind) else self.working.exact
        ranked = []
        lines = behind.lines if self.fruitless < ENOUGH else behind.lines[:1]
        for depth, at in enumerate(lines):
            assert not isinstance(at, After)
            answer = behind.response(at) if depth else float
            for slip in self.catalogue(at):
                with np.errstate(all="ignore"):
                    value = numbers(slip.formula, behind.base.of)
                here = answer(value) if math.isfinite(value) else math.nan
                if fits(item, here, spread) or self.nearly(item, at, slip, here, behind):
                    rank = (not fits(item, here), depth > 0, KEYS.index(slip.key), depth)
                    ranked.append((rank, found_slip(slip, at, value, behind.base, told)))
        return [found for _, found in sorted(ranked, key=lambda pair: pair[0])]

    def nearly(self, item: Item, at: Reference, slip: Slip, here: float, behind: Behind) -> bool:
        """Whether the rounding of the numbers that a slip itself reads explains the difference."""
        if not math.isclose(here, item.value, rel_tol=1e-2):
            return False
        answer = behind.response(at) if at != item.ref else float

        def made(changed: Numbers) -> float:
            return answer(numbers(slip.formula, Reckoning(self.world.ledger, changed).of))

        room, given = 0.0, behind.given
        read = (self.world.ledger.same(q.ref) for q in quantities(slip.formula))  # type: ignore[arg-type]
        for ref in dict.fromkeys((*behind.written, *(r for r in read if r in given))):
            step = self.rooms.get(ref, 0.0)
            if step:
                ways = ({**given, ref: given[ref] + s} for s in (step, -step))
                room += max(abs(made(way) - here) for way in ways)
        return fits(item, here, room)

    def catalogue(self, at: Reference) -> tuple[Slip, ...]:
        """The slips of a line, each worked out once."""
        if at not in self.slips_of:
            step = self.world.ledger.step(at)
            rate = self.world.plan.learning_rate
            made = () if step is None else slips(step, self.world.trace.recorded, rate)
            self.slips_of[at] = made
        return self.slips_of[at]

    @cached_property
    def slips_of(self) -> dict[Reference, tuple[Slip, ...]]:
        return {}

    def explained(self, found: Found, k: int) -> int:
        """How many of the numbers that come later a mistake explains."""
        here = self.items[k]
        assert not isinstance(found.at, After) and not isinstance(here.ref, After)
        world = {**self.all, found.at: found.value, here.ref: here.value}
        reckoning = Reckoning(self.world.ledger, world)
        later = (i for i in self.items[k + 1 :] if not isinstance(i.ref, After))
        amiss = (i for i in later if not fits(i, self.working.right(i.ref)))
        return sum(fits(item, self.working.anew(item.ref, reckoning)) for item in amiss)

    def by_wrong_passes(self, item: Item) -> Iterator[Found]:
        """Whole wrong passes: a mistake that was made in every layer."""
        match item.ref:
            case Updated(at) if self.world.plan.learning_rate is not None:
                pass
            case Partial(top, at) if top == self.world.trace.recorded.loss:
                pass
            case _:
                return
        for variant in self.wrong_passes:
            array = variant.gradients.get(at.node)
            if array is None:
                return
            value = float(array[at.index])
            if isinstance(item.ref, Updated):
                rate = self.world.plan.learning_rate or 0.0
                value = self.world.trace.recorded.value(at) - rate * value
            if fits(item, value):
                yield Found(f"cause.{variant.key}", item.ref, None, value, variant.blanks)

    @cached_property
    def wrong_passes(self) -> list[Variant]:
        return list(variants(self.world.trace, self.world.plan.learning_rate))


def found_slip(slip: Slip, at: Reference, value: float, base: Reckoning, told: Reckoning) -> Found:
    """A slip as it was made: its line with the sheet's own numbers, its words with those told."""
    blanks = {k: told.put(v) if isinstance(v, Expr) else v for k, v in slip.blanks.items()}
    return Found(f"slip.{slip.key}", at, base.put(slip.formula), value, blanks)
