"""MAT files, as MATLAB saves them: their variables, and those of samples as arrays of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, DataError

SAVE = "save('data.mat', 'x', 't', '-v7')"


def variables(path: Path, hint: str = f"in MATLAB: {SAVE}") -> dict[str, Any]:
    """The variables of a MAT file of version 4 to 7.2, as SciPy gives them.

    hint: how the file is written in a version that is read.
    Raises ConfigError where it cannot be read: version 7.3 is another format; DataError for a file
    that is damaged or another's.
    """
    try:
        from scipy.io import loadmat
    except ImportError:
        raise ConfigError(
            "MAT files are read through SciPy.", hint="pip install 'whygrad[train]'"
        ) from None
    if not path.is_file():
        raise ConfigError(f"There is no file {str(path)!r}.")
    try:
        found = loadmat(path)
    except NotImplementedError:
        raise ConfigError(
            f"{path} is a MAT file of version 7.3.",
            why="that is HDF5, another format",
            hint=hint,
        ) from None
    except Exception as error:  # of damaged files SciPy raises whatever comes of it
        why = str(error)[:200]
        raise DataError(f"{path} is no MAT file, or damaged.", why=why) from None
    return {name: value for name, value in found.items() if not name.startswith("__")}


def samples(path: Path) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """The arrays of a MAT file with a row a sample, and what was done to them, in words.

    MATLAB's networks take a column a sample, x (inputs, samples), t (outputs, samples): where the
    shapes say so, they are turned. Single numbers are no samples and are left out.
    Raises DataError for cells, structs, text, and shapes that do not go together.
    """
    found = {name: _matrix(path, name, value) for name, value in variables(path).items()}
    single = [name for name, array in found.items() if array.size == 1]
    arrays = {name: array for name, array in found.items() if array.size != 1}
    notes = [f"{name} is a single number: left out" for name in single]
    if not arrays:
        raise DataError(
            f"{path} has no samples.",
            given=", ".join(single) + " (single numbers)" if single else "no variables",
        )
    shapes = "; ".join(f"{name} is {a.shape[0]} × {a.shape[1]}" for name, a in arrays.items())
    count, in_columns = _orientation(list(arrays.values()))
    if not count:
        raise DataError(
            f"{path}: its variables have no number of samples in common.",
            given=shapes,
            why="each variable of the file has a row, or a column, a sample",
            hint=f"in MATLAB: {SAVE}, with the samples only",
        )
    turned = {
        name: array.T if array.shape[1] == count and (in_columns or array.shape[0] != count)
        else array for name, array in arrays.items()
    }  # fmt: skip
    if len(arrays) == 1 and not in_columns:
        notes.insert(0, f"a row a sample: {shapes}; inputs and targets saved apart say it for sure")
    elif in_columns:
        notes.insert(0, f"a column a sample, as in MATLAB, turned: {shapes}")
    return turned, tuple(notes)


def _orientation(arrays: list[np.ndarray]) -> tuple[int, bool]:
    """How many samples there are (0: the shapes do not say), and whether they are columns.

    Of shapes that fit both ways, MATLAB's is taken: a column a sample. A matrix alone says nothing:
    its longer side is taken.
    """
    if len(arrays) == 1:
        return max(arrays[0].shape), arrays[0].shape[0] <= arrays[0].shape[1]
    rows, columns = ({a.shape[axis] for a in arrays} for axis in (0, 1))
    if len(columns) == 1 and columns != {1}:
        return columns.pop(), True
    if len(rows) == 1:
        return rows.pop(), False
    both = set.intersection(*(set(a.shape) for a in arrays)) - {1}
    count = both.pop() if len(both) == 1 else 0
    return count, any(a.shape[1] == count != a.shape[0] for a in arrays)


def _matrix(path: Path, name: str, value: Any) -> np.ndarray:
    """A variable as a matrix of real numbers."""
    kind = _kind(value)
    if kind:
        raise DataError(
            f"{path}: the variable {name!r} is {kind}.",
            why="a table is made of matrices of real numbers",
            hint=f"in MATLAB: {SAVE}, with the matrices only",
        )
    array = np.asarray(value)
    return array.reshape(1, -1) if array.ndim < 2 else array


def _kind(value: Any) -> str:
    """What a variable is, where it is no matrix of real numbers."""
    if hasattr(value, "toarray"):
        return "sparse: full(…) makes it a matrix"
    array = np.asarray(value)
    if array.dtype.names is not None:
        return "a struct"
    by_kind = {"O": "a cell array", "U": "text", "S": "text", "c": "complex", "V": "an object"}
    if array.dtype.kind in by_kind:
        return by_kind[array.dtype.kind]
    if not array.size:
        return "empty"
    return f"an array of {array.ndim} dimensions" if array.ndim > 2 else ""
