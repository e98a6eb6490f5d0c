"""Perceptron: what both estimators have in common: fitting, what a fit leaves behind, questions."""

from __future__ import annotations

import re
import warnings
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    is_classifier,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from whygrad.derivation import Derivation
from whygrad.models.mlp import Network, mlp
from whygrad.models.objective import objective
from whygrad.models.sensitivity import input_jacobian
from whygrad.names import Value
from whygrad.recording import Trace, backprop
from whygrad.sklearn import inputs, parameters
from whygrad.sklearn.passes import Passes
from whygrad.sklearn.refusals import ParameterError, as_value_errors
from whygrad.training.loop import train
from whygrad.training.options import Options
from whygrad.training.run import Run

OURS = {"logistic": "sigmoid"}  # scikit-learn's name of an activation → ours
THEIRS = {"sigmoid": "logistic"}
ENTRY = re.compile(r"(coefs_|intercepts_)\[(\d+)\]\[(\d+)(?:\s*,\s*|\]\[)?(\d+)?\]")


def by_passes(estimator: Any) -> bool:
    """Whether the solver can make one pass at a time; else partial_fit is not there."""
    if Options(optimizer=parameters.optimizer_of(estimator)).solver:
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. "
            f"{estimator.solver} is not stochastic."
        )
    return True


