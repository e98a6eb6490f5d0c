"""What an epoch's row of the history holds: metrics, and monitors of each layer.

Pure functions over `xp`. Sums are gathered a batch at a time, and become metrics at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whygrad.graph import Graph, Node
from whygrad.numeric import Array, Namespace
from whygrad.training.descent import total_norm

Arrays = Mapping[str, Array]
SATURATED = 0.01  # a slope below this lets less than a hundredth of the gradient through


def metric_name(task: str) -> str:
    """The metric of a kind of task: classification, or anything else."""
    return "accuracy" if task == "classification" else "rmse"


def larger_is_better(column: str) -> bool:
    """Whether a measure is better the larger it is."""
    return column.endswith(("accuracy", "r2"))


def metric_sum(
    xp: Namespace, task: str, out: Array, y: Array, unit: Array, share: Array | None = None
) -> Any:
    """Of a batch: how many were classified rightly, or the sum of squared errors.

    out: (n, k) outputs; one output is a probability, right if on the same side of ½ as y.
    unit: (k,) what one of the network's units is in the targets' own. share (n, k): how much each
    entry counts; of classes (n,), each sample.
    """
    if task != "classification":
        square = ((out - y) * unit) ** 2
        return xp.sum(square if share is None else square * share)
    if len(y.shape) == 1:
        y = xp.one_hot(y, out.shape[-1])
    if out.shape[-1] == 1:
        right = xp.equal(out > 0.5, y > 0.5)
    else:  # where several are largest, any of them counts
        top = xp.max(out, axis=-1, keepdims=True)
        chosen = xp.equal(y, xp.max(y, axis=-1, keepdims=True))
        right = xp.max(xp.where(chosen, out, top - 1.0), axis=-1) >= xp.reshape(top, top.shape[:-1])
    right = right * 1.0
    if share is None:
        return xp.sum(right)
    return xp.sum(right * share)


def metric_value(xp: Namespace, task: str, total: Any, entries: Any) -> Any:
    """The share classified rightly, or the root of the mean squared error; of so many entries."""
    return total / entries if task == "classification" else xp.sqrt(total / entries)


def monitors(
    xp: Namespace, graph: Graph, values: Arrays, gradients: Arrays, steps: Arrays, weights: Arrays
) -> dict[str, Any]:
    """Of a layer's last batch in an epoch: the norm of its gradient, ‖Δw‖/‖w‖, idle units.

    dead: the share of units whose slope is 0 for every sample. saturated: the share of (sample,
    unit) whose slope is under SATURATED though not a cut. Both are of hidden layers only.
    """
    found: dict[str, Any] = {}
    layers = sorted({graph[name].layer for name in gradients})
    for k in layers:
        names = [name for name in gradients if graph[name].layer == k]
        found[f"gradient_norm_{k}"] = total_norm(xp, [gradients[n] for n in names])
        moved = total_norm(xp, [steps[n] for n in names])
        size = total_norm(xp, [weights[n] for n in names])
        found[f"update_ratio_{k}"] = moved / xp.maximum(size, 1e-12)
    for node in graph.nodes:
        if node.role == "out" and node.layer < graph_depth(graph):
            shares = idle(xp, node, values)
            found |= {f"{kind}_{node.layer}": share for kind, share in shares.items()}
    return found


def graph_depth(graph: Graph) -> int:
    """The number of the output layer."""
    return max(node.layer for node in graph.nodes if node.role == "out")


def idle(xp: Namespace, node: Node, values: Arrays) -> dict[str, Any]:
    """Of an element-wise activation: the shares of dead units and of saturated slopes."""
    op = node.op
    if op is None or not op.local or op.local[0] is None or op.name == "identity":
        return {}
    net = values[node.inputs[0]]
    slope = op.local[0](xp, values[node.id], net, **node.attributes)
    if not hasattr(slope, "shape") or slope.shape != net.shape:
        return {}  # a constant slope saturates nowhere
    cut = xp.is_mask(slope)  # a cut passes all or nothing: it saturates nowhere
    size = xp.where(slope, 1.0, 0.0) if cut else xp.abs(slope)
    largest = xp.max(size, axis=0)
    found = {"dead": xp.mean(xp.where(xp.equal(largest, 0.0), 1.0, 0.0))}
    if not cut:
        low = xp.both(size < SATURATED, xp.greater(size, 0.0))
        found["saturated"] = xp.mean(xp.where(low, 1.0, 0.0))
    return found
