"""What is decided after every epoch: whether it was the best, to stop, to lower the rate.

Pure functions of scalars over `xp`: the compiled engine runs them inside of its loop, the eager one
between two epochs, so that no decision depends on when somebody looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whygrad.numeric import Namespace

Control = dict[str, Any]  # best, best_epoch, waited, low, low_waited, factor, stop: scalars
RUNNING, PATIENCE, NOT_FINITE, GOAL, LOWEST = 0, 1, 2, 3, 4  # why an epoch was the last


@dataclass(frozen=True)
class Stopping:
    """When training ends early, and which epoch is called the best.

    monitor: a column of the history. largest: whether more is better (accuracy, r2).
    patience: epochs without a better one (by over min_delta) before stopping; None: never stops.
    The best epoch is the best at all, by however little, and what later ones are compared with: a
    slow descent, each epoch of it less than min_delta, is none (as scikit-learn counts).
    """

    monitor: str = "loss"
    largest: bool = False
    patience: int | None = None
    min_delta: float = 0.0
    goal: float | None = None  # a loss that is low enough
    plateau: tuple[tuple[str, float], ...] = ()  # factor, patience, min_delta, lowest, ends
    keeps_best: bool = False

    def start(self) -> Control:
        """Nothing measured yet."""
        worst = float("inf")
        return {
            "best": worst, "best_epoch": 0, "waited": 0,
            "low": worst, "low_waited": 0, "factor": 1.0, "stop": RUNNING,
        }  # fmt: skip

    def after(
        self, xp: Namespace, control: Control, epoch: Any, row: dict[str, Any], finite: Any
    ) -> Control:
        """The scalars after an epoch with this row of measures; finite: whether all of it is."""
        found = dict(control)
        value = -row[self.monitor] if self.largest else row[self.monitor]
        better = xp.both(finite, value < control["best"])
        enough = xp.both(finite, value < control["best"] - self.min_delta)
        found["best"] = xp.where(better, value, control["best"])
        found["best_epoch"] = xp.where(better, epoch, control["best_epoch"])
        found["waited"] = xp.where(enough, 0, control["waited"] + 1)
        stop = xp.where(finite, RUNNING, NOT_FINITE)
        if self.patience is not None:
            out_of_patience = xp.both(finite, found["waited"] >= self.patience)
            stop = xp.where(out_of_patience, PATIENCE, stop)
        if self.goal is not None:
            stop = xp.where(xp.both(finite, row["loss"] <= self.goal), GOAL, stop)
        if self.plateau:
            plateau, at_lowest = self._plateau(xp, control, value)
            found |= plateau
            if dict(self.plateau)["ends"]:
                stop = xp.where(xp.both(finite, at_lowest), LOWEST, stop)
        found["stop"] = stop
        return found

    def _plateau(self, xp: Namespace, control: Control, value: Any) -> tuple[Control, Any]:
        """The scalars of the plateau, and whether one came where the rate cannot fall further."""
        options = dict(self.plateau)
        better = value < control["low"] - options["min_delta"]
        waited = xp.where(better, 0, control["low_waited"] + 1)
        out_of_patience = waited > options["patience"]
        lower = xp.maximum(control["factor"] * options["factor"], options["lowest"])
        lower_at_all = value < control["low"] if options["ends"] else better
        found = {
            "low": xp.where(lower_at_all, value, control["low"]),
            "low_waited": xp.where(out_of_patience, 0, waited),
            "factor": xp.where(out_of_patience, lower, control["factor"]),
        }
        return found, xp.both(out_of_patience, control["factor"] <= options["lowest"])
