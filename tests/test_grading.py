"""Sheets graded: their numbers worked out here in plain Python, or by JAX."""

from __future__ import annotations

import io
import json
import math
import sys

import numpy as np
import pytest

import whygrad as wg
from whygrad.cli import main
from whygrad.errors import ConfigError, DataError, NameUnknownError
from whygrad.mistakes.ledger import Ledger
from whygrad.mistakes.slips import plantable
from whygrad.models.learning import Plan
from whygrad.names import Partial, Updated
from whygrad.recording import backprop

W1, B1 = [[0.15, 0.20], [0.25, 0.30]], 0.35
W2, B2 = [[0.40, 0.45], [0.50, 0.55]], 0.60
X, T, ETA = [0.05, 0.10], [0.01, 0.99], 0.5


def sigma(net: float) -> float:
    return 1 / (1 + math.exp(-net))


def by_hand(half=0.5, mean=1.0, sign=1.0, theta=1.0, biases=True, **changed) -> dict[str, float]:
    """The article's network in plain Python, its conventions as numbers.

    changed: a function of the right number for a line that is worked out otherwise.
    """
    told: dict[str, float] = {}

    def line(name: str, value: float) -> float:
        told[name] = changed[name](value) if name in changed else value
        return told[name]

    hidden = outputs = range(2)
    out = [0.0, 0.0]
    for j in hidden:
        net = line(f"net_h{j + 1}", sum(W1[j][k] * X[k] for k in range(2)) + theta * B1)
        out[j] = line(f"out_h{j + 1}", sigma(net))
    y, error = [0.0, 0.0], [0.0, 0.0]
    for i in outputs:
        net = line(f"net_o{i + 1}", sum(W2[i][j] * out[j] for j in hidden) + theta * B2)
        y[i] = line(f"out_o{i + 1}", sigma(net))
    for i in outputs:
        error[i] = line(f"E_o{i + 1}", half * (T[i] - y[i]) ** 2)
    line("E_total", sum(error) * mean)
    delta, back = [0.0, 0.0], [0.0, 0.0]
    for i in outputs:
        slope = line(f"∂E_total/∂out_o{i + 1}", sign * 2 * half * mean * (y[i] - T[i]))
        delta[i] = line(f"δ_o{i + 1}", slope * y[i] * (1 - y[i]))
    for i in outputs:
        for j in hidden:
            g = line(f"∂E_total/∂w{5 + 2 * i + j}", delta[i] * out[j])
            line(f"w{5 + 2 * i + j}+", W2[i][j] - sign * ETA * g)
    for j in hidden:
        arrived = line(f"∂E_total/∂out_h{j + 1}", sum(delta[i] * W2[i][j] for i in outputs))
        back[j] = line(f"δ_h{j + 1}", arrived * out[j] * (1 - out[j]))
    for j in hidden:
        for k in range(2):
            g = line(f"∂E_total/∂w{1 + 2 * j + k}", back[j] * X[k])
            line(f"w{1 + 2 * j + k}+", W1[j][k] - sign * ETA * g)
    for name, old, d in (("b1", B1, back), ("b2", B2, delta)):
        g = line(f"∂E_total/∂{name}", theta * sum(d))
        line(f"{name}+", old - sign * ETA * g if biases else old)
    return told


@pytest.fixture(scope="module")
def trace():
    net = wg.mlp([2, 2, 2], bias="shared").with_parameters(W1=W1, b1=B1, W2=W2, b2=B2)
    return wg.backprop(net, X, T)


def sheet(numbers: dict[str, float], decimals: int = 6, without: tuple[str, ...] = ()) -> str:
    return "\n".join(f"{n} = {v:.{decimals}f}" for n, v in numbers.items() if n not in without)


def marked(trace, text: str, **more) -> wg.grading.marking.Marking:  # type: ignore[name-defined]
    return wg.grade(trace, text, learning_rate=ETA, **more)


# ---- right sheets -------------------------------------------------------------------------------


@pytest.mark.parametrize("decimals", [2, 3, 4, 6, 9])
def test_a_right_sheet_passes_at_any_rounding(trace, decimals):
    marking = marked(trace, sheet(by_hand(), decimals))
    assert marking.passed
    assert marking.first is None
    assert not marking.conventions
    assert {row.verdict for row in marking.rows} == {"right"}


