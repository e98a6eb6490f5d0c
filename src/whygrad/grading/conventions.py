"""Conventions: other ways of counting that are not wrong, each as a world in which to grade.

½ or not, sums or means, target − output, thresholds for biases, shared biases, biases that stay:
each is a change of the graph, of the step, or of the signs of some numbers. A world is a set of
them; the one that explains a sheet is found by trying them in numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from whygrad.expr import Expr, Quantity
from whygrad.grading.naming import After, Asked
from whygrad.graph import Graph, Node
from whygrad.mistakes.ledger import Ledger, quantities
from whygrad.mistakes.parts import put, signed
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.names import Delta, Partial, Reference, Updated, Value
from whygrad.op import find
from whygrad.recording import Trace, record

ERRORS = {"half_squared_error": ("no_half", "squared_error"),
          "squared_error": ("half", "half_squared_error")}  # fmt: skip
SIGNS = ("delta_sign", "errors_sign", "all_sign")
LEARNING = ("biases_learn", "biases_stay")
THRESHOLDS = ("thresholds", "threshold_values")
LOSSES = {("half_squared_error", "sum"): "half_squared_error",
          ("squared_error", "sum"): "squared_error",
          ("squared_error", "mean"): "mean_squared_error"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class World:
    """A recorded pass counted by some conventions.

    trace: the pass, its graph changed where a convention changes it. kept: the conventions by key,
    none for the network's own. written: what stands on the sheet.
    """

    trace: Trace
    plan: Plan
    kept: tuple[str, ...] = ()
    written: frozenset[Reference] = field(default=frozenset(), repr=False)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.trace.recorded, self.plan, self.written)

    def ref(self, asked: Asked) -> Reference | After:
        """The number that a name means here."""
        ref = asked.ref
        if "per_sample" in self.kept and isinstance(ref, Delta):
            error = self.sample_error(ref.bottom)
            return ref if error is None else Partial(error, ref.bottom)
        return ref

    def sign(self, asked: Asked) -> float:
        """−1 where the sheet counts a number the other way round than the ledger does."""
        sign = -1.0 if asked.threshold else 1.0
        if set(self.kept) & set(THRESHOLDS) and self.of_bias(asked.ref):
            sign = -1.0
        chosen = next((key for key in SIGNS if key in self.kept), "")
        return -sign if chosen and self.turned(asked.ref, chosen) else sign

    def counted(self, formula: Expr, sign: float) -> Expr:
        """A ledger's formula times a sign, in numbers as the sheet counts them."""
        others = {
            q: -Quantity(q.ref, -q.value)
            for q in quantities(formula)
            if self.sign(Asked(q.ref)) < 0  # type: ignore[arg-type]
        }
        if not others and sign > 0:
            return formula
        return signed(put(formula, others), sign)

    def told(self, blank: Any) -> Any:
        """A number of a sentence as the sheet counts it; anything else as it is."""
        if isinstance(blank, Quantity) and isinstance(blank.ref, Value | Partial | Updated):
            return Quantity(blank.ref, self.sign(Asked(blank.ref)) * blank.value)
        return blank

    def turned(self, ref: Reference | After, key: str) -> bool:
        """Whether a sign convention concerns a number."""
        if isinstance(ref, Delta):
            return True
        if not isinstance(ref, Partial) or key == "delta_sign":
            return False
        role = self.trace.graph[ref.bottom.node].role
        wanted = (
            ("out", "net") if key == "errors_sign" else ("out", "net", "weight", "bias", "input")
        )
        return self.trace.graph[ref.top.node].role in ("loss", "error") and role in wanted

    def of_bias(self, ref: Reference | After) -> bool:
        """Whether a number is a bias, or a derivative with respect to one."""
        match ref:
            case Value(node=node) | Updated(Value(node=node)) | Partial(bottom=Value(node=node)):
                return self.trace.graph[node].role == "bias"
        return False

    def sample_error(self, at: Value) -> Value | None:
        """The error of the sample that a number belongs to, where samples are averaged."""
        loss = self.trace.graph[self.trace.graph.output]
        node = self.trace.graph[loss.inputs[0]]
        if at.index is None or not node.shape or node.shape[0] < 2 or node.size > node.shape[0]:
            return None
        return Value(node.id, (at.index[0], *[0] * (len(node.shape) - 1)))

    @property
    def network(self) -> Network | None:
        """The network whose training counts like this, where there is one."""
        net, error = self.trace.network, error_node(self.trace.graph)
        if net is None or error is None or error.op is None:
            return None
        over = outputs_node(self.trace.graph)
        loss = net.loss
        if error.op.name in ERRORS:
            outputs = over.op.name if over is not None and over.op else "sum"
            loss = LOSSES.get((error.op.name, outputs), "")
        last = self.trace.graph[self.trace.graph.output].op
        several = len(self.trace.recorded.values["x"]) > 1
        reduction = last.name if several and last is not None else net.reduction
        return replace(net, loss=loss, reduction=reduction, preparation=None) if loss else None


# ---- worlds -------------------------------------------------------------------------------------


