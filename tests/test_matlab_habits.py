"""What users of MATLAB write as they are used to: it is taken, or answered with the new way."""

from __future__ import annotations

import json
import re
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

import whygrad as wg
from needs import needs
from whygrad.cli import main
from whygrad.data.table import read
from whygrad.equivalents import FIELDS, FUNCTIONS, OPTIONS
from whygrad.errors import ConfigError, DataError, NameUnknownError, ShapeError
from whygrad.files.config import parse
from whygrad.models.activations import activation, reach
from whygrad.training.algorithms import canonical
from whygrad.training.options import Options
from whygrad.training.problem import OrientationWarning

X = np.random.default_rng(0).uniform(0, 10, (80, 2))
FAR = 109 + 27 * np.sin(X[:, 0] / 3)  # targets that no bounded output reaches
INF = float("inf")


def small(output, inputs=2):
    return wg.mlp(
        [inputs, 4, 1], activation="tansig", output_activation=output, loss="mse",
        init="nguyen_widrow",
    )  # fmt: skip


# ---- targets and what outputs can be ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("tansig", -1, 1), ("logsig", 0, 1), ("satlin", 0, 1), ("elliotsig", -1, 1),
        ("purelin", -INF, INF), ("netinv", -INF, INF), ("log", -INF, INF), ("poslin", 0, INF),
        ("elu", -1, INF), ("sin", -1, 1), ("5 + tanh(x)", 4, 6), ("softmax", -INF, INF),
    ],
)  # fmt: skip
def test_the_reach_of_an_activation_is_read_off_its_rule(name, low, high):
    assert reach(activation(name)) == (low, high)


@pytest.mark.parametrize("output", ["tansig", "logsig", "satlins"])
def test_targets_go_to_where_a_bounded_output_reaches(output):
    run = wg.train(
        small(output), X, FAR, optimizer="trainlm", scale="minmax", epochs=60, quiet=True
    )
    low, high = (0, 1) if output == "logsig" else (-1, 1)
    ends = run.model.preparation.targets.scaled(np.array([[FAR.min()], [FAR.max()]]))
    np.testing.assert_allclose(ends.ravel(), [low, high], atol=1e-12)
    assert abs(run.model.predict(X)[:, 0] - FAR).max() < 3  # of 32
    preset = wg.train(
        X, FAR, preset="matlab", output_activation=output, divide="none", epochs=0, quiet=True
    )
    ends = preset.model.preparation.targets.scaled(np.array([[FAR.min()], [FAR.max()]]))
    np.testing.assert_allclose(ends.ravel(), [low, high], atol=1e-12)


def test_targets_within_reach_stay_and_those_that_stay_out_of_reach_are_refused():
    how = {"learning_rate": 0.1, "epochs": 1, "quiet": True}
    unit = (FAR - FAR.min()) / np.ptp(FAR)
    run = wg.train(small("logsig"), X, unit, scale="minmax", **how)
    assert run.model.preparation.targets is None
    with pytest.raises(DataError, match=r"sigmoid cannot reach(.|\n)*scale_targets = \"minmax\""):
        wg.train(small("logsig"), X, FAR, scale="standard", **how)
    for anyway in ({"scale": "standard", "scale_targets": "none"}, {"scale": "none"}):
        assert wg.train(small("logsig"), X, FAR, **anyway, **how).loss > 1e3
    negative = wg.train(small("poslin"), X, -FAR, scale="minmax", **how).model.preparation.targets
    np.testing.assert_allclose(negative.scaled(np.array([-FAR.max(), -FAR.min()])), [0, 1])


# ---- trained networks ---------------------------------------------------------------------------


def test_the_base_of_mapminmax_is_its_own_where_none_is_said():
    weight, settings = [[1.0, -2.0]], {"xoffset": [1.0, 2.0], "gain": [0.5, 0.25]}
    x = np.array([[3.0, 4.0]])
    net = wg.from_matlab(weight, input=settings)
    wanted = (0.5 * 2 - 1) * 1 + (0.25 * 2 - 1) * -2
    np.testing.assert_allclose(net.predict(x), [[wanted]])
    by_name = wg.from_matlab(weight, input={"name": ["mapstd"], "settings": [settings]})
    np.testing.assert_allclose(by_name.predict(x), [[0.5 * 2 - 2 * 0.25 * 2]])


