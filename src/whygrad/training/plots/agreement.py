"""How well outputs agree with targets: regression, errors, and the fitted curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from whygrad.errors import DataError, ShapeError
from whygrad.training.plots.canvas import (
    GREY,
    LOOKS,
    ORANGE,
    Picture,
    counted,
    legend,
    legend_below,
    parts_of,
    picture,
    plain,
    thinned,
    whole_numbers,
    worded,
)
from whygrad.training.plots.outputs import Shared, sharing

BINS = 20


def regression(
    targets: Any,
    outputs: Any,
    *,
    parts: Mapping[str, Any] | None = None,
    names: Sequence[str] = (),
    output: int | str | None = None,
) -> Picture:
    """Outputs against targets with R, the fitted line and the line where they are equal.

    targets, outputs: numbers of equal shape (samples,) or (samples, outputs); NaN targets are left
    out. Several outputs share a panel where their scales are alike, else (up to six of them) each
    has a row. output: one alone, by its number from 0 or its name. names: of the outputs. parts:
    row numbers by "train", "validation", "test", a panel each, and one for all.
    Raises ConfigError, DataError, NameUnknownError, ShapeError.
    """
    t, y = paired(targets, outputs)
    shared = sharing(t, y, names, output)
    known = ~np.all([np.isnan(each.targets).all(axis=1) for each in shared], axis=0)
    panels = {k: v for k, v in parts_of(len(t), parts).items() if known[v].any()}
    if not panels:
        raise DataError("There are no targets to draw.")
    if len(panels) > 1:
        panels["all"] = np.concatenate(list(panels.values()))
    columns = {1: 1, 3: 3, 4: 2}[len(panels)] if len(shared) == 1 else len(panels)
    rows = len(panels) * len(shared) // columns
    figure = picture(*((4.6, 4.4) if columns == rows == 1 else (3.6 * columns, 3.6 * rows + 0.2)))
    places = iter(np.ravel(figure.subplots(rows, columns)))
    for each in shared:
        for part, numbers in panels.items():
            axes = next(places)
            if np.isnan(each.targets[numbers]).all():
                axes.remove()
                continue
            _panel(plain(axes), each, numbers, part, len(panels) > 1)
    return figure


def _panel(axes: Any, shared: Shared, numbers: np.ndarray, part: str, several: bool) -> None:
    """One part of what shares a panel. several: whether there are other parts."""
    t, y = shared.targets[numbers].ravel(), shared.outputs[numbers].ravel()
    known = ~np.isnan(t)
    t, y = t[known], y[known]
    look, some = LOOKS[part], thinned(len(t))
    ends = padded(min(t.min(), y.min()), max(t.max(), y.max()))
    axes.plot(
        t[some], y[some], look.marker, color=look.colour, markersize=4, markerfacecolor="none",
        markeredgewidth=0.8, alpha=0.75, label="data",
    )  # fmt: skip
    line = fitted_line(t, y)
    wide = "Output"
    if line is not None:
        slope, intercept, _ = line
        axes.plot(ends, slope * ends + intercept, "-", color="black", linewidth=1.4, label="fit")
        sign = "+" if intercept >= 0 else "−"
        wide = f"Output ≈ {slope:.3g} · Target {sign} {abs(intercept):.3g}"
    axes.plot(ends, ends, ":", color=GREY, linewidth=1.4, label="Y = T")
    R = f"R = {line[2]:.5g}" if line is not None else "R is not defined"
    heading = f"{LOOKS[part].label}: " if several or part != "all" else ""
    axes.set_title(f"{heading}{R}", fontsize=11)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    label = f"Target {shared.name}".strip() + f"  ({counted(len(t))})"
    axes.set_xlabel(label, **worded(fontsize=9))
    axes.set_ylabel(wide, fontsize=9)
    axes.locator_params(nbins=6)
    legend(axes, loc="upper left")


def fitted_line(t: np.ndarray, y: np.ndarray) -> tuple[float, float, float] | None:
    """Slope, intercept and R of y over t by least squares; None where either does not vary."""
    if len(t) < 2 or not np.ptp(t) or not np.ptp(y):
        return None
    slope, intercept = np.polyfit(t, y, 1)
    return float(slope), float(intercept), float(np.corrcoef(t, y)[0, 1])


def error_histogram(
    targets: Any,
    outputs: Any,
    *,
    parts: Mapping[str, Any] | None = None,
    bins: int = BINS,
    names: Sequence[str] = (),
    output: int | str | None = None,
) -> Picture:
    """How often errors of each size occur, targets − outputs, the parts upon each other.

    What is given is as in `regression`; bins are equally wide.
    Raises ConfigError, DataError, NameUnknownError, ShapeError.
    """
    t, y = paired(targets, outputs)
    shared, found = sharing(t, y, names, output), parts_of(len(t), parts)
    across = min(len(shared), 3)
    down = -(-len(shared) // across)
    figure = picture(*((6.4, 4.0) if len(shared) == 1 else (4.4 * across, 3.6 * down)))
    all_axes = np.ravel(figure.subplots(down, across))
    for axes in all_axes[len(shared) :]:
        axes.remove()
    for axes, each in zip(all_axes, shared, strict=False):
        errors = {part: (each.targets - each.outputs)[rows] for part, rows in found.items()}
        _histogram(plain(axes), {k: v[~np.isnan(v)] for k, v in errors.items()}, bins)
        axes.set_xlabel(f"{each.name} error = target − output".strip(), **worded())
    return figure


def _histogram(axes: Any, errors: Mapping[str, np.ndarray], bins: int) -> None:
    """Errors by part, in bins that all have."""
    edges = np.histogram_bin_edges(np.concatenate(list(errors.values())), bins)
    middles, width = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]
    below = np.zeros(len(middles))
    for part, chosen in errors.items():
        look, (counts, _) = LOOKS[part], np.histogram(chosen, edges)
        axes.bar(
            middles, counts, width * 0.86, bottom=below, label=look.label, color=look.colour,
            hatch=look.hatch, edgecolor="white", linewidth=0.3,
        )  # fmt: skip
        below += counts
    axes.axvline(0, color=ORANGE, linewidth=2, label="zero error")
    axes.set_title(f"error histogram with {len(middles)} bins", fontsize=11)
    axes.set_ylabel("instances")
    axes.locator_params("x", nbins=6)
    whole_numbers(axes.yaxis)
    legend(axes)


def fit(
    x: Any,
    targets: Any,
    outputs: Any,
    *,
    curve: tuple[Any, Any] | None = None,
    parts: Mapping[str, Any] | None = None,
) -> Picture:
    """A function of one variable: targets, outputs, the error between them, the fitted curve.

    x, targets, outputs: (samples,) each. curve: points (x, y) of the function in between; the
    outputs, joined, by default. parts: as in `regression`. Raises DataError, ShapeError.
    """
    t, y = paired(targets, outputs)
    x = np.asarray(x, float).ravel()
    if t.ndim != 1 and t.shape[1:] != (1,):
        raise ShapeError("A fit has one output.", given=f"targets of shape {t.shape}")
    t, y = t.ravel(), y.ravel()
    if x.shape != t.shape:
        raise ShapeError(
            "A fit has one input, and a target for each.",
            given=f"{len(x)} inputs, {len(t)} targets",
        )
    figure = picture(6.4, 5.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    order = np.argsort(x, kind="stable")
    points = (x[order], y[order]) if curve is None else curve
    above.plot(*points, "-", color="black", linewidth=1.4, label="fit")
    some = thinned(len(x))
    for axes, low, high in ((above, y, t), (below, np.zeros_like(t), t - y)):
        plain(axes).vlines(x[some], low[some], high[some], color=ORANGE, linewidth=1.2, zorder=1)
    for part, numbers in parts_of(len(x), parts).items():
        look, chosen = LOOKS[part], numbers[thinned(len(numbers))]
        above.plot(
            x[chosen], t[chosen], look.marker, color=look.colour, markersize=4.5,
            markerfacecolor="none", label=f"{look.label} targets" if part != "all" else "targets",
        )  # fmt: skip
        above.plot(x[chosen], y[chosen], "+", color=look.colour, markersize=4)
    above.plot([], [], "+", color="black", label="outputs")
    above.plot([], [], "-", color=ORANGE, label="errors")
    heights = np.concatenate([t[~np.isnan(t)], y, np.ravel(points[1])])
    above.set_ylim(padded(heights.min(), heights.max()))
    above.set_ylabel("target and output")
    above.set_title("function fit", fontsize=11)
    below.axhline(0, color=GREY, linewidth=0.8)
    below.set_ylabel("target − output")
    below.set_xlabel("input")
    figure.align_ylabels()
    legend_below(figure, above, 3)
    return figure


def paired(targets: Any, outputs: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as float arrays of equal shape, a row a sample. Raises DataError, ShapeError."""
    try:
        t, y = np.asarray(targets, float), np.asarray(outputs, float)
    except (TypeError, ValueError) as error:
        raise DataError("Targets and outputs must be numbers.", given=str(error)[:100]) from None
    if t.ndim != y.ndim and t.size == y.size:
        t, y = t.reshape(len(t), -1), y.reshape(len(y), -1)
    if t.shape != y.shape:
        raise ShapeError(
            "Targets and outputs must have the same shape.", given=f"{t.shape} and {y.shape}"
        )
    if not t.size or np.isnan(t).all():
        raise DataError("There are no targets to draw.")
    if not np.isfinite(y).all() or np.isinf(t).any():
        raise DataError("Targets and outputs must be finite numbers.")
    return t, y


def padded(low: float, high: float) -> np.ndarray:
    """The ends of an axis with some room around the points, and not only their rounding."""
    room = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    room = max(room, 1e-6 * max(abs(low), abs(high)))
    return np.array([low - room, high + room])
