"""The command line: one function a command; results on standard output, messages on standard error.

Exit status: 0, 1 where the answer is no, 2 for bad use or bad input, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from whygrad.cli import training
from whygrad.cli.output import ascii_if_needed, plain_only, show, show_json, tell, warn, write
from whygrad.errors import ConfigError, WhygradError

PAGE_FORMATS = ("text", "latex", "markdown", "html", "json")
DRAWING_FORMATS = ("svg", "tikz")


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


# ---- commands -----------------------------------------------------------------------------------


def run_demo(args: argparse.Namespace) -> int:
    from whygrad.pages import demo
    from whygrad.pages.prose import language

    if args.full or args.format != "text":
        if args.format == "json":
            show_json(demo.full_data())
        else:
            show(demo.full(args.notation, args.detail), args)
    else:
        from whygrad.render.screen import screen

        write(screen(demo.measure(), language(args.lang), args.digits, plain_only()))
    return 0


def run_init(args: argparse.Namespace) -> int:
    from whygrad.data.table import is_table_file

    if args.target is not None or is_table_file(args.what):
        from whygrad.files.table_starter import table_text

        write(table_text(args.what, args.target, preset=args.preset, task=args.task))
    else:
        from whygrad.files.starter import init_text

        write(init_text(args.what, seed=args.seed))
    return 0


def run_explain(args: argparse.Namespace) -> int:
    from whygrad.files import config
    from whygrad.gradcheck import finite_difference
    from whygrad.pages import solution
    from whygrad.recording import backprop
    from whygrad.render import json

    file = config.read(args.file)
    warn(file.warnings)
    inputs, targets = file.samples()
    trace = backprop(file.network, inputs, targets)
    names = trace.notation(args.notation)
    if args.optimizer is not None:
        from whygrad.pages.update import update_document

        rate = file.training.learning_rate
        document = update_document(trace, args.optimizer, args.of, rate, names)
        if args.format in ("json", *DRAWING_FORMATS):
            raise ConfigError("An update is shown as text, latex, markdown or html.")
        show(document, args)
        return 0
    if args.format in DRAWING_FORMATS:
        write(drawing_text(trace, names, args))
        return 0
    if args.of is None:
        plan = file.plan()
        if args.format == "json":
            show_json(json.explanation_data(trace, names, plan))
        else:
            show(solution.explain(trace, names=names, plan=plan, everything=args.all), args)
        return 0
    derivation = trace.why(args.of, args.detail, notation=names.key)
    proved = finite_difference(trace, trace.find(args.of))
    if args.format == "json":
        show_json(json.derivation_data(derivation, finite_difference=proved))
    else:
        show(solution.derivation_document(derivation, proved), args)
    return 0


def drawing_text(trace: Any, names: Any, args: argparse.Namespace) -> str:
    """The drawing alone: the network, or the path of one weight."""
    from whygrad import drawing
    from whygrad.pages.prose import language
    from whygrad.render.drawings.svg import svg
    from whygrad.render.drawings.tikz import tikz

    drawn = drawing.network_drawing(trace, names)
    if args.of is not None:
        found = drawing.drawing_of(trace, names, trace.find(args.of))
        if found is None:
            raise ConfigError(f"There is no drawing of the way to {args.of!r}.")
        drawn = found
    if args.format == "svg":
        return svg(drawn, names, digits=args.digits, lang=language(args.lang))
    return tikz(drawn, names, digits=args.digits)


def run_derive(args: argparse.Namespace) -> int:
    from whygrad.files import config
    from whygrad.pages import derivative, general

    if (args.what is None) == (args.network is None):
        raise ConfigError(
            "Say what to derive: a function, or the equations of a network.",
            hint='whygrad derive sigmoid; derive "x*tanh(x)"; derive --network FILE',
        )
    if args.network is not None:
        show(general.equations_document(config.read(args.network).network), args)
    else:
        document, proved = derivative.derivative_document(args.what)
        show(document, args)
        return 0 if proved else 1
    return 0


def run_check(args: argparse.Namespace) -> int:
    from whygrad import gradcheck
    from whygrad.files import config

    file = config.read(args.file)
    warn(file.warnings)
    report = gradcheck.check(file.network, *file.samples())
    if args.format == "json":
        show_json(report.to_dict())
    else:
        write(ascii_if_needed(str(report)))
    return 0 if report.ok else 1


def run_ops(args: argparse.Namespace) -> int:
    from whygrad.render import report

    if args.verify:
        from whygrad.verify import verify_all

        verdicts = verify_all(args.name)
        if args.format == "json":
            show_json([v.to_dict() for v in verdicts])
        else:
            write(ascii_if_needed(report.verification_text(verdicts)))
        return 0 if all(v.ok for v in verdicts) else 1
    from whygrad import ops
    from whygrad.op import REGISTRY

    chosen = [getattr(ops, args.name)] if args.name else list(REGISTRY.values())
    if args.format == "json":
        show_json([report.operation_data(o) for o in chosen])
    else:
        write(ascii_if_needed(report.operations_text(chosen)))
    return 0


# ---- the parser ---------------------------------------------------------------------------------


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

    demo = command(
        "demo", run_demo, "The worked example on one screen; --full: the whole solution."
    )
    demo.add_argument("--full", action="store_true", help="the complete solution, every number")
    page_options(demo)
    reading_options(demo)

    init = command("init", run_init, "Print a commented network file to start from.")
    init.add_argument("what", metavar="SIZES|TABLE", help="neurons a layer: 3-4-2; or data.csv")
    init.add_argument("--target", metavar="COLUMN", help="of a table: the column to predict")
    init.add_argument("--preset", choices=("matlab",), help="of a table: 10 tanh units, lm")
    init.add_argument("--task", default="auto", help="classification, regression or autoencoder")
    init.add_argument("--seed", type=int, default=0, help="another seed, other numbers")

    explain = command("explain", run_explain, "Work out a network file, every number.")
    explain.add_argument("file", help="a network file (whygrad init prints one)")
    explain.add_argument("--of", metavar="NAME", help="one number only: w5, b1, out_h1, W1[0,0]")
    explain.add_argument("--all", action="store_true", help="every weight in full")
    explain.add_argument(
        "--optimizer", metavar="RULE", help="the update of one weight by adam, rmsprop, …, lm"
    )
    page_options(explain, (*PAGE_FORMATS, *DRAWING_FORMATS))
    reading_options(explain)

    derive = command("derive", run_derive, "Derive a function, or the equations of a network.")
    derive.add_argument("what", nargs="?", help='an operation, or a formula in x: "x*tanh(x)"')
    derive.add_argument("--network", metavar="FILE", help="the general equations of this network")
    page_options(derive, PAGE_FORMATS[:-1])

    check = command("check", run_check, "Prove a network's gradients by finite differences.")
    check.add_argument("file", help="a network file")
    check.add_argument("--format", choices=("text", "json"), default="text")

    training.add_commands(command, digits)

    ops = command("ops", run_ops, "List the operations, or verify their rules on this machine.")
    ops.add_argument("name", nargs="?", help="one operation only")
    ops.add_argument("--verify", action="store_true", help="run the first three laws here and now")
    ops.add_argument("--format", choices=("text", "json"), default="text")
    return parser


def page_options(sub: argparse.ArgumentParser, formats: Sequence[str] = PAGE_FORMATS) -> None:
    sub.add_argument("--format", choices=formats, default="text")
    sub.add_argument("--lang", choices=("en", "zh"), help="default: the locale's")
    sub.add_argument("--digits", type=digits, default=9, metavar="N", help="decimals printed")
    sub.add_argument(
        "--fragment", action="store_true", help="LaTeX or HTML without the frame around it"
    )


def reading_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--notation", choices=("textbook", "indexed", "matrix", "code"))
    sub.add_argument(
        "--detail", choices=("factors", "delta"), default="factors", help="of one number's lines"
    )


def digits(text: str) -> int:
    """The decimals of printed numbers, 1 to 17."""
    if not text.isdigit() or not 1 <= int(text) <= 17:
        raise argparse.ArgumentTypeError("a whole number from 1 to 17 is needed")
    return int(text)
