"""The command export: a network as code that needs no whygrad."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from whygrad.cli.output import tell, write
from whygrad.errors import ConfigError


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the command into the parser."""
    export = command(
        "export", run_export, "A network as NumPy, C, LaTeX, a spreadsheet or an ONNX model."
    )
    export.add_argument(
        "model", help='a run\'s folder, a model.safetensors, a network file, or "article"'
    )
    export.add_argument(
        "-o", "--output", metavar="FILE",
        help="its suffix says the format: .py, .c (with .h), .tex, .csv, .xlsx, .onnx",
    )  # fmt: skip
    export.add_argument("--format", metavar="FORMAT", help="python, c, latex, spreadsheet, …")
    export.add_argument("--dtype", metavar="TYPE", help="float32 or float64; default: the model's")
    export.add_argument("--name", help="what the C functions' names begin with")


def run_export(args: argparse.Namespace) -> int:
    from whygrad.exports.export import export
    from whygrad.files.config import load

    options = {"format": args.format, "dtype": args.dtype, "name": args.name}
    if args.output is not None:
        paths = export(load(args.model), args.output, **options)
        tell("\n".join(f"wrote {path}" for path in paths))
        return 0
    text = export(load(args.model), **options)
    if isinstance(text, bytes):
        raise ConfigError(f"{args.format} is not printed: it is no text.", hint="-o FILE")
    write(text)
    return 0
