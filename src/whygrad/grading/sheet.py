"""A sheet: names and the numbers that somebody wrote down for them, in whatever form they came.

TOML, JSON (flat or by group), CSV (name, value), or lines `name = value`; by the file's suffix, or
by looking at the text. What a name means is the business of `naming.py`.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whygrad.errors import ConfigError, DataError
from whygrad.files.textfile import read_text
from whygrad.grading.numerals import Numeral, numeral, plain

HEADS = ("name", "quantity", "symbol", "名称", "量", "符号")
VALUES = ("value", "number", "answer", "result", "数值", "值", "答案", "结果")
MOST = 10_000  # rows of a sheet
NOTHING = re.compile(r"[\s?_.…–-]*")  # what stands where nothing was written down


@dataclass(frozen=True)
class Entry:
    """One number of a sheet. name: as it was written. line: where it stands, from 1; 0: unknown."""

    name: str
    number: Numeral
    line: int = 0

    @property
    def blank(self) -> bool:
        """Whether no number was written behind the name."""
        return not self.number.text


Sheet = tuple[Entry, ...]


def read_sheet(given: Any) -> Sheet:
    """The numbers of a sheet: a path, a text, or a mapping of names to numbers.

    Raises ConfigError for a file that cannot be read, DataError for what is no sheet.
    """
    if isinstance(given, Mapping):
        return checked(from_groups(given))
    if isinstance(given, os.PathLike) or (isinstance(given, str) and is_path(given)):
        path = Path(given)
        return sheet_of(read_text(path), path.suffix.lower())
    if isinstance(given, str):
        return sheet_of(given)
    raise DataError("A sheet is a file, a text, or names with numbers.", given=type(given).__name__)


def is_path(text: str) -> bool:
    """Whether a text is rather the name of a file than a sheet itself."""
    return "\n" not in text and "=" not in text and bool(re.search(r"\.\w+$", text.strip()))


def sheet_of(text: str, suffix: str = "") -> Sheet:
    """The numbers of a text, read as its suffix says, or as it looks."""
    form = {".toml": toml, ".json": from_json, ".csv": table, ".tsv": table}.get(suffix)
    form = form or looks(text)
    return checked(form(text.removeprefix("\ufeff")))


def looks(text: str) -> Any:
    """How a text is to be read that has no suffix."""
    told = (line.partition("#")[0] for line in text.splitlines())
    first = next((line for line in told if line.strip()), "")
    if first.lstrip().startswith("{"):
        return from_json
    if not re.search(r"[=:＝：≈]", first) and re.search(r"[,;\t]", first):
        return table
    return lines


def checked(entries: Iterable[Entry]) -> Sheet:
    """The entries; a sheet without any, or with too many, is refused."""
    found = tuple(entries)
    if all(entry.blank for entry in found):
        raise DataError("The sheet holds no numbers.", hint="lines like net_h1 = 0.3775")
    if len(found) > MOST:
        raise DataError("The sheet is too long.", given=f"{len(found):,} numbers, {MOST:,} at most")
    return found


def entry(name: str, value: str, line: int = 0, comma: bool = False) -> Entry:
    """One number, or a place left blank; an error says where it stands."""
    if NOTHING.fullmatch(value):
        return Entry(name.strip(), Numeral("", math.nan, 0.0), line)
    try:
        return Entry(name.strip(), numeral(value, comma), line)
    except DataError as error:
        where = f"line {line}: " if line else ""
        raise DataError(f"{where}{name.strip()}: {error.asked}", hint=error.hint) from None


# ---- lines --------------------------------------------------------------------------------------

SEPARATOR = re.compile(r"\s*(?:[=≈:]|\\approx)\s*")
ANOTHER = re.compile(r"[,;]\s*(?=[^\d\s=:≈,;+\-.(][^=:≈,;]*[=:≈])")


def lines(text: str) -> Iterator[Entry]:
    """Lines `name = value`, `name: value`, `name value`; # begins a comment."""
    for number, raw in enumerate(text.splitlines(), 1):
        line = plain(raw.partition("#")[0].replace("&", " ").replace("\\\\", " "))
        line = re.sub(r"^\s*(?:[-*•]\s+|\d+[.)]\s+)", "", line).strip().strip("|").strip()
        if not line or re.fullmatch(r"\[+[^\]=]*\]+|-{3,}|```\w*", line):
            continue  # a group's heading, a rule
        for part in ANOTHER.split(line):
            yield of_line(part, number)


