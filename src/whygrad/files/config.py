"""The network file: TOML to a network, its data and its training, or one clear message.

Everything is checked here, before any work starts: unknown keys are refused by name, kinds and
sizes with the place where they stand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from whygrad.equivalents import option_hint
from whygrad.errors import ConfigError, DataError, WhygradError
from whygrad.files.naming import check_names
from whygrad.files.table import read_table
from whygrad.files.textfile import read_text
from whygrad.models import storage
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network, mlp
from whygrad.models.objective import objective
from whygrad.training.checks import choice
from whygrad.training.job import job_for
from whygrad.training.options import Options
from whygrad.training.problem import Problem

ARTICLE = "article"  # how the worked example is asked for
LARGEST_NETWORK = 10**8  # numbers; above, memory would run out before anything is shown
LAYOUTS = ("out_in", "in_out")
TASKS = ("mapping", "autoencoder", "classification", "regression")

Numbers = list[Any] | float | int


class NetworkTable(msgspec.Struct, forbid_unknown_fields=True):
    """[network]"""

    layers: list[int] | None = None
    hidden: int | list[int] | None = None
    activation: str | list[str] | None = None
    output_activation: str | None = None
    loss: str | None = None
    bias: str = "per_neuron"
    task: str = "mapping"
    latent: int | None = None
    tied: bool = False
    sparsity: dict[str, Any] | None = None
    init: str | None = None
    seed: int = 0


class DataTable(msgspec.Struct, forbid_unknown_fields=True):
    """[data]: numbers; a CSV file of numbers and the names of its target columns; or a table.

    A table (CSV, Parquet, NPZ, MAT) has a `target`, and sizes the network itself: categories,
    missing values, splitting and scaling are seen to.
    """

    inputs: Numbers | None = None
    targets: Numbers | str | None = None
    file: str | None = None
    target: str | list[str] | None = None
    split: list[float] | None = None
    divide: Any = None
    use: list[str] | None = None
    leave: list[str] | None = None
    missing: str | None = None


class TrainingTable(Options, forbid_unknown_fields=True):
    """[training]: the options of `train`, and how the loss is put together over samples."""

    reduction: str = "mean"

    def options(self) -> dict[str, Any]:
        """What `train` is called with.

        Raises ConfigError where the file does not say how to train.
        """
        named = "name" in self.optimizer if isinstance(self.optimizer, dict) else self.optimizer
        if self.learning_rate is None and named == "sgd":
            raise ConfigError(
                "The file does not say how to train.",
                why="[training] has no learning_rate",
                hint="[training] learning_rate = 0.5, iterations = 1000",
            )
        given = msgspec.structs.asdict(self)
        del given["reduction"]  # it is the network's
        return given


class FileTable(msgspec.Struct, forbid_unknown_fields=True):
    """A whole network file."""

    network: NetworkTable = msgspec.field(default_factory=NetworkTable)
    preset: str | None = None
    parameters: dict[str, Any] = {}
    names: dict[str, str] = {}
    data: DataTable = msgspec.field(default_factory=DataTable)
    training: TrainingTable = msgspec.field(default_factory=TrainingTable)


@dataclass(frozen=True)
class NetworkFile:
    """What a network file says: the network, its samples, how to train it.

    inputs, targets: arrays or None. warnings: what is worth knowing before relying on it.
    problem: where the data are a table, how it was read and split. tables, folder: the file itself.
    """

    network: Network
    inputs: Any
    targets: Any
    training: TrainingTable
    warnings: tuple[str, ...] = ()
    problem: Problem | None = None
    tables: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path(".")

    def samples(self) -> tuple[Any, Any]:
        """Inputs and targets. Raises DataError where the file has none."""
        if self.inputs is None:
            raise DataError(
                "The file has no data to compute with.",
                hint="[data] inputs = [0.05, 0.10], targets = [0.01, 0.99]",
            )
        if self.targets is None and not self.network.autoencoder:
            raise DataError("The file has inputs, but no targets.", hint="[data] targets = [0.01]")
        return self.inputs, self.targets

    def plan(self) -> Plan:
        """What a page says about the step."""
        table = self.training
        return Plan(table.learning_rate, table.train_bias, update_order=table.update_order)


def load(path: str | Path) -> Network:
    """The network of a network file, of a saved model, or of a run's folder.

    Raises what `read` raises, ConfigError for a model that is damaged.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "model.safetensors"
    return storage.load(path) if storage.looks_saved(path) else read(path).network


def article(overrides: Sequence[str] = ()) -> NetworkFile:
    """The worked example's network file."""
    text = resources.files("whygrad").joinpath("files/networks/article.toml").read_text("utf-8")
    return parse(text, "the article's network file", Path("."), overrides)


