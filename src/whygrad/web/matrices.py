"""Arrays as pictures: laid out in two dimensions, coloured in a byte a cell, exact on demand.

A matrix is itself, a vector is one row. Kernels (out, in, kh, kw) are small multiples, a row of
them for each `out`; images of one channel fill a grid. `page/blocks/matrix.js` knows the
same layout.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, ShapeError

Data = dict[str, Any]
CELLS = 500_000  # of one picture; an array of more is shown in tiles
ALL_CELLS = 2_500_000  # of all pictures of a page, so that a report stays under 4 MB
EXACT = 8_192  # an array of up to so many numbers travels exactly, not only as colours
ALL_EXACT = 100_000  # numbers of all arrays that do
REGION = 16_384  # exact cells that are given at once
STEPS = 126  # shades of a sign; the size of a number is the shade squared, so that small ones show
INFINITE = 127  # the shade of an infinity, which no finite number has
BLANK = -128  # a cell without a number: NaN, or outside of the last row of a grid


@dataclass(frozen=True)
class Layout:
    """Where the entries of an array of a shape stand in a picture of rows × columns.

    grid: how many multiples there are below and beside each other. kernel: the size of each.
    wrapped: whether the multiples are one long line that is broken at the picture's edge.
    """

    shape: tuple[int, ...]
    grid: tuple[int, int]
    kernel: tuple[int, int]
    wrapped: bool = False

    @property
    def rows(self) -> int:
        return self.grid[0] * self.kernel[0]

    @property
    def columns(self) -> int:
        return self.grid[1] * self.kernel[1]

    def picture(self, array: np.ndarray) -> np.ndarray:
        """The array in two dimensions; NaN where a grid has places left."""
        (down, across), (high, wide) = self.grid, self.kernel
        multiples = np.asarray(array, dtype=float).reshape(-1, high, wide)
        left = down * across - len(multiples)
        if left:
            multiples = np.concatenate([multiples, np.full((left, high, wide), math.nan)])
        placed = multiples.reshape(down, across, high, wide).transpose(0, 2, 1, 3)
        return placed.reshape(self.rows, self.columns)


def layout_of(shape: tuple[int, ...]) -> Layout:
    """How an array of this shape is laid out."""
    if len(shape) <= 2:
        high, wide = (1, 1, *shape)[-2:]
        return Layout(shape, (1, 1), (high, wide))
    *first, high, wide = shape
    count = math.prod(first)
    across = first[-1] if len(first) > 1 else 1
    wrapped = across == 1 and count > 1
    if wrapped:  # as square as it goes
        across = max(1, min(count, round(math.sqrt(count * high / max(wide, 1)))))
    down = -(-count // across) if across else 0
    return Layout(shape, (down, across), (high, wide), wrapped)


@dataclass(frozen=True)
class Room:
    """How much of each array travels, so that a page of many stays small.

    cells: of a picture. exact: numbers of an array that travels exactly.
    """

    cells: int
    exact: int


def room_for(sizes: Sequence[int]) -> Room:
    """The room of arrays of these sizes, each with its values and its gradients."""
    cells, exact = CELLS, EXACT
    while exact and 2 * sum(n for n in sizes if n <= exact) > ALL_EXACT:
        exact //= 2
    while cells > 1 and 2 * sum(min(n, cells) for n in sizes if n > exact) > ALL_CELLS:
        cells //= 2
    return Room(cells, exact)


def tile_of(layout: Layout, room: Room) -> tuple[int, int]:
    """How many entries (rows, columns) a cell stands for; one where the array travels exactly."""
    row, column = 1, 1
    if math.prod(layout.shape) <= room.exact:
        return row, column
    while -(-layout.rows // row) * -(-layout.columns // column) > room.cells:
        if layout.rows / row >= layout.columns / column:
            row += 1
        else:
            column += 1
    return row, column


def pooled(picture: np.ndarray, tile: tuple[int, int]) -> np.ndarray:
    """Of each tile the entry that is largest by size, with its sign."""
    if tile == (1, 1):
        return picture
    (rows, columns), (r, c) = picture.shape, tile
    padded = np.full((-(-rows // r) * r, -(-columns // c) * c), math.nan)
    padded[:rows, :columns] = picture
    split = padded.reshape(len(padded) // r, r, -1, c).transpose(0, 2, 1, 3)
    tiles = split.reshape(*split.shape[:2], r * c)
    sizes = np.where(np.isnan(tiles), -1.0, np.abs(tiles))
    return np.take_along_axis(tiles, sizes.argmax(axis=-1)[..., None], axis=-1)[..., 0]


def colours(picture: np.ndarray) -> Data:
    """A byte a cell: the sign, and the root of the size as a share of the largest.

    scale: the largest finite size. A shade k up to 126 stands for sizes from ((|k| − ½)/126)² to
    ((|k| + ½)/126)² of it, 127 for an infinity.
    """
    sizes = np.abs(picture)
    scale = float(sizes[np.isfinite(sizes)].max(initial=0.0))
    shades = np.rint(STEPS * np.sqrt(sizes / scale)) if scale else np.zeros_like(sizes)
    shades = np.where(np.isinf(sizes), INFINITE, shades)
    coded = np.where(np.isnan(picture), BLANK, np.copysign(shades, picture))
    return {"cells": packed(coded.astype(np.int8)), "scale": scale}


def travelling(array: np.ndarray, layout: Layout, tile: tuple[int, int], room: Room) -> Data:
    """An array as it travels to a page: exactly where it is small, else in colours."""
    picture = layout.picture(array)
    if array.size <= room.exact:
        return {"exact": packed(picture.astype("<f8"))}
    return colours(pooled(picture, tile))


def region(array: np.ndarray, rows: tuple[int, int], columns: tuple[int, int]) -> Data:
    """The exact cells of a part of an array's picture: rows and columns from, up to.

    Raises ShapeError where the part lies outside, ConfigError where it is too large.
    """
    layout = layout_of(array.shape)
    below = 0 <= rows[0] < rows[1] <= layout.rows
    if not (below and 0 <= columns[0] < columns[1] <= layout.columns):
        raise ShapeError(
            "A part of a matrix was asked for that lies outside of it.",
            given=f"rows {rows[0]} to {rows[1]}, columns {columns[0]} to {columns[1]}",
            why=f"its picture has {layout.rows} rows and {layout.columns} columns",
        )
    if (rows[1] - rows[0]) * (columns[1] - columns[0]) > REGION:
        raise ConfigError(
            "A part of a matrix was asked for that is too large.",
            given=f"{(rows[1] - rows[0]) * (columns[1] - columns[0]):,} cells",
            hint=f"at most {REGION:,}",
        )
    part = layout.picture(array)[slice(*rows), slice(*columns)]
    return {"rows": list(rows), "columns": list(columns), "exact": packed(part.astype("<f8"))}


def packed(array: np.ndarray) -> str:
    """The array's bytes, row by row, in base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
