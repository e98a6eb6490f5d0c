"""The pages of gradients: why one has its size, and a survey of all parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator

from whygrad.diagnosis.classes import Cause
from whygrad.diagnosis.factors import Link
from whygrad.diagnosis.report import WhyGradient
from whygrad.diagnosis.survey import Survey
from whygrad.pages.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    Part,
    Sentence,
    Table,
    sentence,
)
from whygrad.pages.solution import kink_blocks
from whygrad.recording import Trace
from whygrad.split import Splitter

FACTORS = 12  # of a long way so many factors are shown, the smallest and the largest


def gradient_document(answer: WhyGradient) -> Document:
    """Why one gradient has its size, as a page."""
    cause = answer.cause
    title = sentence("gradient.title", what=cause.at, value=cause.value)
    return Document(title, tuple(gradient_blocks(answer.trace, cause)), answer.trace.names)


def gradient_blocks(trace: Trace, cause: Cause) -> Iterator[Block]:
    """The class and what to do, then the factors."""
    yield Paragraph(cause_sentence(trace, cause))
    yield Paragraph(sentence(f"do.{cause.kind}"))
    recorded = trace.recorded
    splitter = Splitter(recorded.graph, recorded.values, recorded.gradients)
    yield from kink_blocks(recorded, splitter, cause.at)
    link = cause.link
    if link is not None and (source := trace.graph[link.to.node].source):
        yield Paragraph(sentence("finite.line", source=source))
    if len(cause.counts) > 1:
        yield Paragraph(sentence("factors.blocked"))
        head = (sentence("head.class"), sentence("head.ways"))
        yield Table(head, tuple((sentence(f"class.{kind}"), n) for kind, n in cause.counts))
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
    if cause.kind == "masked" and link.kind == "mask":
        key = "gradient.multiplied"
    at = link.of or link.at
    number, slope = trace.recorded.value(at), link.value
    wanted: dict[str, dict[str, Part]] = {
        "dead": {"op": link.op, "at": at, "number": number},
        "saturated": {"op": link.op, "at": at, "number": number, "slope": slope},
        "steep": {"op": link.op, "at": at, "number": number, "slope": slope},
        "masked": {"op": link.op, "at": at, "number": number},
        "not_largest": {"op": link.op, "at": at, "number": number},
        "flat": {"op": link.op, "at": at, "number": number},
        "kink": {"op": link.op, "at": at, "number": number},
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
    keys = ("parameter", "zero", "tiny", "huge", "class", "example")
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
