"""What moves numbers and does not change them: reshaping, joining, taking out."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from whygrad.op import op


@op(
    back=lambda xp, g, y, x, *, shape: (xp.reshape(g, x.shape),),
    latex=r"\operatorname{reshape}",
    cases=["(3,4); shape=(2,6)", "(2,3,4); shape=(4,-1)", "(); shape=(1,1)", "(1,); shape=()"],
)
def reshape(xp: Any, x: Any, *, shape: Any) -> Any:
    """The same numbers, row after row, in another shape; one −1 is filled in."""
    return xp.reshape(x, shape)


def _order(x: Any, axes: Any) -> tuple[int, ...]:
    n = len(x.shape)
    return tuple(reversed(range(n))) if axes is None else tuple(a % n for a in axes)


def _transpose_back(xp: Any, g: Any, y: Any, x: Any, *, axes: Any) -> tuple[Any]:
    order = _order(x, axes)
    return (xp.transpose(g, tuple(order.index(a) for a in range(len(order)))),)


@op(
    back=_transpose_back,
    latex=r"\top",
    cases=["(3,4)", "(2,3,4); axes=(1,2,0)", "(2,3,4); axes=(0,-1,1)"],
    aliases=["permute"],
)
def transpose(xp: Any, x: Any, *, axes: Any = None) -> Any:
    """The axes in another order; reversed where none is given."""
    return xp.transpose(x, _order(x, axes))


@op(
    back=lambda xp, g, y, x, *, shape: (g,),  # the pass sums over what was repeated
    latex=r"\operatorname{broadcast}",
    cases=["(4,); shape=(3,4)", "(2,1,3); shape=(2,4,3)", "(); shape=(2,3)"],
    aliases=["broadcast"],
)
def broadcast_to(xp: Any, x: Any, *, shape: Any) -> Any:
    """The numbers repeated along new axes, and along axes of length 1."""
    return xp.broadcast_to(x, shape)


def _concatenate_back(xp: Any, g: Any, y: Any, *parts: Any, axis: int) -> tuple[Any, ...]:
    axis %= len(y.shape)
    ends = accumulate(part.shape[axis] for part in parts)
    return tuple(
        xp.select(
            g,
            tuple((end - n if i == axis else 0, 1, n) for i, n in enumerate(part.shape)),
        )
        for part, end in zip(parts, ends, strict=True)
    )


@op(
    back=_concatenate_back,
    latex=r"\operatorname{concatenate}",
    cases=["(2,3), (1,3)", "(2,3), (2,1), (2,2); axis=-1", "(3,)"],
    aliases=["cat"],
)
def concatenate(xp: Any, *parts: Any, axis: int = 0) -> Any:
    """Arrays one after the other along an axis; their other axes are equal."""
    return xp.concatenate(*parts, axis=axis)


@op(
    back=lambda xp, g, y, x, *, key: (xp.place(g, key, x.shape),),
    latex=r"\operatorname{slice}",
    cases=[
        "(3,4); key=(1, (0, 1, 4))",
        "(5,4); key=((4, -2, 3), (1, 1, 2))",
        "(3,); key=(2,)",
        "(3,2); key=((1, 1, 0), (0, 1, 2))",
    ],
)
def slice_(xp: Any, x: Any, *, key: Any) -> Any:
    """A part of an array: per axis one position, or (start, step, count); x[1:, 0] writes it."""
    return xp.select(x, key)


@op(
    back=lambda xp, g, y, table, ids: (xp.scatter_add(g, ids, table.shape[0]), None),
    latex=r"\operatorname{gather}",
    cases=[
        "(5,3), (4,) int 0..4",
        "(3,2), (2,2) int 0..2",
        "(4,), (3,) int 0..3",
        "(3,2), () int 0..2",
    ],
    aliases=["embedding"],
)
def gather(xp: Any, table: Any, ids: Any) -> Any:
    """The rows of a table (n, …) at whole-number positions: ids (…) from 0 to n − 1."""
    return xp.index(table, ids)
