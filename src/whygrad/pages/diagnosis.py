"""Pages of a diagnosis: where numbers stopped being finite, why a gradient has its size."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from whygrad.deriver import forward_step, name_lets
from whygrad.diagnosis.catalogue import Candidate
from whygrad.diagnosis.classes import Cause
from whygrad.diagnosis.factors import Link
from whygrad.diagnosis.first import Event
from whygrad.diagnosis.mends import Mended
from whygrad.diagnosis.report import NotFinite, WhyGradient
from whygrad.diagnosis.survey import Survey
from whygrad.expr import Quantity
from whygrad.names import Partial, Rate, Updated
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

SHOWN = 4  # events that are shown; the others are counted
FACTORS = 12  # of a long way so many factors are shown, the smallest and the largest


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


def troubles(answer: NotFinite) -> Iterator[Block]:
    """The events in their order, what should have been, what mends it."""
    if answer.finite:
        return
    if answer.after is not None:
        yield Paragraph(updates_sentence(answer))
    for event, more in grouped(answer.events)[:SHOWN]:
        yield from event_blocks(answer, event)
        if more:
            yield Paragraph(sentence("finite.more", count=more))
        if event is answer.judged:
            yield from (Paragraph(s) for s in should_sentences(answer, event))
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
    lines = tuple(event_lines(answer.trace, event))
    if lines:
        yield Lines(lines)
    unselected = event.side == "forward" and math.isfinite(answer.trace.loss)
    if unselected and event.kind != "given" and event is answer.first:
        yield Paragraph(sentence("finite.unselected"))


def event_sentence(answer: NotFinite, event: Event) -> Sentence:
    """What happened, in words."""
    first = event is answer.first
    blanks: dict[str, Part] = {"what": event.at, "value": event.value, "op": event.op}
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


def event_lines(trace: Trace, event: Event) -> Iterator[Line]:
    """The formula of an event with its numbers put in."""
    if event.side == "update":
        now, rate, gradient = event.factors
        formula = Quantity(event.at, now.value) - Quantity(Rate(), rate.value) * Quantity(
            gradient.ref, gradient.value
        )
        yield Line(Updated(event.at), (formula,), event.value)
    elif event.side == "forward" and event.kind != "given":
        node = trace.graph[event.at.node]
        if node.op is not None and node.op.module != "opaque":
            yield from value_lines(forward_step(trace.recorded, event.at))
    elif event.way is not None:
        upstream, local = event.factors
        formula, lets = name_lets(event.way.factor)
        yield Line(local.ref, (formula,), local.value)
        yield from (line for step in lets for line in value_lines(step))
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
        if any(change.side for change in mended.changes):
            yield Paragraph(sentence("mend.side"))
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
        rows.append((name, c.before, c.after, c.quotient))
    return Table(head, tuple(rows))


# ---- why a gradient has its size ----------------------------------------------------------------


def gradient_document(answer: WhyGradient) -> Document:
    """Why one gradient has its size, as a page."""
    cause = answer.cause
    title = sentence("gradient.title", what=cause.at, value=cause.value)
    return Document(title, tuple(gradient_blocks(answer.trace, cause)), answer.trace.names)


def gradient_blocks(trace: Trace, cause: Cause) -> Iterator[Block]:
    """The class and what to do, then the factors."""
    yield Paragraph(cause_sentence(trace, cause))
    yield Paragraph(sentence(f"do.{cause.kind}"))
    link = cause.link
    if link is not None and (source := trace.graph[link.to.node].source):
        yield Paragraph(sentence("finite.line", source=source))
    if len(cause.counts) > 1:
        which = ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in cause.counts)
        yield Paragraph(sentence("factors.blocked", which=which))
    if cause.fork is not None and cause.kind == "cancelling":
        yield Heading(sentence("factors.parts"), level=3)
        head = (sentence("head.through"), sentence("head.part"))
        parts = tuple((to, part) for to, part in cause.fork.parts)
        yield Table(head, parts)
    if cause.road.ranked and cause.kind != "unused":
        yield Heading(sentence("factors.title"), level=3)
        yield from factor_table(trace, cause)


def factor_table(trace: Trace, cause: Cause) -> Iterator[Block]:
    """Every factor on the way, ranked, with its orders of magnitude."""
    ranked = cause.road.ranked
    many = len(ranked) > FACTORS
    low, high = (ranked[: FACTORS - 4], ranked[-4:]) if many else (ranked, ranked[:0])
    head = tuple(sentence(f"head.{k}") for k in ("factor", "number", "orders", "is"))
    rows = [factor_row(trace, link) for link in (*low, *high)]
    yield Table(head, tuple(rows))
    hidden = ranked[len(low) : len(ranked) - len(high)]
    if hidden:
        product = math.prod(x.value for x in hidden)
        yield Paragraph(sentence("factors.more", count=len(hidden), product=product))
    product_ = cause.road.product
    if product_:
        orders = round(math.log10(abs(product_)), 3)
        yield Paragraph(sentence("factors.product", product=product_, orders=orders))
    if cause.road.forks and cause.value:
        yield Paragraph(sentence("factors.way", count=len(cause.road.forks), value=cause.value))


def factor_row(trace: Trace, link: Link) -> tuple[Part | None, ...]:
    """A factor: its name, number, orders of magnitude, and what it is."""
    orders = round(link.orders, 3) if math.isfinite(link.orders) else None
    number = trace.recorded.value(link.at)
    what = sentence(f"factor.{link.kind}", **known(link.kind, link, number))
    return link.ref, link.value, orders, what


def known(kind: str, link: Link, number: float) -> dict[str, Part]:
    """The blanks of a factor's sentence."""
    if kind == "slope":
        return {"op": link.op, "at": link.at, "number": number}
    if kind in ("input", "signal", "weight", "mask"):
        return {"at": link.of or link.at}
    return {"op": link.op} if kind in ("error", "rate") else {}


