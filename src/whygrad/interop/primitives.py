"""Which of JAX's primitives are operations of whygrad: with the same value and the same rule.

A rule takes an equation, its operands (variables, or concrete arrays) and their numbers, and gives
a variable, a list of them, or None where the operation is another one after all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from whygrad import ops
from whygrad.graph import Variable
from whygrad.interop.opaque import bind, function_name
from whygrad.op import Op, find, make_op
from whygrad.ops.reduce import spread

Rule = Callable[[Any, Sequence[Any], Sequence[Any]], Any]

# Calls that are read as if their equations stood in the caller: the parameter with the equations.
INLINED = {
    "jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "core_call": "call_jaxpr",
    "remat": "jaxpr", "checkpoint": "jaxpr", "remat2": "jaxpr",
}  # fmt: skip
LN2 = math.log(2.0)
# What only picks and moves numbers, and so can be read off where it moves their positions.
MOVES = ("gather", "dynamic_slice", "rev")


def plain(name: str | Op) -> Rule:
    """An operation or the one of a name, element by element, on the operands as they are."""
    return lambda equation, operands, values: record(name, *short(operands))


def record(name: str | Op, *operands: Any, **attributes: Any) -> Variable:
    """An operation of ours on variables and concrete arrays."""
    variable = next(o for o in operands if isinstance(o, Variable))
    given = tuple(o if isinstance(o, Variable) else np.asarray(o) for o in operands)
    chosen = name if isinstance(name, Op) else find(name)
    return variable.record(chosen, given, attributes)


def short(operands: Sequence[Any]) -> list[Any]:
    """Operands of equal shapes; a concrete array of equal numbers is written as that number."""
    largest = max(o.node.size for o in operands if isinstance(o, Variable))

    def one(operand: Any) -> Any:
        if isinstance(operand, Variable):
            return operand
        array = np.asarray(operand)
        same = array.dtype.kind == "f" and array.size and (array == array.flat[0]).all()
        return array.flat[0] if same and array.size <= largest else array

    return [one(operand) for operand in operands]


def passed(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """The operands as they are."""
    return list(operands) if equation.primitive.multiple_results else operands[0]


def reshaped(x: Any, shape: Sequence[int]) -> Any:
    """A variable or an array in another shape; itself where it has that shape."""
    shape = tuple(int(n) for n in shape)
    if x.shape == shape:
        return x
    return ops.reshape(x, shape) if isinstance(x, Variable) else np.reshape(x, shape)


def transposed(x: Any, axes: Sequence[int]) -> Any:
    if tuple(axes) == tuple(range(len(axes))):
        return x
    return ops.transpose(x, tuple(axes)) if isinstance(x, Variable) else np.transpose(x, axes)


# ---- where JAX multiplies and whygrad selects ---------------------------------------------------
# With ∞ from above 0 · ∞ is NaN in JAX; a rule of ours that selects would hide it.


def _larger(xp: Any, y: Any, a: Any, b: Any) -> Any:
    return xp.where(a > b, 1.0, xp.where(xp.equal(a, b), 0.5, 0.0))


MAXIMUM = make_op(
    find("maximum").forward, name="maximum", convention=find("maximum").convention,
    local=(_larger, lambda xp, y, a, b: _larger(xp, y, b, a)),
)  # fmt: skip
MINIMUM = make_op(
    find("minimum").forward, name="minimum", convention=find("minimum").convention,
    local=(lambda xp, y, a, b: _larger(xp, y, b, a), _larger),
)  # fmt: skip


def _shared(xp: Any, g: Any, y: Any, x: Any, *, axis: Any, keepdims: bool) -> tuple[Any]:
    hit = xp.where(xp.equal(x, spread(xp, y, x, axis, keepdims)), 1.0, 0.0)
    ties = xp.let("ties", xp.sum(hit, axis=axis, keepdims=True))
    return (spread(xp, g, x, axis, keepdims) * (hit / ties),)


MAX = make_op(find("max").forward, name="max", convention=find("max").convention, back=_shared)


# ---- element by element -------------------------------------------------------------------------


def maximum(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """max; of a variable and −∞ the variable."""
    for one, other in (operands, operands[::-1]):
        if not isinstance(other, Variable) and np.all(np.asarray(other) == -np.inf):
            return one if one.shape == equation.outvars[0].aval.shape else None
    return record(MAXIMUM, *short(operands))


def absolute(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """|x|; JAX's slope at 0 is 1, ours is 0, so there it is written with its two branches."""
    (x,) = operands
    if np.any(np.asarray(values[0]) == 0):
        return ops.where(x >= 0, x, -x)
    return ops.abs(x)


