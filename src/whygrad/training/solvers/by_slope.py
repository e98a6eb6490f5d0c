"""Fits by the loss and its gradient alone: scaled conjugate gradient, Rprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from whygrad.training.solvers.looping import Looping
from whygrad.training.solvers.programmed import BySlope
from whygrad.training.update import RESILIENT, UpdateRule


class ConjugateGradient(BySlope, Looping):
    """Scaled conjugate gradient (Møller 1993; constants as MATLAB's trainscg has them)."""

    title: ClassVar[str] = "Scaled conjugate gradient"
    defaults: ClassVar[Mapping[str, float]] = {
        "sigma": 5e-5, "lambda": 5e-7, "lambda_max": 1e10, "min_gradient": 1e-6, "max_fail": 6,
    }  # fmt: skip
    rising: ClassVar[str] = "lambda"

    def make_program(self) -> Any:
        """The loop of conjugate directions."""
        from whygrad.engine.slope import ScaledConjugateGradient

        return self.program_by(ScaledConjugateGradient)

    def memory(self) -> dict[str, Any]:
        """λ; the last direction, residual and slope; directions since the start."""
        zeros = np.zeros_like(self.weights)
        return {
            "lambda": self.constants["lambda"], "step": 0, "trials": 0, "slope": 1, "made": 0,
            "r": zeros, "p": zeros,
        }  # fmt: skip


class Resilient(BySlope, Looping):
    """Rprop with weight backtracking (Riedmiller and Braun 1993; constants as MATLAB's trainrp)."""

    title: ClassVar[str] = "Rprop"
    rule: UpdateRule = RESILIENT["rprop"]
    defaults: ClassVar[Mapping[str, float]] = {
        **dict(RESILIENT["rprop"].options), "min_gradient": 1e-5, "max_fail": 6,
    }  # fmt: skip

    def make_program(self) -> Any:
        """The loop of the rule."""
        from whygrad.engine.slope import ByRule

        return self.program_by(ByRule)

    def memory(self) -> dict[str, Any]:
        """What the rule remembers of each weight."""
        options = {k: self.constants[k] for k, _ in self.rule.options}
        kept = self.rule.with_options(**options).init({"w": self.weights})["w"]
        return {**kept, "made": 0, "step": 0}


class ResilientWithout(Resilient):
    """iRprop⁻, without backtracking (Igel and Hüsken 2000; PyTorch's Rprop)."""

    title: ClassVar[str] = "iRprop⁻"
    rule: UpdateRule = RESILIENT["irprop-"]
