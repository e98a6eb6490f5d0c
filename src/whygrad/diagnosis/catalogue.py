"""The catalogue of mends: rewrites of the same function, masks inside, and functions close by.

Every entry yields graphs that are tried (`mends.py`); nothing here says that one works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from whygrad import ops
from whygrad.diagnosis.first import Event
from whygrad.diagnosis.rewriting import Copier, Rewrite, matches, rewritten, with_node
from whygrad.diagnosis.subject import Subject
from whygrad.graph import Graph, Node, Variable
from whygrad.recording import Trace

EPSILON = 1e-12  # what is added to stay away from an edge
# Operations with an edge of their own above, and those that have none.
PLAIN = ("sqrt", "log", "power", "div", "exp", "expm1", "add", "sub", "mul", "neg", "sum", "mean",
         "matmul", "linear", "project", "conv2d", "where", "max", "maximum", "minimum",
         "softmax", "logsumexp", "log_softmax")  # fmt: skip
LARGE = 1e3  # from here on inputs are called large
FAR = 1e9  # a finite stand-in for infinity in a mask


@dataclass(frozen=True, eq=False)
class Candidate:
    """A mend to be tried. key: the sentence that says it. before, after: as code.

    same: whether it is the same function wherever both are finite. numbers: what the sentence says.
    """

    key: str
    before: str
    after: str
    subject: Subject
    same: bool = False
    numbers: tuple[float, ...] = ()


# The same function, in another order of computing it. The largest match is tried first.
REWRITES = (
    Rewrite("log(softmax(x, axis))", "log_softmax(x, axis=axis)"),
    Rewrite("log(exp(x) / sum(exp(x), axis, keepdims=True))", "log_softmax(x, axis=axis)"),
    Rewrite("exp(x) / sum(exp(x), axis, keepdims=True)", "softmax(x, axis=axis)"),
    Rewrite("log(sum(exp(x), axis))", "logsumexp(x, axis=axis)"),
    Rewrite("log(mean(exp(x), axis))", "logsumexp(x, axis=axis) - log(n)"),
    Rewrite("log(1 - sigmoid(x))", "-softplus(x)"),
    Rewrite("log1p(-sigmoid(x))", "-softplus(x)"),
    Rewrite("log(sigmoid(x))", "-softplus(-x)"),
    Rewrite("log(1 - 1 / (1 + exp(-x)))", "-softplus(x)"),
    Rewrite("log(1 / (1 + exp(-x)))", "-softplus(-x)"),
    Rewrite("log(1 + exp(x))", "softplus(x)"),
    Rewrite("log1p(exp(x))", "softplus(x)"),
    Rewrite("1 / (1 + exp(-x))", "sigmoid(x)"),
    Rewrite("1 / (1 + exp(x))", "sigmoid(-x)"),
    Rewrite("exp(x) / (1 + exp(x))", "sigmoid(x)"),
    Rewrite("exp(x) / (exp(x) + exp(y))", "sigmoid(x - y)"),
    Rewrite("(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "tanh(x)"),
    Rewrite("(exp(x) - 1) / (exp(x) + 1)", "tanh(x / 2)"),
    Rewrite("(1 - exp(-x)) / (1 + exp(-x))", "tanh(x / 2)"),
    Rewrite("log(exp(x) + exp(y))", "y + softplus(x - y)"),
    Rewrite("log((exp(x) + exp(-x)) / 2)", "x + softplus(-2 * x) - 0.6931471805599453"),
    Rewrite("log(cosh(x))", "x + softplus(-2 * x) - 0.6931471805599453"),
    Rewrite("log(exp(x) / y)", "x - log(y)"),
    Rewrite("log(exp(x) * y)", "x + log(y)"),
    Rewrite("log(exp(x))", "x + 0"),
    Rewrite("exp(x) * exp(y)", "exp(x + y)"),
    Rewrite("exp(x) / exp(y)", "exp(x - y)"),
    Rewrite("1 / exp(x)", "exp(-x)"),
    Rewrite("log(x * y)", "log(x) + log(y)"),
    Rewrite("log(x / y)", "log(x) - log(y)"),
    Rewrite("x * log(x)", "where(x > 0, x * log(where(x > 0, x, 1.0)), 0.0)"),
    Rewrite("y * log(x)", "where(equal(y, 0.0), 0.0, y * log(where(equal(y, 0.0), 1.0, x)))"),
    Rewrite("sqrt(sum(x ** 2, axis))", "norm(x, axis=axis)"),
    Rewrite("sqrt(sum(x * x, axis))", "norm(x, axis=axis)"),
    Rewrite("sum(x ** 2, axis) ** 0.5", "norm(x, axis=axis)"),
    Rewrite("sqrt(sum(x ** 2))", "max(abs(x)) * norm(x / max(abs(x)))"),
    Rewrite("sqrt(sum(x * x))", "max(abs(x)) * norm(x / max(abs(x)))"),
    Rewrite("norm(x)", "max(abs(x)) * norm(x / max(abs(x)))"),
    Rewrite("sqrt(x ** 2)", "abs(x)"),
    Rewrite("sqrt(x * x)", "abs(x)"),
    Rewrite("sqrt(exp(x))", "exp(x / 2)"),
)


def candidates(subject: Subject, trace: Trace, event: Event) -> Iterator[Candidate]:
    """What may mend an event, the same function before functions that are only close."""
    if event.kind == "given":
        yield from fillings(subject, trace, event)
        return
    at = event.site
    yield from rewrites(subject, at)
    yield from masks(subject, at)
    yield from nearby(subject, trace, at, operands(subject.graph, at, event))
    for deeper in roots_behind(subject.graph, at):  # a divisor √v is kept from 0 inside of the root
        yield from nearby(subject, trace, deeper, [0])
    if subject.dtype != "float64":
        wide = replace(subject, dtype="float64")
        yield Candidate("mend.float64", subject.dtype, "float64", wide, same=True)
    yield from scaled(subject)
    yield from nudged(subject)


# ---- the same function --------------------------------------------------------------------------


def rewrites(subject: Subject, at: str) -> Iterator[Candidate]:
    """Rewrites of what covers a node."""
    graph = subject.graph
    found = [
        (len(match.covered), rewrite, match)
        for rewrite in REWRITES
        for match in matches(rewrite, graph)
        if at in match.covered
    ]
    for _, rewrite, match in sorted(found, key=lambda entry: -entry[0]):
        made = rewritten(graph, rewrite, match)
        if made is not None:
            axis = f"axis={match.axis}"
            before = rewrite.before.replace("axis", axis)
            after = rewrite.after.replace("axis=axis", axis)
            yield Candidate("mend.same", before, after, replace(subject, graph=made), same=True)


def masks(subject: Subject, at: str) -> Iterator[Candidate]:
    """The mask of a `where` put inside as well: the operation never sees what is not selected."""
    graph = subject.graph
    for choice, slot in branches_over(graph, at):
        for operand in reversed(floats(graph, at)):  # a divisor before what is divided
            for safe in (1.0, 0.5, 0.0):
                made = with_operand(graph, at, operand, kept(choice, slot, safe))
                if made is None:
                    continue
                name, inner = op_name(graph, at), branch(slot, "x", f"{safe:g}")
                before = branch(slot, call(name, "x", operand))
                after = branch(slot, call(name, inner, operand))
                yield Candidate("mend.mask", before, after, replace(subject, graph=made), same=True)


def branches_over(graph: Graph, at: str) -> Iterator[tuple[Node, int]]:
    """Every `where` in one of whose branches a node is computed, and which branch."""
    for choice in graph.nodes:
        if choice.op is not None and choice.op.name == "where":
            for slot in (1, 2):
                if at in cone(graph, choice.inputs[slot]):
                    yield choice, slot


def op_name(graph: Graph, at: str) -> str:
    """What a node computes."""
    op = graph[at].op
    return op.name if op is not None else ""


def branch(slot: int, chosen: str, other: str = "…") -> str:
    """A `where` as code, with something in one of its branches."""
    return f"where(mask, {chosen}, {other})" if slot == 1 else f"where(mask, {other}, {chosen})"


def kept(choice: Node, slot: int, safe: float) -> Callable[[Copier, Variable], Variable]:
    """An operand where the mask selects its branch, a harmless number elsewhere."""

    def make(copier: Copier, x: Variable) -> Variable:
        mask = copier.variable(choice.inputs[0])
        return ops.where(mask, x, safe) if slot == 1 else ops.where(mask, safe, x)

    return make


def cone(graph: Graph, target: str) -> set[str]:
    """Everything that a node is computed from, and itself."""
    found, waiting = set[str](), [target]
    while waiting:
        id_ = waiting.pop()
        if id_ not in found:
            found.add(id_)
            waiting += graph[id_].inputs
    return found


def floats(graph: Graph, at: str) -> list[int]:
    """The slots of an operation that hold floats which vary."""
    nodes = [graph[i] for i in graph[at].inputs]
    return [k for k, n in enumerate(nodes) if not n.integer and n.value is None]


def operands(graph: Graph, at: str, event: Event) -> list[int]:
    """The slots of an operation that may be at fault."""
    node, slots = graph[at], floats(graph, at)
    if event.side == "backward":
        return [k for k in slots if node.inputs[k] == event.at.node] or slots
    return slots


def with_operand(
    graph: Graph, at: str, slot: int, change: Callable[[Copier, Variable], Variable]
) -> Graph | None:
    """The graph in which an operation is given something else in a slot."""

    def make(copier: Copier, node: Node) -> Variable:
        given = [copier.variable(i) for i in node.inputs]
        changed = change(copier, given[slot])
        if changed.shape != given[slot].shape:
            raise ValueError("the mask is of another shape")
        given[slot] = changed
        assert node.op is not None
        return copier.record(node.op, tuple(given), dict(node.attributes))

    return with_node(graph, at, make)


# ---- functions close by -------------------------------------------------------------------------


def nearby(subject: Subject, trace: Trace, at: str, slots: list[int]) -> Iterator[Candidate]:
    """Another function that stays away from the edge; how depends on the operation."""
    graph = subject.graph
    node = graph[at]
    if node.op is None:
        return
    name = node.op.name
    if "eps" in node.attributes:
        with_eps = with_node(graph, at, lambda copier, old: again(copier, old, eps=1e-5))
        yield from made("mend.near", f"{name}(…, eps={node.attributes['eps']:g})",
                        f"{name}(…, eps=1e-05)", subject, with_eps)  # fmt: skip
    if name == "mean":
        count = graph[node.inputs[0]].size // max(node.size, 1)
        divided = with_node(graph, at, lambda copier, old: summed(copier, old, count))
        yield from made("mend.same", "mean(x)", "sum(x / n)", subject, divided, same=True)
    for slot in sorted({*slots, 1} if name == "div" else slots):  # a constant divides, too
        low = float(np.min(trace.recorded.values[node.inputs[slot]]))
        for inner, change in edges(name, slot, low, subject.dtype):
            changed = with_operand(graph, at, slot, partial(changed_by, change))
            yield from made(
                "mend.near", call(name, "x", slot), call(name, inner, slot), subject, changed
            )


def roots_behind(graph: Graph, at: str) -> Iterator[str]:
    """The square roots that a quotient is divided by, behind what only repeats them."""
    node = graph[at]
    if node.op is None or node.op.name != "div":
        return
    inner = graph[node.inputs[1]]
    while inner.op is not None and inner.op.name in ("broadcast_to", "reshape", "identity"):
        inner = graph[inner.inputs[0]]
    if inner.op is not None and inner.op.name == "sqrt":
        yield inner.id


def scaled(subject: Subject) -> Iterator[Candidate]:
    """Inputs that are very large, divided by the largest of them."""
    large = {
        name: float(np.abs(a).max())
        for name, a in subject.inputs.items()
        if subject.graph[name].role in ("", "input") and np.asarray(a).dtype.kind not in "biu"
        if np.isfinite(a).all() and np.abs(a).max(initial=0.0) > LARGE
    }
    if large:
        smaller = {k: np.asarray(subject.inputs[k]) / size for k, size in large.items()}
        which = ", ".join(large)
        changed = replace(subject, inputs={**subject.inputs, **smaller})
        yield Candidate("mend.scaled", which, which, changed)


def nudged(subject: Subject) -> Iterator[Candidate]:
    """Everything that is given moved a little: near a point where a limit is all there is."""
    if subject.network is None:
        step = 1e-6 if subject.dtype == "float64" else 1e-3
        names = [n.id for n in subject.graph.sources if not n.integer]
        moved = {k: np.asarray(subject.inputs[k]) + step for k in names}
        which = ", ".join(names)
        changed = replace(subject, inputs={**subject.inputs, **moved})
        yield Candidate("mend.near", which, f"{which} + {step:g}", changed)


def changed_by(change: Callable[[Variable], Variable], copier: Copier, x: Variable) -> Variable:
    return change(x)


def made(
    key: str, before: str, after: str, subject: Subject, graph: Graph | None, same: bool = False
) -> Iterator[Candidate]:
    if graph is not None:
        yield Candidate(key, before, after, replace(subject, graph=graph), same)


def again(copier: Copier, node: Node, **attributes: Any) -> Variable:
    """An operation with other attributes."""
    assert node.op is not None
    given = tuple(copier.variable(i) for i in node.inputs)
    return copier.record(node.op, given, {**node.attributes, **attributes})


def summed(copier: Copier, node: Node, count: int) -> Variable:
    """A mean whose terms are divided before they are added."""
    return ops.sum(copier.variable(node.inputs[0]) / float(count), **node.attributes)


def edges(
    name: str, slot: int, low: float, dtype: str
) -> Iterator[tuple[str, Callable[[Variable], Variable]]]:
    """An operand kept from the edge of its operation's domain: as code, and as a function."""
    small = EPSILON if dtype == "float64" else 1e-6
    e = f"{small:g}"
    if name in ("sqrt", "log", "power", "div", "log1p") and low >= 0:
        yield f"x + {e}", lambda x: x + small
    if name in ("sqrt", "log", "power"):
        yield f"maximum(x, {e})", lambda x: ops.maximum(x, small)
    if name == "div" and slot == 1:
        yield f"where(equal(x, 0.0), {e}, x)", lambda x: ops.where(ops.equal(x, 0.0), small, x)
    if name in ("exp", "expm1"):
        cap = 700.0 if dtype == "float64" else 80.0
        yield f"minimum(x, {cap:g})", lambda x: ops.minimum(x, cap)
    if name not in PLAIN:
        yield "x * (1 - 1e-06)", lambda x: x * (1 - 1e-6)
        yield f"x + {e}", lambda x: x + small


