"""Run: what training leaves behind."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.models.mlp import Network
from whygrad.training.ending import End
from whygrad.training.history import History

if TYPE_CHECKING:  # they come after a run
    from whygrad.training.covariance import Covariance
    from whygrad.training.folder import RunFolder
    from whygrad.training.record import Record
    from whygrad.training.restart import Restart
    from whygrad.training.task import Arrays, Task

Samples = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The result of `train`.

    model: the network with its trained parameters; None where a traced graph was trained.
    parameters: arrays by name; of a traced graph those that were learned.
    history: where epochs were asked for, a row an epoch: {"epoch", "iteration", "loss", "accuracy"
    or "rmse", "val_…", "learning_rate", monitors a layer, "seconds"}; loss and metric are means
    over the epoch's batches, each measured before its update, val_… is measured after the epoch.
    Where iterations were: {"iteration", "loss"}, the loss of all samples after so many updates:
    from 0 to 200 after every one, then 45 a power of ten (every 20th, from 1,000 on every 200th,
    …), so that 0, 1, 10, 100, … are there, and the last. A loss that is not finite and ended it is
    the last row. Of a solver: a row an iteration, all of it measured at the weights after it:
    "loss", "gradient" (its norm), "mu" or "lambda", "step", "val_loss", "val_fails", "test_loss".
    best_epoch: the epoch whose parameters are given back; None where they are the last ones.
    loss, outputs (samples, outputs): of the parameters that are given back, on all samples that
    train; outputs are the network's own, before any scaling is undone. iterations: updates made.
    stop_reason: in words, with the numbers; end: the same as a word (training/ending.py).
    interrupted: whether by Ctrl-C. trouble: where a number
    stopped being finite, what was found there. engine, dtype, device, seconds: of this training.
    start: what was measured before the first update, under the names of the history's columns.
    restarts: where there were several, what each came to (training/restart.py).
    parts: "train", "validation", "test": which rows of the data that were given; None where they
    were not split here.
    """

    model: Network | None
    parameters: Mapping[str, np.ndarray]
    history: History
    iterations: int
    stop_reason: str
    end: End = "done"
    interrupted: bool = False
    best_epoch: int | None = None
    engine: str = "eager"
    dtype: str = "float64"
    device: str = "cpu"
    seconds: float = 0.0
    trouble: str = ""
    folder: Path | None = None
    start: Mapping[str, float] = field(default_factory=dict)
    restarts: tuple[Restart, ...] = ()
    parts: Mapping[str, np.ndarray] | None = None
    _remarks: Callable[[], tuple[str, ...]] = field(default=tuple, repr=False)
    _loss: Callable[[], float] = field(default=lambda: math.nan, repr=False)
    _outputs: Callable[[], np.ndarray] = field(default=lambda: np.empty(0), repr=False)
    _sets: Callable[[], Mapping[str, Samples]] = field(default=dict, repr=False)
    _covariance: Callable[[], Covariance] | None = field(default=None, repr=False)

    @cached_property
    def loss(self) -> float:
        """The loss of all samples that train, with these parameters."""
        return self._loss()

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What was found wrong, in words; worked out when it is first asked for."""
        return self._remarks()

    @cached_property
    def outputs(self) -> np.ndarray:
        """What the network gives for all samples that train, with these parameters."""
        return self._outputs()

    @property
    def samples(self) -> Samples | None:
        """Inputs and targets of all samples that train, as the network sees them: encoded, scaled.

        None of a traced graph.
        """
        return self.sets.get("train")

    @property
    def sets(self) -> Mapping[str, Samples]:
        """The samples that train, and where there are any those that validate and that test.

        By "train", "validation", "test": inputs and targets as the network sees them; a target
        that is not known is NaN. Empty of a traced graph.
        """
        return self._sets()

    @cached_property
    def record(self) -> Record:
        """What was measured over time, as MATLAB's training record has it."""
        from whygrad.training.record import record_of

        return record_of(self)

    def plot(
        self, name: str | None = None, path: str | os.PathLike[str] | None = None, **options: Any
    ) -> Any:
        """A picture by its name, as a matplotlib figure; without a name all that apply, by name.

        performance, training_state, gradients; error_histogram (bins, part, output), regression
        (part, output), fit of numbers; confusion (part) of classes; filters (shape, most), latent
        (labels), reconstructions (shape, count) of auto-encoders. path: a file to be written (.png,
        .svg, .pdf); without a name a folder.
        Raises NameUnknownError, and ConfigError where the run has no such picture.
        """
        from whygrad.training.plots.material import material_of
        from whygrad.training.plots.offer import drawn

        return drawn(material_of(self), name, path, options)

    def covariance(self) -> Covariance:
        """Of a least-squares fit: covariance and standard errors of the weights that were learned.

        Raises ConfigError for another loss, or where the data do not decide all weights.
        """
        if self._covariance is None:
            raise ConfigError(
                "The samples of this run are not here.", why="pickling leaves them behind"
            )
        return self._covariance()

    def frame(self) -> Any:
        """The history as a data frame (pandas, polars or pyarrow, whichever is installed)."""
        return self.history.frame()

    @property
    def summary(self) -> str:
        """Why it stopped, and in words what the monitors found wrong."""
        return "\n".join(
            [self.stop_reason, *self.remarks, *([self.trouble] if self.trouble else [])]
        )

    def to_dict(self) -> dict[str, Any]:
        """loss, outputs (a row a sample), iterations, stop_reason, history; inf and nan as text."""
        return {
            "loss": plain(self.loss),
            "outputs": [[plain(v) for v in row] for row in np.atleast_2d(self.outputs).tolist()],
            "iterations": self.iterations,
            "best_epoch": self.best_epoch,
            "stop_reason": self.stop_reason,
            "end": self.end,
            "trouble": self.trouble,
            "remarks": list(self.remarks),
            "engine": self.engine,
            "dtype": self.dtype,
            "device": self.device,
            "history": [{k: plain(v) for k, v in row.items()} for row in self.history],
            **({"restarts": [each.to_dict() for each in self.restarts]} if self.restarts else {}),
        }

    def __getstate__(self) -> dict[str, Any]:
        """What travels by pickle: all but the samples; what needs them is worked out before."""
        known = {"loss": self.loss, "outputs": self.outputs, "remarks": self.remarks}
        kept = {k: v for k, v in vars(self).items() if not (k.startswith("_") and callable(v))}
        return {**kept, **known}

    def _repr_html_(self) -> str:
        """Its losses over time; `wg.view(run)` is the whole page."""
        from whygrad.render.drawings.curves import curves

        return curves(self.history, self.best_epoch, self.stop_reason)

    def __repr__(self) -> str:
        return f"<Run of {self.iterations:,} iterations, loss {self.loss:.9g}: {self.stop_reason}>"


