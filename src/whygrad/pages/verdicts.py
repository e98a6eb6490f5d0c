"""The page of a check: the causes first, then a sentence a parameter, then the second opinions."""

from __future__ import annotations

import math
from collections.abc import Iterator

from whygrad.checking.judges import Opinion
from whygrad.checking.report import Report
from whygrad.checking.scan import SEED
from whygrad.checking.verdicts import Row
from whygrad.pages.document import Block, Document, Heading, Paragraph, Precise, Sentence, sentence

DIGITS = 9  # of the two numbers that are compared


def verdict_document(report: Report) -> Document:
    """A check as a page."""
    blocks: list[Block] = [Paragraph(row_sentence(row)) for row in report.rows]
    if report.causes:
        blocks.append(Heading(sentence("check.causes")))
        blocks += [Paragraph(s) for s in cause_sentences(report)]
    if report.opinions:
        blocks.append(Heading(sentence("check.opinions")))
        blocks += [Paragraph(opinion_sentence(o)) for o in report.opinions]
    blocks += [Paragraph(s) for s in summary(report)]
    return Document(sentence("check.title"), tuple(blocks), report.names)


def summary(report: Report) -> Iterator[Sentence]:
    """The verdict on everything, and how much was looked at."""
    bad = [f"{row.parameter} {row.verdict}" for row in report.rows if not row.ok]
    if report.sampled:
        directions = sum(row.directions for row in report.rows)
        yield sentence(
            "check.sampled", checked=report.checked, size=report.size, seed=SEED,
            directions=directions,
        )  # fmt: skip
    yield sentence("check.bad", which=", ".join(bad)) if bad else sentence("check.good")


# ---- a row --------------------------------------------------------------------------------------


def row_sentence(row: Row) -> Sentence:
    """What is said of one parameter."""
    if row.refused:
        return sentence("verdict.refused", parameter=row.parameter, why=row.refused)
    blanks = {
        "parameter": row.parameter,
        "at": row.at,
        "gradient": Precise(row.gradient, DIGITS),
        "quotient": Precise(row.quotient, DIGITS),
        "error": Precise(row.error, 2),
    }
    match row.verdict:
        case "right" if row.difference <= row.error or not row.digits:
            if row.gradient == 0:
                return sentence("verdict.right.zero", **blanks)
            return right(row, blanks)
        case "right":
            return right(row, blanks)
        case "kink":
            sides = sorted((row.left, row.right))
            low, high = (Precise(side, DIGITS) for side in sides)
            key = "verdict.kink.convention" if row.convention else "verdict.kink"
            more = {"convention": row.convention} if row.convention else {}
            return sentence(key, **blanks, low=low, high=high, **more)
        case "not smooth" if not math.isfinite(row.quotient):
            return sentence("verdict.not_finite", **blanks)
        case "checker":
            return sentence("verdict.checker", **blanks, ratio=Precise(1 / row.ratio, 6))
        case "wrong":
            return wrong(row, blanks)
        case verdict:
            return sentence(f"verdict.{verdict.replace(' ', '_')}", **blanks)


def right(row: Row, blanks: dict[str, object]) -> Sentence:
    """So many digits, and the largest difference."""
    if not row.digits:
        return sentence("verdict.right.small", **blanks)
    known = {"digits": row.digits, "difference": Precise(row.difference, 2)}
    return sentence("verdict.right", **blanks, **known)


def wrong(row: Row, blanks: dict[str, object]) -> Sentence:
    """The worst entry, the ratio there, and what the wrong ones have in common."""
    if not math.isfinite(row.gradient):
        return sentence("verdict.wrong.not_finite", **blanks)
    number = (
        int(row.pattern_value)
        if row.pattern in ("row", "column")
        else Precise(row.pattern_value, 6)
    )
    common = sentence(
        f"pattern.{row.pattern or 'none'}", number=number, wrong=row.wrong, checked=row.checked
    )
    ratio = Precise(row.ratio, 6)
    return sentence("verdict.wrong", **blanks, ratio=ratio, pattern=common)


# ---- causes and opinions ------------------------------------------------------------------------


def cause_sentences(report: Report) -> Iterator[Sentence]:
    """Each cause with what it reproduces."""
    for cause in report.causes:
        what = sentence(f"cause.{cause.key}", **shown(cause.blanks))
        key = "check.cause" if cause.whole else "check.cause.part"
        yield sentence(key, cause=what, which=", ".join(cause.reproduces))


def shown(blanks: object) -> dict[str, object]:
    """Numbers of a cause with as many digits as they need."""
    assert isinstance(blanks, dict)
    return {k: Precise(v, 6) if isinstance(v, float) else v for k, v in blanks.items()}


def opinion_sentence(opinion: Opinion) -> Sentence:
    """What another judge says."""
    answer = {True: "yes", False: "no", None: "open"}[opinion.agrees]
    if opinion.judge == "taylor" and math.isinf(opinion.measure):
        return sentence("opinion.taylor.straight" if opinion.agrees else "opinion.taylor.open")
    measure = Precise(opinion.measure, 3)
    return sentence(f"opinion.{opinion.judge}.{answer}", measure=measure)
