"""Reading a formula of numbers with an array namespace: the values, the program, the formula.

A formula is read once into a list of instructions in which equal parts stand once, so that it is
computed without recursion and without computing e^(x) three times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad import numeric
from whygrad.errors import FormulaError
from whygrad.expr import Call, Entry, Expr, Let, Number, Quantity
from whygrad.formula.applied import Applied
from whygrad.numeric import Array, Namespace


@dataclass(frozen=True)
class Instruction:
    """One part of a formula: a number, a variable, or a function of earlier instructions."""

    part: Expr
    operands: tuple[int, ...] = ()


class Reader:
    """A formula made ready to be read: `Reader(parse("x*tanh(x)"))(numeric.xp, {"x": values})`."""

    def __init__(self, formula: Expr) -> None:
        self.instructions: list[Instruction] = []
        self._same: dict[tuple[Any, ...], int] = {}
        self._places: dict[int, int] = {}
        self._alive: list[Expr] = []  # so that no id in _places is given to another formula
        self._result = self._enter(formula)

    def __call__(self, xp: Namespace, arrays: Mapping[Any, Array]) -> Array:
        """The value; a plain number where the formula is constant."""
        return self.values(xp, arrays)[self._result]

    def values(self, xp: Namespace, arrays: Mapping[Any, Array]) -> list[Array]:
        """The value of every instruction."""
        values: list[Array] = []
        with np.errstate(all="ignore"):  # an overflow is a result to look at, not a warning
            for instruction in self.instructions:
                operands = [values[i] for i in instruction.operands]
                values.append(_compute(instruction.part, operands, xp, arrays))
        return values

    def _enter(self, formula: Expr) -> int:
        """Every part after those that it is made of; no recursion, however deep the formula."""
        stack = [formula]
        while stack:
            part = stack[-1]
            inner = part.parts()
            missing = [p for p in inner if id(p) not in self._places]
            if missing and id(part) not in self._places:
                stack += reversed(missing)
                continue
            stack.pop()
            if id(part) not in self._places:
                self._alive.append(part)
                self._places[id(part)] = self._place(part, inner)
        return self._places[id(formula)]

    def _place(self, part: Expr, inner: tuple[Expr, ...]) -> int:
        """The instruction of a part whose operands have theirs."""
        at = tuple(self._places[id(p)] for p in inner)
        if isinstance(part, Let) and not isinstance(part, Applied):
            return at[0]
        kind = (part.function, part.attributes) if isinstance(part, (Call, Applied)) else part
        key = (type(part), kind, at)
        if key not in self._same:
            self._same[key] = len(self.instructions)
            self.instructions.append(Instruction(part, at))
        return self._same[key]


def variables(formula: Expr) -> list[str]:
    """The names of a formula, in the order in which they first stand in it."""
    found = [i.part for i in Reader(formula).instructions]
    return list(dict.fromkeys(str(p.name) for p in found if isinstance(p, Entry)))


def _compute(
    part: Expr, operands: list[Array], xp: Namespace, arrays: Mapping[Any, Array]
) -> Array:
    match part:
        case Number(value) | Quantity(_, value):
            return value
        case Entry(name, index):
            return arrays[name][index] if index else arrays[name]
        case Call("let"):
            return operands[0]
        case Applied() | Call():
            constant = all(isinstance(o, (float, int)) for o in operands)
            return (
                _constant(part, operands) if constant and not xp.shows else _run(part, operands, xp)
            )
    raise FormulaError(f"A {type(part).__name__} cannot be read outside of its array formula.")


def _run(part: Applied | Call, operands: list[Array], xp: Namespace) -> Array:
    function = part.op.value if isinstance(part, Applied) else getattr(xp, part.function)
    first = (xp,) if isinstance(part, Applied) else ()
    return function(*first, *operands, **dict(part.attributes))


def _constant(part: Applied | Call, operands: list[Array]) -> float | bool:
    """A constant as Python's number, which takes on the precision of what it meets.

    √2 as NumPy's float64 would turn every float32 that it is multiplied with into a float64.
    """
    value = np.asarray(_run(part, operands, numeric.xp))
    return bool(value) if value.dtype == bool else float(value)
