"""An estimator's parameters as what `train` takes; what cannot be is refused before any work."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from whygrad.data.scale import KINDS
from whygrad.op import Op
from whygrad.sklearn.refusals import ParameterError
from whygrad.training.checks import is_number
from whygrad.training.options import CORRUPTIONS, DTYPES, Options
from whygrad.training.solvers.solve import kind_of

Check = Callable[[Any], bool]

OURS = {"logistic": "sigmoid"}  # scikit-learn's name of an activation → ours
RATES = ("constant", "invscaling", "adaptive")  # scikit-learn's, of its sgd alone
LOWEST_RATE = 1e-6  # where scikit-learn's "adaptive" gives up
AUTO_BATCH = 200
FTOL = 1e7 * np.finfo(float).eps  # SciPy's default for L-BFGS-B, which scikit-learn leaves


def _real(low: float, high: float = math.inf, *, open_low: bool = False) -> Check:
    def fits(value: Any) -> bool:
        if not is_number(value) or math.isnan(value):
            return False
        return bool(low < value if open_low else low <= value) and bool(value < high)

    return fits


def _whole(low: int) -> Check:
    whole = (int, np.integer)
    return lambda value: isinstance(value, whole) and is_number(value) and int(value) >= low


def _flag(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


def _activations(value: Any) -> bool:
    each = value if isinstance(value, (list, tuple)) else [value]
    return all(isinstance(one, (str, Op)) for one in each)


def _solver(value: Any) -> bool:
    return isinstance(value, (str, Mapping)) or hasattr(value, "init")


def _class_weights(value: Any) -> bool:
    if value is None or (isinstance(value, str) and value == "balanced"):
        return True
    each = value if isinstance(value, list) else [value]
    return bool(each) and all(
        isinstance(one, Mapping) and all(map(_real(0), one.values())) for one in each
    )


def _callbacks(value: Any) -> bool:
    each = value if isinstance(value, (list, tuple)) else [value]
    return value is None or all(map(callable, each))


# What each parameter may be, in words and as a test.
DOMAINS: dict[str, tuple[str, Check]] = {
    "loss": ("a name", lambda v: isinstance(v, str)),
    "activation": ("a name, a formula in x, or a list with one a layer", _activations),
    "callbacks": ("a function, a list of them, or None", _callbacks),
    "class_weight": (
        '"balanced", a dict class → number from 0 (of several labels a list of them), or None',
        _class_weights,
    ),
    "monitor": ("a name, or None", lambda v: v is None or isinstance(v, str)),
    "solver": ('a name, {"name": …}, or an optax transformation', _solver),
    "verbose": ("True, False or a whole number from 0", lambda v: _flag(v) or _whole(0)(v)),
    "alpha": ("a number from 0", _real(0)),
    "batch_size": ('"auto" or a whole number from 1', lambda v: v == "auto" or _whole(1)(v)),
    "learning_rate_init": ("a number over 0", _real(0, open_low=True)),
    "power_t": ("a number from 0", _real(0)),
    "max_iter": ("a whole number from 1", _whole(1)),
    "shuffle": ("True or False", _flag),
    "tol": ("a number from 0", _real(0)),
    "warm_start": ("True or False", _flag),
    "momentum": ("a number from 0 to below 1", _real(0, 1)),
    "nesterovs_momentum": ("True or False", _flag),
    "early_stopping": ("True or False", _flag),
    "validation_fraction": ("a number from 0 to below 1", _real(0, 1)),
    "beta_1": ("a number from 0 to below 1", _real(0, 1)),
    "beta_2": ("a number from 0 to below 1", _real(0, 1)),
    "epsilon": ("a number over 0", _real(0, open_low=True)),
    "n_iter_no_change": ("a whole number from 1, or np.inf", lambda v: v == np.inf or _whole(1)(v)),
    "max_fun": ("a whole number from 1", _whole(1)),
    "latent": ("a whole number from 1", _whole(1)),
    "rho": ("a number between 0 and 1", _real(0, 1, open_low=True)),
    "beta": ("a number over 0", _real(0, open_low=True)),
    "noise": ("one of " + ", ".join(CORRUPTIONS), lambda v: v in CORRUPTIONS),
    "noise_level": ("a number over 0", _real(0, open_low=True)),
    "quantile": ("a number between 0 and 1", _real(0, 1, open_low=True)),
    "n_restarts": ("a whole number from 1", _whole(1)),
    "dtype": ("one of " + ", ".join(DTYPES), lambda v: v in DTYPES),
    "scale": ("one of " + ", ".join(KINDS[1:]) + ", or None", lambda v: v in (None, *KINDS)),
    "scale_targets": (
        "one of " + ", ".join(KINDS[1:]) + ", or None",
        lambda v: v in (None, *KINDS),
    ),
}


def check(estimator: Any) -> None:
    """Refuses parameters outside of their domains. Raises ParameterError."""
    for name, value in estimator.get_params(deep=False).items():
        said, fits = DOMAINS.get(name, ("", lambda _: True))
        if not fits(value):
            # Of scikit-learn's regressor the loss is the first parameter, not the layers.
            sizes = name == "loss" and isinstance(value, (int, list, tuple))
            hint = f"hidden_layer_sizes={value!r}" if sizes else ""
            raise ParameterError(f"{name} must be {said}.", given=repr(value), hint=hint)


def check_monitor(estimator: Any, validating: bool) -> None:
    """Refuses a measure that nothing would watch. Raises ParameterError."""
    asked = getattr(estimator, "monitor", None)
    if asked is not None and not validating:
        raise ParameterError(
            "monitor is what early stopping watches, and no samples validate.",
            given=f"monitor = {asked!r}",
            hint="early_stopping=True, or fit(…, X_val=…, y_val=…)",
        )


def hidden_sizes(given: Any, name: str = "hidden_layer_sizes") -> tuple[int, ...]:
    """The neurons of each hidden layer, from one number or several; () has none.

    name: what the parameter is called. Raises ParameterError for what no layer can have.
    """
    sizes = np.atleast_1d(np.asarray(given)).tolist() if np.size(given) else []
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in sizes)
    if not whole or any(n <= 0 for n in sizes) or np.ndim(given) > 1:
        said = f"must be > 0, got {sizes}" if whole and np.ndim(given) < 2 else "are whole numbers"
        raise ParameterError(
            f"{name} {said}.",
            given=repr(given),
            hint=f"{name}=(100,) is one hidden layer of 100 neurons",
        )
    return tuple(sizes)


def activations(given: Any, layers: int, of: str = "") -> list[Any]:
    """The activation of each hidden layer, from one for all of them or one for each.

    of: whose layers these are. Raises ParameterError for another number of them.
    """
    each = list(given) if isinstance(given, (list, tuple)) else [given] * layers
    if len(each) != layers:
        raise ParameterError(
            f"activation is one for all hidden layers{of}, or one for each.",
            given=f"{len(each)} activations, hidden layers: {layers}",
        )
    return [OURS.get(a, a) for a in each]


def seed_of(random_state: Any) -> int:
    """A whole number from a seed, a generator, or nothing (then another one every time)."""
    from sklearn.utils import check_random_state

    return int(check_random_state(random_state).randint(2**31 - 1))


def optimizer_of(estimator: Any) -> Any:
    """The solver as `train` takes it: scikit-learn's Adam and SGD with their constants."""
    solver = estimator.solver
    if solver == "adam":
        return {
            "name": "adam", "beta1": float(estimator.beta_1), "beta2": float(estimator.beta_2),
            "epsilon": float(estimator.epsilon), "epsilon_place": "uncorrected",
        }  # fmt: skip
    if solver == "sgd" and estimator.momentum:
        name = "nesterov" if estimator.nesterovs_momentum else "momentum"
        return {"name": name, "momentum": float(estimator.momentum)}
    if solver == "lbfgs":
        tolerance = float(estimator.tol) or np.finfo(float).tiny
        return {
            "name": "lbfgs", "max_fun": int(estimator.max_fun), "gtol": tolerance, "ftol": FTOL,
        }  # fmt: skip
    return solver