def test_numbers_worked_out_from_rounded_numbers_are_right_within_rounding(trace):
    """Every line from the rounded ones before it, three decimals, as with a pocket calculator."""
    rounded: dict[str, float] = {}
    for _ in range(6):  # until every line has been worked out from rounded numbers only
        rounded = by_hand(**{name: lambda v: round(v, 3) for name in by_hand()})
    marking = marked(trace, sheet(rounded, 3))
    assert marking.passed
    assert "rounding" in {row.verdict for row in marking.rows}


def test_digits_cut_off_are_said_to_be_cut_off(trace):
    numbers = {n: math.trunc(v * 1e4) / 1e4 for n, v in by_hand().items()}
    marking = marked(trace, sheet(numbers, 4))
    assert marking.passed
    assert "cut" in {row.verdict for row in marking.rows}


CONVENTIONS = [
    ({"half": 1.0}, {"no_half"}),
    ({"mean": 0.5}, {"outputs_mean"}),
    ({"sign": -1.0}, {"all_sign"}),
    ({"theta": -1.0}, {"threshold_values"}),
    ({"biases": False}, {"biases_stay"}),
    ({"half": 1.0, "sign": -1.0}, {"no_half", "all_sign"}),
    ({"mean": 0.5, "biases": False}, {"outputs_mean", "biases_stay"}),
    ({"half": 1.0, "theta": -1.0, "biases": False}, {"no_half", "threshold_values", "biases_stay"}),
]


@pytest.mark.parametrize(("choice", "keys"), CONVENTIONS, ids=lambda c: "-".join(sorted(c)))
@pytest.mark.parametrize("decimals", [4, 7])
def test_other_conventions_are_named_and_not_marked_wrong(trace, choice, keys, decimals):
    marking = marked(trace, sheet(by_hand(**choice), decimals))
    assert marking.passed, marking
    assert set(marking.conventions) == keys
    assert "约定" in marking.document().to_text(lang="zh")


def test_a_convention_excuses_no_mistake_in_one_of_several_rows(trace):
    """½ forgotten in one of two errors, the sign in one of two δ: mistakes, not conventions."""
    for name, key in (("E_o1", "slip.half_forgotten"), ("δ_o1", "slip.sign")):
        change = {name: lambda v: -v if key == "slip.sign" else 2 * v}  # noqa: B023
        marking = marked(trace, sheet(by_hand(**change)))
        assert not marking.conventions
        assert marking.first.name == name
        assert key in [f.key for f in marking.first.found]
        assert marking.count("wrong") == 1


def test_half_forgotten_in_the_errors_alone_is_a_mistake_since_the_gradients_have_it(trace):
    double = {name: lambda v: 2 * v for name in ("E_o1", "E_o2")}
    marking = marked(trace, sheet(by_hand(**double)))
    assert not marking.conventions
    assert marking.first.name == "E_o1"
    assert marking.first.found[0].key == "slip.half_forgotten"
    verdicts = {row.name: row for row in marking.rows}
    assert verdicts["E_o2"].again
    assert verdicts["E_total"].verdict == "follows"


def test_a_bias_that_is_subtracted_is_no_threshold_unless_something_says_so(trace):
    subtracted = {f"net_h{k}": lambda v: v - 2 * B1 for k in (1, 2)}
    subtracted |= {f"net_o{k}": lambda v: v - 2 * B2 for k in (1, 2)}
    told = by_hand(**subtracted)
    for without in ((), tuple(n for n in told if "b" in n)):
        marking = marked(trace, sheet(told, without=without))
        assert not marking.conventions
        assert marking.first.name == "net_h1"
        assert marking.first.found[0].key == "slip.bias_subtracted"
        assert [r.name for r in marking.rows if r.again] == ["net_h2", "net_o1", "net_o2"]
        assert marking.count("wrong") == 4
    signs = {f"∂E_total/∂b{k}": lambda v: -v for k in (1, 2)}
    signs |= {"b1+": lambda v: 2 * B1 - v, "b2+": lambda v: 2 * B2 - v}
    assert marked(trace, sheet(by_hand(**subtracted, **signs))).conventions == ("threshold_values",)
    named = sheet({n: v for n, v in told.items() if "b" not in n})
    assert marked(trace, f"{named}\nθ1 = 0.35\nθ2 = 0.60").conventions == ("threshold_values",)


