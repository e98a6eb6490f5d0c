"""The command line: one function a command; results on standard output, messages on standard error.

Exit status: 0, 1 where the answer is no, 2 for bad use or bad input, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from whygrad.cli import (
    checking,
    diagnosis,
    exercises,
    explaining,
    exporting,
    grading,
    looking,
    training,
)
from whygrad.cli.output import tell
from whygrad.errors import WhygradError

# In the order in which --help lists their commands.
TOPICS = (explaining, looking, checking, diagnosis, exercises, grading, training, exporting)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = make_parser()
    args = parser.parse_args(arguments)
    if args.command is None:
        parser.print_help()
        return 0
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except WhygradError as error:
        tell(f"whygrad: {error}")
        return 2
    except BrokenPipeError:  # the reader (head, less) has seen enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        tell("whygrad: stopped by Ctrl-C")
        return 130


def make_parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    from whygrad import __version__

    parser = argparse.ArgumentParser(
        prog="whygrad", description="Back-propagation that shows its work."
    )
    parser.add_argument("--version", action="version", version=f"whygrad {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> Any:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    for topic in TOPICS:
        topic.add_commands(command)
    return parser