# ---- options as they are written there ----------------------------------------------------------


def test_a_goal_of_zero_is_no_goal(tmp_path, monkeypatch, capsys):
    exact = X @ [1.0, -2.0]
    for optimizer in ("trainlm", "traingd"):
        how = {"optimizer": optimizer, "learning_rate": None if optimizer == "trainlm" else 0.001}
        runs = [
            wg.train(small("purelin"), X, exact, epochs=3, quiet=True, goal=goal, **how)
            for goal in (0.0, None)
        ]
        assert len({run.stop_reason for run in runs}) == 1
    with pytest.raises(ConfigError, match="goal"):
        wg.train(small("purelin"), X, exact, epochs=3, goal=-1)
    monkeypatch.chdir(tmp_path)
    lines = (f"{a},{b},{c}" for (a, b), c in zip(X, exact, strict=True))
    (tmp_path / "plane.csv").write_text("\n".join(("a,b,c", *lines)), "utf-8")
    command = ["train", "plane.csv", "--target", "c", "--preset", "matlab", "--quiet"]
    for said in ("network.hidden=3", "training.goal=0", "training.epochs=2"):
        command += ["--set", said]
    assert main(command) == 0
    assert "2-3-1" in str(wg.load("runs/plane-1"))


def test_one_hidden_layer_may_be_a_number():
    def trained(hidden):
        return wg.train(X, FAR, preset="matlab", hidden=hidden, epochs=1, quiet=True).parameters

    for name, wanted in trained([3]).items():
        np.testing.assert_array_equal(trained(3)[name], wanted)
    with pytest.raises(ConfigError, match=r"hidden = \[10\]"):
        trained("3")


@pytest.mark.parametrize("rows", [slice(0, 10), 5])
def test_parts_of_a_division_are_lists_of_rows(rows):
    with pytest.raises(ConfigError, match="'validation' must be a list of whole numbers"):
        wg.train(X, FAR, preset="matlab", divide={"train": range(20, 30), "validation": rows})


# ---- looking at a network -----------------------------------------------------------------------


def test_a_network_alone_has_a_page_that_says_what_stands_in():
    alone, seen = wg.view(small("purelin")), wg.view(small("purelin"), X[:2], FAR[:2])
    assert "stands in for them" in alone.html
    assert (alone.lesson.invented, seen.lesson.invented) == (True, False)
    for given in ((X,), (None, FAR)):
        with pytest.raises(DataError, match=r"not given(.|\n)*wg\.view\(net, x, y\)"):
            wg.view(small("purelin"), *given)


# ---- targets, files, rows -----------------------------------------------------------------------

CLASSES = np.eye(3)[np.digitize(X[:, 0], [3, 6])]  # rows of 0 and 1


@pytest.fixture
def mat(tmp_path, monkeypatch):
    savemat = needs("scipy.io").savemat
    monkeypatch.chdir(tmp_path)

    def written(name, **variables):
        savemat(tmp_path / f"{name}.mat", variables)
        return f"{name}.mat"

    return written


def test_rows_of_zero_and_one_in_a_file_are_classes(mat, capsys):
    needs("jax")
    mat("classes", x=X.T, t=CLASSES.T)
    command = ["train", "classes.mat", "--target", "t", "--preset", "patternnet"]
    assert main([*command, "--set", "training.epochs=20"]) == 0
    assert "classification into 3 classes: t1, t2, t3" in capsys.readouterr().err
    assert main(["evaluate", "runs/classes-1", "classes.mat", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    found = wg.load("runs/classes-1").predict("classes.mat")
    number = np.array([int(name[1:]) - 1 for name in found])
    right = metrics.accuracy_score(CLASSES.argmax(1), number)
    assert said["accuracy"] == pytest.approx(right)
    assert right > 0.6
    wanted = metrics.confusion_matrix(CLASSES.argmax(1), number)
    np.testing.assert_array_equal(said["confusion"], wanted)
    assert main(["predict", "runs/classes-1", "classes.mat"]) == 0
    assert capsys.readouterr().out.startswith("class,p(t1),p(t2),p(t3)\nt")
    several = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 0] > 3}
    with pytest.raises(DataError, match="2 targets were given for a classification"):
        wg.train(several, target=["a", "b"], task="classification")


