"""Gradients against central finite differences, parameter by parameter, with a plain verdict.

The step is not fixed: it is halved from 0.1 to 2e-8 of the number's size, and the quotients are
extrapolated to step 0 (Ridders 1982). The best of the tableau brings an estimate of its own error,
so that what rounding explains is not called a mistake; and it has to agree with the quotients of
smaller steps, so that a kink or a saturation near by is not mistaken for the slope here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from whygrad.checking.entries import loss_at, sources
from whygrad.differences import Quotient, quotient
from whygrad.graph import Graph
from whygrad.models.mlp import Network
from whygrad.names import Value
from whygrad.recording import Trace, backprop

AGREE = 1e-6  # relative difference that counts as right, where the quotient is as good as that
WHOLE, SAMPLE, EACH = 2_000, 300, 16  # more numbers than WHOLE: SAMPLE of them, EACH an array
VERDICTS = ("right", "kink", "unclear", "wrong")  # from good to bad


# ---- all of them --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """The verdict on one parameter: right, wrong, kink, or unclear (no quotient can be had).

    difference: the largest one found. at: the name of the entry where it lies, index: its position.
    gradient, quotient: the two numbers there. error: the estimate of the quotient's own error.
    digits: to how many the two agree. checked: how many of the `size` entries were looked at.
    """

    parameter: str
    verdict: str
    difference: float
    at: str
    index: tuple[int, ...]
    gradient: float
    quotient: float
    error: float
    checked: int
    size: int

    @property
    def digits(self) -> int:
        """Leading digits that gradient and quotient share, at most 16."""
        if self.difference == 0:
            return 16
        size = max(abs(self.gradient), abs(self.quotient))
        if not (math.isfinite(self.difference) and size > 0):
            return 0
        return max(0, min(16, math.floor(-math.log10(self.difference / size))))

    @property
    def ratio(self) -> float:
        """Gradient over quotient: 2 says that a factor of 2 is too many."""
        return self.gradient / self.quotient if self.quotient else math.inf

    def __str__(self) -> str:
        sampled = "" if self.checked == self.size else f" ({self.checked} of {self.size:,} checked)"
        numbers = f"gradient {self.gradient:.9g}, finite difference {self.quotient:.9g}"
        known = f"known to ±{self.error:.1e}"
        if self.verdict == "right":
            agreed = f"to {self.digits} digits" if self.digits else f"0 within ±{self.error:.1e}"
            said = f"{agreed}; largest difference {self.difference:.1e} at {self.at}"
        elif self.verdict == "kink":
            said = f"{self.at} sits where the loss has a corner; {numbers}"
        elif self.verdict == "unclear":
            said = f"the difference quotient at {self.at} is only {known}; {numbers}"
        else:
            said = f"at {self.at}: {numbers}, {known}; ratio {self.ratio:.6g}"
        return f"{self.parameter}: {self.verdict}{sampled}, {said}"

    def to_dict(self) -> dict[str, Any]:
        """Every field, and digits; numbers that are not finite as text."""
        fields = asdict(self) | {"index": list(self.index), "digits": self.digits}
        return {
            k: str(v) if isinstance(v, float) and not math.isfinite(v) else v
            for k, v in fields.items()
        }


@dataclass(frozen=True)
class Report:
    """The verdicts on all parameters, a row each."""

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every gradient is right, or one that a convention may choose at a corner."""
        return all(row.verdict in ("right", "kink") for row in self.rows)

    @property
    def sampled(self) -> bool:
        """Whether only a part of the entries was checked."""
        return any(row.checked < row.size for row in self.rows)

    def __str__(self) -> str:
        bad = [f"{r.parameter} {r.verdict}" for r in self.rows if r.verdict in VERDICTS[2:]]
        checked, size = (sum(getattr(r, k) for r in self.rows) for k in ("checked", "size"))
        entries = f"{checked:,} of {size:,} numbers, drawn with seed 0" if self.sampled else ""
        of = f" ({entries})" if entries else ""
        verdict = f"not all right: {', '.join(bad)}" if bad else "all right"
        return "\n".join([*map(str, self.rows), verdict + of])

    def to_dict(self) -> dict[str, Any]:
        """ok, sampled, and a row a parameter."""
        rows = [row.to_dict() for row in self.rows]
        return {"ok": self.ok, "sampled": self.sampled, "parameters": rows}


def check(net: Network | Graph | Trace, x: Any = None, y: Any = None, **inputs: Any) -> Report:
    """Checks every gradient of a network or a traced graph against central finite differences.

    net: a network with x and y, a traced graph with its inputs by name, or a Trace.
    Of more than 2,000 numbers a seeded sample of about 300 is checked, and the report says so.
    Raises what `backprop` raises for inputs that do not fit.
    """
    trace = net if isinstance(net, Trace) else backprop(net, x, y, **inputs)
    return check_gradients(trace, trace.gradients)


def check_gradients(trace: Trace, gradients: Mapping[str, np.ndarray]) -> Report:
    """Checks gradients that are claimed for a recorded pass, an array for each parameter."""
    claimed = {n.id: np.asarray(gradients[n.id], dtype=float) for n in trace.parameters}
    sizes = [np.abs(g[np.isfinite(g)]).max(initial=0.0) for g in claimed.values()]
    largest = float(max(sizes, default=0.0))
    total, rng = sum(g.size for g in claimed.values()), np.random.default_rng(0)
    rows = []
    for name, gradient in claimed.items():
        indexes = list(np.ndindex(*gradient.shape))
        if total > WHOLE:
            share = min(gradient.size, max(EACH, SAMPLE * gradient.size // total))
            drawn = np.sort(rng.choice(gradient.size, share, replace=False))
            indexes = [indexes[k] for k in drawn]
        found = (_entry(trace, Value(name, i), gradient, len(indexes), largest) for i in indexes)
        rows.append(max(found, key=_badness))
    return Report(tuple(rows))


def _entry(trace: Trace, at: Value, gradients: np.ndarray, checked: int, largest: float) -> Row:
    """The verdict on one entry. largest: of all gradients of the pass, in absolute value."""
    gradient = float(gradients[at.index])
    loss = loss_at(trace.graph, sources(trace), at)
    q = quotient(loss, trace.recorded.value(at), gradient)
    off = abs(gradient - q.value)
    return Row(
        parameter=at.node,
        verdict=_verdict(gradient, q, max(largest, 1e-3 * abs(trace.loss))),
        difference=off if math.isfinite(off) else math.inf,
        at=trace.names.text(at),
        index=at.index or (),
        gradient=gradient,
        quotient=q.value,
        error=q.error,
        checked=checked,
        size=gradients.size,
    )


def _verdict(gradient: float, q: Quotient, scale: float) -> str:
    """right, kink, unclear or wrong; `scale` says what size of error matters in this pass."""
    size = max(abs(gradient), abs(q.value))
    if not math.isfinite(q.error) or q.error > max(0.1 * size, AGREE * scale):
        return "unclear"
    if abs(gradient - q.value) <= AGREE * abs(q.value) + 10 * q.error:
        return "right"
    return "kink" if q.kink and q.between(gradient) else "wrong"


def _badness(row: Row) -> tuple[int, float]:
    """The entry that a parameter's row is about: of the worst verdict the largest difference."""
    return VERDICTS.index(row.verdict), row.difference
