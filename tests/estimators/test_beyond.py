"""What scikit-learn's estimators do not have, held to scikit-learn, PyTorch and quotients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.metrics import accuracy_score, log_loss, r2_score, recall_score
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

import whygrad as wg
from needs import needs
from whygrad.models import computation
from whygrad.sklearn import MLPClassifier, MLPRegressor
from whygrad.training.programs import PROGRAMS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS, KINDS = load_iris(return_X_y=True)
NAMES = load_iris().target_names[KINDS]
DIABETES, PROGRESS = load_diabetes(return_X_y=True)
FAST = {"learning_rate_init": 0.02, "random_state": 0}


def classifier(**parameters):
    return MLPClassifier(**{"hidden_layer_sizes": (6, 4), "max_iter": 30, **FAST, **parameters})


def regressor(**parameters):
    return MLPRegressor(**{"hidden_layer_sizes": (6,), "max_iter": 30, **FAST, **parameters})


def test_labels_come_back_and_probabilities_are_of_all_classes():
    found = classifier().fit(IRIS, NAMES)
    assert found.score(IRIS, NAMES) > 0.9
    np.testing.assert_array_equal(found.classes_, ["setosa", "versicolor", "virginica"])
    p = found.predict_proba(IRIS)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(found.predict(IRIS), found.classes_[p.argmax(axis=1)])
    np.testing.assert_allclose(found.predict_log_proba(IRIS), np.log(p))
    np.testing.assert_array_equal(found.network_.predict(IRIS), found.predict(IRIS))
    two = classifier().fit(IRIS[:100], NAMES[:100])
    assert two.predict_proba(IRIS).shape == (150, 2)
    assert two.out_activation_ == "logistic"

    one = classifier(max_iter=2).fit(IRIS[:50], NAMES[:50])
    assert one.predict_proba(IRIS).shape == (150, 1)
    assert set(one.predict(IRIS)) == {"setosa"}


def test_row_by_row_a_graph_is_made_once(monkeypatch):
    found = classifier(max_iter=2).fit(IRIS, NAMES)
    found.predict(IRIS[:1])
    monkeypatch.setattr(computation, "Computation", None)
    one_by_one = [found.predict_proba(row[None])[0] for row in IRIS[:9]]
    monkeypatch.undo()
    np.testing.assert_allclose(one_by_one, found.predict_proba(IRIS[:9]))


def test_labels_that_come_together():
    y = np.column_stack([KINDS > 0, IRIS[:, 0] > 5.8, IRIS[:, 1] > 3]).astype(int)
    found = classifier(hidden_layer_sizes=(20,), max_iter=100).fit(IRIS, y)
    assert found.predict(IRIS).shape == (150, 3)
    assert (found.predict(IRIS) == y).mean() > 0.9
    assert found.score(IRIS, y) == accuracy_score(y, found.predict(IRIS))
    thin = classifier(hidden_layer_sizes=(20,), max_iter=100).fit(IRIS, csr_matrix(y))
    assert isinstance(thin.predict(IRIS), csr_matrix)
    np.testing.assert_array_equal(thin.predict(IRIS).toarray(), found.predict(IRIS))


def test_class_weight_is_a_weight_of_samples():
    rare = np.flatnonzero((KINDS == 2) | (np.arange(150) % 10 == 0))
    X, y = IRIS[rare], NAMES[rare]
    balanced = classifier(class_weight="balanced").fit(X, y)
    weighted = classifier().fit(X, y, sample_weight=compute_sample_weight("balanced", y))
    np.testing.assert_allclose(balanced.coefs_[0], weighted.coefs_[0])
    heavy = classifier(class_weight={"setosa": 1, "versicolor": 30, "virginica": 1}).fit(X, y)
    assert recall_score(y, heavy.predict(X), average=None)[1] == 1
    with pytest.raises(ValueError, match="class_weight"):
        classifier(class_weight={"none such": 2}).fit(X, y)


def test_balanced_weights_are_of_what_samples_count():
    """As scikit-learn's LogisticRegression has it: a sample of weight 2 is a sample twice."""
    weight = np.where(KINDS == 1, 3, 1) + np.arange(150) % 2
    own = classifier(class_weight="balanced", max_iter=1)
    names, at = np.unique(NAMES, return_inverse=True)
    every = np.repeat(NAMES, weight)
    expected = compute_class_weight("balanced", classes=names, y=every)[at] * weight
    own.fit(IRIS, NAMES, sample_weight=weight)
    same = classifier(max_iter=1).fit(IRIS, NAMES, sample_weight=expected)
    np.testing.assert_allclose(own.coefs_[0], same.coefs_[0])
    labels = np.column_stack([KINDS == 1, IRIS[:, 0] > 6]).astype(int)
    own = classifier(class_weight="balanced", max_iter=1).fit(IRIS, labels)
    same = classifier(max_iter=1).fit(
        IRIS, labels, sample_weight=compute_sample_weight("balanced", labels)
    )
    np.testing.assert_allclose(own.coefs_[0], same.coefs_[0])


