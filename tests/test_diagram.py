"""A network's block diagram: what stands in it, that it is SVG, that nothing runs out of it."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

import whygrad as wg
from whygrad.data.preparation import Preparation
from whygrad.data.scale import fit
from whygrad.drawing.stages import stages
from whygrad.render.drawings.diagram import WIDEST

NET = wg.mlp([4, 10, 3], activation="tanh", loss="softmax_cross_entropy")
ENCODER = wg.mlp(
    [64, 25, 64], activation="sigmoid", autoencoder=True, tied=True,
    sparsity={"rho": 0.05, "beta": 3.0},
)  # fmt: skip
DEEP = wg.mlp([784, 1_200, 30, 30, 1], activation="relu", bias="shared")


def svg_words(diagram):
    """What is written in the drawing."""
    tree = ElementTree.fromstring(diagram.svg)
    return [
        "".join(t.itertext()).replace("\u00a0", " ") for t in tree.iter() if t.tag[-4:] == "text"
    ]


def test_it_reads_as_matlabs_view():
    assert str(NET.diagram()).splitlines() == [
        "          ┌─Hidden───┐     ┌─Output layer───┐",
        "Input     │ W1 10×4  │     │ W2 3×10        │     Output",
        "  4   ──▶ │ b1 10    │ ──▶ │ b2 3           │ ──▶   3",
        "          │ tanh     │     │ softmax        │",
        "          └───────10─┘     └──────────────3─┘",
    ]
    words = ["Input", "4", "Hidden", "W1", "10×4", "b1", "10", "tanh", "softmax", "Output", "3"]
    assert set(words) <= set(svg_words(NET.diagram()))


def test_what_is_around_the_network_stands_in_it():
    x = np.arange(12.0).reshape(3, 4)
    around = Preparation(inputs=fit(x, "minmax"), classes=("a", "b", "c"))
    told = [(s.title, s.size, s.does) for s in stages(replace(NET, preparation=around))]
    assert told == [
        ("Input", 4, ""), ("Scaling", 4, "minmax"), ("Hidden", 10, "tanh"),
        ("Output layer", 3, "softmax"), ("Class", 1, "largest"), ("Output", 1, ""),
    ]  # fmt: skip
    line = wg.mlp([1, 2, 1], output_activation="identity", bias="none")
    scaled = replace(line, preparation=Preparation(targets=fit(x[:, :1], "standard")))
    assert [s.title for s in stages(scaled)][-2:] == ["Unscaling", "Output"]
    assert "b1" not in str(scaled.diagram())


def test_tied_and_sparse_layers_are_marked():
    code, output = stages(ENCODER)[1:3]
    assert (code.title, code.notes) == ("Code", ("sparse: ρ = 0.05, β = 3",))
    assert (output.weights, output.notes) == (("W1ᵀ", "64×25"), ("tied",))
    assert {"tied", "sparse: ρ = 0.05, β = 3", "W1ᵀ"} <= set(svg_words(ENCODER.diagram()))


@pytest.mark.parametrize("name", ["tanh", "relu", "sigmoid"])
def test_an_activations_curve_is_its_own(name):
    own = {
        "tanh": np.tanh,
        "relu": lambda v: np.maximum(v, 0),
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    }
    curve = np.array(stages(wg.mlp([1, 2, 1], activation=name))[1].curve)
    y = own[name](np.linspace(-3, 3, len(curve)))
    assert curve == pytest.approx((y - y.min()) / np.ptp(y))
    assert stages(NET)[2].curve == ()  # softmax is no function of one number


def test_large_networks_are_wrapped_and_stay_small():
    text = DEEP.diagram().text(60)
    assert max(map(len, text.splitlines())) <= 60
    assert text.count("──▶") == 6  # from stage to stage, and again where a row begins
    assert "b1 shared" in text
    width = float(re.search(r'width="([\d.]+)"', DEEP.diagram().svg)[1])
    assert width <= WIDEST + 2 * 30 + 2 * 14
    assert len(DEEP.diagram().svg) < 30_000


def test_it_shows_itself_and_is_saved(tmp_path):
    diagram = NET.diagram()
    assert diagram._repr_html_() == diagram.svg
    assert repr(diagram) == "<Diagram of a network 4-10-3>"
    saved = diagram.save(tmp_path / "net.svg")
    assert saved.read_text("utf-8") == diagram.svg
    assert diagram.save(tmp_path / "net.txt").read_text("utf-8") == f"{diagram}\n"
    with pytest.raises(wg.WhygradError, match=r"\.svg or as \.txt"):
        diagram.save(tmp_path / "net.png")
