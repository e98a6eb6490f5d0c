"""The value that a number should have had: with more digits, or as a limit from a side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from whygrad.diagnosis.digits import of, precision, widened
from whygrad.differences import Quotient, quotient
from whygrad.errors import WhygradError
from whygrad.graph import Graph, Node
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.reverse import differentiable

PRECISIONS = (60, 400, 900)  # digits, until two agree
LARGEST = 4_000  # numbers that are computed with so many digits
NUDGES = (1e-30, 1e-45)  # of a limit: two steps, which have to agree
AGREE = Decimal("1e-9")
# What loses no digits to speak of, and is costly with many: it may be where computing anew begins.
PRODUCTS = ("matmul", "linear", "project", "conv2d")


@dataclass(frozen=True)
class Should:
    """What a number should be. how: exact · beyond · limit · above · below · none.

    exact: with more digits. beyond: finite, but larger than its type holds; power is its power of
    ten. limit, above, below: only as a limit, from both sides or from one. quotient: of a gradient,
    its one-sided derivatives.
    """

    how: str
    value: float = math.nan
    power: int = 0
    quotient: Quotient | None = None

    @property
    def known(self) -> bool:
        return self.how != "none"


NONE = Should("none")


@dataclass(frozen=True, eq=False)
class Exact:
    """A graph at a point, to be computed with as many digits as it takes."""

    graph: Graph
    values: Mapping[str, np.ndarray]

    def value(self, at: Value) -> Should:
        """What an entry of a node should have been."""
        cone = self.cone(at.node)
        if cone is None:
            return NONE
        found = self.with_digits(cone, at, {})
        if found is not None:
            return found
        sides = {side: self.limit(cone, at, sign) for side, sign in (("above", 1), ("below", -1))}
        above, below = sides["above"], sides["below"]
        if above is not None and below is not None:
            return Should("limit", above) if close(above, below) else NONE
        for side, value in sides.items():
            if value is not None:
                return Should(side, value)
        return NONE

    def with_digits(
        self, cone: list[Node], at: Value, moved: Mapping[str, np.ndarray]
    ) -> Should | None:
        """The entry computed with ever more digits until two agree; None where it stays ∞, NaN."""
        last = Decimal("NaN")
        for digits in PRECISIONS:
            value = self.computed(cone, at, moved, digits)
            if close(value, last) or (value.is_nan() and last.is_nan() and digits > PRECISIONS[0]):
                break
            last = value
        return as_should(value)

    def computed(
        self, cone: list[Node], at: Value, moved: Mapping[str, np.ndarray], digits: int
    ) -> Decimal:
        """The entry with so many digits; NaN where an operation cannot be computed so."""
        found: dict[str, np.ndarray] = {}

        def operand(id_: str) -> np.ndarray:
            if id_ not in found:
                array = np.asarray(self.values[id_])
                floats = array.dtype.kind not in "biu"
                found[id_] = moved.get(id_, widened(array) if floats else array)
            return found[id_]

        with precision(digits), np.errstate(all="ignore"):
            try:
                for node in cone:
                    assert node.op is not None
                    given = [operand(i) for i in node.inputs]
                    found[node.id] = np.asarray(node.op.value(xp, *given, **node.attributes))
                return of(found[at.node][at.index])
            except (TypeError, ValueError, AttributeError, ArithmeticError, WhygradError):
                return Decimal("NaN")

    def limit(self, cone: list[Node], at: Value, sign: int) -> float | None:
        """The limit where everything that it is computed from comes from one side."""
        ids = {i for node in cone for i in node.inputs} - {node.id for node in cone}
        kept = [i for i in ids if differentiable(self.graph[i]) and self.graph[i].value is None]
        reached = []
        for nudge in NUDGES:
            with precision(PRECISIONS[1]):
                moved = {i: widened(np.asarray(self.values[i])) + sign * nudge for i in kept}
            reached.append(float(self.computed(cone, at, moved, PRECISIONS[1])))
        near = close(*reached) or (max(map(abs, reached)) < 1e-6)
        return (reached[1] if abs(reached[1]) > 1e-25 else 0.0) if near else None

    def cone(self, target: str) -> list[Node] | None:
        """The operations that a node depends on, back to the inputs or to finite products."""
        wanted, found = {target}, []
        for node in reversed(self.graph.nodes):
            if node.id not in wanted or node.op is None:
                continue
            finite = np.isfinite(np.asarray(self.values[node.id], dtype=float)).all()
            if node.op.name in PRODUCTS and finite and node.id != target:
                continue
            found.append(node)
            wanted.update(node.inputs)
        return found[::-1] if sum(node.size for node in found) <= LARGEST else None

    def loss(self, at: Value) -> Should:
        """∂output/∂at by difference quotients of the function computed with enough digits."""
        cone = self.cone_from(at.node)
        here = np.array(self.values[at.node], dtype=float)
        if cone is None or not math.isfinite(here[at.index]):
            return NONE
        output = Value(self.graph.output, (0,) * len(self.graph[self.graph.output].shape))

        digits = self.enough(cone, output)

        def turned(number: float) -> float:
            array = here.copy()
            array[at.index] = number
            return float(self.computed(cone, output, {at.node: widened(array)}, digits))

        found = quotient(turned, float(here[at.index]))
        sure = math.isfinite(found.value) and found.error < 1e-4 * max(1.0, abs(found.value))
        if found.kink or not sure:
            return Should("none", quotient=found)
        return Should("exact", found.value, quotient=found)

    def enough(self, cone: list[Node], at: Value) -> int:
        """The fewest digits with which an entry is what it is with the next more."""
        found = [self.computed(cone, at, {}, digits) for digits in PRECISIONS[:2]]
        return PRECISIONS[0] if close(*found) or not found[1].is_finite() else PRECISIONS[1]

    def cone_from(self, source: str) -> list[Node] | None:
        """The operations of the output, each of them computed anew that depends on a node."""
        whole = self.cone(self.graph.output)
        moved = {source}
        later = [n for n in self.graph.nodes if n.op is not None and n.id in self.graph.alive]
        for node in later:
            if moved & set(node.inputs) and node.id != source:
                moved.add(node.id)
        known = {n.id for n in whole or ()}
        chosen = [n for n in later if (n.id in moved or n.id in known) and n.id != source]
        return chosen if sum(n.size for n in chosen) <= LARGEST else None


def as_should(value: Decimal) -> Should | None:
    """A computed number as an answer; None where it is not finite."""
    if not value.is_finite():
        return None
    number = float(value)
    return Should("exact" if math.isfinite(number) else "beyond", number, value.adjusted())


def close(a: Decimal | float, b: Decimal | float) -> bool:
    """Whether two numbers agree to nine digits."""
    a, b = Decimal(a), Decimal(b)
    if not (a.is_finite() and b.is_finite()):
        return False
    return abs(a - b) <= AGREE * max(abs(a), abs(b))
