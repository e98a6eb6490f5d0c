"""Table: named columns with a kind each, from a CSV, Parquet, NPZ or MAT file, a frame, arrays."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from whygrad.data import matfile
from whygrad.errors import ConfigError, DataError, NameUnknownError, nearest

MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "#n/a", "."}
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}( .*)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".npz", ".mat")
NAMED_LIKE_IDENTIFIER = re.compile(r"(.*[_ ])?(id|uuid|guid|index|rowid|key)|unnamed: \d+|", re.I)
MOSTLY = 0.9  # a column with this share of numbers was meant to hold numbers


@dataclass(frozen=True, eq=False)
class Column:
    """kind "number": values float64, NaN where missing; "category", "date": objects, None there.

    whole: whether a number column holds whole numbers only. narrow: whether it came as float32 or
    narrower, so that float32 loses nothing.
    """

    name: str
    kind: str
    values: np.ndarray
    whole: bool = False
    narrow: bool = False

    @property
    def missing(self) -> np.ndarray:
        """Where there is no value."""
        if self.kind == "number":
            return np.isnan(self.values)
        return np.array([v is None for v in self.values], dtype=bool)

    def labels(self) -> list[Any]:
        """The values as labels: whole numbers as such, text, truth values; None where missing."""
        if self.kind != "number":
            return list(self.values)
        plain = self.values.tolist()
        return [None if v != v else int(v) if self.whole else v for v in plain]

    def distinct(self) -> list[Any]:
        """The different values that there are, sorted, without missing ones."""
        if self.kind == "number":
            return np.unique(self.values[~np.isnan(self.values)]).tolist()
        return sorted({v for v in self.values if v is not None}, key=lambda v: (str(type(v)), v))


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, by name; source: where they come from, for messages.

    arrays: of a file of arrays, the columns that one of several columns has become.
    header: whether a line of names stands above the rows. taken_from: of some of the rows, their
    numbers in the whole table.
    """

    columns: Mapping[str, Column]
    rows: int
    source: str
    notes: tuple[str, ...] = ()
    arrays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    header: bool = False
    taken_from: np.ndarray | None = None

    def named(self, name: str) -> tuple[str, ...]:
        """The columns that a name means: that of one, or of an array of several."""
        return self.arrays.get(name) or (self.column(name).name,)

    def column(self, name: str) -> Column:
        """A column by its name. Raises NameUnknownError with the nearest there is."""
        if name not in self.columns:
            raise NameUnknownError(
                f"{self.source} has no column {name!r}.", hint=nearest(name, self.columns)
            )
        return self.columns[name]

    def taken(self, rows: np.ndarray) -> Table:
        """Some of the rows."""
        columns = {
            k: Column(c.name, c.kind, c.values[rows], c.whole, c.narrow)
            for k, c in self.columns.items()
        }
        taken_from = rows if self.taken_from is None else self.taken_from[rows]
        return replace(self, columns=columns, rows=len(rows), taken_from=taken_from)

    def place(self, row: int) -> str:
        """Where a row stands, in words."""
        row = row if self.taken_from is None else int(self.taken_from[row])
        return f"line {row + 2} of the file" if self.header else f"row {row + 1}, counted from 1"


def one_of(columns: Sequence[Column]) -> np.ndarray | None:
    """Which of several columns has the 1 of each row, where all else is 0; None where it is not."""
    if len(columns) < 2 or any(c.kind != "number" for c in columns):
        return None
    rows = np.stack([c.values for c in columns], axis=1)
    good = np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all()
    return rows.argmax(axis=1) if good else None


def is_table_file(name: str) -> bool:
    """Whether a file's name is that of a table."""
    return name.lower().endswith(SUFFIXES)


def is_table(given: Any) -> bool:
    """Whether this is a table rather than an array: a file's name, a frame, named columns."""
    if isinstance(given, (Table, str, Path, Mapping)):
        return True
    frame = hasattr(given, "columns") and hasattr(given, "dtypes")
    return frame or hasattr(given, "__dataframe__") or hasattr(given, "column_names")


def read(source: Any, wanted: Sequence[str] = ()) -> Table:
    """A table from a path (.csv, .tsv, .parquet, .npz, .mat), a data frame, or a dict of columns.

    wanted: columns that it must have; of a MAT file's only matrix they say which way it stands.
    Raises ConfigError where it cannot be read, DataError where it cannot be understood.
    """
    if isinstance(source, Table):
        return source
    if isinstance(source, Mapping):
        return _made({str(k): np.asarray(v) for k, v in source.items()}, "the table")
    if isinstance(source, (str, Path)):
        return _file(Path(source), wanted)
    return _frame(source, "the data frame")


