"""Levenberg–Marquardt: against SciPy, its damping schedule, its ends in words, its guard."""

from __future__ import annotations

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import ConfigError
from whygrad.training.solvers.least_squares import jacobian, loss_share

RNG = np.random.default_rng(0)
X = np.linspace(-1, 1, 41)[:, None]
SINE = np.sin(np.pi * X)


@pytest.fixture(autouse=True)
def jax_is_there():
    needs("jax")


def net(outputs=1, seed=0, **options):
    return wg.mlp(
        [1, 5, outputs], activation="tanh", output_activation="identity",
        loss="mean_squared_error", init="nguyen_widrow", seed=seed, **options,
    )  # fmt: skip


def fit(made, x=X, y=SINE, **options):
    return wg.train(made, x, y, optimizer=options.pop("optimizer", "lm"), quiet=True, **options)


def test_the_jacobian_is_that_of_finite_differences():
    made, y = net(2), np.hstack([SINE, X**2])
    names = tuple(made.parameters)
    e, J = jacobian(made, X, y, names)
    flat = np.concatenate([made.parameters[n].ravel() for n in names])

    def residuals(w):
        parts, start = {}, 0
        for n in names:
            size = made.parameters[n].size
            parts[n] = w[start : start + size].reshape(made.parameters[n].shape)
            start += size
        return (made.with_parameters(**parts).outputs(X) - y).ravel()

    np.testing.assert_allclose(e, residuals(flat))
    for k in range(len(flat)):
        step = np.zeros(len(flat))
        step[k] = 1e-6
        difference = (residuals(flat + step) - residuals(flat - step)) / 2e-6
        np.testing.assert_allclose(J[:, k], difference, atol=1e-8)


def test_the_damping_schedule_is_marquardts():
    """Every iteration written out with NumPy's solver: mu, trials, loss."""
    made = net(seed=3)
    run = fit(made, epochs=8)
    names = tuple(made.parameters)
    mu = 1e-3
    for row in run.history:
        e, J = jacobian(made, X, SINE, names)
        trials = 0
        while True:
            trials += 1
            step = -np.linalg.solve(J.T @ J + mu * np.eye(J.shape[1]), J.T @ e)
            parts, start = {}, 0
            for n in names:
                w = made.parameters[n]
                parts[n] = w + step[start : start + w.size].reshape(w.shape)
                start += w.size
            moved = made.with_parameters(**parts)
            now = ((moved.outputs(X) - SINE) ** 2).sum()
            if now < (e**2).sum():
                mu *= 0.1
                break
            mu *= 10
        made = moved
        assert row["trials"] == trials
        assert row["mu"] == pytest.approx(mu)
        assert row["loss"] == pytest.approx(now / 41, rel=1e-6)


def test_it_ends_where_scipy_ends():
    needs("scipy")
    import scipy.optimize as optimize

    noisy = SINE + 0.1 * RNG.normal(size=SINE.shape)
    made = net(seed=1)
    run = fit(made, y=noisy, epochs=2000)
    names = tuple(made.parameters)

    def residuals(w):
        W1, b1, W2, b2 = np.split(w, [5, 10, 15])
        return np.tanh(X * W1 + b1) @ W2 + b2 - noisy[:, 0]

    start = np.concatenate([run.parameters[n].ravel() for n in names])
    found = optimize.least_squares(residuals, start, method="lm", xtol=1e-14, ftol=1e-14)
    assert run.loss == pytest.approx(2 * found.cost / 41, rel=1e-6)


def test_the_article_of_goals():
    """Thirty starts reach a mean squared error of 1e-6, half of them within 20 iterations."""
    runs = [fit(net(seed=s), goal=1e-6, epochs=500) for s in range(30)]
    assert all(run.loss <= 1e-6 for run in runs)
    assert np.median([run.iterations for run in runs]) <= 20
    assert "met the goal 1e-06" in runs[0].stop_reason


