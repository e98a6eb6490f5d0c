"""A run's folder is followed while it trains, and whatever lies in it does no harm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.cli import main
from whygrad.errors import ConfigError
from whygrad.models import storage
from whygrad.web import lesson, runs

needs("safetensors")

NETWORK = """\
[network]
layers = [2, 3, 1]
seed = 4
[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[0], [1], [1], [0]]
[training]
learning_rate = 1.0
epochs = 30
"""


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A run that has ended; not to be changed."""
    folder = tmp_path_factory.mktemp("ended")
    (folder / "xor.toml").write_text(NETWORK, encoding="utf-8")
    assert main(["train", str(folder / "xor.toml"), "--run", str(folder / "run"), "--quiet"]) == 0
    return folder / "run"


@pytest.fixture
def trained(ended, tmp_path):
    """A copy of that run, at the same times."""
    return shutil.copytree(ended, tmp_path / "run")


def test_a_run_that_has_ended(trained):
    found = runs.progress(trained)
    assert [row["epoch"] for row in found.rows] == list(range(1, 31))
    assert not found.live
    assert "30 epochs" in found.stop_reason
    assert found.changed == (trained / "model.safetensors").stat().st_mtime_ns
    model = wg.load(trained)
    for name, value in runs.parameters(trained).items():
        assert np.array_equal(value, model.parameters[name])
    assert runs.is_run(trained)
    assert not runs.is_run(trained.parent)


def test_only_what_is_new_is_given(trained):
    every = runs.progress(trained).rows
    new = runs.progress(trained, 28)
    assert (new.start, new.rows) == (28, every[28:])
    assert runs.progress(trained, 30).rows == []
    shorter = runs.progress(trained, 31)  # it was resumed, and cut back
    assert (shorter.start, shorter.rows) == (0, every)
    assert runs.progress(trained, -5).start == 0


def test_a_run_is_followed_while_it_trains(tmp_path):
    text = NETWORK.replace("epochs = 30", "epochs = 100000000")
    (tmp_path / "xor.toml").write_text(text, encoding="utf-8")
    command = ["train", "xor.toml", "--run", "run", "--quiet", "--set", "training.engine=eager"]
    training = subprocess.Popen([sys.executable, "-m", "whygrad", *command], cwd=tmp_path)
    folder = tmp_path / "run"
    try:
        first = waited(folder, lambda p: p.rows and p.changed)
        assert first.live
        later = waited(folder, lambda p: p.rows and p.changed != first.changed, len(first.rows))
        assert later.live
        assert later.start == len(first.rows)
        assert later.rows[0]["epoch"] == first.rows[-1]["epoch"] + 1
        shown = lesson.opened(folder)  # the network as it is now, on the run's own samples
        assert shown.run["live"]
        assert shown.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        begun = wg.load(tmp_path / "xor.toml").parameters["W1"]
        assert not np.array_equal(shown.network.parameters["W1"], begun)
    finally:
        training.terminate()
        training.wait(20)


