"""The page that says where numbers stopped being finite, and what mends it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from whygrad.deriver import forward_step, name_lets
from whygrad.diagnosis.catalogue import Candidate
from whygrad.diagnosis.first import Event
from whygrad.diagnosis.mends import Mended
from whygrad.diagnosis.report import NotFinite
from whygrad.expr import Quantity
from whygrad.graph import Graph
from whygrad.names import Partial, Rate, Updated
from whygrad.notation import Code
from whygrad.pages.document import (
    Block,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Part,
    Precise,
    Sentence,
    Table,
    sentence,
)
from whygrad.pages.solution import value_lines
from whygrad.recording import Trace
from whygrad.split import Way

SHOWN = 4  # events that are shown; the others are counted


def finite_document(answer: NotFinite) -> Document:
    """Where numbers stopped being finite, as a page."""
    blocks: list[Block] = []
    if not answer.subject.whole:
        blocks.append(Paragraph(sentence("finite.several")))
    if answer.finite:
        dtype = answer.subject.dtype
        blocks.append(Paragraph(sentence("finite.all", loss=answer.trace.loss, dtype=dtype)))
    if answer.coarse is not None:
        blocks.append(Paragraph(sentence("finite.coarse")))
        blocks += list(troubles(answer.coarse))
    blocks += list(troubles(answer))
    return Document(sentence("finite.title"), tuple(blocks), answer.trace.names)


@dataclass(frozen=True)
class FileAnswer:
    """A number that is not finite stands in a file: what is asked of it, what stands there."""

    asked: str
    given: str

    def document(self) -> Document:
        said = sentence("finite.file", asked=self.asked, given=self.given)
        return Document(sentence("finite.title"), (Paragraph(said),), Code(Graph((), "")))

    def to_dict(self) -> dict[str, object]:
        return {"finite": False, "events": [{"kind": "given", "value": self.given}]}


def troubles(answer: NotFinite) -> Iterator[Block]:
    """The events in their order, what should have been, what mends it."""
    if answer.finite:
        return
    if answer.after is not None:
        yield Paragraph(updates_sentence(answer))
    shown = grouped(answer.events)[:SHOWN]
    judged = answer.judged
    for event, more in shown:
        yield from event_blocks(answer, event)
        if more:
            yield Paragraph(sentence("finite.more", count=more))
        last = event is shown[-1][0]
        if judged is not None and (last if judged.side == "backward" else event is judged):
            yield from (Paragraph(s) for s in should_sentences(answer, judged))
    result = result_sentence(answer)
    if result is not None:
        yield Paragraph(result)
    yield from mend_blocks(answer)


def updates_sentence(answer: NotFinite) -> Sentence:
    """After how many updates it happened, and how the loss went until then."""
    after = answer.after
    assert after is not None
    losses = [f"{loss:.4g}" for loss in after.losses]
    shown = losses if len(losses) <= 6 else [*losses[:2], "…", *losses[-3:]]
    rate = answer.subject.learning_rate or 0.0
    return sentence("finite.updated", count=after.count, rate=rate, losses=", ".join(shown))


def grouped(events: tuple[Event, ...]) -> list[tuple[Event, int]]:
    """The first event of each kind at each array, and how many more there are of it."""
    firsts: dict[tuple[object, ...], Event] = {}
    counts: Counter[tuple[object, ...]] = Counter()
    for event in events:
        read = tuple(getattr(f.ref, "node", "") for f in event.factors)
        key = (event.side, event.kind, event.op, *(read or [event.at.node]))
        firsts.setdefault(key, event)
        counts[key] += event.at.node == firsts[key].at.node
    return [(event, counts[key] - 1) for key, event in firsts.items()]


# ---- one event ----------------------------------------------------------------------------------


def event_blocks(answer: NotFinite, event: Event) -> Iterator[Block]:
    """What happened, the line of code, the formula with its numbers."""
    yield Paragraph(event_sentence(answer, event))
    if event.source:
        yield Paragraph(sentence("finite.line", source=event.source))
    lines = event_lines(answer.trace, event)
    if lines:
        yield Lines(tuple(lines))
    node = answer.trace.graph[event.site]
    if node.op is not None and node.op.module == "opaque":
        yield Paragraph(sentence("finite.opaque", op=event.op))
    unselected = event.side == "forward" and math.isfinite(answer.trace.loss)
    if unselected and event.kind != "given" and event is answer.first:
        yield Paragraph(sentence("finite.unselected"))


def event_sentence(answer: NotFinite, event: Event) -> Sentence:
    """What happened, in words."""
    first = event is answer.first
    blanks: dict[str, Part] = {"what": event.at, "value": event.value, "op": event.op}
    if event.kind == "given" and (number := answer.subject.given(event.at)) is not None:
        return sentence("finite.cast", what=event.at, number=number, dtype=answer.subject.dtype)
    if event.side == "forward":
        key = {"given": "finite.given", "met": "finite.met"}.get(
            event.kind, "finite.made" if first else "finite.then_made"
        )
        return sentence(key, **blanks)
    if event.side == "update":
        count = answer.after.count if answer.after else 1
        what = Updated(event.at)
        return sentence(
            "finite.update", what=what, value=event.value, count=count, dtype=answer.subject.dtype
        )
    if event.kind == "sum":
        return sentence("finite.parts", **blanks)
    pair = {"upstream": event.factor(0), "local": event.factor(1)}
    if event.kind == "overflow":
        return sentence("finite.product_overflow", **blanks, **pair, dtype=answer.subject.dtype)
    key = "finite.product_met" if event.kind == "met" else "finite.product"
    return sentence(key, **blanks, **pair)


def event_lines(trace: Trace, event: Event) -> list[Line]:
    """The formula of an event with its numbers put in."""
    with np.errstate(all="ignore"):  # sums of what is not finite are what is shown here
        if event.side == "update":
            return [update_line(event)]
        if event.side == "forward" and event.kind != "given":
            node = trace.graph[event.at.node]
            opaque = node.op is None or node.op.module == "opaque"
            return [] if opaque else list(value_lines(forward_step(trace.recorded, event.at)))
        return [] if event.way is None else list(product_lines(trace, event, event.way))


def update_line(event: Event) -> Line:
    """w⁺ = w − η · ∂E/∂w with the numbers of an update."""
    now, rate, gradient = event.factors
    step = Quantity(Rate(), rate.value) * Quantity(gradient.ref, gradient.value)
    return Line(Updated(event.at), (Quantity(event.at, now.value) - step,), event.value)


def product_lines(trace: Trace, event: Event, way: Way) -> Iterator[Line]:
    """The local factor, then upstream · local."""
    upstream, local = event.factors
    formula, lets = name_lets(way.factor)
    yield Line(local.ref, (formula,), local.value)
    yield from (line for step in lets for line in value_lines(step))
    if event.to != trace.recorded.loss:  # else the local factor is the whole gradient
        product = Quantity(upstream.ref, upstream.value) * Quantity(local.ref, local.value)
        yield Line(event.ref(trace), (product,), event.value)


# ---- what it should have been -------------------------------------------------------------------


def should_sentences(answer: NotFinite, event: Event) -> Iterator[Sentence]:
    """The value that an event's number should have had."""
    if event.kind != "given" and answer.after is None:
        yield (gradient_should if event.side == "backward" else value_should)(answer)