class Perceptron(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The part of both estimators that does not depend on what the targets are."""

    network_: Network
    run_: Run | None
    loss_: float
    best_loss_: float | None
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    restart_losses_: np.ndarray
    n_iter_: int
    t_: int
    _passes: Passes | None = None

    def _take(self, given: dict[str, Any]) -> None:
        """Every parameter of the constructor as an attribute, as scikit-learn wants it."""
        for name in self._get_param_names():
            setattr(self, name, given[name])

    # ---- what the two kinds say -----------------------------------------------------------------

    @abstractmethod
    def _checked(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        """X and y as scikit-learn validates them; first: whether they say what there is."""

    @abstractmethod
    def _learn_targets(self, y: Any, classes: Any = None) -> None:
        """Takes from the targets what is to be known of them: classes, the number of outputs."""

    @abstractmethod
    def _encoded(self, y: Any, dtype: Any) -> np.ndarray:
        """Targets as the network learns them."""

    @abstractmethod
    def _weights(self, y: Any, weight: np.ndarray | None) -> np.ndarray | None:
        """Weights of samples, with those of their classes."""

    @abstractmethod
    def _outputs(self) -> tuple[int, str, str | None]:
        """Neurons of the output layer, the loss, and the output activation."""

    @abstractmethod
    def _scaled_targets(self, network: Network) -> str | None:
        """How the targets are scaled."""

    @abstractmethod
    def _monitor(self, network: Network) -> str:
        """The measure of the validation set that is watched."""

    @abstractmethod
    def _scores(self, run: Run, y_val: np.ndarray, weight: np.ndarray | None) -> list[float]:
        """What each epoch scored on the validation set: the larger, the better."""

    # ---- fitting --------------------------------------------------------------------------------

    def _fitted(
        self, X: Any, y: Any, sample_weight: Any, validation: tuple[Any, Any, Any]
    ) -> Perceptron:
        """The work of `fit`."""
        parameters.check(self)
        parameters.hidden_sizes(self.hidden_layer_sizes)
        first = not (self.warm_start and hasattr(self, "network_"))
        X, y, weight = self._samples(X, y, sample_weight, first)
        if first:
            self._learn_targets(y)
        seed = parameters.seed_of(self.random_state)
        network = self._network(X.shape[1], seed) if first else self._continued()
        targets = self._encoded(y, X.dtype)
        held = self._validation(validation, X.dtype)
        if held is None and self.early_stopping:
            X, targets, weight, held = self._held_back(X, targets, weight, seed)
        options = parameters.options_of(
            self, len(X), seed=seed, validating=bool(held), monitor=self._monitor(network)
        )
        options = self._adapted(options, network, len(X), weight, first)
        with as_value_errors():
            run = train(
                network, X, targets, sample_weight=weight, validation=held,
                callbacks=self._callbacks(), **options,
            )  # fmt: skip
        self._passes = None
        self._keep(run, len(X), first)
        if held:
            self._keep_validation(run, held)
        self._warn(run)
        return self

    def _samples(
        self, X: Any, y: Any, sample_weight: Any, first: bool
    ) -> tuple[np.ndarray, Any, np.ndarray | None]:
        """Samples and weights, validated: X dense, y as it was given."""
        X, y = self._checked(X, y, first)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
            if not (weight > 0).any():
                raise ValueError("Sample weights must contain at least one non-zero number.")
        weight = self._weights(y, weight)
        if (
            weight is not None and not weight.all()
        ):  # what counts nothing is as if it were not there
            X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        return inputs.dense(X), y, weight

    def _validation(self, given: tuple[Any, Any, Any], dtype: Any) -> tuple[Any, ...] | None:
        """X_val, y_val and sample_weight_val as `train` takes them."""
        X, y, weight = given
        if X is None and y is None:
            return None
        if X is None or y is None:
            there, missing = ("y_val", "X_val") if X is None else ("X_val", "y_val")
            raise ValueError(f"{there} is provided, but {missing} was not provided.")
        X, y, weight = self._samples(X, y, weight, False)
        return X.astype(dtype, copy=False), self._encoded(y, dtype), weight

    def _held_back(
        self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, tuple[Any, ...]]:
        """The samples that train, and a share of them that validates, split by scikit-learn."""
        one_class = is_classifier(self) and (y.ndim == 1 or y.shape[1] == 1)
        train, held = train_test_split(
            np.arange(len(X)),
            random_state=seed,
            test_size=self.validation_fraction,
            stratify=y if one_class else None,
        )
        if len(held) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        parts = [None if weight is None else weight[rows] for rows in (train, held)]
        return X[train], y[train], parts[0], (X[held], y[held], parts[1])

    def _network(self, features: int, seed: int) -> Network:
        """The network before training."""
        hidden = parameters.hidden_sizes(self.hidden_layer_sizes)
        outputs, loss, last = self._outputs()
        given = self.activation
        each = list(given) if isinstance(given, (list, tuple)) else [given] * len(hidden)
        with as_value_errors():
            fused = objective(loss).fused
            return mlp(
                [features, *hidden, outputs],
                activation=[OURS.get(a, a) for a in each],
                output_activation=OURS.get(last, last) if last else fused or "identity",
                loss=loss,
                init=self.init,
                seed=seed,
            )

    def _continued(self) -> Network:
        """The network that is there, for training to go on with: its scaling stays."""
        found = self.network_
        asked = parameters.hidden_sizes(self.hidden_layer_sizes)
        if found.layers[1:-1] != asked:
            raise ParameterError(
                "Training goes on with the network that is there, and it has other layers.",
                given=f"hidden_layer_sizes = {asked}, a network with {found.layers[1:-1]}",
                hint="warm_start=False begins anew",
            )
        if found.preparation is not None and found.preparation.classes is not None:
            found = replace(found, preparation=replace(found.preparation, classes=None))
        return found

    def _adapted(
        self,
        options: dict[str, Any],
        network: Network,
        rows: int,
        weight: np.ndarray | None,
        first: bool,
    ) -> dict[str, Any]:
        """The options with what depends on the network: scaling, the penalty."""
        around = network.preparation
        if first:
            options["scale_targets"] = self._scaled_targets(network) or "none"
        elif around is not None and around.inputs is not None:
            options["scale"] = None
        batch = options.get("batch_size", rows)
        if self.alpha and parameters.takes_penalty(options["optimizer"]):
            options["l2"] = parameters.penalty(self.alpha, batch, weight, network.reduction)
        return options

    def _callbacks(self) -> Sequence[Any]:
        """What listens to each epoch: the user's own, and what `verbose` prints."""
        own = list(self.callbacks or ())
        return [*own, printed] if self.verbose else own

    # ---- what a fit leaves ----------------------------------------------------------------------

    def _keep(self, run: Run, rows: int, first: bool) -> None:
        assert run.model is not None
        self.run_, self.network_ = run, self._named(run.model)
        losses = [float(v) for v in run.history.column("loss")]
        self.n_iter_ = len(run.history)
        self.t_ = (0 if first else self.t_) + self.n_iter_ * rows
        self.loss_curve_ = [*([] if first else self.loss_curve_), *losses]
        self.loss_ = losses[-1] if losses else run.loss
        self.best_loss_ = min(self.loss_curve_, default=self.loss_)
        self.validation_scores_ = self.best_validation_score_ = None
        if self.n_restarts > 1:
            self.restart_losses_ = np.asarray(run.restart_losses)

    def _keep_validation(self, run: Run, held: tuple[Any, ...]) -> None:
        self.best_loss_ = None
        self.validation_scores_ = self._scores(run, held[1], held[2])
        self.best_validation_score_ = max(self.validation_scores_, default=None)

    def _named(self, network: Network) -> Network:
        """The network with what it is called: class names, where there are any."""
        return network

    def _warn(self, run: Run) -> None:
        if run.interrupted:
            warnings.warn("Training interrupted by user.", UserWarning, stacklevel=4)
        elif run.trouble:
            warnings.warn(run.stop_reason, ConvergenceWarning, stacklevel=4)
        elif self.n_iter_ >= self.max_iter and " done" in run.stop_reason:
            warnings.warn(
                f"Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                "converged yet.",
                ConvergenceWarning,
                stacklevel=4,
            )

    # ---- one pass -------------------------------------------------------------------------------

    def _passed(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Perceptron:
        """The work of `partial_fit`: one pass over the samples, the optimizer's memory kept."""
        parameters.check(self)
        if self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        first = not hasattr(self, "network_")
        X, y, weight = self._samples(X, y, sample_weight, first)
        if first:
            self._learn_targets(y, classes)
        passes = self._passes or Passes(parameters.seed_of(self.random_state))
        network = self._network(X.shape[1], passes.seed) if first else self._continued()
        seen = 0 if first else self.t_
        options = parameters.options_of(
            self, len(X), seed=passes.seed, validating=False, monitor="loss"
        )
        options = self._adapted(options, network, len(X), weight, first)
        options = parameters.one_pass(self, options, seen)
        targets = self._encoded(y, X.dtype)
        with as_value_errors():
            run, self._passes = passes.made(network, X, targets, weight, options)
        self._keep(run, len(X), first)
        self.n_iter_ = 1
        if run.trouble:
            self._warn(run)
        return self

    # ---- what is there --------------------------------------------------------------------------

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights (in, out) of each layer: the network's own, transposed; of scaled inputs."""
        net = self.network_
        return [net.parameters[f"W{k}"].T for k in range(1, net.depth + 1)]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases (out,) of each layer."""
        return [self.network_.parameters[f"b{k}"] for k in range(1, self.network_.depth + 1)]

    @property
    def n_layers_(self) -> int:
        """Layers, the inputs counted."""
        return len(self.network_.layers)

    @property
    def n_outputs_(self) -> int:
        """Neurons of the output layer."""
        return int(self.network_.layers[-1])

    @property
    def out_activation_(self) -> str:
        """The output activation, as scikit-learn calls it."""
        name = self.network_.activations[-1].name
        if name == "identity":  # the loss may contain the activation, and read its input
            name = objective(self.network_.loss).fused or name
        return THEIRS.get(name, name)

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.layers[-2])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    # ---- questions ------------------------------------------------------------------------------

    def _answered(self, X: Any, layer: int | None = None) -> np.ndarray:
        """Outputs of the network, or of one of its layers, for inputs as they are given."""
        check_is_fitted(self)
        X = inputs.validated(self, X, reset=False)
        parts = [self.network_.outputs(part, layer) for part in inputs.by_rows(X)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def transform(self, X: Any, layer: int = -1) -> np.ndarray:
        """The outputs (samples, neurons) of a hidden layer: −1 is the last of them, 0 the first."""
        check_is_fitted(self)
        hidden = self.network_.depth - 1
        if not -hidden <= layer < hidden:
            raise ParameterError(
                "There is no such hidden layer.",
                given=f"layer = {layer}, {hidden} hidden layers",
                hint="0 is the first, −1 the last",
            )
        return self._answered(X, 1 + layer % hidden)

    def input_gradients(self, X: Any) -> np.ndarray:
        """∂output/∂input (samples, outputs, features) by the backward pass, in the data's units.

        Of a classifier the outputs are its probabilities; of two classes that of the second.
        """
        check_is_fitted(self)
        X = inputs.validated(self, X, reset=False)
        return np.concatenate([input_jacobian(self.network_, p) for p in inputs.by_rows(X)])

    def backprop(self, X: Any, y: Any) -> Trace:
        """The recorded pass of these samples, in float64: wg.backprop of `network_`."""
        check_is_fitted(self)
        X, y, _ = self._samples(X, y, None, False)
        return backprop(self._continued(), X, self._encoded(y, np.float64))

    def why(self, X: Any, y: Any, target: str, **choices: Any) -> Derivation:
        """The worked derivation of one gradient of the loss of these samples.

        target: "coefs_[0][3, 5]" (W1[5, 3]: scikit-learn's weights are (in, out)),
        "intercepts_[0][2]", or any name that wg.backprop knows. choices: those of Trace.why.
        """
        trace = self.backprop(X, y)
        return trace.why(entry(trace, self.network_, target), **choices)

    @available_if(by_passes)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Perceptron:
        """One pass over these samples, from where the last one ended."""
        return self._passed(X, y, sample_weight)


def entry(trace: Trace, network: Network, target: str) -> str:
    """The name that a trace has for scikit-learn's; any other is left as it is."""
    found = ENTRY.fullmatch(target.strip())
    if found is None:
        return target
    which, layer, row, column = found.groups()
    weights = which == "coefs_"
    node = f"{'W' if weights else 'b'}{int(layer) + 1}"
    index = (int(column), int(row)) if weights and column is not None else (int(row),)
    shape = network.parameters[node].shape if node in network.parameters else ()
    fits = len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True))
    if not fits or (column is not None and not weights):
        sizes = ", ".join(
            f"{which}[{k - 1}] {network.parameters[f'{node[0]}{k}'].shape[::-1]}"
            for k in range(1, network.depth + 1)
        )
        raise ParameterError(f"There is no {target}.", hint=f"there are {sizes}")
    return trace.names.text(Value(node, index))


def printed(row: dict[str, Any]) -> None:
    """An epoch, as scikit-learn prints it."""
    print(f"Iteration {row['epoch']}, loss = {row['loss']:.8f}")
    for name in ("val_accuracy", "val_loss"):
        if name in row:
            print(f"Validation {name[4:]}: {row[name]:f}")
            return
