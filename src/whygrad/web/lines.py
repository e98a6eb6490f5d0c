"""The lines of a reading: each written once, and the mistakes that can be made in it.

Readings share most of their lines: what is true of w5 with a sigmoid behind it is written with the
same words where there is a tanh. And a line's mistakes are those that `whygrad grade` knows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from whygrad.derivation import Pass, Step, unfold
from whygrad.expr import Expr, Quantity
from whygrad.mistakes.slips import Slip, slips
from whygrad.names import Delta, Partial, Rate, Reference, Updated, Value
from whygrad.pages.document import Block, Line, Lines, Paragraph, Sentence, sentence
from whygrad.render.formula import formula_data
from whygrad.render.pages.live import Live

Data = dict[str, Any]
RATE = 0.5  # a learning rate that means nothing: slips are told apart by what they give
MOST = 12  # mistakes of a line
LONG = 24  # numbers of a line that nobody works out by hand


class LiveLines:
    """What writes the blocks of one network's readings. slips: whether with the mistakes."""

    def __init__(self, live: Live, slips: bool = True) -> None:
        self.live, self.slips = live, slips
        self._lines: dict[str, Data] = {}
        self._said: dict[Any, Data] = {}

    def blocks(self, blocks: Iterable[Block], step: Step, recorded: Pass) -> list[Data]:
        """The blocks of a step's derivation as data."""
        steps = {part.ref: part for part in unfold(step)}
        return [data for block in blocks for data in self._block(block, steps, recorded)]

    def _block(
        self, block: Block, steps: Mapping[Reference, Step], recorded: Pass
    ) -> Iterator[Data]:
        match block:
            case Paragraph(words):
                yield {"p": self.said(words)}
            case Lines(lines):
                yield {"lines": [self.line(line, steps, recorded) for line in lines]}
            case _:
                found = self.live.block(block)
                if found is not None:
                    yield found

    def said(self, words: Sentence) -> Data:
        key = (words.id, tuple(words.blanks.items()))
        if key not in self._said:
            self._said[key] = self.live.said(words)
        return self._said[key]

    def line(self, line: Line, steps: Mapping[Reference, Step], recorded: Pass) -> Data:
        step = steps.get(line.left)  # type: ignore[arg-type]
        formulas = [formula_data(side, self.live.key) for side in line.sides]
        shown = [line.symbols, line.numbers, line.value is None, step and step.through]
        key = json.dumps([self.live.key(line.left), shown, formulas])
        if key not in self._lines:
            data = self.live.line(line)
            if self.slips and data["value"] and step and line.sides == (step.formula,):
                data["slips"] = list(self.mistakes(step, steps, recorded))
            self._lines[key] = data
        return self._lines[key]

    # ---- mistakes -------------------------------------------------------------------------------

    def mistakes(
        self, step: Step, steps: Mapping[Reference, Step], recorded: Pass
    ) -> Iterator[Data]:
        """The likeliest mistakes of a line, of those that give the same number the first.

        Those of its factors are made in the lines of the factors.
        """
        count = sum(1 for _ in quantities(step.formula))
        if count > LONG:
            return
        siblings = min(4, LONG // max(1, count))  # fewer neighbours where more have some
        there = {*steps, *(need for part in steps.values() for need in part.needs)}
        given: list[float] = []
        for slip in slips(replace(step, parts=()), recorded, RATE, siblings):
            same = any(math.isclose(slip.value, value, rel_tol=1e-9) for value in given)
            if same or not all(known(q.ref, recorded, there) for q in quantities(slip.formula)):
                continue
            given.append(slip.value)
            formula = formula_data(slip.formula, self.live.key)
            yield {"say": self.said(told(slip)), "formula": formula}
            if len(given) == MOST:
                return


def told(slip: Slip) -> Sentence:
    """The sentence of a slip; its numbers are called by their names."""
    blanks = {
        name: part.ref if isinstance(part, Quantity) else part for name, part in slip.blanks.items()
    }
    return sentence(f"slip.{slip.key}", **blanks)


def quantities(formula: Expr) -> Iterator[Quantity]:
    return (part for part in formula.walk() if isinstance(part, Quantity))


def known(ref: Any, recorded: Pass, lines: Collection[Reference]) -> bool:
    """Whether a page has the number: it is of the passes, of the step, or has a line of its own."""
    match ref:
        case Value() | Delta() | Updated() | Rate():
            return True
        case Partial(top) if top == recorded.loss:
            return True
    return ref in lines
