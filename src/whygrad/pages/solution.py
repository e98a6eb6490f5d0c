"""The worked solution: a recorded pass as a page, in the order in which one would write it down.

Network and numbers, forward, error, the gradients of a layer from the output backwards with one
weight of each in full, the step. What is said and in which order is decided here; the lines come
from the derivation, the sentences from `prose/`, the form from a renderer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from whygrad.checking.kinks import kinks
from whygrad.derivation import Derivation, Pass, Step
from whygrad.deriver import Deriver, forward_step
from whygrad.drawing import drawing_of, network_drawing
from whygrad.expr import Quantity
from whygrad.graph import Node
from whygrad.models.learning import Plan, update_groups
from whygrad.models.objective import OF_THE_LOSS
from whygrad.names import Delta, Name, Partial, Rate, Reference, Rest, Updated, Value
from whygrad.notation import Notation
from whygrad.numeric import xp
from whygrad.pages.document import (
    Block,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Part,
    Picture,
    Sentence,
    Table,
    sentence,
)
from whygrad.pages.general import plain_formula
from whygrad.pages.prose import SENTENCES
from whygrad.pages.traced import explain_graph
from whygrad.recording import Trace
from whygrad.reverse import backward
from whygrad.split import Splitter

IN_FULL = 4  # a layer of more numbers shows its first line in full and the others in a table
IN_TABLE = 24  # rows of a table; what is left out is said, and can be asked for by name


# ---- the lines of a derivation ------------------------------------------------------------------


def derivation_document(derivation: Derivation, proved: float | None = None) -> Document:
    """A derivation alone as a page."""
    blocks: list[Block] = [*derivation_blocks(derivation.steps, proved)]
    blocks += kink_blocks(derivation.deriver.recorded, derivation.deriver.splitter, derivation.of)
    blocks.append(Paragraph(sentence("rounding")))
    if derivation.names.key == "indexed":
        blocks.insert(0, Paragraph(sentence("notation.indexed")))
    title = sentence("why.title", target=derivation.target)
    return Document(title, tuple(blocks), derivation.names)


def derivation_blocks(steps: Iterable[Step], proved: float | None = None) -> Iterator[Block]:
    """From the target down to what it needs, each gradient once, and back up in numbers."""
    steps = tuple(steps)
    reading = Reading({step.ref: step for step in steps})
    yield from reading.blocks(steps[-1], proved)


def kink_blocks(recorded: Pass, splitter: Splitter, at: Value) -> Iterator[Block]:
    """Which convention was used, where the way from a number to the loss goes through a kink."""
    for kink in kinks(recorded, splitter, at):
        known = f"kink.{kink.convention}"
        yield Paragraph(
            sentence(
                "kink",
                what=kink.at,
                number=kink.number,
                op=kink.op,
                left=round(kink.left, 6),
                right=round(kink.right, 6),
                convention=sentence(known) if known in SENTENCES else kink.convention,
            )
        )


@dataclass
class Reading:
    """Steps by what they are of; those that have been read already are only referred to."""

    steps: dict[Reference, Step]
    read: set[Reference] = field(default_factory=set)

    def blocks(self, step: Step, proved: float | None = None) -> Iterator[Block]:
        """One gradient: why it has this form, the form, where its factors come from, the number."""
        self.read.add(step.ref)
        if step.rule in ("errors", "samples", "uses", "paths", "cut", "unused"):
            bottom = step.ref.bottom if isinstance(step.ref, (Partial, Delta)) else step.ref
            yield Paragraph(sentence(f"rule.{step.rule}", what=bottom, through=step.through))
        if step.remainder is not None:
            yield Paragraph(rest_sentence(step.remainder))
        lets = [part for part in step.parts if part.rule == "let"]
        locals_ = [part for part in step.parts if part.rule not in ("let", "chain")]
        terms = [part for part in step.parts if part.rule == "chain"]
        below = list(self.unread(step, terms))
        if not (below or locals_ or terms):
            yield Lines(tuple(value_lines(step, proved)))
            return
        yield Lines((Line(step.ref, (step.formula,), None, numbers=False),))
        for part in below:
            yield from self.blocks(part)
        named = [line for part in (*locals_, *lets) for line in value_lines(part)]
        yield Lines(
            (*named, Line(step.ref, (step.formula,), step.value, symbols=False, proved=proved))
        )

    def unread(self, step: Step, terms: list[Step]) -> Iterator[Step]:
        """The terms with lines of their own, and the gradients that are not worked out yet."""
        yield from terms
        if not terms:  # a term asks for what it needs itself
            for need in step.needs:
                if need in self.steps and need not in self.read:
                    yield self.steps[need]


def rest_sentence(remainder: Quantity) -> Sentence:
    """What the part of a long sum that is not shown is called."""
    terms = remainder.ref.terms if isinstance(remainder.ref, Rest) else 0
    return sentence("rest.meaning", rest=remainder.ref, terms=terms)


def value_lines(step: Step, proved: float | None = None) -> Iterator[Line]:
    """A step's line, and below it those of the sub-results that its rule names."""
    yield Line(step.ref, (step.formula,), step.value, proved=proved)
    for part in step.parts:
        yield from value_lines(part)