def call(name: str, inner: str, slot: int) -> str:
    """An operation as code, with something in a slot."""
    if name == "div":
        bracketed = inner if inner.isidentifier() or inner.endswith(")") else f"({inner})"
        return f"a / {bracketed}" if slot == 1 else f"{bracketed} / b"
    if name == "power":
        return f"({inner}) ** p" if slot == 0 else f"a ** ({inner})"
    return f"{name}({inner})"


# ---- what was given -----------------------------------------------------------------------------


def fillings(subject: Subject, trace: Trace, event: Event) -> Iterator[Candidate]:
    """What was not finite when it came in: left out, or something finite in its place."""
    name = event.at.node
    array = np.array(trace.recorded.values[name], dtype=float)
    node = subject.graph[name]
    if node.role in ("weight", "bias"):
        return  # there is nothing to put in a weight's place
    if subject.network is not None and node.role in ("input", "target") and array.ndim == 2:
        yield from without_rows(subject)
    if np.isinf(array).any() and not np.isnan(array).any():
        finite = np.clip(array, -FAR, FAR)
        yield Candidate("mend.finite", "∞", "1e9", with_array(subject, name, finite))
    elif subject.network is None:
        finite = np.where(np.isfinite(array), array, 0.0)
        yield Candidate("mend.filled", "NaN", "0", with_array(subject, name, finite))


def with_array(subject: Subject, name: str, array: np.ndarray) -> Subject:
    """The subject with another array for an input or a constant."""
    if name in subject.inputs:
        return replace(subject, inputs={**subject.inputs, name: array})
    nodes = tuple(replace(n, value=array) if n.id == name else n for n in subject.graph.nodes)
    return replace(subject, graph=replace(subject.graph, nodes=nodes))


def without_rows(subject: Subject) -> Iterator[Candidate]:
    """A network's samples without those that hold numbers that are not finite."""
    assert subject.network is not None
    x, y = (np.asarray(subject.inputs[k], dtype=float) for k in ("x", "y"))
    good = np.isfinite(x).all(axis=1) & np.isfinite(y.reshape(len(y), -1)).all(axis=1)
    if not good.any() or good.all():
        return
    labels = np.asarray(subject.inputs["y"]).ndim == 1
    graph = subject.network.graph(int(good.sum()), labels)
    kept_ = {"x": subject.inputs["x"][good], "y": subject.inputs["y"][good]}
    smaller = replace(subject, graph=graph, inputs={**subject.inputs, **kept_})
    rows = tuple(float(k + 1) for k in np.flatnonzero(~good))
    yield Candidate("mend.rows", "", "", smaller, numbers=rows)
