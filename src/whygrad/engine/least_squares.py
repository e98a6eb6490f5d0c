"""The compiled Levenberg–Marquardt iteration: residuals and Jacobian from the recorded passes.

Levenberg 1944, Marquardt 1963; for networks Hagan and Menhaj 1994, whose damping schedule MATLAB's
trainlm has: (JᵀJ + μI)·Δw = −Jᵀe, μ falls after a step that lowers the error and rises after one
that does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from whygrad.engine.compiled import xp
from whygrad.forward import evaluate
from whygrad.graph import Graph
from whygrad.models.flat import moved
from whygrad.numeric import Array
from whygrad.reverse import backward

Arrays = Mapping[str, Array]
SMALLEST_MU = 1e-20
MOST_ITERATIONS = 1_024  # rows of the record that one call fills at most
COLUMNS = ("loss", "gradient", "mu", "trials", "val_loss", "val_fails")
RUNNING, GOAL, GRADIENT, MU, CHECKS, NOT_FINITE = range(6)


class LeastSquares:
    """Iterations for a network's graph of one sample, Σ outputs · chosen.

    learned: names and shapes of what is fitted. share: loss = share · Σ squared residuals.
    """

    def __init__(
        self, graph: Graph, out: str, learned: tuple[str, ...], outputs: int, held: bool
    ) -> None:
        self.graph, self.out, self.learned = graph, out, learned
        self.outputs, self.held = outputs, held
        self.run = jax.jit(self._run)

    def forget(self) -> None:
        """Gives the memory of what was compiled back."""
        self.run.clear_cache()

    # ---- residuals and Jacobian -----------------------------------------------------------------

    def residuals(self, learned: Arrays, frozen: Arrays, data: Arrays) -> Array:
        """outputs − targets (samples, outputs)."""

        def one(x: Array) -> Array:
            given = {"x": x[None], "chosen": jnp.ones((1, self.outputs)), **frozen, **learned}
            return evaluate(self.graph, given, xp)[self.out][0]

        return jax.vmap(one)(data["x"]) - data["y"]

    def jacobian(self, learned: Arrays, frozen: Arrays, data: Arrays) -> Array:
        """∂residual/∂parameter (samples · outputs, parameters): a backward pass for each row."""

        def row(x: Array, chosen: Array) -> Array:
            given = {"x": x[None], "chosen": chosen[None], **frozen, **learned}
            values = evaluate(self.graph, given, xp)
            found = backward(self.graph, values, xp, only=self.learned)
            return jnp.concatenate([found[name].ravel() for name in self.learned])

        rows = jax.vmap(jax.vmap(row, (None, 0)), (0, None))
        found = rows(data["x"], jnp.eye(self.outputs))
        return found.reshape(-1, found.shape[-1])

    # ---- the loop -------------------------------------------------------------------------------

    def _run(
        self,
        learned: Arrays,
        state: Arrays,
        frozen: Arrays,
        data: Arrays,
        held: Arrays,
        options: Arrays,
        count: Array,
    ) -> Any:
        """`count` iterations, or up to the one that ends the fit: parameters, state, record.

        state: mu, stop, best (the lowest validation loss, its parameters), val_fails.
        """

        def sse(w: Arrays) -> Array:
            return jnp.sum(self.residuals(w, frozen, data) ** 2)

        def val_loss(w: Arrays) -> Array:
            if not self.held:
                return jnp.zeros(())
            return options["held_share"] * jnp.sum(self.residuals(w, frozen, held) ** 2)

        def one(carry: Any) -> Any:
            k, w, s, record = carry
            e = self.residuals(w, frozen, data).ravel()
            J = self.jacobian(w, frozen, data)
            A, g, now = J.T @ J, J.T @ e, jnp.sum(e**2)
            gradient = 2 * options["share"] * jnp.linalg.norm(g)

            def try_one(trial: Any) -> Any:
                mu, _, _, trials = trial
                damped = A + mu * jnp.eye(len(g))
                after = moved(w, self.learned, -jnp.linalg.solve(damped, g))
                reached = sse(after)
                worse = jnp.logical_not(reached < now)
                nxt = jnp.where(worse, mu * options["mu_inc"], mu)
                kept = {n: jnp.where(worse, w[n], after[n]) for n in w}
                return nxt, kept, jnp.where(worse, now, reached), trials + 1

            def go_on(trial: Any) -> Any:
                # A step was found as soon as the error fell; it is found at once at most once.
                return jnp.logical_and(trial[2] >= now, trial[0] <= options["mu_max"])

            at_rest = jnp.logical_or(
                gradient <= options["min_gradient"], options["share"] * now <= options["goal"]
            )
            start = (jnp.where(at_rest, jnp.inf, s["mu"]), w, now, 0)
            mu, after, reached, trials = lax.while_loop(go_on, try_one, start)
            mu = jnp.where(at_rest, s["mu"], mu)
            found = reached < now
            mu = jnp.where(found, jnp.maximum(mu * options["mu_dec"], SMALLEST_MU), mu)
            loss, checked = options["share"] * reached, val_loss(after)
            better = checked < s["best"]
            fails = jnp.where(better, 0, s["val_fails"] + 1) if self.held else s["val_fails"]
            stop = jnp.where(mu > options["mu_max"], MU, RUNNING)
            stop = jnp.where(fails >= options["max_fail"], CHECKS, stop) if self.held else stop
            stop = jnp.where(gradient <= options["min_gradient"], GRADIENT, stop)
            stop = jnp.where(loss <= options["goal"], GOAL, stop)
            stop = jnp.where(jnp.isfinite(now + gradient), stop, NOT_FINITE)
            row = [loss, gradient, mu, trials, checked, fails]
            record = record.at[k].set(jnp.stack([jnp.asarray(v, float) for v in row]))
            state = {
                "mu": mu, "stop": stop, "val_fails": fails,
                "best": jnp.where(better, checked, s["best"]),
                "best_iteration": jnp.where(better, s["done"] + 1, s["best_iteration"]),
                "best_at": {n: jnp.where(better, after[n], s["best_at"][n]) for n in w},
                "done": s["done"] + 1,
            }  # fmt: skip
            state = jax.tree_util.tree_map(lambda new, old: new.astype(old.dtype), state, s)
            return k + 1, after, state, record

        def going(carry: Any) -> Any:
            return jnp.logical_and(carry[0] < count, carry[2]["stop"] == RUNNING)

        record = jnp.zeros((MOST_ITERATIONS, len(COLUMNS)))
        carry = (jnp.zeros((), count.dtype), learned, state, record)
        k, learned, state, record = lax.while_loop(going, one, carry)
        return learned, state, record, k
