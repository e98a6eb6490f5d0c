"""Objectives: which loss a network is trained on, and what is summed and what is averaged.

A loss of outputs is an element-wise node (E_o1, E_o2), then a sum or mean over the outputs, then
one over the samples: so every part of it has a name, and the formula shown is the formula run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad import ops
from whygrad.equivalents import option_hint
from whygrad.errors import ConfigError, DataError
from whygrad.graph import Variable
from whygrad.op import REGISTRY, find

REDUCTIONS = ("mean", "sum")
OF_THE_LOSS = ("error", "mean", "divergence", "part", "loss")  # roles of the nodes it is made of


@dataclass(frozen=True)
class Objective:
    """A loss of a network.

    operation: its rule. outputs: how a sample's outputs are put together ("sum", "mean").
    fused: the output activation that the rule contains; it then reads net instead of out.
    targets: what it takes ("any", "count", "probability", "distribution").
    reduction: how samples are put together, where the loss itself says so.
    """

    operation: str
    outputs: str = "sum"
    fused: str = ""
    targets: str = "any"
    reduction: str = ""

    @property
    def per_sample(self) -> bool:
        """Whether the rule gives one loss a sample instead of one an output."""
        return self.targets == "distribution"


OBJECTIVES = {
    "half_squared_error": Objective("half_squared_error"),
    "squared_error": Objective("squared_error"),
    "mean_squared_error": Objective("squared_error", outputs="mean"),
    "sum_squared_error": Objective("squared_error", reduction="sum"),
    "absolute_error": Objective("absolute_error"),
    "mean_absolute_error": Objective("absolute_error", outputs="mean"),
    "huber": Objective("huber"),
    "binary_cross_entropy": Objective("binary_cross_entropy", targets="probability"),
    "binary_cross_entropy_with_logits": Objective(
        "binary_cross_entropy_with_logits", fused="sigmoid", targets="probability"
    ),
    "poisson_nll": Objective("poisson_nll", fused="exp", targets="count"),
    "softmax_cross_entropy": Objective(
        "softmax_cross_entropy", fused="softmax", targets="distribution"
    ),
}


def objective(name: str) -> Objective:
    """The objective of a loss's name or alias; an unknown one is answered with the nearest."""
    return OBJECTIVES[loss_name(name)]


def loss_name(name: str) -> str:
    """What a loss is called, of its name or alias; an unknown one is answered with the nearest."""
    name = next((o.name for o in REGISTRY.values() if name in o.aliases), name)
    if name not in OBJECTIVES:
        raise ConfigError(f"There is no loss {name!r}.", hint=option_hint(name, OBJECTIVES))
    return name


def total_loss(
    chosen: Objective,
    reads: Variable,
    target: Variable,
    reduction: str,
    layer: int,
    weight: Variable | None = None,
    known: Variable | None = None,
) -> Variable:
    """The nodes from outputs (samples, outputs) and targets to one number, the loss.

    weight (samples,): Σ wᵢ·Eᵢ / Σ wᵢ instead of the mean over samples, Σ wᵢ·Eᵢ instead of the sum.
    known (samples, outputs): 1, or 0 for a target that is not known and adds nothing.
    """
    errors = find(chosen.operation)(reads, target).named("E", role="error", layer=layer)
    if known is not None:
        errors = (errors * known).named("E_known", role="error", layer=layer)
    samples, outputs = reads.shape
    over_outputs = ops.sum if chosen.outputs == "sum" else ops.mean
    if samples == 1 and weight is None:  # nothing to put together over samples
        return over_outputs(errors)
    if not chosen.per_sample and (outputs > 1 or weight is not None):
        errors = over_outputs(errors, axis=1).named("E_sample", role="error", layer=layer)
    if weight is None:
        return (ops.sum if reduction == "sum" else ops.mean)(errors)
    total = ops.sum((errors * weight).named("E_weighted", role="error", layer=layer))
    return total if reduction == "sum" else total / ops.sum(weight)


@dataclass(frozen=True)
class Sparsity:
    """How rarely the units of a code are to be active: on average ρ, and β how much that counts."""

    rho: float
    beta: float


def sparsity_of(given: Any) -> Sparsity | None:
    """The sparsity of {"rho": 0.05, "beta": 3}. Raises ConfigError for what is none."""
    if given is None or isinstance(given, Sparsity):
        return given
    if not isinstance(given, Mapping) or not set(given) <= {"rho", "beta"}:
        raise ConfigError(
            "sparsity has rho and beta.", given=repr(given)[:100], hint='{"rho": 0.05, "beta": 3.0}'
        )
    found = Sparsity(**{"rho": 0.05, "beta": 3.0, **given})
    for key, value in (("rho", found.rho), ("beta", found.beta)):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 < value < (1 if key == "rho" else float("inf")):
            limits = "between 0 and 1" if key == "rho" else "positive"
            raise ConfigError(f"sparsity.{key} must be a number, {limits}.", given=repr(value))
    return found


def sparsity_penalty(
    sparsity: Sparsity, out: Variable, layer: int, weight: Variable | None = None
) -> Variable:
    """β · Σⱼ KL(ρ ‖ ρ̂ⱼ), ρ̂ⱼ the mean of a unit's outputs over the samples (Ng, CS294A, 2011).

    weight (samples,): each counts so much in that mean, too.
    """
    if weight is None:
        mean = ops.mean(out, axis=0)
    else:
        mean = ops.sum(out * weight.reshape(out.shape[0], 1), axis=0) / ops.sum(weight)
    mean = mean.named(f"mean{layer}", role="mean", layer=layer)
    apart = ops.bernoulli_divergence(mean, rho=sparsity.rho)
    apart = apart.named(f"KL{layer}", role="divergence", layer=layer)
    total = ops.sum(apart).named("KL", role="divergence", layer=layer)
    return (sparsity.beta * total).named("E_sparse", role="part")


def check_targets(name: str, y: np.ndarray, outputs: int) -> None:
    """Refuses targets outside of the loss's domain, naming the first one."""
    kind = objective(name).targets
    if kind == "distribution" and np.issubdtype(y.dtype, np.integer) and y.ndim == 1:
        wrong = (y < 0) | (y >= outputs)
        domain = f"labels are whole numbers from 0 to {outputs - 1}"
    elif kind == "distribution":
        wrong = (y < 0).any(axis=1) | (np.abs(y.sum(axis=1) - 1) > 1e-6)
        domain = "a row of targets holds probabilities: none negative, their sum 1"
    elif kind == "probability":
        wrong, domain = (y < 0) | (y > 1), "targets lie from 0 to 1"
    elif kind == "count":
        wrong, domain = y < 0, "counts, and means of counts, are not negative"
    else:
        return
    if wrong.any():
        at = tuple(int(i) + 1 for i in np.argwhere(wrong)[0])
        raise DataError(
            f"The targets do not suit the loss {name!r}.",
            given=f"sample {at[0]} has {y[at[0] - 1].tolist()}",
            why=domain,
            hint='several classes at once: output_activation = "sigmoid", loss = '
            '"binary_cross_entropy"; quantities: "identity", "mean_squared_error"'
            if kind == "distribution" and y.ndim == 2
            else "",
        )
