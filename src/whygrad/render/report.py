"""Plain reports of the commands that do not explain: operations, their verification, training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.op import Op
from whygrad.render.columns import padded, width
from whygrad.render.numbers import number
from whygrad.training.problem import guess

if TYPE_CHECKING:
    from whygrad.diagnosis.conventions import Convention
    from whygrad.files.aside import Evaluation
    from whygrad.training.problem import Problem
    from whygrad.training.run import Run
    from whygrad.verify import Verdict


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns, two spaces apart; the first row is the head."""
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(padded(cell, w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("─" * w for w in widths), *lines[1:]])


# ---- operations ---------------------------------------------------------------------------------


def operations_text(operations: Sequence[Op]) -> str:
    """One line an operation, by family; a single one with all that is known of it."""
    if len(operations) == 1:
        return operation_text(operations[0])
    rows = [("operation", "family", "takes", "what it is")]
    for o in operations:
        takes = ", ".join((*o.operands, *(f"{a}=" for a in o.attributes)))
        rows.append((o.name, o.module.rpartition(".")[2], takes, o.doc.splitlines()[0]))
    return table(rows) + f"\n\n{len(operations)} operations; whygrad ops NAME shows one."


def operation_text(o: Op) -> str:
    """What is known of one operation, its rule's source included."""
    data = operation_data(o)
    lines = [f"{o.name}: {o.doc}", ""]
    lines += [
        f"  {key}: {value}" for key, value in data.items() if key not in ("name", "doc") and value
    ]
    return "\n".join(lines)


def operation_data(o: Op) -> dict[str, Any]:
    """What is known of one operation, as data."""
    kind = "element by element" if o.elementwise else "composite" if o.composite else "structured"
    return {
        "name": o.name,
        "doc": o.doc,
        "family": o.module.rpartition(".")[2],
        "kind": kind,
        "inputs": ", ".join(o.operands),
        "attributes": ", ".join(o.attributes),
        "aliases": ", ".join(o.aliases),
        "latex": o.latex,
        "convention": o.convention,
        "cases": "; ".join(o.cases),
    }


def verification_text(verdicts: Sequence[Verdict]) -> str:
    """The worst relative difference of each rule from three independent readings."""
    rows = [("operation", "finite differences", "jax.vjp", "printed formula", "at a kink", "")]
    for v in verdicts:
        rows.append(
            (
                v.op,
                difference(v.finite_difference),
                difference(v.jax),
                difference(v.formula),
                v.convention,
                "✓" if v.ok else "✗ WRONG",
            )
        )
    wrong = [v.op for v in verdicts if not v.ok]
    verdict = f"wrong: {', '.join(wrong)}" if wrong else "all right"
    unread = "" if any(v.jax is not None for v in verdicts) else (
        "\njax is not installed, so its column is empty: pip install 'whygrad[train]'"
    )  # fmt: skip
    summary = f"{len(verdicts)} operations, the worst relative difference of each: {verdict}."
    return f"{table(rows)}\n\n{summary}{unread}"


def conventions_text(conventions: Sequence[Convention]) -> str:
    """The gradients at kinks, beside PyTorch's and JAX's."""
    rows: list[tuple[str, ...]] = [("operation", "at", "whygrad", "PyTorch", "JAX")]
    for c in conventions:
        rows.append((c.op, c.at, *map(gradients, (c.whygrad, c.pytorch, c.jax))))
    return "The gradient at kinks, where a convention decides:\n\n" + table(rows)


def gradients(found: tuple[float, ...] | None) -> str:
    """A gradient's numbers; of a library that is not there, that."""
    return "not installed" if found is None else ", ".join(number(v, 4) for v in found)


def difference(value: float | None) -> str:
    return "–" if value is None else "0" if value == 0 else f"{value:.1e}"


# ---- training -----------------------------------------------------------------------------------


