"""Fits whose iterations are one compiled loop (engine/iterations.py): NumPy in, NumPy out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from whygrad.engine import compiled
from whygrad.engine import iterations as loop
from whygrad.training.blas import one_thread
from whygrad.training.course import Callback, next_stretch
from whygrad.training.ending import Ending
from whygrad.training.folder import Leaves
from whygrad.training.options import Options
from whygrad.training.solvers.fit import COUNTS, Row
from whygrad.training.solvers.programmed import Programmed
from whygrad.training.task import Task

STRETCH = 64  # iterations of the first call, where they are small
SMALL = 1e7  # numbers that an iteration of those may work through


class Looping(Programmed):
    """A fit by a compiled loop; a family says what the loop is and what it remembers."""

    rising: ClassVar[str] = ""  # what is too large in the end, and over which constant

    def __init__(self, task: Task, options: Options, callbacks: Sequence[Callback]) -> None:
        super().__init__(task, options, callbacks)
        self.state = self.first_state()
        small = self.work() <= SMALL and options.max_time is None
        self.stretch = STRETCH if small else 1

    # ---- what a family says ---------------------------------------------------------------------

    def memory(self) -> dict[str, Any]:
        """What the solver remembers at the start."""
        raise NotImplementedError

    def work(self) -> float:
        """About how many numbers an iteration works through."""
        return float(len(self.weights) * (self.task.samples or 1))

    # ---- the loop -------------------------------------------------------------------------------

    def first_state(self) -> dict[str, Any]:
        """Nothing measured yet."""
        memory = self.memory()
        numbers = {"best": np.inf, "best_iteration": 0, "val_fails": 0, "done": -1, "stop": 0}
        numbers |= {k: memory.pop(k) for k in self.program.kept}
        vector = np.array([numbers[k] for k in self.program.numbers], self.weights.dtype)
        best = {"best_at": self.weights} if self.task.held else {}
        return {"numbers": vector, "memory": memory, **best}

    def number(self, name: str) -> float:
        """One of the loop's numbers, as it stands."""
        return float(self.state["numbers"][self.program.numbers.index(name)])

    @property
    def ended(self) -> bool:
        """Whether the loop has said why it stopped."""
        return self.number("stop") != loop.RUNNING

    def advance(self, seen: Callable[[], None]) -> None:
        """One call of the loop."""
        began, done = perf_counter(), self.done
        count = min(self.stretch, loop.MOST_ITERATIONS, self.iterations - done)
        weights, state, rows = self.made(count)
        self.stretch = next_stretch(self.stretch, perf_counter() - began, count)
        found = [dict(zip(self.program.columns, row, strict=True)) for row in rows]
        if not self.start:
            self.start = {k: v for k, v in found[0].items() if k not in COUNTS}
        try:
            for row in found[1:]:
                self.take(row)
                if self.stopped:
                    break
        except BaseException:
            del self.rows[done:]  # what was recorded goes with the weights that are kept
            raise
        if self.stopped and self.done - done < len(found) - 1:  # to the very same row again
            weights, state, _ = self.made(self.done - done)
        self.weights, self.state = weights, state
        self.best_row = int(self.number("best_iteration"))
        self.best_weights = self.state.get("best_at", self.weights)
        if self.rows:
            seen()

    def made(self, count: int) -> tuple[np.ndarray, dict[str, Any], list[list[float]]]:
        """So many iterations from here: the weights and the state then, and their record."""
        with compiled.computing(self.dtype, self.where), one_thread(len(self.weights)):
            weights, state, record, made = self.program.run(
                self.weights, self.state, self.sent(), np.int32(count)
            )
            rows = np.asarray(record)[: int(made)].tolist()
            weights, state = compiled.as_numpy((weights, state))
        return weights, state, rows

    def own_ending(self, last: Row) -> Ending:
        """Why the loop stopped."""
        stop, done = self.number("stop"), self.done
        if stop == loop.GOAL:
            return self.goal_ending(last)
        if stop == loop.GRADIENT:
            return Ending(
                "gradient",
                f"the gradient's norm fell to {last['gradient']:.3g}, under "
                f"{self.constants['min_gradient']:g}, in iteration {done:,}",
            )
        if stop == loop.CHECKS:
            return self.checks_ending(last)
        if stop == loop.STUCK:
            most = self.constants[f"{self.rising}_max"]
            return Ending(
                "stuck",
                f"{self.rising} rose over {most:g} in iteration {done:,}: no step with a smaller "
                f"one lowers the loss {last['loss']:.6g}",
            )
        what = "the loss or its gradient"
        if not done:
            return Ending("not_finite", f"{what} is not finite before the first step")
        return Ending(
            "not_finite",
            f"{what} stopped being finite in iteration {done:,}: stopped; the last finite weights "
            f"are kept",
        )

    # ---- how it is kept -------------------------------------------------------------------------

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """That, and the loop's state."""
        arrays, about = super().snapshot()
        arrays |= {f"m/{k}": v for k, v in self.state["memory"].items()}
        return {**arrays, "numbers": self.state["numbers"]}, about

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[Row]
    ) -> None:
        """Goes back to a snapshot. Raises ConfigError for one of another network."""
        super().restore(arrays, about, rows)
        memory = {k.removeprefix("m/"): v for k, v in arrays.items() if k.startswith("m/")}
        best = {"best_at": self.best_weights} if self.task.held else {}
        self.state = {"numbers": arrays["numbers"], "memory": memory, **best}
