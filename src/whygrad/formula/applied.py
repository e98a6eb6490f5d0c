"""A registered operation inside a formula: sigmoid(x), softplus(u) with u = 2·x."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from whygrad import symbols
from whygrad.expr import Call, Column, Entry, Expr, Let, Number, as_expr
from whygrad.op import Op, find


@dataclass(frozen=True)
class Applied(Let):
    """An operation of formulas, under a name as `sigmoid(x)`.

    Its body is the operation's forward rule, so whatever reads named sub-results can read it. It is
    a kind of its own because an operation knows more than its formula: an overflow-safe forward,
    and a backward rule, which a derivation quotes instead of deriving the operation once more.
    """

    function: str
    arguments: tuple[Expr, ...]
    attributes: tuple[tuple[str, Any], ...]

    @property
    def op(self) -> Op:
        return find(self.function)

    def parts(self) -> tuple[Expr, ...]:
        return self.arguments

    def rebuild(self, parts: tuple[Expr, ...]) -> Expr:
        return applied(self.op, parts, dict(self.attributes))

    def reindex(self, variable: str, change: Callable[[Column], Any]) -> Expr:
        return self.rebuild(tuple(part.reindex(variable, change) for part in self.arguments))


def applied(op: Op, arguments: tuple[Expr, ...], attributes: Mapping[str, Any]) -> Applied:
    """An operation of formulas."""
    body = scalar(op.forward(symbols.xp, *arguments, **attributes))
    return Applied(
        spelt(op, arguments, attributes),
        (),
        without_lets(body, kept=arguments),
        op.name,
        arguments,
        tuple(sorted(attributes.items())),
    )


def spelt(op: Op, arguments: tuple[Expr, ...], attributes: Mapping[str, Any]) -> str:
    """What the result is called: sigmoid(x), leaky_relu(u, slope=0.2)."""
    options = (f"{k}={v:g}" for k, v in attributes.items() if op.defaults.get(k) != v)
    return f"{op.name}({', '.join((*map(_short, arguments), *options))})"


def _short(argument: Expr) -> str:
    match argument:
        case Entry(name, index):
            return f"{name}[{','.join(map(str, index))}]" if index else str(name)
        case Number(value):
            return f"{value:g}"
        case Let(name):
            return name
    return "…"


def scalar(formula: Any) -> Expr:
    """What a rule gives for formulas of one number each, as a formula of one number."""
    return as_expr(formula).at(())


def without_lets(formula: Expr, *, kept: tuple[Expr, ...] = ()) -> Expr:
    """The formula with its named sub-results put in.

    A rule uses the same name for every argument, so two calls of it in one formula would clash.
    """

    def put_in(part: Expr) -> Expr | None:
        if part in kept or isinstance(part, Applied):
            return part
        if isinstance(part, Let):
            return without_lets(part.body, kept=kept)
        if isinstance(part, Call) and part.function == "let":
            return without_lets(part.arguments[0], kept=kept)
        return None

    return formula.replace(put_in)
