"""Material: what pictures are drawn from, a run's or an evaluation's, in the data's own terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.models.mlp import Network
from whygrad.training.history import History
from whygrad.training.record import Record
from whygrad.training.samples import task_of

if TYPE_CHECKING:  # a run draws itself
    from whygrad.training.run import Run


@dataclass(frozen=True, eq=False)
class Answers:
    """Targets and outputs of all samples, and which part each is in.

    Of a classification both are labels (samples,). parts: positions by "train", "validation",
    "test". rows: by which numbers the samples are called, where that is known. inputs: makes the
    inputs (samples, inputs), which most pictures do without.
    """

    targets: np.ndarray
    outputs: np.ndarray
    inputs: Callable[[], np.ndarray]
    parts: Mapping[str, np.ndarray] = field(default_factory=dict)
    rows: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Material:
    """A network (None of a traced graph), what was measured, and what the network answers.

    kind: classification, regression, autoencoder, or "" where there are no samples. given: makes
    the answers, which are worked out when a picture asks for them; size: how many numbers the
    samples hold.
    """

    network: Network | None
    kind: str
    given: Callable[[], Answers]
    size: int = 0
    labels: tuple[Any, ...] = ()
    record: Record | None = None
    history: History = field(default_factory=History)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The columns of a table that are predicted; empty where they have no names."""
        around = self.network.preparation if self.network else None
        if around is None or self.kind == "classification":
            return ()
        names = around.target_names
        if self.kind == "autoencoder" and around.encoder is not None:
            names = tuple(around.encoder.inputs)
        assert self.network is not None
        return tuple(names) if len(names) == self.network.layers[-1] else ()

    @cached_property
    def answers(self) -> Answers:
        """What the network says of every sample."""
        return self.given()


def material_of(run: Run) -> Material:
    """What a run's pictures are drawn from."""
    net, sets = run.model, run.sets
    if net is None or not sets:
        return Material(net, "", no_answers, record=run.record, history=run.history)
    kind = task_of(net, sets["train"][1])
    size = sum(x.size + y.size for x, y in sets.values())
    return Material(
        net, kind, lambda: answers_of(net, kind, run), size,
        labels_of(net) if kind == "classification" else (), run.record, run.history,
    )  # fmt: skip


def no_answers() -> Answers:
    """Of a traced graph, and of a run whose samples are not here."""
    return Answers(np.empty(0), np.empty(0), lambda: np.empty((0, 0)))


def answers_of(net: Network, kind: str, run: Run) -> Answers:
    """The answers to all samples of a run, part after part."""
    bare, around = replace(net, preparation=None), net.preparation
    y = np.concatenate([y for _, y in run.sets.values()])
    out = np.concatenate([bare.outputs(x) for x, _ in run.sets.values()])
    ends = np.cumsum([len(x) for x, _ in run.sets.values()])
    parts = dict(zip(run.sets, np.split(np.arange(len(y)), ends[:-1]), strict=True))
    rows = None
    if run.parts is not None and all(len(run.parts.get(k, ())) == len(parts[k]) for k in parts):
        rows = np.concatenate([run.parts[k] for k in parts])
    if kind == "classification":
        labels = np.array(labels_of(net))
        y, out = labels[class_numbers(y)], labels[class_numbers(out)]
    elif around is not None and around.targets is not None:
        y, out = around.targets.restored(y), around.targets.restored(out)
    return Answers(y, out, lambda: inputs_of(net, run), parts, rows)


def inputs_of(net: Network, run: Run) -> np.ndarray:
    """The inputs of all samples of a run, part after part."""
    x = np.concatenate([x for x, _ in run.sets.values()])
    around = net.preparation
    return x if around is None or around.inputs is None else around.inputs.restored(x)


def class_numbers(y: np.ndarray) -> np.ndarray:
    """The number of each sample's class, of numbers, of one probability, or of one a class."""
    if y.ndim == 1:
        return y.astype(int)
    numbers: np.ndarray = (y[:, 0] > 0.5).astype(int) if y.shape[1] == 1 else y.argmax(axis=1)
    return numbers


def labels_of(net: Network) -> tuple[Any, ...]:
    """The names of a network's classes; their numbers where they have none."""
    around = net.preparation
    if around is not None and around.classes is not None:
        return around.classes
    return tuple(range(max(2, net.layers[-1])))
