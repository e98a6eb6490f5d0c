"""The live display: a bar with loss, validation, time left and a sparkline; on standard error."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from time import monotonic
from types import TracebackType
from typing import Any

PATIENCE = 1.0  # seconds without a bar: what is done by then needs none
LINE_EVERY = 10.0  # seconds between two lines where nobody looks at a terminal
SPARKS = "▁▂▃▄▅▆▇█"
WIDTH = 8  # the whole display fits 80 columns


class Progress:
    """Shows how far training is, with its measures and the time left.

    On a terminal a bar that is drawn over; elsewhere a line now and then, only for trainings by
    epochs (a log wants little). NO_COLOR is respected by rich.
    """

    def __init__(self, total: int, quiet: bool, epochs: bool = False) -> None:
        self.total, self.quiet, self.unit = total, quiet, "epoch" if epochs else "iteration"
        self.terminal = sys.stderr.isatty()
        self.lines = epochs and not self.terminal
        self._bar: Any = None
        self._task: Any = None
        self._losses: list[float] = []
        self._said = 0.0

    def __enter__(self) -> Progress:
        self._start = self._said = monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def at(self, done: int, row: Mapping[str, Any]) -> None:
        """Called as often as there is something new; draws at most ten times a second."""
        now = monotonic()
        self._losses.append(float(row.get("val_loss", row["loss"])))
        if len(self._losses) > 4_096:  # every second one says as much
            self._losses = self._losses[::2]
        if self.quiet or now - self._start < PATIENCE:
            return
        if self.lines:
            if now - self._said >= LINE_EVERY:
                self._said = now
                print(f"{self.unit} {done:,}/{self.total:,}  {words(row)}", file=sys.stderr)
            return
        if not self.terminal:
            return
        if self._bar is None:
            self._bar, self._task = self._make()
        sparks = sparkline(self._losses, WIDTH)
        self._bar.update(self._task, completed=done, said=f"{few_words(row)} {sparks}")

    def _make(self) -> tuple[Any, Any]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        bar = Bar(
            TextColumn(self.unit),
            BarColumn(8),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.start()
        return bar, bar.add_task("", total=self.total, said="")


def words(row: Mapping[str, Any]) -> str:
    """The measures of a row that a reader waits for."""
    names = ("loss", "accuracy", "rmse", "val_loss", "val_accuracy", "val_rmse")
    return "  ".join(f"{name} {row[name]:.5g}" for name in names if name in row)


def few_words(row: Mapping[str, Any]) -> str:
    """The same for a line that has little room: loss, validation loss, the latter's metric."""
    parts = [f"loss {row['loss']:.4g}"]
    if "val_loss" in row:
        parts.append(f"val {row['val_loss']:.4g}")
    for name, short in (("val_accuracy", "acc"), ("val_rmse", "rmse")):
        if name in row:
            parts.append(f"{short} {row[name]:.4g}")
    return " ".join(parts)


def sparkline(values: list[float], width: int) -> str:
    """The course of some numbers in a few signs."""
    if len(values) < 2:
        return ""
    picked = [values[k * (len(values) - 1) // (width - 1)] for k in range(width)]
    finite = [v for v in picked if abs(v) < float("inf")]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    span = (high - low) or 1.0
    top = len(SPARKS) - 1
    return "".join(
        SPARKS[round((v - low) / span * top)] if abs(v) < float("inf") else "?" for v in picked
    )
