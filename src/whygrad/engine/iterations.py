"""Full-batch iterations as one compiled loop: measure, judge, step; alike for every solver.

The weights are one vector. A row of the record is measured at the weights that it stands for, the
first at those before the first step. A call begins by measuring where the last one ended, in the
very loop that measured there before: how often somebody looks changes no bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from whygrad.engine.compiled import xp
from whygrad.engine.evaluation import Arrays, Given, Losses
from whygrad.graph import Graph
from whygrad.models.flat import Shapes
from whygrad.numeric import Array

Memory = dict[str, Array]
MOST_ITERATIONS = 1_024  # rows of the record that one call fills at most
CONTROL = ("best", "best_iteration", "val_fails", "done", "stop")
RUNNING, GOAL, GRADIENT, CHECKS, STUCK, NOT_FINITE = range(6)


class Iterations(Losses):
    """The loop of a solver, which says how to measure and how to step.

    numbers: those of its state, which come as one vector, as the options do.
    """

    xp = xp
    kept: tuple[str, ...] = ()  # the numbers that it remembers, beside arrays of its own

    def __init__(self, shapes: Shapes, graphs: Mapping[str, Graph], options: Sequence[str]) -> None:
        super().__init__(shapes, graphs, options)
        self.numbers = (*CONTROL, *self.kept)
        self.run = jax.jit(self._run)

    def forget(self) -> None:
        """Gives the memory of what was compiled back."""
        self.run.clear_cache()

    # ---- what a solver says ---------------------------------------------------------------------

    def measured(self, w: Array, memory: Memory, fresh: Array, given: Given) -> Any:
        """At weights: a dict with loss, gradient (a norm) and what the step needs; the memory.

        fresh: False where these weights were measured before, and nothing may be estimated anew.
        """
        raise NotImplementedError

    def stepped(self, w: Array, memory: Memory, found: Arrays, given: Given) -> Any:
        """The weights after a step, and the memory."""
        raise NotImplementedError

    def stuck(self, memory: Memory, given: Given) -> Any:
        """Whether the last step could not be made."""
        return False

    # ---- what all have --------------------------------------------------------------------------

    def _judged(self, w: Array, s: Any, found: Arrays, held: Arrays, given: Given) -> Any:
        """The state after a row: whether it was the best, and whether to stop."""
        options = given["options"]
        done = s["done"] + 1
        after = {**s, "done": done}
        stop = jnp.where(self.stuck(s["memory"], given), STUCK, RUNNING)
        if "val" in held:
            counts = done > 0  # the start is not a result
            better = jnp.logical_and(counts, held["val"] < s["best"])
            after["best"] = jnp.where(better, held["val"], s["best"])
            after["best_iteration"] = jnp.where(better, done, s["best_iteration"])
            after["best_at"] = jnp.where(better, w, s["best_at"])
            fails = jnp.where(jnp.logical_or(better, done == 0), 0, s["val_fails"] + 1)
            after["val_fails"] = fails
            out_of_patience = jnp.logical_and(options["max_fail"] > 0, fails >= options["max_fail"])
            stop = jnp.where(out_of_patience, CHECKS, stop)
        stop = jnp.where(found["gradient"] <= options["min_gradient"], GRADIENT, stop)
        stop = jnp.where(found["loss"] <= options["goal"], GOAL, stop)
        finite = jnp.isfinite(found["loss"] + found["gradient"])
        after["stop"] = jnp.where(finite, stop, NOT_FINITE)
        return after

    def _run(self, w: Array, state: Any, given: Given, count: Array) -> Any:
        """`count` further iterations, or up to the one that ends the fit.

        Gives weights, state, record (row 0 is where it began), and how many rows were filled.
        """
        given = self.named(given)

        def one(carry: Any) -> Any:
            k, w, before, s, record = carry
            fresh = jnp.logical_or(k > 0, s["done"] < 0)
            found, memory = self.measured(w, s["memory"], fresh, given)
            s = {**s, "memory": memory}
            held = {part: self.loss_of(part, w, given) for part in self.graphs}
            judged = self._judged(w, s, found, held, given)
            s = in_types_of(
                jax.tree_util.tree_map(lambda a, b: jnp.where(fresh, a, b), judged, s), s
            )
            losses = {f"{part}_loss": loss for part, loss in held.items()}
            every = {**found, **s["memory"], **losses, "val_fails": s["val_fails"]}
            row = jnp.stack([jnp.asarray(every[name], w.dtype) for name in self.columns])
            record = record.at[k].set(row)
            further = jnp.logical_and(s["stop"] == RUNNING, k < count)
            after, memory = lax.cond(
                further,
                lambda: in_types_of(self.stepped(w, s["memory"], found, given), (w, s["memory"])),
                lambda: (w, s["memory"]),
            )
            # What is not finite is recorded, and the weights before it are kept.
            after = jnp.where(s["stop"] == NOT_FINITE, before, after)
            return k + 1, after, w, {**s, "memory": memory}, record

        def going(carry: Any) -> Any:
            return jnp.logical_and(carry[0] <= count, carry[3]["stop"] == RUNNING)

        record = jnp.zeros((MOST_ITERATIONS + 1, len(self.columns)), w.dtype)
        carry = (jnp.zeros((), count.dtype), w, w, self._unpacked(state), record)
        k, w, _, s, record = lax.while_loop(going, one, carry)
        return w, self._packed(s), record, k

    def _unpacked(self, state: Any) -> dict[str, Any]:
        """The state by name, the numbers of the memory with its arrays."""
        numbers = dict(zip(self.numbers, state["numbers"], strict=True))
        memory = {**state["memory"], **{name: numbers.pop(name) for name in self.kept}}
        best = {"best_at": state["best_at"]} if "best_at" in state else {}
        return {**numbers, **best, "memory": memory}

    def _packed(self, s: Any) -> dict[str, Any]:
        """The state as it travels: all numbers as one vector."""
        memory = dict(s["memory"])
        numbers = [s[name] for name in CONTROL] + [memory.pop(name) for name in self.kept]
        best = {"best_at": s["best_at"]} if "best_at" in s else {}
        return {"numbers": jnp.stack(numbers), "memory": memory, **best}


def in_types_of(tree: Any, like: Any) -> Any:
    """The same numbers in the types that they had."""
    return jax.tree_util.tree_map(lambda new, old: jnp.asarray(new, old.dtype), tree, like)
