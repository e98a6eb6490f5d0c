"""Marks of a class: every sheet that came back, its points, and the place of its first mistake.

A blank counts where its number is right, or follows from an earlier mistake of the same sheet. The
sheet says how it counts (the error's formula stands on it), so another convention is a mistake; the
slip then names it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whygrad.errors import DataError, NameUnknownError
from whygrad.exercises.blanks import copies
from whygrad.exercises.exercise import Exercise, read
from whygrad.exercises.sheet import LINE, VALUE, Sheet, Variant
from whygrad.expr import Expr, Quantity, evaluate
from whygrad.grading.conventions import World
from whygrad.grading.handed import Handed, returns, squeezed
from whygrad.grading.judging import Judge
from whygrad.grading.naming import Asked, Names
from whygrad.grading.numerals import Numeral, numeral
from whygrad.grading.rows import BAD, Found, Item, Row, is_cut
from whygrad.grading.sheet import Entry
from whygrad.shown import Shown
from whygrad.training.run import plain

if TYPE_CHECKING:  # marks show themselves
    from whygrad.pages.document import Document

COUNTS = ("right", "rounding", "cut", "follows")  # the verdicts that earn the point
SHOWN = 40  # letters of what is not understood that are shown
MISSING, UNREADABLE = "missing", "unreadable"


@dataclass(frozen=True)
class Mistake:
    """The first number of a sheet that does not follow.

    place: its name. written, right: as it stands there, as it should be. found: what gives the
    written digits, where that is known.
    """

    place: str
    written: str
    right: float
    found: Found | None = None
    pen: str = ""


@dataclass(frozen=True)
class Mark:
    """What became of one sheet. verdicts: of every blank, by its name.

    back: whether the sheet came back at all.
    """

    page: Sheet
    verdicts: dict[str, str]
    first: Mistake | None = None
    notes: tuple[str, ...] = ()
    back: bool = True

    @property
    def name(self) -> str:
        return self.page.name

    @property
    def variant(self) -> int:
        return self.page.variant.number

    @property
    def points(self) -> int:
        return self.count(*COUNTS)

    @property
    def of(self) -> int:
        return len(self.verdicts)

    def count(self, *verdicts: str) -> int:
        """How many blanks have one of these verdicts."""
        return sum(v in verdicts for v in self.verdicts.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """The blanks in which nothing stands."""
        return tuple(name for name, v in self.verdicts.items() if v == MISSING)


@dataclass(frozen=True, eq=False)
class Marks(Shown):
    """The marks of a class, in the order of its sheets. notes: how the answers were read."""

    exercise: Exercise
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every sheet that was given out came back with everything right."""
        return all(mark.points == mark.of for mark in self.marks)

    @property
    def back(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.back]

    @cached_property
    def commonest(self) -> list[tuple[int, Mark]]:
        """How many made a mistake first, and one of their sheets; the commonest first."""
        groups: dict[Any, list[Mark]] = {}
        for mark in self.marks:
            if mark.first is not None:
                groups.setdefault(alike(mark.first), []).append(mark)
        return sorted(((len(g), g[0]) for g in groups.values()), key=lambda pair: -pair[0])

    def document(self) -> Document:
        """The marks as a page: the table, what went wrong first, who made it."""
        from whygrad.pages.marks import marks_document

        return marks_document(self)

    def to_dict(self) -> dict[str, Any]:
        """A row a sheet: name, variant, points, of, the first mistake, a verdict a blank."""
        return {
            "kind": self.exercise.kind,
            "level": self.exercise.level,
            "passed": self.passed,
            "notes": list(self.notes),
            "marks": [mark_data(mark) for mark in self.marks],
        }

    def to_csv(self) -> str:
        """A row a sheet for a gradebook: points, the first mistake, a verdict for each blank."""
        head = ["name", "variant", "points", "of", "first_mistake", "slip", "follows", "missing"]
        blanks = self.exercise.columns
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*head, *blanks])
        for data in self.to_dict()["marks"]:
            first = data["first_mistake"] or {"at": "", "slip": ""}
            row = [data["name"], data["variant"], data["points"], data["of"], first["at"],
                   first["slip"], data["follows"], len(data["missing"])]  # fmt: skip
            table.writerow([*row, *(data["verdicts"][blank] for blank in blanks)])
        return text.getvalue()

    def __repr__(self) -> str:
        return f"<Marks: {len(self.back)} sheets of {len(self.marks)}>"


