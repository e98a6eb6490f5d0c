"""scikit-learn's own suite for estimators, whole."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from whygrad.sklearn import MLPClassifier, MLPRegressor

# Checks that are known to fail, with the reason; docs/from-scikit-learn.md shows this table.
EXPECTED: dict[str, str] = {}


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataConversionWarning",
    "ignore:Can't check dok sparse matrix:UserWarning",
)
@parametrize_with_checks(
    [
        MLPClassifier((20,), learning_rate_init=0.03, max_iter=40),
        MLPRegressor("squared_error", (20,), learning_rate_init=0.03, max_iter=40),
    ],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_estimators_keep_scikit_learns_contract(estimator, check):
    check(estimator)
