"""Lesson: what a page opens with: a network, its samples, how it learns, what it is called.

Numbers are as the network sees them: columns encoded, data scaled. Where that is so, where only the
first samples are taken, or where a run's data are not known, the lesson says it (`notes`).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from whygrad.errors import ConfigError, WhygradError
from whygrad.files import config
from whygrad.files.aside import digest
from whygrad.files.config import NetworkFile, TrainingTable
from whygrad.graph import Graph
from whygrad.models import storage
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.recording import Trace, backprop, record
from whygrad.training.folder import CONFIG, MODEL
from whygrad.training.options import Options
from whygrad.training.run import Run, plain
from whygrad.training.task import network_task
from whygrad.unicode import whole, whole_data
from whygrad.web import runs

MOST_SAMPLES = 200  # rows of a table beyond these are one more number in a sum, not more to see
MOST_NUMBERS = 100_000  # of inputs: a page's first view is to be there at once


@dataclass(frozen=True, eq=False)
class Lesson:
    """A network with samples; or a traced graph with its inputs.

    inputs (samples, inputs), targets (samples, outputs) or labels (samples,): as the network sees
    them. training: the file's table. classes: what the labels stand for.
    of: how many samples there are, where the first of them are taken. scaled: whether the data
    were. parted: whether others were held back. invented: whether they stand in for data that are
    not known. run: of a run its history and how it ended, as `runs.Progress` has it. gallery: the
    key of one of the networks to begin with. graph, given: a traced graph and all of its inputs.
    """

    network: Network | None
    inputs: np.ndarray
    targets: np.ndarray
    training: TrainingTable = field(default_factory=TrainingTable)
    title: str = ""
    classes: tuple[Any, ...] | None = None
    of: int | None = None
    scaled: bool = False
    parted: bool = False
    invented: bool = False
    run: Mapping[str, Any] | None = None
    gallery: str | None = None
    graph: Graph | None = None
    given: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How many samples are shown."""
        return len(self.inputs)

    @property
    def labels(self) -> bool:
        """Whether the targets are class numbers."""
        return self.targets.ndim == 1

    @cached_property
    def trace(self) -> Trace:
        """Both passes of all samples that are shown, or of the graph."""
        if self.network is None:
            assert self.graph is not None
            return Trace(record(self.graph, self.given))
        return backprop(self.network, self.inputs, self.targets)

    @property
    def notes(self) -> list[tuple[str, dict[str, Any]]]:
        """What is to be known of the data: ids of sentences with their blanks."""
        found: list[tuple[str, dict[str, Any]]] = []
        if self.of is not None:
            found.append(("view.note.taken", {"samples": self.samples, "all": self.of}))
        if self.scaled:
            found.append(("view.note.scaled", {}))
        if self.parted:
            found.append(("view.note.parted", {}))
        if self.invented:
            found.append(("view.note.invented", {}))
        return found


# ---- from what Python has -----------------------------------------------------------------------


def of_samples(
    network: Network, x: Any, y: Any, training: TrainingTable | None = None, title: str = ""
) -> Lesson:
    """The lesson of a network and samples in the data's own terms.

    Raises what `network.inputs` raises.
    """
    inputs, targets, _ = network.inputs(x, y)
    return of_prepared(network, inputs, targets, training or TrainingTable(), title)


def of_prepared(
    network: Network,
    inputs: np.ndarray,
    targets: np.ndarray,
    training: TrainingTable,
    title: str,
) -> Lesson:
    """The lesson of samples as the network sees them, of which the first are taken."""
    around = network.preparation
    found = Lesson(
        bare(network),
        as_float64(inputs),
        targets if targets.ndim == 1 else as_float64(targets),
        training,
        title or "-".join(map(str, network.layers)),
        classes=around.classes if around else None,
        scaled=around is not None and (around.inputs is not None or around.targets is not None),
    )
    return cut(found)


