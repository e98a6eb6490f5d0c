"""One update: forward, backward, penalties, clipping, the rule's step; alike in any engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from whygrad.forward import Keep, evaluate
from whygrad.graph import Graph
from whygrad.numeric import Array, Namespace
from whygrad.reverse import backward
from whygrad.training.update import Rule

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Stepped:
    """An update as it was made: every value, the gradients of what is learned, the steps."""

    parameters: dict[str, Array]
    state: Any
    values: dict[str, Array]
    gradients: dict[str, Array]
    steps: dict[str, Array]


@dataclass(frozen=True)
class Descent:
    """How a gradient becomes an update.

    learned: what changes. weights: those of it that are penalised and decay (biases are not).
    strengths: which of l1, l2, weight_decay, clip_norm, clip_value are in force; their sizes come
    with each call (as `sizes`), so that trying another size compiles nothing anew.
    """

    rule: Rule
    learned: tuple[str, ...]
    weights: tuple[str, ...]
    strengths: tuple[str, ...] = ()

    def step(
        self,
        xp: Namespace,
        graph: Graph,
        data: Arrays,
        parameters: Arrays,
        state: Any,
        rate: Any,
        t: Any,
        sizes: Mapping[str, Any],
        keep: Keep | None = None,
    ) -> Stepped:
        """One update; `parameters` holds the frozen ones too. t: the update's number, from 1."""
        values = evaluate(graph, {**data, **parameters}, xp, keep=keep)
        found = backward(graph, values, xp, only=self.learned, keep=keep)
        # What the loss does not depend on has no gradient, and stays.
        raw = {name: found[name] for name in self.learned if name in found}
        gradients = self.adjusted(xp, raw, parameters, sizes)
        steps, state = self.rule.update(xp, parameters, gradients, state, rate, t)
        if "weight_decay" in self.strengths:
            for name in self.weights:
                steps[name] = steps[name] - rate * sizes["weight_decay"] * parameters[name]
        after = {**parameters, **{name: parameters[name] + s for name, s in steps.items()}}
        return Stepped(after, state, values, raw, steps)

    def adjusted(
        self, xp: Namespace, raw: Arrays, parameters: Arrays, sizes: Mapping[str, Any]
    ) -> dict[str, Array]:
        """The gradients with the penalties' parts, then clipped.

        l1: λ·Σ|w| is added to the loss; l2: ½·λ·Σw². clip_value: each entry is held within ±c;
        clip_norm: all of them together are scaled down to the norm c (Pascanu and others 2013).
        """
        gradients = dict(raw)
        for name in self.weights:
            if "l2" in self.strengths:
                gradients[name] = gradients[name] + sizes["l2"] * parameters[name]
            if "l1" in self.strengths:
                gradients[name] = gradients[name] + sizes["l1"] * xp.sign(parameters[name])
        if "clip_value" in self.strengths:
            c = sizes["clip_value"]
            gradients = {k: xp.maximum(xp.minimum(g, c), -c) for k, g in gradients.items()}
        if "clip_norm" in self.strengths:
            norm = total_norm(xp, gradients.values())
            shrink = xp.minimum(sizes["clip_norm"] / (norm + 1e-6), 1.0)  # 1e-6 as PyTorch
            gradients = {k: g * shrink for k, g in gradients.items()}
        return gradients

    def penalty(self, xp: Namespace, parameters: Arrays, sizes: Mapping[str, Any]) -> Any:
        """What the penalties add to the loss."""
        total: Any = 0.0
        for name in self.weights:
            if "l2" in self.strengths:
                total = total + 0.5 * sizes["l2"] * xp.sum(parameters[name] ** 2)
            if "l1" in self.strengths:
                total = total + sizes["l1"] * xp.sum(xp.abs(parameters[name]))
        return total


def total_norm(xp: Namespace, arrays: Any) -> Any:
    """The Euclidean norm of several arrays together."""
    squares: Callable[..., Any] = xp.sum
    return xp.sqrt(sum(squares(a**2) for a in arrays))