def test_truth_values_are_rows_of_classes():
    how = {"preset": "patternnet", "optimizer": "adam", "epochs": 2, "quiet": True}
    runs = [wg.train(X, rows, **how) for rows in (CLASSES, CLASSES == 1, CLASSES.astype(int))]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.parameters["W1"], runs[0].parameters["W1"])
    one = wg.train(X, CLASSES[:, 0] == 1, **how)
    assert one.model.preparation.classes == (False, True)


@pytest.mark.parametrize(
    ("shape", "rows", "said"), [((80, 6), 80, "a row a sample"), ((6, 80), 80, "turned"),
                                ((6, 6), 6, "turned")],
)  # fmt: skip
def test_a_matrix_alone_has_its_samples_along_its_longer_side(mat, shape, rows, said):
    table = read(mat("alone", d=np.arange(np.prod(shape)).reshape(shape)))
    assert (table.rows, len(table.columns)) == (rows, 6)
    assert said in table.notes[0]
    apart = read(mat("apart", x=np.ones((7, 3)), t=np.ones((1, 3))))
    assert apart.rows == 3


def test_which_way_new_samples_stand_follows_from_the_columns_of_the_model(mat):
    data = np.c_[X, X @ [1, 2]]
    run = wg.train(mat("data", d=data), target="d3", preset="matlab", epochs=2, quiet=True)
    assert run.model.layers == (2, 10, 1)
    wanted = run.model.predict({"d1": X[:5, 0], "d2": X[:5, 1]})
    for few in (data[:5], data[:5].T, X[:5], X[:5].T, X[:1], X[:1].T):
        found = run.model.predict(mat("few", d=few))
        np.testing.assert_array_equal(found, wanted[: len(found)])
        assert len(found) in few.shape


def test_other_rows_of_the_targets_that_become_inputs_are_named(mat, capsys):
    how = {"preset": "matlab", "optimizer": "adam", "epochs": 1}
    file = mat("two", x=X.T, t=np.stack([FAR, -FAR]))
    assert wg.train(file, target="t1", **how).model.layers[0] == 3
    assert "of t, which has the target, t2 became inputs" in capsys.readouterr().err
    assert wg.train(file, target="t1", leave=["t2"], **how).model.layers[0] == 2
    assert wg.train(file, target="t", **how).model.layers == (2, 10, 2)
    assert "became inputs" not in capsys.readouterr().err


def test_rows_in_messages_are_counted_in_one_way(mat, tmp_path):
    holes = FAR.copy()
    holes[2] = np.nan
    (tmp_path / "h.csv").write_text("a,t\n1,2\n3,4\n5,\n7,8\n", "utf-8")
    for source, target, place in (
        ((X, holes), None, "row 3, counted from 1"),
        ((mat("h", x=X.T, t=holes[None]),), "t", "row 3, counted from 1"),
        ((str(tmp_path / "h.csv"),), "t", "line 4 of the file"),
    ):
        with pytest.raises(DataError, match=place):
            wg.train(*source, target=target, preset="matlab")
    with pytest.raises(DataError, match="row 3, column 1"):
        wg.train(small("purelin"), X, holes, learning_rate=0.1, epochs=1)
    inputs = {"a": np.r_[np.nan, X[1:, 0]], "b": X[:, 1], "t": FAR}
    for seed in (1, 2):  # whichever rows train
        with pytest.raises(DataError, match="row 1, counted from 1"):
            wg.train(inputs, target="t", missing="refuse", divide="block", seed=seed, epochs=1)


