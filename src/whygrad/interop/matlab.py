"""Networks of MATLAB's toolbox: weights, biases and what its process functions do to the data."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from whygrad.data import matfile
from whygrad.data.preparation import Preparation
from whygrad.data.scale import Scaler
from whygrad.errors import ConfigError, DataError, ShapeError
from whygrad.models.activations import activation
from whygrad.models.mlp import Network, mlp

LINES = "docs/from-matlab.md has the lines of MATLAB that save one"
NAMES = ("IW", "LW", "b", "input", "output", "transfer")
AFFINE = (
    "xoffset", "gain", "xmin", "xmax", "ymin", "ymax", "xmean", "xstd", "ymean", "ystd",
    "no_change",
)  # fmt: skip
MOST_ROWS = 2**20  # that are inferred from the number of one row


def from_matlab(
    IW: Any,
    LW: Any = None,
    b: Any = None,
    *,
    input: Any = None,  # noqa: A002 — MATLAB's own word for it
    output: Any = None,
    transfer: Sequence[str] | None = None,
) -> Network:
    """A network that was trained in MATLAB, with equal predictions; samples are rows here.

    IW: IW{1,1} (neurons, inputs), or the path of the MAT file that the lines of
    docs/from-matlab.md save. LW: LW{2,1}, or a list of LW{2,1}, LW{3,2}, … b: a list of b{1}, ….
    transfer: a name a layer, tansig and at last purelin unless said otherwise.
    input, output: the settings of the process functions, a dict or a list of them in their order:
    of mapminmax {"xmin": …, "xmax": …, "ymin": -1, "ymax": 1} or {"xoffset": …, "gain": …,
    "ymin": -1}, of mapstd {"xmean": …, "xstd": …}, of removeconstantrows {"keep": …, "xrows": …,
    of outputs also "value": …}.
    Raises ConfigError, DataError or ShapeError for a network that is not one layer after the other.
    """
    if isinstance(IW, (str, os.PathLike)):
        return from_matlab(**_saved(Path(IW)))
    weights = [_first(IW), *_following(LW)]
    biases = [_column("b", v) for v in _cells(b)] if b is not None else []
    usual = [*["tansig"] * (len(weights) - 1), "purelin"]
    names = [transfer] if isinstance(transfer, str) else list(transfer or usual)
    if len(names) != len(weights) or len(biases) not in (0, len(weights)):
        raise ShapeError(
            "There must be a bias and a transfer function a layer.",
            given=f"{len(weights)} weight matrices, {len(biases)} biases, transfer = {names}",
        )
    _check(weights, biases)
    inputs = Rows.of("input", input, weights[0].shape[1])
    outputs = Rows.of("output", output, weights[-1].shape[0])
    return _network(weights, biases, names, inputs, outputs)


def _check(weights: list[np.ndarray], biases: list[np.ndarray]) -> None:
    """Refuses layers that do not fit each other, in MATLAB's names."""
    for k, (before, w) in enumerate(pairwise(weights), start=2):
        if w.shape[1] != len(before):
            raise ShapeError(
                f"LW{{{k},{k - 1}}} does not fit layer {k - 1}.",
                given=f"shape {w.shape}; layer {k - 1} has {len(before)} neurons",
            )
    for k, v in enumerate(biases, start=1):
        if v.size not in (0, len(weights[k - 1])):
            raise ShapeError(
                f"b{{{k}}} does not fit its layer.",
                given=f"{v.size} biases for {len(weights[k - 1])} neurons",
            )