def _file(path: Path, wanted: Sequence[str]) -> Table:
    if not path.is_file():
        raise ConfigError(f"There is no file {str(path)!r}.")
    readers = {".parquet": _parquet, ".pq": _parquet, ".npz": _npz}
    try:
        if path.suffix.lower() == ".mat":
            return _mat(path, wanted)
        return readers.get(path.suffix.lower(), _csv)(path)
    except OSError as error:
        raise ConfigError(
            f"{str(path)!r} cannot be read.", why=error.strerror or str(error)
        ) from None


# ---- files --------------------------------------------------------------------------------------


def _csv(path: Path) -> Table:
    text, notes = _decoded(path.read_bytes(), str(path))
    delimiter = _delimiter(text)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise DataError(f"{path} is not CSV.", why=str(error)) from None
    if len(rows) < 2:
        raise DataError(f"{path} has no rows of data.", hint="a header, then a row a sample")
    head = [name.strip() for name in rows[0]]
    if all(_number(cell) is not None for cell in head):
        raise DataError(
            f"{path} has no header.", given=f"its first line is {', '.join(head)[:100]}",
            hint="write the columns' names into the first line",
        )  # fmt: skip
    twice = next((n for n in head if head.count(n) > 1), None)
    if twice is not None:
        raise DataError(f"{path} has two columns named {twice!r}.")
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise DataError(
                f"{path}, row {line}: {len(row)} cells, but the header has {len(head)} columns.",
                given=delimiter.join(row)[:100],
            )
    cells = list(zip(*rows[1:], strict=True))
    if delimiter != "," and any(DECIMAL_COMMA.fullmatch(c.strip()) for col in cells for c in col):
        notes.append("numbers are read with a decimal comma")
        cells = [tuple(_with_points(col)) for col in cells]
    columns = {
        name: _from_text(name, [c.strip() for c in col], str(path))
        for name, col in zip(head, cells, strict=True)
    }
    return Table(columns, len(rows) - 1, str(path), tuple(notes), header=True)


def _decoded(raw: bytes, name: str) -> tuple[str, list[str]]:
    """The text of a file in UTF-8 (with or without a mark), UTF-16 with its mark, or GB18030."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16"), ["read as UTF-16"]
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text, [] if encoding == "utf-8-sig" else ["read as GB18030 (it is not UTF-8)"]
    raise DataError(f"{name} is neither UTF-8 nor GB18030.", hint="save it as UTF-8")


def _delimiter(text: str) -> str:
    """The sign that stands equally often in each of the first lines, a comma in doubt."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    for sign in (";", "\t", "|"):
        counts = {line.count(sign) for line in lines}
        if len(counts) == 1 and counts != {0}:
            return sign
    return ","


def _with_points(cells: Sequence[str]) -> list[str]:
    """A column whose numbers have decimal commas, with points; text stays."""
    stripped = [c.strip() for c in cells]
    numbers = all(
        c.lower() in MISSING or DECIMAL_COMMA.fullmatch(c) or _number(c) is not None
        for c in stripped
    )
    return [c.replace(",", ".") for c in stripped] if numbers else stripped


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _from_text(name: str, cells: list[str], source: str) -> Column:
    """A column of text cells: numbers, dates or categories."""
    missing = [c.lower() in MISSING for c in cells]
    numbers = [None if m else _number(c) for c, m in zip(cells, missing, strict=True)]
    there = len(cells) - sum(missing)
    found = sum(n is not None for n in numbers)
    if there and found == there:
        values = np.array([np.nan if n is None else n for n in numbers])
        return _numeric(name, values, narrow=True, source=source)
    if there and found >= MOSTLY * there and found > 5:
        line, cell = next(
            (k, c) for k, (c, m, n) in enumerate(zip(cells, missing, numbers, strict=True), 2)
            if not m and n is None
        )  # fmt: skip
        raise DataError(
            f"{source}, row {line}, column {name!r}: a number is needed.",
            given=repr(cell[:60]),
            why=f"{found:,} of the column's {there:,} values are numbers",
            hint="mend the cell, or leave it empty if it is missing",
        )
    objects = np.array([None if m else c for c, m in zip(cells, missing, strict=True)], object)
    dates = there and all(m or DATE.fullmatch(c) for c, m in zip(cells, missing, strict=True))
    return Column(name, "date" if dates else "category", objects)


def _numeric(name: str, values: np.ndarray, *, narrow: bool, source: str) -> Column:
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        raise DataError(
            f"{source}, row {row + 2}, column {name!r}: a finite number is needed.",
            given=str(values[row]),
        )
    there = values[~np.isnan(values)]
    return Column(name, "number", values, bool((there == np.round(there)).all()), narrow)


def _parquet(path: Path) -> Table:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise ConfigError("Parquet needs pyarrow.", hint="pip install pyarrow") from None
    try:
        return _frame(parquet.read_table(path), str(path))
    except OSError as error:
        raise DataError(f"{path} is not Parquet.", why=str(error)[:200]) from None


