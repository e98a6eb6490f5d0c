"""Node and Graph: a computation, frozen, in topological order; `trace` makes one from a function.

A graph node is computed once, shared, and holds a value when a pass has run. (A formula is an Expr,
which is compared by structure.) A node has one stable id; what a reader calls it is the notation's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import FrameType
from typing import Any

import numpy as np

from whygrad import symbols
from whygrad.errors import NameUnknownError, OperationError, ShapeError, nearest
from whygrad.expr import Expr, Number
from whygrad.op import Op, find


@dataclass(frozen=True)
class Node:
    """One step of a computation.

    id: its stable name. op: what computes it, None for what is given from outside (or constant).
    inputs: the ids it is computed from. shape: of its value. integer: whether it holds positions.
    role and layer: what it is in a network ("weight", 1), for notations and drawings.
    value: of a constant. groups: the composites it is a part of, outermost first.
    source: the line of a traced function that made it, "file.py:12".
    """

    id: str
    op: Op | None = None
    inputs: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = ()
    integer: bool = False
    role: str = ""
    layer: int = 0
    value: np.ndarray | None = field(default=None, compare=False)
    groups: tuple[str, ...] = ()
    source: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in an order in which each can be computed; the last word is the node `output`."""

    nodes: tuple[Node, ...]
    output: str

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    def __getitem__(self, id: str) -> Node:  # noqa: A002 — it is the node's id
        try:
            return self._by_id[id]
        except KeyError:
            raise NameUnknownError(
                f"The graph has no node {id!r}.", hint=nearest(id, self._by_id)
            ) from None

    def __contains__(self, id: object) -> bool:  # noqa: A002
        return id in self._by_id

    @cached_property
    def sources(self) -> tuple[Node, ...]:
        """What is given from outside, in order: inputs, targets, parameters."""
        return tuple(n for n in self.nodes if n.op is None and n.value is None)

    @cached_property
    def uses(self) -> dict[str, tuple[tuple[Node, int], ...]]:
        """For every node, each (consumer, slot) that reads it."""
        found: dict[str, list[tuple[Node, int]]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            for slot, source in enumerate(node.inputs):
                found[source].append((node, slot))
        return {id_: tuple(pairs) for id_, pairs in found.items()}

    @cached_property
    def alive(self) -> frozenset[str]:
        """The nodes that the output depends on."""
        alive = {self.output}
        for node in reversed(self.nodes):
            if node.id in alive:
                alive.update(node.inputs)
        return frozenset(alive)

    def __repr__(self) -> str:
        lines = []
        for node in self.nodes:
            shape = " × ".join(map(str, node.shape)) or "number"
            made = "given" if node.value is None else "constant"
            if node.op is not None:
                attributes = "".join(f", {k}={v}" for k, v in node.attributes.items())
                made = f"{node.op.name}({', '.join(node.inputs)}{attributes})"
            lines.append(f"  {node.id} = {made}  [{shape}]")
        return "\n".join([f"Graph of {len(self.nodes)} nodes → {self.output}", *lines])


@dataclass(frozen=True)
class Spec:
    """What a traced function is given at a name: a shape, and whether it holds whole numbers."""

    shape: tuple[int, ...]
    dtype: type = float


def spec(shape: tuple[int, ...], dtype: type = float) -> Spec:
    """The shape and kind of one input of `trace`: `wg.spec((4,), int)` for labels or positions."""
    return Spec(tuple(shape), dtype)


class Variable:
    """A node in the making: what a traced function computes with. Arithmetic records operations."""

    __array_priority__ = 1000  # so that `array * variable` asks the variable, not NumPy

    def __init__(self, tracer: Tracer, node: Node) -> None:
        self._tracer, self.node = tracer, node

    shape = property(lambda self: self.node.shape)
    ndim = property(lambda self: len(self.node.shape))

    def record(self, op_: Op, inputs: tuple[Any, ...], attributes: dict[str, Any]) -> Variable:
        return self._tracer.record(op_, inputs, attributes)

    def _op(self, name: str, *others: Any, **attributes: Any) -> Variable:
        return self.record(find(name), (self, *others), attributes)

    def named(self, name: str, *, role: str = "", layer: int = 0) -> Variable:
        """The same variable under a name of the author's choosing."""
        return self._tracer.rename(self, name, role, layer)

    @property
    def T(self) -> Variable:  # noqa: N802 — NumPy's name
        return self._op("transpose", axes=tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> Variable:  # noqa: N802 — the array standard's name
        return self._op("transpose", axes=(*range(self.ndim - 2), self.ndim - 1, self.ndim - 2))

    def reshape(self, *shape: Any) -> Variable:
        given = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        return self._op("reshape", shape=tuple(given))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return self._op("sum", axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Variable:
        return self._op("mean", axis=axis, keepdims=keepdims)

    def __getitem__(self, key: Any) -> Variable:
        if isinstance(key, Variable) or (isinstance(key, np.ndarray) and key.dtype != bool):
            return self._op("gather", key)
        return self._op("slice", key=_normalise_key(key, self.shape))

    def __add__(self, other: Any) -> Variable:
        return self._op("add", other)

    def __radd__(self, other: Any) -> Variable:
        return self.record(find("add"), (other, self), {})

    def __sub__(self, other: Any) -> Variable:
        return self._op("sub", other)

    def __rsub__(self, other: Any) -> Variable:
        return self.record(find("sub"), (other, self), {})

    def __mul__(self, other: Any) -> Variable:
        return self._op("mul", other)

    def __rmul__(self, other: Any) -> Variable:
        return self.record(find("mul"), (other, self), {})

    def __truediv__(self, other: Any) -> Variable:
        return self._op("div", other)

    def __rtruediv__(self, other: Any) -> Variable:
        return self.record(find("div"), (other, self), {})

    def __pow__(self, other: Any) -> Variable:
        return self._op("power", other)

    def __rpow__(self, other: Any) -> Variable:
        return self.record(find("power"), (other, self), {})

    def __matmul__(self, other: Any) -> Variable:
        return self._op("matmul", other)

    def __rmatmul__(self, other: Any) -> Variable:
        return self.record(find("matmul"), (other, self), {})

    def __neg__(self) -> Variable:
        return self._op("neg")

    def __abs__(self) -> Variable:
        return self._op("abs")

    def __lt__(self, other: Any) -> Variable:
        return self._op("less", other)

    def __le__(self, other: Any) -> Variable:
        return self._op("less_equal", other)

    def __gt__(self, other: Any) -> Variable:
        return self._op("greater", other)

    def __ge__(self, other: Any) -> Variable:
        return self._op("greater_equal", other)

    def __eq__(self, other: Any) -> Variable:  # type: ignore[override]
        return self._op("equal", other)

    def __ne__(self, other: Any) -> Variable:  # type: ignore[override]
        raise OperationError(
            "A traced function compares with !=.",
            why="there is no operation for it",
            hint="ops.where(ops.equal(a, b), …, …), the other way round",
        )

    __hash__ = object.__hash__  # a variable is itself, whatever it compares to

    def __iter__(self) -> Any:
        if not self.shape:
            raise OperationError("A traced number cannot be iterated over.")
        return (self[i] for i in range(self.shape[0]))

    def __bool__(self) -> bool:
        raise OperationError(
            "A traced function asked whether a variable is true.",
            why="while it is traced its variables have shapes, but no values yet",
            hint="ops.where(condition, a, b)",
        )


def _normalise_key(key: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Per axis one position ≥ 0, or (start, step, count)."""
    keys = list(key) if isinstance(key, tuple) else [key]
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (len(shape) - len(keys) + 1)
    keys += [slice(None)] * (len(shape) - len(keys))
    if len(keys) != len(shape) or not all(isinstance(k, (int, np.integer, slice)) for k in keys):
        raise OperationError(
            f"[{key!r}] was asked of an array of shape {shape}.",
            why="slicing takes whole numbers and slices, one an axis",
            hint="reshape adds axes; ops.gather looks rows up by an array of positions",
        )
    out: list[Any] = []
    for k, n in zip(keys, shape, strict=True):
        if isinstance(k, slice):
            start, stop, step = k.indices(n)
            out.append((start, step, len(range(start, stop, step))))
        elif -n <= k < n:
            out.append(int(k) % n)
        else:
            raise ShapeError(f"Position {k} was asked of an axis of length {n}.")
    return tuple(out)


class Tracer:
    """Collects the nodes of one graph while a function runs on variables.

    source: says which line of the author's is running, where that is to be kept.
    """

    def __init__(self, source: Callable[[], str] = str) -> None:
        self.source_line = source
        self.nodes: dict[str, Node] = {}
        self._counts: dict[str, int] = {}
        self._groups: tuple[str, ...] = ()

    def fresh(self, stem: str) -> str:
        """An id that is not taken yet: tanh, tanh_2, …"""
        self._counts[stem] = self._counts.get(stem, 0) + 1
        id_ = stem if self._counts[stem] == 1 else f"{stem}_{self._counts[stem]}"
        return id_ if id_ not in self.nodes else self.fresh(stem)

    def add(self, node: Node) -> Variable:
        self.nodes[node.id] = node
        return Variable(self, node)

    def source(self, id_: str, given: Spec, *, role: str = "", layer: int = 0) -> Variable:
        integer = np.issubdtype(np.dtype(given.dtype), np.integer)
        return self.add(Node(id_, shape=given.shape, integer=integer, role=role, layer=layer))

    def constant(self, value: Any) -> Variable:
        array = np.asarray(value)
        integer = array.ndim > 0 and np.issubdtype(array.dtype, np.integer)
        array = array if integer or array.dtype == bool else array.astype(float)
        id_ = self.fresh("constant")
        return self.add(Node(id_, shape=array.shape, integer=integer, value=array, role="constant"))

    def record(self, op_: Op, inputs: tuple[Any, ...], attributes: dict[str, Any]) -> Variable:
        """A node for an operation on these inputs; its shape is read off the rule."""
        variables = [v if isinstance(v, Variable) else self.constant(v) for v in inputs]
        if any(v._tracer is not self for v in variables):
            raise OperationError(f"{op_.name} was given variables of two different traces.")
        if op_.composite is not None:
            return self._composite(op_, variables, attributes)
        nodes = [v.node for v in variables]
        try:
            formula = op_.forward(symbols.xp, *(leaf(n) for n in nodes), **attributes)
            shape = formula.shape if isinstance(formula, Expr) else ()
        except ShapeError as error:
            given = ", ".join(f"{n.id} {n.shape}" for n in nodes)
            raise ShapeError(
                f"{op_.name} cannot take these shapes: {given}.", why=str(error), hint=op_.doc
            ) from None
        integer = bool(nodes) and all(n.integer for n in nodes) and op_.module.endswith("shape")
        return self.add(
            Node(
                self.fresh(op_.name),
                op_,
                tuple(n.id for n in nodes),
                attributes,
                shape,
                integer=integer,
                groups=self._groups,
                source=self.source_line(),
            )
        )

    def _composite(self, op_: Op, variables: list[Variable], attributes: dict[str, Any]) -> Any:
        assert op_.composite is not None
        outer, self._groups = self._groups, (*self._groups, self.fresh(op_.name))
        try:
            return op_.composite(*variables, **attributes)
        finally:
            self._groups = outer

    def rename(self, variable: Variable, id_: str, role: str, layer: int) -> Variable:
        if id_ in self.nodes:
            raise OperationError(f"Two nodes of the graph were both named {id_!r}.")
        old = variable.node.id
        variable.node = replace(variable.node, id=id_, role=role, layer=layer)
        if next(reversed(self.nodes)) == old:  # named as it was made: nothing reads it yet
            del self.nodes[old]
            self.add(variable.node)
            return variable
        # In its old place: what reads it already may stand after it, and the order must hold.
        nodes, self.nodes = self.nodes, {}
        for node in nodes.values():
            inputs = tuple(id_ if i == old else i for i in node.inputs)
            self.add(variable.node if node.id == old else replace(node, inputs=inputs))
        return variable

    def graph(self, output: Variable) -> Graph:
        return Graph(tuple(self.nodes.values()), output.node.id)


def leaf(node: Node) -> Expr:
    """A node as the formula that reads its value: a constant number as itself."""
    if node.value is not None and not node.shape and not node.integer:
        return Number(float(node.value))
    return symbols.symbol(node.id, node.shape, node.value if node.integer else None)


PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def author_line() -> str:
    """The innermost running line that is not whygrad's own, "file.py:12"."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return "" if frame is None else f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"


def trace(function: Callable[..., Any], **inputs: Any) -> Graph:
    """The graph of a function of `wg.ops`, from the shape of each of its inputs.

    inputs: by name, a shape, an array (its shape is taken), or `wg.spec(shape, int)`.
    Raises OperationError where the function does something that cannot be recorded.
    """
    tracer = Tracer(author_line)
    variables = {name: tracer.source(name, _spec(given)) for name, given in inputs.items()}
    try:
        output = function(**variables)
    except TypeError as error:
        raise OperationError(
            "The function could not be traced.",
            given=f"the inputs {', '.join(inputs) or '(none)'}",
            why=str(error),
            hint="name its inputs as its parameters; compute with wg.ops and + − * / ** @ only",
        ) from error
    if not isinstance(output, Variable):
        raise OperationError(
            "The traced function did not return a variable.",
            given=type(output).__name__,
            hint="return one result that was computed from the inputs with wg.ops",
        )
    return tracer.graph(output)


def _spec(given: Any) -> Spec:
    if isinstance(given, Spec):
        return given
    if isinstance(given, (tuple, list)) and all(isinstance(n, (int, np.integer)) for n in given):
        return Spec(tuple(int(n) for n in given))
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return Spec((int(given),))
    array = np.asarray(given)
    return Spec(array.shape, int if np.issubdtype(array.dtype, np.integer) else float)