def _network(
    weights: list[np.ndarray], biases: list[np.ndarray], names: list[str], inputs: Rows,
    outputs: Rows,
) -> Network:  # fmt: skip
    """The network of these layers between these rows."""
    activations = [activation(name) for name in names]
    last = activations[-1]
    if len(outputs.removed) and not last.elementwise:
        raise ConfigError(
            "Rows of the targets were removed before training.",
            given=f"rows {outputs.removed + 1}, the output's transfer function {names[-1]}",
            why="it reads all outputs at once, so that none can be put back",
        )
    weights[0] = inputs.spread(weights[0].T).T
    weights[-1] = outputs.spread(weights[-1])
    sizes = [weights[0].shape[1], *(len(w) for w in weights)]
    given: dict[str, np.ndarray] = {f"W{k}": w for k, w in enumerate(weights, start=1)}
    has_bias = any(v.size for v in biases)
    for k, (width, v) in enumerate(zip(sizes[1:], biases, strict=True) if has_bias else (), 1):
        whole = v if v.size else np.zeros(width)
        given[f"b{k}"] = outputs.spread(whole) if k == len(weights) and v.size else whole
    net = mlp(
        sizes, activation=activations, bias="per_neuron" if has_bias else "none",
        loss="softmax_cross_entropy" if last.name == "softmax" else "mean_squared_error",
    )  # fmt: skip
    at_zero = float(last(0.0)) if last.elementwise else 0.0
    around = Preparation(inputs=inputs.scaler(), targets=outputs.scaler(at_zero))
    scales = around.inputs is not None or around.targets is not None
    return replace(net.with_parameters(**given), preparation=around if scales else None)


