"""Tables as data: every source, what becomes of the columns, and what is refused or named."""

from __future__ import annotations

import json
import os
import tomllib

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.cli import main
from whygrad.data.encoding import fit
from whygrad.data.scores import classification, regression
from whygrad.data.table import read
from whygrad.errors import ConfigError, DataError, NameUnknownError
from whygrad.files.config import from_tables
from whygrad.training.job import TABLE_OPTIONS
from whygrad.training.problem import from_table

CSV = """id,when,size,colour,same,note,y
1,2024-01-01,1.5,red,7,a1,0.1
2,2024-01-02,,blue,7,b2,0.2
3,2024-01-03,2.5,red,7,c3,0.3
4,2024-01-04,3.5,,7,d4,0.4
5,2024-01-05,4.5,green,7,e5,0.5
6,2024-01-06,5.5,blue,7,f6,0.7
7,2024-01-07,6.5,blue,7,g7,0.7
8,2024-01-08,7.5,red,7,h8,0.9
9,2024-01-09,8.5,green,7,i9,0.8
10,2024-01-10,9.5,red,7,j10,1.0
11,2024-01-11,9.0,red,7,k11,1.1
12,2024-01-12,8.0,red,7,l12,1.2
"""


def written(folder, text, name="data.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture
def data(tmp_path):
    return written(tmp_path, CSV)


# ---- what becomes of the columns ----------------------------------------------------------------


def test_columns_are_inferred_and_left_out_by_name(data):
    encoder, notes = fit(read(data), ["y"])
    fate = {n.column: (n.inputs, n.why) for n in notes}
    assert fate["id"] == (0, "an identifier: each value once")
    assert fate["when"] == (0, "dates")
    assert fate["same"] == (0, "constant: always 7.0")
    assert fate["note"] == (0, "an identifier: each value once")
    assert fate["size"] == (2, "1 missing")
    assert fate["colour"] == (4, "1 missing")
    assert encoder.inputs == [
        "size", "size missing", "colour=blue", "colour=green", "colour=red", "colour=(missing)",
    ]  # fmt: skip
    x = encoder.encoded(data)
    assert x[1].tolist() == [np.nanmean(read(data).column("size").values), 1, 1, 0, 0, 0]
    assert x[3].tolist() == [3.5, 0, 0, 0, 0, 1]
    asked, _ = fit(read(data), ["y"], use=["id", "note"])
    assert asked.inputs[0] == "id"


def test_unseen_values_are_none_of_the_known_ones(data, tmp_path):
    encoder, _ = fit(read(data), ["y"])
    new = written(tmp_path, "size,colour\n1.0,violet\n,red\n", "new.csv")
    assert encoder.encoded(new).tolist() == [
        [1, 0, 0, 0, 0, 0],
        [pytest.approx(6.045454545), 1, 0, 0, 1, 0],
    ]
    with pytest.raises(NameUnknownError, match="no column 'colour'"):
        encoder.encoded(written(tmp_path, "size\n1\n", "less.csv"))
    with pytest.raises(DataError, match="column 'size' must hold numbers"):
        encoder.encoded(written(tmp_path, "size,colour\nbig,red\n", "word.csv"))


def test_missing_values_may_be_refused(data):
    with pytest.raises(DataError, match="column 'size' has missing values"):
        fit(read(data), ["y"], missing="refuse")


def test_more_than_fifty_categories_are_left_out(tmp_path):
    rows = "\n".join(f"c{k % 60},{k}" for k in range(240))
    _, notes = fit(read(written(tmp_path, f"city,y\n{rows}\nc1,5\n")), ["y"], use=["city"])
    assert notes[0].inputs == 60
    with pytest.raises(DataError, match="60 categories"):
        fit(read(tmp_path / "data.csv"), ["y"])


# ---- sources ------------------------------------------------------------------------------------


def test_every_source_gives_the_same_inputs(data, tmp_path):
    pandas, polars, pyarrow = needs("pandas"), needs("polars"), needs("pyarrow")
    frame = pandas.read_csv(data)
    frame.to_parquet(tmp_path / "data.parquet")
    encoder, _ = fit(read(data), ["y"])
    expected = encoder.encoded(data)
    sources = {
        "pandas": frame,
        "polars": polars.read_csv(data),
        "arrow": pyarrow.Table.from_pandas(frame),
        "parquet": tmp_path / "data.parquet",
        "dict": {k: frame[k].to_numpy() for k in frame},
    }
    for name, source in sources.items():
        found, _ = fit(read(source), ["y"])
        assert found.inputs == encoder.inputs, name
        np.testing.assert_allclose(found.encoded(source), expected, err_msg=name)


def test_npz(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 3
    np.savez(tmp_path / "data.npz", x=x, y=y)
    table = read(tmp_path / "data.npz")
    assert list(table.columns) == ["x1", "x2", "y"]
    np.testing.assert_array_equal(table.column("x2").values, x[:, 1])
    np.savez(tmp_path / "evil.npz", x=np.array([{}], object), allow_pickle=True)
    with pytest.raises(DataError, match="no NPZ file of plain arrays"):
        read(tmp_path / "evil.npz")


@pytest.mark.parametrize(
    ("text", "encoding", "note"),
    [
        ("a;b\n1,5;x\n2,5;y\n", "utf-8", "decimal comma"),
        ("a\tb\n1.5\tx\n2.5\ty\n", "utf-8", ""),
        ("\ufeffa,b\n1.5,x\n2.5,y\n", "utf-8", ""),
        ("a,b\n1.5,中\n2.5,文\n", "gb18030", "GB18030"),
        ("a,b\n1.5,x\n2.5,y\n", "utf-16", "UTF-16"),
    ],
)
def test_the_ways_csv_is_written(tmp_path, text, encoding, note):
    table = read(written(tmp_path, text, encoding=encoding))
    assert table.column("a").values.tolist() == [1.5, 2.5]
    assert len(table.column("b").distinct()) == 2
    assert any(note in n for n in table.notes) if note else not table.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2\n3,4\n", "has no header"),
        ("a,b\n1\n", "row 2: 1 cells, but the header has 2"),
        ("a,a\n1,2\n", "two columns named 'a'"),
        ("a,b\n", "no rows of data"),
        ("", "no rows of data"),
        ("a\n" + "1\n" * 20 + "x\n", "row 22, column 'a': a number is needed"),
        ("a,b\n1,inf\n2,3\n", "column 'b': a finite number is needed"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read(written(tmp_path, text))


# ---- training on them ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [["no", "yes"], [False, True], [3, 8], ["是", "否"]],
    ids=["words", "bool", "int", "zh"],
)
def test_labels_of_any_type_come_back(labels):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3))
    y = np.array(labels)[(x[:, 0] > 0).astype(int)]
    run = wg.train(x, y, hidden=[8], epochs=60, quiet=True)
    assert run.model.predict(x).dtype.kind == y.dtype.kind
    assert (run.model.predict(x) == y).mean() > 0.9
    assert run.model.predict_proba(x).shape == (120, 2)
    np.testing.assert_allclose(run.model.predict_proba(x).sum(axis=1), 1, rtol=1e-6)