# ---- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("newff", 'preset="matlab"'), ("sim", r"run\.model\.predict"), ("premnmx", "minmax"),
        ("genFunction", r"wg\.export"), ("plotregression", r"run\.plot"), ("newrb", "one layer"),
        ("trainlm", 'optimizer="trainlm"'),
    ],
)  # fmt: skip
def test_functions_that_are_not_here_are_answered_with_the_new_way(name, instead):
    with pytest.raises(AttributeError, match=f"no attribute {name!r}; in its place: .*{instead}"):
        getattr(wg, name)


def test_names_that_nobody_has_are_not():
    with pytest.raises(AttributeError, match=r"no attribute 'nothing'$"):
        _ = wg.nothing
    assert not {*FUNCTIONS} & {*wg.__all__}
    record = wg.train(small("purelin"), X, FAR, learning_rate=1e-6, epochs=1, quiet=True).record
    with pytest.raises(AttributeError, match=r"'trainInd'; in its place: run\.parts\[\"train\"\]"):
        _ = record.trainInd
    assert not hasattr(record, "nothing")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("max_fail", "early_stopping = 6"), ("trainFcn", "optimizer ="), ("EW", "sample_weight"),
        ("trainRatio", "split ="), ("lr", "learning_rate"), ("rng", "seed = 1"),
    ],
)  # fmt: skip
def test_options_that_are_not_here_are_answered_with_the_new_way(name, instead):
    for first in ((X, FAR), (small("purelin"), X, FAR)):
        with pytest.raises(NameUnknownError, match=f"no option {name!r}(.|\n)*try: {instead}"):
            wg.train(*first, **{name: 1})


def test_options_and_names_elsewhere_are_answered_too():
    with pytest.raises(NameUnknownError, match=r"validation = 0\.15, test = 0\.15"):
        wg.train(small("purelin"), X, FAR, split=[0.7, 0.15, 0.15])
    with pytest.raises(ConfigError, match="blocks that fit the memory"):
        wg.train(small("purelin"), X, FAR, optimizer={"name": "trainlm", "mem_reduc": 2})
    with pytest.raises(ConfigError, match='init = "nguyen_widrow"'):
        wg.mlp([2, 3, 1], init="initnw")
    with pytest.raises(ConfigError, match=r'l2 = 0\.01, or optimizer = "trainbr"'):
        wg.mlp([2, 3, 1], loss="msereg")
    with pytest.raises(ConfigError, match="nearest one here: 'sgd'"):
        wg.train(small("purelin"), X, FAR, optimizer="trainru", epochs=1)
    with pytest.raises(ConfigError, match=r"unknown key 'max_fail'(.|\n)*early_stopping = 6"):
        parse("[network]\nlayers = [2, 1]\n[training]\nmax_fail = 6", "net.toml", Path())
    assert canonical("TRAINLM") == canonical({"name": "TrainLM"})["name"] == "lm"


def test_every_way_that_is_named_exists():
    run = wg.train(small("purelin"), X, FAR, learning_rate=1e-6, epochs=1, quiet=True)
    there = {"wg": wg, "run": run}
    for way in (*FUNCTIONS.values(), *FIELDS.values()):
        for owner, name in re.findall(r"\b(wg|run)\.([\w.]+)", way):
            found = there[owner]
            for part in name.split("."):
                found = getattr(found, part)
    options = {*Options.__struct_fields__, *signature(wg.train).parameters, "split"}
    options |= {*signature(wg.mlp).parameters}
    for way in OPTIONS.values():
        assert {*re.findall(r"(?<![\"\w])(\w+) = ", way)} - {"lr"} <= options


# ---- shapes and files that are not what they seem -----------------------------------------------


def test_shapes_that_fit_both_ways_are_asked_about():
    how = {"preset": "matlab", "optimizer": "adam", "epochs": 1, "quiet": True, "divide": "none"}
    wide = X[:20].reshape(4, 10)
    with pytest.warns(OrientationWarning, match=r"4 samples of 10 (.|\n)* X\.T, y\.T where .* 10 "):
        wg.train(wide, wide, **how)
    for fine in (wide.T, X[:4, :2]):
        wg.train(fine, fine, **how)  # a warning would be an error here
    with pytest.raises(DataError, match=r"X\.reshape\(-1, 1\)"):
        wg.train(X[:, 0], FAR, **how)
    for asked in ((X + 1j, FAR), (small("purelin"), X + 1j, FAR)):
        with pytest.raises(DataError, match="must be numbers"):
            wg.train(*asked, epochs=1, learning_rate=0.1)


