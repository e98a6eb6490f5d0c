"""Estimators on digits, whygrad's and scikit-learn's, each with its defaults and to its own stop.

A runner fits anew and gives the accuracy on what was held out: equal work is equal accuracy.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as Theirs

from whygrad.sklearn import MLPClassifier as Ours

Runner = Callable[[], float]


@contextmanager
def quietly() -> Iterator[None]:
    """No word of what had not converged: `small` fits have few epochs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def splits(seeds: int, samples: int) -> list[Any]:
    """Digits as they are, a quarter held out, by seed: X, X_test, y, y_test."""
    x, y = load_digits(return_X_y=True)
    return [
        train_test_split(x[:samples], y[:samples], test_size=0.25, random_state=seed)
        for seed in range(seeds)
    ]


def single(seeds: int, samples: int, **options: Any) -> dict[str, Runner]:
    """One fit a seed; the mean accuracy."""
    parts = splits(seeds, samples)

    def of(kind: Any) -> Runner:
        def run() -> float:
            with quietly():
                return float(np.mean([
                    kind(random_state=seed, **options).fit(x, y).score(x_test, y_test)
                    for seed, (x, x_test, y, y_test) in enumerate(parts)
                ]))  # fmt: skip

        return run

    return {"whygrad": of(Ours), "sklearn": of(Theirs)}


def _fitted(x: np.ndarray, y: np.ndarray, seed: int, options: dict[str, Any]) -> Any:
    with quietly():
        return Theirs(random_state=seed, **options).fit(x, y)


def best_of(count: int, samples: int, **options: Any) -> dict[str, Runner]:
    """So many fits, of which the one with the least loss is kept; scikit-learn's on 2 processes."""
    from joblib import Parallel, delayed

    x, x_test, y, y_test = splits(1, samples)[0]

    def ours() -> float:
        with quietly():
            found = Ours(random_state=0, n_restarts=count, **options).fit(x, y)
        return float(found.score(x_test, y_test))

    def theirs() -> float:
        with Parallel(n_jobs=2) as parallel:
            fits = parallel(delayed(_fitted)(x, y, seed, options) for seed in range(count))
        return float(min(fits, key=lambda fit: fit.loss_).score(x_test, y_test))

    return {"whygrad": ours, "sklearn": theirs}
