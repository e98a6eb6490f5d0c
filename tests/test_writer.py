"""A network that is written down, as a network file or as a script, is the same when it is read."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import whygrad as wg
from whygrad.errors import ConfigError
from whygrad.files import config
from whygrad.files.config import TrainingTable
from whygrad.files.script import script_text
from whygrad.files.writer import network_text

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def read_again(text):
    return config.parse(text, "written", None)


def same(one, other):
    assert one.layers == other.layers
    assert [a.name for a in one.activations] == [a.name for a in other.activations]
    for key in ("loss", "bias", "reduction", "autoencoder"):
        assert getattr(one, key) == getattr(other, key)
    assert dict(one.renamed) == dict(other.renamed)
    assert set(one.parameters) == set(other.parameters)
    for name, value in one.parameters.items():
        assert other.parameters[name].tobytes() == np.asarray(value, float).tobytes(), name


NETWORKS = {
    "shared": wg.mlp([2, 3, 2], bias="shared", activation="tanh", output_activation="sigmoid"),
    "no biases": wg.mlp([2, 2], bias="none", output_activation="identity", reduction="sum"),
    "labels": wg.mlp([3, 4, 5, 3], activation=["relu", "x / (1 + exp(-x))"],
                     loss="softmax_cross_entropy"),
    "encoder": wg.mlp([4, 2, 4], autoencoder=True),
    "renamed": wg.mlp([2, 2, 1], names={"i1": 'the "height"'.replace(" ", "_"), "h1": "高"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_file_is_the_network_again(kind):
    net = NETWORKS[kind]
    x = np.random.default_rng(0).normal(size=(3, net.layers[0]))
    y = [0, 2, 1] if kind == "labels" else np.linspace(0, 1, 3 * net.layers[-1]).reshape(3, -1)
    y = x if kind == "encoder" else y
    training = TrainingTable(learning_rate=0.1 + 0.2, optimizer={"name": "adam", "beta1": 0.8},
                             train_bias=False, epochs=3, reduction=net.reduction)  # fmt: skip
    file = read_again(network_text(net, x, y, training, "any\n[network]\x00title"))
    same(net, file.network)
    assert np.array_equal(file.inputs, x)
    assert file.targets is None if kind == "encoder" else np.array_equal(file.targets, y)
    assert file.training == training
    assert wg.backprop(file.network, file.inputs, file.targets).loss == wg.backprop(net, x, y).loss


@settings(max_examples=40, deadline=None)
@given(W=arrays(float, (1, 2), elements=FINITE), b=FINITE, x=st.tuples(FINITE, FINITE))
def test_every_digit_of_a_number_is_kept(W, b, x):
    net = wg.mlp([2, 1], activation="identity").with_parameters(W1=W, b1=[b])
    file = read_again(network_text(net, [x], [[0.0]], TrainingTable()))
    same(net, file.network)
    assert np.array(file.inputs).tobytes() == np.array([x]).tobytes()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_no_title_can_break_a_file_or_a_script(title):
    net = NETWORKS["shared"]
    same(net, read_again(network_text(net, [[1, 2]], [[0, 1]], TrainingTable(), title)).network)
    compile(script_text(net, [[1, 2]], [[0, 1]], title), "script", "exec")


@pytest.mark.parametrize("kind", ["labels", "encoder", "renamed"])
def test_the_script_runs_and_prints_the_gradients(kind, tmp_path):
    torch = pytest.importorskip("torch") if kind == "renamed" else None
    net = NETWORKS[kind]
    x = np.random.default_rng(1).normal(size=(2, net.layers[0]))
    y = None if net.autoencoder else [1, 0] if kind == "labels" else [[0.25], [0.75]]
    (tmp_path / "net.py").write_text(script_text(net, x, y, "a net"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "net.py"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    printed = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    trace = wg.backprop(net, x, y)
    assert float(printed.pop("loss")) == trace.loss
    assert set(printed) == set(net.parameters)
    for name, gradient in trace.gradients.items():
        assert np.array_equal(json.loads(printed[name]), gradient)
    if torch is not None:
        given = {k: torch.tensor(v, requires_grad=True) for k, v in net.parameters.items()}
        out = torch.tensor(x)
        for k in (1, 2):
            out = torch.sigmoid(out @ given[f"W{k}"].T + given[f"b{k}"])
        (0.5 * (torch.tensor(y) - out) ** 2).sum(1).mean().backward()
        assert np.allclose(json.loads(printed["W1"]), given["W1"].grad, rtol=1e-12, atol=0)


def test_an_auto_encoder_with_other_targets_keeps_them():
    text = network_text(NETWORKS["encoder"], [[1, 2, 3, 4]], [[0, 0, 0, 1]], TrainingTable())
    assert read_again(text).targets == [[0, 0, 0, 1]]


def test_what_nobody_reads_is_not_written():
    net = wg.mlp([300, 200, 10])
    with pytest.raises(ConfigError, match="not for reading"):
        network_text(net, np.zeros((1, 300)), np.zeros((1, 10)), TrainingTable())
