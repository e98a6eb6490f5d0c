"""Program: a network as a list of assignments between arrays, which every language prints.

Nothing here knows an activation. Each node's rule is read as symbols, in its overflow-safe form, by
the same reading that both passes are run from (engine/passes.py); what is added is the scaling on
both sides, and names for what would be computed more than once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.data.preparation import Preparation
from whygrad.data.scale import Scaler
from whygrad.engine import passes
from whygrad.errors import ConfigError, DataError, FormulaError
from whygrad.expr import (
    ONE,
    STRUCTURED,
    ZERO,
    Call,
    Column,
    Entry,
    Expr,
    Index,
    Symbol,
    as_expr,
    call,
    is_mask,
)
from whygrad.formulas import without_lets
from whygrad.graph import Graph, Node
from whygrad.models.mlp import Network
from whygrad.names import Value
from whygrad.notation import Textbook
from whygrad.numeric import Namespace
from whygrad.op import Op
from whygrad.symbols import symbol

# How many samples there are is left open: this prime stands in for it in shapes.
MANY = 10_007
# Those read their operands once for each entry of the result: an operand is computed before.
PRODUCTS = frozenset({"matmul", "rows_by", "cumsum"})
VIEWS = frozenset({"mT", "transpose", "reshape", "broadcast_to", "select"})  # nothing is computed
DTYPES = ("float32", "float64")

# The namespace that an operation is read with: to be run, or as the textbook shows it.
Reading = Callable[[Op, Mapping[str, Any]], Namespace]


def to_be_run(op: Op, attributes: Mapping[str, Any]) -> Namespace:
    """The overflow-safe form of every operation."""
    return passes.xp


@dataclass(frozen=True)
class Step:
    """One assignment: an array of this shape is the value of a formula of those before it.

    wide: whether it is computed in float64 in any case, as scaling is, and then rounded.
    """

    name: str
    formula: Expr
    shape: tuple[int, ...]
    wide: bool = False


@dataclass(frozen=True, eq=False)
class Program:
    """What a network computes of its inputs "x" (samples, inputs).

    inputs, outputs: what their columns are called. constants: arrays by name. steps: in order.
    out: the step that holds the network's own outputs. answer: the one that holds them in the
    data's own terms. classes: the labels that the outputs stand for, or None. probabilities:
    whether the outputs are such. dtype: what it is computed in. about: a line that says what it is.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, np.ndarray]
    steps: tuple[Step, ...]
    out: str
    answer: str
    classes: tuple[Any, ...] | None
    probabilities: bool
    dtype: np.dtype[Any]
    about: str

    @property
    def single(self) -> bool:
        """Whether one output tells two classes apart, as the second one's probability."""
        return len(self.outputs) == 1


def program_of(
    network: Network, dtype: str | None = None, samples: int = 1, reading: Reading = to_be_run
) -> Program:
    """The program of a network; dtype None: the one of its weights.

    reading: whether an operation's overflow-safe formula is read, or the textbook's.
    Raises ConfigError for another type, DataError for weights that are not finite, FormulaError for
    an activation that computes with several samples at once.
    """
    kind = checked_type(network, dtype)
    check_samples(network)
    around = network.preparation or Preparation()
    graph = network.graph(samples)
    out = f"out{network.depth}"
    constants = constants_of(network, graph, kind)
    steps: list[Step] = []
    named = passes.operands(graph)
    if around.inputs is not None:
        steps.append(_scaled(named["x"], around.inputs, constants))
        named["x"] = symbol("scaled", named["x"].shape)
    steps += _network_steps(graph, named, out, reading)
    answer = out
    if around.targets is not None and around.classes is None:
        steps.append(_restored(named[out], around.targets, constants))
        answer = "answer"
    return Program(
        *column_names(network),
        {name: value for name, value in constants.items() if name in _read(steps)},
        tuple(steps),
        out,
        answer,
        labels_of(around.classes),
        network.has_probabilities,
        kind,
        about(network),
    )


def labels_of(classes: Sequence[Any] | None) -> tuple[Any, ...] | None:
    """Classes as words, numbers and truths; of a single class either answer is it."""
    if classes is None:
        return None
    plain = (c.item() if isinstance(c, np.generic) else c for c in classes)
    labels = tuple(c if isinstance(c, (str, int, float)) else str(c) for c in plain)
    return labels * 2 if len(labels) == 1 else labels