@pytest.mark.parametrize(("rows", "classes"), [(120, 40), (14, 3)])
def test_classes_too_small_to_be_shared_out_are_split_at_random(rows, classes):
    X = np.random.default_rng(0).normal(size=(rows, 4))
    y = np.arange(rows) % classes
    y[-1] = classes  # a class of one member
    found = classifier(early_stopping=True, max_iter=2).fit(X, y)
    assert len(found.run_.sets["validation"][0]) == np.ceil(rows / 10)
    assert found.predict_proba(X).shape == (rows, classes + 1)


@pytest.mark.parametrize("shape", ["one", "several"])
def test_validation_samples_of_ones_own(shape):
    y = PROGRESS if shape == "one" else np.column_stack([PROGRESS, DIABETES[:, 2] * 1000])
    found = regressor(max_iter=200, n_iter_no_change=4, learning_rate_init=0.05)
    found.fit(DIABETES[:300], y[:300], X_val=DIABETES[300:], y_val=y[300:])
    assert found.n_iter_ < 200
    assert found.best_loss_ is None
    assert len(found.validation_scores_) == found.n_iter_
    best = r2_score(y[300:], found.predict(DIABETES[300:]), multioutput="variance_weighted")
    assert found.best_validation_score_ == pytest.approx(best), "the best epoch's weights are kept"
    assert found.validation_scores_[found.run_.best_epoch - 1] == found.best_validation_score_
    with pytest.raises(ValueError, match="X_val is provided, but y_val was not"):
        regressor().fit(DIABETES, y, X_val=DIABETES)
    with pytest.raises(ValueError, match="expecting 10 features"):
        regressor().fit(DIABETES, y, X_val=DIABETES[:, :3], y_val=y)


def test_early_stopping_watches_the_score_or_the_loss():
    X, y = load_breast_cancer(return_X_y=True)
    scored = classifier(early_stopping=True, n_iter_no_change=3, max_iter=60).fit(X, y)
    assert max(scored.validation_scores_) <= 1
    shares = np.array(scored.validation_scores_) * 57
    np.testing.assert_allclose(shares, np.round(shares), atol=1e-9)
    by_loss = classifier(early_stopping=True, monitor="val_loss", max_iter=25).fit(X, y)
    assert by_loss.run_.best_epoch == 1 + np.argmin(by_loss.run_.history.column("val_loss"))
    weight = np.where(np.arange(569) % 3, 1.0, 2.0)
    held = classifier(max_iter=3).fit(
        X[:400], y[:400], X_val=X[400:], y_val=y[400:], sample_weight_val=weight[400:]
    )
    expected = log_loss(y[400:], held.predict_proba(X[400:]), sample_weight=weight[400:])
    assert min(held.run_.history.column("val_loss")) == pytest.approx(expected)
    with pytest.raises(ValueError, match="There is no measure 'val_f1'"):
        classifier(early_stopping=True, monitor="val_f1").fit(X, y)


def test_layers_activations_losses_and_schedules_of_ones_own():
    found = classifier(
        activation=["tanh", "x / (1 + exp(-x))"],
        dropout=0.2,
        learning_rate="cosine",
        solver="adamw",
    ).fit(IRIS, NAMES)
    assert [a.name for a in found.network_.activations] == ["tanh", "x / (1 + exp(-x))", "softmax"]
    assert found.run_.history[-1]["learning_rate"] < 0.001
    squares = classifier(loss="mean_squared_error", output_activation="logistic", max_iter=100)
    assert squares.fit(IRIS, NAMES).score(IRIS, NAMES) > 0.9
    assert squares.predict_proba(IRIS).shape == (150, 3)
    linear = classifier(loss="squared_error", activation="tanh", max_iter=60).fit(IRIS, NAMES)
    assert linear.score(IRIS, NAMES) > 0.7
    assert not hasattr(linear, "predict_proba")
    bounded = regressor(loss="huber", output_activation="tanh").fit(DIABETES, PROGRESS / 400)
    assert bounded.network_.preparation.targets is None, "only linear outputs have scaled targets"
    assert np.abs(bounded.predict(DIABETES)).max() < 1
    none = MLPRegressor("squared_error", (), max_iter=400, **FAST).fit(DIABETES, PROGRESS)
    assert none.coefs_[0].shape == (10, 1)


