"""Variants: the passes that readings are read off: other activations, other labels, masks shut.

A reading holds names and places for numbers, never the numbers themselves, so any pass of the same
form will do. Those made here have numbers of no meaning, all different and positive: nothing in
them is equal, or zero, by chance. Where a rule is a mask (relu), what goes into it is turned so
that the mask lets through, or does not; the very reverse pass then runs on that.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from whygrad.derivation import Pass
from whygrad.deriver import Deriver
from whygrad.expr import is_mask
from whygrad.forward import evaluate
from whygrad.graph import Graph, Node
from whygrad.models.mlp import Network
from whygrad.names import Label, Name, Named, Value
from whygrad.notation import Notation, Textbook
from whygrad.numeric import xp
from whygrad.op import REGISTRY, Op
from whygrad.reverse import backward
from whygrad.split import Splitter
from whygrad.web.program import choices, slope

WHOLE = 1_000_000  # terms of a sum: all of them
SEED = 5  # of numbers that mean nothing


@dataclass(frozen=True)
class Variant:
    """A form that a pass can have.

    activations: their names, layer by layer. label: the class of every sample, where targets are
    classes. shut: the units whose masks let nothing through.
    """

    activations: tuple[str, ...]
    label: int | None = None
    shut: frozenset[Value] = frozenset()


class Clear(Textbook):
    """The textbook's names; a sub-result of a neuron's rule has the neuron's: σ_h1, p_o2."""

    @cached_property
    def _labels(self) -> dict[Hashable, Label]:
        return {}

    def label(self, ref: Hashable) -> Label:
        if ref not in self._labels:
            named = self._of_neuron(ref) if isinstance(ref, Named) else None
            self._labels[ref] = named or super().label(ref)
        return self._labels[ref]

    def _of_neuron(self, ref: Named) -> Name | None:
        """The name of what a rule works out for each neuron; None where it is not for each."""
        net = self.graph[self.graph[ref.of].inputs[0]] if ref.of in self.graph else None
        if net is None or net.role != "net" or len(ref.index) != len(net.shape):
            return None
        unit = self.neuron(net, ref.index)
        return Name(ref.name, sub=unit.sub, sample=unit.sample)


class Variants:
    """The passes of a network for so many samples, each made once.

    labels: whether the targets are class numbers.
    """

    def __init__(self, network: Network, samples: int, labels: bool) -> None:
        self.network, self.samples, self.labels = network, samples, labels
        self._graphs: dict[tuple[str, ...], Graph] = {}
        self._passes: dict[Variant, tuple[Pass, Splitter]] = {}
        self._derivers: dict[tuple[Variant, str], Deriver] = {}
        self._masked: dict[str, bool] = {}

    @property
    def present(self) -> tuple[str, ...]:
        """The activations that the network has."""
        return tuple(op.name for op in self.network.activations)

    @cached_property
    def ops(self) -> Mapping[str, Op]:
        """Every activation by its name; that of a formula has no place in the registry."""
        return {**REGISTRY, **{op.name: op for op in self.network.activations}}

    def choices(self, layer: int) -> list[str]:
        """The activations that a layer may have, the present one first."""
        return [op.name for op in choices(self.network, layer)]

    @cached_property
    def names(self) -> Notation:
        """The names of its numbers; they do not depend on what a layer's activation is."""
        return Clear(self.graph(self.present), self.network.renamed)

    def graph(self, activations: tuple[str, ...]) -> Graph:
        if activations not in self._graphs:
            ops = tuple(self.ops[name] for name in activations)
            network = replace(self.network, activations=ops)
            self._graphs[activations] = network.graph(self.samples, self.labels)
        return self._graphs[activations]

    def deriver(self, variant: Variant, detail: str) -> Deriver:
        """What makes the lines of a variant, its sums written out whole."""
        if (variant, detail) not in self._derivers:
            recorded, splitter = self.passed(variant)
            self._derivers[variant, detail] = Deriver(recorded, detail, splitter)
        return self._derivers[variant, detail]

    def passed(self, variant: Variant) -> tuple[Pass, Splitter]:
        """A variant's pass, and the ways that lead through it."""
        if variant not in self._passes:
            recorded = self._record(variant)
            ways = Splitter(recorded.graph, recorded.values, recorded.gradients, WHOLE)
            self._passes[variant] = recorded, ways
        return self._passes[variant]

    def masked(self, node: Node) -> bool:
        """Whether a node's rule is a mask: it lets a gradient through, or nothing."""
        if node.op is None or node.role != "out":
            return False
        if node.op.name not in self._masked:
            local = slope(self.graph(self.present), node)
            self._masked[node.op.name] = local is not None and is_mask(local)
        return self._masked[node.op.name]

    # ---- a pass ---------------------------------------------------------------------------------

    def _record(self, variant: Variant) -> Pass:
        graph = self.graph(variant.activations)
        turned = {node.inputs[0]: node for node in graph.nodes if self.masked(node)}

        def keep(node: Node, value: np.ndarray) -> np.ndarray:
            at = turned.get(node.id)
            return value if at is None else self._turn(at, value, variant.shut)

        values = evaluate(graph, dict(self._given(graph, variant)), xp, keep=keep)
        arrays = {id_: np.asarray(value) for id_, value in values.items()}
        return Pass(graph, arrays, backward(graph, arrays, xp))

    def _given(self, graph: Graph, variant: Variant) -> Iterator[tuple[str, np.ndarray]]:
        drawn = np.random.default_rng(SEED)
        for node in graph.sources:
            if node.integer:
                yield node.id, np.full(node.shape, variant.label or 0)
            else:
                yield node.id, drawn.uniform(0.1, 0.9, node.shape)

    def _turn(self, node: Node, value: np.ndarray, shut: frozenset[Value]) -> np.ndarray:
        """What goes into a mask, each number with the sign that shuts it, or does not."""
        assert node.op is not None and node.op.local[0] is not None
        wanted = np.ones(node.shape, dtype=bool)
        for at in shut:
            if at.node == node.id:
                wanted[at.index] = False
        size = np.abs(value)
        opens = node.op.local[0](xp, size, size, **node.attributes)
        return np.where(np.equal(opens, wanted), size, -size)
