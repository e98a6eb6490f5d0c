"""The loss as a function of one array or one number of a recorded pass, and its derivative.

Only what depends on that array is computed again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from whygrad.differences import Quotient, quotient
from whygrad.errors import DataError
from whygrad.graph import Graph
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.recording import Trace
from whygrad.reverse import differentiable


def rerun(graph: Graph, values: dict[str, Any], at: str) -> Callable[[np.ndarray], float]:
    """The graph's output as a function of one node's array; what that is computed from stays."""
    moved = {at}
    later = []
    for node in graph.nodes:
        if node.op is not None and node.id != at and moved & set(node.inputs):
            moved.add(node.id)
            if node.id in graph.alive:
                later.append((node.id, node.op, node.inputs, node.attributes))

    def loss(array: np.ndarray) -> float:
        found = dict(values)
        found[at] = array
        with np.errstate(all="ignore"):
            for id_, op, inputs, attributes in later:
                found[id_] = op.value(xp, *[found[i] for i in inputs], **attributes)
        return float(np.reshape(found[graph.output], ()))

    return loss


def loss_at(trace: Trace, at: Value) -> Callable[[float], float]:
    """The loss as a function of one entry of any node.

    Raises DataError for a label, a position or a constant.
    """
    if not differentiable(trace.graph[at.node]):
        raise DataError(
            f"{at.node} cannot be turned a little.", why="it holds labels, positions or a constant"
        )
    whole = rerun(trace.graph, trace.recorded.values, at.node)
    return entry_of(whole, np.array(trace.recorded.values[at.node], dtype=float), at.index or ())


def entry_of(
    function: Callable[[np.ndarray], float], array: np.ndarray, index: tuple[int, ...]
) -> Callable[[float], float]:
    """A function of an array as a function of one of its entries.

    The array itself is handed over with that entry changed, and is as it was afterwards: a copy of
    a large one for every number would cost more than the function.
    """

    def of(number: float) -> float:
        kept = array[index]
        array[index] = number
        try:
            return function(array)
        finally:
            array[index] = kept

    return of


def difference_quotient(trace: Trace, at: Value) -> Quotient:
    """∂loss/∂at by central differences, with its error, for a number of any node of a pass.

    Raises DataError for a label, a position or a constant.
    """
    return quotient(loss_at(trace, at), trace.recorded.value(at))


def finite_difference(trace: Trace, at: Value) -> float:
    """The value of `difference_quotient` alone."""
    return difference_quotient(trace, at).value
