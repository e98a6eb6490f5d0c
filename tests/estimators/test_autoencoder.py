"""Autoencoder: codes and back, PCA as the judge, kinds, anomalies, in scikit-learn's tools."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from whygrad.sklearn import Autoencoder

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # scikit-learn's checks come with data of fewer columns than the code has numbers
    pytest.mark.filterwarnings("ignore:latent = :UserWarning"),
]

X, NAMES = load_iris(return_X_y=True)
HOW = {"learning_rate_init": 0.02, "max_iter": 30, "random_state": 0}

# Noise is drawn for each row: a row that is there twice is not spoilt as one that counts twice.
EXPECTED = {
    f"check_sample_weight_equivalence_on_{kind}_data": "rows are spoilt independently"
    for kind in ("dense", "sparse")
}


@pytest.mark.filterwarnings("ignore:Can't check dok sparse matrix:UserWarning")
@parametrize_with_checks(
    [
        Autoencoder((8,), 2, learning_rate_init=0.02, max_iter=15),
        Autoencoder((), 2, ("tied", "sparse", "denoising"), max_iter=10),
    ],
    expected_failed_checks=lambda e: EXPECTED if "denoising" in e.kind else {},
    xfail_strict=True,
)
def test_it_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


# ---- PCA is the judge ---------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["lm", "scg"])
def test_a_linear_one_reaches_pcas_minimum_and_no_less(solver):
    linear = Autoencoder(
        (), 2, activation="identity", solver=solver, alpha=0, scale=None, max_iter=2000,
        random_state=1,
    ).fit(X)  # fmt: skip
    pca = PCA(2).fit(X)
    least = ((X - pca.inverse_transform(pca.transform(X))) ** 2).mean()
    reached = ((X - linear.reconstruct(X)) ** 2).mean()
    assert -1e-12 < reached / least - 1 < 1e-6
    assert linear.score(X) == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-6)


def test_one_that_bends_beats_pca_on_digits():
    """With codes of the same size, on rows that neither has seen."""
    digits = load_digits().data.astype(np.float32) / 16
    train, rest = train_test_split(digits, test_size=0.25, random_state=0)
    pca = PCA(8).fit(train)
    bent = Autoencoder(
        (64,), 8, activation="relu", scale=None, alpha=0, batch_size=64, max_iter=40,
        learning_rate_init=0.004, random_state=0,
    ).fit(train)  # fmt: skip
    flat = pca.inverse_transform(pca.transform(rest))
    assert ((rest - bent.reconstruct(rest)) ** 2).mean() < 0.8 * ((rest - flat) ** 2).mean()


# ---- codes and back -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted():
    return Autoencoder((6,), 2, **HOW).fit(X)


def test_codes_and_back(fitted):
    codes = fitted.transform(X)
    assert codes.shape == (150, 2)
    again = fitted.inverse_transform(codes)
    np.testing.assert_allclose(again, fitted.reconstruct(X), rtol=1e-12)
    assert fitted.score(X) == pytest.approx(r2_score(X, again, multioutput="variance_weighted"))
    assert fitted.score(X) > 0.8
    rows = fitted.reconstruction_error(X)
    np.testing.assert_allclose(rows, ((X - again) ** 2).mean(axis=1))
    columns = fitted.reconstruction_error(X, per="column")
    np.testing.assert_allclose(columns, ((X - again) ** 2).mean(axis=0))
    scaled = fitted.reconstruction_error(X, per="column", scaled=True)
    np.testing.assert_allclose(scaled, columns / X.var(axis=0))


def test_anomalies_are_what_comes_back_badly(fitted):
    errors = np.sort(fitted.reconstruction_error(X, scaled=True))
    assert fitted.threshold_ == pytest.approx(errors[141:143].mean()), "8 of 150 are over 5 %"
    few = Autoencoder((6,), 2, **HOW | {"max_iter": 3}).fit(X[:6])
    assert few.is_anomaly(X[:6]).sum() == 1
    errors = fitted.reconstruction_error(X, scaled=True)
    np.testing.assert_array_equal(fitted.predict(X) == -1, errors > fitted.threshold_)
    np.testing.assert_array_equal(fitted.is_anomaly(X), fitted.decision_function(X) < 0)
    np.testing.assert_allclose(fitted.score_samples(X), -errors)
    odd = [[5.0, 3.0, 0.5, 2.4], [7.9, 2.0, 1.0, 0.1]]  # petals that no iris has
    assert (fitted.predict(odd) == -1).all()


def test_a_large_error_is_learned_from_the_rows_that_trained():
    how = {**HOW, "early_stopping": True, "validation_fraction": 0.4, "engine": "eager"}
    rows = np.unique(X, axis=0)
    weight = np.arange(len(rows)) % 3  # those of no weight do not train
    held = Autoencoder((6,), 2, quantile=0.7, **how).fit(rows, sample_weight=weight)
    scaled, _ = held.run_.sets["train"]
    trained = held.network_.preparation.inputs.restored(scaled)
    assert len(trained) == 59
    counts = [weight[np.abs(rows - row).max(axis=1).argmin()] for row in trained]
    errors = np.repeat(held.reconstruction_error(trained, scaled=True), counts)
    over = errors[errors > held.threshold_]
    assert len(over) / len(errors) >= 0.3 > (over > over.min() * 1.0001).sum() / len(errors)
    every = held.reconstruction_error(rows, scaled=True)
    assert held.threshold_ != pytest.approx(np.quantile(every, 0.7), rel=1e-2)


def test_types_are_kept():
    narrow = Autoencoder((6,), 2, **HOW).fit(X.astype(np.float32))
    codes = narrow.transform(X.astype(np.float32))
    assert codes.dtype == np.float32
    assert narrow.inverse_transform(codes).dtype == np.float32
    assert narrow.reconstruct(X.astype(np.float32)).dtype == np.float32


# ---- kinds --------------------------------------------------------------------------------------


def test_a_tied_decoder_is_the_encoder_transposed():
    tied = Autoencoder((6,), 2, "tied", **HOW).fit(X)
    assert set(tied.network_.parameters) == {"W1", "W2", "b1", "b2", "b3", "b4"}
    np.testing.assert_array_equal(tied.coefs_[3], tied.coefs_[0].T)
    assert "∂E_total/∂w1′" in str(tied.why(X[:2], "coefs_[0][0, 0]", detail="delta"))
    own = tied.why(X[:3], "coefs_[3][1, 0]")
    assert own.value == tied.backprop(X[:3]).grad("W4")[0, 1]


def test_a_sparse_code_is_sparse():
    how = {"learning_rate_init": 0.03, "max_iter": 400, "tol": 0, "random_state": 0}
    sparse = Autoencoder((), 8, "sparse", rho=0.1, beta=1.0, **how).fit(X)
    np.testing.assert_allclose(sparse.transform(X).mean(axis=0), 0.1, atol=0.03)
    dense = Autoencoder((), 8, activation="logistic", **how).fit(X)
    assert dense.transform(X).mean() > 0.2


@pytest.mark.parametrize("noise", ["gaussian", "masking"])
def test_denoising_mends_what_is_spoilt(noise):
    """Given spoilt rows, one that learned from such comes nearer to the clean ones."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(400, 2))
    clean = np.tanh(hidden @ rng.normal(size=(2, 12)))
    spoilt = (
        clean * (rng.random(clean.shape) > 0.4)
        if noise == "masking"
        else clean + rng.normal(0, 0.6, clean.shape)
    )
    how = HOW | {"max_iter": 120, "scale": None, "alpha": 0, "tol": 0}
    plain = Autoencoder((24,), 6, **how).fit(clean)
    level = {"masking": 0.4, "gaussian": 0.6}[noise]
    mending = Autoencoder((24,), 6, "denoising", noise=noise, noise_level=level, **how).fit(clean)
    far = [((model.reconstruct(spoilt) - clean) ** 2).mean() for model in (plain, mending)]
    assert far[1] < 0.8 * far[0]


