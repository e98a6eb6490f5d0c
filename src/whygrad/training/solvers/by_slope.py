"""Fits by the loss and its gradient alone: scaled conjugate gradient, Rprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from whygrad.training.descent import Descent
from whygrad.training.solvers.fit import Fit
from whygrad.training.solvers.looping import Looping
from whygrad.training.task import Task
from whygrad.training.update import RESILIENT, UPDATE_RULES, UpdateRule


def descent_of(task: Task, l2: float, rule: UpdateRule = UPDATE_RULES["sgd"]) -> Descent:
    """What adds the penalty to the loss and to its gradient."""
    weights = tuple(n for n in task.learned if task.network is None or n.startswith("W"))
    return Descent(rule, task.learned, weights, ("l2",) if l2 else ())


class BySlope(Looping):
    """A loop over the objective's slope."""

    def descent(self) -> Descent:
        """The penalties, and the rule where there is one."""
        return descent_of(self.task, self.options.l2)

    def numbers(self) -> dict[str, Any]:
        """And the size of the penalty."""
        return {**super().numbers(), "l2": self.options.l2}

    def loop(self, kind: Any) -> Any:
        """A loop of this kind over the objective."""
        graphs, graph = self.held_graphs(), self.task.graph
        return kind(self.shapes, graphs, self.options_read(), graph, self.descent())


class ConjugateGradient(BySlope):
    """Scaled conjugate gradient (Møller 1993; constants as MATLAB's trainscg has them)."""

    title: ClassVar[str] = "Scaled conjugate gradient"
    defaults: ClassVar[Mapping[str, float]] = {
        "sigma": 5e-5, "lambda": 5e-7, "lambda_max": 1e10, "min_gradient": 1e-6, "max_fail": 6,
    }  # fmt: skip
    rising: ClassVar[str] = "lambda"

    def make_program(self) -> Any:
        """The loop of conjugate directions."""
        from whygrad.engine.slope import ScaledConjugateGradient

        return self.loop(ScaledConjugateGradient)

    def memory(self) -> dict[str, Any]:
        """λ; the last direction, residual and slope; directions since the start."""
        zeros = np.zeros_like(self.weights)
        return {
            "lambda": self.constants["lambda"], "step": 0, "trials": 0, "slope": 1, "made": 0,
            "r": zeros, "p": zeros,
        }  # fmt: skip


class Resilient(BySlope):
    """Rprop with weight backtracking (Riedmiller and Braun 1993; constants as MATLAB's trainrp)."""

    title: ClassVar[str] = "Rprop"
    rule: ClassVar[UpdateRule] = RESILIENT["rprop"]
    defaults: ClassVar[Mapping[str, float]] = {
        **dict(RESILIENT["rprop"].options), "min_gradient": 1e-5, "max_fail": 6,
    }  # fmt: skip

    def descent(self) -> Descent:
        """The rule with the constants of this fit."""
        return descent_of(self.task, self.options.l2, self.rule)

    def make_program(self) -> Any:
        """The loop of the rule."""
        from whygrad.engine.slope import ByRule

        return self.loop(ByRule)

    def memory(self) -> dict[str, Any]:
        """What the rule remembers of each weight."""
        options = {k: self.constants[k] for k, _ in self.rule.options}
        kept = self.rule.with_options(**options).init({"w": self.weights})["w"]
        return {**kept, "made": 0, "step": 0}


class ResilientWithout(Resilient):
    """iRprop⁻, without backtracking (Igel and Hüsken 2000; PyTorch's Rprop)."""

    title: ClassVar[str] = "iRprop⁻"
    rule: ClassVar[UpdateRule] = RESILIENT["irprop-"]


FITS: dict[str, type[Fit]] = {
    "scg": ConjugateGradient,
    "rprop": Resilient,
    "irprop-": ResilientWithout,
}
