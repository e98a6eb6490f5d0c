"""Where numbers stop being finite: the events of a pass, forward and then backward.

An event is a number that is not finite although what it was computed from is; or, of infinities
that meet, the first NaN. Each is found by walking back, entry by entry, from a result or a
gradient that is not finite: what leads there counts, an infinity on purpose that leads nowhere
does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from whygrad.diagnosis.reads import read_by
from whygrad.errors import WhygradError
from whygrad.expr import Quantity
from whygrad.names import Partial, Reference, Updated, Value
from whygrad.recording import Trace
from whygrad.split import Splitter, Way

MOST = 4_000  # entries that a walk looks at
FEW = 6  # operands of an event that are kept, the largest


@dataclass(frozen=True)
class Factor:
    """A number that an event is made of, by its reference."""

    ref: Reference
    value: float


@dataclass(frozen=True)
class Event:
    """A number that is not finite, and what made it so.

    side: "forward" (a value) or "backward" (a gradient). at: whose. value: it.
    kind: given (it came in so) · made (of finite numbers) · met (of infinities: ∞ − ∞) ·
    product (upstream · local, the local one not finite: 0 · ∞) · overflow (both finite) ·
    sum (the parts of several ways). op: the operation whose rule it is. to: the entry of its result
    through which the gradient came. source: the author's line. factors: the numbers in it.
    """

    side: str
    kind: str
    at: Value
    value: float
    op: str = ""
    source: str = ""
    factors: tuple[Factor, ...] = ()
    to: Value | None = None
    way: Way | None = None

    @property
    def site(self) -> str:
        """The node whose operation is at fault: of a gradient the one that it came through."""
        return (self.to or self.at).node

    def ref(self, trace: Trace) -> Reference:
        """What it is: a value, a gradient, a parameter after its update."""
        if self.side == "update":
            return Updated(self.at)
        return self.at if self.side == "forward" else Partial(trace.recorded.loss, self.at)

    def factor(self, part: int) -> float:
        """Upstream (0) or local (1) of a product."""
        return self.factors[part].value


def bad(number: float) -> bool:
    return not math.isfinite(number)


@dataclass(frozen=True, eq=False)
class Finder:
    """Walks back through one recorded pass."""

    trace: Trace

    def events(self) -> tuple[Event, ...]:
        """The events in the order in which they happened; none where all that counts is finite."""
        recorded = self.trace.recorded
        if bad(recorded.value(recorded.loss)):
            return tuple(self.forward([recorded.loss]))
        starts = [at for at in map(self.first_bad, self.sources) if at is not None]
        return tuple(self.backward(starts)) if starts else ()

    @property
    def sources(self) -> list[str]:
        """What has a gradient that counts: parameters first, then inputs."""
        gradients = self.trace.recorded.gradients
        found = [n for n in self.trace.graph.sources if n.id in gradients]
        return [n.id for n in sorted(found, key=lambda n: n.role in ("input", "target"))]

    def first_bad(self, source: str) -> Value | None:
        """The first entry of a gradient that is not finite."""
        gradient = np.asarray(self.trace.recorded.gradients[source])
        found = np.argwhere(~np.isfinite(gradient))
        return Value(source, tuple(int(i) for i in found[0])) if len(found) else None

    # ---- forward --------------------------------------------------------------------------------

    def forward(self, starts: Iterable[Value]) -> list[Event]:
        """The events that lead to these values, in the order of the graph."""
        graph, values = self.trace.graph, self.trace.recorded.values
        order = {node.id: k for k, node in enumerate(graph.nodes)}
        waiting, seen, found = list(starts), set[Value](), list[Event]()
        while waiting and len(seen) < MOST:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            read = [*read_by(graph, values, at), *self.bad_numbers(at)]
            worse = [r for r in read if bad(self.value(r))] or self.folded(at)
            kind = self.kind(at, worse)
            if kind:
                found.append(self.made(at, kind, read))
            waiting += worse
        return sorted(found, key=lambda e: (order[e.at.node], e.at.index or ()))

    def bad_numbers(self, at: Value) -> list[Value]:
        """Constants that are numbers, and so stand in the formula itself, but are not finite."""
        nodes = (self.trace.graph[i] for i in self.trace.graph[at.node].inputs)
        scalars = [n.id for n in nodes if n.value is not None and not n.shape and not n.integer]
        return [Value(i, ()) for i in scalars if bad(self.value(Value(i, ())))]

    def folded(self, at: Value) -> list[Value]:
        """Operands of a NaN that its formula leaves out: x · 0 is written 0, but ∞ · 0 is NaN."""
        graph, node = self.trace.graph, self.trace.graph[at.node]
        if node.op is None or node.op.name not in ("mul", "div") or at.index is None:
            return []
        if not math.isnan(self.value(at)):
            return []
        found = []
        for id_ in node.inputs:
            shape = graph[id_].shape
            own = at.index[len(at.index) - len(shape) :]
            found.append(
                Value(id_, tuple(0 if n == 1 else i for i, n in zip(own, shape, strict=True)))
            )
        return [v for v in dict.fromkeys(found) if bad(self.value(v))]

    def value(self, at: Value) -> float:
        return float(self.trace.recorded.values[at.node][at.index])

    def kind(self, at: Value, worse: list[Value]) -> str:
        """What sort of event a value that is not finite is; "" where it only passes one on."""
        if self.trace.graph[at.node].op is None:
            return "given"
        if not worse:
            return "made"
        nan = math.isnan(self.value(at)) and not any(math.isnan(self.value(w)) for w in worse)
        return "met" if nan else ""

    def made(self, at: Value, kind: str, read: list[Value]) -> Event:
        """A forward event with the numbers that the value was computed from."""
        node = self.trace.graph[at.node]
        if len(read) > FEW:
            read = sorted(read, key=lambda r: -np.nan_to_num(abs(self.value(r)), nan=np.inf))[:FEW]
        factors = tuple(Factor(r, self.value(r)) for r in read)
        name = node.op.name if node.op else ""
        return Event("forward", kind, at, self.value(at), name, node.source, factors)

    # ---- backward -------------------------------------------------------------------------------

    def backward(self, starts: list[Value]) -> list[Event]:
        """The events that lead to these gradients: forward ones first, then in backward order."""
        recorded = self.trace.recorded
        splitter = Splitter(recorded.graph, recorded.values, recorded.gradients)
        order = {node.id: -k for k, node in enumerate(recorded.graph.nodes)}
        waiting, seen = list(starts), set[Value]()
        found: list[Event] = []
        behind: list[Value] = []
        while waiting and len(seen) < MOST:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            try:
                ways = splitter.split(at).ways
            except WhygradError:  # an opaque operation that is too large to be shown
                ways = ()
            onward = [w for w in ways if not w.cut and bad(recorded.gradient(w.to))]
            waiting += [w.to for w in onward]
            events = [self.product(at, w) for w in ways if not w.cut]
            made = [e for e in events if e.kind]
            if not made and not onward:
                # A rule that multiplies by a mask's 0 instead of selecting (JAX's maximum).
                made = [e for w in ways if w.cut and (e := self.product(at, w)).kind]
                waiting += [e.to for e in made if e.to is not None]
            if not made and not onward:
                made = [self.summed(at, events)]
            found += made
            behind += [place for e in made if e.way for place in self.values_in(e.way)]
        first = self.forward(behind)
        found.sort(key=lambda e: (order[(e.to or e.at).node], (e.to or e.at).index or ()))
        given = self.forward([at for at in starts if bad(self.value(at))])
        return [*(first or self.not_selected(found) or given), *found]

    def product(self, at: Value, way: Way) -> Event:
        """What one way hands back: upstream · local; without a kind where nothing begins."""
        recorded, node = self.trace.recorded, self.trace.graph[way.to.node]
        upstream = Factor(Partial(recorded.loss, way.to), recorded.gradient(way.to))
        local = Factor(Partial(way.to, at), way.value)
        value = upstream.value * local.value
        kind = "product" if bad(way.value) else "overflow"
        if not bad(value) or math.isnan(upstream.value):
            kind = ""
        elif bad(upstream.value):  # it came from above as ∞; only ∞ · 0 is something new
            kind = "met" if math.isnan(value) and not bad(way.value) else ""
        name = node.op.name if node.op else ""
        return Event("backward", kind, at, value, name, node.source, (upstream, local), way.to, way)

    def summed(self, at: Value, parts: list[Event]) -> Event:
        """A gradient whose parts are finite, but not their sum."""
        factors = tuple(Factor(Partial(self.trace.recorded.loss, at), e.value) for e in parts[:4])
        node = self.trace.graph[at.node]
        value = self.trace.recorded.gradient(at)
        return Event("backward", "sum", at, value, "sum", node.source, factors)

    def values_in(self, way: Way) -> list[Value]:
        """The values in a local factor that are not finite themselves."""
        read = (p.ref for p in way.factor.walk() if isinstance(p, Quantity))
        uses = self.trace.graph.uses  # a Jacobian is an array that nothing is computed from
        return [
            ref
            for ref in read
            if isinstance(ref, Value) and ref.index is not None and bad(self.value(ref))
            if uses[ref.node] or ref.node == self.trace.graph.output
        ]

    def not_selected(self, found: list[Event]) -> list[Event]:
        """The values that were not finite forward but that a mask kept out of the result."""
        places = [e.to for e in found if e.kind == "product" and e.to and bad(self.value(e.to))]
        return self.forward(places)
