"""The array namespace that rules are read with to get formulas: `xp` over Expr.

Each function that is not element by element knows two things, once: its shape, and its entry at
an index. No operation has a shape rule or an element rule of its own: both are read off its rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from whygrad import numeric
from whygrad.errors import FormulaError, ShapeError
from whygrad.expr import (
    STRUCTURED,
    Column,
    Expr,
    Index,
    Let,
    Structured,
    Symbol,
    call,
    combine,
    fresh_variable,
    is_mask,
    known,
    reduce,
)
from whygrad.numeric import Key, Namespace

Positions = tuple[Index, ...]
Pair = tuple[int, int]


def structured(shape: Callable[..., tuple[int, ...]]) -> Callable[[Callable[..., Expr]], Any]:
    """Enters a function into the list: the decorated function is its entry at an index."""

    def enter(at: Callable[..., Expr]) -> Callable[..., Expr]:
        STRUCTURED[at.__name__.rstrip("_")] = Structured(shape, at)
        return at

    return enter


def reduced_axes(axis: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction runs over, counted from the left; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if any(not -ndim <= a < ndim for a in axes) or len({a % ndim for a in axes}) != len(axes):
        raise ShapeError(
            f"A reduction over axis {axis} was asked of an array with {ndim} axes.",
            why="each axis may be named once, from 0 (or −1 backwards)",
        )
    return tuple(a % ndim for a in axes)


def mask(condition: Any, value: Expr) -> Expr:
    """`value` where a known condition on indexes holds, else 0."""
    return call("mul", known(combine(lambda c: np.multiply(c, 1.0), condition)), value)


# ---- along axes ---------------------------------------------------------------------------------


def _reduced(
    x: Expr, axis: int | Sequence[int] | None = None, keepdims: bool = False
) -> tuple[int, ...]:
    axes = reduced_axes(axis, x.ndim)
    kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
    return tuple(n for i, n in enumerate(kept) if keepdims or i not in axes)


def _reduction(
    function: str,
    index: Positions,
    x: Expr,
    axis: int | Sequence[int] | None,
    keepdims: bool,
) -> tuple[Expr, int]:
    """The fold over the reduced axes, as one variable, and the number of its rows."""
    axes = reduced_axes(axis, x.ndim)
    lengths = tuple(x.shape[a] for a in axes)
    rows = math.prod(lengths)
    variable, column = fresh_variable(rows, *index)
    inner = dict(
        zip(axes, combine(lambda k: np.unravel_index(k, lengths), column), strict=True)
        if axes
        else ()
    )
    outer = iter([i for a, i in enumerate(index) if not (keepdims and a in axes)])
    position = tuple(inner[a] if a in inner else next(outer) for a in range(x.ndim))
    return reduce(function, variable, rows, x.at(position)), rows


@structured(_reduced)
def sum_(
    index: Positions,
    x: Expr,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
) -> Expr:
    return _reduction("sum", index, x, axis, keepdims)[0]


@structured(_reduced)
def max_(
    index: Positions,
    x: Expr,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
) -> Expr:
    return _reduction("max", index, x, axis, keepdims)[0]


@structured(_reduced)
def mean(
    index: Positions,
    x: Expr,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
) -> Expr:
    total, rows = _reduction("sum", index, x, axis, keepdims)
    return call("div", total, rows)


@structured(lambda x, axis: x.shape)
def cumsum(index: Positions, x: Expr, axis: int) -> Expr:
    axis %= x.ndim
    variable, column = fresh_variable(x.shape[axis], *index)
    row = x.at((*index[:axis], column, *index[axis + 1 :]))
    return reduce(
        "sum", variable, x.shape[axis], mask(combine(np.less_equal, column, index[axis]), row)
    )


# ---- shapes -------------------------------------------------------------------------------------


def _reshaped(x: Expr, shape: Sequence[int]) -> tuple[int, ...]:
    """The new shape, with −1 filled in."""
    wanted = tuple(int(n) for n in shape)
    rest = math.prod(n for n in wanted if n != -1)
    if -1 in wanted and rest and x.size % rest == 0:
        wanted = tuple(x.size // rest if n == -1 else n for n in wanted)
    if math.prod(wanted) != x.size or -1 in wanted:
        raise ShapeError(
            f"A reshape to {tuple(shape)} was asked.",
            given=f"an array of shape {x.shape} with {x.size} numbers",
            why="the number of numbers must stay the same",
        )
    return wanted


@structured(_reshaped)
def reshape(index: Positions, x: Expr, shape: Sequence[int]) -> Expr:
    new = _reshaped(x, shape)
    if not new:
        return x.at((0,) * x.ndim)
    flat = combine(lambda *i: np.ravel_multi_index(np.broadcast_arrays(*i), new), *index)
    if not x.ndim:
        return x.at(())
    return x.at(combine(lambda f: np.unravel_index(f, x.shape), flat))


def _transposed(x: Expr, axes: Sequence[int]) -> tuple[int, ...]:
    if sorted(a % x.ndim for a in axes) != list(range(x.ndim)):
        raise ShapeError(
            f"A transposition to the axes {tuple(axes)} was asked.",
            given=f"an array of shape {x.shape}",
            why="every axis must be named once",
        )
    return tuple(x.shape[a] for a in axes)


@structured(_transposed)
def transpose(index: Positions, x: Expr, axes: Sequence[int]) -> Expr:
    position: list[Index] = [0] * x.ndim
    for place_, axis in zip(index, axes, strict=True):
        position[axis] = place_
    return x.at(tuple(position))


def _swapped(x: Expr) -> tuple[int, ...]:
    if x.ndim < 2:
        raise ShapeError(
            "A matrix transpose was asked of an array that is no matrix.",
            given=f"shape {x.shape}",
            hint="reshape it to (1, n) or (n, 1) first",
        )
    return (*x.shape[:-2], x.shape[-1], x.shape[-2])


@structured(_swapped)
def mT(index: Positions, x: Expr) -> Expr:  # noqa: N802 — the array standard's name
    return x.at((*index[:-2], index[-1], index[-2]))


def _broadcast_shape(x: Expr, shape: Sequence[int]) -> tuple[int, ...]:
    try:
        fits = np.broadcast_shapes(x.shape, tuple(shape)) == tuple(shape)
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"A broadcast to shape {tuple(shape)} was asked.", given=f"an array of shape {x.shape}"
        )
    return tuple(shape)


@structured(_broadcast_shape)
def broadcast_to(index: Positions, x: Expr, shape: Sequence[int]) -> Expr:
    tail = index[len(index) - x.ndim :]
    return x.at(tuple(0 if n == 1 else i for n, i in zip(x.shape, tail, strict=True)))


def _joined(*parts: Expr, axis: int) -> tuple[int, ...]:
    shapes = [list(p.shape) for p in parts]
    ndim = len(shapes[0])
    rests = {tuple(s[:axis] + s[axis % ndim + 1 :]) if -ndim <= axis < ndim else () for s in shapes}
    if any(len(s) != ndim for s in shapes) or len(rests) != 1 or not -ndim <= axis < ndim:
        raise ShapeError(
            f"A concatenation along axis {axis} was asked.",
            given=", ".join(str(p.shape) for p in parts),
            why="the other axes must be equal",
        )
    joined = shapes[0]
    joined[axis] = sum(s[axis] for s in shapes)
    return tuple(joined)


@structured(_joined)
def concatenate(index: Positions, *parts: Expr, axis: int) -> Expr:
    axis %= parts[0].ndim
    start, result = 0, as_zero()
    for part in parts:
        length = part.shape[axis]
        inside = combine(lambda i, a=start, n=length: (i >= a) & (i < a + n), index[axis])
        local = combine(lambda i, a=start, n=length: np.clip(i - a, 0, n - 1), index[axis])
        entry = part.at((*index[:axis], local, *index[axis + 1 :]))
        result = call("add", result, mask(inside, entry))
        start += length
    return result


def as_zero() -> Expr:
    return known(0)


def _selected(x: Expr, key: Key) -> tuple[int, ...]:
    return tuple(k[2] for k in key if not isinstance(k, int))


@structured(_selected)
def select(index: Positions, x: Expr, key: Key) -> Expr:
    rest = iter(index)
    return x.at(
        tuple(
            k if isinstance(k, int) else combine(lambda i, k=k: k[0] + k[1] * i, next(rest))
            for k in key
        )
    )


@structured(lambda g, key, shape: tuple(shape))
def place(index: Positions, g: Expr, key: Key, shape: tuple[int, ...]) -> Expr:
    inside: Any = True
    position: list[Index] = []
    for k, i in zip(key, index, strict=True):
        if isinstance(k, int):
            hit = combine(lambda i, k=k: i == k, i)
        else:
            start, step, count = k
            nth = combine(lambda i, a=start, s=step: (i - a) // s, i)
            hit = combine(
                lambda i, n, a=start, s=step, c=count: (n >= 0) & (n < c) & (a + s * n == i), i, nth
            )
            position.append(combine(lambda n, c=count: np.clip(n, 0, max(c - 1, 0)), nth))
        inside = combine(np.logical_and, inside, hit)
    if inside is False:
        return as_zero()
    return mask(inside, g.at(tuple(position)))


# ---- whole numbers as positions -----------------------------------------------------------------


def positions(ids: Expr) -> np.ndarray:
    """The values of whole numbers that are used as positions."""
    if not isinstance(ids, Symbol) or ids.values is None:
        raise FormulaError(
            "One entry of a formula that looks numbers up by position was asked for.",
            given="positions that have no values yet",
            why="which entry is looked up depends on them",
            hint="run the pass first, or read the matrix formula",
        )
    return ids.values.table


@structured(lambda x, ids: ids.shape + x.shape[1:])
def index(index: Positions, x: Expr, ids: Expr) -> Expr:
    table = positions(ids)
    row = combine(lambda *i: table[i], *index[: ids.ndim])
    return x.at((row, *index[ids.ndim :]))


@structured(lambda g, ids, size: (size, *g.shape[ids.ndim :]))
def scatter_add(index: Positions, g: Expr, ids: Expr, size: int) -> Expr:
    table, row = positions(ids).ravel(), index[0]
    # Only the hits are rows of the Σ where the row is fixed; elsewhere all are, behind a mask.
    hits = np.flatnonzero(table == row) if isinstance(row, int) else np.arange(table.size)
    variable, column = fresh_variable(len(hits), *index)
    flat = combine(lambda k: hits[k], column)
    inside = combine(lambda k, r: table[k] == r, flat, row)
    where = combine(lambda k: np.unravel_index(k, ids.shape), flat) if ids.ndim else ()
    return reduce("sum", variable, len(hits), mask(inside, g.at((*where, *index[1:]))))


@structured(lambda ids, size: (*ids.shape, size))
def one_hot(index: Positions, ids: Expr, size: int) -> Expr:
    table = positions(ids)
    return known(combine(lambda *i: (table[i[:-1]] == i[-1]) * 1.0, *index))


# ---- products -----------------------------------------------------------------------------------


def _product(a: Expr, b: Expr, inner: tuple[int, int], rows: int, columns: int) -> tuple[int, ...]:
    try:
        lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        lead = (-1,)
    if inner[0] != inner[1] or lead == (-1,):
        raise ShapeError(
            "A matrix product was asked of arrays that do not fit.",
            given=f"{a.shape} and {b.shape}",
            why=f"the axes that are summed over have lengths {inner[0]} and {inner[1]}"
            if inner[0] != inner[1]
            else "the leading axes cannot be broadcast",
        )
    return (*lead, rows, columns)


def _matrices(name: str, *arrays: Expr) -> None:
    if any(a.ndim < 2 for a in arrays):
        raise ShapeError(
            f"{name} was asked of an array that is no matrix.",
            given=" and ".join(str(a.shape) for a in arrays),
            hint="reshape a vector to (1, n) or (n, 1) first; batches are rows",
        )


def _matmul(a: Expr, b: Expr) -> tuple[int, ...]:
    _matrices("A matrix product", a, b)
    return _product(a, b, (a.shape[-1], b.shape[-2]), a.shape[-2], b.shape[-1])


def _lead(x: Expr, index: Positions) -> Positions:
    """The leading positions of an operand whose leading axes were broadcast."""
    lead, batch = index[:-2], x.shape[:-2]
    return tuple(
        0 if n == 1 else i for n, i in zip(batch, lead[len(lead) - len(batch) :], strict=True)
    )


@structured(_matmul)
def matmul(index: Positions, a: Expr, b: Expr) -> Expr:
    variable, k = fresh_variable(a.shape[-1], *index)
    row = call(
        "mul", a.at((*_lead(a, index), index[-2], k)), b.at((*_lead(b, index), k, index[-1]))
    )
    return reduce("sum", variable, a.shape[-1], row)


def _rows_by(W: Expr, x: Expr) -> tuple[int, ...]:
    _matrices("A layer's product", W, x)
    return _product(x, W, (x.shape[-1], W.shape[-1]), x.shape[-2], W.shape[-2])


@structured(_rows_by)
def rows_by(index: Positions, W: Expr, x: Expr) -> Expr:
    """x · Wᵀ with each term written as the textbooks do, weight first: w1·i1 + w2·i2."""
    variable, k = fresh_variable(x.shape[-1], *index)
    row = call(
        "mul", W.at((*_lead(W, index), index[-1], k)), x.at((*_lead(x, index), index[-2], k))
    )
    return reduce("sum", variable, x.shape[-1], row)


# ---- images -------------------------------------------------------------------------------------


def _windowed(x: Expr, kernel: Pair, stride: Pair, padding: Pair) -> tuple[int, ...]:
    size = x.shape[-2:]
    fits = x.ndim >= 2 and all(
        n + 2 * p >= k > 0 and s > 0 and p >= 0
        for n, k, s, p in zip(size, kernel, stride, padding, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"Windows of {kernel[0]} × {kernel[1]} were asked.",
            given=f"an image of shape {x.shape}, stride {stride}, padding {padding}",
            why="the padded image must be at least as large as the window, the stride at least 1",
        )
    out = (
        (n + 2 * p - k) // s + 1 for n, k, s, p in zip(size, kernel, stride, padding, strict=True)
    )
    return (*x.shape[:-2], *out, *kernel)


@structured(_windowed)
def windows(index: Positions, x: Expr, kernel: Pair, stride: Pair, padding: Pair) -> Expr:
    *lead, i, j, a, b = index
    inside: Any = True
    position: list[Index] = []
    for n, s, p, out, offset in zip(x.shape[-2:], stride, padding, (i, j), (a, b), strict=True):
        where = combine(lambda o, d, s=s, p=p: o * s + d - p, out, offset)
        inside = combine(lambda w, ok, n=n: (w >= 0) & (w < n) & ok, where, inside)
        position.append(combine(lambda w, n=n: np.clip(w, 0, n - 1), where))
    return mask(inside, x.at((*lead, *position)))


@structured(lambda g, size, kernel, stride, padding: (*g.shape[:-4], *size))
def unwindows(
    index: Positions, g: Expr, size: Pair, kernel: Pair, stride: Pair, padding: Pair
) -> Expr:
    *lead, r, c = index
    offsets = kernel[0] * kernel[1]
    outs = g.shape[-4:-2]

    def hit(k: Any, *image: Any) -> tuple[Any, ...]:
        """Which window holds the pixel at offset k, and whether one does."""
        found: list[Any] = []
        inside: Any = True
        for n, s, p, at, offset in zip(
            outs, stride, padding, image, np.unravel_index(k, kernel), strict=True
        ):
            window, rest = np.divmod(at + p - offset, s)
            inside = inside & (rest == 0) & (window >= 0) & (window < n)
            found += [np.clip(window, 0, n - 1), offset]
        return (found[0], found[2], found[1], found[3], inside)

    kept = np.arange(offsets)
    if isinstance(r, int) and isinstance(c, int):  # a fixed pixel: only the windows that hold it
        kept = np.flatnonzero(hit(kept, r, c)[-1])
    variable, column = fresh_variable(len(kept), *index)
    *where, inside = combine(lambda k, *image: hit(kept[k], *image), column, r, c)
    return reduce("sum", variable, len(kept), mask(inside, g.at((*lead, *where))))


# ---- names --------------------------------------------------------------------------------------


@structured(lambda value, name: value.shape)
def let(index: Positions, value: Expr, name: str) -> Expr:
    return Let(name, index, value.at(index))


def symbol(name: Any, shape: tuple[int, ...], values: np.ndarray | None = None) -> Symbol:
    """A named array as a formula; whole numbers used as positions bring their values."""
    column = None if values is None else Column(tuple(f"{i}" for i in range(values.ndim)), values)
    return Symbol(name, tuple(shape), column)


# The order and the defaults of the arguments are numpy's, and so what a rule may leave out.
_POSITIONAL: dict[str, tuple[str, ...]] = {
    "sum": ("axis", "keepdims"),
    "mean": ("axis", "keepdims"),
    "max": ("axis", "keepdims"),
    "cumsum": ("axis",),
    "reshape": ("shape",),
    "transpose": ("axes",),
    "broadcast_to": ("shape",),
    "select": ("key",),
    "place": ("key", "shape"),
    "scatter_add": ("size",),
    "one_hot": ("size",),
    "windows": ("kernel", "stride", "padding"),
    "unwindows": ("size", "kernel", "stride", "padding"),
}
_OPERANDS = {"scatter_add": 2}


def _function(name: str) -> Callable[..., Expr]:
    """The xp function of a name: what follows the operands by position becomes an attribute."""
    attributes = _POSITIONAL.get(name)
    if attributes is None:
        return partial(call, name)
    operands = _OPERANDS.get(name, 1)

    def build(*arguments: Any, **given: Any) -> Expr:
        by_name = dict(zip(attributes, arguments[operands:], strict=False)) | given
        hashable = {k: tuple(v) if isinstance(v, list) else v for k, v in by_name.items()}
        return call(name, *arguments[:operands], **hashable)

    return build


xp = Namespace(
    "symbols",
    {name: _function(name) for name in numeric.FUNCTIONS}
    | {"is_mask": is_mask, "let": lambda name, value: call("let", value, name=name)},
    shows=True,
)
