"""`wg.export`: a network written in another language, chosen by the file's suffix or by name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, overload

from whygrad import disk
from whygrad.errors import ConfigError, nearest
from whygrad.exports.c import c_texts
from whygrad.exports.latex import latex_text
from whygrad.exports.onnx import onnx_bytes
from whygrad.exports.python import python_text
from whygrad.exports.spreadsheet import csv_text, xlsx_bytes
from whygrad.exports.target import Target
from whygrad.models.mlp import Network

Written = str | bytes
Writer = Callable[[Network, Target], Written | tuple[Written, ...]]

# Every format with its suffixes: what its writer gives is a file for each of them.
FORMATS: Mapping[str, tuple[Writer, tuple[str, ...]]] = {
    "python": (python_text, (".py",)),
    "c": (c_texts, (".h", ".c")),
    "latex": (latex_text, (".tex",)),
    "spreadsheet": (csv_text, (".csv",)),
    "excel": (xlsx_bytes, (".xlsx",)),
    "onnx": (onnx_bytes, (".onnx",)),
}
MARK = b", written by whygrad"  # in the first line of a file that belongs to another
SUFFIXES = {suffix: name for name, (_, suffixes) in FORMATS.items() for suffix in suffixes}


@overload
def export(
    model: Any,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    dtype: str | None = None,
    name: str | None = None,
) -> list[Path]: ...


@overload
def export(
    model: Any,
    path: None = None,
    *,
    format: str | None = None,
    dtype: str | None = None,
    name: str | None = None,
) -> Written: ...


def export(
    model: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    format: str | None = None,  # noqa: A002 — what it is called everywhere
    dtype: str | None = None,
    name: str | None = None,
) -> list[Path] | Written:
    """Writes a network as code that needs no whygrad; the paths that were written.

    model: a network, a run, or an estimator that is fitted. path: its suffix says the format (.py,
    .c with .h, .tex, .csv, .xlsx, .onnx); without a path the text itself is given back, or bytes.
    format: "python", "c", "latex", "spreadsheet", "excel" or "onnx", where the suffix does not say
    it. dtype: "float32" or "float64"; by default the type of the weights. name: what functions are
    called by, in C; by default the file's name.
    Raises ConfigError for what cannot be exported, DataError for weights that are not finite.
    """
    network = network_of(model)
    chosen = format_of(path, format)
    writer, suffixes = FORMATS[chosen]
    stem = "model" if path is None else Path(path).stem
    called = identifier(stem) if name is None else checked_name(name)
    paths = [] if path is None else files(Path(path), suffixes)
    found = writer(network, Target(dtype, called, stem))
    parts = found if isinstance(found, tuple) else (found,)
    if path is None:
        return one_text(parts, stem)
    for where, part in zip(paths, parts, strict=True):
        disk.write_whole(where, part.encode() if isinstance(part, str) else part)
    return paths


def files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The files that are to be written: the one that was asked for, and what belongs to it.

    Raises ConfigError where there is no folder, or a file of another stands in the way.
    """
    if not path.parent.is_dir():
        raise ConfigError(f"{str(path)!r} cannot be written.", why="there is no such folder")
    if len(suffixes) == 1:
        return [path]
    paths = [path.with_suffix(s) for s in suffixes]
    for beside in paths:
        if beside != path and beside.exists() and MARK not in beside.read_bytes().split(b"\n")[0]:
            raise ConfigError(
                f"{str(beside)!r} is there already.",
                given=f"{str(path)!r}, which {path.with_suffix(beside.suffix).name} belongs to",
                why="whygrad did not write it, and nobody asked to write over it",
                hint="another name, or remove it",
            )
    return paths


def network_of(model: Any) -> Network:
    """The network of what was given."""
    for candidate in (model, getattr(model, "model", None), getattr(model, "network_", None)):
        if isinstance(candidate, Network):
            return candidate
    raise ConfigError(
        "What is to be exported is no network.",
        given=repr(model)[:200],
        hint="a network, a run of one, or a fitted estimator; a file: wg.export(wg.load(path), …)",
    )


def format_of(path: str | os.PathLike[str] | None, asked: str | None) -> str:
    """The format that is meant. Raises ConfigError where nothing says it."""
    if asked is not None:
        if asked not in FORMATS:
            raise ConfigError(f"There is no format {asked!r}.", hint=nearest(asked, FORMATS))
        return asked
    if path is None:
        raise ConfigError(
            "Neither a path nor a format was given.", hint=f"format= {', '.join(FORMATS)}"
        )
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(
            f"There is no export as {suffix or 'a file without a suffix'!r}.",
            given=str(path),
            why="NumPy's file is what genFunction's is" if suffix == ".m" else "",
            hint=", ".join(f"{s} ({n})" for s, n in SUFFIXES.items()),
        )
    return SUFFIXES[suffix]


def identifier(stem: str) -> str:
    """What functions may be called by in a file of this name."""
    plain = re.sub(r"\W+", "_", stem, flags=re.ASCII)
    return plain if plain[:1].isalpha() else f"model_{plain}".rstrip("_")


def checked_name(name: str) -> str:
    """A name that was asked for. Raises ConfigError for one that no function can have."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise ConfigError(
            f"{name!r} is no name of a function.", hint="letters, digits and _, a letter first"
        )
    return name


def one_text(parts: tuple[Written, ...], stem: str) -> Written:
    """What would be several files as one: the header comes first instead of being included."""
    *headers, whole = parts
    if not headers:
        return whole
    return "\n".join([*map(str, headers), str(whole).replace(f'#include "{stem}.h"\n\n', "")])
