"""A JAX function as a graph, read through its jaxpr at the arrays that it is called with.

Primitives become operations of whygrad where there is one with the same rule (`primitives.py` says
which). Every other one becomes an opaque node: its value by JAX, its pull-back by JAX. What is
computed from no float of the caller's (labels, keys, positions) is a constant.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Literal

from whygrad import ops
from whygrad.errors import DataError
from whygrad.graph import PACKAGE, Graph, Spec, Tracer, Variable
from whygrad.interop.opaque import bind, opaque
from whygrad.interop.primitives import INLINED, PRIMITIVES, moved

LONGEST_SCAN = 200  # steps of a scan or a loop that are written out; a longer one stays opaque
JAX = os.path.dirname(os.path.abspath(jax.__file__)) + os.sep


@dataclass(frozen=True)
class Read:
    """A function as it was read: the graph, an array for each of its inputs, the type it runs in.

    whole: whether its result was one number; else the sum of all its numbers is what is derived.
    """

    graph: Graph
    inputs: Mapping[str, np.ndarray]
    dtype: str
    whole: bool


@dataclass
class Slot:
    """What a variable of a jaxpr stands for: its concrete value, and its node where it has one."""

    value: Any
    node: Variable | None = None


def read(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Read:
    """The graph of a JAX function at given arguments (arrays or trees of arrays), by name.

    It computes in the types that JAX computes in as it is configured.
    Raises DataError where there are no floats, or JAX cannot trace the function.
    """
    leaves, tree = jax.tree_util.tree_flatten_with_path(dict(arguments))
    floats = [k for k, (_, leaf) in enumerate(leaves) if is_float(leaf)]
    if not floats:
        raise DataError("The function was given no floats, so nothing has a gradient.")
    names = {k: called(leaves[k][0]) for k in floats}
    given = [jnp.asarray(leaves[k][1]) for k in floats]

    def of_floats(*arrays: Any) -> Any:
        filled = [leaf for _, leaf in leaves]
        for k, array in zip(floats, arrays, strict=True):
            filled[k] = array
        return function(**jax.tree_util.tree_unflatten(tree, filled))

    try:
        closed = jax.make_jaxpr(of_floats)(*given)
    except (TypeError, ValueError, jax.errors.JAXTypeError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(
            "JAX cannot trace the function.", why=why, hint="compute with wg.ops or with jax.numpy"
        ) from None
    reader = Reader()
    slots = [
        Slot(array, reader.tracer.source(names[k], Spec(array.shape)))
        for k, array in zip(floats, given, strict=True)
    ]
    results = reader.run(closed.jaxpr, [Slot(c) for c in closed.consts], slots)
    output, whole = reader.loss(results)
    inputs = {names[k]: np.asarray(a) for k, a in zip(floats, given, strict=True)}
    dtype = str(np.result_type(*inputs.values()))
    return Read(reader.graph(output), inputs, dtype, whole)


class Reader:
    """Runs a jaxpr equation by equation, with numbers, and records the nodes of a graph."""

    def __init__(self) -> None:
        self.line = ""
        self.tracer = Tracer(lambda: self.line)

    def run(
        self, jaxpr: Any, constants: Sequence[Slot], arguments: Sequence[Slot],
        call_line: str = "", owner: str = "",
    ) -> list[Slot]:  # fmt: skip
        """What a jaxpr's results stand for; call_line: where it is called, owner: its function."""
        known: dict[Any, Slot] = dict(zip(jaxpr.constvars, constants, strict=True))
        known |= dict(zip(jaxpr.invars, arguments, strict=True))

        def slot(atom: Any) -> Slot:
            return Slot(atom.val) if isinstance(atom, Literal) else known[atom]

        for equation in jaxpr.eqns:
            given = [slot(atom) for atom in equation.invars]
            results = self.equation(equation, given, call_line, owner)
            known |= dict(zip(equation.outvars, results, strict=True))
        return [slot(atom) for atom in jaxpr.outvars]

    def equation(self, equation: Any, given: list[Slot], call_line: str, owner: str) -> list[Slot]:
        """What one equation's results stand for."""
        name = equation.primitive.name
        values = [s.value for s in given]
        if all(s.node is None for s in given):
            return [Slot(v) for v in bind(equation, values)]
        line = line_of(equation, call_line, owner)
        if name in INLINED:
            inner = equation.params[INLINED[name]]
            constants = [Slot(c) for c in getattr(inner, "consts", ())]
            called_ = str(equation.params.get("name", ""))
            return self.run(getattr(inner, "jaxpr", inner), constants, given, line, called_)
        if name == "scan" and equation.params["length"] <= LONGEST_SCAN:
            return self.scan(equation, given, line)
        if name == "cond":
            return self.branch(equation, given, line)
        if name == "while":
            return self.loop(equation, given, line)
        refuse_complex(equation, line)
        self.line = line
        return self.recorded(equation, given, bind(equation, values))

    def recorded(self, equation: Any, given: list[Slot], results: list[Any]) -> list[Slot]:
        """One equation as nodes: of our operations where one fits, else opaque."""
        operands = [s.value if s.node is None else s.node for s in given]
        values = [s.value for s in given]
        rule = PRIMITIVES.get(equation.primitive.name, moved)
        made = rule(equation, operands, values)
        if made is None:
            made = [
                opaque(self.tracer, equation, operands, values, k, np.asarray(v), self.line)
                for k, v in enumerate(results)
            ]
        nodes = made if isinstance(made, list) else [made]
        return [
            Slot(v, n if isinstance(n, Variable) else None)
            for v, n in zip(results, nodes, strict=True)
        ]

    def scan(self, equation: Any, given: list[Slot], line: str) -> list[Slot]:
        """A scan written out, step after step."""
        p = equation.params
        constants, carried = p["num_consts"], p["num_carry"]
        fixed, carry = given[:constants], given[constants : constants + carried]
        rows = given[constants + carried :]
        steps = range(p["length"])
        found: dict[int, list[Slot]] = {}
        for k in reversed(steps) if p["reverse"] else steps:
            row = [self.row(s, k) for s in rows]
            inner = p["jaxpr"]
            constants_ = [Slot(c) for c in inner.consts]
            outs = self.run(inner.jaxpr, constants_, [*fixed, *carry, *row], line)
            carry, found[k] = outs[:carried], outs[carried:]
        self.line = line
        stacked = [self.stack([found[k][i] for k in steps]) for i in range(len(found.get(0, ())))]
        return [*carry, *stacked]

    def row(self, slot: Slot, k: int) -> Slot:
        """One row of what a scan runs over."""
        return Slot(slot.value[k], None if slot.node is None else slot.node[k])

    def stack(self, parts: list[Slot]) -> Slot:
        """The results of a scan's steps as one array."""
        value = jnp.stack([s.value for s in parts])
        if all(s.node is None for s in parts):
            return Slot(value)
        rows = [
            np.asarray(s.value)[None] if s.node is None else ops.reshape(s.node, (1, *s.node.shape))
            for s in parts
        ]
        return Slot(value, self.tracer.record(ops.concatenate, tuple(rows), {"axis": 0}))

    def branch(self, equation: Any, given: list[Slot], line: str) -> list[Slot]:
        """The branch of a cond that is taken here."""
        branches = equation.params["branches"]
        chosen = branches[int(np.clip(int(given[0].value), 0, len(branches) - 1))]
        return self.run(chosen.jaxpr, [Slot(c) for c in chosen.consts], given[1:], line)

    def loop(self, equation: Any, given: list[Slot], line: str) -> list[Slot]:
        """A while loop written out, as often as it runs here; JAX itself has no gradient of it."""
        p = equation.params
        condition, body = p["cond_jaxpr"], p["body_jaxpr"]
        fixed, rest = given[: p["cond_nconsts"]], given[p["cond_nconsts"] :]
        inner, carry = rest[: p["body_nconsts"]], rest[p["body_nconsts"] :]
        for _ in range(LONGEST_SCAN):
            known = [Slot(s.value) for s in (*fixed, *carry)]
            (goes_on,) = self.run(condition.jaxpr, [Slot(c) for c in condition.consts], known, line)
            if not bool(goes_on.value):
                return carry
            constants = [Slot(c) for c in body.consts]
            carry = self.run(body.jaxpr, constants, [*inner, *carry], line)
        self.line = line
        return self.recorded(equation, given, bind(equation, [s.value for s in given]))

    def loss(self, results: list[Slot]) -> tuple[Variable, bool]:
        """The one number that is derived: the first result if it is one, else the sum of all."""
        floats = [s for s in results if jnp.issubdtype(jnp.result_type(s.value), jnp.floating)]
        if not any(s.node is not None for s in floats):
            raise DataError("The function's result does not depend on any float that it was given.")
        self.line = ""
        first = floats[0]
        if first.node is not None and first.node.node.size == 1:
            one = first.node if first.node.node.op is not None else ops.identity(first.node)
            return one, True
        total: Any = None
        for s in floats:
            part = ops.sum(s.node) if s.node is not None else float(jnp.sum(s.value))
            total = part if total is None else total + part
        return total, False

    def graph(self, output: Variable) -> Graph:
        """The nodes that the result depends on, and every input."""
        graph = self.tracer.graph(output)
        kept = (n for n in graph.nodes if n.id in graph.alive or n.op is None)
        return replace(graph, nodes=tuple(kept))


