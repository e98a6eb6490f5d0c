"""Samples that stand in columns, as MATLAB has them: they are known by their shapes and refused."""

from __future__ import annotations

from typing import Any

from whygrad.errors import ShapeError

WHY = "a row is a sample, a column a neuron; MATLAB has it the other way round"


def check_rows(X: Any, y: Any, inputs: int | None = None, outputs: int | None = None) -> None:
    """Refuses samples in columns. inputs, outputs: how many columns there must be, where known.

    Raises ShapeError with what to type instead.
    """
    x_shape, y_shape = shape(X), shape(y)
    if len(x_shape) != 2 or len(y_shape) not in (1, 2):
        return
    if inputs is None:
        turned = _by_each_other(x_shape, y_shape)
    else:
        turned = _by_width(x_shape, inputs), _by_width(y_shape, outputs)
    if any(turned):
        names = [f"{name}.T" if t else name for name, t in zip("Xy", turned, strict=True)]
        which = " and ".join(n for n, t in zip(("inputs", "targets"), turned, strict=True) if t)
        raise ShapeError(
            f"The samples stand in the columns of the {which}.",
            given=f"inputs of shape {x_shape}, targets of shape {y_shape}",
            why=WHY,
            hint=", ".join(names),
        )


def looks_turned(X: Any, y: Any) -> str:
    """In words, what speaks for samples in columns where shapes fit both ways; empty without."""
    found = shape(X)
    if len(found) != 2 or found != shape(y) or found[1] < 2 * found[0]:
        return ""
    return (
        f"inputs and targets of shape {found} are taken as {found[0]:,} samples of {found[1]:,} "
        f"inputs and outputs each: {WHY}; X.T, y.T where they are {found[1]:,} samples"
    )


def _by_width(found: tuple[int, ...], width: int | None) -> bool:
    """Whether the rows, not the columns, are as many as there must be."""
    return len(found) == 2 and found[0] == width != found[1]


def _by_each_other(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[bool, bool]:
    """Which of the two stand in columns: by the number that they have in common."""
    if len(y) == 2 and x[0] == y[0] == 1 < x[1] == y[1]:
        return True, True  # one input, one output: a single sample of so many has no use
    if x[0] == y[0]:
        return False, False
    if x[1] == y[-1]:
        return True, len(y) == 2
    if x[1] == y[0]:
        return True, False
    return False, x[0] == y[-1]


def shape(given: Any) -> tuple[int, ...]:
    """The shape of an array, a frame or nested lists; none of what has no such."""
    if hasattr(given, "shape"):
        return tuple(given.shape)
    found = []
    while isinstance(given, (list, tuple)) and given:
        found.append(len(given))
        given = given[0]
    return tuple(found)
