"""What training algorithms are called: the solvers, MATLAB's names, the nearest one here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from whygrad.errors import nearest

SOLVERS = {  # and where their fits are, in training/solvers/
    "lm": "least_squares.LevenbergMarquardt",
    "lm_bayes": "least_squares.Bayesian",
    "scg": "by_slope.ConjugateGradient",
    "lbfgs": "quasi_newton.LimitedMemory",
    "rprop": "by_slope.Resilient",
    "irprop-": "by_slope.ResilientWithout",
}
ALIASES = {
    "trainlm": "lm",
    "trainbr": "lm_bayes",
    "trainscg": "scg",
    "trainrp": "rprop",
    "traingd": "sgd",
    "traingdm": "momentum",
}
NEAREST = {  # of MATLAB and elsewhere: what does most nearly the same here
    "trainbfg": "lbfgs",
    "trainoss": "lbfgs",
    "traincgf": "scg",
    "traincgp": "scg",
    "traincgb": "scg",
    "traingda": "adam",
    "traingdx": "adam",
    "trainb": "sgd",
    "trainbu": "sgd",
    "trainbuwb": "sgd",
    "trainru": "sgd",
    "trainc": "sgd",
    "trainr": "sgd",
    "trains": "sgd",
    "bfgs": "lbfgs",
    "l-bfgs": "lbfgs",
    "l-bfgs-b": "lbfgs",
    "levenberg-marquardt": "lm",
    "cg": "scg",
}
IN_WORDS = {
    "trainc": " with batch_size = 1",
    "trainr": " with batch_size = 1",
    "trains": " with batch_size = 1 and shuffle = false",
}


def canonical(optimizer: Any) -> Any:
    """An optimizer, its name or its table, under the name that it has here."""
    if isinstance(optimizer, Mapping):
        name = optimizer.get("name")
        return {**optimizer, "name": canonical(name)} if isinstance(name, str) else optimizer
    return ALIASES.get(optimizer.lower(), optimizer) if isinstance(optimizer, str) else optimizer


def hint_for(name: str, known: Iterable[str]) -> str:
    """What to take instead of an algorithm that is not here."""
    if (lower := name.lower()) in NEAREST:
        return f"the nearest one here: {NEAREST[lower]!r}{IN_WORDS.get(lower, '')}"
    return nearest(name, known)
