"""The page of `whygrad explain --optimizer`: an update rule with its numbers, read as symbols.

The lines are what the rule itself says (training/update.py): each name that it gives to a
sub-result is a line, and the step is the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from whygrad import symbols
from whygrad.errors import ConfigError
from whygrad.expr import Expr, Let, Number, Quantity, as_expr, evaluate
from whygrad.models.flat import moved
from whygrad.names import Name, Partial, Rate, Updated, Value
from whygrad.numeric import xp
from whygrad.pages.document import (
    Block,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Precise,
    Table,
    sentence,
)
from whygrad.recording import Trace, backprop
from whygrad.training.algorithms import SOLVERS, canonical
from whygrad.training.update import (
    RESILIENT,
    UPDATE_RULES,
    UpdateRule,
    options_of,
    update_rule,
)

SYMBOLS = {
    "momentum": Name("μ"),
    "rho": Name("ρ"),
    "beta1": Name("β", sub="1"),
    "beta2": Name("β", sub="2"),
    "epsilon": Name("ε"),
    "weight_decay": Name("λ"),
}
UPDATES = 2  # the first starts from nothing; the second shows what is remembered


def update_document(
    trace: Trace, optimizer: str, target: str | None, rate: float | None, names: Any = None
) -> Document:
    """The first updates of one parameter by a rule: what it remembers, the step, the new value.

    target: w5, b1, …; the network's first weight where none is named. rate: the rule's usual one
    where there is none. Raises ConfigError, NameUnknownError.
    """
    assert trace.network is not None
    names = names or trace.names
    at = trace.find(target) if target else next(trace.numbers(trace.parameters))
    if at.node not in trace.network.parameters:
        raise ConfigError("An update is of a weight or a bias.", given=str(target))
    optimizer = canonical(optimizer)
    if optimizer == "lm":
        return damping_document(trace, names)
    if optimizer in SOLVERS and optimizer not in RESILIENT:
        raise ConfigError(
            f"An iteration of {optimizer} is not written out.",
            hint=f"--optimizer lm, {', '.join([*UPDATE_RULES, *RESILIENT])}",
        )
    found = update_rule(optimizer, {**UPDATE_RULES, **RESILIENT})
    if not isinstance(found, UpdateRule):
        raise ConfigError("Only rules of one's own are explained.", hint=", ".join(UPDATE_RULES))
    blocks: list[Block] = [Paragraph(sentence(f"rule_of.{found.name}"))]
    eta = rate if rate is not None and optimizer not in RESILIENT else found.rate
    if eta is None:
        raise ConfigError(f"{optimizer} needs a learning_rate.", hint="[training] learning_rate")
    if optimizer in RESILIENT:
        blocks.append(Paragraph(sentence("update.sizes", delta0=dict(found.options)["delta0"])))
    else:
        blocks.append(Paragraph(sentence("update.rate", rate=Precise(eta, 6))))
    state = found.init(trace.network.parameters)
    for t in range(1, UPDATES + 1):
        blocks.append(Heading(sentence("update.number", t=t), 2))
        lines = update_lines(trace, found, at, state, eta, t)
        blocks.append(Lines(tuple(lines)))
        trace, state = stepped(trace, found, state, eta, t)
    title = sentence("update.page", rule=found.name, target=at)
    return Document(title, tuple(blocks), names)


def stepped(
    trace: Trace, rule: UpdateRule, state: Any, rate: float, t: int
) -> tuple[Trace, dict[str, Any]]:
    """The pass after an update of every parameter, and what is remembered then."""
    net = trace.network
    assert net is not None
    steps, state = rule.update(xp, net.parameters, trace.gradients, state, rate, t)
    after = {name: net.parameters[name] + step for name, step in steps.items()}
    values = trace.recorded.values
    # What was recorded is encoded and scaled already.
    bare = replace(net.with_parameters(**after), preparation=None)
    return backprop(bare, values["x"], values["y"]), state


def update_lines(
    trace: Trace, rule: UpdateRule, at: Value, state: Mapping[str, Any], rate: float, t: int
) -> Iterator[Line]:
    """Each name that the rule gives, the step, and the parameter after it."""
    recorded = trace.recorded
    w = Quantity(at, recorded.value(at))
    g = Quantity(Partial(recorded.loss, at), recorded.gradient(at))
    before = {
        key: Quantity(remembered(key, t - 1), float(array[at.index or ()]))
        for key, array in state[at.node].items()
    }
    eta = Quantity(Rate(), rate)
    options: dict[str, Any] = {
        key: Quantity(SYMBOLS[key], value) if key in SYMBOLS else value
        for key, value in {**options_of(rule), **dict(rule.options)}.items()
    }
    step, after = rule.step(symbols.xp, w, g, before, eta, Number(float(t)), **options)
    known: dict[Expr, Quantity] = {}
    step = as_expr(step).at(())
    for formula in (*(as_expr(a).at(()) for a in after.values()), step):
        yield from named(formula, known, t)
    delta = with_names(step, known)
    size = float(evaluate(delta))
    change = Name("Δ", sub="w", tight=True)
    yield Line(change, (delta,), size)
    yield Line(Updated(at), (w + Quantity(change, size),), recorded.value(at) + size)


def remembered(key: str, t: int) -> Name:
    """What a rule remembers after so many updates: m₁, v₁."""
    return Name(key, sub=str(t))


def named(formula: Expr, known: dict[Expr, Quantity], t: int) -> Iterator[Line]:
    """A line for each name within a formula, from the inside out."""
    for part in formula.walk():
        if isinstance(part, Let) and part not in known:
            yield from named(part.body, known, t)
            body = with_names(part.body, known)
            value = float(evaluate(body))
            label = Name(part.name, sub=str(t))
            yield Line(label, (body,), value)
            known[part] = Quantity(label, value)


def with_names(formula: Expr, known: Mapping[Expr, Quantity]) -> Expr:
    """A formula with the named sub-results by their names."""
    return formula.replace(lambda part: known.get(part) if isinstance(part, Let) else None)


# ---- Levenberg–Marquardt ------------------------------------------------------------------------


def damping_document(trace: Trace, names: Any) -> Document:
    """One iteration of Levenberg–Marquardt: residuals, JᵀJ, and every damping that is tried."""
    from whygrad.training.solvers.least_squares import DEFAULTS
    from whygrad.training.solvers.squares import jacobian, loss_share

    net = trace.network
    assert net is not None
    x, y = trace.recorded.values["x"], trace.recorded.values["y"]
    share = loss_share(net, len(x))
    learned = tuple(net.parameters)
    e, J = jacobian(net, x, y, learned)
    A, g = J.T @ J, J.T @ e
    blocks: list[Block] = [
        Paragraph(sentence("lm.rule")),
        Paragraph(sentence("lm.sizes", rows=len(e), columns=J.shape[1])),
        Paragraph(
            sentence(
                "lm.now", sse=Precise(float(e @ e), 9), loss=Precise(share * float(e @ e), 9),
                gradient=Precise(2 * share * float(np.linalg.norm(g)), 9),
            )
        ),
    ]  # fmt: skip
    mu, rows = DEFAULTS["mu"], []
    for _ in range(20):
        delta = -np.linalg.solve(A + mu * np.eye(len(g)), g)
        there = net.with_parameters(**moved(net.parameters, learned, delta))
        off = (there.outputs_of(x) - y).ravel()
        reached = float(off @ off)
        accepted = reached < float(e @ e)
        verdict = sentence("lm.taken" if accepted else "lm.refused")
        size = float(np.linalg.norm(delta))
        rows.append((Precise(mu, 6), Precise(size, 6), Precise(share * reached, 9), verdict))
        if accepted:
            break
        mu *= DEFAULTS["mu_inc"]
    head = ("μ", sentence("lm.step"), sentence("lm.loss"), None)
    following = sentence("lm.next", mu=Precise(mu * DEFAULTS["mu_dec"], 6))
    blocks += [Table(head, tuple(rows)), Paragraph(following)]
    return Document(sentence("lm.page"), tuple(blocks), names)