def test_a_bias_for_each_neuron_by_their_names(trace):
    delta = by_hand()
    text = f"∂E/∂b_o1 = {delta['δ_o1']:.6f}\n∂E/∂b_o2 = {delta['δ_o2']:.6f}\n"
    text += f"b_h1+ = {B1 - ETA * delta['δ_h1']:.6f}"
    marking = marked(trace, text)
    assert marking.passed
    assert marking.conventions == ("biases_per_neuron",)


def test_thresholds_by_name(trace):
    told = by_hand()
    text = f"θ1 = -0.35\n∂E/∂θ2 = {-told['∂E_total/∂b2']:.6f}\nθ2+ = {-told['b2+']:.6f}"
    assert marked(trace, text).passed


# e/(e + e² + e³), e²/(…), e³/(…), and −ln of the first: worked out with a pocket calculator.
SOFTMAX = "net_o1 = 1.0000, net_o2 = 2.0000, net_o3 = 3.0000"


@pytest.fixture(scope="module", params=["identity", "softmax"])
def classes(request):
    net = wg.mlp(
        [1, 3], output_activation=request.param, loss="softmax_cross_entropy", bias="none"
    ).with_parameters(W1=[[1.0], [2.0], [3.0]])
    return wg.backprop(net, [[1.0]], [0])


@pytest.mark.parametrize(("error", "passed"), [("2.4076", True), ("2.4079", True), ("2.41", True),
                                               ("2.4006", False), ("2.4176", False)])  # fmt: skip
def test_probabilities_are_rounded_on_the_way_though_they_are_not_on_the_sheet(
    classes, error, passed
):
    """p = 0.09003 gives −ln p = 2.4076; p = 0.0900 gives 2.4079."""
    marking = marked(classes, f"{SOFTMAX}\nE_total = {error}\nδ_o1 = -0.9100\nδ_o2 = 0.2447")
    assert marking.passed == passed


@pytest.mark.parametrize("name", ["p[1,1]", "p_o1", "p1", "p[1]", "softmax_o1", "out_o1"])
def test_probabilities_by_their_names(classes, name):
    assert marked(classes, f"{name} = 0.0900\nnet_o1 = 1.0000").passed
    wrong = marked(classes, f"{name} = 0.2447\nnet_o1 = 1.0000")
    assert wrong.first.name == name
    assert wrong.first.right == pytest.approx(0.090030573, abs=1e-9)


def test_probabilities_of_several_samples():
    net = wg.mlp([1, 2], output_activation="identity", loss="softmax_cross_entropy", bias="none")
    trace = wg.backprop(net.with_parameters(W1=[[0.0], [1.0]]), [[0.0], [1.0]], [0, 1])
    text = "p[1,2] = 0.5000\np[2,2] = 0.7311\np_o1[2] = 0.2689\nE = 0.5032"
    assert marked(trace, text).passed


# ---- wrong sheets -------------------------------------------------------------------------------

SLIPS = [
    ("net_h1", "bias_forgotten", lambda v: v - 0.35),
    ("net_o1", "bias_twice", lambda v: v + 0.60),
    ("out_h1", "exponent_sign", lambda v: 1 - v),
    ("out_o1", "activation_missing", lambda v: math.log(v / (1 - v))),
    ("E_o1", "half_forgotten", lambda v: 2 * v),
    ("E_total", "mean_for_sum", lambda v: v / 2),
    ("∂E_total/∂out_o1", "target_minus_output", lambda v: -v),
    ("δ_o1", "slope_missing", lambda v: 0.741365069552),
    ("∂E_total/∂w5", "wrong_index", lambda v: v / 0.593269992107 * 0.596884378260),
    ("∂E_total/∂w5", "net_for_out", lambda v: v / 0.593269992107 * 0.3775),
    ("∂E_total/∂out_h1", "path_missing", lambda v: 0.138498561629 * 0.40),
    ("∂E_total/∂out_h1", "transposed", lambda v: 0.138498561629 * 0.4 - 0.038098236517 * 0.45),
    ("w5+", "update_added", lambda v: 0.8 - v),
    ("w5+", "rate_forgotten", lambda v: 0.4 - 2 * (0.4 - v)),
]


