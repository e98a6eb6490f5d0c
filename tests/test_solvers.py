"""What all solvers share, and Levenberg–Marquardt: against SciPy, its ends in words, its guard."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import ConfigError
from whygrad.models.flat import joined, parted, shapes_of
from whygrad.training.algorithms import SOLVERS
from whygrad.training.clock import Clock
from whygrad.training.options import Options
from whygrad.training.run import Run
from whygrad.training.solvers.solve import READ, checked, kind_of
from whygrad.training.solvers.squares import jacobian, loss_share

RNG = np.random.default_rng(0)
X = np.linspace(-1, 1, 41)[:, None]
SINE = np.sin(np.pi * X)


@pytest.fixture(autouse=True)
def jax_is_there():
    needs("jax")


@pytest.fixture(autouse=True)
def numbers_of_its_own(monkeypatch):
    """Each test draws from the start, whichever ran before it."""
    monkeypatch.setitem(globals(), "RNG", np.random.default_rng(0))


def net(outputs=1, seed=0, **options):
    return wg.mlp(
        [1, 5, outputs], activation="tanh", output_activation="identity",
        loss="mean_squared_error", init="nguyen_widrow", seed=seed, **options,
    )  # fmt: skip


# Validation and test of equal shapes everywhere: a program is compiled for them once a solver.
HELD = {"validation": (X[::2], SINE[::2]), "test": (X[1::2], SINE[1::2])}


def l2_of(solver):
    """Where there is a penalty, the program has one."""
    return 0.0 if solver in ("lm", "lm_bayes") else 0.01


def fit(made, x=X, y=SINE, **options):
    return wg.train(made, x, y, optimizer=options.pop("optimizer", "lm"), quiet=True, **options)


@pytest.mark.parametrize(
    "made",
    [
        net(2),
        wg.mlp([1, 3, 2], activation="logsig", bias="shared", loss="mse", seed=1),
        wg.mlp([2, 3, 2], activation="tanh", tied=True, autoencoder=True, loss="mse"),
        wg.mlp([1, 4, 3], activation="relu", output_activation="softmax", loss="mse", bias="none"),
    ],
    ids=["plain", "shared bias", "tied", "softmax"],
)
def test_the_jacobian_is_that_of_finite_differences(made):
    x = np.hstack([X, X**2])[:, : made.layers[0]]
    y = np.random.default_rng(5).normal(size=(41, made.layers[-1]))
    names = tuple(made.parameters)
    e, J = jacobian(made, x, y, names)
    shapes = shapes_of(made.parameters, names)
    flat = joined(made.parameters, shapes)

    def residuals(w):
        return (made.with_parameters(**parted(w, shapes)).outputs(x) - y).ravel()

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
    shapes = shapes_of(made.parameters, names)
    mu = 1e-3
    for row in run.history:
        e, J = jacobian(made, X, SINE, names)
        trials = 0
        while True:
            trials += 1
            step = -np.linalg.solve(J.T @ J + mu * np.eye(J.shape[1]), J.T @ e)
            there = joined(made.parameters, shapes) + step
            moved = made.with_parameters(**parted(there, shapes))
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
    held = fit(net(seed=2), y=SINE + 0.5 * y, **HELD)
    assert "validation loss was not better for 6 iterations" in held.stop_reason
    assert held.history[-1]["val_fails"] == 6
    assert held.best_epoch == len(held.history) - 6
    assert held.history[held.best_epoch - 1]["val_loss"] == min(held.history.column("val_loss"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 8}, "Levenberg–Marquardt has no batch_size"),
        ({"learning_rate": 0.1}, "has no learning_rate"),
        ({"l2": 0.1}, "Levenberg–Marquardt has no l2"),
        ({"monitor": "loss"}, "watches val_loss alone"),
        ({"engine": "eager"}, "compiled and runs in float64"),
        ({"dtype": "float32"}, "compiled and runs in float64"),
        ({"epochs": 3, "iterations": 3}, "Both iterations and epochs"),
        ({"optimizer": {"name": "lm", "nu": 1}}, "lm has no option 'nu'"),
        ({"optimizer": {"name": "lm", "mu": -1}}, "mu must be a positive number"),
        ({"optimizer": {"name": "lm", "mu_dec": 2}}, "mu_dec must be a number between 0 and 1"),
        ({"optimizer": {"name": "lm", "max_fail": 1.5}}, "max_fail must be a whole number"),
        ({"optimizer": {"name": "scg", "sigma": "small"}}, "sigma must be a positive number"),
        ({"optimizer": "scg", "l1": 0.1}, "Scaled conjugate gradient has no l1"),
        ({"optimizer": "rprop", "learning_rate": 0.1}, "finds the size of its steps itself"),
        ({"optimizer": "rprop", "engine": "eager"}, "Rprop is compiled"),
        ({"optimizer": "traincgf"}, "the nearest one here: 'scg'"),
        ({"optimizer": "trainbfg"}, "the nearest one here: 'lbfgs'"),
        ({"optimizer": "trainc"}, "'sgd' with batch_size = 1"),
        ({"optimizer": "scgg"}, "did you mean 'scg'"),
        ({"optimizer": {"name": "lm_bayes", "start": "dat"}}, "start 'dat'"),
    ],
)
def test_what_it_cannot_do_is_said(options, said):
    with pytest.raises(ConfigError, match=said):
        fit(net(), **options)


def test_a_jacobian_that_is_too_large_is_not_begun():
    large = wg.mlp([50, 300, 10], activation="tanh", output_activation="identity", loss="mse")
    x = RNG.normal(size=(5_000, 50))
    said = r"50,000 residuals × 18,310 parameters: a system of 18,310 equations"
    with pytest.raises(ConfigError, match=said):
        fit(large, x, np.zeros((5_000, 10)))
    with pytest.raises(ConfigError, match="fits sums of squares"):
        fit(wg.mlp([1, 3, 2], loss="softmax_cross_entropy"), y=np.zeros(41, int))


def test_many_samples_are_gone_through_in_parts():
    """Blocks of the Jacobian and what is left over: one undamped step is NumPy's least squares."""
    x = RNG.normal(size=(2_500, 3))
    y = x @ [[1.0], [2.0], [-1.0]] + RNG.normal(size=(2_500, 1))
    line = wg.mlp([3, 1], output_activation="identity", loss="mean_squared_error")
    run = fit(line, x, y, optimizer={"name": "lm", "mu": 1e-12}, epochs=1)
    design = np.hstack([x, np.ones((2_500, 1))])
    best, rest = np.linalg.lstsq(design, y)[:2]
    np.testing.assert_allclose(run.parameters["W1"][0], best[:3, 0], rtol=1e-9)
    assert run.history[0]["loss"] == pytest.approx(rest[0] / 2_500)


