"""The gradient check: right gradients pass, planted wrong ones are found where they lie."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import whygrad as wg
from whygrad import ops
from whygrad.checking.entries import difference_quotient, finite_difference
from whygrad.differences import quotient
from whygrad.errors import DataError, NameUnknownError, ShapeError
from whygrad.gradcheck import check
from whygrad.op import make_op


def article():
    return wg.mlp([2, 2, 2], output_activation="sigmoid", bias="shared").with_parameters(
        W1=[[0.15, 0.20], [0.25, 0.30]], b1=0.35, W2=[[0.40, 0.45], [0.50, 0.55]], b2=0.60
    )


def article_trace():
    return wg.backprop(article(), [0.05, 0.10], [0.01, 0.99])


def network(sizes, count=4, seed=0, **choices):
    rng = np.random.default_rng(seed)
    net = wg.mlp(sizes, seed=seed, **choices)
    x = rng.normal(size=(count, sizes[0]))
    if choices.get("loss") == "softmax_cross_entropy":
        return net, x, rng.integers(0, sizes[-1], count)
    return net, x, rng.uniform(0.1, 0.9, (count, sizes[-1]))


# ---- right gradients ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "choices"),
    [
        ([3, 4, 2], {"activation": "tanh", "loss": "softmax_cross_entropy"}),
        ([3, 4, 4, 2], {"activation": "gelu", "loss": "huber", "bias": "shared"}),
        ([2, 5, 1], {"activation": "relu", "loss": "mean_squared_error", "bias": "none"}),
        ([2, 3, 2], {"activation": "softmax", "loss": "absolute_error"}),
        ([4, 2, 4], {"activation": "x / (1 + exp(-1.7*x))"}),
        ([2, 2, 2], {"output_activation": "sigmoid", "loss": "binary_cross_entropy"}),
    ],
)
def test_right_gradients_are_right(sizes, choices):
    net, x, y = network(sizes, **choices)
    report = check(net, x, y)
    assert report.ok
    assert [row.parameter for row in report.rows] == [
        n.id for n in wg.backprop(net, x, y).parameters
    ]
    for row in report.rows:
        assert row.verdict == "right"
        assert row.difference < 1e-9
        assert row.digits >= 6
        assert row.checked == row.size
        assert not report.sampled


def test_the_article():
    report = check(article(), [0.05, 0.10], [0.01, 0.99])
    assert report.ok
    assert min(row.digits for row in report.rows) >= 10
    assert "Yes: nothing speaks against any of the 10 gradients." in str(report)


def test_a_traced_graph_by_the_names_of_its_inputs():
    rng = np.random.default_rng(1)
    x, W, b = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)
    g = wg.trace(lambda x, W, b: ops.sum(ops.tanh(x @ W.T + b)), x=x, W=W, b=b)
    report = check(g, x=x, W=W, b=b)
    assert report.ok
    assert [row.parameter for row in report.rows] == ["x", "W", "b"]


def test_positions_are_not_turned():
    g = wg.trace(lambda ids, T: ops.sum(ops.gather(T, ids) ** 2), ids=wg.spec((2,), int), T=(3, 2))
    report = check(g, ids=[0, 2], T=np.arange(6.0).reshape(3, 2))
    assert [row.parameter for row in report.rows] == ["T"]
    assert report.ok


def test_a_gradient_of_zero_is_right():
    """A dead unit: its weights are not on any way to the loss."""
    net = wg.mlp([1, 1, 1], activation="relu").with_parameters(W1=[[-1.0]], b1=[-1.0])
    assert check(net, [[1.0]], [[0.5]]).ok


def test_a_kink_close_by_is_no_kink_here():
    """Steps that reach over the corner of a relu must not be taken for the slope."""
    net = wg.mlp([1, 1, 1], activation="relu", output_activation="identity")
    for distance in (1e-2, 1e-4, 1e-6):
        near = net.with_parameters(W1=[[1.0]], b1=[-1.0 + distance], W2=[[2.0]])
        report = check(near, [[1.0]], [[0.5]])
        assert report.ok, report
        assert {row.verdict for row in report.rows} == {"right"}, report


def test_inputs_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError):
        check(article(), [0.05, 0.10, 0.15], [0.01, 0.99])
    with pytest.raises(NameUnknownError):
        check(article(), [0.05, 0.10], [0.01, 0.99], W1=[[1.0]])


# ---- wrong gradients ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "index", "change"),
    [
        ("W1", (1, 0), lambda g: 2 * g),
        ("W1", (0, 1), lambda g: -g),
        ("W2", (1, 1), lambda g: 0.0),
        ("W2", (0, 1), lambda g: g + 1e-3),
        ("W2", (0, 0), lambda g: g * (1 + 1e-4)),
        ("b1", (), lambda g: g / 2),
        ("b2", (), lambda g: math.nan),
        ("b2", (), lambda g: math.inf),
    ],
)
def test_a_planted_mistake_is_found_where_it_lies(parameter, index, change):
    trace = article_trace()
    claimed = {k: v.copy() for k, v in trace.gradients.items()}
    right = float(claimed[parameter][index])
    claimed[parameter][index] = planted = change(right)
    report = check(trace, gradients=claimed)
    assert not report.ok
    assert [row.parameter for row in report.rows if row.verdict != "right"] == [parameter]
    row = next(row for row in report.rows if row.verdict == "wrong")
    assert row.index == index
    assert trace.find(row.at).index == index
    assert row.quotient == pytest.approx(right, abs=1e-11)
    assert row.gradient == pytest.approx(planted, nan_ok=True)
    assert f"No. Not right: {parameter}. Right: " in str(report)
    json.dumps(report.to_dict(), allow_nan=False)


def test_the_ratio_says_what_factor_is_too_many():
    trace = article_trace()
    claimed = trace.gradients | {"W1": 2 * trace.gradients["W1"]}
    report = check(trace, gradients=claimed)
    row = report.rows[0]
    assert row.ratio == pytest.approx(2)
    assert "ratio 2, the same for all 4 wrong entries" in " ".join(str(report).split())
    assert row.index == np.unravel_index(np.abs(trace.gradients["W1"]).argmax(), (2, 2))


def test_a_wrong_rule_is_found():
    wrong = make_op(lambda xp, x: xp.tanh(x), local=lambda xp, y, x: 1 - y, name="wrong_tanh")
    g = wg.trace(lambda x, w: ops.sum(wrong(x * w)), x=(3,), w=())
    report = check(g, x=[0.5, -0.2, 1.0], w=0.7)
    assert [row.verdict for row in report.rows] == ["wrong", "wrong"]


def test_a_small_mistake_in_a_small_gradient_is_found():
    """One array's gradients are 10⁻⁸ of the others'; a factor of 2 in them must not be lost."""
    net, x, y = network([2, 3, 1])
    net = net.with_parameters(W2=net.parameters["W2"] * 1e-8)
    trace = wg.backprop(net, x, y)
    assert check(trace).ok
    report = check(trace, gradients=trace.gradients | {"W1": 2 * trace.gradients["W1"]})
    assert next(row.verdict for row in report.rows if row.parameter == "W1") == "wrong"


# ---- corners, and losses that cannot be told ----------------------------------------------------


def test_a_gradient_at_a_corner():
    g = wg.trace(lambda w: ops.sum(ops.relu(w)), w=(3,))
    report = check(g, w=[1.0, 0.0, -1.0])
    (row,) = report.rows
    assert (row.verdict, row.index) == ("kink", (1,))
    assert report.ok, "a convention is no mistake"
    assert "has a corner" in str(report)


def test_a_gradient_that_no_convention_chooses_at_a_corner_is_wrong():
    g = wg.trace(lambda w: ops.sum(ops.relu(w)), w=(3,))
    trace = wg.backprop(g, w=[1.0, 0.0, -1.0])
    for planted, verdict in ((0.0, "kink"), (1.0, "kink"), (0.5, "kink"), (-0.2, "wrong")):
        report = check(trace, gradients={"w": np.array([1.0, planted, 0.0])})
        assert report.rows[0].verdict == verdict, planted


@pytest.mark.parametrize("size", [1.0, 1e-9])
def test_a_jump_is_not_smooth(size):
    g = wg.trace(lambda w: ops.sum((ops.where(w > 0.0, 1.0, 0.0) + w) * size), w=(1,))
    report = check(g, w=[0.0])
    assert report.rows[0].verdict == "not smooth"
    assert not report.ok


def test_a_loss_that_is_nan_cannot_be_judged():
    g = wg.trace(lambda w: ops.sum(ops.log(w)), w=(1,))
    report = check(g, w=[-1.0])
    assert report.rows[0].verdict == "not smooth"
    json.dumps(report.to_dict(), allow_nan=False)


# ---- large networks -----------------------------------------------------------------------------


def test_a_large_network_is_checked_on_a_sample_that_is_stated():
    net, x, y = network([100, 60, 3], activation="tanh")
    report = check(net, x, y)
    assert report.ok
    assert report.sampled
    sizes = {row.parameter: (row.checked, row.size) for row in report.rows}
    assert sizes["W1"][1] == 6_000
    assert 150 < sizes["W1"][0] < 300
    assert sizes["b2"] == (3, 3), "a small array is checked whole"
    assert f"{sizes['W1'][0]} of 6,000" in str(report)
    assert f"{report.checked} of the 6,243, drawn with seed 0" in " ".join(str(report).split())
    assert report.to_dict() == check(net, x, y).to_dict(), "the same sample every time"


# ---- one derivative -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["w5", "w1", "b2", "out_h1", "net_o1", "out_o2", "E_o1", "i2"])
def test_the_difference_quotient_of_any_number_of_the_pass(name):
    trace = article_trace()
    at = trace.find(name)
    found = difference_quotient(trace, at)
    assert found.value == pytest.approx(trace.grad(name), rel=1e-9)
    assert abs(found.value - trace.grad(name)) <= 10 * found.error
    assert found.error < 1e-10
    assert finite_difference(trace, at) == found.value


def test_the_articles_numbers_by_differences():
    trace = article_trace()
    found = {n: finite_difference(trace, trace.find(n)) for n in ("w5", "w1", "out_h1", "net_o1")}
    assert {n: round(v, 9) for n, v in found.items()} == {
        "w5": 0.082167041, "w1": 0.000438568, "out_h1": 0.036350306, "net_o1": 0.138498562,
    }  # fmt: skip


def test_a_label_has_no_difference_quotient():
    net, x, y = network([3, 4, 2], loss="softmax_cross_entropy")
    trace = wg.backprop(net, x, y)
    with pytest.raises(DataError):
        finite_difference(trace, wg.recording.Value("y", (0,)))


FUNCTIONS = {
    "smooth": (math.exp, 3.0, math.exp(3.0)),
    "a large number": (math.sin, 1e6, math.cos(1e6)),
    "close to where it is not defined": (
        lambda x: math.log(x) if x > 0 else math.nan, 1e-3, 1000.0,
    ),
    "steep": (math.tan, 1.5, 1 / math.cos(1.5) ** 2),
    "fast": (lambda x: math.sin(1e4 * x), 0.3, 1e4 * math.cos(3e3)),
    "the same far off on both sides": (
        lambda w: 0.5 * (0.5 - 1 / (1 + math.exp(-min(max(w * 1e5 + 0.3, -700), 700)))) ** 2,
        0.0, 1e5 * (1 / (1 + math.exp(-0.3)) - 0.5) * math.exp(-0.3) / (1 + math.exp(-0.3)) ** 2,
    ),
    "two corners close by": (lambda x: max(x - 1e-4, 0) + max(-x - 1e-3, 0) + x, 0.0, 1.0),
    "blurred by large numbers": (lambda x: (1e8 + math.sin(x)) - 1e8, 0.3, math.cos(0.3)),
    "below its own rounding": (lambda x: 1 + 1e-20 * x, 0.3, 1e-20),
    "constant": (lambda x: 3.0, 1.0, 0.0),
    "huge": (lambda x: 1e300 * x, 1.0, 1e300),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_quotient_knows_how_good_it_is(name):
    function, at, slope = FUNCTIONS[name]
    found = quotient(function, at)
    assert abs(found.value - slope) <= 2 * found.error
    assert not found.kink
    sure = max(4 * found.error, 2e-8 * abs(slope))  # it stops where that is met
    assert quotient(function, at, slope).value == pytest.approx(found.value, abs=sure)


@pytest.mark.parametrize("name", ["smooth", "a large number", "steep", "fast", "huge"])
def test_and_it_is_good(name):
    function, at, slope = FUNCTIONS[name]
    assert quotient(function, at).value == pytest.approx(slope, rel=1e-7)


def test_a_corner_is_told_from_a_curve():
    corner = quotient(lambda x: abs(x) + 2 * x, 0.0)
    assert corner.kink
    assert (corner.left, corner.right) == pytest.approx((1.0, 3.0))
    assert corner.between(1.0)
    assert not corner.between(0.9)
    assert not quotient(lambda x: x * x, 0.0).kink
    assert not quotient(lambda x: 1e6 * x * x, 1e-3).kink
