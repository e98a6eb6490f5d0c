"""Solvers that need a loss and its gradient alone, compiled: scaled conjugate gradient, Rprop."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from whygrad.engine.compiled import xp
from whygrad.engine.evaluation import Arrays, Evaluated, Given, Objective
from whygrad.engine.iterations import Iterations, Memory
from whygrad.numeric import Array

SMALLEST_LAMBDA = 1e-20


class Slope(Objective, Iterations):
    """A loop over the objective's slope."""

    def measured(self, w: Array, memory: Memory, fresh: Array, given: Given) -> Any:
        """The slope, and its norm."""
        found = self.slope(w, given)
        return {**found, "gradient": jnp.linalg.norm(found["g"])}, memory


class ScaledConjugateGradient(Slope):
    """Møller 1993, the algorithm of his section 4: conjugate directions without a line search.

    The curvature along a direction p is δ = pᵀ(E′(w + σp/‖p‖) − E′(w))·‖p‖/σ + λ‖p‖²; λ makes it
    positive, and falls or rises as the quadratic model foretold the step well or badly.
    """

    own = ("lambda", "step", "trials")
    kept = ("lambda", "step", "trials", "slope", "made")

    def stepped(self, w: Array, memory: Memory, found: Arrays, given: Given) -> Any:
        """The first step along the next direction that lowers the objective, λ rising before it."""
        options = given["options"]
        r, made = -found["g"], memory["made"]
        turn = (r @ r - r @ memory["r"]) / memory["slope"]
        along = jnp.where(made % len(w) == 0, r, r + turn * memory["p"])
        # A direction that rounding has turned uphill is given up for the steepest one.
        p = jnp.where(along @ r > 0, along, r)
        length2, slope = p @ p, p @ r
        sigma = options["sigma"] / jnp.sqrt(length2)
        curvature = p @ (self.slope(w + sigma * p, given)["g"] + r) / sigma

        def try_one(trial: Any) -> Any:
            lam, raised, delta, _, _, trials = trial
            delta = delta + (lam - raised) * length2
            negative = delta <= 0
            raised = jnp.where(negative, 2 * (lam - delta / length2), raised)
            delta = jnp.where(negative, -delta + lam * length2, delta)
            lam = jnp.where(negative, raised, lam)
            alpha = slope / delta
            reached = self.objective(w + alpha * p, given)
            fit = 2 * delta * (found["objective"] - reached) / slope**2
            good = fit >= 0
            low = jnp.logical_and(good, fit >= 0.75)
            poor = jnp.logical_not(fit >= 0.25)
            worse = jnp.where(jnp.isfinite(fit), lam + delta * (1 - fit) / length2, 4 * lam)
            raised = jnp.where(good, 0.0, lam)
            lam = jnp.where(low, lam / 4, jnp.where(poor, worse, lam))
            lam = jnp.maximum(lam, SMALLEST_LAMBDA)
            return lam, raised, delta, good, alpha, trials + 1

        def go_on(trial: Any) -> Any:
            return jnp.logical_and(jnp.logical_not(trial[3]), trial[0] <= options["lambda_max"])

        zero = jnp.zeros((), w.dtype)
        start = (memory["lambda"], zero, curvature, jnp.zeros((), bool), zero, zero)
        lam, _, _, good, alpha, trials = lax.while_loop(go_on, try_one, start)
        alpha = jnp.where(good, alpha, 0.0)
        return w + alpha * p, {
            "lambda": lam, "step": alpha * jnp.sqrt(length2), "trials": trials,
            "r": r, "p": p, "slope": slope, "made": made + 1,
        }  # fmt: skip

    def stuck(self, memory: Memory, given: Given) -> Any:
        """Whether λ is over its maximum."""
        return memory["lambda"] > given["options"]["lambda_max"]


class ByRule(Slope):
    """An update rule (see training/update.py) that sees all samples at every update."""

    own = ("step",)
    kept = ("step", "made")

    def stepped(self, w: Array, memory: Memory, found: Arrays, given: Given) -> Any:
        """The rule's step of every weight."""
        kept = {k: v for k, v in memory.items() if k not in self.kept}
        made, rule = memory["made"] + 1, self.descent.rule
        options = {k: given["options"][k] for k, _ in rule.options}
        delta, kept = rule.step(xp, w, found["g"], kept, 1.0, made, **options)
        return w + delta, {**kept, "made": made, "step": jnp.linalg.norm(delta)}


class EvaluatedCompiled(Evaluated):
    """The slope for a loop that is somebody else's, compiled."""

    xp = xp

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._at, self._held = jax.jit(super().at), jax.jit(super().held)

    def forget(self) -> None:
        """Gives the memory of what was compiled back."""
        self._at.clear_cache()
        self._held.clear_cache()

    def at(self, w: Array, given: Given) -> Array:
        """The loss, the objective, its gradient, in one vector."""
        return self._at(w, given)

    def held(self, w: Array, given: Given) -> Array:
        """The losses of what is held back, in the order of its parts."""
        return self._held(w, given)
