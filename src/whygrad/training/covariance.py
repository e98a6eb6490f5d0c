"""How well the data decide the weights of a least-squares fit: covariance, standard errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.models.flat import Shapes, joined, parted, shapes_of
from whygrad.models.mlp import Network
from whygrad.names import Value
from whygrad.notation import Textbook
from whygrad.shown import Shown
from whygrad.training.solvers.squares import (
    EPSILON,
    LARGEST,
    loss_share,
    rank_of,
    residual_jacobian,
    residuals_of,
    with_unit_columns,
)
from whygrad.training.task import Task

if TYPE_CHECKING:  # what shows itself brings its page
    from whygrad.pages.document import Document

NAMED = 6  # weights that an error names


@dataclass(frozen=True, eq=False, repr=False)
class Covariance(Shown):
    """σ²·(JᵀJ)⁻¹ at the weights of a fit, J the Jacobian of its residuals, σ² = Σe² / (n − p).

    matrix (p, p): of the weights that were learned, in the order of `names`, in the network's own
    units (where it scales its data, those of scaled inputs and targets). values (p,): these
    weights. residuals: n, those of known targets; weights of samples count as in the loss.
    condition: of J, its columns scaled to length 1.
    offset: how far from its minimum the fit is, in units of its own noise: under 0.001 it has
    converged (Bates and Watts 1981, relative offset); over that, these are not its errors yet.

    The covariance is that of a linear model with J (Seber and Wild 1989, section 2.1): exact for
    linear networks, an approximation for others, and without penalties.
    """

    network: Network
    shapes: Shapes
    values: np.ndarray
    matrix: np.ndarray
    residuals: int
    sigma2: float
    condition: float
    offset: float
    references: tuple[Value, ...] = field(repr=False)

    @property
    def dof(self) -> int:
        """Degrees of freedom, n − p."""
        return self.residuals - len(self.values)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each row and column of the matrix is called: w1, w2, b_h1, …"""
        naming = Textbook(self.network.graph(), self.network.renamed)
        return tuple(naming.text(ref) for ref in self.references)

    @property
    def standard_errors(self) -> dict[str, np.ndarray]:
        """The root of the diagonal, by parameter, in its shape."""
        return parted(np.sqrt(np.diag(self.matrix)), self.shapes)

    @property
    def digits(self) -> int:
        """How many digits of the standard errors rounding leaves: −log₁₀(condition · ε), ε 2⁻⁵².

        How well n residuals determine σ is another matter: to about 1/√(2·dof) of itself.
        """
        return max(0, math.floor(-math.log10(self.condition * EPSILON)))

    @property
    def decided(self) -> np.ndarray:
        """For each weight, how many of its leading digits stand above its standard error (p,)."""
        errors = np.sqrt(np.diag(self.matrix))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log10(np.abs(self.values) / errors)
        return np.clip(np.nan_to_num(np.floor(ratio), posinf=self.digits), 0, 16).astype(int)

    def __repr__(self) -> str:
        sizes = f"weights {len(self.values):,}, dof {self.dof:,}, sigma2 {self.sigma2:.6g}"
        return f"<Covariance: {sizes}>"

    def document(self) -> Document:
        """A table of the weights with their errors, as a page."""
        from whygrad.pages.covariance import covariance_document

        return covariance_document(self)


def covariance_of(task: Task, parameters: Mapping[str, np.ndarray]) -> Covariance:
    """The covariance of what a task learned, at these parameters.

    Raises ConfigError where there is none: another loss than squares, no more residuals than
    weights, a Jacobian of less than full rank.
    """
    net = fitted(task)
    shapes = shapes_of(task.parameters, task.learned)
    values = joined(parameters, shapes).astype(float)
    n, p = residuals_of(task), len(values)
    if n <= p:
        raise ConfigError(
            "A covariance needs more residuals than weights.",
            given=f"{n:,} residuals, {p:,} weights",
            why="nothing is left to estimate the noise from",
            hint="more samples, fewer hidden neurons, or frozen parameters",
        )
    e, J = residual_jacobian(task, parameters)
    scaled, lengths = with_unit_columns(J)
    references = tuple(Value(k, i) for k, shape in shapes for i in np.ndindex(*shape))
    check_lengths(net, lengths, references)
    U, s, Vt = np.linalg.svd(scaled, full_matrices=False)
    check_rank(net, s, Vt, len(J), references)
    sigma2 = float(e @ e) / (n - p)
    root = Vt.T / s / lengths[:, None]
    within = U.T @ e  # the part of the residuals that a further step would take away
    beyond = max(float(e @ e - within @ within), 0.0)
    offset = math.sqrt(float(within @ within) / p) / max(math.sqrt(beyond / (n - p)), 1e-300)
    return Covariance(
        replace(net, parameters=dict(parameters)), shapes, values, sigma2 * (root @ root.T), n,
        sigma2, float(s[0] / s[-1]), offset if e.any() else 0.0, references,
    )  # fmt: skip


def fitted(task: Task) -> Network:
    """The network of a task that fits squares. Raises ConfigError for another."""
    if task.network is None:
        raise ConfigError("A covariance is that of a network's fit.", given="a traced graph")
    try:
        loss_share(task.network, 1)
    except ConfigError as error:
        raise ConfigError(
            "A covariance of weights is that of a fit of squares.",
            given=error.given,
            hint='loss = "mean_squared_error"',
        ) from None
    weights = sum(task.parameters[n].size for n in task.learned)
    size = task.data["y"].size * weights * 8
    if size > LARGEST:
        raise ConfigError(
            "The Jacobian would be too large for a covariance.",
            given=f"{task.data['y'].size:,} residuals × {weights:,} weights: "
            f"{size / 2**30:,.1f} GiB",
        )
    return task.network


def check_lengths(net: Network, lengths: np.ndarray, references: tuple[Value, ...]) -> None:
    """Refuses weights that no residual depends on."""
    idle = np.flatnonzero(lengths == 0)
    if idle.size:
        raise ConfigError(
            "The Jacobian is of less than full rank.",
            given=f"no residual depends on {listed(net, references, idle)}",
            why="a weight that changes nothing has no standard error",
            hint="frozen = [...] for what is not to be learned, or fewer hidden neurons",
        )


def check_rank(
    net: Network, s: np.ndarray, Vt: np.ndarray, rows: int, references: tuple[Value, ...]
) -> None:
    """Refuses a Jacobian of less than full rank, and names the weights that are undecided."""
    rank = rank_of(s, rows, len(s))
    if rank == len(s):
        return
    loose = np.abs(Vt[rank:]).max(axis=0)
    which = np.flatnonzero(loose > 0.1 * loose.max())
    raise ConfigError(
        "The Jacobian is of less than full rank.",
        given=f"rank {rank:,} of {len(s):,}: {listed(net, references, which)} can be moved "
        f"together without any residual changing",
        why="the data leave them undecided: their errors are infinite",
        hint="fewer hidden neurons, more samples, or frozen = [...]",
    )


def listed(net: Network, references: tuple[Value, ...], which: Any) -> str:
    """Some weights by name."""
    naming = Textbook(net.graph(), net.renamed)
    names = ", ".join(naming.text(references[k]) for k in which[:NAMED])
    return names + (f" and {len(which) - NAMED:,} more" if len(which) > NAMED else "")