# ---- training -----------------------------------------------------------------------------------


def test_rows_of_their_own_validate():
    train, held = train_test_split(X, random_state=0)
    early = Autoencoder((6,), 2, **HOW).fit(train, X_val=held)
    assert len(early.validation_scores_) == early.n_iter_
    best = int(np.argmax(early.validation_scores_))
    assert early.run_.best_epoch == best + 1


def test_passes_and_going_on():
    passing = Autoencoder((6,), 2, **HOW)
    for _ in range(3):
        passing.partial_fit(X)
    assert passing.t_ == 3 * len(X)
    first = passing.reconstruction_error(X).mean()
    passing.set_params(warm_start=True).fit(X)
    assert passing.reconstruction_error(X).mean() < first


def test_in_scikit_learns_tools(fitted):
    copied = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copied.transform(X), fitted.transform(X))
    assert clone(fitted).get_params() == fitted.get_params()
    named = clone(fitted).set_output(transform="pandas").fit_transform(X)
    assert list(named.columns) == ["autoencoder0", "autoencoder1"]
    pipeline = make_pipeline(Autoencoder((6,), 3, **HOW), LogisticRegression())
    assert pipeline.fit(X, NAMES).score(X, NAMES) > 0.8
    search = GridSearchCV(Autoencoder((6,), **HOW), {"latent": [1, 3]}, cv=3).fit(X)
    assert search.best_params_ == {"latent": 3}


