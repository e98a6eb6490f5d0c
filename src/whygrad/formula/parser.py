"""The parser: words → formula, by precedence climbing.

    weakest   a if c else b   or   and   < ≤ = ≥ >   + −   · /   −x   ^ ²   strongest

Nothing is evaluated, names are looked up in our own lists, and how deep brackets may be nested is
limited, so a text from anywhere can be read safely.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import reduce

from whygrad.errors import FormulaError, OperationError, nearest
from whygrad.expr import ONE, ZERO, Call, Entry, Expr, Let, Number, call, is_mask
from whygrad.formula.applied import Applied, applied
from whygrad.formula.functions import function_names, operation_of
from whygrad.formula.tokens import Token, refusal, tokens
from whygrad.op import Op

DEPTH = 100  # brackets, signs and exponents inside each other
HEIGHT = 150  # operations inside each other, the longest way down
SIZE = 200_000  # operations in all, every sub-result written out
CHAIN = 32  # a sum of more terms is added up by halves, so that it does not become a deep tree
LETTERS = ("u", "v", "w", "z", "s", "t", "p", "q", *(f"u{i}" for i in range(1, 1000)))

EULER = Number(math.e)  # the constant e itself: e^(x) is exp(x)
CONSTANTS = {
    "pi": Number(math.pi),
    "π": Number(math.pi),
    "e": EULER,
    "∞": Number(math.inf),
    "inf": Number(math.inf),
    "nan": Number(math.nan),
    "NaN": Number(math.nan),
}

CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, POWER = range(1, 8)
LEVELS = {
    "if": CHOICE,
    "or": OR,
    "and": AND,
    **dict.fromkeys(("<", "<=", "==", ">=", ">", "=", "!="), COMPARISON),
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "^": POWER,
}
COMPARED = {
    "==": "equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
OPENING = ("(", "[", "|", "√", "½")


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
    """The formula, and for each function, power and quotient in it how it was typed."""
    parser = _Parser(text, names)
    return parser.whole(), parser.sources


class _Parser:
    def __init__(self, text: str, names: Collection[str] | None) -> None:
        self.text, self.names = text, names
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.sources: dict[Expr, str] = {}
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

    def expect(self, sign: str, opened: Token) -> Token:
        if self.sees(sign):
            return self.take()
        raise self.refuse(
            self.token,
            f"The formula cannot be read at {self.token}: {sign!r} was expected here.",
            why=f"it closes {opened.text!r} at column {opened.start + 1}",
        )

    def refuse(self, token: Token, asked: str, *, why: str = "", hint: str = "") -> FormulaError:
        return refusal(self.text, token.start, asked, why=why, hint=hint)

    @contextmanager
    def deeper(self, token: Token) -> Iterator[None]:
        self.depth += 1
        if self.depth > DEPTH:
            raise self.refuse(token, f"The formula is nested more than {DEPTH} deep.")
        yield
        self.depth -= 1

    # ---- the whole --------------------------------------------------------------------------

    def whole(self) -> Expr:
        if self.token.kind == "end":
            raise FormulaError("The formula is empty.", hint="x*tanh(x)")
        formula = self.number(CHOICE)
        if self.token.kind != "end":
            raise self.misplaced(self.token)
        _refuse_giants(formula)
        return formula

    def misplaced(self, token: Token) -> FormulaError:
        """The error for a word that cannot go on from where a formula already stands."""
        last = self.tokens[self.at - 1] if self.at else token
        if token.kind in ("number", "name") or token.text in OPENING:
            left, right = (self.text[t.start : t.end] for t in (last, token))
            return self.refuse(
                token,
                f"There is no sign between {last} and {token}.",
                why="a product must be written out (only ½ may stand before what it halves)",
                hint=f"write {left}*{right}",
            )
        hints = {
            "=": "== compares; an equation cannot be read, only one side of it",
            ",": "the decimal sign is a point: 0.5",
        }
        hint = hints.get(token.text, "")
        return self.refuse(token, f"The formula cannot be read from {token} on.", hint=hint)

    # ---- precedence -------------------------------------------------------------------------

    def number(self, least: int) -> Expr:
        """An expression that is a number, and not true or false."""
        first = self.token
        return self.as_number(first, self.expression(least))

    def as_number(self, first: Token, formula: Expr) -> Expr:
        if is_mask(formula):
            raise self.refuse(
                first,
                "A condition stands where a number is needed.",
                hint="[x > 0] is 1 where it holds and 0 elsewhere; (a if x > 0 else b) chooses",
            )
        return formula

    def expression(self, least: int) -> Expr:
        """What binds at least so strongly, from here on."""
        first = self.token
        left = self.operand()
        while (level := self.level()) >= least:
            match level:
                case 1:  # CHOICE
                    left = self.choice(self.as_number(first, left))
                case 2 | 3:  # OR, AND
                    left = self.logic(left, level)
                case 4:  # COMPARISON
                    left = self.comparison(self.as_number(first, left))
                case 5 | 6:  # SUM, PRODUCT
                    left = self.chain(self.as_number(first, left), level)
                case _:
                    left = self.power(self.as_number(first, left))
            self.remember(left, first)
        return left

    def level(self) -> int:
        """How strongly the next word binds what is before it; 0 where it does not."""
        if self.token.kind == "raised":
            return POWER
        if self.after_half() and self.starts_operand():
            return PRODUCT
        return LEVELS.get(self.token.text, 0) if self.token.kind == "sign" else 0

    def after_half(self) -> bool:
        return self.at > 0 and self.tokens[self.at - 1].text == "½"

    def starts_operand(self) -> bool:
        return self.token.kind in ("number", "name") or self.sees(*OPENING)

    def choice(self, yes: Expr) -> Expr:
        """yes if condition else no; one after the other without recursion."""
        taken: list[tuple[Expr, Expr]] = []
        while True:
            word = self.take()
            condition = self.expression(OR)
            self.expect("else", word)
            taken.append((condition, yes))
            yes = self.number(OR)
            if not self.sees("if"):
                break
        for condition, value in reversed(taken):
            yes = call("where", condition, value, yes)
        return yes

    def logic(self, left: Expr, level: int) -> Expr:
        self.take()
        return call("either" if level == OR else "both", left, self.expression(level + 1))

    def comparison(self, left: Expr) -> Expr:
        """a < b, and a < b < c as a < b and b < c."""
        held: list[Expr] = []
        while self.level() == COMPARISON:
            sign = self.take()
            if sign.text not in COMPARED:
                hint = "== compares" if sign.text == "=" else "a < b or a > b"
                raise self.refuse(sign, f"{sign} is no comparison here.", hint=hint)
            right = self.number(SUM)
            held.append(call(COMPARED[sign.text], left, right))
            left = right
        return reduce(lambda a, b: call("both", a, b), held)

    def chain(self, first: Expr, level: int) -> Expr:
        """Terms with + and −, or factors with · and /."""
        plain = "+" if level == SUM else "*"
        parts = [(True, first)]
        while self.level() == level:
            sign = self.take().text if self.sees("+", "-", "*", "/") else "*"
            parts.append((sign == plain, self.number(level + 1)))
        return _folded(parts, ("add", "sub") if level == SUM else ("mul", "div"))[1]

    def power(self, base: Expr) -> Expr:
        sign = self.take()
        if sign.kind == "raised":
            exponent: Expr = Number(float(sign.text))
        else:
            with self.deeper(sign):
                exponent = self.number(POWER)
        return call("exp", exponent) if base is EULER else call("power", base, exponent)

    # ---- operands ---------------------------------------------------------------------------

    def operand(self) -> Expr:
        """A number, a name, a call, what stands in brackets, with the signs before it."""
        token = self.take()
        match token.kind, token.text:
            case "number", digits:
                return self.literal(token, digits)
            case "name", name:
                return self.named(token, name)
            case "sign", ("-" | "+") as sign:
                with self.deeper(token):
                    inner = self.number(POWER)
                return -inner if sign == "-" else inner
            case "sign", "½":
                return Number(0.5)
            case "sign", "∞":
                return CONSTANTS["∞"]
            case "sign", ("(" | "[" | "|") as opening:
                return self.bracket(token, opening)
            case "sign", "√":
                return self.root(token)
            case "sign", "not":
                raise self.refuse(token, "'not' is not known.", hint="turn the comparison around")
        hint = "" if token.kind == "end" else "a number, a name or a bracket"
        raise self.refuse(
            token, f"The formula cannot be read at {token}: something is missing.", hint=hint
        )

    def literal(self, token: Token, digits: str) -> Expr:
        value = float(digits)
        if math.isinf(value):
            raise self.refuse(token, f"{digits} is larger than any number of a computer.")
        return Number(value)

    def bracket(self, opened: Token, opening: str) -> Expr:
        """(x), |x|, and [c], which is 1 where the condition holds, else 0."""
        with self.deeper(opened):
            first, inner = self.token, self.expression(CHOICE)
        if opening == "(":
            self.expect(")", opened)
            return inner
        self.expect("]" if opening == "[" else "|", opened)
        if opening == "[":
            return call("where", inner, ONE, ZERO)
        return call("abs", self.as_number(first, inner))

    def root(self, sign: Token) -> Expr:
        """√x and √(…); √x² could be read in two ways."""
        bare = not self.sees("(")
        with self.deeper(sign):
            first = self.token
            inner = self.as_number(first, self.operand())
        if bare and self.level() == POWER:
            raise self.refuse(
                sign, "A root of a power, or a power of a root?", hint="√(x²) or (√x)²"
            )
        return call("sqrt", inner)

    # ---- names ------------------------------------------------------------------------------

    def named(self, token: Token, name: str) -> Expr:
        if self.sees("("):
            return self.function(token, name)
        index = self.index() if self.sees("[") else ()
        known = self.names is not None and name in self.names
        if not known and not index and name in CONSTANTS:
            return CONSTANTS[name]
        if not known and self.names is not None:
            raise self.refuse(
                token,
                f"The formula uses {name!r}, which is not known here.",
                hint=self.meant(name, set(self.names)),
            )
        if not known and operation_of(name) is not None:
            raise self.refuse(
                token, f"{name} is a function; it needs brackets.", hint=f"{name}(x)"
            )
        return Entry(name, index)

    def meant(self, name: str, names: set[str]) -> str:
        if operation_of(name) is not None:
            return f"{name} is a function: {name}({next(iter(sorted(names)), 'x')})"
        return nearest(name, names) if names else "a formula of numbers only"

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
        self.expect("]", opened)
        return tuple(found)

    # ---- functions --------------------------------------------------------------------------

    def function(self, token: Token, name: str) -> Expr:
        found = operation_of(name)
        if found is None and name not in ("max", "min"):
            raise self.unknown_function(token, name)
        arguments, options = self.arguments(name)
        if found is None:
            pair = "maximum" if name == "max" else "minimum"
            made = _halved(arguments, lambda a, b: call(pair, a, b))
        else:
            made = self.applied(token, found, arguments, options)
        self.remember(made, token)
        return made

    def unknown_function(self, token: Token, name: str) -> FormulaError:
        variable = self.names is not None and name in self.names
        after = self.text[self.token.start :][:20]
        return self.refuse(
            token,
            f"There is no function {name!r} in formulas.",
            hint=f"a product is written out: {name}*{after}"
            if variable
            else nearest(name, function_names()),
        )

    def arguments(self, name: str) -> tuple[list[Expr], dict[str, float]]:
        """What stands between the brackets of a call: formulas, then options with their names."""
        opened = self.take()
        found: list[Expr] = []
        options: dict[str, float] = {}
        with self.deeper(opened):
            while not (found or options) or self.sees(","):
                if found or options:
                    self.take()
                following = self.tokens[self.at + 1] if self.token.kind == "name" else self.token
                if following.kind == "sign" and following.text == "=":
                    option = self.take()
                    self.take()
                    options[option.text] = self.constant(self.token, self.number(CHOICE))
                else:
                    condition = name == "where" and not found
                    found.append(self.expression(CHOICE) if condition else self.number(CHOICE))
        self.expect(")", opened)
        return found, options

    def constant(self, token: Token, formula: Expr) -> float:
        if isinstance(formula, Number):
            return formula.value
        raise self.refuse(token, "An option of a function must be a number, not a formula.")

    def applied(
        self, token: Token, op: Op, arguments: list[Expr], options: dict[str, float]
    ) -> Expr:
        """The call of an operation: a part of its own, unless it is a function of xp itself."""
        inputs, rest = arguments[: len(op.operands)], arguments[len(op.operands) :]
        try:
            positional = (self.constant(token, formula) for formula in rest)
            bound, attributes = op.bind((*inputs, *positional), dict(options))
        except OperationError as error:
            raise self.refuse(token, str(error.asked), why=error.given, hint=error.hint) from None
        if op.name in DIRECT:
            return call(op.name, *bound)
        made = applied(op, tuple(map(self.short, bound)), attributes)
        return made if not isinstance(made.body, (Entry, Number, Let)) else made.body

    def short(self, argument: Expr) -> Expr:
        """An argument that can be named inside of a function: sigmoid(u) with u = 2·x."""
        if isinstance(argument, (Entry, Number)):
            return argument
        if argument not in self.inner:
            self.inner[argument] = Let(next(self.letters), (), argument)
        return self.inner[argument]

    def remember(self, formula: Expr, first: Token) -> None:
        """How a part was typed, for messages about it."""
        if isinstance(formula, Applied) or (
            isinstance(formula, Call) and formula.function in ("exp", "power", "div", "log", "sqrt")
        ):
            self.sources.setdefault(
                formula, self.text[first.start : self.tokens[self.at - 1].end].strip()
            )
