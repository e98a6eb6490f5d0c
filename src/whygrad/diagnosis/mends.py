"""Mends that were run: the old value and the new one, the new gradient and its difference quotient.

A candidate counts only where both passes are finite with it, where it gives the value that the
function should have had, and where its gradient is the difference quotient of the mended function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from whygrad.checking.entries import loss_at
from whygrad.diagnosis.catalogue import Candidate, candidates
from whygrad.diagnosis.first import Event, Finder
from whygrad.diagnosis.should import Should
from whygrad.diagnosis.subject import Subject
from whygrad.differences import quotient
from whygrad.errors import WhygradError
from whygrad.names import Value
from whygrad.recording import Trace

ROUNDS = 4  # mends that one function may need together
ENOUGH = 3  # mends that are shown for one event
CHECKED = 4  # entries whose gradient is compared with a quotient
SCALES = (1.0, 1e-6, 1e-12)  # a mend with an ε bends as near to the point as that
AGREE = 1e-4


@dataclass(frozen=True)
class Changed:
    """A gradient before and after: of which entry, and the quotient of the mended function.

    side: "left" or "right" where that is the quotient of one side only, "none" where there is no
    quotient, since the function jumps there.
    """

    at: Value
    before: float
    after: float
    quotient: float
    side: str = ""


@dataclass(frozen=True, eq=False)
class Mended:
    """A mend that works, as it was run."""

    candidate: Candidate
    event: Event
    before: float  # the loss
    after: float
    changes: tuple[Changed, ...]
    whole: bool = True  # whether everything is finite with it; else more mends follow
    others: tuple[Candidate, ...] = field(default_factory=tuple)


def mend(subject: Subject, trace: Trace, should: Should) -> tuple[Mended, ...]:
    """The mends that together make everything finite, in the order in which they are made."""
    found: list[Mended] = []
    original, current = trace, subject
    for _ in range(ROUNDS):
        step = one(current, original, trace, should)
        if step is None:
            break
        found.append(step)
        if step.whole:
            break
        current = step.candidate.subject
        trace = current.run()
    return tuple(found)


def one(current: Subject, original: Trace, trace: Trace, should: Should) -> Mended | None:
    """The first mend that works; else the first that takes one event away."""
    events = Finder(trace).events()
    sites = {e.site for e in events}
    partial: Mended | None = None
    for event in distinct(events):
        whole, less = attempts(event, sites, current, original, trace, should)
        if whole:
            first, *others = sorted(whole, key=lambda m: not m.candidate.same)
            return replace(first, others=tuple(m.candidate for m in others))
        partial = partial or less
    return partial


def attempts(
    event: Event, sites: set[str], current: Subject, original: Trace, trace: Trace, should: Should
) -> tuple[list[Mended], Mended | None]:
    """The mends of one event that make everything finite, and the first that only takes it away."""
    whole: list[Mended] = []
    partial: Mended | None = None
    for candidate in candidates(current, trace, event):
        after = tried_run(candidate.subject)
        if after is None:
            continue
        left = {e.site for e in Finder(after).events()}
        if not left:
            tried = verified(candidate, event, current, original, trace, after, should)
            if tried is not None and not any(alike(t.candidate, candidate) for t in whole):
                whole.append(tried)
        elif (
            partial is None
            and progress(event, left, sites, trace, after)
            and faithful(candidate, current, trace)
        ):
            partial = Mended(candidate, event, original.loss, after.loss, (), whole=False)
        if len(whole) == ENOUGH:
            break
    return whole, partial


def tried_run(subject: Subject) -> Trace | None:
    """The passes of a candidate; None where it cannot be run at all."""
    try:
        return subject.run()
    except WhygradError:
        return None


def alike(a: Candidate, b: Candidate) -> bool:
    """Whether two mends are one to a reader: the same code, the same mask."""
    return a.after == b.after or (a.key == b.key == "mend.mask" and a.before == b.before)


def progress(event: Event, left: set[str], before: set[str], trace: Trace, after: Trace) -> bool:
    """Whether an event is gone, and nothing worse has come in its place."""
    if math.isfinite(trace.loss) and not math.isfinite(after.loss):
        return False
    known = all(node in trace.graph for node in left)  # what was put in is not bad itself
    return known and event.site not in left and len(left) <= len(before)


def distinct(events: tuple[Event, ...]) -> Iterator[Event]:
    """One event an operation; what was given first, and where NaN was given, nothing else."""
    given = [e for e in events if e.kind == "given"]
    rest = [] if any(math.isnan(e.value) for e in given) else [e for e in events if e not in given]
    seen = set[str]()
    for event in (*given, *rest):
        if event.site not in seen:
            seen.add(event.site)
            yield event


def verified(
    candidate: Candidate, event: Event, current: Subject, original: Trace, trace: Trace,
    after: Trace, should: Should,
) -> Mended | None:  # fmt: skip
    """The mend with its numbers; None where they speak against it."""
    if not faithful(candidate, current, trace):
        return None
    coarse = candidate.subject.dtype != "float64"
    if should.how in ("exact", "limit") and candidate.key in ("mend.same", "mend.near"):
        near = 2e-2 if coarse or not candidate.same else 1e-6
        if abs(after.loss - should.value) > near * max(abs(should.value), 1.0):
            return None
    exact = after if not coarse else candidate.subject.run(dtype="float64")
    changes = []
    for at in changed(original, after):
        gradient = exact.recorded.gradient(at)
        found = slope(exact, at, gradient)
        if found is None:
            return None
        before = original.recorded.gradient(at) if at.node in original.graph else math.nan
        changes.append(Changed(at, before, after.recorded.gradient(at), *found))
    return Mended(candidate, event, original.loss, after.loss, tuple(changes))


def changed(before: Trace, after: Trace) -> list[Value]:
    """Entries whose gradient was not finite before, or is another now; of every input one first."""
    places: list[list[Value]] = []
    for source in Finder(after).sources:
        old = before.recorded.gradients.get(source)
        new = after.recorded.gradients[source]
        if old is None or np.shape(old) != np.shape(new):
            bad = np.argwhere(np.isfinite(new))[:1]
        else:
            bad = np.argwhere(~np.isfinite(old))[:2]
            bad = bad if len(bad) else np.argwhere(np.asarray(old) != new)[:1]
        places.append([Value(source, tuple(int(i) for i in index)) for index in bad])
    first = [p[0] for p in places if p] + [p[1] for p in places if len(p) > 1]
    return first[:CHECKED]


def slope(trace: Trace, at: Value, gradient: float) -> tuple[float, str] | None:
    """The quotient that the gradient agrees with, and its side; None where it disagrees.

    Near an ε the function bends, so that smaller steps are tried; at an edge one side decides.
    """
    here, function = trace.recorded.value(at), loss_at(trace, at)
    size = max(abs(gradient), 1e-6)
    sided: tuple[float, str] | None = None
    settled = False  # whether the quotients go to any number at all
    for scale in (s * max(1.0, abs(here)) for s in SCALES):
        found = quotient(stretched(function, here, scale), 0.0, gradient * scale)
        value, error = found.value / scale, found.error / scale
        if abs(value - gradient) <= AGREE * size + 4 * error and error <= 1e-2 * size:
            return value, ""
        settled = settled or (math.isfinite(value) and error <= 1e-2 * abs(value))
        for side in ("left", "right"):
            one = getattr(found, side) / scale
            if sided is None and abs(one - gradient) <= AGREE * size:
                sided = one, side
    return sided or (None if settled else (math.nan, "none"))


def stretched(
    function: Callable[[float], float], here: float, scale: float
) -> Callable[[float], float]:
    """A function around a point, in steps of a scale."""
    return lambda step: function(here + scale * step)


def faithful(candidate: Candidate, current: Subject, trace: Trace) -> bool:
    """Whether a rewrite of the same function gives the same at points where both are finite."""
    if not candidate.same or candidate.subject.graph is current.graph:
        return True
    rng = np.random.default_rng(0)
    for low, high in ((0.3, 0.9), (-0.9, 0.9)):
        moved = {
            k: rng.uniform(low, high, np.shape(a)) if np.asarray(a).dtype.kind not in "biu" else a
            for k, a in current.inputs.items()
        }
        old = tried_run(replace(current, inputs=moved, dtype="float64"))
        new = tried_run(replace(candidate.subject, inputs=moved, dtype="float64"))
        if old is None or new is None:
            continue
        if math.isfinite(old.loss) and math.isfinite(new.loss):
            return abs(old.loss - new.loss) <= 1e-8 * max(abs(old.loss), 1.0)
    return True