def test_weights_and_unknown_targets_count_as_in_the_loss():
    optimize = needs("scipy.optimize")
    weight = RNG.uniform(0.2, 3, 41)
    y = np.hstack([SINE, X**2]) + 0.1 * RNG.normal(size=(41, 2))
    y[::5, 1] = np.nan
    run = fit(net(2), y=y, sample_weight=weight, missing_targets="mask", epochs=300)
    known, row = ~np.isnan(y), run.history[-1]
    assert row["loss"] == pytest.approx(run.loss, rel=1e-12)

    def residuals(w):
        h = np.tanh(X * w[:5] + w[5:10])
        e = h @ w[10:20].reshape(2, 5).T + w[20:] - np.where(known, y, 0)
        return (e * known * np.sqrt(weight)[:, None]).ravel()

    at = np.concatenate([run.parameters[n].ravel() for n in ("W1", "b1", "W2", "b2")])
    assert row["loss"] == pytest.approx((residuals(at) ** 2).sum() / 2 / weight.sum())
    found = optimize.least_squares(residuals, at, method="lm", xtol=1e-14, ftol=1e-14)
    assert row["loss"] == pytest.approx(found.cost / weight.sum(), rel=1e-3)


def test_singular_equations_are_lived_with():
    """Four places with ten different targets each: JᵀJ has at most rank 4, whatever the weights."""
    place = np.arange(41) % 4
    x = np.array([[-1.0], [-0.3], [0.3], [1.0]])[place]
    y = np.sin(np.pi * x) + RNG.normal(size=(41, 1))
    run = fit(net(), x, y, optimizer={"name": "lm", "mu": 1e-18, "min_gradient": 1e-300})
    losses = [run.start["loss"], *run.history.column("loss")]
    assert run.history[0]["trials"] > 1
    assert np.isfinite(losses).all()
    assert (np.diff(losses) <= 0).all()
    means = np.bincount(place, y[:, 0]) / np.bincount(place)
    assert losses[-1] == pytest.approx(((y[:, 0] - means[place]) ** 2).mean(), rel=1e-6)
    assert "mu rose over 1e+10" in run.stop_reason
    assert "the Jacobian has rank 4, there are 16 weights" in run.summary