# ---- a network's page ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Explanation:
    """The parts of a page about one pass of a network, each as blocks."""

    trace: Trace
    names: Notation
    plan: Plan = field(default_factory=Plan)

    @cached_property
    def factors(self) -> Deriver:
        return self.trace.deriver("factors")

    @cached_property
    def deltas(self) -> Deriver:
        return self.trace.deriver("delta")

    def layer(self, role: str, layer: int) -> Node | None:
        nodes = (n for n in self.trace.graph.nodes if n.role == role and n.layer == layer)
        return next(nodes, None)

    @property
    def depth(self) -> int:
        assert self.trace.network is not None
        return self.trace.network.depth

    # ---- the network ----------------------------------------------------------------------------

    def network(self) -> Iterator[Block]:
        """The drawing, and the numbers that are given."""
        network = self.trace.network
        assert network is not None
        yield Paragraph(
            sentence(
                "network.summary",
                sizes="-".join(map(str, network.layers)),
                activations=", ".join(a.name for a in network.activations),
                loss=network.loss,
                samples=self.samples,
            )
        )
        yield Picture(network_drawing(self.trace, self.names), sentence("network.caption"))
        if self.names.key == "indexed":
            yield Paragraph(sentence("notation.indexed"))
        given = [n for n in self.trace.graph.sources if not n.integer]
        yield from self.table("network.given", [r for n in given for r in self.names.entries(n)])
        if self.plan.learning_rate is not None:
            rate = Quantity(Rate(), self.plan.learning_rate)
            yield Paragraph(sentence("network.rate", rate=rate))
        if not self.plan.train_bias and network.bias != "none":
            yield Paragraph(sentence("network.biases_stay"))
        yield Paragraph(sentence("rounding"))

    @property
    def samples(self) -> int:
        return int(self.trace.graph["x"].shape[0])

    def table(self, title: str, refs: list[Value]) -> Iterator[Block]:
        """Names and their values, several pairs a row; what is left out is said."""
        shown, columns = refs[: IN_TABLE * 2], 4 if len(refs) > 6 else 2
        cells: list[tuple[Part, Part]] = [(r, self.trace.recorded.value(r)) for r in shown]
        rows = []
        for start in range(0, len(cells), columns):
            row: list[Part | None] = [c for pair in cells[start : start + columns] for c in pair]
            rows.append(tuple(row + [None] * (2 * columns - len(row))))
        yield Table((sentence(title), *[None] * (2 * columns - 1)), tuple(rows))
        if len(refs) > len(shown):
            yield Paragraph(sentence("table.more", count=len(refs) - len(shown)))

    # ---- forward --------------------------------------------------------------------------------

    def forward(self, everything: bool = False) -> Iterator[Block]:
        """Layer by layer: net and out of each neuron."""
        for layer in range(1, self.depth + 1):
            key = "forward.output" if layer == self.depth else "forward.hidden"
            yield Heading(sentence(key, layer=layer), level=3)
            net, out = self.layer("net", layer), self.layer("out", layer)
            assert net is not None and out is not None
            yield from self.tied(layer)
            pairs = list(zip(self.names.entries(net), self.names.entries(out), strict=True))
            full = pairs if everything or len(pairs) <= IN_FULL else pairs[:1]
            steps = [self.forward_step(ref) for pair in full for ref in pair]
            rests = [s.remainder for s in steps if s.remainder is not None]
            if rests:
                yield Paragraph(rest_sentence(rests[0]))
            yield Lines(tuple(line for step in steps for line in value_lines(step)))
            rest = pairs[len(full) :]
            if rest:
                yield Paragraph(sentence("forward.likewise"))
                yield self.neuron_table(rest)
            if len(rest) > IN_TABLE:
                yield Paragraph(sentence("table.more", count=len(rest) - IN_TABLE))

    def tied(self, layer: int) -> Iterator[Block]:
        """Of a decoder that has no weights of its own: whose they are, and how they are called."""
        node = self.layer("tied", layer)
        if node is None:
            return
        own = self.trace.graph[node.inputs[0]]
        first = Value(own.id, (0, 0)), Value(node.id, (0, 0))
        yield Paragraph(sentence("forward.tied", layer=own.layer, weight=first[0], again=first[1]))
        formula = plain_formula(self.trace.graph, node)
        yield Lines((Line(Value(node.id), (formula,), None, numbers=False),))

    def neuron_table(self, pairs: list[tuple[Value, Value]]) -> Table:
        rows = tuple(
            (net, self.trace.recorded.value(net), out, self.trace.recorded.value(out))
            for net, out in pairs[:IN_TABLE]
        )
        head = (sentence("head.net"), None, sentence("head.out"), None)
        return Table(head, rows)

    def forward_step(self, ref: Value) -> Step:
        return forward_step(self.trace.recorded, ref)

    def forward_lines(self, ref: Value) -> Iterator[Line]:
        return value_lines(self.forward_step(ref))

    def error(self, everything: bool = False) -> Iterator[Block]:
        """The errors of outputs and samples, and the loss that they make."""
        for node in self.trace.graph.nodes:
            if node.role in OF_THE_LOSS:
                if node.role == "mean":
                    yield from self.sparsity()
                refs = list(self.names.entries(node))
                full = refs if everything or len(refs) <= IN_FULL else refs[:1]
                yield Lines(tuple(x for ref in full for x in self.forward_lines(ref)))
                if len(refs) > len(full):
                    yield Paragraph(sentence("forward.likewise"))
                    title = (
                        "head.activity" if node.role in ("mean", "divergence") else "head.errors"
                    )
                    yield from self.table(title, refs[len(full) :])

    def sparsity(self) -> Iterator[Block]:
        """What the penalty of a sparse code asks for."""
        network = self.trace.network
        asked = network.sparsity if network else None
        if asked is not None:
            rho, beta = Quantity(Name("ρ"), asked.rho), Quantity(Name("β"), asked.beta)
            mean = Name("ρ̂")
            yield Paragraph(sentence("error.sparse", mean=mean, rho=rho, beta=beta))

    # ---- backward -------------------------------------------------------------------------------

    def learned(self, layer: int) -> list[Value]:
        """The weights and biases of a layer, in the order of their numbers."""
        nodes = [self.layer(role, layer) for role in ("weight", "bias")]
        return [ref for node in nodes if node for ref in self.names.entries(node)]

    def delta_lines(self, layer: int, everything: bool = False) -> Iterator[Block]:
        """δ of every neuron of a layer."""
        net = self.layer("net", layer)
        assert net is not None
        refs = list(self.names.entries(net))
        full = refs if everything or len(refs) <= IN_FULL else refs[:1]
        steps = [self.deltas.step(self.deltas.reference(ref)) for ref in full]
        yield Lines(tuple(line for s in steps for line in value_lines(s)))
        rest = refs[len(full) :]
        if rest:
            yield Paragraph(sentence("forward.likewise"))
            rows: list[tuple[Part | None, ...]] = [
                (Delta(ref), self.trace.recorded.gradient(ref)) for ref in rest[:IN_TABLE]
            ]
            yield Table((sentence("head.delta"), None), tuple(rows))
        if len(rest) > IN_TABLE:
            yield Paragraph(sentence("table.more", count=len(rest) - IN_TABLE))

    def in_full(self, at: Value) -> Iterator[Block]:
        """One weight: its drawing, its factors, its general form, its δ form."""
        drawing = drawing_of(self.trace, self.names, at)
        if drawing is not None:
            yield Picture(drawing, sentence(f"{drawing.kind}.caption", weight=at))
            if drawing.share is not None:
                key = "way.sample" if self.samples > 1 else "way.part"
                yield Paragraph(sentence(key, sample=drawing.sample, share=drawing.share))
        derivation = self.factors.why(at, self.names)
        yield from derivation_blocks(derivation.steps)
        yield from kink_blocks(self.factors.recorded, self.factors.splitter, at)
        last = derivation.steps[-1]
        if last.parts and last.expanded != last.formula:
            yield Paragraph(sentence("general.form"))
            yield Lines((Line(last.ref, (last.expanded,), last.value),))

    def delta_form(self, at: Value) -> Iterator[Block]:
        """The same weight by the δ of its neuron."""
        derivation = self.deltas.why(at, self.names, depth=0)
        yield Paragraph(sentence("delta.form"))
        steps = [s for s in derivation.steps if isinstance(s.ref, Delta)][-1:]
        yield Lines(tuple(line for s in (*steps, derivation.last) for line in value_lines(s)))

    def gradient_lines(self, refs: Iterable[Value]) -> Iterator[Block]:
        """One line for each: ∂E/∂w7 = δ_o2 · out_h1."""
        steps = [self.deltas.step(self.deltas.reference(ref)) for ref in refs]
        if steps:
            yield Lines(tuple(line for s in steps for line in value_lines(s)))

    # ---- the step -------------------------------------------------------------------------------

    def updated(self, at: Value) -> float:
        """A parameter after one step of gradient descent."""
        assert self.plan.learning_rate is not None
        return self.trace.recorded.value(at) - self.plan.learning_rate * self.gradient_used(at)

    def gradient_used(self, at: Value) -> float:
        """The gradient that the step of a parameter is made with."""
        return float(self.used[at.node][at.index]) if at.node in self.used else 0.0

    @cached_property
    def used(self) -> Mapping[str, np.ndarray]:
        """The gradients that the step is made with, by node.

        In the sequential order a layer's are taken with the layers behind it already moved, and
        the activations as they were.
        """
        recorded, rate = self.trace.recorded, self.plan.learning_rate
        if rate is None or self.plan.update_order == "simultaneous":
            return recorded.gradients
        values, used = dict(recorded.values), dict(recorded.gradients)
        learned = [node for node in self.trace.parameters if self.plan.learns(node)]
        for names in update_groups(learned, self.plan.update_order):
            found = backward(recorded.graph, values, xp, only=names)
            for name in names:
                used[name] = found[name]
                values[name] = values[name] - rate * found[name]
        return used

    def update_lines(self, refs: Iterable[Value]) -> Iterator[Block]:
        """w⁺ = w − η · ∂E/∂w for each that learns."""
        if self.plan.learning_rate is None:
            return
        recorded, loss = self.trace.recorded, self.trace.recorded.loss
        rate = Quantity(Rate(), self.plan.learning_rate)
        lines = []
        for at in refs:
            if self.plan.learns(self.trace.graph[at.node]):
                gradient = Quantity(Partial(loss, at), self.gradient_used(at))
                formula = Quantity(at, recorded.value(at)) - rate * gradient
                lines.append(Line(Updated(at), (formula,), self.updated(at)))
        if lines:
            yield Lines(tuple(lines))

    def updates(self) -> dict[Value, float]:
        """Every parameter that learns, after the step."""
        refs = self.trace.numbers(self.trace.parameters)
        return {r: self.updated(r) for r in refs if self.plan.learns(self.trace.graph[r.node])}


