"""A network as one safetensors file: its arrays, and all that is around them as JSON; no pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from whygrad import disk
from whygrad.data.preparation import Preparation
from whygrad.errors import ConfigError, WhygradError
from whygrad.models.activations import activation
from whygrad.models.mlp import Network
from whygrad.models.objective import sparsity_of
from whygrad.unicode import whole_data

FORMAT = 1
FOREIGN = (".mat", ".onnx", ".pt", ".pth", ".h5", ".pkl")  # what others write under these names
KEY = "whygrad"  # of the metadata
INSTALL = "pip install 'whygrad[train]'"


def save(net: Network, path: str | os.PathLike[str], more: Mapping[str, Any] | None = None) -> None:
    """Writes a network whole or not at all. more: what else is to be known of it, as plain data.

    Raises ConfigError where it cannot be written, or safetensors is not installed.
    """
    if (suffix := Path(path).suffix.lower()) in FOREIGN:
        raise ConfigError(
            f"A network is not saved as {suffix}.",
            given=os.fspath(path),
            why="the file is written by safetensors",
            hint=f"{Path(path).stem}.safetensors; wg.export writes other formats",
        )
    about = {
        "layers": list(net.layers),
        "activations": [a.name for a in net.activations],
        "loss": net.loss,
        "bias": net.bias,
        "reduction": net.reduction,
        "autoencoder": net.autoencoder,
        "renamed": dict(net.renamed),
        "preparation": net.preparation and net.preparation.to_dict(),
        "tied": net.tied,
        "sparsity": net.sparsity and asdict(net.sparsity),
        "init": net.init,
        "more": dict(more or {}),
    }
    disk.write_whole(path, packed(net.parameters, about))


def check_installed() -> None:
    """Raises ConfigError where models cannot be saved: before anything is begun."""
    if find_spec("safetensors") is None:
        raise ConfigError("Models are saved with safetensors.", hint=INSTALL)


def packed(arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> bytes:
    """Arrays and plain data in the format of safetensors."""
    check_installed()
    from safetensors.numpy import save as pack

    whole = {name: np.ascontiguousarray(value) for name, value in arrays.items()}
    text = json.dumps({"format": FORMAT, **about}, ensure_ascii=False, default=as_plain)
    # One key only: of several, safetensors writes the order of a hash table, another every time.
    return pack(whole, metadata={KEY: text})


def as_plain(value: Any) -> Any:
    """What NumPy has its own types for, as JSON has it."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value)


def unpacked(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What `packed` gave. Raises ConfigError for a file that is missing, damaged or another's."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise ConfigError("Models are read with safetensors.", hint=INSTALL) from None
    if not Path(path).is_file():
        raise ConfigError(f"There is no file {str(path)!r}.")
    try:
        with safe_open(os.fspath(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ConfigError(
            f"{str(path)!r} is damaged, or no model.",
            why=str(error)[:200],
            hint="a model.safetensors that whygrad wrote",
        ) from None
    if KEY not in metadata:
        raise ConfigError(
            f"{str(path)!r} was not written by whygrad.", why="it holds arrays, but no network"
        )
    try:
        return arrays, whole_data(json.loads(metadata[KEY]))
    except (ValueError, RecursionError):
        raise ConfigError(f"{str(path)!r} is damaged.", why="its network is not JSON") from None


def looks_saved(path: Path) -> bool:
    """Whether a file is a saved model rather than a network file, whatever its name."""
    if path.suffix in (".safetensors", ".toml"):
        return path.suffix == ".safetensors"
    try:
        with open(path, "rb") as file:
            return file.read(9)[8:] == b"{"  # a length of eight bytes, then JSON
    except OSError:
        return False


def load(path: str | os.PathLike[str]) -> Network:
    """A network that `save` wrote. Raises ConfigError for any other file."""
    arrays, about = unpacked(path)
    try:
        net = Network(
            tuple(about["layers"]),
            tuple(activation(name) for name in about["activations"]),
            about["loss"],
            about["bias"],
            arrays,
            about["renamed"],
            about["reduction"],
            about["autoencoder"],
            about["preparation"] and Preparation.from_dict(about["preparation"]),
            about.get("tied", False),
            sparsity_of(about.get("sparsity")),
            about.get("init", "glorot"),
        )
        with_weights = net.depth // 2 if net.tied else net.depth
        expected = {f"W{k}": (net.layers[k], net.layers[k - 1]) for k in range(1, with_weights + 1)}
        for name, shape in expected.items():
            if arrays[name].shape != shape:
                raise KeyError(f"{name} has shape {arrays[name].shape} instead of {shape}")
    except (KeyError, TypeError, WhygradError) as error:
        raise ConfigError(f"{str(path)!r} holds no whole network.", why=str(error)) from None
    return net
