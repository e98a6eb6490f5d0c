"""Formulas as code: what languages with + − · / and functions have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from whygrad.errors import FormulaError
from whygrad.exports.program import shortest
from whygrad.expr import Call, Expr, Number

OR, AND, COMPARE, SUM, SIGN, PRODUCT, ATOM = range(7)  # how tightly they bind


@dataclass(frozen=True)
class Code:
    """Code and how tightly its outermost operation binds."""

    text: str
    level: int = ATOM

    def within(self, level: int, *, right: bool = False) -> str:
        """It as an operand of an operation of this level, in brackets where it needs some."""
        signed = self.level == SIGN and level <= PRODUCT and not right  # −a · b is (−a) · b
        loose = self.level < level and not signed
        tight = right and (self.level == level or self.text.startswith("-"))  # never a − −b
        return f"({self.text})" if loose or tight else self.text


class Language(ABC):
    """Writes formulas of numbers; a part keeps its place, so that results keep their last digit.

    infix: signs between two operands, by function of xp. functions: what the others are called, or
    what is written for them, {0} for the first operand.
    """

    infix: ClassVar[dict[str, tuple[str, int]]] = {
        "add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT),
        "less": ("<", COMPARE), "less_equal": ("<=", COMPARE), "equal": ("==", COMPARE),
        "greater": (">", COMPARE), "greater_equal": (">=", COMPARE),
    }  # fmt: skip
    functions: Mapping[str, str]
    space = " "  # around a sign, behind a comma
    dtype: np.dtype[np.floating]

    def write(self, formula: Expr) -> Code:
        """A formula as code. Raises FormulaError for a function that the language lacks."""
        match formula:
            case Number(value):
                return self.number(value)
            case Call("neg", (x,)):
                return Code("-" + self.write(x).within(SIGN, right=True), SIGN)
            case Call(function, (a, b)) if function in self.infix:
                sign, level = self.infix[function]
                left, right = self.operand(a, formula), self.operand(b, formula)
                between = f"{self.space}{sign}{self.space}"
                return Code(left.within(level) + between + right.within(level, right=True), level)
            case Call(function, arguments) if function in self.functions:
                parts = [self.operand(a, formula).text for a in arguments]
                return Code(self.called(self.functions[function], parts))
        return self.other(formula)

    def called(self, function: str, operands: Sequence[str]) -> str:
        """A function of operands."""
        if "{" in function:
            return function.format(*operands)
        return f"{function}({f',{self.space}'.join(operands)})"

    def operand(self, part: Expr, of: Call) -> Code:
        """A part of a formula as an operand of it."""
        return self.write(part)

    def number(self, value: float) -> Code:
        """A number that the rule itself contains."""
        text = shortest(value, self.dtype)
        return Code(text, SIGN if text.startswith("-") else ATOM)

    @abstractmethod
    def other(self, formula: Expr) -> Code:
        """What each language writes in its own way: arrays, entries, sums, choices."""

    def lacking(self, formula: Expr) -> FormulaError:
        """What is said of a function that there is no code for."""
        what = formula.function if isinstance(formula, Call) else type(formula).__name__
        return FormulaError(
            f"There is no export of {what!r}.", why="it reads labels, which a prediction has not"
        )
