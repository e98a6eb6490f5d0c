"""Opaque operations: what JAX computes, with JAX's own pull-back, as a node of a graph.

Its formula is its Jacobian here, in numbers: `asin_slope` is an array of the graph like any other,
and ∂y/∂x = asin_slope[0] a line of a derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from whygrad import symbols
from whygrad.errors import OperationError
from whygrad.graph import Node, Tracer, Variable
from whygrad.op import Op

LARGEST_JACOBIAN = 2_000_000  # numbers; of a larger one no formula is shown
MOVED = 16  # entries that are moved to see whether a function works element by element
# Primitives that work element by element, so that their Jacobian is an array of slopes.
ELEMENTWISE = frozenset(
    ("abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clamp",
     "cosh", "digamma", "erf_inv", "erfc", "floor", "lgamma", "rem", "round", "sign", "sinh",
     "stop_gradient", "tan")
)  # fmt: skip
# Primitives whose inner programs are compiled for their types: XLA complains of any other aloud.
TYPED = ("custom_linear_solve",)


@dataclass(frozen=True, eq=False)
class Bound:
    """One result of an equation of a jaxpr, as a function of the operands that vary.

    operands: every operand's concrete value. varying: which of them are given anew in a call.
    """

    equation: Any
    output: int
    operands: Sequence[Any]
    varying: Sequence[int]

    def __call__(self, given: Sequence[Any]) -> np.ndarray:
        """The result for other operands: in the types of the equation, in float64 if given so."""
        try:
            return self.finely(given, lambda operands: np.asarray(self.run(operands)))
        except Exception as error:  # whatever an operation of JAX raises
            raise OperationError(
                f"JAX cannot compute {self.equation.primitive.name} here.", why=reason(error)
            ) from None

    def finely(self, given: Sequence[Any], compute: Callable[[list[Any]], Any]) -> Any:
        """What is computed of all operands; in float64 where they are, if the equation allows."""
        typed = self.equation.primitive.name in TYPED
        if not (self.wide or typed) and any(np.asarray(a).dtype == np.float64 for a in given):
            try:
                with jax.enable_x64(True):
                    return compute(self.filled(given, "float64"))
            except Exception:  # types are written into the equation; jaxlib raises its own errors
                pass
        with jax.enable_x64(self.wide):
            return compute(self.filled(given))

    def run(self, operands: Sequence[Any]) -> Any:
        return bind(self.equation, operands)[self.output]

    @property
    def wide(self) -> bool:
        """Whether the equation is written in types of 64 bits."""
        kinds = (a.aval.dtype for a in self.equation.invars)
        return any(np.dtype(k).itemsize == 8 for k in kinds if isinstance(k, np.dtype))

    def filled(self, given: Sequence[Any], floats: str = "") -> list[Any]:
        """All operands, in the equation's types; its floats in another where one is named."""
        operands = list(self.operands)
        for k, array in zip(self.varying, given, strict=True):
            operands[k] = np.asarray(array)
        return [
            jnp.asarray(o, floats if floats and is_float(a) else a.aval.dtype)
            for o, a in zip(operands, self.equation.invars, strict=True)
        ]

    def pull(self, given: Sequence[Any], slots: Sequence[int], g: Any) -> dict[int, np.ndarray]:
        """JAX's own gradient of the operands at these slots, from the gradient of the result.

        g: of the result's shape; or several of them, along a first axis that the answer has, too.
        """

        def pulled(operands: list[Any]) -> Any:
            def function(*floats: Any) -> Any:
                moved = list(operands)
                for slot, array in zip(slots, floats, strict=True):
                    moved[self.varying[slot]] = array
                return self.run(moved)

            y, pull = jax.vjp(function, *(operands[self.varying[s]] for s in slots))
            upstream = jnp.asarray(np.asarray(g), y.dtype)
            return jax.vmap(pull)(upstream) if upstream.ndim > y.ndim else pull(upstream)

        try:
            found = self.finely(given, pulled)
        except Exception as error:  # whatever an operation of JAX, or a rule of its own, raises
            raise OperationError(
                f"JAX cannot differentiate {self.equation.primitive.name}.", why=reason(error)
            ) from None
        return {s: np.asarray(part) for s, part in zip(slots, found, strict=True)}

    def diagonal(self, slots: Sequence[int], value: np.ndarray) -> bool:
        """Whether the Jacobian is diagonal, though pulled back row by row it has NaN beside that.

        A rule g / (2√x) makes 0 · ∞ = NaN of the zeros of every other row, which says nothing: an
        entry moves there what it moves in the result.
        """
        rows = self.jacobians(slots, value.shape, False)
        bad = set[tuple[int, int]]()
        for slot, found in rows.items():
            if found is None:
                return False
            beside = np.where(np.eye(value.size, dtype=bool), 0.0, found)
            if np.any(np.nan_to_num(beside, nan=0.0)):
                return False
            bad |= {(slot, int(j)) for j in np.flatnonzero(np.isnan(beside).any(axis=0))}
        return bool(bad) and not any(self.spreads(*at, value) for at in sorted(bad)[:MOVED])

    def spreads(self, slot: int, entry: int, value: np.ndarray) -> bool:
        """Whether an entry of an operand moves other entries of the result than its own."""
        given = [np.array(self.operands[k]) for k in self.varying]
        given[slot].flat[entry] += 1e-2 * max(1.0, abs(float(given[slot].flat[entry])))
        now, before = np.delete(self(given), entry), np.delete(value, entry)
        return not np.array_equal(now, before, equal_nan=True)

    def jacobians(
        self, slots: Sequence[int], shape: tuple[int, ...], elementwise: bool
    ) -> dict[int, np.ndarray | None]:
        """∂result/∂operand here: an array of slopes, or (results, operands); None if too large."""
        here = [self.operands[k] for k in self.varying]
        if elementwise and slots:
            pulled = self.pull(here, slots, np.ones(shape))
            return {slot: part.astype(float) for slot, part in pulled.items()}
        m, largest = int(np.prod(shape)), max((np.size(here[s]) for s in slots), default=0)
        if m * largest > LARGEST_JACOBIAN:
            return dict.fromkeys(slots)
        try:
            rows = self.pull(here, slots, np.eye(m).reshape(m, *shape)) if slots else {}
        except OperationError:  # no gradient, or not of many at once: the pull-back alone is left
            return dict.fromkeys(slots)
        return {slot: np.reshape(part, (m, -1)).astype(float) for slot, part in rows.items()}


