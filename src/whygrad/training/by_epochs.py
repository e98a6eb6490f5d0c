"""A training by epochs: a row of measures for each, decisions, the best one kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from whygrad.training import control
from whygrad.training.course import REPORTS, Course, next_stretch
from whygrad.training.ending import End, Ending, NotFiniteError
from whygrad.training.folder import Leaves
from whygrad.training.task import Arrays
from whygrad.training.ways import ByNumPy, Row, State


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
            and not self.clock.over
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
        first, now = len(self.rows) + 1, round(self.clock.seconds, 4)
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
                "interrupted",
                f"interrupted by Ctrl-C after {done:,} of {asked:,} "
                f"epochs: the result so far is kept",
            )
        if failed is not None:
            what = "the loss or a gradient" if failed.what == "replay" else failed.what
            name = "the loss" if what == "loss" else what
            return Ending(
                "not_finite",
                f"{name} stopped being finite in epoch {len(self.rows):,} of {asked:,}, at "
                f"iteration {self.state.done + 1:,}: stopped; the last finite weights are kept",
                failed,
            )
        return self._decided()

    def _decided(self) -> Ending:
        """The ending where nothing went wrong."""
        stopping, scalars = self.recipe.stopping, self.state.control
        done, asked, number = self.epoch, self.plan.epochs, scalars["best_epoch"]
        best = f"{abs(scalars['best']):.6g} in epoch {number:,}" if number else "never finite"
        if scalars["stop"] == control.PATIENCE:
            return Ending(
                "patience",
                f"stopped after epoch {done:,} of {asked:,}: {stopping.monitor} was not better for "
                f"{stopping.patience:,} epochs; the best was {best}{self._given_back}",
            )
        if scalars["stop"] == control.GOAL:
            return Ending(
                "goal",
                f"the loss reached the goal {stopping.goal:g} after epoch {done:,} of {asked:,}",
            )
        if scalars["stop"] == control.LOWEST:
            return Ending(
                "lowest_rate",
                f"stopped after epoch {done:,} of {asked:,}: {stopping.monitor} was no better, and "
                f"the learning rate at its lowest; the best was {best}",
            )
        end, said = self._cut_off()
        text = f"{said}{done:,} epoch{'' if done == 1 else 's'} done"
        if stopping.keeps_best and number and number != done:
            text += f"; the best {stopping.monitor} was {best}{self._given_back}"
        return Ending(end, text)

    def _cut_off(self) -> tuple[End, str]:
        """Whether something ended it before the last epoch, and how the sentence begins."""
        if self.stopped_by_callback:
            return "callback", "stopped by a callback after "
        if self.epoch < (self.plan.epochs or 0) and self.clock.over:
            return "time", f"{self._time_over()} after "
        return "done", ""

    @property
    def _given_back(self) -> str:
        return ", whose weights are given back" if self.recipe.stopping.keeps_best else ""