def refuse_complex(equation: Any, line: str) -> None:
    """Raises DataError where an equation takes or gives complex numbers: a graph holds reals."""
    kinds = (atom.aval.dtype for atom in (*equation.invars, *equation.outvars))
    if any(jnp.issubdtype(kind, jnp.complexfloating) for kind in kinds):
        at = f" at {line}" if line else ""
        raise DataError(
            "Complex numbers cannot be followed.",
            given=f"{equation.primitive.name}{at}",
            why="the numbers of a graph are real",
            hint="wg.check judges the gradient; or compute with real and imaginary parts apart",
        )


def line_of(equation: Any, call_line: str, owner: str) -> str:
    """The caller's line of an equation, "file.py:12".

    JAX keeps what it has traced of a jitted function, with the lines of its first call. Of one of
    JAX's own functions (owner) those are not this call's: the line that it is called from counts.
    """
    traceback = equation.source_info.traceback
    frames = [] if traceback is None else [f for f in traceback.frames if foreign(f.file_name)]
    own = not owner or any(f.function_name.rpartition(".")[2] == owner for f in frames)
    if not frames or (call_line and not own):
        return call_line
    return f"{os.path.basename(frames[0].file_name)}:{frames[0].line_num}"


def foreign(file: str) -> bool:
    """Whether a file is neither JAX's nor whygrad's."""
    return not file.startswith((JAX, PACKAGE, "<frozen"))


def called(path: Any) -> str:
    """params['W'][0] for a leaf of a tree of arguments."""
    first, *rest = path
    return str(first.key) + jax.tree_util.keystr(tuple(rest))


def is_float(leaf: Any) -> bool:
    """Whether a leaf holds floats, so that it can have a gradient."""
    if not isinstance(leaf, (jax.Array, np.ndarray, np.generic, float)):
        return False
    return bool(jnp.issubdtype(jnp.result_type(leaf), jnp.floating))
