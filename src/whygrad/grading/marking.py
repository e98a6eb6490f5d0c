"""Marking: a sheet of numbers graded against a network, in the conventions that it was made with.

`grade` reads the sheet, finds the conventions that explain it, and judges every number; what is
said of it and in which order is the business of `pages/marking.py`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.derivation import Step
from whygrad.errors import ConfigError, NameUnknownError
from whygrad.files import config
from whygrad.grading.behind import Working
from whygrad.grading.conventions import (
    LEARNING,
    THRESHOLDS,
    World,
    other_biases,
    with_probabilities,
    worlds,
)
from whygrad.grading.judging import Judge
from whygrad.grading.naming import After, Asked, Names
from whygrad.grading.rows import BAD, Row
from whygrad.grading.sheet import Entry, Sheet, read_sheet
from whygrad.graph import Graph
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network
from whygrad.names import Partial, Rate, Reference, Updated
from whygrad.notation import Notation
from whygrad.recording import Trace, backprop
from whygrad.shown import Shown

if TYPE_CHECKING:  # a marking shows itself
    from whygrad.pages.document import Document

LARGEST = 10_000  # numbers of a pass that is graded by hand
CLOSE = 6  # worlds that are judged in full

Pairs = tuple[tuple[Entry, Asked], ...]


@dataclass(frozen=True, eq=False)
class Marking(Shown):
    """A graded sheet.

    rows: every number, in the derivation's order. world: the pass in the conventions of the sheet.
    blank: the names without a number. unknown: those not understood, each with the nearest known.
    """

    rows: tuple[Row, ...]
    world: World = field(repr=False)
    blank: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def conventions(self) -> tuple[str, ...]:
        """The conventions by which the sheet counts otherwise than the network's file."""
        return self.world.kept

    @property
    def names(self) -> Notation:
        return self.world.trace.names

    @property
    def passed(self) -> bool:
        """Whether every number that can be checked follows, and there is one."""
        checked = [row for row in self.rows if row.verdict != "unchecked"]
        return bool(checked) and all(row.good for row in checked)

    @cached_property
    def first(self) -> Row | None:
        """The first number, in the derivation's order, that does not follow."""
        return next((row for row in self.rows if row.verdict in BAD), None)

    def step(self, row: Row) -> Step | None:
        """The right line of a number; none of one after many updates."""
        return None if isinstance(row.ref, After) else self.world.ledger.step(row.ref)

    def count(self, *verdicts: str) -> int:
        """How many numbers have one of these verdicts."""
        return sum(row.verdict in verdicts for row in self.rows)

    def document(self) -> Document:
        """The marking as a page."""
        from whygrad.pages.marking import marking_document

        return marking_document(self)

    def to_dict(self) -> dict[str, Any]:
        """passed, first, conventions, and a row for each number, at full precision."""
        from whygrad.pages.marking import marking_data

        return marking_data(self)

    def __repr__(self) -> str:
        first = f", the first mistake at {self.first.name}" if self.first else ""
        good = sum(row.good for row in self.rows)
        return f"<Marking: {good} of {len(self.rows)} numbers right{first}>"


def grade(
    network: Network | Trace | str | os.PathLike[str],
    sheet: Any,
    x: Any = None,
    y: Any = None,
    *,
    learning_rate: float | None = None,
    train_bias: bool = True,
) -> Marking:
    """Checks the numbers that somebody wrote down for a network's derivation.

    network: with x (samples, inputs) and y (samples, outputs) or labels; a recorded Trace; or a
    network file with its data, "article" for the worked example.
    sheet: a file (TOML, CSV, JSON, lines `name = value`), such a text, or names with numbers. The
    printed digits are the rounding; a whole number without a point is exact.
    learning_rate: for w⁺ and what comes later, where the sheet has no line `eta = …`.
    Raises NameUnknownError where no name is one of the network's, DataError, ConfigError.
    """
    plan = Plan(learning_rate, train_bias)
    if isinstance(network, str | os.PathLike):
        file = config.read(os.fspath(network))
        network, plan = backprop(file.network, *file.samples()), file.plan()
    trace = network if isinstance(network, Trace) else backprop(network, x, y)
    return mark(trace, read_sheet(sheet), plan)


def mark(trace: Trace, sheet: Sheet, plan: Plan) -> Marking:
    """The marking of a sheet that has been read."""
    check_size(trace.graph)
    told = tuple(entry for entry in sheet if not entry.blank)
    own, pairs = named(with_probabilities(trace), told, plan)
    known, names = {entry.name for entry, _ in pairs}, Names(own.trace)
    strange = dict.fromkeys(entry.name for entry in told if entry.name not in known)
    return replace(
        Choice(own, pairs).marking(),
        blank=tuple(entry.name for entry in sheet if entry.blank),
        unknown={name: names.near(name) for name in strange},
    )


def check_size(graph: Graph) -> None:
    """Refuses a pass that nobody works out by hand, before anything is done."""
    total = sum(node.size for node in graph.nodes)
    if total > LARGEST:
        raise ConfigError(
            "This network is too large to be graded number by number.",
            given=f"{total:,} numbers in a pass, {LARGEST:,} at most",
            hint="whygrad check FILE proves its gradients whole",
        )


