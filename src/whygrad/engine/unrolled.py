"""Tiny nets without array overhead: both passes read as symbols, printed as plain Python, compiled.

A step of a 2-2-2 network is some sixty multiplications; NumPy spends its time on calling. So
both passes are read once as formulas (passes.py), every entry of every one is read off with
`.at(index)` and written down as an assignment between numbers, inside a loop of gradient-descent
steps. What is compiled is only what is printed here: the names v0, v1, …, numbers and the functions
below; never a user's text.

Python's floats behave as NumPy's, except that they refuse to divide by zero. There, and where a
loss or a weight stops being finite, the loop ends before the step: the caller goes on with NumPy.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from whygrad import numeric, symbols
from whygrad.engine import passes
from whygrad.expr import Call, Entry, Expr, Let, Number, Reduce, broadcast
from whygrad.graph import Graph, Node
from whygrad.names import Gradient, Updated, Value

# Larger ones are NumPy's: a fixed rule of size, never a clock. At the limit, building takes about
# 0.1 s (each term some 20 µs) and a step is still several times faster than NumPy's.
MOST_NUMBERS, MOST_TERMS = 400, 5_000

Index = tuple[int, ...]


class TooLargeError(Exception):
    """More numbers or terms than are worth unrolling, or a function that floats do not have."""


# ---- the functions of the printed lines ---------------------------------------------------------


def as_numpy(name: str, fast: Callable[..., float]) -> Callable[..., float]:
    """A function of Python floats that gives NumPy's inf or nan where Python would raise."""
    slow = numeric.FUNCTIONS[name]

    def function(*numbers: float) -> float:
        try:
            return fast(*numbers)
        except (ArithmeticError, ValueError):
            with np.errstate(all="ignore"):
                return float(slow(*numbers))

    return function


def maximum(a: float, b: float) -> float:
    """The larger one; nan where there is one, which the builtin max does not promise."""
    return a if a > b or a != a else b


def minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def largest(*numbers: float) -> float:
    return functools.reduce(maximum, numbers)


def sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "cos": as_numpy("cos", math.cos),
    "erf": math.erf,
    "exp": as_numpy("exp", math.exp),
    "expm1": as_numpy("expm1", math.expm1),
    "log": as_numpy("log", math.log),
    "log1p": as_numpy("log1p", math.log1p),
    "maximum": maximum,
    "minimum": minimum,
    "power": as_numpy("power", math.pow),
    "sign": sign,
    "sin": as_numpy("sin", math.sin),
    "sqrt": as_numpy("sqrt", math.sqrt),
    "tanh": math.tanh,
}
INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "equal": "==", "less": "<",
    "less_equal": "<=", "greater": ">", "greater_equal": ">=", "both": "and", "either": "or",
}  # fmt: skip


# ---- writing --------------------------------------------------------------------------------