def _npz(path: Path) -> Table:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError) as error:
        raise DataError(f"{path} is no NPZ file of plain arrays.", why=str(error)[:200]) from None
    return _flat(arrays, str(path))


def _mat(path: Path, wanted: Sequence[str]) -> Table:
    arrays, notes = matfile.samples(path)
    found = _slim(arrays, path, notes)
    if len(arrays) == 1 and not set(wanted) <= set(found.columns):
        turned = _slim({name: a.T for name, a in arrays.items()}, path, ())
        found = turned if set(wanted) <= set(turned.columns) else found
    return found


def _slim(arrays: Mapping[str, np.ndarray], path: Path, notes: tuple[str, ...]) -> Table:
    """A table of matrices; one of a single column is that column."""
    slim = {name: a[:, 0] if a.shape[1] == 1 else a for name, a in arrays.items()}
    return _flat(slim, str(path), notes)


def _flat(arrays: Mapping[str, np.ndarray], source: str, notes: tuple[str, ...] = ()) -> Table:
    """A table of arrays (rows, …): one of several columns becomes as many, name1, name2, …."""
    flat: dict[str, np.ndarray] = {}
    several: dict[str, tuple[str, ...]] = {}
    for name, array in arrays.items():
        if array.ndim > 1:
            wide = array.reshape(len(array), -1)
            columns = {f"{name}{k + 1}": wide[:, k] for k in range(wide.shape[1])}
            several[name] = tuple(columns)
        else:
            columns = {name: array}
        twice = next((column for column in columns if column in flat), None)
        if twice is not None:
            raise DataError(f"{source} has two columns named {twice!r}.")
        flat |= columns
    return replace(_made(flat, source), notes=notes, arrays=several)


# ---- frames and arrays --------------------------------------------------------------------------


def _frame(frame: Any, source: str) -> Table:
    """pandas, polars and arrow, through narwhals."""
    try:
        import narwhals.stable.v2 as nw
    except ImportError:
        raise ConfigError(
            "Data frames are read through narwhals.", hint="pip install 'whygrad[train]'"
        ) from None
    try:
        wrapped = nw.from_native(frame, eager_only=True)
    except TypeError:
        raise DataError(
            "This is no table that can be read.",
            given=type(frame).__name__,
            hint="a pandas, polars or pyarrow table, a path, or a dict of columns",
        ) from None
    columns = {}
    for name in wrapped.columns:
        series = wrapped[name]
        kind = series.dtype
        if kind == nw.Boolean:
            columns[name] = Column(str(name), "category", objects_of(series.to_list()))
        elif kind.is_numeric():
            narrow = kind in (nw.Float32, nw.Int8, nw.Int16, nw.UInt8, nw.UInt16)
            values = np.asarray(series.cast(nw.Float64).to_numpy(), dtype=float)
            columns[name] = _numeric(str(name), values, narrow=narrow, source=source)
        elif kind.is_temporal():
            columns[name] = Column(str(name), "date", objects_of(series.to_list()))
        else:
            columns[name] = _from_objects(str(name), series.to_list(), source)
    return Table({str(k): c for k, c in columns.items()}, len(wrapped), source)


def objects_of(values: Sequence[Any]) -> np.ndarray:
    """Values as objects, None where missing (pandas has several signs for that)."""
    found = np.empty(len(values), object)
    found[:] = [None if v is None or v != v or str(v) in ("NaT", "<NA>") else v for v in values]
    return found


def _from_objects(name: str, values: list[Any], source: str) -> Column:
    objects = objects_of(values)
    if all(v is None or isinstance(v, str) for v in objects):
        return _from_text(name, ["" if v is None else v for v in objects], source)
    if all(v is None or (isinstance(v, (int, float)) and not isinstance(v, bool)) for v in objects):
        numbers = np.array([np.nan if v is None else float(v) for v in objects])
        return _numeric(name, numbers, narrow=False, source=source)
    return Column(name, "category", objects)


def _made(arrays: Mapping[str, np.ndarray], source: str) -> Table:
    """A table of one-dimensional arrays."""
    lengths = {len(a) if a.ndim == 1 else -1 for a in arrays.values()}
    if len(lengths) != 1 or lengths == {-1} or lengths == {0}:
        raise DataError(
            f"{source}: its columns must be of one length.",
            given=", ".join(f"{k} {a.shape}" for k, a in list(arrays.items())[:8]),
        )
    columns = {}
    for name, array in arrays.items():
        if array.dtype == bool:
            columns[name] = Column(name, "category", objects_of(array.tolist()))
        elif np.issubdtype(array.dtype, np.number):
            narrow = array.dtype.itemsize < 4 or array.dtype == np.float32
            columns[name] = _numeric(name, array.astype(float), narrow=narrow, source=source)
        else:
            columns[name] = _from_objects(name, array.tolist(), source)
    return Table(columns, lengths.pop(), source)
