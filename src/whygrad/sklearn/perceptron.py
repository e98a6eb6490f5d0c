"""Perceptron: how both estimators are fitted; what differs are the targets."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, column_or_1d

from whygrad.models.mlp import Network, mlp
from whygrad.models.objective import objective
from whygrad.sklearn import inputs, parameters
from whygrad.sklearn.fitted import Fitted
from whygrad.sklearn.labels import in_shares
from whygrad.sklearn.passes import Passes
from whygrad.sklearn.refusals import ParameterError, as_value_errors
from whygrad.training.loop import train
from whygrad.training.options import Options
from whygrad.training.run import Run
from whygrad.training.task import ScaleWarning

UNFINISHED = ("done", "evaluations", "line_search", "time")  # ends that no optimum came to


def by_passes(estimator: Any) -> bool:
    """Whether the solver can make one pass at a time; else partial_fit is not there."""
    if Options(optimizer=parameters.optimizer_of(estimator)).solver:
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. "
            f"{estimator.solver} is not stochastic."
        )
    return True


class Perceptron(Fitted):
    """The part of both estimators that does not depend on what the targets are."""

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

    def _check_same_targets(self, y: Any) -> None:
        """Refuses targets that the network which goes on was not made for."""

    @abstractmethod
    def _outputs(self) -> tuple[int, str, str | None]:
        """Neurons of the output layer, the loss, and the output activation."""

    def _weights(self, y: Any, weight: np.ndarray | None) -> np.ndarray | None:
        """Weights of samples, with those of their classes."""
        return weight

    def _scaled_targets(self, network: Network) -> str | None:
        """How the targets are scaled, where they are not the inputs."""
        return None

    def _monitor(self, network: Network) -> str:
        """The measure of the validation set that is watched."""
        asked = getattr(self, "monitor", None)
        return "val_loss" if asked is None else str(asked)

    def _scores(self, run: Run, y_val: np.ndarray, weight: np.ndarray | None) -> list[float]:
        """What each epoch scored on the validation set: the larger, the better."""
        return [-np.float64(v) for v in run.history.column("val_loss")]

    def _learned(self, X: np.ndarray, weight: np.ndarray | None) -> None:
        """Takes from the samples that trained what the fitted network makes of them."""

    # ---- fitting --------------------------------------------------------------------------------

    @as_value_errors()
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
        else:
            self._check_same_targets(y)
        seed = parameters.seed_of(self.random_state)
        network = self._network(X.shape[1], seed) if first else self._continued()
        targets = self._encoded(y, X.dtype)
        held = self._validation(validation, X.dtype)
        if held is None and self.early_stopping:
            X, targets, weight, held = self._held_back(X, targets, weight, y, seed)
        parameters.check_monitor(self, bool(held))
        options = parameters.options_of(
            self, len(X), seed=seed, validating=bool(held), monitor=self._monitor(network)
        )
        options = self._adapted(options, network, len(X), weight, first)
        with knowingly_unscaled():
            run = train(
                network, X, targets, sample_weight=weight, validation=held,
                callbacks=self._callbacks(), **options,
            )  # fmt: skip
        self._passes = None
        self._keep(run, len(X), first, X.dtype)
        self._learned(X, weight)
        if held:
            self._keep_validation(run, held)
        self._warn(run)
        return self

    def _samples(
        self, X: Any, y: Any, sample_weight: Any, first: bool
    ) -> tuple[np.ndarray, Any, np.ndarray | None]:
        """Samples and weights, validated: X dense, y as it was given."""
        X, y = self._checked(X, y, first)
        if first:
            self._scaling = inputs.scaling(X, getattr(self, "scale", None))
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
            if not (weight > 0).any():
                raise ValueError("Sample weights must contain at least one non-zero number.")
            X, y, weight = counting(X, y, weight)
        X, y, weight = counting(X, y, self._weights(y, weight))
        return inputs.dense(X), y, weight

    def _validation(self, given: tuple[Any, Any, Any], dtype: Any) -> tuple[Any, ...] | None:
        """X_val, y_val and sample_weight_val as `train` takes them."""
        X, y, weight = given
        if X is None and y is None:
            if weight is not None:
                raise ValueError("sample_weight_val is provided, but X_val was not provided.")
            return None
        if X is None or y is None:
            there, missing = ("y_val", "X_val") if X is None else ("X_val", "y_val")
            raise ValueError(f"{there} is provided, but {missing} was not provided.")
        X, y, weight = self._samples(X, y, weight, False)
        return X.astype(dtype, copy=False), self._encoded(y, dtype), weight

    def _held_back(
        self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, labels: Any, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, tuple[Any, ...]]:
        """The samples that train, and a share of them that validates, split by scikit-learn.

        Classes (samples,) are in both in equal shares, where there are enough of each; as there,
        rows of labels are not looked at.
        """
        share = self.validation_fraction
        if not share:
            raise ParameterError(
                "Early stopping needs samples that validate.", given="a share of 0"
            )
        classes = is_classifier(self) and labels.ndim == 1 and in_shares(labels, share)
        train, held = train_test_split(
            np.arange(len(X)),
            random_state=seed,
            test_size=share,
            stratify=labels if classes else None,
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
        last = parameters.OURS.get(last, last) if last else objective(loss).fused
        return mlp(
            [features, *hidden, outputs],
            activation=parameters.activations(self.activation, len(hidden)),
            output_activation=last or "identity",
            loss=loss,
            init=self.init,
            seed=seed,
        )

    def _continued(self) -> Network:
        """The network that is there, for training to go on with: its scaling stays."""
        found = self._bare
        asked = parameters.hidden_sizes(self.hidden_layer_sizes)
        if found.layers[1:-1] != asked:
            raise ParameterError(
                "Training goes on with the network that is there, and it has other layers.",
                given=f"hidden_layer_sizes = {asked}, a network with {found.layers[1:-1]}",
                hint="warm_start=False begins anew",
            )
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
        if first:
            options["scale"] = self._scaling or "none"
            options["scale_targets"] = self._scaled_targets(network) or "none"
            options["n_restarts"] = int(self.n_restarts)
        elif self.learning_rate == "invscaling" and "schedule" in options:
            options["schedule"] = {**options["schedule"], "seen": self.t_}
        batch = options.get("batch_size", rows)
        if self.alpha and parameters.takes_penalty(options["optimizer"]):
            options["l2"] = parameters.penalty(self.alpha, batch, weight, network.reduction)
        return options

    def _callbacks(self) -> Sequence[Any]:
        """What listens to each epoch: the user's own, and what `verbose` prints."""
        given = self.callbacks
        own = [given] if callable(given) else list(given or ())
        return [*own, printed] if self.verbose else own

    # ---- what a fit leaves ----------------------------------------------------------------------

    def _keep(self, run: Run, rows: int, first: bool, dtype: Any) -> None:
        assert run.model is not None
        own = {name: v.astype(dtype, copy=False) for name, v in run.model.parameters.items()}
        self.run_, self.network_ = run, self._named(replace(run.model, parameters=own))
        losses = [np.float64(v) for v in run.history.column("loss")]
        self.n_iter_ = len(run.history)
        self.t_ = (0 if first else self.t_) + self.n_iter_ * rows
        self.loss_curve_ = [*([] if first else getattr(self, "loss_curve_", [])), *losses]
        self.loss_ = losses[-1] if losses else np.float64(run.loss)
        self.best_loss_ = min(self.loss_curve_, default=self.loss_)
        self.validation_scores_ = self.best_validation_score_ = None
        if run.restarts:
            self.restart_losses_ = np.array([r.loss for r in run.restarts])

    def _keep_validation(self, run: Run, held: tuple[Any, ...]) -> None:
        self.best_loss_ = None
        self.validation_scores_ = self._scores(run, held[1], held[2])
        kept = run.best_epoch - 1 if run.best_epoch else -1  # the epoch whose weights these are
        scores = self.validation_scores_
        self.best_validation_score_ = scores[kept] if scores else None

    def _named(self, network: Network) -> Network:
        """The network with what it is called: class names, where there are any."""
        return network

    def _warn(self, run: Run) -> None:
        if run.interrupted:
            warnings.warn("Training interrupted by user.", UserWarning, stacklevel=5)
        elif run.end == "not_finite":
            warnings.warn(run.stop_reason, ConvergenceWarning, stacklevel=5)
        elif run.end in UNFINISHED:
            reached = f"Maximum iterations ({self.max_iter}) reached"
            said = reached if self.n_iter_ >= self.max_iter else run.stop_reason
            warnings.warn(
                f"{said} and the optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=5,
            )

    # ---- one pass -------------------------------------------------------------------------------

    @as_value_errors()
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
        with knowingly_unscaled():
            run, self._passes = passes.made(network, X, targets, weight, options)
        self._keep(run, len(X), first, X.dtype)
        self._learned(X, weight)
        self.n_iter_ = 1
        if run.end == "not_finite":
            self._warn(run)
        return self

    @available_if(by_passes)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Perceptron:
        """One pass over these samples, from where the last one ended."""
        return self._passed(X, y, sample_weight)


@contextmanager
def knowingly_unscaled() -> Iterator[None]:
    """No warning of a network that goes on without a scaling: it was made so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScaleWarning)
        yield


def counting(X: Any, y: Any, weight: np.ndarray | None) -> tuple[Any, Any, np.ndarray | None]:
    """Samples and weights without those that count nothing."""
    if weight is None or weight.all():
        return X, y, weight
    there = weight > 0
    return X[there], y[there], weight[there]


def printed(row: dict[str, Any]) -> None:
    """An epoch, as scikit-learn prints it."""
    print(f"Iteration {row['epoch']}, loss = {row['loss']:.8f}")
    for name in ("val_accuracy", "val_loss"):
        if name in row:
            print(f"Validation {name[4:]}: {row[name]:f}")
            return
