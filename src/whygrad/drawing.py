"""Drawing: a network as neurons, edges and arrows, before any format has drawn it.

Three kinds: the network with its values; the path of one number, with the factors of the chain rule
on the arrows that run back to it from the error; the meeting, where several errors come back to one
neuron, are added, and go on from there. Every number is read from the pass or from the derivation's
own steps; nothing is computed here.

Rows are counted from the middle line of the picture, which is 0, downwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from whygrad.errors import ConfigError
from whygrad.expr import Quantity
from whygrad.graph import Node
from whygrad.names import Label, Name, Partial, Value
from whygrad.notation import Notation, Textbook
from whygrad.recording import Trace
from whygrad.road import Arrow, Road, follow

SHOWN = 8  # neurons of a layer that are all drawn; a longer one shows its ends
ENDS = 3
LABELLED = 12  # edges between two layers that show their weights
BESIDE = 3  # pale neurons beside the one that a path passes through
SPREAD = 1.5  # rows between the neurons from which arrows meet


@dataclass(frozen=True)
class Neuron:
    """One station of the network: a neuron, a bias, an error, the loss.

    at: its output, by which edges refer to it. net: its net input, where both are drawn side by
    side. column: from the left. kind: "input", "hidden", "output", "bias", "error", "loss".
    notes: further numbers that belong to it: its own bias, a label. marked: on the way.
    """

    at: Quantity
    name: Label
    column: int
    row: float
    kind: str
    net: Quantity | None = None
    notes: tuple[Quantity, ...] = ()
    marked: bool = False

    @property
    def key(self) -> Value:
        assert isinstance(self.at.ref, Value)
        return self.at.ref


@dataclass(frozen=True)
class Edge:
    """A line from neuron to neuron with its weight, or the target of an output and its error.

    skips: stands for layers that are not drawn.
    """

    tail: Value
    head: Value
    label: Quantity | None = None
    marked: bool = False
    skips: bool = False


@dataclass(frozen=True)
class Gap:
    """How many neurons of a layer (or samples, or ways) are not drawn, and where they would be."""

    column: int
    row: float
    count: int


@dataclass(frozen=True)
class Drawing:
    """A picture of one sample's pass through a network.

    kind: "network", "path" or "meeting". target: the number whose gradient is followed.
    chain: the arrows of the path, from the target on. meeting: those that meet behind it, and total
    their sum. result: the gradient of the target. sample: which one is drawn, from 1, of samples;
    share: its part of a gradient that several samples add up to (there is no result then).
    """

    kind: str
    neurons: tuple[Neuron, ...]
    edges: tuple[Edge, ...]
    gaps: tuple[Gap, ...] = ()
    target: Value | None = None
    chain: tuple[Arrow, ...] = ()
    meeting: tuple[Arrow, ...] = ()
    total: Quantity | None = None
    result: Quantity | None = None
    share: float | None = None
    sample: int = 1
    samples: int = 1


def network_drawing(trace: Trace, names: Notation, sample: int = 0) -> Drawing:
    """The network with the values of one sample, counted from 0.

    Raises ConfigError for a traced function, which has no layers, and for a sample that is not one.
    """
    if trace.network is None:
        raise ConfigError("A traced function has no layers that could be drawn.")
    pencil = Pencil(trace, names, sample)
    if not 0 <= sample < pencil.samples:
        raise ConfigError(
            f"Sample {sample} was to be drawn.", given=f"samples 0 to {pencil.samples - 1}"
        )
    for layer, node in enumerate(pencil.layers):
        pencil.layer(node, column=layer)
    for layer in range(1, len(pencil.layers)):
        pencil.connect(layer)
    pencil.losses([n.key for n in pencil.neurons if n.kind == "output"], len(pencil.layers))
    return pencil.drawing("network")


def path_drawing(trace: Trace, names: Notation, target: Value) -> Drawing | None:
    """The path of a number with the factors on the way back; None where ways meet or none leads."""
    drawn = drawing_of(trace, names, target)
    return drawn if drawn is not None and drawn.kind == "path" else None


def meeting_drawing(trace: Trace, names: Notation, target: Value) -> Drawing | None:
    """The errors that meet on the way back to a number; None where a single way leads back."""
    drawn = drawing_of(trace, names, target)
    return drawn if drawn is not None and drawn.kind == "meeting" else None


def drawing_of(trace: Trace, names: Notation, target: Value) -> Drawing | None:
    """The way back to a number: its path, or the meeting behind it.

    Several samples: the one that contributes most. None for a traced function, and for a number to
    which nothing flows back along the network (a target, the loss itself).
    """
    if trace.network is None or trace.graph[target.node].role in ("target", "loss", "constant"):
        return None
    road = follow(trace, target)
    return None if road is None else draw_road(trace, names, target, road)


# ---- putting neurons and edges on paper ---------------------------------------------------------


class Pencil:
    """Collects the neurons and edges of one sample."""

    def __init__(self, trace: Trace, names: Notation, sample: int) -> None:
        self.trace, self.names, self.sample = trace, names, sample
        self.neurons: list[Neuron] = []
        self.edges: list[Edge] = []
        self.gaps: list[Gap] = []
        nodes = trace.graph.nodes
        self.layers = [n for n in nodes if n.role == "input"] + [n for n in nodes if n.role == "out"]
        self.samples = int(self.layers[0].shape[0])

    def drawing(self, kind: str) -> Drawing:
        parts = tuple(self.neurons), tuple(self.edges), tuple(self.gaps)
        return Drawing(kind, *parts, sample=self.sample + 1, samples=self.samples)

    def node(self, role: str, layer: int) -> Node | None:
        nodes = (n for n in self.trace.graph.nodes if n.role == role and n.layer == layer)
        return next(nodes, None)

    def quantity(self, ref: Value) -> Quantity:
        return Quantity(ref, self.trace.recorded.value(ref))

    def entry(self, node: Node, position: int) -> Value:
        """A node's number for a neuron of this sample; one a sample or one in all has no position."""
        return Value(node.id, (self.sample, position)[: len(node.shape)])

    def add(
        self, ref: Value, column: int, row: float, *, net: Value | None = None,
        notes: Iterable[Value] = (), marked: bool = False,
    ) -> Value:  # fmt: skip
        """Draws a station and returns the key by which edges refer to it."""
        node = self.trace.graph[ref.node]
        kind = {"input": "input", "bias": "bias", "error": "error", "loss": "loss"}.get(
            node.role, "output" if node.layer == len(self.layers) - 1 else "hidden"
        )
        both = None if net is None else self.quantity(net)
        extra = tuple(map(self.quantity, notes))
        name = unit_name(self.names, node, ref)
        self.neurons.append(
            Neuron(self.quantity(ref), name, column, row, kind, both, extra, marked)
        )
        return ref

    def gap(self, column: int, row: float, count: int) -> None:
        if count > 0:
            self.gaps.append(Gap(column, row, count))

    def below(self, column: int) -> float:
        """The first free row below everything in a column."""
        rows = [n.row for n in (*self.neurons, *self.gaps) if n.column == column]
        return max(rows, default=-1) + 1

    # ---- a whole layer --------------------------------------------------------------------------

    def layer(self, node: Node, column: int) -> None:
        """A layer's neurons; of a wide one both ends."""
        width = node.shape[1]
        whole = width <= SHOWN
        shown = [*range(width)] if whole else [*range(ENDS), *range(width - ENDS, width)]
        rows = [*range(width)] if whole else [*range(ENDS), *range(ENDS + 1, 2 * ENDS + 1)]
        middle = rows[-1] / 2
        bias = self.node("bias", node.layer) if column else None
        for position, row in zip(shown, rows, strict=True):
            own = [Value(bias.id, (position,))] if bias is not None and bias.shape else []
            self.add(self.entry(node, position), column, row - middle, notes=own)
        self.gap(column, 0, width - len(shown))

    def connect(self, layer: int) -> None:
        """The edges into a layer, with their weights where there are few; its shared bias."""
        tails, heads = (
            [n.key for n in self.neurons if n.key.node == self.layers[k].id]
            for k in (layer - 1, layer)
        )
        labelled = len(tails) * len(heads) <= LABELLED
        self.edges += [
            Edge(tail, head, self.weight(tail, head, layer) if labelled else None)
            for head in heads
            for tail in tails
        ]
        bias = self.node("bias", layer)
        if bias is not None and not bias.shape:
            key = self.add(Value(bias.id, ()), layer - 1, self.below(layer - 1))
            self.edges += [Edge(key, head) for head in heads]

    def weight(self, tail: Value, head: Value, layer: int) -> Quantity | None:
        """The weight between two neurons; None from a bias."""
        matrix = self.node("weight", layer)
        assert matrix is not None
        if self.trace.graph[tail.node].role == "bias":
            return None
        assert tail.index is not None
        assert head.index is not None
        return self.quantity(Value(matrix.id, (head.index[-1], tail.index[-1])))

    # ---- from the outputs to the loss -----------------------------------------------------------

    def losses(self, outputs: Sequence[Value], column: int, marked: bool = False) -> None:
        """The errors of these outputs, in their rows, what they add up to, and the loss."""
        rows = {n.key: n.row for n in self.neurons}
        ends: list[tuple[Value, Value | None]] = [(o, self.target(o)) for o in outputs]
        errors = [n for n in self.trace.graph.nodes if n.role == "error"]
        for node in errors:
            ends = self.errors_of(node, ends, rows, column, marked)
            column += 1
        if self.samples > 1 and errors:
            self.gap(column - 1, self.below(column - 1), self.samples - 1)
        loss = self.add(self.trace.recorded.loss, column, 0, marked=marked)
        self.edges += [Edge(tail, loss, marked=marked) for tail, _ in ends]

    def errors_of(
        self, node: Node, ends: list[tuple[Value, Value | None]], rows: dict[Value, float],
        column: int, marked: bool,
    ) -> list[tuple[Value, Value | None]]:  # fmt: skip
        """One error for each output, or one for all of them; what the next column comes from."""
        if len(node.shape) == 1:
            key = self.add(self.entry(node, 0), column, 0, notes=self.labels(), marked=marked)
            self.edges += [self.to_error(tail, key, target, marked) for tail, target in ends]
            return [(key, None)]
        found: list[tuple[Value, Value | None]] = []
        for tail, target in ends:
            assert tail.index is not None
            key = self.add(self.entry(node, tail.index[1]), column, rows[tail], marked=marked)
            self.edges.append(self.to_error(tail, key, target, marked))
            found.append((key, None))
        return found

    def to_error(self, tail: Value, head: Value, target: Value | None, marked: bool) -> Edge:
        return Edge(tail, head, None if target is None else self.quantity(target), marked)

    def target(self, output: Value) -> Value | None:
        """What an output should be, where the targets are rows."""
        node = self.node("target", len(self.layers) - 1)
        assert output.index is not None
        if node is None or len(node.shape) < 2:
            return None
        return self.entry(node, output.index[1])

    def labels(self) -> list[Value]:
        """The class number, where the targets are labels."""
        node = self.node("target", len(self.layers) - 1)
        return [] if node is None or len(node.shape) > 1 else [self.entry(node, 0)]


