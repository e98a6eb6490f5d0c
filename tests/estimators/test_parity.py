"""The estimators mean what scikit-learn's mean: from the same weights they take the same steps."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import neural_network as theirs
from sklearn.exceptions import ConvergenceWarning

from whygrad import sklearn as ours

RNG = np.random.default_rng(4)
X = RNG.normal(size=(60, 3))
Y2 = (X[:, 0] * X[:, 1] > 0).astype(int)
Y3 = np.array(["a", "b", "c"])[np.digitize(X[:, 0] + X[:, 2], [-0.7, 0.6])]
LABELS = (np.abs(X) > 0.8).astype(int)
NUMBERS = np.sin(X[:, 0]) + X[:, 1]
PAIRS = np.column_stack([NUMBERS, X[:, 2] ** 2])
COUNTS = RNG.poisson(np.exp(0.4 * X[:, 0]))
WEIGHT = RNG.uniform(0.2, 3, 60)


def begun(name, y, **parameters):
    """Both estimators before anything was learned, with the same weights."""
    said = {"hidden_layer_sizes": (4, 3), "random_state": 1, "shuffle": False, **parameters}
    his = getattr(theirs, name)(**said)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        his.set_params(max_iter=1, learning_rate_init=1e-12, solver="sgd").fit(X, y)
    his.set_params(**getattr(theirs, name)(**said).get_params())
    del his._optimizer
    his.t_, his.loss_curve_, his.best_loss_ = 0, [], np.inf
    his._no_improvement_count = 0
    return his, getattr(ours, name).from_sklearn(his)


def same(his, mine, rtol=1e-9):
    for found, wanted in zip(
        mine.coefs_ + mine.intercepts_, his.coefs_ + his.intercepts_, strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-12)


STEPS = [
    ("MLPClassifier", Y3, {}),
    ("MLPClassifier", Y2, {"activation": "logistic", "alpha": 0.5}),
    ("MLPClassifier", LABELS, {"activation": "tanh", "solver": "sgd", "learning_rate_init": 0.1}),
    ("MLPRegressor", NUMBERS, {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3, "alpha": 1.0}),
    ("MLPRegressor", PAIRS, {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.5}),
    ("MLPRegressor", COUNTS, {"loss": "poisson", "solver": "sgd", "momentum": 0}),
    ("MLPRegressor", NUMBERS, {"activation": "identity", "batch_size": 20, "alpha": 0.3}),
    ("MLPRegressor", PAIRS, {"solver": "sgd", "learning_rate": "invscaling", "momentum": 0}),
]


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "y", "parameters"), STEPS)
def test_passes_are_scikit_learns(name, y, parameters, weight):
    # A batch is penalised by alpha over its own weights there, by their mean over all here.
    if weight is not None and "batch_size" in parameters:
        parameters = {**parameters, "alpha": 0}
    his, mine = begun(name, y, **parameters)
    same(his, mine, 0)
    for _ in range(5):
        his.partial_fit(X, y, sample_weight=weight)
        mine.partial_fit(X, y, sample_weight=weight)
    same(his, mine)
    assert mine.t_ == his.t_ == 300
    assert mine.out_activation_ == his.out_activation_
    np.testing.assert_array_equal(mine.predict(X), his.predict(X)) if "Class" in name else None


# How long training goes on: by the loss, by a falling rate, with batches and without.
COURSES = [
    {"learning_rate_init": 0.05, "tol": 1e-2, "n_iter_no_change": 4},
    {"learning_rate_init": 0.05, "tol": 1e-3, "n_iter_no_change": 2, "batch_size": 15},
    {"solver": "sgd", "learning_rate_init": 0.3, "learning_rate": "invscaling", "power_t": 0.3,
     "momentum": 0, "tol": 1e-3, "n_iter_no_change": 3},
    {"solver": "sgd", "learning_rate_init": 0.5, "learning_rate": "adaptive", "momentum": 0,
     "tol": 3e-3, "n_iter_no_change": 1, "activation": "tanh"},
]  # fmt: skip


@pytest.mark.parametrize("parameters", COURSES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_takes_scikit_learns_course(parameters):
    parameters = {"alpha": 0, "warm_start": True, "max_iter": 60, **parameters}
    his, mine = begun("MLPRegressor", NUMBERS, **parameters)
    his.fit(X, NUMBERS)
    mine.fit(X, NUMBERS)
    assert mine.n_iter_ == his.n_iter_
    np.testing.assert_allclose(mine.loss_curve_, his.loss_curve_, rtol=1e-8)
    assert mine.loss_ == pytest.approx(his.loss_)
    assert mine.best_loss_ == pytest.approx(his.best_loss_)
    same(his, mine, 1e-7)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_falling_rate_goes_on_falling():
    falling = {"solver": "sgd", "learning_rate": "invscaling", "momentum": 0, "max_iter": 3}
    his, mine = begun("MLPRegressor", NUMBERS, **falling, learning_rate_init=0.3, warm_start=True)
    for _ in range(2):
        his.fit(X, NUMBERS)
        mine.fit(X, NUMBERS)
    same(his, mine)


@pytest.mark.parametrize(
    ("name", "y", "engine"),
    [
        ("MLPClassifier", Y3, "eager"),
        ("MLPRegressor", NUMBERS, "eager"),
        ("MLPRegressor", NUMBERS, "compiled"),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_lbfgs_is_scikit_learns(name, y, engine):
    his, mine = begun(
        name, y, solver="lbfgs", activation="tanh", alpha=0.7, warm_start=True, max_iter=25
    )
    mine.set_params(engine=engine)
    his.fit(X, y, sample_weight=WEIGHT)
    mine.fit(X, y, sample_weight=WEIGHT)
    same(his, mine, 1e-5)
    assert (mine.n_iter_, mine.run_.engine) == (his.n_iter_, engine)
    assert mine.run_.history[-1]["objective"] == pytest.approx(his.loss_)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_it_is_said_that_a_solver_was_not_done():
    with pytest.warns(ConvergenceWarning, match="max_fun = 4 evaluations were made"):
        ours.MLPRegressor(
            "squared_error", (4, 3), "tanh", solver="lbfgs", max_fun=4, random_state=0
        ).fit(X, NUMBERS)
    with warnings.catch_warnings():  # who ends it knows
        warnings.simplefilter("error")
        ended = ours.MLPRegressor(callbacks=[lambda row: True], random_state=0).fit(X, NUMBERS)
    assert ended.run_.end == "callback"


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_every_parameter_and_position_of_scikit_learn_is_there(name):
    his, mine = getattr(theirs, name)(), getattr(ours, name)()
    known = mine.get_params()
    assert {k: known.get(k, "missing") for k in his.get_params()} == his.get_params()
    first = ("poisson", (7,), "tanh") if name == "MLPRegressor" else ((7,), "tanh")
    assert getattr(ours, name)(*first).hidden_layer_sizes == (7,)
    with pytest.raises(TypeError):
        getattr(ours, name)(*first, "sgd")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_a_fit_leaves_behind():
    mine = ours.MLPClassifier((5,), max_iter=8, random_state=0).fit(X, Y3)
    his = theirs.MLPClassifier((5,), max_iter=8, random_state=0).fit(X, Y3)
    public = {k for k in vars(his) if k.endswith("_") and not k.startswith("_")}
    assert {k for k in public if not hasattr(mine, k)} == set()
    for name in ("n_layers_", "n_outputs_", "n_features_in_", "n_iter_", "t_", "out_activation_"):
        assert getattr(mine, name) == getattr(his, name), name
    assert [w.shape for w in mine.coefs_] == [w.shape for w in his.coefs_]
    assert [b.shape for b in mine.intercepts_] == [b.shape for b in his.intercepts_]
    np.testing.assert_array_equal(mine.classes_, his.classes_)
    assert len(mine.loss_curve_) == 8
    assert mine.best_loss_ == min(mine.loss_curve_)
    assert mine.validation_scores_ is None
    assert mine.best_validation_score_ is None
    with pytest.raises(AttributeError):
        ours.MLPClassifier().coefs_  # noqa: B018


def test_the_first_fit_warns_as_scikit_learn_does():
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(3\) reached") as caught:
        ours.MLPClassifier((3,), max_iter=3, random_state=0).fit(X, Y2)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="It is going to be clipped"):
        ours.MLPClassifier((3,), batch_size=70, tol=1e9, random_state=0).fit(X, Y2)


def test_verbose_prints_scikit_learns_lines(capsys):
    ours.MLPRegressor(
        "squared_error", (3,), tol=1e9, n_iter_no_change=1, verbose=True, random_state=0
    ).fit(X, NUMBERS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3, "the third is the second in a row that was no better"
    assert lines[0].startswith("Iteration 1, loss = ")
