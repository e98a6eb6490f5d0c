"""The folder of a run: configuration, history, checkpoints, the model; whole at any moment.

A checkpoint replaces the last one by a rename; the history is appended to and flushed. A process
may be killed anywhere: what is there then is a checkpoint that is whole and a history at least as
long, which is cut back to it.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from whygrad import disk
from whygrad.errors import ConfigError
from whygrad.models import storage
from whygrad.training.run import plain

if TYPE_CHECKING:
    from whygrad.training.run import Run

Leaves = dict[str, Any]
EVERY = 1.0  # seconds between two checkpoints; what is computed does not depend on it
CHECKPOINT, HISTORY, CONFIG = "checkpoint.safetensors", "history.jsonl", "config.json"
MODEL, METRICS, ENVIRONMENT = "model.safetensors", "metrics.json", "environment.json"


class Kept(Protocol):
    """What can be kept: a course, or a solver's fit."""

    rows: list[dict[str, Any]]

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]: ...

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[dict[str, Any]]
    ) -> None: ...


def opened(path: str | os.PathLike[str], resume: bool, config: Any = None) -> RunFolder:
    """A new folder, or with `resume` one that is there. Raises ConfigError where it cannot be."""
    storage.check_installed()
    folder = RunFolder(Path(path), None if resume else config or {})
    if resume:
        if not (folder.path / CONFIG).is_file():
            raise ConfigError(
                f"There is no run in {str(path)!r} to resume.",
                why="the folder has no config.json",
                hint="start it again without resuming",
            )
    elif folder.taken:
        raise ConfigError(
            f"There is something in {str(path)!r} already.",
            why="a run never overwrites another",
            hint="another folder, or --resume to go on with that run",
        )
    return folder