@pytest.mark.parametrize(("name", "key", "change"), SLIPS, ids=lambda v: str(v)[:20])
@pytest.mark.parametrize("decimals", [4, 9])
def test_the_first_wrong_line_its_slip_and_what_follows(trace, name, key, change, decimals):
    right, wrong = by_hand(), by_hand(**{name: change})
    marking = marked(trace, sheet(wrong, decimals))
    assert not marking.passed
    assert marking.first.name == name
    assert f"slip.{key}" in [f.key for f in marking.first.found]
    assert marking.first.right == pytest.approx(right[name], abs=1e-9)
    assert marking.count("wrong", "pen") == 1
    moved = [n for n in right if abs(right[n] - wrong[n]) > 3 * 10**-decimals and n != name]
    verdicts = {row.name: row for row in marking.rows}
    assert all(verdicts[n].verdict == "follows" for n in moved)
    assert all(verdicts[n].sources == (name,) for n in moved)


def test_a_mistake_in_a_line_that_was_not_written_is_found_there(trace):
    """δ_o1 without the slope, but only the gradients and new weights stand on the sheet."""
    wrong = by_hand(δ_o1=lambda v: 0.741365069552)
    kept = {n: v for n, v in wrong.items() if "w" in n}
    marking = marked(trace, sheet(kept))
    assert marking.first.name == "∂E_total/∂w5"
    assert marking.first.found[0].key == "slip.slope_missing"
    assert marking.count("wrong") == 1
    assert {r.verdict for r in marking.rows if r.name in ("w5+", "w6+", "w1+")} == {"follows"}


def test_the_order_of_the_derivation_counts_not_that_of_the_sheet(trace):
    wrong = by_hand(net_h1=lambda v: v - 0.35)
    text = "\n".join(reversed(sheet(wrong).splitlines()))
    assert marked(trace, text).first.name == "net_h1"


def test_two_mistakes_are_two_and_one_made_twice_is_said_so(trace):
    wrong = by_hand(
        out_h1=lambda v: 1 - v, **{f"w{k}+": lambda v, w=w: 2 * w - v
                                   for k, w in ((5, 0.40), (6, 0.45), (7, 0.50), (8, 0.55))}
    )  # fmt: skip
    marking = marked(trace, sheet(wrong, 5))
    bad = [row for row in marking.rows if row.verdict == "wrong"]
    assert [row.name for row in bad] == ["out_h1", "w5+", "w6+", "w7+", "w8+"]
    assert [row.again for row in bad] == [False, False, True, True, True]
    assert bad[1].found[0].key == "slip.update_added"
    assert "The same mistake again: w6+, w7+, w8+." in str(marking)


def test_hidden_gradients_by_updated_weights(trace):
    """What the article's program does: named, and everything behind it follows."""
    right = by_hand()
    new = {k: right[f"w{k}+"] for k in (5, 6, 7, 8)}
    wrong = by_hand(**{
        "∂E_total/∂out_h1": lambda v: right["δ_o1"] * new[5] + right["δ_o2"] * new[7],
        "∂E_total/∂out_h2": lambda v: right["δ_o1"] * new[6] + right["δ_o2"] * new[8],
    })  # fmt: skip
    marking = marked(trace, sheet(wrong, 7))
    assert marking.first.name == "∂E_total/∂out_h1"
    assert marking.first.found[0].key == "slip.updated_weights"
    bad = [row.name for row in marking.rows if row.verdict == "wrong"]
    assert bad == ["∂E_total/∂out_h1", "∂E_total/∂out_h2"]


def test_a_slip_of_the_pen_is_one_and_the_rest_is_right(trace):
    numbers = by_hand()
    text = sheet(numbers, 6).replace(f"{numbers['out_o2']:.6f}", "0.779228")  # 0.772928
    marking = marked(trace, text)
    assert marking.first.name == "out_o2"
    assert marking.first.verdict == "pen"
    assert marking.first.pen == "exchanged"
    assert sum(not row.good for row in marking.rows) == 1


