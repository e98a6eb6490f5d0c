"""MLPRegressor: scikit-learn's, with what its policy keeps out of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin

from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.sklearn import inputs
from whygrad.sklearn.conversion import Convertible
from whygrad.sklearn.perceptron import Perceptron
from whygrad.sklearn.refusals import SampleError
from whygrad.training.run import Run

# scikit-learn's names of losses: both halve, as its gradient does.
LOSSES = {"squared_error": "half_squared_error", "poisson": "poisson_nll"}


class MLPRegressor(RegressorMixin, Convertible, Perceptron):  # type: ignore[misc]
    """A multi-layer perceptron for numbers; the parameters of scikit-learn's, and more.

    Where both have a parameter it means the same, but for what docs/from-scikit-learn.md lists:
    inputs and targets are scaled here (scale=None, scale_targets=None is as scikit-learn does).

    loss: "squared_error" (halved, summed over outputs), "poisson", or any of whygrad's.
    scale_targets: "standard", "minmax" or None, where the outputs are linear; predictions come back
    in the targets' own units. Everything else that is new: see MLPClassifier.
    """

    def __init__(
        self,
        loss: str = "squared_error",
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
        output_activation: Any = None,
        dropout: Any = 0.0,
        monitor: str | None = None,
        n_restarts: int = 1,
        scale: str | None = "standard",
        scale_targets: str | None = "standard",
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
    ) -> MLPRegressor:
        """Fits to X (samples, features) and y (samples,) or (samples, outputs).

        X_val, y_val, sample_weight_val: samples of their own to validate. Training then stops by
        them, and the best epoch's weights are kept. Raises ValueError for what cannot be.
        """
        self._fitted(X, y, sample_weight, (X_val, y_val, sample_weight_val))
        return self

    def predict(self, X: Any) -> np.ndarray:
        """What X is predicted to be: (samples,), or (samples, outputs) of several."""
        out = self._answered(X)
        around = self.network_.preparation
        if around is not None and around.targets is not None:
            out = around.targets.restored(out)
        return out[:, 0] if out.shape[1] == 1 else out

    # ---- what the targets are -------------------------------------------------------------------

    def _checked(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        X, y = inputs.validated(self, X, y, multi_output=True, y_numeric=True, reset=first)
        if y.dtype.kind not in "fiub":
            raise SampleError(
                "Targets of a regressor are numbers.",
                given=f"an array of {y.dtype}",
                hint="y.astype(float)",
            )
        return X, y

    def _learn_targets(self, y: Any, classes: Any = None) -> None:
        self._width = 1 if y.ndim == 1 else y.shape[1]

    def _outputs(self) -> tuple[int, str, str | None]:
        return int(self._width), LOSSES.get(self.loss, str(self.loss)), self.output_activation

    def _scaled_targets(self, network: Network) -> str | None:
        linear = network.activations[-1].name == "identity" and not objective(network.loss).fused
        return self.scale_targets if linear else None

    def _scores(self, run: Run, y_val: np.ndarray, weight: np.ndarray | None) -> list[float]:
        """R² of each epoch, of several outputs all squares together ("variance_weighted" there).

        Of a solver that measures the loss alone its negative, as HistGradientBoosting has it.
        """
        errors = run.history.column("val_rmse")
        if not errors:
            return super()._scores(run, y_val, weight)
        middle = np.average(y_val, axis=0, weights=weight)
        spread = float(np.average((y_val - middle) ** 2, axis=0, weights=weight).mean())
        return [1 - np.float64(v) ** 2 / max(spread, 1e-300) for v in errors]
