"""For users of MATLAB's toolbox: networks, files, divisions, presets, names as they know them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.data.table import read
from whygrad.errors import ConfigError, DataError, ShapeError

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
        ((W, V), {"transfer": ["tansig", "hardlim"]}, ConfigError, "no activation 'hardlim'"),
        ((cell([[W, W]]), V), {}, ConfigError, r"weights IW\{1,2\}"),
        (
            (cell([[W], [None]]), cell([[None, None], [V, np.ones((1, 1))]])),
            {}, ConfigError, r"weights LW\{2,2\}",
        ),
        ((W, V), {"input": {"name": "processpca", "transform": W}}, ConfigError, "processpca"),
        ((W, V), {"input": minmax(X[:2])}, ShapeError, "settings of 2 rows for 3"),
        ((W, V), {"output": {"keep": [1], "remove": [2]}}, DataError, "do not go together"),
        ((W * np.nan, V), {}, DataError, "finite numbers"),
        (([["a"]], V), {}, DataError, "must be a matrix"),
        ((W, V), {"input": 3}, ConfigError, "Settings are a dict"),
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