def takes_penalty(optimizer: Any) -> bool:
    """Whether the loss may have a penalty: the fits of sums of squares have their own damping."""
    options = Options(optimizer=optimizer)
    return not options.solver or "l2" in kind_of(options).takes


def batch_rows(estimator: Any, samples: int) -> int:
    """Rows an update: "auto" is 200, or all where there are fewer."""
    asked = AUTO_BATCH if estimator.batch_size == "auto" else int(estimator.batch_size)
    if estimator.batch_size != "auto" and asked > samples:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped.",
            UserWarning,
            stacklevel=6,  # the line that fits
        )
    return min(asked, samples)


def penalty(alpha: float, rows: int, weight: np.ndarray | None, reduction: str) -> float:
    """scikit-learn's alpha as our l2: it divides ½·alpha·Σw² by a batch's rows, or their weights.

    A mean over samples is divided, a sum is not.
    """
    if reduction == "sum":
        return float(alpha)
    return float(alpha) / (rows * (1.0 if weight is None else float(np.mean(weight[weight > 0]))))


def options_of(
    estimator: Any, samples: int, *, seed: int, validating: bool, monitor: str
) -> dict[str, Any]:
    """How `train` is to be called, but for the penalty: it depends on the network and the weights.

    samples: how many train. validating: whether others validate. monitor: what is then watched.
    """
    optimizer = optimizer_of(estimator)
    found: dict[str, Any] = {
        "optimizer": optimizer, "epochs": int(estimator.max_iter), "seed": seed, "quiet": True,
        "engine": estimator.engine, "device": estimator.device,
    }  # fmt: skip
    if Options(optimizer=optimizer).solver:
        if np.any(estimator.dropout):
            raise ParameterError(
                f"The solver {estimator.solver!r} has no dropout.",
                given=f"dropout = {estimator.dropout!r}",
                why="it follows one loss, which dropout would make another at every step",
                hint='solver="adam", or dropout=0 and a larger alpha',
            )
        if validating:  # which of them can be watched, train says
            found["monitor"] = getattr(estimator, "monitor", None)
        if validating and np.isfinite(estimator.n_iter_no_change):
            found["early_stopping"] = int(estimator.n_iter_no_change)
        return found
    found |= {
        "batch_size": batch_rows(estimator, samples),
        "shuffle": bool(estimator.shuffle),
        "dropout": estimator.dropout,
        "restore_best": validating,
        "monitor": monitor if validating else "loss",
        "dtype": getattr(estimator, "dtype", None),
        "min_delta": float(estimator.tol),
    }
    if not hasattr(optimizer, "init"):  # an optax transformation has its own rate
        found["learning_rate"] = float(estimator.learning_rate_init)
    schedule = _schedule(estimator, samples)
    if schedule is not None:
        found["schedule"] = schedule
    ends = isinstance(schedule, Mapping) and schedule.get("ends")
    if np.isfinite(estimator.n_iter_no_change) and not ends:
        # scikit-learn stops when more than so many epochs in a row were no better.
        found["early_stopping"] = int(estimator.n_iter_no_change) + 1
    return found


