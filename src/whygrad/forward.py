"""The forward pass: every node's value, in the graph's order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from whygrad.graph import Graph, Node
from whygrad.numeric import Array, Namespace

Keep = Callable[[Node, Array], Array]  # sees each node's result once; what it returns goes on


def evaluate(
    graph: Graph, inputs: Mapping[str, Array], xp: Namespace, *, keep: Keep | None = None
) -> dict[str, Array]:
    """The value of every node; `inputs` holds an array for every source of the graph.

    keep: called with each computed node's value; what it returns is what the pass goes on with.
    """
    values: dict[str, Array] = {}
    with np.errstate(all="ignore"):  # an overflow is a result to look at, not a warning
        for node in graph.nodes:
            if node.op is None:
                # A constant may be given too: the symbols' reading gives it by its name.
                given = inputs.get(node.id)
                values[node.id] = node.value if given is None else given
            else:
                operands = (values[i] for i in node.inputs)
                value = node.op.value(xp, *operands, **node.attributes)
                values[node.id] = value if keep is None else keep(node, value)
    return values