def unit_name(names: Notation, node: Node, ref: Value) -> Label:
    """What a neuron is called: h1 in the textbook notation, else as its output is."""
    if isinstance(names, Textbook) and node.role in ("input", "out") and ref.index is not None:
        unit = names.unit(node.layer, ref.index[-1])
        plain = re.fullmatch(r"([iho])(\d+(?:_\d+)?)", unit)
        return Name(plain[1], sub=plain[2], tight=True) if plain else Name(unit)
    return names.label(ref)


# ---- the way back -------------------------------------------------------------------------------


def draw_road(trace: Trace, names: Notation, target: Value, road: Road) -> Drawing:
    """A chain along the middle line, what it comes from on the left, and on the right its end."""
    pencil = Pencil(trace, names, road.sample)
    passed = [target, *(arrow.route[0] for arrow in road.chain)]
    trunk = pencil.trunk(passed, road)
    column = pencil.feeders(trunk[0], target)
    for before, key in zip((None, *trunk), trunk, strict=False):
        net = pencil.twin("net", key)
        pencil.add(key, column, 0, net=net if net in passed and net != key else None, marked=True)
        if before is not None:
            pencil.follow(before, key, marked=True)
        column += 1
    meeting = pencil.meet(road, trunk[-1], column) if road.meeting else ()
    if not road.meeting:
        pencil.end(trunk[-1], column)
    value = trace.recorded.gradient(target)
    whole = road.share is None and (len(road.chain) + bool(road.meeting) > 1)
    drawn = pencil.drawing("meeting" if meeting else "path")
    return replace(
        drawn,
        target=target,
        chain=road.chain,
        meeting=meeting,
        total=road.total,
        result=Quantity(Partial(trace.recorded.loss, target), value) if whole else None,
        share=road.share,
    )


