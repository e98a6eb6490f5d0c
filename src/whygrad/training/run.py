"""Run: what training leaves behind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.models.mlp import Network


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The result of `train`.

    model: the network with its trained parameters; None where a traced graph was trained.
    parameters: arrays by name; of a traced graph those that were learned.
    history: {"iteration", "loss"}, the loss of all samples after so many updates: from 0 to 200
    after every one, then 45 a power of ten (every 20th, from 1,000 on every 200th, …), so that 0,
    1, 10, 100, … are there, and the last. A loss that is not finite and ended it is the last row.
    loss, outputs (samples, outputs), iterations: of the parameters that are given back.
    stop_reason: in words, with the numbers. interrupted: whether by Ctrl-C.
    """

    model: Network | None
    parameters: Mapping[str, np.ndarray]
    history: list[dict[str, Any]]
    loss: float
    outputs: np.ndarray
    iterations: int
    stop_reason: str
    interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """loss, outputs (a row a sample), iterations, stop_reason, history; inf and nan as text."""
        return {
            "loss": plain(self.loss),
            "outputs": [[plain(v) for v in row] for row in np.atleast_2d(self.outputs).tolist()],
            "iterations": self.iterations,
            "stop_reason": self.stop_reason,
            "history": [{k: plain(v) for k, v in row.items()} for row in self.history],
        }

    def __repr__(self) -> str:
        return f"<Run of {self.iterations:,} iterations, loss {self.loss:.9g}: {self.stop_reason}>"


def plain(value: float) -> float | str:
    """A number for JSON, which has no infinity."""
    return value if math.isfinite(value) else str(value)
