"""The compiled way: programs of the recipe (engine/program.py), NumPy in, NumPy out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from whygrad.engine import compiled
from whygrad.engine.program import MOST_UPDATES, Program
from whygrad.training.plan import Plan
from whygrad.training.programs import kept_program
from whygrad.training.recipe import Recipe
from whygrad.training.task import Arrays, Task
from whygrad.training.ways import Row, State, hyper_parameters


class Compiled:
    """Many updates, or epochs, in one call of a compiled program."""

    def __init__(self, task: Task, plan: Plan, recipe: Recipe) -> None:
        self.task, self.plan, self.recipe = task, plan, recipe
        compiled.keep_programs()
        self.device = compiled.device_named(plan.options.device)
        self.platform = str(self.device.platform)
        self.program = self._program()
        self.most = self.program.capacity if plan.epochs is not None else MOST_UPDATES
        self.frozen = {k: v for k, v in task.parameters.items() if k not in task.learned}
        # What stays the same in every call is sent once.
        hyper = hyper_parameters(plan, task, np.dtype(recipe.dtype).type)
        self.hyper, self.resting = self._on_device((hyper, self.frozen))
        self._sent: dict[str, Any] = {}
        self._ready: dict[int, np.ndarray] = {}  # orders of the next epochs

    def _program(self) -> Any:
        return kept_program((self.recipe.key, str(self.device)), lambda: Program(self.recipe))

    def data(self, which: str) -> Any:
        """Samples on the device, sent once."""
        if which not in self._sent:
            import jax

            parts = {"data": self.task.data, "val": self.task.held, "test": self.task.test}
            arrays = parts[which] or {}
            if self.task.labels and arrays:
                arrays = {**arrays, "y": arrays["y"].astype(np.int32)}
            self._sent[which] = {k: jax.device_put(v, self.device) for k, v in arrays.items()}
        return self._sent[which]

    def _watched(self) -> dict[str, Any]:
        """The samples that are only measured, by part."""
        return {name: self.data(name) for name, _ in self.recipe.watched}

    def _on_device(self, tree: Any) -> Any:
        import jax

        with compiled.computing(self.recipe.dtype, self.device):
            return jax.device_put(tree, self.device)

    def _learned(self, parameters: Arrays) -> Arrays:
        return {name: parameters[name] for name in self.task.learned}

    # ---- updates --------------------------------------------------------------------------------

    def updates(self, state: State, count: int) -> tuple[np.ndarray, State]:
        """Updates up to `count`, within one epoch, or up to the first that cannot be made."""
        if not self.recipe.whole:
            count = min(count, self.recipe.per_epoch - state.done % self.recipe.per_epoch)
        count = min(count, MOST_UPDATES)
        learned, optimizer, losses = self._updated(state, count)
        good = np.isfinite(losses)
        made = count if good.all() else int(np.argmin(good))
        if made == count and not all(np.isfinite(v).all() for v in learned.values()):
            made = count - 1
        if made < count:
            if made == 0:
                return np.array([]), state  # NumPy says what it is
            learned, optimizer, losses = self._updated(state, made)

        def before() -> Arrays:
            return {**self.frozen, **self._updated(state, made - 1)[0]}

        after = {**self.frozen, **learned}
        return losses, State(state.done + made, after, before, optimizer)

    def _updated(self, state: State, count: int) -> tuple[Arrays, Any, np.ndarray]:
        with compiled.computing(self.recipe.dtype, self.device):
            order = None
            if self.recipe.shuffled:
                order = self._order(state.done // self.recipe.per_epoch)
            learned, optimizer, losses = self.program.updates(
                self._learned(state.parameters), state.optimizer, self.resting, self.data("data"),
                order, self.hyper, np.int32(state.done), np.int32(count),
            )  # fmt: skip
            learned, optimizer, losses = compiled.as_numpy((learned, optimizer, losses))
            return learned, optimizer, losses[:count]

    # ---- epochs ---------------------------------------------------------------------------------

    def epochs(self, state: State, count: int) -> tuple[list[Row], State]:
        """Up to `count` epochs; fewer where training stops after one of them."""
        first, count = state.done // self.recipe.per_epoch, min(count, self.program.capacity)
        with compiled.computing(self.recipe.dtype, self.device):
            learned, optimizer, control, record, made = self.program.epochs(
                self._learned(state.parameters), state.optimizer, self._scalars(state.control),
                self.resting, self.data("data"), self._watched(), self._orders(first, count),
                self.hyper, np.int32(first), np.int32(count),
            )  # fmt: skip
            self._prepare(first + count, record)
            rows = np.asarray(record)[: int(made)]
            control = {k: np.asarray(v).item() for k, v in control.items()}
        names = self.program.columns
        after = State(
            (first + int(made)) * self.recipe.per_epoch,
            {**self.frozen, **learned},
            None,
            optimizer,
            control,
        )
        return [dict(zip(names, row, strict=True)) for row in rows.tolist()], after

    def _scalars(self, control: Mapping[str, Any]) -> dict[str, Any]:
        """Control with fixed types: a whole number must not become another program."""
        number = np.dtype(self.recipe.dtype).type
        real = ("best", "low", "factor")
        return {k: number(v) if k in real else np.int32(v) for k, v in control.items()}

    def _orders(self, first: int, count: int) -> np.ndarray | None:
        """The orders of some epochs, in an array of one size whatever their number."""
        if not self.recipe.shuffled:
            return None
        orders = np.zeros((self.program.capacity, self.recipe.samples), np.int32)
        for k in range(count):
            ready = self._ready.pop(first + k, None)
            orders[k] = self._order(first + k) if ready is None else ready
        return orders

    def _order(self, epoch: int) -> np.ndarray:
        return self.recipe.order(epoch).astype(np.int32)

    def _prepare(self, first: int, busy: Any) -> None:
        """The next epochs' orders, drawn while the device is at work."""
        if not self.recipe.shuffled:
            return
        last = min(self.plan.epochs or 0, first + self.program.capacity)
        for epoch in range(first, last):
            if busy.is_ready():
                return
            if epoch not in self._ready:
                self._ready[epoch] = self._order(epoch)

    def home(self, state: State) -> State:
        """The state with NumPy's arrays."""
        parameters, optimizer = compiled.as_numpy((state.parameters, state.optimizer))
        return replace(state, parameters=parameters, optimizer=optimizer)
