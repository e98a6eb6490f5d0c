"""Inputs of an estimator: as scikit-learn validates them, dense."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import validate_data

from whygrad.sklearn.refusals import ParameterError, SampleError

LARGEST = 2**32  # bytes of a sparse table made dense
ROWS = 4_096  # of one that is only looked at


def validated(estimator: Any, X: Any, y: Any = "no_validation", **how: Any) -> Any:
    """X, or X and y, checked by scikit-learn's own rules; sparse X stays sparse."""
    return validate_data(
        estimator, X, y, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), **how
    )


def scaling(X: Any, asked: str | None) -> str | None:
    """How inputs are scaled: those of sparse tables never, since a rare 1 would become large.

    Raises ParameterError for what would make numbers of a sparse table's zeros.
    """
    if sparse.issparse(X) and asked == "minmax":
        raise ParameterError(
            "Sparse inputs are not scaled.",
            given=f"scale = {asked!r}",
            why="their zeros would not stay zeros",
            hint="scale=None, MaxAbsScaler before it, or X.toarray()",
        )
    return None if sparse.issparse(X) or asked == "none" else asked


def dense(X: Any) -> np.ndarray:
    """Inputs as an array. Raises SampleError where a sparse table would not fit."""
    if not sparse.issparse(X):
        return np.asarray(X)
    size = int(np.prod(X.shape, dtype=float)) * X.dtype.itemsize
    if size > LARGEST:
        raise SampleError(
            "The sparse inputs would be too large as an array.",
            given=f"{X.shape[0]:,} × {X.shape[1]:,}: {size / 2**30:,.1f} GiB",
            why=f"a network reads every column; at most {LARGEST / 2**30:.0f} GiB are taken",
            hint="fewer columns (TruncatedSVD, SelectKBest), float32, or partial_fit on some rows",
        )
    return np.asarray(X.toarray())


def by_rows(X: Any) -> Any:
    """Inputs as arrays, some rows at a time where they are sparse."""
    if not sparse.issparse(X):
        yield np.asarray(X)
        return
    rows = X.tocsr()
    for start in range(0, rows.shape[0], ROWS):
        yield rows[start : start + ROWS].toarray()