def checked_type(network: Network, dtype: str | None) -> np.dtype[Any]:
    """The type of an export's numbers."""
    kind = next(iter(network.parameters.values())).dtype.name if dtype is None else str(dtype)
    if kind not in DTYPES:
        raise ConfigError(f"There is no export in {kind!r}.", hint=" or ".join(DTYPES))
    return np.dtype(kind)


def constants_of(network: Network, graph: Graph, kind: np.dtype[Any]) -> dict[str, np.ndarray]:
    """The network's weights, and what its rules bring along, in a type.

    Raises DataError where one is not finite: most languages have no sign for it.
    """
    given = {n.id: n.value for n in graph.nodes if n.value is not None} | dict(network.parameters)
    with np.errstate(over="ignore"):
        found = {name: np.asarray(value, kind) for name, value in given.items()}
    for name, value in found.items():
        if name in network.parameters and not np.isfinite(value).all():
            at = np.argmin(np.isfinite(value))
            raise DataError(
                f"The network has weights that are no finite numbers in {kind.name}.",
                given=f"{name} holds {np.ravel(given[name])[at]}",
                why="its training went wrong, or the type is too small",
            )
    return found


def about(network: Network) -> str:
    """What a network is, in a line of plain letters."""
    kinds = ", ".join(o.name for o in network.activations)
    return f"A network of {'-'.join(map(str, network.layers))} neurons ({kinds})"


def column_names(network: Network) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the columns of inputs and outputs are called: by the data, else as neurons are."""
    around = network.preparation or Preparation()
    names = Textbook(network.graph(), network.renamed)

    def neurons(node: str, count: int) -> tuple[str, ...]:
        return tuple(names.text(Value(node, (0, k))) for k in range(count))

    width = network.layers[-1]
    inputs, outputs = tuple(around.encoder.inputs if around.encoder else ()), around.target_names
    if around.classes is not None and width > 1:
        outputs = tuple(f"p({c})" if network.has_probabilities else str(c) for c in around.classes)
    if len(inputs) != network.layers[0]:
        inputs = neurons("x", network.layers[0])
    if len(outputs) != width:
        outputs = neurons(f"out{network.depth}", width)
    return inputs, outputs


# ---- steps --------------------------------------------------------------------------------------


def _scaled(x: Expr, scaler: Scaler, constants: dict[str, np.ndarray]) -> Step:
    """Inputs as the network sees them."""
    constants |= {"shift": scaler.shift, "factor": scaler.factor}
    shift, factor = (symbol(name, scaler.shift.shape) for name in ("shift", "factor"))
    return Step("scaled", (x - shift) * factor, x.shape, wide=True)


def _restored(out: Expr, scaler: Scaler, constants: dict[str, np.ndarray]) -> Step:
    """Outputs in their own units again."""
    constants |= {"out_shift": scaler.shift, "out_factor": scaler.factor}
    shift, factor = (symbol(name, scaler.shift.shape) for name in ("out_shift", "out_factor"))
    return Step("answer", out / factor + shift, out.shape, wide=True)


def _network_steps(graph: Graph, named: dict[str, Expr], out: str, reading: Reading) -> list[Step]:
    """The steps from the network's inputs to its outputs."""
    fresh = (f"t{k}" for k in range(1, 10**9))
    needed = ancestors(graph, out)
    # What no layer names gets a plain name: an operation's might mean something in a language.
    called = {n.id: n.id if n.role else next(fresh) for n in needed}
    named |= {n.id: symbol(called[n.id], n.shape) for n in needed}
    steps: list[Step] = []
    for node, formula in read_nodes(graph, named, out, reading):
        if is_view(formula) and node.id != out:  # a weight turned around, say: read where it is
            named[node.id] = formula
            continue
        whole = call("where", formula, ONE, ZERO) if is_mask(formula) else formula
        steps += _Splitter(fresh).split(called[node.id], whole, node.shape)
    return steps


def read_nodes(
    graph: Graph, named: Mapping[str, Expr], out: str, reading: Reading
) -> Iterator[tuple[Node, Expr]]:
    """What the outputs are computed from, in order: each node and its formula, without names."""
    for node in ancestors(graph, out):
        assert node.op is not None
        operands = (named[i] for i in node.inputs)
        xp = reading(node.op, node.attributes)
        yield node, without_lets(as_expr(node.op.value(xp, *operands, **node.attributes)))


