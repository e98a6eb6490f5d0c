"""The words of a sketch: names and numbers on one line, and lines of equal width side by side."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from whygrad.drawing.parts import Neuron
from whygrad.expr import Quantity
from whygrad.names import Label
from whygrad.notation import Notation
from whygrad.render.columns import padded, width
from whygrad.render.numbers import number
from whygrad.render.text import text
from whygrad.render.tree import Sym

Lines = list[str]


@dataclass(frozen=True)
class Words:
    """How names and numbers are written."""

    names: Notation
    digits: int
    ascii: bool

    def label(self, label: Label) -> str:
        return text(Sym(label), self.ascii)

    def name(self, ref: Hashable) -> str:
        return self.label(self.names.label(ref))

    def number(self, value: float) -> str:
        """In few columns: 0.02356 although four digits would make it 2.356e-02."""
        tried = [number(value, self.digits + more, self.ascii) for more in (0, 1, 2)]
        return next((written for written in tried if "e" not in written), tried[0])

    def pair(self, quantity: Quantity) -> str:
        """w5 0.4"""
        return f"{self.name(quantity.ref)} {self.number(quantity.value)}"

    def neuron(self, neuron: Neuron) -> str:
        """h1 0.5933"""
        return f"{self.label(neuron.name)} {self.number(neuron.at.value)}"


def widest(lines: Iterable[str]) -> int:
    return max(map(width, lines), default=0)


def beside(blocks: Sequence[Lines]) -> Lines:
    """Blocks next to each other, each as wide as its widest line."""
    height = max(map(len, blocks), default=0)
    filled = [block + [""] * (height - len(block)) for block in blocks]
    sizes = [widest(block) for block in filled]
    return [
        "".join(padded(line, size) for line, size in zip(row, sizes, strict=True))
        for row in zip(*filled, strict=True)
    ]
