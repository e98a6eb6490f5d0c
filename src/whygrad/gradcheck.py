"""Gradients against central finite differences, parameter by parameter, with a plain verdict.

A difference that the quotient's own error explains is not called a mistake (`differences.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.differences import quotient
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.models.mlp import Network
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.recording import Trace, backprop

SAMPLED = 2_000  # more numbers than that are checked on a seeded sample, and it is said
AGREE = 1e-6  # relative difference that counts as right where the quotient is as good as that


def loss_at(graph: Graph, inputs: Mapping[str, Any], at: Value) -> Callable[[float], float]:
    """The loss as a function of one entry of any node; what the node is computed from stays."""
    source = graph[at.node].op is None

    def loss(number: float) -> float:
        def put(node: Node, value: Any) -> Any:
            return replaced(value, at, number) if node.id == at.node else value

        given = dict(inputs)
        if source:
            given[at.node] = replaced(given[at.node], at, number)
        return float(evaluate(graph, given, xp, keep=put)[graph.output])

    return loss


def replaced(array: Any, at: Value, number: float) -> np.ndarray:
    """A copy of an array with one entry changed."""
    copy = np.array(array, dtype=float)
    copy[at.index] = number
    return copy


def sources(trace: Trace) -> dict[str, np.ndarray]:
    """What a recorded pass was given."""
    return {n.id: trace.recorded.values[n.id] for n in trace.graph.sources}


def finite_difference(trace: Trace, at: Value) -> float:
    """∂loss/∂at by central differences, for a number of any node of a recorded pass."""
    return quotient(loss_at(trace.graph, sources(trace), at), trace.recorded.value(at)).value


@dataclass(frozen=True)
class Row:
    """The verdict on one parameter: right, wrong or kink.

    difference: the largest one found. at: the name of the entry where it lies. gradient and
    quotient: the two numbers there. digits: to how many they agree. checked of size entries.
    """

    parameter: str
    verdict: str
    difference: float
    at: str
    gradient: float
    quotient: float
    digits: int
    checked: int
    size: int

    def __str__(self) -> str:
        sampled = "" if self.checked == self.size else f" ({self.checked} of {self.size} checked)"
        head = f"{self.parameter}: {self.verdict}{sampled}"
        numbers = f"gradient {self.gradient:.9g}, finite difference {self.quotient:.9g}"
        if self.verdict == "right":
            largest = f"largest difference {self.difference:.1e} at {self.at}"
            return f"{head}, to {self.digits} digits; {largest}"
        if self.verdict == "kink":
            return f"{head}: {self.at} sits where the loss has a corner; {numbers}"
        ratio = self.gradient / self.quotient if self.quotient else math.inf
        return f"{head} at {self.at}: {numbers}, ratio {ratio:.6g}"


@dataclass(frozen=True)
class Report:
    """The verdicts on all parameters."""

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether no gradient is wrong."""
        return all(row.verdict != "wrong" for row in self.rows)

    def __str__(self) -> str:
        verdict = "all right" if self.ok else "wrong: " + ", ".join(
            r.parameter for r in self.rows if r.verdict == "wrong"
        )  # fmt: skip
        return "\n".join([*map(str, self.rows), verdict])

    def to_dict(self) -> dict[str, Any]:
        """ok, and a row a parameter."""
        return {"ok": self.ok, "parameters": [vars(row) for row in self.rows]}


def check(net: Network | Graph | Trace, x: Any = None, y: Any = None, **inputs: Any) -> Report:
    """Checks every gradient of a network or a traced graph against central finite differences.

    net: a network with x and y, a traced graph with its inputs by name, or a Trace.
    Of more than 2,000 numbers a seeded sample is checked, and the report says so.
    Raises what `backprop` raises for inputs that do not fit.
    """
    trace = net if isinstance(net, Trace) else backprop(net, x, y, **inputs)
    return check_gradients(trace, trace.gradients)


def check_gradients(trace: Trace, gradients: Mapping[str, np.ndarray]) -> Report:
    """Checks gradients that are claimed for a recorded pass, an array for each parameter."""
    total = sum(n.size for n in trace.parameters)
    rng = np.random.default_rng(0)
    rows = []
    for node in trace.parameters:
        entries = list(np.ndindex(*node.shape))
        if total > SAMPLED:
            share = max(1, round(SAMPLED * node.size / total))
            kept = np.sort(rng.choice(node.size, min(share, node.size), replace=False))
            entries = [entries[k] for k in kept]
        rows.append(_row(trace, node, entries, np.asarray(gradients[node.id])))
    return Report(tuple(rows))


def _row(trace: Trace, node: Node, entries: list[tuple[int, ...]], gradient: np.ndarray) -> Row:
    """The entry of a parameter that speaks most against its gradient, and the verdict on it."""
    given = sources(trace)
    scale = float(np.max(np.abs(gradient), initial=0.0))
    worst, found = -1.0, None
    for index in entries:
        at = Value(node.id, index)
        q = quotient(loss_at(trace.graph, given, at), float(given[node.id][index]))
        off = abs(float(gradient[index]) - q.value)
        allowed = AGREE * max(abs(q.value), 1e-3 * scale) + 10 * q.error
        excess = off / allowed if allowed else (math.inf if off else 0.0)
        if not math.isfinite(excess):
            excess = math.inf
        if excess > worst:
            worst, found = excess, (at, q, off)
    assert found is not None
    at, q, off = found
    value = float(gradient[at.index])
    relative = off / max(abs(q.value), abs(value), 1e-300)
    verdict = "right" if worst <= 1 else "kink" if q.kink and q.between(value) else "wrong"
    digits = 16 if off == 0 else max(0, min(16, int(-math.log10(relative))))
    return Row(
        node.id, verdict, off, trace.names.text(at), value, q.value, digits, len(entries), node.size
    )
