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
from whygrad.web import runs

MOST_SAMPLES = 200  # rows of a table beyond these are one more number in a sum, not more to see
MOST_NUMBERS = 100_000  # of inputs: a page's first view is to be there at once


@dataclass(frozen=True, eq=False)
class Lesson:
    """A network with samples; or a traced graph with its inputs.

    inputs (samples, inputs), targets (samples, outputs) or labels (samples,): as the network sees
    them. training: the file's table. classes: what the labels stand for.
    of: how many samples there are, where the first of them are taken. scaled: whether the data
    were. invented: whether they stand in for data that are not known.
    run: of a run its history and how it ended. gallery: the key of one of the networks to begin
    with. graph, given: a traced graph and all of its inputs.
    """

    network: Network | None
    inputs: np.ndarray
    targets: np.ndarray
    training: TrainingTable = field(default_factory=TrainingTable)
    title: str = ""
    classes: tuple[Any, ...] | None = None
    of: int | None = None
    scaled: bool = False
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
    return seen(network, inputs, targets, training or TrainingTable(), title)


def seen(
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
        wide(inputs),
        targets if targets.ndim == 1 else wide(targets),
        training,
        title or "-".join(map(str, network.layers)),
        classes=around.classes if around else None,
        scaled=around is not None and (around.inputs is not None or around.targets is not None),
    )
    return first(found)


def first(lesson: Lesson) -> Lesson:
    """The lesson of its first samples, where there are more than a page shows."""
    samples, width = lesson.inputs.shape
    most = min(MOST_SAMPLES, max(1, MOST_NUMBERS // width))
    if samples <= most:
        return lesson
    return replace(lesson, inputs=lesson.inputs[:most], targets=lesson.targets[:most], of=samples)


def bare(network: Network) -> Network:
    """The network without what prepares its data, in float64: its inputs are prepared already."""
    parameters = {name: wide(array) for name, array in network.parameters.items()}
    return replace(network, parameters=parameters, preparation=None)


def wide(array: Any) -> np.ndarray:
    """An array as float64."""
    return np.asarray(array, np.float64)


def of_trace(trace: Trace, title: str = "") -> Lesson:
    """The lesson of a recorded pass."""
    if trace.network is None:
        values = trace.recorded.values
        return of_graph(trace.graph, {n.id: values[n.id] for n in trace.graph.sources}, title)
    values = trace.recorded.values  # encoded and scaled already
    return seen(trace.network, values["x"], values["y"], TrainingTable(), title)


def of_graph(graph: Graph, given: Mapping[str, Any], title: str = "") -> Lesson:
    """The lesson of a traced graph. given: all of its inputs by name."""
    arrays = {name: np.asarray(value) for name, value in given.items()}
    nothing = np.empty((0, 0))
    return Lesson(None, nothing, nothing, title=title, graph=graph, given=arrays)


def of_run(run: Run, title: str = "") -> Lesson:
    """The lesson of a run that `train` gave: from its folder where it has one.

    Raises ConfigError for the run of a traced graph.
    """
    if run.folder is not None and runs.is_run(run.folder):
        return of_folder(run.folder)
    if run.model is None:
        raise ConfigError(
            "A run of a traced graph is shown as its graph.", hint="wg.view(graph, **inputs)"
        )
    ended = {
        "history": [{k: plain(v) for k, v in row.items()} for row in run.history],
        "best_epoch": run.best_epoch,
        "stop_reason": run.stop_reason,
        "remarks": [*run.remarks, *([run.trouble] if run.trouble else [])],
        "live": False,
    }
    return replace(stand_in(run.model, TrainingTable(), title), run=ended)


def stand_in(network: Network, training: TrainingTable, title: str) -> Lesson:
    """The lesson of a network whose data are not known: one sample of zeros, which says so.

    Of scaled inputs 0 is the mean.
    """
    chosen = objective(network.loss)
    y: Any = np.zeros((1, network.layers[-1]))
    if chosen.per_sample:
        y = np.zeros(1, int)
    elif network.autoencoder:
        y = np.zeros((1, network.layers[0]))
    found = seen(network, np.zeros((1, network.layers[0])), y, training, title)
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
        return stand_in(storage.load(where), TrainingTable(), where.stem)
    return of_file(config.read(where), where.stem)


def of_file(file: NetworkFile, title: str = "") -> Lesson:
    """The lesson of a network file: of a table the samples that train, as they are trained on.

    Raises DataError where the file has no samples.
    """
    x, y = file.samples()
    scales = file.training.scale is not None or file.training.scale_targets is not None
    if file.problem is None and not scales:
        return of_samples(file.network, x, y, file.training, title)
    options = Options(**{k: getattr(file.training, k) for k in Options.__struct_fields__})
    with warnings.catch_warnings():  # about unscaled data: training says it
        warnings.simplefilter("ignore")
        task = network_task(file.network, x, y, options, parameters=None, frozen=())
    assert task.network is not None
    return seen(task.network, task.data["x"], task.data["y"], file.training, title)


def of_folder(folder: Path) -> Lesson:
    """The lesson of a run's folder: the trained network, its samples where they are known.

    The data are known where the run was begun from a file and they have not changed since; else
    there is one sample of zeros, and the lesson says so. Raises ConfigError where there is no
    network yet.
    """
    if not runs.is_run(folder):
        raise ConfigError(f"There is no run in {str(folder)!r}.", hint="whygrad train FILE --run")
    file = file_of(folder)
    title = folder.resolve().name
    progress = runs.progress(folder)
    kept = {
        "history": progress.rows,
        "best_epoch": progress.best_epoch,
        "stop_reason": progress.stop_reason,
        "remarks": progress.remarks,
        "model": progress.changed,
        "live": progress.live,
    }
    return replace(_trained(folder, file, title), run=kept)


def _trained(folder: Path, file: NetworkFile | None, title: str) -> Lesson:
    """The network as it now is, on the run's samples."""
    training = file.training if file else TrainingTable()
    if (folder / MODEL).is_file():
        model = storage.load(folder / MODEL)
        if file is None:
            return stand_in(model, training, title)
        return of_samples(model, *file.samples(), training, title)
    if file is None:
        raise ConfigError(
            f"There is no trained model in {str(folder)!r} yet.",
            why="the run was begun from Python, and its network is written at its end",
        )
    lesson = of_file(file, title)
    assert lesson.network is not None
    found = runs.parameters(folder)
    known = {k: v for k, v in found.items() if k in lesson.network.parameters}
    return replace(lesson, network=lesson.network.with_parameters(**known))


def file_of(folder: Path) -> NetworkFile | None:
    """The network file that a run was begun with; None where its data are not as they were."""
    begun = runs.table(folder / CONFIG)
    tables, home = begun.get("tables"), begun.get("folder")
    if not isinstance(tables, dict) or not isinstance(home, str):
        return None
    try:
        file = config.from_tables(tables, str(folder), Path(home))
        return file if digest(file) == begun.get("digest") else None
    except (WhygradError, OSError, ValueError):
        return None
