"""What a class hands in: one table with a row for each sheet, or a file for each.

A table has the columns name and variant, and one for each blank. A file has lines `name = value`;
lines `name =` and `variant =` in it say whose it is, or else the file's own name does.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whygrad.errors import ConfigError, DataError
from whygrad.exercises.exercise import Exercise
from whygrad.exercises.roster import HEADS, dialect
from whygrad.exercises.sheet import Sheet, typed
from whygrad.files.textfile import read_text

VARIANTS = ("variant", "version", "sheet", "套题", "卷", "题号", "版本")
ENDINGS = (".csv", ".tsv", ".txt", ".toml", ".json", ".md")
PAIR = re.compile(r"\s*[=:＝：≈]\s*")


@dataclass(frozen=True)
class Handed:
    """One sheet that came back.

    page: the sheet it belongs to. written: what stands in it, by the name it was written with.
    comma: whether a comma is the decimal point. source: where it was read, for messages.
    """

    page: Sheet
    written: Mapping[str, str]
    source: str = ""
    comma: bool = False


@dataclass
class Returns:
    """Everything that came back, and what is worth knowing about how it was read."""

    exercise: Exercise
    sheets: list[Handed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, source: str | Path) -> None:
        """Reads a table, a file, every file of a folder, or standard input (-).

        Raises ConfigError for what cannot be read, DataError where it is not clear whose it is.
        """
        path = Path(source)
        if str(source) == "-":
            self.add_text(sys.stdin.read().removeprefix("\ufeff"), Path("standard input"))
            return
        if path.is_dir():
            files = sorted(p for p in path.iterdir() if p.suffix.lower() in ENDINGS)
            if not files:
                raise ConfigError(f"There are no answers in the folder {str(path)!r}.")
            for file in files:
                self.add(file)
            return
        hint = "the answers of a class: answers.csv, or a file each"
        self.add_text(read_text(path, hint, spreadsheet=True), path)

    def add_text(self, text: str, path: Path) -> None:
        """A table with a row a sheet, or one sheet's lines."""
        head = table_head(text, self.exercise.columns)
        if head:
            self.add_table(text, head, path.name)
        else:
            self.add_file(text, path)

    # ---- a table --------------------------------------------------------------------------------

    def add_table(self, text: str, head: Sequence[str], source: str) -> None:
        found = dialect(text)
        rows = csv.reader(io.StringIO(text), dialect=found)
        columns = {k: told for k, told in enumerate(head) if not is_head(told)}
        known = {squeezed(c) for c in self.exercise.columns}
        strange = [told for told in columns.values() if told and squeezed(told) not in known]
        absent = [c for c in self.exercise.columns if squeezed(c) not in set(map(squeezed, head))]
        if strange:
            self.notes.append(f"{source}: not looked at: {', '.join(strange)}")
        if absent:
            self.notes.append(f"{source}: no column for {', '.join(absent)}")
        next(row for row in rows if any(row))
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            where = f"{source}, line {rows.line_num}"
            name = next((c for h, c in zip(head, cells, strict=False) if is_name(h)), "")
            number = next((c for h, c in zip(head, cells, strict=False) if is_variant(h)), "")
            written = {columns[k]: c for k, c in enumerate(cells) if k in columns and c}
            page = self.whose(name, number, where)
            self.enter(Handed(page, written, where, found.delimiter == ";"))

    # ---- a file ---------------------------------------------------------------------------------

    def add_file(self, text: str, path: Path) -> None:
        written = dict(pairs(text, path))
        name = next((v for k, v in written.items() if is_name(k)), "")
        number = next((v for k, v in written.items() if is_variant(k)), "")
        if not name and not number:
            name, number = self.from_file_name(path.stem)
        rest = {k: v for k, v in written.items() if not is_head(k)}
        self.enter(Handed(self.whose(name, number, str(path)), rest, str(path)))

    def from_file_name(self, stem: str) -> tuple[str, str]:
        """Whose a file is by what it is called: a name of the list, or a variant's number."""
        plain = plain_name(re.sub(r"[_\-.]+", " ", stem))
        people = [n for n in self.exercise.names if plain_name(n) in plain]
        digits = re.findall(r"\d+", stem)
        best = max(people, key=len, default="")
        return best, digits[0] if len(digits) == 1 else ""

    # ---- whose it is ----------------------------------------------------------------------------

    def whose(self, name: str, number: str, where: str) -> Sheet:
        """The sheet of a name, of a variant, or of both."""
        pages = self.exercise.pages
        told = re.search(r"\d+", number)
        if number and (told is None or not 1 <= int(told[0]) <= self.exercise.count):
            raise DataError(
                f"{where}: there is no variant {number!r}.", given=f"1 to {self.exercise.count}"
            )
        named = [p for p in pages if p.name and plain_name(p.name) == plain_name(name)]
        if told is not None:
            having = [p for p in pages if p.variant.number == int(told[0])]
            fitting = [p for p in having if p in named or (not name and len(having) == 1)]
            if named and not fitting:
                given = named[0].variant.number
                self.notes.append(f"{where}: {name} had variant {given}, marked as {told[0]}")
            variant = self.exercise.variants[int(told[0]) - 1]
            return fitting[0] if fitting else Sheet(variant, " ".join(name.split()))
        if len({p.variant.number for p in named}) == 1:
            return named[0]
        if self.exercise.count == 1 and not named:
            return Sheet(self.exercise.variants[0], " ".join(name.split()))
        raise DataError(
            f"{where}: it is not clear which variant this is.",
            given=f"name {name!r}" if name else "neither a name nor a variant",
            hint="a line or a column: variant = 17",
        )

    def enter(self, handed: Handed) -> None:
        """Takes a sheet in; the same one twice is refused, since only one can count."""
        page = handed.page
        for other in self.sheets:
            same = (other.page.name, other.page.variant.number) == (page.name, page.variant.number)
            if same and page.name and other.written and handed.written:
                raise DataError(
                    f"{page.name} is there twice.",
                    given=f"{other.source}; {handed.source}",
                    hint="take one of the two out",
                )
        if handed.written or page.name:
            self.sheets.append(handed)

    @property
    def absent(self) -> list[Sheet]:
        """The named sheets that did not come back."""
        back = {(h.page.name, h.page.variant.number) for h in self.sheets if h.written}
        pages = (p for p in self.exercise.pages if p.name)
        return [p for p in pages if (p.name, p.variant.number) not in back]


