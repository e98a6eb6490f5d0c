"""Drawing: a network and the ways back through it, read from a recorded pass.

Every number is the pass's or the derivation's own; nothing is computed here. What a drawing is
made of stands in `drawn.py`, how the way back is found in `road.py`; where things stand on paper
is `render/geometry.py`'s to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from whygrad.drawing.parts import Arrow, Drawing, Edge, Gap, Neuron
from whygrad.drawing.road import Road, follow
from whygrad.errors import ConfigError
from whygrad.expr import Quantity
from whygrad.graph import Node
from whygrad.names import Label, Name, Partial, Value
from whygrad.notation import Notation, Textbook
from whygrad.recording import Trace

__all__ = ["Drawing", "drawing_of", "meeting_drawing", "network_drawing", "path_drawing"]

SHOWN = 8  # neurons of a layer that are all drawn; a longer one shows its ends
ENDS = 3
LABELLED = 12  # edges between two layers that show their weights
BESIDE = 3  # pale neurons beside the one that a path passes through
SPREAD = 1.5  # rows between two neurons from which arrows meet
LAYERS = ("input", "out")
KINDS = {"input": "input", "bias": "bias", "error": "error", "part": "error", "loss": "loss"}
# No neuron lies between them and the loss.
OFF_THE_WAY = ("target", "error", "loss", "constant", "tied", "mean", "divergence", "part")


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
    outputs = [n.key for n in pencil.neurons if n.kind == "output"]
    pencil.losses(outputs, len(pencil.layers))
    pencil.penalty()
    if any(n.kind == "error" and n.key.index == outputs[-1].index for n in pencil.neurons):
        pencil.gap(len(pencil.layers), 0, pencil.layers[-1].shape[1] - len(outputs))
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
    if trace.network is None or trace.graph[target.node].role in OFF_THE_WAY:
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
        by_role = {role: [n for n in trace.graph.nodes if n.role == role] for role in LAYERS}
        self.layers = [node for role in LAYERS for node in by_role[role]]
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
        """A node's number for a neuron of this sample; a loss of a whole sample has no position."""
        return Value(node.id, (self.sample, position)[: len(node.shape)])

    def add(
        self, ref: Value, column: int, row: float, *, net: Value | None = None,
        notes: Iterable[Value] = (), marked: bool = False,
    ) -> Value:  # fmt: skip
        """Draws a station and returns the key by which edges refer to it."""
        node = self.trace.graph[ref.node]
        kind = KINDS.get(node.role, "output" if node.layer == len(self.layers) - 1 else "hidden")
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
        rows = [n.row for n in self.neurons if n.column == column]
        rows += [gap.row for gap in self.gaps if gap.column == column]
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
        matrix = self.node("weight", layer) or self.node("tied", layer)
        assert matrix is not None
        if self.trace.graph[tail.node].role == "bias":
            return None
        assert tail.index is not None
        assert head.index is not None
        return self.quantity(Value(matrix.id, (head.index[-1], tail.index[-1])))

    # ---- from the outputs to the loss -----------------------------------------------------------

    def losses(
        self, outputs: Sequence[Value], column: int, *, marked: bool = False, targets: bool = True
    ) -> None:
        """The errors of these outputs, in their rows, what they add up to, and the loss."""
        rows = {n.key: n.row for n in self.neurons}
        ends: list[tuple[Value, Value | None]] = [
            (o, self.target(o) if targets else None) for o in outputs
        ]
        errors = [n for n in self.trace.graph.nodes if n.role == "error"]
        for node in errors:
            ends = self.errors_of(node, ends, rows, column, marked)
            column += 1
        if self.samples > 1 and errors:
            self.gap(column - 1, self.below(column - 1), self.samples - 1)
        loss = self.add(self.trace.recorded.loss, column, 0, marked=marked)
        self.edges += [Edge(tail, loss, marked=marked) for tail, _ in ends]

    def penalty(self) -> None:
        """What a sparse code adds to the loss, below the errors."""
        loss = self.neurons[-1]
        if self.trace.network is not None and self.trace.network.sparsity is not None:
            column = loss.column - 1
            key = self.add(Value("E_sparse", ()), column, self.below(column))
            self.edges.append(Edge(key, loss.key))

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
    pencil = Surveyor(trace, names, road.sample)
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
        if not stations:  # a bias of an output whose loss reads its net input: ∂E/∂b at once
            outputs = self.layers[-1]
            assert passed[0].index is not None
            stations.append(self.entry(outputs, passed[0].index[0] if passed[0].index else 0))
        return list(dict.fromkeys(stations))

    def feeders(self, first: Value, target: Value) -> int:
        """What flows into the first station: the target's own neuron in the middle, others pale.

        Returns the next free column.
        """
        node = self.trace.graph[first.node]
        if node.role not in ("net", "out"):
            return 0
        assert first.index is not None
        below, matrix = self.layers[node.layer - 1], self.node("weight", node.layer)
        bias = self.node("bias", node.layer)
        own_bias = [] if bias is None else [Value(bias.id, first.index[-1:] if bias.shape else ())]
        own = [target.index[1]] if matrix and target.node == matrix.id and target.index else []
        others = [p for p in range(below.shape[1]) if p not in own]
        led = [self.entry(below, p) for p in own] or [b for b in own_bias if b == target]
        beside = [self.entry(below, p) for p in others[:BESIDE]]
        for key in (*led, *beside):
            self.feed(key, first, marked=key in led)
        self.gap(0, self.below(0), len(others) - len(beside))
        for key in own_bias:
            if key not in led:
                self.feed(key, first)
        return 1

    def feed(self, key: Value, first: Value, marked: bool = False) -> None:
        self.add(key, 0, self.below(0), marked=marked)
        self.follow(key, first, marked)

    def follow(self, tail: Value, head: Value, marked: bool = False, labelled: bool = True) -> None:
        """The edge from one station to the next, with its weight where it has one."""
        layer = self.trace.graph[head.node].layer
        own = self.trace.graph[head.node].role
        apart = self.trace.graph[tail.node].layer != layer or own == "net"
        weight = self.weight(tail, head, layer) if apart and own in ("net", "out") else None
        weight = weight if labelled else None
        self.edges.append(Edge(tail, head, weight, marked))

    def end(self, last: Value, column: int) -> None:
        """The errors behind the last station of a chain, and pale ones that they are added to."""
        if self.trace.graph[last.node].layer < len(self.layers) - 1:  # the way is cut before
            loss = self.add(self.trace.recorded.loss, column, 0)
            self.edges.append(Edge(last, loss, skips=True))
            return
        self.losses([last], column, marked=True)
        of_last = next((n for n in self.trace.graph.nodes if n.role == "error"), None)
        if of_last is None or len(of_last.shape) < 2:
            return
        assert last.index is not None
        others = [p for p in range(of_last.shape[1]) if p != last.index[1]]
        (behind,) = (e.head for e in self.edges if e.tail == self.entry(of_last, last.index[1]))
        for position in others[:BESIDE]:
            key = self.add(self.entry(of_last, position), column, self.below(column))
            self.edges.append(Edge(key, behind))
        self.gap(column, self.below(column), len(others) - BESIDE)

    def meet(self, road: Road, at: Value, column: int) -> tuple[Arrow, ...]:
        """The stations from which the ways come, what lies behind them, and their arrows."""
        stations = [self.twin("out", way.route[-2]) or way.route[-2] for way in road.meeting]
        middle, few = (len(stations) - 1) / 2, len(stations) <= 2
        for place, key in enumerate(stations):
            self.add(key, column, (place - middle) * (SPREAD if few else 1))
            self.follow(at, key, labelled=few)
        self.gap(column, self.below(column), road.hidden)
        outputs = [key for key in stations if self.trace.graph[key.node].id == self.layers[-1].id]
        loss = self.trace.recorded.loss
        if outputs:
            self.losses(outputs, column + 1, targets=False)
        else:
            self.add(loss, column + 1, 0)
        self.edges += [Edge(key, loss, skips=True) for key in stations if key not in outputs]
        arrows = tuple(
            replace(way, route=(*self.behind(key, way.route[0]), way.route[-1]))
            for way, key in zip(road.meeting, stations, strict=True)
        )
        passed = {key for arrow in arrows for key in arrow.route}
        self.neurons = [replace(n, marked=n.marked or n.key in passed) for n in self.neurons]
        return arrows

    def behind(self, station: Value, top: Value) -> list[Value]:
        """The stations from where an arrow starts down to the one that it comes through."""
        onward = {edge.tail: edge.head for edge in self.edges}
        route = [station]
        while route[-1] != top and route[-1] in onward:
            route.append(onward[route[-1]])
        return route[::-1]