def test_a_frame_and_its_target():
    pandas = needs("pandas")
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({"a": rng.normal(size=200), "b": rng.choice(["u", "v"], 200)})
    frame["y"] = 3 * frame.a + 10 * (frame.b == "u")
    run = wg.train(frame, target="y", hidden=[16], learning_rate=0.01, quiet=True)
    assert run.dtype == "float64"
    assert run.best_epoch
    found = run.model.predict(frame)
    assert np.sqrt(((found[:, 0] - frame.y) ** 2).mean()) < 0.5
    assert run.model.layers == (2, 16, 1)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({}, ConfigError, "Which column is to be predicted"),
        ({"target": "z"}, NameUnknownError, "no column 'z'"),
        ({"target": "same"}, DataError, "has one class only"),
        ({"target": "size"}, DataError, "the target 'size' has missing values"),
        ({"target": ["y", "colour"]}, DataError, "has missing values"),
        ({"target": "y", "hiden": [3]}, NameUnknownError, "did you mean 'hidden'"),
        ({"target": "y", "layers": [9, 1]}, ConfigError, "layers do not fit the data"),
        ({"target": "y", "preset": "octave"}, ConfigError, "no preset 'octave'"),
        ({"target": "y", "split": [0.5, 0.6]}, ConfigError, "sum to 1"),
    ],
)
def test_bad_tables_are_refused(data, options, error, said):
    with pytest.raises(error, match=said):
        wg.train(data, quiet=True, **options)


# ---- the command line ---------------------------------------------------------------------------