def test_a_sign_of_a_single_number_is_a_slip_of_the_pen(trace):
    right = sheet(by_hand(), 6)
    for name, kind in (("net_o1", "minus_added"), ("w1+", "minus_added"), ("∂E_total/∂w7", "")):
        value = by_hand()[name]
        text = right.replace(f"{name} = {value:.6f}", f"{name} = {-value:.6f}")
        marking = marked(trace, text)
        assert marking.first.name == name
        assert marking.first.pen == kind  # a derivative of the error: target − output is likelier
        assert sum(not row.good for row in marking.rows) == 1
    assert "one minus sign too many" in str(marked(trace, "net_o1 = -1.1059"))


def test_what_no_slip_explains_is_wrong_without_an_explanation(trace):
    marking = marked(trace, sheet(by_hand(net_o1=lambda v: 0.987654), 6))
    assert marking.first.name == "net_o1"
    assert not marking.first.found
    assert "No single slip" in str(marking)


# ---- other networks, by JAX ---------------------------------------------------------------------

NETWORKS = [
    ([3, 4, 2], "tanh", "tanh", "half_squared_error"),
    ([2, 3, 2], "relu", "sigmoid", "half_squared_error"),
    ([2, 3, 3], "tanh", "softmax", "softmax_cross_entropy"),
    ([2, 2, 2, 1], "sigmoid", "sigmoid", "squared_error"),
]


def by_jax(net, x, y, factor=1.0) -> dict[str, float]:
    """Outputs, loss, gradients and new parameters of a network, by JAX alone."""
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    acts = {
        "tanh": jnp.tanh,
        "sigmoid": jax.nn.sigmoid,
        "relu": jax.nn.relu,
        "softmax": lambda z: z,
    }

    def loss(p):
        out = jnp.asarray(x)
        for k, a in enumerate(net.activations, 1):
            out = acts[a.name](out @ p[f"W{k}"].T + p[f"b{k}"])
        if net.loss == "softmax_cross_entropy":
            each = -jax.nn.log_softmax(out)[jnp.arange(len(y)), jnp.asarray(y)]
        else:
            share = 0.5 if net.loss == "half_squared_error" else 1.0
            each = share * ((jnp.asarray(y) - out) ** 2).sum(axis=1)
        return factor * each.mean()

    with jax.enable_x64(True):
        parameters = {k: jnp.asarray(v) for k, v in net.parameters.items()}
        value, slopes = jax.value_and_grad(loss)(parameters)
        told = {"E_total": float(value)}
        number = 1
        for k in range(1, net.depth + 1):
            unit = "o" if k == net.depth else "h" if k == 1 else f"h{k}_"
            for name, wanted in ((f"W{k}", None), (f"b{k}", unit)):
                for at in np.ndindex(*parameters[name].shape):
                    told_name = f"w{number}" if wanted is None else f"b_{wanted}{at[0] + 1}"
                    number += wanted is None
                    told[f"dE/d{told_name}"] = float(slopes[name][at])
                    told[f"{told_name}+"] = float(parameters[name][at] - ETA * slopes[name][at])
    return told


@pytest.mark.parametrize("choice", NETWORKS, ids=lambda c: f"{c[0]}-{c[1]}")
@pytest.mark.parametrize("samples", [1, 2])
def test_other_networks_right_and_with_a_wrong_gradient(choice, samples):
    layers, activation, last, loss = choice
    net = wg.mlp(layers, activation=activation, output_activation=last, loss=loss, seed=4)
    random = np.random.default_rng(8)
    x = random.uniform(0.1, 1, (samples, layers[0])).round(2)
    y = random.uniform(0.1, 0.9, (samples, layers[-1])).round(2)
    if last == "softmax":
        y = random.integers(0, layers[-1], samples)
    told = by_jax(net, x, y)
    trace = backprop(net, x, y)
    marking = marked(trace, sheet(told, 6))
    assert marking.passed
    assert not marking.conventions
    name = max((n for n in told if n.startswith("dE/dw")), key=lambda n: abs(told[n]))
    wrong = told | {name: -told[name]}
    weight = name.removeprefix("dE/d")
    old = told[f"{weight}+"] + ETA * told[name]
    wrong[f"{weight}+"] = old + ETA * told[name]
    marking = marked(trace, sheet(wrong, 6))
    assert marking.first.name == name
    assert marking.first.found[0].key == "slip.sign"
    assert {r.name for r in marking.rows if r.verdict == "follows"} == {f"{weight}+"}
    if samples == 2:
        summed = marked(trace, sheet(by_jax(net, x, y, factor=2.0), 6))
        assert summed.passed
        assert summed.conventions == ("samples_sum",)