# ---- process functions --------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """What process functions make of the rows of MATLAB's data: of those they keep, x ↦ a·x + c.

    count: of all rows. kept: the numbers of those that reach the network. values: what the
    rows that were removed always hold, by their numbers.
    """

    count: int
    kept: np.ndarray
    a: np.ndarray
    c: np.ndarray
    values: Mapping[int, float]

    @classmethod
    def of(cls, what: str, given: Any, width: int) -> Rows:
        """The rows of settings, one after the other. width: rows that the network has itself."""
        steps = _steps(given)
        removing = [s for s in steps if "keep" in s]
        listed = count = width + sum(_numbers("remove", s.get("remove", ())).size for s in removing)
        if removing:  # genFunction prints what is kept alone
            most = max([count, *_numbers("keep", removing[0]["keep"])])
            count = max([*_numbers("xrows", removing[0].get("xrows", most)), 0])
        if count > max(listed, MOST_ROWS):
            raise DataError(
                f"The {what} settings speak of rows that nothing else tells of.",
                given=f"{count:,} rows; {listed:,} are kept or removed",
                hint=LINES,
            )
        found = cls(count, np.arange(count), np.ones(count), np.zeros(count), {})
        for step in steps:
            found = found.kept_by(what, step) if "keep" in step else found.mapped(what, step)
        if len(found.kept) != width:
            raise ShapeError(
                f"The {what} settings do not fit the network.",
                given=f"they leave {len(found.kept)} rows, the network has {width}",
            )
        return found

    def kept_by(self, what: str, step: Mapping[str, Any]) -> Rows:
        """After removeconstantrows: keep and remove count rows from 1."""
        if np.any(step.get("no_change", False)):
            return self
        keep = _numbers("keep", step["keep"]) - 1
        gone = np.setdiff1d(np.arange(len(self.kept)), keep)
        unknown = np.zeros(len(gone)) if what == "input" else ()  # what they held does not matter
        values = _column("value", step.get("value", step.get("constants", unknown)))
        whole = len(keep) + len(gone) == len(self.kept)
        if not whole or len(values) != len(gone) or not np.isfinite(values).all():
            raise DataError("The settings of removeconstantrows do not go together.", hint=LINES)
        # What was removed behind another function is a constant of its own scale.
        own = (values - self.c[gone]) / self.a[gone]
        removed = dict(zip(self.kept[gone].tolist(), own.tolist(), strict=True))
        return replace(
            self, kept=self.kept[keep], a=self.a[keep], c=self.c[keep],
            values={**self.values, **removed},
        )  # fmt: skip

    def mapped(self, what: str, step: Mapping[str, Any]) -> Rows:
        """After (x − offset)·gain + base."""
        affine = _affine(what, step)
        try:
            offset, gain, base = (np.broadcast_to(v, self.a.shape) for v in affine)
        except ValueError:
            unfit = next(n for n in map(np.size, affine) if n not in (1, len(self.a)))
            raise ShapeError(
                f"The {what} settings do not fit the network.",
                given=f"settings of {unfit} rows for {len(self.a)}",
            ) from None
        with np.errstate(all="ignore"):
            a, c = self.a * gain, (self.c - offset) * gain + base
            back = c / a
        if not np.isfinite([a, c, back]).all():
            raise DataError(
                f"The {what} settings cannot be undone.",
                given=f"gain {gain[:4]}, offset {offset[:4]}",
                why="numbers of every row are finite, and its gain is not 0",
            )
        return replace(self, a=a, c=c)

    @property
    def removed(self) -> np.ndarray:
        """The numbers of the rows that do not reach the network."""
        return np.setdiff1d(np.arange(self.count), self.kept)

    def spread(self, array: np.ndarray) -> np.ndarray:
        """Weights or biases of the rows that are kept, with zeros for those that are not."""
        whole = np.zeros((self.count, *array.shape[1:]))
        whole[self.kept] = array
        return whole

    def scaler(self, at_zero: float = 0.0) -> Scaler | None:
        """The same as a scaling; at_zero: what an output is whose weights are all 0."""
        shift, factor = np.zeros(self.count), np.ones(self.count)
        shift[self.kept], factor[self.kept] = -self.c / self.a, self.a
        for row, value in self.values.items():
            shift[row] = value - at_zero
        return None if (factor == 1).all() and not shift.any() else Scaler("minmax", shift, factor)


def _steps(given: Any) -> list[dict[str, Any]]:
    """The settings of each process function, in their order."""
    given = _plain(given)
    if given is None or (isinstance(given, (list, np.ndarray)) and not len(given)):
        return []
    if isinstance(given, Mapping) and "settings" in given:
        names = given.get("name", [])
        names = [names] if isinstance(names, str) else list(names)
        steps = _steps(given["settings"])
        if len(names) != len(steps):
            raise DataError("There must be settings for each process function.", given=str(names))
        return [{**step, "name": name} for name, step in zip(names, steps, strict=True)]
    listed = [given] if isinstance(given, Mapping) else given
    if not isinstance(listed, list) or not all(isinstance(step, Mapping) for step in listed):
        raise ConfigError("Settings are a dict, or a list of dicts.", given=repr(given)[:100])
    # A struct array, which struct(…) makes of cells without braces around them, has one each.
    parts = [_steps(step) if "settings" in step else [dict(step)] for step in listed]
    return [step for part in parts for step in part]


def _affine(what: str, step: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """offset, gain and base of (x − offset)·gain + base, which mapminmax and mapstd are."""
    known = {key: _column(key, step[key]) for key in AFFINE if key in step}
    if known.get("no_change", np.zeros(1)).any():
        return 0.0, 1.0, 0.0
    if "xoffset" in known and "gain" in known:
        usual = 0.0 if step.get("name") == "mapstd" else -1.0  # their own, where none is said
        return known["xoffset"], known["gain"], known.get("ymin", known.get("ymean", usual))
    if "xmin" in known and "xmax" in known:
        low, high = known.get("ymin", -1.0), known.get("ymax", 1.0)
        offset, spread, width, base = known["xmin"], known["xmax"] - known["xmin"], high - low, low
    elif "xmean" in known and "xstd" in known:
        offset, spread = known["xmean"], known["xstd"]
        width, base = known.get("ystd", 1.0), known.get("ymean", 0.0)
    else:
        name = step.get("name", "a process function of " + ", ".join(step))
        raise ConfigError(
            f"The {what} goes through {name}.",
            why="mapminmax, mapstd and removeconstantrows are read",
            hint=f"in MATLAB: net.{what}s{{…}}.processFcns = {{'mapminmax'}}, and train again",
        )
    # As mapminmax says of itself: a row that does not vary stays as it is.
    still = ~np.isfinite(spread) | (spread == 0)
    gain = np.where(still, 1.0, width / np.where(still, 1.0, spread))
    return np.where(still, 0.0, offset), gain, np.where(still, 0.0, base)


# ---- cells, structs, matrices -------------------------------------------------------------------


def _saved(path: Path) -> dict[str, Any]:
    """What the page's lines save."""
    found = matfile.variables(path, LINES)
    unknown = next((name for name in found if name not in NAMES), None)
    if "IW" not in found or unknown:
        raise DataError(
            f"{path} is no network that was saved for whygrad.",
            given=f"the variables {', '.join(found) or '(none)'}",
            hint=LINES,
        )
    transfer = found.pop("transfer", None)
    return {**found, "transfer": None if transfer is None else [str(v) for v in _cells(transfer)]}


