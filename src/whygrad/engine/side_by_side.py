"""The compiled loops of several nets at once: the program of one net, batched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax

from whygrad.engine.program import Arrays, Program
from whygrad.numeric import Array

MOST_EPOCHS = 64  # of one call: every net sends its orders with it
# Several calls run at once, each on a core of its own: threads inside of one would be in the way.
ONE_CORE = {"xla_cpu_multi_thread_eigen": False}


class SideBySide(Program):
    """The loops of a recipe for several nets that share the data and nothing else.

    on_cores: whether calls run side by side on the cores of a CPU.
    """

    def __init__(self, recipe: Any, on_cores: bool) -> None:
        super().__init__(recipe)
        self.capacity = min(self.capacity, MOST_EPOCHS)
        self.all_epochs = jax.jit(self._all_epochs, compiler_options=ONE_CORE if on_cores else None)

    def forget(self) -> None:
        """Gives the memory of what was compiled back."""
        super().forget()
        self.all_epochs.clear_cache()

    def _all_epochs(
        self,
        learned: Arrays,
        state: Any,
        control: Mapping[str, Array],
        orders: Array | None,
        seeds: Array,
        frozen: Arrays,
        data: Arrays,
        held: Mapping[str, Arrays],
        hyper: Arrays,
        first: Array,
        count: Array,
    ) -> Any:
        """What `_epochs` gives, of each net: all but the data has a first axis of nets.

        A net that has stopped stays as it is while the others go on.
        """

        def one(learned: Any, state: Any, control: Any, orders: Any, seed: Any) -> Any:
            own = {**hyper, "seed": seed}
            return self._epochs(
                learned, state, control, frozen, data, held, orders, own, first, count
            )

        nets = learned, state, control, orders, seeds
        if len(seeds) > 1:
            return jax.vmap(one)(*nets)
        # A net of its own: a batch of one would be computed as a batch, which takes longer.
        alone = jax.tree_util.tree_map(lambda a: a[0], nets)
        return jax.tree_util.tree_map(lambda a: a[None], one(*alone))