def test_pictures(fitted, tmp_path):
    fitted.plot("filters", shape=(2, 2), path=tmp_path / "filters.png")
    assert (tmp_path / "filters.png").stat().st_size > 1000
    plane = fitted.plot("latent", X[:20], labels=NAMES[:20])
    assert "20 samples" in plane.axes[0].get_title()
    assert "worst" in fitted.plot("reconstructions", X[:20], count=3).get_suptitle()


# ---- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"latent": 0}, "latent must be a whole number from 1"),
        ({"kind": "sparce"}, "plain, tied, sparse, denoising"),
        ({"kind": "sparse", "code_activation": "tanh"}, "between 0 and 1"),
        ({"kind": "sparse", "code_activation": "0.6 + 0.5*tanh(x/20)"}, "between 0 and 1"),
        ({"kind": "sparse", "code_activation": "satlin"}, "between 0 and 1"),
        ({"kind": "sparse", "code_activation": "sqrt(x) / (1 + sqrt(x))"}, "between 0 and 1"),
        ({"output_activation": "softmax"}, "cannot reach data that are scaled"),
        ({"kind": "sparse", "rho": 1.0}, "rho must be"),
        ({"kind": "denoising", "noise": "salt"}, "gaussian, masking"),
        (
            {"kind": "denoising", "noise": "masking", "noise_level": 1},
            "noise_level must be below 1",
        ),
        ({"kind": None}, "plain, tied, sparse, denoising"),
        ({"kind": ("plain", "tied")}, "A plain auto-encoder is nothing else"),
        ({"kind": "sparse", "code_activation": "relu"}, "code_activation"),
        ({"hidden": 0}, "hidden must be > 0"),
        ({"kind": "denoising", "solver": "lbfgs"}, "corruption"),
        ({"output_activation": "logistic"}, "cannot reach data that are scaled"),
        ({"loss": "binary_cross_entropy_with_logits"}, "cannot reach data that are scaled"),
        ({"activation": ["tanh", "relu"]}, "one for each"),
        ({"hidden": (0,)}, "must be > 0"),
        ({"quantile": 1.5}, "quantile must be"),
    ],
)
def test_parameters_that_cannot_be_are_refused(parameters, said):
    with pytest.raises(ValueError, match=f"(?s){said}"):
        Autoencoder(**{"hidden": (6,), **parameters}).fit(X)


def test_data_that_cannot_be_are_refused(fitted):
    for wrong, said in (
        (X[:1], "minimum of 2"),
        ([["a", "b"], ["c", "d"]], "could not convert"),
        (np.where(X > 7, np.nan, X), "NaN"),
    ):
        with pytest.raises(ValueError, match=said):
            Autoencoder((6,)).fit(wrong)
    with pytest.raises(NotFittedError):
        Autoencoder().transform(X)
    with pytest.raises(ValueError, match="row"):
        fitted.reconstruction_error(X, per="cell")
    with pytest.raises(ValueError, match="do not fit"):
        fitted.inverse_transform(X)
    with pytest.raises(ValueError, match="Codes come in rows"):
        fitted.inverse_transform([0.1, 0.2])


def test_a_code_that_can_copy_is_warned_of():
    with pytest.warns(UserWarning, match="not smaller than the 4 columns"):
        Autoencoder((), 4, activation="identity", **HOW).fit(X)
