"""A run's folder while it trains: its history row by row, and the parameters as they now are.

The folder may be anybody's: only regular files of sensible size are read, nothing that is linked to
is followed, and whatever is not a history or a checkpoint is as if it were not there.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.training.folder import CHECKPOINT, CONFIG, HISTORY, METRICS, MODEL
from whygrad.training.run import plain
from whygrad.unicode import whole, whole_data

LARGEST = 64 * 2**20  # bytes of a file that is read
LONGEST_WORD = 200  # characters of a column's name, of a text in a row
MOST_COLUMNS = 1_000
MOST_REMARKS = 20
BIG = 2**53  # from here on a browser cannot tell whole numbers apart
QUIET = 60.0  # seconds without a new row or checkpoint after which a run counts as ended


@dataclass(frozen=True)
class Progress:
    """How far a run has come. rows: of its history, from `start` on. live: whether it trains.

    changed: another number whenever the parameters are others; 0 where there are none.
    remarks: what was found wrong, in words.
    """

    rows: list[dict[str, Any]]
    start: int
    live: bool
    changed: int
    best_epoch: int | None
    stop_reason: str | None
    remarks: list[str]

    def to_dict(self) -> dict[str, Any]:
        """As plain data; numbers that are not finite as text."""
        return {
            "rows": self.rows, "start": self.start, "live": self.live, "model": self.changed,
            "best_epoch": self.best_epoch, "stop_reason": self.stop_reason,
            "remarks": self.remarks,
        }  # fmt: skip


def is_run(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is a run's."""
    return content(Path(path) / CONFIG) is not None


def progress(folder: Path, since: int = 0) -> Progress:
    """What is new in a run's folder. since: how many rows are known already.

    Where the history has become shorter (a run that was resumed is cut back to its checkpoint), all
    of it is given again.
    """
    start, found = rows(folder, since)
    metrics = table(folder / METRICS)
    best, said = metrics.get("best_epoch"), metrics.get("remarks")
    noted = [*(said[:MOST_REMARKS] if isinstance(said, list) else []), metrics.get("trouble")]
    return Progress(
        found, start, is_live(folder), changed(folder),
        best if isinstance(best, int) and not isinstance(best, bool) else None,
        sentence(metrics.get("stop_reason")) or None,
        [text for text in map(sentence, noted) if text],
    )  # fmt: skip


def sentence(value: Any) -> str:
    """A text of sensible length; empty for anything else."""
    return whole(value[: 10 * LONGEST_WORD]) if isinstance(value, str) else ""


def is_live(folder: Path) -> bool:
    """Whether it trains: it has not said how it ended, and something was written lately."""
    if stamp(folder / METRICS):
        return False
    last = max(stamp(folder / name) for name in (CONFIG, HISTORY, CHECKPOINT))
    return 0 <= time() - last / 1e9 < QUIET


def changed(folder: Path) -> int:
    """When the parameters were last written, in nanoseconds; 0 where there are none."""
    return stamp(folder / MODEL) or stamp(folder / CHECKPOINT)


def parameters(folder: Path) -> dict[str, np.ndarray]:
    """The parameters as they are now: the model's, else the last checkpoint's; else none."""
    for name, prefix in ((MODEL, ""), (CHECKPOINT, "p/")):
        raw = content(folder / name)
        if raw is None:
            continue
        arrays = unpacked(raw)
        found = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
        if found:
            return found
    return {}


def unpacked(raw: bytes) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file; none where it is no such file."""
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
    except ImportError:
        raise ConfigError(
            "Models are read with safetensors.", hint="pip install 'whygrad[train]'"
        ) from None
    try:
        arrays: dict[str, np.ndarray] = load(raw)
    except (SafetensorError, ValueError, KeyError, OverflowError, MemoryError):
        return {}
    return arrays


def rows(folder: Path, since: int = 0) -> tuple[int, list[dict[str, Any]]]:
    """The history from row `since` on, or from the first where there are not so many; and which.

    What is no row of numbers and words ends it, as a line that was cut off does.
    """
    lines = (content(folder / HISTORY) or b"").splitlines()
    start = since if 0 <= since <= len(lines) else 0
    found = []
    for line in lines[start:]:
        row = parsed(line)
        kept = row if isinstance(row, dict) and len(row) <= MOST_COLUMNS else {}
        kept = {k: plain(v) for k, v in kept.items() if len(k) <= LONGEST_WORD and is_cell(v)}
        if not kept:
            break
        found.append(whole_data(kept))
    return start, found


def is_cell(value: Any) -> bool:
    """Whether it is a number or a short word."""
    if isinstance(value, str):
        return len(value) <= LONGEST_WORD
    if isinstance(value, int):
        return abs(value) < BIG
    return value is None or isinstance(value, float)


def table(path: Path) -> dict[str, Any]:
    """A file's JSON object; empty where there is none."""
    found = parsed(content(path) or b"")
    return found if isinstance(found, dict) else {}


def parsed(raw: bytes) -> Any:
    """JSON; None for anything else."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def stamp(path: Path) -> int:
    """When a regular file was last written, in nanoseconds; 0 where there is none."""
    try:
        found = path.lstat()
    except OSError:
        return 0
    return found.st_mtime_ns if stat.S_ISREG(found.st_mode) else 0


def content(path: Path) -> bytes | None:
    """A regular file's bytes; None for a link, a pipe, one that is too large or cannot be read."""
    # Not to be kept waiting by a pipe, nor led elsewhere by a link; Windows has neither flag.
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, os.O_RDONLY | careful | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            return None
        with open(handle, "rb", closefd=False) as file:
            return file.read(LARGEST)
    except OSError:
        return None
    finally:
        os.close(handle)
