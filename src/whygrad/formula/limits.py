"""How large a formula may be: whatever reads it later walks down its tree by recursion."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from whygrad.errors import FormulaError
from whygrad.expr import Expr, Let, call

DEPTH = 200  # while it is read: a bracket is one step down, one in a sum (x + (x + …)) two
HEIGHT = 120  # when it is read: operations inside each other, the longest way down
SIZE = 100_000  # operations in all, every named part written out wherever it is used
CHAIN = 32  # a longer sum is added up by halves: a tree of a thousand terms is ten high


def measure(formula: Expr) -> tuple[int, int]:
    """The longest way down a formula, and its operations, every named part written out."""
    measured: dict[int, tuple[int, int]] = {}
    stack = [formula]
    while stack:
        part = stack[-1]
        inner = (part.body,) if isinstance(part, Let) else part.parts()
        missing = [p for p in inner if id(p) not in measured]
        if missing:
            stack += missing
            continue
        stack.pop()
        found = [measured[id(p)] for p in inner]
        height = 1 + max((h for h, _ in found), default=0)
        measured[id(part)] = height, 1 + sum(size for _, size in found)
    return measured[id(formula)]


def refuse_giants(formula: Expr) -> None:
    """Raises FormulaError where a formula is too high or too large to be worked with."""
    height, size = measure(formula)
    if height > HEIGHT or size > SIZE:
        what = f"{height} operations inside each other" if height > HEIGHT else f"{size} operations"
        raise FormulaError(
            "The formula is too large to be worked with.",
            given=f"{what}, every part written out",
            why=f"{HEIGHT} inside each other and {SIZE} in all are the most",
        )


def folded(parts: list[tuple[bool, Expr]], pair: tuple[str, str]) -> Expr:
    """a + b − c …, or a · b / c …: True stands for the first operation of the pair."""

    def joined(left: tuple[bool, Expr], right: tuple[bool, Expr]) -> tuple[bool, Expr]:
        return left[0], call(pair[left[0] != right[0]], left[1], right[1])

    def fold(parts: list[tuple[bool, Expr]]) -> tuple[bool, Expr]:
        if len(parts) <= CHAIN:
            return reduce(joined, parts)
        half = len(parts) // 2
        return joined(fold(parts[:half]), fold(parts[half:]))

    return fold(parts)[1]


def halved(parts: list[Expr], combine: Callable[[Expr, Expr], Expr]) -> Expr:
    """A function of two, of many: of the halves, and of theirs."""
    if len(parts) <= CHAIN:
        return reduce(combine, parts)
    half = len(parts) // 2
    return combine(halved(parts[:half], combine), halved(parts[half:], combine))
