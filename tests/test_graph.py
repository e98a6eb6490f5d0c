"""Graphs: traced from plain Python, frozen, in an order in which each node can be computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import whygrad as wg
from whygrad import ops
from whygrad.engine import eager
from whygrad.errors import DataError, NameUnknownError, OperationError, ShapeError
from whygrad.forward import evaluate
from whygrad.graph import Graph, Variable, spec, trace
from whygrad.numeric import xp

SQUARE = (2, 2)


def value(graph: Graph, **inputs: Any) -> np.ndarray:
    return eager.run(graph, inputs)[0][graph.output]


# ---- tracing --------------------------------------------------------------------------------


def test_plain_arithmetic_is_recorded() -> None:
    def loss(x: Any, W: Any, b: Any) -> Any:
        return ops.sum(ops.tanh(x @ W.T + b))

    graph = trace(loss, x=(4, 3), W=(2, 3), b=(2,))
    assert [n.op.name for n in graph.nodes if n.op] == ["transpose", "matmul", "add", "tanh", "sum"]
    assert [n.id for n in graph.sources] == ["x", "W", "b"]
    assert graph[graph.output].shape == ()
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)
    assert value(graph, x=x, W=W, b=b) == pytest.approx(np.tanh(x @ W.T + b).sum())


OPERATORS: dict[str, Any] = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "a ** b": lambda a, b: a**b,
    "a @ b": lambda a, b: a @ b,
    "-a": lambda a, b: -a,
    "abs": lambda a, b: abs(a),
    "masks": lambda a, b: (a < b) * 1.0 + (a <= b) * 2 + (a > b) * 3 + (a >= b) * 4,
    "1 + a": lambda a, b: (1 + a) * (2 - a) / (3 * b) + 4 / b + 2**a,
    "array left": lambda a, b: np.ones((2, 2)) @ a + np.arange(2.0) * b - np.ones(2) / a,
    "slice": lambda a, b: a[0] + b[..., -1] + a[::-1, 1],
    "rows": lambda a, b: sum(row * 2 for row in a),
    "positions": lambda a, b: a[np.array([1, 1])] + b,
    "methods": lambda a, b: a.sum(axis=0) + b.mean(axis=1, keepdims=True) + a.reshape(4)[:2],
    "turned": lambda a, b: a.T @ b.mT,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_a_traced_function_is_the_function(name: str) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0.5, 2, SQUARE), rng.uniform(0.5, 2, SQUARE)
    found = value(trace(lambda **v: total(OPERATORS[name](**v)), a=SQUARE, b=SQUARE), a=a, b=b)
    np.testing.assert_allclose(found, OPERATORS[name](a, b).sum())


def total(x: Any) -> Any:
    return ops.sum(x)


def test_inputs_are_shapes_arrays_or_specs() -> None:
    graph = trace(
        lambda table, ids, scale: ops.sum(ops.gather(table, ids) * scale),
        table=np.zeros((3, 2)),
        ids=spec((4,), int),
        scale=(),
    )
    assert graph["table"].shape == (3, 2)
    assert graph["ids"].integer
    assert not graph["table"].integer
    assert trace(lambda ids: ops.sum(ids[1:]), ids=np.array([1, 2]))["slice"].integer


def test_a_result_that_is_used_twice_is_one_node() -> None:
    def shared(x: Any) -> Any:
        h = ops.tanh(x)
        return ops.sum(h * h + h)

    graph = trace(shared, x=(3,))
    assert [(node.id, slot) for node, slot in graph.uses["tanh"]] == [
        ("mul", 0), ("mul", 1), ("add", 1)
    ]  # fmt: skip
    assert graph.uses[graph.output] == ()


def test_what_the_output_does_not_need_is_not_alive() -> None:
    def careless(x: Any, y: Any) -> Any:
        ops.tanh(y)
        return ops.sum(x)

    assert trace(careless, x=(2,), y=(2,)).alive == {"x", "sum"}


def test_a_node_may_be_named_before_and_after_it_is_used() -> None:
    def late(x: Any) -> Any:
        h = ops.tanh(x).named("h", role="out", layer=1)
        s = ops.sin(h)
        y = ops.exp(s)
        s.named("s")
        return ops.sum(y * s)

    graph = trace(late, x=(2,))
    assert graph["h"].role == "out"
    assert [n.id for n in graph.nodes] == ["x", "h", "s", "exp", "mul", "sum"]
    s = np.sin(np.tanh([0.1, 0.2]))
    assert value(graph, x=[0.1, 0.2]) == pytest.approx((np.exp(s) * s).sum())


def test_a_composite_is_its_operations_under_one_name() -> None:
    graph = trace(ops.mean_squared_error, out=(2, 3), target=(2, 3))
    assert [(n.op.name, n.groups) for n in graph.nodes if n.op] == [
        ("squared_error", ("mean_squared_error",)),
        ("mean", ("mean_squared_error",)),
    ]


def test_constants_hold_their_values() -> None:
    graph = trace(lambda x: ops.sum(x * np.array([1.0, 2.0]) + 3), x=(2,))
    assert [n.value.tolist() for n in graph.nodes if n.value is not None] == [[1.0, 2.0], 3.0]
    assert [n.id for n in graph.sources] == ["x"]


def test_a_graph_is_printed_line_by_line() -> None:
    lines = repr(trace(lambda x: ops.sum(x, axis=0), x=(2, 3))).splitlines()
    assert lines == [
        "Graph of 2 nodes → sum",
        "  x = given  [2 × 3]",
        "  sum = sum(x, axis=0, keepdims=False)  [3]",
    ]


# ---- slicing --------------------------------------------------------------------------------

KEYS = [
    np.s_[0], np.s_[-1], np.s_[1:], np.s_[:, 1], np.s_[::-1], np.s_[::-2, 1:3], np.s_[..., 0],
    np.s_[1, ..., 0], np.s_[2:2], np.s_[-2:, ::3], np.s_[0, 1], np.s_[()],
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_slicing_is_numpys(key: Any) -> None:
    x = np.arange(12.0).reshape(3, 4)
    graph = trace(lambda x: x[key], x=(3, 4))
    values = evaluate(graph, {"x": x}, xp)
    np.testing.assert_array_equal(values[graph.output], x[key])
    assert graph[graph.output].shape == x[key].shape


@pytest.mark.parametrize(
    "key", [np.s_[0, 0, 0], np.s_["a"], np.s_[None], np.s_[[0, 1]], np.s_[1.5]]
)
def test_a_key_that_is_no_slice_is_refused(key: Any) -> None:
    with pytest.raises(OperationError, match=r"ops\.gather"):
        trace(lambda x: x[key], x=(3, 4))


def test_a_position_outside_is_refused() -> None:
    with pytest.raises(ShapeError, match="Position 3 was asked of an axis of length 3"):
        trace(lambda x: x[3], x=(3, 4))


# ---- errors ---------------------------------------------------------------------------------


def test_a_branch_on_a_value_is_refused() -> None:
    with pytest.raises(OperationError, match=r"ops\.where"):
        trace(lambda x: x if x > 0 else -x, x=())


def test_shapes_that_do_not_fit_name_the_operation_and_its_inputs() -> None:
    with pytest.raises(
        ShapeError, match=r"matmul cannot take these shapes: x \(2, 3\), W \(4, 3\)"
    ):
        trace(lambda x, W: x @ W, x=(2, 3), W=(4, 3))


def test_a_function_that_returns_something_else_is_refused() -> None:
    with pytest.raises(OperationError, match=r"did not return a variable\.\n  given: float"):
        trace(lambda x: 1.0, x=())


def test_inputs_must_be_the_functions_parameters() -> None:
    with pytest.raises(OperationError, match="name its inputs as its parameters"):
        trace(lambda x: x, y=(2,))


def test_numpy_functions_are_not_recorded_and_say_so() -> None:
    with pytest.raises(OperationError, match=r"wg\.ops"):
        trace(lambda x: np.tanh(x), x=(2,))


def test_variables_of_two_traces_do_not_mix() -> None:
    kept: list[Variable] = []

    def leak(x: Any) -> Any:
        kept.append(x)
        return x

    trace(leak, x=(2,))
    with pytest.raises(OperationError, match="two different traces"):
        trace(lambda y: y + kept[0], y=(2,))


def test_a_name_is_taken_once() -> None:
    with pytest.raises(OperationError, match="both named 'x'"):
        trace(lambda x: ops.tanh(x).named("x"), x=(2,))


def test_an_unknown_node_is_answered_with_the_nearest() -> None:
    graph = trace(lambda weights: ops.sum(weights), weights=(2,))
    with pytest.raises(NameUnknownError, match="did you mean 'weights'"):
        graph["weight"]
    assert "weights" in graph
    assert "weight" not in graph


def test_an_operation_says_what_it_takes() -> None:
    for wrong in (
        lambda: ops.clip(np.ones(2), 0.0),
        lambda: ops.tanh(),
        lambda: ops.tanh(np.ones(2), slope=1),
        lambda: ops.sum(np.ones(2), 0, True, 3),
    ):
        with pytest.raises(OperationError, match=r"try: \w+\("):
            wrong()


def test_operations_compute_on_arrays_too() -> None:
    assert ops.sum([1.0, 2.0]) == 3
    np.testing.assert_array_equal(ops.sum(np.ones((2, 3)), 0, keepdims=True), [[2, 2, 2]])
    np.testing.assert_array_equal(ops.concatenate([1.0], [2.0, 3.0]), [1, 2, 3])
    np.testing.assert_array_equal(ops.concatenate([[1.0], [2.0, 3.0]]), [1, 2, 3])
    assert ops.mean_squared_error([1.0, 3.0], [1.0, 1.0]) == 2
    assert ops.power(a=2.0, b=3.0) == 8


# ---- what a pass is given ---------------------------------------------------------------------


def test_a_pass_refuses_what_does_not_fit_the_graph() -> None:
    graph = trace(lambda x, ids: ops.sum(ops.gather(x, ids)), x=(3, 2), ids=spec((2,), int))
    x, ids = np.ones((3, 2)), [0, 2]
    with pytest.raises(NameUnknownError, match="did you mean 'ids'"):
        eager.run(graph, {"x": x, "id": ids})
    with pytest.raises(DataError, match="'ids' was not given"):
        eager.run(graph, {"x": x})
    with pytest.raises(ShapeError, match=r"shape \(2, 3\), traced as \(3, 2\)"):
        eager.run(graph, {"x": x.T, "ids": ids})
    with pytest.raises(DataError, match="whole numbers"):
        eager.run(graph, {"x": x, "ids": [0.0, 2.0]})
    with pytest.raises(DataError, match="Position 3 was looked up among 3"):
        eager.run(graph, {"x": x, "ids": [0, 3]})


def test_a_comparison_is_recorded_and_never_a_constant():
    g = wg.trace(
        lambda x, y: ops.sum(ops.where(x == 0, y, x)) + ops.sum(ops.where(x == y, 1.0, 0.0)),
        x=(3,), y=(3,),
    )  # fmt: skip
    x, y = np.array([0.0, 2.0, 0.0]), np.array([5.0, 2.0, 7.0])
    assert wg.backprop(g, x=x, y=y).loss == 5 + 2 + 7 + 1
    with pytest.raises(OperationError, match="!="):
        wg.trace(lambda x: ops.sum(ops.where(x != 0, x, 1.0)), x=(3,))