def read(path: str | Path, overrides: Sequence[str] = ()) -> NetworkFile:
    """A network file, checked whole. overrides: "training.learning_rate=0.01", ….

    "article" is the worked example's, where no file is called so.
    Raises ConfigError, ShapeError, DataError, NameUnknownError or FormulaError.
    """
    path = Path(path)
    if path == Path(ARTICLE) and not path.is_file():
        return article(overrides)
    text = read_text(path, "whygrad init 3-4-2 > my.toml makes one")
    return parse(text, str(path), path.parent, overrides)


def parse(text: str, name: str, folder: Path, overrides: Sequence[str] = ()) -> NetworkFile:
    """A network file from its text; `folder` is where the files that it names lie."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name} is not TOML.", why=str(error) or "nested too deeply") from None
    return from_tables(tables, name, folder, overrides)


def from_tables(
    tables: dict[str, Any], name: str, folder: Path, overrides: Sequence[str] = ()
) -> NetworkFile:
    """A network file from its tables."""
    try:
        tables = overridden(tables, overrides)
        file = converted(tables)
        said = frozenset(tables.get("training", ()))
        return replace(built(file, folder, said), tables=tables, folder=folder)
    except WhygradError as error:
        if not str(error).startswith(name):
            error.args = (f"{name}: {error}",)
        raise


def converted(tables: dict[str, Any]) -> FileTable:
    """The tables with every key known and every kind right."""
    data = tables.get("data")
    sizes_itself = isinstance(data, dict) and "target" in data
    if "network" not in tables and not sizes_itself and "preset" not in tables:
        raise ConfigError(
            "A network file needs a [network] table.", hint="[network]\nlayers = [2, 2, 2]"
        )
    unknown_keys("the file", tables, FileTable)
    parts: dict[str, Any] = {"network": NetworkTable, "data": DataTable, "training": TrainingTable}
    for table, kind in parts.items():
        if isinstance(tables.get(table), dict):
            unknown_keys(f"[{table}]", tables[table], kind)
    try:
        return msgspec.convert(tables, FileTable, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        why, _, place = str(error).partition(" - at `$")
        where = place.rstrip("`").lstrip(".") or "file"
        raise ConfigError(f"{where} is not of the kind that is needed.", why=why) from None


def unknown_keys(where: str, given: Mapping[str, Any], kind: Any) -> None:
    """Refuses a key that means nothing, by name."""
    known = kind.__struct_fields__
    for key in given:
        if key not in known:
            raise ConfigError(f"{where} has an unknown key {key!r}.", hint=option_hint(key, known))


def overridden(tables: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """The tables with some values replaced: "training.learning_rate=0.01"; the value is TOML's.

    Raises ConfigError for what is no such line; whether the key exists is checked with the rest.
    """
    tables = {k: dict(v) if isinstance(v, dict) else v for k, v in tables.items()}
    for override in overrides:
        place, equals, text = override.partition("=")
        *outer, key = place.strip().split(".")
        if not equals or not key or len(outer) > 1:
            raise ConfigError(
                f"--set {override!r} is not understood.",
                hint="--set training.learning_rate=0.01",
            )
        try:
            value = tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            value = text.strip()  # a word without quotation marks
        table = tables.setdefault(outer[0], {}) if outer else tables
        if not isinstance(table, dict):
            raise ConfigError(f"--set {override!r}: {outer[0]!r} is no table.")
        table[key] = value
        if place.strip() == "training.epochs":
            table.pop("iterations", None)
        elif place.strip() == "training.iterations":
            table.pop("epochs", None)
    return tables


def built(file: FileTable, folder: Path, said: Collection[str]) -> NetworkFile:
    """The network, its data and its training, checked against each other.

    said: the keys of [training] that the file has.
    """
    if file.data.divide is not None:
        file.training.divide = file.data.divide
    check_training(file.training)
    table = file.network
    choice("task", table.task, TASKS)
    if file.preset is not None or file.data.target is not None:
        return built_for_table(file, folder, said)
    if table.task in ("classification", "regression"):
        raise ConfigError(f"task = {table.task!r} is for tables.", hint='[data] target = "column"')
    if table.layers is None:
        raise ConfigError("The network has no layers.", hint="[network] layers = [2, 2, 2]")
    for key in ("hidden", "latent"):
        if getattr(table, key) is not None:
            raise ConfigError(
                f"{key} is for tables, which know both ends.", hint="layers = [2, 2, 2]"
            )
    size_guard(table.layers)
    network = mlp(
        table.layers,
        activation=table.activation or "sigmoid",
        output_activation=table.output_activation,
        loss=table.loss or "half_squared_error",
        init=table.init or "glorot",
        bias=table.bias,
        names=file.names,
        reduction=file.training.reduction,
        autoencoder=table.task == "autoencoder",
        seed=table.seed,
        tied=table.tied,
        sparsity=table.sparsity,
    )
    check_names(network)
    network = network.with_parameters(**oriented(network, dict(file.parameters)))
    inputs, targets = data(file.data, network, folder)
    if inputs is not None and (targets is not None or network.autoencoder):
        network.inputs(inputs, targets)  # refuses here what would fail later
    return NetworkFile(network, inputs, targets, file.training, overflow_warnings(network))


def built_for_table(file: FileTable, folder: Path, said: Collection[str]) -> NetworkFile:
    """A network that a table sizes, its samples, and how to train it."""
    table, data = file.network, file.data
    if data.file is None:
        raise ConfigError("The file names a target, but no table.", hint='[data] file = "data.csv"')
    if file.parameters or file.names:
        raise ConfigError("[parameters] and [names] do not go with a table that sizes the network.")
    given = {
        "preset": file.preset, "target": data.target, "split": data.split, "use": data.use,
        "leave": data.leave, "missing": data.missing, "hidden": table.hidden,
        "layers": table.layers, "activation": table.activation, "loss": table.loss,
        "output_activation": table.output_activation, "init": table.init,
        "bias": table.bias if table.bias != "per_neuron" else None,
        "latent": table.latent, "tied": table.tied or None, "sparsity": table.sparsity,
        "task": None if table.task == "mapping" else table.task,
    }  # fmt: skip
    asked = msgspec.structs.asdict(file.training)
    reduction = asked.pop("reduction")
    if "optimizer" not in said:
        asked["optimizer"] = None
    given["reduction"] = reduction
    sizing = {k: v for k, v in given.items() if v is not None}
    job = job_for(folder / data.file, None, asked, sizing)
    size_guard(list(job.network.layers))
    training = TrainingTable(**job.asked, reduction=reduction)
    return NetworkFile(
        job.network, job.X, job.y, training, overflow_warnings(job.network), job.problem
    )


def size_guard(layers: list[int]) -> None:
    """Refuses a network that no memory holds, before it is made."""
    if len(layers) > 1_000:
        raise ConfigError("A network of over 1,000 layers was asked for.", given=str(len(layers)))
    total = sum(a * b for a, b in pairwise(layers) if a > 0 and b > 0)
    if total > LARGEST_NETWORK:
        raise ConfigError(
            "The network is too large.", given=f"{total:,} weights", why=f"over {LARGEST_NETWORK:,}"
        )


def check_training(table: TrainingTable) -> None:
    """Refuses what no training can be run with."""
    try:
        table.check()
    except ConfigError as error:
        asked = f"[training] {error.asked}"
        raise ConfigError(asked, given=error.given, why=error.why, hint=error.hint) from None
    for key in ("iterations", "epochs"):
        count = getattr(table, key)
        if count is not None and count < 0:
            raise ConfigError(f"training.{key} must not be negative.", given=str(count))
    if table.batch_size is not None and table.batch_size < 1:
        raise ConfigError("training.batch_size must be at least 1.", given=str(table.batch_size))
    if table.iterations is not None and table.epochs is not None:
        raise ConfigError("training has both iterations and epochs.", hint="give one of the two")


def oriented(network: Network, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters as (out, in), whichever way the file writes its matrices."""
    layout = given.pop("layout", "out_in")
    choice("parameters.layout", str(layout), LAYOUTS)
    if layout == "out_in":
        return given

    def turned(name: str, value: Any) -> Any:
        array = np.asarray(value, dtype=object)
        whole = name in network.parameters and name.startswith("W") and array.ndim == 2
        return array.T.tolist() if whole else value

    return {name: turned(name, value) for name, value in given.items()}


