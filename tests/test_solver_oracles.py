"""Solvers against others: Foresee and Hagan's and Møller's steps written out, SciPy, PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.numeric import xp
from whygrad.pages.update import update_document
from whygrad.training.update import RESILIENT

RNG = np.random.default_rng(0)
X = np.linspace(-1, 1, 41)[:, None]
NOISY = np.sin(np.pi * X) + 0.1 * RNG.normal(size=X.shape)
NAMES = ("W1", "b1", "W2", "b2")


@pytest.fixture(autouse=True)
def jax_is_there():
    needs("jax")


def net(seed=0, **options):
    return wg.mlp(
        [1, 5, 1], activation="tanh", output_activation="identity", loss="mean_squared_error",
        init="nguyen_widrow", seed=seed, **options,
    )  # fmt: skip


def fit(made, optimizer, y=NOISY, **options):
    return wg.train(made, X, y, optimizer=optimizer, quiet=True, **options)


def flat(parameters):
    return np.concatenate([np.ravel(parameters[n]) for n in NAMES])


def by_hand(w, y=NOISY):
    """Residuals and their Jacobian of the 1-5-1 network, differentiated on paper."""
    W1, b1, W2, b2 = np.split(w, [5, 10, 15])
    h = np.tanh(X * W1 + b1)
    slope = (1 - h**2) * W2
    return h @ W2 + b2 - y[:, 0], np.hstack([slope * X, slope, h, np.ones((41, 1))])


def mean_squares(w, l2=0.0):
    """Loss and gradient; the penalty is of the weights alone."""
    e, J = by_hand(w)
    weights = np.r_[np.ones(5), np.zeros(5), np.ones(5), 0]
    penalty = 0.5 * l2 * weights @ w**2
    return e @ e / 41 + penalty, 2 * J.T @ e / 41 + l2 * weights * w


# ---- Bayesian regularisation --------------------------------------------------------------------


def foresee_and_hagan(w, iterations, start):
    """Their iterations with the inverse of the Hessian, as the paper has them from step 0 on.

    start: "data" is the paper's, "estimated" that of MATLAB's trainbr.
    """
    mu, n, p = 5e-3, 41, len(w)
    e, J = by_hand(w)
    alpha, beta = 0.0, 1.0
    if start == "estimated":
        alpha, beta = p / (2 * w @ w), (n - p) / (2 * e @ e)
    rows = [(e @ e, w @ w, p, alpha, beta, mu)]
    for _ in range(iterations):
        now = beta * e @ e + alpha * w @ w
        while True:
            H = beta * J.T @ J + (mu + alpha) * np.eye(p)
            there = w - np.linalg.solve(H, beta * J.T @ e + alpha * w)
            off = by_hand(there)[0]
            if beta * off @ off + alpha * there @ there < now:
                break
            mu *= 10
        mu *= 0.1
        w = there
        e, J = by_hand(w)
        gamma = p - (alpha and alpha * np.trace(np.linalg.inv(beta * J.T @ J + alpha * np.eye(p))))
        alpha, beta = gamma / (2 * w @ w), (n - gamma) / (2 * e @ e)
        rows.append((e @ e, w @ w, gamma, alpha, beta, mu))
    return rows


@pytest.mark.parametrize("start", ["data", "estimated"])
def test_bayesian_regularisation_is_foresee_and_hagans(start):
    made = net(seed=1)
    run = fit(made, "trainbr" if start == "data" else {"name": "trainbr", "start": start})
    names = ("sse", "ssw", "gamma", "alpha", "beta", "mu")
    found = [[row[k] for k in names] for row in [run.start, *run.history[:12]]]
    expected = foresee_and_hagan(flat(made.parameters), 12, start)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert all(0 < row["gamma"] < 16 for row in run.history[1:])
    last = run.history[-1]
    assert last["loss"] == pytest.approx(last["sse"] / 41)
    assert "the gradient's norm fell to" in run.stop_reason
    assert f"{last['gamma']:.1f} of 16 parameters are effective" in run.summary


def test_a_first_step_for_the_data_alone_keeps_a_network_from_ending_as_a_constant():
    """Where α and β are estimated at the first weights it ends so, and that is said."""
    made, y = net(seed=1), np.sin(2 * np.pi * X)
    run = fit(made, "lm_bayes", y=y, epochs=100)
    assert run.loss < 0.01 * y.var()
    assert "hardly more" not in run.summary
    shrunk = fit(made, {"name": "lm_bayes", "start": "estimated"}, y=y, epochs=100)
    assert shrunk.loss == pytest.approx(y.var(), rel=0.1)
    assert shrunk.history[-1]["gamma"] < 1.5
    assert "hardly more than constant outputs have (1)" in shrunk.summary


def test_a_linear_network_comes_to_scikit_learns_evidence():
    """BayesianRidge without its hyper-priors has the same fixed point: its α is 2β, its λ is 2α."""
    linear_model = needs("sklearn.linear_model")
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 6)) * [1, 2, 0.5, 1, 3, 0.1]
    y = x @ [1, -0.5, 0.3, 0, 0, 0] + 0.5 * rng.normal(size=60)
    theirs = linear_model.BayesianRidge(
        max_iter=2000, tol=1e-14, alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, fit_intercept=False
    ).fit(x, y)
    made = wg.mlp([6, 1], output_activation="identity", loss="mean_squared_error", bias="none")
    exact = {"name": "lm_bayes", "min_gradient": 1e-10}
    run = wg.train(made, x, y, optimizer=exact, scale="none", quiet=True)
    last = run.history[-1]
    np.testing.assert_allclose(run.parameters["W1"][0], theirs.coef_, rtol=1e-6)
    assert 2 * last["beta"] == pytest.approx(theirs.alpha_, rel=1e-6)
    assert 2 * last["alpha"] == pytest.approx(theirs.lambda_, rel=1e-6)


# ---- scaled conjugate gradient ------------------------------------------------------------------


def moller(w, iterations):
    """Steps 1 to 9 of the paper's section 4, one trial a turn."""
    sigma, lam, lam_, k, success = 5e-5, 5e-7, 0.0, 0, True
    E, g = mean_squares(w)
    r = p = -g
    rows = []
    while len(rows) < iterations:
        if success:
            sigma_k = sigma / np.linalg.norm(p)
            delta = p @ (mean_squares(w + sigma_k * p)[1] - g) / sigma_k
        delta += (lam - lam_) * (p @ p)
        if delta <= 0:
            lam_ = 2 * (lam - delta / (p @ p))
            delta = -delta + lam * (p @ p)
            lam = lam_
        mu = p @ r
        alpha = mu / delta
        E_new, g_new = mean_squares(w + alpha * p)
        comparison = 2 * delta * (E - E_new) / mu**2
        success = comparison >= 0
        if success:
            w, E, g, lam_ = w + alpha * p, E_new, g_new, 0.0
            k += 1
            beta = 0.0 if k % len(w) == 0 else (g @ g - g @ -r) / mu
            length, r = p @ p, -g
            p, old = r + beta * p, p
            if comparison >= 0.75:
                lam /= 4
        else:
            length, lam_ = p @ p, lam
        if comparison < 0.25:
            lam += delta * (1 - comparison) / length
        if success:
            rows.append((E, np.linalg.norm(g), lam, alpha * np.linalg.norm(old)))
    return rows


