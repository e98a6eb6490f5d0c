"""Trace: one recorded pass, and everything that can be asked of it by name.

`backprop` runs the forward and the backward pass with NumPy in float64 and keeps every value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.derivation import Derivation, Pass
from whygrad.deriver import DEPTH, Deriver
from whygrad.engine.eager import run
from whygrad.errors import NameUnknownError
from whygrad.graph import Graph, Node
from whygrad.models.mlp import Network
from whygrad.names import Value
from whygrad.notation import Notation, notation
from whygrad.reverse import differentiable

if TYPE_CHECKING:  # a trace shows itself
    from whygrad.pages.document import Document


@dataclass(frozen=True, eq=False)
class Trace:
    """A recorded pass of a network or a traced function.

    recorded: the graph with the value and the gradient of every node. network: where it was one.
    """

    recorded: Pass
    network: Network | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        return self.recorded.graph

    @property
    def loss(self) -> float:
        return self.recorded.value(self.recorded.loss)

    @cached_property
    def names(self) -> Notation:
        """The names by which its numbers are asked for: textbook for networks, else the code's."""
        return notation(None, self.graph, self.renamed)

    def notation(self, key: str | None = None) -> Notation:
        """The names of a notation: textbook, indexed, matrix, code."""
        return notation(key, self.graph, self.renamed)

    @cached_property
    def outputs(self) -> np.ndarray:
        """The network's outputs (samples, outputs); of a traced function its result."""
        last = [n for n in self.graph.nodes if n.role == "out"]
        return self.recorded.values[last[-1].id if last else self.graph.output]

    @cached_property
    def parameters(self) -> tuple[Node, ...]:
        """What can be learned: weights and biases; of a traced function its inputs."""
        roles = ("weight", "bias") if self.network else ("",)
        return tuple(n for n in self.graph.sources if n.role in roles and differentiable(n))

    @cached_property
    def gradients(self) -> dict[str, np.ndarray]:
        """∂loss/∂parameter, an array of the parameter's shape for each."""
        return {
            n.id: np.array(self.recorded.gradients.get(n.id, np.zeros(n.shape)), dtype=float)
            for n in self.parameters
        }

    def explain(self, **choices: Any) -> Document:
        """The whole pass as a page: forward, loss, and layer by layer the gradients."""
        from whygrad.pages.solution import explain

        return explain(self, **choices)

    def __str__(self) -> str:
        return str(self.explain())

    def __repr__(self) -> str:
        return f"<Trace of {len(self.graph.nodes)} nodes, loss {self.loss:.9g}>"

    def _repr_html_(self) -> str:
        return self.explain()._repr_html_()

    def _repr_latex_(self) -> str:
        return self.explain()._repr_latex_()

    def find(self, name: str) -> Value:
        """The number that a name means, in the textbook's notation or any other."""
        try:
            return self.names.find(name)
        except NameUnknownError as error:
            for key in ("indexed", "matrix"):
                try:
                    return self.notation(key).find(name)
                except NameUnknownError:
                    continue
            raise error from None

    def _whole(self, name: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """The array of a node's name; a shared bias b1 is one number under either reading."""
        if name not in self.graph or self.graph[name].shape == ():
            return None
        return np.array(arrays.get(name, np.zeros(self.graph[name].shape)), dtype=float)

    def value(self, name: str) -> Any:
        """A number by its name ("out_o1", "w5"), or an array by its node's ("W2", "out1")."""
        whole = self._whole(name, self.recorded.values)
        return self.recorded.value(self.find(name)) if whole is None else whole

    def grad(self, name: str) -> Any:
        """∂loss/∂(a number "w5", "out_h1") or of a whole array ("W2")."""
        whole = self._whole(name, self.recorded.gradients)
        return self.recorded.gradient(self.find(name)) if whole is None else whole

    def why(
        self,
        target: str,
        detail: str = "factors",
        *,
        notation: str | None = None,
        depth: int = DEPTH,
    ) -> Derivation:
        """The worked derivation of one gradient, expanded `depth` forks deep.

        target: any name in `values`. detail: "factors" (∂E/∂out · ∂out/∂net · ∂net/∂w) or "delta".
        notation: textbook, indexed, matrix or code.
        Raises NameUnknownError with the names that exist.
        """
        at = self.find(target)
        if not differentiable(self.graph[at.node]):
            raise NameUnknownError(
                f"There is no gradient with respect to {target!r}.",
                why="it is a label, a position or a constant",
            )
        return self.deriver(detail).why(at, self.notation(notation), depth)

    def deriver(self, detail: str = "factors") -> Deriver:
        """What makes the lines of this pass; each line is made once."""
        if detail not in self._derivers:
            self._derivers[detail] = Deriver(self.recorded, detail)
        return self._derivers[detail]

    @cached_property
    def _derivers(self) -> dict[str, Deriver]:
        return {}

    def numbers(self, nodes: Iterator[Node] | tuple[Node, ...]) -> Iterator[Value]:
        """A reference to every entry of these nodes, in the graph's order."""
        return (ref for node in nodes for ref in self.names.entries(node))


def backprop(net: Network | Graph, x: Any = None, y: Any = None, **inputs: Any) -> Trace:
    """Runs both passes and records every value and gradient, in float64.

    net: a network with x (samples, inputs) and y (samples, outputs) or labels (samples,), one
    sample without its outer brackets too; or a traced graph with its inputs by name.
    Raises ShapeError, DataError or NameUnknownError for inputs that do not fit.
    """
    if isinstance(net, Network):
        if inputs:
            raise NameUnknownError(
                f"A network takes x and y, not {next(iter(inputs))!r}.", hint="backprop(net, x, y)"
            )
        rows, targets, labels = net.inputs(x, y)
        graph = net.graph(len(rows), labels)
        given = {"x": rows, "y": targets, **net.parameters}
        return Trace(record(graph, given), net, net.renamed)
    by_name = {k: v for k, v in (("x", x), ("y", y)) if v is not None} | inputs
    return Trace(record(net, by_name))


def record(graph: Graph, inputs: Mapping[str, Any]) -> Pass:
    """Both passes, every value and every gradient kept."""
    values, gradients = run(graph, inputs)
    return Pass(graph, {k: np.asarray(v) for k, v in values.items()}, gradients)
