"""Course: one training under way, by updates or by epochs: recorded, shown, saved, ended well."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from whygrad.training import control
from whygrad.training.folder import Leaves, RunFolder, another
from whygrad.training.history import next_recorded, recorded, recorded_between
from whygrad.training.interrupt import Interrupts
from whygrad.training.plan import Plan
from whygrad.training.progress import Progress
from whygrad.training.recipe import Recipe
from whygrad.training.task import Arrays, Task
from whygrad.training.ways import ByNumPy, NotFiniteError, Row, State, Unrolling, Way

REPORTS = 0.1  # seconds between two looks at the screen, the callbacks and Ctrl-C

Callback = Callable[[dict[str, Any]], Any]


@dataclass
class Ending:
    """How a training ended: why, in words; whether by Ctrl-C; where a number was not finite."""

    reason: str
    interrupted: bool = False
    failed: NotFiniteError | None = None


class Course:
    """What both kinds have in common: the state, and the loop around the stretches."""

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
        self.began = perf_counter()
        self.stretch = 16

    def _control(self) -> Mapping[str, Any]:
        return self.recipe.stopping.start()

    def run(self) -> Ending:
        """All of it, or up to Ctrl-C, a decision to stop, or a number that is not finite."""
        interrupted, failed = False, None
        self.began = perf_counter()
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
        """Why it ended, in words."""
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
            "seconds": self.seconds,
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

    def _identity(self) -> str:
        """What a snapshot must agree with: shapes, learned names, rule, batches."""
        shapes = {k: v.shape for k, v in self.task.parameters.items()}
        plan = self.plan
        course = (plan.samples, plan.batch_size, plan.seed, plan.epochs is None)
        return repr((shapes, self.task.learned, plan.rule.name, course, self.task.dtype))

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

    @property
    def out_of_time(self) -> bool:
        """Whether the seconds that were allowed are over."""
        most = self.plan.options.max_time
        return most is not None and self.seconds >= most

    @property
    def seconds(self) -> float:
        """Seconds since training began."""
        return perf_counter() - self.began


class ByUpdates(Course):
    """A descent counted in updates, whose history has the loss of all samples now and then."""

    def _advance(self) -> None:
        for way in self.ways:
            self._by(way)

    def _by(self, way: Way) -> None:
        """As many updates as this way can make."""
        whole, last = self.plan.whole, self.plan.iterations
        while self.state.done < last and not self.stopped_by_callback and not self.out_of_time:
            start, new = self.state, list[dict[str, Any]]()
            if not whole and recorded(start.done):
                new.append(self._row(start.done, self.task.loss(start.parameters)))
            end = last if whole else min(last, next_recorded(start.done))
            began, most = self.seconds, min(way.most, end - start.done)
            if self.plan.options.max_time is not None:
                most = min(most, self.stretch)
            losses, after = way.updates(start, most)
            self.stretch = next_stretch(self.stretch, self.seconds - began, after.done - start.done)
            if after.done == start.done:
                return
            self.state = after
            if whole:
                new += [
                    self._row(k, float(losses[k - start.done]))
                    for k in recorded_between(start.done, after.done)
                ]
            self.rows += new
            self.progress.at(after.done, {"loss": float(losses[-1])})
            self._told(new)

    def _row(self, iteration: int, loss: float) -> dict[str, Any]:
        return {"iteration": iteration, "loss": loss}

    def _final(self, loss: float) -> None:
        """The last row: of the parameters as they are now."""
        row = self._row(self.state.done, loss)
        self.rows = [r for r in self.rows if r["iteration"] < self.state.done] + [row]

    def ended(self, interrupted: bool, failed: NotFiniteError | None) -> Ending:
        """Where the loss is not finite by now, the update that led there is taken back."""
        reached, loss = self.state, self.task.loss(self.state.parameters)
        self._final(loss)
        if not math.isfinite(loss):
            failed = NotFiniteError("loss", loss)
            if reached.before is not None:
                lost = self.rows[-1]
                before = reached.before()
                self.state = State(reached.done - 1, before, None, reached.optimizer)
                self._final(self.task.loss(before))
                self.rows.append(lost)
        done, asked = self.state.done, self.plan.iterations
        if interrupted:
            return Ending(
                f"interrupted by Ctrl-C after {done:,} of {asked:,} "
                f"iterations: the result so far is kept",
                interrupted=True,
            )
        if self.stopped_by_callback and failed is None:
            return Ending(f"stopped by a callback after {done:,} of {asked:,} iterations")
        if failed is None and done < asked and self.out_of_time:
            return Ending(f"{self._time_over()} after {done:,} of {asked:,} iterations")
        return Ending(reason(reached.done, asked, failed), failed=failed)


class ByEpochs(Course):
    """A training counted in epochs: a row of measures for each, decisions, the best one kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way = self.ways[0]
        self.best: tuple[int, Arrays] | None = None  # an epoch and its parameters
        self.best_from: State | None = None  # where the stretch began that has the best epoch
        self.stretch = self._first_stretch()

    @property
    def epoch(self) -> int:
        """Whole epochs that are done."""
        return self.state.done // self.recipe.per_epoch

    @property
    def going(self) -> bool:
        """Whether there is anything left to do."""
        assert self.plan.epochs is not None
        return (
            self.epoch < self.plan.epochs
            and self.state.control["stop"] == control.RUNNING
            and not self.stopped_by_callback
            and not self.out_of_time
        )

    def _advance(self) -> None:
        assert self.plan.epochs is not None
        while self.going:
            start, began = self.state, perf_counter()
            count = min(self.stretch, self.way.most, self.plan.epochs - self.epoch)
            found, after = self.way.epochs(start, count)
            new = self.take(found, after)
            self._adapt(perf_counter() - began, len(found))
            self.progress.at(self.epoch, new[-1])
            if after.control["stop"] == control.NOT_FINITE:
                self.find_failure(start, len(found))
            self._told(new)

    def take(self, found: Sequence[Row], after: State) -> list[dict[str, Any]]:
        """Goes on to where a stretch ended; its rows, with what an engine does not know."""
        start, new = self.state, self._numbered(found)
        if after.control["best_epoch"] > start.done // self.recipe.per_epoch:
            self.best_from, self.best = start, None
        self.state = after
        self.rows += new
        return new

    def _first_stretch(self) -> int:
        """How many epochs to begin with: about a third of a report's time, by a fixed estimate."""
        weights = sum(self.task.parameters[name].size for name in self.task.learned)
        work = 6.0 * self.recipe.batch * weights
        epoch = self.recipe.per_epoch * (5e-6 + work / 100e9)
        return max(1, int(REPORTS / 3 / epoch))

    def _adapt(self, took: float, made: int) -> None:
        """About ten reports a second; how long a stretch is changes nothing in what is computed."""
        self.stretch = min(next_stretch(self.stretch, took, made), self.way.most)

    def _numbered(self, found: Sequence[Row]) -> list[dict[str, Any]]:
        """The rows with their epoch and the time."""
        first, now = len(self.rows) + 1, round(self.seconds, 4)
        return [
            {"epoch": first + k, "iteration": (first + k) * self.recipe.per_epoch, **row}
            | {"seconds": now}
            for k, row in enumerate(found)
        ]

    def find_failure(self, start: State, made: int) -> None:
        """Goes back to the last epoch that was finite, then on by single updates to the failure."""
        if made > 1:
            _, start = self.way.epochs(start, made - 1)
        self.state = replace(self.way.home(start), control=self.state.control)
        by_numpy = ByNumPy(self.task, self.plan, self.recipe)
        for _ in range(self.recipe.per_epoch):
            _, after = by_numpy.updates(self.state, 1)  # raises at the failure
            self.state = replace(after, control=self.state.control)
        raise NotFiniteError("replay", math.nan)

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """That, and the best parameters so far."""
        self.state = self.way.home(self.state)
        arrays, about = super().snapshot()
        best = self.best_parameters()
        if best is not None:
            arrays |= {f"b/{k}": v for k, v in best[1].items()}
            about["best"] = best[0]
        return arrays, about

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[dict[str, Any]]
    ) -> None:
        """Goes back to a snapshot. Raises ConfigError for one of another network or plan."""
        super().restore(arrays, about, rows)
        if "best" in about:
            self.best = about["best"], {k: arrays[f"b/{k}"] for k in self.state.parameters}

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose parameters are given back; None where they are the last ones."""
        number: int = self.state.control["best_epoch"]
        return number if self.recipe.stopping.keeps_best and number else None

    def best_parameters(self) -> tuple[int, Arrays] | None:
        """The best epoch so far and its parameters, found again by replaying its stretch."""
        number = self.best_epoch
        if number is None:
            return None
        if self.best is None or self.best[0] != number:
            assert self.best_from is not None
            begun = self.best_from.done // self.recipe.per_epoch
            state = self.best_from
            while begun < number:  # NumPy's way makes one epoch at a time
                found, state = self.way.epochs(state, number - begun)
                begun += len(found)
            self.best = number, self.way.home(state).parameters
        return self.best

    def ended(self, interrupted: bool, failed: NotFiniteError | None) -> Ending:
        self.state = self.way.home(self.state)
        done, asked = self.epoch, self.plan.epochs
        if interrupted:
            return Ending(
                f"interrupted by Ctrl-C after {done:,} of {asked:,} "
                f"epochs: the result so far is kept",
                interrupted=True,
            )
        if failed is not None:
            what = "the loss or a gradient" if failed.what == "replay" else failed.what
            name = "the loss" if what == "loss" else what
            return Ending(
                f"{name} stopped being finite in epoch {len(self.rows):,} of {asked:,}, at "
                f"iteration {self.state.done + 1:,}: stopped; the last finite weights are kept",
                failed=failed,
            )
        return Ending(self._reason())

    def _reason(self) -> str:
        stopping, scalars = self.recipe.stopping, self.state.control
        done, asked, number = self.epoch, self.plan.epochs, scalars["best_epoch"]
        best = f"{abs(scalars['best']):.6g} in epoch {number:,}" if number else "never finite"
        if scalars["stop"] == control.PATIENCE:
            return (
                f"stopped after epoch {done:,} of {asked:,}: {stopping.monitor} was not better for "
                f"{stopping.patience:,} epochs; the best was {best}{self._given_back}"
            )
        if scalars["stop"] == control.GOAL:
            return f"the loss reached the goal {stopping.goal:g} after epoch {done:,} of {asked:,}"
        if scalars["stop"] == control.LOWEST:
            return (
                f"stopped after epoch {done:,} of {asked:,}: {stopping.monitor} was no better, and "
                f"the learning rate at its lowest; the best was {best}"
            )
        ended = "stopped by a callback after " if self.stopped_by_callback else ""
        if not ended and done < (asked or 0) and self.out_of_time:
            ended = f"{self._time_over()} after "
        text = f"{ended}{done:,} epoch{'' if done == 1 else 's'} done"
        if stopping.keeps_best and number and number != done:
            text += f"; the best {stopping.monitor} was {best}{self._given_back}"
        return text

    @property
    def _given_back(self) -> str:
        return ", whose weights are given back" if self.recipe.stopping.keeps_best else ""


def next_stretch(made_of: int, took: float, made: int, seconds: float = REPORTS) -> int:
    """How much to do in one go: what takes a report's time, at most four times as much as now."""
    wanted = max(1.0, seconds * made / max(took, 1e-6))
    return max(1, min(int(wanted), 4 * made_of))


