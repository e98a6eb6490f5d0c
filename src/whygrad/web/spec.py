"""Spec: a lesson as a page asks for one: of the gallery, built by a reader, or with changes.

    {"start": true}        what the page was opened with
    {"gallery": "xor"}     one of the networks to begin with
    {"network": {"layers": [3, 4, 2], "activation": "tanh", …}, "parameters", "inputs", "targets",
     "classes", "training", "seed"}
                           a network of one's own; what is left out is drawn, with readable numbers
    … "changes": {"activations": {"1": "tanh"}, "edits": {"w5": 0.5}, "parameters", "inputs",
     "targets", "training"}

Whoever asks may be anybody: kinds are strict, and sizes are limited before anything is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from whygrad.errors import ConfigError, DataError, NameUnknownError
from whygrad.files.config import TrainingTable, check_training
from whygrad.files.naming import check_names
from whygrad.files.starter import readable, targets
from whygrad.models.activations import activations_of
from whygrad.models.autoencoder import check_autoencoder
from whygrad.models.initial import generator
from whygrad.models.mlp import Network, mlp
from whygrad.notation import notation
from whygrad.web.gallery import lesson as of_gallery
from whygrad.web.lesson import MOST_NUMBERS, Lesson, cut, of_samples
from whygrad.web.strict import strict

MOST_LAYERS = 50
MOST_PARAMETERS = 2_000_000
MOST_DRAWN = 2_000  # numbers that are drawn with two decimals; of more nobody reads each

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Width = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Layers = Annotated[list[Width], msgspec.Meta(min_length=2, max_length=MOST_LAYERS)]
Rate = Annotated[float, msgspec.Meta(gt=0)]
Number = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)] | float
Rows = list[Number | list[Number]]
Parameters = Annotated[dict[Word, Number | Rows], msgspec.Meta(max_length=10_000)]


class Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is asked for: a key that means nothing is refused."""


class NetworkTable(Table):
    """A network: one activation for the hidden layers, or one a layer."""

    layers: Layers
    activation: Word | Annotated[list[Word], msgspec.Meta(max_length=MOST_LAYERS)] = "sigmoid"
    output_activation: Word | None = None
    loss: Word = "half_squared_error"
    bias: Word = "per_neuron"
    reduction: Word = "mean"
    names: Annotated[dict[Word, Word], msgspec.Meta(max_length=10_000)] = {}
    autoencoder: bool = False


class Steps(Table):
    """How a page's own steps are made; what is left out stays as it is."""

    learning_rate: Rate | msgspec.UnsetType = msgspec.UNSET
    update_order: Literal["simultaneous", "sequential"] | msgspec.UnsetType = msgspec.UNSET
    train_bias: bool | msgspec.UnsetType = msgspec.UNSET
    optimizer: Word | dict[Word, float | Word] | msgspec.UnsetType = msgspec.UNSET


class Changes(Table):
    """What is to be otherwise. edits: single numbers by name, among all samples."""

    activations: Annotated[dict[Word, Word], msgspec.Meta(max_length=MOST_LAYERS)] = {}
    edits: Annotated[dict[Word, float], msgspec.Meta(max_length=10_000)] = {}
    parameters: Parameters = {}
    inputs: Rows | None = None
    targets: Rows | None = None
    training: Steps = msgspec.field(default_factory=Steps)


class Spec(Table):
    """One of start, gallery and network; and changes to it."""

    start: bool = False
    gallery: Word | None = None
    network: NetworkTable | None = None
    parameters: Parameters | None = None
    inputs: Rows | None = None
    targets: Rows | None = None
    classes: Annotated[list[Word], msgspec.Meta(max_length=1_000)] | None = None
    training: Steps = msgspec.field(default_factory=Steps)
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    changes: Changes = msgspec.field(default_factory=Changes)


def lesson_of_spec(spec: Mapping[str, Any], start: Callable[[], Lesson] | None = None) -> Lesson:
    """The lesson that a spec asks for. start: makes what the page was opened with.

    Raises ConfigError, ShapeError, DataError, NameUnknownError or FormulaError, before any work.
    """
    asked = strict(spec, Spec, "The spec")
    chosen = (asked.start, asked.gallery is not None, asked.network is not None)
    if sum(chosen) != 1:
        raise ConfigError(
            "Which network is meant was not said.",
            given=", ".join(sorted(map(str, spec)))[:200] or "nothing",
            hint='one of "start", "gallery", "network"',
        )
    if asked.network is not None:
        lesson = built(asked, asked.network)
    elif asked.gallery is not None:
        lesson = of_gallery(asked.gallery)
    elif start is not None:
        lesson = start()
    else:
        raise ConfigError("Nothing was opened that could be started with.", hint='"gallery"')
    return changed(lesson, asked.changes)


# ---- a network of one's own ---------------------------------------------------------------------


def built(asked: Spec, table: NetworkTable) -> Lesson:
    """The lesson of a network that a reader has put together."""
    count = sum(a * b + b for a, b in pairwise(table.layers))
    if count > MOST_PARAMETERS:
        raise ConfigError(
            "The network is too large.",
            given=f"{count:,} weights and biases",
            why=f"a page takes up to {MOST_PARAMETERS:,}",
        )
    for given in (asked.inputs, asked.targets):
        data_guard(given)
    network = mlp(
        table.layers,
        activation=table.activation,
        output_activation=table.output_activation,
        loss=table.loss,
        bias=table.bias,
        names=table.names,
        reduction=table.reduction,
        autoencoder=table.autoencoder,
        seed=asked.seed,
    )
    check_names(network)
    if asked.parameters is None and count <= MOST_DRAWN:
        network = drawn(network, asked.seed)
    network = network.with_parameters(**parameters(asked.parameters or {}))
    x, y = samples(network, asked)
    found = of_samples(network, x, y, stepped(TrainingTable(), asked.training))
    return replace(found, classes=classes(found, asked.classes))