def waited(folder, ready, since=0):
    """The progress as soon as it is as wanted."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = runs.progress(folder, since)
        if ready(found):
            return found
        time.sleep(0.05)
    raise AssertionError("the run does not go on")


def test_a_run_that_was_killed_counts_as_ended_after_a_while(trained):
    (trained / "metrics.json").unlink()
    assert runs.progress(trained).live
    for name in ("config.json", "history.jsonl", "checkpoint.safetensors"):
        os.utime(trained / name, (1e9, 1e9))
    assert not runs.progress(trained).live


def test_half_a_row_is_left_for_later(trained):
    history = trained / "history.jsonl"
    whole = history.read_bytes()
    lines = whole.splitlines(keepends=True)
    history.write_bytes(b"".join(lines[:10]) + lines[10][: len(lines[10]) // 2])
    assert len(runs.progress(trained).rows) == 10
    assert runs.progress(trained, 10).rows == []
    history.write_bytes(whole)
    assert len(runs.progress(trained, 10).rows) == 20


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"\x00\xff\xfe" * 100, b"[1, 2]\n", b"null\n", b"[" * 100_000, b'{"a":' * 50_000,
        b'{"loss": ' + b"9" * 10_000 + b"}\n", b'{"' + b"x" * 10_000 + b'": 1}\n',
        b'{"loss": {"a": [1]}}\n', json.dumps({f"c{k}": k for k in range(5000)}).encode(),
    ],
    ids=lambda garbage: garbage[:12].decode("latin-1"),
)  # fmt: skip
def test_garbage_is_no_history(trained, garbage):
    for name in ("history.jsonl", "metrics.json", "model.safetensors", "checkpoint.safetensors"):
        (trained / name).write_bytes(garbage)
    found = runs.progress(trained)
    assert found.rows == []
    assert found.best_epoch is None
    assert found.stop_reason is None
    assert runs.parameters(trained) == {}


def test_numbers_that_are_not_finite_arrive_as_text(trained):
    (trained / "history.jsonl").write_text('{"epoch": 1, "loss": "inf", "x": NaN, "y": 1e999}\n')
    found = runs.progress(trained).to_dict()
    assert found["rows"] == [{"epoch": 1, "loss": "inf", "x": "nan", "y": "inf"}]
    json.dumps(found, allow_nan=False)


def test_links_pipes_and_large_files_are_not_read(trained, tmp_path):
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"epoch": 1, "loss": 42}\n')
    history = trained / "history.jsonl"
    history.unlink()
    history.symlink_to(secret)
    assert runs.progress(trained).rows == []
    history.unlink()
    os.mkfifo(history)
    began = time.monotonic()
    assert runs.progress(trained).rows == []
    assert time.monotonic() - began < 1
    history.unlink()
    history.mkdir()
    assert runs.progress(trained).rows == []
    history.rmdir()
    with open(history, "wb") as file:  # sparse: it takes no room
        file.truncate(runs.LARGEST + 1)
    assert runs.progress(trained).rows == []
    model = trained / "model.safetensors"
    model.rename(trained / "elsewhere")
    model.symlink_to(trained / "elsewhere")
    kept = storage.unpacked(trained / "checkpoint.safetensors")[0]
    assert np.array_equal(runs.parameters(trained)["W1"], kept["p/W1"])


def test_remarks_are_words_of_sensible_length(trained):
    said = {"remarks": ["half of layer 1 is dead", 3, None, "x" * 10**6], "trouble": "loss is nan"}
    (trained / "metrics.json").write_text(json.dumps(said))
    first, long, last = runs.progress(trained).remarks
    assert (first, last) == ("half of layer 1 is dead", "loss is nan")
    assert len(long) < 10_000


HALF = {"epoch": 1, "lo\ud800ss": 1, "note": "\udfff!"}


def test_halves_of_signs_arrive_as_signs_that_can_be_written(trained, tmp_path):
    """JSON may hold half of a pair, a file's name any bytes; a page is UTF-8."""
    (trained / "history.jsonl").write_text(json.dumps(HALF) + "\n")
    said = {"remarks": ["a\ud800"], "stop_reason": "b\udc00", "trouble": "c\ud83d"}
    (trained / "metrics.json").write_text(json.dumps(said))
    found = runs.progress(trained)
    assert found.rows == [{"epoch": 1, "lo\ufffdss": 1, "note": "\ufffd!"}]
    assert (found.remarks, found.stop_reason) == (["a\ufffd", "c\ufffd"], "b\ufffd")
    try:
        odd = trained.rename(tmp_path / os.fsdecode(b"a\xffb"))
    except OSError:
        pytest.skip("this file system has only names in UTF-8")
    page = tmp_path / "page.html"
    assert main(["report", str(odd), "-o", str(page)]) == 0
    assert "a\ufffdb" in page.read_text("utf-8")
    file = tmp_path / os.fsdecode(b"c\xffd.toml")
    file.write_text(NETWORK, encoding="utf-8")
    assert main(["report", str(file), "-o", str(page)]) == 0
    assert "c\ufffdd" in page.read_text("utf-8")


def test_a_model_that_is_linked_to_is_not_followed(trained, tmp_path):
    model = trained / "model.safetensors"
    other = wg.mlp([2, 3, 1], seed=99)
    storage.save(other, tmp_path / "elsewhere.safetensors")
    model.unlink()
    model.symlink_to(tmp_path / "elsewhere.safetensors")
    kept = storage.unpacked(trained / "checkpoint.safetensors")[0]
    assert np.array_equal(lesson.opened(trained).network.parameters["W1"], kept["p/W1"])


@pytest.mark.parametrize("garbage", [b"", b"\x00" * 100, b"{}"])
def test_of_a_damaged_model_the_checkpoint_is_taken(trained, garbage):
    (trained / "model.safetensors").write_bytes(garbage)
    kept = storage.unpacked(trained / "checkpoint.safetensors")[0]
    assert np.array_equal(lesson.opened(trained).network.parameters["W1"], kept["p/W1"])
    (trained / "config.json").write_text("{}")  # begun from Python: nothing else knows its network
    with pytest.raises(ConfigError, match="damaged"):
        lesson.opened(trained)


def test_a_model_whose_network_is_no_json_is_damaged(tmp_path):
    from safetensors.numpy import save_file

    path = tmp_path / "model.safetensors"
    for text in ("{", "[" * 100_000, '"\\ud800"'):
        save_file({"W1": np.zeros((1, 1))}, path, metadata={"whygrad": text})
        with pytest.raises(ConfigError):
            storage.load(path)
