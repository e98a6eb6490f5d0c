"""Lessons: from files, tables, runs, Python's objects and the gallery."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad import ops
from whygrad.cli import main
from whygrad.errors import DataError, WhygradError
from whygrad.files.config import TrainingTable, article
from whygrad.web import gallery, lesson
from whygrad.web.export import exported
from whygrad.web.payload import lesson_data, packed, training_data, unpacked

TABLE = """[data]
file = "data.csv"
target = "kind"
split = [0.8, 0.2]
[network]
hidden = [3]
activation = "tanh"
[training]
epochs = 20
optimizer = "adam"
learning_rate = 0.05
scale = "standard"
batch_size = 8
"""


def write_table(folder):
    """A network file for a table of 40 rows with two classes, beside its data."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(50, 10, 40), rng.normal(-3, 0.1, 40)
    rows = [f"{x},{y},{'big' if x > 50 else 'small'}" for x, y in zip(a, b, strict=True)]
    (folder / "data.csv").write_text("\n".join(["a,b,kind", *rows]))
    (folder / "table.toml").write_text(TABLE)
    return folder / "table.toml"


@pytest.fixture
def table(tmp_path):
    return write_table(tmp_path)


def data_of(found, **how):
    """What a page is given, as it comes out of JSON."""
    return json.loads(json.dumps(lesson_data(found, readings="ask", **how), allow_nan=False))


# ---- what a page opens with ---------------------------------------------------------------------


def test_the_article_as_a_page_opens_it():
    data = data_of(lesson.opened("article"))
    assert data["kind"] == "whole"
    assert data["network"] == {
        "layers": [2, 2, 2], "activations": ["sigmoid", "sigmoid"], "loss": "half_squared_error",
        "bias": "shared", "reduction": "mean", "names": {}, "autoencoder": False,
    }  # fmt: skip
    assert data["parameters"]["W1"] == [[0.15, 0.2], [0.25, 0.3]]
    assert data["parameters"]["b2"] == 0.6
    assert (data["inputs"], data["targets"]) == ([[0.05, 0.1]], [[0.01, 0.99]])
    assert data["training"] == {
        "learning_rate": 0.5, "update_order": "simultaneous", "train_bias": False,
        "optimizer": "sgd", "beyond": [],
    }  # fmt: skip
    assert data["programs"]["sample"]["samples"] == 1
    assert data["programs"]["batch"] is None
    assert data["notes"] == []


def test_what_is_packed_is_the_same_json():
    data = lesson_data(lesson.opened("xor"), readings="ask")
    text = packed(data)
    assert json.dumps(unpacked(text)) == json.dumps(data)
    assert len(text) < 10_000


def test_several_samples_have_a_program_together():
    data = data_of(gallery.lesson("xor"))
    assert data["programs"]["batch"]["samples"] == 4
    assert data["targets"] == [[0], [1], [1], [0]]
    assert data["gallery"] == "xor"


def test_what_the_pages_steps_leave_out_is_named():
    file = TrainingTable(
        learning_rate=0.1, batch_size=2, l2=0.01, schedule="cosine", early_stopping=5, shuffle=False
    )
    assert training_data(file, 4)["beyond"] == ["batch_size", "schedule", "l2", "early_stopping"]
    assert training_data(file, 2)["beyond"] == ["schedule", "l2", "early_stopping"]
    solver = training_data(TrainingTable(optimizer="lm"), 4)
    assert (solver["optimizer"], solver["learning_rate"]) == ("sgd", None)
    assert solver["beyond"] == ["optimizer"]
    adam = training_data(TrainingTable(optimizer={"name": "adam", "beta1": 0.8}), 4)
    assert (adam["learning_rate"], adam["beyond"]) == (0.001, [])
    assert adam["optimizer"] == {"name": "adam", "beta1": 0.8}


# ---- files and tables ---------------------------------------------------------------------------


