"""What went wrong, in words: where a number stopped being finite, and what the monitors show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.numeric import xp
from whygrad.reverse import backward

if TYPE_CHECKING:
    from whygrad.training.course import Course
    from whygrad.training.ending import Ending

VANISHED = 1e-4  # the first layer's gradient, of the last one's
DEAD, SATURATED = 0.5, 0.5
TINY_UPDATE, LARGE_UPDATE = 1e-6, 0.1


def trouble_of(ending: Ending, course: Course) -> str:
    """The report on a number that was not finite; empty where all were.

    The batch is run again by NumPy in the training's own type, from the last finite weights.
    """
    if ending.failed is None:
        return ""
    if ending.failed.what == "replay":
        return (
            "The batches of that epoch were run again by NumPy, and everything stayed finite: the "
            "compiled program rounds otherwise; the numbers are at the edge of their type."
        )
    rows = course.plan.rows(course.state.done)
    graph = course.recipe.graph(len(rows), training=False)
    _, data = course.task.batch(rows)
    found = first_not_finite(graph, {**data, **course.state.parameters}, rows, course.task.dtype)
    if found is None:
        return (
            f"At iteration {course.state.done + 1:,} the batch, run again, stays finite forward "
            f"and backward: the step was too large. Try a smaller learning_rate, or clip_norm = 1."
        )
    return f"At iteration {course.state.done + 1:,}: {found}"


def first_not_finite(
    graph: Graph, inputs: dict[str, Any], rows: np.ndarray, dtype: str
) -> str | None:
    """The first quantity that is not finite, forward then backward, with its factors."""

    def cast(node: Node, value: Any) -> Any:
        array = np.asarray(value)
        return array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array

    with np.errstate(all="ignore"):
        values = evaluate(graph, inputs, xp, keep=cast)
    for node in graph.nodes:
        if node.id in graph.alive and not np.isfinite(values[node.id]).all():
            return said(node, values[node.id], values, rows, "")
    order: list[str] = []

    def noted(node: Node, gradient: Any) -> Any:
        order.append(node.id)
        return cast(node, gradient)

    gradients = backward(graph, values, xp, keep=noted)
    for id_ in [*order, *gradients]:
        if id_ in gradients and not np.isfinite(gradients[id_]).all():
            return said(graph[id_], gradients[id_], values, rows, "the gradient of ")
    return None


def said(
    node: Node, array: np.ndarray, values: dict[str, Any], rows: np.ndarray, prefix: str
) -> str:
    """Where it is, what it was computed from, and what to try."""
    at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0]) if array.ndim else ()
    batched = bool(at) and len(array) == len(rows) and node.role not in ("weight", "bias")
    sample = f", sample {rows[at[0]] + 1}" if batched else ""
    layer = f", layer {node.layer}" if node.layer else ""
    value = float(array[at])
    text = f"{prefix}{node.id}{list(at) if at else ''} is {value}{layer}{sample}"
    factors = []
    for id_ in node.inputs:
        operand = np.asarray(values[id_])
        if operand.shape == array.shape:
            factors.append(f"{id_}{list(at) if at else ''} = {float(operand[at]):.6g}")
        else:
            size = np.abs(operand).max() if operand.size else 0.0
            factors.append(f"{id_}: largest |value| {float(size):.6g}")
    where = f" ({node.op.name} of {', '.join(factors)})" if node.op and factors else ""
    return f"{text}{where}. Try a smaller learning_rate, clip_norm = 1, or scale the inputs."


def remarks(rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """What the last epochs' monitors say is wrong, in words, each with its numbers."""
    if not rows or "gradient_norm_1" not in rows[-1]:
        return ()
    last = rows[-1]
    layers = sum(key.startswith("gradient_norm_") for key in last)
    if not all(math.isfinite(v) for v in last.values() if isinstance(v, float)):
        return ()
    found = [*_vanished(last, layers)]
    for k in range(1, layers):
        dead, saturated = last.get(f"dead_{k}", 0.0), last.get(f"saturated_{k}", 0.0)
        if dead > DEAD:
            found.append(
                f"layer {k}: {dead:.0%} of its units pass no gradient on for any sample of the "
                f"last batch (dead): a smaller learning_rate, leaky_relu, or init = he"
            )
        if saturated > SATURATED:
            found.append(
                f"layer {k}: {saturated:.0%} of its slopes are under 0.01 (saturated): scaled "
                f"inputs, or smaller first weights"
            )
    return tuple(found)


def _vanished(last: dict[str, Any], layers: int) -> list[str]:
    """Whether the first layer gets much less of a gradient than the last."""
    present = [k for k in range(1, 50) if f"gradient_norm_{k}" in last]
    if layers < 2 or len(present) < 2:
        return []
    first, top = last[f"gradient_norm_{present[0]}"], last[f"gradient_norm_{present[-1]}"]
    if not top > 0 or first >= VANISHED * top or top < 1e-9:
        return []
    share = f"10^{math.floor(math.log10(first / top))}" if first else "0"
    saturated = last.get(f"saturated_{present[0]}", 0.0)
    why = f"; {saturated:.0%} of its slopes are saturated" if saturated else ""
    return [
        f"layer {present[0]} receives {share} of layer {present[-1]}'s gradient{why}: relu or tanh "
        f"instead of sigmoid, scaled inputs, or fewer layers"
    ]
