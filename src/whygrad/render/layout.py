"""Expr → the tree that printers write down: what a formula looks like, in no format yet.

The author's terms stay in their order. Sums and products of two are written as sums and products of
many, a + −b as a − b, 0.5 · x as ½ · x; a Σ is written out term by term. That is all that changes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from whygrad.errors import FormulaError
from whygrad.expr import (
    ONE,
    ZERO,
    Call,
    Column,
    Entry,
    Expr,
    Index,
    Let,
    Number,
    Quantity,
    Reduce,
    Symbol,
    is_mask,
)
from whygrad.names import Delta, Derivative, Label, Name, Partial, Updated, Value
from whygrad.render import tree
from whygrad.render.numbers import Numeral, exact, numeral
from whygrad.render.tree import Layout, bracketed
from whygrad.split import EXPANDED
from whygrad.symbols import reduced_axes

EXPAND = EXPANDED  # a sum of more terms shows its first three and its last
FIRST = 3

Labelling = Callable[[Hashable], Label]


def own_name(ref: Hashable) -> Label:
    """The label of what is a name already: of "x" it is x."""
    return ref if isinstance(ref, (Name, Derivative)) else Name(str(ref))


def layout(
    formula: Expr,
    label: Labelling = own_name,
    *,
    number: Callable[[float], Numeral] = numeral,
    substituted: bool = False,
    expand: int | None = EXPAND,
    inline: bool = False,
    slots: bool = False,
    links: bool = False,
) -> Layout:
    """The tree of a formula, with its brackets.

    label: the name of each quantity, entry and array. number: how the numbers of a pass are
    printed, `partial(numeral, digits=6)`; those of the rule itself are printed as they are.
    substituted: quantities show their number instead of their name. expand: sums of more terms are
    cut short; None writes all. inline: a named sub-result shows its formula, not its name.
    slots: a quantity's number is left open, to be put in later. links: the names of what has a
    derivation of its own lead to it.
    """
    reader = _Reader(label, number, substituted, expand, inline, slots, links)
    return bracketed(reader.read(formula))


def layout_number(value: float, number: Callable[[float], Numeral] = numeral) -> Layout:
    """The tree of a number that stands alone: a result."""
    return _signed(number(value))


def layout_label(label: Label, linked: bool = False) -> Layout:
    """The tree of a name that stands alone: the left side of a line."""
    return tree.Sym(label, linked)


def derived(ref: Hashable) -> bool:
    """Whether what a reference means has a derivation of its own: a value, a gradient, a step."""
    return isinstance(ref, (Value, Partial, Delta, Updated))


def relation(*sides: Layout, signs: str) -> Layout:
    """left = middle ≈ right; `signs` has one character for each gap."""
    return tree.Relation(sides, tuple(signs))


def lets(formula: Expr, expand: int | None = EXPAND) -> list[tuple[Name, Expr]]:
    """The named sub-results that a formula's printed form mentions, and what each of them is.

    Each one stands after those that it is made of.
    """
    found: dict[Name, Expr] = {}

    def visit(part: Expr) -> None:
        named = _let(part)
        if named is not None and named[0] in found:
            return
        inner = shown_rows(part, expand) if isinstance(part, Reduce) else part.parts()
        for one in inner:
            if one is not None:
                visit(one)
        if named is not None:
            found[named[0]] = named[1]

    visit(formula)
    return list(found.items())


def shown_rows(fold: Reduce, expand: int | None) -> tuple[Expr | None, ...]:
    """The terms of a Σ or max that are printed; None stands for those that are left out."""
    wanted: list[Expr] = []
    for value in range(fold.length):
        row = fold.row(value)
        if row != ZERO or fold.function != "sum":
            wanted.append(row)
        if expand is not None and len(wanted) > expand:
            backwards = map(fold.row, range(fold.length - 1, value - 1, -1))
            last = next(r for r in backwards if r != ZERO or fold.function != "sum")
            return (*wanted[:FIRST], None, last)
    return tuple(wanted)


def _let(formula: Expr) -> tuple[Name, Expr] | None:
    """A named sub-result: what it is called, and what it is."""
    match formula:
        case Let(name, index, body):
            return _at(Name(name), index), body
        case Call("let", (body,), attributes):
            return Name(str(dict(attributes)["name"])), body
    return None


def _at(label: Label, index: tuple[Index, ...]) -> Any:
    """The label of one entry, positions from 0 as in code."""
    if isinstance(label, Derivative):
        return replace(label, bottom=_at(label.bottom, index))
    if any(isinstance(i, Column) for i in index):
        raise FormulaError(
            f"An entry of {label.stem} was to be printed outside of the sum that says which.",
            hint="print the sum, or one row of it: Reduce.row(0)",
        )
    return replace(label, index=tuple(int(i) for i in index))  # type: ignore[arg-type]


def _signed(value: Numeral, of: Label | None = None) -> Layout:
    """A number; the minus of a negative one is a node of its own, so that it gets brackets."""
    size = tree.Num(replace(value, negative=False), of)
    return tree.Negative((size,)) if value.negative else size


SIGNS = {
    "equal": "=",
    "less": "<",
    "less_equal": "≤",
    "greater": ">",
    "greater_equal": "≥",
}
HALVES: dict[Expr, Layout] = {
    Number(0.5): tree.Half(),
    Number(-0.5): tree.Negative((tree.Half(),)),
}
NAMES = {"maximum": "max", "minimum": "min", "broadcast_to": "broadcast"}
ALONG = ("max", "mean", "cumsum", "concatenate")  # structured functions with an axis


@dataclass(frozen=True)
class _Reader:
    label: Labelling
    number: Callable[[float], Numeral]
    substituted: bool
    expand: int | None
    inline: bool
    slots: bool
    links: bool

    def read(self, formula: Expr) -> Layout:
        """The tree of a formula, without brackets."""
        named = _let(formula)
        if named is not None:
            return self.read(named[1]) if self.inline else tree.Sym(named[0])
        if isinstance(formula, Call) and is_mask(formula):
            return tree.Truth((self._condition(formula),))
        match formula:
            case Number(value):
                return _signed(exact(value))
            case Quantity(ref) if self.substituted and self.slots:
                return tree.Slot(self.label(ref))
            case Quantity(ref, value) if self.substituted:
                return _signed(self.number(value), self.label(ref))
            case Quantity(ref):
                return tree.Sym(self.label(ref), self.links and derived(ref))
            case Symbol(name):
                return tree.Sym(self.label(name))
            case Entry(name, index):
                return tree.Sym(_at(self.label(name), index))
            case Reduce("max"):
                rows = tuple(map(self._row, shown_rows(formula, self.expand)))
                return tree.Apply(rows, "max")
            case Reduce():
                return self._sum(formula)
            case Call(function):
                return self._call(function, formula)
        raise FormulaError(
            f"A {type(formula).__name__} was to be printed outside of the sum that it belongs to."
        )

    def _all(self, formulas: tuple[Expr, ...]) -> tuple[Layout, ...]:
        return tuple(map(self.read, formulas))

    def _row(self, row: Expr | None) -> Layout:
        return tree.Dots() if row is None else self.read(row)

    # ---- functions --------------------------------------------------------------------------

    def _call(self, function: str, formula: Call) -> Layout:
        arguments = formula.arguments
        match function, arguments:
            case (("add" | "sub"), _):
                return self._sum(formula)
            case "mul", _:
                return self._product(formula)
            case "matmul", _:
                return tree.MatrixProduct(self._all(_flat("matmul", formula)))
            case "rows_by", (weights, x):
                turned = tree.Transposed((self.read(weights),))
                return tree.MatrixProduct((*self._all(_flat("matmul", x)), turned))
            case "exp", (x,) if not formula.shape:
                return tree.Power((tree.Word("e"), self.read(x)))
            case "power", _:
                return tree.Power(self._all(arguments), entrywise=bool(formula.shape))
            case "where", (condition, yes, no):
                if (yes, no) == (ONE, ZERO):
                    return tree.Truth((self._condition(condition),))
                return tree.Cases((*self._case(condition, yes), *self._otherwise(no)))
            case _ if function in PLAIN:
                return PLAIN[function](self._all(arguments))
        return self._structured(function, formula)

    def _case(self, condition: Expr, value: Expr) -> tuple[Layout, Layout]:
        return self.read(value), self._condition(condition)

    def _otherwise(self, formula: Expr) -> tuple[Layout, ...]:
        """The rest of a choice: what stands behind else if is a further case of it."""
        read = self.read(formula)
        return read.content if isinstance(read, tree.Cases) else (read,)

    def _condition(self, formula: Expr) -> Layout:
        match formula:
            case Call("both", parts):
                return tree.Both(tuple(c for p in parts for c in self._conditions(p, tree.Both)))
            case Call("either", parts):
                either = tree.Either
                return either(tuple(c for p in parts for c in self._conditions(p, either)))
            case Call(function, parts) if function in SIGNS:
                return tree.Compare(self._all(parts), SIGNS[function])
        named = _let(formula)
        if named is not None:
            return self._condition(named[1]) if self.inline else tree.Sym(named[0])
        if isinstance(formula, Call) and is_mask(formula):
            return self._structured(formula.function, formula)
        return self.read(formula)

    def _conditions(self, formula: Expr, kind: type[tree.Compound]) -> tuple[Layout, ...]:
        read = self._condition(formula)
        return read.content if isinstance(read, kind) else (read,)

    # ---- sums and products ------------------------------------------------------------------

    def _sum(self, formula: Expr) -> Layout:
        """Terms with their signs; the sign of a term that is a negation is the sum's."""
        terms = signed_terms(formula, self.expand)
        if not terms:
            return _signed(exact(0.0))
        (_, first), *rest = terms
        signed = [self._term(sign, term) for sign, term in rest]
        parts = (self._row(first), *(part for _, part in signed))
        return tree.Sum(parts, tuple(sign for sign, _ in signed)) if rest else parts[0]

    def _term(self, sign: str, term: Expr | None) -> tuple[str, Layout]:
        """A term that is not the first, with its sign: a + −b is a − b, with numbers too."""
        positive = without_minus(term) if sign == "+" and term is not None else None
        if positive is not None:
            return "−", self.read(positive)
        match term, self._row(term):
            case Quantity(), tree.Negative((tree.Num(size),)) if sign == "+":
                return "−", tree.Num(size)
            case Quantity(), tree.Slot() as slot if sign == "+":
                return "+", replace(slot, term=True)
            case _, part:
                return sign, part

    def _product(self, formula: Call) -> Layout:
        (*factors, last), signs = _factors(formula)
        parts = (*(HALVES.get(f) or self.read(f) for f in factors), self.read(last))
        return tree.Product(parts, tuple(signs))

    # ---- whole arrays -----------------------------------------------------------------------

    def _structured(self, function: str, formula: Call) -> Layout:
        """A function of whole arrays: a matrix formula."""
        attributes = dict(formula.attributes)
        operands = self._all(formula.arguments)
        match function:
            case "select":
                key = _key(attributes["key"], formula.arguments[0].shape)
                return tree.Indexed((operands[0], *map(tree.Word, key)))
            case "index":
                return tree.Indexed(operands)
            case "transpose" if tuple(attributes["axes"]) == (1, 0):
                return tree.Transposed(operands)
            case "sum":
                return tree.Total(operands, _axis(attributes, formula.arguments[0].ndim))
            case _ if function in ALONG:
                axis = _axis(attributes, formula.arguments[0].ndim)
                return tree.Apply(operands, NAMES.get(function, function), axis)
        options = (tree.Word(f"{k}={_option(v)}") for k, v in attributes.items() if k != "keepdims")
        return tree.Apply((*operands, *options), NAMES.get(function, function))


