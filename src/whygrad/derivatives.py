"""The derivative of a formula, step by step, each step by a named rule.

The formula is taken apart from the inside out: every inner function gets a name u1, u2, …, and the
derivative of each is one step. How a primitive is differentiated is read off the registry's own
rules (`reverse.pull` with symbols); what is here is only their order, their names, and neat signs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from whygrad import symbols
from whygrad.differences import quotient
from whygrad.errors import FormulaError
from whygrad.expr import MASKS, ONE, ZERO, Call, Entry, Expr, Number, Quantity, call, evaluate
from whygrad.formulas import parse, without_lets
from whygrad.names import Derivative, Name
from whygrad.op import REGISTRY, Op, make_op
from whygrad.reverse import pull

X = Entry("x", ())
POINTS = tuple(np.linspace(-4, 4, 161) + 0.0123)  # off the whole numbers, where kinks like to be
TRAINED = 100.0  # |net input| that float32 training reaches
# Of a formula with its derivative, as they are written out: max(x, x, …) doubles with each x.
MOST_PARTS = 2_000
DEEPEST = 150  # parts within parts: whatever reads a formula calls itself for each


@dataclass(frozen=True)
class DerivativeStep:
    """One inner function and its derivative.

    name: u1, …, or y for the whole. formula: it, in x and the u before it. rule: its rule's id.
    of: the function whose own derivative is used. derivative: by that rule, in x, u and du/dx.
    result: the same in x alone.
    """

    name: Name
    formula: Expr
    rule: str
    of: str
    derivative: Expr
    result: Expr


@dataclass(frozen=True)
class Differentiation:
    """The steps, the derivative in x, and how well it agrees with finite differences.

    rewritten: the form that the rule book uses, where there is one, and by how much the two differ.
    worst: the largest relative difference from finite differences at `points` points.
    """

    steps: tuple[DerivativeStep, ...]
    result: Expr
    worst: float
    points: int
    rewritten: Expr | None = None
    rewriting: float = 0.0
    convention: str = ""

    @property
    def proved(self) -> bool:
        return self.points > 0 and self.worst < 1e-6 and self.rewriting < 1e-9


def derive(what: str) -> Differentiation:
    """The derivative of an element-wise operation of one number, or of a formula in x.

    Raises FormulaError for what does not parse or is no function of one number.
    """
    known = next((o for o in REGISTRY.values() if what in (o.name, *o.aliases)), None)
    if known is None:
        return differentiate(parse(what, ("x",)))
    if not known.elementwise or len(known.operands) != 1:
        raise FormulaError(
            f"{known.name} is not a function of one number.",
            why="derive takes element-wise operations and formulas in x",
            hint="whygrad explain shows it with numbers; whygrad ops lists what there is",
        )
    formula = without_lets(known.forward(symbols.xp, X, **known.defaults))
    y = Quantity(Name("y"), math.nan)
    own = pull(known, symbols.xp, ONE, y, [X], known.defaults, [0]).get(0, ZERO)
    return differentiate(formula, own=without_lets(own), convention=known.convention)


def differentiate(
    formula: Expr, *, own: Expr | None = None, convention: str = ""
) -> Differentiation:
    """The derivative of a formula in x; own: the rule book's form of it, in x and y."""
    work = _Work()
    _, result = work.of(checked(formula), last=True)
    checked(formula, result)
    points, worst = compare(formula, result)
    rewritten, off = None, 0.0
    if own is not None:
        in_x = own.replace(lambda p: formula if isinstance(p, Quantity) else None)
        if in_x != result:
            rewritten, off = own, apart(result, in_x)
    return Differentiation(tuple(work.steps), result, worst, points, rewritten, off, convention)


