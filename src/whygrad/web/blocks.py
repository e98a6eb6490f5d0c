"""Large networks and traced functions as blocks: what is computed, from what, how large it is.

A network's layer is one block (net input and activation), of a traced function every operation is.
What is given to an operation alone (its weights, a target) belongs to its block; what goes on, or
is read in several places, is a block of its own. Nothing is computed here but sizes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.deriver import forward_step
from whygrad.errors import NameUnknownError
from whygrad.graph import Node
from whygrad.names import Value
from whygrad.numeric import xp
from whygrad.pages.document import Block as Said
from whygrad.pages.document import Document, Lines, Paragraph, sentence
from whygrad.pages.solution import derivation_document, rest_sentence, value_lines
from whygrad.pages.traced import norm
from whygrad.recording import Trace
from whygrad.render.formula import number_data
from whygrad.reverse import differentiable
from whygrad.training.measures import idle
from whygrad.web.matrices import Room, layout_of, region, room_for, tile_of, travelling
from whygrad.web.surface import surface_data

LARGEST = 6  # entries of a parameter that a report carries the derivation of
FEW = 64  # derivations that a report carries in all: each takes some hundredths of a second
DEPTH = 1  # forks that an element's derivation is expanded; what lies behind is a click away

# Of a traced function these are activations: what is said of idle units is said of them.
ACTIVATIONS = {"sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu",
               "gelu_tanh", "erf", "hardtanh", "saturating_linear", "softsign", "elliot2sig",
               "radial_basis", "triangular_basis"}  # fmt: skip


@dataclass(frozen=True)
class Block:
    """What is computed together: its nodes in order, and what is given to it alone.

    kind: input · layer · loss of a network; given · operation of a traced function.
    """

    id: str
    kind: str
    members: tuple[Node, ...]
    parameters: tuple[Node, ...] = ()

    @property
    def last(self) -> Node:
        """The node that is read by others."""
        return self.members[-1]


# ---- what belongs together ----------------------------------------------------------------------


def blocks_of(trace: Trace) -> list[Block]:
    """The blocks of a pass, in an order in which each can be computed."""
    return [*(_layers(trace) if trace.network is not None else _operations(trace))]


def _layers(trace: Trace) -> Iterator[Block]:
    """Inputs, layers, and what makes the loss of the outputs."""
    nodes = trace.graph.nodes
    assert trace.network is not None
    yield Block("x", "input", (trace.graph["x"],))
    placed = {"x"}
    for k in range(1, trace.network.depth + 1):
        here = [n for n in nodes if n.layer == k and n.role in ("tied", "net", "out", "kept")]
        given = [n for n in nodes if n.layer == k and n.role in ("weight", "bias", "mask")]
        placed |= {n.id for n in (*here, *given)}
        yield Block(f"layer{k}", "layer", tuple(here), tuple(given))
    rest = [n for n in nodes if n.id not in placed and n.role != "constant"]
    computed = tuple(n for n in rest if n.op is not None)
    yield Block("loss", "loss", computed, tuple(n for n in rest if n.op is None))


def _operations(trace: Trace) -> Iterator[Block]:
    """Every operation, and every source that is not given to one operation alone."""
    graph = trace.graph
    owned: dict[str, list[Node]] = {}
    alone = set()
    for source in graph.sources:
        uses = graph.uses[source.id]
        if len(uses) == 1 and uses[0][1] > 0:  # the first operand is what goes through
            owned.setdefault(uses[0][0].id, []).append(source)
            alone.add(source.id)
    for node in graph.nodes:
        if node.op is not None:
            yield Block(node.id, "operation", (node,), tuple(owned.get(node.id, ())))
        elif node.value is None and node.id not in alone:
            yield Block(node.id, "given", (node,))


# ---- blocks as data -----------------------------------------------------------------------------


def blocks_data(trace: Trace, elements: bool = True) -> dict[str, Any]:
    """`lesson.blocks` of the page: blocks, arrays as pictures, the largest entries.

    elements: whether the derivations of these go along (a server makes them as they are asked for).
    """
    blocks = blocks_of(trace)
    home = {node.id: block.id for block in blocks for node in block.members}
    arrays = [n for block in blocks for n in (*block.parameters, *block.members)]
    largest = {n.id: list(largest_of(trace, n, most)) for n, most in carried_of(trace)}
    carried = [entry["at"] for entries in largest.values() for entry in entries]
    return {
        "loss": number_data(trace.loss),
        "result": trace.recorded.loss.node,
        "network": trace.network is not None,
        "nodes": [block_data(trace, block, home) for block in blocks],
        "matrices": matrices_data(trace, arrays),
        "largest": largest,
        "surface": surface_data(trace),
        "elements": {at: element_data(trace, at) for at in carried} if elements else None,
    }


def block_data(trace: Trace, block: Block, home: Mapping[str, str]) -> dict[str, Any]:
    """One block: what it is made of, what it reads, how large its numbers and gradients are."""
    recorded, last = trace.recorded, block.last
    own = [n for n in block.parameters if differentiable(n)]
    reads = [home[i] for n in block.members for i in n.inputs if i in home]
    # A loss that contains the activation reads the net input: the gradient is known there.
    reached = [n for n in block.members if n.id in recorded.gradients][-1:]
    return {
        "id": block.id,
        "kind": block.kind,
        "op": made_by(trace, block),
        "formulas": [f"{n.id} = {n.op.name}({', '.join(n.inputs)})" for n in block.members if n.op],
        "options": options(last),
        "group": list(last.groups),
        "source": last.source,
        "layer": last.layer,
        "shape": list(last.shape),
        "sizes": sizes(trace, block),
        "inputs": [i for i in dict.fromkeys(reads) if i != block.id],
        "members": [n.id for n in block.members],
        "parameters": [n.id for n in block.parameters],
        "norm": total(recorded.values, [last]),
        "gradient_norm": total(recorded.gradients, reached),
        "gradient_at": reached[0].id if reached else None,
        "weights_norm": total(recorded.values, own),
        "weights_gradient_norm": total(recorded.gradients, own),
        **idle_shares(trace, block),
    }


def made_by(trace: Trace, block: Block) -> str | None:
    """The operation of a block, or of a network's last one the name of its loss."""
    if block.kind == "loss" and trace.network is not None:
        return trace.network.loss
    return None if block.last.op is None else block.last.op.name


