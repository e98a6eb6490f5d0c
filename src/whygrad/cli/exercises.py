"""The command exercise, and the marks of a class that `whygrad grade` gives for one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from whygrad.cli.options import digits
from whygrad.cli.output import WIDTH, plain_only, tell, write

FORMATS = ("text", "markdown", "latex", "html")


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the command into the parser."""
    sub = command(
        "exercise", run_exercise, "Exercise sheets with readable numbers, and their answer key."
    )
    sub.add_argument("what", nargs="?", metavar="KIND|NETWORK", help="a kind, or a network file")
    sub.add_argument("--list", action="store_true", help="the kinds, a sentence each")
    sub.add_argument(
        "--level", type=int, default=1, help="1: most is given; 2: every line; 3: results only"
    )
    sub.add_argument("--seed", type=int, default=0, help="another seed, other numbers")
    sub.add_argument("--variants", type=int, metavar="N", help="how many; default: one a name")
    sub.add_argument("--names", metavar="CSV", help="a class: column name or 姓名, else the first")
    sub.add_argument("--key", action="store_true", help="print the key instead of the sheets")
    sub.add_argument(
        "-o", "--output", metavar="DIR", help="write sheet, key, answers.csv, exercise.json there"
    )
    sub.add_argument("--format", choices=FORMATS, help="default: text; with -o html")
    sub.add_argument("--lang", choices=("en", "zh"), help="default: the locale's")
    sub.add_argument(
        "--digits", "--decimals", type=digits, metavar="N", help="decimals printed: 3 to 12"
    )


def run_exercise(args: argparse.Namespace) -> int:
    from whygrad.exercises.exercise import exercise
    from whygrad.pages.prose import language
    from whygrad.pages.worksheet import kinds_document

    lang = language(args.lang)
    if args.list or args.what is None:
        show(kinds_document(lang), args.format or "text")
        return 0
    made = exercise(
        args.what, level=args.level, seed=args.seed, variants=args.variants, names=args.names,
        lang=lang, decimals=args.digits,
    )  # fmt: skip
    if args.output is not None:
        for path in made.save(args.output, args.format or "html"):
            tell(f"wrote {path}")
            if path.suffix == ".tex" and path.read_text("utf-8").startswith("% xelatex"):
                tell(f"whygrad: {path.name} has Chinese in it: compile it with xelatex")
    else:
        show(made.key if args.key else made.sheet, args.format or "text")
    return 0


def show(document: Any, form: str) -> None:
    """Prints a page in its own language and decimals."""
    write(document.to(form, **({"plain": plain_only(), "width": WIDTH} if form == "text" else {})))


# ---- marks --------------------------------------------------------------------------------------


def describes_exercise(path: str) -> bool:
    """Whether a file is the exercise.json of a class, and not a network, which is TOML."""
    return path.lower().endswith(".json")


def mark_class(path: str, answers: Sequence[str], args: argparse.Namespace) -> int:
    """Prints the marks of a class, or writes them into a file; 1 where a point is lost."""
    from whygrad import disk
    from whygrad.grading.classroom import grade_class
    from whygrad.pages.prose import language
    from whygrad.render.json import dumps

    marks = grade_class(path, answers)
    form = args.format or "text"
    if form in ("json", "csv"):
        text = dumps(marks.to_dict()) + "\n" if form == "json" else marks.to_csv()
    else:
        lang = language(args.lang) if args.lang else marks.exercise.lang
        to_terminal = form == "text" and args.output is None
        style = {"plain": plain_only(), "width": WIDTH} if to_terminal else {}
        text = marks.document().to(form, lang=lang, **style)
    if args.output is None:
        write(text)
    else:
        mark = "\ufeff" if form == "csv" else ""  # so that Excel reads it as UTF-8
        disk.write_whole(args.output, (mark + text).encode())
        tell(f"wrote {args.output}")
    return 0 if marks.passed else 1
