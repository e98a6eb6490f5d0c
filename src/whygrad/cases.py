"""Cases: what the laws draw an operation's arguments from, written in one line.

    "(3,4), (4,) in 0.1..2, (3,) int 0..3; axis=-1, keepdims=True"

INPUT, INPUT, …; attribute=literal, …   An INPUT is a shape, then `in lo..hi` for numbers (−2..2
where it is left out) or `int lo..hi` for whole numbers, both ends included. An interval keeps the
numbers away from a kink; one seed always draws the same numbers.
"""

from __future__ import annotations

import ast
import re
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.errors import OperationError
from whygrad.op import Op

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_INPUT = re.compile(
    rf"\(\s*(?P<shape>\d+\s*,\s*(?:\d+\s*(?:,\s*\d+\s*)*)?)?\)"
    rf"(?:\s+(?P<kind>in|int)\s+(?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER}))?\s*(?:,\s*|$)"
)


@dataclass(frozen=True)
class Draw:
    """One input: its shape, and the interval its numbers come from."""

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    integer: bool = False

    def numbers(self, rng: np.random.Generator) -> np.ndarray:
        if self.integer:
            return rng.integers(int(self.low), int(self.high), self.shape, endpoint=True)
        return np.asarray(rng.uniform(self.low, self.high, self.shape))


@dataclass(frozen=True)
class Case:
    """The inputs and attributes of one call."""

    text: str
    inputs: tuple[Draw, ...]
    attributes: dict[str, Any]

    def draw(self, seed: int = 0) -> list[np.ndarray]:
        """An array for each input."""
        rng = np.random.default_rng([zlib.crc32(self.text.encode()), seed])
        return [drawn.numbers(rng) for drawn in self.inputs]


def parse(text: str) -> Case:
    """A case from its line. Raises OperationError where it cannot be read."""
    before, _, after = text.partition(";")
    return Case(text, _inputs(text, before.strip()), _attributes(text, after.strip()))


def cases(op: Op) -> list[Case]:
    """The cases of an operation, all its attributes filled in.

    Raises OperationError where a case does not fit what the operation takes.
    """
    found = []
    for text in op.cases:
        case = parse(text)
        if not op.variadic and len(case.inputs) != len(op.operands):
            raise _unreadable(
                text,
                why=f"{op.name} takes {len(op.operands)} inputs, the case has {len(case.inputs)}",
            )
        _, attributes = op.bind(case.inputs, dict(case.attributes))
        found.append(Case(text, case.inputs, attributes))
    return found


def _inputs(text: str, listed: str) -> tuple[Draw, ...]:
    draws: list[Draw] = []
    at = 0
    while at < len(listed):
        found = _INPUT.match(listed, at)
        if found is None:
            raise _unreadable(text, why=f"no input can be read at {listed[at:]!r}")
        draws.append(_draw(text, found))
        at = found.end()
    if not draws or listed.endswith(","):
        raise _unreadable(text, why="an input is missing")
    return tuple(draws)


def _draw(text: str, found: re.Match[str]) -> Draw:
    shape = tuple(int(n) for n in re.findall(r"\d+", found["shape"] or ""))
    if found["kind"] is None:
        return Draw(shape)
    low, high, whole = float(found["low"]), float(found["high"]), found["kind"] == "int"
    if low > high or (whole and not (low.is_integer() and high.is_integer())):
        what = "whole numbers, " if whole else ""
        raise _unreadable(text, why=f"{low:g}..{high:g} must be {what}the smaller one first")
    return Draw(shape, low, high, whole)


def _attributes(text: str, listed: str) -> dict[str, Any]:
    try:
        called = ast.parse(f"f({listed})", mode="eval").body
        if not isinstance(called, ast.Call) or called.args:
            raise ValueError("only name=value")
        given = {k.arg: ast.literal_eval(k.value) for k in called.keywords if k.arg is not None}
        if len(given) < len(called.keywords):
            raise ValueError("no **")
        return given
    except (SyntaxError, ValueError):
        raise _unreadable(text, why=f"the attributes {listed!r} cannot be read") from None


def _unreadable(text: str, why: str) -> OperationError:
    return OperationError(
        f"The case {text!r} cannot be used.",
        why=why,
        hint='"(3,4), (4,) in 0.1..2, (3,) int 0..3; axis=-1": inputs, then attributes',
    )
