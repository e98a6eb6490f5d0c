"""A fit under way: its rows, what they are told to, its best weights, why it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from whygrad.equivalents import option_hint
from whygrad.errors import ConfigError
from whygrad.models.flat import joined, parted, shapes_of
from whygrad.models.mlp import Network
from whygrad.training.checks import choice, is_number, whole_number
from whygrad.training.clock import Clock
from whygrad.training.course import Callback
from whygrad.training.ending import Ending
from whygrad.training.folder import Leaves, another
from whygrad.training.interrupt import Interrupts
from whygrad.training.options import Options
from whygrad.training.task import Task

Row = dict[str, Any]
EPOCHS = 1_000
WHOLE = {"max_fail": 0, "m": 1, "max_fun": 1, "max_line": 1}  # the least that each may be
RANGES = {"mu_dec": (0, 1), "delt_dec": (0, 1), "mu_inc": (1, np.inf), "delt_inc": (1, np.inf)}
COUNTS = ("val_fails", "trials", "evaluations")


class Fit:
    """What all solvers have.

    title: as a sentence begins with. defaults: its constants. choices: of those that are words, the
    words. takes: options beyond those that all
    take. single: whether it may run in float32. by_numpy: whether NumPy may do what is small.
    why: why it has no batches and no learning rate.
    """

    title: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]]
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    takes: ClassVar[tuple[str, ...]] = ("l2",)
    single: ClassVar[bool] = True
    by_numpy: ClassVar[bool] = False
    why: ClassVar[str] = "it sees all samples at once, and finds the size of its steps itself"

    def __init__(self, task: Task, options: Options, callbacks: Sequence[Callback]) -> None:
        self.task, self.options, self.callbacks = task, options, callbacks
        self.dtype = task.dtype
        self.constants = self.constants_of(options.optimizer)
        if options.early_stopping:
            self.constants["max_fail"] = options.early_stopping
        self.iterations = iterations_of(options)
        self.goal = -np.inf if options.goal is None else options.goal
        self.interrupts = Interrupts()
        self.shapes = shapes_of(task.parameters, task.learned)
        self.frozen = {n: v for n, v in task.parameters.items() if n not in task.learned}
        self.weights = joined(task.parameters, self.shapes)
        self.rows: list[Row] = []
        self.start: Row = {}
        self.best_row, self.best_weights = 0, self.weights
        self.stopped = False
        self.clock = Clock(options.max_time)

    @classmethod
    def constants_of(cls, given: Any) -> dict[str, Any]:
        """The constants of {"name": "lm", "mu": …}. Raises ConfigError for unknown, unfit ones."""
        options = dict(given) if isinstance(given, Mapping) else {}
        name = options.pop("name", None)
        for key, value in options.items():
            if key not in cls.defaults:
                hint = option_hint(key, cls.defaults)
                raise ConfigError(f"{name} has no option {key!r}.", hint=hint)
            if key in cls.choices:
                choice(f"{name}: {key}", value, cls.choices[key])
                continue
            if key in WHOLE:
                whole_number(f"{name}: {key}", value, WHOLE[key])
                continue
            low, high = RANGES.get(key, (0, np.inf))
            if not is_number(value) or not low < value < high:
                limits = {1: "between 0 and 1", np.inf: "positive"}[high] if not low else "over 1"
                article = "a positive number" if limits == "positive" else f"a number {limits}"
                raise ConfigError(f"{name}: {key} must be {article}.", given=repr(value))
        return {**cls.defaults, **options}

    @classmethod
    def check(cls, net: Any) -> None:
        """Refuses what it cannot fit. Raises ConfigError."""

    # ---- how it goes on -------------------------------------------------------------------------

    @property
    def engine(self) -> str:
        """What computes."""
        return "compiled"

    @property
    def device(self) -> str:
        """Where it computes."""
        return "cpu"

    @property
    def done(self) -> int:
        """Iterations made."""
        return len(self.rows)

    @property
    def going(self) -> bool:
        """Whether there is anything left to do."""
        return not (self.stopped or self.ended or self.clock.over) and self.done < self.iterations

    @property
    def ended(self) -> bool:
        """Whether the solver itself has come to an end."""
        raise NotImplementedError

    def advance(self, seen: Callable[[], None]) -> None:
        """Some iterations; `seen` is called where there are new rows, and may raise."""
        raise NotImplementedError

    def take(self, row: Row) -> None:
        """A row of the record: numbered, timed, told to the callbacks."""
        for key in COUNTS:
            if key in row:
                row[key] = int(row[key])
        number, seconds = self.done + 1, round(self.clock.seconds, 4)
        self.rows.append({"epoch": number, "iteration": number, **row, "seconds": seconds})
        for callback in self.callbacks:
            self.stopped |= callback(dict(self.rows[-1])) is True

    # ---- what it comes to -----------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network that is fitted."""
        assert self.task.network is not None
        return self.task.network

    @property
    def best(self) -> int | None:
        """The iteration whose weights are given back; None where they are the last ones."""
        keeps = self.options.restore_best
        if keeps is None:
            keeps = self.constants["max_fail"] > 0
        return self.best_row if keeps and self.task.held and self.best_row else None

    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters that are given back, arrays of one's own."""
        vector = self.weights if self.best is None else self.best_weights
        found = {**self.task.parameters, **parted(vector, self.shapes)}
        return {name: np.array(v, self.weights.dtype) for name, v in found.items()}

    def remarks(self) -> tuple[str, ...]:
        """What else is to be said, in words."""
        return ()

    def ending(self, interrupted: bool) -> Ending:
        """Why the fit ended."""
        so_far = f"after {counted(self.done)}"
        if interrupted:
            said = f"interrupted by Ctrl-C {so_far}: the result so far is kept"
            return Ending("interrupted", said)
        if self.stopped:
            return Ending("callback", f"stopped by a callback {so_far}")
        if self.ended:
            return self.own_ending({**self.start, **(self.rows[-1] if self.rows else {})})
        if self.clock.over and self.done < self.iterations:
            return Ending("time", f"stopped by max_time = {self.options.max_time:g} s {so_far}")
        return Ending("done", f"{counted(self.done)} done")

    def own_ending(self, last: Row) -> Ending:
        """Why the solver itself came to an end."""
        raise NotImplementedError

    def checks_ending(self, last: Row) -> Ending:
        """Where the validation loss ended it."""
        back = f"; the weights of iteration {self.best:,} are given back" if self.best else ""
        return Ending(
            "patience",
            f"the validation loss was not better for {counted(last['val_fails'])}: stopped at "
            f"iteration {self.done:,}{back}",
        )

    def goal_ending(self, last: Row) -> Ending:
        """Where the goal was met."""
        at = f"in iteration {self.done:,}"
        return Ending("goal", f"the loss {last['loss']:.6g} met the goal {self.goal:g} {at}")

    # ---- how it is kept -------------------------------------------------------------------------

    @classmethod
    def identity(cls, task: Task) -> str:
        """Equal for fits that go on in the same way."""
        return repr((cls.__name__, task.identity))

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """Everything that the next iteration depends on."""
        arrays = {"weights": self.weights, "best": self.best_weights}
        about = {
            "state": dict(self.start), "best": self.best_row, "seconds": self.clock.seconds,
            "key": self.identity(self.task),
        }  # fmt: skip
        return arrays, about

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[Row]
    ) -> None:
        """Goes back to a snapshot. Raises ConfigError for one of another network."""
        if about.get("key") != self.identity(self.task):
            raise another()
        self.rows, self.start = list(rows), dict(about["state"])
        self.weights, self.best_weights = arrays["weights"], arrays["best"]
        self.best_row = about["best"]
        self.clock.before = about["seconds"]
        self.clock.start()


def iterations_of(options: Options) -> int:
    """How many iterations are made at most. Raises ConfigError where both counts are given."""
    if options.epochs is not None and options.iterations is not None:
        raise ConfigError(
            "Both iterations and epochs were given.",
            given=f"iterations = {options.iterations!r}, epochs = {options.epochs!r}",
            why="an iteration of a solver is an epoch",
            hint="give one of the two",
        )
    asked = options.epochs if options.epochs is not None else options.iterations
    return EPOCHS if asked is None else whole_number("epochs", asked, 0)


def counted(number: int) -> str:
    """So many iterations."""
    return f"{number:,} iteration{'' if number == 1 else 's'}"
