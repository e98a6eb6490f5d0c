"""The command grade."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from whygrad.cli.options import page_options
from whygrad.cli.output import show, show_json, warn
from whygrad.errors import ConfigError


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the commands into the parser."""
    grade = command("grade", run_grade, "Check the numbers that somebody wrote down.")
    grade.add_argument("network", help='a network file, or "article" for the worked example')
    grade.add_argument("sheet", help="lines name = value, TOML, CSV or JSON; - for standard input")
    page_options(grade)


def run_grade(args: argparse.Namespace) -> int:
    from whygrad.files import config
    from whygrad.grading.marking import mark
    from whygrad.grading.sheet import read_sheet
    from whygrad.recording import backprop

    file = config.article() if args.network == "article" else config.read(args.network)
    warn(file.warnings)
    sheet = read_sheet(sheet_given(args.sheet))
    marking = mark(backprop(file.network, *file.samples()), sheet, file.plan())
    if args.format == "json":
        show_json(marking.to_dict())
    else:
        show(marking.document(), args)
    return 0 if marking.passed else 1


def sheet_given(path: str) -> Any:
    """The path of a sheet, or the text that stands on standard input."""
    from pathlib import Path

    if path != "-":
        return Path(path)
    text = sys.stdin.read()
    if not text.strip():
        raise ConfigError("Nothing stands on standard input.", hint="net_h1 = 0.3775")
    return text + "\n"
