"""Expr: an immutable formula, compared by structure.

A formula lives on one of two levels. An *array* formula (`Xᵀ · G`) is built of symbols and calls
and has a shape; `at(index)` reads one entry off it, which is a *scalar* formula
(`x[0,1]·g[0,0] + x[1,1]·g[1,0]`), built of entries, numbers, calls and sums.

A Σ is data: one or more index variables' columns and a body. An index is a whole number, or a
`Column` that says which whole number it is for every value of the variables of the sums around it.
So formulas compare, serialise and evaluate (all rows of a sum in one NumPy call), and reshaping or
windowing an index is arithmetic on a table.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad import numeric
from whygrad.errors import FormulaError, ShapeError

VARIABLES = ("k", "l", "m", "n", "p", "q", "r", "s", *(f"k{i}" for i in range(1, 100)))


@dataclass(frozen=True, eq=False)
class Column:
    """A number for every value of some variables: an axis of `table` for each of them."""

    variables: tuple[str, ...]
    table: np.ndarray

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Column)
            and self.variables == other.variables
            and np.array_equal(self.table, other.table)
        )

    def __hash__(self) -> int:
        return hash((self.variables, self.table.shape, self.table.tobytes()))

    def over(self, axes: tuple[str, ...]) -> np.ndarray:
        """The table with one axis for each variable of `axes`, of length 1 where not used."""
        order = sorted(range(len(self.variables)), key=lambda i: axes.index(self.variables[i]))
        shape = [1] * len(axes)
        for variable, length in zip(self.variables, self.table.shape, strict=True):
            shape[axes.index(variable)] = length
        return self.table.transpose(order).reshape(shape)

    def fix(self, variable: str, value: int) -> int | float | Column:
        """The column when one of its variables has that value."""
        if variable not in self.variables:
            return self
        axis = self.variables.index(variable)
        table = self.table.take(value, axis=axis)
        rest = self.variables[:axis] + self.variables[axis + 1 :]
        return Column(rest, table) if rest else table.item()

    def rename(self, variable: str, name: str) -> Column:
        """The column with a variable called otherwise."""
        return Column(tuple(name if v == variable else v for v in self.variables), self.table)


Index = int | Column


def changed(index: tuple[Index, ...], change: Callable[[Column], Any]) -> tuple[Index, ...]:
    """An index with its columns changed."""
    return tuple(change(i) if isinstance(i, Column) else i for i in index)


def combine(function: Callable[..., Any], *indexes: Index) -> Any:
    """`function` of indexes, row by row: a plain number where no variable is involved.

    A function of several results (unravel_index) gives a tuple of them.
    """
    axes: tuple[str, ...] = ()
    for index in indexes:
        if isinstance(index, Column):
            axes += tuple(v for v in index.variables if v not in axes)
    result = function(*(i.over(axes) if isinstance(i, Column) else np.int64(i) for i in indexes))

    def wrap(table: Any) -> Any:
        table = np.asarray(table)
        return Column(axes, table) if axes else table.item()

    return tuple(wrap(t) for t in result) if isinstance(result, tuple) else wrap(result)


def fresh_variable(length: int, *indexes: Index) -> tuple[str, Column]:
    """A variable that none of these indexes uses, and its column 0 … length − 1."""
    used = {v for index in indexes if isinstance(index, Column) for v in index.variables}
    name = next(v for v in VARIABLES if v not in used)
    return name, Column((name,), np.arange(length))


@dataclass(frozen=True)
class Expr:
    """A formula. Arithmetic on formulas builds formulas."""

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def at(self, index: tuple[Index, ...]) -> Expr:
        """The scalar formula of one entry; `index` has one position per axis."""
        return self

    def parts(self) -> tuple[Expr, ...]:
        """The formulas that this one is directly built of."""
        return ()

    def rebuild(self, parts: tuple[Expr, ...]) -> Expr:
        """The same formula of other parts, simplified anew."""
        return self

    def walk(self) -> Iterator[Expr]:
        """This formula and every formula inside it, outermost first."""
        yield self
        for part in self.parts():
            yield from part.walk()

    def replace(self, change: Callable[[Expr], Expr | None]) -> Expr:
        """Every part for which `change` has an answer becomes that answer."""
        answer = change(self)
        if answer is not None:
            return answer
        old = self.parts()
        new = tuple(part.replace(change) for part in old)
        return self if all(a is b for a, b in zip(old, new, strict=True)) else self.rebuild(new)

    def fix(self, variable: str, value: int) -> Expr:
        """This formula in one row of the Σ that binds `variable`."""
        return self.reindex(variable, lambda column: column.fix(variable, value))

    def rename(self, variable: str, name: str) -> Expr:
        """This formula with a variable of its columns called otherwise."""
        return self.reindex(variable, lambda column: column.rename(variable, name))

    def reindex(self, variable: str, change: Callable[[Column], Any]) -> Expr:
        """Every column over `variable` changed, except where an inner Σ binds it anew."""
        old = self.parts()
        new = tuple(part.reindex(variable, change) for part in old)
        return self if all(a is b for a, b in zip(old, new, strict=True)) else self.rebuild(new)

    def __add__(self, other: Expr | float) -> Expr:
        return call("add", self, other)

    def __radd__(self, other: float) -> Expr:
        return call("add", other, self)

    def __sub__(self, other: Expr | float) -> Expr:
        return call("sub", self, other)

    def __rsub__(self, other: float) -> Expr:
        return call("sub", other, self)

    def __mul__(self, other: Expr | float) -> Expr:
        return call("mul", self, other)

    def __rmul__(self, other: float) -> Expr:
        return call("mul", other, self)

    def __truediv__(self, other: Expr | float) -> Expr:
        return call("div", self, other)

    def __rtruediv__(self, other: float) -> Expr:
        return call("div", other, self)

    def __pow__(self, other: Expr | float) -> Expr:
        return call("power", self, other)

    def __rpow__(self, other: float) -> Expr:
        return call("power", other, self)

    def __matmul__(self, other: Expr) -> Expr:
        return call("matmul", self, other)

    def __neg__(self) -> Expr:
        return call("neg", self)

    def __lt__(self, other: Expr | float) -> Expr:
        return call("less", self, other)

    def __le__(self, other: Expr | float) -> Expr:
        return call("less_equal", self, other)

    def __gt__(self, other: Expr | float) -> Expr:
        return call("greater", self, other)

    def __ge__(self, other: Expr | float) -> Expr:
        return call("greater_equal", self, other)

    def __bool__(self) -> bool:
        raise FormulaError(
            "A rule asked whether a formula is true.",
            why="a rule must read the same for every value, so it cannot branch on one",
            hint="xp.where(condition, a, b)",
        )


@dataclass(frozen=True)
class Number(Expr):
    """A constant that the rule itself contains."""

    value: float


@dataclass(frozen=True)
class Symbol(Expr):
    """A named array. Whole numbers used as positions (labels, ids) bring their `values` along."""

    name: Hashable
    extent: tuple[int, ...]
    values: Column | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.extent

    def at(self, index: tuple[Index, ...]) -> Expr:
        if len(index) != len(self.extent):
            raise ShapeError(
                f"An entry of {self.name} was asked for at {len(index)} positions.",
                given=f"its shape is {self.extent}",
            )
        return Entry(self.name, index)


@dataclass(frozen=True)
class Entry(Expr):
    """One number out of a named array."""

    name: Hashable
    index: tuple[Index, ...]

    def reindex(self, variable: str, change: Callable[[Column], Any]) -> Expr:
        return Entry(self.name, changed(self.index, change))


@dataclass(frozen=True)
class Known(Expr):
    """A number that the shapes or the labels fix, row by row of the sums around it: a mask."""

    column: Column

    def reindex(self, variable: str, change: Callable[[Column], Any]) -> Expr:
        return known(change(self.column))


@dataclass(frozen=True)
class Quantity(Expr):
    """A number of a recorded pass under the reference that a notation gives a name to."""

    ref: Hashable
    value: float


@dataclass(frozen=True)
class Let(Expr):
    """A sub-result that the rule gives a name to, at one index."""

    name: str
    index: tuple[Index, ...]
    body: Expr

    def parts(self) -> tuple[Expr, ...]:
        return (self.body,)

    def rebuild(self, parts: tuple[Expr, ...]) -> Expr:
        return Let(self.name, self.index, parts[0])

    def reindex(self, variable: str, change: Callable[[Column], Any]) -> Expr:
        return Let(self.name, changed(self.index, change), self.body.reindex(variable, change))


@dataclass(frozen=True)
class Reduce(Expr):
    """Σ or max over the values 0 … length − 1 of a variable."""

    function: str  # "sum" or "max"
    variable: str
    length: int
    body: Expr

    def parts(self) -> tuple[Expr, ...]:
        return (self.body,)

    def rebuild(self, parts: tuple[Expr, ...]) -> Expr:
        return reduce(self.function, self.variable, self.length, parts[0])

    def row(self, value: int) -> Expr:
        """One term."""
        return self.body.fix(self.variable, value)

    @property
    def neutral(self) -> Expr:
        """The term that changes nothing: what the shapes put in for padding."""
        return ZERO if self.function == "sum" else Number(-np.inf)

    def rows(self) -> tuple[Expr, ...]:
        """All terms that change something."""
        rows = (self.row(value) for value in range(self.length))
        return tuple(row for row in rows if row != self.neutral)

    def reindex(self, variable: str, change: Callable[[Column], Any]) -> Expr:
        if variable == self.variable:  # bound anew in here: the outer one is not meant
            return self
        return super().reindex(variable, change)


@dataclass(frozen=True)
class Call(Expr):
    """A function of formulas. Its name is the same in every reading."""

    function: str
    arguments: tuple[Expr, ...]
    attributes: tuple[tuple[str, Any], ...] = ()
    extent: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return self.extent

    def parts(self) -> tuple[Expr, ...]:
        return self.arguments

    def rebuild(self, parts: tuple[Expr, ...]) -> Expr:
        return call(self.function, *parts, **dict(self.attributes))

    def at(self, index: tuple[Index, ...]) -> Expr:
        if self.function in STRUCTURED:
            return STRUCTURED[self.function].at(index, *self.arguments, **dict(self.attributes))
        return call(self.function, *(a.at(broadcast(a.shape, index)) for a in self.arguments))


ZERO, ONE, MINUS = Number(0.0), Number(1.0), Number(-1.0)
MASKS = frozenset({"equal", "less", "less_equal", "greater", "greater_equal", "both", "either"})


def broadcast(shape: tuple[int, ...], index: tuple[Index, ...]) -> tuple[Index, ...]:
    """The index into an operand of `shape` of a result that broadcasting made."""
    return tuple(
        0 if n == 1 else i for n, i in zip(shape, index[len(index) - len(shape) :], strict=True)
    )


@dataclass(frozen=True)
class Structured:
    """What a function that is not element by element knows: its shape and its entry at an index."""

    shape: Callable[..., tuple[int, ...]]
    at: Callable[..., Expr]


STRUCTURED: dict[str, Structured] = {}  # filled by symbols.py, which owns the functions


def is_mask(formula: Expr) -> bool:
    """Whether a formula is true or false rather than a number."""
    if isinstance(formula, Call) and formula.function in ("let", "reshape", "broadcast_to"):
        return is_mask(formula.arguments[0])
    if isinstance(formula, Known):
        return formula.column.table.dtype == bool
    return isinstance(formula, Call) and formula.function in MASKS


def as_expr(value: Any) -> Expr:
    """A formula as it is; a Python number as a constant."""
    return value if isinstance(value, Expr) else Number(float(value))


def known(value: Index | float) -> Expr:
    """A column of numbers as a formula: a plain number where it is the same in every row."""
    if isinstance(value, Column):
        first = value.table.flat[0] if value.table.size else 0
        return Number(float(first)) if (value.table == first).all() else Known(value)
    return Number(float(value))


def reduce(function: str, variable: str, length: int, body: Expr) -> Expr:
    """Σ or max over a variable; one row needs neither, and a sum of nothing is 0."""
    if length == 1:
        return body.fix(variable, 0)
    if function == "sum" and (length == 0 or body == ZERO):
        return ZERO
    if function == "sum" and isinstance(body, Known) and variable in body.column.variables:
        axis = body.column.variables.index(variable)
        rest = tuple(v for v in body.column.variables if v != variable)
        table = body.column.table.sum(axis=axis)
        return known(Column(rest, table) if rest else table.item())
    return Reduce(function, variable, length, body)


def call(function: str, *arguments: Any, **attributes: Any) -> Expr:
    """A function of formulas, simplified where that only drops a neutral 0 or 1.

    Raises ShapeError where the shapes do not fit, naming both.
    """
    operands = tuple(as_expr(a) for a in arguments)
    structured = STRUCTURED.get(function)
    if structured is not None:
        shape = structured.shape(*operands, **attributes)
        return Call(function, operands, tuple(sorted(attributes.items())), shape)
    shape = broadcast_shapes(function, operands)
    simple = simplify(function, operands)
    if simple is not None and simple.shape == shape:
        return simple
    return Call(function, operands, (), shape)


def broadcast_shapes(function: str, operands: tuple[Expr, ...]) -> tuple[int, ...]:
    """The shape of an element-wise result."""
    shapes = {o.shape for o in operands}
    if len(shapes) == 1:
        return shapes.pop()
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(
            f"{function} was asked of arrays whose shapes do not fit.",
            given=" and ".join(str(o.shape) for o in operands),
            why="axes must be equal, or 1, counted from the right",
        ) from None


def simplify(function: str, operands: tuple[Expr, ...]) -> Expr | None:
    """The shorter formula where an operand is neutral or all are numbers; else None."""
    match function, operands:
        case "ones_like", (x,) if not x.shape:
            return ONE
        case "where", (Number(condition), yes, no):
            return yes if condition else no
        case "neg", (Call("neg", (x,)),):
            return x
        case (("exp" | "log" | "sqrt"), _):  # √2 and log(2) say more than their digits
            return None
        case _ if all(isinstance(o, Number) for o in operands):
            with np.errstate(all="ignore"):
                values = (o.value for o in operands)  # type: ignore[attr-defined]
                return Number(float(numeric.FUNCTIONS[function](*values)))
        case _, (Number(), _) | (_, Number()):
            return _neutral(function, *operands)
    return None


def _neutral(function: str, a: Expr, b: Expr) -> Expr | None:
    """What is left of an operation with a neutral 0 or 1, or with −1."""
    match function:
        case "both" | "either":  # the edge of an image is known, the number in it is not
            sure, open_ = (a, b) if isinstance(a, Number) else (b, a)
            return open_ if bool(sure.value) == (function == "both") else sure  # type: ignore[attr-defined]
        case "add":
            return b if a == ZERO else a if b == ZERO else None
        case "sub":
            return a if b == ZERO else -b if a == ZERO else None
        case "mul" if ZERO in (a, b):
            return ZERO
        case "mul":
            minus = -b if a == MINUS else -a if b == MINUS else None
            return b if a == ONE else a if b == ONE else minus
        case "div":
            return ZERO if a == ZERO else a if b == ONE else None
        case "power":
            return a if b == ONE else ONE if b == ZERO else None
    return None


def evaluate(
    formula: Expr, arrays: Mapping[Any, np.ndarray] | None = None, axes: tuple[str, ...] = ()
) -> Any:
    """The numbers of a formula: of an array formula its array, of a scalar one a number.

    `arrays` holds a value for every name in the formula; `axes` are the variables of the sums
    around it, each of which is an axis of the result.
    """
    with np.errstate(all="ignore"):
        return _evaluate(formula, arrays or {}, axes)


def _evaluate(formula: Expr, arrays: Mapping[Any, np.ndarray], axes: tuple[str, ...]) -> Any:
    match formula:
        case Number(value) | Quantity(_, value):
            return value
        case Known(column):
            return column.over(axes)
        case Symbol(name):
            return arrays[name]
        case Entry(name, index):
            where = tuple(i.over(axes) if isinstance(i, Column) else i for i in index)
            return arrays[name][where]
        case Let(body=body):
            return _evaluate(body, arrays, axes)
        case Reduce(function, variable, length, body):
            # A variable that is bound anew hides the outer one of its name.
            outer = tuple("" if v == variable else v for v in axes)
            rows = np.asarray(_evaluate(body, arrays, (*outer, variable)))
            rows = rows.reshape((1,) * (len(axes) + 1 - rows.ndim) + rows.shape)
            rows = np.broadcast_to(rows, (*rows.shape[:-1], length))
            return rows.sum(axis=-1) if function == "sum" else rows.max(axis=-1)
        case Call(function, arguments, attributes):
            if function == "let":
                return _evaluate(arguments[0], arrays, axes)
            values = (_evaluate(a, arrays, axes) for a in arguments)
            return numeric.FUNCTIONS[function](*values, **dict(attributes))
    raise FormulaError(f"A formula of an unknown kind cannot be evaluated: {formula!r}")