PLANTED = [
    {"layers": [3, 4, 2], "activation": "tanh"},
    {"layers": [2, 3, 2], "activation": "relu", "output_activation": "sigmoid"},
    {"layers": [2, 3, 3], "activation": "tanh", "loss": "softmax_cross_entropy"},
    {"layers": [2, 2, 2, 1], "loss": "squared_error"},
    {"layers": [2, 2, 2], "bias": "shared", "loss": "mean_squared_error"},
]


@pytest.mark.parametrize("seed", range(10))
def test_planted_slips_are_found_where_they_were_planted(seed):
    """A random slip of the catalogue in a random line, and everything behind it worked out."""
    random = np.random.default_rng(seed)
    net = wg.mlp(**PLANTED[seed % len(PLANTED)], seed=seed)
    samples = 1 + seed % 2
    x = random.uniform(0.1, 1, (samples, net.layers[0])).round(2)
    y = random.uniform(0.1, 0.9, (samples, net.layers[-1])).round(2)
    if net.loss == "softmax_cross_entropy":
        y = random.integers(0, 3, samples)
    trace = backprop(net, x, y)
    ledger = Ledger(trace.recorded, Plan(ETA))
    loss = trace.recorded.loss
    refs = {}
    for node in trace.graph.nodes:
        for at in trace.names.entries(node) if node.id in trace.graph.alive else ():
            name = trace.names.text(at)
            if node.role in ("net", "out", "error"):
                refs[name] = at
            if node.role in ("net", "weight", "bias"):
                refs[f"∂E_total/∂{name}"] = Partial(loss, at)
            if node.role in ("weight", "bias"):
                refs[f"{name}+"] = Updated(at)
    while True:
        name = str(random.choice(list(refs)))
        slips = plantable(ledger.step(refs[name]), trace.recorded, ETA, 5)
        if slips:
            break
    planted = slips[random.integers(len(slips))]
    wrong = ledger.reckon({refs[name]: planted.value})
    marking = marked(trace, sheet({n: wrong.value(r) for n, r in refs.items()}, 5))
    assert marking.first.name == name
    assert f"slip.{planted.key}" in [found.key for found in marking.first.found]
    assert marking.count("wrong", "pen") == 1


# ---- the article --------------------------------------------------------------------------------


def test_the_articles_figures(capsys):
    """The slip of the pen in its text and the mistake in its last table: found, explained."""
    status = main(["grade", "article", "docs/examples/article-figures.txt", "--format", "json"])
    data = json.loads(capsys.readouterr().out)
    assert status == 1
    bad = {row["name"]: row for row in data["rows"] if row["verdict"] in ("wrong", "pen")}
    assert data["first"] == "out_o1"
    assert bad["out_o1"]["pen"] == "lost_and_last"
    later = {n: row["explanations"][0]["slip"] for n, row in bad.items() if n != "out_o1"}
    assert later == dict.fromkeys(
        ("E_total after 1", "E_total after 10000", "out_o1 after 10000", "out_o2 after 10000"),
        "sequential",
    )
    assert bad["E_total after 1"]["right"] == pytest.approx(0.291027773694, abs=1e-12)
    assert bad["E_total after 10000"]["right"] == pytest.approx(3.51018778e-5, abs=1e-12)
    assert not data["conventions"]


def test_biases_that_learn_are_a_convention_of_the_last_table():
    """The figures with intercepts trained: recomputed in float64 by an independent program."""
    for figure, keys in (
        ("0.285750887", {"biases_learn"}),
        ("0.291027774", set()),
    ):
        marking = wg.grade("article", f"E_total after 1 = {figure}")
        assert marking.passed
        assert set(marking.conventions) == keys
    each = wg.grade("article", "E_total after 1 = 0.280471447\nb_o1+ = 0.530750719")
    assert each.passed
    assert set(each.conventions) == {"biases_learn", "biases_per_neuron"}


# ---- pages and the command ----------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_every_format_tells_the_mistake(trace, form, lang):
    marking = marked(trace, sheet(by_hand(**{"∂E_total/∂out_h1": lambda v: 0.0553994}), 7))
    page = marking.document().to(form, lang=lang)
    assert "0.0553994" in page
    assert "0.036350306" in page
    assert ("漏了一条路径" if lang == "zh" else "One path is missing") in page


