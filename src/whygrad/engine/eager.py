"""The eager engine: both passes with NumPy in float64, every value and every gradient kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from whygrad.errors import DataError, NameUnknownError, ShapeError, nearest
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.numeric import xp
from whygrad.reverse import backward

Arrays = dict[str, np.ndarray]


def run(graph: Graph, inputs: Mapping[str, Any]) -> tuple[Arrays, Arrays]:
    """The value of every node, and the gradient of the output with respect to every node.

    inputs: an array for every source of the graph.
    Raises NameUnknownError, DataError or ShapeError where they are not what the graph takes.
    """
    values = evaluate(graph, given_to(graph, inputs), xp)
    return values, backward(graph, values, xp)


def given_to(graph: Graph, inputs: Mapping[str, Any]) -> Arrays:
    """The array of every source, in float64 where it holds no positions; raises what `run` does."""
    sources = {node.id: node for node in graph.sources}
    unknown = [name for name in inputs if name not in sources]
    if unknown:
        raise NameUnknownError(
            f"The graph has no input {unknown[0]!r}.", hint=nearest(unknown[0], sources)
        )
    return {id_: _given(node, inputs) for id_, node in sources.items()}


def _given(node: Node, inputs: Mapping[str, Any]) -> np.ndarray:
    if node.id not in inputs:
        raise DataError(f"The graph's input {node.id!r} was not given.", why=f"shape {node.shape}")
    array = np.asarray(inputs[node.id])
    if array.shape != node.shape:
        raise ShapeError(
            f"The input {node.id!r} does not fit the graph.",
            given=f"shape {array.shape}, traced as {node.shape}",
        )
    whole = array.dtype == bool or np.issubdtype(array.dtype, np.integer)
    if node.integer and not whole:
        raise DataError(f"The input {node.id!r} must hold whole numbers.", given=str(array.dtype))
    return array if node.integer else array.astype(np.float64)
