"""Four real tables: whygrad's defaults beside scikit-learn's MLP on the same splits, five seeds.

scikit-learn gets standardised inputs (and targets), one-hot categories and imputed means by its own
pipeline, its default network and 500 epochs with early stopping; whygrad gets the raw table.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd

import whygrad as wg

SEEDS = range(5)


def tables() -> dict[str, tuple[pd.DataFrame, str]]:
    """Name → data frame and its target column."""
    import palmerpenguins
    from sklearn import datasets

    def frame(load: Any) -> pd.DataFrame:
        return load(as_frame=True).frame

    folder = os.path.join(os.path.dirname(palmerpenguins.__file__), "data")
    return {
        "digits": (frame(datasets.load_digits), "target"),
        "breast cancer": (frame(datasets.load_breast_cancer), "target"),
        "diabetes": (frame(datasets.load_diabetes), "target"),
        "penguins": (pd.read_csv(os.path.join(folder, "penguins.csv")), "species"),
    }


def theirs(train: pd.DataFrame, test: pd.DataFrame, target: str, seed: int) -> float:
    """scikit-learn's score: accuracy, or R²."""
    from sklearn.compose import TransformedTargetRegressor, make_column_selector
    from sklearn.compose import make_column_transformer as columns
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    prepare = columns(
        (numbers, make_column_selector(dtype_include=np.number)),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    )
    options = {"max_iter": 500, "random_state": seed}
    if target == "target" and train[target].nunique() > 20:
        net: Any = TransformedTargetRegressor(
            MLPRegressor(early_stopping=True, **options), transformer=StandardScaler()
        )
    else:
        net = MLPClassifier(**options)
    model = make_pipeline(prepare, net)
    model.fit(train.drop(columns=target), train[target])
    return float(model.score(test.drop(columns=target), test[target]))


def ours(train: pd.DataFrame, test: pd.DataFrame, target: str, seed: int) -> float:
    """whygrad's score with what it does by itself."""
    run = wg.train(train, target=target, seed=seed, quiet=True)
    found = run.model.predict(test)
    true = test[target].to_numpy()
    if run.model.preparation.classes is not None:
        return float((found == true).mean())
    return float(1 - ((found[:, 0] - true) ** 2).sum() / ((true - true.mean()) ** 2).sum())


def compare() -> list[tuple[str, list[float], list[float], float, float]]:
    """Rows: name, our scores, theirs, our seconds, theirs."""
    rows = []
    for name, (frame, target) in tables().items():
        scores: dict[Any, list[float]] = {ours: [], theirs: []}
        seconds = {ours: 0.0, theirs: 0.0}
        for seed in SEEDS:
            order = np.random.default_rng(seed).permutation(len(frame))
            cut = int(0.75 * len(frame))
            train, test = frame.iloc[order[:cut]], frame.iloc[order[cut:]]
            for which in (ours, theirs):
                began = time.perf_counter()
                scores[which].append(which(train, test, target, seed))
                seconds[which] += time.perf_counter() - began
        rows.append((name, scores[ours], scores[theirs], seconds[ours], seconds[theirs]))
    return rows


def main() -> None:
    """Prints the README's table."""
    warnings.simplefilter("ignore")
    print("| table | score | whygrad | scikit-learn |\n|---|---|---|---|")
    for name, mine, other, seconds, their_seconds in compare():
        kind = "R²" if name == "diabetes" else "accuracy"
        cells = [
            f"{statistics.mean(s):.3f} ± {statistics.stdev(s):.3f} ({t / len(s):.2f} s)"
            for s, t in ((mine, seconds), (other, their_seconds))
        ]
        print(f"| {name} | {kind} | {cells[0]} | {cells[1]} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
