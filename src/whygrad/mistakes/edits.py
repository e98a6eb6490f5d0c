"""Edits: the changes that people make to one line of a derivation by mistake, as formulas.

Each is one change of the right formula: a factor or a term left out, a sign turned round, a
neighbour's number, a slope at the wrong place. What they are called stands in `slips.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from whygrad import symbols
from whygrad.derivation import Pass, Step
from whygrad.expr import ONE, Call, Expr, Number, Quantity, as_expr, call
from whygrad.graph import Node
from whygrad.mistakes.ledger import quantities
from whygrad.mistakes.parts import factors_of, product_of, put, sum_of, terms_of
from whygrad.names import Delta, Partial, Rate, Updated, Value
from whygrad.op import Op, find

ACTIVATIONS = ("sigmoid", "tanh", "relu")  # that are taken for one another
SIBLINGS = 40  # entries of an array that are tried for one another

Edit = tuple[str, Mapping[str, Any], Expr]  # a key, its blanks, the wrong formula


@dataclass(frozen=True, eq=False)
class Line:
    """A line, and the changes that can be made in it.

    siblings: so many entries along each axis of an array are tried for one another.
    """

    step: Step
    recorded: Pass
    rate: float | None = None
    siblings: int = SIBLINGS

    @cached_property
    def node(self) -> Node | None:
        """What a forward line is of."""
        ref = self.step.ref
        return self.recorded.graph[ref.node] if isinstance(ref, Value) else None

    @property
    def role(self) -> str:
        return self.node.role if self.node is not None else ""

    @property
    def backward(self) -> bool:
        return isinstance(self.step.ref, (Partial, Delta))

    def edits(self) -> Iterator[Edit]:
        formula = self.step.formula
        if self.step.rule in ("given", "stays"):
            if isinstance(self.step.ref, Partial):
                yield from self.scaled(formula)
            return
        if isinstance(self.step.ref, Updated):
            yield from self.update(formula)
            return
        yield from self.whole(formula)
        yield from self.inside(formula)
        yield from self.slopes(formula)
        yield from self.activations()
        expanded = self.step.expanded
        yield from self.operands(expanded if self.backward else formula)
        if expanded != formula:
            yield from self.operands(formula)

    # ---- the line as a whole --------------------------------------------------------------------

    def whole(self, formula: Expr) -> Iterator[Edit]:
        """The sign, and factors that stand for nothing in the line."""
        if self.backward:
            roles = {r for q in quantities(formula) if (r := self.role_of(q))}
            both = {"target"} <= roles and bool(roles & {"out", "net"})
            yield "target_minus_output" if both else "sign", {}, -formula
        yield from self.scaled(formula)
        terms = terms_of(formula)
        if len(terms) > 1 and (self.backward or self.role in ("loss", "error")):
            yield "mean_for_sum", {"count": len(terms)}, formula / float(len(terms))

    def scaled(self, formula: Expr) -> Iterator[Edit]:
        """½ and 2 where they do not belong; the number of samples or outputs."""
        if self.backward or self.role in ("loss", "error"):
            yield "twice", {}, formula * 2.0
            yield "half", {}, formula / 2.0
            for count in self.counts():
                yield "sum_for_mean", {"count": count}, formula * float(count)
                yield "mean_for_sum", {"count": count}, formula / float(count)

    def counts(self) -> set[int]:
        """How many samples, and how many outputs there are."""
        last = [n for n in self.recorded.graph.nodes if n.role == "out"]
        return {n for n in (last[-1].shape if last else ()) if n > 2}

    def role_of(self, quantity: Quantity) -> str:
        ref = quantity.ref
        return self.recorded.graph[ref.node].role if isinstance(ref, Value) else ""

    # ---- one change somewhere in the formula ----------------------------------------------------

    def inside(self, formula: Expr) -> Iterator[Edit]:
        """One change at one place: a factor, a term, a sign, a power, a quotient."""
        terms = terms_of(formula)
        if len(terms) > 1:
            yield from self.in_sum(terms)
            return
        sign, factors = factors_of(formula)
        if len(factors) > 1 or sign < 0:
            yield from self.in_product(sign, factors)
            return
        if isinstance(formula, Call):
            yield from self.in_call(formula)

    def in_sum(self, terms: list[tuple[float, Expr]]) -> Iterator[Edit]:
        for k, (sign, term) in enumerate(terms):
            rest = terms[:k] + terms[k + 1 :]
            yield *self.left_out(term), sum_of(rest)
            if len(rest) > 1 and self.backward:
                key, blanks = self.left_out(term)
                alone = {"path_missing": "path_only", "sample_missing": "sample_only"}.get(key)
                if alone:
                    yield alone, blanks, sum_of([(sign, term)])
            if not isinstance(term, Number) or self.backward:
                turned = [*terms[:k], (-sign, term), *terms[k + 1 :]]
                key = "bias_subtracted" if self.is_bias(term) else "term_sign"
                yield key, {"term": term}, sum_of(turned)
            if self.is_bias(term):
                yield "bias_twice", {"term": term}, sum_of([*terms, (sign, term)])
            for key, blanks, changed in self.inside(term):
                yield key, blanks, sum_of([*terms[:k], (sign, changed), *terms[k + 1 :]])

    def left_out(self, term: Expr) -> tuple[str, Mapping[str, Any]]:
        """What it is called when a term is missing: the bias, a path, a sample."""
        if self.is_bias(term):
            return "bias_forgotten", {"term": term}
        if not self.backward:
            return "term_missing", {"term": term}
        through = [q.ref for q in quantities(term) if isinstance(q.ref, (Partial, Delta))]
        if not through:
            return "term_missing", {"term": term}
        unit = through[0].bottom
        if isinstance(through[0], Partial) and through[0].top != self.recorded.loss:
            unit = through[0].top
        if self.step.rule == "samples" and unit.index:
            return "sample_missing", {"sample": unit.index[0] + 1}
        return "path_missing", {"unit": unit}

    def is_bias(self, term: Expr) -> bool:
        return isinstance(term, Quantity) and self.role_of(term) == "bias"

    def in_product(self, sign: float, factors: list[Expr]) -> Iterator[Edit]:
        if sign < 0:
            yield "sign", {}, product_of(1.0, factors)
        for k, factor in enumerate(factors):
            rest = factors[:k] + factors[k + 1 :]
            if rest:
                yield *self.factor_key(factor, "missing"), product_of(sign, rest)
            if isinstance(factor, Quantity):
                yield *self.factor_key(factor, "twice"), product_of(sign, [*factors, factor])
            for key, blanks, changed in self.inside(factor):
                yield key, blanks, product_of(sign, [*factors[:k], changed, *factors[k + 1 :]])

    def factor_key(self, factor: Expr, what: str) -> tuple[str, Mapping[str, Any]]:
        """What it is called when a factor is missing or stands twice."""
        if what == "missing" and factor == Number(0.5):
            return "half_forgotten", {}
        if what == "missing" and factor == Number(2.0):
            return "two_forgotten", {}
        ref = factor.ref if isinstance(factor, Quantity) else None
        if isinstance(ref, Partial) and self.recorded.graph[ref.top.node].role == "out":
            return f"slope_{what}", {"factor": factor}
        return f"factor_{what}", {"factor": factor}

    def in_call(self, formula: Call) -> Iterator[Edit]:
        arguments = formula.arguments
        match formula.function, arguments:
            case "div", (top, Number(value)):
                yield "sum_for_mean", {"count": int(value)}, top
            case "div", (top, bottom):
                if top != ONE:
                    yield "not_divided", {"factor": bottom}, top
            case "power", (base, _):
                yield "not_squared", {"term": base}, base
            case "exp", (x,):
                yield "exponent_sign", {}, call("exp", -x)
            case "log", (x,):
                yield "log_forgotten", {"term": x}, x
        for k, part in enumerate(arguments):
            for key, blanks, changed in self.inside(part):
                yield key, blanks, formula.rebuild((*arguments[:k], changed, *arguments[k + 1 :]))

    # ---- slopes and activations -----------------------------------------------------------------

    def slopes(self, formula: Expr) -> Iterator[Edit]:
        """An activation's derivative at the wrong number, or that of another activation."""
        ref = self.step.ref
        if not isinstance(ref, Partial) or self.step.rule != "local":
            return
        node = self.recorded.graph[ref.top.node]
        if node.op is None or not node.op.elementwise or node.role != "out":
            return
        x = Quantity(ref.bottom, self.given(formula, ref.bottom))
        y = Quantity(ref.top, self.given(formula, ref.top))
        yield "slope_missing", {"factor": Quantity(ref, self.step.value)}, ONE
        yield "slope_at_net", {"net": x, "out": y}, _slope(node.op, x, x, node.attributes)
        inner = as_expr(node.op.forward(symbols.xp, y, **node.attributes))
        yield "slope_at_out", {"net": x, "out": y}, _slope(node.op, y, inner, node.attributes)
        for name in ACTIVATIONS:
            if name != node.op.name:
                blanks = {"other": name, "right": node.op.name}
                yield "other_slope", blanks, _slope(find(name), x, y)

    def given(self, formula: Expr, at: Value) -> float:
        """A number as it stands in the line, else as it was recorded."""
        inside = (q.value for q in quantities(formula) if q.ref == at)
        return next(inside, self.recorded.value(at))

    def activations(self) -> Iterator[Edit]:
        """No activation, or another one."""
        if self.node is None or self.role != "out" or self.node.op is None:
            return
        assert isinstance(self.step.ref, Value)
        at = Value(self.node.inputs[0], self.step.ref.index)
        x = Quantity(at, self.given(self.step.formula, at))
        yield "activation_missing", {"net": x}, x
        for name in ACTIVATIONS:
            if name != self.node.op.name:
                other = as_expr(find(name).forward(symbols.xp, x, **find(name).defaults))
                yield "other_activation", {"other": name, "right": self.node.op.name}, other

    # ---- the wrong number in the right place ----------------------------------------------------

    def operands(self, formula: Expr) -> Iterator[Edit]:
        """A neighbour's weight, another sample, net for out, a weight that is updated already."""
        weights = [q for q in quantities(formula) if self.role_of(q) == "weight"]
        if len(weights) > 1 and self.backward:
            yield from self.transposed(formula, weights)
            yield from self.updated(formula, weights)
        for quantity in quantities(formula):
            for key, other in self.instead_of(quantity):
                blanks = {"right": quantity, "instead": other}
                yield key, blanks, put(formula, {quantity: other})

    def instead_of(self, quantity: Quantity) -> Iterator[tuple[str, Quantity]]:
        match quantity.ref:
            case Value(node, index) if index is not None:
                yield from self.of_value(self.recorded.graph[node], index)
            case Partial(top, bottom) if top == self.recorded.loss:
                for at in self.beside(bottom):
                    key = self.sibling_key(bottom, at)
                    yield key, Quantity(Partial(top, at), self.recorded.gradient(at))
            case Delta(bottom):
                for at in self.beside(bottom):
                    key = self.sibling_key(bottom, at)
                    yield key, Quantity(Delta(at), self.recorded.gradient(at))

    def of_value(self, node: Node, index: tuple[int, ...]) -> Iterator[tuple[str, Quantity]]:
        here = Value(node.id, index)
        if node.role == "weight" and self.backward and self.rate is not None:
            yield "updated_weights", self.after(here)
        partner = {"out": "net", "net": "out"}.get(node.role)
        for other in self.recorded.graph.nodes:
            if partner and (other.role, other.layer) == (partner, node.layer):
                at = Value(other.id, index)
                if at != self.step.ref and other.shape == node.shape:
                    yield "net_for_out", Quantity(at, self.recorded.value(at))
        for at in self.beside(here):
            if at != self.step.ref:
                yield self.sibling_key(here, at), Quantity(at, self.recorded.value(at))

    def sibling_key(self, at: Value, other: Value) -> str:
        node = self.recorded.graph[at.node]
        if node.role == "target":
            return "target_swapped"
        batched = node.role in ("input", "net", "out", "error") and len(node.shape) == 2
        if batched and at.index and other.index and at.index[0] != other.index[0]:
            return "wrong_sample"
        return "wrong_index"

    def beside(self, at: Value) -> Iterator[Value]:
        """Other entries of the same array that differ in one position, and the transposed one."""
        node = self.recorded.graph[at.node]
        if at.index is None or node.integer or not self.siblings:
            return
        places = [
            (*at.index[:axis], k, *at.index[axis + 1 :])
            for axis, length in enumerate(node.shape)
            for k in range(min(length, self.siblings))
        ]
        turned = at.index[::-1]
        if all(i < n for i, n in zip(turned, node.shape, strict=True)):
            places.append(turned)
        for place in dict.fromkeys(places):
            if place != at.index:
                yield Value(at.node, place)

    def transposed(self, formula: Expr, weights: list[Quantity]) -> Iterator[Edit]:
        """Every weight of the line with its two indices swapped."""
        others = {}
        for weight in weights:
            assert isinstance(weight.ref, Value) and weight.ref.index is not None
            shape = self.recorded.graph[weight.ref.node].shape
            if len(shape) != 2 or shape[0] != shape[1]:
                return
            at = Value(weight.ref.node, weight.ref.index[::-1])
            others[weight] = Quantity(at, self.recorded.value(at))
        yield "transposed", {}, put(formula, others)

    def updated(self, formula: Expr, weights: list[Quantity]) -> Iterator[Edit]:
        """Every weight of the line as it is after the step."""
        if self.rate is not None:
            yield "updated_weights", {}, put(formula, {w: self.after(w.ref) for w in weights})

    def after(self, at: Any) -> Quantity:
        """A weight after the step."""
        rate = self.rate or 0.0
        value = self.recorded.value(at) - rate * self.recorded.gradient(at)
        return Quantity(Updated(at), value)

    # ---- the update -----------------------------------------------------------------------------

    def update(self, formula: Expr) -> Iterator[Edit]:
        """w − η · ∂E/∂w with η forgotten, added instead of subtracted, by another's gradient."""
        terms = terms_of(formula)
        if len(terms) != 2:
            return
        (_, old), (_, step) = terms
        _, factors = factors_of(step)
        rate = next(f for f in factors if isinstance(f, Quantity) and isinstance(f.ref, Rate))
        gradient = next(f for f in factors if f is not rate)
        yield "rate_forgotten", {"factor": rate}, old - gradient
        yield "update_added", {}, old + step
        yield "gradient_forgotten", {"factor": gradient}, old - rate
        yield "not_updated", {"term": old}, old
        yield "step_alone", {"term": old}, step
        yield "step_alone", {"term": old}, -step
        yield "half", {}, old - step / 2.0
        yield "twice", {}, old - step * 2.0
        yield "factor_twice", {"factor": rate}, old - rate * step
        yield from self.operands(formula)


def _slope(made: Op, x: Expr, y: Expr, attributes: Mapping[str, Any] | None = None) -> Expr:
    """The slope of an activation by its rule, at other numbers than it belongs to."""
    rule = made.local[0]
    assert rule is not None
    found = rule(symbols.xp, y, x, **(attributes or made.defaults))
    return call("where", found, 1.0, 0.0) if symbols.xp.is_mask(found) else as_expr(found)
