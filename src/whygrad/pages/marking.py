"""The page of a marking: the answer, the first mistake and why, what follows, every number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from whygrad.expr import Expr
from whygrad.grading.marking import Marking
from whygrad.grading.naming import After, Asked
from whygrad.grading.rows import BAD, Found, Ref, Row
from whygrad.pages.document import (
    Block,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Part,
    Sentence,
    Table,
    sentence,
)

SHOWN = 12  # mistakes behind the first that are told one by one; the table has them all


def marking_document(marking: Marking) -> Document:
    """A marking as a page."""
    blocks: list[Block] = [Paragraph(answer(marking))]
    blocks += conventions(marking)
    if marking.first is not None:
        blocks += first_mistake(marking, marking.first)
    blocks += others(marking)
    blocks += notes(marking)
    blocks += [Heading(sentence("grade.table")), table(marking)]
    return Document(sentence("grade.title"), tuple(blocks), marking.names)


def answer(marking: Marking) -> Sentence:
    """How many numbers follow, and which is the first that does not."""
    count = marking.count("right", "rounding", "cut", "follows", *BAD)
    if not count:
        return sentence("grade.none")
    if marking.first is None:
        return sentence("grade.all", count=count)
    good = count - marking.count(*BAD)
    return sentence("grade.some", good=good, count=count, name=marking.first.name)


def conventions(marking: Marking) -> Iterator[Block]:
    """How the sheet counts, where that is not as the network's file does."""
    if marking.conventions:
        yield Heading(sentence("grade.conventions"))
        yield Paragraph(sentence("grade.counted"))
        for key in marking.conventions:
            yield Paragraph(sentence(f"convention.{key}"))


# ---- the first mistake --------------------------------------------------------------------------


def first_mistake(marking: Marking, row: Row) -> Iterator[Block]:
    """What was written, what it should be, how the digits came about, what follows from it."""
    yield Heading(sentence("grade.first", name=row.name))
    blanks = {"written": row.entry.number.text, "right": row.right, "expected": row.expected}
    yield Paragraph(sentence("grade.written_own" if off(row) else "grade.written", **blanks))
    yield from working(marking, row)
    following = [r.name for r in marking.rows if row.name in r.sources]
    if row.pen and not following:
        yield Paragraph(sentence("grade.pen_alone"))
    if following:
        yield Paragraph(sentence("grade.followed", names=listed(following)))


def off(row: Row) -> bool:
    """Whether the sheet's own numbers lead elsewhere than the right ones, to the digits written."""
    room = max(2 * row.entry.number.half, 1e-12 * abs(row.right))
    return math.isfinite(row.expected) and abs(row.expected - row.right) > room


def working(marking: Marking, row: Row) -> Iterator[Block]:
    """The line as it should be, and as it was worked out."""
    step = row.step if off(row) else marking.step(row)
    elsewhere = bool(row.found) and row.found[0].at != row.ref
    if step is not None and step.rule != "given" and not elsewhere:
        value = row.expected if off(row) else row.right
        yield Paragraph(sentence("grade.should"))
        yield Lines((line(marking, row.asked.ref, step.formula, value, row.sign),))
    if row.pen:
        yield Paragraph(sentence(f"marks.pen.{row.pen}"))
    elif step is not None and step.rule == "given":
        yield Paragraph(sentence("grade.given"))
    elif not row.found:
        yield Paragraph(sentence("grade.unexplained"))
    for found in row.found[:1]:
        yield from explained(marking, row, found)
    if len(row.found) > 1:
        yield Paragraph(sentence("grade.several"))
    for found in row.found[1:]:
        if found.at == row.ref or isinstance(found.at, After):
            yield Paragraph(sentence("grade.or", why=why(marking, found)))
        else:
            yield Paragraph(sentence("grade.or_at", at=found.at, why=why(marking, found)))


def explained(marking: Marking, row: Row, found: Found) -> Iterator[Block]:
    """The likeliest mistake in words, and its line with the numbers that were put in."""
    hidden = found.at != row.ref and not isinstance(found.at, After)
    step = None if isinstance(found.at, After) else marking.world.ledger.step(found.at)
    if hidden and step is not None:
        yield Paragraph(sentence("grade.hidden", at=found.at))
        sign = marking.world.sign(Asked(found.at))
        yield Lines((line(marking, found.at, step.formula, sign * step.value, sign),))
    yield Paragraph(why(marking, found))
    if found.formula is not None:
        yield Paragraph(sentence("grade.did"))
        left = found.at if hidden else row.asked.ref
        sign = marking.world.sign(Asked(found.at)) if hidden else row.sign
        yield Lines((line(marking, left, found.formula, sign * found.value, sign),))


