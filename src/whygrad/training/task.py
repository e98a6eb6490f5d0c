"""Task: what is trained: a graph, the data it is trained on, its first parameters."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from whygrad.data import scale
from whygrad.data.preparation import Preparation
from whygrad.engine.eager import run
from whygrad.errors import ConfigError, DataError, NameUnknownError, nearest
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.models.activations import reach
from whygrad.models.computation import EXTRAS, KNOWN, NOISE, WEIGHT
from whygrad.models.learning import update_groups
from whygrad.models.mlp import BLOCK, Network
from whygrad.numeric import xp
from whygrad.reverse import differentiable
from whygrad.training.options import Options
from whygrad.training.samples import by_part, task_of

Arrays = Mapping[str, np.ndarray]
ROUNDING = 1e-5  # by which targets may lie outside of what outputs reach


class ScaleWarning(UserWarning):
    """The data's scales make training slow or impossible, and nothing was said about them."""


@dataclass(frozen=True, eq=False)
class Task:
    """A graph with the data and the first parameters that it is trained from.

    network: None for a traced graph, which sees all of its data at every update.
    data: what is no parameter, of the samples that train. held: of those that validate; test: of
    those that only are measured. learned: what changes. kind: classification, regression,
    autoencoder, or "" for a graph. parts: row numbers of what was split off here.
    """

    network: Network | None
    traced: Graph | None
    data: Arrays
    parameters: Arrays
    learned: tuple[str, ...]
    held: Arrays | None = None
    kind: str = ""
    test: Arrays | None = None
    parts: Mapping[str, np.ndarray] | None = None
    _graphs: dict[Any, Graph] = field(default_factory=dict, repr=False)

    @property
    def samples(self) -> int | None:
        """How many samples train; None for a traced graph."""
        return len(self.data["x"]) if self.network else None

    @property
    def graph(self) -> Graph:
        """The computation of all samples."""
        return self.graph_of(self.samples or 1)

    def graph_of(self, rows: int, dropped: tuple[int, ...] = (), noisy: bool = False) -> Graph:
        """The computation of so many samples."""
        if self.network is None:
            assert self.traced is not None
            return self.traced
        key = rows, dropped, noisy
        if key not in self._graphs:
            extras = (*self.extras, NOISE) if noisy else self.extras
            self._graphs[key] = self.network.graph(rows, self.labels, dropped, extras)
        return self._graphs[key]

    @property
    def extras(self) -> tuple[str, ...]:
        """What comes with the samples beside inputs and targets: weights, known targets."""
        return tuple(name for name in EXTRAS if name in self.data) if self.network else ()

    @property
    def labels(self) -> bool:
        """Whether the targets are class numbers."""
        return self.network is not None and self.data["y"].ndim == 1

    @property
    def dtype(self) -> str:
        """The type that is trained in."""
        return str(next(iter(self.parameters.values())).dtype)

    @property
    def identity(self) -> Any:
        """What must be the same where a training goes on, in whatever process."""
        shapes = [(name, v.shape) for name, v in self.parameters.items()]
        net, of_graph = self.network, (shapes, self.learned, self.extras, self.dtype)
        if net is None:
            return of_graph
        activations = [a.name for a in net.activations]
        computed = (net.layers, activations, net.loss, net.bias, net.reduction, net.sparsity)
        return (*of_graph, computed, self.labels)

    def in_type(self, dtype: str) -> Task:
        """The same task in another type of numbers."""

        def cast(arrays: Arrays | None) -> Any:
            return arrays and {
                k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in arrays.items()
            }

        data, held, test = cast(self.data), cast(self.held), cast(self.test)
        return replace(self, data=data, held=held, test=test, parameters=cast(self.parameters))

    def batch(self, rows: np.ndarray) -> tuple[Graph, Arrays]:
        """The graph and the data of some of the samples."""
        if self.network is None or len(rows) == self.samples:
            return self.graph, self.data
        return self.graph_of(len(rows)), {k: v[rows] for k, v in self.data.items()}

    def loss(self, parameters: Arrays) -> float:
        """The loss of all samples that train, some rows at a time."""
        if self.network is None:
            return float(evaluate(self.graph, {**self.data, **parameters}, xp)[self.graph.output])
        whole, counted = len(self.data["x"]), 0.0
        size = whole if self.network.sparsity else BLOCK  # a mean activity is one of all samples
        total, summed = 0.0, self.network.reduction == "sum"
        for start in range(0, whole, size):
            part = {k: v[start : start + size] for k, v in self.data.items()}
            graph = self.graph_of(len(part["x"]))
            found = float(evaluate(graph, {**part, **parameters}, xp)[graph.output])
            if size >= whole:
                return found
            count = float(np.sum(part[WEIGHT])) if WEIGHT in part else float(len(part["x"]))
            total, counted = total + (found if summed else found * count), counted + count
        return total if summed else total / counted

    def outputs(self, parameters: Arrays) -> np.ndarray:
        """The network's outputs (samples, outputs); of a traced graph its result."""
        if self.network is None:
            return np.asarray(
                evaluate(self.graph, {**self.data, **parameters}, xp)[self.graph.output]
            )
        bare = replace(self.network, preparation=None, parameters=dict(parameters))
        return bare.outputs(self.data["x"])

    def groups(self, update_order: str) -> list[list[str]]:
        """What is updated together, in the order of the updates."""
        return update_groups((self.graph[name] for name in self.learned), update_order)


