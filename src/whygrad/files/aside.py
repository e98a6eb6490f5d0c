"""What a run's folder knows of its data: a digest, the rows that trained, those set aside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from whygrad import disk
from whygrad.data import scores
from whygrad.data.preparation import Preparation
from whygrad.data.table import Column, Table, one_of, read
from whygrad.errors import ConfigError, DataError
from whygrad.files.config import NetworkFile, from_tables, load
from whygrad.models.mlp import Network
from whygrad.training.problem import Problem

SEEN = "trained_rows.json"


def digest(file: NetworkFile) -> str:
    """A fingerprint of the data: of the file's bytes, or of the numbers in the network file."""
    data = file.tables.get("data", {})
    if isinstance(data, dict) and data.get("file"):
        return hashlib.sha256((file.folder / data["file"]).read_bytes()).hexdigest()
    return hashlib.sha256(repr((file.inputs, file.targets)).encode()).hexdigest()


def fingerprints(x: np.ndarray) -> list[str]:
    """Of each row of inputs, so that it is known again in another file."""
    rows = np.ascontiguousarray(x, np.float64)
    return [hashlib.blake2b(row.tobytes(), digest_size=8).hexdigest() for row in rows]


def remember(folder: Path, problem: Problem) -> None:
    """Notes in the folder which rows trained."""
    seen = fingerprints(problem.x[problem.train]) if problem.train.size <= 1_000_000 else []
    disk.write_whole(folder / SEEN, json.dumps(seen).encode())


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of a run on some rows.

    what: which rows these are. inputs: of them, encoded. numbers: theirs in the run's table, from
    0; None where they are of another.
    """

    network: Network
    what: str
    rows: int
    task: str
    scores: dict[str, Any]
    classes: tuple[Any, ...] | None
    true: np.ndarray
    predicted: np.ndarray
    inputs: np.ndarray
    warnings: tuple[str, ...] = ()
    numbers: np.ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "what": self.what, "rows": self.rows, "task": self.task, **self.scores,
            "classes": None if self.classes is None else list(self.classes),
            "warnings": list(self.warnings),
        }  # fmt: skip

    def plot(self, folder: Path) -> list[Path]:
        """The pictures that these rows have, as PNG and SVG."""
        from whygrad.training.plots import write
        from whygrad.training.plots.material import Answers, Material
        from whygrad.training.plots.offer import every

        true, predicted = self.true, self.predicted
        if self.classes is not None:
            true, predicted = (np.array(self.classes, object)[v] for v in (true, predicted))
        answers = Answers(true, predicted, lambda: self.inputs, rows=self.numbers)
        labels = self.classes or ()
        material = Material(self.network, self.task, lambda: answers, labels=labels)
        return write(every(material), folder)


def evaluation(folder: Path, data: str | None) -> Evaluation:
    """A run scored. data: a table; None: the rows that were set aside.

    Raises ConfigError, DataError.
    """
    if not (folder / "model.safetensors").is_file():
        raise ConfigError(f"There is no trained model in {str(folder)!r}.", hint="a run's folder")
    net = load(folder)
    if data is not None:
        around = net.preparation
        table = read(data, around.encoder.columns if around and around.encoder else ())
        return scored(net, table, str(data), warnings_of(folder, net, table))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    if "tables" not in config:
        raise ConfigError("The run was begun from Python.", hint="name a table to be scored on")
    file = from_tables(config["tables"], str(folder), Path(config["folder"]))
    if file.problem is None:
        raise ConfigError(
            "The run was not trained on a table.", hint="name a table to be scored on"
        )
    problem, what = file.problem, "the rows that were set aside (test)"
    rows, warned = problem.test, tuple[str, ...]()
    if digest(file) != config["digest"]:
        raise ConfigError(
            "The data have changed since the run: which rows were set aside is not known any more."
        )
    if not len(rows):
        rows, what = problem.validation, "the validation rows (none were set aside to test)"
        warned = ("these rows chose the best epoch: the scores flatter",)
    if not len(rows):
        raise ConfigError("No rows were set aside.", hint="[data] split = [0.7, 0.15, 0.15]")
    table = read(file.folder / config["tables"]["data"]["file"]).taken(rows)
    return replace(scored(net, table, what, warned), numbers=rows)


def warnings_of(folder: Path, net: Network, table: Table) -> tuple[str, ...]:
    """Whether there are rows in the table that the run was trained on."""
    around = net.preparation
    if not (folder / SEEN).is_file() or around is None or around.encoder is None:
        return ()
    seen = set(json.loads((folder / SEEN).read_text("utf-8")))
    dtype = next(iter(net.parameters.values())).dtype.type
    known = sum(f in seen for f in fingerprints(around.encoder.encoded(table, dtype)))
    if not known:
        return ()
    return (
        f"{known:,} of {table.rows:,} rows are among those it was trained on: the scores flatter",
    )


def with_targets(table: Table, targets: Sequence[str]) -> tuple[Table, tuple[str, ...]]:
    """The rows of a table that have all of their targets, and what is said of the others."""
    gone = np.any([table.column(name).missing for name in targets], axis=0)
    if gone.all():
        raise DataError(f"No row of {table.source} has its target.", given=", ".join(targets))
    if not gone.any():
        return table, ()
    return table.taken(np.flatnonzero(~gone)), (
        f"{int(gone.sum()):,} rows have no target: left out",
    )


def true_classes(around: Preparation, columns: Sequence[Column]) -> np.ndarray:
    """The class number of each row. Raises DataError for what are none of the model's classes."""
    if len(columns) == 1:
        return np.asarray(around.coded(np.array(columns[0].labels(), object)))
    numbers = one_of(columns)
    if numbers is None:
        raise DataError("Not every row has one class.", given=", ".join(c.name for c in columns))
    return numbers


def scored(net: Network, table: Table, what: str, warned: tuple[str, ...]) -> Evaluation:
    """A network's scores on a table's rows."""
    around = net.preparation
    if around is None or around.encoder is None:
        raise ConfigError("The model was not trained on a table.")
    if around.target_names:
        table, more = with_targets(table, around.target_names)
        warned += more
    x = around.encoder.encoded(table)

    def found(kind: str, scored: dict[str, Any], true: Any, predicted: Any) -> Evaluation:
        return Evaluation(
            net, what, table.rows, kind, scored, around.classes, true, predicted, x, warned
        )  # fmt: skip

    if net.autoencoder:
        again = net.predict(table)
        return found("autoencoder", scores.regression(x, again), x, again)
    columns = [table.column(name) for name in around.target_names]
    if around.classes is not None:
        true = true_classes(around, columns)
        chances = net.predict_proba(table) if net.has_probabilities else None
        predicted = np.asarray(around.coded(net.predict(table)))
        measured = scores.classification(true, predicted, chances, len(around.classes))
        return found("classification", measured, true, predicted)
    targets = np.stack([c.values for c in columns], axis=1)
    answers = net.predict(table)
    return found("regression", scores.regression(targets, answers), targets, answers)
