"""Gradients that somebody computed elsewhere, read from a file: an array for each parameter."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from whygrad.errors import ConfigError


def read_gradients(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays of a JSON object or of an .npz archive, by name.

    Raises ConfigError where the file is not there, not of that form, or holds no numbers.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(f"There is no file {str(path)!r}.")
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                return {name: np.asarray(archive[name], dtype=float) for name in archive.files}
        given = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(given, dict):
            raise TypeError(f"it holds a {type(given).__name__}, not arrays by name")
        return {name: np.asarray(numbers, dtype=float) for name, numbers in given.items()}
    except (ValueError, TypeError, AttributeError, OSError) as error:
        raise ConfigError(
            f"{path.name} cannot be read as gradients.",
            why=str(error).splitlines()[0],
            hint='a JSON object: {"W1": [[0.1, 0.2], [0.3, 0.4]], "b1": [0.1, 0.2]}; or .npz',
        ) from None