def test_scaled_conjugate_gradient_is_mollers():
    made = net(seed=2)
    run = fit(made, "scg", epochs=25)
    found = [[row[k] for k in ("loss", "gradient", "lambda", "step")] for row in run.history[:20]]
    expected = moller(flat(made.parameters), 20)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert run.start["loss"] == pytest.approx(mean_squares(flat(made.parameters))[0])


def test_a_quadratic_takes_as_many_directions_as_it_has_weights():
    """A graph of one's own: ½·wᵀAw − bᵀw, whose minimum is a system of equations."""
    ops, size = wg.ops, 6
    root = RNG.normal(size=(size, size))
    A, b = root @ root.T + np.eye(size), RNG.normal(size=(1, size))

    def quadratic(w, A, b):
        return 0.5 * ops.sum((w @ A) * w) - ops.sum(b * w)

    graph = wg.trace(quadratic, w=(1, size), A=A.shape, b=b.shape)
    run = wg.train(
        graph, w=np.zeros((1, size)), A=A, b=b, parameters=["w"], optimizer="scg", epochs=size,
        quiet=True,
    )  # fmt: skip
    before, last = run.history.column("gradient")[-2:]
    assert last < 1e-4 * run.start["gradient"] < 0.1 * before
    np.testing.assert_allclose(run.parameters["w"][0], np.linalg.solve(A, b[0]), rtol=1e-4)