PLAIN: dict[str, Callable[[tuple[Layout, ...]], Layout]] = {
    "neg": tree.Negative,
    "div": tree.Fraction,
    "sqrt": tree.Root,
    "abs": tree.Abs,
    "mT": tree.Transposed,
    **{
        name: partial(tree.Apply, function=NAMES.get(name, name))
        for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf")
    },
    "maximum": partial(tree.Apply, function="max"),
    "minimum": partial(tree.Apply, function="min"),
}


def without_minus(formula: Expr) -> Expr | None:
    """The formula whose negation this one is at a glance: of −a · b it is a · b; else None.

    The number of a pass keeps its sign, so that the line with numbers matches the line with names.
    """
    match formula:
        case Call("neg", (x,)):
            return x
        case Number(value) if value < 0:
            return Number(-value)
        case Call("mul" | "div", (first, *rest)):
            positive = without_minus(first)
            if positive is not None:
                return Call(formula.function, (positive, *rest), (), formula.extent)
    return None


def signed_terms(formula: Expr, expand: int | None = EXPAND) -> list[tuple[str, Expr | None]]:
    """The terms of a sum with their signs, in its order; None stands for those left out."""
    match formula:
        case Call("add", (a, b)):
            return signed_terms(a, expand) + signed_terms(b, expand)
        case Call("sub", (a, b)):
            return [*signed_terms(a, expand), ("−", b)]
        case Reduce("sum"):
            rows = shown_rows(formula, expand)
            return [t for r in rows for t in ([("+", r)] if r is None else signed_terms(r, expand))]
    return [("+", formula)]