def test_the_marking_as_data(trace):
    marking = marked(trace, sheet(by_hand(E_o1=lambda v: 2 * v)))
    data = json.loads(json.dumps(marking.to_dict()))
    assert (data["passed"], data["first"]) == (False, "E_o1")
    row = next(r for r in data["rows"] if r["name"] == "E_total")
    assert (row["verdict"], row["follows_from"]) == ("follows", ["E_o1"])


def test_the_command_and_its_exit_status(tmp_path, capsys, monkeypatch):
    path = tmp_path / "sheet.csv"
    path.write_text("name;value\nnet_h1;0,3775\nout_h1;0,59\n", encoding="utf-8")
    assert main(["grade", "article", str(path)]) == 0
    assert "All 2 numbers follow." in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO("net_h1 = 0.0275"))
    assert main(["grade", "article", "-"]) == 1
    assert "b1 = 0.35 was forgotten" in capsys.readouterr().out
    path.write_text("net_h7;0,3775\n", encoding="utf-8")
    assert main(["grade", "article", str(path)]) == 2
    assert "nothing was graded" in capsys.readouterr().err
    assert main(["grade", "article", str(tmp_path / "none.txt")]) == 2


def test_what_cannot_be_checked_is_said(trace):
    marking = wg.grade(trace, "net_h1 = 0.3775\nw5+ = 0.36")
    assert marking.passed
    assert [row.verdict for row in marking.rows] == ["right", "unchecked"]
    nothing = wg.grade(trace, "w5+ = 0.36")
    assert not nothing.passed
    assert "None of these numbers can be checked." in str(nothing)
    assert wg.grade(trace, "η = 0.5\nw5+ = 0.36").passed
    assert [r.verdict for r in wg.grade(trace, "η = 0.5\nw5+ = 0.36").rows] == ["right", "right"]


def test_a_blank_line_and_an_unknown_name_are_listed_and_the_rest_is_graded(trace):
    marking = marked(trace, "net_h1 = 0.3775\nnet_h2 =\nout_h1 = ?\nnet_h9 = 0.3\nout_h2 = 0.6")
    assert marking.passed
    assert [row.name for row in marking.rows] == ["net_h1", "out_h2"]
    assert marking.blank == ("net_h2", "out_h1")
    assert set(marking.unknown) == {"net_h9"}
    assert marking.unknown["net_h9"] in ("net_h1", "net_h2")
    assert "Left blank: net_h2, out_h1." in str(marking)
    assert "Not understood, so not graded: net_h9." in str(marking)
    assert marking.to_dict()["unknown"] == dict(marking.unknown)
    table = marked(trace, "name,value\nnet_h1,0.3775\nout_h1,")
    assert (table.passed, table.blank) == (True, ("out_h1",))
    with pytest.raises(DataError):
        marked(trace, "net_h1 =\nnet_h2 = ")


def test_a_layers_bias_where_each_neuron_has_its_own():
    """Of a layer with one neuron b2 is clear; of one with two the names are given."""
    net = wg.mlp([1, 2, 1]).with_parameters(
        W1=[[1.0], [2.0]], b1=[0.1, 0.2], W2=[[1.0, 1.0]], b2=[0.5]
    )
    trace = wg.backprop(net, [[1.0]], [[1.0]])
    marking = marked(trace, "b2 = 0.5\nb1+ = 0.1\nnet_h1 = 1.1000")
    assert marking.passed
    assert [row.name for row in marking.rows] == ["b2", "net_h1"]
    assert marking.unknown == {"b1+": "b_h1, b_h2"}


def test_a_given_number_copied_wrongly(trace):
    marking = marked(trace, "w5 = 0.45\nnet_o1 = 1.1355694667")
    assert [row.verdict for row in marking.rows] == ["wrong", "follows"]
    assert "copied wrongly" in str(marking)


def test_bad_input_is_refused_before_anything_is_graded(trace):
    with pytest.raises(NameUnknownError):
        wg.grade(trace, "net_h8 = 0.3\nnet_h9 = 0.3")
    big = wg.mlp([100, 200, 10])
    with pytest.raises(ConfigError, match="too large"):
        wg.grade(big, "E = 0.3", np.ones(100), np.ones(10))
