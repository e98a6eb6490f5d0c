"""Which iterations are recorded: every one of a short run, well-spaced ones of a long one."""

from __future__ import annotations

DENSE = 200  # up to here every iteration; then every 20th, from 1,000 every 200th, and so on


def recorded(iteration: int) -> bool:
    """Whether the loss after so many updates goes into the history.

    The powers of ten are always among them, and a longer run records what a shorter one does.
    """
    return iteration <= DENSE or iteration % _spacing(iteration) == 0


def next_recorded(iteration: int) -> int:
    """The first recorded iteration after this one."""
    if iteration < DENSE:
        return iteration + 1
    spacing = _spacing(iteration)
    return (iteration // spacing + 1) * spacing


def _spacing(iteration: int) -> int:
    """A fifth of the power of ten below: 45 of each power of ten are recorded."""
    power: int = 10 ** (len(str(iteration)) - 1)
    return power // 5
