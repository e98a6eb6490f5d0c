"""Run: what training leaves behind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.models.mlp import Network


@dataclass(frozen=True, eq=False)
class Run:
    """The result of `train`.

    parameters: arrays by name. model: the network with them; None where a traced graph was trained.
    history: {"iteration", "loss"} before the first step and after the recorded ones: every one up
    to 200, then about 60 a decade, the powers of ten and the last always among them.
    loss, outputs: at the end. stop_reason: in words, with the numbers.
    """

    parameters: Mapping[str, np.ndarray]
    model: Network | None
    history: list[dict[str, float]] = field(repr=False)
    loss: float
    outputs: np.ndarray = field(repr=False)
    iterations: int
    stop_reason: str
    interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """loss, outputs, iterations, stop_reason, history; numbers that are not finite as text."""
        return {
            "loss": plain(self.loss),
            "outputs": [[plain(v) for v in row] for row in np.atleast_2d(self.outputs).tolist()],
            "iterations": self.iterations,
            "stop_reason": self.stop_reason,
            "history": [{k: plain(v) for k, v in row.items()} for row in self.history],
        }


def plain(value: float) -> float | str:
    """A number for JSON, which has no infinity."""
    return value if math.isfinite(value) else str(value)
