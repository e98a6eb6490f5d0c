"""Conventions at kinks: ours are PyTorch's, each is said, and a derivation says which it used."""

from __future__ import annotations

import math

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad import ops
from whygrad.cli import main
from whygrad.diagnosis.conventions import PROBES, conventions
from whygrad.op import REGISTRY
from whygrad.pages.prose import SENTENCES

FOUND = {c.op: c for c in conventions()}


def test_every_operation_with_a_convention_is_tried():
    assert {p.op for p in PROBES} == {o.name for o in REGISTRY.values() if o.convention}


@pytest.mark.parametrize("name", FOUND)
def test_ours_are_pytorchs(name):
    needs("torch")
    assert FOUND[name].whygrad == pytest.approx(FOUND[name].pytorch)


def test_jaxs_own_are_shown_where_they_differ():
    """As JAX documents them: |x| has slope 1 at 0, clip is a maximum and a minimum."""
    needs("jax")
    assert FOUND["abs"].jax == (1.0,)
    assert FOUND["clip"].jax == (0.5, 0.5)
    assert all(map(math.isnan, FOUND["norm"].jax))
    assert FOUND["max"].jax == (0.5, 0.5)


def test_a_library_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    (found,) = conventions("relu")
    assert found.pytorch is None
    assert found.whygrad == (0.0,)


def test_the_command_shows_them_side_by_side(capsys):
    needs("torch")
    needs("jax")
    assert main(["ops", "abs", "--verify"]) == 0
    said = capsys.readouterr().out
    assert "PyTorch" in said
    assert "abs        0   0        0        1" in said


@pytest.mark.parametrize("op", [o for o in REGISTRY.values() if o.convention], ids=lambda o: o.name)
def test_a_convention_has_its_sentence(op):
    assert SENTENCES[f"kink.{op.convention}"][0] == op.convention


# function, input, the number at the kink, its two slopes: by hand
KINKS = {
    "relu": (lambda x: ops.sum(ops.relu(x)), [0.0, 1.0], "x[0] = 0", (0, 1)),
    "abs": (lambda x: ops.sum(ops.abs(x)), [0.0, 1.0], "x[0] = 0", (-1, 1)),
    "max": (lambda x: ops.max(x), [2.0, 2.0], "x[0] = 2", (0, 1)),
    "clip": (lambda x: ops.sum(ops.clip(x, low=0, high=2)), [2.0, 1.0], "x[0] = 2", (1, 0)),
    "maximum": (lambda x: ops.maximum(x[0], x[1]), [2.0, 2.0], "slice = 2", (0, 1)),
    "norm": (lambda x: ops.norm(x), [0.0, 0.0], "x[0] = 0", (-1, 1)),
}


@pytest.mark.parametrize("name", KINKS)
def test_a_derivation_says_which_convention_it_used(name):
    function, x, where, (left, right) = KINKS[name]
    x = np.array(x)
    derivation = wg.backprop(wg.trace(function, x=x), x=x).why("x[0]")
    said = str(derivation).replace("\n", " ").replace("−", "-")
    assert f"{where} sits at a kink of {name}" in said
    assert f"on its left the slope is {left}, on its right {right}" in said
    assert REGISTRY[name].convention in said
    assert "尖点" in derivation.document().to_text(lang="zh")


def test_away_from_a_kink_nothing_is_said():
    graph = wg.trace(lambda x: ops.sum(ops.relu(x)), x=(2,))
    assert "kink" not in str(wg.backprop(graph, x=np.array([0.5, 0.0])).why("x[0]"))


def test_a_network_s_page_says_it_too():
    net = wg.mlp([1, 1, 1], activation="relu").with_parameters(w1=1.0, b_h1=0.0)
    page = wg.backprop(net, [0.0], [1.0]).explain().to_text()
    assert "net_h1 = 0 sits at a kink of relu" in page.replace("\n", " ")


def test_why_says_the_convention_at_a_kink():
    net = wg.mlp([1, 1, 1], activation="relu", output_activation="identity").with_parameters(
        W1=[[0.0]], b1=[0.0], W2=[[2.0]], b2=[0.0]
    )
    answer = wg.why_gradient(wg.backprop(net, [[1.0]], [[0.5]]), "w1")
    assert answer.kind == "kink"
    assert wg.why_gradient(lambda x: wg.ops.sum(wg.ops.abs(x)), "x[0]", np.zeros(2)).kind == "kink"
    page = " ".join(str(answer).split())
    assert (
        "on its left the slope is 0, on its right 1. The convention that was used: 0 at 0" in page
    )