def ancestors(graph: Graph, name: str) -> list[Node]:
    """The computed nodes that a node's value comes from, and it, in order."""
    found = {name}
    for node in reversed(graph.nodes):
        if node.id in found:
            found.update(node.inputs)
    return [n for n in graph.nodes if n.id in found and n.op is not None]


def is_view(formula: Expr) -> bool:
    """Whether a formula only reads an array, perhaps in another order."""
    if isinstance(formula, Call) and formula.function in VIEWS:
        return is_view(formula.arguments[0])
    return isinstance(formula, Symbol)


def check_samples(network: Network) -> None:
    """Refuses a rule that reads one sample for another's value: there is nothing to export."""
    graph = network.graph(MANY)
    shapes: dict[Any, tuple[int, ...]] = {node.id: node.shape for node in graph.nodes}
    named = passes.operands(graph)
    for node, formula in read_nodes(graph, named, f"out{network.depth}", to_be_run):
        entry = formula.at((0,) * len(formula.shape))
        read = [p for p in entry.walk() if isinstance(p, Entry) and shapes[p.name][:1] == (MANY,)]
        if any(elsewhere(part.index[0]) for part in read):
            raise FormulaError(
                f"{node.op.name if node.op else node.id} computes with several samples at once.",
                why="an export predicts each sample by itself",
            )


def elsewhere(position: Index) -> bool:
    """Whether a position is, in any row, another than the first."""
    return bool(np.any(position.table if isinstance(position, Column) else position))


def _read(steps: Sequence[Step]) -> set[Any]:
    """The names of all arrays that steps read."""
    return {p.name for s in steps for p in s.formula.walk() if isinstance(p, Symbol)}


@dataclass
class _Splitter:
    """Takes a formula apart where a part would be computed more than once."""

    fresh: Iterator[str]
    numbers: dict[int, int] = field(default_factory=dict)  # id of a part → number of its formula
    known: dict[Any, int] = field(default_factory=dict)
    uses: Counter[int] = field(default_factory=Counter)
    made: dict[int, Expr] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def split(self, name: str, formula: Expr, shape: tuple[int, ...]) -> list[Step]:
        """The steps of a formula; the last one has its name."""
        self._number(formula)
        self.steps.append(Step(name, self._rebuilt(formula), shape))
        return self.steps

    def _number(self, part: Expr) -> int:
        """Equal formulas have equal numbers, found without comparing whole trees again."""
        if id(part) not in self.numbers:
            inner = tuple(map(self._number, part.parts()))
            key = (part.function, part.attributes, inner) if isinstance(part, Call) else part
            if key not in self.known:
                self.known[key] = len(self.known)
                self.uses.update(inner)
            self.numbers[id(part)] = self.known[key]
        return self.numbers[id(part)]

    def _rebuilt(self, part: Expr) -> Expr:
        if not isinstance(part, Call):
            return part
        product, entrywise = part.function in PRODUCTS, part.function not in STRUCTURED
        return part.rebuild(
            tuple(
                self._operand(p, product or (entrywise and p.size < part.size))
                for p in part.arguments
            )
        )

    def _operand(self, part: Expr, often: bool) -> Expr:
        """A part of a formula, or the name of the step that it has become."""
        key = self.numbers[id(part)]
        if key not in self.made:
            self.made[key] = self._rebuilt(part)
            if (often or self.uses[key] > 1) and self._worth(part):
                step = Step(next(self.fresh), self.made[key], part.shape)
                self.steps.append(step)
                self.made[key] = symbol(step.name, step.shape)
        return self.made[key]

    def _worth(self, part: Expr) -> bool:
        """Whether there is something to compute; a mask is read where it is."""
        if not isinstance(part, Call) or is_view(part) or is_mask(part):
            return False
        return any(isinstance(p, Symbol) for p in part.walk())


# ---- numbers in text ----------------------------------------------------------------------------


def shortest(value: float, dtype: np.dtype[Any]) -> str:
    """The shortest digits that read back as the very same number of this type, with a point."""
    if dtype == np.float64:
        return repr(float(value))
    text = str(np.float32(value))
    # Read as a float64 first, the shortest digits of a float32 may round to its neighbour.
    return text if np.float32(float(text)) == np.float32(value) else repr(float(np.float32(value)))
