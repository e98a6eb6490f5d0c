"""A network in a terminal: layers of one or two neurons edge by edge, others as columns of numbers.

i1 0.05 ──w1 0.15──▶ h1 0.5933 ──w5 0.4───▶ o1 0.7514 ──▶ E_o1 0.2748 ──┐
         ╲ ╱ w2 0.2             ╲ ╱ w6 0.45  target_o1 0.01              │
          ╳                      ╳                   E_total 0.2984 ◀──┤
         ╱ ╲ w3 0.25            ╱ ╲ w7 0.5   target_o2 0.99              │
i2 0.1  ──w4 0.3───▶ h2 0.5969 ──w8 0.55──▶ o2 0.7729 ──▶ E_o2 0.0236 ──┘
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from whygrad.drawing.parts import Drawing, Edge, Neuron
from whygrad.names import Value
from whygrad.render.columns import padded, width
from whygrad.render.drawings.sketch_words import Lines, Words, beside, widest

TALL = 5  # lines of a drawing of two rows, which are its first and its last
AT = {1: (2,), 2: (0, 4)}  # the lines of a column's neurons
BEHIND = {0: 1, 2: 3, 4: 3}  # the line of what else belongs to a neuron


def network_lines(drawing: Drawing, words: Words, room: int) -> Lines:
    """The network edge by edge where that fits, else layer by layer."""
    columns = neuron_columns(drawing)
    edgewise = without_single_error(drawing, columns)
    reached = {edge.head for edge in drawing.edges}  # a sparse code's penalty is not, by any
    linked = all(n.key in reached for column in edgewise[1:] for n in column)
    if linked and all(len(column) in AT for column in edgewise):
        for valued in (True, False):
            lines = Small(drawing, words, edgewise, valued).lines()
            if widest(lines) <= room:
                return lines
    return listing(drawing, words, columns, room)


def neuron_columns(drawing: Drawing) -> list[list[Neuron]]:
    """The neurons of each column from the top, without biases that are shared."""
    last = max(n.column for n in drawing.neurons)
    kept = sorted((n for n in drawing.neurons if n.kind != "bias"), key=lambda n: n.row)
    return [[n for n in kept if n.column == column] for column in range(last + 1)]


def without_single_error(drawing: Drawing, columns: list[list[Neuron]]) -> list[list[Neuron]]:
    """The columns without the error of a single output of a single sample: it is the loss."""
    single = len(columns[-2]) == 1 and columns[-3][0].kind == "output" and len(columns[-3]) == 1
    return columns[:-2] + columns[-1:] if single and drawing.samples == 1 else columns


def shared_bias(drawing: Drawing, column: int) -> Neuron | None:
    found = (n for n in drawing.neurons if n.kind == "bias" and n.column == column)
    return next(found, None)


# ---- edge by edge -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Small:
    """A network of which every layer has one or two neurons. valued: weights show their numbers."""

    drawing: Drawing
    words: Words
    columns: list[list[Neuron]]
    valued: bool = True

    @cached_property
    def edges(self) -> dict[tuple[Value, Value], Edge]:
        return {(e.tail, e.head): e for e in self.drawing.edges}

    def lines(self) -> Lines:
        blocks, starts = [self.cells(self.columns[0])], [0]
        *inner, _ = zip(self.columns, self.columns[1:], strict=False)
        for left, right in inner:
            if right[0].kind == "error" and len(left) == len(right):
                blocks[-1] = self.onward(blocks[-1], left)
            else:
                blocks.append(self.between(left, right))
            starts.append(sum(map(widest, blocks)))
            blocks.append(self.cells(right))
        drawn = self.with_loss(beside(blocks))
        while drawn and not drawn[0].strip():
            drawn.pop(0)
        while drawn and not drawn[-1].strip():
            drawn.pop()
        return [*drawn, *self.biases(starts)]

    def cells(self, column: list[Neuron]) -> Lines:
        """A column: its neurons, and what else belongs to each."""
        lines = [""] * TALL
        for neuron, at in zip(column, AT[len(column)], strict=True):
            lines[at] = self.words.neuron(neuron)
            notes = [self.words.pair(note) for note in neuron.notes] + self.target(neuron)
            for below, note in enumerate(notes):
                lines[BEHIND[at] + below] = note
        return lines

    def target(self, neuron: Neuron) -> list[str]:
        """What an output should be, beside it; where its bias stands there, beside its error."""
        for edge in self.drawing.edges:
            if edge.label is not None and neuron.key in (edge.tail, edge.head):
                tail = next(n for n in self.drawing.neurons if n.key == edge.tail)
                behind = bool(tail.notes) and self.columns[-2][0].kind == "error"
                if tail.kind == "output" and neuron.key == (edge.head if behind else edge.tail):
                    return [self.words.pair(edge.label)]
        return []

    def between(self, left: list[Neuron], right: list[Neuron]) -> Lines:
        """The edges from one column to the next."""
        weights = {
            (i, j): self.weight(self.edges[tail.key, head.key], right)
            for i, tail in enumerate(left)
            for j, head in enumerate(right)
            if (tail.key, head.key) in self.edges
        }
        if len(left) == 1 and len(right) == 2:
            return forking(weights[0, 0], weights[0, 1])
        if len(left) == 2 and len(right) == 1:
            return joining(weights[0, 0], weights[1, 0])
        return crossing(weights) if len(weights) == 4 else ["", "", arrow(weights[0, 0]), "", ""]

    def onward(self, cells: Lines, column: list[Neuron]) -> Lines:
        """The outputs and the arrows to their errors, each over the target that it leads past."""
        lines, rows = list(cells), AT[len(column)]
        start = widest(cells[at] for at in rows)
        end = max(start + 4, widest(cells) - 1)
        for at in rows:
            lines[at] = padded(cells[at], start) + " " + "─" * (end - start - 1) + "▶ "
        return lines

    def weight(self, edge: Edge, right: list[Neuron]) -> str:
        if edge.label is None or right[0].kind == "error":
            return ""
        named = self.words.name(edge.label.ref)
        return self.words.pair(edge.label) if self.valued else named

    def with_loss(self, drawn: Lines) -> Lines:
        """The loss at the end; of two errors it stands between them, where the room is free."""
        errors, loss = self.columns[-2], self.words.neuron(self.columns[-1][0])
        drawn = [padded(line, widest(drawn)) for line in drawn]
        if len(errors) == 1:
            drawn[2] = drawn[2].rstrip() + " "
            drawn[2] += "─" * max(2, widest(drawn) - width(drawn[2])) + f"▶ {loss}"
            return drawn
        for at, joint in enumerate((" ──┐", "   │", "   ┤", "   │", " ──┘")):
            drawn[at] += joint
        end = f"{loss} ◀──┤"
        free = width(drawn[2]) - width(drawn[2][:-1].rstrip())
        if free > width(end):
            drawn[2] = padded(drawn[2][:-1].rstrip(), width(drawn[2]) - width(end)) + end
        else:
            drawn[2] = drawn[2][:-1] + f"├──▶ {loss}"
        return drawn

    def biases(self, starts: list[int]) -> Iterator[str]:
        """Below each layer the bias that its neurons share: b1 0.35 ─▶ h1 h2."""
        line = ""
        for column, start in enumerate(starts):
            bias = shared_bias(self.drawing, column)
            if bias is not None:
                heads = " ".join(self.words.label(n.name) for n in self.columns[column + 1])
                if width(line) >= start > 0:
                    yield line
                    line = ""
                line = padded(line, start) + f"{self.words.neuron(bias)} ─▶ {heads}"
        if line:
            yield line


def arrow(label: str, columns: int = 0) -> str:
    """──w5 0.4───▶, at least so wide."""
    rule = f" ──{label}──"
    return rule + "─" * max(0, columns - width(rule) - 2) + "▶ "


def crossing(weights: dict[tuple[int, int], str]) -> Lines:
    """Two neurons to two: the labels of the slanting edges stand at their heads."""
    straight = [arrow(weights[i, i]) for i in (0, 1)]
    slanting = [f"  ╲ ╱ {weights[1, 0]} ", "   ╳", f"  ╱ ╲ {weights[0, 1]} "]
    columns = widest([*straight, *slanting])
    return [arrow(weights[0, 0], columns), *slanting, arrow(weights[1, 1], columns)]


def joining(first: str, second: str) -> Lines:
    """Two neurons to one."""
    columns = max(width(first), width(second)) + 4
    top, low = (" ──" + padded(label, 0) for label in (first, second))
    top, low = (line + "─" * (columns + 1 - width(line)) for line in (top, low))
    space = " " * (columns + 1)
    return [top + "┐", space + "│", space + "├─▶ ", space + "│", low + "┘"]


def forking(first: str, second: str) -> Lines:
    """One neuron to two."""
    columns = max(width(first), width(second)) + 7
    top, low = (arrow(label, columns)[1:] for label in (first, second))
    return ["  ┌" + top, "  │", " ─┤", "  │", "  └" + low]


# ---- layer by layer -----------------------------------------------------------------------------


def listing(drawing: Drawing, words: Words, columns: list[list[Neuron]], room: int) -> Lines:
    """A column a layer, and on the arrows between them how many weights and biases there are."""
    blocks: list[Lines] = []
    for place, column in enumerate(columns):
        cells = layer_cells(drawing, words, column, place)
        blocks.append(beside([counted(drawing, columns, place), cells]) if place else cells)
    bands: list[list[Lines]] = [[]]
    for block in blocks:  # what does not fit goes on below
        if bands[-1] and widest(beside([*bands[-1], block])) > room:
            bands.append([])
        bands[-1].append(block)
    lines: Lines = []
    for band in bands:
        lines += ([""] if lines else []) + beside(band)
    return lines


def layer_cells(drawing: Drawing, words: Words, column: list[Neuron], place: int) -> Lines:
    """The neurons of a layer and its targets, a dotted line for those that are left out."""
    targets = {
        e.tail: words.pair(e.label)
        for e in drawing.edges
        if e.label is not None and column[0].kind == "output"
    }
    rows = [(n.row, [words.neuron(n), targets.get(n.key, "")]) for n in column]
    rows += [(gap.row, [f"⋮ +{gap.count}", ""]) for gap in drawing.gaps if gap.column == place]
    bias = shared_bias(drawing, place)
    rows += [] if bias is None else [(bias.row, [words.neuron(bias), ""])]
    cells = [cell for _, cell in sorted(rows, key=lambda pair: pair[0])]
    names = widest(cell[0] for cell in cells)
    return [(padded(first, names) + "  " + second).rstrip() for first, second in cells]


def counted(drawing: Drawing, columns: list[list[Neuron]], place: int) -> Lines:
    """12 w ─▶, and the biases below."""
    heads = columns[place]
    if heads[0].kind not in ("hidden", "output"):
        return [" ─▶ "]
    sizes = [
        len(columns[c]) + sum(g.count for g in drawing.gaps if g.column == c)
        for c in (place - 1, place)
    ]
    shared = shared_bias(drawing, place - 1) is not None
    biases = 1 if shared else sizes[1] if heads[0].notes else 0
    lines = [f" ─ {sizes[0] * sizes[1]} w ─▶ "]
    return [*lines, f" + {biases} b"] if biases else lines
