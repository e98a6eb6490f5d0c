"""Restarts: each is the training with its seed, the best is given back, the others go on."""

from __future__ import annotations

import json
import math
import signal

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import ConfigError
from whygrad.models.initial import first_parameters
from whygrad.training import ensemble
from whygrad.training.run import Run

needs("jax")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] * X[:, 1] > X[:, 2] ** 2 / 2).astype(int)
PLAN = {
    "optimizer": "adam", "learning_rate": 0.05, "batch_size": 16, "epochs": 40, "l2": 1e-3,
    "dropout": 0.1, "early_stopping": 4, "validation": (X[40:], Y[40:]), "scale": "none",
    "engine": "compiled", "quiet": True,
}  # fmt: skip


def network(seed: int, **more):
    return wg.mlp([3, 6, 2], activation="tanh", loss="softmax_cross_entropy", seed=seed, **more)


def trained(**more):
    """Restarts of the network above; the options are the same program's."""
    return wg.train(network(3), X[:40], Y[:40], **PLAN | {"seed": 3, "n_restarts": 5} | more)


@pytest.fixture(scope="module")
def run():
    return trained()


def test_each_restart_is_the_training_with_its_seed(run):
    """Weights, orders of batches, masks, decisions: as if it had been trained alone."""
    assert [r.seed for r in run.restarts] == [3, 4, 5, 6, 7]
    for restart in run.restarts:
        alone = wg.train(network(restart.seed), X[:40], Y[:40], **PLAN, seed=restart.seed)
        assert (restart.epochs, restart.best_epoch) == (len(alone.history), alone.best_epoch)
        assert restart.stop == alone.stop_reason
        for column in ("loss", "val_loss", "accuracy", "gradient_norm_1", "saturated_1"):
            together, single = restart.history.column(column), alone.history.column(column)
            np.testing.assert_allclose(together, single, rtol=1e-9, atol=1e-12)
        if restart.measure == min(r.measure for r in run.restarts):
            for name, value in run.model.parameters.items():
                np.testing.assert_allclose(value, alone.parameters[name], rtol=1e-8, atol=1e-11)
    assert len({r.epochs for r in run.restarts}) > 1, "all stopped at once: nothing was tried"


def test_the_one_with_the_least_validation_loss_is_given_back(run):
    best = min(run.restarts, key=lambda r: r.val_loss)
    row = run.history[run.best_epoch - 1]
    assert best.val_loss == row["val_loss"]
    assert best.loss == row["loss"]
    assert run.history == best.history
    out = run.model.outputs(X[40:])
    measured = -np.log(out[np.arange(20), Y[40:]]).mean()
    assert best.val_loss == pytest.approx(measured, rel=1e-9)
    assert run.stop_reason.startswith(f"the best of 5 restarts (seed {best.seed}): {best.stop}")
    told = run.to_dict()["restarts"]
    assert [r["val_loss"] for r in told] == [r.val_loss for r in run.restarts]
    json.dumps(told, allow_nan=False)


def test_how_many_nets_go_together_changes_nothing(run, monkeypatch):
    monkeypatch.setattr(ensemble, "CACHE", 1)  # a net a call
    monkeypatch.setattr(ensemble, "cores", lambda: 1)
    again = trained()
    assert [r.epochs for r in again.restarts] == [r.epochs for r in run.restarts]
    np.testing.assert_allclose(
        [r.val_loss for r in again.restarts], [r.val_loss for r in run.restarts], rtol=1e-9
    )


def test_what_is_not_learned_is_the_same_in_all(monkeypatch):
    seen = []

    def noted(task, *_, callbacks, quiet):
        seen.append(task.parameters)
        return wg.train(network(0), X, Y, epochs=1, learning_rate=0.1, quiet=True)

    from whygrad.training import restarts
    from whygrad.training.options import Options
    from whygrad.training.task import network_task

    net = network(4, init="nguyen_widrow")
    options = Options(seed=2, epochs=1, learning_rate=0.1, n_restarts=3, engine="eager")
    task = network_task(net, X, Y, options, parameters=None, frozen=["W2"])
    restarts.restarted(task, options, noted, quiet=True)
    assert all(np.array_equal(p["W2"], net.parameters["W2"]) for p in seen)
    assert np.array_equal(seen[0]["W1"], net.parameters["W1"]), "the first begins as given"
    for weights, seed in zip(seen[1:], (3, 5), strict=True):  # 4: the first has them already
        drawn = first_parameters((3, 6, 2), "per_neuron", seed, "nguyen_widrow")
        assert np.array_equal(weights["W1"], drawn["W1"])


def test_without_validation_the_loss_decides_and_numpy_does_the_same():
    plan = {"optimizer": "adam", "epochs": 5, "batch_size": 20, "engine": "eager", "quiet": True}
    found = wg.train(network(0), X, Y, n_restarts=3, scale="none", **plan)
    assert found.engine == "eager"
    for restart in found.restarts:
        alone = wg.train(network(restart.seed), X, Y, seed=restart.seed, scale="none", **plan)
        assert restart.loss == alone.history[-1]["loss"]
        assert restart.val_loss is None
    assert found.history[-1]["loss"] == min(r.loss for r in found.restarts)


def test_a_restart_that_is_not_finite_leaves_the_others_alone(run):
    wild = network(3).with_parameters(W2=np.tile([[1.5e308], [-1.5e308]], 6))
    found = wg.train(wild, X[:40], Y[:40], **PLAN, seed=3, n_restarts=5)
    assert "stopped being finite in epoch 1" in found.restarts[0].stop
    assert found.restarts[0].measure == math.inf
    assert [r.val_loss for r in found.restarts[1:]] == [r.val_loss for r in run.restarts[1:]]
    assert not found.trouble


