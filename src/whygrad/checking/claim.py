"""Claim: a function of named arrays to one number, and the gradients that are claimed for it.

Whatever is checked becomes a claim first: a recorded pass, a pair of Python functions, an
operation, a JAX function, a PyTorch module. The judges see nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from whygrad.names import Value
from whygrad.recording import Trace

Arrays = Mapping[str, np.ndarray]
Loss = Callable[[Arrays], float]  # a number from an array for each name
Along = Callable[[np.ndarray], float]  # a number from one of the arrays, the others staying


@dataclass(frozen=True, eq=False)
class Claim:
    """A function, a point, and the gradients claimed there.

    value: the function, called with arrays that it may change; it computes in its own type.
    point: an array for each name, float64 (of numbers that the function's own type can hold).
    gradients: what is claimed, by the same names. epsilon: the precision of the function's type.
    wide: the same function computing in float64, where its own type is coarser and it can.
    along: the function of one array alone, where that is faster than the whole.
    forward_mode: ∂/∂(step along a direction) of the function by forward mode, where there is one.
    oracle: the gradients by another library, where there is one. again: the claim, computed anew.
    operands: what a gradient may be made of: the point, the gradient from above, the result.
    refused: why no gradient could be had for a name. trace: the recorded pass that it came from.
    own: whether the claim is the pass's own gradients, so that its rules are what is judged.
    learning_rate: of an update that the gradients may wrongly have been computed after.
    quotients: somebody's own difference quotients, to be judged beside the gradients.
    """

    value: Loss
    point: Arrays
    gradients: Arrays
    epsilon: float = float(np.finfo(float).eps)
    wide: Loss | None = None
    along: Callable[[str], Along] | None = None
    forward_mode: Callable[[Arrays], float] | None = None
    oracle: Callable[[], Arrays | None] | None = None
    again: Callable[[], Arrays] | None = None
    operands: Arrays = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    trace: Trace | None = None
    own: bool = False
    learning_rate: float | None = None
    quotients: Arrays | None = None

    def function_of(self, name: str) -> Along:
        """The function of one array, the others staying as they are."""
        if self.along is not None:
            return self.along(name)
        return self._moved(self.value, name)

    def wide_function_of(self, name: str) -> Along | None:
        """The function of one array in float64; None where it is not needed or not to be had."""
        return None if self.wide is None else self._moved(self.wide, name)

    def _moved(self, value: Loss, name: str) -> Along:
        """A function of one array; NaN where it cannot be computed (outside of its domain)."""

        def along(array: np.ndarray) -> float:
            try:
                return float(value({**self.copies(), name: array.copy()}))
            except (ArithmeticError, ValueError):
                return math.nan

        return along

    def copies(self) -> dict[str, np.ndarray]:
        """The point, for a function that may change what it is given."""
        return {name: array.copy() for name, array in self.point.items()}

    @cached_property
    def here(self) -> float:
        """The function's value at the point."""
        return float(self.value(self.copies()))

    @property
    def size(self) -> int:
        """How many numbers there are to be checked."""
        return sum(array.size for array in self.point.values())

    @cached_property
    def largest(self) -> float:
        """The largest claimed gradient, in absolute value."""
        finite = (np.abs(g[np.isfinite(g)]).max(initial=0.0) for g in self.gradients.values())
        return float(max(finite, default=0.0))

    def element(self, name: str, index: tuple[int, ...]) -> str:
        """What an entry is called."""
        if self.trace is not None and name in self.trace.graph:
            return self.trace.names.text(Value(name, index))
        return name + (f"[{','.join(map(str, index))}]" if index else "")


def typical_size(array: np.ndarray) -> float:
    """How large an array's numbers are, 1 where all of them are 0."""
    return (float(np.sqrt(np.mean(np.square(array)))) if array.size else 0.0) or 1.0
