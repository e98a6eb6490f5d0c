"""The commands train, predict and evaluate."""

from __future__ import annotations

import argparse
import csv
import io
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from whygrad.cli.options import digits
from whygrad.cli.output import ascii_if_needed, show_json, tell, warn, write
from whygrad.errors import ConfigError


def add_commands(command: Callable[..., Any]) -> None:
    """Enters the commands into the parser."""
    train = command("train", run_train, "Train a network file, or a network for a table.")
    train.add_argument(
        "file", nargs="?", help="a network file, or a table (CSV, Parquet, NPZ, MAT)"
    )
    train.add_argument("--target", metavar="COLUMN", help="of a table: the column to predict")
    train.add_argument("--preset", metavar="NAME", help="of a table: matlab, patternnet, …")
    train.add_argument(
        "--run", metavar="DIR", dest="keep", help="keep the run in this folder (to be made)"
    )
    train.add_argument("--resume", metavar="DIR", help="go on with a run that was cut off")
    train.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="training.learning_rate=0.01, network.hidden=[64,32], …",
    )  # fmt: skip
    train.add_argument("--format", choices=("text", "json"), default="text")
    train.add_argument("--digits", type=digits, default=9, metavar="N", help="decimals printed")
    train.add_argument("--quiet", action="store_true", help="no progress, no notes")

    predict = command("predict", run_predict, "Predict a table's rows with a trained model.")
    predict.add_argument("model", help="a run's folder, or a model.safetensors")
    predict.add_argument("data", help="a table with the columns that the model was trained on")
    predict.add_argument("-o", "--output", metavar="FILE", help="a CSV file (default: printed)")
    predict.add_argument("--codes", action="store_true", help="of an auto-encoder: its codes")

    evaluate = command("evaluate", run_evaluate, "Score a run on rows that it has not seen.")
    evaluate.add_argument("run_folder", metavar="RUN", help="a run's folder")
    evaluate.add_argument("data", nargs="?", help="a table; default: the rows that were set aside")
    evaluate.add_argument("--format", choices=("text", "json"), default="text")
    evaluate.add_argument("--plots", metavar="DIR", help="pictures into this folder")


# ---- train --------------------------------------------------------------------------------------