def options(node: Node) -> dict[str, str]:
    """What an operation was asked for beside its inputs, where it is not the usual."""
    if node.op is None:
        return {}
    usual = node.op.defaults
    given = {k: v for k, v in node.attributes.items() if k not in usual or usual[k] != v}
    return {k: str(v) for k, v in given.items()}


def sizes(trace: Trace, block: Block) -> list[int] | None:
    """How many numbers a layer makes of how many."""
    if block.kind != "layer" or trace.network is None:
        return None
    return list(trace.network.layers[block.last.layer - 1 : block.last.layer + 1])


def idle_shares(trace: Trace, block: Block) -> dict[str, float | None]:
    """The share of dead units, and of saturated slopes; None where that means nothing."""
    shares: dict[str, Any] = {}
    for node in block.members:
        if node.op is not None and (node.role == "out" or node.op.name in ACTIVATIONS):
            # The first axis is that of the samples; a lone vector is one sample.
            read = {i: np.atleast_2d(trace.recorded.values[i]) for i in (*node.inputs, node.id)}
            with np.errstate(all="ignore"):
                shares = idle(xp, node, read)
    return {k: float(shares[k]) if k in shares else None for k in ("dead", "saturated")}


def total(arrays: Mapping[str, np.ndarray], nodes: Iterable[Node]) -> Any:
    """The length of all numbers of these arrays together; None where there is none."""
    found = [norm(np.asarray(arrays[n.id], dtype=float)) for n in nodes if n.id in arrays]
    return number_data(math.hypot(*found)) if found else None


# ---- arrays as pictures -------------------------------------------------------------------------


def matrices_data(trace: Trace, nodes: list[Node]) -> dict[str, Any]:
    """Every array of the page by its node's id: values and gradients as pictures."""
    room = room_for([n.size for n in nodes])
    return {n.id: matrix_data(trace, n, room) for n in nodes}


def matrix_data(trace: Trace, node: Node, room: Room) -> dict[str, Any]:
    """One array: how it is laid out, and its value and its gradient as they travel."""
    layout = layout_of(node.shape)
    tile = tile_of(layout, room)
    value = np.asarray(trace.recorded.values[node.id], dtype=float)
    gradient = trace.recorded.gradients.get(node.id)
    return {
        "role": node.role,
        "layer": node.layer,
        "shape": list(node.shape),
        "rows": layout.rows,
        "columns": layout.columns,
        "grid": list(layout.grid),
        "kernel": list(layout.kernel),
        "wrapped": layout.wrapped,
        "tile": list(tile),
        "counted": first_number(trace, node),
        "base": counted_from(trace, node),
        "value": travelling(value, layout, tile, room),
        "gradient": None if gradient is None else travelling(gradient, layout, tile, room),
    }


def first_number(trace: Trace, node: Node) -> int | None:
    """The number of the first weight of a matrix, where all are called w1, w2, … along its rows."""
    if node.role != "weight" or trace.renamed:
        return None
    counted = re.fullmatch(r"w(\d+)", trace.names.text(Value(node.id, (0,) * len(node.shape))))
    return int(counted[1]) if counted else None