def cut(lesson: Lesson) -> Lesson:
    """The lesson of its first samples, where there are more than a page shows."""
    samples, width = lesson.inputs.shape
    most = min(MOST_SAMPLES, max(1, MOST_NUMBERS // width))
    if samples <= most:
        return lesson
    return replace(lesson, inputs=lesson.inputs[:most], targets=lesson.targets[:most], of=samples)


def bare(network: Network) -> Network:
    """The network without what prepares its data, in float64: its inputs are prepared already."""
    parameters = {name: as_float64(array) for name, array in network.parameters.items()}
    return replace(network, parameters=parameters, preparation=None)


def as_float64(array: Any) -> np.ndarray:
    """An array as float64."""
    return np.asarray(array, np.float64)


def of_trace(trace: Trace, title: str = "") -> Lesson:
    """The lesson of a recorded pass."""
    if trace.network is None:
        values = trace.recorded.values
        return of_graph(trace.graph, {n.id: values[n.id] for n in trace.graph.sources}, title)
    values = trace.recorded.values  # encoded and scaled already
    return of_prepared(trace.network, values["x"], values["y"], TrainingTable(), title)


def of_graph(graph: Graph, given: Mapping[str, Any], title: str = "") -> Lesson:
    """The lesson of a traced graph. given: all of its inputs by name."""
    arrays = {name: np.asarray(value) for name, value in given.items()}
    nothing = np.empty((0, 0))
    return Lesson(None, nothing, nothing, title=title, graph=graph, given=arrays)


def of_run(run: Run, title: str = "") -> Lesson:
    """The lesson of a run that `train` gave: from its folder where that knows how it was begun.

    Raises ConfigError for the run of a traced graph.
    """
    if run.folder is not None and file_of(run.folder) is not None:
        return of_folder(run.folder)
    if run.model is None or run.samples is None:
        raise ConfigError(
            "A run of a traced graph is shown as its graph.", hint="wg.view(graph, **inputs)"
        )
    rows = [{k: plain(v) for k, v in row.items()} for row in run.history]
    remarks = [*run.remarks, *([run.trouble] if run.trouble else [])]
    ended = runs.Progress(rows, 0, False, 0, run.best_epoch, run.stop_reason, remarks)
    title = title or (whole(run.folder.name) if run.folder else "")
    found = of_prepared(run.model, *run.samples, TrainingTable(), title)
    return replace(found, run=ended.to_dict())


def stand_in(network: Network, title: str = "") -> Lesson:
    """The lesson of a network whose data are not known: one sample of zeros, which says so.

    Of scaled inputs 0 is the mean.
    """
    chosen = objective(network.loss)
    y: Any = np.zeros((1, network.layers[-1]))
    if chosen.per_sample:
        y = np.zeros(1, int)
    elif network.autoencoder:
        y = np.zeros((1, network.layers[0]))
    found = of_prepared(network, np.zeros((1, network.layers[0])), y, TrainingTable(), title)
    return replace(found, invented=True)


# ---- from the disk ------------------------------------------------------------------------------


def opened(path: str | os.PathLike[str]) -> Lesson:
    """The lesson of a network file, a run's folder, a saved model, or of a name of the gallery.

    Raises what reading them raises.
    """
    from whygrad.web import gallery

    where = Path(path)
    if where.is_dir():
        return of_folder(where)
    if not where.exists() and os.fspath(path) in gallery.KEYS:
        return gallery.lesson(os.fspath(path))
    if storage.looks_saved(where):
        return stand_in(storage.load(where), whole(where.stem))
    return of_file(config.read(where), whole(where.stem))


def of_file(file: NetworkFile, title: str = "") -> Lesson:
    """The lesson of a network file: of a table the samples that train, as they are trained on.

    Raises DataError where the file has no samples.
    """
    x, y = file.samples()
    if not is_prepared(file):
        return of_samples(file.network, x, y, file.training, title)
    options = Options(**{k: getattr(file.training, k) for k in Options.__struct_fields__})
    with warnings.catch_warnings():  # about unscaled data: training says it
        warnings.simplefilter("ignore")
        task = network_task(file.network, x, y, options, parameters=None, frozen=())
    assert task.network is not None
    found = of_prepared(task.network, task.data["x"], task.data["y"], file.training, title)
    return prepared(found, task.held is not None)


def is_prepared(file: NetworkFile) -> bool:
    """Whether the file's samples are encoded or scaled before they train."""
    plan = file.training
    return file.problem is not None or plan.scale is not None or plan.scale_targets is not None


def prepared(lesson: Lesson, parted: bool) -> Lesson:
    """The lesson of samples that were scaled, or parted from others that validate.

    Its training says nothing of either any more: else whoever trains on these samples would scale
    and part them once more.
    """
    monitor = lesson.training.monitor
    training = msgspec.structs.replace(
        lesson.training, scale=None, scale_targets=None, validation=None, stratify=None,
        monitor=None if monitor and monitor.startswith("val_") else monitor,
    )  # fmt: skip
    return replace(lesson, training=training, parted=parted)


def of_folder(folder: Path) -> Lesson:
    """The lesson of a run's folder: the trained network, its samples where they are known.

    The data are known where the run was begun from a file and they have not changed since; else
    there is one sample of zeros, and the lesson says so. Raises ConfigError where there is no
    network yet.
    """
    if not runs.is_run(folder):
        raise ConfigError(f"There is no run in {str(folder)!r}.", hint="whygrad train FILE --run")
    file = file_of(folder)
    title = whole(folder.resolve().name)
    return replace(_trained(folder, file, title), run=runs.progress(folder).to_dict())


def _trained(folder: Path, file: NetworkFile | None, title: str) -> Lesson:
    """The network as it now is, on the run's samples.

    A model that is damaged is as if it were not there: the checkpoint has the parameters, too.
    """
    model = None
    missing = ConfigError(
        f"There is no trained model in {str(folder)!r} yet.",
        why="the run was begun from Python, and its network is written at its end",
    )
    if runs.stamp(folder / MODEL):
        try:
            model = storage.load(folder / MODEL)
        except ConfigError as damaged:
            missing = damaged
    if file is None:
        if model is None:
            raise missing
        return stand_in(model, title)
    lesson = of_file(file, title)
    assert lesson.network is not None
    found = runs.parameters(folder) if model is None else model.parameters
    known = {k: v for k, v in found.items() if k in lesson.network.parameters}
    return replace(lesson, network=lesson.network.with_parameters(**known))


def file_of(folder: Path) -> NetworkFile | None:
    """The network file that a run was begun with; None where its data are not as they were."""
    begun = runs.table(folder / CONFIG)
    tables, home = begun.get("tables"), begun.get("folder")
    if not isinstance(tables, dict) or not isinstance(home, str):
        return None
    try:
        file = config.from_tables(whole_data(tables), str(folder), Path(home))
        return file if digest(file) == begun.get("digest") else None
    except (WhygradError, OSError, ValueError, RecursionError):
        return None
