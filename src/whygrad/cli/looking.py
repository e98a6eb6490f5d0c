"""The commands report and serve: a network to look at, as one file or on a local address."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whygrad.cli.output import tell
from whygrad.errors import ConfigError

if TYPE_CHECKING:
    from whygrad.web.api import Opened

WHAT = 'a network file, a run\'s folder, a saved model, or "article"'


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the commands into the parser."""
    report = command("report", run_report, "One HTML file to look at, change and step through.")
    report.add_argument("what", metavar="NETWORK|RUN", help=WHAT)
    report.add_argument("-o", "--output", metavar="FILE", help="default: NAME-report.html")
    report.add_argument("--lang", choices=("en", "zh"), help="default: the reader's browser's")

    serve = command("serve", run_serve, "The same on a local address, where everything works.")
    serve.add_argument("what", nargs="?", default="article", metavar="NETWORK|RUN", help=WHAT)
    serve.add_argument("--port", type=port, default=0, metavar="N", help="default: a free one")
    serve.add_argument("--no-open", action="store_true", help="print the address, open no browser")
    serve.add_argument("--lang", choices=("en", "zh"), help="default: the browser's")


def port(text: str) -> int:
    """A port's number, 0 to 65535."""
    if not (text.isascii() and text.isdigit()) or int(text) > 65_535:
        raise argparse.ArgumentTypeError("a whole number from 0 to 65535 is needed")
    return int(text)


def run_report(args: argparse.Namespace) -> int:
    from whygrad import disk
    from whygrad.web import lesson
    from whygrad.web.report import report_html

    path = Path(args.output or f"{Path(args.what).resolve().stem}-report.html")
    if path.is_dir():
        raise ConfigError(f"{str(path)!r} is a folder.", hint=f"-o {path / 'report.html'}")
    if not path.parent.is_dir():
        raise ConfigError(f"{str(path)!r} cannot be written.", why="there is no such folder")
    content = report_html(lesson.opened(args.what), args.lang).encode()
    disk.write_whole(path, content)
    tell(f"wrote {path} ({len(content) / 1000:,.0f} kB)")
    return 0


def run_serve(args: argparse.Namespace) -> int:
    """Serves until Ctrl-C, which is how it is meant to end."""
    from whygrad.web import server

    server.check_installed()

    def said(address: str) -> None:
        tell(f"{address}\n(Ctrl-C ends it)")

    opened = opening(args.what)
    server.serve(opened, port=args.port, lang=args.lang, browser=not args.no_open, tell=said)
    return 0


def opening(what: str) -> Opened:
    """What a page is opened with; of a run it is read again whenever the run has gone on."""
    from whygrad.web import lesson
    from whygrad.web.api import Opened

    path, found = Path(what), lesson.opened(what)
    if path.is_dir():
        return Opened(lambda: lesson.opened(what), path)
    return Opened(lambda: found)