def _schedule(estimator: Any, samples: int) -> Any:
    """The learning rate over time: scikit-learn's three are for sgd alone, ours for any rule."""
    given = estimator.learning_rate
    if given not in RATES:
        return given
    if estimator.solver != "sgd" or given == "constant":
        return None
    if given == "invscaling":
        return {"name": "invscaling", "power": float(estimator.power_t), "samples": samples}
    # A fifth, and a fifth, down to the first that is low enough; a hair above it, for rounding.
    falls = max(0, math.ceil(math.log(estimator.learning_rate_init / LOWEST_RATE, 5)))
    return {
        "name": "plateau", "factor": 0.2, "min_delta": float(estimator.tol), "ends": 1,
        "patience": float(estimator.n_iter_no_change), "lowest": 0.2**falls * (1 + 1e-6),
    }  # fmt: skip


def one_pass(estimator: Any, options: Mapping[str, Any], seen: int) -> dict[str, Any]:
    """The options of a single pass after `seen` samples: its rate is what the schedule says then.

    "adaptive" and whygrad's own schedules look at a whole training; of one pass the rate is steady.
    """
    whole = ("schedule", "early_stopping", "epochs", "n_restarts")
    found = {k: v for k, v in options.items() if k not in whole}
    if estimator.solver == "sgd" and estimator.learning_rate == "invscaling":
        found["learning_rate"] = estimator.learning_rate_init / (seen + 1) ** estimator.power_t
    return found
