"""The estimators in scikit-learn's tools: pipelines, searches, copies, tables, routing."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from whygrad.errors import WhygradError
from whygrad.sklearn import MLPClassifier, MLPRegressor
from whygrad.sklearn import inputs as table
from whygrad.sklearn.refusals import as_value_errors

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TABLE, KINDS = load_iris(return_X_y=True, as_frame=True)
X, NAMES = TABLE.to_numpy(), load_iris().target_names[KINDS]


def classifier(**parameters):
    usual = {"hidden_layer_sizes": (5,), "activation": "tanh", "max_iter": 15}
    usual |= {"learning_rate_init": 0.05}
    return MLPClassifier(**{**usual, "random_state": 0, **parameters})


def test_a_search_on_two_processes():
    search = GridSearchCV(
        classifier(), {"alpha": [1e-4, 10], "activation": ["tanh", "x / (1 + exp(-x))"]},
        n_jobs=2, cv=3,
    )  # fmt: skip
    search.fit(X, NAMES)
    assert search.best_score_ > 0.85
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.run_.history


def test_pipelines_tables_and_columns():
    frame = TABLE.assign(shape=np.where(TABLE.iloc[:, 0] > 5.8, "long", "short"))
    columns = ColumnTransformer(
        [("one", OneHotEncoder(), ["shape"])], remainder=StandardScaler(), sparse_threshold=1.0
    )
    found = make_pipeline(columns, classifier(max_iter=80)).fit(frame, NAMES)
    assert found.score(frame, NAMES) > 0.9
    scores = cross_validate(classifier(), X, NAMES, cv=3, return_estimator=True)
    assert scores["test_score"].mean() > 0.8
    plain = classifier().fit(TABLE, NAMES)
    np.testing.assert_array_equal(plain.feature_names_in_, TABLE.columns)
    with pytest.raises(ValueError, match="feature names"):
        plain.predict(TABLE.rename(columns=str.upper))


def test_hidden_outputs_are_features():
    hidden = classifier(hidden_layer_sizes=(7, 5)).set_output(transform="pandas")
    hidden.fit(TABLE, NAMES)
    codes = hidden.transform(TABLE)
    assert isinstance(codes, pd.DataFrame)
    assert list(codes) == [f"mlpclassifier{k}" for k in range(5)]
    np.testing.assert_array_equal(hidden.get_feature_names_out(), list(codes))
    assert list(hidden.transform(TABLE, layer=0)) == [f"mlpclassifier{k}" for k in range(7)]
    chain = make_pipeline(classifier(), classifier(random_state=1)).fit(X, NAMES)
    assert chain.score(X, NAMES) > 0.8
    np.testing.assert_allclose(
        hidden.set_output(transform="default").transform(TABLE), codes.to_numpy()
    )


def test_copies(tmp_path):
    own = classifier(
        activation=["x / (1 + exp(-x))"], learning_rate={"name": "step", "every": 4}, dropout=0.1
    )
    found = own.fit(X, NAMES)
    for copied in (
        pickle.loads(pickle.dumps(found)),
        joblib.load(joblib.dump(found, tmp_path / "model.joblib")[0]),
    ):
        np.testing.assert_array_equal(copied.predict_proba(X), found.predict_proba(X))
        assert copied.run_.history == found.run_.history
        assert copied.run_.loss == found.run_.loss
        np.testing.assert_array_equal(copied.run_.outputs, found.run_.outputs)
        assert copied.run_.samples is None, "the samples stay behind"
        assert copied.network_.activations[0] is found.network_.activations[0]
        assert "X0" not in vars(copied)
    copied.partial_fit(X, NAMES)
    bare = clone(found)
    assert not hasattr(bare, "network_")
    assert bare.get_params() == own.get_params()
    np.testing.assert_array_equal(bare.fit(X, NAMES).coefs_[0], found.coefs_[0])


def test_refusals_come_back_from_another_process():
    ours = [k for k in WhygradError.__subclasses__() if k.__module__ == WhygradError.__module__]
    for kind in ours:
        with pytest.raises(kind) as seen, as_value_errors():
            raise kind("No.", given="3", hint="4")
        again = pickle.loads(pickle.dumps(seen.value))
        assert isinstance(again, ValueError)
        assert (type(again), str(again), again.hint) == (type(seen.value), str(seen.value), "4")


def test_passes_go_on_from_a_copy():
    here, parts = classifier(solver="sgd"), np.array_split(np.arange(150), 3)
    here.partial_fit(X[parts[0]], NAMES[parts[0]], classes=np.unique(NAMES))
    there = pickle.loads(pickle.dumps(here))
    for part in parts[1:]:
        here.partial_fit(X[part], NAMES[part])
        there.partial_fit(X[part], NAMES[part])
    np.testing.assert_array_equal(here.coefs_[0], there.coefs_[0])


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array])
def test_sparse_inputs(kind, monkeypatch):
    X0 = np.where(X > 2, X, 0)
    dense, thin = classifier(scale=None).fit(X0, NAMES), classifier().fit(kind(X0), NAMES)
    np.testing.assert_allclose(thin.coefs_[0], dense.coefs_[0])
    monkeypatch.setattr(table, "ROWS", 40)
    np.testing.assert_allclose(thin.predict_proba(kind(X0)), dense.predict_proba(X0))
    np.testing.assert_allclose(thin.input_gradients(kind(X0)), dense.input_gradients(X0))
    with pytest.raises(ValueError, match="zeros would not stay zeros"):
        classifier(scale="minmax").fit(kind(X0), NAMES)
    large = sparse.csr_array(([1.0], ([0], [0])), shape=(3_000, 500_000))
    with pytest.raises(ValueError, match=r"3,000 × 500,000: 11\.2 GiB"):
        MLPRegressor().fit(large, np.arange(3_000.0))


def test_weights_and_validation_samples_are_routed():
    weight = np.where(KINDS == 2, 5.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        own = classifier().set_fit_request(
            sample_weight=True, X_val=True, y_val=True, sample_weight_val=False
        )
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        chain = Pipeline([("scale", scaler), ("net", own)], transform_input=["X_val"])
        chain.fit(X[::2], NAMES[::2], sample_weight=weight[::2], X_val=X[1::2], y_val=NAMES[1::2])
        scores = cross_validate(
            classifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=True),
            X, NAMES, cv=2,
            params={"sample_weight": weight},
        )  # fmt: skip
    scale = StandardScaler().fit(X[::2])
    alone = classifier().fit(
        scale.transform(X[::2]), NAMES[::2], sample_weight=weight[::2],
        X_val=scale.transform(X[1::2]), y_val=NAMES[1::2],
    )  # fmt: skip
    np.testing.assert_allclose(chain["net"].coefs_[0], alone.coefs_[0])
    assert len(chain["net"].validation_scores_) == chain["net"].n_iter_
    assert len(scores["test_score"]) == 2
