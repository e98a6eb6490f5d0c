"""The loss as a function of one number of a recorded pass, and its derivative by differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from whygrad.differences import Quotient, quotient
from whygrad.errors import DataError
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.recording import Trace
from whygrad.reverse import differentiable


def loss_at(graph: Graph, inputs: Mapping[str, Any], at: Value) -> Callable[[float], float]:
    """The loss as a function of one entry of any node; what that node is computed from stays."""
    if not differentiable(graph[at.node]):
        raise DataError(
            f"{at.node} cannot be turned a little.", why="it holds labels, positions or a constant"
        )
    source = graph[at.node].op is None

    def loss(number: float) -> float:
        if source:
            given = {**inputs, at.node: replaced(inputs[at.node], at, number)}
            return float(evaluate(graph, given, xp)[graph.output])

        def put(node: Node, value: Any) -> Any:
            return replaced(value, at, number) if node.id == at.node else value

        return float(evaluate(graph, inputs, xp, keep=put)[graph.output])

    return loss


def replaced(array: Any, at: Value, number: float) -> np.ndarray:
    """A copy of an array with one entry changed."""
    copy = np.array(array, dtype=float)
    copy[at.index] = number
    return copy


def sources(trace: Trace) -> dict[str, np.ndarray]:
    """What a recorded pass was given."""
    return {n.id: trace.recorded.values[n.id] for n in trace.graph.sources}


def difference_quotient(trace: Trace, at: Value) -> Quotient:
    """∂loss/∂at by central differences, with its error, for a number of any node of a pass.

    Raises DataError for a label, a position or a constant.
    """
    return quotient(loss_at(trace.graph, sources(trace), at), trace.recorded.value(at))


def finite_difference(trace: Trace, at: Value) -> float:
    """The value of `difference_quotient` alone."""
    return difference_quotient(trace, at).value
