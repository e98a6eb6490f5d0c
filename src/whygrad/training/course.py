"""Course: one training under way: recorded, shown, saved, ended well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from whygrad.training.clock import Clock
from whygrad.training.ending import Ending, NotFiniteError
from whygrad.training.folder import Leaves, RunFolder, another
from whygrad.training.interrupt import Interrupts
from whygrad.training.plan import Plan
from whygrad.training.progress import Progress
from whygrad.training.recipe import Recipe
from whygrad.training.task import Arrays, Task
from whygrad.training.ways import State, Way

REPORTS = 0.1  # seconds between two looks at the screen, the callbacks and Ctrl-C

Callback = Callable[[dict[str, Any]], Any]


class Course:
    """What trainings by updates and by epochs share: the state, the loop around the stretches."""

    def __init__(
        self,
        task: Task,
        plan: Plan,
        recipe: Recipe,
        ways: Sequence[Way],
        progress: Progress,
        callbacks: Sequence[Callback] = (),
        folder: RunFolder | None = None,
    ) -> None:
        self.task, self.plan, self.recipe, self.ways = task, plan, recipe, list(ways)
        self.progress, self.callbacks, self.folder = progress, callbacks, folder
        first = dict(task.parameters)
        learned = {name: first[name] for name in task.learned}
        # Replaced by one assignment a stretch: Ctrl-C finds it whole at any moment.
        self.state = State(0, first, None, recipe.descent.rule.init(learned), self._control())
        self.rows: list[dict[str, Any]] = []
        self.interrupts = Interrupts()
        self.stopped_by_callback = False
        self.clock = Clock(plan.options.max_time)
        self.stretch = 16

    def _control(self) -> Mapping[str, Any]:
        return self.recipe.stopping.start()

    def run(self) -> Ending:
        """All of it, or up to Ctrl-C, a decision to stop, or a number that is not finite."""
        interrupted, failed = False, None
        self.clock.start()
        try:
            with self.interrupts, self.progress:
                self._advance()
        except KeyboardInterrupt:
            interrupted = True
        except NotFiniteError as error:
            failed = error
        return self.ended(interrupted, failed)

    def _told(self, rows: Sequence[dict[str, Any]]) -> None:
        """Tells whoever listens about new rows."""
        for callback in self.callbacks:
            for row in rows:
                if callback(dict(row)) is True:
                    self.stopped_by_callback = True
        if self.folder is not None:
            self.folder.kept(self)
        self.interrupts.check()

    def _advance(self) -> None:
        raise NotImplementedError

    def ended(self, interrupted: bool, failed: NotFiniteError | None) -> Ending:
        """Why it ended."""
        raise NotImplementedError

    def _time_over(self) -> str:
        """The beginning of what is said where the time was over."""
        return f"stopped by max_time = {self.plan.options.max_time:g} s"

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """Everything that the next update depends on: arrays, and plain data."""
        arrays = {f"p/{k}": v for k, v in self.state.parameters.items()}
        leaves = self._leaves(self.state.optimizer)
        arrays |= {f"o/{k}": np.asarray(v) for k, v in enumerate(leaves)}
        about = {
            "done": self.state.done,
            "control": dict(self.state.control),
            "key": self._identity(),
            "seconds": self.clock.seconds,
        }
        return arrays, about

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[dict[str, Any]]
    ) -> None:
        """Goes back to a snapshot. Raises ConfigError for one of another network or plan."""
        if about.get("key") != self._identity():
            raise another()
        parameters = {k: arrays[f"p/{k}"] for k in self.state.parameters}
        found = [arrays[f"o/{k}"] for k in range(sum(n.startswith("o/") for n in arrays))]
        optimizer = self._rebuilt(self.state.optimizer, found)
        self.state = State(about["done"], parameters, None, optimizer, dict(about["control"]))
        self.rows = list(rows)
        self.clock.before = about.get("seconds", 0.0)

    def _identity(self) -> str:
        return repr((self.task.identity, self.plan.identity))

    def _leaves(self, tree: Any) -> list[Any]:
        if self.plan.rule.name == "optax":
            from jax.tree_util import tree_leaves

            return tree_leaves(tree)
        return [tree[name][key] for name in sorted(tree) for key in sorted(tree[name])]

    def _rebuilt(self, tree: Any, leaves: list[Any]) -> Any:
        if self.plan.rule.name == "optax":
            from jax.tree_util import tree_structure, tree_unflatten

            return tree_unflatten(tree_structure(tree), leaves)
        rest = iter(leaves)
        return {name: {key: next(rest) for key in sorted(tree[name])} for name in sorted(tree)}


def next_stretch(made_of: int, took: float, made: int, seconds: float = REPORTS) -> int:
    """How much to do in one go: what takes a report's time, at most four times as much as now."""
    wanted = max(1.0, seconds * made / max(took, 1e-6))
    return max(1, min(int(wanted), 4 * made_of))


def copied(parameters: Arrays) -> dict[str, np.ndarray]:
    """Arrays of one's own."""
    return {name: np.array(v) for name, v in parameters.items()}
