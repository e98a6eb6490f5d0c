"""Causes: which mistakes of the catalogue give the gradients that are claimed.

Nothing is guessed: a cause is named only where it reproduces the claimed numbers of an array that
is wrong, to within what rounding and the difference quotients leave open.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from whygrad.checking.claim import Arrays, Claim
from whygrad.checking.entries import entry_of
from whygrad.checking.identities import identity
from whygrad.checking.rules import rule_causes
from whygrad.checking.verdicts import Row
from whygrad.differences import quotient
from whygrad.mistakes.passes import Variant, WrongPasses, sequential_rate, variants
from whygrad.recording import Trace

REPRODUCED = 1e-6  # relative to the largest number of the array
MEASURED = 600  # up to so many entries of a wrong array are all measured, to see a pattern in it
MOST = 12  # causes that are kept
RATES = (0.5, 0.1, 1.0, 0.01, 0.05, 0.2, 0.3, 0.001)  # that people use, tried for updated weights

TRANSPOSED = ("array_transposed",)
BETTER = {  # what need not be said where one of these is
    "sum_for_mean.axis": ("sum_for_mean.samples", "sum_for_mean.outputs", "twice"),
    "mean_for_sum.axis": ("mean_for_sum.samples", "mean_for_sum.outputs", "half"),
    "sign_any": ("sign",),
    "penalty_unasked": ("twice", "half", "sign_any", "factor.count"),
    "penalty_forgotten": ("twice", "half", "sign_any", "factor.share"),
    "penalty_on_biases": ("twice", "half", "sign_any", "factor.count"),
    "column_order": TRANSPOSED,
    "row_order": TRANSPOSED,
    "swapped_entries": TRANSPOSED,
    "swapped_rows": ("rows_reversed",),
    "swapped_columns": ("columns_reversed",),
}


@dataclass(frozen=True)
class Cause:
    """A mistake that gives the claimed numbers.

    key: its sentence, `cause.KEY`; blanks: what stands in it. reproduces: the arrays whose claimed
    numbers it gives; whole: whether those are all the wrong ones.
    """

    key: str
    blanks: Mapping[str, Any] = field(default_factory=dict)
    reproduces: tuple[str, ...] = ()
    whole: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The cause as plain data."""
        blanks = {
            k: v if isinstance(v, (int, float, str)) else str(v) for k, v in self.blanks.items()
        }
        return {
            "cause": self.key, **blanks, "reproduces": list(self.reproduces), "whole": self.whole
        }  # fmt: skip


def causes(claim: Claim, rows: Iterable[Row]) -> tuple[Cause, ...]:
    """The mistakes that give the wrong arrays; those that give all of them where there are any."""
    wrong = tuple(row for row in rows if row.verdict == "wrong")
    if not wrong:
        return ()
    if claim.own and claim.trace is not None:
        names = tuple(row.parameter for row in wrong)
        found = list(rule_causes(claim.trace))
        if found:
            return tuple(Cause(key, blanks, names, True) for key, blanks in found[:MOST])
        return tuple(conventions(claim.trace, names))
    search = Search(claim, wrong)
    named = [replace(c, whole=set(c.reproduces) >= search.names) for c in search.all()]
    return tuple(sharpest(covering(unique(named), search.names))[:MOST])


def conventions(trace: Trace, names: tuple[str, ...]) -> Iterator[Cause]:
    """Where no rule is wrong by itself: the operations that follow a convention at an edge."""
    said = {
        node.op.name: node.op.convention
        for node in trace.graph.nodes
        if node.op is not None and node.op.convention and node.id in trace.graph.alive
    }
    for name, convention in said.items():
        yield Cause("convention", {"op": name, "convention": convention}, names, True)


def unique(found: Iterable[Cause]) -> list[Cause]:
    """The causes without repetitions."""
    kept: dict[tuple[Any, ...], Cause] = {}
    for cause in found:
        kept.setdefault((cause.key, tuple(map(str, cause.blanks.values()))), cause)
    return list(kept.values())


def covering(found: list[Cause], names: set[str]) -> list[Cause]:
    """Those that give every wrong array; else few that give all of them together."""
    chosen: list[Cause] = [c for c in found if c.whole]
    left = set() if chosen else set(names)
    while left:
        best = max(found, key=lambda c: len(left & set(c.reproduces)), default=None)
        if best is None or not left & set(best.reproduces):
            break
        chosen += [c for c in found if c.reproduces == best.reproduces and c not in chosen]
        left -= set(best.reproduces)
    return chosen


