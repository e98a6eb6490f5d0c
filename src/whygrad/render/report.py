"""Plain reports of the commands that do not explain: operations, their verification, training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.op import Op
from whygrad.render.columns import padded, width
from whygrad.render.numbers import number

if TYPE_CHECKING:
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


def difference(value: float | None) -> str:
    return "–" if value is None else "0" if value == 0 else f"{value:.1e}"


# ---- training -----------------------------------------------------------------------------------


def training_text(run: Run, digits: int) -> str:
    """The loss along the way, the outputs at the end, and why training stopped."""
    rows = [("iteration", "loss")]
    history = [r for r in run.history if r["iteration"] in landmarks(run.iterations)]
    rows += [(f"{r['iteration']:,}", number(float(r["loss"]), digits)) for r in history]
    lines = [table(rows), "", run.stop_reason]
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