def network_task(
    net: Network,
    X: Any,
    y: Any,
    options: Options,
    *,
    parameters: Sequence[str] | str | None,
    frozen: Sequence[str] | str,
    weight: Any = None,
    rows: Mapping[str, np.ndarray] | None = None,
) -> Task:
    """A network on samples, some of them held back, scaled.

    weight (samples,): how much each counts. rows: which rows of a table these samples are, by part.
    Raises what `net.inputs` does, ConfigError and NameUnknownError.
    """
    if X is None:
        raise DataError("No inputs were given.", hint="train(net, X, y, …)")
    kind = np.dtype(options.dtype if options.dtype not in (None, "auto") else trained_in(X))
    wanted = known("parameters", parameters, net.parameters)
    fixed = known("frozen", frozen, net.parameters)
    train_bias = options.train_bias
    learned = tuple(
        name for name in wanted if name not in fixed and (train_bias or not name.startswith("b"))
    )
    if not learned:
        raise ConfigError(
            "There is nothing to train: every parameter is to stay as it is.",
            given=f"frozen = {list(fixed)}, train_bias = {train_bias}",
        )
    parts, rows = by_part(net, X, y, weight, options, kind.type, rows)
    task = task_of(net, parts["train"]["y"])
    net = scaled(net, parts, options, shared=shares_memory(parts["train"]["x"], X))
    first = {name: np.asarray(value, kind) for name, value in net.parameters.items()}
    return Task(
        net, None, parts["train"], first, learned, parts.get("validation"), task,
        parts.get("test"), rows,
    )  # fmt: skip


def shares_memory(x: np.ndarray, X: Any) -> bool:
    """Whether the inputs are the caller's own array, which must not be changed."""
    return not isinstance(X, np.ndarray) or np.may_share_memory(x, X)


def trained_in(X: Any) -> str:
    """float32 for float32 data, else float64."""
    return "float32" if getattr(X, "dtype", None) == np.float32 else "float64"


def scaled(net: Network, parts: dict[str, Any], options: Options, *, shared: bool) -> Network:
    """The network with its scaling, fitted to what trains; the samples become what it sees.

    shared: whether the inputs may be the caller's own, which are not scaled in place.
    """
    around, data = net.preparation or Preparation(), parts["train"]
    if options.scale is not None:
        fitted = scale.fit(data["x"], options.scale, weight=data.get(WEIGHT))
        around = replace(around, inputs=fitted)
    wanted = options.scale_targets if options.scale_targets is not None else options.scale
    if net.autoencoder:
        around = replace(around, targets=around.inputs if options.scale else around.targets)
    elif wanted is not None and task_of(net, data["y"]) == "regression":
        said = options.scale_targets is not None
        around = replace(around, targets=scaling_of_targets(net, data, wanted, said))
    if options.scale is None and around.inputs is None and (why := scale.uneven(data["x"])):
        warnings.warn(
            f"the inputs are not scaled: {why}; "
            f'scale = "standard" puts the scaling inside of the model, "none" silences this',
            ScaleWarning,
            stacklevel=5,
        )
    for part in parts.values():
        x = part["x"]
        if around.targets and part["y"].ndim == 2:
            part["y"] = around.targets.scaled(part["y"])
        if around.inputs:
            if shared or part is not data or x is part["y"]:
                part["x"] = x = x.copy()
            around.inputs.scale_in_place(x)
    bare = around.to_dict()
    has_any = any(bare[k] for k in ("encoder", "inputs", "targets")) or around.classes is not None
    return replace(net, preparation=around if has_any else None)


