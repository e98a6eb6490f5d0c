"""Problem: one pass with its numbers, and the lines of its solution, each a Step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from whygrad.derivation import Step
from whygrad.deriver import forward_step
from whygrad.expr import Expr, Quantity
from whygrad.graph import Node
from whygrad.mistakes.ledger import Ledger
from whygrad.models.learning import Plan
from whygrad.models.objective import OF_THE_LOSS, objective
from whygrad.names import Delta, Named, Partial, Rate, Reference, Updated, Value
from whygrad.notation import Notation
from whygrad.recording import Trace


@dataclass(frozen=True, eq=False)
class Problem:
    """A recorded pass and how far its step goes: what a sheet is about."""

    trace: Trace
    plan: Plan

    @property
    def names(self) -> Notation:
        return self.trace.names

    def nodes(self, *roles: str) -> list[Node]:
        """The graph's nodes of these roles, in its order."""
        return [n for n in self.trace.graph.nodes if n.role in roles]

    @cached_property
    def given(self) -> list[Value]:
        """The numbers that a solution starts from."""
        sources = (n for n in self.trace.graph.sources if not n.integer)
        return [ref for node in sources for ref in self.names.entries(node)]

    @cached_property
    def labels(self) -> list[int]:
        """The right class of each sample, from 1, where the targets are such."""
        whole = (n for n in self.nodes("target") if n.integer)
        return [int(c) + 1 for n in whole for c in self.trace.recorded.values[n.id]]

    def learned(self, layer: int | None = None) -> list[Value]:
        """The parameters that the step changes, of one layer or of all."""
        nodes = [n for n in self.trace.parameters if self.plan.learns(n)]
        chosen = [n for n in nodes if layer in (None, n.layer)]
        return [ref for node in chosen for ref in self.names.entries(node)]

    def tied(self, layer: int) -> list[Value]:
        """The weights of a decoder that are the encoder's: what they add has lines of its own."""
        nodes = (n for n in self.nodes("tied") if n.layer == layer)
        return [ref for node in nodes for ref in self.names.entries(node)]

    # ---- lines ----------------------------------------------------------------------------------

    def forward(self) -> list[Step]:
        """net and out of each neuron, layer by layer; a softmax needs every net before any out."""
        steps = []
        for net in self.nodes("net"):
            nets = list(self.names.entries(net))
            out = next((n for n in self.nodes("out") if n.layer == net.layer), None)
            outs = [Value(out.id, ref.index) for ref in nets] if out is not None else []
            one_by_one = out is not None and out.op is not None and out.op.elementwise
            pairs = [r for pair in zip(nets, outs, strict=True) for r in pair] if one_by_one else []
            steps += [self.line(ref) for ref in pairs or nets + outs]
        return steps

    def error(self) -> list[Step]:
        """The errors, and the loss that they make."""
        nodes = self.nodes(*OF_THE_LOSS)
        return [self.line(ref) for node in nodes for ref in self.names.entries(node)]

    def deltas(self, layer: int) -> list[Step]:
        """δ of every neuron of a layer; that of a dead unit is written as those of the others."""
        nets = (n for n in self.nodes("net") if n.layer == layer)
        steps = (self.backward(Delta(ref)) for net in nets for ref in self.names.entries(net))
        return [self.followed(step) if step.rule == "cut" else step for step in steps]

    def gradients(self, refs: Iterable[Value]) -> list[Step]:
        """∂E/∂w by δ, one line for each; behind a dead unit, too."""
        steps = (self.backward(Partial(self.trace.recorded.loss, ref)) for ref in refs)
        return [self.by_delta(step) if step.rule == "cut" else step for step in steps]

    def backward(self, ref: Partial | Delta) -> Step:
        """The line of a gradient by δ."""
        return self.inlined(self.trace.deriver("delta").step(ref))

    def followed(self, step: Step) -> Step:
        """A line that a mask makes 0, with what comes from above worked out."""

        def put(part: Expr) -> Expr | None:
            above = isinstance(part, Quantity) and isinstance(part.ref, Partial)
            return self.backward(part.ref).formula if above else None  # type: ignore[attr-defined]

        return replace(step, formula=step.formula.replace(put))

    def by_delta(self, step: Step) -> Step:
        """A gradient that a mask makes 0, as the product that it is everywhere: δ · input."""
        line = Ledger(self.trace.recorded, self.plan).step(step.ref)
        assert line is not None
        local = {part.ref: part.formula for part in line.parts}

        def put(part: Expr) -> Expr | None:
            if not (isinstance(part, Quantity) and isinstance(part.ref, Partial)):
                return None
            return local.get(part.ref, Quantity(Delta(part.ref.bottom), part.value))

        return replace(step, formula=line.formula.replace(put))

    def chain(self, at: Value) -> list[Step]:
        """∂E/∂w by the chain rule, every factor a line."""
        steps = self.trace.deriver("factors").why(at, self.names).steps
        return [self.inlined(step) for step in steps if step.rule != "let"]

    def updates(self, refs: Iterable[Value]) -> list[Step]:
        """w⁺ = w − η · ∂E/∂w, one line for each; none where no learning rate is given."""
        return [] if self.plan.learning_rate is None else [self.update(ref) for ref in refs]

    def update(self, at: Value) -> Step:
        recorded, rate = self.trace.recorded, self.plan.learning_rate
        assert rate is not None
        old, slope = recorded.value(at), recorded.gradient(at)
        gradient = Quantity(Partial(recorded.loss, at), slope)
        formula = Quantity(at, old) - Quantity(Rate(), rate) * gradient
        return Step(Updated(at), "update", formula, old - rate * slope)

    def line(self, at: Value) -> Step:
        """The line of a value."""
        return self.inlined(forward_step(self.trace.recorded, at))

    # ---- what a rule names for itself -----------------------------------------------------------

    def inlined(self, step: Step) -> Step:
        """The line without sub-results of a rule's own: in their place what they are made of.

        The probabilities of a softmax are its outputs, which have lines already.
        """
        lets = {part.ref: part for part in step.parts if part.rule == "let"}

        def put(part: Expr) -> Expr | None:
            if not (isinstance(part, Quantity) and isinstance(part.ref, Named)):
                return None
            let = lets.get(part.ref)
            output = self.output(part.ref)
            if output is not None:
                return Quantity(output, part.value)
            return None if let is None else self.inlined(let).formula

        rest = tuple(part for part in step.parts if part.rule != "let")
        return replace(step, formula=step.formula.replace(put), parts=rest)

    def output(self, ref: Named) -> Value | None:
        """The output that a loss on net inputs works out once more."""
        network = self.trace.network
        if network is None or not objective(network.loss).fused:
            return None
        out = self.nodes("out")[-1]
        inside = len(ref.index) == len(out.shape) and ref.index < out.shape
        return Value(out.id, ref.index) if inside and ref.name in ("p", "σ") else None


def quantities(step: Step) -> Iterator[Reference]:
    """What a line's formula is made of, each once."""
    found = (part.ref for part in step.formula.walk() if isinstance(part, Quantity))
    yield from dict.fromkeys(found)  # type: ignore[misc]
