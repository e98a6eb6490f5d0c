"""Compiled programs of whole epochs: the recorded passes under jit, their loops on the device.

The loops' lengths are traced, so that any number of epochs runs the same program: what is computed
cannot depend on how often somebody looks. The inner loop carries parameters and the optimizer's
state only; the epoch's decisions are scalars of the outer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from whygrad.engine.compiled import xp
from whygrad.numeric import Array

Arrays = Mapping[str, Array]
MOST_EPOCHS = 1_024  # rows of the record that one call fills at most
MOST_ORDERS = 2**18  # positions that are sent with one call
MOST_UPDATES = 16_384
MOST_ROWS = 2_048  # of the samples held back that are measured at once


class Program:
    """The compiled loops of a recipe (see training/recipe.py, which brings what they run)."""

    def __init__(self, recipe: Any) -> None:
        self.recipe = recipe
        self.columns: list[str] = []  # of the record, known when the program has been traced
        self.capacity = MOST_EPOCHS
        if recipe.shuffled:
            self.capacity = max(1, min(MOST_EPOCHS, MOST_ORDERS // recipe.samples))
        self.epochs = jax.jit(self._epochs)
        self.updates = jax.jit(self._updates)

    def forget(self) -> None:
        """Gives the memory of what was compiled back."""
        self.epochs.clear_cache()
        self.updates.clear_cache()

    # ---- one update -----------------------------------------------------------------------------

    def _taken(self, data: Arrays, order: Array | None, start: Any, rows: int) -> Arrays:
        """Some of the samples: in their order, or as they lie."""
        if rows == self.recipe.samples and order is None:
            return data
        if order is None:
            return {k: lax.dynamic_slice_in_dim(v, start, rows) for k, v in data.items()}
        at = lax.dynamic_slice_in_dim(order, start, rows)
        return {k: v.at[at].get(mode="promise_in_bounds") for k, v in data.items()}

    def _drawn(self, rows: int, done: Any, seed: Any) -> dict[str, Array]:
        """Masks and noise: functions of the seed and the update's number alone."""
        if not self.recipe.drawn:
            return {}
        key = jax.random.fold_in(jax.random.key(seed), done)
        found, dtype = {}, self.recipe.dtype
        for k, what in enumerate(self.recipe.drawn):
            of, shape = jax.random.fold_in(key, k), (rows, what.width)
            if hasattr(what, "deviation"):
                found[what.node] = what.deviation * jax.random.normal(of, shape, dtype)
            else:
                kept = jax.random.bernoulli(of, what.keep, shape)
                found[what.node] = jnp.asarray(kept, dtype) / what.divisor
        return found

    def _update(
        self, rows: int, data: Arrays, learned: Arrays, state: Any, done: Any, rest: Arrays
    ) -> Any:
        """rest: frozen parameters, the hyper-parameters, the plateau's factor."""
        recipe = self.recipe
        return recipe.update(
            xp,
            recipe.graph(rows),
            {**data, **self._drawn(rows, done, rest["hyper"]["seed"])},
            {**rest["frozen"], **learned},
            state,
            done,
            rest["factor"],
            rest["hyper"],
        )

    def _learned(self, parameters: Arrays) -> dict[str, Array]:
        return {name: parameters[name] for name in self.recipe.descent.learned}

    # ---- updates without measures ---------------------------------------------------------------

    def _updates(
        self,
        learned: Arrays,
        state: Any,
        frozen: Arrays,
        data: Arrays,
        order: Array | None,
        hyper: Arrays,
        first: Array,
        count: Array,
    ) -> tuple[Any, Any, Array]:
        """`count` updates after `first` others within one epoch's order: the loss before each."""
        recipe = self.recipe
        rest = {"frozen": frozen, "hyper": hyper, "factor": 1.0}

        def some(rows: int, start: Any, learned: Any, state: Any, done: Any) -> Any:
            batch = self._taken(data, order, start, rows)
            stepped = self._update(rows, batch, learned, state, done, rest)
            loss = jnp.reshape(stepped.values[recipe.graph(rows).output], ())
            return self._learned(stepped.parameters), stepped.state, loss

        def body(i: Any, carry: Any) -> Any:
            learned, state, losses = carry
            done = first + i
            at = done % recipe.per_epoch
            start = at * recipe.batch

            def full(learned: Any, state: Any) -> Any:
                return some(recipe.batch, start, learned, state, done)

            def rest_of(learned: Any, state: Any) -> Any:
                return some(recipe.last, start, learned, state, done)

            if recipe.last == recipe.batch:
                learned, state, loss = full(learned, state)
            else:
                short = at == recipe.per_epoch - 1
                learned, state, loss = lax.cond(short, rest_of, full, learned, state)
            return learned, state, losses.at[i].set(loss)

        losses = jnp.zeros((MOST_UPDATES,), recipe.dtype)
        return lax.fori_loop(0, count, body, (learned, state, losses))

    # ---- whole epochs ---------------------------------------------------------------------------

    def _epochs(
        self,
        learned: Arrays,
        state: Any,
        control: Mapping[str, Array],
        frozen: Arrays,
        data: Arrays,
        held: Mapping[str, Arrays],
        orders: Array | None,
        hyper: Arrays,
        first: Array,
        count: Array,
    ) -> tuple[Any, Any, Any, Array, Array]:
        """`count` epochs after `first` others, or up to the one after which training stops.

        Gives parameters, optimizer state, scalars of control, the record (a row an epoch), and
        how many epochs were run.
        """
        recipe = self.recipe

        def one(carry: Any) -> Any:
            e, learned, state, control, record = carry
            order = None if orders is None else orders[e]
            rest = {"frozen": frozen, "hyper": hyper, "factor": control["factor"]}
            learned, state, row = self._epoch(learned, state, data, held, order, first + e, rest)
            finite = jnp.isfinite(sum(v for k, v in row.items() if not k.startswith("test_")))
            control = recipe.stopping.after(xp, control, first + e + 1, row, finite)
            control = {k: jnp.asarray(v, carry[3][k].dtype) for k, v in control.items()}
            self.columns[:] = list(row)
            return e + 1, learned, state, control, record.at[e].set(jnp.stack([*row.values()]))

        def going(carry: Any) -> Any:
            return jnp.logical_and(carry[0] < count, carry[3]["stop"] == 0)

        shape = jax.eval_shape(
            lambda w, s: self._epoch(
                w, s, data, held, None if orders is None else orders[0], first,
                {"frozen": frozen, "hyper": hyper, "factor": control["factor"]},
            )[2],
            learned, state,
        )  # fmt: skip
        record = jnp.zeros((self.capacity, len(shape)), recipe.dtype)
        start = (jnp.zeros((), first.dtype), learned, state, control, record)
        e, learned, state, control, record = lax.while_loop(going, one, start)
        return learned, state, control, record, e

    def _epoch(
        self,
        learned: Any,
        state: Any,
        data: Arrays,
        held: Mapping[str, Arrays],
        order: Array | None,
        epoch: Any,
        rest: Any,
    ) -> Any:
        """All updates but the last, then the last, whose layers are monitored; then validation."""
        recipe = self.recipe
        before = epoch * recipe.per_epoch

        def some(rows: int, k: Any, learned: Any, state: Any) -> Any:
            batch = self._taken(data, order, k * recipe.batch, rows)
            stepped = self._update(rows, batch, learned, state, before + k, rest)
            return stepped, recipe.sums(
                xp, recipe.graph(rows), stepped.values, batch, rest["hyper"]
            )

        def body(k: Any, carry: Any) -> Any:
            learned, state, sums = carry
            stepped, found = some(recipe.batch, k, learned, state)
            return self._learned(stepped.parameters), stepped.state, added(sums, found)

        sums = {name: jnp.zeros((), recipe.dtype) for name in recipe.counted}
        early = recipe.per_epoch - 1
        if early:
            learned, state, sums = lax.fori_loop(0, early, body, (learned, state, sums))
        stepped, found = some(recipe.last, early, learned, state)
        after = self._learned(stepped.parameters)
        current = {**rest["frozen"], **after}
        measured = {
            name: self._watched(held[name], count, current, rest["hyper"])
            for name, count in recipe.watched
        }
        rate = recipe.rate(xp, before + early, rest["factor"], rest["hyper"])
        graph, sums = recipe.graph(recipe.last), added(sums, found)
        row = recipe.row(xp, graph, stepped, learned, sums, measured, rate)
        return after, stepped.state, {k: jnp.asarray(v, recipe.dtype) for k, v in row.items()}

    def _watched(self, held: Arrays, count: int, parameters: Arrays, hyper: Arrays) -> Any:
        """The sums of `count` rows held back, a block at a time: hidden layers of all are large."""
        recipe, size = self.recipe, min(MOST_ROWS, count)
        blocks, rest = divmod(count, size)

        def block(k: Any, sums: Any) -> Any:
            part = {n: lax.dynamic_slice_in_dim(v, k * size, size) for n, v in held.items()}
            return added(sums, recipe.evaluated(xp, size, part, parameters, hyper))

        sums: Any = {name: jnp.zeros((), recipe.dtype) for name in recipe.counted}
        sums = block(0, sums) if blocks == 1 else lax.fori_loop(0, blocks, block, sums)
        if rest:
            part = {n: v[blocks * size :] for n, v in held.items()}
            sums = added(sums, recipe.evaluated(xp, rest, part, parameters, hyper))
        return sums


def added(sums: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Two sets of sums as one."""
    return {k: sums[k] + jnp.asarray(more[k], sums[k].dtype) for k in sums}
