"""The command why."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from whygrad.cli.options import page_options
from whygrad.cli.output import WIDTH, plain_only, show_json, tell, warn, write
from whygrad.errors import ConfigError, DataError


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the command into the parser."""
    why = command(
        "why",
        run_why,
        "Say where numbers stopped being finite, or why a gradient is 0, tiny, huge.",
    )
    why.add_argument(
        "file", help='a network file, "article", or a run\'s folder (its last checkpoint)'
    )
    why.add_argument("--of", metavar="NAME", help="one number only: w5, b1, out_h1, W1[0,0]")
    why.add_argument("-o", "--output", metavar="FILE", help="write the page into this file")
    page_options(why)


def run_why(args: argparse.Namespace) -> int:
    """0 where all is well, 1 where something was found."""
    from whygrad.diagnosis.report import diagnosed
    from whygrad.diagnosis.subject import of_path
    from whygrad.diagnosis.survey import survey

    try:
        subject, warnings = of_path(Path(args.file))
    except DataError as error:
        if "finite" not in error.asked:
            raise
        return given_in_file(error, args)
    warn(warnings)
    answer: Any = one_gradient(subject, args.of) if args.of is not None else None
    if answer is None:
        answer = diagnosed(subject)
        if answer.finite and answer.coarse is None:
            answer = survey(answer.trace)
    deliver(answer, args)
    return 1 if answer.found else 0


def one_gradient(subject: Any, name: str) -> Any:
    """Why one gradient has its size; None where it is not finite, which is another question."""
    from whygrad.diagnosis.report import explained

    trace = subject.run()
    at = trace.find(name)
    finite = math.isfinite(trace.loss) and math.isfinite(trace.recorded.gradient(at))
    return explained(trace, at) if finite else None


def given_in_file(error: DataError, args: argparse.Namespace) -> int:
    """A number that is not finite stands in the file itself: that is the answer."""
    from whygrad.pages.diagnosis import FileAnswer

    deliver(FileAnswer(error.asked, error.given), args)
    return 1


def deliver(answer: Any, args: argparse.Namespace) -> None:
    """Prints an answer in the format that was asked for, or writes it into a file."""
    from whygrad import disk
    from whygrad.pages.prose import language
    from whygrad.render.json import dumps

    if args.format == "json":
        if args.output is None:
            show_json(answer.to_dict())
            return
        text = dumps(answer.to_dict()) + "\n"
    else:
        style: dict[str, Any] = {"lang": language(args.lang), "digits": args.digits}
        if args.format == "text":
            style |= {"plain": args.output is None and plain_only(), "width": WIDTH}
        elif args.fragment:
            style |= {"fragment": True}
        text = answer.document().to(args.format, **style)
    if args.output is None:
        write(text)
        return
    if Path(args.output).is_dir():
        raise ConfigError(f"{args.output!r} is a folder.", hint="-o page.html")
    disk.write_whole(args.output, text.encode())
    tell(f"whygrad: wrote {args.output}")
