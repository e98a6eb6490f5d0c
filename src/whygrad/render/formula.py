"""Expr ↔ JSON: a formula as plain data, which a page evaluates with functions of the same names.

    number              a constant; {"n": "inf"}, {"n": "-inf"}, {"n": "nan"} where JSON has no sign
    "out1", "∂out1"     an array by its name: a node's value, ∂loss/∂(that node)
    {"q": "w5"}         a quantity of a derivation, by its key
    ["add", a, b]       a function of xp (numeric.FUNCTIONS) with its operands
    ["sum", a, {"axis": [0], "keepdims": false}]    … and its attributes, last, where it has any

A named sub-result (`let`) is written as what it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from whygrad import numeric
from whygrad.errors import FormulaError
from whygrad.expr import Call, Entry, Expr, Let, Number, Quantity, Reduce, Symbol, call
from whygrad.names import Gradient
from whygrad.symbols import symbol

Data = Any  # what json.dumps takes
KEYS = {"n", "q"}  # an object with one of these is an operand; any other holds attributes
READ = frozenset({"let", "is_mask"})  # what only the reading of a rule asks for


def array_name(name: Hashable) -> str:
    """What an array is called in the data."""
    return f"∂{name.node}" if isinstance(name, Gradient) else str(name)


def formula_data(formula: Expr, key: Callable[[Any], str] = str) -> Data:
    """A formula as data. key: what a quantity of a derivation is called by its reference.

    Raises FormulaError for what no data stands for: an entry at an index that is not fixed.
    """

    def data(part: Expr) -> Data:
        match part:
            case Number(value):
                return number_data(value)
            case Symbol(name):
                return array_name(name)
            case Quantity(ref):
                return {"q": key(ref)}
            case Entry(name, index) if all(isinstance(i, int) for i in index):
                return ["select", array_name(name), {"key": list(index)}]
            case Let(body=body) | Call("let", (body,)):
                return data(body)
            case Reduce(function):
                return _folded("add" if function == "sum" else "maximum", part, data)
            case Call(function, arguments, attributes):
                last = [{k: _plain(v) for k, v in attributes}] if attributes else []
                return [function, *map(data, arguments), *last]
        raise FormulaError("A formula cannot be written as data.", given=repr(part)[:200])

    return data(formula)


def _folded(function: str, formula: Reduce, data: Callable[[Expr], Data]) -> Data:
    """A Σ or max of numbers, term by term."""
    rows = [data(row) for row in formula.rows()] or [data(formula.neutral)]
    folded = rows[0]
    for row in rows[1:]:
        folded = [function, folded, row]
    return folded


def number_data(value: float) -> Data:
    """A number, or what stands for one that JSON has no sign for."""
    return float(value) if math.isfinite(value) else {"n": str(float(value))}


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, (tuple, list)) else value


def formula_of(data: Data, shapes: Mapping[str, tuple[int, ...]] | None = None) -> Expr:
    """The formula that data stand for. shapes: of the arrays by name; what has none is a number.

    Raises FormulaError for data of another kind, ShapeError where shapes do not fit.
    """
    known = shapes or {}
    match data:
        case bool():
            raise unknown(data)
        case int() | float():
            return Number(float(data))
        case str():
            return symbol(data, known.get(data, ()))
        case {"n": ("inf" | "-inf" | "nan") as text, **more} if not more:
            return Number(float(text))
        case {"q": str(key), **more} if not more:
            return symbol(key, known.get(key, ()))
        case [str(function), *rest] if function in numeric.FUNCTIONS and function not in READ:
            last = rest.pop() if rest and _is_attributes(rest[-1]) else {}
            attributes = {k: _hashable(v) for k, v in last.items()}
            return call(function, *(formula_of(part, known) for part in rest), **attributes)
    raise unknown(data)


def _is_attributes(data: Data) -> bool:
    return isinstance(data, dict) and not KEYS & set(data)


def _hashable(value: Any) -> Any:
    return tuple(_hashable(v) for v in value) if isinstance(value, list) else value


def unknown(data: Data) -> FormulaError:
    """What is said of data that stand for no formula."""
    return FormulaError(
        "Data were read that are no formula.",
        given=repr(data)[:200],
        why='a formula is a number, a name, {"q": key} or [function, operand, …]',
    )