def drawn(network: Network, seed: int) -> Network:
    """The network with parameters of two decimals: none is 0, nothing saturates by one weight."""
    rng = generator(seed)
    found = {k: readable(rng, v.size).reshape(v.shape) for k, v in network.parameters.items()}
    return network.with_parameters(**{k: v.round(2) for k, v in found.items()})


def samples(network: Network, asked: Spec) -> tuple[Any, Any]:
    """The samples that were given; else one with inputs of one decimal and a target not yet met."""
    x, y = asked.inputs, asked.targets
    if x is None:
        rng = generator(asked.seed)
        x = [(rng.integers(1, 10, network.layers[0]) / 10).tolist()]
    if y is None and not network.autoencoder:
        y = [targets(network.layers[-1], network.loss)] * len(x)
    return x, y


def classes(lesson: Lesson, given: list[Word] | None) -> tuple[str, ...] | None:
    """What the labels are called. Raises DataError where there is not one name for each output."""
    assert lesson.network is not None
    outputs = lesson.network.layers[-1]
    if given is not None and (not lesson.labels or len(given) != outputs):
        kind = "labels" if lesson.labels else "no labels"
        raise DataError(
            "classes are the names of labels, one for each output.",
            given=f"{len(given)} names; {outputs} outputs and {kind}",
        )
    return None if given is None else tuple(given)


def parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that were given, once their size is known to be a sensible one."""
    for value in given.values():
        if isinstance(value, list) and sum(map(numbers, value)) > MOST_PARAMETERS:
            raise ConfigError("The parameters are too many.", why=f"over {MOST_PARAMETERS:,}")
    return dict(given)


def data_guard(given: Rows | None) -> None:
    """Refuses samples of more numbers than a page takes."""
    count = sum(map(numbers, given or []))
    if count > MOST_NUMBERS:
        raise DataError(
            "There are too many samples.",
            given=f"{count:,} numbers",
            why=f"a page takes up to {MOST_NUMBERS:,}",
        )


def numbers(row: Any) -> int:
    """How many numbers a row holds."""
    return len(row) if isinstance(row, list) else 1


# ---- changes ------------------------------------------------------------------------------------


def changed(lesson: Lesson, changes: Changes) -> Lesson:
    """The lesson with what a reader has changed."""
    if changes == Changes():
        return lesson
    network = lesson.network
    if network is None:
        raise ConfigError("A traced function's page cannot be changed.", hint="trace it again")
    for given in (changes.inputs, changes.targets):
        data_guard(given)
    network = activated(network, changes.activations)
    check_autoencoder(network)
    network = network.with_parameters(**parameters(changes.parameters))
    lesson = replace(lesson, network=network, training=stepped(lesson.training, changes.training))
    lesson = resampled(lesson, network, changes)
    return edited(lesson, network, changes.edits) if changes.edits else lesson


def resampled(lesson: Lesson, network: Network, changes: Changes) -> Lesson:
    """The lesson with the samples that were given; an auto-encoder's targets go with its inputs."""
    if changes.inputs is None and changes.targets is None:
        return lesson
    x: Any = lesson.inputs if changes.inputs is None else changes.inputs
    y: Any = lesson.targets if changes.targets is None else changes.targets
    if network.autoencoder and changes.targets is None:
        y = None
    inputs, wanted, _ = network.inputs(x, y)
    return cut(replace(lesson, inputs=inputs, targets=wanted, of=None, invented=False))


def activated(network: Network, given: Mapping[str, str]) -> Network:
    """The network with other activations, by layer from "1"."""
    if not given:
        return network
    chosen: list[Any] = list(network.activations)
    for layer, name in given.items():
        if not layer.isascii() or not layer.isdigit() or not 1 <= int(layer) <= network.depth:
            raise NameUnknownError(
                f"There is no layer {layer!r}.", hint=f"1 to {network.depth}, the last the outputs"
            )
        chosen[int(layer) - 1] = name
    return replace(network, activations=activations_of(chosen, None, network.depth, network.loss))


def edited(lesson: Lesson, network: Network, edits: Mapping[str, float]) -> Lesson:
    """The lesson with single numbers changed: parameters, inputs, targets, by their names."""
    names = notation(None, network.graph(lesson.samples, lesson.labels), network.renamed)
    given = {"x": lesson.inputs, "y": lesson.targets, **network.parameters}
    arrays = {key: np.array(array) for key, array in given.items()}
    for name, value in edits.items():
        ref = names.find(name)
        if ref.node not in arrays or ref.index is None:
            raise NameUnknownError(
                f"{name!r} cannot be changed: it is computed.", hint="a weight, an input, a target"
            )
        arrays[ref.node][ref.index] = value
    x, y = arrays.pop("x"), arrays.pop("y")
    network = network.with_parameters(**arrays)
    inputs, wanted, _ = network.inputs(x, y)
    return replace(lesson, network=network, inputs=inputs, targets=wanted)


def stepped(training: TrainingTable, steps: Steps) -> TrainingTable:
    """How the network learns, with what was changed. Raises ConfigError for what cannot be."""
    given = {k: v for k, v in msgspec.structs.asdict(steps).items() if v is not msgspec.UNSET}
    if not given:
        return training
    found = msgspec.structs.replace(training, **given)
    check_training(found)
    return found