@dataclass
class _Work:
    """The steps so far; a formula that occurs twice is differentiated once."""

    steps: list[DerivativeStep] = field(default_factory=list)
    done: dict[Expr, tuple[Expr, Expr]] = field(default_factory=dict)

    def of(self, formula: Expr, *, last: bool = False) -> tuple[Expr, Expr]:
        """What a formula is called in the steps, and its derivative in x."""
        if isinstance(formula, Number):
            if last:
                self._note(Name("y"), formula, "constant", "", ZERO, ZERO)
            return formula, ZERO
        if isinstance(formula, Entry):
            if last:
                self._note(Name("y"), formula, "variable", "", ONE, ONE)
            return formula, ONE
        if formula not in self.done:
            self.done[formula] = self._step(formula, last)
        return self.done[formula]

    def _step(self, formula: Expr, last: bool) -> tuple[Expr, Expr]:
        if not isinstance(formula, Call):
            raise FormulaError("This formula cannot be differentiated step by step.")
        if formula.function in (*MASKS, "sign"):
            return formula, ZERO
        inner = [self.of(a) for a in formula.arguments]
        name = Name("y") if last else Name("u", sub=str(len(self.steps) + 1), tight=True)
        own = call(formula.function, *(shown for shown, _ in inner))
        me = Quantity(name, math.nan)
        shown: Expr = ZERO
        result: Expr = ZERO
        for slot, (leaf, slope) in enumerate(inner):
            if slope == ZERO:
                continue
            by_rule = self._local(formula.function, slot, [n for n, _ in inner], me)
            in_x = self._local(formula.function, slot, list(formula.arguments), formula)
            shown = added(shown, times(by_rule, slope_of(leaf)))
            result = added(result, times(in_x, slope))
        rule = rule_of(formula, [slope for _, slope in inner])
        self._note(name, own, rule, formula.function, shown, result)
        return me, result

    def _local(self, function: str, slot: int, arguments: list[Expr], y: Expr) -> Expr:
        """∂function/∂argument, read off the rule book."""
        found = REGISTRY.get(function)
        if found is None:
            raise FormulaError(f"There is no rule for {function!r}.")
        return pull(found, symbols.xp, ONE, y, arguments, {}, [slot]).get(slot, ZERO)

    def _note(
        self, name: Name, formula: Expr, rule: str, of: str, derivative: Expr, result: Expr
    ) -> None:
        self.steps.append(DerivativeStep(name, formula, rule, of, derivative, result))


def slope_of(leaf: Expr) -> Expr:
    """What the derivative of an inner function is called: ∂u1/∂x; of x itself it is 1."""
    if isinstance(leaf, Quantity) and isinstance(leaf.ref, Name):
        return Quantity(Derivative(leaf.ref, Name("x")), math.nan)
    return ONE


RULES = {"add": "sum", "sub": "difference", "neg": "factor", "where": "choice"}


def rule_of(formula: Call, slopes: list[Expr]) -> str:
    """What the textbooks call the rule of a step."""
    moving = [s != ZERO for s in slopes]
    match formula.function:
        case "mul":
            return "product" if all(moving) else "factor"
        case "div":
            return "quotient" if all(moving) else "reciprocal" if moving[1] else "factor"
        case "power":
            return "power" if not moving[1] else "exponential"
        case "maximum" | "minimum":
            return "choice"
        case name if name in RULES:
            return RULES[name]
    return "known" if formula.arguments[0] == X else "chain"


# ---- sizes --------------------------------------------------------------------------------------


def checked(formula: Expr, *more: Expr) -> Expr:
    """The formula. Raises FormulaError where it, with more of them, is too large or too deep."""
    sizes: dict[int, tuple[int, int]] = {}  # each part is counted once, however often it occurs

    def size(part: Expr) -> tuple[int, int]:
        if id(part) not in sizes:
            inner = [size(p) for p in part.parts()]
            parts, deep = sum(n for n, _ in inner), max((d for _, d in inner), default=0)
            sizes[id(part)] = parts + 1, deep + 1
        return sizes[id(part)]

    try:
        found = [size(whole) for whole in (formula, *more)]
        parts, deep = sum(n for n, _ in found), max(d for _, d in found)
    except RecursionError:
        parts, deep = 0, DEEPEST + 1
    if parts <= MOST_PARTS and deep <= DEEPEST:
        return formula
    raise FormulaError(
        "The formula is too large.",
        given=f"{parts:,} parts" if parts > MOST_PARTS else f"over {DEEPEST} one within another",
        why=f"with its derivative it may have {MOST_PARTS:,} parts, {DEEPEST} within each other",
        hint="fewer of max, min, products and powers; x^3 is shorter than x*x*x",
    )


# ---- neat signs ---------------------------------------------------------------------------------


def signed(formula: Expr) -> tuple[bool, Expr]:
    """Whether a formula has a minus before it, and what stands behind that."""
    match formula:
        case Number(value) if value < 0:
            return True, Number(-value)
        case Call("neg", (x,)):
            minus, rest = signed(x)
            return not minus, rest
        case Call("mul" | "div", (first, second)):
            minus, rest = signed(first)
            return (True, call(formula.function, rest, second)) if minus else (False, formula)
    return False, formula


def times(local: Expr, slope: Expr) -> Expr:
    """The chain rule's product: a fraction stays one, and two signs become one."""
    (minus, a), (other, b) = signed(local), signed(slope)
    if isinstance(a, Call) and a.function == "where" and not minus:  # a mask selects
        yes, no = (times(part, slope) for part in a.arguments[1:])
        return call("where", a.arguments[0], yes, no)
    if isinstance(a, Call) and a.function == "div":
        product = call("div", call("mul", a.arguments[0], b), a.arguments[1])
    else:
        product = call("mul", a, b)
    return -product if minus != other else product


