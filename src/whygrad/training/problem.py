"""Problem: a table or arrays become a network of the right size, its samples, their split.

Everything is fitted to the rows that train: what a missing number is filled with, which categories
there are, and (in task.py) the scaling.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from whygrad.data import encoding
from whygrad.data.orientation import check_rows, looks_turned
from whygrad.data.preparation import Preparation
from whygrad.data.split import PARTS, divided, division
from whygrad.data.table import Column, Table, one_of, read
from whygrad.errors import ConfigError, DataError, nearest
from whygrad.models.autoencoder import mirrored
from whygrad.models.mlp import Network, mlp

TASKS = ("auto", "classification", "regression", "autoencoder")
MOST_CLASSES = 20  # whole numbers of more kinds than this are quantities
HIDDEN = (100,)

TABLE_TRAINING = {
    "optimizer": "adam", "learning_rate": 0.003, "batch_size": 32, "epochs": 300,
    "early_stopping": 30, "scale": "standard", "weight_decay": 0.1,
}  # fmt: skip


class OrientationWarning(UserWarning):
    """Samples may stand in columns: the shapes fit both ways, and have far more columns."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be learned from a table.

    network: with its preparation (but the scaling). x (rows, inputs), y: of all rows.
    train, validation, test: row numbers. notes: what became of the columns, in words.
    """

    network: Network
    x: np.ndarray
    y: np.ndarray | None
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    task: str
    notes: tuple[str, ...]
    columns: tuple[encoding.Note, ...]
    target: tuple[str, ...]

    @property
    def parts(self) -> dict[str, np.ndarray]:
        """The row numbers of each part that has any."""
        parts = zip(PARTS, (self.train, self.validation, self.test), strict=True)
        return {name: rows for name, rows in parts if len(rows)}

    def samples(self, rows: np.ndarray) -> tuple[np.ndarray, Any]:
        """Inputs and targets of some rows, targets in the data's own terms."""
        return self.x[rows], self.answers(rows)

    def answers(self, rows: np.ndarray) -> Any:
        """The targets of some rows as the table has them."""
        if self.y is None:
            return None
        around = self.network.preparation
        if around is not None and around.classes is not None:
            numbers = self.y[rows]
            if (numbers < 0).any():
                return np.array([*around.classes, None], object)[numbers]
            return np.array(around.classes)[numbers]
        return self.y[rows]


def from_table(
    source: Any,
    target: str | Sequence[str] | None,
    *,
    shares: Sequence[float] = (0.85, 0.15),
    divide: str | Mapping[str, Any] = "random",
    seed: int = 0,
    task: str = "auto",
    means: str = "",
    masked: bool = False,
    use: Sequence[str] | None = None,
    leave: Sequence[str] = (),
    missing: str = "impute",
    dtype: str | None = None,
    stratify: bool = True,
    **network: Any,
) -> Problem:
    """The problem of predicting columns of a table from its others.

    task: what the target is, by default so by its values; means: "numbers" or "classes", what it
    is where it could be both. masked: whether targets may be missing.
    shares: of the rows that train, validate and (where there is a third) test, taken as divide
    says (data/split.py).
    network: what `mlp` takes, with `hidden` instead of `layers`.
    Raises ConfigError, DataError, NameUnknownError.
    """
    table = read(source)
    if task not in TASKS:
        raise ConfigError(f"There is no task {task!r}.", hint=nearest(str(task), TASKS))
    asked = [target] if isinstance(target, str) else list(target or [])
    names = [column for name in asked for column in table.named(name)]
    if not names and task != "autoencoder":
        raise ConfigError(
            "Which column is to be predicted was not said.",
            given=f"columns {', '.join(list(table.columns)[:12])}",
            hint='target = "column" (--target column)',
        )
    columns = [table.column(name) for name in names]
    if not masked:
        refuse_missing(columns, table)
    classes = means == "classes" or task == "classification"
    labels = rows_of_classes(columns) if classes else None
    kind = "classification" if labels else kind_of(columns, task, means)
    if kind == "classification":
        labels = labels or class_numbers(columns[0])
    stratified = labels[1] if labels and stratify else None
    parts = divided(table.rows, shares, seed, division(divide), stratified)
    train, validation, test = (*parts, *[np.array([], int)] * (3 - len(parts)))
    encoder, notes = encoding.fit(table.taken(train), names, use=use, leave=leave, missing=missing)
    kind_of_number = dtype or type_of(table, encoder)
    x = encoder.encoded(table, np.dtype(kind_of_number).type)
    y = labels[1] if labels else as_numbers(columns, kind_of_number) if columns else None
    around = Preparation(encoder, None, None, labels[0] if labels else None, tuple(names))
    net = sized(x, y, kind, labels[0] if labels else None, around, seed, network)
    beside = rows_beside(table, names, encoder.columns)
    return Problem(
        net, x, y, train, validation, test, kind, table.notes + beside, tuple(notes), tuple(names)
    )  # fmt: skip


