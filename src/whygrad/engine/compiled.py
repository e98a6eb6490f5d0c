"""The array namespace that rules are read with to be compiled: `xp` over jax.numpy.

The only import of JAX in the core; whoever needs this module imports it then, not before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf

from whygrad.errors import ConfigError
from whygrad.forward import evaluate
from whygrad.graph import Graph
from whygrad.numeric import Array, Key, Namespace, reduction, slices, window_positions

Pair = tuple[int, int]


def float64() -> Any:
    """A context in which JAX computes in float64; nothing is switched outside of it."""
    return jax.enable_x64(True)


def device_named(name: str) -> Any:
    """JAX's device of a kind; "auto" is its own first choice. Raises ConfigError where none is."""
    if name == "auto":
        return jax.devices()[0]
    try:
        return jax.devices(name)[0]
    except RuntimeError as error:
        raise ConfigError(
            f"There is no {name} for JAX here.",
            why=str(error).splitlines()[0],
            hint='device = "cpu"; for NVIDIA: pip install "jax[cuda12]"',
        ) from None


@contextmanager
def computing(dtype: str, device: Any) -> Iterator[None]:
    """JAX with this type and on this device, for one call; nothing is switched outside of it."""
    with jax.enable_x64(dtype == "float64"), jax.default_device(device):
        yield


CACHE_BYTES = 256 * 2**20


def keep_programs() -> None:
    """Compiled programs are kept on disk between processes, unless the user said where or not."""
    if (
        jax.config.jax_compilation_cache_dir is not None
        or "JAX_COMPILATION_CACHE_DIR" in os.environ
    ):
        return
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    try:
        folder = os.path.join(base, "whygrad", "programs")
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return  # a read-only home: every process compiles for itself
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    jax.config.update("jax_compilation_cache_max_size", CACHE_BYTES)
    jax.config.update("jax_raise_persistent_cache_errors", False)


def windows(x: Array, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    (ph, pw), lead = padding, [(0, 0)] * (x.ndim - 2)
    rows, columns = window_positions(x.shape[-2:], kernel, stride, padding)
    padded = jnp.pad(x, [*lead, (ph, ph), (pw, pw)])
    return padded[..., rows[:, None, :, None], columns[None, :, None, :]]


def unwindows(g: Array, size: Pair, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    (h, w), (ph, pw) = size, padding
    rows, columns = window_positions(size, kernel, stride, padding)
    padded = jnp.zeros((*g.shape[:-4], h + 2 * ph, w + 2 * pw), g.dtype)
    padded = padded.at[..., rows[:, None, :, None], columns[None, :, None, :]].add(g)
    return padded[..., ph : ph + h, pw : pw + w]


def place(g: Array, key: Key, shape: tuple[int, ...]) -> Array:
    return jnp.zeros(shape, g.dtype).at[slices(key)].set(g)


def scatter_add(g: Array, ids: Array, size: int) -> Array:
    return jnp.zeros((size, *g.shape[ids.ndim :]), g.dtype).at[ids].add(g)


# In numpy's order, so that the two lists can be read side by side.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    # element by element
    "add": jnp.add,
    "sub": jnp.subtract,
    "mul": jnp.multiply,
    "div": jnp.true_divide,
    "neg": jnp.negative,
    "power": jnp.power,
    "exp": jnp.exp,
    "expm1": jnp.expm1,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "sign": jnp.sign,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tanh": jnp.tanh,
    "erf": erf,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "where": jnp.where,
    # masks
    "equal": jnp.equal,
    "less": jnp.less,
    "less_equal": jnp.less_equal,
    "greater": jnp.greater,
    "greater_equal": jnp.greater_equal,
    "both": jnp.logical_and,
    "either": jnp.logical_or,
    "is_mask": lambda x: jnp.issubdtype(jnp.result_type(x), jnp.bool_),
    "ones_like": jnp.ones_like,
    # along axes
    "sum": reduction(jnp.sum),
    "mean": reduction(jnp.mean),
    "max": reduction(jnp.max),
    "cumsum": lambda x, axis: jnp.cumsum(x, axis=axis),
    # shapes
    "reshape": jnp.reshape,
    "transpose": jnp.transpose,
    "mT": lambda x: jnp.swapaxes(x, -1, -2),
    "broadcast_to": jnp.broadcast_to,
    "concatenate": lambda *parts, axis: jnp.concatenate(parts, axis=axis),
    "select": lambda x, key: x[slices(key)],
    "place": place,
    # whole numbers as positions
    "index": lambda x, ids: x[ids],
    "scatter_add": scatter_add,
    "one_hot": lambda ids, size: jnp.equal(jnp.asarray(ids)[..., None], jnp.arange(size)) * 1.0,
    # products
    "matmul": jnp.matmul,
    "rows_by": lambda W, x: x @ jnp.swapaxes(W, -1, -2),
    # images
    "windows": windows,
    "unwindows": unwindows,
    # names
    "let": lambda name, value: value,
}

xp = Namespace("compiled (jax)", FUNCTIONS)


def pulled_back(
    function: Callable[..., Array],
    inputs: Sequence[np.ndarray],
    upstream: np.ndarray | np.floating[Any],
) -> list[np.ndarray]:
    """JAX's own gradient of each input, from the gradient of the result: an oracle for our rules.

    Its derivatives, in float64; none of our backward rules is read.
    """

    def pull(inputs: list[Array], upstream: Array) -> Any:
        return jax.vjp(function, *inputs)[1](upstream)

    with float64():
        # Compiled as one piece it takes a third of the time of operation by operation.
        found = jax.jit(pull)([*map(jnp.asarray, inputs)], jnp.asarray(upstream))
        return [np.asarray(g) for g in found]


def pushed_forward(
    graph: Graph, inputs: dict[str, np.ndarray], direction: Mapping[str, np.ndarray]
) -> float:
    """How a graph's output changes along a direction of some inputs, by JAX's forward mode."""
    wanted = list(direction)

    def output(*floats: Array) -> Array:
        given = {**inputs, **dict(zip(wanted, floats, strict=True))}
        return jnp.reshape(evaluate(graph, given, xp)[graph.output], ())

    with jax.enable_x64(True):
        points = tuple(jnp.asarray(np.asarray(inputs[name], dtype=float)) for name in wanted)
        steps = tuple(jnp.asarray(np.asarray(direction[name], dtype=float)) for name in wanted)
        return float(jax.jvp(output, points, steps)[1])


def as_numpy(tree: Any) -> Any:
    """NumPy copies of all arrays of a tree; no array of JAX's reaches a user."""
    return jax.tree_util.tree_map(np.array, tree)


def gradients_of(
    graph: Graph, inputs: dict[str, np.ndarray], wanted: Sequence[str]
) -> dict[str, np.ndarray]:
    """JAX's own gradient of a graph's output with respect to some of its inputs, in float64."""

    def output(*floats: Array) -> Array:
        given = {**inputs, **dict(zip(wanted, floats, strict=True))}
        return jnp.reshape(evaluate(graph, given, xp)[graph.output], ())

    arrays = [np.asarray(inputs[name], dtype=float) for name in wanted]
    return dict(zip(wanted, pulled_back(output, arrays, np.float64(1.0)), strict=True))
