"""Fitted: what a fit leaves behind, under scikit-learn's names, and what may be asked of it."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from whygrad.derivation import Derivation
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.models.sensitivity import input_jacobian
from whygrad.names import Value
from whygrad.recording import Trace, backprop
from whygrad.sklearn import inputs
from whygrad.sklearn.hidden import HiddenLayers
from whygrad.sklearn.refusals import ParameterError, as_value_errors
from whygrad.training.run import Run

THEIRS = {"sigmoid": "logistic"}  # our name of an activation → scikit-learn's
ENTRY = re.compile(r"(coefs_|intercepts_)\[(\d+)\]\[(\d+)(?:\s*,\s*|\]\[)?(\d+)?\]")


class Fitted(
    HiddenLayers,
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """An estimator that has a network.

    network_: the wg.Network. run_: the wg.Run, None of an estimator that was converted.
    """

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

    @abstractmethod
    def _samples(self, X: Any, y: Any, sample_weight: Any, first: bool) -> tuple[Any, Any, Any]:
        """Samples and weights, validated; first: whether they say what there is."""

    def _encoded(self, y: Any, dtype: Any) -> np.ndarray:
        """Targets (samples, outputs) as the network learns them."""
        return np.asarray(y, dtype).reshape(len(y), -1)

    @property
    def _bare(self) -> Network:
        """The network with targets as it learns them: classes are numbers."""
        around = self.network_.preparation
        if around is None or around.classes is None:
            return self.network_
        return replace(self.network_, preparation=replace(around, classes=None))

    # ---- what is there --------------------------------------------------------------------------

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights (in, out) of each layer: the network's own, transposed; of scaled inputs."""
        net = self.network_
        return [net.weight(k).T for k in range(1, net.depth + 1)]

    @coefs_.setter
    def coefs_(self, given: list[np.ndarray]) -> None:
        self._replace({f"W{k}": np.transpose(w) for k, w in enumerate(given, start=1)})

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases (out,) of each layer."""
        return [self.network_.parameters[f"b{k}"] for k in range(1, self.network_.depth + 1)]

    @intercepts_.setter
    def intercepts_(self, given: list[np.ndarray]) -> None:
        self._replace({f"b{k}": b for k, b in enumerate(given, start=1)})

    def _replace(self, given: dict[str, Any]) -> None:
        """Other weights for the network. Raises ValueError for shapes that do not fit."""
        check_is_fitted(self)
        with as_value_errors():
            net = self.network_.with_parameters(**given)
        kind = next(iter(self.network_.parameters.values())).dtype
        kept = {name: array.astype(kind) for name, array in net.parameters.items()}
        self.network_ = replace(net, parameters=kept)

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
        found = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return found.astype(X.dtype, copy=False)

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
        return backprop(self._bare, X, self._encoded(y, np.float64))

    def why(self, X: Any, y: Any, target: str, **choices: Any) -> Derivation:
        """The worked derivation of one gradient of the loss of these samples.

        target: "coefs_[0][3, 5]" (W1[5, 3]: scikit-learn's weights are (in, out)),
        "intercepts_[0][2]", or any name that wg.backprop knows. choices: those of Trace.why.
        """
        trace = self.backprop(X, y)
        return trace.why(entry(trace, self.network_, target), **choices)


def entry(trace: Trace, network: Network, target: str) -> str:
    """The name that a trace has for scikit-learn's; any other is left as it is."""
    found = ENTRY.fullmatch(target.strip())
    if found is None:
        return target
    which, layer, row, column = found.groups()
    weights = which == "coefs_"
    node = f"{'W' if weights else 'b'}{int(layer) + 1}"
    index = (int(column), int(row)) if weights and column is not None else (int(row),)
    shape = trace.graph[node].shape if node in trace.graph else ()
    fits = len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True))
    if not fits or (column is not None and not weights):
        sizes = ", ".join(
            f"{which}[{k - 1}] {trace.graph[f'{node[0]}{k}'].shape[::-1]}"
            for k in range(1, network.depth + 1)
        )
        raise ParameterError(f"There is no {target}.", hint=f"there are {sizes}")
    return trace.names.text(Value(node, index))
