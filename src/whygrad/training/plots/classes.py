"""Which classes are taken for which: the confusion matrix with its rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from whygrad.errors import DataError, ShapeError
from whygrad.training.plots.canvas import (
    LOOKS,
    Picture,
    names,
    parts_of,
    picture,
    worded,
)

PERCENTAGES, WRITTEN = 12, 30  # classes up to which a cell has its share, its count
RIGHT, WRONG, RATES = (0.0, 0.32, 0.55), (0.78, 0.33, 0.0), (0.9, 0.9, 0.9)


def confusion(
    true: Any,
    predicted: Any,
    labels: Sequence[Any] | None = None,
    *,
    parts: Mapping[str, Any] | None = None,
) -> Picture:
    """How often each class was taken for each other; a row is a true class.

    true, predicted: labels (samples,). labels: all classes in the order of the rows; those that
    occur, sorted, by default. A cell has its count and its share of all samples; at the right how
    many of a true class were found (recall), below how many of a predicted class were right
    (precision), in the corner the accuracy. parts: row numbers by "train", "validation", "test",
    a matrix each, and one for all. Raises DataError, ShapeError.
    """
    t, p = np.asarray(true).ravel(), np.asarray(predicted).ravel()
    if t.shape != p.shape:
        raise ShapeError(
            "There must be a prediction for each sample.", given=f"{len(t)} and {len(p)} labels"
        )
    if not len(t):
        raise DataError("There are no samples to draw.")
    classes = sorted({*t.tolist(), *p.tolist()}) if labels is None else list(labels)
    position = {label: k for k, label in enumerate(classes)}
    unknown = next((v for v in (*t.tolist(), *p.tolist()) if v not in position), None)
    if unknown is not None:
        raise DataError(f"{unknown!r} is not among the labels.", given=str(classes)[:100])
    rows, columns = (np.array([position[v] for v in a.tolist()]) for a in (t, p))
    panels = parts_of(len(t), parts)
    if len(panels) > 1:
        panels["all"] = np.concatenate(list(panels.values()))
    across = 1 if len(panels) == 1 else 3 if len(panels) == 3 and len(classes) <= 5 else 2
    down = -(-len(panels) // across)
    side = min(9.0, 2.0 + 0.55 * (len(classes) + 1))
    longest = 0.07 * max(len(name) for name in names(classes))  # inches that names take
    figure = picture((side + 0.3 + longest) * across, (side + 0.7 * longest) * down + 0.2)
    all_axes = np.ravel(figure.subplots(down, across))
    for axes in all_axes[len(panels) :]:
        axes.remove()
    for axes, (part, chosen) in zip(all_axes, panels.items(), strict=False):
        matrix = np.zeros((len(classes), len(classes)), int)
        np.add.at(matrix, (rows[chosen], columns[chosen]), 1)
        _matrix(axes, matrix, names(classes))
        heading = f"{LOOKS[part].label}: " if len(panels) > 1 or part != "all" else ""
        right = np.trace(matrix) / matrix.sum()
        axes.set_title(f"{heading}{right:.1%} right of {matrix.sum():,}", fontsize=11)
    return figure


def _matrix(axes: Any, matrix: np.ndarray, classes: list[str]) -> None:
    """Counts with their rates; the deeper a cell's colour, the larger its share of its class."""
    count = len(classes)
    rates = count <= WRITTEN
    size = count + rates
    ground = np.ones((size, size, 3))
    of_class = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    for (row, column), share in np.ndenumerate(of_class):
        ink = np.array(RIGHT if row == column else WRONG)
        ground[row, column] = 1 - share**0.7 * (1 - ink)
    if rates:
        ground[-1, :] = ground[:, -1] = RATES
    axes.imshow(ground, interpolation="nearest")
    if rates:
        for row, column in np.ndindex(size, size):
            text = _cell(matrix, row, column)
            dark = ground[row, column] @ (0.3, 0.59, 0.11) < 0.55
            axes.text(
                column, row, text, ha="center", va="center", fontsize=9 if count <= 8 else 7,
                color="white" if dark else "black", linespacing=1.25,
            )  # fmt: skip
        axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5)
        axes.tick_params(which="both", length=0)
    at = [*range(0, count, 1 + (count - 1) // 50)]
    texts = [classes[k] for k in at]
    if rates:
        at.append(count)
    slanted = max(map(len, texts)) > 4 + 12 // count
    slant = {"ha": "right", "rotation_mode": "anchor", "rotation": 45} if slanted else {}
    small = {"fontsize": 9 if count <= 20 else 6.5, **worded()}
    axes.set_xticks(at, [*texts, *["recall"] * rates], **small, **slant)
    axes.set_yticks(at, [*texts, *["precision"] * rates], **small)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")


def _cell(matrix: np.ndarray, row: int, column: int) -> str:
    """What is written in a cell of the matrix or of its rates."""
    count = len(matrix)
    if row < count and column < count:
        number = int(matrix[row, column])
        if not number:
            return ""
        return f"{number:,}" + (f"\n{number / matrix.sum():.1%}" if count <= PERCENTAGES else "")
    if row == column:
        right, of = int(np.trace(matrix)), int(matrix.sum())
    elif row < count:
        right, of = int(matrix[row, row]), int(matrix[row].sum())
    else:
        right, of = int(matrix[column, column]), int(matrix[:, column].sum())
    if not of:
        return "–"
    return f"{right / of:.1%}" if count <= PERCENTAGES else f"{right / of:.0%}"