def mark_data(mark: Mark) -> dict[str, Any]:
    """One sheet's mark as plain data."""
    first = mark.first
    told = None if first is None else {
        "at": first.place, "written": first.written, "right": plain(first.right),
        "slip": first.found.key.removeprefix("slip.") if first.found else first.pen or None,
    }  # fmt: skip
    return {
        "name": mark.name, "variant": mark.variant, "back": mark.back, "points": mark.points,
        "of": mark.of, "follows": mark.count("follows"), "missing": list(mark.missing),
        "first_mistake": told, "verdicts": dict(mark.verdicts), "notes": list(mark.notes),
    }  # fmt: skip


def alike(first: Mistake) -> tuple[Any, ...]:
    """What two mistakes have in common that are the same one: the place, the slip, its names."""
    if first.found is None:
        return (first.place, first.pen)
    names = (part_name(v) for v in first.found.blanks.values())
    return (first.place, first.found.key, first.found.at, *names)


def part_name(part: Any) -> Any:
    return part.ref if isinstance(part, Quantity) else part


def grade_class(exercise: Exercise | str | Path, sources: Iterable[str | Path]) -> Marks:
    """The marks of a class.

    exercise: or the path of its exercise.json. sources: the table of answers, files, folders.
    Raises ConfigError for what cannot be read, DataError where it is not clear whose answers are.
    """
    made = exercise if isinstance(exercise, Exercise) else read(exercise)
    back = returns(made, sources)
    marks = [mark(made, handed) for handed in back.sheets if handed.written]
    marks += [nothing(made, page) for page in back.absent]
    return Marks(made, tuple(sorted(marks, key=order(made))), tuple(back.notes))


def order(exercise: Exercise) -> Any:
    """As the sheets lie; those that nobody was given behind them."""
    places = {(p.name, p.variant.number): k for k, p in enumerate(exercise.pages)}

    def place(mark: Mark) -> tuple[int, int]:
        return places.get((mark.name, mark.variant), len(places)), mark.variant

    return place


def nothing(exercise: Exercise, page: Sheet) -> Mark:
    """The mark of a sheet that did not come back."""
    return Mark(page, dict.fromkeys(exercise.columns, MISSING), back=False)


def mark(exercise: Exercise, handed: Handed) -> Mark:
    """The mark of a sheet that came back."""
    if handed.page.variant.mistake is not None:
        return mistake_mark(exercise, handed)
    return Marker(exercise, handed).mark()


# ---- a derivation with blanks -------------------------------------------------------------------


@dataclass
class Marker:
    """Marks one sheet: its numbers are judged together with those that were printed on it."""

    exercise: Exercise
    handed: Handed
    notes: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)  # blank → what stands in it

    @property
    def variant(self) -> Variant:
        return self.handed.page.variant

    def mark(self) -> Mark:
        own = dict(self.own())
        pairs = [*self.printed(set(own)), *own.values()]
        problem = self.variant.problem
        world = World(
            problem.trace,
            problem.plan,
            written=frozenset(a.ref for _, a in pairs),  # type: ignore[misc]
        )
        rows = {row.name: row for row in Judge(world, tuple(pairs)).rows()}
        verdicts = {name: self.verdict(name, rows) for name in self.exercise.columns}
        first = next((row for row in rows.values() if row.verdict in BAD), None)
        mistake = None if first is None else self.told(first)
        return Mark(self.handed.page, verdicts, mistake, tuple(self.notes))

    def verdict(self, name: str, rows: dict[str, Row]) -> str:
        if name in self.unread:
            return UNREADABLE
        return rows[name].verdict if name in rows else MISSING

    def told(self, row: Row) -> Mistake:
        """A mistake in the sheet's own names."""
        found = row.found[0] if row.found else None
        return Mistake(row.name, row.entry.number.text, row.right, found, row.pen)

    def own(self) -> Iterator[tuple[str, tuple[Entry, Asked]]]:
        """What was written, by the names of the blanks; further numbers help to follow the work."""
        blanks = {squeezed(name): name for name in self.exercise.columns}
        refs = {self.variant.problem.names.text(s.ref): s.ref for s in self.variant.asked}
        known = Names(self.variant.problem.trace)
        for told, value in self.handed.written.items():
            name = blanks.get(squeezed(told), "")
            asked = Asked(refs[name]) if name else self.found(known, told)
            if asked is None:
                self.notes.append(told[:SHOWN])
                continue
            same = [blank for blank, ref in refs.items() if ref == asked.ref]
            name = name or (same[0] if same else told)
            try:
                number = numeral(value, self.handed.comma)
            except DataError:
                self.unread[name] = value
                self.notes.append(f"{name} = {value[:SHOWN]}")
                continue
            yield name, (Entry(name, number), asked)

    def found(self, names: Names, told: str) -> Asked | None:
        """The number that a name means, however it is written; None where there is none."""
        try:
            return names.find(told)
        except NameUnknownError:
            return None

    def printed(self, own: set[str]) -> Iterator[tuple[Entry, Asked]]:
        """What stands on the sheet with its number, as it is printed: long given numbers, lines."""
        problem = self.variant.problem
        for ref in problem.given:
            value, name = problem.trace.recorded.value(ref), problem.names.text(ref)
            if value != round(value, self.exercise.decimals) and name not in own:
                yield Entry(name, printed_number(value, self.exercise.decimals)), Asked(ref)
        solution, level = self.variant.solution, self.exercise.level
        shown = {1: solution.steps, 2: solution.context, 3: ()}[level]
        for step in shown:
            name = self.variant.problem.names.text(step.ref)
            left_out = step.ref in self.variant.blank | self.variant.blanks.silent
            if not left_out and not copies(step) and name not in own:
                number = printed_number(step.value, self.exercise.decimals)
                yield Entry(name, number), Asked(step.ref)


