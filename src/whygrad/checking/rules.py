"""Rules on trial: the backward rule of every operation in a pass against its own forward.

Where a pass's own gradients are wrong, some rule in it is. Each operation is taken out of the
graph with the numbers that it met there, and its rule is compared with differences of its forward;
the one that fails is the place. What it computed instead is then looked for among the products of
what a rule is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from whygrad.checking.identities import identity
from whygrad.graph import Node
from whygrad.numeric import xp
from whygrad.recording import Trace
from whygrad.reverse import differentiable, pull

STEP = 2.0**-12  # of a central difference, extrapolated once
OFF = 1e-5  # relative to the largest number: a rule that is further off is wrong
ROUNDING = 1e-9  # of a difference, relative to the values and the gradient from above
LARGEST = 3_000  # entries of an input that are turned one by one; of more a sample

Found = tuple[str, dict[str, Any]]


def rule_causes(trace: Trace) -> Iterator[Found]:
    """Every operation of a pass whose rule is wrong for an input: its sentence's key and blanks."""
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
    wanted = by_differences(node, given, slot, upstream)
    known = np.isfinite(wanted)
    operands = {"g": upstream, "y": y, **dict(zip(operand_names(node), given, strict=True))}
    try:
        with np.errstate(all="ignore"):
            pulled = pull(node.op, xp, upstream, y, given, node.attributes, [slot]).get(slot)
    except Exception as error:  # a rule of the user's may fail in any way
        right = identity(wanted, operands)
        more = {"why": f"{type(error).__name__}: {error}"}
        return ("rule_fails.right", blanks | more | {"right": right}) if right else (
            "rule_fails", blanks | more)  # fmt: skip
    ruled = np.zeros(given[slot].shape) if pulled is None else np.asarray(pulled, dtype=float)
    if ruled.shape != given[slot].shape:
        return "rule_shape", blanks | {"given": str(ruled.shape), "wanted": str(wanted.shape)}
    size = max(np.abs(wanted[known]).max(initial=0.0), np.abs(ruled[known]).max(initial=0.0))
    rounding = ROUNDING * np.abs(upstream).max(initial=0.0) * np.abs(y).max(initial=0.0)
    if not (np.abs(ruled - wanted)[known] > OFF * size + rounding).any():
        return None
    if node.op.convention and not _smooth(node, given, slot, upstream, wanted):
        return None
    if pulled is None or not ruled.any():
        return "rule_zero", blanks
    said, right = identity(ruled, operands), identity(np.where(known, wanted, ruled), operands)
    if said and right:
        return "rule_product", blanks | {"said": said, "right": right}
    ratio = float(np.vdot(wanted[known], ruled[known]) / np.vdot(wanted[known], wanted[known]))
    if np.allclose(ruled[known], ratio * wanted[known], rtol=OFF, atol=OFF * size):
        return "rule_factor", blanks | {"ratio": ratio}
    if said or right:
        return "rule_product", blanks | {"said": said or "?", "right": right or "?"}
    return "rule_wrong", blanks


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