def added(a: Expr, b: Expr) -> Expr:
    """a + b, or a − c where b is −c."""
    minus, rest = signed(b)
    return call("sub", a, rest) if minus and a != ZERO else call("add", a, b)


# ---- proofs -------------------------------------------------------------------------------------


def at(formula: Expr, x: float | np.ndarray) -> np.ndarray:
    """The numbers of a formula in x."""
    value = evaluate(formula, {"x": np.asarray(x, dtype=float)})
    return np.broadcast_to(np.asarray(value, dtype=float), np.shape(x))


def compare(formula: Expr, result: Expr) -> tuple[int, float]:
    """At how many points both are defined, and the worst relative difference from a quotient."""
    count, worst = 0, 0.0
    for x in POINTS:
        here, slope = float(at(formula, x)), float(at(result, x))
        q = quotient(lambda v: float(at(formula, v)), x, slope)
        defined = math.isfinite(here) and math.isfinite(slope) and math.isfinite(q.value)
        if not defined or q.kink:
            continue
        count += 1
        off = abs(slope - q.value) - 10 * q.error
        worst = max(worst, off / max(abs(slope), abs(q.value), 1e-3))
    return count, worst


def apart(a: Expr, b: Expr) -> float:
    """The largest relative difference of two forms of the same derivative."""
    first, second = at(a, np.array(POINTS)), at(b, np.array(POINTS))
    fine = np.isfinite(first) & np.isfinite(second)
    size = np.maximum(np.maximum(np.abs(first), np.abs(second)), 1e-3)
    return float(np.max(np.abs(first - second)[fine] / size[fine], initial=0.0))


# ---- activations typed as formulas --------------------------------------------------------------


@lru_cache(maxsize=256)
def operation(text: str) -> Op:
    """An element-wise operation from a formula in x: explained, checked and trained like any other.

    Equal texts give one operation, so that what was compiled for it is found again.

    Raises FormulaError where it does not parse, or has no derivative.
    """
    formula = parse(text, ("x",))
    derivative = differentiate_quietly(formula)

    def rule(xp, x):  # type: ignore[no-untyped-def]
        return read(formula, xp, x)

    rule.__doc__ = f"{text}: a formula of the network file."
    rule.__module__ = "formula"
    return make_op(
        rule,
        name=text,
        local=lambda xp, y, x: read(derivative, xp, x),
        latex=r"f",
        cases=["(3,4)"],
    )


def differentiate_quietly(formula: Expr) -> Expr:
    """The derivative alone. Raises FormulaError where it is too large to be written out."""
    derivative = _Work().of(checked(formula), last=True)[1]
    checked(formula, derivative)
    return derivative


def read(formula: Expr, xp: object, x: object) -> object:
    """A formula in x read with an array namespace; a constant takes the shape of x."""

    def value(part: Expr) -> object:
        match part:
            case Number(number):
                return number
            case Entry():
                return x
            case Call(function, arguments):
                build: Callable[..., object] = getattr(xp, function)
                return build(*(value(a) for a in arguments))
        raise FormulaError("This formula cannot be used as an activation.")

    found = value(formula)
    if any(isinstance(part, Entry) for part in formula.walk()):
        return found
    return xp.ones_like(x) * found  # type: ignore[attr-defined]


def overflow(text: str) -> str:
    """Where a formula or its derivative is not finite in float32 for |x| ≤ 100; "" if nowhere."""
    formula = parse(text, ("x",))
    xs = np.linspace(-TRAINED, TRAINED, 4001).astype(np.float32)
    for what, part in (("it", formula), ("its derivative", differentiate_quietly(formula))):
        steps = [part, *part.walk()]
        with np.errstate(all="ignore"):
            values = [np.asarray(evaluate(s, {"x": xs}), dtype=np.float32) for s in steps]
        for value, step in zip(values, steps, strict=True):
            bad = np.broadcast_to(~np.isfinite(value), xs.shape)
            if bad.any():
                nearest_x = float(xs[bad][np.argmin(np.abs(xs[bad]))])
                kind = "is not finite" if step is part else "overflows on the way"
                return (
                    f"the activation {text!r}: {what} {kind} in float32 from about x = "
                    f"{nearest_x:.4g} on, which training may reach; write it so that no part "
                    "overflows (exp of a negative number does not)"
                )
    return ""
