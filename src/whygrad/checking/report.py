"""Report: the verdicts on a claim, the second opinions, the likely causes; `judge` makes one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.checking.causes import Cause, causes
from whygrad.checking.claim import Claim
from whygrad.checking.judges import Opinion, opinions
from whygrad.checking.kinks import kinks
from whygrad.checking.own_quotients import compared
from whygrad.checking.scan import SEED, scan
from whygrad.checking.verdicts import Row, plain
from whygrad.errors import DataError
from whygrad.graph import Graph
from whygrad.names import Value
from whygrad.notation import Code, Notation
from whygrad.shown import Shown
from whygrad.split import Splitter

if TYPE_CHECKING:  # a report shows itself
    from whygrad.pages.document import Document


@dataclass(frozen=True, eq=False)
class Report(Shown):
    """The verdicts on all parameters, a row each; what other judges say; what may be the cause.

    names: by which the causes call numbers.
    """

    rows: tuple[Row, ...]
    opinions: tuple[Opinion, ...] = ()
    causes: tuple[Cause, ...] = ()
    names: Notation = field(default_factory=lambda: Code(Graph((), "")))

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against any gradient."""
        return all(row.ok for row in self.rows)

    @property
    def sampled(self) -> bool:
        """Whether only a part of the entries was looked at one by one."""
        return any(row.checked < row.size and not row.refused for row in self.rows)

    @property
    def checked(self) -> int:
        return sum(row.checked for row in self.rows)

    @property
    def widened(self) -> int:
        return sum(row.widened for row in self.rows)

    @property
    def size(self) -> int:
        return sum(row.size for row in self.rows)

    def document(self) -> Document:
        """The report as a page."""
        from whygrad.pages.verdicts import verdict_document

        return verdict_document(self)

    def __repr__(self) -> str:
        found = ", ".join(f"{row.parameter} {row.verdict}" for row in self.rows)
        return f"<Report: {found}>"

    def to_dict(self) -> dict[str, Any]:
        """ok, sampled (seed), a row a parameter, opinions, causes; numbers at full precision."""
        said = [plain({"judge": o.judge, "agrees": o.agrees, "measure": o.measure})
                for o in self.opinions]  # fmt: skip
        return {
            "ok": self.ok,
            "sampled": self.sampled,
            **({"seed": SEED} if self.sampled else {}),
            "parameters": [row.to_dict() for row in self.rows],
            "opinions": said,
            "causes": [
                c.to_dict() | {"blanks": {k: self.blank(v) for k, v in c.blanks.items()}}
                for c in self.causes
            ],
        }

    def blank(self, value: Any) -> Any:
        """What stands in a cause's blank, as plain data."""
        return value if isinstance(value, (int, float, str)) else self.names.text(value)


def judge(claim: Claim) -> Report:
    """The report on a claim."""
    if not claim.size:
        raise DataError("There is no floating-point number whose gradient could be judged.")
    names = claim.trace.names if claim.trace is not None else Code(Graph((), ""))
    unsteady = _unsteady(claim)
    if unsteady is not None:
        rows, found = unsteady
        return Report(rows, (), found, names)
    rows = tuple(_with_convention(claim, row) for row in scan(claim))
    second = tuple(opinions(claim))
    found = causes(claim, rows)
    if claim.quotients is not None:
        rows, more = compared(claim, rows)
        found += more
    return Report(rows, second, found, names)


# ---- what changes between calls -----------------------------------------------------------------


def _unsteady(claim: Claim) -> tuple[tuple[Row, ...], tuple[Cause, ...]] | None:
    """The rows of a function or a gradient that is another each time it is called."""
    first, second = claim.here, float(claim.value(claim.copies()))
    blur = 1e3 * claim.epsilon * max(abs(first), abs(second))
    if math.isfinite(first) and abs(first - second) > blur:
        return tuple(_random(claim, n, first, second) for n in claim.point), ()
    if claim.again is None or claim.refused:
        return None
    again = claim.again()
    changed = tuple(n for n in claim.point if not _equal(claim.gradients[n], again[n], claim))
    if not changed:
        return None
    if all(_equal(2 * claim.gradients[n], again[n], claim) for n in changed):
        rows = scan(replace(claim, gradients={**claim.gradients, **again}))
        return rows, (Cause("accumulates", {}, changed, True),)
    rows = tuple(
        _random(claim, n, *_worst(claim.gradients[n], again[n])) if n in changed else row
        for n, row in zip(claim.point, scan(claim), strict=True)
    )
    return rows, ()


def _equal(a: np.ndarray, b: np.ndarray, claim: Claim) -> bool:
    size = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
    return a.shape == b.shape and bool(
        np.allclose(a, b, rtol=1e3 * claim.epsilon, atol=1e3 * claim.epsilon * size, equal_nan=True)
    )


def _worst(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """The two numbers where two arrays differ most."""
    if first.shape != second.shape:
        return math.nan, math.nan
    worst = int(np.nanargmax(np.abs(first - second)))
    return float(first.ravel()[worst]), float(second.ravel()[worst])


def _random(claim: Claim, name: str, first: float, second: float) -> Row:
    """The row of what is another number the second time."""
    size = claim.point[name].size
    return Row(name, "random", abs(first - second), name, (), first, second, 0.0, first, second,
               size, size)  # fmt: skip


# ---- kinks --------------------------------------------------------------------------------------


def _with_convention(claim: Claim, row: Row) -> Row:
    """The row of a kink with the conventions of the operations that have theirs there."""
    if row.verdict != "kink" or claim.trace is None:
        return row
    recorded = claim.trace.recorded
    if not recorded.gradients:
        return row
    ways = Splitter(recorded.graph, recorded.values, recorded.gradients)
    met = kinks(recorded, ways, Value(row.parameter, row.index))
    return replace(row, convention="; ".join(f"{kink.op}: {kink.convention}" for kink in met))
