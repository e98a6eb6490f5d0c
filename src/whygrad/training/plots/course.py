"""The course of a training: its losses, its state, its gradients, over the epochs."""

from __future__ import annotations

from typing import Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.training.history import DENSE, History
from whygrad.training.plots.canvas import (
    COLOURS,
    LOOKS,
    Picture,
    legend,
    legend_below,
    logarithmic,
    picture,
    plain,
    whole_numbers,
)
from whygrad.training.record import Record

PARTS = {"perf": "train", "vperf": "validation", "tperf": "test"}
FEW = 40  # epochs whose single points are marked


def performance(record: Record, *, loss: str = "loss") -> Picture:
    """Losses over the epochs on a logarithmic axis, the best epoch ringed.

    loss: what it is called. Raises ConfigError where nothing was measured.
    """
    if record.perf is None:
        raise ConfigError("There is no performance to draw.", why="the record holds no losses")
    figure = picture(6.4, 4.2)
    axes = plain(figure.add_subplot())
    for name, part in PARTS.items():
        values = getattr(record, name)
        if values is not None:
            look = LOOKS[part]
            axes.plot(
                record.epoch, values, look.dash, label=look.label, color=look.colour, linewidth=1.5,
                marker=look.marker if len(values) <= FEW else "", markersize=3,
            )  # fmt: skip
    logarithmic(axes)
    _ring(axes, record)
    _epochs(axes, record)
    axes.set_ylabel(loss)
    legend_below(figure, axes, 4)
    return figure


def _ring(axes: Any, record: Record) -> None:
    """The epoch whose weights are given back, called the best only where it is that."""
    of, values, chosen = "validation", record.vperf, record.best_vperf
    if chosen is None:
        of, values, chosen = "training", record.perf, record.best_perf
    if values is None or chosen is None or not np.isfinite(chosen):
        return
    at, thin = record.best_epoch, {"color": "black", "linewidth": 0.9, "linestyle": ":"}
    best = chosen <= np.nanmin(values[record.epoch > 0], initial=np.inf)
    axes.axvline(at, **thin)
    axes.axhline(chosen, **thin)
    axes.plot(
        [at], [chosen], "o", markersize=12, fillstyle="none", color="black", markeredgewidth=1.3,
        label=f"{'best' if best else 'kept'}: {record.counted} {at:,}", linestyle="none",
    )  # fmt: skip
    title = f"{'best ' if best else ''}{of} performance is {chosen:.5g}"
    axes.set_title(f"{title} at {record.counted} {at:,}", fontsize=11)


def training_state(record: Record) -> Picture:
    """The gradient's norm, the damping mu and the validation checks over the epochs; of Bayesian
    regularisation the effective number of parameters and the sum of squared weights as well.

    Raises ConfigError where none of them was measured.
    """
    panels = [
        (title, values, logs)
        for title, values, logs in (
            ("gradient", record.gradient, True),
            ("mu", record.mu, True),
            ("effective parameters", record.gamk, False),
            ("squared weights", record.ssx, True),
            ("validation checks", record.val_fail, False),
        )
        if values is not None
    ]
    if not panels:
        raise ConfigError(
            "There is no training state to draw.",
            why="the record holds no gradient, no mu and no validation checks",
        )
    figure = picture(6.4, 0.7 + 1.7 * len(panels))
    all_axes = np.ravel(figure.subplots(len(panels), 1, sharex=True))
    for axes, (title, values, logs), colour in zip(all_axes, panels, COLOURS, strict=False):
        plain(axes)
        counts, few = title == "validation checks", len(values) <= FEW
        axes.plot(
            record.epoch, values, linestyle="none" if counts and few else "-", color=colour,
            marker=("D" if counts else ".") if few else "", markersize=4, linewidth=1.4,
        )  # fmt: skip
        last = f"{values[-1]:,.0f}" if counts else f"{values[-1]:.5g}"
        axes.set_title(f"{title} = {last} at {record.counted} {record.epoch[-1]:,}", fontsize=10)
        axes.set_ylabel("checks" if counts else title.removeprefix("effective "))
        if logs:
            logarithmic(axes)
        if counts:
            axes.set_ylim(bottom=-0.3, top=max(1.0, values.max() * 1.1))
            whole_numbers(axes.yaxis)
    _epochs(all_axes[-1], record)
    figure.align_ylabels(all_axes)
    return figure


def gradients(history: History) -> Picture:
    """The norm of each layer's gradient over the epochs.

    Raises ConfigError where it was not measured.
    """
    layers = sorted(
        int(key.removeprefix("gradient_norm_"))
        for key in (history[0] if history else ())
        if key.startswith("gradient_norm_")
    )
    if not layers:
        raise ConfigError("There are no gradients of layers in this history.")
    figure = picture()
    axes = plain(figure.add_subplot())
    epochs = history.column("epoch")
    for k, layer in enumerate(layers):
        axes.plot(
            epochs, [row.get(f"gradient_norm_{layer}", np.nan) for row in history],
            ("-", "--", "-.", ":")[k % 4], color=COLOURS[k % len(COLOURS)], linewidth=1.3,
            label=f"layer {layer}", marker="." if len(epochs) <= FEW else "",
        )  # fmt: skip
    logarithmic(axes)
    axes.set_xlabel("epoch")
    axes.set_ylabel("gradient norm")
    whole_numbers(axes.xaxis)
    legend(axes, ncols=1 + len(layers) // 9)
    return figure


def _epochs(axes: Any, record: Record) -> None:
    """The axis of time; a long descent, recorded ever more sparsely, is drawn so too."""
    axes.set_xlabel(f"{record.counted}s" if record.num_epochs != 1 else record.counted)
    if record.counted == "iteration" and record.num_epochs > DENSE:
        axes.set_xscale("symlog", linthresh=1)
        return
    if len(record.epoch) == 1:
        axes.set_xlim(record.epoch[0] - 1, record.epoch[0] + 1)
    whole_numbers(axes.xaxis)
