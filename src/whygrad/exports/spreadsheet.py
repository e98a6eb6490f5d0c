"""A network as a sheet: a row a sample, which is filled down; names in the first row.

Where a whole formula fits into a cell, each output is one formula of the inputs; else each neuron
has a column. A sheet knows no infinity: where an exponential would overflow, its largest number
stands in, and what divides by 0 is an error.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np

from whygrad import symbols
from whygrad.engine import passes
from whygrad.errors import ConfigError
from whygrad.exports.code import COMPARE, SUM, Code, Language
from whygrad.exports.program import Program, Step, program_of
from whygrad.exports.target import Target
from whygrad.expr import (
    Call,
    Column,
    Entry,
    Expr,
    Known,
    Number,
    Reduce,
    as_expr,
    broadcast,
    call,
    evaluate,
    is_mask,
)
from whygrad.files.writer import printable
from whygrad.models.mlp import Network
from whygrad.numeric import Namespace
from whygrad.op import Op
from whygrad.render.layout import without_minus

INSTALL = "pip install 'whygrad[excel]'"
# Excel's limits, which are narrower than LibreOffice's: signs a formula, functions within one
# another, columns, operands of a function, signs of a text in a formula.
LONGEST, DEEPEST, COLUMNS, OPERANDS, TEXT = 8_192, 64, 16_384, 254, 255
FORMULA_SIGNS = tuple("=+-@＝＋－＠")  # where Chinese or Japanese is written, the wide ones too
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # in XML
LARGEST = 1e307  # stands for infinity
ROW = 2  # below the names
MOST = 100_000  # weights; a sheet of more takes minutes to calculate
CLOSED = 500  # weights; a formula of more fits into no cell
SIZES = np.logspace(-12, 6, 181)
PROBES = np.concatenate([-SIZES, [0.0], SIZES])  # net inputs, as small and as large as they get

FUNCTIONS = {
    "exp": "EXP(MIN({0},709))", "log": "LN", "sqrt": "SQRT", "abs": "ABS", "sign": "SIGN",
    "sin": "SIN", "cos": "COS", "tanh": "TANH", "erf": "ERF", "power": "POWER", "maximum": "MAX",
    "minimum": "MIN", "where": "IF", "both": "AND", "either": "OR",
    # eˣ − 1 and ln(1 + x) without loss near 0
    "expm1": "(TANH(({0})/2)*(EXP(MIN({0},709))+1))", "log1p": "(2*ATANH(({0})/(2+({0}))))",
}  # fmt: skip


class TooLongError(ConfigError):
    """A formula that no cell holds."""

    def __init__(self) -> None:
        super().__init__(
            "A formula is too long for a cell of a spreadsheet.",
            why=f"over {LONGEST:,} signs, or {DEEPEST} brackets within one another",
            hint="a Python or C file: .py, .c",
        )


@dataclass(frozen=True)
class Sheet:
    """Names, and below each what its cell holds: a number to put in, or a formula."""

    names: tuple[str, ...]
    cells: tuple[int | str, ...]


def csv_text(network: Network, target: Target) -> str:
    """The sheet as CSV; formulas as Excel and LibreOffice have them in English."""
    sheet = sheet_of(network, target.dtype)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    # A name that begins like a formula would be read as one.
    lines.writerow([f"'{n}" if n.startswith(FORMULA_SIGNS) else n for n in sheet.names])
    lines.writerow(sheet.cells)
    return text.getvalue()


def xlsx_bytes(network: Network, target: Target) -> bytes:
    """The sheet as a workbook, whose formulas any language of Excel and LibreOffice reads.

    Raises ConfigError where openpyxl is not installed.
    """
    if find_spec("openpyxl") is None:
        raise ConfigError("Workbooks are written with openpyxl.", hint=INSTALL)
    from openpyxl import Workbook

    sheet = sheet_of(network, target.dtype)
    book = Workbook()
    page = book.active
    page.title = target.name[:31]
    for column, (head, content) in enumerate(zip(sheet.names, sheet.cells, strict=True), start=1):
        cell = page.cell(1, column, head)
        cell.data_type = "s"  # a name that begins like a formula is none
        page.cell(ROW, column, content)
    page.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(network: Network, dtype: str | None) -> Sheet:
    """The sheet: of one formula an output where that fits, else of one a neuron.

    Raises ConfigError where it has more columns than a sheet, too many weights, or an activation
    that is too long for a cell.
    """
    program = program_of(network, dtype, reading=reading)
    numbers = sum(value.size for value in program.constants.values())
    columns = len(program.inputs) + sum(math.prod(step.shape) for step in program.steps)
    if columns > COLUMNS or numbers > MOST:
        raise ConfigError(
            "The network is too large for a spreadsheet.",
            given=f"{numbers:,} weights, {columns:,} columns",
            why=f"over {COLUMNS:,} columns, or {MOST:,} weights, are for no sheet",
            hint="a Python or C file: .py, .c",
        )
    if numbers <= CLOSED:
        try:
            return _Sheet(program, whole=True).sheet()
        except TooLongError:
            pass
    return _Sheet(program, whole=False).sheet()


def reading(op: Op, attributes: Mapping[str, Any]) -> Namespace:
    """The textbook's formula, where it gives in a sheet what the overflow-safe one does.

    It is the shorter one: 1/(1 + e^−x) may overflow elsewhere, but not with EXP held low.
    """
    if not op.elementwise or len(op.operands) != 1:
        return passes.xp
    x = symbols.symbol("x", PROBES.shape)

    def held(part: Expr) -> Expr | None:
        if isinstance(part, Call) and part.function == "exp":
            return call("exp", call("minimum", part.arguments[0].replace(held), 709.0))
        return None

    plain = as_expr(op.value(symbols.xp, x, **attributes)).replace(held)
    there, safe = evaluate(plain, {"x": PROBES}), op(PROBES, **attributes)
    same = np.allclose(there, safe, rtol=1e-12, atol=1e-300, equal_nan=True)
    return symbols.xp if same else passes.xp


@dataclass
class _Sheet(Language):
    """Writes every entry of every step; whole: into the formula that reads it, not into a cell."""

    program: Program
    whole: bool
    names: list[str] = field(default_factory=list)
    cells: list[int | str] = field(default_factory=list)
    entries: dict[tuple[str, tuple[int, ...]], Code] = field(default_factory=dict)

    functions = FUNCTIONS
    infix = Language.infix | {"equal": ("=", COMPARE)}
    space = ""

    def __post_init__(self) -> None:
        self.dtype = self.program.dtype

    def sheet(self) -> Sheet:
        """Inputs, what is computed of them, the answer."""
        for k, name in enumerate(self.program.inputs):
            self.entries["x", (0, k)] = self.cell(name, 0)
        for step in self.program.steps:
            self.step(step)
        if self.program.classes is not None:
            self.cell(*self.label(self.program.classes))
        return Sheet(tuple(map(printable, self.names)), tuple(self.cells))

    def step(self, step: Step) -> None:
        """A column for each entry of an array; its formula alone where it is put in elsewhere."""
        for index in np.ndindex(*step.shape):
            at = broadcast(step.formula.shape, index)
            code = self.write(self.filled(step.formula.at(at)))
            check_length(code.text)
            if not self.whole or step.name == self.program.answer:
                cell = self.cell(self.title(step, index), f"={code.text}")
                code = code if self.whole else cell
            self.entries[step.name, index] = code

    def title(self, step: Step, index: tuple[int, ...]) -> str:
        """What a column is called."""
        if step.name == self.program.answer:
            return self.program.outputs[index[-1]]
        sizes = [i + 1 for i, n in zip(index, step.shape, strict=True) if n > 1]
        return f"{step.name}[{','.join(map(str, sizes))}]" if sizes else step.name

    def cell(self, name: str, content: int | str) -> Code:
        """A cell of the next column; where it is."""
        self.names.append(name)
        self.cells.append(content)
        return Code(f"{column_letters(len(self.cells))}{ROW}")

    # ---- formulas ---------------------------------------------------------------------------

    def filled(self, formula: Expr) -> Expr:
        """A formula with the weights in it; what 0 is multiplied with is gone."""

        def put(part: Expr) -> Expr | None:
            if isinstance(part, Entry) and part.name in self.program.constants:
                value = self.program.constants[str(part.name)]
                if not any(isinstance(i, Column) for i in part.index):
                    return Number(value[part.index].item())  # type: ignore[index]
            return None

        return formula.replace(put)

    def number(self, value: float) -> Code:
        if value != value:
            return Code("NA()")
        code = super().number(min(max(float(value), -LARGEST), LARGEST))
        return Code(code.text.removesuffix(".0").upper(), code.level)

    def operand(self, part: Expr, of: Call) -> Code:
        """A mask among numbers is 1 or 0; as a condition it stays what it is."""
        code = self.write(part)
        condition = of.function in ("both", "either") or (
            of.function == "where" and part is of.arguments[0]
        )
        return code if condition or not is_mask(part) else Code(f"IF({code.text},1,0)")

    def other(self, formula: Expr) -> Code:
        match formula:
            case Entry(name, index):
                return self.entries[str(name), index]  # type: ignore[index]
            case Reduce(function):
                rows = [self.filled(row) for row in formula.rows()]
                if function == "sum":
                    return self._sum([*map(self._term, rows)])
                return self._max([self.write(row).text for row in rows])
            case Known(column):
                return self.number(float(column.table.item()))
        raise self.lacking(formula)

    def _term(self, row: Expr) -> str:
        """A term of a sum, with its sign."""
        positive = without_minus(row)
        if positive is None:
            return "+" + self.write(row).within(SUM)
        return "-" + self.write(positive).within(SUM, right=True)

    def _sum(self, terms: list[str]) -> Code:
        """Terms one after the other; a long sum is cells of so many of them each."""
        if sum(map(len, terms)) <= LONGEST // 2:
            return Code("".join(terms).removeprefix("+") or "0", SUM)
        if self.whole:
            raise TooLongError
        parts = [
            self.cell("part of a sum", f"={part.removeprefix('+')}") for part in _pieces(terms)
        ]
        return self._sum([f"+{part.text}" for part in parts])

    def _max(self, operands: list[str]) -> Code:
        """The largest of any number of operands; a long formula is cells of so many of them."""
        long = sum(map(len, operands)) > LONGEST // 2 and not self.whole
        while len(operands) > 1:
            groups = [operands[k : k + OPERANDS] for k in range(0, len(operands), OPERANDS)]
            operands = [f"MAX({','.join(g)})" for g in groups]
            if long and len(groups) > 1:
                operands = [self.cell("part of a maximum", f"={o}").text for o in operands]
        return Code(operands[0])

    def label(self, classes: tuple[Any, ...]) -> tuple[str, str]:
        """The column of the sample's class; of more than a formula names, its number from 0."""
        out = [self.entries[self.program.out, (0, k)] for k in range(len(self.program.outputs))]
        if self.whole:  # the outputs stand in the last columns
            start = len(self.cells) - len(out) + 1
            out = [Code(f"{column_letters(start + k)}{ROW}") for k in range(len(out))]
        labels = list(map(_label, classes))
        if self.program.single:
            return "class", f"=IF({out[0].text}>0.5,{labels[1]},{labels[0]})"
        area = f"{out[0].text}:{out[-1].text}"
        best = f"MATCH(MAX({area}),{area},0)"
        found = f"=CHOOSE({best},{','.join(labels)})"
        fits = len(labels) <= OPERANDS and len(found) <= LONGEST
        return ("class", found) if fits else ("number of the class", f"={best}-1")


def check_length(formula: str) -> None:
    """Raises TooLongError where a cell does not hold it."""
    deepest = depth = 0
    for sign in formula:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if len(formula) > LONGEST or deepest > DEEPEST:
        raise TooLongError


def _pieces(terms: list[str]) -> Iterator[str]:
    """Terms in their order, as many at a time as half a formula holds."""
    piece = ""
    for term in terms:
        if piece and len(piece) + len(term) > LONGEST // 2:
            yield piece
            piece = ""
        piece += term
    yield piece


def _label(label: Any) -> str:
    """A class as a formula has it. Raises ConfigError for a text that no formula holds."""
    if isinstance(label, bool):
        return "TRUE" if label else "FALSE"
    if isinstance(label, (int, float)):
        return repr(label)
    text = str(label)
    if len(text) > TEXT:
        raise ConfigError("A class's name is too long for a formula.", given=f"{text!r:.60}…")
    if UNWRITABLE.search(text):
        raise ConfigError("A class's name has signs that no cell holds.", given=repr(text))
    quoted = text.replace('"', '""')
    return f'"{quoted}"'


def column_letters(number: int) -> str:
    """The letters of a column, from 1: A … Z, AA …"""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
