"""For users of MATLAB's toolbox: networks, files, divisions, presets, names as they know them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.cli import main
from whygrad.data.split import divided
from whygrad.data.table import read
from whygrad.errors import ConfigError, DataError, ShapeError
from whygrad.files.config import read as read_file
from whygrad.training.algorithms import NEAREST, canonical
from whygrad.training.plots.offer import OFFERS
from whygrad.training.presets import PRESETS, preset
from whygrad.training.record import Record

ROOT = Path(__file__).parent.parent

# ---- a trained network --------------------------------------------------------------------------


def mapminmax_apply(x, settings):
    """As genFunction prints it; x (rows, samples)."""
    y = x - settings["xoffset"]
    y = y * settings["gain"]
    return y + settings["ymin"]


def mapminmax_reverse(y, settings):
    x = y - settings["ymin"]
    x = x / settings["gain"]
    return x + settings["xoffset"]


def mapstd_apply(x, settings):
    return (x - settings["xoffset"]) * settings["gain"] + settings["ymean"]


def mapstd_reverse(y, settings):
    return (y - settings["ymean"]) / settings["gain"] + settings["xoffset"]


def softmax_apply(n):
    n = n - n.max(axis=0)
    numerator = np.exp(n)
    return numerator / numerator.sum(axis=0)


APPLIED = {
    "tansig": lambda n: 2 / (1 + np.exp(-2 * n)) - 1,
    "logsig": lambda n: 1 / (1 + np.exp(-n)),
    "purelin": lambda n: n,
    "poslin": lambda n: np.where(n < 0, 0, n),
    "satlin": lambda n: np.clip(n, 0, 1),
    "satlins": lambda n: np.clip(n, -1, 1),
    "radbas": lambda n: np.exp(-n * n),
    "tribas": lambda n: np.maximum(0, 1 - np.abs(n)),
    "elliotsig": lambda n: n / (1 + np.abs(n)),
    "elliot2sig": lambda n: n * np.abs(n) / (1 + n * n),
    "netinv": lambda n: 1 / n,
    "softmax": softmax_apply,
}


def minmax(x):
    """The settings that mapminmax makes of x (rows, samples), in a column each."""
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    return {
        "name": "mapminmax", "xrows": float(len(x)), "xmax": high, "xmin": low,
        "xrange": high - low, "yrows": float(len(x)), "ymax": 1.0, "ymin": -1.0, "yrange": 2.0,
        "gain": 2 / (high - low), "xoffset": low, "no_change": False,
    }  # fmt: skip


def standard(x):
    mean, std = x.mean(axis=1, keepdims=True), x.std(axis=1, ddof=1, keepdims=True)
    return {
        "name": "mapstd", "xrows": float(len(x)), "xmean": mean, "xstd": std, "ymean": 0.0,
        "ystd": 1.0, "gain": 1 / std, "xoffset": mean, "no_change": False,
    }  # fmt: skip


def simulated(x, layers, names, apply=lambda x: x, reverse=lambda y: y):
    """What a function that genFunction printed gives for x (inputs, samples)."""
    a = apply(x)
    for (W, b), name in zip(layers, names, strict=True):
        a = APPLIED[name](np.tile(b[:, None], (1, x.shape[1])) + W @ a)
    return reverse(a)


def drawn(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(n, m)), rng.normal(size=n)) for m, n in pairwise(sizes)]


X = np.random.default_rng(7).uniform([-3, 100, 0], [5, 900, 1e-3], (40, 3)).T  # (inputs, samples)
T = np.vstack([X[0] * 40 + 7, np.sin(X[1] / 200)])


def given(layers):
    weights, biases = zip(*layers, strict=True)
    return weights[0], list(weights[1:]), list(biases)


@pytest.mark.parametrize("hidden", [n for n in APPLIED if n != "softmax"])
def test_a_network_predicts_as_its_generated_function(hidden):
    layers, names = drawn(3, 5, 2), [hidden, "purelin"]
    inputs, outputs = minmax(X), minmax(T)
    net = wg.from_matlab(*given(layers), input=inputs, output=outputs, transfer=names)
    wanted = simulated(
        X, layers, names,
        lambda x: mapminmax_apply(x, inputs), lambda y: mapminmax_reverse(y, outputs),
    )  # fmt: skip
    np.testing.assert_allclose(net.predict(X.T), wanted.T, rtol=1e-11)


def test_settings_may_be_given_in_every_form():
    layers = drawn(3, 4, 4, 2)
    names = ["tansig", "logsig", "purelin"]
    inputs, outputs = standard(X), minmax(T)
    wanted = simulated(
        X, layers, names,
        lambda x: mapstd_apply(x, inputs), lambda y: mapminmax_reverse(y, outputs),
    )  # fmt: skip
    forms = (
        (inputs, outputs),
        ({k: inputs[k] for k in ("xmean", "xstd")}, {k: outputs[k] for k in ("xmin", "xmax")}),
        ([{k: inputs[k] for k in ("gain", "xoffset", "ymean")}], outputs),
        ({"name": ["mapstd"], "settings": [inputs]}, [outputs]),
    )
    for one, other in forms:
        net = wg.from_matlab(*given(layers), input=one, output=other, transfer=names)
        np.testing.assert_allclose(net.predict(X.T), wanted.T, rtol=1e-11)
    assert wg.from_matlab(*given(layers)).activations[1].name == "tanh"


def test_a_classifier_and_a_network_of_one_layer():
    layers = drawn(3, 4, 3)
    net = wg.from_matlab(*given(layers), transfer=["tansig", "softmax"])
    np.testing.assert_allclose(
        net.predict(X.T / 100), simulated(X / 100, layers, ["tansig", "softmax"]).T, rtol=1e-11
    )
    assert net.loss == "softmax_cross_entropy"
    one = wg.from_matlab(layers[0][0], b=[layers[0][1]], input=minmax(X))
    wanted = simulated(X, layers[:1], ["purelin"], lambda x: mapminmax_apply(x, minmax(X)))
    np.testing.assert_allclose(one.predict(X.T), wanted.T, rtol=1e-11)
    bare = wg.from_matlab(layers[0][0])
    assert bare.bias == "none"
    np.testing.assert_allclose(bare.predict(X.T), X.T @ layers[0][0].T, rtol=1e-11)


def test_rows_that_were_removed_come_back():
    x = np.vstack([X[0], np.full(40, 3.5), X[1:]])
    t = np.vstack([np.full(40, -2.0), T])
    kept = {"keep": np.array([1.0, 3, 4]), "remove": np.array([2.0]), "value": np.array([3.5]),
            "xrows": 4.0, "no_change": False}  # fmt: skip
    behind = {"keep": np.array([2.0, 3]), "remove": np.array([1.0]), "value": np.array([-2.0]),
              "xrows": 3.0}  # fmt: skip
    inputs, outputs = minmax(X), minmax(T)
    for last in ("purelin", "logsig"):
        layers, names = drawn(3, 5, 2), ["tansig", last]
        net = wg.from_matlab(
            *given(layers), transfer=names, input=[kept, inputs], output=[behind, outputs]
        )

        def reverse(y):
            return np.vstack([np.full(40, -2.0), mapminmax_reverse(y, outputs)])

        wanted = simulated(
            x, layers, names, lambda x: mapminmax_apply(x[[0, 2, 3]], inputs), reverse
        )
        np.testing.assert_allclose(net.predict(x.T), wanted.T, rtol=1e-11)
    assert t.shape == wanted.shape
    for printed in ({"keep": [1, 3, 4]}, {"keep": [1, 3, 4], "xrows": 4}):
        again = wg.from_matlab(
            *given(layers), transfer=names, input=[printed, inputs], output=[behind, outputs]
        )
        np.testing.assert_allclose(again.predict(x.T), wanted.T, rtol=1e-11)


def cell(rows):
    """A cell array; an empty place is []."""
    array = np.empty((len(rows), len(rows[0])), object)
    for k, row in enumerate(rows):
        for j, value in enumerate(row):
            array[k, j] = np.zeros((0, 0)) if value is None else value
    return array


def test_the_file_that_the_pages_lines_save(tmp_path):
    savemat = needs("scipy.io").savemat
    layers, names = drawn(3, 5, 4, 2), ["tansig", "logsig", "purelin"]
    inputs, outputs = minmax(X), minmax(T)
    everything = {
        "max_range": 0.0, "keep": np.arange(1.0, 4)[None], "remove": np.zeros((1, 0)),
        "value": np.zeros((0, 1)), "xrows": 3.0, "yrows": 3.0, "no_change": True,
    }  # fmt: skip
    (W1, b1), (W2, b2), (W3, b3) = layers
    functions = cell([["removeconstantrows", "mapminmax"]])
    savemat(
        tmp_path / "net.mat",
        {
            "IW": cell([[W1], [None], [None]]),
            "LW": cell([[None, None, None], [W2, None, None], [None, W3, None]]),
            "b": cell([[b1[:, None]], [b2[:, None]], [b3[:, None]]]),
            "transfer": cell([[n] for n in names]),
            "input": {"name": functions, "settings": cell([[everything, inputs]])},
            "output": {"name": cell([["mapminmax"]]), "settings": cell([[outputs]])},
        },
    )
    net = wg.from_matlab(tmp_path / "net.mat")
    wanted = simulated(
        X, layers, names,
        lambda x: mapminmax_apply(x, inputs), lambda y: mapminmax_reverse(y, outputs),
    )  # fmt: skip
    np.testing.assert_allclose(net.predict(X.T), wanted.T, rtol=1e-11)
    net.save(tmp_path / "net.safetensors")
    again = wg.load(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(again.predict(X.T), net.predict(X.T))
    savemat(tmp_path / "other.mat", {"x": X})
    with pytest.raises(DataError, match="no network that was saved"):
        wg.from_matlab(tmp_path / "other.mat")


W, V = np.ones((2, 3)), np.ones((1, 2))


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        ((W, np.ones((1, 4))), {}, ShapeError, r"LW\{2,1\} does not fit layer 1"),
        ((W, V, [np.ones(2), np.ones(3)]), {}, ShapeError, r"b\{2\} does not fit"),
        ((W, V, [np.ones(2)]), {}, ShapeError, "a bias and a transfer function a layer"),
        ((W, V), {"transfer": "tansig"}, ShapeError, r"transfer = \['tansig'\]"),
        ((W, V), {"transfer": ["tansig", "hardlim"]}, ConfigError, "'hardlim' is no activation"),
        ((cell([[W, W]]), V), {}, ConfigError, r"weights IW\{1,2\}"),
        (
            (cell([[W], [None]]), cell([[None, None], [V, np.ones((1, 1))]])),
            {}, ConfigError, r"weights LW\{2,2\}",
        ),
        ((W, V), {"input": {"name": "processpca", "transform": W}}, ConfigError, "processpca"),
        ((W, V), {"input": minmax(X[:2])}, ShapeError, "settings of 2 rows for 3"),
        ((W, V), {"output": {"keep": [1], "remove": [2]}}, DataError, "do not go together"),
        ((W, V), {"input": {"keep": [1, 3, 9], "xrows": 4}}, DataError, "do not go together"),
        ((W * np.nan, V), {}, DataError, "finite numbers"),
        (([["a"]], V), {}, DataError, "must be a matrix"),
        ((W, V), {"input": 3}, ConfigError, "Settings are a dict"),
        ((W, V), {"input": {"keep": [1, 2, 1e13]}}, DataError, "rows that nothing else tells of"),
        ((W, V), {"input": {"keep": [1], "xrows": 1e13}}, DataError, "rows that nothing else"),
        ((W, V), {"input": {"keep": [1], "xrows": np.inf}}, DataError, "xrows must be whole"),
        ((W, V), {"input": {"keep": [1], "xrows": -3}}, DataError, "xrows must be whole"),
        ((W, V), {"input": {"keep": [1], "xrows": []}}, DataError, "do not go together"),
        ((W, V), {"input": {"keep": ["a"]}}, DataError, "keep must be real numbers"),
        ((W, V), {"input": {"keep": [0, 1.5, 2]}}, DataError, "keep must be whole numbers from 1"),
        ((W, V), {"output": {"keep": [1], "remove": [2], "value": np.nan}}, DataError, "together"),
        ((W, V), {"input": {"gain": [1, 0, 1], "xoffset": [0, 0, 0]}}, DataError, "be undone"),
        ((W, V), {"input": {"gain": 1e-320, "xoffset": 0}}, DataError, "cannot be undone"),
        ((W, V), {"output": {"gain": [], "xoffset": []}}, ShapeError, "settings of 0 rows for 1"),
        (
            (W, V), {"output": {"xmin": 0, "xmax": 1, "ymin": 1, "ymax": 1}},
            DataError, "cannot be undone",
        ),
        ((W, V), {"output": {"xmean": [[1], [2, 3]], "xstd": 1}}, DataError, "must be real"),
        ((W, V, [["a"], [1]]), {}, DataError, "b must be real numbers"),
    ],
)  # fmt: skip
def test_what_is_no_such_network_is_refused(arguments, options, error, said):
    with pytest.raises(error, match=said):
        wg.from_matlab(*arguments, **options)


# ---- MAT files as tables ------------------------------------------------------------------------


@pytest.fixture
def mat(tmp_path):
    savemat = needs("scipy.io").savemat

    def written(**variables):
        savemat(tmp_path / "data.mat", variables)
        return tmp_path / "data.mat"

    return written


Y = T[:1]


@pytest.mark.parametrize(
    ("variables", "columns", "noted"),
    [
        ({"x": X, "t": Y}, ["x1", "x2", "x3", "t"], "turned: x is 3 × 40; t is 1 × 40"),
        ({"x": X.T, "t": Y.T}, ["x1", "x2", "x3", "t"], ""),
        ({"x": X, "t": Y.T}, ["x1", "x2", "x3", "t"], "turned"),
        ({"x": X[:1], "t": Y}, ["x", "t"], "turned"),
        ({"x": X[:1].T, "t": Y.T}, ["x", "t"], ""),
        ({"x": X, "t": T, "n": 5.0}, ["x1", "x2", "x3", "t1", "t2"], "n is a single number"),
        ({"x": X[:, :3], "t": Y[:, :3]}, ["x1", "x2", "x3", "t"], "turned"),
    ],
)
def test_a_mat_file_is_a_table_of_rows(mat, variables, columns, noted):
    table = read(mat(**variables))
    assert list(table.columns) == columns
    assert table.rows == max(variables["t"].shape)
    np.testing.assert_array_equal(table.column(columns[0]).values, X[0, : table.rows])
    assert any(noted in note for note in table.notes) if noted else not table.notes


def test_what_was_done_to_a_mat_file_is_said(mat, capsys):
    wg.train(mat(x=X, t=Y), target="t", hidden=[2], epochs=1)
    assert "a column a sample, as in MATLAB, turned: x is 3 × 40" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"x": X, "t": Y[:, :5]}, "no number of samples in common"),
        ({"x": X, "c": cell([["a", "b"]])}, "'c' is a cell array"),
        ({"x": X, "s": {"a": 1.0}}, "'s' is a struct"),
        ({"x": X, "name": "car"}, "'name' is text"),
        ({"x": X * 1j}, "'x' is complex"),
        ({"x": np.zeros((2, 3, 4))}, "3 dimensions"),
        ({"x": np.zeros((0, 0))}, "'x' is empty"),
        ({"n": 3.0}, "has no samples"),
        ({"x": X, "x2": Y}, "two columns named 'x2'"),
    ],
)
def test_what_a_mat_file_cannot_be(mat, variables, said):
    with pytest.raises(DataError, match=said):
        read(mat(**variables))


def test_a_mat_file_of_another_format_is_named(tmp_path):
    hdf = b"MATLAB 7.3 MAT-file".ljust(124, b" ") + b"\x00\x02IM\x89HDF\r\n\x1a\n" + bytes(512)
    (tmp_path / "new.mat").write_bytes(hdf)
    with pytest.raises(ConfigError, match=r"version 7\.3"):
        read(tmp_path / "new.mat")
    (tmp_path / "damaged.mat").write_bytes(b"no such file" * 40)
    with pytest.raises(DataError, match="no MAT file, or damaged"):
        read(tmp_path / "damaged.mat")


# ---- samples in columns -------------------------------------------------------------------------

ROWS, TARGETS = X.T[:, :2], (X[:1] + X[2:3]).T  # (samples, inputs), (samples, outputs)


@pytest.mark.parametrize(
    ("x", "y", "typed"),
    [
        (ROWS.T, TARGETS.T, "X.T, y.T"),
        (ROWS.T, TARGETS, "X.T, y"),
        (ROWS.T, TARGETS[:, 0], "X.T, y"),
        (ROWS, TARGETS.T, "X, y.T"),
    ],
)
def test_samples_in_columns_are_answered_with_what_to_type(x, y, typed):
    for train in (
        lambda: wg.train(x, y, preset="matlab"),
        lambda: wg.train(x, y, hidden=[3]),
        lambda: wg.train(wg.mlp([2, 3, 1]), x, y, learning_rate=0.1, epochs=1),
        lambda: wg.backprop(wg.mlp([2, 3, 1]), x.tolist(), y.tolist()),
    ):
        with pytest.raises(ShapeError, match=rf"in the columns of the .*\n.*\n.*\n.*: {typed}$"):
            train()


def test_one_input_and_one_output_in_columns():
    with pytest.raises(ShapeError, match=r"X\.T, y\.T"):
        wg.train(X[:1], Y, preset="matlab")
    with pytest.raises(ShapeError, match=r"shape \(2, 40\)(.|\n)*try: X\.T"):
        wg.mlp([2, 3, 1]).predict(ROWS.T)


# ---- divisions ----------------------------------------------------------------------------------


def test_every_way_to_divide_uses_each_row_once():
    for how in ("random", "block", "interleaved"):
        for shares in ((0.7, 0.15, 0.15), (0.6, 0.4), (1.0, 0.0, 0.0)):
            parts = divided(41, shares, 3, how)
            assert sorted(np.concatenate(parts)) == list(range(41))
            for part, share in zip(parts, shares, strict=True):
                assert abs(len(part) - share * 41) <= 1
                assert (np.diff(part) > 0).all()


def test_blocks_stand_in_a_row_and_interleaved_parts_are_spread():
    train, validation, test = divided(100, (0.7, 0.15, 0.15), 0, "block")
    assert (train[-1], validation[0], validation[-1], test[0], test[-1]) == (69, 70, 84, 85, 99)
    shares = (0.6, 0.2, 0.2)
    for part, share in zip(divided(100, shares, 0, "interleaved"), shares, strict=True):
        gaps = np.diff(part)
        assert gaps.max() <= np.ceil(1 / share) + 1
        assert part[0] < 1 / share
        assert part[-1] >= 99 - 1 / share


SAID = {"train": range(20), "validation": [30, 21, 25], "test": np.arange(31, 36)}
NAMES = {
    "dividerand": "random", "divideblock": "block", "divideint": "interleaved",
    "dividetrain": "none",
}  # fmt: skip


@pytest.mark.parametrize("divide", [*NAMES, SAID], ids=str)
def test_which_row_became_which_part_is_on_the_run(divide):
    shares = {} if isinstance(divide, dict) or divide == "dividetrain" else SHARES
    run = wg.train(
        wg.mlp([2, 3, 1], output_activation="identity"), ROWS, TARGETS, divide=divide,
        optimizer="adam", epochs=2, scale="none", quiet=True, **shares,
    )  # fmt: skip
    if divide == "dividetrain":
        assert run.parts is None
        return
    if isinstance(divide, dict):
        wanted = [np.sort(rows) for rows in divide.values()]
    else:
        wanted = divided(40, (0.7, 0.15, 0.15), 0, NAMES[divide])
    for name, rows in zip(("train", "validation", "test"), wanted, strict=True):
        np.testing.assert_array_equal(run.parts[name], rows)
        np.testing.assert_array_equal(run.sets[name][0], ROWS[rows])
    out = run.model.predict(ROWS[run.parts["test"]])
    half = 0.5 * ((out - TARGETS[run.parts["test"]]) ** 2).mean()
    best = run.history[run.best_epoch - 1]
    assert best["test_loss"] == pytest.approx(half)
    assert run.samples[0].shape == (len(wanted[0]), 2)


SHARES = {"validation": 0.15, "test": 0.15}


def test_nothing_stops_early_where_nothing_validates():
    for rows, best in (({"train": range(30)}, None), (SAID, 2)):
        run = wg.train(ROWS, TARGETS, hidden=[3], epochs=2, divide=rows, quiet=True)
        assert run.best_epoch == best
        assert ("val_loss" in run.history[0]) == (best is not None)


def test_tables_and_files_are_divided_alike(mat, tmp_path):
    table = {"a": X[0], "b": X[1], "y": Y[0]}
    how = {"target": "y", "hidden": [3], "epochs": 2, "split": [0.5, 0.25, 0.25], "quiet": True}
    run = wg.train(table, divide="block", **how)
    assert run.parts["validation"].tolist() == list(range(20, 30))
    assert run.parts["test"].tolist() == list(range(30, 40))
    np.testing.assert_allclose(
        run.model.preparation.inputs.shift, [X[0, :20].mean(), X[1, :20].mean()], rtol=1e-6
    )
    arrays = wg.train(
        np.stack([X[0], X[1]], 1), Y[0], divide="divideblock", **how | {"target": None}
    )
    np.testing.assert_array_equal(arrays.parts["test"], run.parts["test"])
    mat(x=X, t=Y)
    (tmp_path / "own.toml").write_text(
        '[data]\nfile = "data.mat"\ntarget = "t"\n[data.divide]\ntrain = [0, 1, 2, 3, 4, 5]\n'
        "validation = [6, 7]\ntest = [38]\n[training]\nepochs = 2\n",
        "utf-8",
    )
    problem = read_file(tmp_path / "own.toml").problem
    assert [v.tolist() for v in problem.parts.values()] == [[0, 1, 2, 3, 4, 5], [6, 7], [38]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"divide": "block", "iterations": 5}, "not which share is held back"),
        ({"divide": "divideind"}, "divideind needs the rows of each part"),
        ({"divide": "divint"}, "did you mean 'divideint'"),
        ({"divide": {"train": [0, 1], "test": [40]}}, "MATLAB's indices minus 1"),
        ({"divide": {"train": [0, 1], "test": [1]}}, "the row 1 twice"),
        ({"divide": {"validation": [1]}}, "no rows that train"),
        ({"divide": {"train": [0.5]}}, "whole numbers"),
        ({"divide": {"train": [0], "val": [1]}}, "no part 'val'"),
        ({"divide": {"train": [0]}, "validation": 0.2}, "validation and divide both say"),
        ({"divide": "dividetrain", "test": 0.2}, "test and divide both say"),
        ({"validation": 0.6, "test": 0.4}, "No samples are left to train"),
        ({"test": 1.5}, "test is a share"),
        ({"divide": "block", "stratify": True}, "stratify goes with random"),
        ({"divide": "block", "split": [0.5, 0.5, 0.5]}, "they sum to 1"),
        ({"split": [0.5, 0.5], "test": 0.1}, "split and test both say"),
    ],
)
def test_divisions_that_cannot_be_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        wg.train(ROWS, TARGETS, hidden=[3], quiet=True, **options)


# ---- presets and names --------------------------------------------------------------------------


def test_the_presets_are_the_toolboxs_networks():
    needs("jax")
    whole = np.round(TARGETS).astype(int)
    run = wg.train(ROWS, whole, preset="feedforwardnet", quiet=True, epochs=20)
    assert run.model.layers == (2, 10, 1)
    assert [a.name for a in run.model.activations] == ["tanh", "identity"]
    scaled = run.model.preparation
    assert scaled.inputs.kind == scaled.targets.kind == "minmax"
    assert np.sqrt(((run.model.predict(ROWS) - whole) ** 2).mean()) < 0.3 * whole.std()
    sizes = {name: len(rows) for name, rows in run.parts.items()}
    assert sizes == {"train": 28, "validation": 6, "test": 6}
    assert "mu" in run.history[-1]
    assert PRESETS["matlab"] is PRESETS["fitnet"] is PRESETS["feedforwardnet"]


def test_patterns_are_told_apart():
    needs("jax")
    classes = np.where(ROWS[:, 0] > 1, "large", "small")
    run = wg.train(ROWS, classes, preset="patternnet", quiet=True, epochs=20)
    assert run.model.layers == (2, 10, 2)
    assert run.model.loss == "softmax_cross_entropy"
    assert (run.model.predict(ROWS) == classes).mean() > 0.9
    numbers = wg.train(  # as MATLAB has all numbers
        ROWS,
        (classes == "large") + 1.0,
        preset="patternnet",
        optimizer="adam",
        epochs=2,
        quiet=True,
    )
    assert numbers.model.preparation.classes == (1, 2)
    both = np.stack([classes == "large", classes == "small"], 1).astype(float)  # as MATLAB has it
    again = wg.train(
        ROWS, both, preset="patternnet", divide="dividetrain", optimizer="adam",
        learning_rate=0.05, epochs=100, quiet=True,
    )  # fmt: skip
    assert again.model.layers == (2, 10, 2)
    assert (again.model.predict(ROWS).argmax(1) == both.argmax(1)).mean() > 0.9


@pytest.mark.parametrize("name", APPLIED)
def test_transfer_functions_are_known_by_their_names(name):
    n = np.array([[-2.0, -0.7, 0.2, 0.8, 3.0]])
    found = wg.ops.softmax(n.T, axis=0).T if name == "softmax" else getattr(wg.ops, name)(n)
    wanted = APPLIED[name](n.T).T if name == "softmax" else APPLIED[name](n)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    wg.mlp([2, 3, 2], activation=name, output_activation="purelin")


@pytest.mark.parametrize(
    ("loss", "total"),
    [
        ("mse", lambda e: (e**2).mean()),
        ("sse", lambda e: (e**2).sum()),
        ("mae", lambda e: np.abs(e).mean()),
    ],
)
def test_performance_functions(loss, total):
    net = wg.mlp([3, 4, 2], activation="tansig", output_activation="purelin", loss=loss, seed=2)
    x = X.T / 100
    miss = net.predict(x) - T.T
    assert wg.backprop(net, x, T.T).loss == pytest.approx(total(miss))
    assert wg.check(net, x[:5], T.T[:5]).ok
    assert wg.mlp([2, 3, 2], loss="crossentropy").loss == "softmax_cross_entropy"


def test_a_training_function_that_is_asked_for_is_the_one_that_trains(mat, tmp_path):
    rate = {"learning_rate": 0.05, "epochs": 2, "quiet": True}
    for name in ("traingd", "sgd", "traingdm"):
        run = wg.train(ROWS, TARGETS, preset="fitnet", optimizer=name, **rate)
        assert run.history[0]["learning_rate"] == 0.05
        assert "mu" not in run.history[0]
    with pytest.raises(ConfigError, match="learning_rate"):
        wg.train(ROWS, TARGETS, preset="fitnet", optimizer="traingd", quiet=True)
    with pytest.raises(ConfigError, match="the nearest one here: 'adam'"):
        wg.train(ROWS, TARGETS, preset="fitnet", optimizer="traingdx", quiet=True)
    mat(x=X, t=Y)
    for line, found in (('optimizer = "sgd"\nlearning_rate = 0.1', "sgd"), ("seed = 0", "adam")):
        (tmp_path / "own.toml").write_text(
            f'[data]\nfile = "data.mat"\ntarget = "t"\n[training]\n{line}\n', "utf-8"
        )
        assert read_file(tmp_path / "own.toml").training.optimizer == found


def test_a_mat_file_goes_all_the_way_on_the_command_line(mat, tmp_path, monkeypatch, capsys):
    needs("safetensors")
    monkeypatch.chdir(tmp_path)
    mat(x=X, t=Y)
    assert main(["init", "data.mat", "--target", "t"]) == 0
    (tmp_path / "data.toml").write_text(capsys.readouterr().out, "utf-8")
    options = ["--set", "training.epochs=2", "--set", "data.divide=divideblock"]
    assert main(["train", "data.toml", *options]) == 0
    said = capsys.readouterr()
    assert "a column a sample, as in MATLAB, turned: x is 3 × 40" in said.err
    assert main(["evaluate", "runs/data-1", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 6
    mat(x=X[:, :5])
    assert main(["predict", "runs/data-1", "data.mat"]) == 0
    said = capsys.readouterr()
    assert len(said.out.split()) == 6
    assert "turned: x is 3 × 5" in said.err
    model = wg.load("runs/data-1")
    np.testing.assert_array_equal(model.predict("data.mat"), model.predict({
        "x1": X[0, :5], "x2": X[1, :5], "x3": X[2, :5]}))  # fmt: skip


def test_a_network_from_matlab_is_trained_further_in_its_own_scaling():
    net = wg.from_matlab(*given(drawn(3, 4, 2)), input=minmax(X), output=minmax(T))
    run = wg.train(net, X.T, T.T, learning_rate=0.01, epochs=3, quiet=True)
    np.testing.assert_array_equal(
        run.model.preparation.inputs.factor, net.preparation.inputs.factor
    )
    first = wg.backprop(net, X.T, T.T).loss
    scaled = mapminmax_apply(net.predict(X.T).T, minmax(T)) - mapminmax_apply(T, minmax(T))
    assert first == pytest.approx((scaled**2).mean())
    assert run.history[0]["loss"] == pytest.approx(first)
    assert run.loss < first


# ---- the page -----------------------------------------------------------------------------------

PAGES = {name: (ROOT / "docs" / name).read_text("utf-8") for name in
         ("from-matlab.md", "from-matlab.zh.md")}  # fmt: skip


def words(text):
    return re.findall(r"[\w']+", " ".join(re.findall(r"`([^`]*)`", text)))


def row(page, start):
    """Both cells of the row of the table that begins with these words."""
    (line,) = re.findall(rf"^\| `{re.escape(start)}.*$", page, re.MULTILINE)
    return line.strip("| ").split(" | ")


def test_both_languages_have_the_same_page():
    english, chinese = PAGES.values()

    def codes(page):
        """Code, without what is written for people: in its comments and its prints."""
        found = re.findall(r"```(?:matlab|python)\n(.*?)```", page, re.DOTALL)
        plain = re.sub(
            r"(#|%).*|print\(.*|\.document.*|^ +max\(.*", "", "\n".join(found), flags=re.M
        )
        return plain.split()

    assert codes(english) == codes(chinese)
    left = [re.findall(r"^\| (.*?) \|", page, re.MULTILINE) for page in PAGES.values()]
    assert [words(cell) for cell in left[0]] == [words(cell) for cell in left[1]]
    for term in ("前向传播", "反向传播", "输入层", "隐含层", "输出层", "权重", "截距项", "偏置",
                 "学习速率", "总误差"):  # fmt: skip
        assert term in chinese


def test_the_names_of_the_pages_tables_are_known():
    page = PAGES["from-matlab.md"]
    functions = [*words(row(page, "tansig logsig")[0]), *words(row(page, "radbas tribas")[0])]
    assert set(functions) == set(APPLIED)
    for name, ours in zip(
        words(row(page, "trainlm trainbr")[0]),
        row(page, "trainlm trainbr")[1].split(": ")[1].split(", "),
        strict=True,
    ):
        assert canonical(name) == ours
    for start in ("trainbfg", "traingda"):
        names, (ours, *_) = row(page, start)[0], re.findall(r'"(\w+)"', row(page, start)[1])
        assert NEAREST[words(names)[0]] == ours
    for name in ("matlab", "feedforwardnet", "fitnet", "patternnet"):
        assert f'"{name}"' in page
        preset(name)
    for loss in re.findall(r'"(\w+)"', row(page, "mse`")[1] + row(page, "crossentropy`")[1]):
        wg.mlp([2, 3, 2], loss=loss, output_activation=None if loss[0] == "c" else "purelin")
    record = {f.name for f in fields(Record)}
    assert {w for w in words(row(page, "tr.best_epoch")[0]) if w != "tr"} <= record
    plots = re.findall(r'"(\w+)"', row(page, "plotperform")[1] + row(page, "plotregression")[1])
    assert {*plots} <= {*OFFERS}


# ---- targets that nobody cares about ------------------------------------------------------------


def test_unknown_targets_are_masked_where_data_size_the_network(tmp_path, monkeypatch, capsys):
    holes = np.stack([TARGETS[:, 0], ROWS[:, 0]], 1)
    holes[::5, 0] = np.nan
    how = {"hidden": [3], "epochs": 2, "quiet": True, "missing_targets": "mask"}
    run = wg.train(ROWS, holes, divide="dividetrain", **how)
    wanted = wg.train(
        wg.mlp([2, 3, 2], activation="relu", output_activation="identity", loss="mse"), ROWS, holes,
        optimizer="adam", learning_rate=0.003, batch_size=32, scale="standard", weight_decay=0.1,
        **{k: v for k, v in how.items() if k != "hidden"},
    )  # fmt: skip
    for name, array in wanted.parameters.items():
        np.testing.assert_array_equal(run.parameters[name], array)
    labels = np.where(ROWS[:, 0] > 1, 2.0, 1.0)
    labels[3:6] = np.nan
    sorted_out = wg.train(ROWS, labels, preset="patternnet", optimizer="adam", **how)
    assert sorted_out.model.preparation.classes == (1, 2)
    assert sorted(np.concatenate([*sorted_out.parts.values()])) == [0, 1, 2, *range(6, 40)]
    table = {"a": ROWS[:, 0], "b": ROWS[:, 1], "u": holes[:, 0]}
    weight = np.r_[0.0, 0.0, np.ones(38)]
    weighted = wg.train(table, target="u", divide="block", sample_weight=weight, **how)
    rows = [k for k in range(2, 40) if k % 5]
    assert [*np.concatenate([*weighted.parts.values()])] == rows
    assert {k: len(v) for k, v in weighted.parts.items()} == {
        k: len(x) for k, (x, _) in weighted.sets.items()
    }
    monkeypatch.chdir(tmp_path)
    words = ["" if np.isnan(v) else f"c{v:.0f}" for v in labels]
    lines = "".join(f"{a},{b},{w}\n" for (a, b), w in zip(ROWS, words, strict=True))
    (tmp_path / "holes.csv").write_text("a,b,c\n" + lines, "utf-8")
    command = ["train", "holes.csv", "--target", "c", "--set", "training.epochs=2"]
    assert main(command) == 2
    assert "the target 'c' has missing values" in capsys.readouterr().err
    needs("safetensors")
    assert main([*command, "--set", "training.missing_targets=mask"]) == 0
    assert main(["evaluate", "runs/holes-1", "holes.csv", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert "3 rows have no target: left out" in said.err
    assert '"rows": 37' in said.out
