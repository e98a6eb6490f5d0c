"""Where the parts of a drawing stand: Drawing → Scene, the same for SVG and for TikZ."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property

from whygrad.drawing.parts import Drawing, Edge, Neuron
from whygrad.expr import Quantity
from whygrad.names import Derivative, Value
from whygrad.notation import Notation
from whygrad.render.drawings.blocks import Block, beside, name_runs, stacked, words, written
from whygrad.render.drawings.placing import settle
from whygrad.render.drawings.scene import Area, Box, Line, Part, Point, Run
from whygrad.render.numbers import number

NAME, VALUE, NOTE, FACTOR = 15.0, 12.0, 11.0, 13.5  # sizes of letters
SIDE = 12.0  # room beside the words of a box
BETWEEN = 74.0  # columns, where nothing else asks for more room
VALUED = 6  # edges between two layers that show their numbers as well as their names
WITHOUT_NUMBERS = ((), ("pale",), ("pale", "plain"))  # the styles that show names alone, in turn
FEW = 8  # more edges than that between two layers ask for more


@dataclass(frozen=True)
class Plan:
    """The network of a drawing: columns as wide as their widest box, rows equally far apart."""

    drawing: Drawing
    names: Notation
    digits: int = 9

    # ---- boxes ----------------------------------------------------------------------------------

    def inside(self, neuron: Neuron) -> Block:
        """What stands in a box: its name, its number, what else belongs to it."""
        style = "name" if self.strong(neuron) else "pale"
        if neuron.net is not None:
            halves = [
                stacked((written(self.names.label(q.ref), FACTOR, style), self.value(q, style)))
                for q in (neuron.net, neuron.at)
            ]
            wide = max(half.width for half in halves) + 2 * SIDE
            return beside((Block(wide, h.height, h.parts) for h in halves), 0)
        lines = [written(neuron.name, NAME, style), self.value(neuron.at, style)]
        return stacked((*lines, *(self.equation(note, NOTE, "pale") for note in neuron.notes)))

    def strong(self, neuron: Neuron) -> bool:
        return neuron.marked or self.drawing.kind == "network"

    def value(self, quantity: Quantity, style: str) -> Block:
        style = "value" if style == "name" else style
        return words((Run(number(quantity.value, self.digits)),), VALUE, style)

    def equation(self, quantity: Quantity, size: float, style: str, full: bool = True) -> Block:
        """w5 = 0.4, or its name alone."""
        name = self.names.label(quantity.ref)
        runs = () if isinstance(name, Derivative) else name_runs(name)
        value = (Run(" = " + number(quantity.value, self.digits)),) if full else ()
        return words((*runs, *value), size, style)

    @cached_property
    def pitch(self) -> float:
        """From row to row."""
        tallest = max(self.inside(n).height for n in self.drawing.neurons) + 12
        if self.drawing.kind != "network":
            return tallest + 44
        busiest = max(len(self.between(c)) for c in range(len(self.widths)))
        return tallest + (58 if 0 < busiest <= 4 else 46 if busiest else 16)

    @cached_property
    def widths(self) -> list[float]:
        """Of each column."""
        widths = [54.0] * (1 + max(n.column for n in self.drawing.neurons))
        for n in self.drawing.neurons:
            widths[n.column] = max(widths[n.column], self.own_width(n))
        return widths

    def own_width(self, neuron: Neuron) -> float:
        return self.inside(neuron).width + (0 if neuron.net is not None else 2 * SIDE)

    @cached_property
    def columns(self) -> list[float]:
        """The middle of each column."""
        found, right = [], 0.0
        for column, width in enumerate(self.widths):
            found.append(right + width / 2)
            right += width + self.room(column)
        return found

    def room(self, column: int) -> float:
        """Between a column and the next one."""
        edges = self.between(column)
        if not edges:
            many = sum(self.column(e.tail) == column for e in self.drawing.edges) > FEW
            return BETWEEN * (1.6 if many else 1)
        label = max(self.label(e, len(edges) <= VALUED).width for e in edges)
        if len(edges) > max(len({e.tail for e in edges}), len({e.head for e in edges})):
            return label * 1.7 + 60 + 12 * len(edges)  # they cross
        return label + (60 if self.drawing.kind == "network" else 100)

    @cached_property
    def boxes(self) -> dict[Value, Box]:
        found = {}
        for n in self.drawing.neurons:
            style = "way" if n.marked else "plain" if self.strong(n) else "pale"
            # A bias is small: it stands under the neurons of a layer and is none of them.
            width = self.own_width(n) if n.kind == "bias" else self.widths[n.column]
            height = self.inside(n).height + 12
            x, y = self.columns[n.column], n.row * self.pitch
            found[n.key] = Box(x, y, width, height, style, n.net is not None)
        return found

    def network(self) -> Iterator[Part]:
        """Lines first, then the boxes and what stands in them, then the labels of the lines."""
        for edge in self.drawing.edges:
            yield self.line(edge)
        for neuron in self.drawing.neurons:
            box = self.boxes[neuron.key]
            yield box
            yield from self.inside(neuron).at(box.x, box.y)
        for gap in self.drawing.gaps:
            dots = words((Run("⋮"),), NAME, "pale"), words((Run(f"+{gap.count}"),), NOTE, "pale")
            yield from stacked(dots).at(self.columns[gap.column], gap.row * self.pitch)
        for block, (x, y) in self.labels.values():
            yield Box(x, y, block.width + 6, block.height, "ground")
            yield from block.at(x, y)

    # ---- edges and their labels -----------------------------------------------------------------

    def column(self, key: Value) -> int:
        return next(n.column for n in self.drawing.neurons if n.key == key)

    def near(self, key: Value, column: int) -> bool:
        """Whether a box stands on one of the sides of the room behind a column."""
        return column <= self.column(key) <= column + 1

    def between(self, column: int) -> list[Edge]:
        """The edges with a label that start in a column."""
        starting = (e for e in self.drawing.edges if self.column(e.tail) == column)
        return [e for e in starting if e.label is not None]

    def label(self, edge: Edge, full: bool = True) -> Block:
        assert edge.label is not None
        strong = edge.marked or self.drawing.kind == "network"
        return self.equation(edge.label, VALUE, "name" if strong else "pale", full)

    def ends(self, edge: Edge) -> tuple[Point, Point]:
        return self.boxes[edge.tail].right, self.boxes[edge.head].left

    def line(self, edge: Edge) -> Line:
        strong = edge.marked or (self.drawing.kind == "network" and edge.label is not None)
        return Line(self.ends(edge), "skip" if edge.skips else "plain" if strong else "pale")

    def kept_free(self, column: int) -> list[Area]:
        """Areas behind a column in which no label of an edge may stand."""
        return []

    def side(self, edge: Edge) -> int:
        """Where the label of an edge stands: 0 on it, 1 below it, -1 above it."""
        return 0

    @cached_property
    def labels(self) -> dict[Hashable, tuple[Block, Point]]:
        """The label of each edge, where no other line runs and no other label stands.

        Where there is no room for the numbers the names stand alone, the pale ones first.
        """
        found: dict[Hashable, tuple[Block, Point]] = {}
        for column in range(len(self.widths)):
            edges = self.between(column)
            lines = [self.ends(e) for e in self.drawing.edges if self.column(e.tail) == column]
            taken = [box.area() for key, box in self.boxes.items() if self.near(key, column)]
            taken += self.kept_free(column)
            for shorter in WITHOUT_NUMBERS[len(edges) > VALUED :]:
                blocks = [self.label(e, self.line(e).style not in shorter) for e in edges]
                spots = settle(
                    [(self.ends(e), b, self.side(e)) for e, b in zip(edges, blocks, strict=True)],
                    lines,
                    taken,
                )
                if spots.free:
                    break
            for edge, block, spot in zip(edges, blocks, spots.places, strict=True):
                assert edge.label is not None
                found[edge.label.ref] = (block, spot)
        return found