def data(table: DataTable, network: Network, folder: Path) -> tuple[Any, Any]:
    """Inputs and targets: from the file itself, or from a CSV file beside it."""
    if table.file is None:
        if isinstance(table.targets, str):
            raise ConfigError("data.targets names a column, but there is no data.file.")
        if network.autoencoder and table.targets is not None:
            raise ConfigError(
                'data.targets was given for task = "autoencoder".',
                why="its targets are its inputs",
                hint="leave targets out",
            )
        return table.inputs, table.targets
    if table.inputs is not None:
        raise ConfigError("data has both inputs and a file.", hint="give one of the two")
    wanted = [] if table.targets is None else table.targets
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise ConfigError("data.targets must name columns of the file.", given=repr(wanted)[:100])
    inputs, targets = read_table(folder / table.file, names)
    if network.autoencoder or targets is None:
        return inputs, None
    labels = [row[0] for row in targets]
    if objective(network.loss).per_sample and len(names) == 1 and all(v == int(v) for v in labels):
        return inputs, [int(v) for v in labels]
    return inputs, targets


def overflow_warnings(network: Network) -> tuple[str, ...]:
    """What a self-written activation does where float32 training may take it."""
    from whygrad.derivatives import overflow

    formulas = {a.name: a for a in network.activations if a.module == "formula"}
    return tuple(said for name in formulas if (said := overflow(name)))