def test_where_none_stays_finite_it_is_said_what_happened():
    found = trained(learning_rate=1e308)
    assert "stopped being finite" in found.stop_reason
    assert found.trouble
    assert all(r.measure == math.inf for r in found.restarts)
    assert all(np.isfinite(v).all() for v in found.parameters.values())


def test_a_callback_hears_of_all_and_ends_all():
    rows = []

    def heard(row):
        rows.append(row)
        return len(rows) >= 30

    found = trained(callbacks=[heard], early_stopping=None, epochs=4_000)
    assert {row["restart"] for row in rows} == set(range(5))
    assert all(r.epochs < 4_000 for r in found.restarts)
    assert "stopped by a callback" in found.stop_reason


def test_ctrl_c_keeps_the_best_so_far():
    def press(row):
        signal.raise_signal(signal.SIGINT)

    found = trained(callbacks=[press], early_stopping=None, epochs=4_000)
    assert found.interrupted
    assert "interrupted by Ctrl-C" in found.stop_reason
    begun = [r for r in found.restarts if r.epochs]
    assert found.history == min(begun, key=lambda r: r.measure).history


def test_a_solver_is_restarted_from_nguyen_widrow_weights():
    x = np.linspace(-1, 1, 21)[:, None]
    t = np.sin(np.pi * x)
    shape = {
        "activation": "tanh", "output_activation": "identity", "loss": "mean_squared_error",
        "init": "nguyen_widrow",
    }  # fmt: skip
    plan = {"optimizer": "lm", "epochs": 4, "quiet": True}
    found = wg.train(wg.mlp([1, 3, 1], **shape), x, t, n_restarts=4, **plan)
    assert len({r.loss for r in found.restarts}) == 4
    for restart in found.restarts:
        alone = wg.train(wg.mlp([1, 3, 1], seed=restart.seed, **shape), x, t, **plan)
        assert restart.loss == pytest.approx(alone.history[-1]["loss"], rel=1e-6)
    assert found.loss == pytest.approx(min(r.loss for r in found.restarts), rel=1e-9)


def test_updates_are_restarted_too_and_time_is_shared():
    found = wg.train(
        network(0), X, Y, learning_rate=0.1, iterations=20, n_restarts=3, scale="none", quiet=True
    )
    assert [r.epochs for r in found.restarts] == [21, 21, 21]  # rows, the start among them
    assert found.loss == min(r.loss for r in found.restarts)
    hurried = trained(max_time=1e-9)
    assert all(r.epochs < 40 for r in hurried.restarts)
    assert "max_time" in hurried.stop_reason


def test_the_folder_has_the_best_and_resuming_gives_the_same_bits(tmp_path, monkeypatch):
    needs("safetensors")
    monkeypatch.setattr(Run, "plot", lambda run: {})  # a second a picture
    folder = tmp_path / "run"
    first = trained(run=folder)
    assert wg.load(folder / "model.safetensors").init == "glorot"
    lines = (folder / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["loss"] for line in lines] == first.history.column("loss")
    monkeypatch.setattr(ensemble.Ensemble, "run", None)  # what is finished is not trained again
    again = trained(run=folder, resume=True)
    assert all(np.array_equal(v, again.parameters[k]) for k, v in first.parameters.items())
    assert again.restarts == first.restarts
    assert again.history == first.history
    assert (again.stop_reason, again.loss) == (first.stop_reason, first.loss)
    for other in ({"n_restarts": 4}, {"optimizer": "sgd"}):
        with pytest.raises(ConfigError, match="of another training"):
            trained(run=folder, resume=True, **other)
    wide = wg.mlp([3, 5, 2], activation="tanh", loss="softmax_cross_entropy")
    with pytest.raises(ConfigError, match="of another training"):
        wg.train(wide, X[:40], Y[:40], **PLAN, seed=3, n_restarts=5, run=folder, resume=True)


def test_restarts_one_by_one_are_kept_as_they_end(tmp_path, monkeypatch):
    needs("safetensors")
    monkeypatch.setattr(Run, "plot", lambda run: {})
    plan = {"optimizer": "adam", "epochs": 5, "batch_size": 20, "engine": "eager", "quiet": True}
    plan |= {"n_restarts": 3, "scale": "none"}
    whole = wg.train(network(0), X, Y, **plan)
    heard = []

    def cut(row):
        heard.append(row["restart"])
        if row["restart"] == 2 and row["epoch"] == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wg.train(network(0), X, Y, **plan, run=tmp_path / "run", callbacks=[cut])
    heard.clear()
    cut_off = {"run": tmp_path / "run", "resume": True, "callbacks": [lambda r: heard.append(r)]}
    again = wg.train(network(0), X, Y, **plan, **cut_off)
    assert {row["restart"] for row in heard} == {2}
    assert again.restarts == whole.restarts
    assert all(np.array_equal(v, again.parameters[k]) for k, v in whole.parameters.items())


def test_what_cannot_be_restarted_is_refused():
    for wrong in (0, 2.5, True):
        with pytest.raises(ConfigError, match="n_restarts"):
            wg.train(network(0), X, Y, epochs=1, learning_rate=0.1, n_restarts=wrong)
    graph = wg.trace(lambda x, W: wg.ops.sum(x @ W), x=(2, 3), W=(3, 1))
    with pytest.raises(ConfigError, match="Restarts draw"):
        wg.train(
            graph, x=np.ones((2, 3)), W=np.ones((3, 1)), parameters=["W"], iterations=1,
            learning_rate=0.1, n_restarts=2,
        )  # fmt: skip
