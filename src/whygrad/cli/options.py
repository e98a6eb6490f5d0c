"""Options that several commands share: formats, language, digits, notation."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

PAGE_FORMATS = ("text", "latex", "markdown", "html", "json")
DRAWING_FORMATS = ("svg", "tikz")


def page_options(sub: argparse.ArgumentParser, formats: Sequence[str] = PAGE_FORMATS) -> None:
    """How a page is written."""
    sub.add_argument("--format", choices=formats, default="text")
    sub.add_argument("--lang", choices=("en", "zh"), help="default: the locale's")
    sub.add_argument("--digits", type=digits, default=9, metavar="N", help="decimals printed")
    sub.add_argument(
        "--fragment", action="store_true", help="LaTeX or HTML without the frame around it"
    )


def reading_options(sub: argparse.ArgumentParser) -> None:
    """What the numbers are called, and how a gradient's line is put together."""
    sub.add_argument("--notation", choices=("textbook", "indexed", "matrix", "code"))
    sub.add_argument(
        "--detail", choices=("factors", "delta"), default="factors", help="of one number's lines"
    )


def digits(text: str) -> int:
    """The decimals of printed numbers, 1 to 17."""
    if not text.isdigit() or not 1 <= int(text) <= 17:
        raise argparse.ArgumentTypeError("a whole number from 1 to 17 is needed")
    return int(text)