def returns(exercise: Exercise, sources: Iterable[str | Path]) -> Returns:
    """Everything that a class handed in. Raises ConfigError, DataError."""
    found = Returns(exercise)
    for source in sources:
        found.add(source)
    if not any(h.written for h in found.sheets):
        raise DataError("There are no answers in what was handed in.", hint="fill in answers.csv")
    return found


# ---- heads and lines ----------------------------------------------------------------------------


def is_name(head: str) -> bool:
    return plain_name(head) in HEADS


def is_variant(head: str) -> bool:
    return plain_name(head) in VARIANTS


def is_head(head: str) -> bool:
    return is_name(head) or is_variant(head)


def plain_name(name: str) -> str:
    return " ".join(name.split()).casefold()


def squeezed(name: str) -> str:
    """A quantity's name without what is only writing."""
    return re.sub(r"[\s_]", "", typed(name)).replace("⁺", "+")


def table_head(text: str, blanks: Sequence[str]) -> list[str]:
    """The head of a table with a row a sheet; nothing where the text is no such table."""
    first = next(csv.reader(io.StringIO(text.lstrip("\n\r ")), dialect=dialect(text)), [])
    head = [cell.strip() for cell in first]
    known = {squeezed(b) for b in blanks}
    fits = any(is_head(h) for h in head) and any(squeezed(h) in known for h in head)
    return head if fits else []


def pairs(text: str, path: Path) -> Iterator[tuple[str, str]]:
    """The names and values of a file, as they are written."""
    if path.suffix.lower() == ".json" or text.lstrip().startswith("{"):
        try:
            data = json.loads(text, parse_float=str, parse_int=str)
        except ValueError as error:
            raise ConfigError(f"{path} is not JSON.", why=str(error)) from None
        yield from flat(data, path)
        return
    for line in text.splitlines():
        said = line.partition("#")[0].strip().lstrip("-*• ").strip()
        parts = PAIR.split(said, maxsplit=1)
        if len(parts) == 1:
            parts = re.split(r"[,;\t]\s*|\s+(?=[-−+]?[\d.]+\S*$)", said, maxsplit=1)
        if len(parts) == 2 and parts[0].strip():
            yield parts[0].strip(" \"'`"), parts[1].strip(" \"'`")
        elif said and not re.fullmatch(r"\[.*\]|[-=]{3,}|`{3}\w*", said):
            raise DataError(f"{path}: {said!r} is no name with a value.", hint="net_h1 = 0.3775")


def flat(data: Any, path: Path) -> Iterator[tuple[str, str]]:
    """Names and values of nested tables; a group's name is only a heading."""
    if not isinstance(data, dict):
        raise DataError(f"{path} must hold names with values.", hint='{"net_h1": 0.3775}')
    for name, value in data.items():
        if isinstance(value, dict):
            yield from flat(value, path)
        else:
            yield str(name), str(value)
