"""The updates after a finite step: the first that is not, and a learning rate that stays so."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from whygrad.diagnosis.catalogue import Candidate
from whygrad.diagnosis.first import Event, Factor, Finder
from whygrad.diagnosis.mends import Mended
from whygrad.diagnosis.subject import Subject
from whygrad.names import Partial, Rate, Value
from whygrad.recording import Trace

MOST_UPDATES = 100
MOST_WORK = 2_000_000  # numbers of all passes together
SMALLER = 10.0  # a learning rate that is too large is divided by this
TRIES = 12


@dataclass(frozen=True, eq=False)
class After:
    """What happened after so many updates w⁺ = w − η · ∂E/∂w: the events, and the pass they are of.

    losses: before each update.
    """

    count: int
    subject: Subject
    trace: Trace
    events: tuple[Event, ...]
    losses: tuple[float, ...]


def updates(subject: Subject, trace: Trace) -> After | None:
    """Plain gradient descent until a number is not finite; None where all stays so."""
    assert subject.learning_rate is not None
    size = sum(node.size for node in trace.graph.nodes)
    losses = [trace.loss]
    for count in range(1, min(MOST_UPDATES, max(1, MOST_WORK // max(size, 1))) + 1):
        event = overflown(trace, subject.learning_rate)
        if event is not None:
            return After(count, subject, trace, (event,), tuple(losses))
        subject = updated(subject, trace)
        trace = subject.run()
        events = Finder(trace).events()
        if events:
            return After(count, subject, trace, events, tuple(losses))
        losses.append(trace.loss)
    return None


def updated(subject: Subject, trace: Trace) -> Subject:
    """The subject with its parameters moved against their gradients."""
    rate = subject.learning_rate or 0.0
    with np.errstate(all="ignore"):
        moved = {
            name: (np.asarray(subject.inputs[name]) - rate * gradient).astype(subject.dtype)
            for name, gradient in trace.gradients.items()
        }
    return replace(subject, inputs={**subject.inputs, **moved})


def overflown(trace: Trace, rate: float) -> Event | None:
    """The first parameter that its update makes too large."""
    for node in trace.parameters:
        before = trace.recorded.values[node.id]
        gradient = trace.gradients[node.id]
        with np.errstate(all="ignore"):
            after = before - np.asarray(rate, before.dtype) * gradient.astype(before.dtype)
        wrong = np.argwhere(~np.isfinite(after))
        if len(wrong):
            at = Value(node.id, tuple(int(i) for i in wrong[0]))
            loss = trace.recorded.loss
            factors = (
                Factor(at, float(before[at.index])),
                Factor(Rate(), rate),
                Factor(Partial(loss, at), float(gradient[at.index])),
            )
            return Event("update", "overflow", at, float(after[at.index]), "update", "", factors)
    return None


def smaller_rate(subject: Subject, trace: Trace, after: After) -> tuple[Mended, ...]:
    """A learning rate with which as many updates stay finite and the loss falls, as it was run."""
    assert subject.learning_rate is not None
    rate = subject.learning_rate
    for _ in range(TRIES):
        rate /= SMALLER
        slower, now, falls = replace(subject, learning_rate=rate), trace, True
        moved = slower
        for _ in range(after.count):
            if overflown(now, rate) is not None:
                falls = False
                break
            moved = updated(moved, now)
            before, now = now.loss, moved.run()
            falls = falls and math.isfinite(now.loss) and now.loss <= before
            if not falls:
                break
        if falls and not Finder(now).events():
            numbers = (subject.learning_rate, rate, float(after.count))
            found = Candidate("mend.rate", "", "", slower, numbers=numbers)
            return (Mended(found, after.events[0], after.trace.loss, now.loss, ()),)
    return ()
