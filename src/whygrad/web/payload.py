"""Payload: a lesson as the JSON that a page opens with.

A small network is carried whole: its formulas, so that the page computes by itself. A large one, or
a traced graph, is carried as blocks (blocks.py).
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from whygrad.models.mlp import Network
from whygrad.models.objective import loss_name
from whygrad.pages.prose import in_languages
from whygrad.render.json import nested
from whygrad.training.options import Options
from whygrad.training.update import UPDATE_RULES
from whygrad.web.lesson import Lesson
from whygrad.web.program import program_data, stepped_by
from whygrad.web.sharing import restored, shared

MOST_PARAMETERS = 400  # drawn as edges: more cannot be told apart, or clicked
# Derivations over all samples are carried up to here: the numbers that have one, times the samples
# that each may be a sum over. More take over ten seconds to be made.
MOST_TERMS = 6_000
NOTATION = "textbook"

# What changes how a network trains, but no step of a page; and the value that asks for nothing.
LEFT_OUT = (
    "batch_size", "schedule", "warmup", "l1", "l2", "weight_decay", "clip_norm", "clip_value",
    "dropout", "corruption", "validation", "test", "early_stopping", "goal",
)  # fmt: skip


def lesson_data(lesson: Lesson, readings: str = "all") -> dict[str, Any]:
    """What a page opens with. readings: "all" carries every derivation, "ask" none of them."""
    carried = readings == "all"
    data: dict[str, Any] = {
        "kind": kind(lesson),
        "title": lesson.title,
        "notes": [in_languages(id_, **said) for id_, said in lesson.notes],
        "gallery": lesson.gallery,
        "run": None if lesson.run is None else dict(lesson.run),
        "readings": None,
    }
    if lesson.network is not None:
        data |= network_data(lesson, lesson.network)
        if not lesson.network.is_plain:
            data["notes"].append(in_languages("view.note.layers"))
    if data["kind"] == "blocks":
        from whygrad.web.blocks import blocks_data

        return data | {"programs": None, "blocks": blocks_data(lesson.trace, elements=carried)}
    assert lesson.network is not None
    several = lesson.samples > 1
    data["programs"] = {
        "sample": program(lesson, lesson.network, 1),
        "batch": program(lesson, lesson.network, lesson.samples) if several else None,
    }
    if carried:
        modes = ("sample", "batch") if several else ("sample",)
        data["readings"] = {mode: carried_readings(lesson, lesson.network, mode) for mode in modes}
        if several and data["readings"]["batch"] is None:
            data["notes"].append(in_languages("view.note.singly"))
    return data


def carried_readings(lesson: Lesson, network: Network, mode: str) -> dict[str, Any] | None:
    """The derivations of one sample, or of all together; None where these would be too many."""
    from whygrad.web.readings import readings_data

    numbers = parameters(network) + lesson.samples * sum(network.layers)
    if mode == "batch" and numbers * lesson.samples > MOST_TERMS:
        return None
    return readings_data(lesson, mode)


def kind(lesson: Lesson) -> str:
    """whole: every weight is drawn; blocks: layers are."""
    network = lesson.network
    if network is None:
        return "blocks"
    return "whole" if is_drawn(network) else "blocks"


def is_drawn(network: Network) -> bool:
    """Whether every neuron is drawn: where there are few weights, and each is of one edge.

    Tied weights are of two; a sparse code's penalty is one of all samples together.
    """
    return network.is_plain and parameters(network) <= MOST_PARAMETERS


def parameters(network: Network) -> int:
    """How many numbers a network learns."""
    return sum(array.size for array in network.parameters.values())


def program(lesson: Lesson, network: Network, samples: int) -> dict[str, Any]:
    """The program for so many samples."""
    return program_data(network, samples, lesson.labels, NOTATION, lesson.training)


def network_data(lesson: Lesson, network: Network) -> dict[str, Any]:
    """The network, its parameters, its samples, and how it learns."""
    small = is_drawn(network)
    return {
        "network": {
            "layers": list(network.layers),
            "activations": [op.name for op in network.activations],
            "loss": loss_name(network.loss),
            "bias": network.bias,
            "reduction": network.reduction,
            "names": dict(network.renamed),
            "autoencoder": network.autoencoder,
        },
        "parameters": {k: nested(v) for k, v in network.parameters.items()} if small else None,
        "inputs": nested(lesson.inputs) if small else None,
        "targets": targets(lesson.targets) if small else None,
        "labels": lesson.labels,
        "classes": None if lesson.classes is None else [str(c) for c in lesson.classes],
        "training": training_data(lesson.training, lesson.of or lesson.samples),
    }


def targets(given: np.ndarray) -> Any:
    """Targets as rows, or class numbers as whole numbers."""
    return given.tolist() if given.ndim == 1 else nested(given)


def training_data(options: Options, samples: int) -> dict[str, Any]:
    """How a page steps; beyond: the options that its steps leave out, by name."""
    rule = stepped_by(options.optimizer)
    usual = Options(batch_size=samples)
    nothing = {key: (getattr(usual, key), getattr(Options(), key), False) for key in LEFT_OUT}
    beyond = [key for key in LEFT_OUT if getattr(options, key) not in nothing[key]]
    name = rule.name if rule else "sgd"
    rate = options.learning_rate
    return {
        "learning_rate": UPDATE_RULES[name].rate if rate is None else rate,
        "update_order": options.update_order,
        "train_bias": options.train_bias,
        "optimizer": plain_optimizer(options.optimizer) if rule else name,
        "beyond": beyond if rule else ["optimizer", *beyond],
    }


def plain_optimizer(given: Any) -> Any:
    """An optimizer with its constants as JSON has it: its name, or a table."""
    return dict(given) if isinstance(given, Mapping) else given


def packed(data: Any) -> str:
    """JSON with its parts shared (sharing.py), compressed with zlib, in base64."""
    text = json.dumps(shared(data), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def unpacked(text: str) -> Any:
    """The data that were packed."""
    return restored(json.loads(zlib.decompress(base64.b64decode(text))))
