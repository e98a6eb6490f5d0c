"""Task: what is trained: a graph, the data it is trained on, its first parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.engine.eager import run
from whygrad.errors import ConfigError, DataError, NameUnknownError, nearest
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.models.mlp import Network
from whygrad.numeric import xp
from whygrad.reverse import differentiable

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Task:
    """A graph with the data and the first parameters that it is trained from.

    network: None for a traced graph, which sees all of its data at every update.
    graph: the computation of all samples. data: what is no parameter. learned: what changes.
    """

    network: Network | None
    graph: Graph
    data: Arrays
    parameters: Arrays
    learned: tuple[str, ...]
    _graphs: dict[int, Graph] = field(default_factory=dict, repr=False)

    @property
    def samples(self) -> int | None:
        return len(self.data["x"]) if self.network else None

    def batch(self, rows: np.ndarray) -> tuple[Graph, Arrays]:
        """The graph and the data of some of the samples."""
        if self.network is None or len(rows) == self.samples:
            return self.graph, self.data
        if len(rows) not in self._graphs:
            labels = self.data["y"].ndim == 1
            self._graphs[len(rows)] = self.network.graph(len(rows), labels)
        return self._graphs[len(rows)], {k: v[rows] for k, v in self.data.items()}

    def values(self, parameters: Arrays) -> dict[str, np.ndarray]:
        """The forward pass of all samples."""
        return evaluate(self.graph, {**self.data, **parameters}, xp)

    def outputs(self, values: Arrays) -> np.ndarray:
        """The network's outputs (samples, outputs); of a traced graph its result."""
        return np.asarray(values[f"out{self.network.depth}" if self.network else self.graph.output])

    def groups(self, update_order: str) -> list[list[str]]:
        """What is updated together: everything, or a layer at a time from the output backwards."""
        if update_order == "simultaneous":
            return [list(self.learned)]
        layer = {name: self.graph[name].layer for name in self.learned}
        deepest_first = sorted(set(layer.values()), reverse=True)
        return [[name for name in self.learned if layer[name] == k] for k in deepest_first]


def network_task(
    net: Network,
    X: Any,
    y: Any,
    *,
    parameters: Sequence[str] | str | None,
    frozen: Sequence[str] | str,
    train_bias: bool,
) -> Task:
    """A network on samples. Raises what `net.inputs` does, ConfigError and NameUnknownError."""
    if X is None:
        raise DataError("No inputs were given.", hint="train(net, X, y, …)")
    x, targets, labels = net.inputs(X, y)
    graph = net.graph(len(x), labels)
    wanted = known("parameters", parameters, net.parameters)
    fixed = known("frozen", frozen, net.parameters)
    learned = tuple(
        name for name in wanted if name not in fixed and (train_bias or graph[name].role != "bias")
    )
    if not learned:
        raise ConfigError(
            "There is nothing to train: every parameter is to stay as it is.",
            given=f"frozen = {list(fixed)}, train_bias = {train_bias}",
        )
    return Task(net, graph, {"x": x, "y": targets}, dict(net.parameters), learned)


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
