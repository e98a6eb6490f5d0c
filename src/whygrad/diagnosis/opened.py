"""Self-written activations taken apart: one operation of a formula becomes a node for each step.

The formula's own forward rule is read once more, with functions that record operations.
"""

from __future__ import annotations

from typing import Any

from whygrad import ops
from whygrad.diagnosis.rewriting import Copier, with_node
from whygrad.graph import Graph, Node, Variable
from whygrad.numeric import FUNCTIONS, Namespace
from whygrad.op import REGISTRY

recording = Namespace(
    "operations", {name: getattr(ops, name) for name in FUNCTIONS if name in REGISTRY}
    | {"ones_like": lambda x: 1.0, "let": lambda name, value: value},
)  # fmt: skip


def opened(graph: Graph) -> Graph:
    """The graph with every formula taken apart; the same graph where there is none."""
    for node in graph.nodes:
        if node.op is not None and node.op.module == "formula":
            graph = with_node(graph, node.id, taken_apart) or graph
    return graph


def taken_apart(copier: Copier, node: Node) -> Variable:
    """The steps of a formula; the last one keeps the node's name and role."""
    assert node.op is not None
    given = [copier.variable(i) for i in node.inputs]
    result: Any = node.op.forward(recording, *given)
    return result.named(node.id, role=node.role, layer=node.layer)
