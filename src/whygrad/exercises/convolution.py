"""The exercise of a small patch: a kernel slides over an image, and learns from four places."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from whygrad import ops
from whygrad.errors import ConfigError
from whygrad.exercises.networks import KINK, TRIES, distinct
from whygrad.exercises.numbers import Draw, Grid
from whygrad.exercises.problem import Problem
from whygrad.graph import Graph, Node, Spec, Tracer
from whygrad.models.learning import Plan
from whygrad.names import Name
from whygrad.notation import Code, Notation
from whygrad.recording import Trace, record

PATCH, KERNEL = (1, 1, 3, 3), (1, 1, 2, 2)
LEAST = 1e-2  # the size of the smallest value and gradient
LARGEST = 4.0  # of net inputs and errors


class Places(Code):
    """Rows and columns from 1, as in a matrix on paper: x[1,2], k[2,1]; one image, one channel."""

    key = "places"

    def value(self, node: Node, index: tuple[int, ...]) -> Name:
        if node.role == "loss":
            return Name("E", "total")
        return Name(node.id, index=self.place(index))

    def whole(self, node: Node) -> Name:
        return Name(node.id)

    def delta(self, node: Node, index: tuple[int, ...]) -> Name:
        return Name("δ", index=self.place(index))

    def place(self, index: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(i + 1 for i in index[2:])


class PatchTrace(Trace):
    """A pass whose numbers are named by their places."""

    @cached_property
    def names(self) -> Notation:
        return Places(self.graph)


def patch_graph(relu: bool) -> Graph:
    """net = the kernel over the patch + b; E_total = Σ ½(target − out)²."""
    tracer = Tracer()
    x = tracer.source("x", Spec(PATCH), role="input")
    k = tracer.source("k", Spec(KERNEL))
    b = tracer.source("b", Spec((1,)))
    target = tracer.source("target", Spec(KERNEL), role="target")
    out = ops.conv2d(x, k, b).named("net", role="net", layer=1)
    if relu:
        out = ops.relu(out).named("out", role="out", layer=1)
    error = ops.half_squared_error(out, target).named("E", role="error", layer=1)
    return tracer.graph(ops.sum(error).named("E_total", role="loss"))


def patch_problem(draw: Draw, level: int, plan: Plan) -> Problem:
    """A 3×3 patch and a 2×2 kernel with readable numbers; from level 3 on with a relu."""
    graph = patch_graph(relu=level == 3)
    signed = level > 1
    grids = {
        "x": Grid(0.1, 1.9, 1, signed), "k": Grid(0.1, 1.5, 1), "b": Grid(0.1, 0.9, 1),
        "target": Grid(0.1, 1.9, 1, signed),
    }  # fmt: skip
    for _ in range(TRIES):
        used: set[float] = set()
        given = {name: draw.array(graph[name].shape, grid, used) for name, grid in grids.items()}
        trace = PatchTrace(record(graph, given))
        if readable(trace, relu=level == 3):
            return Problem(trace, plan)
    raise ConfigError("No readable numbers were found for this patch.", given=f"level {level}")


def readable(trace: Trace, relu: bool) -> bool:
    """Whether nothing is too small, equal or at a kink; of a relu one place of four is shut."""
    recorded = trace.recorded
    net, error = recorded.values["net"], recorded.values["E"]
    slopes = recorded.gradients["net"]
    if np.abs(net).min() < KINK or not distinct(net) or error.min() < LEAST:
        return False
    if max(float(np.abs(net).max()), float(error.max())) > LARGEST:
        return False
    if relu and (net < 0).sum() != 1:
        return False
    shown = [recorded.gradients[name] for name in ("k", "b")]
    open_ = slopes[net > 0] if relu else slopes
    return min(float(np.abs(g).min()) for g in (*shown, open_)) >= LEAST and distinct(shown[0])
