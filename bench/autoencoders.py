"""Auto-encoders beside PCA, which is the best that a linear one can do: how much comes back."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np

RESTS = 3  # other first weights, and other rows that are held back


def rows(small: bool) -> list[dict[str, Any]]:
    """Mean squared errors as shares of PCA's, and the floor that each is to keep to."""
    from sklearn.datasets import load_digits

    digits = load_digits().data / 16
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there could have been more iterations
        return [linear(digits[:60] if small else digits, 2 if small else 4), bent(digits, small)]


def pca_error(train: np.ndarray, rest: np.ndarray, size: int) -> float:
    """What PCA misses of some rows, fitted to others."""
    from sklearn.decomposition import PCA

    pca = PCA(size).fit(train)
    return float(((rest - pca.inverse_transform(pca.transform(rest))) ** 2).mean())


def linear(x: np.ndarray, size: int) -> dict[str, Any]:
    """A linear one, by conjugate gradients: PCA's minimum within 1e-6, and not below it."""
    from whygrad.sklearn import Autoencoder

    model = Autoencoder(
        (), size, activation="identity", solver="scg", alpha=0, scale=None, max_iter=4000,
        random_state=0,
    )  # fmt: skip
    began = time.perf_counter()
    model.fit(x)
    seconds = time.perf_counter() - began
    share = float(model.reconstruction_error(x).mean()) / pca_error(x, x, size)
    name = f"linear auto-encoder 64-{size}-64, {len(x)} digits"
    return {
        "name": name, "of_pca": share, "floor": "1 to 1.000001", "seconds": seconds,
        "met": -1e-12 < share - 1 < 1e-6,
    }  # fmt: skip


def bent(digits: np.ndarray, small: bool) -> dict[str, Any]:
    """One with relu layers and a code of 8, by Adam, on rows that neither has seen."""
    from sklearn.model_selection import train_test_split

    from whygrad.sklearn import Autoencoder

    shares, began = [], time.perf_counter()
    for seed in range(1 if small else RESTS):
        train, rest = train_test_split(digits.astype(np.float32), test_size=0.25, random_state=seed)
        model = Autoencoder(
            (64,), 8, activation="relu", scale=None, alpha=0, batch_size=64, tol=0,
            max_iter=20 if small else 150, learning_rate_init=0.003, random_state=seed,
        ).fit(train)  # fmt: skip
        shares.append(float(model.reconstruction_error(rest).mean()) / pca_error(train, rest, 8))
    share = max(shares)
    return {
        "name": "auto-encoder 64-64-8-64-64, digits held out", "of_pca": share, "floor": "< 1",
        "seconds": (time.perf_counter() - began) / len(shares), "met": share < 1,
    }  # fmt: skip


def markdown(found: list[dict[str, Any]]) -> list[str]:
    """The lines of a table."""
    lines = ["| auto-encoders | error, of PCA's with as many numbers | to be | a fit |"]
    lines.append("|---|---|---|---|")
    for row in found:
        shown = f"{row['of_pca']:.9f}" if abs(row["of_pca"] - 1) < 1e-3 else f"{row['of_pca']:.2f}"
        lines.append(f"| {row['name']} | {shown} | {row['floor']} | {row['seconds']:.2g} s |")
    return lines
