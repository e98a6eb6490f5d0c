"""Sums and their like along axes."""

from __future__ import annotations

import math
from typing import Any

from whygrad.op import op
from whygrad.symbols import reduced_axes

ALONG_AXES = ("(3,4)", "(3,4); axis=0", "(2,3,4); axis=(0,-1)", "(2,3); axis=1, keepdims=True")


def spread(xp: Any, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """What was reduced, given back its axes and repeated along them to the shape of x."""
    axes = reduced_axes(axis, len(x.shape))
    if not keepdims and axes != tuple(range(len(axes))):  # else broadcasting gives them back
        g = xp.reshape(g, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))
    return xp.broadcast_to(g, x.shape)


def count(x: Any, axis: Any) -> int:
    """How many numbers of x go into one of the result."""
    return math.prod(x.shape[a] for a in reduced_axes(axis, len(x.shape)))


@op(
    back=lambda xp, g, y, x, *, axis, keepdims: (spread(xp, g, x, axis, keepdims),),
    latex=r"\sum",
    cases=ALONG_AXES,
)
def sum_(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum along the axes, or of all numbers."""
    return xp.sum(x, axis=axis, keepdims=keepdims)


@op(
    back=lambda xp, g, y, x, *, axis, keepdims: (
        spread(xp, g, x, axis, keepdims) / count(x, axis),
    ),
    latex=r"\operatorname{mean}",
    cases=ALONG_AXES,
)
def mean(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean along the axes, or of all numbers."""
    return xp.mean(x, axis=axis, keepdims=keepdims)


def _share(xp: Any, g: Any, y: Any, x: Any, *, axis: Any, keepdims: bool) -> tuple[Any]:
    hit = xp.equal(x, spread(xp, y, x, axis, keepdims))
    ties = xp.let("ties", xp.sum(xp.where(hit, 1.0, 0.0), axis=axis, keepdims=True))
    return (xp.where(hit, spread(xp, g, x, axis, keepdims) / ties, 0.0),)


@op(back=_share, latex=r"\max", cases=ALONG_AXES, convention="equal maxima share the gradient")
def max_(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest number along the axes, or of all."""
    return xp.max(x, axis=axis, keepdims=keepdims)


def _centred(xp: Any, x: Any, axis: Any) -> Any:
    return x - xp.let("μ", xp.mean(x, axis=axis, keepdims=True))


@op(
    back=lambda xp, g, y, x, *, axis, keepdims, correction: (
        spread(xp, g, x, axis, keepdims)
        * (2 / (count(x, axis) - correction))
        * _centred(xp, x, axis),
    ),
    latex=r"\operatorname{var}",
    cases=[*ALONG_AXES, "(3,4); axis=1, correction=1"],
)
def var(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False, correction: int = 0) -> Any:
    """The mean squared distance from the mean; divided by n − correction, as the array standard.

    PyTorch's own default is correction=1.
    """
    squares = xp.sum(_centred(xp, x, axis) ** 2, axis=axis, keepdims=keepdims)
    return squares / (count(x, axis) - correction)


def _norm_back(xp: Any, g: Any, y: Any, x: Any, *, axis: Any, keepdims: bool) -> tuple[Any]:
    length = spread(xp, y, x, axis, keepdims)
    upstream = spread(xp, g, x, axis, keepdims)
    return (xp.where(xp.equal(length, 0.0), 0.0, upstream * x / length),)


@op(back=_norm_back, latex=r"\lVert\cdot\rVert", cases=ALONG_AXES, convention="0 at the origin")
def norm(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The Euclidean length √Σx² along the axes."""
    return xp.sqrt(xp.sum(x**2, axis=axis, keepdims=keepdims))