@pytest.mark.parametrize("scale", ["standard", "minmax", None])
def test_hidden_outputs_and_gradients_of_inputs(scale):
    torch = needs("torch")
    found = MLPRegressor(
        "squared_error", (5, 3), "tanh", scale=scale, scale_targets=scale, max_iter=5, **FAST
    )
    y = np.column_stack([PROGRESS, DIABETES[:, 2]])
    found.fit(DIABETES, y)
    theirs = found.to_sklearn()
    x = torch.tensor(DIABETES[:4], requires_grad=True)
    layers = [x]
    for w, b in zip(theirs.coefs_, theirs.intercepts_, strict=True):
        net = layers[-1] @ torch.tensor(w) + torch.tensor(b)
        layers.append(torch.tanh(net) if w.shape[1] != 2 else net)
    hidden = [layer.detach().numpy() for layer in layers[1:3]]
    np.testing.assert_allclose(found.transform(DIABETES[:4]), hidden[1])
    np.testing.assert_allclose(found.transform(DIABETES[:4], layer=0), hidden[0])
    wanted = [torch.autograd.grad(layers[3][:, j].sum(), x, retain_graph=True)[0] for j in (0, 1)]
    jacobian = found.input_gradients(DIABETES[:4])
    np.testing.assert_allclose(jacobian, np.stack(wanted, axis=1), rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="There is no such hidden layer"):
        found.transform(DIABETES, layer=2)
    with pytest.raises(ValueError, match="There is no such hidden layer"):
        found.transform(DIABETES, layer="last")


def test_gradients_of_probabilities_are_difference_quotients():
    found = classifier(max_iter=5).fit(IRIS, NAMES)
    h = 1e-6
    moved = [
        (found.predict_proba(IRIS[:5] + h * e) - found.predict_proba(IRIS[:5] - h * e)) / (2 * h)
        for e in np.eye(4)
    ]
    np.testing.assert_allclose(
        found.input_gradients(IRIS[:5]), np.stack(moved, axis=2), rtol=1e-5, atol=1e-8
    )


def test_why_a_gradient_is_what_it_is():
    found = classifier(max_iter=3, activation="tanh").fit(IRIS, NAMES)
    X, y = IRIS[48:53], NAMES[48:53]
    derivation = found.why(X, y, "coefs_[0][3, 5]")
    trace = wg.backprop(found.network_, X, y)
    assert derivation.value == pytest.approx(trace.gradients["W1"][5, 3])
    assert str(found.why(X, y, "w24")) == str(derivation), "whygrad's own name of W1[5, 3]"
    assert found.why(X, y, "coefs_[0][3][5]").value == derivation.value
    bias = found.why(X, y, "intercepts_[1][2]")
    h = 1e-6
    b = found.intercepts_[1]

    def loss(moved):
        b[2] += moved
        value = log_loss(y, found.predict_proba(X), labels=found.classes_)
        b[2] -= moved
        return value

    assert bias.value == pytest.approx((loss(h) - loss(-h)) / (2 * h), rel=1e-6)
    for wrong in ("coefs_[0][4, 0]", "coefs_[3][0, 0]", "intercepts_[0][1, 2]", "coefs_[0][2]"):
        with pytest.raises(ValueError, match=r"There is no .*"):
            found.why(X, y, wrong)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_stay_of_their_type(dtype):
    X = IRIS.astype(dtype)
    found = classifier(max_iter=2).fit(X, NAMES)
    for array in (
        *found.coefs_,
        found.predict_proba(X),
        found.transform(X),
        found.input_gradients(X),
    ):
        assert array.dtype == dtype
    numbers = regressor(max_iter=2).fit(X, X[:, 0].astype(float))
    assert numbers.predict(X).dtype == dtype


