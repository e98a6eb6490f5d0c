"""Activations: by name, by formula, and which of them suit a loss."""

from __future__ import annotations

import copyreg
import math
from collections.abc import Callable, Sequence

import numpy as np

from whygrad.errors import ConfigError, nearest
from whygrad.models.objective import objective
from whygrad.op import REGISTRY, Op, find

STEPS = ("hardlim", "hardlims", "compet", "step", "sign", "heaviside")


def activation(given: str | Op) -> Op:
    """An activation by the name of an element-wise operation, or by its formula in x."""
    if isinstance(given, Op):
        return given
    known = {
        name
        for o in REGISTRY.values()
        if len(o.operands) == 1 and set(o.attributes) <= set(o.defaults)
        if o.elementwise or o.name in ("softmax", "log_softmax")
        for name in (o.name, *o.aliases)
    }
    if given in known:
        return find(given)
    if given in STEPS:
        raise ConfigError(
            f"{given!r} is no activation that learns.",
            why="it is a step: no gradient flows through it",
            hint="sigmoid (logsig), tanh (tansig), satlin",
        )
    if given.isidentifier() and given != "x":
        raise ConfigError(
            f"There is no activation {given!r}.",
            hint=nearest(given, known) + '; or a formula in x, "x / (1 + exp(-x))"',
        )
    from whygrad.derivatives import operation

    return operation(given)


def reach(op: Op) -> tuple[float, float]:
    """What an activation's outputs lie between, read off its values; infinite where they grow on.

    Of one that reads all units at once, it is everything.
    """
    if not op.elementwise:
        return -math.inf, math.inf
    large, huge = np.logspace(2, 6, 25), np.logspace(7, 30, 47)
    usual = np.concatenate([-large, np.linspace(-60, 60, 12_001), large])
    rest = np.concatenate([-huge, -1 / huge, 1 / huge, huge])
    with np.errstate(all="ignore"):
        found, beyond = (np.asarray(op(x), float) for x in (usual, rest))
    low, high = np.nanmin(found), np.nanmax(found)
    least, most = np.nanmin(beyond), np.nanmax(beyond)
    return (
        -math.inf if least < low - 0.01 else round(float(min(low, least)), 6),
        math.inf if most > high + 0.01 else round(float(max(high, most)), 6),
    )


def operation_named(name: str) -> Op:
    """The operation that was pickled under this name: a registered one, or a formula."""
    return REGISTRY[name] if name in REGISTRY else activation(name)


def _reduced(op: Op) -> tuple[Callable[[str], Op], tuple[str]]:
    return operation_named, (op.name,)


# An operation is rules, and rules are functions of no name; a network travels by its operations'.
copyreg.pickle(Op, _reduced)


def activations_of(
    given: str | Op | Sequence[str | Op], output: str | Op | None, count: int, loss: str
) -> tuple[Op, ...]:
    """One operation for each layer with weights; the output's must suit the loss."""
    fused = objective(loss).fused
    if isinstance(given, (str, Op)):
        hidden: list[str | Op] = [given] * (count - 1)
        last = output if output is not None else fused or given
    else:
        hidden = list(given)
        if len(hidden) == count and output is None:
            last = hidden.pop()
        elif len(hidden) == count - 1:
            last = output if output is not None else fused or "identity"
        else:
            raise ConfigError(
                "There must be one activation for each layer after the inputs.",
                given=f"{len(hidden)} activations for {count} layers",
            )
    chosen = tuple(activation(a) for a in (*hidden, last))
    if fused and chosen[-1].name not in (fused, "identity"):
        raise ConfigError(
            f"The loss {loss!r} contains the output activation {fused}.",
            given=f"output_activation = {chosen[-1].name!r}",
            why="it reads the output layer's net input",
            hint=f'output_activation = "{fused}"',
        )
    return chosen
