"""why_not_finite and why_gradient: what is asked, and answers that show themselves."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from whygrad.diagnosis.classes import FINE, Cause, Classifier
from whygrad.diagnosis.factors import Roads
from whygrad.diagnosis.first import Event, Finder, bad
from whygrad.diagnosis.mends import Mended, mend
from whygrad.diagnosis.opened import opened
from whygrad.diagnosis.should import NONE, Exact, Should
from whygrad.diagnosis.subject import Subject, subject_of
from whygrad.diagnosis.update import After, smaller_rate, updates
from whygrad.names import Value
from whygrad.recording import Trace
from whygrad.shown import Shown

if TYPE_CHECKING:  # an answer shows itself
    from whygrad.pages.document import Document


@dataclass(frozen=True, eq=False)
class NotFinite(Shown):
    """Whether a step is finite; if not, where that began, and what mends it.

    events: what made numbers not finite, in the order in which it happened. should: the value that
    the first of them should have had (a gradient: by difference quotients). mends: rewrites that
    were run, to be made one after the other. after: the update after which it happened, if one did.
    coarse: of a network that is finite in float64, what happens in float32.
    """

    subject: Subject
    trace: Trace
    events: tuple[Event, ...]
    should: Should = NONE
    loss: Should = NONE
    mends: tuple[Mended, ...] = ()
    after: After | None = None
    coarse: NotFinite | None = None

    @property
    def finite(self) -> bool:
        """Whether the loss, the gradients and the update are finite, in the type that was run."""
        return not self.events

    @property
    def found(self) -> bool:
        """Whether there is something to be looked at, in this type or in a network's float32."""
        return not self.finite or self.coarse is not None

    @property
    def first(self) -> Event | None:
        """The first number that is not finite."""
        return self.events[0] if self.events else None

    @property
    def judged(self) -> Event | None:
        """The event that `should` is about: where a gradient broke, if one did, else the first."""
        return judged(self.events)

    @property
    def of(self) -> Value | None:
        """What `should` is of: a value, or the input whose gradient is the first that is broken."""
        event = self.judged
        return None if event is None else subject_entry(self.trace, event)

    @property
    def mend(self) -> Mended | None:
        """The first mend, where there is one."""
        return self.mends[0] if self.mends else None

    def name(self, event: Event) -> str:
        """What an event's number is called: log[0], ∂sum/∂x[0], w5+."""
        return str(self.trace.names.text(event.ref(self.trace)))

    def document(self) -> Document:
        from whygrad.pages.diagnosis import finite_document

        return finite_document(self)

    def __repr__(self) -> str:
        if self.first is None:
            return f"<NotFinite: all finite, loss {self.trace.loss:.9g}>"
        where = f" at {self.first.source}" if self.first.source else ""
        return f"<NotFinite: {self.name(self.first)} is {self.first.value}{where}>"

    def to_dict(self) -> dict[str, Any]:
        """finite, loss, events (name, side, element, source, factors), should, mends."""
        data: dict[str, Any] = {
            "finite": self.finite,
            "dtype": self.subject.dtype,
            "loss": plain(self.trace.loss),
            "after_update": self.after.count if self.after else 0,
            "events": [self.event_data(e) for e in self.events],
            "should": should_data(self.should),
            "mends": [self.mend_data(m) for m in self.mends],
        }
        if self.coarse is not None:
            data["float32"] = self.coarse.to_dict()
        return data

    def event_data(self, event: Event) -> dict[str, Any]:
        names = self.trace.names
        return {
            "name": self.name(event),
            "side": event.side,
            "kind": event.kind,
            "value": plain(event.value),
            "node": event.at.node,
            "element": list(event.at.index or ()),
            "operation": event.op,
            "source": event.source,
            "factors": [
                {"name": names.text(f.ref), "value": plain(f.value)} for f in event.factors
            ],
        }

    def mend_data(self, mended: Mended) -> dict[str, Any]:
        names = self.trace.names
        c = mended.candidate
        return {
            "kind": c.key.partition(".")[2],
            "before": c.before,
            "after": c.after,
            "same_function": c.same,
            "numbers": [plain(n) for n in c.numbers],
            "loss_before": plain(mended.before),
            "loss_after": plain(mended.after),
            "finite_after": mended.whole,
            "gradients": [
                {
                    "of": names.text(x.at),
                    "before": plain(x.before),
                    "after": plain(x.after),
                    "difference_quotient": plain(x.quotient),
                    "side": x.side or "both",
                }
                for x in mended.changes
            ],
            "others": [o.after for o in mended.others],
        }