def test_losses_are_numpys_and_a_function_alone_listens():
    seen = []
    found = regressor(max_iter=5, callbacks=lambda row: seen.append(row) or len(seen) == 2)
    found.fit(DIABETES, PROGRESS, X_val=DIABETES, y_val=PROGRESS)
    assert found.n_iter_ == len(seen) == 2
    assert {type(v) for v in (found.loss_, *found.loss_curve_, *found.validation_scores_)} == {
        np.float64
    }


def test_several_first_weights_and_the_best_of_them():
    found = regressor(n_restarts=3, max_iter=10).fit(DIABETES[:60], PROGRESS[:60])
    assert found.restart_losses_.shape == (3,)
    assert found.loss_ == pytest.approx(found.restart_losses_.min())
    assert len(set(found.restart_losses_)) == 3


def test_other_numbers_compile_nothing_anew():
    needs("jax")
    fast = {"engine": "compiled", "hidden_layer_sizes": (3,), "activation": "x / (1 + exp(-x))"}
    classifier(**fast).fit(IRIS, NAMES)
    there = list(PROGRAMS)
    other = {"learning_rate_init": 0.1, "alpha": 1, "random_state": 5, "max_iter": 4}
    classifier(**{**fast, **other}).fit(IRIS, NAMES)
    assert list(PROGRAMS) == there


def test_going_on_from_where_it_ended():
    found = regressor(warm_start=True, max_iter=4).fit(DIABETES, PROGRESS)
    first, around = found.loss_, found.network_.preparation
    found.fit(DIABETES[:400], PROGRESS[:400])
    assert len(found.loss_curve_) == 8
    assert found.n_iter_ == 4
    assert found.loss_ < first
    assert found.network_.preparation.inputs is around.inputs, "the scaling belongs to the weights"
    with pytest.raises(ValueError, match="it has other layers"):
        found.set_params(hidden_layer_sizes=(3,)).fit(DIABETES, PROGRESS)
    found.set_params(hidden_layer_sizes=(6,))
    seen = found.t_
    found.partial_fit(DIABETES[:50], PROGRESS[:50])
    assert found.t_ == seen + 50

    known = classifier(warm_start=True, max_iter=2).fit(IRIS, NAMES)
    with pytest.raises(ValueError, match="same classes as in the previous call"):
        known.fit(IRIS[:100], NAMES[:100])


def test_unscaled_inputs_and_scaled_targets_stay_so():
    found = regressor(scale=None, warm_start=True, max_iter=1).fit(DIABETES * 1000, PROGRESS)
    around = found.network_.preparation
    found.set_params(scale="standard").fit(DIABETES * 1000, PROGRESS)
    found.partial_fit(DIABETES * 1000, PROGRESS)
    assert found.network_.preparation.inputs is None
    assert found.network_.preparation.targets is around.targets


def test_weights_can_be_put_in():
    found, other = classifier(max_iter=2).fit(IRIS, NAMES), classifier(max_iter=9).fit(IRIS, NAMES)
    found.coefs_, found.intercepts_ = other.coefs_, other.intercepts_
    np.testing.assert_array_equal(found.predict_proba(IRIS), other.predict_proba(IRIS))
    with pytest.raises(ValueError, match="W1 does not fit its layer"):
        found.coefs_ = [w.T for w in other.coefs_]


@pytest.mark.parametrize("solver", ["lm", "scg"])
def test_solvers_of_whygrad(solver):
    found = regressor(solver=solver, activation="tanh", hidden_layer_sizes=(3,), max_iter=15)
    found.fit(DIABETES[:300], PROGRESS[:300], X_val=DIABETES[300:], y_val=PROGRESS[300:])
    assert found.run_.history[-1]["loss"] < found.run_.history[0]["loss"]
    assert len(found.validation_scores_) == found.n_iter_


def test_one_call_is_one_pass():
    found = classifier()
    for part in range(3):
        found.partial_fit(IRIS[part::3], NAMES[part::3], classes=np.unique(NAMES))
    assert found.n_iter_ == 1
    assert len(found.loss_curve_) == 3
    assert found.t_ == 150
    with pytest.raises(ValueError, match="classes not in"):
        found.partial_fit(IRIS[:2], ["setosa", "rose"])
    with pytest.raises(ValueError, match="early_stopping"):
        classifier(early_stopping=True).partial_fit(IRIS, NAMES, classes=np.unique(NAMES))
    assert not hasattr(classifier(solver="lbfgs"), "partial_fit")
    np.testing.assert_allclose(found.coefs_[0], _whole_again().coefs_[0])


