r"""A formula as LaTeX, with amsmath and nothing else: \frac, \cdot, \delta_{o1}, w^{(1)}_{11}."""

from __future__ import annotations

import re
from typing import Final

from whygrad.names import Derivative, Label, Name
from whygrad.render import tree
from whygrad.render.letters import accented, greek
from whygrad.render.numbers import Numeral
from whygrad.render.tree import Layout, scripts, tall, touching

SIGNS: Final = {
    "−": "-", "·": r"\cdot", "⊙": r"\odot", "≤": r"\le", "≥": r"\ge", "≈": r"\approx",
}  # fmt: skip
KNOWN_FUNCTIONS: Final = frozenset({"exp", "log", "sin", "cos", "tanh", "max", "min"})
# Two Greek letters have their form under another name; those that look Latin have no command.
VARIANTS: Final = {"epsilon": "varepsilon", "phi": "varphi"}
WITHOUT_COMMAND: Final = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΧο")
ESCAPES: Final = str.maketrans(
    {c: f"\\{c}" for c in "_%#$&{}"}
    | {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
)


def latex(formula: Layout) -> str:
    """A formula as LaTeX for math mode."""
    match formula:
        case tree.Num(numeral):
            return _number(numeral)
        case tree.Half():
            return r"\tfrac{1}{2}"
        case tree.Dots():
            return r"\dots"
        case tree.Word(word):
            return word if len(word) == 1 and word.isalpha() else escape(word)
        case tree.Blank():
            return r"\underline{\hspace{6em}}"
        case tree.Sym(label):
            return _label(label)
        case tree.Fenced((body,), drawn=drawn):
            return _within("()", body) if drawn else latex(body)
        case tree.Product(factors, signs):
            return _product(factors, signs)
        case tree.Sum(terms, signs) | tree.Relation(terms, signs):
            return _joined(terms, tuple(SIGNS.get(s, s) for s in signs))
        case tree.Compound():
            return _compound(formula)
    raise TypeError(f"no LaTeX for {formula!r}")


def _compound(node: tree.Compound) -> str:
    parts = tuple(map(latex, node.content))
    match node, parts:
        case tree.Negative(), (body,):
            return f"-{body}"
        case tree.Fraction(), (top, bottom):
            return rf"\frac{{{top}}}{{{bottom}}}"
        case tree.MatrixProduct(), _:
            return r" \cdot ".join(parts)
        case tree.Power(entrywise=entrywise), (base, exponent):
            circle = r"\circ " if entrywise else ""
            return f"{base}^{{{circle}{exponent}}}"
        case tree.Numbered(number=number), (body,):
            return rf"({number})\quad {body}"
        case tree.Root(), (body,):
            return rf"\sqrt{{{body}}}"
        case tree.Transposed(), (body,):
            return rf"{body}^{{\top}}"
        case tree.Indexed(), (body, *positions):
            return f"{body}[{', '.join(positions)}]"
        case tree.Compare(sign=sign), (left, right):
            return f"{left} {SIGNS.get(sign, sign)} {right}"
        case ((tree.Both() | tree.Either()), _):
            return (r" \land " if isinstance(node, tree.Both) else r" \lor ").join(parts)
        case tree.Cases(), (*cases, otherwise):
            return _cases(cases, otherwise)
    return _function(node)


def _function(node: tree.Compound) -> str:
    match node:
        case tree.Abs((body,)):
            size = (r"\left", r"\right") if tall(body) else ("", "")
            return rf"{size[0]}\lvert {latex(body)} {size[1]}\rvert"
        case tree.Truth((condition,)):
            return _within("[]", condition)
        case tree.Apply(arguments, function, below):
            name = (
                f"\\{function}"
                if function in KNOWN_FUNCTIONS
                else rf"\operatorname{{{function.translate(ESCAPES)}}}"
            )
            return name + _below(below) + _within("()", *arguments)
        case tree.Total((body,), below):
            return rf"\sum{_below(below)} {latex(body)}"
    raise TypeError(f"no LaTeX for {node!r}")


def _number(numeral: Numeral) -> str:
    digits = {"∞": r"\infty", "NaN": r"\mathrm{NaN}"}.get(numeral.digits, numeral.digits)
    power = "" if numeral.exponent is None else rf" \times 10^{{{numeral.exponent}}}"
    return ("-" if numeral.negative else "") + digits + power


def _within(fence: str, *arguments: Layout) -> str:
    """Arguments in brackets, which grow where there is something tall in them."""
    inside = ", ".join(map(latex, arguments))
    if any(map(tall, arguments)):
        return rf"\left{fence[0]}{inside}\right{fence[1]}"
    return f"{fence[0]}{inside}{fence[1]}"


def _joined(parts: tuple[Layout, ...], signs: tuple[str, ...]) -> str:
    first, *rest = map(latex, parts)
    return first + "".join(f" {sign} {part}" for sign, part in zip(signs, rest, strict=True))


def _product(factors: tuple[Layout, ...], signs: tuple[str, ...]) -> str:
    written = latex(factors[0])
    for left, sign, right in zip(factors, signs, factors[1:], strict=False):
        between = "" if touching(left, sign, right) else f" {SIGNS[sign]} "
        written += between + latex(right)
    return written


def _cases(cases: list[str], otherwise: str) -> str:
    rows = [rf"{v} & \text{{if }} {c}" for v, c in zip(cases[::2], cases[1::2], strict=True)]
    rows.append(rf"{otherwise} & \text{{else}}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _below(option: str) -> str:
    return f"_{{{escape(option)}}}" if option else ""


# ---- names --------------------------------------------------------------------------------------


def _label(label: Label) -> str:
    if isinstance(label, Derivative):
        return rf"\frac{{\partial {_name(label.top)}}}{{\partial {_name(label.bottom)}}}"
    return _name(label)


def _name(name: Name) -> str:
    drawn = scripts(name)
    above = _script(drawn.above) + ("+" if name.updated else "")
    return (
        _letters(name.stem)
        + (f"^{{{above}}}" if above else "")
        + (f"_{{{_script(drawn.below)}}}" if drawn.below else "")
        + (f"[{', '.join(map(str, drawn.behind))}]" if drawn.behind else "")
    )


def _script(letters: str) -> str:
    """An index: h1, 11, (2) as they are, a word upright."""
    plain = re.fullmatch(r"[A-Za-z]?[\d,]*′?|\(\d+\)", letters)
    return letters.replace("′", "'") if plain else _letters(letters)


def _letters(letters: str) -> str:
    """A variable's letter, or a name of several letters upright; a user's signs escaped."""
    accent = accented(letters)
    if accent is not None:
        return rf"\{accent[1]}{{{_letters(accent[0])}}}"
    if greek(letters) and letters not in WITHOUT_COMMAND:
        return "\\" + VARIANTS.get(greek(letters), greek(letters))
    if letters == "∂":
        return r"\partial"
    if re.fullmatch(r"[A-Za-z]", letters):
        return letters
    if re.fullmatch(r"[A-Za-z0-9_.]+", letters):
        return rf"\mathrm{{{letters.translate(ESCAPES)}}}"
    return escape(letters)


def escape(words: str) -> str:
    """A user's words as upright text that LaTeX takes as they are."""
    return rf"\text{{{words.translate(ESCAPES)}}}"