def test_error_weights_are_one_a_sample():
    how = {"preset": "matlab", "optimizer": "adam", "epochs": 1, "quiet": True}
    with pytest.raises(ShapeError, match=r"try: sample_weight\.ravel\(\)"):
        wg.train(X, FAR, sample_weight=np.ones((1, 80)), **how)
    with pytest.raises(ShapeError, match="counts for all outputs"):
        wg.train(X, FAR, sample_weight=np.ones((80, 2)), **how)


def test_targets_of_several_classes_at_once_are_told_the_loss_for_them():
    with pytest.raises(DataError, match=r'"sigmoid", loss = "binary_cross_entropy"'):
        wg.train(X, np.ones((80, 2)), preset="patternnet", epochs=1)


@pytest.mark.parametrize("suffix", [".mat", ".onnx"])
def test_files_are_what_their_names_say(tmp_path, suffix, capsys):
    file = tmp_path / f"net{suffix}"
    with pytest.raises(ConfigError, match=r"try: net\.safetensors"):
        small("purelin").save(file)
    assert main(["predict", str(tmp_path), "data.csv", "-o", str(file)]) == 2
    assert "Predictions are written as CSV" in capsys.readouterr().err
    assert not file.exists()


def test_code_for_matlab_is_answered_with_numpys():
    with pytest.raises(ConfigError, match=r"NumPy's file is what genFunction's is(.|\n)*\.py"):
        wg.export(small("purelin"), "f.m")


def test_process_functions_in_a_struct_array_are_read(mat):
    low, high = X.min(axis=0), X.max(axis=0)
    mapped = {"xmin": low, "xmax": high, "ymin": -1.0, "ymax": 1.0}
    record = [("name", object), ("settings", object)]
    kept = {"keep": np.array([1.0, 2.0]), "xrows": 2.0, "remove": np.zeros((1, 0))}
    steps = np.array([[("removeconstantrows", kept), ("mapminmax", mapped)]], dtype=record)
    weight = np.array([[0.5, -1.5]])
    wanted = (2 * (X - low) / (high - low) - 1) @ weight.T
    cells = np.empty((1, 1), object)
    cells[0, 0] = weight
    net = wg.from_matlab(mat("net", IW=cells, LW=np.empty((0, 0)), b=[[]], input=steps))
    np.testing.assert_allclose(net.predict(X), wanted, rtol=1e-12)
    with pytest.raises(DataError, match=r"given: list\n  try: IW\{1,1\} alone"):
        wg.from_matlab([[weight], [None]])


def test_messages_name_a_file_once_and_say_the_number(mat, tmp_path, capsys):
    hdf = b"MATLAB 7.3 MAT-file".ljust(124, b" ") + b"\x00\x02IM\x89HDF\r\n\x1a\n" + bytes(512)
    (tmp_path / "new.mat").write_bytes(hdf)
    assert main(["train", "new.mat", "--target", "t", "--preset", "matlab"]) == 2
    assert capsys.readouterr().err.count("new.mat") == 1
    with pytest.raises(ConfigError, match="has the lines of MATLAB"):
        wg.from_matlab(tmp_path / "new.mat")
    with pytest.raises(ConfigError, match="try: epochs = 1000"):
        wg.train(small("purelin"), X, FAR, learning_rate=0.1, epochs=1e3)
    file = mat("plane", x=X.T, t=(X @ [[1.0], [2.0]]).T)
    command = ["train", file, "--target", "t", "--set", "training.epochs=1", "--quiet"]
    assert main(command) == 0
    assert "predict runs/plane-1 new.mat -o out.csv" in capsys.readouterr().out.replace("\\", "/")
