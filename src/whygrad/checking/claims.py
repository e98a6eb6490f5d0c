"""Claims of recorded passes, graphs, operations and pairs of functions; of one's own gradients."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from whygrad.cases import cases
from whygrad.checking.claim import Along, Arrays, Claim, Loss
from whygrad.checking.entries import rerun
from whygrad.checking.precision import precision_of, wide_where_it_runs
from whygrad.derivation import Pass
from whygrad.engine.eager import given_to
from whygrad.errors import DataError, NameUnknownError, ShapeError, nearest
from whygrad.forward import evaluate
from whygrad.graph import Graph, trace
from whygrad.numeric import xp
from whygrad.op import Op, find
from whygrad.recording import Trace
from whygrad.reverse import backward

# ---- whygrad's own passes -----------------------------------------------------------------------


def claim_of_trace(recorded: Trace) -> Claim:
    """The gradients of a recorded pass."""
    values = recorded.recorded.values
    point = {n.id: np.array(values[n.id], dtype=float) for n in recorded.parameters}
    return _own(recorded, point, recorded.gradients, {})


def _own(recorded: Trace, point: Arrays, gradients: Arrays, refused: Mapping[str, str]) -> Claim:
    graph, values = recorded.graph, recorded.recorded.values
    given = {n.id: values[n.id] for n in graph.sources}

    def value(arrays: Arrays) -> float:
        return float(np.reshape(evaluate(graph, {**given, **arrays}, xp)[graph.output], ()))

    def along(name: str) -> Along:
        return rerun(graph, values, name)

    def oracle() -> Arrays:
        from whygrad.engine import compiled

        return compiled.gradients_of(graph, given, list(point))

    def pushed(direction: Arrays) -> float:
        from whygrad.engine import compiled

        return compiled.pushed_forward(graph, given, direction)

    asked = "jax" in sys.modules  # a second to import: asked where it is there already
    return Claim(
        value, point, gradients, along=along, refused=refused, trace=recorded, own=True,
        oracle=oracle if asked else None, forward_mode=pushed if asked else None,
    )  # fmt: skip


def claim_of_graph(graph: Graph, inputs: Mapping[str, Any]) -> Claim:
    """A traced graph at given inputs; a rule that fails is a verdict, not an error."""
    values = evaluate(graph, given_to(graph, inputs), xp)
    arrays = {k: np.asarray(v) for k, v in values.items()}
    blank = Trace(Pass(graph, arrays, {}))
    point = {n.id: np.array(arrays[n.id], dtype=float) for n in blank.parameters}
    try:
        found = backward(graph, values, xp)
    except ShapeError:
        raise
    except Exception as error:  # a user's rule may fail in any way
        why = f"{type(error).__name__}: {error}"
        return _own(blank, point, {}, dict.fromkeys(point, why))
    recorded = Trace(Pass(graph, arrays, found))
    gradients = {k: np.asarray(found.get(k, np.zeros(a.shape))) for k, a in point.items()}
    refused = {
        k: f"shape {g.shape} for an array of shape {point[k].shape}"
        for k, g in gradients.items()
        if g.shape != point[k].shape
    }
    return _own(recorded, point, gradients, refused)


def claim_of_operation(op: Op, arguments: tuple[Any, ...], inputs: dict[str, Any]) -> Claim:
    """An operation on arrays of one's own, or on those that its first case draws."""
    attributes = {k: v for k, v in inputs.items() if k in op.attributes}
    named = {k: v for k, v in inputs.items() if k not in op.attributes}
    if not arguments and not named:
        drawn = cases(op)
        if not drawn:
            raise DataError(
                f"The operation {op.name!r} has no cases to be tried on.",
                hint=f"check({op.name}, array, …), or cases=[...] in @op",
            )
        arguments, attributes = tuple(drawn[0].draw()), dict(drawn[0].attributes)
    names = [f"x{i + 1}" for i in range(len(arguments))] if op.variadic else list(op.operands)
    arrays = dict(zip(names, map(np.asarray, arguments), strict=False)) | {
        k: np.asarray(v) for k, v in named.items()
    }

    def function(**given: Any) -> Any:
        return weighted(op(*[given[n] for n in names], **attributes))

    return claim_of_graph(trace(function, **arrays), arrays)


def weighted(result: Any) -> Any:
    """A traced result as one number: summed with weights, so that no entry's share can hide."""
    if result.shape == ():
        return result
    return find("sum")(result * weights(result.shape))


def weights(shape: tuple[int, ...], result: int = 0) -> np.ndarray:
    """The fixed numbers with which a result of several numbers is summed; others for each result.

    With the same ones, results whose gradients are exchanged would pass.
    """
    return np.random.default_rng(result).uniform(0.5, 1.5, shape) * np.where(
        np.arange(int(np.prod(shape))).reshape(shape) % 2, -1.0, 1.0
    )


def weighed(parts: Sequence[np.ndarray]) -> float:
    """Several results as one number, as `weights` sums them."""
    each = (
        np.sum(p * weights(p.shape, k)) if p.shape else p * (k + 1) for k, p in enumerate(parts)
    )
    return float(sum(each))


# ---- functions and their gradients --------------------------------------------------------------


