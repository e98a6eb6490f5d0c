"""What all pages share: the sides of a line, = or ≈, numbers, and sentences with their blanks.

A format says only how it writes a tree and how it escapes a plain word (`Style.write`, `escape`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import isnan

from whygrad.expr import Expr, Number, Quantity, evaluate
from whygrad.names import Derivative, Label, Name, Reference
from whygrad.notation import Notation
from whygrad.pages import prose
from whygrad.pages.document import Blank, Decimals, Line, Part, Precise, Sentence
from whygrad.render import tree
from whygrad.render.layout import derived, layout, layout_label, layout_number
from whygrad.render.numbers import Numeral, numeral, printed_value
from whygrad.render.tree import Layout


@dataclass(frozen=True)
class Style:
    """How a page is written: its names, language and digits, and how its format writes a tree.

    slots: the numbers of a pass are put in later. links: names lead to where their numbers come
    from.
    """

    names: Notation
    lang: str
    digits: int
    write: Callable[[Layout], str]
    escape: Callable[[str], str] = str  # of a user's word
    prose: Callable[[str], str] = str  # of a sentence of ours, blanks left alone
    slots: bool = False
    links: bool = False

    @property
    def numeral(self) -> Callable[[float], Numeral]:
        return partial(numeral, digits=self.digits)

    def formula(self, formula: Expr, *, substituted: bool = False) -> Layout:
        return layout(
            formula, self.names.label, number=self.numeral, substituted=substituted,
            slots=self.slots, links=self.links,
        )  # fmt: skip

    def name(self, ref: Reference | Label) -> Layout:
        """What a number is called."""
        label = ref if isinstance(ref, (Name, Derivative)) else self.names.label(ref)
        return layout_label(label, self.links and derived(ref))

    def number(self, quantity: Quantity) -> Layout:
        """The number of a quantity, where it stands alone."""
        if self.slots:
            return self.formula(quantity, substituted=True)
        return layout_number(quantity.value, self.numeral)


@dataclass(frozen=True)
class Side:
    """One side of a line: the sign before it ("" for the left one, = or ≈), its tree, its text.

    kind: name, symbols, numbers, value or blank.
    """

    sign: str
    tree: Layout
    written: str
    kind: str


def left(line: Line, style: Style) -> Layout:
    """What a line is of, with its number where it has one."""
    name = style.name(line.left)
    return tree.Numbered((name,), line.number) if line.number else name


def named(line: Line) -> list[Expr]:
    """The sides that a line shows by their names; a mere number is its result."""
    shown = line.sides if line.symbols else ()
    return [side for side in shown if not isinstance(side, Number) or line.value is None]


def filled(line: Line) -> Expr | None:
    """The side that a line shows with the numbers put in."""
    shown = line.sides and line.numbers and tells_more(line.sides[-1])
    return line.sides[-1] if shown else None


def sides(line: Line, style: Style) -> list[Side]:
    """The left side, the formulas by name, the numbers put in, the result."""
    trees = [("name", "", left(line, style))]
    trees += [("symbols", "=", style.formula(side)) for side in named(line)]
    substituted = filled(line)
    if substituted is not None:
        trees.append(("numbers", "=", style.formula(substituted, substituted=True)))
    if line.value is not None:
        shown = line.sides[-1] if line.sides and line.numbers else None
        sign = relation(shown, line.value, style.digits)
        trees.append(("value", sign, layout_number(line.value, style.numeral)))
    elif line.blank:
        trees.append(("blank", "=", tree.Blank()))
    return [Side(sign, shown, style.write(shown), kind) for kind, sign, shown in trees]


def proof(line: Line, style: Style) -> str:
    """The finite difference that a line's value was checked with, in words; "" without one."""
    if line.proved is None:
        return ""
    return prose.say("proved", style.lang, number=inline(line.proved, style))


def tells_more(formula: Expr) -> bool:
    """Whether the numbers put in differ from the result: of a single quantity they are it."""
    return not isinstance(formula, (Quantity, Number)) and any(
        isinstance(part, Quantity) for part in formula.walk()
    )


def relation(formula: Expr | None, value: float, digits: int) -> str:
    """= or, where the printed operands would give another last digit, ≈."""
    if formula is None:
        return "="

    def as_printed(part: Expr) -> Expr | None:
        if isinstance(part, Quantity):
            return Quantity(part.ref, printed_value(part.value, digits))
        return None

    result = printed_value(float(evaluate(formula.replace(as_printed))), digits)
    shown = printed_value(value, digits)
    # NaN equals nothing, not even itself, but NaN · 2 = NaN is what a reader should see.
    return "=" if result == shown or (isnan(result) and isnan(shown)) else "≈"


def say(sentence: Sentence, style: Style) -> str:
    """A sentence in the page's language, its blanks filled in the page's format."""
    blanks = {name: inline(part, style) for name, part in sentence.blanks.items()}
    return style.prose(prose.template(sentence.id, style.lang)).format(**blanks)


def inline(part: Part | None, style: Style) -> str:
    """What stands in a blank or a cell; nothing in an empty one."""
    match part:
        case None:
            return ""
        case Sentence():
            return say(part, style)
        case str():
            return style.escape(part)
        case bool() | int():
            return f"{part:,}"
        case float():
            return style.write(layout_number(part, style.numeral))
        case Precise(value, digits):
            return ("−" if value < 0 else "") + f"{abs(value):.{digits}g}"
        case Quantity():  # a blank of a sentence: the name and its number
            return style.write(style.formula(part)) + " = " + style.write(style.number(part))
        case Expr():
            return style.write(style.formula(part))
        case Blank():
            return style.write(tree.Blank())
        case Decimals():
            return str(style.digits)
        case _:
            return style.write(style.name(part))
