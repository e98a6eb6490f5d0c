"""Restarts: one network trained from several first weights; the best is kept, all are told of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from whygrad.errors import ConfigError
from whygrad.models.initial import first_parameters
from whygrad.training.clock import Clock
from whygrad.training.cost import outset
from whygrad.training.course import Callback
from whygrad.training.ending import Ending
from whygrad.training.folder import RunFolder
from whygrad.training.options import Options
from whygrad.training.plan import Plan
from whygrad.training.progress import Progress
from whygrad.training.restart import Restarts, restart_of
from whygrad.training.run import Run
from whygrad.training.task import Arrays, Task

Single = Callable[..., Run]  # what trains once: a task, options, callbacks, quiet


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
    ends all. folder: of the best; where it was cut off, those that ended by themselves are there
    already, and the others begin again, to the same bits.
    Raises ConfigError for a traced graph.
    """
    if task.network is None:
        raise ConfigError(
            "Restarts draw a network's first weights.", given="a traced graph, n_restarts > 1"
        )
    plan, key = None, None
    if options.solver:
        from whygrad.training.solvers.solve import kind_of

        key = kind_of(options).identity(task)
    else:
        task, plan, _, engine = outset(task, options, options.n_restarts)
        options, key = msgspec.structs.replace(options, engine=engine), plan.identity
    restarts = Restarts(task, options, (task.identity, key), folder)
    starts = first_weights(task, options)
    if len(restarts.found) < len(starts):
        if plan is not None and plan.epochs is not None and options.engine == "compiled":
            at_once(task, plan, starts, restarts, callbacks, quiet)
        else:
            one_by_one(task, options, starts, restarts, single, callbacks, quiet)
    best, run = restarts.best, restarts.run
    assert run is not None
    run = replace(
        run,
        stop_reason=f"the best of {len(restarts.found):,} restarts (seed {best.seed}): "
        f"{run.stop_reason}",
        seconds=restarts.clock.seconds,
        restarts=tuple(restarts.found),
        folder=folder.path if folder else None,
    )
    if folder is not None:
        folder.close(restarts, run)
    return run


def at_once(
    task: Task,
    plan: Plan,
    starts: Mapping[int, Arrays],
    restarts: Restarts,
    callbacks: Sequence[Callback],
    quiet: bool,
) -> None:
    """All of them side by side, by one compiled program."""
    from whygrad.training.ensemble import Ensemble

    progress = Progress((plan.epochs or 0) * len(starts), quiet, epochs=True)
    ensemble = Ensemble(task, plan, starts, progress, callbacks)
    interrupted = ensemble.run()
    restarts.found = [
        restart_of(seed, course.rows, course.best_epoch, ensemble.ending(course, interrupted))
        for seed, course in zip(starts, ensemble.courses, strict=True)
    ]
    best = restarts.found.index(restarts.best)
    restarts.run = ensemble.run_of(ensemble.courses[best], interrupted)
    restarts.keep()


def one_by_one(
    task: Task,
    options: Options,
    starts: Mapping[int, Arrays],
    restarts: Restarts,
    single: Single,
    callbacks: Sequence[Callback],
    quiet: bool,
) -> None:
    """One after the other, each through the same compiled program where there is one.

    Those that a folder had kept are there already.
    """
    told = [RestartCallback(callback) for callback in callbacks]
    with Progress(len(starts), quiet, epochs=True) as progress:
        progress.unit = "restart"
        for seed in list(starts)[len(restarts.found) :]:
            left = seconds_left(restarts.clock)
            if left is not None and left <= 0 and restarts.found:
                return
            for each in told:
                each.number = len(restarts.found)
            own = msgspec.structs.replace(options, seed=seed, max_time=left)
            run = single(replace(task, parameters=starts[seed]), own, callbacks=told, quiet=True)
            ending = Ending(run.end, run.stop_reason)
            restarts.add(restart_of(seed, run.history, run.best_epoch, ending), run)
            progress.at(len(restarts.found), {"loss": restarts.best.measure})
            if run.interrupted or any(t.ended for t in told):
                return


def seconds_left(clock: Clock) -> float | None:
    """The seconds that are left of those that were allowed."""
    return None if clock.most is None else clock.most - clock.seconds


class RestartCallback:
    """A callback whose rows say which restart they are of."""

    def __init__(self, callback: Callback) -> None:
        self.callback, self.number, self.ended = callback, 0, False

    def __call__(self, row: dict[str, Any]) -> bool:
        """Whether training is to end."""
        self.ended |= self.callback({"restart": self.number, **row}) is True
        return self.ended
