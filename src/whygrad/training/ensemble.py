"""Ensemble: several trainings of one network, advanced together by one compiled program.

On a GPU all nets are one batch. On a CPU a batch is as many nets as the cache holds, and a core
each works on one: XLA's own threads gain nothing from products of this size (bench/NOTES.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Lock
from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from whygrad.engine import compiled
from whygrad.engine.side_by_side import SideBySide
from whygrad.training.by_epochs import ByEpochs
from whygrad.training.clock import Clock
from whygrad.training.compiled import Compiled
from whygrad.training.control import NOT_FINITE
from whygrad.training.course import Callback, next_stretch
from whygrad.training.ending import Ending, NotFiniteError
from whygrad.training.interrupt import Interrupts
from whygrad.training.outcome import outcome
from whygrad.training.plan import Plan
from whygrad.training.programs import kept_program
from whygrad.training.progress import Progress
from whygrad.training.recipe import Recipe, make_recipe
from whygrad.training.run import Run
from whygrad.training.task import Arrays, Task
from whygrad.training.ways import Row, State

CACHE = 2**19  # bytes of a batch's values that a core works on without waiting for memory
MEMORY = 2**30  # the same of a GPU
LOOKS = 0.5  # seconds between two looks at a batch: while one is looked at, others go on

Found = tuple[list[Row], State]


class Batched(Compiled):
    """The compiled way of several trainings that differ in their seeds and first parameters.

    width: nets of one call. lanes: calls at a time.
    """

    def __init__(self, task: Task, plan: Plan, recipe: Recipe, nets: int) -> None:
        self.nets = nets
        super().__init__(task, plan, recipe)
        self._compiling, self._compiled = Lock(), False
        with compiled.computing(recipe.dtype, self.device):
            self.data("data"), self._watched()  # sent now, before there are several threads

    def _program(self) -> Any:
        on_cores = self.platform == "cpu"
        self.lanes = min(cores(), self.nets) if on_cores else 1
        room = CACHE if on_cores else MEMORY
        values = sum(node.size for node in self.recipe.graph(self.recipe.batch).nodes)
        fits = max(1, room // (values * np.dtype(self.recipe.dtype).itemsize))
        self.width = min(fits, -(-self.nets // self.lanes))
        key = (self.recipe.key, str(self.device), self.width)
        return kept_program(key, lambda: SideBySide(self.recipe, on_cores))

    def stretch(
        self, recipes: Sequence[Recipe], states: Sequence[State], count: int
    ) -> tuple[list[Found], float]:
        """Up to `count` epochs of at most `width` nets: what each came to; the seconds it took.

        All of them stand at the same epoch; states are NumPy's.
        """
        if not self._compiled:
            with self._compiling:  # whoever is second finds the program made
                found = self._stretch(recipes, states, count)
                self._compiled = True
                return found
        return self._stretch(recipes, states, count)

    def _stretch(
        self, recipes: Sequence[Recipe], states: Sequence[State], count: int
    ) -> tuple[list[Found], float]:
        began = perf_counter()
        count = min(count, self.most)
        first, idle = states[0].done // self.recipe.per_epoch, self.width - len(states)
        padded = [*states, *[resting(states[0])] * idle]
        seeds = [r.seed % 2**32 for r in (*recipes, *[recipes[0]] * idle)]
        with compiled.computing(self.recipe.dtype, self.device):
            found = self.program.all_epochs(
                stacked([self._learned(s.parameters) for s in padded]),
                stacked([s.optimizer for s in padded]),
                stacked([self._scalars(s.control) for s in padded]),
                self._all_orders(recipes, first, count), np.array(seeds, np.uint32), self.resting,
                self.data("data"), self._watched(), self.hyper, np.int32(first), np.int32(count),
            )  # fmt: skip
            found = compiled.as_numpy(found)
        return [self._one_of(found, k, first) for k in range(len(states))], perf_counter() - began

    def _one_of(self, found: Any, k: int, first: int) -> Found:
        """What the k-th net of a batch came to."""
        import jax

        learned, optimizer, control, record, made = jax.tree_util.tree_map(lambda a: a[k], found)
        rows = record[: int(made)].tolist()
        after = State(
            (first + int(made)) * self.recipe.per_epoch,
            {**self.frozen, **learned},
            None,
            optimizer,
            {name: v.item() for name, v in control.items()},
        )
        return [dict(zip(self.program.columns, row, strict=True)) for row in rows], after

    def _all_orders(self, recipes: Sequence[Recipe], first: int, count: int) -> np.ndarray | None:
        """The orders of each net (nets, epochs, samples)."""
        if not self.recipe.shuffled:
            return None
        orders = np.zeros((self.width, self.program.capacity, self.recipe.samples), np.int32)
        for k, recipe in enumerate(recipes):
            for e in range(count):
                orders[k, e] = recipe.order(first + e)
        return orders


class Member:
    """One of several nets, advanced by itself."""

    def __init__(self, batched: Batched, recipe: Recipe) -> None:
        self.batched, self.recipe = batched, recipe
        self.most, self.platform = batched.most, batched.platform

    def updates(self, state: State, count: int) -> tuple[np.ndarray, State]:
        """None: whole epochs only."""
        return np.array([]), state

    def epochs(self, state: State, count: int) -> Found:
        """At most `count` epochs."""
        return self.batched.stretch([self.recipe], [state], count)[0][0]

    def home(self, state: State) -> State:
        """The state: its arrays are NumPy's."""
        return state