def test_what_init_writes_trains(tmp_path, monkeypatch, capsys):
    needs("safetensors")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = [
        f"{a:.4f},{b:.4f},{'in' if a * a + b * b < 1 else 'out'}"
        for a, b in rng.normal(size=(150, 2))
    ]
    written(tmp_path, "a,b,where\n" + "\n".join(rows) + "\n", "circle.csv")
    assert main(["init", "circle.csv", "--target", "where"]) == 0
    text = capsys.readouterr().out
    assert "# 150 rows; columns:" in text
    assert "To be beaten: always" in text
    (tmp_path / "circle.toml").write_text(text, "utf-8")
    file = from_tables(tomllib.loads(text), "circle.toml", tmp_path)
    assert file.problem.task == "classification"
    assert [len(p) for p in (file.problem.train, file.problem.validation, file.problem.test)] == [
        105,
        23,
        22,
    ]
    assert main(["train", "circle.toml", "--quiet", "--set", "training.epochs=60"]) == 0
    assert "runs/circle-1" in capsys.readouterr().out
    assert main(["evaluate", "runs/circle-1", "--plots", "pictures", "--format", "json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["rows"] == 22
    assert scores["accuracy"] > 0.75
    if (tmp_path / "pictures").exists():
        assert (tmp_path / "pictures" / "confusion.png").stat().st_size > 1_000
    needs("jax")  # classes by least squares: 1 for the class, 0 elsewhere
    assert main(["train", "circle.csv", "--target", "where", "--quiet", "--preset", "matlab"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "runs/circle-2", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.75
    assert main(["predict", "runs/circle-2", "circle.csv"]) == 0
    assert set(capsys.readouterr().out.split()) == {"where", "in", "out"}


def test_an_update_of_a_tables_network_is_explained(tmp_path, capsys):
    """Its samples are encoded and scaled once, not once more for the second update."""
    written(tmp_path, CSV)
    (tmp_path / "net.toml").write_text('[data]\nfile = "data.csv"\ntarget = "y"\n', "utf-8")
    assert main(["explain", str(tmp_path / "net.toml"), "--optimizer", "adam"]) == 0
    assert "m_2 = " in capsys.readouterr().out
    labels = "a,kind\n" + "\n".join(f"{k},{'uv'[k % 2]}" for k in range(20)) + "\n"
    written(tmp_path, labels, "labels.csv")
    (tmp_path / "labels.toml").write_text('[data]\nfile = "labels.csv"\ntarget = "kind"\n', "utf-8")
    assert main(["explain", str(tmp_path / "labels.toml"), "--optimizer", "momentum"]) == 0
    assert "u_2 = " in capsys.readouterr().out


def test_without_safetensors_nothing_is_begun(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, CSV)
    monkeypatch.setattr("whygrad.models.storage.find_spec", lambda name: None)
    assert main(["train", "data.csv", "--target", "y", "--quiet"]) == 2
    assert "saved with safetensors" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["data.csv"]


def test_the_matlab_preset_on_the_command_line(tmp_path, monkeypatch, capsys):
    needs("jax")
    needs("safetensors")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = [f"{a:.5f},{np.sin(a):.6f}" for a in rng.uniform(0, 20, 200)]
    written(tmp_path, "a,b\n" + "\n".join(rows) + "\n", "sine.csv")
    assert main(["init", "sine.csv", "--target", "b", "--preset", "matlab"]) == 0
    (tmp_path / "sine.toml").write_text(capsys.readouterr().out, "utf-8")
    for what in (["sine.toml"], ["sine.csv", "--target", "b", "--preset", "matlab"]):
        assert main(["train", *what, "--quiet"]) == 0
        assert "compiled, float64" in capsys.readouterr().out
    assert main(["evaluate", "runs/sine-2", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["r2"] > 0.9


def test_an_autoencoder_on_the_command_line(tmp_path, monkeypatch, capsys):
    needs("safetensors")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(120, 2)) @ rng.normal(size=(2, 5))
    lines = [",".join(f"{v:.4f}" for v in row) for row in flat]
    written(tmp_path, "a,b,c,d,e\n" + "\n".join(lines) + "\n", "flat.csv")
    train = [
        "train",
        "flat.csv",
        "--set",
        "network.task=autoencoder",
        "--set",
        "network.hidden=[2]",
    ]
    assert main([*train, "--set", "network.activation=tanh", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["predict", "runs/flat-1", "flat.csv", "--codes", "-o", "codes.csv"]) == 0
    assert (tmp_path / "codes.csv").read_text("utf-8").splitlines()[0] == "code_1,code_2"
    capsys.readouterr()
    assert main(["evaluate", "runs/flat-1", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "autoencoder"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "none.csv", "--target", "y"], "There is no file"),
        (["train", "data.csv"], "Which column is to be predicted"),
        (["train", "data.csv", "--target", "yy"], "did you mean 'y'"),
        (["train", "data.csv", "--target", "y", "--set", "training.learning_rate=0"], "positive"),
        (
            ["train", "data.csv", "--target", "y", "--set", "training.lerning_rate=1"],
            "did you mean",
        ),
        (["train", "data.csv", "--target", "y", "--set", "nonsense"], "not understood"),
        (["train", "data.csv", "--target", "y", "--set", "training.batch_size=99"], "larger"),
        (["train"], "Say what to train"),
        (["predict", "none", "data.csv"], "There is no file"),
        (["evaluate", "none"], "no trained model"),
    ],
)
def test_bad_use_has_status_2_and_leaves_nothing(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, CSV)
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["data.csv"]


def test_scores_are_scikit_learns():
    needs("sklearn")
    from sklearn import metrics

    rng = np.random.default_rng(0)
    true, chances = rng.integers(0, 4, 50), rng.dirichlet(np.ones(4), 50)
    predicted = chances.argmax(1)
    found = classification(true, predicted, chances, 4)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(true, predicted))
    assert found["f1"] == pytest.approx(metrics.f1_score(true, predicted, average="macro"))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(true, chances))
    assert found["confusion"] == metrics.confusion_matrix(true, predicted).tolist()
    t, p = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    found = regression(t, p)
    assert found["rmse"] == pytest.approx(np.sqrt(metrics.mean_squared_error(t, p)))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(t, p))
    assert found["r2"] == pytest.approx(metrics.r2_score(t, p))


def test_the_table_options_of_train_are_those_of_from_table():
    import inspect

    known = inspect.signature(from_table).parameters
    assert {o for o in TABLE_OPTIONS if o != "split"} <= set(known)
