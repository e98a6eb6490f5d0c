"""MLPClassifier: scikit-learn's, with what its policy keeps out of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call

from whygrad.data.preparation import Preparation
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.sklearn import inputs
from whygrad.sklearn.conversion import Convertible
from whygrad.sklearn.labels import Labels, balanced
from whygrad.sklearn.perceptron import Perceptron, by_passes
from whygrad.sklearn.refusals import ParameterError
from whygrad.training.run import Run

PROBABLE = ("softmax", "logistic")


def has_probabilities(estimator: Any) -> bool:
    """Whether the outputs are probabilities; else predict_proba is not there."""
    if hasattr(estimator, "network_") and estimator.out_activation_ not in PROBABLE:
        raise AttributeError(
            f"predict_proba is not there: the output activation is {estimator.out_activation_}."
        )
    return True


class MLPClassifier(ClassifierMixin, Convertible, Perceptron):  # type: ignore[misc]
    """A multi-layer perceptron that classifies; the parameters of scikit-learn's, and more.

    Where both have a parameter it means the same, but for what docs/from-scikit-learn.md lists:
    inputs are scaled here (scale=None is as scikit-learn does). What is new:

    activation: any of whygrad's, a formula in x, or one for each hidden layer. solver: any of
    whygrad's too, or an optax transformation. learning_rate: also any schedule of whygrad.
    loss: "log_loss", or any of whygrad's. output_activation: default: the loss's own.
    class_weight: "balanced", or class → weight. dropout: share of hidden units, one or one a layer.
    monitor: what early stopping watches: "val_accuracy" (as scikit-learn), "val_loss".
    n_restarts: so many nets are trained from other first weights, the best is kept.
    scale: of the inputs, inside the model: "standard", "minmax" or None. init: first weights.
    callbacks: called with every epoch's row; True ends training. engine, device: as wg.train.
    dtype: what is trained in, "auto" (float32 where it is compiled), "float32" or "float64"; the
    answers have the type of the inputs.

    Attributes are scikit-learn's, coefs_ belong to the scaled inputs; network_ is the wg.Network,
    run_ the wg.Run.
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        loss: str = "log_loss",
        output_activation: Any = None,
        class_weight: Any = None,
        dropout: Any = 0.0,
        monitor: str | None = None,
        n_restarts: int = 1,
        scale: str | None = "standard",
        init: str = "glorot",
        callbacks: Any = None,
        engine: str = "auto",
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        self._take(locals())

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> MLPClassifier:
        """Fits to X (samples, features) and classes y (samples,), or labels (samples, labels).

        X_val, y_val, sample_weight_val: samples of their own to validate. Training then stops by
        them, and the best epoch's weights are kept. Raises ValueError for what cannot be.
        """
        self._fitted(X, y, sample_weight, (X_val, y_val, sample_weight_val))
        return self

    @available_if(by_passes)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> MLPClassifier:
        """One pass over these samples, from where the last one ended.

        classes: all that there will ever be, in the first call.
        """
        if classes is not None or not hasattr(self, "network_"):
            _check_partial_fit_first_call(self, classes)
        self._passed(X, y, sample_weight, classes)
        return self

    def predict(self, X: Any) -> Any:
        """The classes (samples,) of X; of labels rows of 0 and 1 (samples, labels), as given."""
        out = self._answered(X)
        return self._labels.decoded(out)

    @available_if(has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class (samples, classes), in the order of `classes_`."""
        out = self._answered(X)
        if out.shape[1] > 1:
            return out
        return np.hstack([1 - out, out])[:, : len(self.classes_)]

    @available_if(has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    # ---- what the targets are -------------------------------------------------------------------

    def _checked(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        return inputs.validated(self, X, y, multi_output=True, reset=first)

    def _learn_targets(self, y: Any, classes: Any = None) -> None:
        self._labels = Labels.of(y, classes)
        self.classes_ = self._labels.classes

    def _check_same_targets(self, y: Any) -> None:
        found = Labels.of(y).classes
        if not np.array_equal(found, self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {found}"
            )

    @property
    def _loss(self) -> str:
        """whygrad's loss: "log_loss" is softmax's for several classes, else a sigmoid's each."""
        if self.loss != "log_loss":
            return str(self.loss)
        return (
            "softmax_cross_entropy"
            if self._labels.kind == "multiclass"
            else "binary_cross_entropy_with_logits"
        )

    def _outputs(self) -> tuple[int, str, str | None]:
        distribution = objective(self._loss).per_sample
        if distribution and self._labels.multilabel:
            raise ParameterError(
                f"The loss {self._loss!r} is for one class a sample; these samples have several.",
                hint='loss = "log_loss"',
            )
        return self._labels.outputs(distribution), self._loss, self.output_activation

    def _encoded(self, y: Any, dtype: Any) -> np.ndarray:
        return self._labels.encoded(y, objective(self._loss).per_sample, dtype)

    def _weights(self, y: Any, weight: np.ndarray | None) -> np.ndarray | None:
        if self.class_weight is None:
            return weight
        if self.class_weight == "balanced":
            own = balanced(y, weight)
        else:
            own = np.asarray(compute_sample_weight(self.class_weight, y), float)
        return own if weight is None else own * weight

    def _monitor(self, network: Network) -> str:
        counted = network.has_probabilities and not self._labels.multilabel
        return "val_accuracy" if counted and self.monitor is None else super()._monitor(network)

    def _scores(self, run: Run, y_val: np.ndarray, weight: np.ndarray | None) -> list[float]:
        if "val_accuracy" in run.history[0] and not self._labels.multilabel:
            return [np.float64(v) for v in run.history.column("val_accuracy")]
        return super()._scores(run, y_val, weight)

    def _named(self, network: Network) -> Network:
        if self._labels.multilabel:
            return network
        around = network.preparation or Preparation()
        classes = tuple(self._labels.classes.tolist())
        return replace(network, preparation=replace(around, classes=classes))
