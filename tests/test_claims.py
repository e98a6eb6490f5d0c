"""Pairs of functions and operations can be checked, whatever they compute in."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import whygrad as wg
from whygrad import ops
from whygrad.errors import ConfigError, DataError, NameUnknownError
from whygrad.op import make_op

rng = np.random.default_rng(0)


def told(report) -> str:
    """The page as one line, so that breaks do not matter."""
    return " ".join(str(report).split())


def verdicts(report) -> dict[str, str]:
    return {row.parameter: row.verdict for row in report.rows}


def keys(report) -> list[str]:
    return [cause.key for cause in report.causes]


# ---- pairs of functions -------------------------------------------------------------------------


def cubes(x):
    return float(np.sum(x**3))


X = np.array([1.0, 2.0, -0.5])


def test_a_pair_that_is_right():
    report = wg.check_gradient(cubes, lambda x: 3 * x**2, X)
    assert report.ok
    assert report.rows[0].digits >= 10


def test_a_pair_may_take_several_arguments_or_a_dict():
    def f(a, b):
        return float(np.sum(a * b))

    assert wg.check_gradient(f, lambda a, b: (b, a), (X, X + 1)).ok
    report = wg.check_gradient(f, lambda a, b: (b, b), (X, X + 1))
    assert verdicts(report) == {"x1": "right", "x2": "wrong"}

    def g(p):
        return float(np.sum(p["W"] ** 2) + p["c"])

    report = wg.check_gradient(
        g, lambda p: {"W": p["W"], "c": np.array(1.0)}, {"W": X, "c": np.array(2.0)}
    )
    assert verdicts(report) == {"W": "wrong", "c": "right"}
    assert "half" in keys(report)


def test_the_gradient_may_be_an_array():
    assert wg.check_gradient(cubes, 3 * X**2, X).ok


def test_what_a_wrong_gradient_is_made_of():
    report = wg.check_gradient(cubes, lambda x: x**2, X)
    assert ("made_of", "x²", "3 · x²") in [
        (c.key, c.blanks.get("said"), c.blanks.get("right")) for c in report.causes
    ]


def test_a_function_that_gives_no_number_is_refused():
    with pytest.raises(DataError, match="one number"):
        wg.check_gradient(lambda x: x**2, lambda x: 2 * x, X)


def test_a_gradient_of_another_shape():
    report = wg.check_gradient(
        lambda W: float(np.sum(W**2)), lambda W: (2 * W).T, rng.normal(size=(2, 3))
    )
    assert verdicts(report) == {"x": "wrong"}
    assert keys(report) == ["shape_transposed"]


def test_gradients_that_pile_up_from_call_to_call():
    total = np.zeros(3)

    def grad(x):
        total[:] += 2 * x
        return total.copy()

    report = wg.check_gradient(lambda x: float(np.sum(x**2)), grad, X)
    assert verdicts(report) == {"x": "wrong"}
    assert keys(report) == ["accumulates"]
    assert report.rows[0].ratio == pytest.approx(2)


def test_a_function_that_draws_numbers_is_random():
    draw = np.random.default_rng(0)
    report = wg.check_gradient(
        lambda x: float(np.sum(x**2 * draw.normal(size=3))), lambda x: 2 * x, X
    )
    assert verdicts(report) == {"x": "random"}
    assert not report.ok
    assert told(report).startswith("Are the gradients right? " + "═" * 24 + " It cannot be told")


def test_a_kink_and_what_may_be_chosen_there():
    at = np.array([1.0, 0.0, -3.0])
    report = wg.check_gradient(lambda x: float(np.sum(np.abs(x))), np.sign, at)
    (row,) = report.rows
    assert (row.verdict, row.index, row.ok) == ("kink", (1,), True)
    assert (row.left, row.right) == pytest.approx((-1, 1))
    assert "slopes from -1 to 1" in told(report).replace("−", "-")


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_coarse_numbers(dtype):
    """What a coarse type cannot confirm is looked at in float64, where the function can."""
    x = X.astype(dtype)
    right = wg.check_gradient(lambda x: np.sum(np.sin(x), dtype=x.dtype), np.cos, x)
    assert right.ok, right
    wrong = wg.check_gradient(
        lambda x: np.sum(np.sin(x), dtype=x.dtype), lambda x: 2 * np.cos(x), x
    )
    assert verdicts(wrong) == {"x": "wrong"}
    assert "twice" in keys(wrong)


def test_a_function_that_is_coarse_inside_says_so():
    """Computed in float16 whatever it is given: what is below its rounding cannot be judged."""

    def f(x):
        return float(np.float16(1000.0) + np.sum(x.astype(np.float16), dtype=np.float16))

    report = wg.check_gradient(f, lambda x: np.full(3, 1.4, np.float16), X.astype(np.float16))
    assert verdicts(report) == {"x": "precision"}
    assert not report.ok


@pytest.mark.parametrize(
    ("scale", "key"), [(2.0, "quotient_step"), (0.5, "quotient_one_sided"), (3, "quotient_factor")]
)
def test_a_difference_quotient_of_ones_own_that_is_wrong(scale, key):
    report = wg.check_gradient(cubes, lambda x: 3 * x**2, X, quotient=scale * 3 * X**2)
    assert verdicts(report) == {"x": "checker"}
    assert keys(report) == [key]
    assert "The gradients are right; what they were compared with is not" in told(report)


def test_a_rough_quotient():
    def forward(x):
        return np.array([(cubes(x + 0.1 * e) - cubes(x)) / 0.1 for e in np.eye(3)])

    report = wg.check_gradient(cubes, lambda x: 3 * x**2, X, quotient=forward)
    assert (verdicts(report), keys(report)) == ({"x": "checker"}, ["quotient_rough"])
    fine = wg.check_gradient(cubes, lambda x: 3 * x**2, X, quotient=3 * X**2 * (1 + 1e-7))
    assert fine.ok


# ---- operations ---------------------------------------------------------------------------------

transposed = make_op(
    lambda xp, X, W: X @ W, back=lambda xp, g, y, X, W: (g @ W, xp.mT(X) @ g), name="my_product"
)


def test_an_operation_is_checked_on_its_own_cases():
    assert wg.check(ops.softmax).ok
    assert wg.check(ops.conv2d).ok


def test_a_transposed_product_is_named():
    report = wg.check(transposed, rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))
    assert verdicts(report) == {"X": "wrong", "W": "right"}
    (cause,) = report.causes
    assert cause.key == "rule_product"
    assert (cause.blanks["said"], cause.blanks["right"]) == ("g @ W", "g @ Wᵀ")
    assert cause.reproduces == ("X",)
    assert "it gives g @ W, the right one is g @ Wᵀ" in told(report)
    json.dumps(report.to_dict(), allow_nan=False)


def test_and_where_it_does_not_even_fit():
    report = wg.check(transposed, rng.normal(size=(3, 4)), rng.normal(size=(4, 2)))
    assert verdicts(report) == {"X": "wrong", "W": "wrong"}
    assert [(c.key, c.blanks["input"], c.blanks["right"]) for c in report.causes] == [
        ("rule_fails.right", "X", "g @ Wᵀ"),
        ("rule_fails.right", "W", "Xᵀ @ g"),
    ]


def test_the_wrong_rule_is_found_inside_of_a_function():
    def f(x, W, V):
        return ops.sum(ops.tanh(transposed(ops.tanh(x @ V), W)) ** 2)

    report = wg.check(f, *(rng.normal(size=(3, 3)) for _ in range(3)))
    assert verdicts(report) == {"x": "wrong", "W": "right", "V": "wrong"}
    (cause,) = report.causes
    assert (cause.key, cause.blanks["op"], cause.blanks["right"]) == (
        "rule_product", "my_product", "g @ Wᵀ",
    )  # fmt: skip


def test_a_slope_that_is_wrong_is_read_back():
    wrong = make_op(lambda xp, x: xp.tanh(x), local=lambda xp, y, x: 1 - y, name="wrong_tanh")
    report = wg.check(wrong, rng.normal(size=4))
    (cause,) = report.causes
    assert (cause.blanks["said"], cause.blanks["right"]) == ("g · (1 − y)", "g · (1 − y²)")


# ---- what cannot be checked ---------------------------------------------------------------------


def test_what_has_no_gradients_is_refused():
    with pytest.raises(ConfigError, match="nothing here"):
        wg.check(3.0)
    with pytest.raises(DataError, match="cannot be called"):
        wg.check(lambda x: x, X, X)


# ---- numbers of every size ----------------------------------------------------------------------

SCALED = {
    "a wave far out": (np.sin, np.cos, [1e5, 1e5 + 0.5]),
    "a narrow peak": (
        lambda x: np.exp(-((x / 5e-7) ** 2)),
        lambda x: -2 * x / 5e-7**2 * np.exp(-((x / 5e-7) ** 2)),
        [2e-7, -1e-7],
    ),
    "a narrow peak at 1": (
        lambda x: np.exp(-(((x - 1) / 1e-5) ** 2)),
        lambda x: -2 * (x - 1) / 1e-5**2 * np.exp(-(((x - 1) / 1e-5) ** 2)),
        [1.0, 1 + 3e-6],
    ),
    "a pole close by": (lambda x: 1 / x, lambda x: -1 / x**2, [1e-6, 2e-6]),
    "an edge close by": (np.log, lambda x: 1 / x, [1e-9, 1e-3]),
    "a power of small numbers": (lambda x: x**3, lambda x: 3 * x**2, [2e-8, 1e-8]),
    "a power": (lambda x: x**3, lambda x: 3 * x**2, [1e-3, 2e-3]),
    "flat": (lambda x: x**4, lambda x: 4 * x**3, [0.0, 0.0]),
}


@pytest.mark.parametrize("name", SCALED)
def test_right_gradients_at_any_scale(name):
    function, slope, at = SCALED[name]
    x = np.array(at)
    with np.errstate(all="ignore"):
        assert wg.check_gradient(lambda x: float(function(x).sum()), slope, x).ok
        if slope(x).any():
            wrong = wg.check_gradient(lambda x: float(function(x).sum()), lambda x: 2 * slope(x), x)
            assert verdicts(wrong) == {"x": "wrong"}
            assert "twice" in keys(wrong)


def test_few_steps_are_enough_for_a_coarse_type():
    x = np.array([1, 2], np.float32)
    assert wg.check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x, x).ok


def test_a_function_outside_of_its_domain_is_no_crash():
    def root(x):
        return math.sqrt(x[0])

    assert wg.check_gradient(root, lambda x: np.array([0.5 / math.sqrt(x[0])]), np.array([1e-3])).ok
    with np.errstate(all="ignore"):
        report = wg.check_gradient(
            lambda x: float(np.sqrt(x).sum()), lambda x: 0.5 / np.sqrt(x), np.array([0.0, 2.0])
        )
    assert verdicts(report) == {"x": "not smooth"}
    assert not report.causes


def test_a_little_noise_is_random():
    draw = np.random.default_rng(0)
    report = wg.check_gradient(
        lambda x: float((x**2).sum()) + 1e-6 * draw.random(), lambda x: 2 * x, X
    )
    assert verdicts(report) == {"x": "random"}


@pytest.mark.parametrize(
    ("gradient", "x"),
    [
        (lambda x: 2 * x, np.array([1.0, np.nan])),
        (lambda x: 2 * x, np.array([1.0, 1j])),
        (lambda x: "abc", X),
        (lambda x: 2 * x, np.array([])),
    ],
)
def test_bad_input_is_refused(gradient, x):
    with pytest.raises(DataError):
        wg.check_gradient(lambda x: float(np.abs(x**2).sum()), gradient, x)


def test_gradients_that_are_not_asked_for_are_refused():
    with pytest.raises(NameUnknownError):
        wg.check_gradient(
            lambda p: float((p["a"] ** 2).sum()), lambda p: {"a": 2 * p["a"], "b": 1}, {"a": X}
        )
    net = wg.mlp([4, 5, 2])
    x, y = rng.normal(size=(6, 4)), rng.uniform(size=(6, 2))
    with pytest.raises(DataError):
        wg.check(net, x, y, gradients={})
    g = wg.backprop(net, x, y).gradients
    report = wg.check(net, x, y, gradients={**g, "W1": g["W1"].T})
    assert keys(report) == ["shape_transposed"]