class RunFolder:
    """A folder that a training is kept in."""

    def __init__(self, path: Path, begin: dict[str, Any] | None = None) -> None:
        self.path = path
        self.begin = begin  # the configuration of a run that has yet to begin
        self.written = 0  # rows of the history that are on the disk
        self.saved = monotonic()

    @property
    def taken(self) -> bool:
        """Whether there is anything in its place."""
        return self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir()))

    def make(self, config: dict[str, Any]) -> None:
        """Makes the folder, with its configuration, at once. Raises ConfigError where it fails."""
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            beside.mkdir(parents=True)
            self._json(beside / CONFIG, {"whygrad": version(), **config})
            self._json(beside / ENVIRONMENT, environment())
            if self.path.exists():
                self.path.rmdir()
            beside.rename(self.path)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            why = error.strerror or str(error)
            raise ConfigError(f"{str(self.path)!r} cannot be made.", why=why) from None

    def config(self) -> dict[str, Any]:
        """The configuration that the run was begun with."""
        found: dict[str, Any] = json.loads((self.path / CONFIG).read_text("utf-8"))
        return found

    # ---- while it runs --------------------------------------------------------------------------

    def open(self, course: Kept) -> None:
        """Begins, or goes back to the checkpoint that is there and cuts the history to it.

        Called when everything has been checked: a training that is refused leaves no folder.
        """
        if self.begin is not None:
            self.make(self.begin)
        if not (self.path / CHECKPOINT).is_file():
            self._rewrite([])
            return
        arrays, about = storage.unpacked(self.path / CHECKPOINT)
        rows = self.rows()[: about["rows"]]
        if len(rows) < about["rows"]:
            raise ConfigError(
                f"The history in {str(self.path)!r} is damaged.",
                given=f"{len(rows)} rows, the checkpoint has {about['rows']}",
            )
        about["control"] = {k: number(v) for k, v in about.get("control", {}).items()}
        about["state"] = {k: number(v) for k, v in about.get("state", {}).items()}
        course.restore(arrays, about, rows)
        self._rewrite(rows)

    def kept(self, course: Kept) -> None:
        """Appends what is new in the history, and now and then makes a checkpoint."""
        new = course.rows[self.written :]
        if new:
            try:
                with open(self.path / HISTORY, "a", encoding="utf-8") as file:
                    file.writelines(line(row) for row in new)
                    file.flush()
            except OSError as error:
                raise ConfigError(
                    f"The history in {str(self.path)!r} cannot be written.",
                    why=error.strerror or str(error),
                    hint="the last checkpoint is whole: make room and resume",
                ) from None
            self.written = len(course.rows)
        if monotonic() - self.saved >= EVERY or not (self.path / CHECKPOINT).exists():
            self.checkpoint(course)

    def checkpoint(self, course: Kept) -> None:
        """Replaces the checkpoint."""
        arrays, about = course.snapshot()
        about = {**about, "rows": len(course.rows)}
        for key in ("control", "state"):
            about[key] = {k: plain(v) for k, v in about.get(key, {}).items()}
        disk.write_whole(self.path / CHECKPOINT, storage.packed(arrays, about))
        self.saved = monotonic()

    def close(self, course: Kept, run: Run) -> None:
        """The end: checkpoint, model, metrics, and the history as it finally is."""
        from whygrad.errors import WhygradError

        if not run.trouble:
            self.kept(course)
            self.checkpoint(course)
        self._rewrite(list(run.history))
        if run.model is not None:
            storage.save(run.model, self.path / MODEL, {"stop_reason": run.stop_reason})
        best = run.best_epoch or len(run.history)
        row = run.history[best - 1] if run.history and best <= len(run.history) else {}
        self._json(
            self.path / METRICS,
            {
                "stop_reason": run.stop_reason, "end": run.end,
                "best_epoch": run.best_epoch, "iterations": run.iterations,
                "engine": run.engine, "dtype": run.dtype, "device": run.device,
                "seconds": round(run.seconds, 3), "trouble": run.trouble,
                "remarks": list(run.remarks), "measures": {k: plain(v) for k, v in row.items()},
            },
        )  # fmt: skip
        with suppress(WhygradError):  # pictures need matplotlib; everything else is there
            from whygrad.training.plots import write

            write(run.plot(), self.path / "plots", ("png",))  # each format costs a second

    # ---- files ----------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """The history as it is on the disk; a line that was cut off is left out."""
        try:
            lines = (self.path / HISTORY).read_text("utf-8").splitlines()
        except OSError:
            return []
        rows = []
        for text in lines:
            try:
                rows.append({k: number(v) for k, v in json.loads(text).items()})
            except ValueError:
                break
        return rows

    def _rewrite(self, rows: list[dict[str, Any]]) -> None:
        disk.write_whole(self.path / HISTORY, "".join(map(line, rows)).encode())
        self.written = len(rows)

    def _json(self, path: Path, data: Any) -> None:
        text = json.dumps(data, ensure_ascii=False, indent=1, default=storage.as_plain)
        disk.write_whole(path, text.encode())


def line(row: Mapping[str, Any]) -> str:
    """A row as a line of JSON; every digit of its numbers is kept."""
    return json.dumps({k: plain(v) for k, v in row.items()}, ensure_ascii=False) + "\n"


def number(value: Any) -> Any:
    """What `plain` made of a number that JSON has no sign for."""
    return float(value) if value in ("inf", "-inf", "nan") else value


def another() -> ConfigError:
    """What is said of a checkpoint that does not fit."""
    return ConfigError(
        "The checkpoint is of another training.",
        why="its network, its data or its plan is not the one that was given",
        hint="resume with the very file and options that the run was begun with",
    )


def version() -> str:
    """The version of whygrad that is installed."""
    try:
        return metadata.version("whygrad")
    except metadata.PackageNotFoundError:
        return "unknown"


def environment() -> dict[str, Any]:
    """What the same bits depend on."""
    versions = {}
    for name in ("numpy", "jax", "jaxlib", "scikit-learn", "safetensors"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "versions": versions,
    }
