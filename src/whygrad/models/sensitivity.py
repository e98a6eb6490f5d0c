"""How outputs move with inputs: the Jacobian of a network, by its own backward pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from whygrad.forward import evaluate
from whygrad.models.mlp import Network, blocks
from whygrad.numeric import xp
from whygrad.reverse import backward


def input_jacobian(net: Network, X: Any) -> np.ndarray:
    """∂output/∂input (samples, outputs, inputs), in the units of the data and of the answers.

    X (samples, inputs): in the data's own terms; of one that is scaled the chain goes through it.
    """
    X = np.asarray(X, next(iter(net.parameters.values())).dtype)
    return np.concatenate([_of_block(net, part) for _, part in blocks(X)])


def _of_block(net: Network, X: np.ndarray) -> np.ndarray:
    around = net.preparation
    inputs = around.inputs if around is not None else None
    targets = around.targets if around is not None else None
    x = X if inputs is None else inputs.scaled(X)
    graph, width = net.output_graph(len(x)), net.layers[-1]
    rows = np.empty((len(x), width, x.shape[1]), x.dtype)
    chosen = np.zeros((len(x), width), x.dtype)
    values = evaluate(graph, {"x": x, "chosen": chosen, **net.parameters}, xp)
    for j in range(width):  # of the forward pass only the choice differs
        chosen = np.zeros((len(x), width), x.dtype)
        chosen[:, j] = 1
        found = backward(graph, {**values, "chosen": chosen}, xp, only=["x"])
        rows[:, j] = found["x"]
    if inputs is not None:
        rows = rows * inputs.factor
    if targets is not None:
        rows = rows / targets.factor[:, None]
    return rows.astype(x.dtype, copy=False)
