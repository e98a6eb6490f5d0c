"""PyTorch as the judge of values and gradients, at kinks and edges too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from laws.trials import each_trial
from needs import needs
from whygrad import ops  # noqa: F401 — fills the registry
from whygrad.op import REGISTRY, Op, find
from whygrad.reverse import pull
from whygrad.verify import Trial

torch = needs("torch")
F = torch.nn.functional


def axes(x: Any, axis: Any) -> Any:
    return tuple(range(x.ndim)) if axis is None else axis


def part(x: Any, key: Any) -> Any:
    for axis, k in reversed(list(enumerate(key))):
        at = torch.tensor([k] if isinstance(k, int) else [k[0] + k[1] * i for i in range(k[2])])
        x = x.index_select(axis, at.long())
        x = x.squeeze(axis) if isinstance(k, int) else x
    return x


def convolution(x: Any, W: Any, b: Any, stride: Any, padding: Any) -> Any:
    return F.conv2d(x, W, b.expand(len(W)), stride=stride, padding=padding)


EQUIVALENT: dict[str, Callable[..., Any]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "neg": torch.neg,
    "power": torch.pow,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "clip": lambda x, low, high: torch.clamp(x, low, high),
    "where": lambda condition, a, b: torch.where(condition != 0, a, b),
    "exp": torch.exp,
    "log": torch.log,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "identity": lambda x: x * 1,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda x, slope: F.leaky_relu(x, slope),
    "elu": lambda x, alpha: F.elu(x, alpha),
    "softplus": F.softplus,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "hardtanh": F.hardtanh,
    "saturating_linear": lambda x: F.hardtanh(x, 0.0, 1.0),
    "softsign": F.softsign,
    "elliot2sig": lambda x: torch.sign(x) * x**2 / (1 + x**2),
    "radial_basis": lambda x: torch.exp(-(x**2)),
    "triangular_basis": lambda x: F.relu(1 - torch.abs(x)),
    "reciprocal": torch.reciprocal,
    "sum": lambda x, axis, keepdims: torch.sum(x, axes(x, axis), keepdims),
    "mean": lambda x, axis, keepdims: torch.mean(x, axes(x, axis), keepdims),
    "max": lambda x, axis, keepdims: torch.amax(x, axes(x, axis), keepdims),
    "var": lambda x, axis, keepdims, correction: torch.var(
        x, axes(x, axis), correction=correction, keepdim=keepdims
    ),
    "norm": lambda x, axis, keepdims: torch.linalg.vector_norm(
        x, dim=axes(x, axis), keepdim=keepdims
    ),
    "reshape": lambda x, shape: torch.reshape(x, shape),
    "transpose": lambda x, axes: torch.permute(x, axes or tuple(reversed(range(x.ndim)))),
    "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
    "concatenate": lambda *parts, axis: torch.cat(parts, axis),
    "slice": lambda x, key: part(x, key),
    "gather": lambda table, ids: table[ids],
    "matmul": torch.matmul,
    "linear": lambda x, W, b: F.linear(x, W) + b,
    "project": lambda x, W: F.linear(x, W),
    "softmax": lambda x, axis: torch.softmax(x, axis),
    "log_softmax": lambda x, axis: torch.log_softmax(x, axis),
    "logsumexp": lambda x, axis, keepdims: torch.logsumexp(x, axes(x, axis), keepdims),
    "layer_norm": lambda x, gain, bias, eps: F.layer_norm(
        x, x.shape[-1:], gain.expand(x.shape[-1]), bias, eps
    ),
    "conv2d": convolution,
    "max_pool2d": lambda x, kernel, stride, padding: F.max_pool2d(x, kernel, stride, padding),
    "avg_pool2d": lambda x, kernel, stride, padding: (
        F.avg_pool2d(x, kernel, stride, padding)
        if x.ndim > 2
        else F.avg_pool2d(x[None], kernel, stride, padding)[0]
    ),
    "half_squared_error": lambda out, target: 0.5 * F.mse_loss(out, target, reduction="none"),
    "squared_error": lambda out, target: F.mse_loss(out, target, reduction="none"),
    "mean_squared_error": F.mse_loss,
    "absolute_error": lambda out, target: F.l1_loss(out, target, reduction="none"),
    "huber": lambda out, target, delta: F.huber_loss(
        out, target.expand_as(out), reduction="none", delta=delta
    ),
    "binary_cross_entropy": lambda out, target: F.binary_cross_entropy(
        out, target.to(out.dtype), reduction="none"
    ),
    "binary_cross_entropy_with_logits": lambda net, target: F.binary_cross_entropy_with_logits(
        net, target.to(net.dtype), reduction="none"
    ),
    "poisson_nll": lambda net, target: F.poisson_nll_loss(
        net, target.to(net.dtype), reduction="none"
    ),
    "softmax_cross_entropy": lambda net, target: F.cross_entropy(
        net.movedim(-1, 1), target, reduction="none"
    ),
}


def judged(
    op: Op, inputs: list[np.ndarray], attributes: dict[str, Any], upstream: np.ndarray | None
) -> tuple[np.ndarray, list[np.ndarray]]:
    """PyTorch's value, and its gradient of every input of floats."""
    floats = [np.issubdtype(x.dtype, np.floating) for x in inputs]
    tensors = [torch.tensor(x, requires_grad=bool(f)) for x, f in zip(inputs, floats, strict=True)]
    y = EQUIVALENT[op.name](*tensors, **attributes)
    upstream = np.ones(y.shape) if upstream is None else upstream
    y.backward(torch.tensor(upstream))
    wanted = (t.grad for t, f in zip(tensors, floats, strict=True) if f)
    return y.detach().numpy(), [g.numpy() for g in wanted]