def test_a_tables_lesson_is_what_trains_encoded_and_scaled(table):
    found = lesson.opened(table)
    assert found.samples == 32
    assert found.labels
    assert found.classes == ("big", "small")
    np.testing.assert_allclose(found.inputs.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(found.inputs.std(axis=0), 1, atol=1e-6)
    data = data_of(found)
    assert data["classes"] == ["big", "small"]
    assert set(data["targets"]) == {0, 1}
    assert "scaled" in data["notes"][0]["en"]
    assert "缩放" in data["notes"][0]["zh"]
    # What was "big" lies above the mean, whatever it was scaled to.
    assert (found.inputs[found.targets == 0, 0] > found.inputs[found.targets == 1, 0].max()).all()


@pytest.mark.parametrize("data", ["a table", "numbers", "a run"])
def test_prepared_samples_are_not_prepared_again_when_they_are_written_down(table, data, request):
    if data == "numbers":
        x = np.random.default_rng(0).normal(50, 10, (30, 2)).round(3).tolist()
        table.write_text(
            f"[network]\nlayers = [2, 3, 1]\n[data]\ninputs = {x}\ntargets = {[[0.5]] * 30}\n"
            '[training]\nlearning_rate = 0.1\nscale = "minmax"\nscale_targets = "none"\n'
            'validation = 0.2\nmonitor = "val_loss"\nearly_stopping = 3\nepochs = 2\n'
        )
    found = lesson.opened(request.getfixturevalue("run") if data == "a run" else table)
    _, text = exported(found, "toml")
    assert "held back for validation" in text
    path = table.parent / "again.toml"
    path.write_text(text, encoding="utf-8")
    again = lesson.opened(path)
    assert again.trace.loss == found.trace.loss
    assert again.inputs.tobytes() == found.inputs.tobytes()
    assert not again.scaled
    assert main(["train", str(path), "--quiet"]) == 0


def test_many_samples_are_cut_to_the_first_and_it_is_said():
    net = wg.mlp([1, 2, 1])
    x = np.arange(1000.0)[:, None]
    found = lesson.of_samples(net, x, x)
    assert found.inputs.tolist() == x[:200].tolist()
    data = data_of(found)
    assert data["notes"][0]["en"] == "The first 200 of 1000 samples are shown."
    wide = lesson.of_samples(wg.mlp([5000, 1]), np.zeros((100, 5000)), np.zeros((100, 1)))
    assert wide.inputs.shape == (20, 5000)


def test_a_file_without_samples_is_refused(tmp_path):
    (tmp_path / "bare.toml").write_text("[network]\nlayers = [2, 1]\n")
    with pytest.raises(DataError, match="no data"):
        lesson.opened(tmp_path / "bare.toml")


def test_a_saved_model_has_a_stand_in_for_its_data(tmp_path):
    needs("safetensors")
    net = wg.mlp([2, 3, 2], loss="softmax_cross_entropy")
    net.save(tmp_path / "m.safetensors")
    found = lesson.opened(tmp_path / "m.safetensors")
    assert found.invented
    assert data_of(found)["inputs"] == [[0, 0]]
    assert "zeros" in data_of(found)["notes"][0]["en"]


# ---- runs ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run's folder, which takes seconds to be made: its plots are drawn."""
    needs("safetensors")
    home = tmp_path_factory.mktemp("trained")
    file = write_table(home)
    assert main(["train", str(file), "--run", str(home / "run"), "--quiet"]) == 0
    return home / "run"


@pytest.fixture
def run(trained, table):
    """A copy of it beside a table of its own."""
    folder = table.parent / "run"
    shutil.copytree(trained, folder)
    begun = json.loads((folder / "config.json").read_text("utf-8"))
    begun["folder"] = str(table.parent)
    (folder / "config.json").write_text(json.dumps(begun))
    return folder


def test_a_runs_lesson_is_the_trained_network_on_its_samples(run, table):
    found = lesson.opened(run)
    model = wg.load(run)
    assert (found.network.parameters["W1"] == model.parameters["W1"]).all()
    assert not found.invented
    x = np.loadtxt(table.parent / "data.csv", delimiter=",", skiprows=1, usecols=(0, 1))
    outputs = found.network.outputs(found.inputs)  # scaled already
    away = np.abs(outputs[:, None] - model.outputs(x)[None]).max(axis=2)
    assert (away.min(axis=1) < 1e-5).all()
    data = data_of(found)
    assert len(data["run"]["rows"]) == 20
    assert data["run"]["stop_reason"]
    assert data["run"]["live"] is False
    assert data["training"]["optimizer"] == "adam"
    assert data["training"]["beyond"] == ["batch_size", "weight_decay", "early_stopping"]
    assert "held back" in data["notes"][1]["en"]


def test_a_run_whose_data_have_changed_has_a_stand_in(run, table):
    with open(table.parent / "data.csv", "a") as file:
        file.write("\n1,2,big")
    found = lesson.opened(run)
    assert found.invented
    assert found.samples == 1
    assert (found.network.parameters["W1"] == wg.load(run).parameters["W1"]).all()
    assert len(data_of(found)["run"]["rows"]) == 20


def test_a_run_that_is_not_done_is_its_last_checkpoint(run):
    (run / "metrics.json").unlink()
    model = wg.load(run)
    (run / "model.safetensors").unlink()
    found = lesson.opened(run)
    assert data_of(found)["run"]["live"] is True
    assert found.samples == 32
    assert found.scaled
    assert found.network.parameters["W1"].shape == model.parameters["W1"].shape
    start = lesson.opened(run.parent / "table.toml").network.parameters["W1"]
    assert not np.allclose(found.network.parameters["W1"], start)


def test_a_run_begun_from_python(tmp_path):
    needs("safetensors")
    made = wg.train(
        wg.mlp([2, 2, 1]), [[0, 1], [1, 0]], [[1], [0]], learning_rate=0.5, iterations=5,
        quiet=True, run=tmp_path / "run",
    )  # fmt: skip
    known, opened = lesson.of_run(made), lesson.opened(tmp_path / "run")
    assert (known.inputs.tolist(), known.targets.tolist()) == ([[0, 1], [1, 0]], [[1], [0]])
    assert known.trace.loss == made.loss
    assert (known.invented, opened.invented) == (False, True)
    for found in (known, opened):
        assert [row["iteration"] for row in data_of(found)["run"]["rows"]] == [0, 1, 2, 3, 4, 5]
        assert (found.network.parameters["W1"] == made.model.parameters["W1"]).all()
    (tmp_path / "run" / "model.safetensors").unlink()
    with pytest.raises(WhygradError, match="no trained model"):
        lesson.opened(tmp_path / "run")


@pytest.mark.parametrize(
    "config",
    [
        "", "[]", '{"tables": 3}', '{"tables": {"network": 1}, "folder": "/"}',
        '{"tables": {}, "folder": "\\u0000"}', '{"tables": {"data": {"file": 3}}, "folder": "."}',
        '{"tables": {"network": {"layers": [1, 1]}}, "folder": ".", "digest": []}', "{" * 9999,
    ],
)  # fmt: skip
def test_a_damaged_configuration_leaves_the_model(run, config):
    (run / "config.json").write_text(config)
    found = lesson.opened(run)
    assert found.invented
    assert found.samples == 1


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(WhygradError, match="no run"):
        lesson.opened(tmp_path)


# ---- what Python has ----------------------------------------------------------------------------


def test_python_s_objects_are_lessons_of_the_same_numbers():
    net = article().network
    x, y = [[0.05, 0.1]], [[0.01, 0.99]]
    trace = wg.backprop(net, x, y)
    for found in (lesson.of_samples(net, x, y), lesson.of_trace(trace)):
        assert found.trace.loss == trace.loss
        assert found.title == "2-2-2"
        assert data_of(found)["inputs"] == x


def test_a_traced_functions_lesson_has_blocks():
    given = {"net": np.ones((2, 3)), "x": np.arange(3.0)}
    graph = wg.trace(lambda net, x: ops.sum(ops.tanh(net * x)), net=(2, 3), x=(3,))
    trace = lesson.of_graph(graph, given).trace
    assert trace.loss == pytest.approx(2 * np.tanh([0, 1, 2]).sum())
    assert lesson.of_trace(trace).trace.loss == trace.loss
    data = data_of(lesson.of_graph(graph, given))
    assert data["kind"] == "blocks"
    assert data["programs"] is None


def test_derivations_over_many_samples_are_left_out_and_it_is_said():
    net = wg.mlp([1, 2, 1])
    x = np.linspace(-1, 1, 50)[:, None]
    data = lesson_data(lesson.of_samples(net, x, x))
    assert data["readings"]["batch"] is None
    assert data["readings"]["sample"]["forms"]
    assert data["programs"]["batch"]["samples"] == 50
    assert "each sample by itself" in data["notes"][0]["en"]
    few = lesson_data(lesson.of_samples(net, x[:2], x[:2]))
    assert any(id_.startswith("gradient:factors:w1") for id_ in few["readings"]["batch"]["forms"])
    assert few["notes"] == []


def test_a_large_network_has_blocks_and_no_arrays_as_lists():
    net = wg.mlp([30, 20, 5])
    data = data_of(lesson.of_samples(net, np.ones((2, 30)), np.ones((2, 5))))
    assert data["kind"] == "blocks"
    assert (data["parameters"], data["inputs"]) == (None, None)


# ---- the gallery --------------------------------------------------------------------------------


def test_every_network_of_the_gallery_opens_and_is_told_of_in_both_languages():
    listed = gallery.gallery_data()
    assert [entry["key"] for entry in listed] == [
        "article", "xor", "encoder", "sine", "saturated", "dead_relu",
    ]  # fmt: skip
    for entry in listed:
        assert data_of(gallery.lesson(entry["key"]))["kind"] == "whole"
        assert entry["title"]["en"]
        assert entry["about"]["zh"]
    with pytest.raises(WhygradError, match="did you mean 'sine'"):
        gallery.lesson("sin")


@pytest.mark.parametrize(("key", "loss"), [("xor", 0.001), ("encoder", 0.002), ("sine", 0.001)])
def test_what_is_to_be_learned_is_learned_by_plain_descent(key, loss):
    file = gallery.file(key)
    run = wg.train(file.network, *file.samples(), **file.training.options(), quiet=True)
    assert run.iterations == 10_000
    assert run.loss < loss
    targets = np.asarray(file.inputs if file.network.autoencoder else file.targets)
    assert np.abs(run.outputs - targets).max() < 0.05


def test_saturated_sigmoids_have_a_large_error_and_tiny_gradients():
    trace = gallery.lesson("saturated").trace
    assert trace.loss > 0.9
    assert max(np.abs(g).max() for g in trace.gradients.values()) < 1e-3
    assert np.abs(trace.gradients["W1"]).max() < 1e-6


def test_exactly_one_unit_of_the_dead_relu_is_dead_for_every_sample():
    trace = gallery.lesson("dead_relu").trace
    assert (trace.value("out1") > 0).any(axis=0).tolist() == [True, False, True]
    assert (trace.gradients["W1"][1] == 0).all()
    assert trace.gradients["b1"][1] == 0
    assert (np.abs(trace.gradients["W1"][[0, 2]]) > 1e-4).all()
    file = gallery.file("dead_relu")
    run = wg.train(file.network, *file.samples(), **file.training.options(), quiet=True)
    assert (run.parameters["W1"][1] == file.network.parameters["W1"][1]).all()
    assert run.loss < trace.loss / 3
