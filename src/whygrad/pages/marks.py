"""The marks of a class as a page: how it went, the table, each first mistake in words."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.exercises.sheet import LINE, VALUE
from whygrad.expr import Quantity
from whygrad.grading.classroom import Mark, Marks, Mistake
from whygrad.names import Reference
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
from whygrad.pages.worksheet import kind_name

HEAD = ("name", "variant", "points", "first", "follows", "missing")


def marks_document(marks: Marks) -> Document:
    """The marks of a class."""
    exercise = marks.exercise
    blocks: list[Block] = [Paragraph(summary(marks))]
    blocks.append(
        Table(tuple(sentence(f"marks.head.{h}") for h in HEAD), tuple(map(row, marks.marks)))
    )
    blocks += [Paragraph(sentence("marks.note", note=note)) for note in marks.notes]
    blocks += commonest(marks)
    wrong = [mark for mark in marks.marks if mark.first is not None or mark.notes]
    if wrong:
        blocks.append(Heading(sentence("marks.each")))
        blocks += [Paragraph(s) for mark in wrong for s in of_mark(mark)]
    blocks.append(Paragraph(sentence("marks.counts")))
    names = exercise.variants[0].problem.names
    title = sentence("marks.title", kind=kind_name(exercise))
    return Document(title, tuple(blocks), names, exercise.lang, exercise.decimals)


def summary(marks: Marks) -> Sentence:
    full = sum(mark.points == mark.of for mark in marks.marks)
    return sentence("marks.summary", back=len(marks.back), given=len(marks.marks), full=full)


def row(mark: Mark) -> tuple[Part | None, ...]:
    """A sheet's row: whose, how many points, where it went wrong first."""
    return (
        mark.name or None,
        str(mark.variant),
        f"{mark.points}/{mark.of}",
        place(mark),
        str(mark.count("follows")),
        str(len(mark.missing)),
    )


def place(mark: Mark) -> Part | None:
    if not mark.back:
        return sentence("marks.absent")
    return None if mark.first is None else place_name(mark, mark.first)


def place_name(mark: Mark, first: Mistake) -> Part:
    """The number where a mistake is, as the page calls it."""
    asked = {LINE: "marks.line", VALUE: "marks.value"}.get(first.place)
    if asked is not None:
        return sentence(asked)
    for step in mark.page.variant.solution.steps:
        if mark.page.variant.problem.names.text(step.ref) == first.place:
            return step.ref
    return first.place


# ---- mistakes in words --------------------------------------------------------------------------


def commonest(marks: Marks) -> Iterator[Block]:
    """Which mistake was made first, and by how many."""
    if not marks.commonest:
        return
    yield Heading(sentence("marks.commonest"))
    for count, mark in marks.commonest:
        assert mark.first is not None
        blanks = {"count": count, "place": place_name(mark, mark.first)}
        told = why(mark.first, names_only=True)
        if told is None:
            yield Paragraph(sentence("marks.common.plain", **blanks))
        else:
            yield Paragraph(sentence("marks.common", why=told, **blanks))


def of_mark(mark: Mark) -> Iterator[Sentence]:
    """What one person is told."""
    who = mark.name or sentence("exercise.variant", variant=mark.variant)
    if mark.first is not None:
        first = mark.first
        right: Part = str(int(first.right)) if first.place == LINE else first.right
        blanks = {"who": who, "place": place_name(mark, first), "written": first.written}
        told = why(first)
        if told is None:
            yield sentence("marks.first.plain", right=right, **blanks)
        else:
            yield sentence("marks.first", right=right, why=told, **blanks)
    if mark.notes:
        yield sentence("marks.unknown", who=who, names=", ".join(mark.notes))


def why(first: Mistake, names_only: bool = False) -> Part | None:
    """The slip in words, where one gives the digits; for a class without anybody's numbers."""
    if first.found is not None:
        told = {k: named(v) if names_only else v for k, v in first.found.blanks.items()}
        return sentence(first.found.key, **told)
    if first.place in (LINE, VALUE):
        return None
    return sentence(f"marks.pen.{first.pen}") if first.pen else sentence("marks.unexplained")


def named(part: Part) -> Part | Reference:
    return part.ref if isinstance(part, Quantity) else part  # type: ignore[return-value]