def printed_number(value: float, decimals: int) -> Numeral:
    """A number as a sheet prints it: rounded, with what that leaves open."""
    half = 0.5 * 10.0**-decimals
    return Numeral(f"{value:.{decimals}f}", round(value, decimals), half)


# ---- find the mistake ---------------------------------------------------------------------------


def mistake_mark(exercise: Exercise, handed: Handed) -> Mark:
    """A point for the line, a point for its right number."""
    variant = handed.page.variant
    mistake = variant.mistake
    assert mistake is not None
    written = {squeezed(k).casefold(): v for k, v in handed.written.items()}
    place = next((written[k] for k in (LINE, "行", "quantity", "where") if k in written), "")
    number = next((written[k] for k in (VALUE, "值", "数", "right") if k in written), "")
    verdicts = {
        LINE: line_verdict(variant, place),
        VALUE: value_verdict(exercise, variant, number, handed.comma),
    }
    first = None
    if verdicts[LINE] == "wrong":
        first = Mistake(LINE, place, float(mistake.place))
    elif verdicts[VALUE] in ("wrong", UNREADABLE):
        first = Mistake(VALUE, number, mistake.right.value)
    return Mark(handed.page, verdicts, first)


def line_verdict(variant: Variant, said: str) -> str:
    """Whether it is the line's number, or the name of what it is of."""
    if not said:
        return MISSING
    mistake = variant.mistake
    assert mistake is not None
    name = variant.problem.names.text(mistake.right.ref)
    if squeezed(said) == squeezed(name):
        return "right"
    number = re.fullmatch(r"\D*?(\d+)(?:[.,]0+)?\D*", said)  # 4, line 4, 第4行, a spreadsheet's 4.0
    try:
        right = Names(variant.problem.trace).find(said).ref == mistake.right.ref
    except NameUnknownError:
        right = number is not None and int(number[1]) == mistake.place
    return "right" if right else "wrong"


def value_verdict(exercise: Exercise, variant: Variant, said: str, comma: bool) -> str:
    """Whether it is the line's right number, from exact numbers or from those that are printed."""
    if not said:
        return MISSING
    try:
        number = numeral(said, comma)
    except DataError:
        return UNREADABLE
    assert variant.mistake is not None
    right = variant.mistake.right
    rounded = float(evaluate(as_printed(right.formula, exercise.decimals)))
    if abs(number.value - right.value) <= number.room:
        return "right"
    if abs(number.value - rounded) <= number.room:
        return "rounding"
    item = Item(Entry(VALUE, number), Asked(right.ref), right.ref, 1.0)
    return "cut" if is_cut(item, right.value) or is_cut(item, rounded) else "wrong"


def as_printed(formula: Expr, decimals: int) -> Expr:
    """A line with its numbers as a sheet prints them."""

    def put(part: Expr) -> Expr | None:
        if isinstance(part, Quantity):
            return Quantity(part.ref, round(part.value, decimals))
        return None

    return formula.replace(put)
