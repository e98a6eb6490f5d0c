"""What runs back through a drawn network: arcs with their factors, arrows that meet in a neuron.

Over the middle line stands an equation, each factor over its own arc:
∂E_total/∂w5 = ∂net_o1/∂w5 · ∂out_o1/∂net_o1 · ∂E_total/∂out_o1, and the same in numbers below it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import cached_property
from itertools import pairwise
from math import prod

from whygrad.drawing.parts import Arrow, Drawing, Edge
from whygrad.names import Value
from whygrad.notation import Notation
from whygrad.render.drawings.blocks import Block, beside, stacked, words, written
from whygrad.render.drawings.geometry import FACTOR, NAME, VALUE, Plan
from whygrad.render.drawings.placing import beside_line, spread
from whygrad.render.drawings.scene import Area, Box, Line, Part, Point, Run, Scene, scene
from whygrad.render.numbers import number, printed_value

ARC = 46.0  # how far an arc rises
SIGN = 30.0  # room for a sign between two factors
BROUGHT = 0.4  # how far along its last piece an arrow says what it brings
APART = 9.0  # an arrow from the edge that it runs along


def place(drawing: Drawing, names: Notation, digits: int = 9) -> Scene:
    """Everything of a drawing at its place."""
    return scene(Ways(drawing, names, digits).parts())


class Ways(Plan):
    """A drawing with its arrows."""

    def parts(self) -> Iterator[Part]:
        yield from self.network()
        yield from self.arcs()
        yield from self.legs()
        yield from self.equations()

    # ---- the chain ------------------------------------------------------------------------------

    def factors(self, refs: tuple[Hashable, ...], style: str) -> Block:
        """One derivative · another."""
        blocks: list[Block] = []
        for ref in refs:
            blocks += [words((Run("·"),), NAME, style)] if blocks else []
            blocks.append(written(self.names.label(ref), FACTOR, style))
        return beside(blocks, 3)

    def term(self, refs: tuple[Hashable, ...], value: float, style: str) -> Block:
        """Derivatives, and below them the number that they are."""
        printed = words((Run(number(value, self.digits)),), VALUE, style)
        return stacked((self.factors(refs, style), printed), gap=4)

    def spot(self, value: Value) -> Point:
        """Where the arcs of a number start and end: on its box, its half of one, or its edge."""
        for n in self.drawing.neurons:
            box = self.boxes[n.key]
            half = 0.0 if n.net is None else box.width / 4
            if n.key == value:
                return box.x + half, box.y - box.height / 2
            if n.net is not None and n.net.ref == value:
                return box.x - half, box.y - box.height / 2
        block, (x, y) = self.labels[value]
        return x, y - block.height / 2

    @cached_property
    def ceiling(self) -> float:
        """The height towards which the arcs rise."""
        return min(self.spot(end)[1] for a in self.drawing.chain for end in a.route) - ARC

    def arcs(self) -> Iterator[Part]:
        for arrow in self.drawing.chain:
            (x0, y0), (x1, y1) = (self.spot(end) for end in arrow.route)
            x0, x1 = x0 - 7, x1 + 7  # arcs that end and start at one number do not touch
            bend = min(30.0, abs(x0 - x1) / 3)
            top = self.ceiling
            points = ((x0, y0 - 2), (x0 - bend / 3, top), (x1 + bend / 3, top), (x1, y1 - 2))
            yield Line(points, "way", curved=True, head=True)

    def terms(self) -> tuple[list[Block], list[float]]:
        """What the equation is made of, and where each term would best stand: over its arc."""
        drawing = self.drawing
        blocks = [self.term(a.factors, a.value, "way") for a in drawing.chain]
        middles = [sum(self.spot(end)[0] for end in a.route) / 2 for a in drawing.chain]
        if drawing.total is not None:  # over the neuron where the arrows meet
            blocks.append(self.term((drawing.total.ref,), drawing.total.value, "way"))
            middles.append(self.meeting_point[0] - 4)
        if drawing.result is not None:  # on the left of all
            result = self.term((drawing.result.ref,), drawing.result.value, "result")
            blocks, middles = [result, *blocks], [middles[0], *middles]
        return blocks, middles

    def equations(self) -> Iterator[Part]:
        """result = factor · factor, in names and below in numbers."""
        blocks, middles = self.terms()
        if not blocks:
            return
        middles = spread(middles, [b.width for b in blocks], SIGN)
        for block, x in zip(blocks, middles, strict=True):
            yield from block.at(x, self.floor - block.height / 2)
        bar = self.floor - max(b.height for b in blocks) + FACTOR * 1.25 + 1.5
        digits = self.floor - VALUE * 0.62
        ends = [(x - b.width / 2, x + b.width / 2) for x, b in zip(middles, blocks, strict=True)]
        for at, ((_, left), (right, _)) in enumerate(pairwise(ends)):
            first = at == 0 and self.drawing.result is not None
            # What is equal in symbols may not be, to the last digit, in rounded numbers.
            for sign, y in (
                ("=" if first else "·", bar),
                (self.relation() if first else "·", digits),
            ):
                yield from words((Run(sign),), NAME, "way").at((left + right) / 2, y)

    @property
    def floor(self) -> float:
        """The lower edge of the equation."""
        if self.drawing.chain:
            return self.ceiling + ARC / 4 - 8
        y = self.meeting_point[1]
        return y - self.boxes[self.drawing.meeting[0].route[-1]].height / 2 - 10

    def relation(self) -> str:
        """≈ where the printed factors give another last digit than the printed result."""
        result = self.drawing.result
        assert result is not None
        printed = [printed_value(a.value, self.digits) for a in self.drawing.chain]
        if self.drawing.total is not None:
            printed.append(printed_value(self.drawing.total.value, self.digits))
        same = number(prod(printed), self.digits) == number(result.value, self.digits)
        return "=" if same else "≈"

    # ---- where ways meet ------------------------------------------------------------------------

    @property
    def meeting_point(self) -> Point:
        return self.boxes[self.drawing.meeting[0].route[-1]].right

    def outside(self, arrow: Arrow) -> int:
        """-1 for an arrow that runs above the edges, 1 for one below them: on the outer side."""
        station = next(n for n in self.drawing.neurons if n.key == arrow.route[-2])
        return 1 if station.row > 0 else -1

    def leg(self, arrow: Arrow, tail: Value, head: Value) -> tuple[Point, Point]:
        """One piece of an arrow, along an edge, against its direction."""
        (x0, y0), (x1, y1) = self.boxes[tail].left, self.boxes[head].right
        shift = APART * self.outside(arrow)
        return (x0 - 2, y0 + shift), (x1 + 2, y1 + shift * (0.6 if head == arrow.route[-1] else 1))

    def legs(self) -> Iterator[Part]:
        """The arrows piece by piece; a piece that several share is drawn once."""
        drawn: set[tuple[Value, Value]] = set()
        for arrow in self.drawing.meeting:
            for tail, head in pairwise(arrow.route):
                if (tail, head) not in drawn:
                    yield Line(self.leg(arrow, tail, head), "way", head=True)
                drawn.add((tail, head))
        carried = map(self.carried, self.drawing.meeting)
        for block, (x, y) in zip(carried, self.carried_at, strict=True):
            yield Box(x, y, block.width + 8, block.height, "ground")
            yield from block.at(x, y)
        if self.drawing.total is not None:
            x, y = self.meeting_point
            if all(self.boxes[a.route[-2]].y != y for a in self.drawing.meeting):
                yield from words((Run("+"),), NAME, "way").at(x + 30, y)

    def carried(self, arrow: Arrow) -> Block:
        """What an arrow brings: ∂E_o1/∂out_h1 = 0.055399425."""
        printed = words((Run("= " + number(arrow.value, self.digits)),), VALUE, "way")
        return beside((self.factors(arrow.factors, "way"), printed), 7)

    @cached_property
    def carried_at(self) -> tuple[Point, ...]:
        """Where that stands: outside of two arrows; on more of them, near where they come from."""
        places = []
        for arrow in self.drawing.meeting:
            leg, block = self.leg(arrow, *arrow.route[-2:]), self.carried(arrow)
            few, length = len(self.drawing.meeting) <= 2, leg[0][0] - leg[1][0]
            start = BROUGHT if few else (block.width / 2 + SIGN / 2) / length
            places.append(beside_line(leg, block, self.outside(arrow) if few else 0, start))
        return tuple(places)

    def meeting_column(self) -> int:
        return self.column(self.drawing.meeting[0].route[-1])

    # ---- what the arrows ask of the network -----------------------------------------------------

    def room(self, column: int) -> float:
        room = super().room(column)
        if self.drawing.chain and column == 0:
            first = self.drawing.chain[0]
            room = max(room, 2 * self.term(first.factors, first.value, "way").width)
        if self.drawing.meeting and column == self.meeting_column():
            carried = max(self.carried(a).width for a in self.drawing.meeting)
            if self.drawing.total is not None:  # which stands over the end of the arrows
                total = self.term((self.drawing.total.ref,), self.drawing.total.value, "way").width
                room = max(room, (carried + total) / 2 / (1 - BROUGHT) + SIGN)
            room = max(room, carried + (60 if len(self.drawing.meeting) <= 2 else 160))
        return room

    def side(self, edge: Edge) -> int:
        """A weight stands on the inner side of its edge, where no arrow runs."""
        for arrow in self.drawing.meeting:
            if (edge.tail, edge.head) == (arrow.route[-1], arrow.route[-2]):
                return -self.outside(arrow)
        return 0

    def kept_free(self, column: int) -> list[Area]:
        if not self.drawing.meeting or column != self.meeting_column():
            return []
        carried = map(self.carried, self.drawing.meeting)
        return [b.area(*at) for b, at in zip(carried, self.carried_at, strict=True)]