def test_directions_that_the_data_leave_undecided_are_said_however_a_fit_ends():
    """A constant input goes with the bias; seven samples decide seven of sixteen directions."""
    line = wg.mlp([1, 1], output_activation="identity", loss="mean_squared_error")
    constant = fit(line, np.full((41, 1), 3.0), SINE, scale="none")
    assert "the gradient's norm fell to" in constant.stop_reason
    assert "rank 1, there are 2 weights: the data leave 1 of their directions" in constant.summary
    assert not fit(line).remarks
    places = fit(net(), X[np.arange(41) % 7 * 5], SINE, epochs=2)
    assert places.stop_reason == "2 iterations done"
    assert "the Jacobian has rank 7, there are 16 weights" in places.summary


@pytest.mark.parametrize("solver", ["lm", "lm_bayes", "scg", "lbfgs", "rprop"])
def test_a_row_is_measured_at_its_own_weights(solver):
    """The start and every row: loss, gradient, validation and test, against the eager passes."""
    y, l2, rows = SINE + 0.2 * RNG.normal(size=(41, 1)), l2_of(solver), []
    options = {"optimizer": solver, "l2": l2, "y": y, **HELD}
    run = fit(net(), **options, epochs=6, restore_best=False, callbacks=[rows.append])
    assert rows == run.history

    def expected(made, row):
        trace = wg.backprop(made, X, y)
        pulled = {
            k: g + l2 * made.parameters[k] * k.startswith("W") for k, g in trace.gradients.items()
        }
        if solver == "lm_bayes":
            ratio = row["alpha"] / row["beta"] * 2 / 41
            pulled = {k: g + ratio * made.parameters[k] for k, g in pulled.items()}
        penalty = 0.5 * l2 * sum((v**2).sum() for k, v in made.parameters.items() if k[0] == "W")
        return {
            "loss": trace.loss,
            "objective": trace.loss + penalty,
            "gradient": np.sqrt(sum((pulled[k] ** 2).sum() for k in made.parameters)),
            "val_loss": wg.backprop(made, *HELD["validation"]).loss,
            "test_loss": wg.backprop(made, *HELD["test"]).loss,
        }

    for made, row in ((net(), run.start), (run.model, run.history[-1])):
        for name, value in expected(made, row).items():
            if name != "objective" or l2:
                assert row[name] == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize("solver", ["lm", "lm_bayes", "scg", "lbfgs"])
def test_a_fit_that_was_cut_off_goes_on_to_the_same_bits(solver, tmp_path, monkeypatch):
    monkeypatch.setattr(Run, "plot", lambda run: {})  # a second a picture
    solved = {"optimizer": {"name": solver, "max_fail": 1000}, "l2": l2_of(solver), **HELD}
    whole = fit(net(), **solved, epochs=30)

    def cut(row):
        if row["epoch"] == 7:
            raise KeyboardInterrupt

    options = {**solved, "epochs": 30, "run": tmp_path / "run"}
    first = fit(net(), **options, callbacks=[cut], max_time=60)
    assert "interrupted by Ctrl-C after" in first.stop_reason
    assert 0 < first.iterations < whole.iterations
    kept = first.history[first.best_epoch - 1]
    assert first.loss == pytest.approx(kept["loss"], rel=1e-12)
    again = fit(net(), **options, resume=True)
    for name in whole.parameters:
        np.testing.assert_array_equal(again.parameters[name], whole.parameters[name])
    assert again.history.column("loss") == whole.history.column("loss")
    assert again.start == whole.start
    with pytest.raises(ConfigError, match="of another training"):
        fit(
            net(2),
            y=np.hstack([SINE, SINE]),
            **{**options, "validation": 0.3, "test": 0.3},
            resume=True,
        )


def test_a_resumed_fit_whose_time_is_over_has_the_weights_of_its_last_row(tmp_path, monkeypatch):
    """SciPy begins again from the first weights, and must come back to where the record ends."""
    monkeypatch.setattr(Run, "plot", lambda run: {})
    options = {"optimizer": "lbfgs", "engine": "eager", "run": tmp_path / "run"}
    fit(net(), **options, epochs=8)
    looks = []
    over = property(lambda clock: looks.append(clock.seconds) or len(looks) > 1)
    monkeypatch.setattr(Clock, "over", over)  # as soon as SciPy has begun
    again = fit(net(), **options, epochs=200, max_time=1e9, resume=True)
    assert (again.end, again.iterations) == ("time", 8)
    assert again.loss == pytest.approx(again.history[-1]["loss"], rel=1e-12)


