"""Restart: what one of several trainings came to, and all of them as a folder keeps them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.training.clock import Clock
from whygrad.training.ending import End, Ending
from whygrad.training.folder import Leaves, RunFolder, another, number
from whygrad.training.history import History
from whygrad.training.options import Options
from whygrad.training.run import Run, plain, run_of
from whygrad.training.task import Task

CUT_OFF = ("interrupted", "callback", "time")  # ends that would not be the same again
TOLD = (
    "iterations", "stop_reason", "end", "best_epoch", "engine", "device", "seconds", "trouble",
)  # fmt: skip


@dataclass(frozen=True)
class Restart:
    """One of several trainings.

    seed: of its first weights, the orders of its batches, its masks. loss, val_loss: as its history
    has them in the epoch whose weights it would give back; val_loss is None without validation.
    epochs: rows of the history. best_epoch: that epoch; None where it is the last. stop: why it
    ended, in words; end: the same as a word.
    """

    seed: int
    loss: float
    val_loss: float | None
    epochs: int
    best_epoch: int | None
    stop: str
    end: End
    history: History = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """All but the history, for JSON."""
        shown = ("seed", "loss", "val_loss", "epochs", "best_epoch", "stop", "end")
        return {key: plain(getattr(self, key)) for key in shown}

    @property
    def measure(self) -> float:
        """What the best has the least of: the validation loss, else the loss; inf of a failure."""
        value = self.loss if self.val_loss is None else self.val_loss
        return value if math.isfinite(value) else math.inf


def restart_of(
    seed: int, rows: Sequence[dict[str, Any]], best_epoch: int | None, ending: Ending
) -> Restart:
    """What is told of a training."""
    row = rows[-1 if best_epoch is None else best_epoch - 1] if rows else {"loss": math.nan}
    return Restart(
        seed, row["loss"], row.get("val_loss"), len(rows), best_epoch, ending.reason, ending.end,
        History(rows),
    )  # fmt: skip


class Restarts:
    """The restarts so far, and the run of the best; a folder keeps those that ended by themselves.

    key: what must be the same where they go on.
    """

    def __init__(self, task: Task, options: Options, key: Any, folder: RunFolder | None) -> None:
        self.task, self.folder = task, folder
        self.key = repr((key, options.n_restarts))
        self.asked = [options.epochs, options.iterations]
        self.found: list[Restart] = []
        self.run: Run | None = None
        self.clock = Clock(options.max_time)
        self.rows: list[dict[str, Any]] = []  # the folder gets the best one's in the end
        self._kept = self._packed()
        if folder is not None:
            folder.open(self)
            folder.checkpoint(self)

    @property
    def best(self) -> Restart:
        """The first of those with the least measure."""
        return min(self.found, key=lambda r: r.measure)

    def add(self, restart: Restart, run: Run) -> None:
        """One more, and its run."""
        if self.run is None or restart.measure < self.best.measure:
            self.run = run
        self.found.append(restart)
        self.keep()

    def keep(self) -> None:
        """Makes a checkpoint, unless one of them was cut off: that one is to begin again."""
        if self.folder is None or any(r.end in CUT_OFF for r in self.found):
            return
        self._kept = self._packed()
        self.folder.checkpoint(self)

    # ---- how they are kept ----------------------------------------------------------------------

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """What was last kept."""
        return self._kept

    def _packed(self) -> tuple[Leaves, dict[str, Any]]:
        about: dict[str, Any] = {
            "key": self.key, "asked": self.asked, "seconds": self.clock.seconds, "restarts": [],
        }  # fmt: skip
        arrays: Leaves = {}
        for k, restart in enumerate(self.found):
            rows = restart.history
            columns = list(rows[0]) if rows else []
            arrays[f"h/{k}"] = np.array([[row[c] for c in columns] for row in rows], float)
            whole = [c for c in columns if isinstance(rows[0][c], int)]
            about["restarts"].append({**restart.to_dict(), "columns": columns, "whole": whole})
        if (run := self.run) is not None:
            arrays |= {f"p/{name}": value for name, value in run.parameters.items()}
            about["run"] = {name: plain(getattr(run, name)) for name in TOLD}
            about["run"]["remarks"] = list(run.remarks)
            about["run"]["start"] = {name: plain(v) for name, v in run.start.items()}
        return arrays, about

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[dict[str, Any]]
    ) -> None:
        """Goes back to a snapshot. Raises ConfigError for one of another training.

        Where another number of epochs is asked for, all of them begin again.
        """
        if about.get("key") != self.key:
            raise another()
        if about["asked"] != self.asked:
            return
        self.clock.before = about["seconds"]
        for k, told in enumerate(about["restarts"]):
            history = History(rows_of(arrays[f"h/{k}"], told.pop("columns"), told.pop("whole")))
            told |= {name: number(told[name]) for name in ("loss", "val_loss")}
            self.found.append(Restart(**told, history=history))
        if "run" in about:
            told = dict(about["run"])
            said = tuple(told.pop("remarks"))
            told["start"] = {name: number(v) for name, v in told["start"].items()}
            found = {k.removeprefix("p/"): v for k, v in arrays.items() if k.startswith("p/")}
            self.run = run_of(
                self.task, found, None, history=self.best.history, _remarks=lambda: said, **told
            )
        self._kept = self._packed()


def rows_of(array: np.ndarray, columns: list[str], whole: list[str]) -> list[dict[str, Any]]:
    """Rows of a history from an array of all their numbers; whole: the columns that count."""
    return [
        {name: int(v) if name in whole else v for name, v in zip(columns, row, strict=True)}
        for row in array.tolist()
    ]
