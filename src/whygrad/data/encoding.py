"""Encoder: a table's columns as the inputs of a network, in a way that is fitted once and saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.data.table import NAMED_LIKE_IDENTIFIER, Column, Table, read
from whygrad.errors import ConfigError, DataError, nearest

MOST_CATEGORIES = 50
MISSING_POLICIES = ("impute", "refuse")


@dataclass(frozen=True)
class Feature:
    """One column of a table as one or several inputs.

    kind "number": the number, the fitted mean where it is missing, and where `indicator` is set a
    second input that says so. kind "category": an input for each of `values`, 1 where it is met;
    one that was never seen is 0 in all of them. Of two values, one input is enough.
    """

    name: str
    kind: str
    fill: float = 0.0
    indicator: bool = False
    values: tuple[Any, ...] = ()

    @property
    def inputs(self) -> list[str]:
        """What its inputs are called."""
        if self.kind == "number":
            return [self.name, f"{self.name} missing"] if self.indicator else [self.name]
        shown = self.values[1:] if len(self.values) == 2 else self.values
        return [f"{self.name}={'(missing)' if v is None else v}" for v in shown]

    def write(self, column: Column, out: np.ndarray) -> None:
        """The inputs of all rows, into the columns of `out`."""
        if self.kind == "number":
            gone = column.missing
            out[:, 0] = np.where(gone, self.fill, column.values)
            if self.indicator:
                out[:, 1] = gone
            return
        shown = self.values[1:] if len(self.values) == 2 else self.values
        position = {v: k for k, v in enumerate(shown)}
        out[:] = 0
        for row, label in enumerate(column.labels()):
            k = position.get(label)
            if k is not None:
                out[row, k] = 1


@dataclass(frozen=True, eq=False)
class Encoder:
    """The features of a table, in order."""

    features: tuple[Feature, ...]
    missing: str = "impute"

    @property
    def inputs(self) -> list[str]:
        """The names of all inputs."""
        return [name for f in self.features for name in f.inputs]

    @property
    def columns(self) -> list[str]:
        """The columns of a table that it reads."""
        return [feature.name for feature in self.features]

    def encoded(self, source: Any, dtype: type = np.float64) -> np.ndarray:
        """Inputs (rows, inputs) of a table. Raises NameUnknownError, DataError."""
        table = read(source, self.columns)
        out: np.ndarray = np.empty((table.rows, len(self.inputs)), dtype)
        start = 0
        for feature in self.features:
            column = table.column(feature.name)
            if feature.kind == "number" and column.kind != "number":
                if not column.missing.all():
                    there = next(v for v in column.values if v is not None)
                    raise DataError(
                        f"{table.source}: column {feature.name!r} must hold numbers.",
                        given=repr(there),
                        why="it did when the model was trained",
                    )
                column = Column(column.name, "number", np.full(table.rows, np.nan))
            if self.missing == "refuse" and column.missing.any():
                refuse_missing(table, column)
            width = len(feature.inputs)
            feature.write(column, out[:, start : start + width])
            start += width
        return out

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        features = [
            {
                "name": f.name, "kind": f.kind, "fill": f.fill, "indicator": f.indicator,
                "values": list(f.values),
            }
            for f in self.features
        ]  # fmt: skip
        return {"features": features, "missing": self.missing}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Encoder:
        """What `to_dict` gave."""
        features = tuple(Feature(**{**f, "values": tuple(f["values"])}) for f in data["features"])
        return cls(features, data["missing"])


def refuse_missing(table: Table, column: Column) -> None:
    """Says where the first missing value stands."""
    place = table.place(int(np.argmax(column.missing)))
    raise DataError(
        f"{table.source}: column {column.name!r} has missing values.",
        given=f"{int(column.missing.sum()):,}, the first in {place}",
        hint='missing = "impute" fills in the mean, with an input that says so',
    )


@dataclass(frozen=True)
class Note:
    """What became of a column: used as so many inputs, or left out, and why."""

    column: str
    kind: str
    inputs: int
    why: str = ""


def fit(
    table: Table,
    targets: Sequence[str],
    *,
    use: Iterable[str] | None = None,
    leave: Iterable[str] = (),
    missing: str = "impute",
) -> tuple[Encoder, list[Note]]:
    """The encoder of all columns but the targets, and what became of each.

    use: these columns only, asked for even where they would be left out (identifiers, dates,
    constants, over 50 categories). leave: these not. missing: "impute" or "refuse".
    Raises NameUnknownError, ConfigError, DataError.
    """
    if missing not in MISSING_POLICIES:
        raise ConfigError(
            f"There is no policy {missing!r} for missing values.",
            hint=nearest(str(missing), MISSING_POLICIES),
        )
    wanted = None if use is None else [c for n in use for c in table.named(n)]
    left = {c for n in leave for c in table.named(n)}
    features: list[Feature] = []
    notes: list[Note] = []
    for name, column in table.columns.items():
        if name in targets:
            continue
        if name in left or (wanted is not None and name not in wanted):
            notes.append(Note(name, column.kind, 0, "as asked"))
            continue
        why = _unfit(column) if wanted is None else _impossible(column)
        if why:
            notes.append(Note(name, column.kind, 0, why))
            continue
        if missing == "refuse" and column.missing.any():
            refuse_missing(table, column)
        feature = _feature(column)
        features.append(feature)
        gone = int(column.missing.sum())
        notes.append(
            Note(name, feature.kind, len(feature.inputs), f"{gone:,} missing" if gone else "")
        )
    if not features:
        raise DataError(
            f"{table.source} has no column to predict from.",
            given="; ".join(f"{n.column}: {n.why}" for n in notes[:8]) or "the target only",
            hint='ask for one by name: use = ["column"]',
        )
    return Encoder(tuple(features), missing), notes


def _impossible(column: Column) -> str:
    return "no value at all" if column.missing.all() else ""


def _unfit(column: Column) -> str:
    """Why a column is left out unless it is asked for; empty where it is of use."""
    if column.missing.all():
        return "no value at all"
    distinct = column.distinct()
    if len(distinct) == 1 and not column.missing.any():
        return f"constant: always {distinct[0]}"
    if column.kind == "date":
        return "dates"
    rows = len(column.values)
    each_once = len(distinct) == rows and rows > 2
    named = NAMED_LIKE_IDENTIFIER.fullmatch(column.name)
    if column.kind == "number":
        return "an identifier: each value once" if each_once and column.whole and named else ""
    if each_once and len(distinct) > 10:
        return "an identifier: each value once"
    if len(distinct) > MOST_CATEGORIES:
        return f"{len(distinct):,} categories (over {MOST_CATEGORIES})"
    return ""


def _feature(column: Column) -> Feature:
    gone = column.missing
    if column.kind == "number":
        fill = float(column.values[~gone].mean())
        return Feature(column.name, "number", fill, bool(gone.any()))
    values = column.distinct() + ([None] if gone.any() else [])
    return Feature(column.name, "category", values=tuple(values))
