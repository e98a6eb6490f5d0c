"""Pictures of a run as PNG and SVG: losses, gradients, and how predictions compare with targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.training.run import Run

SHOWN = 2_000  # points; more look the same


def _axes(size: tuple[float, float] = (6.4, 4.0)) -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("Plots need matplotlib.", hint="pip install 'whygrad[plots]'") from None
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.add_subplot()


def plot_run(run: Run, folder: Path) -> list[Path]:
    """Every picture that the run has numbers for; what was written."""
    figures = {"loss": loss_plot(run), "gradients": gradient_plot(run)}
    return write(figures, folder)


def write(figures: dict[str, Any], folder: Path) -> list[Path]:
    """Figures as NAME.png and NAME.svg. Raises ConfigError where they cannot be written."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            for kind in ("png", "svg") if figure is not None else ():
                path = folder / f"{name}.{kind}"
                figure.savefig(path, dpi=144, bbox_inches="tight", pad_inches=0.08)
                written.append(path)
    except OSError as error:
        raise ConfigError(f"{str(folder)!r} cannot be written.", why=str(error)) from None
    return written


def loss_plot(run: Run) -> Any:
    """Loss over epochs, training and validation, with the best epoch ringed."""
    if not run.history:
        return None
    figure, axes = _axes()
    key = "epoch" if "epoch" in run.history[-1] else "iteration"
    at = run.history.column(key)
    for name, label in (("loss", "training"), ("val_loss", "validation")):
        values = run.history.column(name)
        if values:
            axes.plot(at[: len(values)], values, label=label, linewidth=1.4)
    if run.best_epoch:
        row = run.history[run.best_epoch - 1]
        measured = row.get("val_loss", row["loss"])
        axes.plot(
            [run.best_epoch], [measured], "o", markersize=11, fillstyle="none", color="black",
            label=f"best: epoch {run.best_epoch}",
        )  # fmt: skip
    values = [v for v in run.history.column("loss") if v > 0 and np.isfinite(v)]
    if values and max(values) > 30 * min(values):
        axes.set_yscale("log")
    axes.set_xlabel(key)
    axes.set_ylabel("loss")
    axes.legend(frameon=False)
    return figure


def gradient_plot(run: Run) -> Any:
    """The norm of each layer's gradient over epochs."""
    names = [k for k in run.history[-1] if k.startswith("gradient_norm_")] if run.history else []
    if not names:
        return None
    figure, axes = _axes()
    at = run.history.column("epoch")
    for name in names:
        values = run.history.column(name)
        axes.plot(at[: len(values)], values, label=f"layer {name[14:]}", linewidth=1.2)
    axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("gradient norm")
    axes.legend(frameon=False)
    return figure


def confusion_plot(matrix: np.ndarray, classes: list[Any]) -> Any:
    """How often each class was taken for each other; rows are the true ones."""
    size = min(10.0, 3.0 + 0.45 * len(classes))
    figure, axes = _axes((size + 0.6, size))
    axes.imshow(
        matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1
    )
    names = [str(c) for c in classes]
    axes.set_xticks(range(len(names)), names, rotation=45 if len(names) > 3 else 0)
    axes.set_yticks(range(len(names)), names)
    for (row, column), count in np.ndenumerate(matrix):
        if len(names) <= 30 and count:
            dark = count > matrix[row].sum() / 2
            axes.text(
                column,
                row,
                f"{count}",
                ha="center",
                va="center",
                color="white" if dark else "black",
            )
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    return figure


def regression_plot(true: np.ndarray, predicted: np.ndarray, name: str = "") -> Any:
    """Predictions against targets, with the line where they are equal, and R."""
    true, predicted = true.reshape(-1), predicted.reshape(-1)
    figure, axes = _axes((4.8, 4.6))
    every = max(1, len(true) // SHOWN)
    axes.plot(true[::every], predicted[::every], "o", markersize=4, alpha=0.6)
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    axes.plot(ends, ends, "--", color="gray", linewidth=1)
    moving = len(true) > 1 and true.std() > 0 and predicted.std() > 0
    R = np.corrcoef(true, predicted)[0, 1] if moving else np.nan
    axes.set_title(f"R = {R:.4f}, n = {len(true):,}")
    axes.set_xlabel(f"target {name}".strip())
    axes.set_ylabel("predicted")
    return figure