def explain(
    trace: Trace,
    *,
    names: Notation | None = None,
    plan: Plan | None = None,
    everything: bool = False,
) -> Document:
    """The page of `whygrad explain`: forward, loss, and layer by layer the gradients.

    everything: each weight in full, each line shown.
    """
    if trace.network is None:
        return explain_graph(trace, names)
    page = Explanation(trace, names or trace.notation(), plan or Plan())
    blocks: list[Block] = [Heading(sentence("part.network")), *page.network()]
    blocks += [Heading(sentence("part.forward")), *page.forward(everything)]
    blocks += [Heading(sentence("part.error")), *page.error(everything)]
    blocks += [Heading(sentence("part.backward")), Paragraph(sentence("backward.idea"))]
    for layer in range(page.depth, 0, -1):
        blocks += list(layer_blocks(page, layer, everything))
    title = sentence("explain.title", sizes="-".join(map(str, trace.network.layers)))
    return Document(title, tuple(blocks), page.names)


def layer_blocks(page: Explanation, layer: int, everything: bool) -> Iterator[Block]:
    """A layer's δ, one of its weights in full, its other gradients a line each, its step."""
    key = "backward.output" if layer == page.depth else "backward.hidden"
    yield Heading(sentence(key, layer=layer), level=3)
    refs = page.learned(layer)
    for at in refs if everything else refs[:1]:
        yield Heading(sentence("weight.in_full", weight=at), level=4)
        yield from page.in_full(at)
    yield Heading(sentence("delta.title"), level=4)
    yield Paragraph(sentence("delta.meaning"))
    yield from page.delta_lines(layer, everything)
    yield Heading(sentence("gradients.title"), level=4)
    shown = refs if everything else refs[:IN_TABLE]
    tied = page.layer("tied", layer)
    if tied is not None:
        yield Paragraph(sentence("gradients.tied", layer=page.trace.graph[tied.inputs[0]].layer))
        again = list(page.names.entries(tied))
        yield from page.gradient_lines(again if everything else again[:IN_TABLE])
    yield from page.gradient_lines(shown)
    if len(refs) > len(shown):
        yield Paragraph(sentence("table.more", count=len(refs) - len(shown)))
    if page.plan.learning_rate is not None:
        yield Heading(sentence("update.title"), level=4)
        if page.plan.update_order == "sequential" and layer < page.depth:
            yield Paragraph(sentence("update.sequential"))
        yield from page.update_lines(shown)
