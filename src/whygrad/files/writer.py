"""A network with its samples as a network file: read again, it is the same to the last digit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np

from whygrad.errors import ConfigError
from whygrad.files.config import TrainingTable
from whygrad.models.mlp import Network

LARGEST = 50_000  # numbers; a file of more is not for reading


def network_text(
    network: Network, inputs: Any, targets: Any, training: TrainingTable, *about: str
) -> str:
    """A network file. inputs: (samples, inputs), as the network sees them; targets: rows or labels.

    training: how they are trained on as they are: what prepared them is not to be done again.
    about: lines that say what it is. Raises ConfigError where it would be too large to be read.
    """
    size_guard(network, inputs, targets)
    again = network.autoencoder and (targets is None or np.array_equal(inputs, targets))
    data = {"inputs": rows(inputs), "targets": None if again else rows(targets)}
    tables = {
        "network": network_table(network, again),
        "parameters": {name: rows(value) for name, value in network.parameters.items()},
        "names": dict(network.renamed),
        "data": data,
        "training": training_table(training, network.reduction),
    }
    lines = [f"# {printable(line)}" for line in about]
    for name, table in tables.items():
        kept = {key: value for key, value in table.items() if value is not None}
        if kept:
            lines += ["", f"[{name}]", *(f"{written_key(k)} = {v}" for k, v in entries(kept))]
    return "\n".join(lines).strip() + "\n"


def size_guard(network: Network, *data: Any) -> None:
    """Refuses what would make a file that nobody reads."""
    arrays = [*network.parameters.values(), *(np.asarray(d) for d in data if d is not None)]
    count = sum(array.size for array in arrays)
    if count > LARGEST:
        raise ConfigError(
            f"A file with {count:,} numbers is not for reading.",
            why=f"over {LARGEST:,}",
            hint="in Python: run.model.save(path), wg.load(path)",
        )


def network_table(network: Network, again: bool) -> dict[str, Any]:
    """[network]. again: whether the targets are the inputs."""
    *hidden, last = [a.name for a in network.activations]
    return {
        "layers": list(network.layers),
        "activation": hidden or None,
        "output_activation": last,
        "loss": network.loss,
        "bias": network.bias,
        "task": "autoencoder" if again else None,
        "tied": network.tied or None,
        "sparsity": network.sparsity and asdict(network.sparsity),
    }


def training_table(training: TrainingTable, reduction: str) -> dict[str, Any]:
    """[training]: what is not as it is without being said."""
    given = msgspec.structs.asdict(training) | {"reduction": reduction}
    usual = msgspec.structs.asdict(TrainingTable())
    said = {key: value for key, value in given.items() if value != usual[key]}
    return {"learning_rate": said.pop("learning_rate", None), **said}


def rows(given: Any) -> Any:
    """An array as numbers in lists; labels stay whole numbers."""
    array = np.asarray(given)
    return (
        array.tolist() if np.issubdtype(array.dtype, np.integer) else array.astype(float).tolist()
    )


def entries(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys and values; a matrix has a line for each of its rows."""
    for key, value in table.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            lines = ",\n".join(f"    {written(row)}" for row in value)
            yield key, f"[\n{lines},\n]"
        else:
            yield key, written(value)


def printable(text: str) -> str:
    """A text on one line, as a comment may hold it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def written(value: Any) -> str:
    """A value in TOML. Raises ConfigError for what TOML has no sign for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (int, float)):
        return repr(value)  # inf and nan are TOML's signs, too
    if isinstance(value, Mapping):
        inside = ", ".join(f"{written_key(k)} = {written(v)}" for k, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(written, value)) + "]"
    raise ConfigError("This training cannot be written down as a file.", given=repr(value)[:200])


def written_key(key: str) -> str:
    """A key, in quotation marks where it is more than a word."""
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else quoted(key)


def quoted(text: str) -> str:
    """A text in quotation marks: JSON's way, which is TOML's but for one sign."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
