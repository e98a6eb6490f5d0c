"""A page's specs: networks of one's own, changes, and what nobody may ask for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from whygrad.errors import WhygradError
from whygrad.web import lesson
from whygrad.web.payload import lesson_data
from whygrad.web.spec import lesson_of_spec


def data_of(found):
    """What a page is given, as it comes out of JSON."""
    return json.loads(json.dumps(lesson_data(found, readings="ask"), allow_nan=False))


def test_a_network_of_ones_own_is_drawn_with_readable_numbers():
    found = lesson_of_spec({"network": {"layers": [3, 4, 2], "activation": "tanh"}, "seed": 7})
    again = lesson_of_spec({"network": {"layers": [3, 4, 2], "activation": "tanh"}, "seed": 7})
    numbers = np.concatenate([v.ravel() for v in found.network.parameters.values()])
    assert (numbers == numbers.round(2)).all()
    assert (numbers != 0).all()
    assert found.inputs.shape == (1, 3)
    assert found.targets.shape == (1, 2)
    assert (found.network.parameters["W1"] == again.network.parameters["W1"]).all()
    assert [op.name for op in found.network.activations] == ["tanh", "tanh"]


def test_a_spec_with_everything_in_it():
    spec = {
        "network": {
            "layers": [2, 2, 3], "activation": ["relu"], "output_activation": "softmax",
            "loss": "softmax_cross_entropy", "bias": "none", "names": {"i1": "height"},
        },
        "parameters": {"W1": [[1, 2], [3, 4]], "w5": 0.25},
        "inputs": [[0.5, 1], [0, 1]],
        "targets": [2, 0],
        "classes": ["low", "middle", "high"],
        "training": {"learning_rate": 0.25, "optimizer": {"name": "adam", "beta1": 0.5}},
    }  # fmt: skip
    found = lesson_of_spec(spec)
    assert found.labels
    assert found.targets.tolist() == [2, 0]
    assert found.network.parameters["W1"].tolist() == [[1, 2], [3, 4]]
    assert found.network.parameters["W2"][0, 0] == 0.25
    assert found.training.learning_rate == 0.25
    data = data_of(found)
    assert data["classes"] == ["low", "middle", "high"]
    assert data["programs"]["sample"]["nodes"][0]["names"] == ["height", "i2"]
    assert data["programs"]["batch"]["rule"]["name"] == "adam"


def test_changes():
    changes = {
        "activations": {"1": "tanh"},
        "edits": {"w5": 0.75, "i1[2]": 0.3, "target_o1[3]": 0.2},
        "training": {"learning_rate": 0.1, "train_bias": False},
    }
    plain, found = (lesson_of_spec({"gallery": "xor", **c}) for c in ({}, {"changes": changes}))
    assert [op.name for op in found.network.activations] == ["tanh", "sigmoid"]
    assert found.network.parameters["W2"][0, 0] == 0.75
    assert found.inputs.tolist() == [[0, 0], [0.3, 1], [1, 0], [1, 1]]
    assert found.targets.tolist() == [[0], [1], [0.2], [0]]
    assert (found.training.learning_rate, found.training.train_bias) == (0.1, False)
    assert plain.network.parameters["W2"][0, 0] == 0.5  # the gallery's own is as it was
    more = {"gallery": "xor", "changes": {"inputs": [[0.1, 0.2]], "targets": [[1]]}}
    assert lesson_of_spec(more).inputs.tolist() == [[0.1, 0.2]]
    turned = {"gallery": "encoder", "changes": {"inputs": [[1, 0, 0, 0, 1, 0, 0, 0]]}}
    assert lesson_of_spec(turned).targets.tolist() == [[1, 0, 0, 0, 1, 0, 0, 0]]


def test_what_the_page_was_opened_with():
    own = lesson.opened("article")
    assert lesson_of_spec({"start": True}, lambda: own) is own
    changed = lesson_of_spec({"start": True, "changes": {"edits": {"w1": 9.0}}}, lambda: own)
    assert changed.network.parameters["W1"][0, 0] == 9.0
    assert own.network.parameters["W1"][0, 0] == 0.15


def network(**more):
    return {"network": {"layers": [2, 2]} | more}


HUGE = 10**400
BAD = {
    "nothing is asked": {},
    "two things are asked": {"start": True, "gallery": "xor"},
    "nothing was opened": {"start": True},
    "an unknown key": {"gallery": "xor", "path": "/etc/passwd"},
    "an unknown key of the network": network(file="/etc/passwd"),
    "an unknown network of the gallery": {"gallery": "../article"},
    "a long name": {"gallery": "x" * 101},
    "a wide network": {"network": {"layers": [100_000, 100_000]}},
    "a deep network": {"network": {"layers": [2] * 51}},
    "a layer of nothing": {"network": {"layers": [2, 0, 1]}},
    "one layer": {"network": {"layers": [2]}},
    "a layer of words": {"network": {"layers": ["2", 2]}},
    "an unknown activation": network(activation="nonsense"),
    "an activation that is no formula": network(activation="x+((" * 20),
    "a formula that is code": network(activation="__import__('os').system('id')"),
    "an unknown loss": network(loss="nonsense"),
    "an activation that the loss refuses": network(
        loss="softmax_cross_entropy", output_activation="tanh"
    ),
    "a name with a bracket": network(names={"i1": "a[1]"}),
    "a long name of a neuron": network(names={"i1": "a" * 200}),
    "a name of nothing": network(names={"i9": "a"}),
    "words as inputs": {**network(), "inputs": [["a", 1]]},
    "nested inputs": {**network(), "inputs": [[[0], [1]]]},
    "too few inputs": {**network(), "inputs": [[0.1]]},
    "ragged inputs": {**network(), "inputs": [[0.1, 0.2], [0.1]]},
    "a number beyond all floats": {**network(), "inputs": [[HUGE, 1]]},
    "no finite number": {**network(), "inputs": [[float("nan"), 1]]},
    "more samples than a page takes": {**network(), "inputs": [[0.0, 0.1]] * 50_001},
    "fewer targets than inputs": {**network(), "inputs": [[0, 1]] * 2, "targets": [[0, 1]]},
    "names of classes where there are no labels": {**network(), "classes": ["a", "b"]},
    "a label beyond the classes": {
        **network(loss="softmax_cross_entropy"), "inputs": [[0, 1]] * 2, "targets": [0, 2],
    },
    "a huge label": {
        **network(loss="softmax_cross_entropy"), "inputs": [[0, 1]] * 2, "targets": [0, HUGE],
    },
    "a matrix of another shape": {**network(), "parameters": {"W1": [[1, 2, 3]]}},
    "an unknown parameter": {**network(), "parameters": {"w99": 1}},
    "a parameter beyond all floats": {**network(), "parameters": {"w1": HUGE}},
    "a seed below 0": {**network(), "seed": -1},
    "a rate of 0": {**network(), "training": {"learning_rate": 0}},
    "an unknown order": {**network(), "training": {"update_order": "random"}},
    "an unknown optimizer": {**network(), "training": {"optimizer": "nonsense"}},
    "an unknown option": {**network(), "training": {"optimizer": {"name": "adam", "gamma": 1}}},
    "a layer that is not there": {"gallery": "xor", "changes": {"activations": {"3": "tanh"}}},
    "a layer that is no number": {"gallery": "xor", "changes": {"activations": {"²": "tanh"}}},
    "what is computed is edited": {"gallery": "xor", "changes": {"edits": {"out_h1[1]": 1}}},
    "what is not there is edited": {"gallery": "xor", "changes": {"edits": {"w99": 1}}},
    "an edit that is not finite": {"gallery": "xor", "changes": {"edits": {"w1": float("inf")}}},
}  # fmt: skip


@pytest.mark.parametrize("spec", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_is_refused_with_a_clear_message(spec):
    with pytest.raises(WhygradError) as caught:
        lesson_of_spec(spec)
    assert len(str(caught.value)) < 3_000


def test_a_name_of_a_neuron_goes_through_as_it_is():
    name = "<script>alert(1)</script>"
    data = data_of(lesson_of_spec(network(names={"i1": name})))
    assert data["programs"]["sample"]["nodes"][0]["names"][0] == name
