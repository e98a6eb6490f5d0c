"""The page of a check: the answer, a table of parameters, what is wrong and why, other judges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from whygrad.checking.judges import Opinion
from whygrad.checking.report import Report
from whygrad.checking.scan import SEED
from whygrad.checking.verdicts import UNTOLD, Row
from whygrad.pages.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    Part,
    Precise,
    Sentence,
    Table,
    sentence,
)

DIGITS = 9  # of the two numbers that are compared
IN_TABLE = 6
MEASURED = (
    "quotient",
    "rule_",
    "fails",
    "made_of",
    "accumulates",
    "convention",
)  # found, not tried
SHOWN = 4  # causes that are told; the others are counted


def verdict_document(report: Report) -> Document:
    """A check as a page."""
    blocks: list[Block] = [Paragraph(answer(report))]
    if report.sampled:
        blocks.append(Paragraph(sampling(report)))
    if report.widened:
        blocks.append(Paragraph(sentence("check.wide", count=report.widened)))
    compared = [row for row in report.rows if not row.refused and row.verdict != "random"]
    if compared:
        blocks.append(table(compared))
    blocks += [Paragraph(row_sentence(row)) for row in merged(report.rows)]
    causes = list(cause_sentences(report))
    if causes:
        blocks += [Heading(sentence("check.causes")), *map(Paragraph, causes)]
    if report.opinions:
        blocks.append(Heading(sentence("check.opinions")))
        corner = any(row.verdict == "kink" for row in report.rows)
        blocks += [Paragraph(opinion_sentence(o, corner)) for o in report.opinions]
    return Document(sentence("check.title"), tuple(blocks), report.names)


# ---- the answer ---------------------------------------------------------------------------------


def answer(report: Report) -> Sentence:
    """Yes or no, in one sentence."""
    if report.ok:
        return sentence("check.yes", size=report.size)
    bad = ", ".join(row.parameter for row in report.rows if not row.ok)
    verdicts = {row.verdict for row in report.rows if not row.ok}
    if verdicts <= set(UNTOLD):
        return sentence("check.open", bad=bad)
    if verdicts == {"checker"}:
        return sentence("check.checker", bad=bad)
    good = [row.parameter for row in report.rows if row.ok]
    if not good:
        return sentence("check.no.all", bad=bad)
    return sentence("check.no", bad=bad, good=", ".join(good))


def word(row: Row) -> Sentence:
    """The verdict as a word."""
    return sentence(f"word.{row.verdict.replace(' ', '_')}")


def sampling(report: Report) -> Sentence:
    """How much was looked at."""
    directions = sum(row.directions for row in report.rows)
    return sentence(
        "check.sampled", checked=report.checked, size=report.size, seed=SEED, directions=directions
    )


def table(rows: list[Row]) -> Table:
    """A line a parameter: the verdict, and the two numbers where they differ most."""
    columns = ["parameter", "verdict", "digits", "at", "gradient", "quotient"]
    partly = any(row.checked < row.size for row in rows)
    head: list[Part] = [
        sentence(f"check.table.{c}") for c in (*columns, *(("checked",) if partly else ()))
    ]
    lines: list[tuple[Part | None, ...]] = []
    for row in rows:
        of = sentence("word.of", checked=row.checked, size=row.size)
        lines.append((
            row.parameter, word(row), row.digits if row.verdict == "right" else None, row.at,
            Precise(row.gradient, IN_TABLE), known(row, IN_TABLE),
            *((of,) if partly else ()),
        ))  # fmt: skip
    return Table(tuple(head), tuple(lines))


def known(row: Row, most: int) -> Precise:
    """The quotient with no more digits than its error leaves true."""
    if not (row.error > 0 and row.quotient and math.isfinite(row.error / row.quotient)):
        return Precise(row.quotient, most)
    sure = math.floor(math.log10(abs(row.quotient) / row.error))
    return Precise(row.quotient, max(1, min(most, sure)))


# ---- a row that is not simply right -------------------------------------------------------------


def merged(rows: Iterable[Row]) -> list[Row]:
    """The rows of which something is to be said; those of which the same is to be said as one."""
    alike: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row.verdict != "right":
            own = "" if row.verdict == "random" or row.refused else row.parameter
            same = (row.verdict, row.refused, str(row.gradient), str(row.quotient), own)
            alike.setdefault(same, []).append(row)
    return [
        replace(group[0], parameter=", ".join(row.parameter for row in group))
        for group in alike.values()
    ]


def row_sentence(row: Row) -> Sentence:
    """What is said of one parameter."""
    if row.refused:
        return sentence("verdict.refused", parameter=row.parameter, why=row.refused)
    blanks = {
        "parameter": row.parameter,
        "at": row.at,
        "gradient": Precise(row.gradient, DIGITS),
        "quotient": known(row, DIGITS),
        "error": Precise(row.error, 2),
    }
    match row.verdict:
        case "kink":
            sides = sorted((row.left, row.right))
            low, high = (Precise(side, IN_TABLE) for side in sides)
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


def wrong(row: Row, blanks: Mapping[str, object]) -> Sentence:
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
    if row.size == 1:
        return sentence("verdict.wrong.single", **blanks, ratio=ratio)
    return sentence("verdict.wrong", **blanks, ratio=ratio, pattern=common)


# ---- causes and opinions ------------------------------------------------------------------------


def cause_sentences(report: Report) -> Iterator[Sentence]:
    """Each cause with what it reproduces."""
    for cause in report.causes[:SHOWN]:
        what = sentence(f"cause.{cause.key}", **shown(cause.blanks))
        if cause.key.startswith(MEASURED):
            yield what
            continue
        key = "check.cause" if cause.whole else "check.cause.part"
        yield sentence(key, cause=what, which=", ".join(cause.reproduces))
    if len(report.causes) > SHOWN:
        yield sentence("check.cause.more", count=len(report.causes) - SHOWN)
    if not report.causes and any(row.verdict == "wrong" for row in report.rows):
        yield sentence("check.cause.unknown")


def shown(blanks: Mapping[str, object]) -> dict[str, object]:
    """Numbers of a cause with as many digits as they need."""
    return {k: Precise(v, 6) if isinstance(v, float) else v for k, v in blanks.items()}


def opinion_sentence(opinion: Opinion, corner: bool) -> Sentence:
    """What another judge says; corner: whether a number sits at one."""
    said = {True: "yes", False: "no", None: "open"}[opinion.agrees]
    if opinion.judge == "taylor" and math.isinf(opinion.measure):
        return sentence("opinion.taylor.straight" if opinion.agrees else "opinion.taylor.open")
    if opinion.judge == "taylor" and corner and not opinion.agrees:
        return sentence("opinion.taylor.corner", measure=Precise(opinion.measure, 3))
    return sentence(f"opinion.{opinion.judge}.{said}", measure=Precise(opinion.measure, 3))
