"""Sums of squares: their share of a loss, residuals and Jacobian by NumPy, its rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from whygrad.errors import ConfigError
from whygrad.forward import evaluate
from whygrad.models.computation import KNOWN, WEIGHT
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.numeric import FUNCTIONS, Namespace
from whygrad.reverse import backward
from whygrad.training.task import Task

LARGEST = 2**30  # bytes of a Jacobian, or of a system of equations
SQUARED = {"half_squared_error": 0.5, "squared_error": 1.0, "mean_squared_error": 1.0}
BLOCK = 2**22  # numbers of the Jacobian that are made at once
EPSILON = float(np.finfo(float).eps)
# Of weights for each sample the transposed ones of a tied layer are matrices still.
xp = Namespace(
    "numbers, a network a sample (numpy)",
    {**FUNCTIONS, "transpose": lambda x, axes: np.swapaxes(x, -1, -2)},
)


def loss_share(net: Network, samples: float) -> float:
    """loss = share · Σ squared residuals; samples: their number, or the sum of their weights.

    Raises ConfigError for a loss that is no such sum.
    """
    name = net.loss if net.loss in SQUARED else objective(net.loss).operation
    if name not in SQUARED or net.sparsity is not None:
        given = f"the loss {net.loss!r}" if net.sparsity is None else "a sparsity penalty"
        raise ConfigError(
            "Levenberg–Marquardt fits sums of squares.",
            given=given,
            hint='loss = "mean_squared_error"; or another optimizer, such as scg or lbfgs',
        )
    per_sample = SQUARED[name] / (net.layers[-1] if name == "mean_squared_error" else 1)
    return per_sample / (1 if net.reduction == "sum" else samples)


def share_of(task: Task) -> float:
    """The share of a task's loss that a squared residual is."""
    assert task.network is not None
    samples = task.data[WEIGHT].sum() if WEIGHT in task.data else len(task.data["x"])
    return loss_share(task.network, float(samples))


def residuals_of(task: Task) -> int:
    """How many residuals there are: those of unknown targets are none."""
    return int(task.data[KNOWN].sum()) if KNOWN in task.data else int(task.data["y"].size)


def jacobian(
    net: Network, x: np.ndarray, y: np.ndarray, learned: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Residuals outputs − targets (samples · outputs,) and their Jacobian (…, weights)."""
    weights = sum(net.parameters[name].size for name in learned)
    size = max(1, BLOCK // (weights * net.layers[-1]))
    blocks = [_of_block(net, x[k : k + size], learned) for k in range(0, len(x), size)]
    return (net.outputs_of(x) - y).ravel(), np.concatenate(blocks).reshape(-1, weights)


def _of_block(net: Network, x: np.ndarray, learned: Sequence[str]) -> np.ndarray:
    """∂output/∂weight (samples, outputs, weights): each sample has weights of its own, all equal,
    so that their gradients are not summed over the samples."""
    graph, samples, width = net.output_graph(), len(x), net.layers[-1]
    own = {name: _repeated(net.parameters[name], samples) for name in learned}
    chosen = np.zeros((samples, 1, width))
    given = {"x": x[:, None], "chosen": chosen, **net.parameters, **own}
    values = evaluate(graph, given, xp)
    rows = []
    for k in range(width):  # of the forward pass only the choice differs
        chosen = np.zeros((samples, 1, width))
        chosen[..., k] = 1
        found = backward(graph, {**values, "chosen": chosen}, xp, only=learned)
        rows.append(np.concatenate([found[n].reshape(samples, -1) for n in learned], axis=1))
    return np.stack(rows, axis=1)


def _repeated(array: np.ndarray, samples: int) -> np.ndarray:
    """A parameter for each sample, as a matrix that goes with its one row."""
    matrix = np.atleast_2d(array)
    return np.broadcast_to(matrix, (samples, *matrix.shape))


def residual_jacobian(
    task: Task, parameters: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (n,) and Jacobian (n, p) in float64, each row times the root of its weight."""
    assert task.network is not None
    exact = {k: np.asarray(v, float) for k, v in parameters.items()}
    data = {k: np.asarray(v, float) for k, v in task.data.items()}
    net = replace(task.network, parameters=exact, preparation=None)
    e, J = jacobian(net, data["x"], data["y"], task.learned)
    root = data.get(KNOWN, np.ones(data["y"].shape))
    root = (root * np.sqrt(data.get(WEIGHT, np.ones(len(root))))[:, None]).ravel()
    return e * root, J * root[:, None]


def with_unit_columns(J: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """J with columns of length 1, those that are nothing left so; and the lengths."""
    lengths = np.linalg.norm(J, axis=0)
    return J / np.where(lengths, lengths, 1), lengths


def rank_of(singular: np.ndarray, rows: int, columns: int) -> int:
    """How many singular values of a matrix are more than its rounding."""
    return int((singular > singular[0] * max(rows, columns) * EPSILON).sum())
