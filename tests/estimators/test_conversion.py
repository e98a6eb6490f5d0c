"""To scikit-learn's own estimators and back: the predictions are equal."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import neural_network as theirs
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError

from whygrad.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS, KINDS = load_iris(return_X_y=True)
NAMES = load_iris().target_names[KINDS]
LABELS = np.column_stack([KINDS > 0, IRIS[:, 1] > 3]).astype(int)
DIABETES, PROGRESS = load_diabetes(return_X_y=True)
USUAL = {
    "hidden_layer_sizes": (6, 3), "max_iter": 8, "learning_rate_init": 0.02, "random_state": 0,
    "shuffle": False, "alpha": 0,  # of a last, shorter batch alpha counts more there
}  # fmt: skip
CASES = [
    ("MLPClassifier", IRIS, NAMES, {}),
    ("MLPClassifier", IRIS * 1000 + 7, NAMES, {"activation": "tanh", "scale": "minmax"}),
    ("MLPClassifier", IRIS[:100], KINDS[:100], {"activation": "logistic"}),
    ("MLPClassifier", IRIS, LABELS, {"scale": None}),
    ("MLPRegressor", DIABETES, PROGRESS, {"activation": "identity"}),
    ("MLPRegressor", DIABETES, np.column_stack([PROGRESS, -(PROGRESS**2)]), {"activation": "tanh"}),
    ("MLPRegressor", DIABETES, PROGRESS // 50, {"loss": "poisson"}),
    ("MLPRegressor", DIABETES, PROGRESS, {"hidden_layer_sizes": (), "scale_targets": "minmax"}),
]


@pytest.mark.parametrize(("name", "X", "y", "parameters"), CASES)
def test_there_and_back(name, X, y, parameters):
    ours = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[name]
    mine = ours(**{**USUAL, **parameters}).fit(X, y)
    his = mine.to_sklearn()
    assert type(his) is getattr(theirs, name)
    answers = ("predict_proba", "predict") if name == "MLPClassifier" else ("predict",)
    back = ours.from_sklearn(his)
    assert back.get_params()["scale"] is None
    for answer in answers:
        wanted = getattr(his, answer)(X)
        if answer == "predict" and name == "MLPClassifier":
            np.testing.assert_array_equal(getattr(mine, answer)(X), wanted)
            np.testing.assert_array_equal(getattr(back, answer)(X), wanted)
        else:
            size = np.abs(wanted).max()
            np.testing.assert_allclose(getattr(mine, answer)(X) / size, wanted / size, atol=1e-12)
            np.testing.assert_allclose(getattr(back, answer)(X) / size, wanted / size, atol=1e-12)
    assert his.n_iter_ == back.n_iter_ == mine.n_iter_
    assert his.score(X, y) == pytest.approx(mine.score(X, y))
    his.partial_fit(X, y)
    back.partial_fit(X, y)
    np.testing.assert_allclose(his.coefs_[0], back.coefs_[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_scikit_learns_own_fit(name):
    y = NAMES if name == "MLPClassifier" else IRIS[:, 0] + KINDS
    his = getattr(theirs, name)(**{**USUAL, "solver": "lbfgs", "alpha": 0.3}).fit(IRIS, y)
    mine = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[name].from_sklearn(his)
    answer = "predict_proba" if name == "MLPClassifier" else "predict"
    wanted = getattr(his, answer)(IRIS)
    np.testing.assert_allclose(getattr(mine, answer)(IRIS), wanted, rtol=1e-12, atol=1e-15)
    assert (mine.alpha, mine.solver, mine.run_) == (0.3, "lbfgs", None)
    his.coefs_[0][:] = 0
    assert mine.coefs_[0].any(), "the weights are its own"
    derivation = mine.why(IRIS[:2], y[:2], "coefs_[1][0, 0]")
    assert derivation.value == mine.backprop(IRIS[:2], y[:2]).gradients["W2"][0, 0]


@pytest.mark.parametrize(
    ("make", "y", "said"),
    [
        (lambda: MLPClassifier((3,), "silu", max_iter=1), NAMES, "one activation"),
        (lambda: MLPClassifier((3, 2), ["tanh", "relu"], max_iter=1), NAMES, "tanh, relu"),
        (
            lambda: MLPClassifier((3,), loss="squared_error", max_iter=1),
            NAMES,
            "output activation is softmax",
        ),
        (
            lambda: MLPRegressor("huber", (3,), output_activation="tanh", max_iter=1),
            KINDS / 3,
            "output activation is identity",
        ),
    ],
)
def test_what_scikit_learn_cannot_express_is_said(make, y, said):
    with pytest.raises(ValueError, match=said):
        make().fit(IRIS, y).to_sklearn()
    with pytest.raises(NotFittedError):
        make().to_sklearn()


def test_only_its_own_kind_is_taken():
    with pytest.raises(ValueError, match=r"takes scikit-learn's own MLPClassifier"):
        MLPClassifier.from_sklearn(theirs.MLPRegressor())
    with pytest.raises(NotFittedError):
        MLPRegressor.from_sklearn(theirs.MLPRegressor())
