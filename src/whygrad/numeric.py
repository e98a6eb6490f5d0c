"""The array namespace that rules are read with to get numbers: `xp` over NumPy, in float64.

The functions defined here *are* the list of functions that a rule may call. The two other
readings (`symbols.py`, `engine/compiled.py`) offer the same names, and a test holds them to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from whygrad.errors import DataError, OperationError, nearest

Array = Any  # a NumPy array here; a JAX array or an Expr in the other readings
Key = tuple[int | tuple[int, int, int], ...]  # per axis: one position, or (start, step, count)


class Namespace:
    """A reading of the rules: a fixed list of functions under one name.

    shows: whether it is read to be shown, so that a rule gives its textbook formula; where it is
    read to be run, it gives the overflow-safe one, and a law holds the two equal.
    """

    def __init__(
        self, name: str, functions: Mapping[str, Callable[..., Any]], *, shows: bool = False
    ) -> None:
        self._name, self.shows = name, shows
        self._functions = dict(functions)
        self.__dict__.update(self._functions)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise OperationError(
            f"A rule called xp.{name}, which is not on the list of functions that rules may use.",
            why="every function of xp must be readable as numbers, as symbols and compiled",
            hint=nearest(name, self._functions),
        )

    def __dir__(self) -> list[str]:
        return sorted(self._functions)

    def __repr__(self) -> str:
        return f"<xp: {self._name}>"


_erf = np.vectorize(math.erf, otypes=[float])


def window_positions(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (out, kernel) and columns (out, kernel) of the padded image that each window covers."""
    rows, columns = (
        np.arange((n + 2 * p - k) // s + 1)[:, None] * s + np.arange(k)
        for n, k, s, p in zip(size, kernel, stride, padding, strict=True)
    )
    return rows, columns


def windows(
    x: Array, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> Array:
    """(…, H, W) → (…, H', W', kh, kw): every window of the zero-padded last two axes."""
    (ph, pw), lead = padding, [(0, 0)] * (x.ndim - 2)
    rows, columns = window_positions(x.shape[-2:], kernel, stride, padding)
    padded = np.pad(x, [*lead, (ph, ph), (pw, pw)])
    return padded[..., rows[:, None, :, None], columns[None, :, None, :]]


def unwindows(
    g: Array,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> Array:
    """(…, H', W', kh, kw) → (…, H, W): adds every window back to where it was taken from."""
    (h, w), (ph, pw) = size, padding
    rows, columns = window_positions(size, kernel, stride, padding)
    padded = np.zeros((*g.shape[:-4], h + 2 * ph, w + 2 * pw), g.dtype)
    where: Any = (..., rows[:, None, :, None], columns[None, :, None, :])
    np.add.at(padded, where, g)
    return padded[..., ph : ph + h, pw : pw + w]


def slices(key: Key) -> tuple[int | slice, ...]:
    """A normalised key as Python slices; a negative step that runs past 0 ends at None."""

    def one(start: int, step: int, count: int) -> slice:
        stop = start + step * count
        return slice(start, None if stop < 0 else stop, step)

    return tuple(k if isinstance(k, int) else one(*k) for k in key)


def place(g: Array, key: Key, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with `g` at `key`: what `select` took, put back."""
    out = np.zeros(shape, g.dtype)
    out[slices(key)] = g
    return out


def positions(ids: Array, size: int) -> Array:
    """Whole numbers as positions in an axis; one outside of it is refused, not wrapped around."""
    ids = np.asarray(ids)
    if not np.issubdtype(ids.dtype, np.integer):
        raise DataError(
            "Positions and labels must be whole numbers.",
            given=f"numbers of type {ids.dtype}",
            hint="an integer array; in a trace, wg.spec(shape, int)",
        )
    wrong = (ids < 0) | (ids >= size)
    if wrong.any():
        raise DataError(
            f"Position {ids[wrong][0]} was looked up among {size}.",
            why="positions and labels are counted from 0",
            hint=f"0 to {size - 1}",
        )
    return ids


def one_hot(ids: Array, size: int) -> Array:
    """(…) → (…, size): 1 at each position, 0 elsewhere."""
    return np.equal(positions(ids, size)[..., None], np.arange(size)) * 1.0


def scatter_add(g: Array, ids: Array, size: int) -> Array:
    """Row r of the result is the sum of the rows of `g` whose id is r: `index`, put back."""
    out = np.zeros((size, *g.shape[ids.ndim :]), g.dtype)
    np.add.at(out, ids, g)
    return out


def reduction(function: Callable[..., Array]) -> Callable[..., Array]:
    """A NumPy reduction with whygrad's signature: axis may be None, one or several."""

    def reduce(x: Array, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Array:
        return function(x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)

    return reduce


FUNCTIONS: dict[str, Callable[..., Any]] = {
    # element by element
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
    "neg": np.negative,
    "power": np.power,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "erf": _erf,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "where": np.where,
    # masks
    "equal": np.equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "both": np.logical_and,
    "either": np.logical_or,
    "is_mask": lambda x: np.asarray(x).dtype == bool,
    "ones_like": np.ones_like,
    # along axes
    "sum": reduction(np.sum),
    "mean": reduction(np.mean),
    "max": reduction(np.max),
    "cumsum": lambda x, axis: np.cumsum(x, axis=axis),
    # shapes
    "reshape": np.reshape,
    "transpose": np.transpose,
    "mT": lambda x: np.swapaxes(x, -1, -2),
    "broadcast_to": np.broadcast_to,
    "concatenate": lambda *parts, axis: np.concatenate(parts, axis=axis),
    "select": lambda x, key: x[slices(key)],
    "place": place,
    # whole numbers as positions
    "index": lambda x, ids: x[positions(ids, len(x))],
    "scatter_add": scatter_add,
    "one_hot": one_hot,
    # products
    "matmul": np.matmul,
    "rows_by": lambda W, x: x @ np.swapaxes(W, -1, -2),
    # images
    "windows": windows,
    "unwindows": unwindows,
    # names
    "let": lambda name, value: value,
}

xp = Namespace("numbers (numpy)", FUNCTIONS)