def named(trace: Trace, sheet: Sheet, plan: Plan) -> tuple[World, Pairs]:
    """What each name of the sheet means; with the biases counted as most of the names say.

    Raises NameUnknownError where no name is understood.
    """
    names = [entry.name for entry in sheet]
    kept: tuple[str, ...] = ()
    asked = Names(trace).understood(names)
    other = other_biases(trace) if len(asked) < len(set(names)) else None
    if other is not None and other.network is not None:
        otherwise = Names(other).understood(names)
        if len(otherwise) > len(asked):
            trace, asked, kept = other, otherwise, (f"biases_{other.network.bias}",)
    if not asked:
        Names(trace).refuse(names)
    pairs = tuple((entry, asked[entry.name]) for entry in sheet if entry.name in asked)
    rates = [entry.number.value for entry, a in pairs if isinstance(a.ref, Rate)]
    if plan.learning_rate is None and rates:
        plan = replace(plan, learning_rate=rates[0])
    return World(trace, plan, kept), pairs


# ---- in which conventions -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Choice:
    """The choice of the conventions that explain a sheet."""

    own: World
    pairs: Pairs

    def marking(self) -> Marking:
        world = self.best()
        return Marking(tuple(self.judged(world)), world)

    def judged(self, world: World, search: bool = True) -> list[Row]:
        return Judge(self.reading(world), self.pairs, search).rows()

    def reading(self, world: World) -> World:
        """The world, which knows what stands on the sheet."""
        refs = (world.ref(asked) for _, asked in self.pairs)
        return replace(world, written=frozenset(r for r in refs if not isinstance(r, After)))

    def best(self) -> World:
        """The network's own conventions, or others where those explain more of the sheet."""
        if not self.wrong(self.own, search=False):
            return self.own
        likely = [world for world in self.likely() if self.shown(world)]
        for world in likely:
            if not self.wrong(world, search=False):
                return world
        if not likely:
            return self.own
        tried = [(self.wrong(world), len(world.kept), k) for k, world in enumerate(likely)]
        least, _, k = min(tried)
        return likely[k] if least < self.wrong(self.own) else self.own

    def wrong(self, world: World, search: bool = True) -> int:
        """How many mistakes there are in a world, what follows and the same again left out."""
        return sum(row.verdict in BAD and not row.again for row in self.judged(world, search))

    def likely(self) -> list[World]:
        """The worlds that give more of the written numbers than the own one, the simplest first."""
        least = int(np.sum(self.matches(self.own)))
        counted = [(-int(np.sum(self.matches(w))), len(w.kept), k) for k, w in enumerate(self.all)]
        return [self.all[k] for matches, _, k in sorted(counted) if -matches > least][:CLOSE]

    @cached_property
    def all(self) -> list[World]:
        return list(worlds(self.own, [asked for _, asked in self.pairs]))

    def matches(self, world: World) -> np.ndarray:
        """Which written numbers are a world's own, to their digits: True or False for each."""
        with np.errstate(invalid="ignore"):
            return np.abs(self.values(world) - self.written) <= self.rooms

    @cached_property
    def written(self) -> np.ndarray:
        return np.array([entry.number.value for entry, _ in self.pairs])

    @cached_property
    def rooms(self) -> np.ndarray:
        return np.array([entry.number.room for entry, _ in self.pairs])

    def values(self, world: World) -> np.ndarray:
        """What stands on a sheet without mistakes in a world; NaN for what comes later."""
        key = (id(world.trace), world.plan, "per_sample" in world.kept)
        if key not in self._known:
            refs = [world.ref(asked) for _, asked in self.pairs]
            self._known[key] = np.array([self.value(world, ref) for ref in refs])
        signs = np.array([world.sign(asked) for _, asked in self.pairs])
        return signs * self._known[key]

    def value(self, world: World, ref: Reference | After) -> float:
        """A number of a world; of many updates only where whether biases learn is the question."""
        if isinstance(ref, After):
            quick = ref.steps == 1 or set(world.kept) <= {*self.own.kept, *LEARNING}
            return Working(world).right(ref) if quick else math.nan
        try:
            return world.ledger.value(ref)
        except NameUnknownError:
            return math.nan

    @cached_property
    def _known(self) -> dict[Any, np.ndarray]:
        return {}

    # ---- evidence -------------------------------------------------------------------------------

    def shown(self, world: World) -> bool:
        """Whether every convention of a world is shown by numbers, and none speaks against it."""
        return all(self.shows(world, key) for key in world.kept if key not in self.own.kept)

    def shows(self, world: World, key: str) -> bool:
        """Whether one convention is what the numbers follow that depend on it."""
        if key in THRESHOLDS and not self.has_thresholds(world):
            return False
        without = self.without(world, key)
        if without is None:
            return True
        here, there = self.matches(world), self.matches(without)
        support, against = int(np.sum(here & ~there)), int(np.sum(there & ~here))
        values, others = self.values(world), self.values(without)
        concerned = int(np.sum(~np.isclose(values, others, rtol=1e-9, atol=0, equal_nan=True)))
        alone = concerned == 1 and key not in ("errors_sign", "all_sign")
        return support > against and (support > 1 or alone)

    def has_thresholds(self, world: World) -> bool:
        """Whether the sheet names a θ, or its derivatives (else its new biases) have that sign."""
        if any(asked.threshold for _, asked in self.pairs):
            return True
        bottoms = [asked.ref if world.of_bias(asked.ref) else None for _, asked in self.pairs]
        slopes = [k for k, ref in enumerate(bottoms) if isinstance(ref, Partial)]
        learned = [k for k, ref in enumerate(bottoms) if isinstance(ref, Updated)]
        told = slopes or (learned if world.plan.train_bias else [])
        return 2 * int(np.sum(self.matches(world)[told])) > len(told)

    def without(self, world: World, key: str) -> World | None:
        kept = tuple(k for k in world.kept if k != key)
        return next((w for w in self.all if w.kept == kept), None)
