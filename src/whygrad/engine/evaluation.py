"""Losses, and the slope of an objective, as functions of one vector of weights; read with any xp.

NumPy reads them as they stand; engine/iterations.py and slope.py read the same with JAX.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whygrad import numeric
from whygrad.forward import evaluate
from whygrad.graph import Graph
from whygrad.models.flat import Shapes, parted
from whygrad.numeric import Array, Namespace
from whygrad.reverse import backward

Arrays = Mapping[str, Array]
Given = Mapping[str, Any]  # "frozen", "train", "val", "test": arrays by name; "options": numbers


class Losses:
    """The losses of samples held back, and the columns of a record that has them.

    shapes: of what is fitted. graphs: the loss of the samples that are held back ("val", "test").
    options: names of the numbers that are read; they come as one vector: a call takes as long as
    it has arguments.
    """

    xp: Namespace = numeric.xp  # what the graphs are read with
    loss_columns: tuple[str, ...] = ("loss",)
    own: tuple[str, ...] = ()  # the solver's columns of the record, beside loss and gradient

    def __init__(self, shapes: Shapes, graphs: Mapping[str, Graph], options: Sequence[str]) -> None:
        self.shapes, self.graphs, self.options = shapes, dict(graphs), tuple(options)
        held = [f"{part}_loss" for part in self.graphs]
        fails = ["val_fails"] if "val" in self.graphs else []
        self.columns = (*self.loss_columns, "gradient", *self.own, *held, *fails)

    def parameters(self, w: Array, given: Given) -> dict[str, Array]:
        """Everything that the graph calls a parameter."""
        return {**given["frozen"], **parted(w, self.shapes)}

    def named(self, given: Given) -> dict[str, Any]:
        """What is given, with the options by name."""
        return {**given, "options": dict(zip(self.options, given["options"], strict=True))}

    def loss_of(self, part: str, w: Array, given: Given) -> Array:
        """The loss of samples held back."""
        graph = self.graphs[part]
        values = evaluate(graph, {**given[part], **self.parameters(w, given)}, self.xp)
        return self.xp.reshape(values[graph.output], ())


class Objective(Losses):
    """The objective (the loss and its penalty) and the gradient of that very sum.

    graph: the loss of all samples that train. descent: its penalties (see training/descent.py).
    """

    def __init__(
        self,
        shapes: Shapes,
        graphs: Mapping[str, Graph],
        options: Sequence[str],
        graph: Graph,
        descent: Any,
    ) -> None:
        if descent.strengths:
            self.loss_columns = ("loss", "objective")
        super().__init__(shapes, graphs, options)
        self.graph, self.descent = graph, descent

    def slope(self, w: Array, given: Given) -> dict[str, Array]:
        """loss, objective and the objective's gradient g (weights,)."""
        xp, parameters = self.xp, self.parameters(w, given)
        values = evaluate(self.graph, {**given["train"], **parameters}, xp)
        found = backward(self.graph, values, xp, only=self.descent.learned)
        raw = {n: found.get(n, xp.broadcast_to(0.0 * w[:1], shape)) for n, shape in self.shapes}
        raw = self.descent.adjusted(xp, raw, parameters, given["options"])
        g = xp.concatenate(
            *(xp.reshape(xp.broadcast_to(raw[n], shape), (-1,)) for n, shape in self.shapes), axis=0
        )
        loss = xp.reshape(values[self.graph.output], ())
        return {"loss": loss, "objective": loss + self._penalty(parameters, given), "g": g}

    def objective(self, w: Array, given: Given) -> Array:
        """The objective alone."""
        parameters = self.parameters(w, given)
        values = evaluate(self.graph, {**given["train"], **parameters}, self.xp)
        return self.xp.reshape(values[self.graph.output], ()) + self._penalty(parameters, given)

    def _penalty(self, parameters: Arrays, given: Given) -> Any:
        return self.descent.penalty(self.xp, parameters, given["options"])


class Evaluated(Objective):
    """The slope by NumPy, for a loop that is somebody else's."""

    own = ("step", "evaluations")

    def forget(self) -> None:
        """Nothing was compiled."""

    def at(self, w: Array, given: Given) -> Array:
        """The loss, the objective, its gradient, in one vector."""
        found = self.slope(w, self.named(given))
        numbers = [self.xp.reshape(found[name], (1,)) for name in ("loss", "objective")]
        return self.xp.concatenate(*numbers, found["g"], axis=0)

    def held(self, w: Array, given: Given) -> Array:
        """The losses of what is held back, in the order of its parts."""
        losses = [self.xp.reshape(self.loss_of(part, w, given), (1,)) for part in self.graphs]
        return self.xp.concatenate(*losses, axis=0)