def cause_sentence(trace: Trace, cause: Cause) -> Sentence:
    """The class in words, with the factor that makes it so."""
    key, link = f"gradient.{cause.kind}", cause.link
    match cause.kind:
        case "ordinary":
            return sentence(key)
        case "unused":
            return sentence(key, what=cause.at)
        case "cancelling":
            fork = cause.fork
            where = fork.at if fork else cause.at
            return sentence(key, at=where, count=len(fork.parts) if fork else 0)
        case "vanishing":
            slopes = [x for x in cause.road.links if x.kind == "slope" and abs(x.value) < 1]
            return sentence(key, count=len(slopes))
        case "exploding":
            weights = [x for x in cause.road.links if x.kind == "weight" and abs(x.value) > 1]
            return sentence(key, count=len(weights))
    assert link is not None
    at = link.of or link.at
    number, slope = trace.recorded.value(at), link.value
    wanted: dict[str, dict[str, Part]] = {
        "dead": {"op": link.op, "at": at, "number": number},
        "saturated": {"op": link.op, "at": at, "number": number, "slope": slope},
        "steep": {"op": link.op, "at": at, "number": number, "slope": slope},
        "masked": {"op": link.op, "at": at, "number": number},
        "not_largest": {"op": link.op, "at": at, "number": number},
        "flat": {"op": link.op, "at": at, "number": number},
        "cut": {"op": link.op},
        "mean": {"slope": slope},
        "small_error": {"slope": slope},
        "large_error": {"slope": slope},
    }
    return sentence(key, **wanted.get(cause.kind, {"at": at, "number": number}))


# ---- the survey ---------------------------------------------------------------------------------


def survey_document(answer: Survey) -> Document:
    """All parameters as a page: the worst in words, all in a table."""
    blocks: list[Block] = []
    worst = answer.counts[0] if answer.counts else None
    if worst is None or not answer.found:
        blocks.append(Paragraph(sentence("survey.good", loss=answer.trace.loss)))
    else:
        counts = {"zero": worst.zero, "tiny": worst.tiny, "huge": worst.huge}
        blocks.append(
            Paragraph(
                sentence("survey.found", parameter=worst.parameter, size=worst.size, **counts)
            )
        )
        if worst.example is not None:
            at = worst.example.at
            blocks.append(Paragraph(sentence("survey.for", what=at)))
            blocks.append(Paragraph(cause_sentence(answer.trace, worst.example)))
            blocks.append(Paragraph(sentence(f"do.{worst.kind}")))
            blocks.append(Paragraph(sentence("survey.ask", what=at)))
    blocks.append(survey_table(answer))
    blocks.append(Paragraph(sentence("survey.sizes")))
    return Document(sentence("survey.title"), tuple(blocks), answer.trace.names)


def survey_table(answer: Survey) -> Table:
    keys: Iterable[str] = ("parameter", "zero", "tiny", "huge", "class", "example")
    rows: list[tuple[Part | None, ...]] = [
        (
            c.parameter,
            f"{c.zero} / {c.size}",
            c.tiny,
            c.huge,
            sentence(f"class.{c.kind}"),
            c.example.at if c.example else None,
        )
        for c in answer.counts
    ]
    return Table(tuple(sentence(f"head.{k}") for k in keys), tuple(rows))
