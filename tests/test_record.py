"""The training record: MATLAB's names, what a run's history measured, nothing made up."""

from __future__ import annotations

import json

import numpy as np
import pytest

import whygrad as wg
from whygrad.training.history import History
from whygrad.training.record import record_of
from whygrad.training.run import Run

rng = np.random.default_rng(3)
X = np.linspace(-1, 1, 40)[:, None]
y = np.sin(3 * X) + 0.05 * rng.normal(size=X.shape)


def run_with(rows, *, best=None, start=None):
    """A run that measured these rows."""
    return Run(
        None, {}, History(rows), len(rows), "stopped", best_epoch=best, start=start or {}
    )  # fmt: skip


def rows_of(**columns):
    """A solver's rows, an epoch each."""
    count = len(next(iter(columns.values())))
    return [
        {"epoch": k + 1, "iteration": k + 1, **{name: v[k] for name, v in columns.items()}}
        for k in range(count)
    ]


SOLVED = rows_of(
    loss=[0.5, 0.2, 0.1],
    val_loss=[0.6, 0.3, 0.4],
    test_loss=[0.7, 0.35, 0.45],
    gradient=[1.0, 0.4, 0.2],
    mu=[1e-4, 1e-5, 1e-6],
    val_fails=[0, 0, 1],
    seconds=[0.1, 0.2, 0.3],
)
START = {"loss": 0.9, "val_loss": 1.0, "test_loss": 1.1, "gradient": 2.0, "mu": 1e-3}


def test_a_solvers_record_is_matlabs():
    """perf[0] is before the first iteration, and best_… are of the epoch that is given back."""
    tr = run_with(SOLVED, best=2, start=START).record
    assert tr.epoch.tolist() == [0, 1, 2, 3]
    assert tr.perf.tolist() == [0.9, 0.5, 0.2, 0.1]
    assert tr.vperf.tolist() == [1.0, 0.6, 0.3, 0.4]
    assert tr.tperf.tolist() == [1.1, 0.7, 0.35, 0.45]
    assert tr.gradient.tolist() == [2.0, 1.0, 0.4, 0.2]
    assert tr.mu.tolist() == [1e-3, 1e-4, 1e-5, 1e-6]
    assert tr.val_fail.tolist() == [0, 0, 0, 1]
    assert tr.val_fail.dtype.kind == "i"
    assert tr.time.tolist() == [0.0, 0.1, 0.2, 0.3]
    assert (tr.best_epoch, tr.num_epochs, tr.stop) == (2, 3, "stopped")
    assert (tr.best_perf, tr.best_vperf, tr.best_tperf) == (0.2, 0.3, 0.35)


@pytest.mark.parametrize("lacking", [{}, {"loss": 0.9, "val_loss": 1.0}])
def test_a_start_that_is_not_known_whole_is_not_made_up(lacking):
    tr = run_with(SOLVED, best=2, start=lacking).record
    assert tr.epoch.tolist() == [1, 2, 3]
    assert tr.perf.tolist() == [0.5, 0.2, 0.1]
    assert tr.best_perf == 0.2


def test_what_is_not_measured_is_none():
    tr = run_with(rows_of(loss=[0.5, 0.2])).record
    for name in ("vperf", "tperf", "gradient", "mu", "gamk", "ssx", "val_fail", "time"):
        assert getattr(tr, name) is None
    assert (tr.best_epoch, tr.best_perf, tr.best_vperf, tr.best_tperf) == (2, 0.2, None, None)
    nothing = run_with([]).record
    assert nothing.perf is None
    assert nothing.epoch.shape == (0,)
    assert (nothing.best_epoch, nothing.num_epochs) == (None, 0)
    assert "stopped" in str(nothing)