def clamp(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """A number between two borders; JAX's slope at a border is 0, ours is 1."""
    low, x, high = operands
    if isinstance(low, Variable) or isinstance(high, Variable) or np.size(low) * np.size(high) != 1:
        return None
    if np.any((values[1] == values[0]) | (values[1] == values[2])):
        return None
    return ops.clip(x, float(np.reshape(low, ())), float(np.reshape(high, ())))


def select(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """select_n with two branches: the first where the condition is false."""
    condition, *branches = operands
    if len(branches) != 2 or equation.invars[0].aval.dtype.kind != "b":
        return None
    return record("where", *short([condition, branches[1], branches[0]]))


def converted(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """A change of type: none between floats, 1 and 0 for a mask."""
    old, new = equation.invars[0].aval.dtype, equation.outvars[0].aval.dtype
    if jnp.issubdtype(old, jnp.floating) and jnp.issubdtype(new, jnp.floating):
        return operands[0]
    if old.kind == "b" and jnp.issubdtype(new, jnp.floating):
        return ops.where(operands[0], np.float64(1.0), np.float64(0.0))
    return None


def custom(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """Functions with a rule of their own that are operations of ours, with the same rule."""
    name = function_name(equation)
    if name == "relu":
        return ops.relu(operands[0])
    if name == "logaddexp" and len(operands) == 2:
        for one, other in (operands, operands[::-1]):
            if isinstance(one, Variable) and not isinstance(other, Variable) and not np.any(other):
                return ops.softplus(one) if one.shape == equation.outvars[0].aval.shape else None
    return None


# ---- along axes, shapes, products ---------------------------------------------------------------


def reduced(name: str | Op) -> Rule:
    def rule(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
        axes = tuple(int(a) for a in equation.params["axes"])
        return record(name, operands[0], axis=axes, keepdims=False) if axes else operands[0]

    return rule


def smallest(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    return -reduced(MAX)(equation, [-operands[0]], values)


def broadcast(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    x, shape = operands[0], tuple(int(n) for n in equation.params["shape"])
    kept = equation.params["broadcast_dimensions"]
    lengths = dict(zip(kept, x.shape, strict=True))
    x = reshaped(x, [lengths.get(k, 1) for k in range(len(shape))])
    return x if x.shape == shape else ops.broadcast_to(x, shape)


def sliced(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    p = equation.params
    steps = p["strides"] or (1,) * len(p["start_indices"])
    key = tuple(
        (int(a), int(s), -(-(int(b) - int(a)) // int(s)))
        for a, b, s in zip(p["start_indices"], p["limit_indices"], steps, strict=True)
    )
    return record("slice", operands[0], key=key)


def split(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    axis, start, parts = equation.params["axis"], 0, []
    for size in equation.params["sizes"]:
        key = tuple(
            (start, 1, int(size)) if k == axis else (0, 1, n)
            for k, n in enumerate(operands[0].shape)
        )
        parts.append(record("slice", operands[0], key=key))
        start += int(size)
    return parts


def product(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """dot_general as a matrix product with leading batch axes, transposed and reshaped to one."""
    (left, right), (left_batch, right_batch) = equation.params["dimension_numbers"]
    a, b = (o if isinstance(o, Variable) else np.asarray(o) for o in operands)
    rows = [k for k in range(len(a.shape)) if k not in (*left, *left_batch)]
    columns = [k for k in range(len(b.shape)) if k not in (*right, *right_batch)]
    batch = [a.shape[k] for k in left_batch]
    inner = math.prod(a.shape[k] for k in left)
    m, n = [a.shape[k] for k in rows], [b.shape[k] for k in columns]
    a = reshaped(transposed(a, (*left_batch, *rows, *left)), (*batch, math.prod(m), inner))
    b = reshaped(transposed(b, (*right_batch, *right, *columns)), (*batch, inner, math.prod(n)))
    return reshaped(record("matmul", a, b), (*batch, *m, *n))


def convolution(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """A plain convolution of images, its axes brought into our order."""
    p = equation.params
    spec = p["dimension_numbers"]
    plain_ = {*p["lhs_dilation"], *p["rhs_dilation"], p["feature_group_count"], 1} == {1}
    even = all(a == b for a, b in p["padding"]) and p["batch_group_count"] == 1
    if len(spec.lhs_spec) != 4 or not plain_ or not even:
        return None
    x, W = (o if isinstance(o, Variable) else np.asarray(o) for o in operands)
    images, kernels = transposed(x, spec.lhs_spec), transposed(W, spec.rhs_spec)
    stride, padding = tuple(p["window_strides"]), tuple(a for a, _ in p["padding"])
    made = record("conv2d", images, kernels, 0.0, stride=stride, padding=padding)
    return transposed(made, tuple(int(k) for k in np.argsort(spec.out_spec)))


def pooled(name: str) -> Rule:
    """A pooling over at most two axes; they are brought to the end, where ours has them."""

    def rule(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
        p, x = equation.params, operands[0]
        window, strides, padding = p["window_dimensions"], p["window_strides"], p["padding"]
        plain_ = {*p["base_dilation"], *p["window_dilation"], 1} == {1}
        cut_ = [k for k, n in enumerate(window) if n > 1 or strides[k] > 1 or any(padding[k])]
        whole = [k for k in range(len(window)) if k not in cut_]
        axes = [*whole[len(whole) + len(cut_) - 2 :], *cut_]
        even = all(a == b and 2 * a <= window[k] for k, (a, b) in enumerate(padding))
        if len(axes) != 2 or not plain_ or not even:
            return None
        order = [*(k for k in range(len(window)) if k not in axes), *axes]
        cut = {
            "kernel": tuple(window[k] for k in axes),
            "stride": tuple(strides[k] for k in axes),
            "padding": tuple(padding[k][0] for k in axes),
        }
        made = record(name, transposed(x, order), **cut)
        made = made if name == "max_pool2d" else made * float(math.prod(cut["kernel"]))
        return transposed(made, tuple(int(k) for k in np.argsort(order)))

    return rule


def moved(equation: Any, operands: Sequence[Any], values: Sequence[Any]) -> Any:
    """What picks numbers by positions that are fixed, as `gather` of the flattened array."""
    x, *others = operands
    if equation.primitive.name not in MOVES or any(isinstance(o, Variable) for o in others):
        return None
    if not isinstance(x, Variable) or x.node.size > 2**22:
        return None
    # float32 holds whole numbers up to 2²⁴: the positions go through the very same equation.
    positions = jnp.arange(x.node.size, dtype=values[0].dtype).reshape(x.shape)
    (found,) = bind(equation, [positions, *values[1:]])
    found = np.asarray(found)
    if not np.isfinite(found).all() or values[0].dtype.itemsize < 4:  # outside of the array
        return None
    return ops.gather(reshaped(x, (x.node.size,)), found.astype(np.int64))


PRIMITIVES: dict[str, Rule] = {
    "add": plain("add"),
    "add_any": plain("add"),
    "sub": plain("sub"),
    "mul": plain("mul"),
    "div": plain("div"),
    "neg": plain("neg"),
    "max": maximum,
    "min": plain(MINIMUM),
    "abs": absolute,
    "clamp": clamp,
    "exp": plain("exp"),
    "exp2": lambda e, o, v: record("exp", o[0] * LN2),
    "log": plain("log"),
    "log1p": plain("log1p"),
    "expm1": plain("expm1"),
    "tanh": plain("tanh"),
    "logistic": plain("sigmoid"),
    "erf": plain("erf"),
    "sin": plain("sin"),
    "cos": plain("cos"),
    "cosh": plain("cosh"),
    "sqrt": plain("sqrt"),
    "rsqrt": lambda e, o, v: o[0] ** -0.5,
    "square": lambda e, o, v: o[0] ** 2,
    "integer_pow": lambda e, o, v: o[0] ** int(e.params["y"]),
    "pow": plain("power"),
    "select_n": select,
    "eq": plain("equal"),
    "lt": plain("less"),
    "le": plain("less_equal"),
    "gt": plain("greater"),
    "ge": plain("greater_equal"),
    "convert_element_type": converted,
    "custom_jvp_call": custom,
    "copy": passed,
    "copy_p": passed,
    "device_put": passed,
    "optimization_barrier": passed,
    "reduce_precision": passed,
    "sharding_constraint": passed,
    "reduce_sum": reduced("sum"),
    "reduce_max": reduced(MAX),
    "reduce_min": smallest,
    "broadcast_in_dim": broadcast,
    "reshape": lambda e, o, v: reshaped(o[0], e.params["new_sizes"]),
    "squeeze": lambda e, o, v: reshaped(o[0], e.outvars[0].aval.shape),
    "expand_dims": lambda e, o, v: reshaped(o[0], e.outvars[0].aval.shape),
    "transpose": lambda e, o, v: transposed(o[0], e.params["permutation"]),
    "slice": sliced,
    "split": split,
    "concatenate": lambda e, o, v: record("concatenate", *o, axis=int(e.params["dimension"])),
    "dot_general": product,
    "conv_general_dilated": convolution,
    "reduce_window_max": pooled("max_pool2d"),
    "reduce_window_sum": pooled("avg_pool2d"),
}
