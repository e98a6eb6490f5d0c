"""check and check_gradient: is a gradient right? What was given becomes a claim, and is judged.

check(net, x, y)                  a network, a network file, a traced graph, a recorded pass
check(op)                         an operation, on its cases or on arrays of one's own
check(function, *arrays)          a function of wg.ops, of JAX, of PyTorch; an nn.Module
check_gradient(f, grad, x)        any function and what is claimed to be its gradient
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from whygrad.arguments import Arguments, bound_to
from whygrad.checking.claim import Claim
from whygrad.checking.claims import (
    claim_of_graph,
    claim_of_operation,
    claim_of_pair,
    claim_of_trace,
    claimed,
    weighted,
)
from whygrad.checking.report import Report, judge
from whygrad.errors import ConfigError
from whygrad.files import config
from whygrad.graph import Graph, trace
from whygrad.models.mlp import Network
from whygrad.op import Op
from whygrad.recording import Trace, backprop


def check(
    subject: Any,
    *arguments: Any,
    gradients: Mapping[str, Any] | None = None,
    learning_rate: float | None = None,
    **inputs: Any,
) -> Report:
    """Judges every gradient: by difference quotients, by second opinions, with a likely cause.

    subject: a Network with x and y, a network file, a Trace, a Graph with its inputs by name, an
    operation, a function of wg.ops, of JAX or of PyTorch with its arrays, or an nn.Module.
    gradients: what is claimed, by parameter; default: what whygrad, JAX or PyTorch computes.
    learning_rate: of an update that the claimed gradients may wrongly have been computed after.
    A result of several numbers is weighted with fixed numbers and summed.
    Of more than 5,000 numbers a seeded sample is looked at, and directions through all of them.
    Raises DataError, ShapeError, NameUnknownError, ConfigError for what does not fit.
    """
    claim = claim_of(subject, arguments, inputs)
    if learning_rate is not None:
        claim = replace(claim, learning_rate=learning_rate)
    return judge(claim if gradients is None else claimed(claim, gradients))


def claim_of(subject: Any, arguments: tuple[Any, ...], inputs: dict[str, Any]) -> Claim:
    """What was given as a claim."""
    if isinstance(subject, (str, Path)):
        file = config.read(subject)
        claim = claim_of_trace(backprop(file.network, *file.samples()))
        return replace(claim, learning_rate=file.training.learning_rate)
    if isinstance(subject, Trace):
        return claim_of_trace(subject)
    if isinstance(subject, Network):
        return claim_of_trace(backprop(subject, *arguments, **inputs))
    if isinstance(subject, Graph):
        named = dict(zip(("x", "y"), arguments, strict=False))
        return claim_of_graph(subject, named | inputs)
    if isinstance(subject, Op):
        return claim_of_operation(subject, arguments, inputs)
    torch = sys.modules.get("torch")  # a tensor or a module cannot be there without it
    if torch is not None:
        from whygrad.interop import torch as bridge

        if bridge.concerns(subject, arguments, inputs):
            return bridge.claim(subject, arguments, inputs)
    if not callable(subject):
        raise ConfigError(
            "There is nothing here that has gradients.",
            given=type(subject).__name__,
            hint="a network, a network file, a graph, an operation, or a function with its arrays",
        )
    return claim_of_function(subject, arguments, inputs)


# ---- functions ----------------------------------------------------------------------------------


def claim_of_function(
    function: Callable[..., Any], arguments: tuple[Any, ...], inputs: dict[str, Any]
) -> Claim:
    """A function of wg.ops where it can be traced, else one of JAX."""
    call = bound_to(function, arguments, inputs)
    arrays = dict(call.leaves())
    try:
        graph = trace(lambda **given: weighted(call.call(given)), **arrays)
    except Exception:  # no function of wg.ops: JAX may know what to do with it
        return claim_of_jax(call)
    return claim_of_graph(graph, arrays)


def claim_of_jax(call: Arguments) -> Claim:
    """A JAX function. Raises ConfigError where JAX is not installed."""
    try:
        from whygrad.interop import jax as bridge
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("jax", "jaxlib"):
            raise
        raise ConfigError(
            "The function is none of wg.ops, and JAX is not installed.",
            hint="pip install 'whygrad[train]'; or check_gradient(f, grad, x) for any function",
        ) from None
    return bridge.claim(call)


def check_gradient(f: Callable[..., Any], grad: Any, x: Any, *, quotient: Any = None) -> Report:
    """Judges any function and what is claimed to be its gradient.

    f: arrays → one number. grad: the function that computes the gradient, or its result.
    x: one array or number, called as f(x); a tuple of them, called as f(*x); a dict, as f(x).
    quotient: a difference quotient of one's own, to be judged too: where the gradient is right and
    the quotient is not, the verdict is `checker`.
    Raises DataError where f gives no number.
    """
    return judge(claim_of_pair(f, grad, x, quotient))
