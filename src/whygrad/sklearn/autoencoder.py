"""Autoencoder: data in, their codes out, and back; plain, tied, sparse, denoising."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from whygrad.derivation import Derivation
from whygrad.models.autoencoder import mirrored, span
from whygrad.models.mlp import Network, mlp
from whygrad.models.objective import objective
from whygrad.recording import Trace
from whygrad.sklearn import inputs, parameters
from whygrad.sklearn.perceptron import Perceptron, by_passes
from whygrad.sklearn.refusals import ParameterError, SampleError, as_value_errors
from whygrad.sklearn.regressor import LOSSES

KINDS = ("plain", "tied", "sparse", "denoising")
REACHES = {"standard": 2.0, "minmax": 1.0}  # how far from 0 scaled data go, at the least


class Autoencoder(Perceptron):
    """A network that gives back its inputs through a code of few numbers, as a transformer.

    hidden: the encoder's hidden layers; the decoder has the same backwards. latent: numbers of the
    code. kind: "plain", or one or several of
      "tied": the decoder's weights are the encoder's, transposed;
      "sparse": the mean activity of each unit of the code is to be rho, which counts beta
      (Ng, CS294A, 2011);
      "denoising": inputs are spoilt while training, targets are not (Vincent and others 2008):
      noise "gaussian" with the deviation noise_level, in the units that the network sees, or
      "masking": the share noise_level of the inputs is 0.
    activation: of the hidden layers, one or one for each; any of whygrad's, a formula in x.
    code_activation: default: "logistic" of a sparse code, else "identity" between hidden layers,
    and the activation where there are none. output_activation: default: "identity".
    loss: "squared_error" (halved, summed over columns), or any of whygrad's.
    quantile: of the training rows' errors, over which a row counts as an anomaly.
    scale: of the data, inside the model: "standard", "minmax" or None.
    All others are those of MLPRegressor.

    Attributes: threshold_, and those of MLPRegressor; network_ is the wg.Network, run_ the wg.Run.
    """

    threshold_: float

    def __init__(
        self,
        hidden: Any = (100,),
        latent: int = 2,
        kind: Any = "plain",
        *,
        activation: Any = "tanh",
        code_activation: Any = None,
        output_activation: Any = None,
        loss: str = "squared_error",
        rho: float = 0.05,
        beta: float = 3.0,
        noise: str = "gaussian",
        noise_level: float = 0.3,
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
        dropout: Any = 0.0,
        n_restarts: int = 1,
        quantile: float = 0.95,
        scale: str | None = "standard",
        init: str = "glorot",
        callbacks: Any = None,
        engine: str = "auto",
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        self._take(locals())

    # ---- fitting --------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Autoencoder:
        """Fits to X (samples, features); y is not looked at.

        X_val, sample_weight_val: samples of their own to validate. Training then stops by them, and
        the best epoch's weights are kept. Raises ValueError for what cannot be.
        """
        self._fitted(X, X, sample_weight, (X_val, X_val, sample_weight_val))
        return self

    @available_if(by_passes)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Autoencoder:
        """One pass over these samples, from where the last one ended; the threshold is theirs."""
        self._passed(X, X, sample_weight)
        return self

    @property
    def _kinds(self) -> frozenset[str]:
        """What kinds were asked for. Raises ParameterError for another."""
        several = isinstance(self.kind, (list, tuple, set, frozenset))
        given = list(self.kind) if several else [self.kind]
        if not given or any(one not in KINDS for one in given):
            raise ParameterError(
                "kind is one or several of " + ", ".join(KINDS) + ".", given=repr(self.kind)
            )
        if "plain" in given and len(given) > 1:
            raise ParameterError("A plain auto-encoder is nothing else.", given=repr(self.kind))
        return frozenset(given)

    @property
    def hidden_layer_sizes(self) -> tuple[int, ...]:
        """All layers between inputs and outputs, the code in their middle."""
        hidden = parameters.hidden_sizes(self.hidden, "hidden")
        return tuple(mirrored(0, hidden, self.latent)[1:-1])

    def _checked(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        X = inputs.validated(self, X, reset=first, ensure_min_samples=2 if first else 1)
        y = inputs.dense(X)
        return X, y[:, 0] if y.shape[1] == 1 else y

    def _learn_targets(self, y: Any, classes: Any = None) -> None:
        width = 1 if y.ndim == 1 else y.shape[1]
        if self.latent >= width and not self._kinds & {"sparse", "denoising"}:
            warnings.warn(
                f"latent = {self.latent} is not smaller than the {width} columns of X: such a code "
                'can copy them; kind="sparse" or "denoising" asks for more than a copy.',
                UserWarning,
                stacklevel=5,
            )

    def _network(self, features: int, seed: int) -> Network:
        """The network before training."""
        kinds, hidden = self._kinds, parameters.hidden_sizes(self.hidden, "hidden")
        if "denoising" in kinds and self.noise == "masking" and self.noise_level >= 1:
            raise ParameterError(
                "noise_level must be below 1.",
                given=repr(self.noise_level),
                why="of masking it is the share of the inputs that is 0",
            )
        each = parameters.activations(self.activation, len(hidden), " of the encoder")
        code = self.code_activation
        if code is None:
            plain = "identity" if hidden else self.activation
            code = "logistic" if "sparse" in kinds else plain
        loss = self._outputs()[1]
        last = self.output_activation or objective(loss).fused or "identity"
        code, last = (parameters.OURS.get(a, a) for a in (code, last))
        each = [*each, code, *reversed(each), last]
        network = mlp(
            mirrored(features, hidden, self.latent),
            activation=each[:-1],
            output_activation=each[-1],
            loss=loss,
            init=self.init,
            seed=seed,
            autoencoder=True,
            tied="tied" in kinds,
            sparsity={"rho": self.rho, "beta": self.beta} if "sparse" in kinds else None,
        )
        check_reach(network, self._scaling)
        return network

    def _outputs(self) -> tuple[int, str, str | None]:
        return 0, LOSSES.get(self.loss, str(self.loss)), self.output_activation

    def _adapted(
        self, options: dict[str, Any], network: Network, rows: int, weight: Any, first: bool
    ) -> dict[str, Any]:
        options = super()._adapted(options, network, rows, weight, first)
        if "denoising" in self._kinds:
            options["corruption"] = {"kind": self.noise, "level": float(self.noise_level)}
        return options

    def _learned(self, X: np.ndarray, weight: np.ndarray | None) -> None:
        """Learns which error is a large one, from the rows that trained."""
        again = self.network_.outputs(X).astype(X.dtype, copy=False)
        errors = self._missed(X, again, scaled=True).mean(axis=1)
        self.threshold_ = threshold(errors, self.quantile, weight)

    # ---- codes and back -------------------------------------------------------------------------

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.layers[self.network_.code_layer])

    def transform(self, X: Any) -> np.ndarray:  # type: ignore[override]
        """The codes (samples, latent) of X."""
        check_is_fitted(self)
        return self._answered(X, self.network_.code_layer)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """What codes X (samples, latent) are decoded to, in the data's own units."""
        check_is_fitted(self)
        if np.ndim(X) != 2:
            raise SampleError(
                "Codes come in rows.",
                given=f"an array with {np.ndim(X)} axes",
                hint=f"(samples, {self._n_features_out})",
            )
        with as_value_errors():
            return self.network_.decode(X)

    def reconstruct(self, X: Any) -> np.ndarray:
        """X through the code and back, in the data's own units."""
        return self._restored(self._answered(X))

    def _restored(self, out: np.ndarray) -> np.ndarray:
        around = self.network_.preparation
        return out if around is None else around.answer(out)

    def reconstruction_error(self, X: Any, per: str = "row", *, scaled: bool = False) -> np.ndarray:
        """The mean squared error of each row (samples,) or of each column (features,).

        scaled: in the units that the network sees, in which columns count alike, instead of the
        data's own. Raises ValueError for another `per`.
        """
        if per not in ("row", "column"):
            raise ParameterError('per is "row" or "column".', given=repr(per))
        again = self._answered(X)
        given = inputs.dense(inputs.validated(self, X, reset=False))
        missed: np.ndarray = self._missed(given, again, scaled).mean(axis=1 if per == "row" else 0)
        return missed

    def _missed(self, given: np.ndarray, again: np.ndarray, scaled: bool) -> np.ndarray:
        """The squared errors of outputs of the network, in its units or in the data's."""
        around = self.network_.preparation
        if not scaled:
            again = self._restored(again)
        elif around is not None and around.inputs is not None:
            given = around.inputs.scaled(given)
        return (given - again) ** 2

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """The share of the variance of X that comes back, all columns together; 1 is all of it.

        Of the rows that a PCA was fitted to, its own is the sum of `explained_variance_ratio_`.
        """
        again = self.reconstruct(X)
        given = inputs.dense(inputs.validated(self, X, reset=False))
        found = r2_score(given, again, sample_weight=sample_weight, multioutput="variance_weighted")
        return float(found)

    # ---- anomalies ------------------------------------------------------------------------------

    def score_samples(self, X: Any) -> np.ndarray:
        """−1 · the error of each row, in the units that the network sees: the lower, the odder."""
        return -self.reconstruction_error(X, scaled=True)

    def decision_function(self, X: Any) -> np.ndarray:
        """How far the error of each row is below `threshold_`; negative: an anomaly."""
        return self.score_samples(X) + self.threshold_

    def predict(self, X: Any) -> np.ndarray:
        """−1 for an anomaly and 1 for any other row, as scikit-learn's outlier detectors say it."""
        return np.where(self.is_anomaly(X), -1, 1)

    def is_anomaly(self, X: Any) -> np.ndarray:
        """Whether the error of each row is larger than `threshold_`."""
        return self.decision_function(X) < 0

    # ---- questions ------------------------------------------------------------------------------

    def backprop(self, X: Any, y: Any = None) -> Trace:
        """The recorded pass of these samples, in float64: wg.backprop of `network_`."""
        return super().backprop(X, X)

    def why(self, X: Any, target: str, **choices: Any) -> Derivation:  # type: ignore[override]
        """The worked derivation of one gradient of the loss of these samples.

        target: "coefs_[0][3, 5]" (W1[5, 3]), "intercepts_[0][2]", or any name that wg.backprop
        knows: "w1′", a tied weight in its second place, "ρ̂_h1", … choices: those of Trace.why.
        """
        return super().why(X, X, target, **choices)

    def plot(
        self,
        name: str | None = None,
        X: Any = None,
        path: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Any:
        """A picture by its name, as a matplotlib figure: those of wg.Run.plot.

        "filters" (shape, most), "latent" (labels), "reconstructions" (shape, count),
        "performance", … X: other samples than those that trained. path: a file to be written.
        Raises what Run.plot raises.
        """
        from whygrad.training.plots.material import Answers, Material, material_of
        from whygrad.training.plots.offer import drawn

        check_is_fitted(self)
        assert self.run_ is not None
        material = material_of(self.run_)
        if X is not None:
            given = inputs.dense(inputs.validated(self, X, reset=False))
            again = self.reconstruct(X)
            material = Material(
                self.network_, "autoencoder", lambda: Answers(given, again, lambda: given),
                2 * given.size, (), material.record, material.history,
            )  # fmt: skip
        return drawn(material, name, path, options)


def threshold(errors: np.ndarray, quantile: float, weight: np.ndarray | None) -> float:
    """An error over which 1 − quantile of the rows lie, or just more, by what they weigh.

    It is halfway between two of them, so that rounding makes no row a large one; a row of weight 2
    is a row twice.
    """
    values, at = np.unique(errors, return_inverse=True)
    shares = np.cumsum(np.bincount(at, weights=weight))
    under = int((shares <= quantile * shares[-1] * (1 + 1e-12)).sum())  # at most all but one
    below = values[under - 1] if under else 0.0
    return float(below + values[min(under, len(values) - 1)]) / 2


def check_reach(network: Network, scale: str | None) -> None:
    """Refuses outputs that never get to where scaled data are. Raises ParameterError."""
    far = REACHES.get(scale or "", 0.0)
    low, high = span(network.activations[-1])
    probable = objective(network.loss).targets != "any"
    if far and (low > 0.01 - far or high < far - 0.01 or probable):
        raise ParameterError(
            f"The outputs cannot reach data that are scaled (scale={scale!r}).",
            given=f"output activation {network.activations[-1].name}, loss {network.loss}",
            why=f"such data go from {-far:g} or lower to {far:g} or higher",
            hint='scale=None and data from 0 to 1, or output_activation="identity"',
        )
