"""Kinks that a gradient goes through: two slopes meet there, and a convention chooses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from whygrad.derivation import Pass
from whygrad.graph import Node
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.split import Splitter

NEAR = 1e-6  # how far a number is turned to either side, relative to it
APART = 1e-3  # slopes that differ by more than that are two
MOST = 200  # entries on the way that are looked at
LARGEST = 100_000  # numbers of an operation that is computed anew for it


@dataclass(frozen=True)
class Kink:
    """A number at a kink of an operation: its one-sided slopes, and which convention is used."""

    at: Value
    number: float
    op: str
    left: float
    right: float
    convention: str


def kinks(recorded: Pass, splitter: Splitter, at: Value) -> Iterator[Kink]:
    """Every kink on the ways from an entry to the loss, the nearest first, one an operation."""
    if not any(n.op is not None and n.op.convention for n in recorded.graph.nodes):
        return
    waiting, seen, said = [at], set[Value](), set[str]()
    while waiting and len(seen) < MOST:
        here = waiting.pop(0)
        if here in seen:
            continue
        seen.add(here)
        for way in splitter.split(here).ways:
            node = recorded.graph[way.to.node]
            waiting.append(way.to)
            if node.op is None or not node.op.convention or node.op.name in said:
                continue
            found = kink_at(recorded, node, here, way.to)
            if found is not None:
                said.add(node.op.name)
                yield found


def kink_at(recorded: Pass, node: Node, at: Value, to: Value) -> Kink | None:
    """The kink of an operation's entry in one of the numbers that it is computed from."""
    assert node.op is not None
    given = [np.asarray(recorded.values[i]) for i in node.inputs]
    if sum(array.size for array in given) > LARGEST:
        return None
    here = recorded.value(at)
    step = NEAR * max(1.0, abs(here))

    def moved(by: float) -> float:
        operands = list(given)
        for slot, id_ in enumerate(node.inputs):
            if id_ == at.node:
                operands[slot] = given[slot].astype(float)
                operands[slot][at.index] = here + by
        with np.errstate(all="ignore"):
            return float(np.asarray(node.op.value(xp, *operands, **node.attributes))[to.index])  # type: ignore[union-attr]

    low, middle, high = moved(-step), moved(0.0), moved(step)
    left, right = (middle - low) / step, (high - middle) / step
    if not math.isfinite(left - right) or abs(left - right) <= APART * max(1.0, abs(left)):
        return None
    return Kink(at, here, node.op.name, left, right, node.op.convention)
