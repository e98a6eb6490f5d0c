"""Derivations and whole passes as data: numbers at full precision, formulas as text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from whygrad.derivation import Derivation, Step
from whygrad.expr import Expr
from whygrad.models.learning import Plan
from whygrad.notation import LISTED, Notation
from whygrad.pages.solution import Explanation
from whygrad.recording import Trace
from whygrad.render.layout import layout
from whygrad.render.text import text
from whygrad.training.run import plain


def dumps(data: Any) -> str:
    """Data as JSON text."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2)


def derivation_data(
    derivation: Derivation, *, finite_difference: float | None = None
) -> dict[str, Any]:
    """target, value, steps; check: the same number by finite differences, where it was taken."""
    data: dict[str, Any] = {
        "target": derivation.names.text(derivation.of),
        "value": plain(derivation.value),
    }
    if finite_difference is not None:
        data["check"] = {"finite_difference": plain(finite_difference)}
    return data | {"steps": [step_data(step, derivation.names) for step in derivation.steps]}


def step_data(step: Step, names: Notation) -> dict[str, Any]:
    """One line; symbolic and substituted are right-hand sides as text."""
    rest = step.remainder
    return {
        "name": names.text(step.ref),
        "rule": step.rule,
        "symbolic": written(step.formula, names),
        "substituted": written(step.formula, names, substituted=True),
        "value": plain(step.value),
        "terms": [written(term, names) for term in step.terms],
        "remainder": None if rest is None else plain(rest.value),
    }


def written(formula: Expr, names: Notation, *, substituted: bool = False) -> str:
    """A formula as text in a notation."""
    return text(layout(formula, names.label, substituted=substituted))


def explanation_data(trace: Trace, names: Notation, plan: Plan) -> dict[str, Any]:
    """loss, values, gradients and steps of a pass; updated where there is a learning rate.

    Past 10,000 numbers values and gradients are arrays by node, and there are no steps.
    """
    page = Explanation(trace, names, plan)
    data: dict[str, Any] = {"loss": plain(trace.loss)}
    if sum(node.size for node in trace.graph.nodes) > LISTED:
        values = {n.id: trace.recorded.values[n.id] for n in trace.graph.nodes if not n.integer}
        data["values"] = {id_: nested(array) for id_, array in values.items()}
        data["gradients"] = {id_: nested(array) for id_, array in trace.gradients.items()}
        if plan.learning_rate is not None:
            after = {k: trace.value(k) - plan.learning_rate * page.used[k] for k in trace.gradients}
            learned = {n.id for n in trace.parameters if plan.learns(n)}
            data["updated"] = {k: nested(v) for k, v in after.items() if k in learned}
        return data | {"steps": []}
    nodes = tuple(n for n in trace.graph.nodes if not n.integer and n.value is None)
    recorded = trace.recorded
    data["values"] = {names.text(r): plain(recorded.value(r)) for r in trace.numbers(nodes)}
    refs = list(trace.numbers(trace.parameters))
    data["gradients"] = {names.text(r): plain(recorded.gradient(r)) for r in refs}
    if plan.learning_rate is not None:
        data["updated"] = {names.text(r): plain(v) for r, v in page.updates().items()}
    return data | {"steps": [step_data(step, names) for step in all_steps(page, refs)]}


def all_steps(page: Explanation, refs: Iterable[Any]) -> Iterable[Step]:
    """Every line of the pass: values forward, δ and gradients backward."""
    graph = page.trace.graph
    for node in graph.nodes:
        if node.op is not None:
            yield from (page.forward_step(ref) for ref in page.names.entries(node))
    for node in reversed(graph.nodes):
        if node.role == "net":
            refs_ = page.names.entries(node)
            yield from (page.deltas.step(page.deltas.reference(ref)) for ref in refs_)
    refs = list(refs)
    yield from (page.deltas.step(page.deltas.reference(ref)) for ref in refs)
    for layer in range(page.depth, 0, -1):  # one weight a layer in full, as on the page
        yield from page.factors.why(page.learned(layer)[0], page.names).steps


def nested(array: np.ndarray) -> Any:
    """An array as nested lists; numbers that are not finite as strings."""
    listed = np.asarray(array, dtype=float).tolist()

    def clean(part: Any) -> Any:
        return [clean(p) for p in part] if isinstance(part, list) else plain(part)

    return clean(listed)
