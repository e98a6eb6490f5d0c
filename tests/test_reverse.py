"""The backward pass: the chain rule, the un-broadcast, and what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from whygrad import numeric, ops, symbols
from whygrad.engine import eager
from whygrad.errors import ShapeError
from whygrad.forward import evaluate
from whygrad.graph import Graph, spec, trace
from whygrad.op import find
from whygrad.reverse import backward, differentiable, pull, unbroadcast

xp = numeric.xp


def gradients(graph: Graph, **inputs: Any) -> dict[str, np.ndarray]:
    return eager.run(graph, inputs)[1]


BROADCASTS = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1)),
    ((2, 3), ()),
    ((2, 3), (1, 1)),
    ((4, 2, 3), (2, 1)),
    ((4, 1, 3), (1, 3)),
    ((1, 1), ()),
    ((0, 3), (3,)),
]


@pytest.mark.parametrize(("large", "small"), BROADCASTS)
def test_a_gradient_is_summed_over_what_was_repeated(large: Any, small: Any) -> None:
    g = np.random.default_rng(0).normal(size=large)
    found = unbroadcast(xp, g, small)
    assert found.shape == small
    # The transpose of a broadcast: ⟨broadcast(e), g⟩ = ⟨e, unbroadcast(g)⟩ for every unit e.
    for index in np.ndindex(small):
        unit = np.zeros(small)
        unit[index] = 1
        assert found[index] == pytest.approx((np.broadcast_to(unit, large) * g).sum())
    assert unbroadcast(symbols.xp, symbols.symbol("g", large), small).shape == small


def test_a_gradient_that_was_not_repeated_stays_as_it_is() -> None:
    g = np.ones((2, 3))
    assert unbroadcast(xp, g, (2, 3)) is g


def test_a_value_used_several_times_gathers_its_gradients() -> None:
    graph = trace(lambda x: ops.sum(x * x + 3 * x + ops.sin(x)), x=(3,))
    x = np.array([0.1, -0.5, 2.0])
    np.testing.assert_allclose(gradients(graph, x=x)["x"], 2 * x + 3 + np.cos(x))


def test_a_weight_of_two_layers_gathers_both() -> None:
    graph = trace(lambda x, W: ops.sum((x @ W) @ W), x=(1, 2), W=(2, 2))
    x, W = np.array([[1.0, 2.0]]), np.array([[0.5, -1.0], [2.0, 0.25]])
    one = np.ones((1, 2))
    np.testing.assert_allclose(gradients(graph, x=x, W=W)["W"], (x @ W).T @ one + x.T @ (one @ W.T))


def test_leading_axes_of_a_layer_are_samples() -> None:
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(2, 3, 4)), rng.normal(size=(5, 4)), rng.normal(size=5)
    deep = trace(lambda x, W, b: ops.sum(ops.tanh(ops.linear(x, W, b))), x=x, W=W, b=b)
    flat = trace(
        lambda x, W, b: ops.sum(ops.tanh(ops.linear(x.reshape(6, 4), W, b))), x=x, W=W, b=b
    )
    found, wanted = (gradients(graph, x=x, W=W, b=b) for graph in (deep, flat))
    for name in ("x", "W", "b"):
        assert found[name].shape == deep[name].shape
        np.testing.assert_allclose(found[name], wanted[name])


def test_every_node_on_the_way_has_a_gradient() -> None:
    graph = trace(lambda x: ops.sum(ops.exp(ops.tanh(x))), x=(2,))
    found = gradients(graph, x=[0.3, -0.3])
    assert set(found) == {"x", "tanh", "exp", "sum"}
    assert found["sum"] == 1


def test_only_what_leads_to_a_wanted_source_is_computed() -> None:
    graph = trace(
        lambda x, W, V: ops.sum(ops.tanh(x @ W) @ ops.exp(V)), x=(1, 2), W=(2, 2), V=(2, 2)
    )
    rng = np.random.default_rng(0)
    inputs = {n.id: rng.normal(size=n.shape) for n in graph.sources}
    values = evaluate(graph, inputs, xp)
    everything = backward(graph, values, xp)
    found = backward(graph, values, xp, only=["V"])
    assert set(found) == {"V", "exp", "matmul_2", "sum"}
    np.testing.assert_array_equal(found["V"], everything["V"])
    assert backward(graph, values, xp, only=[]) == {}


def test_labels_masks_and_constants_have_no_gradient() -> None:
    def loss(x: Any, labels: Any, unused: Any) -> Any:
        chosen = ops.where(x > 0, x, np.zeros((2, 3)))
        return ops.sum(ops.softmax_cross_entropy(chosen, labels))

    graph = trace(loss, x=(2, 3), labels=spec((2,), int), unused=(2,))
    found = gradients(graph, x=np.ones((2, 3)), labels=[0, 2], unused=[1.0, 2.0])
    assert {n.id for n in graph.sources} & found.keys() == {"x"}
    assert not any(n.startswith("constant") for n in found)
    assert not differentiable(graph["labels"])


def test_a_mask_selects_so_that_zero_times_infinity_never_arises() -> None:
    graph = trace(lambda x: ops.sum(ops.sqrt(ops.relu(x))), x=(2,))
    np.testing.assert_array_equal(gradients(graph, x=[-1.0, 4.0])["x"], [0, 0.25])


def test_a_result_that_is_several_numbers_is_refused() -> None:
    graph = trace(ops.tanh, x=(2,))
    with pytest.raises(ShapeError, match=r"tanh of shape \(2,\)\n.*ops\.sum"):
        gradients(graph, x=[1.0, 2.0])


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_a_result_of_one_number_may_have_axes(shape: Any) -> None:
    graph = trace(lambda x: ops.exp(x), x=shape)
    np.testing.assert_allclose(gradients(graph, x=np.zeros(shape))["x"], np.ones(shape))


def test_a_rule_is_pulled_only_for_what_is_wanted() -> None:
    op, g, x, b = find("power"), np.ones(2), np.array([-1.0, -2.0]), np.array([2.0, 2.0])
    with np.errstate(all="raise"):  # the exponent's rule would take the logarithm of −1
        found = pull(op, xp, g, x**b, [x, b], {}, [0])
    np.testing.assert_allclose(found[0], 2 * x)
    assert list(found) == [0]


def test_what_a_keeper_returns_is_what_the_pass_goes_on_with() -> None:
    graph = trace(lambda x: ops.sum(ops.tanh(x * 2.0)), x=(2,))
    seen: list[str] = []

    def halve(node: Any, value: Any) -> Any:
        seen.append(node.id)
        return value / 2 if node.id in ("mul", "tanh") else value

    inputs = {"x": np.array([0.5, -1.0])}
    values = evaluate(graph, inputs, xp, keep=halve)
    np.testing.assert_allclose(values["tanh"], np.tanh(inputs["x"]) / 2)
    assert seen == ["mul", "tanh", "sum"]
    plain = evaluate(graph, inputs, xp)
    found = backward(graph, plain, xp, keep=halve)
    np.testing.assert_allclose(found["x"], backward(graph, plain, xp)["x"] / 4)


def test_an_overflow_is_a_result_to_look_at_and_not_a_warning() -> None:
    graph = trace(lambda x: ops.sum(ops.exp(ops.exp(x))), x=(2,))
    values, found = eager.run(graph, {"x": [1.0, 1000.0]})
    assert values[graph.output] == np.inf
    assert found["x"][1] == np.inf
