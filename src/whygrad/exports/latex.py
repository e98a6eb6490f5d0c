"""A network as formulas to be read: LaTeX with the numbers in it, as the textbook writes them.

A small network is one closed formula an output; of a larger one each neuron has a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from typing import Any

import numpy as np

from whygrad import symbols
from whygrad.data.preparation import Preparation
from whygrad.engine import passes
from whygrad.errors import ConfigError
from whygrad.exports.program import (
    about,
    check_samples,
    checked_type,
    column_names,
    constants_of,
    read_nodes,
    shortest,
)
from whygrad.exports.target import Target
from whygrad.expr import Entry, Expr, Let, Number, Quantity, Reduce, broadcast, call
from whygrad.files.writer import printable
from whygrad.models.mlp import Network
from whygrad.names import Name, Value
from whygrad.notation import Textbook
from whygrad.pages.document import Line
from whygrad.render.align import aligned
from whygrad.render.latex import latex
from whygrad.render.line import Style, sides

CLOSED = 60  # numbers in the formula of an output; one of more is written neuron by neuron
DEEPEST = 60  # parts within parts of such a formula
MOST = 2_000  # numbers altogether; nobody reads more
NEURONS = ("net", "out")  # the nodes that have lines of their own
ROOM = 84  # signs of plain text on a line
PAGE = """\
{comments}
\\documentclass{{article}}
\\usepackage{{amsmath,graphicx}}
\\allowdisplaybreaks
\\setlength{{\\textwidth}}{{15.5cm}}
\\setlength{{\\oddsidemargin}}{{0.2cm}}
% A formula, made smaller where it is wider than the page.
\\newcommand{{\\fitted}}[1]{{\\sbox0{{$\\displaystyle #1$}}%
  \\ifdim\\wd0>\\linewidth\\resizebox{{\\linewidth}}{{!}}{{\\usebox0}}\\else\\usebox0\\fi}}
\\begin{{document}}
{body}
\\end{{document}}
"""


def latex_text(network: Network, target: Target) -> str:
    """The page, for pdflatex. Raises ConfigError for a network that is too large to be read."""
    kind = checked_type(network, target.dtype)
    check_samples(network)
    count = sum(value.size for value in network.parameters.values())
    if count > MOST:
        raise ConfigError(
            "The network is too large for a formula.",
            given=f"{count:,} weights and biases",
            why=f"over {MOST:,} numbers are not for reading",
            hint="a Python or C file: .py, .c",
        )
    closed = _Formulas(network, kind, closed=True)
    answers = list(closed.answers())
    sizes: dict[int, tuple[int, int]] = {}
    for formula in (*closed.found.values(), *(line.sides[0] for line in answers)):
        size(formula, sizes)  # the inner ones first, so that none is deep
    whole = [sizes[id(line.sides[0])] for line in answers]
    if all(numbers <= CLOSED and depth <= DEEPEST for numbers, depth in whole):
        body = "\n".join(map(closed.display, answers))
    else:
        body = _Formulas(network, kind, closed=False).listed()
    return PAGE.format(comments="\n".join(closed.comments()), body=body)


def size(formula: Expr, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many numbers a formula holds, and how deep it is; known: by parts, which are shared."""
    if id(formula) not in known:
        inner = [size(part, known) for part in formula.parts()]
        count = sum(n for n, _ in inner) + isinstance(formula, Number)
        known[id(formula)] = count, 1 + max((deep for _, deep in inner), default=0)
    return known[id(formula)]


class _Formulas:
    """The formulas of a network's numbers; closed: in its inputs alone."""

    def __init__(self, network: Network, dtype: np.dtype[Any], *, closed: bool) -> None:
        self.network, self.dtype, self.closed = network, dtype, closed
        self.around = network.preparation or Preparation()
        graph, self.out = network.graph(), f"out{network.depth}"
        read = read_nodes(graph, passes.operands(graph), self.out, lambda op, _: symbols.xp)
        self.formulas = {node.id: (node, formula) for node, formula in read}
        self.constants = constants_of(network, graph, dtype)
        self.style = Style(Textbook(graph, network.renamed), "en", 9, latex)
        self.found: dict[tuple[Any, tuple[int, ...]], Expr] = {}
        for node, _ in self.formulas.values():  # in order: one that is asked for later is not deep
            for index in np.ndindex(*node.shape):
                self.formula(node.id, index)

    # ---- lines ------------------------------------------------------------------------------

    def comments(self) -> Iterator[str]:
        """What the formulas are of; names of columns may have letters that not every TeX has."""
        yield f"% {printable(about(self.network))}, written by whygrad; for pdflatex."
        inputs, outputs = column_names(self.network)
        given = [*map(self.given, range(len(inputs)))]
        told = [*given, *(line.left for line in self.answers())]
        for label, column in zip(told, (*inputs, *outputs), strict=True):
            if column != self.style.names.text(label):
                yield f"% {latex(self.style.name(label))}: {printable(column)}"
        if self.around.classes is not None:
            single = "the second where the output is over 0.5"
            rule = single if len(outputs) == 1 else "the one whose output is largest"
            yield f"% class, {rule}: {printable(', '.join(map(str, self.around.classes)))}"

    def display(self, line: Line) -> str:
        """A line by itself."""
        left, right = (side.written for side in sides(line, self.style))
        return f"\\[\\fitted{{\n{left} = {right}\n}}\\]"

    def listed(self) -> str:
        """Every neuron's line, aligned at the equals signs."""
        rows = (row for line in self.lines() for row in aligned(line, self.style, ROOM))
        inner = " \\\\\n".join(rows)
        return f"\\begin{{align*}}\n{inner}\n\\end{{align*}}"

    def lines(self) -> Iterator[Line]:
        """Scaling, neurons, answers."""
        if self.around.inputs is not None:
            for k in range(self.network.layers[0]):
                yield line_of(Value("x", (0, k)), self.scaled(k))
        for node, _ in self.formulas.values():
            if node.role in NEURONS:
                for index in np.ndindex(*node.shape):
                    yield line_of(Value(node.id, index), self.formula(node.id, index))
        if self.scaled_back:
            yield from self.answers()

    @property
    def scaled_back(self) -> bool:
        """Whether answers are in other units than the outputs."""
        return self.around.targets is not None and self.around.classes is None

    def answers(self) -> Iterator[Line]:
        """What the network predicts, in the data's own units."""
        for k in range(self.network.layers[-1]):
            out = self.value(self.out, (0, k))
            scaler = self.around.targets
            if scaler is None or not self.scaled_back:
                yield line_of(Value(self.out, (0, k)), out)
            else:
                ratio = call("div", out, float(scaler.factor[k]))
                yield line_of(Name("y", sub=str(k + 1)), call("add", ratio, float(scaler.shift[k])))

    # ---- formulas ---------------------------------------------------------------------------

    def given(self, k: int) -> Value | Name:
        """What an input is called as the data have it: x where it is scaled."""
        return Name("x", sub=str(k + 1)) if self.around.inputs else Value("x", (0, k))

    def scaled(self, k: int) -> Expr:
        """An input as the network sees it, in terms of the data's."""
        scaler, given = self.around.inputs, Quantity(self.given(k), nan)
        if scaler is None:
            return given
        moved = call("sub", given, float(scaler.shift[k]))
        return call("mul", moved, float(scaler.factor[k]))

    def value(self, name: Any, index: tuple[int, ...]) -> Expr:
        """A number where a formula reads it: a weight's digits, a name, or its own formula."""
        if name in self.constants:
            return Number(float(shortest(self.constants[name][index].item(), self.dtype)))
        if name == "x":
            return self.scaled(index[1]) if self.closed else Quantity(Value("x", index), nan)
        if self.closed or self.formulas[name][0].role not in NEURONS:
            return self.formula(name, index)
        return Quantity(Value(name, index), nan)

    def formula(self, name: Any, index: tuple[int, ...]) -> Expr:
        """The formula of one number of a node."""
        if (name, index) not in self.found:
            formula = self.formulas[name][1]
            entry = formula.at(broadcast(formula.shape, index))
            self.found[name, index] = entry.replace(self.filled)
        return self.found[name, index]

    def filled(self, part: Expr) -> Expr | None:
        """Sums written out, arrays' numbers put in."""
        match part:
            case Let(body=body):
                return body.replace(self.filled)
            case Reduce(function):
                rows = [row.replace(self.filled) for row in part.rows()]
                return joined("add" if function == "sum" else "maximum", rows)
            case Entry(name, index):
                return self.value(name, index)  # type: ignore[arg-type]
        return None


def line_of(left: Any, formula: Expr) -> Line:
    return Line(left, (formula,), None, numbers=False)


def joined(function: str, rows: list[Expr]) -> Expr:
    """Rows under a function of two, by halves: a long sum is not deep."""
    if len(rows) == 1:
        return rows[0]
    half = len(rows) // 2
    return call(function, joined(function, rows[:half]), joined(function, rows[half:]))
