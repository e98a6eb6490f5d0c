"""Road: the derivation's own steps from a number back to the loss, as arrows that can be drawn.

Along a single way the arrows form a chain; where several ways meet it ends, with an arrow for each.
Every number is the derivation's; nothing is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from whygrad.derivation import Step
from whygrad.drawing.parts import Arrow
from whygrad.expr import ONE, Expr, Quantity, evaluate
from whygrad.names import Partial, Reference, Rest, Value
from whygrad.recording import Trace

MEETING = 5  # arrows that meet in one neuron: the largest


@dataclass(frozen=True)
class Road:
    """Arrows along a single way, the target's first; then those that meet behind them.

    hidden: how many of these are not shown. total: their sum, where it is all of the gradient.
    sample: the one that is followed, from 0; share: its part of the target's gradient.
    """

    chain: tuple[Arrow, ...]
    meeting: tuple[Arrow, ...] = ()
    hidden: int = 0
    total: Quantity | None = None
    sample: int = 0
    share: float | None = None


@dataclass(frozen=True)
class Way:
    """A term of a sum: the arrow that it is, and its formula, in which `need` came from behind."""

    arrow: Arrow
    formula: Expr
    need: Reference | None

    @property
    def through(self) -> Value:
        """The number by which it reaches the one where the ways meet."""
        return self.arrow.route[-2]

    @property
    def sample(self) -> int:
        """Which sample it belongs to, where it is not one of all of them."""
        return self.through.index[0] if self.through.index else 0

    @property
    def at(self) -> Value:
        """The number where the ways meet."""
        return self.arrow.route[-1]

    def local(self) -> Arrow:
        """Its last part alone: the derivative by which what came from behind is multiplied."""

        def without(part: Expr) -> Expr | None:
            return ONE if isinstance(part, Quantity) and part.ref == self.need else None

        ends = self.arrow.route[-2:]
        return Arrow(ends, (Partial(*ends),), float(evaluate(self.formula.replace(without))))


def follow(trace: Trace, target: Value) -> Road | None:
    """The derivation's steps from the target on, up to the loss or to where several ways meet.

    None where the loss does not depend on the target.
    """
    deriver = trace.deriver("factors")
    chain: list[Arrow] = []
    sample, share = 0, None
    if trace.graph[target.node].role not in ("weight", "bias") and target.index:
        sample = target.index[0]
    at = target
    while True:
        step = deriver.step(deriver.reference(at))
        if step.rule == "unused":
            return None
        if step.rule in ("chain", "cut"):
            chain += along(step, at)
            if not step.needs:
                return Road(tuple(chain), sample=sample, share=share)
            at = bottom(step.needs[0])
            continue
        ways = ways_of(step, at)
        chosen = of_one_sample(trace, ways)
        if len(chosen) < len(ways):
            sample, share = chosen[0].sample, sum(way.arrow.value for way in chosen)
        if len(chosen) > 1:
            return met(step, ways, chosen, Road(tuple(chain), sample=sample, share=share))
        chain.append(chosen[0].local())
        at = chosen[0].through


def bottom(ref: Reference) -> Value:
    assert isinstance(ref, Partial)
    return ref.bottom


def along(step: Step, at: Value) -> list[Arrow]:
    """The factors of a product as arrows, the one that ends at `at` first."""
    factors = [line for line in step.parts if isinstance(line.ref, Partial)]
    if not factors and step.needs:  # all factors are 1: what comes from behind is handed on
        end = bottom(step.needs[0])
        return [Arrow((end, at), (Partial(end, at),), 1.0)]
    return [
        Arrow((line.ref.top, line.ref.bottom), (line.ref,), line.value)
        for line in (factors[::-1] or (step,))
        if isinstance(line.ref, Partial)
    ]


def ways_of(step: Step, at: Value) -> tuple[Way, ...]:
    """The terms of a sum: ∂E_o1/∂v each where errors meet, else a gradient times a derivative."""
    ways = []
    if step.rule == "errors":
        behind = {n.top: n for n in step.needs if isinstance(n, Partial)}
        for part in step.parts:
            assert isinstance(part.ref, Partial)
            top, back = part.ref.top, behind.get(part.ref.top)
            route = (top, at) if back is None else (top, back.bottom, at)
            ways.append(Way(Arrow(route, (part.ref,), part.value), part.formula, back))
        return tuple(ways)
    for need, term in zip(step.needs, step.terms, strict=True):
        assert isinstance(need, Partial)
        factors = (need, Partial(need.bottom, at))
        arrow = Arrow((need.top, need.bottom, at), factors, float(evaluate(term)))
        ways.append(Way(arrow, term, need))
    return tuple(ways)


def of_one_sample(trace: Trace, ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """The ways of the sample that contributes most."""
    by_sample: dict[int, list[Way]] = {}
    for way in ways:
        role = trace.graph[way.through.node].role
        if role == "mean":  # a way of this very sample, through a number of all of them
            by_sample.setdefault(way.at.index[0] if way.at.index else 0, []).append(way)
        elif role != "tied":
            by_sample.setdefault(way.sample, []).append(way)
    if not by_sample:
        return ways
    size = {s: abs(sum(w.arrow.value for w in group)) for s, group in by_sample.items()}
    return tuple(by_sample[max(size, key=size.__getitem__)])


def met(step: Step, ways: tuple[Way, ...], chosen: tuple[Way, ...], road: Road) -> Road:
    """A road that ends where several ways meet: the largest of them, and their sum."""
    rest = None if step.remainder is None else step.remainder.ref
    hidden = rest.terms if isinstance(rest, Rest) else 0
    largest = sorted(chosen, key=lambda way: -abs(way.arrow.value))[:MEETING]
    shown = tuple(way.arrow for way in chosen if way in largest)
    total = Quantity(step.ref, step.value) if len(chosen) == len(ways) else None
    hidden += len(chosen) - len(shown)
    return replace(road, meeting=shown, hidden=hidden, total=total)