def _whole_again():
    found = classifier()
    for part in range(3):
        found.partial_fit(IRIS[part::3], NAMES[part::3], classes=np.unique(NAMES))
    return found


def test_a_pass_that_fails_is_taken_back():
    found = regressor(solver="sgd", learning_rate_init=1e200, scale=None, scale_targets=None)
    with pytest.warns(UserWarning, match="taken back"):
        found.partial_fit(DIABETES * 1e100, PROGRESS * 1e100)
    assert all(np.isfinite(w).all() for w in found.coefs_)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes must be > 0, got"),
        ({"activation": "rellu"}, "did you mean 'relu'"),
        ({"activation": ["relu"]}, "(?s)one for each.*1 activations, hidden layers: 2"),
        ({"activation": "Relu"}, "did you mean 'relu'"),
        ({"hidden_layer_sizes": (3.5,)}, "hidden_layer_sizes are whole numbers"),
        ({"hidden_layer_sizes": "10"}, "hidden_layer_sizes are whole numbers"),
        ({"hidden_layer_sizes": None}, "hidden_layer_sizes are whole numbers"),
        ({"activation": None}, "activation must be a name, a formula"),
        ({"callbacks": 3}, "callbacks must be a function, a list"),
        ({"solver": "adma"}, "did you mean 'adam'"),
        ({"alpha": -1}, "alpha must be a number from 0"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"learning_rate": "constnat"}, "There is no schedule 'constnat'"),
        ({"momentum": 1.0, "solver": "sgd"}, "momentum must be"),
        ({"scale": "standrad"}, "scale must be one of standard, minmax, or None"),
        ({"loss": "mean_square_error"}, "did you mean"),
        ({"loss": (5,)}, r"(?s)loss must be a name.*try: hidden_layer_sizes=\(5,\)"),
        ({"n_restarts": 0}, "n_restarts must be"),
        ({"dropout": 1.5}, "dropout is a share"),
        ({"solver": "lm"}, "sums of squares"),
        ({"solver": "lbfgs", "dropout": 0.2}, "The solver 'lbfgs' has no dropout"),
        ({"solver": "scg", "dropout": [0, 0.2]}, "The solver 'scg' has no dropout"),
        ({"monitor": "val_loss"}, "no samples validate"),
        ({"monitor": "val_f1", "early_stopping": True}, "There is no measure 'val_f1'"),
        ({"monitor": "val_f1", "early_stopping": True, "solver": "lbfgs"}, "watches val_loss"),
        ({"solver": None}, "solver must be a name"),
        ({"verbose": -1}, "verbose must be"),
        ({"class_weight": [1, 2]}, 'class_weight must be "balanced", a dict'),
        ({"class_weight": "bal"}, 'class_weight must be "balanced", a dict'),
        ({"class_weight": {"setosa": -1}}, 'class_weight must be "balanced", a dict'),
        ({"early_stopping": True, "validation_fraction": 0}, "samples that validate"),
    ],
)
def test_what_cannot_be_is_a_value_error(parameters, said):
    with pytest.raises(ValueError, match=said) as caught:
        classifier(**parameters).fit(IRIS, NAMES)
    assert isinstance(caught.value, wg.WhygradError)


def test_samples_that_cannot_be_are_a_value_error():
    with pytest.raises(ValueError, match="not negative"):
        regressor(loss="poisson").fit(DIABETES, PROGRESS - 100)
    with pytest.raises(ValueError, match="at least one non-zero"):
        classifier().fit(IRIS, NAMES, sample_weight=np.zeros(150))
    with pytest.raises(ValueError, match="Column 2 cannot be scaled"):
        regressor().fit(DIABETES * np.where(np.arange(10) == 1, 1e300, 1), PROGRESS)
    with pytest.raises(ValueError, match="Targets of a regressor are numbers"):
        regressor().fit(DIABETES, PROGRESS.astype(str))
    with pytest.raises(ValueError, match="sample_weight_val is provided, but X_val was not"):
        classifier().fit(IRIS, NAMES, sample_weight_val=np.ones(150))
    with pytest.raises(ValueError, match="The validation set is too small"):
        regressor(early_stopping=True).fit(DIABETES[:5], PROGRESS[:5])
