"""Training by epochs: both engines alike, nothing by the clock, validation, schedules, trouble."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import ConfigError, DataError, ShapeError
from whygrad.models.initial import INITIALISERS
from whygrad.numeric import xp
from whygrad.training import by_epochs
from whygrad.training.schedule import schedule
from whygrad.training.task import ScaleWarning

RNG = np.random.default_rng(1)
X = RNG.normal(size=(90, 5))
LABELS = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int) + (X[:, 2] > 1)
Y = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]], axis=1)
ENGINES = ["eager", "compiled"]


@pytest.fixture(autouse=True)
def jax_is_there():
    needs("jax")


def classifier(**options):
    return wg.mlp(
        [5, 8, 6, 3], activation=["relu", "tanh"], loss="softmax_cross_entropy", **options
    )


def regressor(**options):
    return wg.mlp(
        [5, 8, 2], activation="tanh", output_activation="identity", loss="mean_squared_error",
        **options,
    )  # fmt: skip


def train(net, x=X, y=None, engine="eager", **options):
    y = (LABELS if net.loss == "softmax_cross_entropy" else Y) if y is None else y
    usual = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 16, "epochs": 6, "seed": 4}
    return wg.train(net, x, y, engine=engine, quiet=True, **{**usual, **options})


def without_clock(run):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.history]


# ---- the two engines ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": None},
        {"batch_size": 90},
        {"batch_size": 30},
        {"shuffle": False},
        {"validation": 0.2},
        {"optimizer": "rmsprop", "schedule": "cosine", "warmup": 2},
        {"optimizer": "momentum", "schedule": {"name": "step", "every": 2, "factor": 0.5}},
        {"schedule": {"name": "plateau", "patience": 1, "factor": 0.3}, "epochs": 12},
        {"l1": 0.01, "l2": 0.02, "weight_decay": 0.03, "clip_norm": 0.5},
        {"optimizer": "sgd", "clip_value": 0.02, "frozen": ["W2"], "train_bias": False},
        {"scale": "minmax"},
    ],
    ids=str,
)
@pytest.mark.parametrize("make", [classifier, regressor])
def test_eager_is_compiled(make, options):
    eager, compiled = (train(make(), engine=engine, **options) for engine in ENGINES)
    assert (eager.engine, compiled.engine) == ("eager", "compiled")
    assert eager.stop_reason == compiled.stop_reason
    assert [set(row) for row in eager.history] == [set(row) for row in compiled.history]
    for a, b in zip(eager.history, compiled.history, strict=True):
        for key in a:
            if key != "seconds":
                assert a[key] == pytest.approx(b[key], rel=1e-9, abs=1e-12), key
    for name, value in eager.parameters.items():
        np.testing.assert_allclose(compiled.parameters[name], value, rtol=1e-9, atol=1e-12)
        assert type(compiled.parameters[name]) is np.ndarray


@pytest.mark.parametrize("engine", ENGINES)
def test_the_type_is_the_datas(engine):
    narrow = train(classifier(), X.astype(np.float32), engine=engine)
    assert narrow.dtype == "float32"
    assert {v.dtype for v in narrow.model.parameters.values()} == {np.dtype("float32")}
    assert narrow.model.predict(X).dtype == np.float32
    assert train(classifier(), engine=engine).dtype == "float64"
    assert train(classifier(), engine=engine, dtype=np.float32).dtype == "float32"
    assert (
        train(classifier(), X.astype(np.float32), engine=engine, dtype="float64").dtype == "float64"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_how_often_somebody_looks_changes_no_bit(engine, monkeypatch):
    options = {
        "validation": 0.2, "early_stopping": 8, "epochs": 60, "learning_rate": 0.05, "dropout": 0.2,
        "schedule": {"name": "plateau", "patience": 3}, "x": X.astype(np.float32),
    }  # fmt: skip
    runs = []
    for stretch in (1, 7, 1000):
        monkeypatch.setattr(by_epochs.ByEpochs, "_first_stretch", lambda self, s=stretch: s)
        monkeypatch.setattr(by_epochs.ByEpochs, "_adapt", lambda self, took, made: None)
        runs.append(train(regressor(), engine=engine, **options))
    assert runs[0].best_epoch not in (None, 60)
    for run in runs[1:]:
        assert without_clock(run) == without_clock(runs[0])
        assert run.best_epoch == runs[0].best_epoch
        assert run.stop_reason == runs[0].stop_reason
        for name, value in runs[0].parameters.items():
            np.testing.assert_array_equal(run.parameters[name], value)


def test_the_engine_is_chosen_by_the_work_alone():
    few = train(classifier(), engine="auto", epochs=2)
    many = train(classifier(), engine="auto", epochs=2_000)
    assert (few.engine, many.engine) == ("eager", "compiled")


def test_a_short_run_does_not_even_load_jax():
    code = (
        "import sys, whygrad as wg; n = wg.mlp([2, 2, 1]);"
        "wg.train(n, [[0, 1]], [[1]], learning_rate=0.1, iterations=3000, quiet=True);"
        "assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_programs_do_not_pile_up(monkeypatch):
    from whygrad.training import programs

    monkeypatch.setattr(programs, "MOST_PROGRAMS", 3)
    for k in range(6):
        train(wg.mlp([5, 2 + k, 3], loss="softmax_cross_entropy"), engine="compiled", epochs=1)
    assert len(programs.PROGRAMS) <= programs.MOST_PROGRAMS


# ---- validation, stopping, the best weights -----------------------------------------------------


def val_loss(net, x, y):
    out = net.outputs(x)
    return float(((out - y) ** 2).mean())


@pytest.mark.parametrize("engine", ENGINES)
def test_the_best_weights_come_back(engine):
    held = (X[70:], Y[70:])
    options = {"x": X[:70], "y": Y[:70], "validation": held, "epochs": 80, "learning_rate": 0.1}
    run = train(regressor(), engine=engine, early_stopping=10, **options)
    losses = run.history.column("val_loss")
    assert run.best_epoch == int(np.argmin(losses)) + 1
    assert len(losses) == run.best_epoch + 10 < 80
    assert val_loss(run.model, *held) == pytest.approx(min(losses), rel=1e-9)
    assert (
        f"val_loss was not better for 10 epochs; the best was {min(losses):.6g}" in run.stop_reason
    )
    again = train(regressor(), engine=engine, **{**options, "epochs": run.best_epoch})
    for name, value in run.parameters.items():
        np.testing.assert_array_equal(again.parameters[name], value)


def test_stopping_on_any_measure():
    run = train(classifier(), validation=0.25, monitor="val_accuracy", early_stopping=5, epochs=200)
    accuracies = run.history.column("val_accuracy")
    assert accuracies[run.best_epoch - 1] == max(accuracies)
    assert len(accuracies) == run.best_epoch + 5
    goal = train(regressor(), goal=0.2, epochs=500)
    assert goal.history[-1]["loss"] <= 0.2 < goal.history[-2]["loss"]
    assert "reached the goal 0.2" in goal.stop_reason
    assert (run.end, goal.end) == ("patience", "goal")
    with pytest.raises(ConfigError, match="There is no measure 'val_loss'"):
        train(regressor(), monitor="val_loss")


def test_the_loss_of_an_epoch_is_measured_during_it():
    net = regressor()
    run = train(net, batch_size=None, epochs=3, optimizer="sgd")
    first = wg.backprop(net, X, Y).loss
    assert run.history[0]["loss"] == pytest.approx(first)
    assert run.history[0]["rmse"] == pytest.approx(np.sqrt(first))
    assert run.loss < run.history[-1]["loss"]


def test_validation_is_stratified():
    y = np.repeat([0, 1, 2], [60, 24, 6])
    from whygrad.data.split import split

    train_rows, held = split(90, (2 / 3, 1 / 3), 0, y)
    assert np.bincount(y[held]).tolist() == [20, 8, 2]
    assert sorted([*train_rows, *held]) == list(range(90))
    assert not np.array_equal(split(90, (2 / 3, 1 / 3), 1, y)[1], held)
    with pytest.raises(DataError, match="too few samples"):
        split(3, (0.99, 0.01), 0)


def test_callbacks_see_every_row_and_may_stop():
    seen = []
    run = train(classifier(), callbacks=[lambda row: seen.append(row["epoch"])])
    assert seen == [1, 2, 3, 4, 5, 6]
    stopped = train(classifier(), callbacks=[lambda row: row["epoch"] >= 2])
    assert stopped.stop_reason.startswith("stopped by a callback after 2")
    assert (run.end, stopped.end) == ("done", "callback")
    assert len(run.history.frame()) == 6


# ---- schedules, penalties, dropout, scaling, first weights --------------------------------------


def test_schedules_are_pytorchs():
    torch = needs("torch")
    schedulers = torch.optim.lr_scheduler
    pairs = [
        ({"name": "step", "every": 3, "factor": 0.5}, lambda o: schedulers.StepLR(o, 3, 0.5)),
        ({"name": "exponential", "factor": 0.9}, lambda o: schedulers.ExponentialLR(o, 0.9)),
        ("cosine", lambda o: schedulers.CosineAnnealingLR(o, 10)),
        (
            "inverse_scaling",
            lambda o: schedulers.LambdaLR(o, lambda e: 1 / (1 + e) ** 0.5),
        ),
    ]
    for given, make in pairs:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
        scheduler = make(optimizer)
        for epoch in range(10):
            found = schedule(given).factor(xp, float(epoch), 10.0)
            assert float(found) == pytest.approx(scheduler.get_last_lr()[0]), (given, epoch)
            optimizer.step()
            scheduler.step()
    warm = schedule("constant", warmup=4)
    assert [round(float(warm.factor(xp, e, 10.0)), 6) for e in (0, 1, 2, 4, 9)] == [
        0,
        0.25,
        0.5,
        1,
        1,
    ]


def test_the_plateau_is_pytorchs():
    torch = needs("torch")
    options = {"name": "plateau", "patience": 2, "factor": 0.5}
    run = train(regressor(), schedule=options, epochs=40, optimizer="sgd", learning_rate=0.5)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, patience=2, factor=0.5, threshold=0.0, threshold_mode="abs"
    )
    for row in run.history:
        assert row["learning_rate"] == pytest.approx(optimizer.param_groups[0]["lr"])
        scheduler.step(row["loss"])
    assert run.history[-1]["learning_rate"] < 0.5


@pytest.mark.parametrize("engine", ENGINES)
def test_dropout(engine):
    rate = 0.4
    net = wg.mlp(
        [5, 4000, 2], activation="identity", output_activation="identity", loss="squared_error",
        bias="none",
    )  # fmt: skip
    one = X[:1]
    options = {"x": one, "y": Y[:1], "batch_size": None, "optimizer": "sgd", "learning_rate": 1e-12}
    run = train(net, engine=engine, dropout=rate, epochs=1, **options)
    moved = (run.parameters["W2"] - net.parameters["W2"]).any(axis=0)
    assert moved.mean() == pytest.approx(1 - rate, abs=0.04), "dropped units get no gradient"
    same = train(net, engine=engine, dropout=rate, epochs=1, **options)
    np.testing.assert_array_equal(same.parameters["W2"], run.parameters["W2"])
    np.testing.assert_allclose(run.model.predict(one), net.predict(one), rtol=1e-6)
    with pytest.raises(ConfigError, match="2 shares, 1 hidden layers"):
        train(net, dropout=[0.1, 0.2])


@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_scaling_is_inside_the_model(kind, tmp_path):
    far = X * [1, 100, 0.01, 1, 1] + [0, 5000, 0, 3, 7]
    run = train(regressor(), far, 1000 + 50 * Y, scale=kind, epochs=40)
    assert run.history[-1]["rmse"] < 50, "in the targets' own unit"
    model = run.model
    around = model.preparation
    moved = (far - around.inputs.shift) * around.inputs.factor
    if kind == "minmax":
        np.testing.assert_allclose([moved.min(0), moved.max(0)], [[-1] * 5, [1] * 5])
    else:
        np.testing.assert_allclose([moved.mean(0), moved.std(0)], [[0] * 5, [1] * 5], atol=1e-12)
    plain = np.tanh(moved @ model.parameters["W1"].T + model.parameters["b1"])
    out = plain @ model.parameters["W2"].T + model.parameters["b2"]
    expected = out / around.targets.factor + around.targets.shift
    np.testing.assert_allclose(model.predict(far), expected)
    assert wg.backprop(model, far, 1000 + 50 * Y).loss == pytest.approx(run.loss)
    needs("safetensors")
    model.save(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(
        wg.load(tmp_path / "model.safetensors").predict(far), model.predict(far)
    )


def test_scales_that_call_for_scaling_are_warned_of():
    far = X + np.array([0, 5000, 0, 0, 0])
    with pytest.warns(ScaleWarning, match="column 2 has values around 5"):
        train(regressor(), far)
    train(regressor(), far, scale="none")


def test_initialisers_have_their_published_spread():
    rng = np.random.default_rng(0)
    spread = {"he": np.sqrt(2 / 400), "lecun": np.sqrt(1 / 400)}
    for name, deviation in spread.items():
        W, b = INITIALISERS[name](rng, 400, 300, True)
        assert W.std() == pytest.approx(deviation, rel=0.01)
        assert not b.any()
    W, _ = INITIALISERS["glorot"](rng, 400, 300, True)
    assert np.abs(W).max() == pytest.approx(np.sqrt(6 / 700), rel=0.001)
    W, b = INITIALISERS["uniform"](rng, 400, 300, True)
    assert max(np.abs(W).max(), np.abs(b).max()) == pytest.approx(1 / 20, rel=0.001)
    W, b = INITIALISERS["nguyen_widrow"](rng, 3, 50, True)
    length = 0.7 * 50 ** (1 / 3)
    np.testing.assert_allclose(np.linalg.norm(W, axis=1), length)
    np.testing.assert_allclose(np.abs(b).max(), length)
    with pytest.raises(ConfigError, match="did you mean 'glorot'"):
        wg.mlp([2, 2], init="glorrot")


# ---- trouble ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loss_that_explodes_is_located(engine):
    net = regressor()
    x = X.copy()
    x[37, 2] = 1e160  # its square is infinite
    wide = wg.mlp(
        [5, 4, 2], activation="identity", output_activation="identity", loss="squared_error"
    )
    run = train(wide, x, Y, engine=engine, scale="none", optimizer="sgd", shuffle=False)
    assert "stopped being finite in epoch 1 of 6, at iteration 3" in run.stop_reason
    assert "sample 38" in run.trouble
    assert "E[" in run.trouble
    assert "Try" in run.trouble
    assert all(np.isfinite(v).all() for v in run.parameters.values())
    assert run.iterations == 2
    fast = train(net, engine=engine, optimizer="sgd", learning_rate=1e200, epochs=5)
    assert "stopped being finite" in fast.stop_reason
    assert run.end == fast.end == "not_finite"
    assert all(np.isfinite(v).all() for v in fast.parameters.values())


def test_saturated_and_dead_layers_are_named():
    deep = wg.mlp([5, 6, 6, 6, 6, 2], activation="sigmoid", output_activation="identity")
    far = {k: (v * 60 if k == "W1" else v) for k, v in deep.parameters.items()}
    run = train(deep.with_parameters(**far), optimizer="sgd", learning_rate=1e-3, epochs=2)
    assert "saturated" in run.summary
    dead = wg.mlp([5, 6, 2], activation="relu", output_activation="identity")
    dead = dead.with_parameters(b1=[-1e3] * 6)
    said = train(dead, optimizer="sgd", learning_rate=1e-3, epochs=2).summary
    assert "layer 1: 100% of its units pass no gradient on" in said


# ---- auto-encoders, bad input -------------------------------------------------------------------


def test_an_autoencoder_trains_and_gives_codes():
    flat = RNG.normal(size=(80, 2)) @ RNG.normal(size=(2, 6))
    net = wg.mlp(
        [6, 2, 6], activation="identity", loss="mean_squared_error", autoencoder=True, seed=1
    )
    run = wg.train(
        net, flat, optimizer="adam", learning_rate=0.02, epochs=300, scale="standard", quiet=True
    )
    assert run.history[-1]["rmse"] < 0.1 * flat.std()
    assert run.model.encode(flat).shape == (80, 2)
    again = run.model.predict(flat)
    assert np.sqrt(((again - flat) ** 2).mean()) < 0.1 * flat.std()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"batch_size": 91}, ConfigError, "batch_size is larger than the number of samples"),
        ({"learning_rate": 0}, ConfigError, "learning_rate must be a positive number"),
        ({"learning_rate": -1.0}, ConfigError, "learning_rate must be a positive number"),
        ({"validation": 1.5}, ConfigError, "validation is a share"),
        ({"validation": (X, Y[:, :1])}, ShapeError, "the network's output layer"),
        ({"schedule": "cosin"}, ConfigError, "did you mean 'cosine'"),
        ({"schedule": {"name": "step", "evry": 2}}, ConfigError, "did you mean 'every'"),
        ({"engine": "fast"}, ConfigError, "known: auto, compiled, eager"),
        ({"dtype": "float16"}, ConfigError, "known: auto, float32, float64"),
        ({"device": "gpu"}, ConfigError, "Only the compiled engine runs on a GPU"),
        ({"device": "gpu", "engine": "compiled"}, ConfigError, "There is no gpu"),
        ({"scale": "robust"}, ConfigError, "known: minmax, none, standard"),
        ({"dropout": 1.0}, ConfigError, "from 0 to below 1"),
        ({"early_stopping": 0.5}, ConfigError, "early_stopping must be a whole number"),
        ({"y": np.where(np.arange(180).reshape(90, 2) == 5, np.nan, Y)}, DataError, "finite"),
        ({"l2": -1}, ConfigError, "l2 must be a number, not negative"),
        ({"hidden": [3]}, ConfigError, "size a network for data"),
    ],
)
def test_bad_options_are_refused_before_any_work(options, error, said):
    with pytest.raises(error, match=said):
        train(regressor(), **{"engine": "eager", **options})


@pytest.mark.slow
def test_memory_stays_within_the_datas_size():
    code = """