def scaling_of_targets(net: Network, data: Arrays, wanted: str, said: bool) -> scale.Scaler | None:
    """The scaling of targets, which must then lie within the reach of the output activation.

    Where nothing was said of targets, only those that are out of reach are scaled, and those of
    linear outputs; minmax takes them onto the part of [−1, 1] that the activation reaches.
    Raises DataError where they stay out of reach.
    """
    y, known, last = data["y"], data.get(KNOWN), net.activations[-1]
    low, high = reach(last)

    def within(targets: np.ndarray) -> bool:
        inside = (targets >= low - ROUNDING) & (targets <= high + ROUNDING)
        return bool((inside if known is None else inside | (known == 0)).all())

    if wanted == "none" or (not said and last.name != "identity" and within(y)):
        return None
    onto = max(low, -1.0), min(high, 1.0)
    onto = onto if onto[0] < onto[1] else (low, high)
    fitted = None
    if wanted != "minmax" or np.isfinite(onto).all():
        fitted = scale.fit(y, wanted, known, data.get(WEIGHT), onto)
    if fitted is None or not within(fitted.scaled(y)):
        raise DataError(
            f"The output activation {last.name} cannot reach the targets.",
            given=f"targets from {y.min():.6g} to {y.max():.6g}, outputs from {low:g} to {high:g}; "
            f"targets scaled by {wanted!r}",
            hint='scale_targets = "minmax", or output_activation = "identity"; '
            'scale_targets = "none" trains all the same',
        )
    return fitted


def graph_task(
    graph: Graph,
    given: Mapping[str, Any],
    *,
    parameters: Sequence[str] | str | None,
    frozen: Sequence[str] | str,
) -> Task:
    """A traced graph on its inputs. Raises what the eager engine does, ConfigError, DataError."""
    if not parameters:
        raise ConfigError(
            "Which of the graph's inputs are to be learned was not said.",
            given=f"the inputs {', '.join(n.id for n in graph.sources)}",
            hint='parameters=["W", "b"]',
        )
    sources = {n.id: n for n in graph.sources}
    given = {k: as_numbers(sources[k], v) if k in sources else v for k, v in given.items()}
    values, gradients = run(graph, given)
    arrays = {name: np.asarray(values[name]) for name in sources}
    wanted = known("parameters", parameters, arrays)
    fixed = known("frozen", frozen, arrays)
    learned = tuple(name for name in wanted if name not in fixed)
    for name in learned:
        if not differentiable(graph[name]) or name not in gradients:
            raise ConfigError(
                f"{name!r} cannot be learned.",
                why="it holds whole numbers, labels or positions"
                if graph[name].integer
                else "the graph's result does not depend on it",
            )
    if not learned:
        raise ConfigError("There is nothing to train.", given=f"frozen = {list(fixed)}")
    data = {k: v for k, v in arrays.items() if k not in learned}
    return Task(None, graph, data, {k: arrays[k] for k in learned}, learned)


def as_numbers(node: Node, given: Any) -> Any:
    """An input as an array of finite numbers; whole numbers are left to the engine's own check."""
    if node.integer:
        return given
    try:
        array = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise DataError(
            f"The input {node.id!r} must be numbers.", given=repr(given)[:200]
        ) from None
    if not np.isfinite(array).all():
        raise DataError(f"The input {node.id!r} must hold finite numbers.", given=repr(given)[:200])
    return array


def known(what: str, names: Sequence[str] | str | None, there: Iterable[str]) -> tuple[str, ...]:
    """Names that exist, each once; all of them where none are given."""
    if names is None:
        return tuple(there)
    listed = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    there = list(there)
    for name in listed:
        if name not in there:
            raise NameUnknownError(f"{what}: there is no {name!r}.", hint=nearest(str(name), there))
    return listed