@dataclass
class Writer:
    """Writes scalar formulas as lines of Python; a function, sum or sub-result is written once.

    given: the numbers that are known while writing, by the name of their array.
    """

    given: Mapping[str, np.ndarray]
    lines: list[str] = field(default_factory=list)
    entries: dict[tuple[Any, Index], str] = field(default_factory=dict)  # a variable, or a number
    made: dict[str, str] = field(default_factory=dict)  # what was written already, and where it is
    variables: int = 0
    terms: int = 0
    branches: int = 0  # how many choices of a `where` we are inside of

    def variable(self) -> str:
        self.variables += 1
        return f"v{self.variables - 1}"

    def open(self, name: Any, node: Node) -> list[str]:
        """Variables for the entries of an array whose numbers come from outside."""
        fresh = {(name, index): self.variable() for index in positions(node)}
        self.entries.update(fresh)
        return list(fresh.values())

    def keep(self, name: Any, node: Node, formula: Expr) -> None:
        """Writes every entry of an array and remembers where each one is."""
        for index in positions(node):
            at = broadcast(formula.shape, index)
            self.entries[name, index] = self.once(self.write(formula.at(at)))

    def once(self, text: str) -> str:
        """The variable that holds this; a line for it where there is none yet."""
        if is_atom(text):
            return text
        if text not in self.made:
            self.made[text] = self.variable()
            self.lines.append(f"{self.made[text]} = {text}")
        return self.made[text]

    def shared(self, text: str) -> str:
        """Written once, except where a branch that is not taken must not divide by zero."""
        return text if self.branches and "/" in text else self.once(text)

    def write(self, formula: Expr) -> str:
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise TooLargeError
        match formula:
            case Number(value):
                return literal(value)
            case Entry(name, index):
                return self._entry(name, tuple(int(i) for i in index))  # type: ignore[arg-type]
            case Let(body=body):
                return self.shared(self.write(body))
            case Reduce("sum"):
                rows = [self.write(row) for row in formula.rows()]
                return self.shared(f"({' + '.join(rows)})") if rows else "0.0"
            case Reduce("max"):
                rows = [self.write(row) for row in formula.rows()]
                return self.shared(f"largest({', '.join(rows)})")
            case Call("where", (condition, yes, no)):
                return self._choice(condition, yes, no)
            case Call(function, arguments):
                return self._call(function, [self.write(a) for a in arguments])
        raise TooLargeError

    def _entry(self, name: Any, index: Index) -> str:
        found = self.entries.get((name, index))
        return literal(float(self.given[name][index])) if found is None else found

    def _choice(self, condition: Expr, yes: Expr, no: Expr) -> str:
        test = self.write(condition)
        self.branches += 1
        chosen = f"({self.write(yes)} if {test} else {self.write(no)})"
        self.branches -= 1
        return chosen

    def _call(self, function: str, parts: list[str]) -> str:
        if function == "neg":
            return f"(-{parts[0]})"
        if function == "mul" and "1.0" in parts:  # a gradient of 1 at the output
            return parts[1] if parts[0] == "1.0" else parts[0]
        if function == "power" and parts[1] == "2.0":
            base = self.shared(parts[0])
            return f"({base} * {base})" if is_atom(base) else f"power({base}, 2.0)"
        if function in INFIX:
            return f"({f' {INFIX[function]} '.join(parts)})"
        if function in FUNCTIONS:
            return self.shared(f"{function}({', '.join(parts)})")
        raise TooLargeError


def literal(value: float) -> str:
    """A number in Python; `inf` and `nan` are names that the loop is given."""
    text = repr(float(value))
    return f"({text})" if text.startswith("-") else text


def is_atom(text: str) -> bool:
    """Whether it is a variable or a number rather than something to compute."""
    return not any(sign in text.strip("(-)") for sign in " (")


def positions(node: Node) -> Iterable[Index]:
    """The positions of a node's numbers, row by row."""
    return np.ndindex(*node.shape)


# ---- the loop -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Steps:
    """What a loop has done: the loss before each update, the weights after the last and before it.

    Fewer losses than were asked for mean that plain floats cannot make the next update.
    """

    losses: list[float]
    after: dict[str, np.ndarray]
    before: dict[str, np.ndarray] | None


@dataclass(frozen=True)
class Unrolled:
    """A compiled loop of plain gradient-descent steps."""

    loop: Callable[..., tuple[list[float], tuple[float, ...], tuple[float, ...] | None]]
    learned: tuple[Node, ...]
    varying: tuple[str, ...]
    source: str = field(repr=False)

    def run(
        self,
        parameters: Mapping[str, np.ndarray],
        batches: Sequence[Mapping[str, np.ndarray]],
        rate: float,
    ) -> Steps:
        """One update for each batch, which holds the arrays that vary from step to step."""
        flat = [v for n in self.learned for v in np.ravel(parameters[n.id]).tolist()]
        rows = [[v for name in self.varying for v in np.ravel(b[name]).tolist()] for b in batches]
        losses, after, before = self.loop(rows, rate, *flat)
        rest = {k: v for k, v in parameters.items() if k not in {n.id for n in self.learned}}
        return Steps(
            losses,
            rest | self._arrays(after),
            None if before is None else rest | self._arrays(before),
        )

    def _arrays(self, numbers: tuple[float, ...]) -> dict[str, np.ndarray]:
        left = iter(numbers)
        return {n.id: np.array([*islice(left, n.size)]).reshape(n.shape) for n in self.learned}


