"""A formula as MathML Core, which browsers draw themselves. Everything from outside is escaped."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Final, Literal

from whygrad.names import Derivative, Label, Name
from whygrad.notation import plain
from whygrad.render import tree
from whygrad.render.letters import accented
from whygrad.render.numbers import Numeral
from whygrad.render.tree import Layout, scripts, tall, touching

BLANK: Final = "_" * 14  # what a page draws as one line to write on
TIMES: Final = "<mo>\u2062</mo>"  # between factors that touch
OF: Final = "<mo>\u2061</mo>"  # between a function and its argument
ACCENTS: Final = {"hat": "^", "tilde": "~", "bar": "¯", "dot": "˙"}


def mathml(formula: Layout, display: Literal["inline", "block"] = "inline") -> str:
    """A formula as a <math> element, in a line of text or as a block of its own."""
    return f'<math display="{display}">{markup(formula)}</math>'


def markup(formula: Layout) -> str:
    """What stands inside of a <math> element: to be put together with other formulas."""
    match formula:
        case tree.Num(numeral, of):
            return _number(numeral, of)
        case tree.Slot():
            return _slot(formula)
        case tree.Half():
            return "<mfrac><mn>1</mn><mn>2</mn></mfrac>"
        case tree.Dots():
            return "<mo>…</mo>"
        case tree.Gap():
            return '<mrow data-long=""></mrow>'
        case tree.Word(word):
            return f"<mi>{word}</mi>" if len(word) == 1 else f"<mtext>{escape(word)}</mtext>"
        case tree.Blank():
            return f"<mtext>{BLANK}</mtext>"
        case tree.Sym(label, linked):
            return _linked(label) if linked else _label(label)
        case tree.Fenced((body,), drawn=drawn):
            return _within("()", body) if drawn else markup(body)
        case tree.Product(factors, signs):
            return _product(factors, signs)
        case tree.Sum(terms, signs) | tree.Relation(terms, signs):
            return _joined(terms, signs)
        case tree.Compound():
            return _compound(formula)
    raise TypeError(f"no MathML for {formula!r}")


def _compound(node: tree.Compound) -> str:
    parts = tuple(map(markup, node.content))
    match node, parts:
        case tree.Negative(), (body,):
            return _row("<mo>−</mo>", body)
        case tree.Fraction(), (top, bottom):
            return f"<mfrac>{top}{bottom}</mfrac>"
        case tree.MatrixProduct(), _:
            return _row("<mo>·</mo>".join(parts))
        case tree.Power(entrywise=entrywise), (base, exponent):
            raised = _row("<mo>∘</mo>", exponent) if entrywise else exponent
            return f"<msup>{base}{raised}</msup>"
        case tree.Numbered(number=number), (body,):
            return _row(f"<mtext>({number})\u2002</mtext>", body)
        case tree.Root(), (body,):
            return f"<msqrt>{body}</msqrt>"
        case tree.Transposed(), (body,):
            return f"<msup>{body}<mo>⊤</mo></msup>"
        case tree.Indexed(), (body, *positions):
            return _row(body, _brackets("[]", *positions))
        case tree.Compare(sign=sign), (left, right):
            return _row(left, _sign(sign), right)
        case ((tree.Both() | tree.Either()), _):
            return _row(_sign("∧" if isinstance(node, tree.Both) else "∨").join(parts))
        case tree.Cases(), (*cases, otherwise):
            return _cases(cases, otherwise)
    return _function(node)


def _function(node: tree.Compound) -> str:
    match node:
        case tree.Abs((body,)):
            return _brackets("||", markup(body), grow=tall(body))
        case tree.Truth((condition,)):
            return _within("[]", condition)
        case tree.Apply(arguments, function, below):
            name = f"<mi>{escape(function)}</mi>"
            if below:
                name = f"<msub>{name}<mtext>{escape(below)}</mtext></msub>"
            return _row(name, OF, _within("()", *arguments))
        case tree.Total((body,), below):
            under = f"<munder><mo>∑</mo><mtext>{escape(below)}</mtext></munder>"
            return _row(under if below else "<mo>∑</mo>", markup(body))
    raise TypeError(f"no MathML for {node!r}")


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _sign(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def _brackets(fence: str, *parts: str, grow: bool = False) -> str:
    """Parts in brackets; those that need not grow stand closer."""
    size = "" if grow else ' stretchy="false"'
    left, right = (
        f'<mo form="{form}" fence="true"{size}>{sign}</mo>'
        for form, sign in zip(("prefix", "postfix"), fence, strict=True)
    )
    return _row(left, "<mo>,</mo>".join(parts), right)


def _within(fence: str, *arguments: Layout) -> str:
    return _brackets(fence, *map(markup, arguments), grow=any(map(tall, arguments)))


def _joined(parts: tuple[Layout, ...], signs: tuple[str, ...]) -> str:
    first, *rest = map(markup, parts)
    return _row(first, *(_sign(s) + p for s, p in zip(signs, rest, strict=True)))


def _product(factors: tuple[Layout, ...], signs: tuple[str, ...]) -> str:
    written = [markup(factors[0])]
    for left, sign, right in zip(factors, signs, factors[1:], strict=False):
        touch = touching(left, sign, right)
        if touch:
            written[-1] = markup(_touched(left))
        written += [TIMES if touch else _sign(sign), markup(right)]
    return _row(*written)


def _cases(cases: list[str], otherwise: str) -> str:
    def line(value: str, when: str) -> str:
        return f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>"

    lines = [
        line(value, f"<mtext>if\u00a0</mtext>{condition}")
        for value, condition in zip(cases[::2], cases[1::2], strict=True)
    ]
    table = "".join([*lines, line(otherwise, "<mtext>else</mtext>")])
    return _row('<mo fence="true" form="prefix">{</mo>', f"<mtable>{table}</mtable>")


def _number(numeral: Numeral, of: Label | None) -> str:
    """A number; that of a quantity says whose it is, so that a page can put in another."""
    ref = "" if of is None else f' data-ref="{escape(plain(of))}"'
    if numeral.exponent is None:
        return f"<mn{ref}>{numeral.digits}</mn>"
    size = f"<mn>{abs(numeral.exponent)}</mn>"
    exponent = size if numeral.exponent >= 0 else _row("<mo>−</mo>", size)
    return (
        f"<mrow{ref}><mn>{numeral.digits}</mn><mo>×</mo><msup><mn>10</mn>{exponent}</msup></mrow>"
    )


def _touched(left: Layout) -> Layout:
    """A factor that touches the next one: a slot says so, since a number in brackets would not."""
    match left:
        case tree.Negative((body,)):
            return tree.Negative((_touched(body),))
        case tree.Slot(negative=negative, power=power) if negative or power:
            return replace(left, touches=True)
    return left


def _slot(slot: tree.Slot) -> str:
    """An empty place that says whose number belongs there, and what it needs around it."""
    needs = ' data-negative="fence"' * slot.negative + ' data-power="fence"' * slot.power
    needs += ' data-term=""' * slot.term + ' data-touches=""' * slot.touches
    return f'<mrow data-slot="{escape(plain(slot.of))}"{needs}></mrow>'


# ---- names --------------------------------------------------------------------------------------


def _linked(label: Label) -> str:
    """A name that leads on."""
    return f'<mrow data-link="{escape(plain(label))}">{_label(label)}</mrow>'


@lru_cache(maxsize=10_000)  # a page says the same names again and again
def _label(label: Label) -> str:
    if isinstance(label, Derivative):
        top, bottom = (_row("<mo>∂</mo>", _name(n)) for n in (label.top, label.bottom))
        return f"<mfrac>{top}{bottom}</mfrac>"
    return _name(label)


def _name(name: Name) -> str:
    drawn = scripts(name)
    below = _script(drawn.below)
    above = [_script(drawn.above)] * bool(drawn.above) + ["<mo>+</mo>"] * name.updated
    raised = _row(*above) if len(above) > 1 else "".join(above)
    stem = _letters(name.stem)
    match bool(below), bool(raised):
        case True, True:
            stem = f"<msubsup>{stem}{below}{raised}</msubsup>"
        case True, False:
            stem = f"<msub>{stem}{below}</msub>"
        case False, True:
            stem = f"<msup>{stem}{raised}</msup>"
    behind = (f"<mn>{position}</mn>" for position in drawn.behind)
    return _row(stem, _brackets("[]", *behind)) if drawn.behind else stem


def _script(letters: str) -> str:
    """An index: a number or a name."""
    if not letters:
        return ""
    return f"<mn>{letters}</mn>" if letters.replace(",", "").isdigit() else _letters(letters)


def _letters(letters: str) -> str:
    accent = accented(letters)
    if accent is None:
        return f"<mi>{escape(letters)}</mi>"
    over = f'<mo stretchy="false">{ACCENTS[accent[1]]}</mo>'
    return f'<mover accent="true"><mi>{escape(accent[0])}</mi>{over}</mover>'
