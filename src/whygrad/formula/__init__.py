"""Formulas as people type them, read without `eval`.

    ½(target − out)²        x / (1 + exp(-1.7*x))        (x if x > 0 else 0.01·x)        |x|·[x < 1]

`parse` makes a formula (`Expr`) of a text, and `Reader` computes one with any array namespace: in
NumPy numbers, compiled, or as the formula of whole arrays. A call of a registered operation stays
a part of its own, `Applied`, so that it is computed and derived by the operation's own rules.
"""

from __future__ import annotations

from whygrad.formula.applied import Applied, applied
from whygrad.formula.parser import parse, parse_with_sources
from whygrad.formula.reader import Reader, variables

__all__ = ["Applied", "Reader", "applied", "parse", "parse_with_sources", "variables"]