def result_sentence(answer: NotFinite) -> Sentence | None:
    """The value that the result should have had, where it is another number than the event's."""
    first, loss = answer.first, answer.loss
    if first is None or first.at == answer.trace.recorded.loss or math.isfinite(answer.trace.loss):
        return None
    if loss.how in ("exact", "limit", "above", "below"):
        return sentence(f"result.{loss.how}", value=loss.value)
    return None


def value_should(answer: NotFinite) -> Sentence:
    should = answer.should
    if should.how == "beyond":
        limit = Precise(float(np.finfo(answer.subject.dtype).max), 3)
        return sentence(
            "should.beyond", power=should.power, dtype=answer.subject.dtype, limit=limit
        )
    known_ = {"value": should.value} if should.known else {}
    return sentence(f"should.{should.how}", **known_)


def gradient_should(answer: NotFinite) -> Sentence:
    should, found, at = answer.should, answer.should.quotient, answer.of
    if should.how == "exact":
        return sentence("should.gradient", what=at, value=should.value)
    if found is not None and found.kink:
        return sentence("should.corner", what=at, left=found.left, right=found.right)
    return sentence("should.steep", what=at)


# ---- mends --------------------------------------------------------------------------------------


def mend_blocks(answer: NotFinite) -> Iterator[Block]:
    """Each mend: the rewrite, and the numbers before and after."""
    yield Heading(sentence("mend.title"))
    for mended in answer.mends:
        yield Paragraph(mend_sentence(mended.candidate))
        if not mended.whole:
            yield Paragraph(sentence("mend.partial", op=mended.event.op))
            continue
        yield Paragraph(sentence("mend.run"))
        yield changes(answer.trace, mended)
        sides = {change.side for change in mended.changes}
        if sides & {"left", "right"}:
            yield Paragraph(sentence("mend.side"))
        if "none" in sides:
            yield Paragraph(sentence("mend.jump"))
        others = [shown for o in mended.others if (shown := o.after)]
        if others:
            yield Paragraph(sentence("mend.others", which=", ".join(others)))
    if not any(mended.whole for mended in answer.mends):
        yield Paragraph(sentence("mend.none"))
    roles = {answer.trace.graph[e.at.node].role for e in answer.events if e.kind == "given"}
    if roles & {"weight", "bias"}:
        yield Paragraph(sentence("mend.weights"))


def mend_sentence(candidate: Candidate) -> Sentence:
    """A rewrite in words."""
    if candidate.key == "mend.rows":
        rows = [f"{int(n):,}" for n in candidate.numbers]
        return sentence("mend.rows", rows=", ".join(rows[:8]) + (", …" if len(rows) > 8 else ""))
    if candidate.key == "mend.rate":
        before, after, _ = candidate.numbers
        return sentence("mend.rate", before=before, after=Precise(after, 6))
    if candidate.key == "mend.scaled":
        return sentence("mend.scaled", after=candidate.after)
    return sentence(candidate.key, before=candidate.before, after=candidate.after)


def changes(trace: Trace, mended: Mended) -> Table:
    """The result and the gradients, before and after, with the quotient of the mended function."""
    head = (None, sentence("head.before"), sentence("head.after"), sentence("head.quotient"))
    rows: list[tuple[Part | None, ...]] = [
        (sentence("mend.loss"), mended.before, mended.after, None)
    ]
    for c in mended.changes:
        name = Partial(trace.recorded.loss, c.at)
        rows.append((name, c.before, c.after, None if c.side == "none" else c.quotient))
    return Table(head, tuple(rows))