def region_data(
    trace: Trace, node: str, of: str, rows: tuple[int, int], columns: tuple[int, int]
) -> dict[str, Any]:
    """The exact cells of a part of an array's picture, of its "value" or its "gradient".

    Raises NameUnknownError, ShapeError or ConfigError where there is no such part.
    """
    wanted = trace.graph[node]
    arrays = trace.recorded.values if of == "value" else trace.recorded.gradients
    if of not in ("value", "gradient") or node not in arrays:
        raise NameUnknownError(f"{node} has no {of}.", hint='"value" or "gradient"')
    return region(np.asarray(arrays[wanted.id], dtype=float), rows, columns)


# ---- elements -----------------------------------------------------------------------------------


def carried_of(trace: Trace) -> list[tuple[Node, int]]:
    """The parameters whose largest entries are carried, of a graph whatever is given; how many."""
    recorded = trace.recorded
    learned = [n for n in trace.parameters if n.id in recorded.gradients]
    if sum(n.size for n in learned) <= FEW:
        return [(n, FEW) for n in learned]
    sizes = {n.id: np.nan_to_num(norm(recorded.gradients[n.id]), nan=math.inf) for n in learned}
    chosen = sorted(learned, key=lambda n: -sizes[n.id])[:FEW]
    most = max(1, min(LARGEST, FEW // max(1, len(chosen))))
    return [(n, most) for n in learned if n in chosen]


def largest_of(trace: Trace, node: Node, most: int) -> Iterator[dict[str, Any]]:
    """The entries of the largest gradients of a parameter, the largest first, at most so many."""
    value = np.asarray(trace.recorded.values[node.id])
    gradient = np.asarray(trace.recorded.gradients[node.id])
    size = np.nan_to_num(np.abs(gradient).ravel(), nan=math.inf)
    few = np.argpartition(-size, most - 1)[:most] if size.size > most else range(size.size)
    for flat in sorted(map(int, few), key=lambda k: (-size[k], k)):
        index = tuple(int(i) for i in np.unravel_index(flat, node.shape))
        yield {
            "at": typed(trace, Value(node.id, index)),
            "value": number_data(float(value[index])),
            "gradient": number_data(float(gradient[index])),
        }


def typed(trace: Trace, at: Value) -> str:
    """An entry's name as it is typed: W1[3,5], counted from 0; a sample's error as the textbook's.

    What is typed is found again: E[17] is the seventeenth sample's error wherever it is asked for.
    """
    assert at.index is not None
    base = counted_from(trace, trace.graph[at.node])
    return f"{at.node}[{','.join(str(i + base) for i in at.index)}]" if at.index else at.node


def counted_from(trace: Trace, node: Node) -> int:
    """From which number a node's positions are counted where they are typed."""
    if len(node.shape) != 1 or not node.size:
        return 0
    return int(trace.names.text(Value(node.id, (0,))) == f"{node.id}[1]")


def number_named(trace: Trace, name: str) -> Value:
    """The number that a name means, or the one whose gradient it names: w5, δ_o1, ∂E_total/∂w5.

    Raises NameUnknownError with the names that exist.
    """
    try:
        return trace.find(name.rsplit("/∂", 1)[-1] if name.startswith("∂") else name)
    except NameUnknownError:
        node, _, inside = name.removesuffix("]").rpartition("[")
        positions = name.endswith("]") and re.fullmatch(r"\d{1,9}(,\d{1,9})*", inside)
        if node not in trace.graph or not positions:
            raise
        # The name of a user's own node may have signs that no notation reads.
        index, shape = tuple(map(int, inside.split(","))), trace.graph[node].shape
        if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True)):
            raise
        return Value(node, index)


def element_data(trace: Trace, name: str, detail: str = "factors") -> dict[str, Any]:
    """One number: what it is called, its value and gradient, and the lines that lead to both.

    detail: "factors" or "delta". Raises NameUnknownError where there is no such number.
    """
    from whygrad.render.pages import live

    at = number_named(trace, name)
    document = element_document(trace, at, detail)
    known = at.node in trace.recorded.gradients
    return {
        "at": typed(trace, at),
        "name": trace.names.text(at),
        "value": number_data(trace.recorded.value(at)),
        "gradient": number_data(trace.recorded.gradient(at)) if known else None,
        "blocks": live.blocks(document, fill=True, links=True),
    }


def element_document(trace: Trace, at: Value, detail: str = "factors") -> Document:
    """The lines of a number's value, then those of its gradient."""
    node = trace.graph[at.node]
    found: list[Said] = []
    if node.op is not None:
        step = forward_step(trace.recorded, at)
        found.append(Paragraph(sentence("view.blocks.made", what=at)))
        if step.remainder is not None:
            found.append(Paragraph(rest_sentence(step.remainder)))
        found.append(Lines(tuple(value_lines(step))))
    names = trace.names
    if not differentiable(node) or at == trace.recorded.loss:
        return Document(sentence("why.title", target=at), tuple(found), names)
    derivation = trace.deriver(detail).why(at, names, DEPTH)
    page = derivation_document(derivation)
    if found:
        found.append(Paragraph(sentence("view.blocks.pulled", what=at)))
    return Document(page.title, (*found, *page.blocks), names)
