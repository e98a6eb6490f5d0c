"""Notations: every name means one number, and is found again when it is typed."""

from __future__ import annotations

import pytest

import whygrad as wg
from whygrad.errors import NameUnknownError
from whygrad.notation import NOTATIONS, notation


def trace(samples: int = 1) -> wg.Trace:
    net = wg.mlp([2, 3, 2, 2], names={"i1": "height", "h1": "wet", "w3": "theta"})
    rows = [[0.1 * k, 0.2] for k in range(samples)]
    return wg.backprop(net, rows, rows)


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("key", NOTATIONS)
def test_every_name_is_found_again(key, samples):
    t = trace(samples)
    names = t.notation(key)
    nodes = tuple(n for n in t.graph.nodes if n.value is None)
    spelt: dict[str, object] = {}
    for ref in t.numbers(nodes):
        name = names.text(ref)
        assert spelt.setdefault(name, ref) == ref, f"{name} means two numbers"
        assert names.find(name) == ref


def test_the_textbooks_names():
    t = trace()
    names = {t.names.text(r) for r in t.numbers(t.graph.nodes)}
    assert {"height", "i2", "w1", "theta", "w6", "w7", "w16"} <= names
    assert {"b_wet", "b_h2", "b_h2_1", "b_o1"} <= names
    assert {"net_wet", "out_wet", "net_h2_1", "out_h2_2", "net_o1", "out_o2", "E_o1"} <= names
    assert "E_total" in names


def test_samples_are_counted_from_one():
    t = trace(3)
    assert t.value("out_wet[2]") == t.recorded.values["out1"][1, 0]


def test_large_networks_are_searched_by_arithmetic():
    t = wg.backprop(wg.mlp([100, 100, 10]), [[0.1] * 100], [[0.5] * 10])
    assert t.find("w10001").node == "W2"
    assert t.find("w10001").index == (0, 0)
    assert t.find("w205").index == (2, 4)
    assert t.find("b_h7").index == (6,)
    assert t.find("out_o3").index == (0, 2)


@pytest.mark.parametrize("name", ["w99", "out_h9", "nonsense", "W1[7,7]", "W1[0]", "", "w0"])
def test_a_name_that_is_not_there_is_answered_with_those_that_are(name):
    with pytest.raises(NameUnknownError, match=r"known|shape"):
        trace().find(name)


def test_traced_functions_use_their_own_names():
    g = wg.trace(lambda x, W: wg.ops.sum(x @ W), x=(2, 3), W=(3, 1))
    assert notation(None, g).key == "code"
    assert notation("textbook", g).key == "code"