def worlds(own: World, asked: list[Asked]) -> Iterator[World]:
    """The network's own conventions first, then every combination that could matter here."""
    if own.trace.network is None:
        yield own
        return
    signs = ["", *SIGNS]
    bases = list(passes(own))
    learns: list[tuple[str, Plan]] = [("", own.plan)]
    if any(
        isinstance(a.ref, After) or (isinstance(a.ref, Updated) and own.of_bias(a.ref))
        for a in asked
    ):
        other = replace(own.plan, train_bias=not own.plan.train_bias)
        learns.append((LEARNING[0] if other.train_bias else LEARNING[1], other))
    for (keys, trace), sign, (learn, plan) in itertools.product(bases, signs, learns):
        for more in further(own, trace, keys):
            kept = tuple(k for k in (*own.kept, *keys, *more, sign, learn) if k)
            yield World(trace, plan, kept)


def further(own: World, trace: Trace, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Conventions that leave the pass alone: thresholds by their signs, δ a sample."""
    biased = own.trace.network is not None and own.trace.network.bias != "none"
    thresholds = ["", "thresholds"] if biased and "threshold_values" not in keys else [""]
    last = trace.graph[trace.graph.output].op
    averaged = len(trace.recorded.values["x"]) > 1 and last is not None and last.name == "mean"
    for threshold, sample in itertools.product(
        thresholds, ["", "per_sample"] if averaged else [""]
    ):
        yield tuple(k for k in (threshold, sample) if k)


def passes(own: World) -> Iterator[tuple[tuple[str, ...], Trace]]:
    """The pass under each combination of the conventions that change its numbers."""
    graph = own.trace.graph
    choices: list[list[tuple[str, dict[str, str]]]] = []  # a key, and the node's other operation
    error, over = error_node(graph), outputs_node(graph)
    samples = graph[graph.output]
    if error is not None and error.op is not None and error.op.name in ERRORS:
        key, other = ERRORS[error.op.name]
        choices.append([("", {}), (key, {error.id: other})])
    if over is not None and over.op is not None:
        other = "sum" if over.op.name == "mean" else "mean"
        choices.append([("", {}), (f"outputs_{other}", {over.id: other})])
    if samples is not over and samples.op is not None and samples.op.name in ("sum", "mean"):
        other = "sum" if samples.op.name == "mean" else "mean"
        if len(own.trace.recorded.values["x"]) > 1:
            choices.append([("", {}), (f"samples_{other}", {samples.id: other})])
    network = own.trace.network
    biased = network is not None and network.bias != "none"
    for picked in itertools.product(*choices):
        keys = tuple(k for k, _ in picked if k)
        changed = {node: name for _, names in picked for node, name in names.items()}
        yield keys, again(own.trace, changed, 1.0)
        if biased:
            yield (*keys, "threshold_values"), again(own.trace, changed, -1.0)


def again(trace: Trace, changed: dict[str, str], sign: float) -> Trace:
    """The pass with other operations at some nodes, and the biases times a sign."""
    if not changed and sign == 1.0:
        return trace
    nodes = (
        replace(n, op=find(changed[n.id])) if n.id in changed else n for n in trace.graph.nodes
    )
    graph = Graph(tuple(nodes), trace.graph.output)
    given = {
        n.id: trace.recorded.values[n.id] * (sign if n.role == "bias" else 1) for n in graph.sources
    }
    return replace(trace, recorded=record(graph, given))


def error_node(graph: Graph) -> Node | None:
    """The errors of the single outputs."""
    return next((n for n in graph.nodes if n.role == "error"), None)


def outputs_node(graph: Graph) -> Node | None:
    """Where the errors of a sample's outputs are put together."""
    error = error_node(graph)
    if error is None or len(error.shape) != 2 or error.shape[1] < 2:
        return None
    found = next((n for n in graph.nodes if error.id in n.inputs), None)
    known = found is not None and found.op is not None and found.op.name in ("sum", "mean")
    return found if known else None


def other_biases(trace: Trace) -> Trace | None:
    """The pass with a bias a neuron where they are shared; shared where they are equal."""
    net = trace.network
    if net is None or net.bias == "none":
        return None
    shared = net.bias == "per_neuron"
    biases: dict[str, np.ndarray] = {}
    for k in range(1, net.depth + 1):
        b = np.asarray(net.parameters[f"b{k}"])
        if shared and np.ptp(b) > 0:
            return None
        biases[f"b{k}"] = np.array(b.flat[0]) if shared else np.full(net.layers[k], float(b))
    bias = "shared" if shared else "per_neuron"
    return of_network(trace, replace(net, bias=bias, parameters={**net.parameters, **biases}))


def with_probabilities(trace: Trace) -> Trace:
    """The pass with p = softmax(net) as its outputs, where only the loss works them out.

    So p has a line of its own: it can stand on a sheet, and it is a number that was rounded.
    """
    net = trace.network
    fused = objective(net.loss).fused if net is not None else ""
    if net is None or not fused or net.activations[-1].name != "identity":
        return trace
    return of_network(trace, replace(net, activations=(*net.activations[:-1], find(fused))))


def of_network(trace: Trace, network: Network) -> Trace:
    """The pass of another network with the same samples."""
    values = trace.recorded.values
    graph = network.graph(len(values["x"]), trace.graph["y"].integer)
    given = {"x": values["x"], "y": values["y"], **network.parameters}
    return replace(trace, recorded=record(graph, given), network=network)
