"""Record: what a training measured, under the names that MATLAB's training record has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.equivalents import FIELDS, missing_attribute

if TYPE_CHECKING:  # a run has a record
    from whygrad.training.run import Run

# MATLAB's name → the column of a run's history.
COLUMNS = {
    "perf": "loss", "vperf": "val_loss", "tperf": "test_loss", "gradient": "gradient",
    "mu": "mu", "gamk": "gamma", "ssx": "ssw", "val_fail": "val_fails", "time": "seconds",
}  # fmt: skip
BEFORE = {"val_fails": 0.0, "seconds": 0.0}  # what is known of them before the first iteration


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """What a training measured over time, as MATLAB's `tr` has it.

    epoch: the numbers of the epochs (or iterations, see `counted`) that the other arrays belong to;
    it begins with 0, what was measured before the first update, where that is known. perf, vperf,
    tperf: losses of what trains, validates, tests, in the network's own units. gradient: its norm.
    mu: the damping. gamk, ssx: of Bayesian regularisation, the effective number of parameters and
    the sum of squared weights. val_fail: epochs since the lowest vperf. time: seconds. All have the
    shape of epoch; None is what this training does not measure.
    best_epoch: the epoch whose parameters are given back; best_perf, best_vperf, best_tperf: there.
    num_epochs: how many were made. stop: why it ended.

    Trained in batches, perf[k] is the mean over epoch k's batches, each before its update, and
    gradient[k] belongs to its last batch.
    """

    epoch: np.ndarray
    perf: np.ndarray | None
    vperf: np.ndarray | None
    tperf: np.ndarray | None
    gradient: np.ndarray | None
    mu: np.ndarray | None
    gamk: np.ndarray | None
    ssx: np.ndarray | None
    val_fail: np.ndarray | None
    time: np.ndarray | None
    best_epoch: int | None
    num_epochs: int
    best_perf: float | None
    best_vperf: float | None
    best_tperf: float | None
    stop: str
    counted: str = "epoch"

    def __getattr__(self, name: str) -> Any:
        raise missing_attribute("the record of a training", name, FIELDS)

    @property
    def measures(self) -> dict[str, np.ndarray]:
        """The arrays that this training has, by name."""
        found = {name: getattr(self, name) for name in COLUMNS}
        return {name: values for name, values in found.items() if values is not None}

    def to_dict(self) -> dict[str, Any]:
        """As plain data; inf and nan, which JSON has not, as text."""
        from whygrad.training.run import plain

        found = {}
        for name in (f.name for f in fields(self)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value = [plain(v) for v in value.tolist()]
            found[name] = plain(value)
        return found

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """A measure with its first value, that of the best epoch and the last, as text."""
        best = np.flatnonzero(self.epoch == self.best_epoch)
        for name, values in self.measures.items():
            at_best = f"{values[best[0]]:.6g}" if len(best) else ""
            yield name, f"{values[0]:.6g}", at_best, f"{values[-1]:.6g}"

    @property
    def head(self) -> tuple[str, str, str, str]:
        """What stands above the rows."""
        if not len(self.epoch):
            return "", "first", "best", "last"
        first, last = self.epoch[0], self.epoch[-1]
        best = "" if self.best_epoch is None else f"best: {self.best_epoch:,}"
        return self.counted, f"{first:,}", best, f"{last:,}"

    def __str__(self) -> str:
        lines = [self.head, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = (
            "   ".join([name.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]).rstrip()
            for name, *rest in lines
        )
        return "\n".join([*table, f"stop: {self.stop}"])

    def __repr__(self) -> str:
        what = ", ".join(self.measures) or "nothing measured"
        return f"<Record of {self.num_epochs:,} {self.counted}s: {what}>"

    def _repr_html_(self) -> str:
        def row(tag: str, cells: tuple[str, ...]) -> str:
            return "<tr>" + "".join(f"<{tag}>{escape(c)}</{tag}>" for c in cells) + "</tr>"

        body = "".join(row("td", cells) for cells in self.rows())
        return (
            f"<table><thead>{row('th', self.head)}</thead><tbody>{body}</tbody>"
            f"<caption>{escape(self.stop)}</caption></table>"
        )


def record_of(run: Run) -> Record:
    """The record of a run, made from its history and what it measured before the first update."""
    rows = run.history
    counted = "epoch" if rows and "epoch" in rows[0] else "iteration"
    columns = {
        key: np.array([row[key] for row in rows], float)
        for key in (counted, *COLUMNS.values())
        if rows and all(key in row for row in rows)
    }
    if "gradient" not in columns and (norms := layer_norms(rows)) is not None:
        columns["gradient"] = norms
    if "val_loss" in columns:
        columns.setdefault("val_fails", since_lowest(columns["val_loss"]))
    epoch = columns.pop(counted, np.array([], float)).astype(int)
    start = {**BEFORE, **run.start}
    if "loss" in columns and epoch[0] == 1 and set(columns) <= set(start):
        epoch = np.concatenate([[0], epoch])
        columns = {key: np.concatenate([[start[key]], v]) for key, v in columns.items()}
    found = {name: columns.get(key) for name, key in COLUMNS.items()}
    perf, vperf, tperf = found["perf"], found["vperf"], found["tperf"]
    fails = found["val_fail"]
    best = best_epoch(run.best_epoch, epoch, perf)
    return Record(
        epoch, perf, vperf, tperf, found["gradient"], found["mu"], found["gamk"], found["ssx"],
        None if fails is None else fails.astype(int), found["time"], best_epoch=best,
        num_epochs=int(epoch[-1]) if len(epoch) else 0, best_perf=value_at(best, epoch, perf),
        best_vperf=value_at(best, epoch, vperf), best_tperf=value_at(best, epoch, tperf),
        stop=run.stop_reason, counted=counted,
    )  # fmt: skip


def layer_norms(rows: list[dict[str, Any]]) -> np.ndarray | None:
    """The gradient's norm, of the layers' norms that a history has; None where it has none."""
    names = [key for key in (rows[0] if rows else ()) if key.startswith("gradient_norm_")]
    if not names or any(name not in row for row in rows for name in names):
        return None
    norms: np.ndarray = np.linalg.norm([[row[n] for n in names] for row in rows], axis=1)
    return norms


def since_lowest(losses: np.ndarray) -> np.ndarray:
    """For each epoch, how many epochs ago the lowest loss so far was."""
    fails = np.zeros(len(losses))
    lowest = np.inf
    for k, loss in enumerate(losses):
        fails[k] = 0 if loss < lowest else (fails[k - 1] + 1 if k else 1)
        lowest = min(lowest, loss)
    return fails


def best_epoch(kept: int | None, epoch: np.ndarray, perf: np.ndarray | None) -> int | None:
    """The epoch whose parameters are given back: one that was kept, or the last that was finite."""
    if kept is not None or perf is None:
        return kept
    finite = np.flatnonzero(np.isfinite(perf))
    return int(epoch[finite[-1]]) if len(finite) else None


def value_at(best: int | None, epoch: np.ndarray, values: np.ndarray | None) -> float | None:
    """A measure's value in an epoch."""
    if values is None or best is None or best not in epoch:
        return None
    return float(values[epoch == best][0])
