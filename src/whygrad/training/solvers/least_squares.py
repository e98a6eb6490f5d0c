"""Fits of sums of squares: Levenberg–Marquardt, and with Bayesian regularisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from whygrad.errors import ConfigError
from whygrad.forward import evaluate
from whygrad.models.computation import KNOWN, WEIGHT
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.numeric import xp
from whygrad.reverse import backward
from whygrad.training.course import Callback
from whygrad.training.options import Options
from whygrad.training.solvers.fit import Fit
from whygrad.training.solvers.looping import Looping
from whygrad.training.task import Task

LARGEST = 2**30  # bytes of the system of equations
SQUARED = {"half_squared_error": 0.5, "squared_error": 1.0, "mean_squared_error": 1.0}
DEFAULTS = {
    "mu": 1e-3, "mu_dec": 0.1, "mu_inc": 10.0, "mu_max": 1e10, "min_gradient": 1e-7, "max_fail": 6,
}  # fmt: skip


def loss_share(net: Network, samples: float) -> float:
    """loss = share · Σ squared residuals; samples: their number, or the sum of their weights.

    Raises ConfigError for a loss that is no such sum.
    """
    name = net.loss if net.loss in SQUARED else objective(net.loss).operation
    if name not in SQUARED or net.sparsity is not None:
        given = f"the loss {net.loss!r}" if net.sparsity is None else "a sparsity penalty"
        raise ConfigError(
            "Levenberg–Marquardt fits sums of squares.",
            given=given,
            hint='loss = "mean_squared_error"; or another optimizer, such as scg or lbfgs',
        )
    per_sample = SQUARED[name] / (net.layers[-1] if name == "mean_squared_error" else 1)
    return per_sample / (1 if net.reduction == "sum" else samples)


def share_of(task: Task) -> float:
    """The share of a task's loss that a squared residual is."""
    assert task.network is not None
    samples = task.data[WEIGHT].sum() if WEIGHT in task.data else len(task.data["x"])
    return loss_share(task.network, float(samples))


def residuals_of(task: Task) -> int:
    """How many residuals there are: those of unknown targets are none."""
    return int(task.data[KNOWN].sum()) if KNOWN in task.data else int(task.data["y"].size)


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
        """Whether the data leave some directions of the weights undecided."""
        from whygrad.engine import compiled
        from whygrad.engine import iterations as loop

        if self.number("stop") != loop.STUCK:
            return ()
        with compiled.computing(self.dtype, self.where):
            A = np.asarray(self.program.normal(self.weights, self.sent())[0])
        eigenvalues, size = np.linalg.eigvalsh(A), len(A)
        rank = int((eigenvalues > eigenvalues[-1] * size * np.finfo(float).eps).sum())
        if rank == size:
            return ()
        return (
            f"the Jacobian has rank {rank:,}, there are {size:,} weights: the data leave "
            f"{size - rank:,} of their directions undecided; fewer hidden neurons or lm_bayes",
        )


class Bayesian(LevenbergMarquardt):
    """F = β·E_D + α·E_W (MacKay 1992; Foresee and Hagan 1997; constants as MATLAB's trainbr)."""

    title: ClassVar[str] = "Bayesian regularisation"
    defaults: ClassVar[Mapping[str, float]] = {**DEFAULTS, "mu": 5e-3, "max_fail": 0}

    def make_program(self) -> Any:
        """The loop with α and β."""
        from whygrad.engine.least_squares import BayesianLeastSquares

        return self._loop(BayesianLeastSquares)

    def memory(self) -> dict[str, Any]:
        """The damping; α and β are estimated at the start."""
        return {**super().memory(), "alpha": 0, "beta": 0, "gamma": 0}

    def numbers(self) -> dict[str, Any]:
        """And how many residuals there are."""
        return {**super().numbers(), "residuals": residuals_of(self.task)}

    def remarks(self) -> tuple[str, ...]:
        """How many parameters the data decide."""
        last = self.rows[-1] if self.rows else self.start
        if not last:
            return ()
        said = (
            f"{last['gamma']:.1f} of {len(self.weights):,} parameters are effective (gamma); "
            f"alpha {last['alpha']:.3g}, beta {last['beta']:.3g}"
        )
        if last["gamma"] >= 1:
            return (said,)
        return (
            said,
            'the weights were shrunk to nothing: try init = "nguyen_widrow", another seed',
        )


FITS: dict[str, type[Fit]] = {"lm": LevenbergMarquardt, "lm_bayes": Bayesian}
