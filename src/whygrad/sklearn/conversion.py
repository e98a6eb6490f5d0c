"""Conversion to scikit-learn's own estimators and back, with equal predictions."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn import neural_network as theirs
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from whygrad.models.mlp import Network, mlp
from whygrad.sklearn.labels import MULTILABEL, Labels
from whygrad.sklearn.parameters import RATES
from whygrad.sklearn.refusals import ParameterError

ACTIVATIONS = {"identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}
SOLVERS = ("adam", "sgd", "lbfgs")
KEPT = (
    "loss_", "best_loss_", "loss_curve_", "n_iter_", "t_", "validation_scores_",
    "best_validation_score_", "n_features_in_", "feature_names_in_",
)  # fmt: skip


class Convertible:
    """An estimator that scikit-learn has, too."""

    def to_sklearn(self) -> Any:
        """scikit-learn's own fitted estimator with equal predictions; the scaling is folded in.

        Raises ConfigError for what scikit-learn cannot express.
        """
        return to_sklearn(self)

    @classmethod
    def from_sklearn(cls, fitted: Any) -> Self:
        """This estimator, fitted as scikit-learn's of the same name is; it scales nothing."""
        found: Self = from_sklearn(cls, fitted)
        return found


def folded(net: Network) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights (in, out) and biases of each layer for unscaled data: the scaling is part of them.

    W·((x − s)·f) + b = (W·f)·x + (b − W·(s·f)); of linear outputs y = out/f + s.
    """
    layers = range(1, net.depth + 1)
    coefs = [np.array(net.parameters[f"W{k}"].T) for k in layers]
    intercepts = [np.array(net.parameters[f"b{k}"]) for k in layers]
    around = net.preparation
    if around is not None and around.inputs is not None:
        shift, factor = around.inputs.shift, around.inputs.factor
        intercepts[0] = intercepts[0] - (shift * factor) @ coefs[0]
        coefs[0] = coefs[0] * factor[:, None]
    if around is not None and around.targets is not None:
        shift, factor = around.targets.shift, around.targets.factor
        coefs[-1], intercepts[-1] = coefs[-1] / factor, intercepts[-1] / factor + shift
    kind = next(iter(net.parameters.values())).dtype
    return [c.astype(kind) for c in coefs], [b.astype(kind) for b in intercepts]


def to_sklearn(estimator: Any) -> Any:
    """scikit-learn's estimator, fitted. Raises ParameterError for what it cannot express."""
    check_is_fitted(estimator)
    net: Network = estimator.network_
    hidden = {op.name for op in net.activations[:-1]}
    if len(hidden) > 1 or not hidden <= set(ACTIVATIONS):
        raise ParameterError(
            "scikit-learn has one activation for all hidden layers.",
            given=", ".join(op.name for op in net.activations[:-1]),
            hint="one of " + ", ".join(ACTIVATIONS.values()),
        )
    expected = _output_of(estimator)
    if estimator.out_activation_ != expected:
        raise ParameterError(
            f"scikit-learn's output activation is {expected} here.",
            given=estimator.out_activation_,
        )
    around = net.preparation
    if around is not None and around.targets is not None and expected != "identity":
        raise ParameterError("Scaled targets can be folded into linear outputs only.")
    kind = theirs.MLPClassifier if is_classifier(estimator) else theirs.MLPRegressor
    found = kind(**_their_parameters(estimator, kind, hidden))
    found.coefs_, found.intercepts_ = folded(net)
    found.n_layers_, found.n_outputs_ = len(net.layers), int(net.layers[-1])
    found.out_activation_ = expected
    for name in KEPT:
        if hasattr(estimator, name):
            setattr(found, name, copy(getattr(estimator, name)))
    found._best_coefs, found._best_intercepts = list(found.coefs_), list(found.intercepts_)
    found._no_improvement_count = 0
    found._random_state = np.random.RandomState(0)
    if is_classifier(estimator):
        labels: Labels = estimator._labels
        said = np.eye(len(labels.classes), dtype=int) if labels.multilabel else labels.classes
        found._label_binarizer = LabelBinarizer().fit(said)
        found.classes_ = found._label_binarizer.classes_
    return found


def _output_of(estimator: Any) -> str:
    """The output activation that scikit-learn would have for these targets."""
    if is_classifier(estimator):
        return "softmax" if estimator._labels.kind == "multiclass" else "logistic"
    return "exp" if estimator.network_.loss == "poisson_nll" else "identity"


def _their_parameters(estimator: Any, kind: Any, hidden: set[str]) -> dict[str, Any]:
    """The parameters that mean the same there; what is only here has no name there."""
    there = kind().get_params()
    found = {k: v for k, v in estimator.get_params(deep=False).items() if k in there}
    found["activation"] = ACTIVATIONS[next(iter(hidden), "identity")]
    found["hidden_layer_sizes"] = tuple(estimator.network_.layers[1:-1])
    if found["solver"] not in SOLVERS:
        found["solver"] = "adam"
    if found["learning_rate"] not in RATES:
        found["learning_rate"] = "constant"
    if "loss" in there:
        found["loss"] = "poisson" if _output_of(estimator) == "exp" else "squared_error"
    return found


def from_sklearn(cls: Any, fitted: Any) -> Any:
    """The estimator of a class, fitted as scikit-learn's is. Raises ParameterError for another."""
    expected = getattr(theirs, cls.__name__)
    if not isinstance(fitted, expected):
        raise ParameterError(
            f"{cls.__name__}.from_sklearn takes scikit-learn's own {cls.__name__}.",
            given=type(fitted).__name__,
        )
    check_is_fitted(fitted)
    ours = cls().get_params()
    given = {k: v for k, v in fitted.get_params().items() if k in ours and k != "loss"}
    if hasattr(fitted, "loss") and not is_classifier(fitted):
        given["loss"] = fitted.loss
    unscaled = {k: None for k in ("scale", "scale_targets") if k in ours}
    found = cls(**given, **unscaled)
    if is_classifier(fitted):
        found._labels = _labels_of(fitted)
        found.classes_ = found._labels.classes
    else:
        found._width = int(fitted.n_outputs_)
    for name in KEPT:
        if hasattr(fitted, name):
            setattr(found, name, copy(getattr(fitted, name)))
    net = found._network(int(fitted.n_features_in_), 0)
    sizes = (fitted.n_features_in_, *(len(b) for b in fitted.intercepts_))
    if net.layers != tuple(map(int, sizes)):  # the parameters were changed after the fit
        net = mlp(
            sizes, activation=[op.name for op in net.activations][:-1], loss=net.loss,
            output_activation=net.activations[-1].name,
        )  # fmt: skip
    weights = {f"W{k}": np.array(w.T) for k, w in enumerate(fitted.coefs_, start=1)}
    biases = {f"b{k}": np.array(b) for k, b in enumerate(fitted.intercepts_, start=1)}
    found.network_ = found._named(replace(net, parameters=_in_turn(weights, biases)))
    found.run_ = None
    return found


def _in_turn(weights: dict[str, Any], biases: dict[str, Any]) -> dict[str, Any]:
    """W1, b1, W2, b2, …: the order that a network keeps."""
    pairs = zip(weights.items(), biases.items(), strict=True)
    return {name: value for pair in pairs for name, value in pair}


def _labels_of(fitted: Any) -> Labels:
    """The classes of scikit-learn's classifier."""
    if fitted.out_activation_ == "softmax":
        return Labels(fitted.classes_, "multiclass")
    several = fitted.n_outputs_ > 1
    return Labels(fitted.classes_, MULTILABEL if several else "binary")