def plain(number: float) -> float | str:
    """A number as JSON can hold it."""
    return float(number) if math.isfinite(number) else str(float(number))


def should_data(should: Should) -> dict[str, Any] | None:
    if not should.known and should.quotient is None:
        return None
    data: dict[str, Any] = {"how": should.how, "value": plain(should.value)}
    if should.how == "beyond":
        data["power_of_ten"] = should.power
    if should.quotient is not None:
        data |= {"left": plain(should.quotient.left), "right": plain(should.quotient.right)}
    return data


def why_not_finite(f: Any, /, *arguments: Any, **named: Any) -> NotFinite:
    """The first number that is not finite in one step, forward or backward, and what mends it.

    f: a Network with x and y (and learning_rate=, of the update that follows), a network file, a
    Trace, a Graph with its inputs, a function of wg.ops or of JAX with its arrays.
    A function runs in the type of its floats (JAX as it is configured), everything else in float64.
    Of a result of several numbers the sum is derived.
    Raises ConfigError, DataError, ShapeError for what cannot be run at all.
    """
    return diagnosed(subject_of(f, arguments, named))


def diagnosed(subject: Subject) -> NotFinite:
    """The answer for a subject."""
    trace = subject.run()
    events = Finder(trace).events()
    if not events:
        return after_updates(subject, trace)
    steps = opened(subject.graph)
    if steps is not subject.graph:
        finer = replace(subject, graph=steps)
        again = finer.run()
        if inner := Finder(again).events():
            subject, trace, events = finer, again, inner
    exact = Exact(trace.graph, trace.recorded.values)
    given_nan = any(e.kind == "given" and math.isnan(e.value) for e in events)
    loss = NONE if given_nan else exact.value(trace.recorded.loss)
    should = NONE if given_nan else of_event(exact, trace, events)
    return NotFinite(subject, trace, events, should, loss, mend(subject, trace, loss))


def of_event(exact: Exact, trace: Trace, events: tuple[Event, ...]) -> Should:
    """What the number of an event should have been: of a gradient, the quotient."""
    event = judged(events)
    assert event is not None
    if event.kind == "given":
        return NONE
    at = subject_entry(trace, event)
    return exact.loss(at) if event.side == "backward" else exact.value(at)


def judged(events: tuple[Event, ...]) -> Event | None:
    """Where a gradient broke, if one did; else the first event."""
    backward = [e for e in events if e.side == "backward"]
    return backward[0] if backward else events[0] if events else None


def subject_entry(trace: Trace, event: Event) -> Value:
    """The entry of an event; of a gradient that of an input, which is what its reader meets."""
    if event.side != "backward" or trace.graph[event.at.node].op is None:
        return event.at
    finder = Finder(trace)
    return next((at for s in finder.sources if (at := finder.first_bad(s))), event.at)


def after_updates(subject: Subject, trace: Trace) -> NotFinite:
    """A finite step: the updates after it, and a network's float32."""
    if subject.network is not None and subject.learning_rate is not None:
        found = updates(subject, trace)
        if found is not None:
            mended = smaller_rate(subject, trace, found)
            return NotFinite(found.subject, found.trace, found.events, mends=mended, after=found)
    coarse = None
    if subject.network is not None and subject.dtype == "float64":
        single = replace(subject, dtype="float32", learning_rate=None)
        answer = diagnosed(single)
        coarse = None if answer.finite else answer
    return NotFinite(subject, trace, (), coarse=coarse)


