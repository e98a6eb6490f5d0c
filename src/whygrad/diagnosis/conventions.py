"""Conventions at kinks beside what the installed PyTorch and JAX do: each of them is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from whygrad import ops
from whygrad.graph import trace
from whygrad.recording import backprop

Function = Callable[[Any, Any], Any]  # (library, x) → a number


@dataclass(frozen=True)
class Probe:
    """An operation at a kink: where, and the same computation in each library.

    x: the numbers that the gradient is asked of, each library's own array.
    """

    op: str
    at: str
    x: Sequence[float]
    ours: Function
    torch: Function
    jax: Function


@dataclass(frozen=True)
class Convention:
    """The gradient at a kink; None for a library that is not installed."""

    op: str
    at: str
    whygrad: tuple[float, ...]
    pytorch: tuple[float, ...] | None
    jax: tuple[float, ...] | None

    def to_dict(self) -> dict[str, Any]:
        """The convention as plain data; numbers that are not finite as text."""

        def plain(found: Any) -> Any:
            if not isinstance(found, tuple):
                return found
            return [float(v) if np.isfinite(v) else str(v) for v in found]

        return {key: plain(value) for key, value in asdict(self).items()}


def _pair(x: Any) -> tuple[Any, Any]:
    return x[0], x[1]


def _image(x: Any) -> Any:
    return x.reshape((1, 1, 2, 2))


PROBES = (
    Probe("relu", "0", [0.0], lambda o, x: o.relu(x), lambda t, x: t.relu(x),
          lambda j, x: j.nn.relu(x)),
    Probe("leaky_relu", "0, slope 0.1", [0.0], lambda o, x: o.leaky_relu(x, slope=0.1),
          lambda t, x: t.nn.functional.leaky_relu(x, 0.1), lambda j, x: j.nn.leaky_relu(x, 0.1)),
    Probe("elu", "0, alpha 0.5", [0.0], lambda o, x: o.elu(x, alpha=0.5),
          lambda t, x: t.nn.functional.elu(x, 0.5), lambda j, x: j.nn.elu(x, 0.5)),
    Probe("hardtanh", "both borders", [-1.0, 1.0], lambda o, x: o.hardtanh(x),
          lambda t, x: t.nn.functional.hardtanh(x), lambda j, x: j.nn.hard_tanh(x)),
    Probe("saturating_linear", "both borders", [0.0, 1.0], lambda o, x: o.saturating_linear(x),
          lambda t, x: t.nn.functional.hardtanh(x, 0.0, 1.0),
          lambda j, x: j.numpy.clip(x, 0.0, 1.0)),
    Probe("triangular_basis", "-1, 0 and 1", [-1.0, 0.0, 1.0], lambda o, x: o.triangular_basis(x),
          lambda t, x: t.relu(1 - t.abs(x)), lambda j, x: j.nn.relu(1 - j.numpy.abs(x))),
    Probe("abs", "0", [0.0], lambda o, x: o.abs(x), lambda t, x: t.abs(x),
          lambda j, x: j.numpy.abs(x)),
    Probe("absolute_error", "out = target", [1.0], lambda o, x: o.absolute_error(x, 1.0),
          lambda t, x: (x - 1.0).abs(), lambda j, x: j.numpy.abs(x - 1.0)),
    Probe("maximum", "a = b", [1.0, 1.0], lambda o, x: o.maximum(*_pair(x)),
          lambda t, x: t.maximum(*_pair(x)), lambda j, x: j.numpy.maximum(*_pair(x))),
    Probe("minimum", "a = b", [1.0, 1.0], lambda o, x: o.minimum(*_pair(x)),
          lambda t, x: t.minimum(*_pair(x)), lambda j, x: j.numpy.minimum(*_pair(x))),
    Probe("clip", "both borders", [0.0, 1.0], lambda o, x: o.clip(x, low=0.0, high=1.0),
          lambda t, x: t.clamp(x, 0.0, 1.0), lambda j, x: j.numpy.clip(x, 0.0, 1.0)),
    Probe("max", "of two equal", [1.0, 1.0], lambda o, x: o.max(x), lambda t, x: x.max(),
          lambda j, x: j.numpy.max(x)),
    Probe("max_pool2d", "of four equal", [1.0] * 4, lambda o, x: o.max_pool2d(_image(x), kernel=2),
          lambda t, x: t.nn.functional.max_pool2d(_image(x), 2),
          lambda j, x: j.lax.reduce_window(_image(x), -np.inf, j.lax.max, (1, 1, 2, 2),
                                           (1, 1, 2, 2), "VALID")),
    Probe("norm", "the origin", [0.0, 0.0], lambda o, x: o.norm(x),
          lambda t, x: t.linalg.vector_norm(x), lambda j, x: j.numpy.linalg.norm(x)),
    Probe("power", "0 to the 0: base, exponent", [0.0, 0.0], lambda o, x: o.power(*_pair(x)),
          lambda t, x: t.pow(*_pair(x)), lambda j, x: j.numpy.power(*_pair(x))),
    Probe("binary_cross_entropy", "out 0, target 1", [0.0],
          lambda o, x: o.binary_cross_entropy(x, 1.0),
          lambda t, x: t.nn.functional.binary_cross_entropy(x, t.ones_like(x)),
          lambda j, x: -j.numpy.log(x)),
)  # fmt: skip


def conventions(name: str | None = None) -> list[Convention]:
    """Every convention, or those of one operation, with what PyTorch and JAX do there."""
    chosen = [probe for probe in PROBES if name in (None, probe.op)]
    return [Convention(p.op, p.at, whygrad(p), pytorch(p), jax(p)) for p in chosen]


def whygrad(probe: Probe) -> tuple[float, ...]:
    """The gradient by whygrad's rule."""
    x = np.array(probe.x)
    graph = trace(lambda x: ops.sum(probe.ours(ops, x)), x=x)
    return tuple(float(g) for g in backprop(graph, x=x).gradients["x"])


def pytorch(probe: Probe) -> tuple[float, ...] | None:
    """The gradient by the installed PyTorch."""
    try:
        import torch
    except ImportError:
        return None
    x = torch.tensor(list(probe.x), dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(probe.torch(torch, x).sum(), x)
    return tuple(float(g) for g in gradient)


def jax(probe: Probe) -> tuple[float, ...] | None:
    """The gradient by the installed JAX."""
    try:
        import jax as library
    except ImportError:
        return None
    with library.enable_x64(True):
        x = library.numpy.asarray(np.array(probe.x))
        gradient = library.grad(lambda x: library.numpy.sum(probe.jax(library, x)))(x)
        return tuple(float(g) for g in gradient)
