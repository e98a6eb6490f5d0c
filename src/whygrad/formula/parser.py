"""The parser: words → formula, by precedence climbing.

    weakest   a if c else b   or   and   < ≤ = ≥ >   + −   · /   −x   ^ ²   strongest

Nothing is evaluated, names are looked up in our own lists, and how deep a formula may be nested is
limited, so a text from anywhere can be read safely.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import partial, reduce
from typing import Any

from whygrad.errors import FormulaError, OperationError, nearest
from whygrad.expr import ONE, ZERO, Call, Entry, Expr, Let, Number, call, is_mask
from whygrad.formula.applied import Applied, applied
from whygrad.formula.functions import function_names, function_operation, is_direct
from whygrad.formula.limits import DEPTH, folded, halved, refuse_giants
from whygrad.formula.tokens import Token, refusal, tokens
from whygrad.op import Op

LETTERS = ("u", "v", "w", "z", "s", "t", "p", "q", *(f"u{i}" for i in range(1, 1000)))

EULER = Number(math.e)  # e itself, by identity: e^(x) is exp(x)
CONSTANTS = {
    "e": EULER,
    **dict.fromkeys(("pi", "π"), Number(math.pi)),
    **dict.fromkeys(("∞", "inf"), Number(math.inf)),
    **dict.fromkeys(("nan", "NaN"), Number(math.nan)),
}

CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, POWER = range(1, 8)
COMPARED = {
    "==": "equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
LEVELS = {
    "if": CHOICE,
    "or": OR,
    "and": AND,
    "^": POWER,
    **dict.fromkeys((*COMPARED, "=", "!="), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
}
EXTREMES = {"max": "maximum", "min": "minimum"}
OPENING = ("(", "[", "√", "½")


def parse(text: str, names: Collection[str] | None = None) -> Expr:
    """The formula of a text; its variables are `Entry(name, index)`, x alone Entry("x", ()).

    names: the variables that there are; any other is refused. Without it every name that is no
    function and no constant (pi, e) is a variable.
    Raises FormulaError, with the place marked, for anything that cannot be read.
    """
    return parse_with_sources(text, names)[0]


def parse_with_sources(
    text: str, names: Collection[str] | None = None
) -> tuple[Expr, dict[Expr, str]]:
    """The formula, and how each call, power and quotient in it was typed."""
    parser = _Parser(text, names)
    formula = parser.whole()
    sources: dict[Expr, str] = {}
    for part, typed in parser.sources:
        sources.setdefault(part, typed)
    return formula, sources


class _Parser:
    def __init__(self, text: str, names: Collection[str] | None) -> None:
        self.text, self.names = text, names
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.sources: list[tuple[Expr, str]] = []
        used = {t.text for t in self.tokens} | set(names or ())
        self.letters = (letter for letter in LETTERS if letter not in used)
        self.inner: dict[Expr, Let] = {}

    # ---- words ------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def sees(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def take(self) -> Token:
        token = self.token
        self.at += token.kind != "end"
        return token

    def close(self, sign: str, opened: Token) -> None:
        """Takes the sign that ends what `opened` began."""
        if not self.sees(sign):
            raise self.refuse(
                self.token,
                f"{sign!r} was expected at {self.shown(self.token)}.",
                why=f"{self.shown(opened)} at column {opened.start + 1} is not complete",
            )
        self.take()

    def shown(self, token: Token) -> str:
        """A word as it was typed."""
        typed = self.text[token.start : token.end]
        return repr(typed) if typed else "the end of the formula"

    def refuse(self, token: Token, asked: str, *, why: str = "", hint: str = "") -> FormulaError:
        return refusal(self.text, token.start, asked, why=why, hint=hint)

    def remember(self, formula: Expr, first: Token) -> Expr:
        """Notes how a part was typed, for messages about it."""
        functions = ("exp", "power", "div", "log", "sqrt")
        if isinstance(formula, Applied) or (
            isinstance(formula, Call) and formula.function in functions
        ):
            typed = self.text[first.start : self.tokens[self.at - 1].end]
            self.sources.append((formula, typed))
        return formula

    # ---- the whole --------------------------------------------------------------------------

    def whole(self) -> Expr:
        if self.token.kind == "end":
            raise FormulaError("The formula is empty.", hint="x*tanh(x)")
        formula = self.expression(CHOICE)
        if self.token.kind != "end":
            raise self.misplaced(self.token)
        refuse_giants(formula)
        return formula

    def misplaced(self, token: Token) -> FormulaError:
        """The error at a word that cannot follow what already is a formula."""
        last = self.tokens[self.at - 1]
        if self.starts_operand():
            left, right = (self.text[t.start : t.end] for t in (last, token))
            return self.refuse(
                token,
                f"There is no sign between {self.shown(last)} and {self.shown(token)}.",
                why="a product must be written out; only ½ may stand before what it halves",
                hint=f"write {left}*{right}",
            )
        hint = {
            "=": "one side of an equation is enough; == compares",
            ",": "the decimal sign is a point: 0.5",
        }.get(token.text, "")
        return self.refuse(
            token, f"The formula cannot be read from {self.shown(token)} on.", hint=hint
        )

    # ---- precedence -------------------------------------------------------------------------

    def expression(self, least: int, *, condition: bool = False) -> Expr:
        """What binds at least so strongly, from here on: a number, or perhaps a condition."""
        first = self.token
        self.depth += 1
        if self.depth > DEPTH:
            raise self.refuse(first, "The formula is nested too deeply.")
        left = self.operand()
        while (level := self.level()) >= least:
            if level in (OR, AND):
                self.take()
                right = self.expression(level + 1, condition=True)
                left = call("either" if level == OR else "both", left, right)
            else:
                left = self.infix(self.as_number(first, left), level)
                self.remember(left, first)
        self.depth -= 1
        return left if condition else self.as_number(first, left)

    def as_number(self, first: Token, formula: Expr) -> Expr:
        if is_mask(formula):
            raise self.refuse(
                first,
                "A condition stands where a number is needed.",
                hint="[x > 0] is 1 where it holds and 0 elsewhere; (a if x > 0 else b) chooses",
            )
        return formula

    def level(self) -> int:
        """How strongly the next word binds what is before it; 0 where it does not."""
        if self.token.kind == "raised":
            return POWER
        if self.at and self.tokens[self.at - 1].text == "½" and self.starts_operand():
            return PRODUCT
        return LEVELS.get(self.token.text, 0) if self.token.kind == "sign" else 0

    def starts_operand(self) -> bool:
        return self.token.kind in ("number", "name") or self.sees(*OPENING)

    def infix(self, left: Expr, level: int) -> Expr:
        if level == CHOICE:
            return self.choice(left)
        if level == COMPARISON:
            return self.comparison(left)
        return self.power(left) if level == POWER else self.chain(left, level)

    def choice(self, value: Expr) -> Expr:
        """value if condition else other; many of them one after the other, without recursion."""
        cases: list[tuple[Expr, Expr]] = []
        while self.sees("if"):
            word = self.take()
            condition = self.expression(OR, condition=True)
            self.close("else", word)
            cases.append((condition, value))
            value = self.expression(OR)
        for condition, yes in reversed(cases):
            value = call("where", condition, yes, value)
        return value

    def comparison(self, left: Expr) -> Expr:
        """a < b; and a < b < c, which is a < b and b < c."""
        held: list[Expr] = []
        while self.level() == COMPARISON:
            sign = self.take()
            if sign.text not in COMPARED:
                hint = "== compares" if sign.text == "=" else "a < b or a > b"
                raise self.refuse(sign, f"{self.shown(sign)} is no comparison.", hint=hint)
            right = self.expression(SUM)
            held.append(call(COMPARED[sign.text], left, right))
            left = right
        return reduce(partial(call, "both"), held)

    def chain(self, first: Expr, level: int) -> Expr:
        """Terms with + and −, or factors with · and /."""
        plain, pair = ("+", ("add", "sub")) if level == SUM else ("*", ("mul", "div"))
        parts = [(True, first)]
        while self.level() == level:
            sign = self.take().text if self.sees("+", "-", "*", "/") else "*"
            parts.append((sign == plain, self.expression(level + 1)))
        return folded(parts, pair)

    def power(self, base: Expr) -> Expr:
        sign = self.take()
        exponent = self.literal(sign) if sign.kind == "raised" else self.expression(POWER)
        return call("exp", exponent) if base is EULER else call("power", base, exponent)

    # ---- operands ---------------------------------------------------------------------------

    def operand(self) -> Expr:
        """A number, a name, a call, or what stands in brackets, with the signs before it."""
        token = self.take()
        if token.kind == "number":
            return self.literal(token)
        if token.kind == "name":
            called = self.sees("(")
            return self.function(token) if called else self.variable(token)
        match token.text:
            case "+":
                return self.expression(POWER)
            case "-":
                return -self.expression(POWER)
            case "½":
                return Number(0.5)
            case "∞":
                return CONSTANTS["∞"]
            case "(":
                inner = self.expression(CHOICE, condition=True)
                self.close(")", token)
                return inner
            case "[":
                held = self.expression(OR, condition=True)
                self.close("]", token)
                return call("where", held, ONE, ZERO)
            case "|":
                size = self.expression(CHOICE)
                self.close("|", token)
                return call("abs", size)
            case "√":
                return self.root(token)
        hint = (
            "turn the comparison around" if token.text == "not" else "a number, a name, a bracket"
        )
        raise self.refuse(token, f"The formula cannot go on with {self.shown(token)}.", hint=hint)

    def literal(self, token: Token) -> Number:
        value = float(token.text)
        if math.isinf(value):
            raise self.refuse(token, "The number is larger than a float64 can hold.")
        return Number(value)

    def root(self, sign: Token) -> Expr:
        """√x and √(…); √x² is refused, because it could be read in two ways."""
        if self.sees("("):
            opened = self.take()
            inner = self.expression(CHOICE)
            self.close(")", opened)
            return call("sqrt", inner)
        if not (self.token.kind in ("number", "name") or self.sees("|", "½")):
            raise self.refuse(
                self.token, f"√ cannot be taken of {self.shown(self.token)}.", hint="√(x + 1)"
            )
        inner = self.as_number(self.token, self.operand())
        if self.level() == POWER:
            asked = "Is it the root of a power, or the power of a root?"
            raise self.refuse(sign, asked, hint="√(x²) or (√x)²")
        return call("sqrt", inner)

    # ---- names ------------------------------------------------------------------------------

    def variable(self, token: Token) -> Expr:
        name = token.text
        index = self.index() if self.sees("[") else ()
        if self.names is not None and name in self.names:
            return Entry(name, index)
        if name in CONSTANTS and not index:
            return CONSTANTS[name]
        if function_operation(name) is not None and not index:
            raise self.refuse(token, f"{name} is a function; it needs brackets.", hint=f"{name}(x)")
        if self.names is not None:
            raise self.refuse(
                token,
                f"The formula uses {name!r}, which is not known here.",
                hint=nearest(name, self.names) if self.names else "a formula of numbers only",
            )
        return Entry(name, index)

    def index(self) -> tuple[int, ...]:
        """The positions behind the name of an array."""
        opened = self.take()
        found: list[int] = []
        while not found or self.sees(","):
            if found:
                self.take()
            token = self.take()
            if token.kind != "number" or not token.text.isdigit() or len(token.text) > 9:
                raise self.refuse(
                    token,
                    "A position of an entry must be a whole number.",
                    hint="x[0,1]; a factor that is 1 or 0 is written x * [x > 0]",
                )
            found.append(int(token.text))
        self.close("]", opened)
        return tuple(found)

    # ---- functions --------------------------------------------------------------------------

    def function(self, token: Token) -> Expr:
        """A call of an operation, or of max and min, which take any number of formulas."""
        name = token.text
        op = function_operation(name)
        if op is None and name not in EXTREMES:
            raise self.unknown_function(token)
        opened = self.take()
        inputs: list[Expr] = []
        options: dict[str, float] = {}
        while not (inputs or options) or self.sees(","):
            if inputs or options:
                self.take()
            if self.token.kind == "name" and self.tokens[self.at + 1].text == "=":
                option = self.take()
                self.take()
                options[option.text] = self.option(self.token, self.expression(CHOICE))
            else:
                inputs.append(self.expression(CHOICE, condition=name == "where" and not inputs))
        self.close(")", opened)
        if op is None:
            made = halved(inputs, partial(call, EXTREMES[name]))
        else:
            made = self.applied(token, op, inputs, options)
        return self.remember(made, token)

    def unknown_function(self, token: Token) -> FormulaError:
        name = token.text
        hint = nearest(name, function_names())
        if (self.names is not None and name in self.names) or len(name) == 1:
            hint = f"a product is written out: {name}*(…)"
        return self.refuse(token, f"There is no function {name!r} in formulas.", hint=hint)

    def option(self, token: Token, formula: Expr) -> float:
        if isinstance(formula, Number):
            return formula.value
        raise self.refuse(token, "An option of a function must be a number.")

    def applied(self, token: Token, op: Op, inputs: list[Expr], options: dict[str, float]) -> Expr:
        """An operation of formulas: a part of its own, unless it is a function of xp itself."""
        arguments: list[Any] = inputs[: len(op.operands)]
        rest: list[Any] = inputs[len(op.operands) :]
        try:
            if op.attributes:
                rest = [self.option(token, formula) for formula in rest]
            bound, attributes = op.bind((*arguments, *rest), dict(options))
        except OperationError as error:
            raise self.refuse(token, error.asked, why=error.given, hint=error.hint) from None
        if is_direct(op):
            return call(op.name, *bound)
        for argument in bound:
            refuse_giants(argument)
        made = applied(op, tuple(map(self.short, bound)), attributes)
        # identity(x) is x
        return bound[0] if made.body == made.arguments[0] else made

    def short(self, argument: Expr) -> Expr:
        """An argument under a name, so that the call can be called sigmoid(u), with u = 2·x."""
        if isinstance(argument, (Entry, Number)):
            return argument
        if argument not in self.inner:
            self.inner[argument] = Let(next(self.letters), (), argument)
        return self.inner[argument]
