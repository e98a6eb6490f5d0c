"""Estimators with scikit-learn's names, parameters and attributes: change the import line.

    from whygrad.sklearn import Autoencoder, MLPClassifier, MLPRegressor

Importing this module loads scikit-learn; `import whygrad` does not.
"""

from whygrad.sklearn.autoencoder import Autoencoder
from whygrad.sklearn.classifier import MLPClassifier
from whygrad.sklearn.regressor import MLPRegressor

__all__ = ["Autoencoder", "MLPClassifier", "MLPRegressor"]
