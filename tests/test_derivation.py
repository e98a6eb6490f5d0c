"""Derivations: law 8 (contributions sum to the gradient), forks, dead ends, large networks."""

from __future__ import annotations

import time

import numpy as np
import pytest

import whygrad as wg
from whygrad.expr import evaluate
from whygrad.names import Partial

NETS = {
    "article": {"layers": [2, 2, 2], "bias": "shared"},
    "deep": {"layers": [3, 4, 3, 2], "activation": ["tanh", "relu", "sigmoid"]},
    "classes": {"layers": [3, 4, 3], "activation": "tanh", "loss": "softmax_cross_entropy"},
    "logits": {"layers": [2, 3, 1], "loss": "binary_cross_entropy_with_logits"},
    "no bias": {"layers": [2, 3, 2], "activation": "elu", "bias": "none"},
    "mean": {"layers": [2, 3, 2], "activation": "softplus", "loss": "mean_squared_error"},
    "own formula": {"layers": [2, 3, 2], "activation": "x / (1 + exp(-1.7*x))", "loss": "huber"},
    "softmax outside": {"layers": [2, 3, 3], "output_activation": "softmax"},
}


def traced(name: str, samples: int) -> wg.Trace:
    options = dict(NETS[name])
    net = wg.mlp(options.pop("layers"), seed=5, **options)
    rng = np.random.default_rng(7)
    x = rng.normal(size=(samples, net.layers[0]))
    y = rng.uniform(0.1, 0.9, size=(samples, net.layers[-1]))
    if name == "classes":
        y = rng.integers(0, 3, samples)
    return wg.backprop(net, x, y)


@pytest.mark.parametrize("detail", ["factors", "delta"])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("name", NETS)
def test_every_line_gives_the_gradient_of_the_pass(name, samples, detail):
    """Law 8 for each number of a network: terms and remainder add up, whatever is asked for."""
    trace = traced(name, samples)
    nodes = [n for n in trace.graph.nodes if not n.integer and n.value is None]
    for ref in trace.numbers(tuple(nodes)):
        derivation = trace.why(trace.names.text(ref), detail)
        assert derivation.value == pytest.approx(trace.recorded.gradient(ref), abs=1e-15)
        for step in derivation.steps:
            parts = sum(float(evaluate(term)) for term in step.terms)
            parts += step.remainder.value if step.remainder else 0.0
            assert parts == pytest.approx(step.value, rel=1e-9, abs=1e-14)
            assert float(evaluate(step.expanded)) == pytest.approx(step.value, rel=1e-9, abs=1e-14)


def test_a_weight_of_a_large_network_is_explained_at_once():
    net = wg.mlp([784, 512, 10], loss="softmax_cross_entropy")
    rng = np.random.default_rng(0)
    trace = wg.backprop(net, rng.random((64, 784)), rng.integers(0, 10, 64))
    trace.why("w1")  # the rules have been read once
    times = []
    for target in ("w5", "w100000", "w401500", "b_h7", "W1[3,4]"):
        start = time.perf_counter()
        derivation = trace.why(target)
        times.append(time.perf_counter() - start)
        step = derivation.last
        assert step.remainder is not None
        assert "more" in derivation.document().to_text() or step.remainder.ref.terms > 50
        shown = sum(float(evaluate(t)) for t in step.terms) + step.remainder.value
        assert shown == pytest.approx(trace.grad(target), rel=1e-9)
    assert sorted(times)[2] < 0.05  # measured: 0.0004; a machine may be busy


def test_two_samples_are_a_visible_split():
    trace = traced("article", 3)
    step = trace.why("w5", "delta").last
    assert step.rule == "samples"
    assert len(step.terms) == 3


def test_a_dead_relu_says_that_no_way_leads_on():
    net = wg.mlp([1, 1, 1], activation="relu", output_activation="identity")
    net = net.with_parameters(W1=[[1.0]], b1=[-5.0], W2=[[2.0]], b2=[0.0])
    derivation = wg.backprop(net, [1.0], [1.0]).why("w1")
    assert derivation.value == 0
    assert "selects nothing" in str(derivation)


def test_zero_times_infinity_never_arises():
    """A mask selects: where relu is off, an infinite upstream gradient stays out."""
    graph = wg.trace(lambda x: wg.ops.sum(wg.ops.relu(x) / x**2), x=(2,))
    gradients = wg.backprop(graph, x=np.array([-1e-200, 1.0])).gradients["x"]
    assert gradients[1] == -1.0


def test_a_skip_connection_is_a_fork_over_its_uses():
    def skip(x, W):
        return wg.ops.sum((wg.ops.tanh(x @ W) + x) ** 2)

    x, W = np.array([[0.3, -0.2]]), np.array([[0.1, 0.4], [-0.3, 0.2]])
    trace = wg.backprop(wg.trace(skip, x=x, W=W), x=x, W=W)
    derivation = trace.why("x[0,1]")
    assert derivation.last.rule == "uses"
    assert derivation.value == pytest.approx(trace.gradients["x"][0, 1])


def test_a_weight_that_is_used_twice_collects_both_uses():
    def twice(x, w):
        return wg.ops.sum(wg.ops.sigmoid(wg.ops.sigmoid(x * w) * w))

    trace = wg.backprop(wg.trace(twice, x=(), w=()), x=0.7, w=1.3)
    assert trace.why("w").last.rule == "uses"
    assert trace.why("w").value == pytest.approx(trace.grad("w"))


def test_the_autoencoder_gives_back_its_inputs():
    net = wg.mlp([3, 2, 3], autoencoder=True)
    trace = wg.backprop(net, [[0.2, 0.4, 0.9]])
    assert trace.value("target_o2") == 0.4
    assert trace.why("w1").value == pytest.approx(trace.grad("w1"))


def test_the_target_alone_is_the_last_step_and_the_errors_name_outputs():
    trace = traced("article", 1)
    derivation = trace.why("out_h1")
    assert derivation.steps[-1].ref == derivation.target
    tops = {s.ref.top.node for s in derivation.steps if isinstance(s.ref, Partial)}
    assert tops >= {"E", "E_total"}


def test_a_deep_network_needs_no_deep_stack():
    net = wg.mlp([1] * 400, activation="tanh")
    trace = wg.backprop(net, [0.5], [0.1])
    derivation = trace.why("w1")
    assert derivation.value == trace.grad("w1")
    assert len(derivation.steps) > 50
