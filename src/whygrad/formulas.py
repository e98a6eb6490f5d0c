"""A formula typed as text, read into an Expr: x / (1 + exp(-1.7*x)). Nothing is ever evaluated.

What `render.text.expression` prints is read back here, too: a law holds the two together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from whygrad import (
    ops,  # noqa: F401 — fills the registry
    symbols,
)
from whygrad.errors import FormulaError, nearest
from whygrad.expr import Call, Entry, Expr, Number, call
from whygrad.op import REGISTRY, Op

LONGEST, DEEPEST = 100_000, 100
TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<name>(?![½²³])[^\W\d](?:(?![½²³])\w)*)"
    r"|(?P<sign>\*\*|<=|>=|==|[-+*/^()\[\],<>|=·×−÷½²³√≤≥]))"
)
COMPARE = {
    "<": "less",
    "<=": "less_equal",
    "≤": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "≥": "greater_equal",
    "==": "equal",
    "=": "equal",
}
PLAIN = ("exp", "expm1", "log", "log1p", "sqrt", "abs", "sin", "cos", "tanh", "erf", "sign")
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}
WORDS = ("if", "else", "and", "or")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


def parse(text: str, names: Collection[str] | None = None) -> Expr:
    """The scalar formula of a text; a name x is Entry("x", ()), x[0,1] is Entry("x", (0, 1)).

    names: the variables that may occur; any where it is None. Functions are those of one or more
    numbers in the registry, and the plain ones (exp, log, …). `x^2` and `x**2` are powers.
    Raises FormulaError with the place where the text stops making sense.
    """
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("A formula was expected, but it is empty.", hint="x / (1 + exp(-x))")
    if len(text) > LONGEST:
        raise FormulaError("The formula is too long.", given=f"{len(text):,} characters")
    return _Parser(text, tokens(text), names).whole()


def tokens(text: str) -> list[Token]:
    """The words of a formula."""
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None or match.end() == at:
            while text[at].isspace():
                at += 1
            raise wrong(text, at, f"{text[at]!r} means nothing here")
        kind = str(match.lastgroup)
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, Token("end", "", end)]


def wrong(text: str, at: int, why: str) -> FormulaError:
    """The error of a text that stops making sense at a place, which it points at."""
    start = max(0, at - 60)
    shown = text[start : at + 20].replace("\n", " ")
    return FormulaError(
        "The formula does not parse.", given=f"{shown}\n         {' ' * (at - start)}^", why=why
    )


def functions() -> dict[str, Op]:
    """The registered operations that a formula may call: element by element, of one number."""
    return {
        name: o
        for o in REGISTRY.values()
        if o.elementwise and len(o.operands) == 1 and set(o.attributes) <= set(o.defaults)
        for name in (o.name, *o.aliases)
    }


def without_lets(formula: Expr) -> Expr:
    """The formula with every sub-result that a rule names put in."""

    def put(part: Expr) -> Expr | None:
        if isinstance(part, Call) and part.function == "let":
            return without_lets(part.arguments[0])
        return None

    return formula.replace(put)


class _Parser:
    """Precedence climbing: or · and · comparison · sum · product · sign · power · atom."""

    def __init__(self, text: str, words: list[Token], names: Collection[str] | None) -> None:
        self.text, self.words, self.names = text, words, names
        self.at = 0
        self.depth = 0
        self.bars = 0  # how many |…| are open: a | then closes instead of opening

    @property
    def next(self) -> Token:
        return self.words[self.at]

    def take(self, *texts: str) -> str:
        """The next word where it is one of these; "" where it is another."""
        word = self.next
        if word.kind != "end" and word.text in texts and word.kind != "number":
            self.at += 1
            return word.text
        return ""

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.error(f"{text!r} was expected")

    def error(self, why: str) -> FormulaError:
        word = self.next
        found = "the formula ends" if word.kind == "end" else f"here stands {word.text!r}"
        return wrong(self.text, word.at, f"{why}, but {found}")

    def whole(self) -> Expr:
        formula = self.either()
        if self.next.kind != "end":
            hint = (
                "write 2*x" if self.next.kind in ("name", "number") or self.next.text == "(" else ""
            )
            error = self.error("the formula should end")
            raise FormulaError(error.asked, given=error.given, why=error.why, hint=hint)
        return formula

    def either(self) -> Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            raise wrong(self.text, self.next.at, f"brackets are nested over {DEEPEST} deep")
        left = self.both()
        while self.take("or"):
            left = call("either", left, self.both())
        self.depth -= 1
        return left

    def both(self) -> Expr:
        left = self.compared()
        while self.take("and"):
            left = call("both", left, self.compared())
        return left

    def compared(self) -> Expr:
        left = self.sum()
        sign = self.take(*COMPARE)
        return call(COMPARE[sign], left, self.sum()) if sign else left

    def sum(self) -> Expr:
        left = self.product()
        while sign := self.take("+", "-", "−"):
            left = call("add" if sign == "+" else "sub", left, self.product())
        return left

    def product(self) -> Expr:
        left = self.signed()
        while sign := self.take("*", "·", "×", "/", "÷"):
            left = call("div" if sign in "/÷" else "mul", left, self.signed())
        return left

    def signed(self) -> Expr:
        minus = 0
        while sign := self.take("-", "−", "+"):
            minus += sign != "+"
        formula = self.power()
        return -formula if minus % 2 else formula

    def power(self) -> Expr:
        base_is_e = self.next.text == "e" and self.next.kind == "name"
        base = self.atom()
        while exponent := self.take("²", "³"):
            base = call("power", base, 2 if exponent == "²" else 3)
        if not self.take("^", "**"):
            return base
        self.depth += 1
        if self.depth > DEEPEST:
            raise wrong(self.text, self.next.at, f"powers are nested over {DEEPEST} deep")
        above = self.signed()  # to the right: 2^3^2 is 2^(3^2)
        self.depth -= 1
        return (
            call("exp", above)
            if base_is_e and base == Number(math.e)
            else call("power", base, above)
        )

    def atom(self) -> Expr:
        word = self.next
        if word.kind == "number":
            self.at += 1
            value = float(word.text)
            if math.isinf(value):
                raise wrong(self.text, word.at, "the number is too large")
            return Number(value)
        if word.kind == "name" and word.text not in WORDS:
            self.at += 1
            return self.named(word)
        match self.take("(", "|", "[", "√", "½"):
            case "(":
                return self.bracket()
            case "|":
                return self.absolute()
            case "[":
                condition = self.either()
                self.expect("]")
                return call("where", condition, 1, 0)
            case "√":
                return call("sqrt", self.atom())
            case "½":
                follows = self.next.kind == "name" or self.next.text in ("(", "|", "√")
                return call("mul", 0.5, self.power()) if follows else Number(0.5)
        raise self.error("a number, a name or a bracket was expected")

    def bracket(self) -> Expr:
        """( … ), or a choice: (a if condition else b)."""
        outer, self.bars = self.bars, 0
        formula = self.either()
        if self.take("if"):
            condition = self.either()
            self.expect("else")
            formula = call("where", condition, formula, self.either())
        self.expect(")")
        self.bars = outer
        return formula

    def absolute(self) -> Expr:
        if self.bars:
            self.at -= 1
            raise self.error("write abs(x) inside of |x|")
        self.bars += 1
        formula = self.either()
        self.expect("|")
        self.bars -= 1
        return call("abs", formula)

    def named(self, word: Token) -> Expr:
        known = self.names is not None and word.text in self.names
        if self.next.text == "(" and not known:
            return self.function(word)
        if self.next.text == "[" and (self.names is None or known):
            return Entry(word.text, self.index())
        if not known and word.text in CONSTANTS:
            return Number(CONSTANTS[word.text])
        if self.names is not None and not known:
            raise wrong(
                self.text,
                word.at,
                f"there is no {word.text!r} here; {nearest(word.text, [*self.names, *CONSTANTS])}",
            )
        return Entry(word.text, ())

    def index(self) -> tuple[int, ...]:
        self.expect("[")
        positions: list[int] = []
        while True:
            word = self.next
            if not word.text.isdigit():
                raise self.error("a position (a whole number) was expected")
            self.at += 1
            positions.append(int(word.text))
            if self.take("]"):
                return tuple(positions)
            self.expect(",")

    def function(self, word: Token) -> Expr:
        self.expect("(")
        outer, self.bars = self.bars, 0
        arguments = [self.either()]
        while self.take(","):
            arguments.append(self.either())
        self.expect(")")
        self.bars = outer
        build = self.builder(word, len(arguments))
        return build(*arguments)

    def builder(self, word: Token, count: int) -> Callable[..., Expr]:
        """What a function's name means for so many arguments."""
        name = {"ln": "log"}.get(word.text, word.text)
        if name in ("max", "min") and count > 1:
            join = "maximum" if name == "max" else "minimum"
            return lambda first, *rest: _folded(join, first, rest)
        if name == "where" and count == 3:
            return lambda *parts: call("where", *parts)
        if name in PLAIN and count == 1:
            return lambda x: call(name, x)
        known = functions()
        if name in known and count == len(known[name].operands):
            chosen = known[name]
            return lambda *parts: without_lets(
                chosen.forward(symbols.xp, *parts, **chosen.defaults)
            )
        there = {*known, *PLAIN, "max", "min", "where", "ln"}
        if name in there:
            raise wrong(self.text, word.at, f"{word.text} does not take {count} arguments")
        raise wrong(
            self.text, word.at, f"there is no function {word.text!r}; {nearest(name, there)}"
        )


def _folded(join: str, first: Expr, rest: tuple[Any, ...]) -> Expr:
    for part in rest:
        first = call(join, first, part)
    return first
