"""Ledger: every number of a pass by its own line, in a form in which each can be worked out anew.

A line says how a number follows from the numbers just before it, in the finest steps:
∂E/∂w5 = ∂E/∂net_o1 · ∂net_o1/∂w5, ∂E/∂net_o1 = ∂E/∂out_o1 · ∂out_o1/∂net_o1, and so on. So a
number that somebody wrote otherwise can be carried on through all that follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from whygrad.derivation import Pass, Step
from whygrad.deriver import name_lets
from whygrad.errors import NameUnknownError
from whygrad.expr import ONE, Expr, Let, Number, Quantity
from whygrad.graph import Node
from whygrad.mistakes.parts import Lookup, numbers, ready
from whygrad.models.learning import Plan
from whygrad.names import Delta, Named, Partial, Rate, Reference, Rest, Updated, Value
from whygrad.split import Splitter, Way, forward_formula

Numbers = Mapping[Reference, float]


def quantities(formula: Expr) -> Iterator[Quantity]:
    """The quantities of a formula, each once, in its order."""
    found = {part.ref: part for part in formula.walk() if isinstance(part, Quantity)}
    return iter(found.values())


def inlined(step: Step) -> Expr:
    """A line's formula with the sub-results that its rule names worked out in place."""
    lets = {part.ref: part for part in step.parts if part.rule == "let"}

    def put(part: Expr) -> Expr | None:
        named = lets.get(part.ref) if isinstance(part, Quantity) else None  # type: ignore[call-overload]
        return None if named is None else inlined(named)

    return step.formula.replace(put) if lets else step.formula