def _plain(value: Any) -> Any:
    """Structs as dicts, cells as lists, text as such; all else as it is."""
    if not isinstance(value, (np.ndarray, np.void)):
        return value
    if value.dtype.names is not None:
        flat = np.ravel(value)
        structs = [{name: _plain(v[name]) for name in value.dtype.names} for v in flat]
        return structs[0] if len(structs) == 1 else structs
    if value.dtype == object:
        return [_plain(v) for v in value.ravel()]
    return str(value.ravel()[0]) if value.dtype.kind == "U" and value.size else value


def _cells(given: Any) -> list[Any]:
    """The entries of a cell array, of a list, or a single one."""
    if isinstance(given, np.ndarray) and given.dtype == object:
        return [_plain(v) for v in given.ravel()]
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _first(IW: Any) -> np.ndarray:
    """IW{1,1}, the weights of the only input into the first layer."""
    if not (isinstance(IW, np.ndarray) and IW.dtype == object):
        return _matrix("IW{1,1}", IW)
    grid = IW.reshape(len(IW), -1)
    _only("IW", grid, [(0, 0)])
    return _matrix("IW{1,1}", grid[0, 0])


def _following(LW: Any) -> list[np.ndarray]:
    """LW{2,1}, LW{3,2}, …, the weights from each layer to the next."""
    if LW is None:
        return []
    if isinstance(LW, np.ndarray) and LW.dtype == object:
        if LW.ndim == 2 and LW.shape[0] == LW.shape[1]:  # all of net.LW, from any layer to any
            places = [(k, k - 1) for k in range(1, len(LW))]
            _only("LW", LW, places)
            return [_matrix(f"LW{{{k + 1},{j + 1}}}", LW[k, j]) for k, j in places]
        LW = _cells(LW)
    several = isinstance(LW, (list, tuple)) and np.ndim(LW[0] if LW else 0) == 2
    matrices = LW if several or not len(LW) else [LW]
    return [_matrix(f"LW{{{k + 2},{k + 1}}}", w) for k, w in enumerate(matrices)]


def _only(name: str, grid: np.ndarray, places: Sequence[tuple[int, int]]) -> None:
    """Refuses weights anywhere but from one layer to the next."""
    for at, value in np.ndenumerate(grid):
        if np.size(value) and at not in places:
            raise ConfigError(
                f"The network has weights {name}{{{at[0] + 1},{at[1] + 1}}}.",
                why="only networks of one layer after the other are read, with one input",
            )


def _matrix(name: str, given: Any) -> np.ndarray:
    try:
        array = np.atleast_2d(np.asarray(given, float))
    except (TypeError, ValueError):
        raise DataError(
            f"{name} must be a matrix.",
            given=type(given).__name__,
            hint=f"{name} alone, rows of numbers of equal length",
        ) from None
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise DataError(f"{name} must be a matrix of finite numbers.", given=f"{array.shape}")
    return array


def _column(name: str, given: Any) -> np.ndarray:
    """Real numbers in any shape, one after the other."""
    try:
        array = np.asarray(given)
    except ValueError:  # rows of several lengths
        array = np.empty(1, object)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name} must be real numbers.", given=repr(given)[:100])
    return array.astype(float).ravel()


def _numbers(name: str, given: Any) -> np.ndarray:
    """Numbers of rows, from 1."""
    found = _column(name, given)
    if not ((found >= 1) & (found < 2**53) & (found == np.floor(found))).all():
        raise DataError(f"{name} must be whole numbers from 1.", given=repr(given)[:100])
    return found.astype(int)
