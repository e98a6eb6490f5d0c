"""What an auto-encoder has learned: its filters, its codes, and what it gives back worst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from whygrad.errors import DataError, ShapeError
from whygrad.training.plots.canvas import (
    BLUE,
    COLOURS,
    RED,
    Picture,
    legend,
    names,
    picture,
    plain,
    thinned,
    whole_numbers,
)

MARKERS = "os^DvP*X"
MOST_FILTERS = 100
WORST = "worst reconstructions, with their rmse"
KINDS = 24  # of labels that a legend tells apart


def square(inputs: int) -> tuple[int, int] | None:
    """The shape of so many pixels as a square image; None where they are none."""
    side = math.isqrt(inputs)
    return (side, side) if side * side == inputs and side > 1 else None


def filters(
    weights: Any, *, shape: Sequence[int] | None = None, most: int = MOST_FILTERS
) -> Picture:
    """The first layer's weights as images: each is the input that excites a neuron the most.

    weights: (neurons, inputs). shape: (height, width) or (height, width, 3); a square by default.
    Each image is scaled to its own largest weight, as UFLDL's display_network does; at most `most`
    are drawn. The input of norm 1 that excites a neuron the most is W / ‖W‖ (Ng 2011, Sparse
    autoencoder, section 4), so the image shows it as well. Raises DataError, ShapeError.
    """
    W = np.asarray(weights, float)
    if W.ndim != 2 or not W.size or not np.isfinite(W).all():
        raise DataError("Filters are finite weights (neurons, inputs).", given=f"shape {W.shape}")
    shape = image_shape(W.shape[1], shape)
    chosen = W[:most]
    largest = np.abs(chosen).max(axis=1, keepdims=True)
    tiles = (chosen / np.where(largest > 0, largest, 1.0)).reshape(-1, *shape)
    columns = math.ceil(math.sqrt(len(tiles) * shape[0] / shape[1]))
    rows = math.ceil(len(tiles) / columns)
    gap = 1
    canvas = np.full(
        (rows * (shape[0] + gap) + gap, columns * (shape[1] + gap) + gap, *shape[2:]), np.nan
    )
    for k, tile in enumerate(tiles):
        top = gap + (k // columns) * (shape[0] + gap)
        left = gap + (k % columns) * (shape[1] + gap)
        canvas[top : top + shape[0], left : left + shape[1]] = tile
    height = min(8.0, max(2.5, 6.0 * canvas.shape[0] / canvas.shape[1]))
    figure = picture(6.0, height + 0.4)
    axes = figure.add_subplot()
    _image(axes, canvas if canvas.ndim == 2 else np.nan_to_num((canvas + 1) / 2, nan=1.0), -1, 1)
    axes.spines[:].set_visible(False)
    size = "×".join(map(str, shape[:2]))
    first = "" if len(W) == len(chosen) else f"first {len(chosen)} of "
    axes.set_title(
        f"{first}{len(W):,} filters of {size}: −largest black, 0 grey, +largest white", fontsize=10
    )
    return figure


def latent(codes: Any, labels: Any = None) -> Picture:
    """The first two numbers of each code as a point of a plane, coloured by its label.

    codes: (samples, 2 or more). labels: (samples,) classes or numbers. Raises DataError,
    ShapeError.
    """
    z = np.asarray(codes, float)
    if z.ndim != 2 or z.shape[1] < 2 or not len(z):
        raise ShapeError("A latent plane needs codes of two numbers.", given=f"shape {z.shape}")
    figure = picture(6.2, 5.0)
    axes = plain(figure.add_subplot())
    if labels is None:
        some = thinned(len(z))
        axes.plot(
            z[some, 0], z[some, 1], "o", markersize=4, markerfacecolor="none", color=BLUE, alpha=0.7
        )
    else:
        _coloured(figure, axes, z, np.asarray(labels).ravel())
    axes.set_xlabel("code 1")
    axes.set_ylabel("code 2")
    of = f" (of {z.shape[1]})" if z.shape[1] > 2 else ""
    axes.set_title(f"latent plane: the first two codes{of}, {len(z):,} samples", fontsize=11)
    return figure


def _coloured(figure: Picture, axes: Any, z: np.ndarray, labels: np.ndarray) -> None:
    if len(labels) != len(z):
        raise ShapeError(
            "There must be a label for each sample.", given=f"{len(labels)} labels, {len(z)} codes"
        )
    kinds = sorted(set(labels.tolist()), key=lambda v: (str(type(v)), v))
    if len(kinds) > KINDS:
        numbers = labels.dtype.kind in "iuf"
        colours = labels if numbers else np.array([kinds.index(v) for v in labels.tolist()])
        some = thinned(len(z))
        drawn = axes.scatter(z[some, 0], z[some, 1], c=colours[some], cmap="viridis", s=14)
        figure.colorbar(drawn, ax=axes, label="label" if numbers else "label, by its rank")
        return
    for k, (kind, name) in enumerate(zip(kinds, names(kinds), strict=True)):
        points = z[labels == kind]
        some = thinned(len(points))
        axes.plot(
            points[some, 0], points[some, 1], MARKERS[k % len(MARKERS)], label=name,
            color=COLOURS[(k + k // len(COLOURS)) % len(COLOURS)], alpha=0.75,
            markersize=7 if MARKERS[k % len(MARKERS)] in "P*X" else 4.5, markeredgewidth=0.3,
            markeredgecolor="white",
        )  # fmt: skip
    legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0), ncols=1 + (len(kinds) - 1) // 16)


def reconstructions(
    inputs: Any,
    reconstructed: Any,
    *,
    shape: Sequence[int] | None = None,
    count: int = 8,
    rows: Any = None,
) -> Picture:
    """The samples that come back worst, each beside its reconstruction, with the error.

    inputs, reconstructed: (samples, inputs). shape: (height, width) of images; square ones of at
    least 4×4 are recognised; anything else is drawn as lines. count: how many. rows: (samples,)
    the numbers by which they are called, from 0 by default. The error is the root of the mean
    squared difference. Raises DataError, ShapeError.
    """
    x, again = np.asarray(inputs, float), np.asarray(reconstructed, float)
    if x.shape != again.shape or x.ndim != 2 or not x.size:
        raise ShapeError(
            "Inputs and reconstructions must have the same shape (samples, inputs).",
            given=f"{x.shape} and {again.shape}",
        )
    if shape is not None:
        shape = image_shape(x.shape[1], shape)
    elif x.shape[1] >= 16:
        shape = square(x.shape[1])
    called = np.arange(len(x)) if rows is None else np.asarray(rows)
    errors = np.sqrt(((x - again) ** 2).mean(axis=1))
    worst = np.argsort(-errors, kind="stable")[:count]
    shown = x[worst], again[worst], errors[worst], called[worst]
    return _pairs_of_lines(*shown) if shape is None else _pairs_of_images(*shown, shape)


def _pairs_of_images(
    x: np.ndarray, again: np.ndarray, errors: np.ndarray, called: np.ndarray, shape: Any
) -> Picture:
    figure = picture(max(3.8, 1.15 * len(x) + 0.5), 3.0)
    grid = figure.subplots(2, len(x), squeeze=False)
    low, high = min(x.min(), again.min()), max(x.max(), again.max())
    for k, column in enumerate(grid.T):
        for axes, values in zip(column, (x[k], again[k]), strict=True):
            _image(axes, values.reshape(shape), low, high)
        column[0].set_title(f"row {called[k]}", fontsize=9)
        column[1].set_xlabel(f"{errors[k]:.4g}", fontsize=9)
    grid[0, 0].set_ylabel("input", fontsize=9)
    grid[1, 0].set_ylabel("again", fontsize=9)
    figure.suptitle(WORST, fontsize=10.5)
    return figure


def _pairs_of_lines(
    x: np.ndarray, again: np.ndarray, errors: np.ndarray, called: np.ndarray
) -> Picture:
    columns = min(4, len(x))
    down = math.ceil(len(x) / columns)
    figure = picture(max(3.8, 2.3 * columns), 1.7 * down + 1.2)
    grid = figure.subplots(down, columns, squeeze=False, sharex=True, sharey=True)
    at = np.arange(1, x.shape[1] + 1)
    for axes in grid.ravel()[len(x) :]:
        axes.remove()
    for k, axes in zip(range(len(x)), grid.ravel(), strict=False):
        plain(axes)
        axes.plot(at, x[k], "-o", color=BLUE, markersize=3, linewidth=1.1, label="input")
        axes.plot(at, again[k], "--s", color=RED, markersize=3, linewidth=1.1, label="again")
        axes.set_title(f"row {called[k]}: {errors[k]:.4g}", fontsize=9)
        whole_numbers(axes.xaxis)
    for axes in grid[-1][: len(x) - columns * (down - 1)]:
        axes.set_xlabel("column", fontsize=9)
    figure.suptitle(WORST, fontsize=10.5)
    handles, words = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=2, fontsize=8.5, frameon=False)
    return figure


def image_shape(inputs: int, asked: Sequence[int] | None) -> tuple[int, ...]:
    """The shape of inputs as an image. Raises ShapeError where they are none."""
    shape = square(inputs) if asked is None else tuple(int(n) for n in asked)
    if shape is None:
        raise ShapeError(
            f"{inputs} inputs are no square image.", hint="shape=(height, width) says what they are"
        )
    if len(shape) not in (2, 3) or math.prod(shape) != inputs or shape[2:] not in ((), (3,)):
        raise ShapeError(
            f"{inputs} inputs are no image of this shape.",
            given=f"shape = {shape}",
            hint="(height, width), or (height, width, 3) in colours",
        )
    return shape


def _image(axes: Any, values: np.ndarray, low: float, high: float) -> None:
    """An image without axes around it."""
    if values.ndim == 3 and low >= 0 and high > 1:
        values = values / high
    axes.imshow(
        np.clip(values, 0, 1) if values.ndim == 3 else values, cmap="gray", vmin=low, vmax=high,
        interpolation="nearest",
    )  # fmt: skip
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set(linewidth=0.5, color="#999999")