def _flat(function: str, formula: Expr) -> tuple[Expr, ...]:
    """The operands of nested calls of one function, in their order."""
    if isinstance(formula, Call) and formula.function == function:
        return tuple(part for a in formula.arguments for part in _flat(function, a))
    return (formula,)


def _factors(formula: Expr) -> tuple[list[Expr], list[str]]:
    """The factors of nested products and the sign between each two of them."""
    if not (isinstance(formula, Call) and formula.function == "mul"):
        return [formula], []
    left, right = formula.arguments
    sign = "⊙" if left.shape and right.shape else "·"
    (first, before), (second, behind) = _factors(left), _factors(right)
    return first + second, [*before, sign, *behind]


def _axis(attributes: dict[str, Any], ndim: int) -> str:
    """The axes of a reduction as an option; nothing where it runs over all of them."""
    axis = attributes.get("axis")
    return "" if axis is None else f"axis={_option(reduced_axes(axis, ndim))}"


def _option(value: Any) -> str:
    """An attribute as it is written in code; one axis stands alone."""
    if isinstance(value, tuple):
        parts = ", ".join(map(_option, value))
        return parts if len(value) == 1 else f"({parts})"
    return str(value)


def _key(key: tuple[Any, ...], shape: tuple[int, ...]) -> list[str]:
    """A normalised key as slices: 3, :, 0:4, ::2, ::-1."""

    def one(place: int | tuple[int, int, int], length: int) -> str:
        if isinstance(place, int):
            return str(place)
        start, step, count = place
        stop = start + step * count
        first = "" if start == (0 if step > 0 else length - 1) else str(start)
        last = "" if stop < 0 or stop >= length else str(stop)
        return f"{first}:{last}" + (f":{step}" if step != 1 else "")

    return [one(place, length) for place, length in zip(key, shape, strict=True)]