@dataclass(frozen=True, eq=False)
class Ledger:
    """The lines of a recorded pass and of the step after it.

    plan: the learning rate, and what learns. written: numbers that are to have a place of their own
    in the lines where there is a choice (∂E/∂out_h1 by the two outputs' errors, or by their nets).
    """

    recorded: Pass
    plan: Plan = field(default_factory=Plan)
    written: frozenset[Reference] = frozenset()

    @cached_property
    def _splitter(self) -> Splitter:
        return Splitter(self.recorded.graph, self.recorded.values, self.recorded.gradients)

    @cached_property
    def _steps(self) -> dict[Reference, Step | None]:
        return {}

    @cached_property
    def _same(self) -> dict[Reference, Reference]:
        return {}

    @cached_property
    def _ready(self) -> dict[Reference, Callable[[Lookup], float]]:
        return {}

    # ---- what is asked for ----------------------------------------------------------------------

    def same(self, ref: Reference) -> Reference:
        """The one reference of a number that has several names: δ_o1 is ∂E_total/∂net_o1."""
        if isinstance(ref, Value):
            return ref
        if ref not in self._same:
            loss = self.recorded.loss
            short = isinstance(ref, Delta)
            if isinstance(ref, Partial) and ref.top != loss:
                short = self._alone(ref)
            self._same[ref] = Partial(loss, ref.bottom) if short else ref  # type: ignore[union-attr]
        return self._same[ref]

    def step(self, ref: Reference) -> Step | None:
        """The line of a number, None for one that does not lead to what it is asked of."""
        ref = self.same(ref)
        if ref not in self._steps:
            self._steps[ref] = self._make(ref)
        return self._steps[ref]

    def value(self, ref: Reference) -> float:
        """The number itself. Raises NameUnknownError where there is none."""
        match self.same(ref):
            case Value(node, index) as at if index is not None and node in self.recorded.values:
                return self.recorded.value(at)
            case Partial(top, bottom) if top == self.recorded.loss:
                if bottom.node in self.recorded.gradients:
                    return self.recorded.gradient(bottom)
            case Updated(at) if self.plan.learning_rate is not None:
                return self._updated(at)
        step = self.step(ref)
        if step is None:
            raise NameUnknownError(f"This pass has no number {ref}.")
        return step.value

    def reckon(self, given: Numbers) -> Reckoning:
        """All numbers anew, where some of them are other than they should be."""
        return Reckoning(self, {self.same(ref): value for ref, value in given.items()})

    def before(self, ref: Reference) -> tuple[Reference, ...]:
        """The numbers that a line reads."""
        ref = self.same(ref)
        if ref not in self._before:
            step = self.step(ref)
            read = () if step is None else quantities(inlined(step))
            kept = (q.ref for q in read if not isinstance(q.ref, (Rest, Named)))
            self._before[ref] = tuple(self.same(r) for r in kept)  # type: ignore[arg-type]
        return self._before[ref]

    @cached_property
    def _before(self) -> dict[Reference, tuple[Reference, ...]]:
        return {}

    def work_out(self, ref: Reference, lookup: Lookup) -> float:
        """A number by its line, what stands in it looked up; NaN where there is no line."""
        ref = self.same(ref)
        if ref not in self._ready:
            step = self.step(ref)
            self._ready[ref] = ready(Number(float("nan")) if step is None else inlined(step))
        return self._ready[ref](lookup)

    # ---- one line -------------------------------------------------------------------------------

    def _make(self, ref: Reference) -> Step | None:
        match ref:
            case Value():
                return self._forward(ref)
            case Partial():
                return self._partial(ref)
            case Updated(at):
                return self._update(ref, at)
            case Rate() if self.plan.learning_rate is not None:
                return given(ref, self.plan.learning_rate)
        return None

    def _forward(self, at: Value) -> Step:
        node = self.recorded.graph[at.node]
        value = self.recorded.value(at)
        if node.op is None or at.index is None:
            return given(at, value)
        written = forward_formula(self.recorded.graph, node, at.index, self.recorded.values)
        formula, parts = name_lets(self._known(written, node))
        return Step(at, "forward", formula, value, parts, through=node.op.name)

    def _known(self, formula: Expr, maker: Node) -> Expr:
        """A sub-result of the error's rule that the network has by name (p of softmax) as that."""
        outs = [
            node
            for node in self.recorded.graph.nodes
            if maker.role == "error" and node.role == "out" and node.inputs[0] == maker.inputs[0]
        ]

        def change(part: Expr) -> Expr | None:
            if not isinstance(part, Let):
                return None
            index = tuple(int(i) for i in part.index)  # type: ignore[arg-type]
            for node in outs:
                if index in np.ndindex(*node.shape):
                    at = Value(node.id, index)
                    value = self.recorded.value(at)
                    if np.isclose(numbers(part.body, lambda q: q.value), value, rtol=1e-12, atol=0):
                        return Quantity(at, value)
            return None

        return formula.replace(change) if outs else formula

    def _update(self, ref: Updated, at: Value) -> Step | None:
        rate, before = self.plan.learning_rate, self.recorded.value(at)
        if not self.plan.learns(self.recorded.graph[at.node]):
            return Step(ref, "stays", Quantity(at, before), before)
        if rate is None:
            return None
        gradient = Quantity(Partial(self.recorded.loss, at), self.recorded.gradient(at))
        formula = Quantity(at, before) - Quantity(Rate(), rate) * gradient
        return Step(ref, "update", formula, self._updated(at))

    def _updated(self, at: Value) -> float:
        """A parameter after the step."""
        learns = self.plan.learns(self.recorded.graph[at.node])
        rate = (self.plan.learning_rate or 0.0) if learns else 0.0
        return self.recorded.value(at) - rate * self.recorded.gradient(at)

    # ---- backward -------------------------------------------------------------------------------

    def _partial(self, ref: Partial) -> Step | None:
        top, bottom = ref.top, ref.bottom
        if top == bottom:
            return given(ref, 1.0)
        if not self._reaches(bottom, top):
            return None
        between = self._between(ref)
        if between:
            terms = [self._product(Partial(top, e), Partial(e, bottom)) for e in between]
            return self._sum(ref, "errors" if len(between) > 1 else "chain", terms)
        split = self._splitter.split(bottom)
        ways = [w for w in split.ways if self._reaches(w.to, top)]
        if len(ways) == 1 and not split.hidden and self._direct(ref, ways[0]):
            return self._local(ref, ways[0])
        terms = [self._term(ref, way) for way in ways]
        rest = self.recorded.gradient(bottom) - sum(numbers(t, _recorded) for t, _ in terms)
        if split.hidden and top == self.recorded.loss:
            terms.append((Quantity(Rest(split.hidden), rest), ()))
        elif split.hidden:
            return None
        return self._sum(ref, self._kind(ways), terms)

    def _direct(self, ref: Partial, way: Way) -> bool:
        """Whether the one way leads to the top, or to what counts fully in it (an E_o1)."""
        return way.to == ref.top or (
            not way.plain and self.same(Partial(way.to, ref.bottom)) == ref
        )

    def _local(self, ref: Partial, way: Way) -> Step:
        maker = self.recorded.graph[way.to.node]
        formula, parts = name_lets(self._known(way.factor, maker))
        through = maker.op.name if maker.op else ""
        return Step(ref, "local", formula, way.value, parts, through=through)

    def _term(self, ref: Partial, way: Way) -> tuple[Expr, tuple[Step, ...]]:
        """What comes back along one way: what has arrived at its end, times the factor on it."""
        local = Partial(way.to, ref.bottom)
        if way.plain:
            above = Partial(ref.top, way.to)
            return Quantity(self.same(above), self.value(above)), ()
        return self._product(Partial(ref.top, way.to), local)

    def _product(self, upper: Partial, lower: Partial) -> tuple[Expr, tuple[Step, ...]]:
        parts = []
        product: Expr = ONE
        for ref in (upper, lower):
            step = self.step(ref)
            if step is None or step.formula == ONE:
                continue
            product = product * Quantity(step.ref, step.value)
            if step.rule == "local":
                parts.append(step)
        return product, tuple(parts)

    def _sum(self, ref: Partial, rule: str, terms: list[tuple[Expr, tuple[Step, ...]]]) -> Step:
        total, *others = (t for t, _ in terms)
        for term in others:
            total = total + term
        parts = tuple(part for _, parts in terms for part in parts)
        rule = rule if others else "chain"
        return Step(ref, rule, total, numbers(total, _recorded), parts)

    def _kind(self, ways: list[Way]) -> str:
        """What the terms of a sum are: samples, uses, or ways through several neurons."""
        if len({way.to.node for way in ways}) > 1:
            return "uses"
        rows = {way.to.index[:1] for way in ways if way.to.index}
        rest = {way.to.index[1:] for way in ways if way.to.index}
        if len(rows) > 1 and len(rest) == 1:
            return "samples"
        return "samples and neurons" if len(rows) > 1 and len(rest) > 1 else "paths"

    def _between(self, ref: Partial) -> list[Value]:
        """Numbers on the way by which somebody worked this one out: the errors of the outputs."""
        tops = {w.top for w in self.written if isinstance(w, Partial) and w.bottom == ref.bottom}
        direct = {way.to for way in self._splitter.split(ref.bottom).ways}
        for top in sorted(tops - direct - {ref.top}, key=lambda t: (t.node, t.index or ())):
            node = self.recorded.graph[top.node]
            entries = [Value(node.id, i) for i in np.ndindex(*node.shape)]
            reached = [e for e in entries if self._reaches(ref.bottom, e)]
            own = any(self.same(Partial(e, ref.bottom)) == ref for e in reached)
            if reached and not own and all(self._reaches(e, ref.top) for e in reached):
                return reached
        return []

    # ---- where a number goes --------------------------------------------------------------------

    @cached_property
    def _reached(self) -> dict[Value, frozenset[Value]]:
        return {}

    def _reaches(self, bottom: Value, top: Value) -> bool:
        return top in self._ahead(bottom)

    def _ahead(self, at: Value) -> frozenset[Value]:
        """Every number that depends on this one, itself included."""
        if at not in self._reached:
            ahead = {at}
            for way in self._splitter.split(at).ways:
                ahead |= self._ahead(way.to)
            self._reached[at] = frozenset(ahead)
        return self._reached[at]

    def _alone(self, ref: Partial) -> bool:
        """Whether the loss is reached through `top` alone, and from there without any factor."""
        here = ref.top
        while here != self.recorded.loss:
            ways = self._splitter.split(here).ways
            if len(ways) != 1 or not ways[0].plain:
                return False
            here = ways[0].to
        return ref.top in self._ahead(ref.bottom) and not self._around(ref.bottom, ref.top)

    def _around(self, at: Value, top: Value) -> bool:
        """Whether a way leads to the loss that does not pass `top`."""
        if at == top:
            return False
        ways = self._splitter.split(at).ways
        return at == self.recorded.loss or any(self._around(way.to, top) for way in ways)


