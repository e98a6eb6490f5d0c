"""Wrong backward passes: the mistakes that people make when they write back-propagation themselves.

Each is the project's own reverse pass with one thing done wrongly, so whether a claimed gradient
comes from that mistake is tried in numbers, never guessed. A mistake is planted in one place (a
layer, a use, a sample) and, where somebody would make it everywhere, in all places at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from whygrad.forward import Keep
from whygrad.graph import Graph, Node
from whygrad.mistakes.slopes import SLOPES, Slope
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.recording import Trace
from whygrad.reverse import Parts, backward, differentiable, pull

Arrays = dict[str, np.ndarray]
PRODUCTS = ("linear", "project", "matmul")
FEW = 16  # samples, units or uses that are left out one by one; of more the first and the last


@dataclass(frozen=True, eq=False)
class Variant:
    """The gradients that one mistake gives.

    key: the mistake's sentence, `cause.KEY`. blanks: what stands in it. run: works them out.
    """

    key: str
    run: Callable[[], Arrays] = field(repr=False)
    blanks: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def gradients(self) -> Arrays:
        """An array for each parameter."""
        with np.errstate(all="ignore"):
            return self.run()


def variants(trace: Trace, learning_rate: float | None = None) -> Iterator[Variant]:
    """Every mistake of the catalogue that can be made in this pass, the commonest first.

    learning_rate: of the update that deltas may wrongly have been computed after.
    """
    passes = WrongPasses(trace)
    yield from passes.scaled()
    yield from passes.slopes()
    yield from passes.operands()
    yield from passes.paths()
    yield from passes.batches()
    yield from passes.uses()
    if learning_rate is not None:
        yield passes.updated_weights(learning_rate)


@dataclass(frozen=True, eq=False)
class WrongPasses:
    """The wrong backward passes of one recorded pass."""

    trace: Trace

    @property
    def graph(self) -> Graph:
        return self.trace.graph

    @property
    def values(self) -> Arrays:
        return self.trace.recorded.values

    def again(self, *, keep: Keep | None = None, parts: Parts | None = None) -> Arrays:
        """The gradients of the parameters, by a pass in which something is changed."""
        found = backward(self.graph, self.values, xp, keep=keep, parts=parts)
        return {
            n.id: np.asarray(found.get(n.id, np.zeros(n.shape)), dtype=float)
            for n in self.trace.parameters
        }

    def handed(self, key: str, parts: Parts, **blanks: Any) -> Variant:
        return Variant(key, lambda: self.again(parts=parts), blanks)

    def kept(self, key: str, keep: Keep, **blanks: Any) -> Variant:
        return Variant(key, lambda: self.again(keep=keep), blanks)

    # ---- the whole gradient, by a factor --------------------------------------------------------

    def scaled(self) -> Iterator[Variant]:
        """The sign, ½ and 2, a mean for a sum."""
        right = self.trace.gradients
        for key, factor, blanks in self.factors():
            yield Variant(key, lambda f=factor: {k: f * g for k, g in right.items()}, blanks)  # type: ignore[misc]

    def factors(self) -> Iterator[tuple[str, float, dict[str, Any]]]:
        """Factors with a meaning: each with its key and blanks."""
        yield "sign", -1.0, {}
        yield "twice", 2.0, {}
        yield "half", 0.5, {}
        for what, count in self.counts().items():
            if count > 1:
                yield f"sum_for_mean.{what}", float(count), {"count": count}
                yield f"mean_for_sum.{what}", 1 / count, {"count": count}

    def counts(self) -> dict[str, int]:
        """How many samples and outputs there are."""
        network = self.trace.network
        if network is None:
            return {}
        return {"samples": len(self.values["x"]), "outputs": network.layers[-1]}

    # ---- slopes of activations and other element-wise operations --------------------------------

    def slopes(self) -> Iterator[Variant]:
        """A slope left out, counted twice, with the wrong sign, or taken at the wrong number."""
        for key, wrong in SLOPES.items():
            nodes = [n for n in self.curved if self.handed_back(wrong, n, 1.0) is not None]
            for node in nodes:
                yield self.handed(key, self._instead(wrong, [node]), node=node.id)
            if len(nodes) > 1:
                yield self.handed(f"{key}.all", self._instead(wrong, nodes))
        network = self.trace.network
        if network is not None and self.fused:
            yield self.kept("extra_slope", self._extra_slope, node=self.fused.id)

    def handed_back(self, wrong: Slope, node: Node, g: Any) -> Any:
        """What a wrong slope makes of the gradient from above, with the numbers of the pass."""
        return wrong(node, np.asarray(g), self.values[node.inputs[0]], self.values[node.id])

    @cached_property
    def curved(self) -> list[Node]:
        """The operations of one number whose slope is not 1 by the rule itself."""
        return [
            n
            for n in self.graph.nodes
            if n.op is not None and n.op.elementwise and n.id in self.graph.alive
            if len(n.inputs) == 1 and n.op.name not in ("identity", "neg")
        ]

    def _instead(self, wrong: Slope, nodes: Sequence[Node]) -> Parts:
        where = {n.id for n in nodes}

        def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
            if node.id not in where:
                return pulled
            changed = self.handed_back(wrong, node, g)
            return pulled if changed is None else dict.fromkeys(pulled, changed)

        return parts

    @cached_property
    def fused(self) -> Node | None:
        """The output's net input, where the loss contains the output activation."""
        error = next((n for n in self.graph.nodes if n.role == "error" and n.op is not None), None)
        read = self.graph[error.inputs[0]] if error is not None else None
        return read if read is not None and read.role == "net" else None

    def _extra_slope(self, node: Node, g: Any) -> Any:
        """out · (1 − out) once more, where the loss has it already."""
        if self.fused is None or node.id != self.fused.id:
            return g
        out = self.values[f"out{node.layer}"]
        return g * out * (1 - out)

    # ---- operands of products -------------------------------------------------------------------

    def operands(self) -> Iterator[Variant]:
        """A matrix transposed, a net input where an output belongs, a product's factor left out."""
        for node in self.products:
            W = self.values[node.inputs[1]]
            if W.ndim == 2 and W.shape[0] == W.shape[1] and not np.array_equal(W, W.T):
                yield self.handed("transposed", self._with(node, 1, W.swapaxes(-1, -2), 0),
                                  node=node.inputs[1], into=node.inputs[0])  # fmt: skip
            before = self.graph[node.inputs[0]]
            if len(before.inputs) == 1 and before in self.curved:
                net = self.values[before.inputs[0]]
                yield self.handed("net_for_out", self._with(node, 0, net, 1),
                                  node=before.id, net=before.inputs[0])  # fmt: skip
        for weights, nodes in self.shared_products():
            yield self.handed("transposed.all", self._turned(nodes), node=weights)
        for node in self.graph.nodes:
            if node.op is not None and node.op.name in ("mul", "div"):
                for slot, source in enumerate(node.inputs):
                    if differentiable(self.graph[source]):
                        yield self.handed("factor_out", _bare(node, slot), node=node.id, of=source)

    @property
    def products(self) -> list[Node]:
        alive = (n for n in self.graph.nodes if n.id in self.graph.alive)
        return [n for n in alive if n.op is not None and n.op.name in PRODUCTS]

    def shared_products(self) -> Iterator[tuple[str, list[Node]]]:
        """Square matrices that several products use, with those: one line of code in a loop."""
        used: dict[str, list[Node]] = {}
        for node in self.products:
            source = self.graph[node.inputs[1]]
            while source.op is not None and source.op.name == "transpose":
                source = self.graph[source.inputs[0]]
            if len(source.shape) == 2 and source.shape[0] == source.shape[1]:
                used.setdefault(source.id, []).append(node)
        yield from ((id_, nodes) for id_, nodes in used.items() if len(nodes) > 1)

    def _turned(self, nodes: Sequence[Node]) -> Parts:
        """Every one of these products pulled back through its matrix the wrong way round."""
        each = {n.id: self._with(n, 1, self.values[n.inputs[1]].swapaxes(-1, -2), 0) for n in nodes}

        def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
            return each[node.id](node, g, pulled) if node.id in each else pulled

        return parts

    def _with(self, at: Node, changed: int, instead: np.ndarray, slot: int) -> Parts:
        """The pull of `slot` as it is where another input has another value."""

        def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
            if node.id != at.id or slot not in pulled or node.op is None:
                return pulled
            given = [self.values[i] for i in node.inputs]
            given[changed] = instead
            y = self.values[node.id]
            return pulled | pull(node.op, xp, g, y, given, node.attributes, [slot])

        return parts

    def updated_weights(self, learning_rate: float) -> Variant:
        """Deltas sent back through weights that are updated already, layer by layer."""
        return Variant(
            "updated_weights", lambda: self._sequential(learning_rate), {"rate": learning_rate}
        )

    def _sequential(self, learning_rate: float) -> Arrays:
        values = dict(self.values)

        def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
            if node.op is None or node.op.name not in PRODUCTS or not {0, 1} <= set(pulled):
                return pulled
            W = values[node.inputs[1]] - learning_rate * np.asarray(pulled[1])
            given = [values[i] for i in node.inputs]
            given[1] = W
            return pulled | pull(node.op, xp, g, values[node.id], given, node.attributes, [0])

        return self.again(parts=parts)

    # ---- paths that are not followed ------------------------------------------------------------

    def paths(self) -> Iterator[Variant]:
        """One neuron's error not sent back, or only one; a layer that gets nothing."""
        for node in self.products:
            if not differentiable(self.graph[node.inputs[0]]):
                continue
            if self.graph[node.inputs[0]].op is None:
                continue
            units = node.shape[-1]
            for unit in _some(units) if units > 1 else ():
                name = Value(node.id, (0,) * (len(node.shape) - 1) + (unit,))
                yield self.handed("path_missing", self._through(node, unit, False), unit=name)
                if units > 2:
                    yield self.handed("path_only", self._through(node, unit, True), unit=name)

    def _through(self, at: Node, unit: int, only: bool) -> Parts:
        def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
            if node.id != at.id or 0 not in pulled or node.op is None:
                return pulled
            mask = np.arange(at.shape[-1]) == unit
            left = g * (mask if only else ~mask)
            given = [self.values[i] for i in node.inputs]
            y = self.values[node.id]
            return pulled | pull(node.op, xp, left, y, given, node.attributes, [0])

        return parts

    # ---- samples --------------------------------------------------------------------------------

    def batches(self) -> Iterator[Variant]:
        """A sample missing, one sample alone, deltas of samples that pile up, biases not summed."""
        network = self.trace.network
        if network is None:
            return
        count = len(self.values["x"])
        for node in self.biased:
            yield from self._biases(node, count)
        if count < 2:
            return
        if len(self.biased) > 1:
            for key, which in ONE_SAMPLE.items():
                yield self.handed(f"{key}.all", self._bias_of(self.biased, which))
        weights = np.ones(count)
        for sample in _some(count):
            missing = np.where(np.arange(count) == sample, 0.0, weights)
            yield self.weighed("sample_missing", missing, sample=sample + 1)
            yield self.weighed("sample_only", 1 - missing, sample=sample + 1)
        for sample in _some(count):
            alone = np.where(np.arange(count) == sample, float(count), 0.0)
            yield self.weighed("sample_only", alone, sample=sample + 1)
        yield self.weighed("stale_total", np.arange(count, 0, -1.0))
        for layer in range(1, network.depth + 1):
            yield self.kept("stale_delta", _piled({f"net{layer}"}), node=f"net{layer}")
        nets = {f"net{k}" for k in range(1, network.depth + 1)}
        if len(nets) > 1:
            yield self.kept("stale_delta.all", _piled(nets))

    @cached_property
    def biased(self) -> list[Node]:
        """The layers that have biases."""
        return [n for n in self.products if n.op is not None and n.op.name == "linear"]

    def _biases(self, node: Node, count: int) -> Iterator[Variant]:
        bias = node.inputs[2]
        if count > 1:
            for key, which in ONE_SAMPLE.items():
                yield self.handed(key, self._bias_of([node], which), node=bias)
        if not self.graph[bias].shape and node.shape[-1] > 1:
            for neuron in ("first", "last", "mean"):
                yield self.handed(f"shared_{neuron}", self._shared_bias(node, neuron), node=bias)

    def _bias_of(self, nodes: Sequence[Node], which: Callable[[Any], Any]) -> Parts:
        """A bias's gradient from one sample, or averaged."""
        where = {n.id for n in nodes}

        def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
            if node.id not in where or 2 not in pulled:
                return pulled
            part = which(g)
            return pulled | {2: part if self.graph[node.inputs[2]].shape else part.sum()}

        return parts

    def _shared_bias(self, at: Node, which: str) -> Parts:
        """A shared bias's gradient from one neuron, or averaged over the layer."""

        def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
            if node.id != at.id or 2 not in pulled:
                return pulled
            each = g.sum(axis=0)
            return pulled | {2: {"first": each[0], "last": each[-1], "mean": each.mean()}[which]}

        return parts

    def weighed(self, key: str, weights: np.ndarray, **blanks: Any) -> Variant:
        """Every sample's error by a weight of its own."""
        first = next(n for n in self.graph.nodes if n.role == "error" and n.op is not None)

        def keep(node: Node, g: Any) -> Any:
            by_row = weights.reshape((-1,) + (1,) * (g.ndim - 1)) if node.id == first.id else 1.0
            return g * by_row

        return self.kept(key, keep, **blanks)

    # ---- uses -----------------------------------------------------------------------------------

    def uses(self) -> Iterator[Variant]:
        """What is used several times: one use left out, or the last or the first alone counted."""
        reached = self.trace.recorded.gradients
        for id_, uses in self.graph.uses.items():
            through = [(c.id, slot) for c, slot in uses if c.id in reached]
            if len(through) < 2 or id_ not in reached:
                continue
            for k in _some(len(through)):
                yield self.handed("use_missing", _without({through[k]}), node=id_, use=k + 1)
            if len(through) > 2:
                yield self.handed("only_last_use", _without({*through[:-1]}), node=id_)
                yield self.handed("only_first_use", _without({*through[1:]}), node=id_)