def reason(error: Exception) -> str:
    """An error's first line; its type where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def function_name(equation: Any) -> str:
    """What an equation computes: the function's name where it calls one, else the primitive's."""
    inner = equation.params.get("call_jaxpr") or equation.params.get("jaxpr")
    info = getattr(getattr(inner, "jaxpr", inner), "debug_info", None)
    found = equation.params.get("name") or getattr(info, "func_name", "")
    return str(found or equation.primitive.name)


def is_float(atom: Any) -> bool:
    """Whether an operand of an equation holds floats."""
    return bool(jnp.issubdtype(atom.aval.dtype, jnp.floating))


def bind(equation: Any, values: Sequence[Any]) -> list[Any]:
    """An equation's results, computed by JAX."""
    primitive = equation.primitive
    params: Any = primitive.get_bind_params(equation.params)
    # Before JAX 0.8 the functions of a call stood apart from its other parameters.
    functions, params = params if isinstance(params, tuple) else ((), params)
    found = primitive.bind(*functions, *values, **params)
    return list(found) if primitive.multiple_results else [found]


@dataclass(frozen=True, eq=False)
class Opaque:
    """The two rules of an opaque node: JAX's where they are run, its Jacobian where shown."""

    id: str
    function: Bound
    slots: Sequence[int]  # those that have a gradient
    shapes: Sequence[tuple[int, ...]]  # of the operands that vary
    shape: tuple[int, ...]
    elementwise: bool
    primes: Mapping[int, np.ndarray | None] = field(default_factory=dict)

    def prime(self, slot: int) -> str:
        """What the Jacobian with respect to an operand is called."""
        kind = "slope" if self.elementwise else "jacobian"
        return f"{self.id}_{kind}" + (str(slot + 1) if len(self.slots) > 1 else "")

    def forward(self, xp: Any, *given: Any) -> Any:
        return symbols.symbol(self.id, self.shape) if xp.shows else self.function(given)

    def back(self, xp: Any, g: Any, y: Any, *given: Any) -> tuple[Any, ...]:
        if xp.shows:
            parts = {slot: self.formula(slot, g) for slot in self.slots}
        else:
            parts = self.function.pull(given, self.slots, g) if self.slots else {}
        return tuple(parts.get(slot) for slot in range(len(self.shapes)))

    def formula(self, slot: int, g: Any) -> Any:
        """Upstream · Jacobian, in symbols."""
        numbers = self.primes[slot]
        if numbers is None:
            raise OperationError(
                f"The Jacobian of {self.id} is too large to be shown.", why="JAX computes it whole"
            )
        jacobian = symbols.symbol(self.prime(slot), numbers.shape)
        if self.elementwise:
            return g * jacobian
        row = symbols.xp.matmul(symbols.xp.reshape(g, (1, -1)), jacobian)
        return symbols.xp.reshape(row, self.shapes[slot])


def opaque(
    tracer: Tracer, equation: Any, operands: Sequence[Any], values: Sequence[Any],
    output: int, value: np.ndarray, line: str,
) -> Variable:  # fmt: skip
    """A node for one result of an equation of a jaxpr.

    operands: variables, or what others are fixed to. values: their numbers here, value: the result.
    """
    name = function_name(equation)
    varying = [k for k, o in enumerate(operands) if isinstance(o, Variable)]
    inputs = [operands[k].node for k in varying]
    smooth = bool(jnp.issubdtype(value.dtype, jnp.floating))
    slots = [  # positions have no gradient, though their node may be one of floats
        s
        for s, (k, node) in enumerate(zip(varying, inputs, strict=True))
        if smooth and not node.integer and is_float(equation.invars[k])
    ]
    shapes = [node.shape for node in inputs]
    function = Bound(equation, output, values, varying)
    elementwise = all(s == value.shape for s in shapes) and (
        equation.primitive.name in ELEMENTWISE or function.diagonal(slots, value)
    )
    primes = function.jacobians(slots, value.shape, elementwise)
    rules = Opaque(tracer.fresh(name), function, slots, shapes, value.shape, elementwise, primes)
    for slot, numbers in primes.items():
        if numbers is not None:
            node = Node(rules.prime(slot), shape=numbers.shape, value=numbers, role="constant")
            tracer.add(node)
    made = Op(name, f"{name}, as JAX computes it.", rules.forward, back=rules.back, module="opaque")
    ids = tuple(node.id for node in inputs)
    return tracer.add(Node(rules.id, made, ids, {}, value.shape, integer=not smooth, source=line))
