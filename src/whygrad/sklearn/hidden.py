"""HiddenLayers: their outputs as features, named by scikit-learn's rules."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from sklearn.utils._set_output import _wrap_data_with_container
from sklearn.utils.validation import check_is_fitted

from whygrad.models.mlp import Network
from whygrad.sklearn.refusals import ParameterError


class HiddenLayers:
    """An estimator's `transform`, which chooses a layer.

    scikit-learn puts what a `transform` of the estimator's own class gives into a data frame, with
    the names of one layer; so this one stands apart, and does that itself.
    """

    network_: Network
    _layer: int = -1  # the hidden layer that the features are of

    def _answered(self, X: Any, layer: int | None = None) -> np.ndarray:
        """Outputs of the network, or of one of its layers, for inputs as they are given."""
        raise NotImplementedError

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.layers[:-1][self._layer])

    def transform(self, X: Any, layer: int = -1) -> Any:
        """The outputs (samples, neurons) of a hidden layer: −1 is the last of them, 0 the first."""
        check_is_fitted(self)
        hidden = self.network_.depth - 1
        whole = isinstance(layer, (int, np.integer)) and not isinstance(layer, bool)
        if not whole or not -hidden <= layer < hidden:
            raise ParameterError(
                "There is no such hidden layer.",
                given=f"layer = {layer!r}, {hidden} hidden layers",
                hint="a whole number: 0 is the first, −1 the last",
            )
        found = self._answered(X, 1 + layer % hidden)
        seen = copy(self)
        seen._layer = layer % hidden - hidden
        return _wrap_data_with_container("transform", found, X, seen)
