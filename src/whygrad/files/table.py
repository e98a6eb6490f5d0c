"""A small CSV file as numbers: a header, then a row a sample; a cell that is none is named."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from whygrad.errors import DataError, NameUnknownError, nearest
from whygrad.files.textfile import read_text

Rows = list[list[float]]


def read_table(path: Path, targets: Sequence[str]) -> tuple[Rows, Rows | None]:
    """Inputs and targets of a CSV file; the target columns are named, all others are inputs.

    Raises DataError for text, NaN or infinity, with row and column; NameUnknownError for a column
    that is not there.
    """
    text = read_text(path, "data.file is looked for beside the network file")
    try:
        head, *rows = [row for row in csv.reader(io.StringIO(text)) if row] or [[]]
    except csv.Error as error:
        raise DataError(f"{path} is not CSV.", why=str(error)) from None
    if not head or not rows:
        raise DataError(f"{path} has no rows of data.", hint="a header, then a row a sample")
    for name in targets:
        if name not in head:
            raise NameUnknownError(f"{path} has no column {name!r}.", hint=nearest(name, head))
    numbers = [_row(path, head, row, k) for k, row in enumerate(rows, start=2)]
    wanted = [head.index(name) for name in targets]
    inputs = [[v for k, v in enumerate(row) if k not in wanted] for row in numbers]
    return inputs, [[row[k] for k in wanted] for row in numbers] if wanted else None


def _row(path: Path, head: list[str], row: list[str], line: int) -> list[float]:
    if len(row) != len(head):
        raise DataError(
            f"{path}, line {line}: {len(row)} cells, but the header has {len(head)} columns."
        )
    numbers = []
    for name, cell in zip(head, row, strict=True):
        try:
            number = float(cell)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise DataError(
                f"{path}, line {line}, column {name!r}: a finite number is needed.",
                given=repr(cell[:60]),
            )
        numbers.append(number)
    return numbers
