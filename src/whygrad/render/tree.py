"""The neutral tree of a printed formula, and the one table that says where brackets stand.

A formula is read into a tree without brackets (`layout.py`), `bracketed` puts them, and a printer
(`text.py`, `latex.py`, `mathml.py`) writes the tree down, each node in its own way. Two of the
printers draw: a quotient is a fraction there, whose line groups without brackets. So a bracket says
for itself whether it stands where the formula is one `line`, where it is `drawn`, or in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from whygrad.names import Derivative, Label, Name
from whygrad.render.numbers import Numeral

# ---- the nodes ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """A formula, or a part of one, as it will stand on the page."""


@dataclass(frozen=True)
class Num(Layout):
    """A number without its sign; `of` is the quantity whose number it is."""

    numeral: Numeral
    of: Label | None = None


@dataclass(frozen=True)
class Slot(Layout):
    """The place of a quantity's number, which is put in later, and what must be known for that.

    negative, power: whether a negative number, and one with a power of ten, needs brackets where
    the formula is drawn. term: it stands behind a +, which becomes the minus of a negative number.
    touches: no sign stands behind it, unless the number has brackets.
    """

    of: Label
    negative: bool = False
    power: bool = False
    term: bool = False
    touches: bool = False


@dataclass(frozen=True)
class Half(Layout):
    """The coefficient ½."""


@dataclass(frozen=True)
class Sym(Layout):
    """A name, or a derivative ∂top/∂bottom; `linked`: it leads to where its number comes from."""

    label: Label
    linked: bool = False


@dataclass(frozen=True)
class Word(Layout):
    """Upright text that belongs to a formula: e, a slice, an option."""

    text: str


@dataclass(frozen=True)
class Dots(Layout):
    """The terms of a long sum that are left out."""


@dataclass(frozen=True)
class Gap(Layout):
    """The place of a long sum, of which a page shows the terms that are largest at the time."""


@dataclass(frozen=True)
class Blank(Layout):
    """A free place, to be written into."""


@dataclass(frozen=True)
class Compound(Layout):
    """A node that is built of others."""

    content: tuple[Layout, ...]


@dataclass(frozen=True)
class Relation(Compound):
    """left = middle ≈ right; one sign between two neighbours."""

    signs: tuple[str, ...]


@dataclass(frozen=True)
class Numbered(Compound):
    """(3) left: a line's left side with its number."""

    number: int


@dataclass(frozen=True)
class Either(Compound):
    """a or b or …"""


@dataclass(frozen=True)
class Both(Compound):
    """a and b and …"""


@dataclass(frozen=True)
class Compare(Compound):
    """left sign right, where the sign is one of = < ≤ > ≥."""

    sign: str


@dataclass(frozen=True)
class Sum(Compound):
    """Terms, each but the first with its sign + or − before it."""

    signs: tuple[str, ...]


@dataclass(frozen=True)
class Negative(Compound):
    """−x"""


@dataclass(frozen=True)
class Product(Compound):
    """Factors, with the sign · or (entry by entry of two arrays) ⊙ between two neighbours."""

    signs: tuple[str, ...]


@dataclass(frozen=True)
class MatrixProduct(Compound):
    """A · B · …"""


@dataclass(frozen=True)
class Fraction(Compound):
    """top / bottom"""


@dataclass(frozen=True)
class Power(Compound):
    """base to the exponent; of an array, `entrywise`."""

    entrywise: bool = False


@dataclass(frozen=True)
class Root(Compound):
    """√x"""


@dataclass(frozen=True)
class Transposed(Compound):
    """Xᵀ"""


@dataclass(frozen=True)
class Indexed(Compound):
    """body[position, …]"""


@dataclass(frozen=True)
class Abs(Compound):
    """|x|"""


@dataclass(frozen=True)
class Truth(Compound):
    """[condition]: 1 where it holds, else 0 (Iverson's bracket)."""


@dataclass(frozen=True)
class Cases(Compound):
    """value, condition, value, condition, …, value otherwise."""


@dataclass(frozen=True)
class Apply(Compound):
    """function(argument, …); `below` it the axis that it runs along."""

    function: str
    below: str = ""


@dataclass(frozen=True)
class Total(Compound):
    """Σ of an array, along the axis `below`."""

    below: str = ""


@dataclass(frozen=True)
class Fenced(Compound):
    """(x), where the formula is one line, where it is drawn, or both."""

    line: bool = True
    drawn: bool = True


def content(node: Layout) -> tuple[Layout, ...]:
    """The parts of a node."""
    return node.content if isinstance(node, Compound) else ()


def contains(node: Layout, *kinds: type[Layout]) -> bool:
    """Whether a node of these kinds stands somewhere in a formula."""
    return isinstance(node, kinds) or any(contains(part, *kinds) for part in content(node))


# ---- precedence ---------------------------------------------------------------------------------


class Level(IntEnum):
    """How strongly a node holds its parts together, weakest first."""

    FREE = 0
    EITHER = 1
    BOTH = 2
    COMPARISON = 3
    SUM = 4
    QUOTIENT = 5
    PRODUCT = 6
    RATIO = 7  # a/b where it is a factor that cannot be misread: a drawn fraction, ∂E/∂w
    POWER = 8
    ATOM = 9


@dataclass(frozen=True)
class Binding:
    """How strongly a node binds, and how strongly its first and its other parts must."""

    own: Level
    first: Level = Level.FREE
    rest: Level = Level.FREE