def test_lbfgs_by_numpy_needs_no_jax():
    code = """if True:
        import sys
        sys.modules["jax"] = None
        import numpy as np, whygrad as wg
        X = np.linspace(-1, 1, 41)[:, None]
        net = wg.mlp([1, 5, 1], activation="tanh", output_activation="identity", loss="mse")
        run = wg.train(net, X, X**2, optimizer="lbfgs", epochs=100, quiet=True)
        print(run.engine, run.loss < 1e-3)
    """
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout.split() == ["eager", "True"], found.stderr
    with pytest.raises(ConfigError, match="Only the compiled engine runs on a GPU"):
        fit(net(), optimizer="lbfgs", engine="eager", device="gpu")


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_option_that_a_solver_does_not_read_is_refused(solver):
    """Whatever options there will be: what is read is listed, not what is refused."""
    taken = (*READ, *kind_of(Options(optimizer=solver)).takes)
    for key in set(Options.__struct_fields__) - set(taken):
        with pytest.raises(ConfigError, match=f"has no {key}"):
            checked(net(), Options(**{"optimizer": solver, key: 0.125}))
    options = Options(optimizer=solver)
    assert checked(net(), options).dtype == "float64"
    assert options.dtype is None, "the caller's own options were written into"


def test_time_and_callbacks_end_a_fit():
    for solver in ("lm", "lbfgs"):
        slow = {"max_time": 0.5, "callbacks": [lambda row: time.sleep(0.2)]}
        short = fit(net(), optimizer=solver, **slow)
        assert "stopped by max_time = 0.5 s after" in short.stop_reason
        assert short.iterations <= 8
        asked = fit(net(), optimizer=solver, callbacks=[lambda row: row["epoch"] >= 4])
        assert "stopped by a callback after" in asked.stop_reason
        assert (short.end, asked.end, asked.iterations) == ("time", "callback", 4)
        there = fit(net(), optimizer=solver, epochs=4).parameters
        np.testing.assert_array_equal(asked.parameters["W1"], there["W1"])
        press = {"callbacks": [lambda row: signal.raise_signal(signal.SIGINT)], "epochs": 50}
        assert "interrupted by Ctrl-C after" in fit(net(), optimizer=solver, **press).stop_reason


def test_what_is_not_finite_ends_a_fit_with_the_weights_before_it():
    huge = {"name": "rprop", "delta0": 1e200, "deltamax": 1e300}
    compiled = {"l2": l2_of("rprop"), **HELD}
    run = fit(net(), optimizer=huge, epochs=50, **compiled)
    assert "stopped being finite in iteration" in run.stop_reason
    assert not np.isfinite(run.history[-1]["loss"])
    assert np.isfinite(run.loss)
    lost = net().with_parameters(W2=np.full((1, 5), 1e200))
    for solver in ("rprop", "lbfgs"):
        ended = fit(lost, optimizer=solver, **compiled).stop_reason
        assert "not finite before the first step" in ended


def test_float32_where_it_is_asked():
    run = fit(net(), optimizer="rprop", dtype="float32", epochs=200)
    assert run.dtype == "float32"
    assert {v.dtype for v in run.parameters.values()} == {np.dtype("float32")}
    assert run.loss < 0.1 * run.start["loss"]
    assert fit(net(), X.astype(np.float32), SINE.astype(np.float32), epochs=1).dtype == "float64"


def test_names_of_matlab_and_labels():
    for name, known in (("trainlm", "lm"), ({"name": "trainscg", "sigma": 1e-5}, "scg")):
        assert fit(net(), optimizer=name, epochs=2, l2=l2_of(known), **HELD).iterations == 2
        assert Options(optimizer=name).solver == known
    assert Options(optimizer="traingdm").optimizer == "momentum"
    x = RNG.normal(size=(60, 2))
    made = wg.mlp([2, 4, 3], activation="tanh", loss="softmax_cross_entropy", seed=1)
    labels = x.argmax(axis=1) + (x.sum(axis=1) > 0)
    run = fit(made, x, labels, optimizer="lbfgs", l2=1e-3, scale="none")
    assert (run.model.outputs(x).argmax(axis=1) == labels).mean() > 0.9


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