# ---- L-BFGS -------------------------------------------------------------------------------------


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_l_bfgs_is_scipys_on_the_function_written_out(l2):
    optimize = needs("scipy.optimize")
    seen, made = [], net(seed=4)
    optimize.minimize(
        mean_squares, flat(made.parameters), (l2,), "L-BFGS-B", jac=True,
        callback=lambda w: seen.append(mean_squares(w, l2)), options={"maxiter": 12},
    )  # fmt: skip
    run = fit(made, {"name": "lbfgs", "gtol": 1e-3}, l2=l2)
    ours = run.history.column("objective" if l2 else "loss")
    np.testing.assert_allclose(ours[:12], [E for E, _ in seen], rtol=1e-9)
    norms = [np.linalg.norm(g) for _, g in seen]
    np.testing.assert_allclose(run.history.column("gradient")[:12], norms, rtol=1e-6)
    assert "the gradient's largest entry fell to" in run.stop_reason
    assert np.abs(mean_squares(flat(run.parameters), l2)[1]).max() <= 1e-3
    assert run.history[-1]["loss"] == pytest.approx(run.loss, rel=1e-12)


def test_the_ends_of_l_bfgs_are_said():
    made = net(seed=4)
    few = fit(made, {"name": "lbfgs", "max_fun": 15})
    assert "max_fun = 15 evaluations were made" in few.stop_reason
    assert 15 <= few.history[-1]["evaluations"] <= 16 + 20
    coarse = fit(made, {"name": "lbfgs", "ftol": 1e-2, "m": 5})
    assert "fell by at most ftol = 0.01 of itself" in coarse.stop_reason
    assert "met the goal 0.1" in fit(made, "lbfgs", goal=0.1).stop_reason
    assert fit(made, "lbfgs", epochs=7).stop_reason == "7 iterations done"
    assert len(fit(made, "lbfgs", callbacks=[lambda row: row["epoch"] == 3]).history) == 3


# ---- Rprop --------------------------------------------------------------------------------------


def riedmiller_and_braun(w, iterations):
    """Rprop with weight backtracking, weight by weight."""
    delta, kept, last = np.full(len(w), 0.07), np.zeros(len(w)), np.zeros(len(w))
    losses = []
    for _ in range(iterations):
        g = mean_squares(w)[1]
        for k in range(len(w)):
            if g[k] * kept[k] < 0:
                delta[k] = max(0.5 * delta[k], 1e-6)
                w[k] -= last[k]
                kept[k], last[k] = 0.0, -last[k]
                continue
            if g[k] * kept[k] > 0:
                delta[k] = min(1.2 * delta[k], 50.0)
            kept[k], last[k] = g[k], -np.sign(g[k]) * delta[k]
            w[k] += last[k]
        losses.append(mean_squares(w)[0])
    return losses


def test_rprop_is_riedmillers_and_brauns():
    made = net(seed=3)
    run = fit(made, "trainrp", epochs=40)
    expected = riedmiller_and_braun(flat(made.parameters), 40)
    np.testing.assert_allclose(run.history.column("loss"), expected, rtol=1e-9)


@pytest.mark.xdist_group("torch")
def test_irprop_is_pytorchs():
    torch = needs("torch")
    made = net(seed=3)
    w = {k: torch.tensor(v, requires_grad=True) for k, v in made.parameters.items()}
    x, y, losses = torch.tensor(X), torch.tensor(NOISY), []
    optimizer = torch.optim.Rprop(list(w.values()), lr=0.07)
    for _ in range(41):
        out = torch.tanh(x @ w["W1"].T + w["b1"]) @ w["W2"].T + w["b2"]
        loss = ((out - y) ** 2).mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    run = fit(made, "irprop-", epochs=40)
    np.testing.assert_allclose([run.start["loss"], *run.history.column("loss")], losses, rtol=1e-9)


@pytest.mark.parametrize("rule", sorted(RESILIENT))
def test_the_page_shows_the_updates_that_run(rule):
    made = net(seed=3)
    page = update_document(wg.backprop(made, X, NOISY), rule, "W2[0,0]", None)
    shown = [b.lines[-1].value for b in page.blocks if hasattr(b, "lines")]
    state = RESILIENT[rule].init(made.parameters)
    now = dict(made.parameters)
    for t, value in enumerate(shown, start=1):
        g = wg.backprop(made.with_parameters(**now), X, NOISY).gradients
        steps, state = RESILIENT[rule].update(xp, now, g, state, 1.0, t)
        now = {k: v + steps[k] for k, v in now.items()}
        assert value == pytest.approx(now["W2"][0, 0], rel=1e-12)
    assert fit(made, rule, epochs=2).parameters["W2"][0, 0] == pytest.approx(shown[-1], rel=1e-12)