def of_line(line: str, number: int) -> Entry:
    """One `name = value`."""
    heading = re.match(r"[^=:≈]*[^=:≈\d\s][^=:≈]*:(?=[^=]*[^\d\s.+\-=][^=]*=)", line)
    said = line[heading.end() :] if heading else line  # "forward: net_h1 = 0.3775"
    name, separator, value = split_at(said, SEPARATOR)
    if not separator:
        name, separator, value = split_at(said[::-1], re.compile(r"\s+"))
        name, value = value[::-1], name[::-1]
    name = name.strip().strip("\"'`") if separator else ""
    if not name:
        raise DataError(
            f"line {number}: {line!r} is no name with a number.", hint="net_h1 = 0.3775"
        )
    return entry(name, value.strip().strip("\"'`"), number)


def split_at(text: str, pattern: re.Pattern[str]) -> tuple[str, str, str]:
    """The text before the first separator, the separator, the text behind it."""
    found = pattern.search(text.strip())
    if found is None:
        return text, "", ""
    text = text.strip()
    return text[: found.start()], found[0] or " ", text[found.end() :]


# ---- TOML, JSON, CSV ----------------------------------------------------------------------------


def toml(text: str) -> Iterator[Entry]:
    """Names and numbers in TOML, digits as they were written; lines, where it is no TOML."""
    try:
        return from_groups(tomllib.loads(text, parse_float=str))
    except tomllib.TOMLDecodeError:
        return lines(text)


def from_json(text: str) -> Iterator[Entry]:
    """Names and numbers in JSON, digits as they were written."""
    try:
        data = json.loads(text, parse_float=str, parse_int=str)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ConfigError("The sheet is not JSON.", why=str(error)) from None
    if not isinstance(data, dict):
        raise DataError("A sheet in JSON holds names with numbers.", hint='{"net_h1": 0.3775}')
    return from_groups(data)


def from_groups(data: Mapping[str, Any]) -> Iterator[Entry]:
    """The numbers of a mapping; a group's name is only a heading."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from from_groups(value)
        elif value is None:
            yield entry(str(name), "")
        elif isinstance(value, bool) or not isinstance(value, (str, int, float)):
            number = getattr(value, "item", None)  # of NumPy
            if number is None or getattr(value, "shape", ()) != ():
                raise DataError(f"{name} must be one number.", given=repr(value)[:100])
            yield entry(str(name), repr(number()))
        else:
            yield entry(str(name), value if isinstance(value, str) else repr(value))


def table(text: str) -> Iterator[Entry]:
    """Rows of a name and a number, with a head or without; between semicolons 0,36 is 0.36."""
    told = (line.partition("#")[0] for line in text.splitlines())
    first = next((line for line in told if line.strip()), "")
    delimiter = next((d for d in ";\t" if d in first), ",")
    name_at, value_at = 0, 1
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        heads = [cell.lower() for cell in cells]
        if set(heads) & {*HEADS, *VALUES}:
            name_at = next((k for k, h in enumerate(heads) if h in HEADS), 0)
            value_at = next((k for k, h in enumerate(heads) if h in VALUES), 1)
            continue
        if len(cells) <= max(name_at, value_at):
            raise DataError(
                f"line {number}: a row needs a name and a number.", given=delimiter.join(cells)
            )
        yield entry(cells[name_at], cells[value_at], number, comma=delimiter != ",")
