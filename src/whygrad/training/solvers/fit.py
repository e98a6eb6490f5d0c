"""A fit under way: its rows, what they are told to, its best weights, why it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from whygrad.equivalents import option_hint
from whygrad.errors import ConfigError
from whygrad.models.flat import joined, parted, shapes_of
from whygrad.models.mlp import Network
from whygrad.training.checks import choice, is_number, whole_number
from whygrad.training.course import Callback
from whygrad.training.folder import Leaves, another
from whygrad.training.interrupt import Interrupts
from whygrad.training.options import Options
from whygrad.training.recipe import network_key
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
        self.seconds_before = 0.0
        self.began = perf_counter()

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
        return not (self.stopped or self.ended or self.late) and self.done < self.iterations

    @property
    def ended(self) -> bool:
        """Whether the solver itself has come to an end."""
        raise NotImplementedError

    def advance(self, seen: Callable[[], None]) -> None:
        """Some iterations; `seen` is called where there are new rows, and may raise."""
        raise NotImplementedError

    @property
    def seconds(self) -> float:
        """Seconds that the fit has taken, those before it was resumed included."""
        return self.seconds_before + perf_counter() - self.began

    @property
    def late(self) -> bool:
        """Whether max_time is over."""
        return self.options.max_time is not None and self.seconds >= self.options.max_time

    def take(self, row: Row) -> None:
        """A row of the record: numbered, timed, told to the callbacks."""
        for key in COUNTS:
            if key in row:
                row[key] = int(row[key])
        number = self.done + 1
        self.rows.append(
            {"epoch": number, "iteration": number, **row, "seconds": round(self.seconds, 4)}
        )
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

    def reason(self, interrupted: bool) -> str:
        """Why the fit ended, in words, with the numbers."""
        done = self.done
        if interrupted:
            return f"interrupted by Ctrl-C after {counted(done)}: the result so far is kept"
        if self.stopped:
            return f"stopped by a callback after {counted(done)}"
        if self.ended:
            return self.own_reason({**self.start, **(self.rows[-1] if self.rows else {})})
        if self.late and done < self.iterations:
            return f"stopped by max_time = {self.options.max_time:g} s after {counted(done)}"
        return f"{counted(done)} done"

    def own_reason(self, last: Row) -> str:
        """Why the solver itself came to an end."""
        raise NotImplementedError

    def checks_reason(self, last: Row) -> str:
        """What is said where the validation loss ended it."""
        back = f"; the weights of iteration {self.best:,} are given back" if self.best else ""
        return (
            f"the validation loss was not better for {counted(last['val_fails'])}: stopped at "
            f"iteration {self.done:,}{back}"
        )

    def goal_reason(self, last: Row) -> str:
        """What is said where the goal was met."""
        return f"the loss {last['loss']:.6g} met the goal {self.goal:g} in iteration {self.done:,}"

    # ---- how it is kept -------------------------------------------------------------------------

    def key(self) -> Any:
        """Equal for fits that go on in the same way."""
        if self.task.network is None:
            return type(self).__name__, self.shapes
        net = network_key(self.task.network, self.task.labels)
        return type(self).__name__, net, self.task.learned, self.task.extras, self.dtype

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """Everything that the next iteration depends on."""
        arrays = {"weights": self.weights, "best": self.best_weights}
        about = {"state": dict(self.start), "best": self.best_row, "key": repr(self.key())}
        return arrays, about

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[Row]
    ) -> None:
        """Goes back to a snapshot. Raises ConfigError for one of another network."""
        if about.get("key") != repr(self.key()):
            raise another()
        self.rows, self.start = list(rows), dict(about["state"])
        self.weights, self.best_weights = arrays["weights"], arrays["best"]
        self.best_row = about["best"]
        self.seconds_before = float(rows[-1]["seconds"]) if rows else 0.0
        self.began = perf_counter()


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
