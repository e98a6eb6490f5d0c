"""A formula as one line of text, for a terminal and for a parser.

In Unicode out_h1, ∂E_total/∂w5, δ_o1, w⁽¹⁾₁₁, x²; in ASCII out_h1, dE_total/dw5, delta_o1, w(1)_11,
x^2. Brackets that only a line needs are written here, and no other: see `tree.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from whygrad.errors import FormulaError
from whygrad.expr import Expr
from whygrad.names import Derivative, Label, Name
from whygrad.render import tree
from whygrad.render.ascii import SIGNS
from whygrad.render.layout import layout
from whygrad.render.letters import spelt
from whygrad.render.numbers import exact
from whygrad.render.tree import Layout, contains

ABOVE: Final = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
BLANK: Final = "_" * 10
BELOW: Final = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def text(formula: Layout, ascii: bool = False) -> str:  # noqa: A002 — what the choice is called
    """A formula as one line of text; with `ascii`, in the characters of every terminal."""
    return _Line(ascii).write(formula)


def expression(formula: Expr) -> str:
    """A formula of one number, written so that `whygrad.formulas.parse` reads it back.

    Every sum is written out, every named sub-result put in, every number given in full; recorded
    quantities are their numbers. Raises FormulaError for a formula of a whole array.
    """
    if formula.shape:
        raise FormulaError(
            f"A formula of a whole array of shape {formula.shape} was to be written out.",
            hint="one entry of it: formula.at((0, 0))",
        )
    entry = formula.at(())
    return text(layout(entry, number=exact, substituted=True, expand=None, inline=True))


@dataclass(frozen=True)
class _Line:
    ascii: bool

    def write(self, node: Layout) -> str:
        match node:
            case tree.Num(numeral):
                return numeral.text(self.ascii)
            case tree.Half():
                return self._sign("½")
            case tree.Dots():
                return self._sign("…")
            case tree.Word(word):
                return word
            case tree.Blank():
                return BLANK
            case tree.Sym(label):
                return self.label(label)
            case tree.Fenced((body,), line):
                return f"({self.write(body)})" if line else self.write(body)
            case tree.Sum(terms, signs) | tree.Product(terms, signs) | tree.Relation(terms, signs):
                return self._between(terms, signs)
            case tree.Compound():
                return self._compound(node)
        raise TypeError(f"no text for {node!r}")

    def _compound(self, node: tree.Compound) -> str:
        parts = tuple(map(self.write, node.content))
        match node, parts:
            case tree.Negative(), (body,):
                return self._sign("−") + body
            case tree.Fraction(), (top, bottom):
                return f"{top} / {bottom}"
            case tree.MatrixProduct(), _:
                return (" @ " if self.ascii else " · ").join(parts)
            case tree.Power((_, exponent)), (base, _):
                return base + self._exponent(exponent, node.entrywise)
            case tree.Numbered(number=number), (body,):
                return f"({number}) {body}"
            case tree.Transposed(), (body,):
                return body + (".T" if self.ascii else "ᵀ")
            case tree.Indexed(), (body, *positions):
                return f"{body}[{', '.join(positions)}]"
            case tree.Compare(sign=sign), (left, right):
                return f"{left} {'==' if sign == '=' else self._sign(sign)} {right}"
            case ((tree.Both() | tree.Either()), _):
                return (" and " if isinstance(node, tree.Both) else " or ").join(parts)
            case tree.Truth(), (condition,):
                return f"[{condition}]"
            case tree.Cases(), (*cases, otherwise):
                return self._choice(cases, otherwise)
        return self._function(node, parts)

    def _function(self, node: tree.Compound, parts: tuple[str, ...]) -> str:
        match node:
            case tree.Root():
                return ("sqrt" if self.ascii else "√") + f"({parts[0]})"
            case tree.Abs((body,)):  # |x − |y|| could be read in two ways
                return f"abs({parts[0]})" if contains(body, tree.Abs) else f"|{parts[0]}|"
            case tree.Apply(function=function, below=below):
                return f"{function}({', '.join((*parts, *([below] if below else [])))})"
            case tree.Total(below=below):
                arguments = ", ".join((*parts, *([below] if below else [])))
                return ("sum" if self.ascii else "Σ") + f"({arguments})"
        raise TypeError(f"no text for {node!r}")

    def _sign(self, sign: str) -> str:
        return SIGNS.get(sign, sign) if self.ascii else sign

    def _between(self, parts: tuple[Layout, ...], signs: tuple[str, ...]) -> str:
        first, *rest = map(self.write, parts)
        return first + "".join(f" {self._sign(s)} {p}" for s, p in zip(signs, rest, strict=True))

    def _exponent(self, exponent: Layout, entrywise: bool) -> str:
        """² and ³ where that is the exponent; a plain number as it is; the rest in brackets."""
        circle = "∘" if entrywise and not self.ascii else ""
        match exponent:
            case tree.Num(numeral, None) if numeral.exponent is None:
                short = numeral.digits in ("2", "3") and not (self.ascii or circle)
                return (
                    numeral.digits.translate(ABOVE) if short else f"^{circle}{numeral.text(True)}"
                )
        return f"^{circle}({self.write(exponent)})"

    def _choice(self, cases: list[str], otherwise: str) -> str:
        """(a if c else (b if d else e))"""
        for at in range(len(cases) - 2, -1, -2):
            otherwise = f"({cases[at]} if {cases[at + 1]} else {otherwise})"
        return otherwise

    # ---- names ------------------------------------------------------------------------------

    def label(self, label: Label) -> str:
        if isinstance(label, Derivative):
            d = "d" if self.ascii else "∂"
            return f"{d}{self.name(label.top)}/{d}{self.name(label.bottom)}"
        return self.name(label)

    def name(self, name: Name) -> str:
        stem = spelt(name.stem) if self.ascii else name.stem
        positions = name.index + ((name.sample,) if name.sample else ())
        behind = f"[{','.join(map(str, positions))}]" if positions else ""
        return stem + self._scripts(name) + behind + (self._sign("⁺") if name.updated else "")

    def _scripts(self, name: Name) -> str:
        """h1 in out_h1, 5 in w5, ⁽¹⁾₁₁ in w⁽¹⁾₁₁."""
        sub = spelt(name.sub) if self.ascii else name.sub
        below = sub and (sub if name.tight else f"_{sub}")
        if self.ascii or not name.sup:
            return name.sup + below
        above, small = name.sup.translate(ABOVE), name.sub.translate(BELOW)
        raised = above if not set(above) & set(name.sup) else f"^{name.sup}"
        return raised + (below if set(small) & set(name.sub) - {","} else small)
