"""Fits by a program, which equal fits share: compiled, or the same read with NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from whygrad.graph import Graph
from whygrad.training.course import Callback
from whygrad.training.descent import Descent
from whygrad.training.options import Options
from whygrad.training.programs import kept_program
from whygrad.training.recipe import network_key
from whygrad.training.solvers.fit import Fit
from whygrad.training.task import Arrays, Task
from whygrad.training.update import UPDATE_RULES, UpdateRule


class Programmed(Fit):
    """A fit by a program (engine/evaluation.py, iterations.py); a family says by which.

    eager: whether NumPy reads it: then JAX need not be there.
    """

    eager = False

    def __init__(self, task: Task, options: Options, callbacks: Sequence[Callback]) -> None:
        super().__init__(task, options, callbacks)
        self.where: Any = None
        if not self.eager:
            from whygrad.engine import compiled

            compiled.keep_programs()
            self.where = compiled.device_named(options.device)
        self.parts = {
            "train": task.data,
            **{k: v for k, v in (("val", task.held), ("test", task.test)) if v},
        }
        self.program = kept_program(self.program_key(), self.make_program)
        self.given: Any = None

    # ---- what a family says ---------------------------------------------------------------------

    def make_program(self) -> Any:
        """The program, to be compiled."""
        raise NotImplementedError

    def numbers(self) -> dict[str, Any]:
        """The numbers that the program reads."""
        return {"goal": self.goal, **self.constants}

    # ---- the program ----------------------------------------------------------------------------

    @property
    def engine(self) -> str:
        """What computes."""
        return "eager" if self.eager else "compiled"

    @property
    def device(self) -> str:
        """Where it computes."""
        return "cpu" if self.eager else str(self.where.platform)

    def held_graphs(self) -> dict[str, Graph]:
        """The loss of the samples held back, by part."""
        return {k: self.task.graph_of(len(v["x"])) for k, v in self.parts.items() if k != "train"}

    def options_read(self) -> tuple[str, ...]:
        """The names of the numbers that the program reads, in their order."""
        return tuple(sorted(self.numbers()))

    def program_key(self) -> Any:
        """Equal for fits that the same program runs."""
        task = self.task
        common = (type(self).__name__, self.options.l2 > 0, self.engine, self.device)
        if task.network is None:
            return common, id(task.traced), self.shapes
        rows = tuple((k, len(v["x"])) for k, v in self.parts.items())
        net = network_key(task.network, task.labels)
        return common, net, task.learned, rows, task.extras, self.dtype

    def sent(self) -> Any:
        """What stays the same in every call."""
        if self.given is None:
            numbers = self.numbers()
            self.given = {
                "frozen": self.frozen,
                "options": np.array([numbers[k] for k in self.program.options], self.dtype),
                **{name: self._part(part) for name, part in self.parts.items()},
            }
        return self.given

    def _part(self, data: Arrays) -> Arrays:
        return {**data, "y": data["y"].astype(np.int32)} if self.task.labels else data


class BySlope(Programmed):
    """A fit by the objective's slope: the loss, its penalty, and the gradient of that sum."""

    rule: UpdateRule = UPDATE_RULES["sgd"]

    def descent(self) -> Descent:
        """What adds the penalty to the loss and to its gradient; the rule where there is one."""
        task, l2 = self.task, self.options.l2
        weights = tuple(n for n in task.learned if task.network is None or n.startswith("W"))
        return Descent(self.rule, task.learned, weights, ("l2",) if l2 else ())

    def numbers(self) -> dict[str, Any]:
        """And the size of the penalty."""
        return {**super().numbers(), "l2": self.options.l2}

    def program_by(self, kind: Any) -> Any:
        """A program of this kind over the objective."""
        graphs, graph = self.held_graphs(), self.task.graph
        return kind(self.shapes, graphs, self.options_read(), graph, self.descent())
