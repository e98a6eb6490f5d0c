"""The worked example: the article's network, measured for one screen or worked out in full.

Source of the figures: "A Step by Step Backpropagation Example" (Mazur 2015) and its Chinese
retelling, whose program computed the hidden gradients with output weights already updated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from whygrad.checking.entries import finite_difference
from whygrad.drawing import Drawing, network_drawing
from whygrad.files import config
from whygrad.models.mlp import mlp
from whygrad.names import Value
from whygrad.pages.document import (
    Block,
    Curve,
    Document,
    Heading,
    Paragraph,
    Precise,
    Table,
    sentence,
)
from whygrad.pages.solution import Explanation
from whygrad.recording import Trace, backprop
from whygrad.training.loop import train
from whygrad.training.run import Run

STEPS = (0, 1, 100, 1_000, 10_000)
PRINTED = {1: "0.291027924", 10_000: "0.000035085"}  # by the article
PRINTED_OUTPUTS = ("0.015912196", "0.984065734")
NUDGE = 0.001  # how far w5 is turned to show what a slope is


@dataclass(frozen=True)
class Screen:
    """Everything that the one screen of `whygrad demo` shows, measured."""

    trace: Trace
    drawing: Drawing
    nudged: float  # the loss with w5 turned by NUDGE
    checked: dict[str, float]  # finite differences of w5 and w1
    run: Run
    seconds: float
    rate: float
    proved: int  # how many gradients agree with their finite difference

    def value(self, name: str) -> float:
        return float(self.trace.value(name))

    def gradient(self, name: str) -> float:
        return float(self.trace.grad(name))

    def updated(self, name: str) -> float:
        """A weight after the first step."""
        return self.value(name) - self.rate * self.gradient(name)

    def loss_after(self, steps: int) -> float:
        return loss_after(self.run, steps)


def loss_after(run: Run, steps: int) -> float:
    """The recorded loss after so many steps."""
    return float(next(row["loss"] for row in run.history if row["iteration"] == steps))


def article() -> tuple[config.NetworkFile, Trace]:
    """The article's network file and its recorded pass."""
    file = config.article()
    return file, backprop(file.network, *file.samples())


def measure() -> Screen:
    """Runs the worked example: pass, nudge, checks, 10,000 steps."""
    file, trace = article()
    nudged = file.network.with_parameters(w5=trace.value("w5") + NUDGE)
    names = [trace.names.text(r) for r in weights(trace)]
    checked = {name: finite_difference(trace, trace.find(name)) for name in names}
    start = perf_counter()
    run = train(file.network, *file.samples(), quiet=True, **file.training.options())
    seconds = perf_counter() - start
    return Screen(
        trace=trace,
        drawing=network_drawing(trace, trace.names),
        nudged=backprop(nudged, *file.samples()).loss,
        checked={name: checked[name] for name in ("w5", "w1")},
        run=run,
        seconds=seconds,
        rate=file.training.learning_rate or 0.0,
        proved=sum(bool(np.isclose(trace.grad(n), checked[n], rtol=1e-7)) for n in names),
    )


def weights(trace: Trace) -> list[Value]:
    """The weights, in the order of their numbers."""
    nodes = tuple(n for n in trace.parameters if n.role == "weight")
    return list(trace.numbers(nodes))


# ---- the whole solution -------------------------------------------------------------------------


def full(notation: str | None = None, detail: str = "factors") -> Document:
    """The complete solution in the article's order, its last table in both update orders."""
    file, trace = article()
    page = Explanation(trace, trace.notation(notation), file.plan())
    blocks = (
        Heading(sentence("part.network")),
        *page.network(),
        Heading(sentence("part.forward")),
        *page.forward(everything=True),
        Heading(sentence("part.backward")),
        Paragraph(sentence("backward.idea")),
        Heading(sentence("demo.error"), level=3),
        *page.error(everything=True),
        *weight_blocks(page, 2, "demo.output_weights", detail),
        *weight_blocks(page, 1, "demo.hidden_weights", detail),
        *training_blocks(file),
    )
    return Document(sentence("demo.title"), blocks, page.names)


