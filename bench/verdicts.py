"""How good are the verdicts? Planted mistakes and right gradients, judged.

python bench/verdicts.py            the whole test bed
python bench/verdicts.py --misses   and every case in which the verdict was not what it should be
python bench/verdicts.py --write    and puts the figures into docs/check.md
python bench/verdicts.py --time     how long a check takes, of a small network and of a large one
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import whygrad as wg

sys.path.insert(0, str(Path(__file__).parent))

from testbed.planted import NETWORKS, Case, cases
from testbed.right import Judged, right_gradients


@dataclass
class Score:
    """What was asked of the checker, and how often it was right."""

    planted: int = 0
    place: int = 0
    cause: int = 0
    right: int = 0
    arrays: int = 0
    alarms: int = 0
    untold: int = 0
    mistakes: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)


def judge_planted(found: Iterable[Case], score: Score) -> None:
    """Place: the arrays called wrong are those that were changed. Cause: among those named."""
    for case in found:
        report = case.judge()
        wrong = {row.parameter for row in report.rows if row.verdict == "wrong"}
        place = wrong == case.changed and all(_at_a_changed_entry(case, r) for r in report.rows)
        named = any(case.names_it(cause.key) for cause in report.causes)
        score.planted += 1
        score.place += place
        score.cause += named
        score.mistakes[case.mistake] += 1
        if not (place and named):
            seen = ", ".join(c.key for c in report.causes)
            score.misses.append(
                f"{case.mistake} ({case.where}): changed {sorted(case.changed)}, wrong "
                f"{sorted(wrong)}; causes: {seen or 'none'}"
            )


def _at_a_changed_entry(case: Case, row: Any) -> bool:
    """Whether the entry that is shown as the worst is one that was changed."""
    claimed, right = case.claimed[row.parameter], case.right[row.parameter]
    if row.verdict != "wrong" or claimed.shape != right.shape:
        return True
    return bool(claimed[row.index] != right[row.index])


def judge_right(found: Iterable[Judged], score: Score) -> None:
    """Nothing may be called wrong, nor the checker, nor random."""
    for what, judge in found:
        report = judge()
        alarms = [r for r in report.rows if r.verdict in ("wrong", "checker", "random")]
        score.right += 1
        score.arrays += len(report.rows)
        score.alarms += len(alarms)
        score.untold += sum(not r.ok for r in report.rows) - len(alarms)
        for row in (r for r in report.rows if not r.ok):
            numbers = f"{row.gradient} against {row.quotient} ± {row.error}"
            score.misses.append(
                f"not told to be right ({what}): {row.verdict} at {row.at}: {numbers}"
            )


def shown(score: Score, seconds: float) -> str:
    """The figures of the documentation."""
    return "\n".join(
        [
            f"planted mistakes        {score.planted} of {len(score.mistakes)} kinds, "
            f"{len(NETWORKS)} layered networks, 12 with shared weights or a penalty",
            f"place right             {score.place / score.planted:.1%}",
            f"planted cause named     {score.cause / score.planted:.1%}",
            f"right gradients         {score.arrays} arrays in {score.right} checks",
            f"false alarms            {score.alarms}",
            f"cannot be told          {score.untold} (float32 too coarse, or not smooth)",
            f"seconds                 {seconds:.0f}",
        ]
    )


def write(figures: str) -> None:
    """Puts the figures between their marks in the documentation."""
    path = Path(__file__).parent.parent / "docs" / "check.md"
    start, end = "<!-- verdicts -->\n", "<!-- /verdicts -->"
    before, rest = path.read_text(encoding="utf-8").split(start)
    after = rest.partition(end)[2]
    path.write_text(f"{before}{start}```text\n{figures}\n```\n{end}{after}", encoding="utf-8")


def time_checks() -> None:
    """A small network whole, a large one by sampling: right, and with one array doubled."""
    rng = np.random.default_rng(0)
    for sizes, samples in (([64, 32, 10], 32), ([784, 1000, 200, 10], 64)):
        net = wg.mlp(sizes, activation="tanh", loss="softmax_cross_entropy", seed=0)
        x, y = rng.normal(size=(samples, sizes[0])), rng.integers(0, sizes[-1], samples)
        right = wg.backprop(net, x, y).gradients
        for what, claimed in (("right", right), ("W2 doubled", right | {"W2": 2 * right["W2"]})):
            start = time.perf_counter()
            report = wg.check(net, x, y, gradients=claimed)
            seconds = time.perf_counter() - start
            name = "-".join(map(str, sizes))
            directions = sum(row.directions for row in report.rows)
            looked = f"{report.checked:,} of {report.size:,} numbers, {directions} directions"
            print(f"{name}, {samples} samples, {what}: {seconds:.2f} s; looked at {looked}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="list what was not as it should be")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/check.md")
    parser.add_argument("--time", action="store_true", help="time two checks instead")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.time:
        time_checks()
        return 0
    score, start = Score(), time.perf_counter()
    judge_planted(cases(args.seed), score)
    judge_right(right_gradients(args.seed), score)
    figures = shown(score, time.perf_counter() - start)
    print(figures)
    if args.write:
        write(figures)
    if args.misses:
        print("\n".join(score.misses))
    return 0


if __name__ == "__main__":
    sys.exit(main())
