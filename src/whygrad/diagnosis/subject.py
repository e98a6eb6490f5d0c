"""Subject: what is diagnosed, as a graph with an array for each input and the type it runs in.

A network with its samples, a recorded pass, a traced function, a function of wg.ops, a JAX
function: each becomes a graph. Numbers that are not finite are not refused here; they are what is
asked about.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from whygrad import ops
from whygrad.arguments import Arguments, bound_to, numeric, parts_of, refilled
from whygrad.derivation import Pass
from whygrad.engine.eager import given_to
from whygrad.errors import (
    ConfigError,
    DataError,
    NameUnknownError,
    OperationError,
    ShapeError,
    WhygradError,
    nearest,
)
from whygrad.files import config
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node, trace
from whygrad.models import storage
from whygrad.models.mlp import Network
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.recording import Trace
from whygrad.reverse import backward
from whygrad.training.folder import CHECKPOINT, CONFIG, MODEL

Arrays = Mapping[str, np.ndarray]
ROWS = 1_000  # samples of a run that are looked at


@dataclass(frozen=True, eq=False)
class Subject:
    """A graph and its inputs. dtype: the type of its floats. network: where it was one.

    learning_rate: of the update that follows, where there is one. whole: whether the function gave
    one number; else the sum of all its numbers is derived.
    """

    graph: Graph
    inputs: Arrays
    dtype: str = "float64"
    network: Network | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    learning_rate: float | None = None
    whole: bool = True

    def run(self, graph: Graph | None = None, dtype: str | None = None) -> Trace:
        """Both passes in the subject's type, every number kept; of another graph where given."""
        graph, kind = graph or self.graph, dtype or self.dtype
        try:
            values = evaluate(graph, self.arrays(graph, kind), xp, keep=cast_to(kind))
            gradients = self.gradients(graph, values, kind)
        except ZeroDivisionError:
            raise DataError(
                "A rule divides by 0, whatever the numbers are.",
                hint="correction= must be less than how many numbers there are",
            ) from None
        found = {k: np.asarray(v) for k, v in values.items()}
        return Trace(Pass(graph, found, gradients), self.network, self.renamed)

    def gradients(self, graph: Graph, values: Mapping[str, Any], dtype: str) -> dict[str, Any]:
        """The backward pass; none where JAX has none, if the result tells enough already."""
        try:
            return backward(graph, values, xp, keep=cast_to(dtype))
        except OperationError:
            if np.isfinite(np.asarray(values[graph.output], dtype=float)).all():
                raise
            return {}

    def given(self, at: Value) -> float | None:
        """The finite number that was given for an entry which its type cannot hold; else None."""
        array = np.asarray(self.inputs.get(at.node, math.nan), dtype=float)
        number = float(array[at.index]) if array.shape else float(array)
        return number if math.isfinite(number) else None

    def arrays(self, graph: Graph, dtype: str) -> dict[str, np.ndarray]:
        """Inputs and constants in a type."""
        constants = {n.id: n.value for n in graph.nodes if n.value is not None}
        given = {n.id: self.inputs[n.id] for n in graph.sources}
        return {k: cast(np.asarray(v), dtype) for k, v in {**constants, **given}.items()}


def cast(array: np.ndarray, dtype: str) -> np.ndarray:
    """Floats in a type; masks and whole numbers as they are."""
    if array.dtype.kind in "biuO":
        return array
    with np.errstate(over="ignore"):  # a number that is too large for the type is a result, too
        return array.astype(dtype)


def cast_to(dtype: str) -> Callable[[Node, Any], Any]:
    """What a pass does with each result so that it stays in a type."""
    return lambda node, value: cast(np.asarray(value), dtype)


# ---- what was given -----------------------------------------------------------------------------