# ---- why is this gradient zero, tiny, huge? -----------------------------------------------------


@dataclass(frozen=True, eq=False)
class WhyGradient(Shown):
    """Why one gradient has the size that it has: its class, its factors by size."""

    trace: Trace
    cause: Cause

    @property
    def value(self) -> float:
        return self.cause.value

    @property
    def size(self) -> str:
        """zero, tiny, huge or ordinary."""
        return self.cause.size

    @property
    def kind(self) -> str:
        """The class: dead, saturated, zero_input, masked, cut, optimum, vanishing, …"""
        return self.cause.kind

    @property
    def found(self) -> bool:
        """Whether it is worth looking at."""
        return self.size != "ordinary" and self.kind not in FINE

    @property
    def name(self) -> str:
        return str(self.trace.names.text(self.cause.at))

    @property
    def factors(self) -> tuple[tuple[str, float], ...]:
        """Every factor with its name, the smallest first."""
        text = self.trace.names.text
        return tuple((text(link.ref), link.value) for link in self.cause.road.ranked)

    def document(self) -> Document:
        from whygrad.pages.gradients import gradient_document

        return gradient_document(self)

    def __repr__(self) -> str:
        return f"<WhyGradient: ∂loss/∂{self.name} = {self.value:.9g}, {self.size}: {self.kind}>"

    def to_dict(self) -> dict[str, Any]:
        """of, value, size, class, factors from the loss's end by size, counts."""
        cause, text = self.cause, self.trace.names.text
        return {
            "of": self.name,
            "value": plain(cause.value),
            "size": cause.size,
            "class": cause.kind,
            "factor": None if cause.link is None else text(cause.link.ref),
            "factors": [
                {"name": text(x.ref), "value": plain(x.value), "kind": x.kind, "operation": x.op,
                 "orders_of_magnitude": plain(x.orders),
                 "source": self.trace.graph[x.to.node].source}
                for x in cause.road.ranked
            ],
            "ways": dict(cause.counts),
            "parts": [
                {"through": text(to), "part": plain(part)}
                for to, part in (cause.fork.parts if cause.fork else ())
            ],
        }  # fmt: skip


def why_gradient(f: Any, of: str, /, *arguments: Any, **named: Any) -> WhyGradient:
    """Why ∂loss/∂of is zero, tiny, huge or ordinary: its class and its factors, ranked.

    f: whatever why_not_finite takes. of: the name of a number: "w5", "W1[0,0]", "x[0]".
    Raises NameUnknownError for a name that does not exist, DataError for a gradient that is not
    finite (why_not_finite answers that).
    """
    trace = f if isinstance(f, Trace) else subject_of(f, arguments, named).run()
    return explained(trace, entry_named(trace, of))


def entry_named(trace: Trace, name: str) -> Value:
    """The number of a name; of a tree's array in a large graph, params['W'][0,1], too."""
    id_, _, positions = name.replace(" ", "").removesuffix("]").rpartition("[")
    if id_ in trace.graph and re.fullmatch(r"\d+(,\d+)*", positions):
        index = tuple(map(int, positions.split(",")))
        shape = trace.graph[id_].shape
        if len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True)):
            return Value(id_, index)
    return trace.find(name)


def explained(trace: Trace, at: Value) -> WhyGradient:
    """The answer for one number of a pass."""
    from whygrad.errors import DataError

    gradient = trace.recorded.gradient(at)
    if bad(gradient) or bad(trace.loss):
        raise DataError(
            f"The gradient of {trace.names.text(at)} is not finite.",
            given=str(gradient),
            hint="why_not_finite says where that began; whygrad why FILE",
        )
    return WhyGradient(trace, Classifier(trace, Roads(trace)).cause(at))
