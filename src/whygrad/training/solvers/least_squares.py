"""Fits of sums of squares: Levenberg–Marquardt, and with Bayesian regularisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from whygrad.engine import iterations as loop
from whygrad.errors import ConfigError
from whygrad.models.mlp import Network
from whygrad.training.blas import one_thread
from whygrad.training.course import Callback
from whygrad.training.options import Options
from whygrad.training.solvers.looping import Looping
from whygrad.training.solvers.squares import (
    LARGEST,
    loss_share,
    rank_of,
    residual_jacobian,
    residuals_of,
    share_of,
    with_unit_columns,
)
from whygrad.training.task import Task

MOST_WORK = 1e9  # residuals · weights², up to which the rank of the Jacobian is found out
DEFAULTS = {
    "mu": 1e-3, "mu_dec": 0.1, "mu_inc": 10.0, "mu_max": 1e10, "min_gradient": 1e-7, "max_fail": 6,
}  # fmt: skip


def guard(task: Task) -> None:
    """Refuses a system that no memory should hold, and says what to take instead.

    The Jacobian itself is gone through some rows at a time; JᵀJ is whole.
    """
    weights = sum(task.parameters[n].size for n in task.learned)
    size = weights**2 * 8
    if size > LARGEST:
        rows = int(task.data["y"].size)
        raise ConfigError(
            "The Jacobian of Levenberg–Marquardt would be too large.",
            given=f"{rows:,} residuals × {weights:,} parameters: a system of {weights:,} equations "
            f"an iteration, {size / 2**30:,.1f} GiB",
            why=f"at most {LARGEST / 2**30:.0f} GiB is taken: {int((LARGEST / 8) ** 0.5):,} "
            f"parameters",
            hint='optimizer = "scg" or "lbfgs", which need no Jacobian; or fewer hidden neurons',
        )


class LevenbergMarquardt(Looping):
    """(JᵀJ + μI)·Δw = −Jᵀe (Hagan and Menhaj 1994; constants as MATLAB's trainlm has them)."""

    title: ClassVar[str] = "Levenberg–Marquardt"
    defaults: ClassVar[Mapping[str, float]] = DEFAULTS
    takes: ClassVar[tuple[str, ...]] = ()
    single: ClassVar[bool] = False
    why: ClassVar[str] = "it sees all samples at once, and its steps are damped by mu"
    rising: ClassVar[str] = "mu"

    def __init__(self, task: Task, options: Options, callbacks: Sequence[Callback]) -> None:
        self.share = share_of(task)
        guard(task)
        super().__init__(task, options, callbacks)

    @classmethod
    def check(cls, net: Any) -> None:
        """Networks of squared losses only."""
        if not isinstance(net, Network):
            raise ConfigError(f"{cls.title} fits networks.", given=type(net).__name__)
        loss_share(net, 1)

    def make_program(self) -> Any:
        """The loop of Levenberg–Marquardt."""
        from whygrad.engine.least_squares import LeastSquares

        return self._loop(LeastSquares)

    def _loop(self, kind: Any) -> Any:
        net = self.network
        return kind(
            self.shapes, self.held_graphs(), self.options_read(),
            net.output_graph(), f"out{net.depth}", net.layers[-1],
        )  # fmt: skip

    def memory(self) -> dict[str, Any]:
        """The damping."""
        return {"mu": self.constants["mu"], "trials": 0}

    def numbers(self) -> dict[str, Any]:
        """And what makes a loss of squares."""
        return {**super().numbers(), "share": self.share}

    def work(self) -> float:
        """JᵀJ takes residuals · weights², solving weights³."""
        size = len(self.weights)
        return float(size**2 * (self.task.data["y"].size + size))

    def remarks(self) -> tuple[str, ...]:
        """Whether the data leave some directions of the weights undecided.

        Of very many residuals and weights that would take longer than many iterations: it is then
        found out only where no step could be made any more.
        """
        found = self.parameters()
        rows, size = self.task.data["y"].size, len(self.weights)
        stuck = self.number("stop") == loop.STUCK and rows * size * 8 <= LARGEST
        if not (rows * size**2 <= MOST_WORK or stuck):
            return ()
        J, _ = with_unit_columns(residual_jacobian(self.task, found)[1])
        if not np.isfinite(J).all():
            return ()
        with one_thread(size):
            rank = rank_of(np.linalg.svd(J, compute_uv=False), rows, size)
        if rank == size:
            return ()
        return (
            f"the Jacobian has rank {rank:,}, there are {size:,} weights: the data leave "
            f"{size - rank:,} of their directions undecided; fewer hidden neurons or lm_bayes",
        )


class Bayesian(LevenbergMarquardt):
    """F = β·E_D + α·E_W (MacKay 1992; Foresee and Hagan 1997; constants as MATLAB's trainbr).

    start: "data" makes the first step for the data alone, α = 0 and β = 1, as Foresee and Hagan do
    (their step 0); "estimated" estimates both at the first weights, as MATLAB does. There errors
    are large and weights small: α outweighs β, and a network ends as a constant more often.
    """

    title: ClassVar[str] = "Bayesian regularisation"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DEFAULTS, "mu": 5e-3, "max_fail": 0, "start": "data",
    }  # fmt: skip
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"start": ("data", "estimated")}

    def make_program(self) -> Any:
        """The loop with α and β."""
        from whygrad.engine.least_squares import BayesianLeastSquares

        return self._loop(BayesianLeastSquares)

    def memory(self) -> dict[str, Any]:
        """The damping, α and β; where β is 0 the loop estimates both before the first step."""
        beta = 1 if self.constants["start"] == "data" else 0
        return {**super().memory(), "alpha": 0, "beta": beta, "gamma": len(self.weights)}

    def numbers(self) -> dict[str, Any]:
        """And how many residuals there are."""
        numbers = {**super().numbers(), "residuals": residuals_of(self.task)}
        return {k: v for k, v in numbers.items() if k not in self.choices}

    def remarks(self) -> tuple[str, ...]:
        """How many parameters the data decide."""
        last = self.rows[-1] if self.rows else self.start
        if not last:
            return ()
        said = (
            f"{last['gamma']:.1f} of {len(self.weights):,} parameters are effective (gamma); "
            f"alpha {last['alpha']:.3g}, beta {last['beta']:.3g}"
        )
        width = self.network.layers[-1]
        if last["gamma"] > width + 0.5 or 2 * last["gamma"] > len(self.weights):
            return (said,)
        return (
            said,
            f"hardly more than constant outputs have ({width:,}): either the targets do not depend "
            f"on the inputs, or the weights were shrunk to nothing; try another seed, n_restarts, "
            f'init = "nguyen_widrow", or lm',
        )
