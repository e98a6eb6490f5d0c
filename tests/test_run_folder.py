"""A run's folder: what is in it, resuming to the same bits after SIGKILL, and what is refused."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad import disk
from whygrad.cli import main
from whygrad.errors import ConfigError

CLOCK = ("seconds",)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table of two classes with a category and missing numbers, and a network file for it."""
    needs("safetensors")
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(0)
    rows = ["height,weight,colour,kind"]
    for _ in range(160):
        a, b = rng.normal(size=2)
        colour = rng.choice(["red", "green", "blue"])
        kind = "yes" if a + b * (colour == "red") > 0.2 else "no"
        rows.append(
            f"{100 + 10 * a:.3f},{'' if rng.random() < 0.05 else round(b, 4)},{colour},{kind}"
        )
    (folder / "data.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def network_file(folder, epochs, engine, name="net.toml", more=""):
    (folder / name).write_text(
        f"""
[data]
file = "data.csv"
target = "kind"
split = [0.7, 0.15, 0.15]
[network]
hidden = [12]
[training]
optimizer = "adam"
learning_rate = 0.01
batch_size = 16
epochs = {epochs}
early_stopping = {epochs}
dropout = 0.1
schedule = "cosine"
engine = "{engine}"
seed = 3
{more}
""",
        encoding="utf-8",
    )
    return str(folder / name)


def command(*arguments):
    return [sys.executable, "-m", "whygrad", "train", *map(str, arguments), "--quiet"]


def without_plots(folder):
    """An environment without matplotlib: drawing at every end takes longer than training."""
    (folder / "matplotlib.py").write_text("raise ImportError\n", encoding="utf-8")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}


def outcome(run):
    """The weights' bytes and the history but for the clock."""
    model = (run / "model.safetensors").read_bytes()
    lines = (run / "history.jsonl").read_text("utf-8").splitlines()
    rows = [{k: v for k, v in json.loads(line).items() if k not in CLOCK} for line in lines]
    return model, rows


def wait_for_rows(process, run, rows):
    """Until the history has so many rows, or the process has ended."""
    history = run / "history.jsonl"
    while rows and process.poll() is None:
        if history.exists() and history.read_bytes().count(b"\n") >= rows:
            return
        time.sleep(0.002)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize(("engine", "epochs", "kills"), [("eager", 260, 5), ("compiled", 4_000, 2)])