class Surveyor(Pencil):
    """Draws the neighbourhood of a road."""

    def twin(self, role: str, at: Value) -> Value | None:
        """The net input or the output of the neuron that a number belongs to."""
        node = self.trace.graph[at.node]
        if node.role not in ("net", "out"):
            return None
        found = self.node(role, node.layer)
        return None if found is None else Value(found.id, at.index)

    def trunk(self, passed: Sequence[Value], road: Road) -> list[Value]:
        """The stations along a chain, each once; a net input is drawn with its neuron's output.

        Only where ways meet in a net input itself (softmax) does it stand alone.
        """
        stations: list[Value] = []
        for at in passed:
            role = self.trace.graph[at.node].role
            alone = bool(road.meeting) and at == passed[-1]
            if role == "net" and not alone:
                stations += [found for found in [self.twin("out", at)] if found is not None]
            elif role in ("net", "out", "input") or (role == "bias" and alone):
                stations.append(at)
        return list(dict.fromkeys(stations))

    def feeders(self, first: Value, target: Value) -> int:
        """What flows into the first station: the target's own tail in the middle, some others pale.

        Returns the next free column.
        """
        node = self.trace.graph[first.node]
        if node.role not in ("net", "out"):
            return 0
        assert first.index is not None
        below, matrix = self.layers[node.layer - 1], self.node("weight", node.layer)
        own = target.index[1] if matrix and target.node == matrix.id and target.index else None
        others = [p for p in range(below.shape[1]) if p != own]
        bias = self.node("bias", node.layer)
        at_bias = None if bias is None else Value(bias.id, (first.index[-1],) * len(bias.shape))
        keys = [] if own is None else [self.entry(below, own)]
        keys += [at_bias] if at_bias == target and at_bias is not None else []
        keys += [self.entry(below, p) for p in others[:BESIDE]]
        keys += [at_bias] if at_bias != target and at_bias is not None else []
        led = own is not None or at_bias == target
        for row, key in enumerate(keys):
            on_the_way = led and row == 0
            skipped = len(others) - BESIDE
            # A bias comes last: below the place of the neurons that are left out.
            late = key == at_bias and row > 0 and skipped > 0
            self.add(key, 0, row + late, marked=on_the_way)
            self.follow(key, first, marked=on_the_way)
            if late:
                self.gap(0, row, skipped)
        if bias is None and len(others) > BESIDE:
            self.gap(0, self.below(0), len(others) - BESIDE)
        return 1
