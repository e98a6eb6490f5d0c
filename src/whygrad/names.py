"""What the numbers of a pass are (references), and what they are called (names).

A formula of a derivation refers to numbers of the recorded pass; a notation answers each reference
with a name; a renderer draws the name: `Name("out", sub="h1")` is out_h1 in a terminal,
\\mathrm{out}_{h1} in LaTeX and <msub> in a page.
"""

from __future__ import annotations

from dataclasses import dataclass

# ---- references: stable, the same for every reader ----------------------------------------------


@dataclass(frozen=True)
class Value:
    """An entry of a node's value; the whole array where there is no index."""

    node: str
    index: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Partial:
    """∂top/∂bottom, along all ways between the two."""

    top: Value
    bottom: Value


@dataclass(frozen=True)
class Gradient:
    """∂loss/∂(the whole of a node), as an array."""

    node: str


@dataclass(frozen=True)
class Delta:
    """∂loss/∂net for a neuron's net input."""

    bottom: Value


@dataclass(frozen=True)
class Updated:
    """A parameter after the step."""

    value: Value


@dataclass(frozen=True)
class Named:
    """A sub-result that a rule gives a name to (x̂ of layer_norm), at one index.

    of: the node whose rule it is, where that is known.
    """

    name: str
    index: tuple[int, ...]
    of: str = ""


@dataclass(frozen=True)
class Rest:
    """The sum of the terms of a long sum that are not shown."""

    terms: int


@dataclass(frozen=True)
class Rate:
    """The learning rate η."""


Reference = Value | Partial | Gradient | Delta | Updated | Named | Rest | Rate

# ---- names: what a notation answers -------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """A symbol: stem, lower and upper index, positions in brackets, a plus for "updated".

    stem "w", sub "5" → w5 in the textbook notation (`tight`: written without an underscore);
    stem "out", sub "h1", sample 2 → out_h1[2]; stem "W", sup "2", index (1, 1) → W²[1,1].
    """

    stem: str
    sub: str = ""
    sup: str = ""
    index: tuple[int, ...] = ()
    sample: int = 0  # counted from 1; 0 where there is only one
    updated: bool = False
    tight: bool = False


@dataclass(frozen=True)
class Derivative:
    """∂top/∂bottom."""

    top: Name
    bottom: Name


Label = Name | Derivative
