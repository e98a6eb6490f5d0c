"""A traced function as a page: its nodes, their sizes, how large their gradients are."""

from __future__ import annotations

import numpy as np

from whygrad.notation import Notation
from whygrad.pages.document import Document, Paragraph, Part, Precise, Table, sentence
from whygrad.recording import Trace


def explain_graph(trace: Trace, names: Notation | None = None) -> Document:
    """A traced function as a page: its nodes, then where each gradient goes by matrix formula."""
    names = names or trace.notation()
    rows: list[tuple[Part | None, ...]] = []
    for node in trace.graph.nodes:
        made: Part = sentence("node.given") if node.op is None else node.op.name
        shape = " × ".join(map(str, node.shape)) or "1"
        value = np.asarray(trace.recorded.values[node.id], dtype=float)
        gradient = trace.recorded.gradients.get(node.id)
        size = None if gradient is None else Precise(norm(gradient), 6)
        rows.append((node.id, made, ", ".join(node.inputs), shape, Precise(norm(value), 6), size))
    head = tuple(
        sentence(f"head.{key}") for key in ("node", "made", "from", "shape", "size", "gradient")
    )
    blocks = (
        Paragraph(sentence("graph.summary", nodes=len(rows), loss=trace.loss)),
        Table(head, tuple(rows)),
        Paragraph(sentence("graph.ask")),
    )
    return Document(sentence("graph.title"), blocks, names)


def norm(value: np.ndarray) -> float:
    """The Euclidean length of all numbers of an array."""
    return float(np.sqrt(np.sum(np.square(value))))