# A batch's δ that is not summed: one sample's alone, as it stands in a mean or by itself.
ONE_SAMPLE: dict[str, Callable[[Any], Any]] = {
    "bias_last_sample": lambda g: g[-1],
    "bias_first_sample": lambda g: g[0],
    "bias_mean": lambda g: g.mean(axis=0),
    "bias_last_sample.whole": lambda g: len(g) * g[-1],
    "bias_first_sample.whole": lambda g: len(g) * g[0],
}


def _bare(at: Node, slot: int) -> Parts:
    """A product's or quotient's other factor left out."""

    def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
        if node.id != at.id or slot not in pulled or np.shape(pulled[slot]) != np.shape(g):
            return pulled
        return pulled | {slot: g}

    return parts


def _piled(nodes: set[str]) -> Keep:
    """Deltas that are not cleared between samples."""
    return lambda node, g: np.cumsum(g, axis=0) if node.id in nodes else g


def _without(uses: set[tuple[str, int]]) -> Parts:
    def parts(node: Node, g: Any, pulled: dict[int, Any]) -> dict[int, Any]:
        return {s: np.zeros_like(p) if (node.id, s) in uses else p for s, p in pulled.items()}

    return parts


def _some(count: int) -> range | tuple[int, int]:
    """All of a few, the first and the last of many."""
    return range(count) if count <= FEW else (0, count - 1)


def sequential_rate(trace: Trace, claimed: Mapping[str, np.ndarray]) -> float | None:
    """The learning rate with which deltas through updated weights would give a claimed gradient.

    The gradients of the last hidden layer change in proportion to it, so it is read off them; None
    where there is no such layer or no such rate.
    """
    network = trace.network
    if network is None or network.depth < 2:
        return None
    name = f"W{network.depth - 1}"
    right = trace.gradients[name]
    given = np.asarray(claimed.get(name, right))
    if given.shape != right.shape:
        return None
    change, off = WrongPasses(trace)._sequential(1.0)[name] - right, given - right
    if not change.any() or not off.any():
        return None
    rate = float(np.vdot(off, change) / np.vdot(change, change))
    return float(f"{rate:.6g}") if rate > 0 and np.isfinite(rate) else None
