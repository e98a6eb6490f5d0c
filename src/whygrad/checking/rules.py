"""Rules on trial: the backward rule of every operation in a pass against its own forward.

Where a pass's own gradients are wrong, some rule in it is. Each operation is taken out of the
graph with the numbers that it met there, and its rule is compared with differences of its forward;
the one that fails is the place. What it computed instead is then looked for among the products of
what a rule is given.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from whygrad.graph import Node
from whygrad.numeric import xp
from whygrad.recording import Trace
from whygrad.reverse import differentiable, pull

STEP = 2.0**-12  # of a central difference, extrapolated once
OFF = 1e-5  # relative to the largest number: a rule that is further off is wrong
LARGEST = 3_000  # entries of an input that are turned one by one; of more a sample

Found = tuple[str, dict[str, Any], tuple[str, ...]]


def rule_causes(trace: Trace) -> Iterator[Found]:
    """Every operation of a pass whose rule is wrong for an input: key, blanks, what it reaches."""
    seen: set[tuple[str, int]] = set()
    for node in reversed(trace.graph.nodes):
        if node.op is None or node.id not in trace.graph.alive:
            continue
        for slot, source in enumerate(node.inputs):
            if not differentiable(trace.graph[source]) or (node.op.name, slot) in seen:
                continue
            found = judged(trace, node, slot)
            if found is not None:
                seen.add((node.op.name, slot))
                yield found


def judged(trace: Trace, node: Node, slot: int) -> Found | None:
    """The verdict on one rule for one input; None where it is right."""
    assert node.op is not None
    values = trace.recorded.values
    given = [np.asarray(values[i]) for i in node.inputs]
    y, upstream = np.asarray(values[node.id]), upstream_of(trace, node)
    name = node.op.operands[slot] if not node.op.variadic else node.inputs[slot]
    blanks: dict[str, Any] = {"op": node.op.name, "input": name, "node": node.id}
    reached = tuple(n.id for n in trace.parameters)
    try:
        with np.errstate(all="ignore"):
            pulled = pull(node.op, xp, upstream, y, given, node.attributes, [slot]).get(slot)
    except Exception as error:  # a rule of the user's may fail in any way
        return "rule_fails", blanks | {"why": f"{type(error).__name__}: {error}"}, reached
    wanted = by_differences(node, given, slot, upstream)
    known = np.isfinite(wanted)
    ruled = np.zeros(given[slot].shape) if pulled is None else np.asarray(pulled, dtype=float)
    if ruled.shape != given[slot].shape:
        shapes = {"given": str(ruled.shape), "wanted": str(given[slot].shape)}
        return "rule_shape", blanks | shapes, reached
    size = np.abs(wanted[known]).max(initial=0.0)
    off = np.abs(ruled - wanted)[known]
    if not known.any() or not (off > OFF * max(size, np.abs(ruled[known]).max(initial=0.0))).any():
        return None
    if node.op.convention and not _smooth(node, given, slot, upstream, wanted):
        return None
    operands = {"g": upstream, "y": y, **dict(zip(operand_names(node), given, strict=True))}
    said = product_of(ruled, operands)
    right = product_of(np.where(known, wanted, ruled), operands)
    if pulled is None or not ruled.any():
        return "rule_zero", blanks, reached
    if said and right:
        return "rule_product", blanks | {"said": said, "right": right}, reached
    ratio = float(np.vdot(wanted[known], ruled[known]) / np.vdot(wanted[known], wanted[known]))
    if size and np.allclose(ruled[known], ratio * wanted[known], rtol=OFF, atol=OFF * size):
        return "rule_factor", blanks | {"ratio": ratio}, reached
    return "rule_wrong", blanks, reached


def upstream_of(trace: Trace, node: Node) -> np.ndarray:
    """A gradient from above in which no entry can hide: arbitrary, of the node's shape."""
    return np.random.default_rng(len(node.id)).normal(size=node.shape)


def operand_names(node: Node) -> tuple[str, ...]:
    assert node.op is not None
    return node.inputs if node.op.variadic else node.op.operands


def by_differences(
    node: Node, given: list[np.ndarray], slot: int, upstream: np.ndarray
) -> np.ndarray:
    """The gradient of Σ upstream · op by central differences; NaN where it was not looked at."""
    found = np.full(given[slot].shape, np.nan)
    indexes = list(np.ndindex(*given[slot].shape))
    if len(indexes) > LARGEST:
        drawn = np.random.default_rng(0).choice(len(indexes), LARGEST, replace=False)
        indexes = [indexes[k] for k in drawn]
    for index in indexes:
        step = STEP * max(1.0, abs(float(given[slot][index])))
        coarse, fine = (_central(node, given, slot, index, upstream, h) for h in (step, step / 2))
        found[index] = fine + (fine - coarse) / 3
    return found


def _central(
    node: Node, given: list[np.ndarray], slot: int, index: Any, upstream: np.ndarray, step: float
) -> float:
    assert node.op is not None
    ends = []
    for side in (1, -1):
        moved = [a.astype(float) if i == slot else a for i, a in enumerate(given)]
        moved[slot] = moved[slot].copy()
        moved[slot][index] += side * step
        with np.errstate(all="ignore"):
            ends.append(np.asarray(node.op.value(xp, *moved, **node.attributes), dtype=float))
    return float(np.sum(upstream * (ends[0] - ends[1])) / (2 * step))


def _smooth(
    node: Node, given: list[np.ndarray], slot: int, upstream: np.ndarray, wanted: np.ndarray
) -> bool:
    """Whether a rule with a convention stands away from its kinks: smaller steps say the same."""
    for index in np.ndindex(*given[slot].shape):
        near = _central(node, given, slot, index, upstream, STEP / 64)
        if abs(near - wanted[index]) > OFF * max(1.0, abs(near)):
            return False
    return True


def product_of(wanted: np.ndarray, operands: dict[str, np.ndarray]) -> str:
    """The product of two of these arrays, transposed or not, that gives an array; "" if none."""
    if wanted.ndim < 2:
        return ""
    turned = [
        (name + mark, array if not mark else np.swapaxes(array, -1, -2))
        for name, array in operands.items()
        if array.ndim >= 2
        for mark in ("", "ᵀ")
    ]
    size = max(float(np.abs(wanted).max(initial=0.0)), 1e-300)
    for (a, left), (b, right) in itertools.permutations(turned, 2):
        if left.shape[-1] != right.shape[-2]:
            continue
        try:
            product = left @ right
        except ValueError:
            continue
        if product.shape == wanted.shape and np.abs(product - wanted).max() < 1e-5 * size:
            return f"{a} @ {b}"
    return ""
