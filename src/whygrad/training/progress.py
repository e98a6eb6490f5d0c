"""The progress bar: on a terminal's standard error, and only where training takes a while."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Any

PATIENCE = 1.0  # seconds without a bar: what is done by then needs none


class Progress:
    """Shows how far training is, with its loss and the time left."""

    def __init__(self, total: int, quiet: bool) -> None:
        self.total, self.shown = total, not quiet and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        self._start = monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def at(self, done: int, loss: float) -> None:
        """Called as often as there is something new; draws at most ten times a second."""
        if not self.shown or monotonic() - self._start < PATIENCE:
            return
        if self._bar is None:
            self._bar, self._task = self._make()
        self._bar.update(self._task, completed=done, loss=f"{loss:.6g}")

    def _make(self) -> tuple[Any, Any]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.start()
        return bar, bar.add_task("", total=self.total, loss="")