def sharpest(found: list[Cause]) -> list[Cause]:
    """The causes without those that say less than another one about the same arrays."""
    keys = {(c.key, c.reproduces) for c in found}

    def said_better(cause: Cause) -> bool:
        if cause.key.partition(".")[0] == "factor":
            return any(k.partition(".")[0] != "factor" and at == cause.reproduces for k, at in keys)
        better = BETTER.get(cause.key, ())
        return any((key, cause.reproduces) in keys for key in better)

    return [c for c in found if not said_better(c)]


@dataclass(frozen=True, eq=False)
class Search:
    """The wrong arrays of a claim beside what each mistake makes of them."""

    claim: Claim
    rows: tuple[Row, ...]

    @property
    def names(self) -> set[str]:
        return {row.parameter for row in self.rows}

    def all(self) -> Iterator[Cause]:
        """Every mistake that gives at least one of the wrong arrays."""
        yield from self.refusals()
        yield from self.passes()
        yield from self.ratios()
        yield from self.penalties()
        yield from self.rearranged_arrays()
        yield from self.factors()
        yield from self.identified()

    def passes(self) -> Iterator[Cause]:
        """The wrong backward passes that give a wrong array."""
        for variant in self.variants():
            given = tuple(n for n in self.compared if self.gives(variant.gradients, n))
            if given:
                yield Cause(variant.key, variant.blanks, given)

    def rearranged_arrays(self) -> Iterator[Cause]:
        """The wrong arrays whose numbers are right ones in other places."""
        for name in self.compared:
            for key, blanks in self.rearranged(name):
                yield Cause(key, blanks, (name,))

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """The wrong arrays that have the shape of what they belong to."""
        return tuple(
            r.parameter
            for r in self.rows
            if not r.refused and r.parameter in self.right
            if np.isfinite(self.claim.gradients[r.parameter]).all()
        )

    def gives(self, made: Arrays, name: str) -> bool:
        """Whether a mistake's array is the claimed one."""
        claimed = self.claim.gradients[name]
        other = made.get(name)
        return other is not None and other.shape == claimed.shape and self.same(other, name)

    def same(self, made: np.ndarray, name: str) -> bool:
        """Whether an array is the claimed one, where what is right is known."""
        claimed, known = self.claim.gradients[name], np.isfinite(self.right[name])
        size = np.abs(claimed[np.isfinite(claimed)]).max(initial=0.0)
        right = self.right[name]
        limit = self.tolerance * max(float(size), float(np.abs(right[known]).max(initial=0.0)))
        with np.errstate(all="ignore"):
            return bool(np.all(np.abs(made - claimed)[known] <= limit))

    @property
    def tolerance(self) -> float:
        return max(REPRODUCED, 10 * self.claim.epsilon ** (2 / 3))

    @property
    def close(self) -> float:
        """How near a ratio must be to a number with a meaning."""
        return max(1e-5, min(self.tolerance, 0.02))

    # ---- what is right --------------------------------------------------------------------------

    @cached_property
    def right(self) -> dict[str, np.ndarray]:
        """The right gradients of the wrong arrays: the pass's, or measured; NaN where unknown."""
        claim = self.claim
        if claim.trace is not None and not claim.own:
            return {n: claim.trace.gradients[n] for n in self.names}
        return {n: self.measured(n) for n in self.names if n in claim.gradients}

    def measured(self, name: str) -> np.ndarray:
        """The gradient of an array by differences, entry by entry, where it is small enough."""
        array = np.array(self.claim.point[name], dtype=float)
        found = np.full(array.shape, np.nan)
        function = self.claim.function_of(name)
        indexes = list(np.ndindex(*array.shape))
        for index in indexes if len(indexes) <= MEASURED else indexes[:MEASURED]:
            along = entry_of(function, array, index)
            found[index] = quotient(along, float(array[index]), epsilon=self.claim.epsilon).value
        return found

    # ---- whole passes ---------------------------------------------------------------------------

    def variants(self) -> Iterator[Variant]:
        """The wrong passes of a recorded one; with the learning rates that come into question."""
        claim = self.claim
        if claim.trace is None or claim.own:
            return
        yield from variants(claim.trace)
        if claim.trace.network is None or claim.trace.network.depth < 2:
            return
        fitted = sequential_rate(claim.trace, claim.gradients)
        for rate in dict.fromkeys((claim.learning_rate, fitted, *RATES)):
            if rate is not None:
                yield WrongPasses(claim.trace).updated_weights(rate)

    # ---- array by array -------------------------------------------------------------------------

    def refusals(self) -> Iterator[Cause]:
        """Arrays of another shape: a batch that was not summed, a matrix the wrong way round."""
        for row in self.rows:
            if not row.refused:
                continue
            given, name = self.claim.gradients.get(row.parameter), row.parameter
            wanted = self.claim.point[name].shape
            if given is None:
                right = identity(self.measured(name), self.claim.operands)
                if right:
                    yield Cause("fails.right", {"node": name, "right": right}, (name,))
                continue
            if self.is_not_summed(name, given):
                yield Cause("not_summed", {"node": name, "count": len(given)}, (name,))
            elif given.shape == wanted[::-1]:
                yield Cause("shape_transposed", {"node": name}, (name,))
            else:
                yield Cause("shape", {"node": name, "given": str(given.shape),
                                      "wanted": str(wanted)}, (name,))  # fmt: skip

    def is_not_summed(self, name: str, given: np.ndarray) -> bool:
        """Whether the right gradient is the sum over the axes that the given one has too many."""
        wanted = self.claim.point[name].shape
        more = given.ndim - len(wanted)
        if more < 1 or given.shape[more:] != wanted:
            return False
        total, right = given.sum(axis=tuple(range(more))), self.right.get(name)
        return right is not None and np.allclose(
            total, right, rtol=self.tolerance, atol=self.tolerance * float(np.abs(total).max())
        )

    def identified(self) -> Iterator[Cause]:
        """What a wrong array is made of, and the right one, where the function is opaque."""
        for name in self.compared if self.claim.operands else ():
            said = identity(self.claim.gradients[name], self.claim.operands)
            right = identity(self.right[name], self.claim.operands)
            if said and right:
                yield Cause("made_of", {"node": name, "said": said, "right": right}, (name,))
            elif right:
                yield Cause("made_of.right", {"node": name, "right": right}, (name,))
            elif said:
                yield Cause("made_of.said", {"node": name, "said": said}, (name,))

    def ratios(self) -> Iterator[Cause]:
        """A constant factor on some arrays, named where it has a meaning."""
        by_ratio: dict[float, list[str]] = {}
        for name in self.compared:
            ratio = self.ratio(name)
            if ratio is not None:
                known = next(
                    (r for r in by_ratio if math.isclose(r, ratio, rel_tol=self.close)), ratio
                )
                by_ratio.setdefault(known, []).append(name)
        for ratio, names in by_ratio.items():
            yield from (Cause(k, b, tuple(names)) for k, b in self.meanings(ratio))

    def ratio(self, name: str) -> float | None:
        """Claimed over right, where it is the same everywhere."""
        claimed, right = self.claim.gradients[name], self.right[name]
        known = np.isfinite(right) & (right != 0)
        if not known.any():
            return None
        ratio = float(np.vdot(right[known], claimed[known]) / np.vdot(right[known], right[known]))
        return ratio if np.isfinite(ratio) and self.same(ratio * right, name) else None

    def meanings(self, ratio: float) -> Iterator[tuple[str, dict[str, Any]]]:
        """What a factor may come from."""
        if ratio == 0 or abs(ratio) < 1e-12:
            yield "cut", {}
            return
        plain = {-1.0: "sign_any", 2.0: "twice", 0.5: "half", -2.0: "sign_twice", -0.5: "sign_half"}
        key = next(
            (k for r, k in plain.items() if math.isclose(r, ratio, rel_tol=self.close)), None
        )
        if key:
            yield key, {}
        lengths = {n for a in self.claim.point.values() for n in a.shape if n > 1}
        if self.claim.trace is not None:
            lengths |= {n for node in self.claim.trace.graph.nodes for n in node.shape if n > 1}
        for n in sorted(lengths):
            if math.isclose(ratio, n, rel_tol=self.close):
                yield "sum_for_mean.axis", {"count": n}
            if math.isclose(ratio, 1 / n, rel_tol=self.close):
                yield "mean_for_sum.axis", {"count": n}
        if not key:
            yield self.plain_factor(ratio)

    def plain_factor(self, ratio: float) -> tuple[str, dict[str, Any]]:
        """A factor without a meaning that could be tried; a whole number may be a count."""
        for number, name in ((ratio, "factor.count"), (1 / ratio, "factor.share")):
            if 2.5 < number < 1e6 and math.isclose(number, round(number), rel_tol=self.close / 10):
                return name, {"count": round(number)}
        return "factor", {"ratio": ratio}

    def penalties(self) -> Iterator[Cause]:
        """A difference in proportion to the parameters: a penalty forgotten, or one too many."""
        shares: dict[str, float] = {}
        for name in self.compared:
            array = np.array(self.claim.point[name], dtype=float)
            off = self.claim.gradients[name] - self.right[name]
            known = np.isfinite(off)
            if not array[known].any():
                continue
            share = float(np.vdot(array[known], off[known]) / np.vdot(array[known], array[known]))
            if share and self.same(self.right[name] + share * array, name):
                shares[name] = share
        for share in dict.fromkeys(float(f"{s:.4g}") for s in shares.values()):
            names = tuple(n for n, s in shares.items() if math.isclose(s, share, rel_tol=1e-3))
            if sum(self.claim.point[n].size for n in names) < 2:
                continue  # one number is in proportion to anything
            biases = all(self.is_bias(n) for n in names)
            key = "penalty_forgotten" if share < 0 else "penalty_unasked"
            key = "penalty_on_biases" if biases and share > 0 else key
            yield Cause(key, {"share": abs(share)}, names)

    def is_bias(self, name: str) -> bool:
        trace = self.claim.trace
        if trace is not None and name in trace.graph and trace.network is not None:
            return trace.graph[name].role == "bias"
        named = "bias" in name.lower() or name.lower().startswith("b")
        return named or (trace is not None and self.claim.point[name].ndim < 2)

    def rearranged(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The right numbers in other places."""
        claimed, right = self.claim.gradients[name], self.right[name]
        if right.size < 2 or not np.isfinite(right).all():
            return
        blanks: dict[str, Any] = {"node": name}
        for key, move in MOVES.items():
            with np.errstate(all="ignore"):
                moved = move(right)
            if moved is not None and self.same(moved, name):
                yield key, blanks
        off = np.argwhere(~np.isclose(claimed, right, rtol=self.tolerance, atol=0))
        if len(off) == 2:
            first, second = (tuple(int(i) for i in at) for at in off)
            moved = right.copy()
            moved[first], moved[second] = right[second], right[first]
            if self.same(moved, name):
                places = {"first": self.claim.element(name, first),
                          "second": self.claim.element(name, second)}  # fmt: skip
                yield "swapped_entries", blanks | places
        if right.ndim == 2:
            yield from self.swapped_lines(name, right)

    def swapped_lines(self, name: str, right: np.ndarray) -> Iterator[tuple[str, dict[str, Any]]]:
        """Two rows or two columns in each other's place."""
        claimed = self.claim.gradients[name]
        for axis, key in ((0, "swapped_rows"), (1, "swapped_columns")):
            other = np.abs(claimed - right).max(axis=1 - axis)
            moved = np.flatnonzero(other > self.tolerance * np.abs(right).max())
            if len(moved) == 2:
                order = np.arange(right.shape[axis])
                order[moved] = order[moved[::-1]]
                if self.same(np.take(right, order, axis=axis), name):
                    first, second = (int(i) + 1 for i in moved)
                    yield key, {"node": name, "first": first, "second": second}

    # ---- factors of a derivation ----------------------------------------------------------------

    def factors(self) -> Iterator[Cause]:
        """A factor of the worst entry's own derivation that equals the ratio, or its inverse."""
        trace = self.claim.trace
        if trace is None or self.claim.own:
            return
        for row in self.rows:
            if row.refused or not row.quotient or row.parameter not in self.compared:
                continue
            ratio = row.gradient / row.quotient
            if not math.isfinite(ratio) or ratio in (0.0, 1.0):
                continue
            at = self.claim.element(row.parameter, row.index)
            for ref, value in chain_factors(trace.why(at).steps):
                if math.isclose(value * ratio, 1, rel_tol=1e-5) and abs(value) != 1:
                    yield Cause("factor_missing", {"at": at, "factor": ref}, (row.parameter,))
                elif math.isclose(value, ratio, rel_tol=1e-5) and abs(value) != 1:
                    yield Cause("factor_twice", {"at": at, "factor": ref}, (row.parameter,))


def chain_factors(steps: Iterable[Any]) -> Iterator[tuple[Any, float]]:
    """The local factors of a derivation, by what they are of."""
    for step in steps:
        for part in itertools.chain((step,), step.parts):
            if part.rule == "local":
                yield part.ref, part.value


Move = Callable[[np.ndarray], np.ndarray | None]
MOVES: dict[str, Move] = {
    "array_transposed": lambda a: a.T if a.ndim == 2 and a.shape[0] == a.shape[1] else None,
    "column_order": lambda a: a.ravel().reshape(a.shape, order="F") if a.ndim > 1 else None,
    "row_order": lambda a: a.ravel(order="F").reshape(a.shape) if a.ndim > 1 else None,
    "rows_reversed": lambda a: a[::-1],
    "columns_reversed": lambda a: a[..., ::-1] if a.ndim > 1 else None,
    "rows_rolled": lambda a: np.roll(a, 1, axis=0) if len(a) > 2 else None,
    "rows_rolled_back": lambda a: np.roll(a, -1, axis=0) if len(a) > 2 else None,
    "columns_rolled": lambda a: np.roll(a, 1, axis=-1) if a.ndim > 1 and a.shape[-1] > 2 else None,
    "columns_rolled_back": lambda a: (
        np.roll(a, -1, axis=-1) if a.ndim > 1 and a.shape[-1] > 2 else None
    ),
}  # fmt: skip
