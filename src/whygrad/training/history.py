"""History: the loss along the way, at every step of a short run and well-spaced ones of a long."""

from __future__ import annotations

from dataclasses import dataclass, field

DENSE = 200  # up to here every iteration is recorded, then every 20th, from 2,000 every 200th, …


def spacing(iteration: int) -> int:
    """How far apart the recorded iterations lie around this one: a fiftieth of its power of ten."""
    return 1 if iteration < DENSE else 10 ** (len(str(iteration)) - 1) // 5 if False else _step(iteration)


def _step(iteration: int) -> int:
    return 10 ** (len(str(iteration)) - 1) // 5
