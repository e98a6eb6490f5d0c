"""A JAX function as a claim: the gradient that JAX computes, custom rules included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from whygrad.arguments import Arguments
from whygrad.checking.claim import Arrays, Claim
from whygrad.checking.claims import operands_of, weighed, weights
from whygrad.checking.precision import precision_of, wide_where_it_runs
from whygrad.errors import DataError
from whygrad.interop.jaxpr import called, is_float


def claim(call: Arguments) -> Claim:
    """A function of arrays or trees of arrays, called by name, and JAX's gradient of it.

    Whole numbers, keys and other static things among its arguments stay as they are. It runs in the
    type of its floats: float64 for NumPy's float64, whatever JAX is set to.
    Raises DataError where there are no floats, or where the function cannot be called.
    """
    leaves, tree = jax.tree_util.tree_flatten_with_path(dict(call.arguments))
    places = {called(path): k for k, (path, leaf) in enumerate(leaves) if is_float(leaf)}
    if not places:
        raise DataError("The function was given no floats, so nothing has a gradient.")
    types = {name: np.asarray(leaves[k][1]).dtype for name, k in places.items()}
    wide = any(t == np.float64 for t in types.values())
    still = [leaf for _, leaf in leaves]

    def result(arrays: Mapping[str, Any]) -> Any:
        filled = list(still)
        for name, k in places.items():
            filled[k] = arrays[name]
        given = jax.tree_util.tree_unflatten(tree, filled)
        parts = jax.tree_util.tree_leaves(call.again(given))
        return [jnp.asarray(part) for part in parts]

    def number(arrays: Mapping[str, Any]) -> Any:
        """The result as one number; weighted where it is several, as everywhere."""
        total: Any = 0.0
        for k, part in enumerate(result(arrays)):
            u = jnp.asarray(weights(part.shape, k), part.dtype)
            total += jnp.sum(part * u) if part.shape else part * (k + 1)
        return total

    def cast(arrays: Arrays, wide: bool = False) -> dict[str, Any]:
        return {n: jnp.asarray(a, np.float64 if wide else types[n]) for n, a in arrays.items()}

    compiled = _compiled(result)

    def value(arrays: Arrays, wide: bool = wide) -> float:
        with jax.enable_x64(wide):
            parts = [np.asarray(p, dtype=float) for p in compiled(cast(arrays, wide))]
        # Summed in float64, so that the sum adds no rounding to what the function has of its own.
        return weighed(parts)

    def gradients() -> dict[str, np.ndarray]:
        with jax.enable_x64(wide):
            found = jax.grad(number)(cast(point))
            return {n: np.asarray(g, dtype=float) for n, g in found.items()}

    def pushed(direction: Arrays) -> float:
        with jax.enable_x64(wide):
            return float(jax.jvp(number, (cast(point),), (cast(direction),))[1])

    point = {n: np.array(leaves[k][1], dtype=float) for n, k in places.items()}
    try:
        found = gradients()
    except (TypeError, ValueError, AssertionError) as error:
        raise DataError("JAX cannot differentiate the function.", why=_first_line(error)) from None
    with jax.enable_x64(wide):
        parts = [np.asarray(part, dtype=float) for part in compiled(cast(point))]
    epsilon = max(float(jnp.finfo(t).eps) for t in types.values())
    epsilon = epsilon if wide else max(epsilon, float(np.finfo(np.float32).eps))
    epsilon = precision_of(value, point, epsilon)
    forward = pushed if _has_forward_mode(pushed, point) else None
    return Claim(
        value, point, found, epsilon, forward_mode=forward, again=gradients,
        operands=operands_of(point, parts),
        wide=wide_where_it_runs(lambda arrays: value(arrays, wide=True), value, point, epsilon),
    )  # fmt: skip


def _compiled(result: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled, or as it is where it asks for values."""
    jitted = jax.jit(result)

    def run(arrays: Any) -> Any:
        try:
            return jitted(arrays)
        except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError):
            return result(arrays)

    return run


def _has_forward_mode(pushed: Callable[[Arrays], float], point: Arrays) -> bool:
    """Whether forward mode is there: a function with a custom reverse rule has none."""
    try:
        pushed({n: np.zeros(a.shape) for n, a in point.items()})
    except (TypeError, ValueError, NotImplementedError):
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
