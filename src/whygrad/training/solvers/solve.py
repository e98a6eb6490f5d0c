"""A solver by its name: what it is given is checked, then fitted; kept, shown, interruptible."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

from whygrad.errors import ConfigError
from whygrad.training.algorithms import SOLVERS
from whygrad.training.cost import INSTALL
from whygrad.training.course import Callback
from whygrad.training.folder import RunFolder
from whygrad.training.history import History
from whygrad.training.options import Options
from whygrad.training.progress import Progress
from whygrad.training.run import Run, run_of
from whygrad.training.solvers.fit import Fit
from whygrad.training.task import Task

# What every solver reads; beside it a solver has what its class takes. The order of samples that
# are all seen at once is of no matter.
READ = (
    "optimizer", "iterations", "epochs", "seed", "shuffle", "train_bias", "validation", "test",
    "divide", "stratify", "early_stopping", "monitor", "restore_best", "goal", "max_time",
    "missing_targets", "n_restarts", "scale", "scale_targets", "engine", "dtype", "device",
)  # fmt: skip


def kind_of(options: Options) -> type[Fit]:
    """The fit that the optimizer's name stands for."""
    assert options.solver is not None
    module, name = SOLVERS[options.solver].split(".")
    found: type[Fit] = getattr(import_module(f"whygrad.training.solvers.{module}"), name)
    return found


def checked(net: Any, options: Options) -> Options:
    """The options with what the solver fixes. Raises ConfigError for what it cannot do."""
    needed = "scipy" if options.solver == "lbfgs" else "jax"
    if find_spec(needed) is None:
        raise ConfigError(f"{options.solver} needs {needed}.", hint=INSTALL)
    kind, usual = kind_of(options), Options()
    kind.check(net)
    for key in Options.__struct_fields__:
        if key not in (*READ, *kind.takes) and getattr(options, key) != getattr(usual, key):
            raise ConfigError(
                f"{kind.title} has no {key}.", given=repr(getattr(options, key)), why=kind.why
            )
    if options.monitor not in (None, "val_loss"):
        raise ConfigError(
            f"{kind.title} watches val_loss alone.", given=f"monitor = {options.monitor!r}"
        )
    eager = options.engine == "eager" and not kind.by_numpy
    if eager or (options.dtype == "float32" and not kind.single):
        said = "is compiled" if kind.single else "is compiled and runs in float64"
        raise ConfigError(f"{kind.title} {said}.")
    if options.dtype in (None, "auto"):
        options = msgspec.structs.replace(options, dtype="float64")
    options.check()
    kind.constants_of(options.optimizer)
    return options


def solved(
    task: Task,
    options: Options,
    *,
    callbacks: Sequence[Callback] = (),
    quiet: bool = False,
    folder: RunFolder | None = None,
) -> Run:
    """A task fitted. folder: where it is kept, and resumed from."""
    fit = kind_of(options)(task, options, callbacks)
    if folder is not None:
        folder.open(fit)
    interrupted = False
    try:
        with fit.interrupts, Progress(fit.iterations, quiet, epochs=True) as progress:

            def seen() -> None:
                progress.at(fit.done, fit.rows[-1])
                if folder is not None:
                    folder.kept(fit)
                fit.interrupts.check()

            while fit.going:
                fit.advance(seen)
    except KeyboardInterrupt:
        interrupted = True
    ending = fit.ending(interrupted)
    run = run_of(
        task,
        fit.parameters(),
        folder,
        history=History(fit.rows),
        iterations=fit.done,
        stop_reason=ending.reason,
        end=ending.end,
        interrupted=interrupted,
        best_epoch=fit.best,
        engine=fit.engine,
        device=fit.device,
        seconds=fit.clock.seconds,
        start=fit.start,
        _remarks=fit.remarks,
    )
    if folder is not None:
        folder.close(fit, run)
    return run
