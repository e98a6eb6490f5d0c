"""Sums of squares, compiled: Levenberg–Marquardt, and with Bayesian regularisation.

Residuals and their Jacobian are read off the recorded passes. Levenberg 1944, Marquardt 1963; for
networks Hagan and Menhaj 1994, whose damping schedule MATLAB's trainlm has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import cho_solve

from whygrad.engine.compiled import xp
from whygrad.engine.evaluation import Arrays, Given
from whygrad.engine.iterations import Iterations, Memory
from whygrad.forward import evaluate
from whygrad.graph import Graph
from whygrad.models.flat import Shapes
from whygrad.numeric import Array
from whygrad.reverse import backward

SMALLEST_MU = 1e-20
BLOCK = 1_024  # residuals whose rows of the Jacobian exist at once


class LeastSquares(Iterations):
    """Levenberg–Marquardt: (JᵀJ + μI)·Δw = −Jᵀe; μ falls after a step that lowers the error, and
    rises after one that does not.

    graph: of one sample, Σ outputs · chosen. out: its node of the outputs.
    """

    own: tuple[str, ...] = ("mu", "trials")
    kept: tuple[str, ...] = ("mu", "trials")

    def __init__(
        self,
        shapes: Shapes,
        graphs: Mapping[str, Graph],
        options: Sequence[str],
        graph: Graph,
        out: str,
        outputs: int,
    ) -> None:
        super().__init__(shapes, graphs, options)
        self.graph, self.out, self.outputs = graph, out, outputs

    # ---- residuals and Jacobian -----------------------------------------------------------------

    def _sample(self, x: Array, chosen: Array, parameters: Arrays) -> dict[str, Array]:
        """Every node's value for one sample."""
        return evaluate(self.graph, {"x": x[None], "chosen": chosen[None], **parameters}, xp)

    def _sse(self, w: Array, given: Given) -> Array:
        """Σ squared residuals."""
        data, parameters = given["train"], self.parameters(w, given)
        ones = jnp.ones(self.outputs, w.dtype)
        out = jax.vmap(lambda x: self._sample(x, ones, parameters)[self.out][0])(data["x"])
        return jnp.sum(weighted(out - data["y"], data) ** 2)

    def _rows(self, w: Array, data: Arrays, given: Given) -> tuple[Array, Array]:
        """Residuals (samples · outputs,) and ∂residual/∂weight, a backward pass for each row."""
        parameters = self.parameters(w, given)
        learned = [name for name, _ in self.shapes]

        def row(x: Array, chosen: Array) -> tuple[Array, Array]:
            values = self._sample(x, chosen, parameters)
            found = backward(self.graph, values, xp, only=learned)
            return values[self.out][0], jnp.concatenate([found[n].ravel() for n in learned])

        rows = jax.vmap(jax.vmap(row, (None, 0), (None, 0)), (0, None))
        out, J = rows(data["x"], jnp.eye(self.outputs, dtype=w.dtype))
        J = weighted(J, {k: v[..., None] for k, v in data.items()})
        return weighted(out - data["y"], data).ravel(), J.reshape(-1, J.shape[-1])

    def _normal_equations(self, w: Array, given: Given) -> tuple[Array, Array, Array]:
        """JᵀJ, Jᵀe and eᵀe, some samples at a time: the whole Jacobian never exists."""
        data = given["train"]
        samples = len(data["x"])
        size = min(samples, max(1, BLOCK // self.outputs))
        blocks, rest = divmod(samples, size)

        def of(start: Any, rows: int) -> tuple[Array, Array, Array]:
            part = {k: lax.dynamic_slice_in_dim(v, start, rows) for k, v in data.items()}
            e, J = self._rows(w, part, given)
            return J.T @ J, J.T @ e, e @ e

        def more(k: Any, sums: Any) -> Any:
            return jax.tree_util.tree_map(jnp.add, sums, of(k * size, size))

        # What is left over comes first: each part that is traced takes a second to compile.
        sums = of(blocks * size, rest) if rest else of(0, size)
        if blocks > (0 if rest else 1):
            sums = lax.fori_loop(0 if rest else 1, blocks, more, sums)
        return sums

    # ---- an iteration ---------------------------------------------------------------------------

    def measured(self, w: Array, memory: Memory, fresh: Array, given: Given) -> Any:
        """loss = share · Σ e², its gradient's norm 2·share·‖Jᵀe‖, and the normal equations."""
        A, g, sse = self._normal_equations(w, given)
        share = given["options"]["share"]
        found = {"loss": share * sse, "gradient": 2 * share * jnp.linalg.norm(g)}
        return {**found, "A": A, "g": g, "error": sse}, memory

    def stepped(self, w: Array, memory: Memory, found: Arrays, given: Given) -> Any:
        """The first step that lowers the error, μ rising before each further one."""
        A, g, here = found["A"], found["g"], jnp.eye(len(w), dtype=w.dtype)

        def step(mu: Array) -> Array:
            factor = jnp.linalg.cholesky(A + mu * here)  # NaN where it is singular: μ then rises
            return w - cho_solve((factor, True), g)

        return damped(step, lambda at: self._sse(at, given), w, memory, found["error"], given)

    def stuck(self, memory: Memory, given: Given) -> Any:
        """Whether μ is over its maximum."""
        return memory["mu"] > given["options"]["mu_max"]


class BayesianLeastSquares(LeastSquares):
    """Levenberg–Marquardt on F = β·E_D + α·E_W, with α and β estimated from the data.

    E_D = Σ e², E_W = Σ w². After each step γ = Σ βλᵢ / (βλᵢ + α), λ the eigenvalues of JᵀJ, the
    effective number of parameters; α = γ / 2E_W, β = (n − γ) / 2E_D (MacKay 1992, section 4;
    with the Gauss–Newton Hessian Foresee and Hagan 1997; MATLAB's trainbr). The first step is made
    with the α and β that are given; where β is 0, both are estimated before it, with γ = p.
    """

    own = ("mu", "trials", "sse", "ssw", "gamma", "alpha", "beta")
    kept = ("mu", "trials", "gamma", "alpha", "beta")

    def measured(self, w: Array, memory: Memory, fresh: Array, given: Given) -> Any:
        """The loss is the data's alone; the gradient is that of F, in the loss's units."""
        A, g, sse = self._normal_equations(w, given)
        options, ssw = given["options"], w @ w
        eigenvalues, V = jnp.linalg.eigh(A)
        eigenvalues = jnp.maximum(eigenvalues, 0)
        curved, alpha = memory["beta"] * eigenvalues, memory["alpha"]
        # Where no weight is held by α yet, every parameter counts.
        gamma = jnp.where(alpha > 0, jnp.sum(curved / (curved + alpha)), 1.0 * len(w))
        beta = (options["residuals"] - gamma) / (2 * sse)
        new = {
            "gamma": gamma,
            "alpha": jnp.where(ssw > 0, gamma / (2 * ssw), 1.0),
            "beta": jnp.where(jnp.logical_and(beta > 0, jnp.isfinite(beta)), beta, 1.0),
        }
        given_first = jnp.logical_and(memory["trials"] == 0, memory["beta"] > 0)
        anew = jnp.logical_and(fresh, jnp.logical_not(given_first))
        memory = {**memory, **{k: jnp.where(anew, v, memory[k]) for k, v in new.items()}}
        uphill = g + memory["alpha"] / memory["beta"] * w
        share = options["share"]
        return {
            "loss": share * sse, "gradient": 2 * share * jnp.linalg.norm(uphill),
            "sse": sse, "ssw": ssw, "g": g, "eigenvalues": eigenvalues, "V": V,
        }, memory  # fmt: skip

    def stepped(self, w: Array, memory: Memory, found: Arrays, given: Given) -> Any:
        """(βJᵀJ + (μ + α)I)·Δw = −(βJᵀe + αw), in the directions of the eigenvectors."""
        alpha, beta, V = memory["alpha"], memory["beta"], found["V"]
        uphill = V.T @ (beta * found["g"] + alpha * w)

        def step(mu: Array) -> Array:
            return w - V @ (uphill / (beta * found["eigenvalues"] + alpha + mu))

        def error(at: Array) -> Array:
            return beta * self._sse(at, given) + alpha * (at @ at)

        return damped(step, error, w, memory, beta * found["sse"] + alpha * found["ssw"], given)


def damped(
    step: Callable[[Array], Array],
    error: Callable[[Array], Array],
    w: Array,
    memory: Memory,
    now: Array,
    given: Given,
) -> tuple[Array, Memory]:
    """Marquardt's search for a damping whose step lowers the error, at most up to mu_max."""
    options = given["options"]

    def try_one(trial: Any) -> Any:
        mu, _, _, trials = trial
        there = step(mu)
        lower = error(there) < now
        nxt = jnp.where(lower, mu * options["mu_dec"], mu * options["mu_inc"])
        return nxt, jnp.where(lower, there, w), lower, trials + 1

    def go_on(trial: Any) -> Any:
        return jnp.logical_and(jnp.logical_not(trial[2]), trial[0] <= options["mu_max"])

    start = (memory["mu"], w, jnp.zeros((), bool), jnp.zeros((), w.dtype))
    mu, after, _, trials = lax.while_loop(go_on, try_one, start)
    return after, {**memory, "mu": jnp.maximum(mu, SMALLEST_MU), "trials": trials}


def weighted(rows: Array, data: Arrays) -> Array:
    """Rows a sample and output, times the root of the sample's weight; none of unknown targets."""
    if "weight" in data:
        rows = rows * jnp.sqrt(data["weight"])[:, None]
    return rows * data["known"] if "known" in data else rows
