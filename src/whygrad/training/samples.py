"""Samples: what trains, validates and tests, as arrays by name, in the way the graph takes them.

"x" and "y"; "weight" (samples,) where samples count differently, "known" (samples, outputs) where
some targets are not known: the same names in every part, since one program runs them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from whygrad.data import split
from whygrad.errors import ConfigError, DataError, ShapeError, WhygradError
from whygrad.models.computation import KNOWN, WEIGHT
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.training.checks import is_number
from whygrad.training.options import Options

Arrays = dict[str, np.ndarray]


def gathered(
    net: Network, X: Any, y: Any, weight: Any, options: Options, dtype: Any
) -> tuple[Arrays, np.ndarray]:
    """Samples as arrays, and their row numbers: those of no weight are left out, and those of no
    target where these are masked.

    Raises what `net.samples` does, DataError and ShapeError for weights that are none.
    """
    X = X if net.preparation is None else net.preparation.columns(X)
    known = None
    if options.missing_targets == "mask" and y is not None:
        known, y = known_targets(y)
    if known is None:
        x, targets, _ = net.samples(X, y, dtype)
        found, rows = {"x": x, "y": targets}, np.arange(len(x))
    else:
        flat = known.reshape(len(known), -1)
        whole = objective(net.loss).per_sample
        rows = np.flatnonzero(flat.all(axis=1) if whole else flat.any(axis=1))
        refuse_unknown(flat[rows], f"{len(known):,} samples")
        x, targets, _ = net.samples(np.asarray(X)[rows], y[rows], dtype)
        found = {"x": x, "y": targets}
        if not flat[rows].all():
            found[KNOWN] = flat[rows].astype(dtype)
    if weight is None:
        return found, rows
    asked = weights(weight, len(x) if known is None else len(known))[rows]
    found[WEIGHT] = in_range(asked, dtype, net.reduction).astype(dtype)
    counted = found[WEIGHT] >= np.finfo(dtype).tiny  # compiled code takes what is less for 0
    if not counted.any():
        raise DataError("Every sample has the weight 0.", why="nothing is left to train on")
    if not counted.all():
        found, rows = {k: v[counted] for k, v in found.items()}, rows[counted]
    return found, rows


def known_targets(y: Any) -> tuple[np.ndarray | None, np.ndarray]:
    """Which targets are known (None where all are), and the targets, 0 where they are not."""
    array = np.asarray(y)
    if array.dtype.kind not in "fO":
        return None, array
    gone = np.array([v is None or v != v for v in array.ravel()]).reshape(array.shape)
    if not gone.any():
        return None, array
    filled = array.copy()
    filled[gone] = array[~gone][0] if array.dtype.kind == "O" and (~gone).any() else 0
    return ~gone, filled


def weights(given: Any, samples: int) -> np.ndarray:
    """Weights (samples,) of samples. Raises DataError or ShapeError for what is none."""
    try:
        array = np.asarray(given, float)
    except (TypeError, ValueError):
        raise DataError("Weights of samples must be numbers.", given=repr(given)[:100]) from None
    if array.shape != (samples,):
        raise ShapeError(
            "There must be one weight a sample.",
            given=f"weights of shape {array.shape}, {samples:,} samples",
            why="it counts for all outputs of a sample" if array.size > samples else "",
            hint="sample_weight.ravel()" if array.size == samples else "",
        )
    wrong = ~np.isfinite(array) | (array < 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(
            "Weights of samples must be finite and not negative.",
            given=f"{array[at]} for sample {at + 1}",
        )
    return array


def refuse_unknown(known: np.ndarray, samples: str) -> None:
    """Raises DataError where no target of one output (samples, outputs) is known."""
    there = known.any(axis=0)
    if not there.all():
        at = int(np.argmin(there)) + 1
        raise DataError("No target is known.", given=f"of output {at}, {samples}")


def in_range(weight: np.ndarray, dtype: Any, reduction: str) -> np.ndarray:
    """Weights that a type of numbers can hold: of a mean only their proportions matter."""
    most, limits = weight.max(initial=0.0), np.finfo(dtype)
    if reduction == "sum" or not most or limits.tiny**0.5 < most < limits.max**0.5:
        return weight
    return np.asarray(weight / most)


def by_part(
    net: Network,
    X: Any,
    y: Any,
    weight: Any,
    options: Options,
    dtype: Any,
    rows: Mapping[str, np.ndarray] | None = None,
) -> tuple[dict[str, Arrays], dict[str, np.ndarray] | None]:
    """The samples by part, and the row numbers of each part where data were divided.

    options.validation, options.test: a share, or samples of their own, (X, y) or (X, y, weights).
    rows: which rows of a table the samples of each part are, where it was divided before.
    """
    data, at = gathered(net, X, y, weight, options, dtype)
    places = places_by_part(net, data, at, len(X if y is None else y), options)
    found = {name: {k: v[part] for k, v in data.items()} for name, part in places.items()}
    found, numbers = found or {"train": data}, {"train": at}
    for what in ("validation", "test"):
        given = getattr(options, what)
        if given is not None and given is not False and not is_number(given):
            found[what], numbers[what] = own(net, what, given, data, options, dtype)
    if KNOWN in found["train"]:
        train = found["train"][KNOWN]
        refuse_unknown(train, f"{len(train):,} samples that train")
    if rows is None:
        return completed(found), {name: at[part] for name, part in places.items()} or None
    return completed(found), {name: rows[name][numbers[name]] for name in rows}


def places_by_part(
    net: Network, data: Arrays, at: np.ndarray, rows: int, options: Options
) -> dict[str, np.ndarray]:
    """Where the samples of each part stand; nothing where all of them train.

    at: the row numbers of the samples, of so many rows.
    """
    how = split.division(options.divide)
    shares = [float(v) if is_number(v) else 0.0 for v in (options.validation, options.test)]
    if isinstance(how, Mapping):
        said = split.divided(rows, (), 0, how)
        parts = [np.flatnonzero(np.isin(at, part)) for part in said]
    elif any(shares):
        if len(at) < 2:
            raise DataError("There are too few samples to hold any back.", given="1 sample")
        classes = classes_of(net, data["y"], options)
        whole = (1 - sum(shares), *shares)
        parts = split.divided(len(at), whole, options.seed, how, classes)
    elif how in ("random", "none"):
        return {}
    else:
        raise ConfigError(
            f"divide = {how!r} was asked, but not which share is held back.",
            hint="validation = 0.15, test = 0.15",
        )
    return {name: part for name, part in zip(split.PARTS, parts, strict=True) if len(part)}


def classes_of(net: Network, y: np.ndarray, options: Options) -> np.ndarray | None:
    """The class of each sample, where each part is to get its share of them."""
    classes = y if y.ndim == 1 else None
    if classes is None and task_of(net, y) == "classification":
        classes = y.argmax(1) if y.shape[1] > 1 else y[:, 0]
    if options.stratify and classes is None:
        raise ConfigError("stratify was asked for targets that are no classes.")
    return classes if options.stratify is not False else None


def own(
    net: Network, what: str, given: Any, data: Arrays, options: Options, dtype: Any
) -> tuple[Arrays, np.ndarray]:
    """Samples of their own to validate or to test, and their row numbers."""
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise ConfigError(
            f"{what} is a share of the samples, or a pair (X, y), or (X, y, weights).",
            given=repr(given)[:100],
        )
    weight = given[2] if given[2:] else None
    try:
        found, at = gathered(net, given[0], given[1], weight, options, dtype)
    except WhygradError as error:
        raise error.of(f"The samples of {what}") from None
    if found["y"].ndim != data["y"].ndim:
        raise ShapeError(f"The {what} targets must be of the same kind as the others.")
    return found, at


def completed(parts: dict[str, Arrays]) -> dict[str, Arrays]:
    """The parts with the same names in each: a weight of 1, a target that is known."""
    names = {name for part in parts.values() for name in part}
    for part in parts.values():
        if WEIGHT in names and WEIGHT not in part:
            part[WEIGHT] = np.ones(len(part["x"]), part["x"].dtype)
        if KNOWN in names and KNOWN not in part:
            part[KNOWN] = np.ones(part["y"].shape, part["x"].dtype)
    return parts


def task_of(net: Network, targets: np.ndarray) -> str:
    """What kind of task it is, by the loss and the targets."""
    if net.autoencoder:
        return "autoencoder"
    kind = objective(net.loss).targets
    if kind == "distribution":
        return "classification"
    zero_or_one = bool(np.isin(targets, (0, 1)).all()) if kind == "probability" else False
    return "classification" if zero_or_one else "regression"