L = Level
ON_A_LINE: Mapping[type[Layout], Binding] = {
    Relation: Binding(L.FREE),
    Numbered: Binding(L.FREE),
    Either: Binding(L.EITHER, L.BOTH, L.BOTH),
    Both: Binding(L.BOTH, L.COMPARISON, L.COMPARISON),
    Compare: Binding(L.COMPARISON, L.SUM, L.SUM),
    Sum: Binding(L.SUM, L.QUOTIENT, L.QUOTIENT),
    Fraction: Binding(L.QUOTIENT, L.PRODUCT, L.POWER),
    Product: Binding(L.PRODUCT, L.RATIO, L.RATIO),
    MatrixProduct: Binding(L.PRODUCT, L.RATIO, L.RATIO),
    Negative: Binding(L.POWER, L.QUOTIENT),  # and no more than what it negates: see `level`
    Power: Binding(L.POWER, L.ATOM),
    Root: Binding(L.POWER),
    Transposed: Binding(L.POWER, L.ATOM),
    Indexed: Binding(L.ATOM, L.ATOM),
    **dict.fromkeys((Num, Slot, Half, Sym, Word, Dots, Gap, Blank), Binding(L.ATOM)),
    **dict.fromkeys((Abs, Truth, Cases, Apply, Total), Binding(L.ATOM)),
}
DRAWN: Mapping[type[Layout], Binding] = {
    **ON_A_LINE,
    Fraction: Binding(L.RATIO),
    Cases: Binding(L.EITHER),
    Total: Binding(L.QUOTIENT, L.PRODUCT),
}


def level(node: Layout, table: Mapping[type[Layout], Binding]) -> Level:
    """How strongly a node binds: by the table, weaker where names and numbers have a form."""
    match node:
        case Negative((body,)):
            inner = level(body, table)
            return L.POWER if inner < table[Negative].first else min(L.POWER, inner)
        case Sym(Derivative()):
            return L.RATIO
        case Sym(Name(sup=sup, updated=updated)) if sup or updated:
            return L.POWER  # an upper index is no exponent's base
        case Sym(Name("e", "", "", (), 0)):
            return L.POWER  # a variable called e is not Euler's number
        case Num(Numeral(exponent=int())) if table is DRAWN:
            return L.RATIO  # 3.2 × 10⁻¹¹
    return table[type(node)].own


@dataclass(frozen=True)
class Place:
    """Where a node stands: how strongly it must bind, and whether it may begin with a minus."""

    needs: Level = L.FREE
    may_begin: bool = True

    def fences(self, node: Layout, table: Mapping[type[Layout], Binding]) -> bool:
        negative = isinstance(node, Negative) and not self.may_begin
        return negative or level(node, table) < self.needs

    def of_part(self, at: int, node: Layout, table: Mapping[type[Layout], Binding]) -> Place:
        """The place of a part of the node that stands here."""
        needs = table[type(node)].rest if at else table[type(node)].first
        opens = needs == L.FREE or isinstance(node, Compare)
        begins = self.may_begin and not at and not isinstance(node, Negative)
        return Place(needs, opens or begins)


ANYWHERE = Place()


NEGATIVE = Negative((Num(Numeral("1")),))  # what may be put into a slot
POWERED = Num(Numeral("1", -9))


def bracketed(node: Layout, line: Place = ANYWHERE, drawn: Place = ANYWHERE) -> Layout:
    """The tree with the brackets that its printed forms need, and no other."""
    if isinstance(node, Slot):
        negative = not node.term and drawn.fences(NEGATIVE, DRAWN)
        return replace(node, negative=negative, power=drawn.fences(POWERED, DRAWN))
    on_a_line, in_drawing = line.fences(node, ON_A_LINE), drawn.fences(node, DRAWN)
    line, drawn = ANYWHERE if on_a_line else line, ANYWHERE if in_drawing else drawn
    if isinstance(node, Compound):
        parts = tuple(
            bracketed(part, line.of_part(i, node, ON_A_LINE), drawn.of_part(i, node, DRAWN))
            for i, part in enumerate(node.content)
        )
        node = replace(node, content=parts)
    return Fenced((node,), on_a_line, in_drawing) if on_a_line or in_drawing else node


# ---- what the drawing printers share ------------------------------------------------------------


def touching(left: Layout, sign: str, right: Layout) -> bool:
    """Whether two drawn factors need no sign: out(1 − out), ½(target − out)²."""
    if isinstance(right, Power):
        right = right.content[0]
    if isinstance(left, Negative):
        left = left.content[0]
    bracket = isinstance(right, Fenced) and right.drawn and isinstance(right.content[0], Sum)
    named = isinstance(left, Sym) and isinstance(left.label, Name)
    return sign == "·" and bracket and (named or isinstance(left, (Half, Num, Slot)))


TALL = (Fraction, Cases, Total)


def tall(node: Layout) -> bool:
    """Whether brackets around a drawn formula must be higher than a line."""
    derivative = isinstance(node, Sym) and isinstance(node.label, Derivative)
    return derivative or isinstance(node, TALL) or any(map(tall, content(node)))


@dataclass(frozen=True)
class Scripts:
    """Where the parts of a name go when it is drawn: below, above, behind in brackets."""

    below: str
    above: str
    behind: tuple[int, ...]


def scripts(name: Name) -> Scripts:
    """W²[1,1] has its positions below it; net_h1[2] has h1 there, and so its sample behind."""
    behind = (name.sample,) if name.sample else ()
    if name.sub or not name.index:
        return Scripts(name.sub, name.sup, name.index + behind)
    comma = "" if all(0 <= p < 10 for p in name.index) else ","
    return Scripts(comma.join(map(str, name.index)), name.sup, behind)
