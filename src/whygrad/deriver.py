"""Deriver: makes the lines of a derivation from a recorded pass.

It reads the pass and the rules as symbols (`split.py`). Every line is checked against the pass as
it is made, so it cannot disagree with it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property

from whygrad.derivation import Derivation, Pass, Step, summands, unfold
from whygrad.errors import ConfigError, WhygradError
from whygrad.expr import ONE, Expr, Let, Number, Quantity, evaluate
from whygrad.names import Delta, Named, Partial, Reference, Rest, Value
from whygrad.notation import Notation
from whygrad.split import EXPANDED, Split, Splitter, Way, forward_formula, joined

DETAILS = ("factors", "delta")
FEW = 4  # behind the last of them, so few ways are still shown
LINES = 40  # a derivation that is longer than that is read by asking on by name
LONGEST = 24  # so many single ways are one product; the rest of the way is a line of its own
DEPTH = 2  # forks that a derivation expands by itself; what lies behind them is asked for by name


class DerivationError(WhygradError):
    """A line that does not reproduce the recorded gradient: a defect of whygrad, to be reported."""


class Deriver:
    """Makes the lines of one pass; each is made once, whoever refers to it.

    splitter: what says which ways lead on, and how much of a long sum is written out.
    """

    def __init__(
        self, recorded: Pass, detail: str = "factors", splitter: Splitter | None = None
    ) -> None:
        if detail not in DETAILS:
            raise ConfigError(
                f"There is no detail {detail!r}.", hint="one of " + ", ".join(DETAILS)
            )
        self.recorded, self.detail = recorded, detail
        self.splitter = splitter or Splitter(recorded.graph, recorded.values, recorded.gradients)
        self._steps: dict[Reference, Step] = {}
        self._forks: set[Reference] = set()

    # ---- what is asked for ----------------------------------------------------------------------

    def why(self, at: Value, names: Notation, depth: int = DEPTH) -> Derivation:
        """The derivation of ∂loss/∂at; the lines behind its own are made when asked for."""
        return Derivation(self.step(self.reference(at)), names, self, depth)

    def lines(self, first: Reference, depth: int) -> tuple[Step, ...]:
        """The lines that lead to a gradient, expanded `depth` forks deep, itself last."""
        order: list[Reference] = []
        waiting = [(first, depth)]
        while waiting:  # a worklist: the graph may be deeper than Python's stack
            ref, left = waiting.pop()
            if ref in order:
                order.remove(ref)
            order.append(ref)
            step = self.step(ref)
            behind = left - (ref in self._forks)
            near = behind > 0 or (behind == 0 and len(step.needs) <= FEW)
            if near and len(order) + len(waiting) < LINES:
                waiting += [(need, behind) for need in step.needs]
        return tuple(s for ref in reversed(order) for s in unfold(self.step(ref)))

    def reference(self, at: Value, top: Value | None = None) -> Reference:
        """What ∂loss/∂at is called: δ for a net input where δ is asked for."""
        if self.detail == "delta" and self.recorded.graph[at.node].role == "net":
            return Delta(at)
        return Partial(top or self.recorded.loss, at)

    def step(self, ref: Reference) -> Step:
        """The line of a gradient."""
        if ref not in self._steps:
            assert isinstance(ref, (Partial, Delta))
            step = self._make(ref)
            self._check(step)
            self._steps[ref] = step
        return self._steps[ref]

    def examined(self, at: Value) -> tuple[Way, ...]:
        """The ways that an entry's line is made of: those it follows, and those where it ends."""
        chain, _, ends = self._follow(at)
        return (*(way for _, way in chain), *ends.ways)

    # ---- one line -------------------------------------------------------------------------------

    def _make(self, ref: Partial | Delta) -> Step:
        at = ref.bottom
        chain, end, ways = self._follow(at)
        if not chain and len(ways.ways) + ways.hidden > 1:
            self._forks.add(ref)
            return self._fork(ref, at, ways)
        return self._chain(ref, chain, end, ways)

    def _follow(self, at: Value) -> tuple[list[tuple[Value, Way]], Value, Split]:
        """The single ways from `at` on, where they end, and the ways out of there."""
        chain: list[tuple[Value, Way]] = []
        here = at
        while True:
            ways = self._open(here)
            stop = self.detail == "delta" and self.recorded.graph[here.node].role == "net"
            stop = stop or len(chain) >= LONGEST
            if len(ways.ways) != 1 or ways.hidden or (stop and chain) or ways.ways[0].cut:
                return chain, here, ways
            chain.append((here, ways.ways[0]))
            here = ways.ways[0].to

    def _open(self, at: Value) -> Split:
        """The ways out; those that a mask cuts count only where there is no other."""
        ways = self.splitter.split(at)
        through = tuple(way for way in ways.ways if not way.cut)
        return Split(through or ways.ways[:1], ways.hidden)

    def _chain(
        self, ref: Partial | Delta, chain: list[tuple[Value, Way]], end: Value, ways: Split
    ) -> Step:
        """A product along single ways, towards a gradient that has a line of its own."""
        top = ref.top if isinstance(ref, Partial) else self.recorded.loss
        if len(ways.ways) == 1 and ways.ways[0].cut:  # a mask selects nothing: the product is 0
            return self._cut(ref, [*chain, (end, ways.ways[0])], ways.ways[0].to, top)
        factors = self._factors(chain, top)
        if ways.ways:
            need = self.reference(end, top)
            fork_ahead = len(ways.ways) + ways.hidden > 1
            if self.detail == "delta" and fork_ahead and not isinstance(need, Delta):
                fork = self.step(need)
                return self._product(ref, factors, fork.formula, fork.needs, "delta")
            last: Expr = Quantity(need, self.recorded.gradient(end))
            return self._product(ref, factors, last, (need,), "chain")
        if end.node != self.recorded.graph.output:
            return Step(ref, "unused", Number(0.0), 0.0)
        return self._product(ref, factors, ONE, (), "chain")

    def _cut(
        self, ref: Partial | Delta, chain: list[tuple[Value, Way]], last: Value, top: Value
    ) -> Step:
        """A product that a mask makes 0; what comes from above is named, but not worked out."""
        above = self.recorded.gradient(last)
        upstream = Quantity(self.reference(last, top), above) if math.isfinite(above) else ONE
        step = self._product(ref, self._factors(chain, top), upstream, (), "cut")
        node_op = self.recorded.graph[last.node].op
        return replace(step, through=node_op.name if node_op else "")

    def _product(
        self,
        ref: Partial | Delta,
        factors: list[Step],
        last: Expr,
        needs: tuple[Reference, ...],
        rule: str,
    ) -> Step:
        """The factors from the loss back to the entry, multiplied in that order."""
        product = last
        inline = self.detail == "delta" or len(factors) + (last != ONE) == 1
        for factor in reversed(factors):
            product = product * (factor.formula if inline else Quantity(factor.ref, factor.value))
        value = self.recorded.gradient(ref.bottom)
        if not inline:
            return Step(ref, rule, product, value, tuple(reversed(factors)), needs)
        lets = tuple(part for factor in factors for part in factor.parts)
        through = factors[0].through if len(factors) == 1 and last == ONE else ""
        return Step(ref, rule, product, value, lets, needs, through)

    def _factors(self, chain: list[tuple[Value, Way]], top: Value) -> list[Step]:
        """One local line a factor; a factor that is 1 by its rule joins its neighbour."""
        factors: list[Step] = []
        bottom: Value | None = None
        for here, way in chain:
            bottom = bottom or here
            if not way.plain:
                factors.append(self._local(bottom, way.to, way))
                bottom = None
        if bottom is not None and factors:  # ones at the end: ∂E_total/∂out, not ∂E_o1/∂out
            end = chain[-1][1].to
            last = factors[-1]
            assert isinstance(last.ref, Partial)
            reach = top if end == self.recorded.loss else end
            factors[-1] = replace(last, ref=Partial(reach, last.ref.bottom))
        return factors

    def _local(self, bottom: Value, to: Value, way: Way) -> Step:
        node_op = self.recorded.graph[to.node].op
        through = node_op.name if node_op else ""
        formula, parts = name_lets(way.factor, to.node)
        return Step(Partial(to, bottom), "local", formula, way.value, parts, through=through)

    # ---- a fork ---------------------------------------------------------------------------------

    def _fork(self, ref: Partial | Delta, at: Value, ways: Split) -> Step:
        """A sum whose terms have names: an output's error, a sample, a use."""
        named = self.detail == "factors" and not ways.hidden and len(ways.ways) <= EXPANDED
        named = named and self._errors_count
        errors = [self.error_reached(way.to) if named else None for way in ways.ways]
        named = named and None not in errors
        if named and len(set(errors)) == len(errors):
            return self._errors_meet(ref, at, ways, [e for e in errors if e is not None])
        terms: list[Expr] = []
        needs: list[Reference] = []
        lets: dict[Reference, Step] = {}
        for way in ways.ways:
            gradient, need = self._upstream(way.to)
            factor, parts = name_lets(way.factor, way.to.node)
            terms.append(gradient * factor)
            needs += [need] if need else []
            lets |= {part.ref: part for part in parts}
        total, value = joined("add", terms), self.recorded.gradient(at)
        if ways.hidden:
            total = total + Quantity(Rest(ways.hidden), value - float(evaluate(total)))
        return Step(ref, self._kind(ways), total, value, tuple(lets.values()), tuple(needs))

    def _upstream(self, at: Value) -> tuple[Expr, Reference | None]:
        """∂loss/∂at as a quantity with a line of its own; 1 for the loss itself."""
        if at == self.recorded.loss:
            return ONE, None
        need = self.reference(at)
        if self.detail == "delta" and self.recorded.graph[at.node].role == "mean":
            penalty = self.step(need)  # Ng's δ holds its formula: β(−ρ/ρ̂ + (1 − ρ)/(1 − ρ̂))
            if not penalty.needs:
                return penalty.formula, None
        return Quantity(need, self.recorded.gradient(at)), need

    def _errors_meet(
        self, ref: Partial | Delta, at: Value, ways: Split, errors: list[Value]
    ) -> Step:
        """∂E/∂v = ∂E_o1/∂v + ∂E_o2/∂v, each term with its own line."""
        total: Expr = Number(0.0)
        parts, needs = [], []
        for way, error in zip(ways.ways, errors, strict=True):
            above = self.recorded.gradient(way.to)
            formula, own = way.factor, tuple[Step, ...]()
            own_needs: tuple[Reference, ...] = ()
            if way.to != error:
                need = self.reference(way.to, error)
                local = self._local(at, way.to, way)
                own = () if way.plain else (local,)
                factor = ONE if way.plain else Quantity(local.ref, local.value)
                formula = Quantity(need, above) * factor
                needs.append(need)
                own_needs = (need,)
            term = Step(Partial(error, at), "chain", formula, above * way.value, own, own_needs)
            parts.append(term)
            total = total + Quantity(term.ref, term.value)
        value = self.recorded.gradient(at)
        return Step(ref, "errors", total, value, tuple(parts), tuple(needs))

    @cached_property
    def _errors_count(self) -> bool:
        """Whether the errors of the outputs go into the loss as they are, so that parts add up."""
        errors = [n for n in self.recorded.graph.nodes if n.role == "error"]
        return any(
            self.error_reached(Value(n.id, (0,) * len(n.shape))) is not None for n in errors[-1:]
        )

    def error_reached(self, at: Value) -> Value | None:
        """The output error that this entry alone reaches, where that error counts fully."""
        here, error = at, None
        for _ in range(len(self.recorded.graph.nodes)):
            if self.recorded.graph[here.node].role == "error":
                error = here
            ways = self._open(here)
            if not ways.ways:
                return error if here == self.recorded.loss else None
            if len(ways.ways) != 1 or ways.hidden or (error and not ways.ways[0].plain):
                return None
            here = ways.ways[0].to
        return None

    def _kind(self, ways: Split) -> str:
        """What the terms of a fork are: samples, uses, or ways through several neurons."""
        nodes = {way.to.node for way in ways.ways}
        if len(nodes) > 1:
            return "uses"
        (node,) = (self.recorded.graph[n] for n in nodes)
        rows = {way.to.index[:1] for way in ways.ways if way.to.index}
        rest = {way.to.index[1:] for way in ways.ways if way.to.index}
        by_sample = node.role in ("net", "out", "error") and len(rows) > 1 and len(rest) == 1
        return "samples" if by_sample else "paths"

    # ---- the check ------------------------------------------------------------------------------

    def _check(self, step: Step) -> None:
        """Every line gives the recorded gradient, or it is a defect."""
        computed, recorded = float(evaluate(step.formula)), step.value
        if not (math.isfinite(computed) and math.isfinite(recorded)):
            return
        size = sum(abs(float(evaluate(t))) for t in summands(step.formula))
        if abs(computed - recorded) > 1e-9 * max(size, abs(recorded)):
            raise DerivationError(
                f"The line of {step.ref} does not give the gradient of the pass.",
                given=f"the line gives {computed!r}, the pass {recorded!r}",
                why="this is a defect of whygrad; please report it with the network",
            )


def forward_step(recorded: Pass, at: Value, expanded: int = EXPANDED) -> Step:
    """The line of a value: its operation's formula, with the numbers that went in.

    expanded: up to so many terms a sum is written out.
    """
    node = recorded.graph[at.node]
    assert node.op is not None and at.index is not None
    written = forward_formula(recorded.graph, node, at.index, recorded.values, expanded)
    formula, parts = name_lets(written, node.id)
    return Step(at, "forward", formula, recorded.value(at), parts, through=node.op.name)


def name_lets(formula: Expr, of: str = "") -> tuple[Expr, tuple[Step, ...]]:
    """The formula with each sub-result that the rule names as a quantity, and a line for each.

    of: the node whose rule it is.
    """
    found: dict[Reference, Step] = {}

    def change(part: Expr) -> Expr | None:
        if not isinstance(part, Let):
            return None
        ref = Named(part.name, tuple(int(i) for i in part.index), of)  # type: ignore[arg-type]
        if ref not in found:
            body, inner = name_lets(part.body, of)
            found[ref] = Step(ref, "let", body, float(evaluate(body)), inner)
        return Quantity(ref, found[ref].value)

    return formula.replace(change), tuple(found.values())
