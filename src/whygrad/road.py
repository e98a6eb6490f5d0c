"""Road: the derivation's own steps from a number back to the loss, as arrows that can be drawn.

Along a single way the arrows form a chain; where several ways meet it ends, with an arrow for each.
Every number is the derivation's; nothing is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass

from whygrad.derivation import Step
from whygrad.expr import Quantity, evaluate
from whygrad.names import Partial, Reference, Rest, Value
from whygrad.recording import Trace

MEETING = 5  # arrows that meet in one neuron: the largest


@dataclass(frozen=True)
class Arrow:
    """A derivative on its way back.

    route: the numbers that it passes, the later one first. factors: the derivatives whose product
    it carries, mostly one. value: that product.
    """

    route: tuple[Value, ...]
    factors: tuple[Reference, ...]
    value: float



@dataclass(frozen=True)
class Road:
    """Arrows along a single way, the target's first; then those that meet behind them."""

    chain: tuple[Arrow, ...]
    meeting: tuple[Arrow, ...] = ()
    hidden: int = 0
    total: Quantity | None = None
    share: float | None = None
    sample: int = 0


def follow(trace: Trace, target: Value) -> Road | None:
    """The derivation's steps from the target on, up to the loss or to where several ways meet."""
    deriver = trace.deriver("factors")
    several = trace.graph["x"].shape[0] > 1
    chain: list[Arrow] = []
    share: float | None = None
    at, sample = target, target.index[0] if several and is_of_a_sample(trace, target) else 0  # type: ignore[index]
    while True:
        step = deriver.step(deriver.reference(at))
        if step.rule == "unused":
            return None
        if step.rule in ("chain", "cut"):
            chain += along(step, at)
            if not step.needs:
                return Road(tuple(chain), share=share, sample=sample)
            at = bottom(step.needs[0])
            continue
        ways = ways_of(step, at)
        chosen = of_one_sample(ways) if several else ways
        if len(chosen) < len(ways):
            share = sum(way.value for way in chosen)
            sample = chosen[0].route[-2].index[0]  # type: ignore[index]
        if len(chosen) > 1:
            return met(step, ways, chosen, tuple(chain), share, sample)
        here, at = at, chosen[0].route[-2]
        (way,) = (w for w in trace.recorded.split(here).ways if w.to == at)
        chain.append(Arrow((at, here), (Partial(at, here),), way.value))


def is_of_a_sample(trace: Trace, at: Value) -> bool:
    """Whether a number exists once a sample; a parameter is the same for all of them."""
    return trace.graph[at.node].role not in ("weight", "bias")


def bottom(ref: Reference) -> Value:
    assert isinstance(ref, Partial)
    return ref.bottom


def along(step: Step, at: Value) -> list[Arrow]:
    """The factors of a product as arrows, the one that ends at `at` first."""
    assert isinstance(step.ref, Partial)
    if not step.parts and step.needs:  # all factors are 1: what comes back is handed on
        end = bottom(step.needs[0])
        return [Arrow((end, at), (Partial(end, at),), 1.0)]
    lines = [part for part in reversed(step.parts) if isinstance(part.ref, Partial)] or [step]
    return [
        Arrow((line.ref.top, line.ref.bottom), (line.ref,), line.value)
        for line in lines
        if isinstance(line.ref, Partial)
    ]


def ways_of(step: Step, at: Value) -> tuple[Arrow, ...]:
    """The terms of a sum as arrows: ∂E_o1/∂v each where errors meet, else a product by its first."""
    loss = step.ref.top if isinstance(step.ref, Partial) else None
    if step.rule == "errors":
        behind = {n.top: n.bottom for n in step.needs if isinstance(n, Partial)}
        parts = [(p.ref.top, p) for p in step.parts if isinstance(p.ref, Partial)]
        return tuple(
            Arrow(tuple(dict.fromkeys((top, behind.get(top, top), at))), (p.ref,), p.value)
            for top, p in parts
        )
    assert loss is not None
    return tuple(
        Arrow(
            (loss, bottom(need), at), (need, Partial(bottom(need), at)), float(evaluate(term))
        )
        for need, term in zip(step.needs, step.terms, strict=True)
    )


def of_one_sample(ways: tuple[Arrow, ...]) -> tuple[Arrow, ...]:
    """The ways of the sample that contributes most."""
    by_sample: dict[int, list[Arrow]] = {}
    for way in ways:
        by_sample.setdefault(way.route[-2].index[0], []).append(way)  # type: ignore[index]
    return tuple(max(by_sample.values(), key=lambda group: abs(sum(w.value for w in group))))


def met(
    step: Step, ways: tuple[Arrow, ...], chosen: tuple[Arrow, ...], chain: tuple[Arrow, ...],
    share: float | None, sample: int,
) -> Road:  # fmt: skip
    """Where several ways meet: the largest of them, and their sum."""
    rest = step.remainder
    hidden = 0 if rest is None else rest.ref.terms  # type: ignore[attr-defined]
    largest = sorted(chosen, key=lambda way: -abs(way.value))[:MEETING]
    shown = tuple(way for way in chosen if way in largest)
    total = Quantity(step.ref, step.value) if len(chosen) == len(ways) else None
    return Road(chain, shown, hidden + len(chosen) - len(shown), total, share, sample)
