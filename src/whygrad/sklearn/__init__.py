"""Estimators with scikit-learn's names, parameters and attributes: change the import line.

    from whygrad.sklearn import MLPClassifier, MLPRegressor

Importing this module loads scikit-learn; `import whygrad` does not.
"""

from whygrad.sklearn.classifier import MLPClassifier
from whygrad.sklearn.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