def test_a_killed_run_goes_on_to_the_same_bits(table, tmp_path, engine, epochs, kills):
    if engine == "compiled":
        needs("jax")
    file = network_file(table, epochs, engine, f"{engine}.toml")
    whole, quiet = (
        tmp_path / "whole",
        {"stdout": subprocess.DEVNULL, "env": without_plots(tmp_path)},
    )
    subprocess.run(command(file, "--run", whole), check=True, **quiet)
    expected = outcome(whole)
    assert len(expected[1]) == epochs
    draw = random.Random(7)
    cut = 0
    for k in range(kills):
        run = tmp_path / f"run{k}"
        process = subprocess.Popen(command(file, "--run", run), stderr=subprocess.DEVNULL, **quiet)
        # The first is killed before there is anything; the others after some rows, anywhere.
        wait_for_rows(process, run, 0 if k == 0 else draw.randint(1, int(0.9 * epochs)))
        time.sleep(draw.uniform(0.0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.wait()
        cut += not (run / "metrics.json").exists()
        # A kill before there was anything: the file is named too, so that it starts from there.
        subprocess.run(command(file, "--resume", run), check=True, **quiet)
        model, rows = outcome(run)
        assert model == expected[0], f"kill {k}"
        assert rows == expected[1], f"kill {k}"
    assert cut >= kills // 2, "the kills came too late to show anything"


def test_what_a_folder_holds(table, tmp_path, capsys):
    file = network_file(table, 6, "eager")
    run = tmp_path / "run"
    assert main(["train", file, "--run", str(run), "--set", "training.seed=5"]) == 0
    said = capsys.readouterr()
    assert "kind (classification into 2 classes: no, yes)" in said.err
    assert "to be beaten: always" in said.err
    assert str(run / "model.safetensors") in said.out
    config = json.loads((run / "config.json").read_text("utf-8"))
    assert config["tables"]["training"]["seed"] == 5
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    assert set(metrics["measures"]) >= {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert json.loads((run / "environment.json").read_text("utf-8"))["versions"]["numpy"]
    net = wg.load(run)
    assert set(net.predict(table / "data.csv")) <= {"yes", "no"}
    assert not [p for p in run.iterdir() if p.name.endswith(".part")]
    needs("matplotlib")
    pictures = {p.name for p in (run / "plots").iterdir()}
    assert pictures == {
        "performance.png", "training_state.png", "gradients.png", "confusion.png"
    }  # fmt: skip


def test_predict_and_evaluate(table, tmp_path, capsys):
    file = network_file(table, 40, "eager")
    run = tmp_path / "run"
    main(["train", file, "--run", str(run), "--quiet"])
    capsys.readouterr()
    assert main(["evaluate", str(run), "--format", "json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["rows"] == 24
    assert scores["accuracy"] == np.trace(scores["confusion"]) / 24
    assert scores["accuracy"] > 0.7
    assert main(["evaluate", str(run), str(table / "data.csv"), "--format", "json"]) == 0
    heard = capsys.readouterr()
    assert "112 of 160 rows are among those it was trained on" in heard.err
    out = tmp_path / "out.csv"
    assert main(["predict", str(run), str(table / "data.csv"), "-o", str(out)]) == 0
    lines = out.read_text("utf-8").splitlines()
    assert lines[0] == "kind,p(no),p(yes)"
    assert len(lines) == 161
    label, *chances = lines[1].split(",")
    assert label == ["no", "yes"][int(float(chances[1]) > 0.5)]


def test_resume_is_refused_where_it_would_not_be_the_same(table, tmp_path, capsys):
    file = network_file(table, 3, "eager")
    run = tmp_path / "run"
    assert main(["train", file, "--run", str(run), "--quiet"]) == 0
    assert main(["train", file, "--run", str(run), "--quiet"]) == 2
    assert "a run never overwrites another" in capsys.readouterr().err
    assert main(["train", "--resume", str(tmp_path / "none")]) == 2
    assert "no run in" in capsys.readouterr().err
    assert main(["train", "--resume", str(run), "--set", "training.seed=1"]) == 2
    assert "options that it was begun with" in capsys.readouterr().err
    config = json.loads((run / "config.json").read_text("utf-8"))
    config["tables"]["network"]["hidden"] = [13]
    (run / "config.json").write_text(json.dumps(config), "utf-8")
    assert main(["train", "--resume", str(run)]) == 2
    assert "checkpoint is of another training" in capsys.readouterr().err
    config["digest"] = "0"
    (run / "config.json").write_text(json.dumps(config), "utf-8")
    assert main(["train", "--resume", str(run)]) == 2
    assert "data have changed" in capsys.readouterr().err


def test_python_resumes_too(tmp_path):
    needs("safetensors")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4))
    y = (x @ [1.0, -2, 0.5, 0] > 0).astype(int)
    net = wg.mlp([4, 6, 2], loss="softmax_cross_entropy", activation="tanh")
    options = {"optimizer": "momentum", "batch_size": 8, "epochs": 30, "quiet": True, "seed": 1}
    whole = wg.train(net, x, y, run=tmp_path / "whole", **options)

    def cut(row):
        if row["epoch"] == 1:
            time.sleep(0.5)
        return 1 / 0 if row["epoch"] == 17 else None

    with pytest.raises(ZeroDivisionError):
        wg.train(net, x, y, run=tmp_path / "cut", callbacks=[cut], **options)
    again = wg.train(net, x, y, run=tmp_path / "cut", resume=True, **options)
    assert len(again.history) == 30
    assert again.history[-1]["seconds"] > 0.5, "the seconds before the cut are forgotten"
    for name in whole.parameters:
        np.testing.assert_array_equal(again.parameters[name], whole.parameters[name])


def test_a_damaged_model_is_named(table, tmp_path, capsys):
    file = network_file(table, 2, "eager")
    run = tmp_path / "run"
    main(["train", file, "--run", str(run), "--quiet"])
    model = run / "model.safetensors"
    whole = model.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"\xff" * 100, whole[:200]):
        model.write_bytes(damaged)
        assert main(["predict", str(run), str(table / "data.csv")]) == 2
        assert "damaged, or no model" in capsys.readouterr().err


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    disk.write_whole(path, b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        disk.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