def line(marking: Marking, ref: Ref, formula: Expr, value: float, sign: float) -> Line:
    """A line as the sheet counts it."""
    assert not isinstance(ref, After)
    return Line(ref, (marking.world.counted(formula, sign),), value)


def why(marking: Marking, found: Found) -> Sentence:
    """A mistake in words, its numbers as the sheet counts them."""
    return sentence(found.key, **{k: marking.world.told(v) for k, v in found.blanks.items()})


# ---- the others ---------------------------------------------------------------------------------


def others(marking: Marking) -> Iterator[Block]:
    """Every other number that does not follow; the same mistake made again is only named."""
    rest = [row for row in marking.rows if row.verdict in BAD and row is not marking.first]
    again = [row.name for row in rest if row.again]
    told = [row for row in rest if not row.again]
    if rest:
        yield Heading(sentence("grade.others"))
    for row in told[:SHOWN]:
        number = {"expected": row.expected} if off(row) else {"right": row.right}
        blanks = {"name": row.name, "written": row.entry.number.text, **number}
        key = "grade.other_own" if off(row) else "grade.other"
        yield Paragraph(sentence(key, why=reason(marking, row), **blanks))
    if again:
        yield Paragraph(sentence("grade.again", names=listed(again)))


def reason(marking: Marking, row: Row) -> Sentence:
    """Why a number is not the right one, in one sentence."""
    if row.pen:
        return sentence(f"marks.pen.{row.pen}")
    return why(marking, row.found[0]) if row.found else sentence("marks.unexplained")


def notes(marking: Marking) -> Iterator[Block]:
    """What is no mistake, but worth knowing."""
    for verdict, id_ in (
        ("rounding", "grade.rounded"),
        ("cut", "grade.cut"),
        ("unchecked", "grade.unchecked"),
    ):
        names = [row.name for row in marking.rows if row.verdict == verdict]
        if names:
            yield Paragraph(sentence(id_, names=listed(names)))
    if marking.blank:
        yield Paragraph(sentence("grade.blank", names=listed(marking.blank)))
    for name, near in marking.unknown.items():
        yield Paragraph(sentence("grade.unknown", name=name, near=near))


def listed(names: Iterable[str]) -> str:
    """Names in a row, each once."""
    return ", ".join(dict.fromkeys(names))


# ---- every number -------------------------------------------------------------------------------


def table(marking: Marking) -> Table:
    """A row a number, in the derivation's order."""
    head = tuple(sentence(f"grade.head.{k}") for k in ("name", "written", "right", "verdict"))
    return Table(head, tuple(cells(row) for row in marking.rows))


def cells(row: Row) -> tuple[Part | None, ...]:
    right = row.right if math.isfinite(row.right) else None
    return (row.name, row.entry.number.text, right, word(row))


def word(row: Row) -> Sentence:
    """The verdict in a word or two."""
    if row.verdict == "follows":
        return sentence("grade.is.follows", sources=listed(row.sources))
    return sentence("grade.is.again" if row.again else f"grade.is.{row.verdict}")


# ---- data ---------------------------------------------------------------------------------------


def marking_data(marking: Marking) -> dict[str, Any]:
    """A marking as plain data, numbers at full precision."""
    return {
        "passed": marking.passed,
        "first": marking.first.name if marking.first else None,
        "conventions": list(marking.conventions),
        "blank": list(marking.blank),
        "unknown": dict(marking.unknown),
        "rows": [row_data(marking, row) for row in marking.rows],
    }


def row_data(marking: Marking, row: Row) -> dict[str, Any]:
    """One number: what was written, what is right, what follows, which mistake gives the digits."""

    def at(found: Found) -> str:
        return row.name if isinstance(found.at, After) else marking.names.text(found.at)

    found = [{"slip": f.key.partition(".")[2], "at": at(f), "value": f.value} for f in row.found]
    return {
        "name": row.name,
        "line": row.entry.line,
        "written": row.entry.number.text,
        "verdict": row.verdict,
        "right": row.right,
        "expected": row.expected,
        "explanations": found,
        "pen": row.pen or None,
        "again": row.again,
        "follows_from": list(row.sources),
    }
