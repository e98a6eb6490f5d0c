"""Exercises on a network of one's own: its numbers first, others for further variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.exercises.kinds import Solution, full_step
from whygrad.exercises.networks import RELAXED, Standard, Style, drawn
from whygrad.exercises.numbers import Draw
from whygrad.exercises.problem import Problem
from whygrad.files import config
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network
from whygrad.recording import Trace, backprop
from whygrad.training.run import plain

FEW = 300  # draws for each standard: a deep network may keep to none but the last
LONGEST = 150  # lines of a solution that somebody can be asked to write


@dataclass(frozen=True, eq=False)
class Own:
    """A network with one pass, and how it learns: where variant 1 has its numbers from."""

    trace: Trace
    plan: Plan

    @property
    def network(self) -> Network:
        assert self.trace.network is not None
        return self.trace.network

    def drawn(self, draw: Draw, variant: int) -> tuple[Problem, Solution]:
        """The network's own numbers for variant 1, readable ones for the others."""
        problem = Problem(self.trace, self.plan) if variant == 1 else self.other(draw)
        return problem, full_step(problem)

    def other(self, draw: Draw) -> Problem:
        samples = len(self.trace.recorded.values["x"])
        standards = [replace(Standard(), least=Standard().least * f) for f in RELAXED]
        return drawn(draw, self.network, self.plan, Style(), standards, samples, FEW)

    # ---- kept in a file -------------------------------------------------------------------------

    def tables(self) -> dict[str, Any]:
        """The network, its numbers and its data as the tables of a network file."""
        network, values = self.network, self.trace.recorded.values
        known: dict[str, Any] = {
            "network": {
                "layers": list(network.layers),
                "activation": [a.name for a in network.activations],
                "loss": network.loss,
                "bias": network.bias,
            },
            "parameters": {k: v.tolist() for k, v in network.parameters.items()},
            "names": dict(network.renamed),
            "data": {"inputs": values["x"].tolist()},
            "training": {"reduction": network.reduction, "train_bias": self.plan.train_bias},
        }
        if network.autoencoder:
            known["network"]["task"] = "autoencoder"
            known["network"]["tied"] = network.tied
            if network.sparsity is not None:
                known["network"]["sparsity"] = asdict(network.sparsity)
        else:
            known["data"]["targets"] = values["y"].tolist()
        if self.plan.learning_rate is not None:
            known["training"]["learning_rate"] = plain(self.plan.learning_rate)
        return known


def from_file(path: str | Path) -> Own:
    """The network of a network file with its samples."""
    return from_network_file(config.read(path))


def from_tables(tables: Mapping[str, Any], name: str) -> Own:
    """The network that `Own.tables` wrote down."""
    return from_network_file(config.from_tables(dict(tables), name, Path(".")))


def from_network_file(file: config.NetworkFile) -> Own:
    return checked(Own(backprop(file.network, *file.samples()), file.plan()))


def from_trace(trace: Trace, plan: Plan) -> Own:
    """A pass that was run already. Raises ConfigError for a traced function: it has no layers."""
    if trace.network is None:
        raise ConfigError(
            "An exercise was asked for on a traced function.",
            why="a sheet is made of layers and neurons",
            hint="backprop(net, x, y) of a network",
        )
    return checked(Own(trace, plan))


def checked(own: Own) -> Own:
    """Refuses a network whose solution no sheet of paper holds, or that is not finite."""
    network, samples = own.network, len(own.trace.recorded.values["x"])
    neurons = sum(network.layers[1:]) * samples
    lines = 3 * neurons + 2 * sum(v.size for v in network.parameters.values())
    if lines > LONGEST:
        raise ConfigError(
            "This network is too large for a sheet of paper.",
            given=f"about {lines:,} lines for {samples} sample(s); at most {LONGEST}",
            hint="fewer neurons, or fewer samples",
        )
    if not all(np.isfinite(v).all() for v in own.trace.recorded.values.values()):
        raise ConfigError("The numbers of this network are not finite.", hint="whygrad why FILE")
    return own