@dataclass(frozen=True, eq=False)
class Reckoning:
    """The numbers of a ledger where some are given otherwise, and what follows from them."""

    ledger: Ledger
    given: Numbers
    _known: dict[Reference, float] = field(default_factory=dict)

    def value(self, ref: Reference) -> float:
        """A number: as it is given, else by its line from those before it."""
        ref = self.ledger.same(ref)
        if ref in self.given:
            return self.given[ref]
        if ref not in self._known:
            self._known[ref] = self.anew(ref)
        return self._known[ref]

    def anew(self, ref: Reference) -> float:
        """A number by its line, even where it is given itself."""
        with np.errstate(all="ignore"):
            return self.ledger.work_out(ref, self.of)

    def of(self, quantity: Quantity) -> float:
        """The number that a quantity of a formula now has."""
        if isinstance(quantity.ref, (Rest, Named)):
            return quantity.value
        return self.value(quantity.ref)  # type: ignore[arg-type]

    def put(self, formula: Expr) -> Expr:
        """A formula with the numbers that now stand in it."""

        def change(part: Expr) -> Expr | None:
            return Quantity(part.ref, self.of(part)) if isinstance(part, Quantity) else None

        return formula.replace(change)

    def step(self, ref: Reference) -> Step | None:
        """The line of a number with the numbers that now stand in it."""
        step = self.ledger.step(ref)
        if step is None:
            return None
        parts = tuple(
            replace(p, formula=self.put(p.formula), value=self.value(p.ref))
            for p in step.parts
            if p.rule == "local"
        )
        return replace(step, formula=self.put(step.formula), value=self.anew(ref), parts=parts)


def given(ref: Reference, value: float) -> Step:
    """The line of a number that is given."""
    return Step(ref, "given", Number(float(value)), float(value))


def _recorded(quantity: Quantity) -> float:
    return quantity.value