def ways(task: Task, plan: Plan, recipe: Recipe, engine: str) -> list[Way]:
    """The ways to be taken, one after the other: the next goes on where one cannot."""
    if engine == "compiled":
        from whygrad.training.compiled import Compiled

        made = Compiled(task, plan, recipe)
        return [made] if plan.epochs is not None else [made, ByNumPy(task, plan, recipe)]
    by_numpy = ByNumPy(task, plan, recipe)
    unrolled = plan.plain and (plan.whole or not task.extras)
    if plan.epochs is None and unrolled and task.dtype == "float64":
        return [Unrolling(task, plan), by_numpy]
    return [by_numpy]


def reason(done: int, asked: int, trouble: NotFiniteError | None) -> str:
    """Why a training by updates stopped after so many, in words."""
    if trouble is None:
        return f"{done:,} iteration{'' if done == 1 else 's'} done"
    became = "NaN" if math.isnan(trouble.value) else "infinite"
    if trouble.what == "loss" and done == 0:
        return f"the loss is {became} before the first step: nothing was trained"
    at, what = (done, "the loss") if trouble.what == "loss" else (done + 1, trouble.what)
    return (
        f"{what} became {became} at iteration {at:,} of {asked:,}: stopped; "
        f"the last finite weights are kept; try a smaller learning rate"
    )


def copied(parameters: Arrays) -> dict[str, np.ndarray]:
    """Arrays of one's own."""
    return {name: np.array(v) for name, v in parameters.items()}
