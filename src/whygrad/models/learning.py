"""Plan: what learns, and how far a step goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from whygrad.graph import Node


@dataclass(frozen=True)
class Plan:
    """What the file says about learning: the rate, and whether the biases learn too.

    update_order: "simultaneous", or "sequential": the layers one after the other, the last one
    first, each by the gradients of the weights that are there by then.
    """

    learning_rate: float | None = None
    train_bias: bool = True
    frozen: tuple[str, ...] = ()
    update_order: str = "simultaneous"

    def learns(self, node: Node) -> bool:
        return (node.role != "bias" or self.train_bias) and node.id not in self.frozen


def update_groups(learned: Iterable[Node], update_order: str) -> list[list[str]]:
    """What is updated together: everything, or a layer at a time from the output backwards."""
    nodes = list(learned)
    if update_order == "simultaneous":
        return [[node.id for node in nodes]]
    layers = sorted({node.layer for node in nodes}, reverse=True)
    return [[node.id for node in nodes if node.layer == layer] for layer in layers]