def test_bayesian_regularisation_has_its_own():
    rows = rows_of(loss=[0.5, 0.2], gamma=[7.5, 6.25], ssw=[3.0, 2.0])
    tr = run_with(rows, start={"loss": 0.9, "gamma": 10.0, "ssw": 4.0}).record
    assert tr.gamk.tolist() == [10.0, 7.5, 6.25]
    assert tr.ssx.tolist() == [4.0, 3.0, 2.0]


def test_a_loss_that_became_infinite_is_not_the_best():
    tr = run_with(rows_of(loss=[0.5, np.inf])).record
    assert (tr.best_epoch, tr.best_perf) == (1, 0.5)
    assert json.loads(json.dumps(tr.to_dict()))["perf"] == [0.5, "inf"]


def test_validation_checks_are_counted_where_no_solver_did():
    """MATLAB's count: how many epochs since the lowest validation loss."""
    losses = [0.6, 0.5, 0.55, 0.5, 0.4, 0.7, 0.6]
    tr = run_with(rows_of(loss=losses, val_loss=losses)).record
    expected = [k - int(np.argmin(losses[: k + 1])) for k in range(len(losses))]
    assert tr.val_fail.tolist() == expected


def test_of_a_training_by_epochs():
    run = wg.train(
        X, y, hidden=[5], epochs=7, validation=0.25, batch_size=10, quiet=True, engine="eager",
        test=(X[:4], y[:4]),
    )  # fmt: skip
    tr, rows = run.record, run.history
    at = [k for k, e in enumerate(tr.epoch) if e > 0]
    assert tr.epoch[at].tolist() == [row["epoch"] for row in rows]
    assert tr.perf[at].tolist() == [row["loss"] for row in rows]
    assert tr.vperf[at].tolist() == [row["val_loss"] for row in rows]
    assert tr.tperf[at].tolist() == [row["test_loss"] for row in rows]
    norms = [np.hypot(row["gradient_norm_1"], row["gradient_norm_2"]) for row in rows]
    assert tr.gradient[-7:] == pytest.approx(norms, rel=1e-12)
    assert (tr.best_epoch, tr.num_epochs) == (run.best_epoch, 7)
    assert tr.best_vperf == rows[run.best_epoch - 1]["val_loss"]
    assert tr.mu is None


def test_of_a_descent_by_iterations():
    net = wg.mlp([1, 3, 1], output_activation="identity")
    run = wg.train(net, X, y, learning_rate=0.1, iterations=300, quiet=True)
    tr = run.record
    assert tr.counted == "iteration"
    assert tr.epoch.tolist() == [row["iteration"] for row in run.history]
    assert (tr.epoch[0], tr.num_epochs, tr.best_epoch) == (0, 300, 300)
    assert tr.perf[0] == pytest.approx(wg.backprop(net, X, y).loss, rel=1e-12)
    assert tr.best_perf == pytest.approx(run.loss, rel=1e-12)


def test_it_is_readable():
    tr = run_with(SOLVED, best=2, start=START).record
    assert str(tr).splitlines() == [
        "epoch          0   best: 2       3",
        "perf         0.9       0.2     0.1",
        "vperf          1       0.3     0.4",
        "tperf        1.1      0.35    0.45",
        "gradient       2       0.4     0.2",
        "mu         0.001     1e-05   1e-06",
        "val_fail       0         0       1",
        "time           0       0.2     0.3",
        "stop: stopped",
    ]
    assert repr(tr) == ("<Record of 3 epochs: perf, vperf, tperf, gradient, mu, val_fail, time>")
    html = tr._repr_html_()
    assert html.count("<tr>") == 8
    assert "<td>0.35</td>" in html
    plain = json.loads(json.dumps(tr.to_dict()))
    assert plain["perf"] == [0.9, 0.5, 0.2, 0.1]
    assert plain["best_epoch"] == 2
    assert plain["counted"] == "epoch"


def test_it_is_frozen_and_the_runs_own():
    run = run_with(SOLVED)
    assert run.record is run.record
    assert record_of(run).to_dict() == run.record.to_dict()
    with pytest.raises(AttributeError):
        run.record.stop = "else"
