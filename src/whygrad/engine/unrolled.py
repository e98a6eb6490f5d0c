"""Tiny nets without array overhead: both passes read as symbols, printed as plain Python, compiled.

A step of a 2-2-2 network is some sixty multiplications; NumPy spends its time on calling. So the
very equations of the passes (`equations.py`) are read off entry by entry and written down as
assignments between numbers, in a loop of gradient-descent steps. What is compiled is only what is
printed here: names v0, v1, …, numbers and the functions below; never a user's text.

Python's floats raise where NumPy's overflow: then, and where the loss stops being finite, the step
is handed back to the caller, who goes on with NumPy.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.equations import Equation, backward_equations, forward_equations
from whygrad.expr import Call, Entry, Expr, Known, Let, Number, Reduce
from whygrad.graph import Graph, Node
from whygrad.names import Gradient

MOST_NUMBERS, MOST_TERMS = 400, 4_000  # larger ones are NumPy's: a fixed rule, never a clock


def _exp(x: float) -> float:
    """e^x that goes to infinity instead of raising, as NumPy's does."""
    return math.exp(x) if x < 709.78 else math.inf


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": _exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
    "sqrt": math.sqrt,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "erf": math.erf,
    "maximum": max,
    "minimum": min,
    "power": math.pow,
    "sign": lambda x: float((x > 0) - (x < 0)),
}
INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "equal": "==", "less": "<",
    "less_equal": "<=", "greater": ">", "greater_equal": ">=", "both": "and", "either": "or",
}  # fmt: skip


class TooLargeError(Exception):
    """The graph has more numbers or terms than are worth unrolling."""


@dataclass
class Printer:
    """Writes scalar formulas as Python; every entry of an array is a variable."""

    variables: dict[tuple[Any, tuple[int, ...]], str] = field(default_factory=dict)
    terms: int = 0

    def variable(self, name: Any, index: tuple[int, ...]) -> str:
        return self.variables.setdefault((name, index), f"v{len(self.variables)}")

    def write(self, formula: Expr) -> str:
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise TooLargeError
        match formula:
            case Number(value):
                return repr(value) if math.isfinite(value) else f"float('{value}')"
            case Entry(name, index):
                return self.variable(name, tuple(int(i) for i in index))  # type: ignore[arg-type]
            case Let(body=body):
                return self.write(body)
            case Reduce(function):
                rows = [self.write(row) for row in formula.rows()]
                if function == "max":
                    return f"max({', '.join(rows)})"
                return f"({' + '.join(rows) or '0.0'})"
            case Call(function, arguments):
                return self._call(function, [self.write(a) for a in arguments])
            case Known():
                raise TooLargeError
        raise TooLargeError

    def _call(self, function: str, parts: list[str]) -> str:
        if function in INFIX:
            return f"({f' {INFIX[function]} '.join(parts)})"
        if function == "neg":
            return f"(-{parts[0]})"
        if function == "where":
            return f"({parts[1]} if {parts[0]} else {parts[2]})"
        if function == "power" and parts[1] == "2.0":
            return f"{parts[0]} * {parts[0]}" if parts[0].isidentifier() else f"{parts[0]}**2"
        if function in FUNCTIONS:
            return f"{function}({', '.join(parts)})"
        raise TooLargeError


@dataclass(frozen=True)
class Unrolled:
    """A compiled loop of plain gradient-descent steps on one batch.

    run(parameters, steps, rate) → (losses before each step, parameters after the last); the
    parameters are arrays by name. Raises ArithmeticError or ValueError where a float cannot.
    """

    loop: Callable[..., tuple[list[float], tuple[float, ...]]]
    learned: tuple[Node, ...]
    source: str = field(repr=False)

    def run(
        self, parameters: Mapping[str, np.ndarray], steps: int, rate: float
    ) -> tuple[list[float], dict[str, np.ndarray]]:
        flat = [float(v) for n in self.learned for v in np.ravel(parameters[n.id])]
        losses, after = self.loop(steps, rate, *flat)
        numbers = iter(after)
        arrays = {
            n.id: np.array(list(itertools.islice(numbers, n.size))).reshape(n.shape)
            for n in self.learned
        }
        return losses, {**parameters, **arrays}


