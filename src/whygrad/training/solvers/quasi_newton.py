"""L-BFGS: SciPy's, around the objective and the gradient of that very sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from whygrad.engine.evaluation import Evaluated
from whygrad.training.blas import one_thread_for_updates
from whygrad.training.cost import by_work, pass_seconds
from whygrad.training.course import Callback
from whygrad.training.ending import Ending
from whygrad.training.options import Options
from whygrad.training.solvers.fit import COUNTS, Row, counted, iterations_of
from whygrad.training.solvers.programmed import BySlope
from whygrad.training.task import Task

CONVERGED, NOTHING = 0, object()  # SciPy's status; no result of SciPy's


class LimitedMemory(BySlope):
    """L-BFGS-B without bounds (Byrd, Lu, Nocedal and Zhu 1995), the names of its constants
    scikit-learn's where that has them.

    SciPy keeps its state to itself: a resumed fit is made again from the first weights, to the
    same bits, and goes on where the record ends.
    """

    title: ClassVar[str] = "L-BFGS"
    by_numpy: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, float]] = {
        "m": 10, "gtol": 1e-5, "ftol": 1e-15, "max_fun": 15_000, "max_line": 20, "max_fail": 6,
    }  # fmt: skip

    def __init__(self, task: Task, options: Options, callbacks: Sequence[Callback]) -> None:
        seconds = iterations_of(options) * pass_seconds(task, task.samples or 1)
        self.eager = by_work(options.engine, options.device, seconds) == "eager"
        super().__init__(task, options, callbacks)
        self.first = self.before = self.weights
        self.replayed = 0
        self.evaluations = 0
        self.fails, self.lowest = 0, np.inf
        self.met = self.out_of_patience = False
        self.result: Any = None
        self._sent = False
        self.at = self.latest = np.empty(0)
        self.threads = one_thread_for_updates(task.samples or 1, len(self.weights))

    def make_program(self) -> Any:
        """The slope alone: the loop is SciPy's."""
        if self.eager:
            return self.program_by(Evaluated)
        from whygrad.engine.slope import EvaluatedCompiled

        return self.program_by(EvaluatedCompiled)

    @property
    def ended(self) -> bool:
        """Whether SciPy came to an end, or the goal or the checks did."""
        return self.result is not None

    # ---- the objective --------------------------------------------------------------------------

    def _call(self, function: Any, vector: np.ndarray) -> np.ndarray:
        vector = vector.astype(self.dtype)
        if self.eager:
            with np.errstate(all="ignore"), self.threads:
                return np.array(function(vector, self.sent()), float)
        from whygrad.engine import compiled

        with compiled.computing(self.dtype, self.where):
            return np.array(function(vector, self._on_device()), float)

    def _on_device(self) -> Any:
        """What stays the same, sent once: for many short calls."""
        if not self._sent:
            import jax

            self.given, self._sent = jax.device_put(self.sent(), self.where), True
        return self.given

    def _slope(self, vector: np.ndarray) -> tuple[float, np.ndarray]:
        """The objective and its gradient: what SciPy asks for."""
        self.evaluations += 1
        self.at, self.latest = vector.copy(), self._call(self.program.at, vector)
        return float(self.latest[1]), self.latest[2:]

    def _row(self, vector: np.ndarray) -> Row:
        """What is measured at weights, which as a rule SciPy asked for last."""
        if not np.array_equal(self.at, vector):
            self.at, self.latest = vector.copy(), self._call(self.program.at, vector)
        held = self._call(self.program.held, vector) if self.program.graphs else ()
        with np.errstate(all="ignore"):  # an overflow is a result to look at
            gradient = np.linalg.norm(self.latest[2:])
        every = {
            "loss": self.latest[0], "objective": self.latest[1], "gradient": gradient,
            "step": np.linalg.norm(vector - self.before), "evaluations": self.evaluations,
            "val_fails": self.fails,
            **{f"{part}_loss": v for part, v in zip(self.program.graphs, held, strict=False)},
        }  # fmt: skip
        return {name: float(every[name]) for name in self.program.columns}

    # ---- how it goes on -------------------------------------------------------------------------

    def advance(self, seen: Callable[[], None]) -> None:
        """All iterations; SciPy calls after each."""
        from scipy.optimize import minimize

        self.before = self.first
        self._slope(self.first)
        self.evaluations = 0
        self.start = {k: v for k, v in self._row(self.first).items() if k not in COUNTS}
        if not np.isfinite(self.start["loss"]):
            self.result = NOTHING
            return
        c = self.constants

        def after(intermediate_result: Any) -> None:
            self._took(np.array(intermediate_result.x), seen)
            late = self.clock.over and self.replayed >= self.done
            if self.met or self.out_of_patience or self.stopped or late:
                raise StopIteration

        found = minimize(
            self._slope, self.first.astype(float), method="L-BFGS-B", jac=True, callback=after,
            options={
                "maxiter": self.iterations, "maxfun": c["max_fun"], "maxcor": c["m"],
                "maxls": c["max_line"], "gtol": c["gtol"], "ftol": c["ftol"],
            },
        )  # fmt: skip
        halted = self.stopped or self.clock.over or self.done >= self.iterations
        if self.met or self.out_of_patience or not halted:
            self.result = found

    def _took(self, vector: np.ndarray, seen: Callable[[], None]) -> None:
        """An iteration of SciPy's: its row, the best weights, whether to stop."""
        row, vector = self._row(vector), vector.astype(self.dtype)
        self.before = vector
        self.replayed += 1
        new = self.replayed > self.done  # the others are in the record already
        if "val_loss" in row:
            better = row["val_loss"] < self.lowest
            self.fails = 0 if better else self.fails + 1
            if better:
                self.lowest = row["val_loss"]
            if better and new:
                self.best_weights, self.best_row = vector, self.replayed
            row["val_fails"] = self.fails
            self.out_of_patience = 0 < self.constants["max_fail"] <= self.fails
        self.met = row["loss"] <= self.goal
        if new:
            self.weights = vector
            self.take(row)
            seen()

    def own_ending(self, last: Row) -> Ending:
        """Why SciPy stopped, in our words."""
        done = self.done
        if not np.isfinite(self.start["loss"]):
            return Ending("not_finite", "the loss is not finite before the first step")
        if self.met:
            return self.goal_ending(last)
        if self.out_of_patience:
            return self.checks_ending(last)
        c, steepest = self.constants, float(np.abs(self.result.jac).max())
        if steepest <= c["gtol"]:
            return Ending(
                "gradient",
                f"the gradient's largest entry fell to {steepest:.3g}, at most gtol = "
                f"{c['gtol']:g}, in iteration {done:,}",
            )
        if self.result.status == CONVERGED:
            return Ending(
                "converged",
                f"the loss {last['loss']:.6g} fell by at most ftol = {c['ftol']:g} of itself in "
                f"iteration {done:,}",
            )
        if self.result.nfev > c["max_fun"]:
            said = f"max_fun = {c['max_fun']:,} evaluations were made, in {counted(done)}"
            return Ending("evaluations", said)
        return Ending(
            "line_search",
            f"the search along a line found no lower loss than {last['loss']:.6g} after "
            f"{counted(done)}",
        )