def run_train(args: argparse.Namespace) -> int:
    """Trains; exit status 130 where Ctrl-C ended it."""
    from whygrad.render import report
    from whygrad.training.folder import opened
    from whygrad.training.loop import started
    from whygrad.training.options import Options

    file, folder = prepared(args)
    warn(file.warnings)
    inputs, targets = file.samples()
    options = Options(**file.training.options())
    if not args.quiet and file.problem is not None:
        tell(ascii_if_needed(report.problem_text(file.problem)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = started(
            file.network, inputs, targets, options, {}, quiet=args.quiet,
            folder=None if folder is None else opened(*folder),
            rows=file.problem and file.problem.parts,
            yields=file.problem is not None and "batch_size" not in file.tables.get("training", {}),
        )  # fmt: skip
    warn([str(w.message) for w in caught if issubclass(w.category, UserWarning)])
    if file.problem is not None and folder is not None:
        from whygrad.files.aside import remember

        remember(folder[0], file.problem)
    if args.format == "json":
        show_json(run.to_dict())
    elif file.problem is not None:
        write(ascii_if_needed(report.run_text(run, Path(file.tables["data"]["file"]).suffix)))
    else:
        write(ascii_if_needed(report.training_text(run, args.digits)))
    return 130 if run.interrupted else 0


def prepared(args: argparse.Namespace) -> tuple[Any, tuple[Path, bool, Any] | None]:
    """The network file that is meant, and the folder: (path, resumed, configuration)."""
    from whygrad.data.table import is_table_file
    from whygrad.files import config
    from whygrad.files.aside import digest

    if args.resume is not None:
        path = Path(args.resume)
        if (path / "config.json").is_file():
            return resumed(path, args), (path, True, None)
        if args.file is None:
            raise ConfigError(
                f"There is no run in {args.resume!r} to resume.",
                why="the folder has no config.json",
                hint=f"whygrad train FILE --run {args.resume}",
            )
        args.keep = args.resume  # it was cut off before there was anything: from the start
    if args.file is None:
        raise ConfigError("Say what to train: a network file, or a table.", hint="whygrad init")
    path = Path(args.file)
    if is_table_file(path.name):
        tables: dict[str, Any] = {"data": {"file": path.name, "split": [0.7, 0.15, 0.15]}}
        if args.target is not None:
            tables["data"]["target"] = args.target.split(",") if "," in args.target else args.target
        elif not any(o.startswith(("network.task", "data.target")) for o in args.overrides):
            raise ConfigError(
                "Which column is to be predicted was not said.", hint="--target COLUMN"
            )
        if args.preset:
            tables["preset"] = args.preset
        if "target" not in tables["data"]:
            tables["data"]["target"] = []
        file = config.from_tables(tables, args.file, path.parent, args.overrides)
    else:
        if args.target is not None:
            raise ConfigError("--target is for tables; a network file names its own.")
        overrides = [*args.overrides, *([f'preset="{args.preset}"'] if args.preset else [])]
        file = config.read(path, overrides)
    where = args.keep or (free_folder(path.stem) if file.problem is not None else None)
    if where is None:
        return file, None
    settings = {
        "tables": file.tables, "folder": str(file.folder.resolve()), "digest": digest(file),
    }  # fmt: skip
    return file, (Path(where), False, settings)


def resumed(path: Path, args: argparse.Namespace) -> Any:
    """The file that a run was begun with."""
    from whygrad.files import config
    from whygrad.files.aside import digest
    from whygrad.training.folder import RunFolder

    if args.overrides or args.target or args.preset or args.keep:
        raise ConfigError(
            "A run is resumed with the options that it was begun with.",
            hint="leave --set, --target, --preset and --run out, or begin another run",
        )
    begun = RunFolder(path).config()
    if "tables" not in begun:
        raise ConfigError(
            f"The run in {str(path)!r} was begun from Python.",
            hint="wg.train(…, run=…, resume=True) with the same data",
        )
    file = config.from_tables(begun["tables"], str(path), Path(begun["folder"]))
    if digest(file) != begun["digest"]:
        raise ConfigError(
            "The data have changed since the run was begun.",
            why="what is resumed would not be what was begun",
            hint="bring the old file back, or begin another run",
        )
    return file


def free_folder(stem: str) -> str:
    """runs/NAME-1, or the first number that is free."""
    name, number = re.sub(r"[^\w.-]+", "-", stem) or "run", 1
    while Path("runs", f"{name}-{number}").exists():
        number += 1
    return str(Path("runs", f"{name}-{number}"))


# ---- predict and evaluate -----------------------------------------------------------------------


def run_predict(args: argparse.Namespace) -> int:
    """A CSV of predictions, one line a row of the table."""
    from whygrad import disk
    from whygrad.data.table import read
    from whygrad.files.config import load

    if args.output and Path(args.output).suffix.lower() not in (".csv", ".txt", ""):
        raise ConfigError(
            "Predictions are written as CSV.",
            given=args.output,
            hint=f"-o {Path(args.output).with_suffix('.csv')}",
        )
    net = load(args.model)
    around = net.preparation
    if around is None or around.encoder is None:
        raise ConfigError(
            "The model was not trained on a table.", hint="in Python: wg.load(path).predict(X)"
        )
    table = read(args.data, around.encoder.columns)
    if table.notes:
        tell(ascii_if_needed("\n".join(f"{table.source}: {note}" for note in table.notes)))
    header, rows = predictions(net, table, args.codes)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(header)
    lines.writerows(rows)
    if args.output is None:
        write(text.getvalue())
    else:
        disk.write_whole(args.output, text.getvalue().encode())
        tell(f"{len(rows):,} predictions in {args.output}")
    return 0


def predictions(net: Any, table: Any, codes: bool) -> tuple[list[str], Sequence[Sequence[Any]]]:
    """Column names and rows: answers, and the probability of each class."""
    around = net.preparation
    if codes:
        if not net.autoencoder:
            raise ConfigError("Only an auto-encoder has codes.")
        found = net.encode(table)
        return [f"code_{k + 1}" for k in range(found.shape[1])], found.tolist()
    answers = net.predict(table)
    if around.classes is None:
        names = list(around.target_names) or [f"{n} again" for n in around.encoder.inputs]
        return names, answers.tolist()
    what = around.target_names[0] if len(around.target_names) == 1 else "class"
    if not net.has_probabilities:
        return [what], [[a] for a in answers.tolist()]
    chances = net.predict_proba(table).tolist()
    names = [what, *(f"p({c})" for c in around.classes)]
    return names, [[a, *p] for a, p in zip(answers.tolist(), chances, strict=True)]


def run_evaluate(args: argparse.Namespace) -> int:
    """Scores on the rows that were set aside, or on a table of one's own."""
    from whygrad.files.aside import evaluation
    from whygrad.render import report

    found = evaluation(Path(args.run_folder), args.data)
    warn(found.warnings)
    if args.plots is not None:
        tell("\n".join(f"wrote {path}" for path in found.plot(Path(args.plots))))
    if args.format == "json":
        show_json(found.to_dict())
    else:
        write(ascii_if_needed(report.evaluation_text(found)))
    return 0