def unroll(
    graph: Graph, fixed: Mapping[str, np.ndarray], learned: Sequence[str], order: str
) -> Unrolled | None:
    """The loop for a graph whose other sources are `fixed`; None where it is too large for it.

    order: "simultaneous", or "sequential" (layers from the output backwards, each layer's gradients
    with the weights behind it already updated and the activations as they were).
    """
    if sum(node.size for node in graph.nodes) > MOST_NUMBERS:
        return None
    try:
        return _compiled(graph, fixed, learned, order)
    except TooLargeError:
        return None


def _compiled(
    graph: Graph, fixed: Mapping[str, np.ndarray], learned: Sequence[str], order: str
) -> Unrolled:
    printer = Printer()
    nodes = tuple(graph[name] for name in learned)
    given = [printer.variable(n.id, index) for n in nodes for index in entries(n)]
    body = _assignments(printer, forward_equations(graph, fixed))
    loss = printer.variable(graph.output, (0,) * len(graph[graph.output].shape))
    body.append(f"losses.append({loss})")
    body += _updates(printer, graph, fixed, nodes, order)
    data = {
        printer.variables[(name, index)]: float(np.asarray(array)[index])
        for name, array in _data(graph, fixed).items()
        for index in np.ndindex(*np.asarray(array).shape)
        if (name, index) in printer.variables
    }
    arguments = ", ".join(["steps", "rate", *given])
    constants = [f"    {name} = {value!r}" for name, value in data.items()]
    lines = [
        f"def loop({arguments}):",
        "    losses = []",
        *constants,
        "    for _ in range(steps):",
        *(f"        {line}" for line in body),
        f"    return losses, ({', '.join(given)},)",
    ]
    source = "\n".join(lines)
    namespace: dict[str, Any] = dict(FUNCTIONS)
    exec(compile(source, "<whygrad: unrolled>", "exec"), namespace)
    return Unrolled(namespace["loop"], nodes, source)


def _data(graph: Graph, fixed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    constants = {n.id: n.value for n in graph.nodes if n.value is not None}
    return {**constants, **fixed}


def entries(node: Node) -> list[tuple[int, ...]]:
    """The positions of a node's numbers, row by row."""
    return list(np.ndindex(*node.shape))


def _assignments(printer: Printer, equations: Sequence[Equation]) -> list[str]:
    lines = []
    for e in equations:
        for index in entries(e.node):
            value = printer.write(e.formula.at(_within(e.formula, index)))
            lines.append(f"{printer.variable(e.of, index)} = {value}")
    return lines


def _within(formula: Expr, index: tuple[int, ...]) -> tuple[int, ...]:
    """The index into a formula that may have lost axes of length 1 to simplification."""
    return index[len(index) - formula.ndim :] if formula.ndim else ()


def _updates(
    printer: Printer,
    graph: Graph,
    fixed: Mapping[str, np.ndarray],
    nodes: Sequence[Node],
    order: str,
) -> list[str]:
    """Gradients and steps: all gradients first, or layer by layer from the output backwards."""
    if order == "simultaneous":
        found = backward_equations(graph, only=[n.id for n in nodes], positions=fixed)
        return _assignments(printer, found) + [s for n in nodes for s in _steps(printer, n)]
    lines = []
    for layer in sorted({n.layer for n in nodes}, reverse=True):
        own = [n for n in nodes if n.layer == layer]
        # The weights behind it keep their names: they hold their new values by now.
        found = backward_equations(graph, only=[n.id for n in own], positions=fixed)
        lines += _assignments(printer, found) + [s for n in own for s in _steps(printer, n)]
    return lines


def _steps(printer: Printer, node: Node) -> list[str]:
    names = [
        (printer.variable(node.id, i), printer.variable(Gradient(node.id), i))
        for i in entries(node)
    ]
    return [f"{value} -= rate * {gradient}" for value, gradient in names]
