"""Readable numbers for exercises: drawn from a seed, the same on every machine.

Only raw bits of PCG64 are used, whose stream NumPy guarantees; what a Generator makes of them may
change between its versions.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from whygrad.errors import ConfigError


@dataclass(frozen=True)
class Grid:
    """Numbers with so many decimals and a size from `low` to `high`; signed: of both signs."""

    low: float
    high: float
    decimals: int = 2
    signed: bool = True

    @cached_property
    def sizes(self) -> list[float]:
        """Every size, without 1, whose product would hide whether it was multiplied."""
        scale = 10**self.decimals
        steps = range(math.ceil(self.low * scale - 1e-9), math.floor(self.high * scale + 1e-9) + 1)
        return [step / scale for step in steps if step != scale]


class Draw:
    """A sequence of choices that belongs to a seed and everything else that it is made of."""

    def __init__(self, seed: int, *rest: int | str) -> None:
        if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
            raise ConfigError("A seed is a whole number from 0.", given=repr(seed))
        words = [w if isinstance(w, int) else zlib.crc32(w.encode()) for w in (int(seed), *rest)]
        self._bits = np.random.PCG64(np.random.SeedSequence(words))

    def below(self, count: int) -> int:
        """A whole number from 0 to count − 1."""
        return int(self._bits.random_raw()) % count

    def numbers(self, count: int, grid: Grid, used: set[float] | None = None) -> list[float]:
        """So many numbers of a grid, none of a size that is used already, while there are others.

        used: sizes that stand on the sheet; those drawn here are entered.
        """
        used = set() if used is None else used
        found = []
        for _ in range(count):
            sizes = [size for size in grid.sizes if size not in used] or grid.sizes
            size = sizes[self.below(len(sizes))]
            used.add(size)
            found.append(-size if grid.signed and self.below(2) else size)
        return found

    def array(
        self, shape: tuple[int, ...], grid: Grid, used: set[float] | None = None
    ) -> np.ndarray:
        """An array of such numbers."""
        return np.array(self.numbers(math.prod(shape), grid, used), dtype=float).reshape(shape)