def claim_of_pair(f: Callable[..., Any], grad: Any, x: Any, own: Any = None) -> Claim:
    """A function and its gradient as a claim."""
    packing = Packing(x)
    point = packing.named(x)
    for name, array in point.items():
        kind = np.asarray(array).dtype
        if not np.issubdtype(kind, np.number) or np.issubdtype(kind, np.complexfloating):
            raise DataError(f"{name} must hold real numbers.", given=str(kind))
        if not np.isfinite(array).all():
            raise DataError(f"{name} holds numbers that are not finite.", hint="wg.why_not_finite")
    types = [np.asarray(a).dtype for a in point.values()]
    coarse = [t for t in types if np.issubdtype(t, np.floating)] or [np.dtype(float)]
    epsilon = max(float(np.finfo(t).eps) for t in coarse)
    kinds = {n: np.asarray(a).dtype for n, a in point.items()}

    def call(arrays: Arrays, wide: bool = False) -> tuple[Any, ...]:
        own = {n: not wide and np.issubdtype(kinds[n], np.floating) for n in arrays}
        cast = {n: np.array(a, dtype=kinds[n] if own[n] else float) for n, a in arrays.items()}
        return packing.arguments(cast)

    def value(arrays: Arrays, wide: bool = False) -> float:
        result = np.asarray(f(*call(arrays, wide)), dtype=float)
        if result.size != 1:
            raise DataError(
                "The function must give one number.",
                given=f"an array of shape {result.shape}",
                hint="sum it, with weights that differ: np.sum(u * f(x))",
            )
        return float(result.reshape(()))

    def gradients() -> Arrays:
        return arrays_of(packing.named(grad(*call(point)) if callable(grad) else grad))

    floats = {n: np.array(a, dtype=float) for n, a in point.items()}
    epsilon = precision_of(value, floats, epsilon)
    claim = Claim(
        value, floats, {}, epsilon, again=gradients if callable(grad) else None, operands=floats,
        wide=wide_where_it_runs(lambda arrays: value(arrays, wide=True), value, floats, epsilon),
    )  # fmt: skip
    measured = own(*call(point)) if callable(own) else own
    own_arrays = None if own is None else arrays_of(packing.named(measured))
    return fitted(claim, gradients(), own_arrays)


def operands_of(point: Arrays, results: Sequence[np.ndarray]) -> Arrays:
    """What a function's gradients may be made of: the point; one result and its weights."""
    if len(results) != 1 or not results[0].shape:
        return point
    return {"g": weights(results[0].shape), **point, "y": results[0]}


class Packing:
    """How a point is handed to a function: alone, as several arguments, as a dict."""

    def __init__(self, x: Any) -> None:
        self.kind = "dict" if isinstance(x, Mapping) else "tuple" if isinstance(x, tuple) else ""

    def named(self, x: Any) -> dict[str, Any]:
        """The arrays by name: x; x1, x2, …; the dict's own."""
        if self.kind == "dict":
            return {str(k): np.asarray(v) for k, v in x.items()}
        if self.kind == "tuple":
            parts = x if isinstance(x, (tuple, list)) else (x,)
            return {f"x{i + 1}": np.asarray(v) for i, v in enumerate(parts)}
        return {"x": np.asarray(x)}

    def arguments(self, arrays: Arrays) -> tuple[Any, ...]:
        """The arguments of a call."""
        return (dict(arrays),) if self.kind == "dict" else tuple(arrays.values())


# ---- claims of one's own ------------------------------------------------------------------------


def claimed(claim: Claim, gradients: Mapping[str, Any]) -> Claim:
    """The same function with gradients that somebody claims, one array for each name given."""
    unknown = [name for name in gradients if name not in claim.point]
    if unknown:
        raise NameUnknownError(
            f"There is no parameter {unknown[0]!r}.", hint=nearest(unknown[0], claim.point)
        )
    if not gradients:
        raise DataError("No gradients were given.", hint='{"W1": array, …}; or leave them out')
    point = {k: v for k, v in claim.point.items() if k in gradients}
    fresh = replace(
        claim,
        value=_rest_stays(claim, claim.value),
        wide=None if claim.wide is None else _rest_stays(claim, claim.wide),
        point=point,
        oracle=None,
        forward_mode=None,
        again=None,
        own=False,
    )
    return fitted(fresh, arrays_of(gradients))


def _rest_stays(claim: Claim, value: Loss) -> Loss:
    return lambda arrays: value({**claim.copies(), **arrays})


def fitted(claim: Claim, gradients: Arrays, own: Arrays | None = None) -> Claim:
    """A claim with its gradients; those of another shape are refused with the reason."""
    unknown = [name for name in gradients if name not in claim.point]
    if unknown:
        raise NameUnknownError(
            f"There is nothing called {unknown[0]!r} to have a gradient.",
            hint=nearest(unknown[0], claim.point),
        )
    refused = {}
    for name, array in claim.point.items():
        if name not in gradients:
            refused[name] = "no gradient was given"
        elif gradients[name].shape != array.shape:
            refused[name] = f"shape {gradients[name].shape} for an array of shape {array.shape}"
    return replace(claim, gradients=dict(gradients), refused=refused, quotients=own)


def arrays_of(gradients: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Gradients as float64 arrays."""
    found = {}
    for name, given in gradients.items():
        if given is None:
            continue
        try:
            array = np.asarray(given)
            found[name] = array.astype(float, casting="same_kind")
        except (TypeError, ValueError):
            raise DataError(
                f"The gradient of {name} is no array of real numbers.",
                given=type(given).__name__ if not isinstance(given, np.ndarray) else "complex",
            ) from None
    return found