import resource, sys, numpy as np, whygrad as wg
n = int(sys.argv[1])
small = np.random.default_rng(0).random((5000, 100), dtype=np.float32)
net = wg.mlp([100, 16, 1], activation="relu", output_activation="identity", loss="mse")
def go(x):
    return wg.train(net, x, x[:, :1].copy(), optimizer="adam", batch_size=256, epochs=1,
                    engine="compiled", quiet=True)
go(small)
x = np.empty((n, 100), np.float32)
for k in range(0, n, 10_000):
    np.random.default_rng(k).random(out=x[k:k+10_000], dtype=np.float32)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run = go(x); run.loss
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * 1024 / x.nbytes)
"""
    found = subprocess.run(
        [sys.executable, "-c", code, "500000"], check=True, capture_output=True, text=True
    )
    assert float(found.stdout) < 1.5


def test_a_saved_model_is_known_whatever_its_name(tmp_path):
    needs("safetensors")
    run = train(classifier())
    for name in ("model.safetensors", "model", "model.bin"):
        run.model.save(tmp_path / name)
        np.testing.assert_array_equal(wg.load(tmp_path / name).outputs(X), run.model.outputs(X))
    (tmp_path / "net.toml").write_text("[network]\nlayers = [2, 1]\n", encoding="utf-8")
    assert wg.load(tmp_path / "net.toml").layers == (2, 1)
    assert isinstance(run.history, list)