class Ensemble:
    """Several courses under way, each with its own stop; one callback ends all of them."""

    def __init__(
        self,
        task: Task,
        plan: Plan,
        starts: Mapping[int, Arrays],
        progress: Progress,
        callbacks: Sequence[Callback],
    ) -> None:
        self.callbacks, self.interrupts = callbacks, Interrupts()
        self.batched = Batched(task, plan, make_recipe(task, plan), len(starts))
        self.courses = [self._course(task, plan, s, first) for s, first in starts.items()]
        self.progress, self.stopped = progress, False
        self.lost: dict[int, tuple[State, int]] = {}  # where a stretch began that was not finite

    def _course(self, task: Task, plan: Plan, seed: int, first: Arrays) -> ByEpochs:
        recipe = replace(self.batched.recipe, seed=seed)
        own = replace(plan, options=msgspec.structs.replace(plan.options, seed=seed))
        way = Member(self.batched, recipe)
        return ByEpochs(replace(task, parameters=first), own, recipe, [way], Progress(0, True))

    def run(self) -> bool:
        """All of them, each to its own end; whether Ctrl-C came first."""
        clock = Clock(self.courses[0].plan.options.max_time)
        for course in self.courses:
            course.clock = clock
        pool = ThreadPoolExecutor(self.batched.lanes)
        try:
            with self.interrupts, self.progress:
                self._advance(pool)
        except KeyboardInterrupt:
            return True
        finally:
            pool.shutdown(cancel_futures=True)
        return False

    def _advance(self, pool: ThreadPoolExecutor) -> None:
        """Batch by batch: each goes on as soon as it has ended a stretch, its finished nets out."""
        running: dict[Future[Any], tuple[list[ByEpochs], int]] = {}

        def begin(batch: list[ByEpochs], count: int) -> None:
            going = [c for c in batch if c.going]
            if not going or self.stopped:
                return
            left = (going[0].plan.epochs or 0) - going[0].epoch
            count = min(count, left, self.batched.most)
            recipes, states = [c.recipe for c in going], [c.state for c in going]
            job = pool.submit(self.batched.stretch, recipes, states, count)
            running[job] = going, count

        for batch in chunks(self.courses, self.batched.width):
            begin(batch, max(1, batch[0].stretch // len(batch)))
        while running:
            for job in wait(running, return_when=FIRST_COMPLETED).done:
                batch, count = running.pop(job)
                found, took = job.result()
                for course, (rows, after) in zip(batch, found, strict=True):
                    self._took(course, rows, after)
                self.interrupts.check()
                begin(batch, next_stretch(count, took, count, LOOKS))

    def _took(self, course: ByEpochs, rows: list[Row], after: State) -> None:
        """What a stretch of one of them came to."""
        number, start = self.courses.index(course), course.state
        if after.control["stop"] == NOT_FINITE:
            self.lost[number] = start, len(rows)
        new = course.take(rows, after)
        done = sum(c.epoch if c.going else c.plan.epochs or 0 for c in self.courses)
        self.progress.at(done, new[-1])
        for callback in self.callbacks:
            for row in new:
                if callback({"restart": number, **row}) is True:
                    self.stopped = True
        if self.stopped:
            for each in self.courses:
                each.stopped_by_callback = True

    # ---- what they come to ----------------------------------------------------------------------

    def ending(self, course: ByEpochs, interrupted: bool) -> Ending:
        """Why one of them ended."""
        if course.state.control["stop"] == NOT_FINITE:
            epoch = len(course.rows)
            said = f"the loss or a gradient stopped being finite in epoch {epoch:,}"
            return Ending("not_finite", said)
        return course.ended(interrupted and course.going, None)

    def run_of(self, course: ByEpochs, interrupted: bool) -> Run:
        """The run that one of them came to."""
        failed = None
        if (number := self.courses.index(course)) in self.lost:
            try:
                course.find_failure(*self.lost[number])
            except NotFiniteError as error:
                failed = error
        ending = course.ended(interrupted and course.going, failed)
        return replace(outcome(course, ending, "compiled"), interrupted=interrupted)


def stacked(trees: Sequence[Any]) -> Any:
    """Equal trees of arrays as one, with a first axis of trees."""
    import jax

    return jax.tree_util.tree_map(lambda *leaves: np.stack(leaves), *trees)


def resting(state: State) -> State:
    """A state that nothing is made of: it fills a batch up."""
    return replace(state, control={**state.control, "stop": NOT_FINITE})


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def chunks(items: Sequence[ByEpochs], size: int) -> Iterator[list[ByEpochs]]:
    """So many at a time."""
    return (list(items[k : k + size]) for k in range(0, len(items), size))
