"""Where numbers stopped being finite, what mends it, and why a gradient has its size."""

from __future__ import annotations

import inspect
import json
import math
from decimal import Decimal

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad import ops
from whygrad.cli import main
from whygrad.diagnosis.catalogue import REWRITES
from whygrad.diagnosis.digits import Digits, precision
from whygrad.diagnosis.rewriting import compiled, matches
from whygrad.diagnosis.survey import survey
from whygrad.errors import DataError, NameUnknownError
from whygrad.forward import evaluate
from whygrad.graph import trace
from whygrad.numeric import xp

A = np.array
INF = math.inf


def log_softmax_apart(z):
    return ops.sum(ops.log(ops.softmax(z)))


# name: function, arguments, the first number, its side, what it should be, the mended loss and
# one gradient of it; all worked by hand
CASES = {
    "sqrt at 0, masked": (
        lambda x: ops.sum(ops.where(x > 0, ops.sqrt(x), 0.0)), [A([4.0, 0.0])],
        ("∂sum/∂x[1]", "backward"), 2.0, {"x": (1, 0.0)},
    ),
    "log of 0, masked": (
        lambda x: ops.sum(ops.where(x > 0, ops.log(x), 0.0)), [A([1.0, 0.0])],
        ("log[1]", "forward"), 0.0, {"x": (1, 0.0)},
    ),
    "log softmax underflows": (
        log_softmax_apart, [A([[0.0, 1000.0]])],
        ("log[0,0]", "forward"), -1000.0, {"x": None},
    ),
    "log(1 − σ)": (
        lambda x: ops.sum(ops.log(1 - ops.sigmoid(x))), [A([0.0, 800.0])],
        ("log[1]", "forward"), -800 - math.log(2), {"x": (1, -1.0)},
    ),
    "∞/∞": (
        lambda x: ops.sum(ops.exp(x) / ops.sum(ops.exp(x)) * A([1.0, 2.0])), [A([0.0, 1000.0])],
        ("exp[1]", "forward"), 2.0, {"x": (0, 0.0)},
    ),
    "0 · log 0": (
        lambda x: ops.sum(x * ops.log(x)), [A([0.0, 1.0])],
        ("log[0]", "forward"), 0.0, {"x": (1, 1.0)},
    ),
    "target 0 · log 0": (
        lambda p: -ops.sum(A([0.0, 1.0]) * ops.log(p)), [A([0.0, 1.0])],
        ("log[0]", "forward"), 0.0, {"p": (1, -1.0)},
    ),
    "length of 0": (
        lambda x: ops.sqrt(ops.sum(x**2)), [A([0.0, 0.0])],
        ("∂sqrt/∂sum", "backward"), 0.0, {"x": (0, 0.0)},
    ),
    "log Σ exp": (
        lambda x: ops.log(ops.sum(ops.exp(x))), [A([0.0, 1000.0])],
        ("exp[1]", "forward"), 1000.0, {"x": (1, 1.0)},
    ),
    "e^a · e^b": (
        lambda x: ops.exp(x[0]) * ops.exp(x[1]), [A([800.0, -800.0])],
        ("exp", "forward"), 1.0, {"x": (0, 1.0)},
    ),
    "tanh by hand": (
        lambda x: (ops.exp(x) - ops.exp(-x)) / (ops.exp(x) + ops.exp(-x)), [A(800.0)],
        ("exp", "forward"), 1.0, {"x": ((), 0.0)},
    ),
    "mean of large numbers": (
        lambda x: ops.mean(x), [A([1.2e308, 1.6e308])],
        ("mean", "forward"), 1.4e308, {"x": (0, 0.5)},
    ),
    "length of large numbers": (
        lambda x: ops.sqrt(ops.sum(x**2)), [A([3e200, 4e200])],
        ("power[0]", "forward"), 5e200, {"x": (0, 0.6)},
    ),
    "e^x in float32": (
        lambda x: ops.sum(ops.exp(x)), [A([100.0], np.float32)],
        ("exp[0]", "forward"), math.exp(100), {"x": (0, math.exp(100))},
    ),
    "softplus by hand, masked": (
        lambda x: ops.sum(ops.where(x > 30.0, x, ops.log(1 + ops.exp(x)))), [A([1000.0])],
        ("exp[0]", "forward"), 1000.0, {"x": (0, 1.0)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_first_number_and_a_mend_that_was_run(name):
    function, arguments, (first, side), loss, gradients = CASES[name]
    found = wg.why_not_finite(function, *arguments)
    assert not found.finite
    assert (found.name(found.first), found.first.side) == (first, side)
    line = inspect.getsourcelines(function)[1]
    assert found.first.source.startswith("test_diagnosis.py:")
    assert abs(int(found.first.source.rpartition(":")[2]) - line) <= 2
    (mended,) = found.mends
    assert mended.whole
    assert mended.after == pytest.approx(loss, rel=1e-6, abs=1e-12)
    after = mended.candidate.subject.run()
    for source, wanted in gradients.items():
        if wanted is not None:
            gradient = np.asarray(after.gradients[source])[wanted[0]]
            assert gradient == pytest.approx(wanted[1], rel=1e-5, abs=1e-12)
    for change in mended.changes:
        assert math.isfinite(change.after)
        assert change.after == pytest.approx(change.quotient, rel=1e-3, abs=1e-6)


# another function, close by: what has to be there, and what the mended one gives
NEARBY = {
    "a pole": (lambda x: ops.sum(1 / x), [A([0.0, 1.0])], "a / (x + 1e-12)"),
    "a power": (lambda x: ops.sum(x**0.5), [A([0.0, 4.0])], "(x + 1e-12) ** p"),
    "log of 0": (lambda x: -ops.sum(ops.log(x)), [A([0.0, 1.0])], "log(x + 1e-12)"),
    "a constant row": (
        lambda x: ops.sum(ops.layer_norm(x, 1.0, 0.0, eps=0.0)), [np.ones((2, 3))],
        "layer_norm(…, eps=1e-05)",
    ),
    "a constant column": (
        lambda x: ops.sum((x - ops.mean(x)) / ops.sqrt(ops.var(x))), [np.ones(3)],
        "sqrt(x + 1e-12)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEARBY)
def test_another_function_close_to_the_edge(name):
    function, arguments, after = NEARBY[name]
    found = wg.why_not_finite(function, *arguments)
    assert found.mend.candidate.after == after
    assert not found.mend.candidate.same
    assert math.isfinite(found.mend.after)


@pytest.mark.parametrize(
    ("function", "x", "first"),
    [
        (lambda x: ops.sum(x**2) + 0.0 * ops.sum(ops.log(ops.abs(x))), [1.0, 0.0], "log[1]"),
        (lambda x: ops.sum(ops.log(x) * 0.0), [1.0, 0.0], "log[1]"),
        (lambda x: ops.sum(x / 0.0 * 0), [1.0, 2.0], "div[0]"),
    ],
)
def test_infinity_times_a_written_0(function, x, first):
    found = wg.why_not_finite(function, A(x))
    assert found.name(found.first) == first
    assert found.first.kind == "made"
    assert found.events[-1].kind == "met"  # ∞ · 0


def test_an_input_of_minus_infinity():
    for value in (-INF, INF, math.nan):
        found = wg.why_not_finite(lambda x: ops.sum(ops.exp(x) * x), A([1.0, value]))
        assert (found.name(found.first), found.first.kind) == ("x[1]", "given")
    found = wg.why_not_finite(lambda x: ops.sum(ops.exp(x) ** 0.5), A([1.0, -INF]))
    assert (found.name(found.first), found.first.kind) == ("x[1]", "given")  # e^−∞ = 0 is finite


def test_the_factors_are_named_with_their_numbers():
    found = wg.why_not_finite(CASES["sqrt at 0, masked"][0], A([4.0, 0.0]))
    assert [f.value for f in found.first.factors] == [0.0, INF]
    assert "= 0 · ∞ = NaN" in str(found)
    assert "∂sqrt[1]/∂x[1] = 1 / (2 · sqrt[1]) = 1 / (2 · 0) = ∞" in str(found)


def test_a_masked_infinity_and_the_gradient_that_meets_it():
    found = wg.why_not_finite(CASES["log of 0, masked"][0], A([1.0, 0.0]))
    forward, backward = found.events
    assert (forward.value, backward.side) == (-INF, "backward")
    assert math.isnan(backward.value)
    assert math.isfinite(found.trace.loss)


def test_what_it_should_have_been():
    beyond = wg.why_not_finite(lambda x: ops.sum(ops.exp(x)), A([1000.0])).should
    assert (beyond.how, beyond.power) == ("beyond", 434)  # e^1000 = 1.97e434
    limit = wg.why_not_finite(lambda x: ops.sum(ops.sin(x) / x), A([0.0]))
    assert (limit.should.how, limit.should.value) == ("limit", pytest.approx(1.0))
    corner = wg.why_not_finite(lambda x: ops.sqrt(ops.sum(x**2)), A([0.0, 0.0])).should
    assert (corner.quotient.left, corner.quotient.right) == pytest.approx((-1, 1))
    none = wg.why_not_finite(lambda x: ops.sum(ops.log(x)), A([-1.0])).should
    assert none.how == "none"


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (lambda x: ops.sum(x**2), [A([1.0, 2.0])]),
        # an infinity on purpose, which leads nowhere
        (
            lambda s: ops.sum(ops.softmax(s + A([[0.0, -INF]])) * A([1.0, 2.0])),
            [A([[1.0, 2.0]])],
        ),
        (lambda x: ops.sum(ops.where(x > 0, ops.log(x), 0.0)), [A([1.0, -1.0])]),
    ],
)
def test_all_is_well(function, arguments):
    found = wg.why_not_finite(function, *arguments)
    assert found.finite
    assert found.first is None
    assert found.mends == ()


def test_a_row_that_is_masked_whole():
    mask = A([[0.0, -INF], [-INF, -INF]])
    found = wg.why_not_finite(lambda s: ops.sum(ops.softmax(s + mask)[:, 0]), np.ones((2, 2)))
    assert found.first.kind == "given"
    assert {e.at.index[0] for e in found.events} == {1}  # the other row is as it should be
    assert found.mend.after == pytest.approx(1.5)  # 1 of the first row, ½ of the second


# ---- networks -----------------------------------------------------------------------------------


def test_a_hole_in_the_data():
    net = wg.mlp([2, 2, 1])
    found = wg.why_not_finite(net, [[1.0, 2.0], [np.nan, 1.0]], [[0.0], [1.0]])
    assert found.name(found.first) == "i1[2]"
    assert found.mend.candidate.numbers == (2.0,)
    assert found.mend.after == pytest.approx(wg.backprop(net, [[1.0, 2.0]], [[0.0]]).loss)


def test_a_weight_that_came_in_infinite():
    net = wg.mlp([2, 2, 1])
    found = wg.why_not_finite(net, [1.0, 2.0], [0.0], W1=A([[1.0, INF], [0.0, 1.0]]))
    assert (found.name(found.first), found.first.kind) == ("w2", "given")
    assert "last weights that were finite" in str(found).replace("\n", " ")


def test_a_learning_rate_that_is_too_large():
    net = wg.mlp([1, 1], activation="identity", bias="none").with_parameters(W1=[[1.0]])
    found = wg.why_not_finite(net, [1.0], [0.0], learning_rate=1e3)
    # E = ½w², so w ← −999 w and E overflows once w² > 2 · 1.8e308: after 52 updates
    assert found.after.count == next(k for k in range(99) if k * math.log10(999) > 154.27)
    old, new, _ = found.mend.candidate.numbers
    assert (old, new) == (1e3, 1.0)  # −1 < 1 − η < 1 for 0 < η < 2
    assert found.mend.after == 0.0


def test_a_formula_is_taken_apart():
    net = wg.mlp([1, 1], activation="exp(x) / (1 + exp(x))", bias="none")
    found = wg.why_not_finite(net.with_parameters(w1=900.0), [1.0], [1.0])
    assert [e.op for e in found.events] == ["exp", "exp", "div"]
    assert found.name(found.events[2]) == "out_o1"
    assert found.mend.candidate.after == "sigmoid(x)"
    assert found.mend.after == 0.0  # ½(1 − σ(900))²


def test_float32_alone():
    net = wg.mlp([1, 1], activation="identity", bias="none").with_parameters(W1=[[1e15]])
    found = wg.why_not_finite(net, [1e15], [0.0])
    assert found.finite
    assert found.coarse.first.op == "half_squared_error"


# ---- the parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda r: r.before)
def test_before_and_after_are_one_function(rewrite):
    inputs = {v: np.random.default_rng(0).uniform(0.2, 0.9, (2, 3)) for v in ("x", "y")}
    axis = None if "max(abs" in rewrite.after else -1
    before, after = compiled(rewrite.before), compiled(rewrite.after)

    def value(function):
        graph = trace(lambda x, y: function(x, y, axis, 3), x=(2, 3), y=(2, 3))
        found = evaluate(graph, inputs, xp)[graph.output]
        return np.squeeze(found) if found.size == 2 else found

    np.testing.assert_allclose(value(after), value(before), rtol=1e-12)
    assert list(matches(rewrite, rewrite.pattern))  # it is found where it is


def test_digits_know_more_than_floats():
    with precision(60):
        assert str(Digits(1.0).exp().number).startswith("2.71828182845904523536028747135266249775")
        assert str(Digits(2.0).sqrt().number).startswith("1.41421356237309504880168872420969807856")
        # sin 1 and tanh 1, Abramowitz and Stegun, tables 4.6 and 4.15
        assert float(Digits(1.0).sin()) == 0.8414709848078965
        assert str(Digits(1.0).tanh().number).startswith("0.7615941559557648881194582826")
        assert (1 / Digits(0.0)).number == Decimal("Infinity")
        assert Digits(-1.0).log().number.is_nan()


# ---- why a gradient has its size ----------------------------------------------------------------

DEAD = wg.mlp([2, 2, 1], activation="relu", output_activation="identity").with_parameters(
    W1=[[1, 1], [1, 1]], b1=[-100, 0], W2=[[1, 1]], b2=[0]
)
SIZES = {
    "dead": (DEAD, "w1", ([[1.0, 2.0]], [[0.0]]), "zero"),
    "dead_signal": (DEAD, "w5", ([[1.0, 2.0]], [[0.0]]), "zero"),
    "zero_input": (DEAD, "w4", ([[1.0, 0.0]], [[0.0]]), "zero"),
    "optimum": (DEAD, "w6", ([[1.0, 2.0]], [[3.0]]), "zero"),
    "zero_weight": (wg.mlp([2, 2, 1], init="zeros"), "w1", ([[1.0, 2.0]], [[0.0]]), "zero"),
    "saturated": (wg.mlp([1, 1]).with_parameters(w1=60.0), "w1", ([[1.0]], [[0.0]]), "zero"),
    "large_input": (wg.mlp([1, 1], activation="identity"), "w1", ([[1e6]], [[0.0]]), "huge"),
    "vanishing": (wg.mlp([1] * 12), "w1", ([[1.0]], [[0.0]]), "tiny"),
    "exploding": (
        wg.mlp([1] * 9, activation="identity", bias="none").with_parameters(
            **{f"W{k}": [[30.0]] for k in range(1, 9)}
        ),
        "w1", ([[1.0]], [[0.0]]), "huge",
    ),
    "masked": (lambda x: ops.sum(ops.where(x > 0, x, 0.0)), "x[1]", (A([1.0, -1.0]),), "zero"),
    "clipped": (lambda x: ops.sum(ops.clip(x, low=0, high=1)), "x[0]", (A([3.0]),), "zero"),
    "not_largest": (lambda x: ops.max(x), "x[1]", (A([3.0, 1.0]),), "zero"),
    "cancelling": (lambda x: x[0] * x[1] - x[1] * x[0], "x[0]", (A([3.0, 1.0]),), "zero"),
    "unused": (lambda x, y: ops.sum(x), "y[0]", (A([3.0]), A([1.0])), "zero"),
    "steep": (lambda x: ops.sum(1 / x), "x[0]", (A([1e-3]),), "huge"),
    "ordinary": (lambda x: ops.sum(x**2), "x[0]", (A([3.0]),), "ordinary"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SIZES)
def test_the_class_of_a_gradient(kind):
    subject, of, arguments, size = SIZES[kind]
    found = wg.why_gradient(subject, of, *arguments)
    assert (found.kind, found.size) == (kind, size)
    values = [value for _, value in found.factors]
    assert values == sorted(values, key=lambda v: math.log10(abs(v)) if v else -INF)
    if kind in ("vanishing", "exploding", "large_input", "steep"):  # one way only
        assert math.prod(values) == pytest.approx(found.value)
    for lang in ("en", "zh"):
        assert found.document().to_text(lang=lang)


def test_a_gradient_that_is_not_there():
    with pytest.raises(NameUnknownError, match="w9"):
        wg.why_gradient(DEAD, "w9", [1.0, 2.0], [0.0])
    with pytest.raises(DataError, match="not finite"):
        wg.why_gradient(lambda x: ops.sum(ops.log(x)), "x[0]", A([0.0]))


def test_a_survey_counts():
    found = survey(wg.backprop(DEAD, [[1.0, 2.0]], [[0.0]]))
    counts = {c.parameter: (c.zero, c.size, c.kind) for c in found.counts}
    assert counts == {
        "W1": (2, 4, "dead"), "b1": (1, 2, "dead"), "W2": (1, 2, "dead_signal"),
        "b2": (0, 1, "ordinary"),
    }  # fmt: skip
    assert found.found


# ---- how it is asked and shown ------------------------------------------------------------------


def test_every_format_shows_it():
    found = wg.why_not_finite(log_softmax_apart, A([[0.0, 1000.0]]))
    assert "log\\_softmax" in found.to_markdown()
    assert "<math" in found._repr_html_()
    assert "\\infty" in found.to_latex()
    assert "本应为" in found.document().to_text(lang="zh")
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data["events"][0]["value"] == "-inf"
    assert data["mends"][0]["loss_after"] == -1000.0


@pytest.mark.parametrize(
    ("change", "options", "status", "said"),
    [
        ("", [], 0, "Nothing stands out"),
        ("", ["--of", "w1"], 0, "ordinary"),
        ("learning_rate = 1e4", [], 1, "smaller learning rate"),
        ("nan", [], 1, "stands in the file itself"),
        ("b1 = -100.0", [], 1, "Dead"),
        ("", ["--of", "w99"], 2, ""),
    ],
)
def test_the_command(tmp_path, capsys, change, options, status, said):
    text = """
[network]
layers = [2, 2, 1]
activation = "relu"
output_activation = "identity"
bias = "shared"
[parameters]
W1 = [[0.1, 0.2], [0.3, 0.1]]
b1 = 0.1
W2 = [[0.3, 0.2]]
b2 = 0.0
[data]
inputs = [[1.0, 2.0]]
targets = [[1.0]]
[training]
learning_rate = 0.1
"""
    if change == "nan":
        text = text.replace("2.0]]", "nan]]")
    elif change:
        key = change.partition(" =")[0]
        line = next(line for line in text.splitlines() if line.startswith(key))
        text = text.replace(line, change)
    path = tmp_path / "net.toml"
    path.write_text(text)
    assert main(["why", str(path), "--lang", "en", *options]) == status
    assert said in capsys.readouterr().out.replace("\n", " ")


def test_a_page_into_a_file(tmp_path, capsys):
    path = tmp_path / "net.toml"
    path.write_text("[network]\nlayers = [1, 1]\n[data]\ninputs = [1.0]\ntargets = [0.0]\n")
    assert main(["why", str(path), "--format", "html", "-o", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert not capsys.readouterr().out


def test_a_run_s_last_checkpoint(tmp_path, capsys):
    needs("safetensors")
    path, folder = tmp_path / "net.toml", tmp_path / "run"
    path.write_text(
        '[network]\nlayers = [1, 2, 1]\nactivation = "relu"\n'
        "[parameters]\nW1 = [[1.0], [-1.0]]\nb1 = [0.0, 0.0]\n"
        "[data]\ninputs = [[1.0], [2.0]]\ntargets = [[0.3], [0.6]]\n"
        "[training]\nlearning_rate = 0.1\niterations = 2\nengine = 'eager'\n"
    )
    assert main(["train", str(path), "--run", str(folder), "--quiet"]) == 0
    capsys.readouterr()
    assert main(["why", str(folder), "--of", "w2", "--lang", "en"]) == 1
    # w2 never moved, since its neuron is off: net = −1 · input for both samples
    assert "Dead: relu gets net_h2[1] = −1" in capsys.readouterr().out
