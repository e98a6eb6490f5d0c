"""L-BFGS: SciPy's, around the compiled objective and the gradient of that very sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from whygrad.training.blas import one_thread_for_updates
from whygrad.training.cost import PATIENCE, pass_seconds
from whygrad.training.course import Callback
from whygrad.training.options import Options
from whygrad.training.solvers.by_slope import BySlope
from whygrad.training.solvers.fit import COUNTS, Fit, Row, counted, iterations_of
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
        self.eager = self.small(task, options)
        super().__init__(task, options, callbacks)
        self.first = self.weights
        self.replayed = 0
        self.evaluations = 0
        self.fails, self.lowest = 0, np.inf
        self.met = self.weary = False
        self.result: Any = None
        self.at = self.latest = np.empty(0)
        self.threads = one_thread_for_updates(task.samples or 1, len(self.weights))

    def make_program(self) -> Any:
        """The slope alone: the loop is SciPy's."""
        from whygrad.engine.slope import Evaluated, EvaluatedByNumPy

        return self.loop(EvaluatedByNumPy if self.eager else Evaluated)

    def program_key(self) -> Any:
        """Equal for fits that the same program runs."""
        return (*super().program_key(), self.eager)

    @property
    def engine(self) -> str:
        """What computes the slope."""
        return "eager" if self.eager else "compiled"

    @staticmethod
    def small(task: Task, options: Options) -> bool:
        """Whether NumPy is done with it before a program would have been compiled."""
        if options.engine != "auto" or options.device == "gpu":
            return options.engine == "eager"
        return iterations_of(options) * pass_seconds(task, task.samples or 1) < PATIENCE

    def memory(self) -> dict[str, Any]:
        """Nothing of ours."""
        return {}

    @property
    def ended(self) -> bool:
        """Whether SciPy came to an end, or the goal or the checks did."""
        return self.result is not None

    # ---- the objective --------------------------------------------------------------------------

    def _call(self, function: Any, vector: np.ndarray) -> np.ndarray:
        from whygrad.engine import compiled

        if self.eager:
            with np.errstate(all="ignore"), self.threads:
                return np.array(function(vector.astype(self.weights.dtype), self.sent()), float)
        with compiled.computing(self.dtype, self.where):
            found = function(vector.astype(self.weights.dtype), self.on_device())
            return np.array(found, float)

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
            "step": np.linalg.norm(vector - self.weights), "evaluations": self.evaluations,
            "val_fails": self.fails,
            **{f"{part}_loss": v for part, v in zip(self.program.graphs, held, strict=False)},
        }  # fmt: skip
        return {name: float(every[name]) for name in self.program.columns}

    # ---- how it goes on -------------------------------------------------------------------------

    def advance(self, seen: Callable[[], None]) -> None:
        """All iterations; SciPy calls after each."""
        from scipy.optimize import minimize

        self.weights = self.first
        self._slope(self.weights)
        self.evaluations = 0
        self.start = {k: v for k, v in self._row(self.weights).items() if k not in COUNTS}
        if not np.isfinite(self.start["loss"]):
            self.result = NOTHING
            return
        c = self.constants

        def after(intermediate_result: Any) -> None:
            self._took(np.array(intermediate_result.x), seen)
            if self.met or self.weary or self.stopped or self.late:
                raise StopIteration

        found = minimize(
            self._slope, self.first.astype(float), method="L-BFGS-B", jac=True, callback=after,
            options={
                "maxiter": self.iterations, "maxfun": c["max_fun"], "maxcor": c["m"],
                "maxls": c["max_line"], "gtol": c["gtol"], "ftol": c["ftol"],
            },
        )  # fmt: skip
        halted = self.stopped or self.late or self.done >= self.iterations
        if self.met or self.weary or not halted:
            self.result = found

    def _took(self, vector: np.ndarray, seen: Callable[[], None]) -> None:
        """An iteration of SciPy's: its row, the best weights, whether to stop."""
        row = self._row(vector)
        self.weights = vector
        self.replayed += 1
        if "val_loss" in row:
            better = row["val_loss"] < self.lowest
            self.fails = 0 if better else self.fails + 1
            if better:
                self.lowest, self.best_weights, self.best_row = (
                    row["val_loss"],
                    vector,
                    self.replayed,
                )
            row["val_fails"] = self.fails
            self.weary = 0 < self.constants["max_fail"] <= self.fails
        self.met = row["loss"] <= self.goal
        if self.replayed > self.done:  # the others are in the record already
            self.take(row)
            seen()

    def own_reason(self, last: Row) -> str:
        """Why SciPy stopped, in our words."""
        done = self.done
        if not np.isfinite(self.start["loss"]):
            return "the loss is not finite before the first step"
        if self.met:
            return self.goal_reason(last)
        if self.weary:
            return self.checks_reason(last)
        c, steepest = self.constants, float(np.abs(self.result.jac).max())
        if steepest <= c["gtol"]:
            return (
                f"the gradient's largest entry fell to {steepest:.3g}, at most gtol = "
                f"{c['gtol']:g}, in iteration {done:,}"
            )
        if self.result.status == CONVERGED:
            return (
                f"the loss {last['loss']:.6g} fell by at most ftol = {c['ftol']:g} of itself in "
                f"iteration {done:,}"
            )
        if self.result.nfev > c["max_fun"]:
            return f"max_fun = {c['max_fun']:,} evaluations were made, in {counted(done)}"
        return (
            f"the search along a line found no lower loss than {last['loss']:.6g} after "
            f"{counted(done)}"
        )


FITS: dict[str, type[Fit]] = {"lbfgs": LimitedMemory}
