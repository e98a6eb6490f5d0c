"""A PyTorch module or function as a claim: the gradient that autograd computes, on its own device.

A module's own state stays as it is: parameters are handed in, buffers are copies, no .grad is
touched, and nothing is switched between training and evaluation.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

from whygrad.checking.claim import Arrays, Claim
from whygrad.checking.claims import operands_of, weighed, weights
from whygrad.checking.precision import precision_of, wide_where_it_runs
from whygrad.errors import DataError


def concerns(subject: Any, arguments: tuple[Any, ...], inputs: Mapping[str, Any]) -> bool:
    """Whether something is PyTorch's: a module, an autograd function, or called with tensors."""
    if isinstance(subject, torch.nn.Module) or _is_function_class(subject):
        return True
    return any(isinstance(a, torch.Tensor) for a in (*arguments, *inputs.values()))


def _is_function_class(subject: Any) -> bool:
    return isinstance(subject, type) and issubclass(subject, torch.autograd.Function)


def claim(subject: Any, arguments: tuple[Any, ...], inputs: Mapping[str, Any]) -> Claim:
    """A module with its inputs, an autograd.Function, or any callable with tensors.

    Checked are its floating-point parameters and tensors, each in its own type and on its device.
    Raises DataError where there are none, or where no gradient reaches any.
    """
    call = subject.apply if _is_function_class(subject) else subject
    module = call if isinstance(call, torch.nn.Module) else None
    names = _names(subject, arguments)
    given = dict(zip(names, arguments, strict=True)) | dict(inputs)
    tensors = {n: t for n, t in given.items() if _is_float(t)}
    parameters = {} if module is None else dict(module.named_parameters())
    learned = {n: p for n, p in parameters.items() if _is_float(p) and p.requires_grad}
    turned = {**learned, **tensors}
    if not turned:
        raise DataError("There are no floating-point tensors that could be checked.")

    def result(changed: Mapping[str, Any], wide: bool = False) -> list[Any]:
        there = {n: changed.get(n, a) for n, a in given.items()}
        positional = [there[n] for n in names]
        by_name = {n: there[n] for n in inputs}
        if module is None:
            return list(_tensors(call(*positional, **by_name)))
        state = {n: changed.get(n, p) for n, p in parameters.items()}
        state |= {n: b.clone() for n, b in module.named_buffers()}
        if wide:
            state = {n: p.double() if _is_float(p) else p for n, p in state.items()}
        found = torch.func.functional_call(module, state, tuple(positional), by_name)
        return list(_tensors(found))

    def cast(arrays: Arrays, *, grad: bool = False, wide: bool = False) -> dict[str, Any]:
        return {
            n: torch.tensor(
                a,
                dtype=torch.float64 if wide else turned[n].dtype,
                device=turned[n].device,
                requires_grad=grad,
            )
            for n, a in arrays.items()
        }

    def evaluated(arrays: Arrays, wide: bool = False) -> list[np.ndarray]:
        try:
            with torch.no_grad():
                return [_array(part) for part in result(cast(arrays, wide=wide), wide)]
        except RuntimeError:  # one that differentiates inside
            return [_array(p) for p in result(_copies(cast(arrays, grad=True, wide=wide)), wide)]

    def value(arrays: Arrays, wide: bool = False) -> float:
        return weighed(evaluated(arrays, wide))

    def number(changed: Mapping[str, Any]) -> Any:
        total: Any = 0.0
        for k, part in enumerate(result(changed)):
            u = torch.as_tensor(weights(tuple(part.shape), k), dtype=part.dtype, device=part.device)
            total = total + ((part * u).sum() if part.shape else part * (k + 1))
        return total

    def gradients() -> dict[str, np.ndarray]:
        leaves = cast(point, grad=True)
        total = number(_copies(leaves))
        if not (isinstance(total, torch.Tensor) and total.requires_grad):
            raise DataError(
                "No gradient leads from the result to the tensors.",
                why="it was cut: detach(), .item(), no_grad, or a conversion to NumPy",
            )
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        return {
            n: np.zeros(point[n].shape) if g is None else _array(g)
            for n, g in zip(leaves, found, strict=True)
        }

    def pushed(direction: Arrays) -> float:
        primals, tangents = cast(point), cast(direction)
        with warnings.catch_warnings():  # PyTorch warns of what it uses itself
            warnings.simplefilter("ignore", DeprecationWarning)
            return float(_array(torch.func.jvp(number, (primals,), (tangents,))[1]))

    point = {n: _array(t) for n, t in turned.items()}
    refused: dict[str, str] = {}
    try:
        found = gradients()
    except RuntimeError as error:  # a user's backward may fail in any way
        found, refused = {}, dict.fromkeys(point, str(error).strip().splitlines()[0])
    try:
        parts = evaluated(point)
    except (RuntimeError, TypeError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError("PyTorch cannot run the function.", why=why) from None
    epsilon = max(float(torch.finfo(t.dtype).eps) for t in turned.values())
    epsilon = precision_of(value, point, epsilon)
    forward = None if refused or not _works(pushed, point) else pushed
    return Claim(
        value, point, found, epsilon, forward_mode=forward, again=gradients, refused=refused,
        operands=operands_of(point, parts),
        wide=wide_where_it_runs(lambda arrays: value(arrays, wide=True), value, point, epsilon),
    )  # fmt: skip


def _copies(leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Copies through which a gradient goes, and which a function may change in place."""
    return {name: leaf.clone() for name, leaf in leaves.items()}


def _works(pushed: Callable[[Arrays], float], point: Arrays) -> bool:
    """Whether forward mode is there for everything in the function."""
    try:
        pushed({n: np.zeros(a.shape) for n, a in point.items()})
    except (RuntimeError, NotImplementedError, TypeError):
        return False
    return True


def _names(subject: Any, arguments: tuple[Any, ...]) -> list[str]:
    """What the positional arguments are called."""
    called = subject.forward if hasattr(subject, "forward") else subject
    try:
        parameters = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    if _is_function_class(subject):
        plain = plain[1:]  # ctx
    return [plain[k] if k < len(plain) else f"x{k + 1}" for k in range(len(arguments))]


def _is_float(thing: Any) -> bool:
    return isinstance(thing, torch.Tensor) and thing.dtype.is_floating_point


def _tensors(result: Any) -> Iterator[Any]:
    """The floating-point tensors of a result, however they are nested."""
    if _is_float(result):
        yield result
    elif isinstance(result, Mapping):
        for part in result.values():
            yield from _tensors(part)
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from _tensors(part)


def _array(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().to(dtype=torch.float64, device="cpu").numpy())