def rows_beside(table: Table, names: Sequence[str], inputs: Sequence[str]) -> tuple[str, ...]:
    """What is said where columns of a target's own array, among several, have become inputs."""
    said = []
    for array, columns in table.arrays.items():
        rest = [name for name in columns if name in inputs]
        if rest and len(columns) < len(table.columns) and {*names} & {*columns}:
            said.append(
                f"of {array}, which has the target, {', '.join(rest)} became inputs: "
                f"target = {array!r} predicts all, leave = {rest} leaves them out"
            )
    return tuple(said)


def from_arrays(
    X: Any,
    y: Any,
    *,
    seed: int = 0,
    task: str = "auto",
    means: str = "",
    masked: bool = False,
    dtype: str | None = None,
    **network: Any,
) -> tuple[Network, np.ndarray, Any]:
    """A network of the right size for arrays X (samples, inputs) and y, and both as it takes them.

    Raises DataError where they cannot be understood.
    """
    check_rows(X, y)
    if turned := looks_turned(X, y):
        warnings.warn(turned, OrientationWarning, stacklevel=5)
    x = rows_of_inputs(X)
    if y is None and task != "autoencoder":
        raise DataError("No targets were given.", hint="train(X, y, hidden=[64], …)")
    if y is None:
        return sized(x, None, "autoencoder", None, Preparation(), seed, network), x, None
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype == bool:
        array = array.astype(float)
    wide = enumerate(array.T if array.ndim == 2 else [array])
    table = replace(read({f"y{k}": column for k, column in wide}), source="X, y")
    columns = list(table.columns.values())
    if not masked:
        refuse_missing(columns, table)
    floats = np.issubdtype(array.dtype, np.floating) and task == "auto" and means != "classes"
    kind = "regression" if floats else kind_of(columns, task, means)
    if kind == "classification":
        classes, numbers = class_numbers(columns[0])
        around = Preparation(classes=classes)
        return sized(x, numbers, kind, classes, around, seed, network), x, array
    targets = as_numbers(columns, dtype or str(x.dtype))
    return sized(x, targets, kind, None, Preparation(), seed, network), x, targets


def rows_of_inputs(X: Any) -> np.ndarray:
    """Inputs (samples, inputs) of whatever holds numbers."""
    try:
        if np.iscomplexobj(X):
            raise ValueError("complex numbers")
        x: np.ndarray = np.asarray(
            X, np.float32 if getattr(X, "dtype", None) == np.float32 else float
        )
        if x.ndim != 2 or not x.size:
            raise ValueError(f"shape {x.shape}")
    except (TypeError, ValueError) as error:
        raise DataError(
            "The inputs must be numbers, a row a sample.",
            given=str(error)[:100],
            hint="X.reshape(-1, 1), one input a sample" if np.ndim(X) == 1 else "",
        ) from None
    return x


def kind_of(columns: Sequence[Column], task: str, means: str = "") -> str:
    """classification or regression: by the target, unless it is said.

    means: "numbers" or "classes", what whole numbers are; a few of them are classes otherwise.
    """
    if task == "autoencoder" or not columns:
        return "autoencoder"
    words = [c.name for c in columns if c.kind != "number"]
    if words and (len(columns) > 1 or task == "regression"):
        raise DataError(
            f"The target {words[0]!r} holds words; numbers are needed.",
            why="several targets, or a regression, are numbers",
        )
    if task == "classification" and len(columns) > 1:
        raise DataError(
            f"{len(columns)} targets were given for a classification.",
            why="several are classes where each row has one 1 and 0 elsewhere",
        )
    if task != "auto":
        return task
    if len(columns) > 1:
        return "regression"
    column = columns[0]
    if column.kind != "number":
        return "classification"
    few = means == "classes" or len(column.distinct()) <= MOST_CLASSES
    classes = column.whole and few and means != "numbers"
    return "classification" if classes else "regression"


def refuse_missing(columns: Sequence[Column], table: Table) -> None:
    """Refuses targets of a table with missing values."""
    for column in columns:
        if column.missing.any():
            place = table.place(int(np.argmax(column.missing)))
            raise DataError(
                f"{table.source}: the target {column.name!r} has missing values.",
                given=f"{int(column.missing.sum()):,}, the first in {place}",
                hint='leave those rows out; or missing_targets = "mask"',
            )


