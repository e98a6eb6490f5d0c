"""The commands demo, init, explain and derive."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from whygrad.cli.options import DRAWING_FORMATS, PAGE_FORMATS, page_options, reading_options
from whygrad.cli.output import plain_only, show, show_json, warn, write
from whygrad.errors import ConfigError


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the commands into the parser."""
    demo = command(
        "demo", run_demo, "The worked example on one screen; --full: the whole solution."
    )
    demo.add_argument("--full", action="store_true", help="the complete solution, every number")
    page_options(demo)
    reading_options(demo)

    init = command("init", run_init, "Print a commented network file to start from.")
    init.add_argument("what", metavar="SIZES|TABLE", help="neurons a layer: 3-4-2; or data.csv")
    init.add_argument("--target", metavar="COLUMN", help="of a table: the column to predict")
    init.add_argument("--preset", metavar="NAME", help="of a table: matlab, patternnet, …")
    init.add_argument("--task", default="auto", help="classification, regression or autoencoder")
    init.add_argument("--seed", type=int, default=0, help="another seed, other numbers")

    explain = command("explain", run_explain, "Work out a network file, every number.")
    explain.add_argument("file", help='a network file (whygrad init prints one), or "article"')
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
    from whygrad.checking.entries import finite_difference
    from whygrad.files import config
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
