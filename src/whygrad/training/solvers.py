"""Full-batch solvers for sums of squares: Levenberg–Marquardt, as MATLAB's trainlm has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, nearest
from whygrad.forward import evaluate
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.numeric import xp
from whygrad.reverse import backward
from whygrad.training.checks import is_number, whole_number
from whygrad.training.cost import INSTALL
from whygrad.training.course import REPORTS, Callback, copied
from whygrad.training.folder import Leaves, RunFolder, another
from whygrad.training.history import History
from whygrad.training.interrupt import Interrupts
from whygrad.training.options import Options
from whygrad.training.programs import program_of
from whygrad.training.progress import Progress
from whygrad.training.recipe import network_key
from whygrad.training.run import Run, run_of
from whygrad.training.task import Task

LARGEST_JACOBIAN = 2**30  # bytes
DEFAULTS = {
    "mu": 1e-3,
    "mu_dec": 0.1,
    "mu_inc": 10.0,
    "mu_max": 1e10,
    "min_gradient": 1e-7,
    "max_fail": 6,
}
EPOCHS = 1_000
SQUARED = {"half_squared_error": 0.5, "squared_error": 1.0, "mean_squared_error": 1.0}
UNUSED = (
    "batch_size", "learning_rate", "l1", "l2", "weight_decay", "clip_norm", "clip_value", "dropout",
    "schedule", "warmup",
)  # fmt: skip


@dataclass(frozen=True)
class Damping:
    """The constants of Levenberg–Marquardt (Hagan and Menhaj 1994; MATLAB's defaults)."""

    mu: float
    mu_dec: float
    mu_inc: float
    mu_max: float
    min_gradient: float
    max_fail: int


def damping(given: Any) -> Damping:
    """The constants of {"name": "lm", "mu": …}. Raises ConfigError for unknown or unfit ones."""
    options = dict(given) if isinstance(given, Mapping) else {}
    options.pop("name", None)
    for key, value in options.items():
        if key not in DEFAULTS:
            raise ConfigError(f"lm has no option {key!r}.", hint=nearest(key, DEFAULTS))
        if not is_number(value) or not 0 < value < float("inf"):
            raise ConfigError(f"lm: {key} must be a positive number.", given=repr(value))
    return Damping(**{**DEFAULTS, **options})


def loss_share(net: Network, samples: int) -> float:
    """loss = share · Σ squared residuals. Raises ConfigError for a loss that is no such sum."""
    name = objective(net.loss).operation if net.loss not in SQUARED else net.loss
    if name not in SQUARED:
        raise ConfigError(
            "Levenberg–Marquardt fits sums of squares.",
            given=f"the loss {net.loss!r}",
            hint='loss = "mean_squared_error"; or another optimizer, such as adam',
        )
    per_sample = SQUARED[name] / (net.layers[-1] if name == "mean_squared_error" else 1)
    return per_sample / (1 if net.reduction == "sum" else samples)


def jacobian(
    net: Network, x: np.ndarray, y: np.ndarray, learned: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Residuals outputs − targets (samples · outputs,) and their Jacobian, by NumPy, row by row."""
    graph, width = net.output_graph(), net.layers[-1]
    rows = []
    for sample in x:
        for chosen in np.eye(width):
            given = {"x": sample[None], "chosen": chosen[None], **net.parameters}
            values = evaluate(graph, given, xp)
            found = backward(graph, values, xp, only=learned)
            rows.append(np.concatenate([np.ravel(found[name]) for name in learned]))
    return (net.outputs_of(x) - y).ravel(), np.array(rows)


def guard(task: Task) -> None:
    """Refuses a Jacobian that no memory should hold, and says what to take instead."""
    assert task.network is not None
    weights = sum(task.parameters[n].size for n in task.learned)
    rows = len(task.data["x"]) * task.network.layers[-1]
    size = rows * weights * 8
    if size > LARGEST_JACOBIAN or weights > 20_000:
        raise ConfigError(
            "The Jacobian of Levenberg–Marquardt would be too large.",
            given=f"{rows:,} residuals × {weights:,} parameters: {size / 2**30:,.1f} GiB, and "
            f"a system of {weights:,} equations an iteration",
            why=f"at most {LARGEST_JACOBIAN / 2**30:.0f} GiB and 20,000 parameters are taken",
            hint='optimizer = "adam" with batch_size = 64; or fewer hidden neurons',
        )


def checked(net: Any, options: Options) -> Options:
    """The options with what the solver fixes. Raises ConfigError for what it cannot do."""
    if not isinstance(net, Network):
        raise ConfigError("Levenberg–Marquardt fits networks.", given=type(net).__name__)
    usual = Options()
    for key in UNUSED:
        if getattr(options, key) != getattr(usual, key):
            raise ConfigError(
                f"Levenberg–Marquardt has no {key}.",
                given=repr(getattr(options, key)),
                why="it sees all samples at once, and its steps are damped by mu",
            )
    if options.dtype == "float32" or options.engine == "eager":
        raise ConfigError("Levenberg–Marquardt is compiled and runs in float64.")
    if find_spec("jax") is None:
        raise ConfigError("Levenberg–Marquardt needs JAX.", hint=INSTALL)
    options.dtype = "float64"
    options.check()
    damping(options.optimizer)
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
    fit = Fit(task, options, callbacks)
    if folder is not None:
        folder.open(fit)
    total = fit.iterations
    began = perf_counter()
    interrupted = False
    try:
        with fit.interrupts, Progress(total, quiet, epochs=True) as progress:
            while fit.going:
                fit.advance()
                progress.at(fit.done, fit.rows[-1])
                if folder is not None:
                    folder.kept(fit)
                fit.interrupts.check()
    except KeyboardInterrupt:
        interrupted = True
    best = fit.best
    parameters = copied(fit.parameters if best is None else best[1])
    run = run_of(
        task,
        parameters,
        folder,
        history=History(fit.rows),
        iterations=fit.done,
        stop_reason=fit.reason(interrupted),
        interrupted=interrupted,
        best_epoch=None if best is None else best[0],
        engine="compiled",
        device=fit.device.platform,
        seconds=perf_counter() - began,
    )
    if folder is not None:
        folder.close(fit, run)
    return run


class Fit:
    """One fit under way."""

    def __init__(self, task: Task, options: Options, callbacks: Sequence[Callback]) -> None:
        from whygrad.engine import compiled

        assert task.network is not None
        share = loss_share(task.network, len(task.data["x"]))
        guard(task)
        self.task, self.constants = task, damping(options.optimizer)
        self.callbacks, self.interrupts = callbacks, Interrupts()
        asked = options.epochs if options.epochs is not None else options.iterations
        self.iterations = EPOCHS if asked is None else whole_number("epochs", asked, 0)
        self.goal = options.goal or 0.0
        self.compiled = compiled
        compiled.keep_programs()
        self.device = compiled.device_named(options.device)
        self.program = program_of(self._key(), self._program)
        held = task.held or {}
        self.parameters = {n: task.parameters[n] for n in task.learned}
        self.frozen = {n: v for n, v in task.parameters.items() if n not in task.learned}
        self.held = {k: held[k] for k in held}
        constants = self.constants
        self.options = {
            "mu_inc": constants.mu_inc, "mu_dec": constants.mu_dec, "mu_max": constants.mu_max,
            "min_gradient": constants.min_gradient, "goal": self.goal, "share": share,
            "max_fail": float(options.early_stopping or constants.max_fail),
            "held_share": loss_share(task.network, len(held["x"])) if held else 0.0,
        }  # fmt: skip
        self.state: dict[str, Any] = {
            "mu": np.float64(constants.mu), "stop": np.int32(0), "val_fails": np.int32(0),
            "best": np.float64(np.inf), "best_iteration": np.int32(0),
            "best_at": dict(self.parameters), "done": np.int32(0),
        }  # fmt: skip
        self.rows: list[dict[str, Any]] = []
        self.stretch, self.stopped = 8, False
        self.began = perf_counter()

    def _key(self) -> Any:
        """Equal for fits that the same program runs."""
        return "lm", network_key(self.net, False), self.task.learned, bool(self.task.held)

    def _program(self) -> Any:
        from whygrad.engine.least_squares import LeastSquares

        net, learned = self.net, self.task.learned
        return LeastSquares(
            net.output_graph(), f"out{net.depth}", learned, net.layers[-1], bool(self.task.held)
        )

    @property
    def done(self) -> int:
        """Iterations made."""
        return len(self.rows)

    @property
    def going(self) -> bool:
        """Whether there is anything left to do."""
        return self.done < self.iterations and not int(self.state["stop"]) and not self.stopped

    def advance(self) -> None:
        """Some iterations; their rows are told to the callbacks."""
        from whygrad.engine.least_squares import COLUMNS, MOST_ITERATIONS

        began = perf_counter()
        count = min(self.stretch, MOST_ITERATIONS, self.iterations - self.done)
        with self.compiled.computing("float64", self.device):
            learned, state, record, made = self.program.run(
                self.parameters, self.state, self.frozen, dict(self.task.data), self.held,
                self.options, np.int32(count),
            )  # fmt: skip
            record = np.asarray(record)[: int(made)]
            self.parameters = {k: np.array(v) for k, v in learned.items()}
            self.state = {
                k: {n: np.array(a) for n, a in v.items()} if isinstance(v, dict) else np.asarray(v)
                for k, v in state.items()
            }
        took = perf_counter() - began
        self.stretch = max(1, min(int(REPORTS * count / max(took, 1e-6)), 4 * self.stretch))
        for row in record.tolist():
            self._take(dict(zip(COLUMNS, row, strict=True)))

    def _take(self, row: dict[str, Any]) -> None:
        if not self.held:
            del row["val_loss"], row["val_fails"]
        else:
            row["val_fails"] = int(row["val_fails"])
        row["trials"] = int(row["trials"])
        number = self.done + 1
        seconds = round(perf_counter() - self.began, 4)
        self.rows.append({"epoch": number, "iteration": number, **row, "seconds": seconds})
        for callback in self.callbacks:
            self.stopped |= callback(dict(self.rows[-1])) is True

    def snapshot(self) -> tuple[Leaves, dict[str, Any]]:
        """Everything that the next iteration depends on."""
        arrays = {f"p/{k}": v for k, v in self.parameters.items()}
        arrays |= {f"b/{k}": v for k, v in self.state["best_at"].items()}
        scalars = {k: np.asarray(v).item() for k, v in self.state.items() if k != "best_at"}
        return arrays, {"state": scalars, "key": repr(network_key(self.net, False))}

    def restore(
        self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any], rows: list[dict[str, Any]]
    ) -> None:
        """Goes back to a snapshot. Raises ConfigError for one of another network."""
        if about.get("key") != repr(network_key(self.net, False)):
            raise another()
        self.rows = list(rows)
        self.parameters = {k: arrays[f"p/{k}"] for k in self.parameters}
        kinds = {k: np.asarray(v).dtype.type for k, v in self.state.items() if k != "best_at"}
        self.state = {k: kinds[k](v) for k, v in about["state"].items()}
        self.state["best_at"] = {k: arrays[f"b/{k}"] for k in self.parameters}

    @property
    def net(self) -> Network:
        """The network that is fitted."""
        assert self.task.network is not None
        return self.task.network

    @property
    def best(self) -> tuple[int, dict[str, Any]] | None:
        """The iteration with the lowest validation loss, and its parameters."""
        number = int(self.state["best_iteration"])
        if not self.held or not number:
            return None
        return number, {**self.frozen, **self.state["best_at"]}

    def reason(self, interrupted: bool) -> str:
        """Why the fit ended, in words, with the numbers."""
        from whygrad.engine import least_squares as ls

        done, stop, constants = self.done, int(self.state["stop"]), self.constants
        last = self.rows[-1] if self.rows else {}
        if interrupted:
            return f"interrupted by Ctrl-C after {done:,} iterations: the result so far is kept"
        if self.stopped:
            return f"stopped by a callback after {done:,} iterations"
        if stop == ls.GOAL:
            return f"the loss {last['loss']:.6g} met the goal {self.goal:g} in iteration {done:,}"
        if stop == ls.GRADIENT:
            return (
                f"the gradient's norm fell to {last['gradient']:.3g}, under "
                f"{constants.min_gradient:g}, in iteration {done:,}"
            )
        if stop == ls.MU:
            return (
                f"mu rose over {constants.mu_max:g} in iteration {done:,}: no step lowers the loss "
                f"{last['loss']:.6g} any more"
            )
        if stop == ls.CHECKS:
            best = int(self.state["best_iteration"])
            return (
                f"the validation loss was not better for {last['val_fails']} iterations: stopped "
                f"at iteration {done:,}; the weights of iteration {best:,} are given back"
            )
        if stop == ls.NOT_FINITE:
            return f"the loss or its gradient stopped being finite in iteration {done:,}: stopped"
        return f"{done:,} iteration{'' if done == 1 else 's'} done"
