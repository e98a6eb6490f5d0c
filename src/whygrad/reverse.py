"""The backward pass: the only chain rule and the only un-broadcast of the project.

`pull` reads one operation's rule; with numbers it is a step of the pass, with symbols it is the
formula of that step. `backward` runs it over a graph, from the output to the sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from whygrad.errors import ShapeError
from whygrad.forward import Keep
from whygrad.graph import Graph, Node
from whygrad.numeric import Array, Namespace
from whygrad.op import Op

# Sees what a node pulls back to each of its inputs; what it returns is handed on.
Parts = Callable[[Node, Array, dict[int, Array]], dict[int, Array]]


def unbroadcast(xp: Namespace, g: Array, shape: tuple[int, ...]) -> Array:
    """A gradient summed over the axes along which the input was repeated."""
    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1
    )
    if not axes:
        return g
    summed = xp.sum(g, axis=axes, keepdims=False)
    return summed if summed.shape == shape else xp.reshape(summed, shape)


def pull(
    op: Op,
    xp: Namespace,
    g: Array,
    y: Array,
    inputs: Sequence[Array],
    attributes: Mapping[str, Any],
    wanted: Iterable[int],
) -> dict[int, Array]:
    """The gradient of each wanted input, from the gradient `g` of the result `y`."""
    found: dict[int, Array] = {}
    if op.back is not None:
        pulled = op.back(xp, g, y, *inputs, **attributes)
        found = {slot: pulled[slot] for slot in wanted if pulled[slot] is not None}
    else:
        for slot in wanted:
            rule = op.local[slot]
            if rule is not None:
                local = rule(xp, y, *inputs, **attributes)
                # A mask selects, it does not multiply: 0 · ∞ never arises.
                found[slot] = xp.where(local, g, 0.0) if xp.is_mask(local) else g * local
    return {slot: unbroadcast(xp, part, inputs[slot].shape) for slot, part in found.items()}


def differentiable(node: Node) -> bool:
    """Whether a gradient with respect to this node means anything."""
    return not node.integer and node.role != "constant"


def backward(
    graph: Graph,
    values: Mapping[str, Array],
    xp: Namespace,
    *,
    only: Iterable[str] | None = None,
    keep: Keep | None = None,
    parts: Parts | None = None,
) -> dict[str, Array]:
    """The gradient of the output with respect to every node that it depends on.

    only: the sources whose gradients are wanted; the pass then skips what leads to no other.
    keep: called with each node's finished gradient; what it returns is what the pass goes on with.
    parts: called with each node, its gradient and what it pulls back to its inputs; likewise.
    Raises ShapeError where the output is not one number.
    """
    output = graph[graph.output]
    if output.size != 1:
        raise ShapeError(
            "Back-propagation starts from one number, the loss.",
            given=f"{output.id} of shape {output.shape}",
            hint="wrap it: ops.sum(…) or ops.mean(…)",
        )
    leads = _leading(graph, None if only is None else frozenset(only))
    gradients: dict[str, Array] = {output.id: xp.ones_like(values[output.id])}
    with np.errstate(all="ignore"):
        for node in reversed(graph.nodes):
            if keep is not None and node.id in gradients:
                gradients[node.id] = keep(node, gradients[node.id])
            if node.op is None or node.id not in gradients:
                continue
            wanted = [s for s, i in enumerate(node.inputs) if i in leads]
            operands = [values[i] for i in node.inputs]
            pulled = pull(
                node.op, xp, gradients[node.id], values[node.id], operands, node.attributes, wanted
            )
            if parts is not None:
                pulled = parts(node, gradients[node.id], pulled)
            for slot, part in pulled.items():
                source = node.inputs[slot]
                gradients[source] = gradients[source] + part if source in gradients else part
    return {id_: g for id_, g in gradients.items() if id_ in leads}


@lru_cache(maxsize=16)  # a training asks the same of one graph at every update
def _leading(graph: Graph, only: frozenset[str] | None) -> set[str]:
    """The nodes on a way from a wanted source to the output."""
    leads: set[str] = set()
    for node in graph.nodes:
        source = node.op is None and (only is None or node.id in only) and differentiable(node)
        if (source or any(i in leads for i in node.inputs)) and node.id in graph.alive:
            leads.add(node.id)
    return leads