def weight_blocks(page: Explanation, layer: int, title: str, detail: str) -> Iterator[Block]:
    """A layer's first weight in full, the others a line each, and the layer's step."""
    refs = [r for r in page.learned(layer) if page.trace.graph[r.node].role == "weight"]
    yield Heading(sentence(title, weight=refs[0]), level=3)
    if detail == "factors":
        yield from page.in_full(refs[0])
    yield from page.delta_form(refs[0])
    yield Paragraph(sentence("demo.others"))
    yield from page.gradient_lines(refs[1:])
    yield Paragraph(sentence("demo.update"))
    yield from page.update_lines(refs)


def both_orders(file: config.NetworkFile) -> tuple[Run, Run]:
    """10,000 steps with every gradient from the old weights, and in the article's order."""
    options = file.training.options() | {"quiet": True}
    orders = ("simultaneous", "sequential")
    right, ran = (
        train(file.network, *file.samples(), **options | {"update_order": order})
        for order in orders
    )
    return right, ran


def training_blocks(file: config.NetworkFile) -> Iterator[Block]:
    """The error after one step, the repetition, the end, and which figure belongs to which."""
    right, ran = both_orders(file)
    yield Heading(sentence("demo.repeat"))
    after = loss_after(right, 1)
    yield Paragraph(sentence("demo.after_one", before=loss_after(right, 0), after=after))
    yield Curve(
        tuple(int(row["iteration"]) for row in right.history),
        tuple(float(row["loss"]) for row in right.history),
    )
    outputs = [float(v) for v in np.ravel(right.outputs)]
    yield Paragraph(
        sentence("demo.end", loss=right.loss, out1=outputs[0], out2=outputs[1], steps=10_000)
    )
    yield Heading(sentence("demo.note"))
    yield Paragraph(sentence("demo.note.text"))
    yield comparison(right, ran)
    yield Paragraph(sentence("demo.note.belongs"))
    yield Paragraph(sentence("demo.note.biases", **with_biases(file)))
    yield Paragraph(sentence("demo.note.slip", value=float(first_output(file))))


def with_biases(file: config.NetworkFile) -> dict[str, Precise]:
    """The error after one step in which the intercepts learn: shared, and one a neuron."""
    net, options = file.network, file.training.options() | {"iterations": 1, "train_bias": True}
    own = mlp(net.layers, activation=net.activations[0], loss=net.loss).with_parameters(
        **{k: np.broadcast_to(v, (net.layers[int(k[1:])],)) if k[0] == "b" else v
           for k, v in net.parameters.items()}
    )  # fmt: skip
    one_step = (train(n, *file.samples(), **options | {"quiet": True}) for n in (net, own))
    shared, each = (Precise(run.loss) for run in one_step)
    return {"shared": shared, "own": each}


def first_output(file: config.NetworkFile) -> float:
    """out_o1 of the forward pass."""
    return float(backprop(file.network, *file.samples()).value("out_o1"))


def comparison(right: Run, ran: Run) -> Table:
    """The article's last table: both update orders, and what the article prints."""
    head = (None, sentence("demo.right"), sentence("demo.ran"), sentence("demo.printed"))
    rows: list[tuple[Any, ...]] = [
        (
            sentence("demo.loss_after", steps=steps),
            Precise(loss_after(right, steps)),
            Precise(loss_after(ran, steps)),
            PRINTED[steps],
        )
        for steps in (1, 10_000)
    ]
    for k, printed in enumerate(PRINTED_OUTPUTS):
        pair = (Precise(float(np.ravel(run.outputs)[k])) for run in (right, ran))
        rows.append((sentence("demo.output_after", k=k + 1, steps=10_000), *pair, printed))
    return Table(head, tuple(rows))


def full_data() -> dict[str, Any]:
    """The whole solution as data: the pass, and the training in both orders."""
    from whygrad.render import json

    file, trace = article()
    right, ran = both_orders(file)
    data: dict[str, Any] = json.explanation_data(trace, trace.names, file.plan())
    return data | {"training": {"simultaneous": right.to_dict(), "sequential": ran.to_dict()}}
