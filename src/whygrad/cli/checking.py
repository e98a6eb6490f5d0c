"""The commands check and ops."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from whygrad.cli.options import page_options
from whygrad.cli.output import ascii_if_needed, show, show_json, warn, write


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the commands into the parser."""
    check = command("check", run_check, "Judge a network's gradients: a verdict, a place, a cause.")
    check.add_argument("file", help='a network file, or "article"')
    check.add_argument(
        "--gradients",
        metavar="FILE",
        help="judge these instead: arrays by name, JSON or .npz",
    )
    page_options(check)

    ops = command("ops", run_ops, "List the operations, or verify their rules on this machine.")
    ops.add_argument("name", nargs="?", help="one operation only")
    ops.add_argument("--verify", action="store_true", help="run the first three laws here and now")
    ops.add_argument("--format", choices=("text", "json"), default="text")


def run_check(args: argparse.Namespace) -> int:
    from whygrad import gradcheck
    from whygrad.files import config
    from whygrad.files.gradients import read_gradients

    with contextlib.suppress(ImportError):  # JAX is asked for its opinion where it is installed
        import_module("whygrad.engine.compiled")
    file = config.read(args.file)
    warn(file.warnings)
    claimed = None if args.gradients is None else read_gradients(args.gradients)
    rate = file.training.learning_rate
    report = gradcheck.check(file.network, *file.samples(), gradients=claimed, learning_rate=rate)
    if args.format == "json":
        show_json(report.to_dict())
    else:
        show(report.document(), args)
    return 0 if report.ok else 1


def run_ops(args: argparse.Namespace) -> int:
    from whygrad.render import report

    if args.verify:
        from whygrad.diagnosis.conventions import conventions
        from whygrad.verify import verify_all

        verdicts = verify_all(args.name)
        kinks = conventions(verdicts[0].op if args.name else None)
        if args.format == "json":
            at = {v.op: [c.to_dict() for c in kinks if c.op == v.op] for v in verdicts}
            show_json([{**v.to_dict(), "conventions": at[v.op]} for v in verdicts])
        else:
            parts = [report.verification_text(verdicts)]
            parts += [report.conventions_text(kinks)] if kinks else []
            write(ascii_if_needed("\n\n".join(parts)))
        return 0 if all(v.ok for v in verdicts) else 1
    from whygrad import ops
    from whygrad.op import REGISTRY

    chosen = [getattr(ops, args.name)] if args.name else list(REGISTRY.values())
    if args.format == "json":
        show_json([report.operation_data(o) for o in chosen])
    else:
        write(ascii_if_needed(report.operations_text(chosen)))
    return 0
