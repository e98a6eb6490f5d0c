"""What the server answers: exports that are the same network, readings, elements, refusals."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import numpy as np
import pytest

import whygrad as wg
from whygrad.cli import main
from whygrad.errors import ConfigError, NameUnknownError, WhygradError
from whygrad.files import config
from whygrad.web import api, lesson
from whygrad.web.api import Opened

START = {"spec": {"start": True}}
NET = {"network": {"layers": [3, 4, 2], "activation": "tanh"}, "seed": 3}


@pytest.fixture(scope="module")
def opened():
    found = lesson.opened("article")
    return Opened(lambda: found)


def ask(name, question, opened):
    """The answer, as it comes out of JSON."""
    found = api.answer(name, json.dumps(question).encode(), opened)
    return json.loads(json.dumps(found, allow_nan=False))


def test_the_article_is_what_it_opens_with(opened):
    found = ask("lesson", START, opened)
    assert found["kind"] == "whole"
    assert found["readings"] is None
    assert found["parameters"]["W2"] == [[0.40, 0.45], [0.50, 0.55]]
    assert ask("lesson", {}, opened) == found


def test_a_network_of_ones_own(opened):
    found = ask("lesson", {"spec": NET}, opened)
    assert found["network"]["layers"] == [3, 4, 2]
    assert np.shape(found["parameters"]["W1"]) == (4, 3)
    changed = {**NET, "changes": {"edits": {"w1": 0.125}, "training": {"learning_rate": 0.25}}}
    again = ask("lesson", {"spec": changed}, opened)
    assert again["parameters"]["W1"][0][0] == 0.125
    assert again["parameters"]["W1"][0][1:] == found["parameters"]["W1"][0][1:]
    assert again["training"]["learning_rate"] == 0.25


def test_the_gallery(opened):
    found = api.look_up("gallery", {}, opened)["gallery"]
    keys = [entry["key"] for entry in found]
    assert {"article", "xor", "encoder", "sine", "saturated", "dead_relu"} <= set(keys)
    for entry in found:
        assert set(entry["title"]) == {"en", "zh"}
        assert ask("lesson", {"spec": {"gallery": entry["key"]}}, opened)["title"]


# ---- readings and elements ----------------------------------------------------------------------


def test_readings_of_some_numbers(opened):
    ids = ["gradient:factors:w5", "gradient:delta:w1", "value:factors:out_h1"]
    found = ask("reading", {**START, "mode": "sample", "ids": ids}, opened)
    assert {key.partition("|")[0] for key in found["forms"]} >= set(ids)
    for form in found["forms"].values():
        assert form["ways"][0]["blocks"]


@pytest.mark.parametrize(
    ("id_", "row"),
    [("gradient:factors:w99", 0), ("nothing", 0), ("::", 0), ("gradient:factors:w5", 7),
     ("other:factors:w5", 0), ("gradient:<script>:w5", 0)],
)  # fmt: skip
def test_a_reading_that_there_is_not_is_a_clear_error(opened, id_, row):
    with pytest.raises(WhygradError) as refused:
        ask("reading", {**START, "mode": "sample", "ids": [id_], "row": row}, opened)
    assert refused.value.asked


def test_exact_cells_and_elements(opened):
    place = {"node": "W2", "rows": [0, 2], "columns": [1, 2]}
    value = ask("matrix", {**START, **place, "of": "value"}, opened)
    assert np.frombuffer(base64.b64decode(value["exact"])).tolist() == [0.45, 0.55]
    element = ask("element", {**START, "at": "w5"}, opened)
    assert element["gradient"] == pytest.approx(0.082167041, abs=5e-10)  # the article's figure
    assert element["blocks"]
    for wrong in ({"at": "w99"}, {"at": "W2[5,5]"}, {"at": "<script>"}):
        with pytest.raises(NameUnknownError):
            ask("element", {**START, **wrong}, opened)
    for wrong in ({"rows": [0, 9**9]}, {"rows": [2, 1]}, {"node": "W7"}):
        with pytest.raises(WhygradError):
            ask("matrix", {**START, **place, "of": "value", **wrong}, opened)


# ---- exports ------------------------------------------------------------------------------------


def test_a_network_file_gives_the_same_numbers_again(opened, tmp_path, capsys):
    changes = {"edits": {"w5": 1 / 3, "i1": 0.1 + 0.2}, "training": {"learning_rate": 0.7}}
    spec = {"start": True, "changes": changes}
    found = ask("export", {"spec": spec, "format": "toml"}, opened)
    path = tmp_path / found["name"]
    path.write_text(found["text"], encoding="utf-8")
    assert path.suffix == ".toml"
    assert main(["explain", str(path), "--format", "json"]) == 0
    explained = json.loads(capsys.readouterr().out)
    article = config.read("article")
    net = article.network.with_parameters(w5=1 / 3)
    trace = wg.backprop(net, [0.1 + 0.2, 0.10], [0.01, 0.99])
    assert explained["loss"] == trace.loss
    assert explained["gradients"]["w1"] == trace.grad("w1")
    assert explained["updated"]["w5"] == 1 / 3 - 0.7 * trace.grad("w5")
    assert config.read(path).training.train_bias is False


def test_a_script_runs_and_prints_the_articles_gradient(opened, tmp_path):
    found = ask("export", {**START, "format": "python"}, opened)
    (tmp_path / found["name"]).write_text(found["text"], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", found["name"]],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    printed = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert json.loads(printed["W2"])[0][0] == pytest.approx(0.082167041, abs=5e-10)
    assert float(printed["loss"]) == pytest.approx(0.298371109, abs=5e-10)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_for_paper(opened, lang):
    found = ask("export", {**START, "format": "latex", "lang": lang}, opened)
    assert found["name"] == "article.tex"
    assert r"\begin{document}" in found["text"]
    assert "0.082167041" in found["text"]
    assert ("学习" in found["text"]) == (lang == "zh")


def test_a_report_of_what_is_seen(opened):
    found = ask("export", {"spec": NET, "format": "html", "lang": "zh"}, opened)
    assert found["name"] == "3-4-2.html"
    assert found["text"].startswith("<!DOCTYPE html>")


def test_a_files_name_holds_no_path():
    from whygrad.web.export import file_stem

    for title in ("../../etc/passwd", "a/b\\c", "..", "", "\x00", "<script>", "x" * 500, "-rf"):
        stem = file_stem(title)
        assert stem
        assert not set("/\\<>\x00.:") & set(stem)
        assert not stem.startswith("-")
        assert len(stem) <= 60
    assert file_stem("我的 网络") == "我的-网络"


def test_what_is_too_large_for_a_file_is_refused(opened):
    spec = {"network": {"layers": [784, 100, 10]}}
    for kind in ("toml", "python", "latex"):
        with pytest.raises(ConfigError, match="not for"):
            ask("export", {"spec": spec, "format": kind}, opened)


def test_a_traced_function_has_no_file_but_a_report():
    graph = wg.trace(lambda x: wg.ops.sum(wg.ops.tanh(x)), x=(3,))
    found = lesson.of_graph(graph, {"x": np.ones(3)}, "traced")
    opened = Opened(lambda: found)
    assert ask("lesson", START, opened)["kind"] == "blocks"
    assert ask("export", {**START, "format": "html"}, opened)["name"] == "traced.html"
    for kind in ("toml", "python", "latex"):
        with pytest.raises(ConfigError, match="traced function"):
            ask("export", {**START, "format": kind}, opened)
    with pytest.raises(ConfigError, match="no readings"):
        ask("reading", {**START, "mode": "sample", "ids": ["value:factors:x"]}, opened)


# ---- questions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("lesson", {"spec": {"start": True}, "other": 1}),
        ("lesson", {"spec": []}),
        ("lesson", {"spec": {"gallery": "nothing"}}),
        ("lesson", {"spec": {"start": True, "gallery": "xor"}}),
        ("reading", {"spec": {"start": True}, "mode": "all", "ids": ["a"]}),
        ("reading", {"spec": {"start": True}, "mode": "sample", "ids": []}),
        ("reading", {"spec": {"start": True}, "mode": "sample", "ids": ["a"] * 501}),
        ("reading", {"spec": {"start": True}, "mode": "sample", "ids": ["a" * 301]}),
        ("reading", {"spec": {"start": True}, "mode": "sample", "ids": ["w5"], "row": -1}),
        ("export", {"spec": {"start": True}, "format": "pickle"}),
        ("export", {"spec": {"start": True}, "format": "toml", "lang": "../en"}),
        ("matrix", {"spec": {"start": True}, "node": "W1", "of": "value", "rows": [0]}),
        ("matrix", {"spec": {"start": True}, "node": "W1", "of": "loss", "rows": [0, 1],
                    "columns": [0, 1]}),
        ("element", {"spec": {"start": True}, "at": 5}),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)  # fmt: skip
def test_a_question_that_is_not_understood_is_refused(opened, name, question):
    with pytest.raises(WhygradError) as refused:
        ask(name, question, opened)
    assert refused.value.asked
    assert len(str(refused.value)) < 1500


def test_only_a_followed_run_is_told_of(opened, tmp_path):
    with pytest.raises(ConfigError, match="follows no run"):
        api.look_up("run", {"since": "0"}, opened)
    with pytest.raises(ConfigError, match="known already"):
        api.look_up("run", {"since": "1e9"}, Opened(opened.lesson, tmp_path))
    found = api.look_up("run", {}, Opened(opened.lesson, tmp_path))
    assert found["rows"] == []
    assert found["live"] is False


def test_the_lesson_of_a_run_is_read_again_when_it_has_gone_on(tmp_path):
    text = (
        "[network]\nlayers = [1, 1]\n[data]\ninputs = [[1]]\ntargets = [[0]]\n"
        "[training]\nlearning_rate = 1.0\nepochs = 1\n"
    )
    for number in (1, 2):
        file = tmp_path / f"{number}.toml"
        file.write_text(text.replace("epochs = 1", f"epochs = {number}"), encoding="utf-8")
        assert main(["train", str(file), "--run", str(tmp_path / f"{number}"), "--quiet"]) == 0
    folder = tmp_path / "1"
    opened = Opened(lambda: lesson.opened(folder), folder)
    first = ask("lesson", START, opened)["parameters"]
    for name in ("model.safetensors", "history.jsonl"):
        (tmp_path / "2" / name).replace(folder / name)
    second = ask("lesson", START, opened)
    assert second["parameters"] != first
    assert second["parameters"]["W1"] == wg.load(folder).parameters["W1"].tolist()
    assert len(second["run"]["rows"]) == 2
