"""The names of a class: a list, or a column of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from whygrad.errors import DataError
from whygrad.files.textfile import read_text

HEADS = ("name", "names", "student", "姓名", "名字", "学生")


def read_names(source: str | Path | Iterable[str]) -> list[str]:
    """The names of a list, or of a CSV file: its column `name` or 姓名, else its first column.

    Raises ConfigError where the file cannot be read, DataError where it holds no names.
    """
    if isinstance(source, (str, Path)):
        names = from_table(
            read_text(Path(source), "a CSV file with a name a line", spreadsheet=True)
        )
        where = str(source)
    else:
        names, where = [str(name).strip() for name in source], "the list"
    names = [" ".join(name.split()) for name in names if name.strip()]
    if not names:
        raise DataError(f"There are no names in {where}.", hint="a column called name or 姓名")
    return names


def from_table(text: str) -> list[str]:
    """The column of names; its head is no name."""
    rows = [row for row in csv.reader(io.StringIO(text), dialect=dialect(text)) if any(row)]
    if not rows:
        return []
    heads = [cell.strip().lower() for cell in rows[0]]
    column = next((k for k, head in enumerate(heads) if head in HEADS), None)
    if column is None:
        return [row[0] for row in rows]
    return [row[column] for row in rows[1:] if len(row) > column]


def dialect(text: str) -> type[csv.Dialect]:
    """Whether commas, semicolons or tabs stand between the cells of the first line."""
    line = text.lstrip().split("\n", 1)[0]
    best = max(",;\t", key=line.count)
    return type("Found", (csv.excel,), {"delimiter": best})
