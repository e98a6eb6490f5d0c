"""Labels: classes as what a network learns, and its outputs as classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

MULTILABEL = "multilabel-indicator"


def in_shares(labels: np.ndarray, share: float) -> bool:
    """Whether a share of samples can have every class, and the others too."""
    members = np.unique(labels, return_counts=True)[1]
    held = math.ceil(share * len(labels))
    return bool(members.min() > 1) and len(members) <= min(held, len(labels) - held)


def balanced(y: Any, weight: np.ndarray | None) -> np.ndarray:
    """Weights (samples,) by which all classes count alike; of labels that come together a product.

    As scikit-learn's LogisticRegression has it, a class is as large as its samples' weights.
    """
    columns = y.toarray() if issparse(y) else np.asarray(y)
    found = np.ones(len(columns))
    for column in columns.reshape(len(columns), -1).T:
        at = np.unique(column, return_inverse=True)[1]
        sizes = np.bincount(at, weights=weight)
        found *= (sizes.sum() / (len(sizes) * sizes))[at]
    return found


@dataclass(frozen=True, eq=False)
class Labels:
    """Which classes there are, and whether a sample has one of them or any number.

    classes: sorted, (classes,). kind: "binary", "multiclass" or "multilabel-indicator". sparse:
    whether labels came as a sparse table, and go back as one.
    """

    classes: np.ndarray
    kind: str
    sparse: bool = False

    @classmethod
    def of(cls, y: Any, classes: Any = None) -> Labels:
        """The labels of targets, or those that are announced. Raises ValueError for no classes."""
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind == "multiclass-multioutput":
            raise ValueError(
                "Multioutput target data is not supported: one column of classes, or one column of "
                "0 and 1 for each label."
            )
        if kind == MULTILABEL:
            return cls(np.arange(y.shape[1]), kind, issparse(y))
        found = unique_labels(y) if classes is None else np.unique(np.asarray(classes))
        return cls(found, "binary" if len(found) <= 2 else "multiclass")

    @property
    def multilabel(self) -> bool:
        """Whether a sample may have several labels, or none."""
        return self.kind == MULTILABEL

    def outputs(self, distribution: bool) -> int:
        """Neurons of the output layer; distribution: the loss is one of all classes together."""
        return 1 if self.kind == "binary" and not distribution else max(len(self.classes), 2)

    def encoded(self, y: Any, distribution: bool, dtype: Any) -> np.ndarray:
        """Class numbers (samples,) for a distribution, else rows of 0 and 1 (samples, outputs).

        Raises ValueError for a class that is not known.
        """
        if self.multilabel:
            rows = y.toarray() if issparse(y) else np.asarray(y)
            if rows.ndim != 2 or rows.shape[1] != len(self.classes):
                raise ValueError(f"y must have {len(self.classes)} columns of labels.")
            return rows.astype(dtype)
        y = np.asarray(y).ravel()
        unknown = np.setdiff1d(y, self.classes)
        if len(unknown):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes}. "
                f"'y' has {unique_labels(y)}."
            )
        codes: np.ndarray = np.searchsorted(self.classes, y)
        if distribution:
            return codes
        width = self.outputs(False)
        if width == 1:
            return codes[:, None].astype(dtype)
        return np.eye(width, dtype=dtype)[codes]

    def decoded(self, out: np.ndarray) -> Any:
        """The classes that outputs (samples, outputs) speak for; of multilabel rows of 0 and 1."""
        if self.multilabel:
            rows = (out > 0.5).astype(int)
            return csr_matrix(rows) if self.sparse else rows
        best = out[:, 0] > 0.5 if out.shape[1] == 1 else out.argmax(axis=1)
        return self.classes[np.minimum(best.astype(int), len(self.classes) - 1)]
