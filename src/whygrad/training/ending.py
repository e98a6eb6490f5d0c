"""Ending: how a training ended, as data and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# done: all that was asked for is done. patience: nothing better for so long. goal: a loss that is
# enough. gradient: it is as good as zero. converged: the loss hardly falls any more. lowest_rate:
# nothing better at the lowest learning rate. stuck: no step lowers the loss. line_search: a search
# along a line found no lower loss. evaluations: so many were allowed. time: so were the seconds.
End = Literal[
    "done", "patience", "goal", "gradient", "converged", "lowest_rate", "stuck", "line_search",
    "evaluations", "time", "callback", "interrupted", "not_finite",
]  # fmt: skip


class NotFiniteError(Exception):
    """The next update cannot be made: `what` (the loss, a parameter) became inf or nan, `value`."""

    def __init__(self, what: str, value: float) -> None:
        super().__init__(what, value)
        self.what, self.value = what, value


@dataclass(frozen=True)
class Ending:
    """Why a training ended: a word, a sentence with the numbers; where one was not finite."""

    end: End
    reason: str
    failed: NotFiniteError | None = None

    @property
    def interrupted(self) -> bool:
        """Whether by Ctrl-C."""
        return self.end == "interrupted"
