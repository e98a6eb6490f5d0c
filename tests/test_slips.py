"""Single slips: each gives the number that somebody gets who makes it, worked out by hand here."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

import whygrad as wg
from whygrad.mistakes.ledger import Ledger
from whygrad.mistakes.slips import KEYS, plantable, slips
from whygrad.models.learning import Plan
from whygrad.names import Partial, Updated
from whygrad.pages.prose import SENTENCES

H1, H2, O1 = 0.593269992107, 0.596884378260, 0.751365069552  # the article's outputs
DELTA1, DELTA2 = 0.138498561629, -0.038098236517


@pytest.fixture(scope="module")
def trace():
    net = wg.mlp([2, 2, 2], bias="shared").with_parameters(
        W1=[[0.15, 0.20], [0.25, 0.30]], b1=0.35, W2=[[0.40, 0.45], [0.50, 0.55]], b2=0.60
    )
    return wg.backprop(net, [0.05, 0.10], [0.01, 0.99])


@pytest.fixture(scope="module")
def ledger(trace):
    return Ledger(trace.recorded, Plan(0.5))


def reference(trace, name: str):
    if name.endswith("+"):
        return Updated(trace.find(name[:-1]))
    if name.startswith("∂"):
        top, bottom = name[1:].split("/∂")
        return Partial(trace.find(top), trace.find(bottom))
    return trace.find(name)


BY_HAND = [
    ("net_h1", "bias_forgotten", 0.15 * 0.05 + 0.20 * 0.10),
    ("net_h1", "bias_twice", 0.3775 + 0.35),
    ("net_h1", "wrong_index", 0.15 * 0.05 + 0.25 * 0.10 + 0.35),  # w3 for w2
    ("out_h1", "exponent_sign", 1 / (1 + math.exp(0.3775))),
    ("out_h1", "activation_missing", 0.3775),
    ("out_h1", "other_activation", math.tanh(0.3775)),
    ("net_o1", "net_for_out", 0.40 * 0.3775 + 0.45 * H2 + 0.60),
    ("E_o1", "half_forgotten", (0.01 - O1) ** 2),
    ("E_o1", "not_squared", 0.5 * (0.01 - O1)),
    ("E_o1", "target_swapped", 0.5 * (0.99 - O1) ** 2),
    ("E_total", "mean_for_sum", 0.298371108760 / 2),
    ("∂E_total/∂out_o1", "target_minus_output", 0.01 - O1),
    ("∂out_o1/∂net_o1", "slope_at_net", 1.105905967060 * (1 - 1.105905967060)),
    ("∂out_o1/∂net_o1", "other_slope", 1 - O1**2),
    ("∂E_total/∂net_o1", "slope_missing", O1 - 0.01),
    ("∂E_total/∂net_o1", "slope_twice", DELTA1 * O1 * (1 - O1)),
    ("∂E_total/∂w5", "sign", -DELTA1 * H1),
    ("∂E_total/∂w5", "wrong_index", DELTA1 * H2),
    ("∂E_total/∂w5", "net_for_out", DELTA1 * 0.3775),
    ("∂E_total/∂out_h1", "path_missing", DELTA1 * 0.40),
    ("∂E_total/∂out_h1", "transposed", DELTA1 * 0.40 + DELTA2 * 0.45),
    ("∂E_total/∂out_h1", "updated_weights", DELTA1 * 0.358916479718 + DELTA2 * 0.511301270239),
    ("w5+", "update_added", 0.4 + 0.5 * DELTA1 * H1),
    ("w5+", "rate_forgotten", 0.4 - DELTA1 * H1),
    ("w5+", "not_updated", 0.4),
    ("w5+", "step_alone", -0.5 * DELTA1 * H1),
]


@pytest.mark.parametrize(("name", "key", "value"), BY_HAND, ids=lambda v: str(v)[:24])
def test_a_slip_gives_the_number_worked_out_by_hand(trace, ledger, name, key, value):
    step = ledger.step(reference(trace, name))
    found = [s.value for s in slips(step, trace.recorded, 0.5) if s.key == key]
    assert any(math.isclose(v, value, abs_tol=2e-11) for v in found), found


def test_samples_missing_and_alone():
    net = wg.mlp([1, 1], activation="identity", loss="half_squared_error").with_parameters(
        W1=[[2.0]], b1=[0.5]
    )
    trace = wg.backprop(net, [[1.0], [3.0], [2.0]], [[2.0], [6.0], [4.0]])
    ledger = Ledger(trace.recorded, Plan(0.1))
    step = ledger.step(Partial(trace.recorded.loss, trace.find("w1")))
    found = {(s.key, s.blanks.get("sample")): s.value for s in slips(step, trace.recorded)}
    # every error is 0.5, so the parts of the mean are 0.5 · (1, 3, 2) / 3
    assert math.isclose(step.value, 1.0)
    assert math.isclose(found["sample_missing", 2], 0.5)
    assert math.isclose(found["sample_only", 2], 0.5)
    assert math.isclose(found["sum_for_mean", None], 3.0)


def test_every_key_has_its_words_and_its_place():
    said = {id_.removeprefix("slip.") for id_ in SENTENCES if id_.startswith("slip.")}
    assert said == set(KEYS)
    assert len(set(KEYS)) == len(KEYS)


def test_no_slip_gives_the_right_number_and_the_likeliest_comes_first(trace, ledger):
    for name in {name for name, _, _ in BY_HAND}:
        step = ledger.step(reference(trace, name))
        found = slips(step, trace.recorded, 0.5)
        assert all(abs(s.value - step.value) > 1e-13 for s in found)
        assert all(KEYS.index(a.key) <= KEYS.index(b.key) for a, b in pairwise(found))


def test_planted_slips_show_in_the_printed_digits(trace, ledger):
    for name in {name for name, _, _ in BY_HAND}:
        step = ledger.step(reference(trace, name))
        for decimals in (2, 4):
            values = [s.value for s in plantable(step, trace.recorded, 0.5, decimals)]
            assert all(abs(v - step.value) >= 2 * 10**-decimals for v in values)
            assert len({round(v, decimals) for v in values}) == len(values)


NETWORKS = [
    {"layers": [3, 4, 2], "activation": "tanh"},
    {"layers": [2, 3, 2], "activation": "relu", "loss": "softmax_cross_entropy"},
    {"layers": [2, 2, 2, 1], "loss": "binary_cross_entropy", "bias": "none"},
    {"layers": [2, 3, 2], "activation": "tanh", "loss": "mean_squared_error", "bias": "shared"},
    {"layers": [2, 2, 1], "activation": "x*tanh(x)", "output_activation": "identity"},
    {"layers": [1, 2, 1], "activation": "gelu", "loss": "binary_cross_entropy_with_logits"},
    {"layers": [1, 1, 1], "activation": "gelu", "loss": "huber", "reduction": "sum"},
]


@pytest.mark.parametrize("choice", NETWORKS, ids=lambda c: "-".join(map(str, c.values())))
@pytest.mark.parametrize("samples", [1, 3])
def test_a_ledger_gives_the_pass_and_what_follows_from_other_numbers(choice, samples):
    """Its lines give the recorded numbers; a changed weight is carried to every number."""
    net = wg.mlp(**choice, seed=3)
    random = np.random.default_rng(5)
    x = random.uniform(-1, 1, (samples, net.layers[0]))
    y = random.uniform(0.1, 0.9, (samples, net.layers[-1]))
    if choice.get("loss") == "softmax_cross_entropy":
        y = random.integers(0, 2, samples)
    trace, other = wg.backprop(net, x, y), wg.backprop(net.with_parameters(w1=0.77, w2=-0.3), x, y)
    ledger = Ledger(trace.recorded, Plan(0.5))
    changed = ledger.reckon({trace.find("w1"): 0.77, trace.find("w2"): -0.3})
    for node in trace.graph.nodes:
        if node.id not in trace.graph.alive or node.integer:
            continue
        for at in trace.names.entries(node):
            assert math.isclose(ledger.value(at), trace.recorded.value(at), abs_tol=1e-12)
            assert math.isclose(changed.value(at), other.recorded.value(at), abs_tol=1e-12)
            if node.id in trace.recorded.gradients and node.role != "target":
                ref = Partial(trace.recorded.loss, at)
                assert math.isclose(ledger.value(ref), trace.recorded.gradient(at), abs_tol=1e-12)
                assert math.isclose(changed.value(ref), other.recorded.gradient(at), abs_tol=1e-12)
                slips(ledger.step(ref), trace.recorded, 0.5)