def run_of(
    task: Task, parameters: Mapping[str, np.ndarray], folder: RunFolder | None, **what: Any
) -> Run:
    """The run that a task came to with these parameters; folder: where it is kept."""
    network = task.network
    return Run(
        model=replace(network, parameters=parameters) if network else None,
        parameters=parameters,
        dtype=task.dtype,
        folder=folder.path if folder else None,
        parts=task.parts,
        _loss=lambda: task.loss(parameters),
        _outputs=lambda: task.outputs(parameters),
        _sets=lambda: sets_of(task),
        _covariance=lambda: covariance_by(task, parameters),
        **what,
    )


def covariance_by(task: Task, parameters: Mapping[str, np.ndarray]) -> Covariance:
    """The covariance at these parameters, worked out when it is asked for."""
    from whygrad.training.covariance import covariance_of

    return covariance_of(task, parameters)


def sets_of(task: Task) -> dict[str, Samples]:
    """The samples of a network's task, by the part that they have in it."""
    if task.network is None:
        return {}
    parts = {"train": task.data, "validation": task.held, "test": task.test}
    return {name: (data["x"], targets_of(data)) for name, data in parts.items() if data}


def targets_of(data: Arrays) -> np.ndarray:
    """Targets, NaN where they are not known."""
    return np.where(data["known"] > 0, data["y"], np.nan) if "known" in data else data["y"]


def plain(value: Any) -> Any:
    """A number for JSON, which has no infinity."""
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)