def class_numbers(column: Column) -> tuple[tuple[Any, ...], np.ndarray]:
    """The classes of a target, sorted, and the number of each row's, -1 where it is missing."""
    labels = column.labels()
    classes = sorted({*labels} - {None}, key=lambda v: (str(type(v)), v))
    if len(classes) < 2:
        raise DataError(f"The target {column.name!r} has one class only.", given=repr(classes))
    if len(classes) > max(1_000, MOST_CLASSES):
        raise DataError(
            f"The target {column.name!r} has {len(classes):,} classes.",
            why="at most 1,000 are taken",
        )
    position = {label: k for k, label in enumerate(classes)}
    return tuple(classes), np.array([position.get(v, -1) for v in labels])


def rows_of_classes(columns: Sequence[Column]) -> tuple[tuple[Any, ...], np.ndarray] | None:
    """The same of rows of 0 and 1, a column a class, called as the columns are; else None."""
    numbers = one_of(columns)
    return None if numbers is None else (tuple(c.name for c in columns), numbers)


def as_numbers(columns: Sequence[Column], dtype: str) -> np.ndarray:
    """Target columns as (rows, columns)."""
    return np.stack([c.values for c in columns], axis=1).astype(dtype)


def type_of(table: Table, encoder: encoding.Encoder) -> str:
    """float32 where every number column came no wider (CSV files too), else float64."""
    used = [table.columns[f.name] for f in encoder.features]
    return "float32" if all(c.narrow for c in used if c.kind == "number") else "float64"


def sized(
    x: np.ndarray,
    y: np.ndarray | None,
    kind: str,
    classes: tuple[Any, ...] | None,
    around: Preparation,
    seed: int,
    network: dict[str, Any],
) -> Network:
    """A network between these inputs and targets, with the activations and loss that suit them."""
    options = dict(network)
    hidden: Sequence[int] | None = hidden_sizes(options.pop("hidden", None))
    layers = options.pop("layers", None)
    latent = options.pop("latent", None)
    outputs = len(classes) if classes else x.shape[1] if y is None else y.shape[1]
    if kind == "classification":
        options.setdefault("loss", "softmax_cross_entropy")
        if classes and len(classes) == 2 and "binary" in options["loss"]:
            outputs = 1
    else:
        options.setdefault("loss", "mean_squared_error")
        options.setdefault("output_activation", "identity")
    options.setdefault("activation", "sigmoid" if options.get("sparsity") else "relu")
    if latent is not None:
        if kind != "autoencoder" or layers is not None:
            raise ConfigError(
                "latent is the code's size of an auto-encoder, with hidden layers on either side.",
                hint='task = "autoencoder", hidden = [64], latent = 8',
            )
        layers = mirrored(x.shape[1], hidden or (), latent)
    if hidden is None:
        hidden = [min(HIDDEN[0], max(1, x.shape[1] // 2))] if kind == "autoencoder" else HIDDEN
    sizes = [x.shape[1], *hidden, outputs] if layers is None else list(layers)
    if (sizes[0], sizes[-1]) != (x.shape[1], outputs):
        raise ConfigError(
            "The layers do not fit the data.",
            given=f"layers = {sizes}; the data have {x.shape[1]} inputs and {outputs} outputs",
            hint=f"hidden = {sizes[1:-1]} sizes both ends itself",
        )
    made = mlp(sizes, autoencoder=kind == "autoencoder", seed=seed, **options)
    return replace(made, preparation=around)


def hidden_sizes(given: Any) -> list[int] | None:
    """Neurons of each hidden layer; one number is that of the only one."""
    if given is None:
        return None
    listed = [given] if np.ndim(given) == 0 else list(given)
    if not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in listed):
        raise ConfigError(
            "hidden has the neurons of each hidden layer.",
            given=repr(given)[:100],
            hint="hidden = [10], or [10, 5]",
        )
    return [int(n) for n in listed]


def guess(problem: Problem) -> str:
    """What a constant guess would score: the most frequent class, or the mean."""
    y = problem.y
    if y is None:
        return ""
    train, rest = y[problem.train], y[problem.validation]
    rest = rest if len(rest) else train
    if problem.task == "classification":
        train, rest = train[train >= 0], rest[rest >= 0]
    if problem.task == "classification":
        most = int(np.bincount(train).argmax())
        around = problem.network.preparation
        label = around.classes[most] if around and around.classes else most
        return f"always {label!r}: accuracy {float((rest == most).mean()):.3f}"
    miss = float(np.sqrt(np.nanmean((rest - np.nanmean(train, axis=0)) ** 2)))
    return f"always the mean: rmse {miss:.5g}"
