"""Laws 7 and 10: random graphs with shared nodes, the same gradients from four sides.

The pass with NumPy, the pass with JAX, JAX's own derivative, and finite differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from needs import needs
from whygrad import ops
from whygrad.engine import eager
from whygrad.forward import evaluate
from whygrad.graph import spec, trace
from whygrad.numeric import xp
from whygrad.reverse import backward
from whygrad.verify import TOLERANCE, central_differences, difference

SIZE = 3
IDS = np.array([2, 0, 2])

# All smooth and none growing fast: away from kinks, and within what differences can resolve.
ONE: tuple[Callable[[Any], Any], ...] = (
    ops.tanh,
    ops.sigmoid,
    ops.sin,
    ops.softplus,
    ops.gelu,
    ops.softmax,
    ops.log_softmax,
    lambda a: -a.mT,
    lambda a: a[::-1, 1:2] + a,
    lambda a: a.sum(axis=0, keepdims=True) / SIZE - a,
    lambda a: ops.gather(a, IDS),
    lambda a: ops.concatenate(a, a, axis=1)[:, 1 : SIZE + 1],
    lambda a: a.reshape(SIZE * SIZE).reshape(SIZE, SIZE),
)
TWO: tuple[Callable[[Any, Any], Any], ...] = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: ops.tanh(a) * ops.tanh(b),
    lambda a, b: a / (2 + ops.sin(b)),
    lambda a, b: a @ ops.softmax(b),
    lambda a, b: ops.linear(a, ops.tanh(b), ops.mean(b, axis=0)),
    lambda a, b: ops.layer_norm(a, ops.mean(b, axis=1), ops.mean(a), eps=0.1),
)
SHAPES = {"a": (SIZE, SIZE), "b": (SIZE,), "c": ()}

# A step takes any earlier results, so that one may be used by many, or by none.
STEPS = st.lists(
    st.tuples(st.integers(0, len(ONE) + len(TWO) - 1), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=7,
)


def program(steps: list[tuple[int, int, int]]) -> Callable[..., Any]:
    def run(a: Any, b: Any, c: Any) -> Any:
        results = [a, a + b, a * c]
        for which, i, j in steps:
            first, second = results[-1 - i % len(results)], results[-1 - j % len(results)]
            made = ONE[which](first) if which < len(ONE) else TWO[which - len(ONE)](first, second)
            results.append(made)
        return ops.mean(results[-1] * results[-2])

    return run


@settings(max_examples=16, derandomize=True, deadline=None, database=None)
@given(steps=STEPS, seed=st.integers(0, 9))
def test_all_sides_find_the_same_gradients(steps: list[tuple[int, int, int]], seed: int) -> None:
    jax = needs("jax")
    from whygrad.engine import compiled

    graph = trace(program(steps), **SHAPES)
    rng = np.random.default_rng(seed)
    inputs = {name: rng.uniform(-1, 1, shape) for name, shape in SHAPES.items()}
    values, gradients = eager.run(graph, inputs)
    reached = [name for name in inputs if name in gradients]
    with compiled.float64():
        again = evaluate(graph, inputs, compiled.xp)
        compiled_gradients = backward(graph, again, compiled.xp)
        np.testing.assert_allclose(again[graph.output], values[graph.output], rtol=1e-12)
        assert compiled_gradients.keys() == gradients.keys()
        for node, gradient in gradients.items():
            np.testing.assert_allclose(compiled_gradients[node], gradient, rtol=1e-9, atol=1e-13)
        wanted = jax.grad(lambda given: evaluate(graph, given, compiled.xp)[graph.output])(inputs)
        for name in reached:
            np.testing.assert_allclose(gradients[name], wanted[name], rtol=1e-9, atol=1e-13)
    for name in reached:

        def along(x: np.ndarray, name: str = name) -> Any:
            return evaluate(graph, {**inputs, name: x}, xp)[graph.output]

        slopes, noise = central_differences(along, inputs[name], np.ones(()))
        noise = noise / TOLERANCE["finite_difference"]
        assert difference(gradients[name], slopes, noise).max() <= TOLERANCE["finite_difference"]


def net(x: Any, labels: Any, kernel: Any, bias: Any, gain: Any, W: Any) -> Any:
    """Every structured operation in one loss: images, labels, a weight that is used twice."""
    image = ops.relu(ops.conv2d(x, kernel, bias, padding=1))
    pooled = ops.max_pool2d(image, kernel=2) + ops.avg_pool2d(image, kernel=2)
    rows = pooled.reshape(2, 8)
    rows = ops.layer_norm(rows, gain, 0.0)
    return ops.mean(ops.softmax_cross_entropy(ops.project(rows @ (W.T @ W), W), labels))


NET = {
    "x": (2, 1, 4, 4),
    "labels": spec((2,), int),
    "kernel": (2, 1, 3, 3),
    "bias": (2,),
    "gain": (8,),
    "W": (3, 8),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_adaptors_agree_on_a_network_under_jit(dtype: str) -> None:
    jax = needs("jax")
    from whygrad.engine import compiled

    graph = trace(net, **NET)
    rng = np.random.default_rng(0)
    shapes = {name: s.shape if name == "labels" else s for name, s in NET.items()}
    inputs = {name: rng.normal(size=s) for name, s in shapes.items()}
    inputs["labels"] = np.array([2, 0])
    values, gradients = eager.run(graph, inputs)

    def step(inputs: Any) -> Any:
        values = evaluate(graph, inputs, compiled.xp)
        return values[graph.output], backward(graph, values, compiled.xp, only=["kernel", "W"])

    floats = {n: x.astype(dtype) if n != "labels" else x for n, x in inputs.items()}
    tolerance = 1e-4 if dtype == "float32" else 1e-9
    with jax.enable_x64(dtype == "float64"):
        loss, found = jax.jit(step)(floats)
        assert loss.dtype == dtype
        np.testing.assert_allclose(loss, values[graph.output], rtol=tolerance)
        for name in ("kernel", "W"):
            assert found[name].dtype == dtype
            np.testing.assert_allclose(found[name], gradients[name], rtol=tolerance, atol=tolerance)
    assert set(found) < set(gradients), "what leads to no wanted source is skipped"