@each_trial(lambda op: op.name in EQUIVALENT)
def test_values_and_gradients_are_those_of_pytorch(trial: Trial) -> None:
    value, gradients = judged(trial.op, trial.inputs, trial.case.attributes, trial.upstream)
    np.testing.assert_allclose(trial.value, value, rtol=1e-9, atol=1e-12)
    for found, wanted in zip(trial.gradients.values(), gradients, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


INF = np.inf
KINKS: dict[str, tuple[Any, ...]] = {
    "relu": ([-1.0, -0.0, 0.0, 2.0],),
    "leaky_relu": ([-1.0, 0.0, 2.0],),
    "elu": ([-1.0, 0.0, 2.0, 800.0],),
    "abs": ([-1.0, 0.0, 2.0],),
    "sqrt": ([0.0, 4.0],),
    "maximum": ([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]),
    "minimum": ([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]),
    "clip": ([-1.0, 0.0, 1.0, 2.0], {"low": -1.0, "high": 1.0}),
    "power": ([0.0, 0.0, 0.0, 2.0, -2.0], [0.0, 1.0, 2.0, 0.0, 3.0]),
    "max": ([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]], {"axis": 1}),
    "norm": ([[0.0, 0.0], [3.0, 4.0]], {"axis": 1}),
    "max_pool2d": (
        [[[1.0, 1.0, 0.0], [1.0, 1.0, 2.0], [2.0, 0.0, 2.0]]], {"kernel": 2, "stride": 1}
    ),
    "absolute_error": ([1.0, 2.0], [1.0, 3.0]),
    "huber": ([1.0, 1.0, 0.0], [0.0, 2.0, 0.0]),
    # Whole targets: their gradient is not asked for; PyTorch's is infinite, ours that of the clamp.
    "binary_cross_entropy": ([0.0, 0.0, 1.0, 1.0], [0, 1, 0, 1]),
    "binary_cross_entropy_with_logits": ([0.0, -800.0, 800.0, 800.0], [0.5, 1.0, 0.0, 1.0]),
    "sigmoid": ([-800.0, 0.0, 800.0],),
    "softplus": ([-800.0, 0.0, 800.0],),
    "silu": ([-800.0, 0.0, 800.0],),
    "gelu": ([-800.0, 0.0, 800.0],),
    "gelu_tanh": ([-800.0, 0.0, 800.0],),
    "hardtanh": ([-2.0, -1.0, 0.0, 1.0, 2.0],),
    "saturating_linear": ([-1.0, 0.0, 0.5, 1.0, 2.0],),
    "triangular_basis": ([-2.0, -1.0, 0.0, 1.0, 2.0],),
    "softsign": ([-800.0, 0.0, 800.0],),
    "softmax": ([[800.0, 800.0, -800.0], [-INF, 0.0, 1.0]],),
    "log_softmax": ([[800.0, 800.0, -800.0]],),
    "logsumexp": ([[800.0, 800.0, -800.0]],),
    "softmax_cross_entropy": ([[800.0, 0.0], [0.0, 0.0]], [1, 0]),
    "layer_norm": ([[1.0, 1.0], [1e9, -1e9]], [1.0, 2.0], [0.0, 1.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKS)
def test_kinks_and_edges_are_those_of_pytorch(name: str) -> None:
    from whygrad.numeric import xp

    op = find(name)
    *given, last = KINKS[name]
    given, attributes = (given, last) if isinstance(last, dict) else ([*given, last], {})
    inputs, attributes = op.bind(tuple(map(np.array, given)), dict(attributes))
    value, gradients = judged(op, list(inputs), attributes, None)
    slots = [i for i, x in enumerate(inputs) if np.issubdtype(x.dtype, np.floating)]
    with np.errstate(all="ignore"):
        y = op(*inputs, **attributes)
        pulled = pull(op, xp, np.ones(value.shape), y, inputs, attributes, slots)
    np.testing.assert_allclose(y, value, rtol=1e-12)
    # PyTorch holds the 1e-12 of its cross-entropy in float32.
    for found, wanted in zip(pulled.values(), gradients, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-20)


def test_every_operation_of_the_table_is_there() -> None:
    assert set(EQUIVALENT) | set(KINKS) <= set(REGISTRY)
