"""Restarts: one network trained from several first weights; the best is kept, all are told of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from whygrad.errors import ConfigError
from whygrad.models.initial import first_parameters
from whygrad.training.cost import outset
from whygrad.training.course import Callback
from whygrad.training.folder import Leaves, RunFolder
from whygrad.training.history import History
from whygrad.training.options import Options
from whygrad.training.plan import Plan
from whygrad.training.progress import Progress
from whygrad.training.run import Run, plain
from whygrad.training.task import Arrays, Task

Single = Callable[..., Run]  # what trains once: a task, options, callbacks, quiet


@dataclass(frozen=True)
class Restart:
    """One of several trainings.

    seed: of its first weights, the orders of its batches, its masks. loss, val_loss: as its history
    has them in the epoch whose weights it would give back; val_loss is None without validation.
    epochs: rows of the history. best_epoch: that epoch; None where it is the last. stop: why it
    ended, in words.
    """

    seed: int
    loss: float
    val_loss: float | None
    epochs: int
    best_epoch: int | None
    stop: str
    history: History = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """All but the history, for JSON."""
        shown = ("seed", "loss", "val_loss", "epochs", "best_epoch", "stop")
        return {key: plain(getattr(self, key)) for key in shown}

    @property
    def measure(self) -> float:
        """What the best has the least of: the validation loss, else the loss; inf of a failure."""
        value = self.loss if self.val_loss is None else self.val_loss
        return value if math.isfinite(value) else math.inf


def restart_of(
    seed: int, rows: Sequence[dict[str, Any]], best_epoch: int | None, stop: str
) -> Restart:
    """What is told of a training."""
    row = rows[-1 if best_epoch is None else best_epoch - 1] if rows else {"loss": math.nan}
    val_loss = row.get("val_loss")
    return Restart(seed, row["loss"], val_loss, len(rows), best_epoch, stop, History(rows))


def first_weights(task: Task, options: Options) -> dict[int, Arrays]:
    """First parameters by seed: the network's own, then others drawn as `mlp` drew them.

    What is not learned is the same in all of them. The seed that the network's own weights came
    from is passed over: they are there already.
    """
    net, seed = task.network, options.seed
    assert net is not None
    starts: dict[int, Arrays] = {seed: task.parameters}
    twin = None
    for other in range(seed + 1, seed + options.n_restarts + 1):
        drawn = first_parameters(net.layers, net.bias, other, net.init, net.tied)
        learned = {n: np.asarray(drawn[n], task.parameters[n].dtype) for n in task.learned}
        if twin is None and all(np.array_equal(v, task.parameters[n]) for n, v in learned.items()):
            twin = other
        elif len(starts) < options.n_restarts:
            starts[other] = {**task.parameters, **learned}
    return starts


def restarted(
    task: Task,
    options: Options,
    single: Single,
    *,
    callbacks: Sequence[Callback] = (),
    quiet: bool = False,
    folder: RunFolder | None = None,
) -> Run:
    """The best of several trainings, by the validation loss or else the loss.

    single: what trains once. A callback's rows have the "restart", from 0; one that returns True
    ends all. folder: of the best; one that was cut off begins again, to the same bits.
    Raises ConfigError for a traced graph.
    """
    if task.network is None:
        raise ConfigError(
            "Restarts draw a network's first weights.", given="a traced graph, n_restarts > 1"
        )
    began, begun = perf_counter(), Begun()
    if folder is not None:
        folder.open(begun)
    plan = None
    if not options.solver:
        task, plan, _, engine = outset(task, options, options.n_restarts)
        options = msgspec.structs.replace(options, engine=engine)
    starts = first_weights(task, options)
    if plan is not None and plan.epochs is not None and options.engine == "compiled":
        run, found = side_by_side(task, plan, starts, callbacks, quiet)
    else:
        run, found = one_by_one(task, options, starts, single, callbacks, quiet)
    best = min(found, key=lambda r: r.measure)
    run = replace(
        run,
        stop_reason=f"the best of {len(found):,} restarts (seed {best.seed}): {run.stop_reason}",
        seconds=perf_counter() - began,
        restarts=tuple(found),
        folder=folder.path if folder else None,
    )
    if folder is not None:
        begun.rows = list(run.history)
        folder.close(begun, run)
    return run


def side_by_side(
    task: Task,
    plan: Plan,
    starts: Mapping[int, Arrays],
    callbacks: Sequence[Callback],
    quiet: bool,
) -> tuple[Run, list[Restart]]:
    """All of them at once, by one compiled program."""
    from whygrad.training.side_by_side import Several

    progress = Progress((plan.epochs or 0) * len(starts), quiet, epochs=True)
    several = Several(task, plan, starts, progress, callbacks)
    interrupted = several.run()
    found = [
        restart_of(seed, course.rows, course.best_epoch, several.reason(course, interrupted))
        for seed, course in zip(starts, several.courses, strict=True)
    ]
    best = found.index(min(found, key=lambda r: r.measure))
    return several.run_of(several.courses[best], interrupted), found


def one_by_one(
    task: Task,
    options: Options,
    starts: Mapping[int, Arrays],
    single: Single,
    callbacks: Sequence[Callback],
    quiet: bool,
) -> tuple[Run, list[Restart]]:
    """One after the other, each through the same compiled program where there is one."""
    told = [Numbered(callback) for callback in callbacks]
    runs: list[Run] = []
    found: list[Restart] = []
    with Progress(len(starts), quiet, epochs=True) as progress:
        progress.unit = "restart"
        for seed, seconds in timed(starts, options.max_time):
            own = msgspec.structs.replace(options, seed=seed, max_time=seconds)
            run = single(replace(task, parameters=starts[seed]), own, callbacks=told, quiet=True)
            runs.append(run)
            found.append(restart_of(seed, run.history, run.best_epoch, run.stop_reason))
            best = min(found, key=lambda r: r.measure)
            progress.at(len(found), {"loss": best.measure})
            if run.interrupted or any(t.ended for t in told):
                break
            for each in told:
                each.number += 1
    return runs[found.index(min(found, key=lambda r: r.measure))], found


def timed(starts: Mapping[int, Arrays], seconds: float | None) -> Iterator[tuple[int, Any]]:
    """The seeds, each with the seconds that are left; the first at any rate."""
    began = perf_counter()
    for k, seed in enumerate(starts):
        left = None if seconds is None else seconds - (perf_counter() - began)
        if left is not None and left <= 0 and k:
            return
        yield seed, left


class Numbered:
    """A callback whose rows say which restart they are of."""

    def __init__(self, callback: Callback) -> None:
        self.callback, self.number, self.ended = callback, 0, False

    def __call__(self, row: dict[str, Any]) -> bool:
        """Whether training is to end."""
        self.ended |= self.callback({"restart": self.number, **row}) is True
        return self.ended


class Begun:
    """What a folder keeps of restarts while they run: that they have begun."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """Nothing that they would go on from."""
        return {}, {"state": {}}

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[dict[str, Any]]
    ) -> None:
        """They begin again, to the same bits."""