def subject_of(f: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Subject:
    """What was given as a subject. Raises ConfigError, DataError for what it cannot be."""
    if isinstance(f, (str, Path)):
        return of_path(Path(f))[0]
    if isinstance(f, Trace):
        inputs = {n.id: f.recorded.values[n.id] for n in f.graph.sources}
        return Subject(f.graph, inputs, "float64", f.network, f.renamed)
    if isinstance(f, Network):
        return of_network(f, *two(arguments, named), named)
    if isinstance(f, Graph):
        return of_graph(f, arguments, named)
    if not callable(f):
        raise ConfigError(
            "There is nothing here that could be run.",
            given=type(f).__name__,
            hint="a network with x and y, a trace, a graph, or a function with its arrays",
        )
    return of_function(f, arguments, named)


def of_path(path: Path) -> tuple[Subject, tuple[str, ...]]:
    """A network file, or a run's folder at its last checkpoint; and what is to be warned of."""
    if path.is_dir():
        return of_run(path), ()
    file = config.read(path)
    found = of_network(file.network, *file.samples(), {})
    plain = file.training.optimizer == "sgd"  # the updates that can be followed by hand
    return replace(
        found, learning_rate=file.training.learning_rate if plain else None
    ), file.warnings


def of_run(folder: Path) -> Subject:
    """The weights of a run's last checkpoint, with the data that it was begun with."""
    try:
        begun = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError):
        raise ConfigError(f"There is no run in {str(folder)!r}.", hint="a run's folder") from None
    if "tables" not in begun:
        raise ConfigError(
            "The run was begun from Python.", hint="wg.why_not_finite(run.model, x, y)"
        )
    file = config.from_tables(begun["tables"], str(folder), Path(begun["folder"]))
    arrays, _ = storage.unpacked(folder / CHECKPOINT)
    parameters = {k.removeprefix("p/"): v for k, v in arrays.items() if k.startswith("p/")}
    saved = folder / MODEL
    network = config.load(folder) if saved.is_file() else file.network
    x, y = file.samples()
    around = network.preparation
    if around is not None:  # the samples are columns of numbers already; only their scale is open
        network = replace(network, preparation=replace(around, encoder=None))
    y = y if y is None else y[:ROWS]
    return of_network(replace(network, parameters=parameters), x[:ROWS], y, {})