def training_text(run: Run, digits: int) -> str:
    """The loss along the way, the outputs at the end, and why training stopped."""
    rows = [("iteration", "loss")]
    history = [r for r in run.history if r["iteration"] in landmarks(run.iterations)]
    rows += [(f"{r['iteration']:,}", number(float(r["loss"]), digits)) for r in history]
    lines = [table(rows), "", run.stop_reason, *run.remarks]
    outputs = np.atleast_2d(run.outputs)
    shown = outputs[:10]
    lines += ["outputs:"] + [
        "  " + "  ".join(number(float(v), digits) for v in row) for row in shown
    ]
    if len(outputs) > len(shown):
        lines.append(f"  … and {len(outputs) - len(shown)} more samples (--format json: all)")
    return "\n".join(lines)


def landmarks(last: int) -> set[int]:
    """The iterations that a report shows: 0, 1, 10, 100, … and the last."""
    return {0, last} | {10**k for k in range(12) if 10**k <= last}


def problem_text(problem: Problem) -> str:
    """What was understood of a table, before anything is trained."""
    rows = [("column", "kind", "inputs", "")]
    for note in problem.columns:
        fate = str(note.inputs) if note.inputs else "–"
        why = note.why if note.inputs or not note.why else f"left out: {note.why}"
        rows.append((note.column, note.kind, fate, why))
    shown = rows if len(rows) <= 41 else [*rows[:40], ("…", "", "", f"{len(rows) - 40} more")]
    parts = ((problem.train, "train"), (problem.validation, "validate"), (problem.test, "aside"))
    split = ", ".join(f"{len(part):,} {name}" for part, name in parts if len(part))
    around = problem.network.preparation
    what = problem.task
    if around and around.classes:
        names = [str(c) for c in around.classes]
        what += f" into {len(names)} classes: {', '.join(names[:8])}"
        what += ", …" if len(names) > 8 else ""
    target = ", ".join(problem.target) or "all inputs"
    lines = [table(shown), "", *problem.notes, f"rows: {split}", f"target: {target} ({what})"]
    lines.append(f"network: {repr(problem.network)[9:-1]}")
    best = guess(problem)
    return "\n".join([*lines, *([f"to be beaten: {best}"] if best else [])])


def run_text(run: Run, suffix: str = ".csv") -> str:
    """What a training on a table came to; suffix: that of the table's file."""
    lines = [run.stop_reason]
    number_ = run.best_epoch or len(run.history)
    if 0 < number_ <= len(run.history):
        row = run.history[number_ - 1]
        names = [n for n in MEASURES if n in row]
        measured = ", ".join(f"{n} {row[n]:.5g}" for n in names)
        lines.append(f"epoch {number_:,}: {measured}")
    lines += [*run.remarks, *([run.trouble] if run.trouble else [])]
    lines.append(
        f"{run.iterations:,} updates in {run.seconds:.2f} s "
        f"({run.engine}, {run.dtype}, {run.device})"
    )
    if run.folder is not None:
        lines += [
            f"model: {run.folder / 'model.safetensors'}",
            f"whygrad evaluate {run.folder}   # on the rows that were set aside",
            f"whygrad predict {run.folder} new{suffix} -o out.csv",
        ]
    return "\n".join(lines)


MEASURES = ("loss", "accuracy", "rmse", "val_loss", "val_accuracy", "val_rmse", "gradient", "mu")


def evaluation_text(found: Evaluation) -> str:
    """Scores, and for classes the confusion matrix."""
    lines = [f"{found.rows:,} rows: {found.what}"]
    lines += [f"  {k:9} {v:.6g}" for k, v in found.scores.items() if k != "confusion"]
    if found.classes is not None and len(found.classes) <= 20:
        head = ("true \\ predicted", *(str(c) for c in found.classes))
        rows = [
            (str(c), *map(str, row))
            for c, row in zip(found.classes, found.scores["confusion"], strict=True)
        ]
        lines += ["", table([head, *rows])]
    return "\n".join(lines)