def test_every_end_is_said():
    assert fit(net(), epochs=3).stop_reason == "3 iterations done"
    line = wg.mlp([1, 1], output_activation="identity", loss="mean_squared_error")
    exact = fit(line, y=2 * X + 1)
    assert "the gradient's norm fell to" in exact.stop_reason
    assert exact.parameters["W1"][0, 0] == pytest.approx(2)
    y = RNG.normal(size=(41, 1))
    stuck = fit(line, y=y, optimizer={"name": "lm", "min_gradient": 1e-300})
    assert "mu rose over 1e+10" in stuck.stop_reason
    held = fit(net(seed=2), y=SINE + 0.5 * y, validation=0.3)
    assert "validation loss was not better for 6 iterations" in held.stop_reason
    assert held.history[-1]["val_fails"] == 6
    assert held.best_epoch == len(held.history) - 6
    assert held.history[held.best_epoch - 1]["val_loss"] == min(held.history.column("val_loss"))


def test_the_preset():
    x = RNG.normal(size=(200, 3)) * [1, 50, 0.1] + 7
    y = np.sin(x[:, 0]) + 0.02 * x[:, 1]
    run = wg.train(x, y, preset="matlab", quiet=True)
    assert run.model.layers == (3, 10, 1)
    assert [a.name for a in run.model.activations] == ["tanh", "identity"]
    assert {run.model.preparation.inputs.kind, run.model.preparation.targets.kind} == {"minmax"}
    assert run.model.predict(x).shape == (200, 1)
    assert np.sqrt(((run.model.predict(x)[:, 0] - y) ** 2).mean()) < 0.3 * y.std()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 8}, "Levenberg–Marquardt has no batch_size"),
        ({"learning_rate": 0.1}, "has no learning_rate"),
        ({"engine": "eager"}, "compiled and runs in float64"),
        ({"optimizer": {"name": "lm", "nu": 1}}, "lm has no option 'nu'"),
        ({"optimizer": {"name": "lm", "mu": -1}}, "mu must be a positive number"),
    ],
)
def test_what_it_cannot_do_is_said(options, said):
    with pytest.raises(ConfigError, match=said):
        fit(net(), **options)


def test_a_jacobian_that_is_too_large_is_not_begun():
    large = wg.mlp([50, 300, 10], activation="tanh", output_activation="identity", loss="mse")
    x = RNG.normal(size=(5_000, 50))
    with pytest.raises(ConfigError, match=r"50,000 residuals × 18,310 parameters: a system of 18,310 equations"):
        fit(large, x, np.zeros((5_000, 10)))
    with pytest.raises(ConfigError, match="fits sums of squares"):
        fit(wg.mlp([1, 3, 2], loss="softmax_cross_entropy"), y=np.zeros(41, int))


def test_the_share_of_the_loss():
    for loss in ("half_squared_error", "squared_error", "mean_squared_error"):
        for reduction in ("mean", "sum"):
            made = wg.mlp([1, 2, 3], loss=loss, reduction=reduction)
            y = RNG.normal(size=(41, 3))
            e, _ = jacobian(made, X, y, ("b2",))
            share = loss_share(made, 41)
            assert share * float(e @ e) == pytest.approx(wg.backprop(made, X, y).loss)


def test_the_page_shows_the_iteration_that_runs():
    """The first iteration as `explain --optimizer lm` has it, and as the compiled loop does it."""
    from whygrad.pages.update import damping_document

    made = net(seed=3)
    row = fit(made, epochs=1).history[0]
    trace = wg.backprop(made, X, SINE)
    table = next(b for b in damping_document(trace, trace.names).blocks if hasattr(b, "rows"))
    assert len(table.rows) == row["trials"]
    mu, _, loss, _ = table.rows[-1]
    assert loss.value == pytest.approx(row["loss"], rel=1e-9)
    assert mu.value * 0.1 == pytest.approx(row["mu"])