def unroll(
    graph: Graph,
    groups: Sequence[Sequence[str]],
    fixed: Mapping[str, np.ndarray],
    varying: Sequence[str] = (),
) -> Unrolled | None:
    """The loop that trains a graph; None where the graph is too large for it.

    groups: the learned sources, in the order in which they are updated: the gradients of a group
    are taken with the groups before it already updated and the activations as they were.
    fixed: the arrays that stay. varying: the other sources, whose arrays come with each step.
    """
    if sum(node.size for node in graph.nodes) > MOST_NUMBERS:
        return None
    try:
        return _compiled(graph, groups, fixed, varying)
    except TooLargeError:
        return None


def _compiled(
    graph: Graph,
    groups: Sequence[Sequence[str]],
    fixed: Mapping[str, np.ndarray],
    varying: Sequence[str],
) -> Unrolled:
    constants = {n.id: n.value for n in graph.nodes if n.value is not None}
    writer = Writer({**constants, **fixed})
    nodes = tuple(graph[name] for group in groups for name in group)
    old = [v for n in nodes for v in writer.open(n.id, n)]
    data = [v for name in varying for v in writer.open(name, graph[name])]
    _forward(writer, graph, fixed)
    output = graph[graph.output]
    loss = writer.entries[output.id, (0,) * len(output.shape)]
    writer.lines.append(f"if not -inf < {loss} < inf: break")
    new = _updated(writer, graph, groups, fixed)
    source = _source(old, data, writer.lines, loss, new)
    namespace: dict[str, Any] = FUNCTIONS | {
        "__builtins__": {"ZeroDivisionError": ZeroDivisionError},
        "largest": largest,
        "inf": math.inf,
        "nan": math.nan,
    }
    exec(compile(source, "<whygrad: unrolled>", "exec"), namespace)
    return Unrolled(namespace["loop"], nodes, tuple(varying), source)


def _forward(writer: Writer, graph: Graph, fixed: Mapping[str, np.ndarray]) -> None:
    for node, formula in passes.values(graph, passes.operands(graph, fixed)):
        if node.id in graph.alive:  # a softmax that only predictions read is not computed
            writer.keep(node.id, node, formula)


def _updated(
    writer: Writer,
    graph: Graph,
    groups: Sequence[Sequence[str]],
    fixed: Mapping[str, np.ndarray],
) -> list[str]:
    """Gradients and updates, group by group; where each new number is, in the learned order."""
    values = passes.operands(graph, fixed)
    new = []
    for group in groups:
        for node, formula in passes.gradients(graph, values, only=group):
            writer.keep(Gradient(node.id), node, formula)
        for node in (graph[name] for name in group):
            name = Updated(Value(node.id))
            values[node.id] = symbols.symbol(name, node.shape)
            for index in positions(node):
                entry = writer.entries[node.id, index]
                gradient = writer.entries.get((Gradient(node.id), index), "0.0")
                writer.entries[name, index] = writer.once(f"{entry} - rate * {gradient}")
                new.append(writer.entries[name, index])
    return new


def _source(old: list[str], data: list[str], body: list[str], loss: str, new: list[str]) -> str:
    """The text of the loop; old numbers are replaced last, so that no step is done by halves."""
    steps = [
        *body,
        f"if not -inf < {' + '.join(new)} < inf: break",
        f"before = ({', '.join(old)},)",
        *(f"{a} = {b}" for a, b in zip(old, new, strict=True)),
        f"losses.append({loss})",
    ]
    return "\n".join(
        [
            f"def loop(batches, rate, {', '.join(old)}):",
            "    losses, before = [], None",
            "    try:",
            f"        for [{', '.join(data)}] in batches:",
            *(f"            {line}" for line in steps),
            "    except ZeroDivisionError:",
            "        pass",
            f"    return losses, ({', '.join(old)},), before",
        ]
    )
