"""A JAX function as a graph has JAX's value and JAX's gradients, and knows the author's lines."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.engine.eager import run
from whygrad.errors import DataError, OperationError
from whygrad.recording import backprop

jax = needs("jax")
jnp = jax.numpy

from whygrad.interop.jaxpr import called, read  # noqa: E402  (it needs JAX)

RNG = np.random.default_rng(5)


def recurrent(params, xs):
    def step(h, x):
        h = jnp.tanh(params["W"] @ h + params["U"] @ x)
        return h, jnp.sum(h)

    h, sums = jax.lax.scan(step, jnp.zeros(3), xs)
    return jnp.sum(sums**2) + jnp.sum(h)


def cross_entropy(params, x, y):
    h = jax.nn.relu(x @ params["W"] + params["b"])
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(h), y[:, None], axis=1))


@jax.custom_vjp
def doubled(x):
    return x * x


doubled.defvjp(lambda x: (x * x, x), lambda x, g: (4 * x * g,))  # twice the true gradient


CASES = {
    "elementwise": (
        lambda x: jnp.sum(jnp.exp(x) * jnp.log1p(x**2) / (1 + jnp.abs(x)) - jnp.tanh(-x) ** 3),
        {"x": RNG.normal(size=(2, 3))},
    ),
    "roots": (
        lambda x: jnp.sum(jnp.sqrt(x) + jax.lax.rsqrt(x) + x**1.7 + jnp.cosh(x) + jnp.square(x)),
        {"x": RNG.uniform(0.3, 2, 4)},
    ),
    "ties": (
        lambda x: jnp.max(x) + jnp.min(x) + jnp.sum(jnp.abs(x)) + jnp.sum(jnp.clip(x, 0.0, 1.0)),
        {"x": np.array([0.0, 1.0, 1.0, -2.0, -2.0])},
    ),
    "where": (
        lambda x: jnp.sum(jnp.where(x > 0, x**2, jnp.sin(x))),
        {"x": RNG.normal(size=5)},
    ),
    "shapes": (
        lambda x: (
            jnp.sum(jnp.concatenate([x[::-1, 1:], x.T[:2, :2]], axis=1)[0] ** 2)
            + jnp.sum(jnp.stack(jnp.split(x, 2, axis=0))[0] * 3)
        ),
        {"x": RNG.normal(size=(2, 3))},
    ),
    "positions": (
        lambda x: jnp.sum(x[jnp.array([2, 0, 2])] ** 2) + x[1, 0] * x[0, 1],
        {"x": RNG.normal(size=(3, 2))},
    ),
    "products": (
        lambda a, b: jnp.sum(jnp.einsum("bij,bkj->bik", a, b) ** 2) + a[0, 0] @ b[0, 1],
        {"a": RNG.normal(size=(2, 3, 4)), "b": RNG.normal(size=(2, 5, 4))},
    ),
    "cross_entropy": (
        cross_entropy,
        {
            "params": {"W": RNG.normal(size=(3, 4)), "b": RNG.normal(size=4)},
            "x": RNG.normal(size=(5, 3)),
            "y": np.array([0, 3, 1, 2, 2]),
        },
    ),
    "images": (
        lambda x, k: jnp.sum(
            jax.lax.conv_general_dilated(
                x, k, (2, 1), [(1, 1), (0, 0)], dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            ** 2
        ),
        {"x": RNG.normal(size=(2, 4, 3, 2)), "k": RNG.normal(size=(2, 2, 2, 3))},
    ),
    "pooling": (
        lambda x: (
            jnp.sum(
                jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 1, 1), "VALID")
                ** 2
            )
            + jnp.sum(
                jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 3, 1, 1), (1, 1, 1, 1), "SAME")
            )
        ),
        {"x": RNG.normal(size=(2, 4, 3, 2))},
    ),
    "recurrent": (
        recurrent,
        {
            "params": {"W": RNG.normal(size=(3, 3)), "U": RNG.normal(size=(3, 2))},
            "xs": RNG.normal(size=(5, 2)),
        },
    ),
    "branch": (
        lambda x: jax.lax.cond(x.sum() > 0, lambda a: jnp.sum(a**2), lambda a: jnp.sum(a**3), x),
        {"x": np.array([1.0, -0.2])},
    ),
    "unknown, element by element": (
        lambda x: jnp.sum(jnp.arcsin(x) ** 2 + jax.scipy.special.gammaln(x + 2)),
        {"x": RNG.uniform(-0.5, 0.5, 4)},
    ),
    "unknown, structured": (
        lambda x: jnp.sum(jnp.sort(x) * jnp.arange(4.0)) + jnp.sum(jnp.cumsum(x) ** 2),
        {"x": RNG.normal(size=4)},
    ),
    "several results": (
        lambda a: jnp.linalg.slogdet(a)[1],
        {"a": RNG.normal(size=(3, 3))},
    ),
    "the largest by its position": (
        lambda x: jnp.log(x[jnp.argmax(x)]) + jax.lax.dynamic_index_in_dim(x, jnp.argmin(x))[0],
        {"x": np.array([0.5, 2.0, 1.0])},
    ),
    "in sorted order": (
        lambda x: jnp.sum(x[jnp.argsort(x)] * jnp.arange(3.0)),
        {"x": np.array([0.5, 2.0, 1.0])},
    ),
    "e to a matrix": (
        lambda a: jnp.sum(jax.scipy.linalg.expm(a)),
        {"a": RNG.normal(size=(2, 2))},
    ),
    "a rule of its own": (lambda x: jnp.sum(doubled(x)), {"x": RNG.normal(size=3)}),
    "known rules of their own": (
        lambda x: jnp.sum(jax.nn.softplus(x) + jax.nn.silu(x) + jax.nn.gelu(x) + jax.nn.relu(x)),
        {"x": RNG.normal(size=6)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradients_are_jaxs(name):
    function, arguments = CASES[name]
    with jax.enable_x64(True):
        found = read(function, arguments)
        values, gradients = run(found.graph, found.inputs)
        oracle = jax.jit(jax.value_and_grad(lambda named: function(**named), allow_int=True))
        wanted, trees = oracle(jax.tree_util.tree_map(jnp.asarray, arguments))
        assert float(np.reshape(values[found.graph.output], ())) == pytest.approx(
            float(wanted), rel=1e-12
        )
        compared = 0
        for path, gradient in jax.tree_util.tree_flatten_with_path(trees)[0]:
            if gradient.dtype != jax.dtypes.float0:
                ours = gradients[called(path)]
                np.testing.assert_allclose(ours, gradient, rtol=1e-9, atol=1e-12)
                compared += 1
        assert compared >= 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x: jnp.sum(jnp.sqrt(jnp.maximum(x, 0.0))),
        lambda x: jnp.sqrt(1 - jnp.max(x)),
        lambda x: jnp.sqrt(jnp.min(x) + 1),
        lambda x: jnp.sum(jnp.where(x > 0, jnp.log(x), 0.0)),
        lambda x: jnp.sum(jnp.cosh(89 * x) ** 2),
    ],
)
def test_what_is_not_finite_in_jax_is_not_finite_here(function):
    x = jnp.array([-1.0, 0.0, 0.5, 0.75, 1.0])
    wanted = np.asarray(jax.grad(function)(x))
    assert not np.isfinite(wanted).all()
    found = wg.why_not_finite(function, x)
    np.testing.assert_allclose(found.trace.gradients["x"], wanted, rtol=1e-5)


def test_a_function_of_ours_is_an_operation_of_ours():
    found = read(lambda x: jnp.sum(jax.nn.relu(x)), {"x": jnp.ones(2)})
    assert [n.op.name for n in found.graph.nodes if n.op] == ["relu", "sum"]


def test_it_runs_in_jaxs_own_type():
    assert read(lambda x: jnp.sum(x), {"x": np.ones(2)}).dtype == "float32"
    with jax.enable_x64(True):
        assert read(lambda x: jnp.sum(x), {"x": np.ones(2)}).dtype == "float64"


@jax.jit
def helper(x):
    return jnp.log(x)  # the helper's line


def test_lines_are_the_authors():
    def function(x):
        first = jnp.where(x > 0, x, 0.0)  # the first line
        second = jnp.where(x > 1, x, 1.0)  # the second line
        return jnp.sum(helper(first + 1) * second)

    graph = read(function, {"x": jnp.ones(3)}).graph
    lines, start = inspect.getsourcelines(function)
    own = {text: start + k for k, line in enumerate(lines) for text in ("first", "second")
           if f"the {text} line" in line}  # fmt: skip
    chosen = [n.source for n in graph.nodes if n.op and n.op.name == "where"]
    assert chosen == [f"test_jaxpr.py:{own['first']}", f"test_jaxpr.py:{own['second']}"]
    (log,) = (n.source for n in graph.nodes if n.op and n.op.name == "log")
    assert log == f"test_jaxpr.py:{inspect.getsourcelines(helper)[1] + 2}"


def test_an_opaque_factor_is_a_number_of_the_derivation():
    with jax.enable_x64(True):
        found = read(lambda x: jnp.sum(jnp.arcsin(x)), {"x": np.array([0.6])})
        trace = backprop(found.graph, **found.inputs)
        derivation = trace.why("x[0]")
        assert derivation.value == pytest.approx(1 / 0.8)  # 1/√(1 − 0.36)
        assert "asin_slope[0] = 1.25" in str(derivation)


def test_a_result_of_several_numbers_is_summed():
    found = read(lambda x: x**2, {"x": jnp.array([1.0, 2.0])})
    values, gradients = run(found.graph, found.inputs)
    assert not found.whole
    assert float(values[found.graph.output]) == 5
    np.testing.assert_allclose(gradients["x"], [2, 4])


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (lambda x: x, {"x": np.array([1, 2])}, "no floats"),
        (lambda x: jnp.ones(2), {"x": jnp.ones(2)}, "does not depend"),
        (lambda x: x if x > 0 else -x, {"x": jnp.ones(())}, "cannot trace"),
        (lambda x: jnp.sum(jnp.abs(jnp.fft.fft(x))), {"x": jnp.ones(3)}, "Complex numbers"),
        (lambda x: jnp.sum(jnp.abs(x + 1j * x)), {"x": jnp.ones(3)}, "Complex numbers"),
    ],
)
def test_what_cannot_be_read_is_refused(function, arguments, message):
    with pytest.raises(DataError, match=message):
        read(function, arguments)


def test_an_inverse_in_float32_is_judged_with_more_digits():
    def function(a):
        return jnp.log(jnp.linalg.inv(a)[0, 0])

    found = wg.why_not_finite(function, jnp.array([[2.0, 0.0], [0.0, -1.0]], jnp.float32) * -1)
    assert found.name(found.first).startswith("log")  # log(−½)
    assert found.should.how == "none"


@jax.custom_vjp
def raising(x):
    return jnp.sqrt(x)


def _raise(x, g):
    raise RuntimeError("a rule that fails")


raising.defvjp(lambda x: (jnp.sqrt(x), x), _raise)


def test_a_failure_inside_of_an_opaque_operation_is_a_clear_error():
    with pytest.raises(OperationError, match="a rule that fails"):
        wg.why_not_finite(lambda x: jnp.sum(raising(x)), jnp.ones(2))


@jax.custom_vjp
def root(x):
    return jnp.sqrt(x)


root.defvjp(lambda x: (jnp.sqrt(x), x), lambda x, g: (g / (2 * jnp.sqrt(x)),))


def test_a_rule_of_its_own_breaks_in_its_own_element():
    def function(x):
        return jnp.sum(jnp.where(x > 0, root(x), 0.0))

    found = wg.why_not_finite(function, jnp.array([4.0, 0.0, 9.0]))
    assert found.name(found.first).endswith("/∂x[1]")
    assert [f.value for f in found.first.factors] == [0.0, np.inf]  # 1 / (2√0), not selected
    assert len([e for e in found.events if e.side == "backward"]) == 1