def two(arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
    """Inputs and targets of a network."""
    given = dict(zip(("x", "y"), arguments, strict=False))
    return given.get("x", named.pop("x", None)), given.get("y", named.pop("y", None))


def of_network(network: Network, x: Any, y: Any, named: dict[str, Any]) -> Subject:
    """A network; named: other arrays for its parameters, and the learning_rate of an update."""
    rate = named.pop("learning_rate", None)
    rows, targets, labels = samples(network, x, y)
    graph = network.graph(len(rows), labels)
    parameters = {k: np.asarray(v) for k, v in network.parameters.items()}
    for name, array in named.items():
        if name not in parameters:
            raise NameUnknownError(
                f"The network has no parameter {name!r}.", hint=nearest(name, parameters)
            )
        if np.shape(array) != parameters[name].shape:
            raise ShapeError(
                f"{name} does not fit its layer.",
                given=f"shape {np.shape(array)}; its layer needs {parameters[name].shape}",
            )
        parameters[name] = np.asarray(array, parameters[name].dtype)
    kinds = {np.asarray(a).dtype for a in parameters.values()}
    dtype = "float32" if kinds == {np.dtype(np.float32)} else "float64"
    inputs = {"x": rows, "y": targets, **parameters}
    return Subject(graph, inputs, dtype, network, network.renamed, rate)


def samples(network: Network, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray, bool]:
    """Inputs and targets as the network sees them, NaN and ∞ among them left as they are."""
    holes = [holed(x), holed(y)]
    if not any(h is not None and h.any() for h in holes):
        return network.inputs(x, y)
    clean = [
        np.where(hole, 1.0 / max(width, 1), array) if hole is not None and hole.any() else array
        for array, hole, width in zip((x, y), holes, (1, network.layers[-1]), strict=True)
    ]
    rows, targets, labels = network.inputs(*clean)
    filled = []
    for array, hole, given in zip((rows, targets), holes, (x, y), strict=True):
        if hole is not None and hole.any() and hole.size == array.size:
            array = np.array(array, dtype=float)
            array[hole.reshape(array.shape)] = np.asarray(given, dtype=float)[hole]
        filled.append(array)
    return filled[0], filled[1], labels


def holed(array: Any) -> np.ndarray | None:
    """Where numbers are not finite; None for what holds no floats."""
    try:
        found = np.asarray(array, dtype=float)
    except (TypeError, ValueError):
        return None
    return None if array is None else ~np.isfinite(found)


def of_graph(graph: Graph, arguments: tuple[Any, ...], named: dict[str, Any]) -> Subject:
    """A traced graph, its inputs in order or by name."""
    given = dict(zip((n.id for n in graph.sources), arguments, strict=False)) | named
    dtype = type_of([np.asarray(a) for a in given.values()])
    return Subject(graph, given_to(graph, given), dtype)


def type_of(arrays: list[np.ndarray]) -> str:
    """The type in which these arrays are computed with: their own, if they agree."""
    kinds = {a.dtype for a in arrays if a.dtype.kind == "f" or a.dtype.name == "bfloat16"}
    return kinds.pop().name if len(kinds) == 1 else "float64"


# ---- functions ----------------------------------------------------------------------------------


def of_function(
    function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> Subject:
    """A function of wg.ops where it can be traced, else one of JAX."""
    call = bound_to(function, arguments, named)
    leaves = dict(call.leaves())
    torch = sys.modules.get("torch")
    if torch is not None and any(
        isinstance(a, torch.Tensor) for a in (*arguments, *named.values())
    ):
        raise ConfigError(
            "A PyTorch function cannot be followed step by step.",
            hint="write it with wg.ops or jax.numpy; wg.check judges its gradient as it is",
        )
    if not leaves:
        raise DataError("The function was given no numbers.", hint="why_not_finite(f, x)")
    if not any(a.dtype.kind not in "biu" for a in leaves.values()):
        leaves = {k: a.astype(float) for k, a in leaves.items()}  # something has to have a gradient
        call = Arguments(
            function, call.bound, {k: refilled(k, v, leaves) for k, v in call.arguments.items()}
        )
    jax = sys.modules.get("jax")
    if jax is not None and any(isinstance(a, jax.Array) for a in parts_of(call.arguments)):
        try:
            return of_jax(call)
        except DataError as error:
            if "cannot trace" not in error.asked:
                raise
    try:
        graph, whole = traced(call, leaves)
    except Exception as error:  # no function of wg.ops: JAX may know what to do with it
        return of_jax(call, error)
    return Subject(graph, leaves, type_of(list(leaves.values())), whole=whole)


def traced(call: Arguments, leaves: Arrays) -> tuple[Graph, bool]:
    """The graph of a function of wg.ops; of several results their sum is derived."""
    whole = True

    def number(**given: Any) -> Any:
        nonlocal whole
        result = call.call(given)
        whole = result.node.size == 1 if hasattr(result, "node") else True
        if whole and hasattr(result, "node") and result.node.op is None:
            return ops.identity(result)
        return result if whole else ops.sum(result)

    return trace(number, **leaves), whole


def of_jax(call: Arguments, first: Exception | None = None) -> Subject:
    """A JAX function. first: why it is no function of wg.ops."""
    try:
        from whygrad.interop import jaxpr
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("jax", "jaxlib"):
            raise
        if first is not None and isinstance(first, WhygradError):
            raise first from None
        raise ConfigError(
            "The function is none of wg.ops, and JAX is not installed.",
            why=str(first) if first else "",
            hint="pip install 'whygrad[train]'; or write it with wg.ops",
        ) from None
    plain = {
        k: v if numeric(v) is None or not isinstance(v, (list, tuple)) else np.asarray(v)
        for k, v in call.arguments.items()
    }
    try:
        found = jaxpr.read(lambda **given: call.call(given), plain)
    except DataError as error:
        own = isinstance(first, WhygradError) and "could not be traced" not in str(first)
        if own and first is not None and "JAX cannot trace" in str(error):
            raise first from None
        raise
    return Subject(found.graph, found.inputs, found.dtype, whole=found.whole)
