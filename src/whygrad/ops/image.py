"""Convolution and pooling of images, (samples, channels, height, width)."""

from __future__ import annotations

from typing import Any

from whygrad.errors import ShapeError
from whygrad.op import op
from whygrad.ops.reduce import spread

Pair = tuple[int, int]


def pair(value: int | Pair) -> Pair:
    """A number for height and width; one number means both."""
    return value if isinstance(value, tuple) else (value, value)


def _columns(xp: Any, x: Any, W: Any, stride: Any, padding: Any) -> tuple[Any, tuple[int, ...]]:
    """Each window as a column (N, C·kh·kw, H'·W'), and the shape (N, C, kh, kw, H', W') it had."""
    windows = xp.windows(x, W.shape[2:], pair(stride), pair(padding))
    windows = xp.transpose(windows, (0, 1, 4, 5, 2, 3))
    n, c, kh, kw, h, w = windows.shape
    return xp.let("cols", xp.reshape(windows, (n, c * kh * kw, h * w))), windows.shape


def _conv2d_back(
    xp: Any, g: Any, y: Any, x: Any, W: Any, b: Any, *, stride: Any, padding: Any
) -> tuple[Any, Any, Any]:
    columns, shape = _columns(xp, x, W, stride, padding)
    kernels = xp.reshape(W, (W.shape[0], -1))
    upstream = xp.reshape(g, (*g.shape[:2], -1))
    to_windows = xp.reshape(xp.mT(kernels) @ upstream, shape)
    return (
        xp.unwindows(
            xp.transpose(to_windows, (0, 1, 4, 5, 2, 3)),
            x.shape[2:],
            W.shape[2:],
            pair(stride),
            pair(padding),
        ),
        xp.reshape(xp.sum(upstream @ xp.mT(columns), axis=0), W.shape),
        xp.sum(g, axis=(0, 2, 3)),
    )


@op(
    back=_conv2d_back,
    latex=r"\operatorname{conv}",
    cases=[
        "(2,2,4,4), (3,2,2,2), (3,)",
        "(1,1,5,4), (2,1,3,2), (2,); stride=2, padding=1",
        "(1,2,3,4), (1,2,2,3), (); stride=(2,1), padding=(0,1)",
    ],
)
def conv2d(
    xp: Any, x: Any, W: Any, b: Any, *, stride: int | Pair = 1, padding: int | Pair = 0
) -> Any:
    """Slide kernels over images: x (N, C, H, W), W (O, C, kh, kw), b (O,) or one shared number.

    The matrix product of the kernels with every window as a column (LeCun and others 1989);
    stride and padding (with zeros) are numbers, or pairs for height and width.
    """
    columns, (*_, h, w) = _columns(xp, x, W, stride, padding)
    y = xp.reshape(W, (W.shape[0], -1)) @ columns
    return xp.reshape(y, (*y.shape[:2], h, w)) + xp.reshape(b, (-1, 1, 1))


def _pool(
    xp: Any, x: Any, kernel: int | Pair, stride: int | Pair | None, padding: int | Pair
) -> tuple[Any, tuple[Pair, Pair, Pair]]:
    """The windows (…, H', W', kh, kw) of a pooling, and how they were cut."""
    cut = pair(kernel), pair(kernel if stride is None else stride), pair(padding)
    if any(2 * p > k for k, p in zip(cut[0], cut[2], strict=True)):
        raise ShapeError(
            "A pooling was asked whose windows may lie outside of the image.",
            given=f"kernel {cut[0]}, padding {cut[2]}",
            why="the padding may be half of the kernel at most",
        )
    return xp.windows(x, *cut), cut


def _windows_with_edges(
    xp: Any, x: Any, kernel: Any, stride: Any, padding: Any
) -> tuple[Any, Any, tuple[Pair, Pair, Pair]]:
    """The windows, where they lie inside of the image (None: everywhere), and how they were cut."""
    windows, cut = _pool(xp, x, kernel, stride, padding)
    return windows, xp.windows(xp.ones_like(x), *cut) > 0 if any(cut[2]) else None, cut


def _first_maximum(
    xp: Any, g: Any, y: Any, x: Any, *, kernel: Any, stride: Any, padding: Any
) -> tuple[Any]:
    windows, inside, cut = _windows_with_edges(xp, x, kernel, stride, padding)
    hit = xp.equal(windows, xp.reshape(y, (*y.shape, 1, 1)))
    hit = hit if inside is None else xp.both(inside, hit)
    row = xp.reshape(xp.where(hit, 1.0, 0.0), (*y.shape, -1))
    nth = xp.reshape(xp.cumsum(row, axis=-1), windows.shape)
    first = xp.both(hit, xp.equal(nth, 1.0))
    upstream = xp.reshape(g, (*g.shape, 1, 1))
    return (xp.unwindows(xp.where(first, upstream, 0.0), x.shape[-2:], *cut),)


@op(
    back=_first_maximum,
    latex=r"\operatorname{maxpool}",
    cases=[
        "(2,2,4,4); kernel=2",
        "(1,1,5,4); kernel=(3,2), stride=(1,2), padding=1",
        "(1,2,4,5) in -3..-1; kernel=3, stride=2, padding=1",
    ],
    convention="the first of equal maxima takes the gradient",
)
def max_pool2d(
    xp: Any,
    x: Any,
    *,
    kernel: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> Any:
    """The largest number of each window of x (…, H, W); the stride is the kernel's size if None.

    What padding adds is never the largest.
    """
    windows, inside, _ = _windows_with_edges(xp, x, kernel, stride, padding)
    windows = windows if inside is None else xp.where(inside, windows, -float("inf"))
    return xp.max(windows, axis=(-2, -1))


def _avg_pool_back(
    xp: Any, g: Any, y: Any, x: Any, *, kernel: Any, stride: Any, padding: Any
) -> tuple[Any]:
    windows, cut = _pool(xp, x, kernel, stride, padding)
    share = spread(xp, g / (cut[0][0] * cut[0][1]), windows, (-2, -1), keepdims=False)
    return (xp.unwindows(share, x.shape[-2:], *cut),)


@op(
    back=_avg_pool_back,
    latex=r"\operatorname{avgpool}",
    cases=[
        "(2,2,4,4); kernel=2",
        "(1,1,5,4); kernel=(3,2), stride=(1,2), padding=1",
        "(3,3); kernel=2, stride=1",
    ],
)
def avg_pool2d(
    xp: Any,
    x: Any,
    *,
    kernel: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> Any:
    """The mean of each window of x (…, H, W), zeros of the padding counted in."""
    return xp.mean(_pool(xp, x, kernel, stride, padding)[0], axis=(-2, -1))
