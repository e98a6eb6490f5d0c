"""Input and output of the commands: results on standard output, messages on standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

WIDTH = 80


def plain_only() -> bool:
    """Whether standard output cannot show the signs of mathematics."""
    try:
        "∂δ·−²≈".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def write(text: str) -> None:
    """Prints a result: UTF-8 whatever the locale, so that a file reads the same anywhere."""
    if not text.endswith("\n"):
        text += "\n"
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:  # a stream that was put in standard output's place (a test, a notebook)
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        raw.write(text.encode("utf-8", "replace"))
        raw.flush()


def tell(text: str) -> None:
    """Prints a message on standard error, in whatever that can show."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr)


def show(document: Any, args: argparse.Namespace) -> None:
    """Prints a page in the format that was asked for."""
    from whygrad.pages.prose import language

    style = {"lang": language(args.lang), "digits": args.digits}
    if args.format == "text":
        style |= {"plain": plain_only(), "width": WIDTH}
    elif args.fragment:
        style |= {"fragment": True}
    write(document.to(args.format, **style))


def show_json(data: Any) -> None:
    """Prints data as JSON, numbers at full precision."""
    from whygrad.render.json import dumps

    write(dumps(data))


def warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        tell(f"whygrad: warning: {warning}")


def ascii_if_needed(text: str) -> str:
    from whygrad.render.ascii import to_ascii

    return to_ascii(text) if plain_only() else text
