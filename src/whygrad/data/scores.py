"""Scores of predictions: accuracy, F1, log-loss, confusion; RMSE, MAE, R²."""

from __future__ import annotations

from typing import Any

import numpy as np


def classification(
    true: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray | None, classes: int
) -> dict[str, Any]:
    """accuracy, f1 (the mean over classes, macro), log_loss (nats), confusion (rows: true).

    true, predicted: class numbers (samples,). probabilities: (samples, classes), or None.
    """
    confusion = np.zeros((classes, classes), int)
    np.add.at(confusion, (true, predicted), 1)
    right = np.diag(confusion)
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    met = both > 0  # a class that is neither there nor predicted has no F1
    found: dict[str, Any] = {
        "accuracy": float(right.sum() / max(len(true), 1)),
        "f1": float((2 * right[met] / both[met]).mean()) if met.any() else float("nan"),
    }
    if probabilities is not None:
        p = np.asarray(probabilities, float)[np.arange(len(true)), true]
        found["log_loss"] = float(np.log(1 / np.maximum(p, np.finfo(float).tiny)).mean())
    return {**found, "confusion": confusion.tolist()}


def regression(true: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    """rmse, mae (in the targets' units), r2 (1 − squared errors / squared deviations).

    true, predicted: (samples, targets). r2 is the mean over the targets, as scikit-learn's.
    """
    miss = np.asarray(predicted, float) - true
    spread = ((true - true.mean(axis=0)) ** 2).sum(axis=0)
    r2 = 1 - (miss**2).sum(axis=0) / np.where(spread > 0, spread, np.nan)
    return {
        "rmse": float(np.sqrt((miss**2).mean())),
        "mae": float(np.abs(miss).mean()),
        "r2": float(r2.mean()),
    }
