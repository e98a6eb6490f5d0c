"""The command grade: of one sheet; of a class, where an exercise.json says what was asked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from whygrad.cli.exercises import describes_exercise, mark_class
from whygrad.cli.options import PAGE_FORMATS, page_options
from whygrad.cli.output import show, show_json, tell, warn
from whygrad.errors import ConfigError

if TYPE_CHECKING:
    from whygrad.grading.marking import Marking


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the commands into the parser."""
    grade = command("grade", run_grade, "Check the numbers that somebody wrote down.")
    grade.add_argument("network", help='a network file, "article", or the exercise.json of a class')
    grade.add_argument(
        "sheet", nargs="+",
        help="lines name = value, TOML, CSV or JSON; - for standard input; of a class the table of "
        "answers, a file each, or their folder",
    )  # fmt: skip
    page_options(grade, (*PAGE_FORMATS, "csv"))
    grade.add_argument("-o", "--output", metavar="FILE", help="write it there")


def run_grade(args: argparse.Namespace) -> int:
    from whygrad.files import config
    from whygrad.grading.marking import mark
    from whygrad.grading.sheet import read_sheet
    from whygrad.recording import backprop

    if describes_exercise(args.network):
        return mark_class(args.network, args.sheet, args)
    if len(args.sheet) > 1 or args.format == "csv":
        raise ConfigError(
            "Several sheets and --format csv are for a class.",
            hint="whygrad grade exercise.json answers.csv -o marks.csv --format csv",
        )
    file = config.read(args.network)
    warn(file.warnings)
    sheet = read_sheet(sheet_given(args.sheet[0]))
    marking = mark(backprop(file.network, *file.samples()), sheet, file.plan())
    if args.output is not None:
        save(marking, args)
    elif args.format == "json":
        show_json(marking.to_dict())
    else:
        show(marking.document(), args)
    return 0 if marking.passed else 1


def save(marking: Marking, args: argparse.Namespace) -> None:
    """Writes a marking into a file, whole or not at all."""
    from whygrad import disk
    from whygrad.pages.prose import language
    from whygrad.render.json import dumps

    if args.format == "json":
        text = dumps(marking.to_dict()) + "\n"
    else:
        fragment = {"fragment": True} if args.fragment and args.format != "text" else {}
        style = {"lang": language(args.lang), "digits": args.digits, **fragment}
        text = marking.document().to(args.format, **style)
    disk.write_whole(args.output, text.encode())
    tell(f"wrote {args.output}")


def sheet_given(path: str) -> Any:
    """The path of a sheet, or the text that stands on standard input."""
    from pathlib import Path

    if path != "-":
        return Path(path)
    text = sys.stdin.read()
    if not text.strip():
        raise ConfigError("Nothing stands on standard input.", hint="net_h1 = 0.3775")
    return text + "\n"
