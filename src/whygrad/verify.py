"""The first laws: an operation's rule against three judges that do not share its code.

    finite differences      of the forward that runs
    JAX                     its own derivative of the forward that is shown
    the printed formula     parsed back and computed, for every entry of every gradient

`whygrad ops --verify` prints the verdicts, and the project's own tests ask for no others.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from whygrad import numeric, symbols
from whygrad.cases import Case, cases
from whygrad.expr import Expr, evaluate
from whygrad.formulas import parse
from whygrad.forward import evaluate as forward
from whygrad.graph import Graph, spec, trace
from whygrad.numeric import Array, Namespace
from whygrad.op import REGISTRY, Op, find
from whygrad.render.text import expression
from whygrad.reverse import backward, pull

TOLERANCE = {"finite_difference": 1e-7, "jax": 1e-9, "formula": 1e-9}
STEPS = 2.0 ** -np.arange(6, 13)  # powers of two: x ± step is exact
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Verdict:
    """How far an operation's rule is from each judge: the worst relative difference of all cases.

    None where there is nothing to judge: a mask has no derivative, a composite no formula of its
    own, JAX may not be installed. convention: the subgradient at kinks, where the judges differ.
    """

    op: str
    finite_difference: float | None
    jax: float | None
    formula: float | None
    convention: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return {**asdict(self), "ok": self.ok}

    @property
    def ok(self) -> bool:
        """Whether every judge that was asked agrees; NaN is no agreement."""
        found = {judge: getattr(self, judge) for judge in TOLERANCE}
        return all(d is None or d <= TOLERANCE[judge] for judge, d in found.items())


def verify(op: Op | str, seed: int = 0) -> Verdict:
    """The verdict on one operation, over all its cases. Raises OperationError for a bad case."""
    op = find(op) if isinstance(op, str) else op
    trials = [Trial(op, case, seed) for case in cases(op)]
    return Verdict(
        op.name,
        _worst(map(finite_difference, trials)),
        _worst(map(jax, trials)),
        _worst(map(formula, trials)),
        op.convention,
    )


def verify_all(name: str | None = None, seed: int = 0) -> list[Verdict]:
    """The verdict on every registered operation, or on the one of that name."""
    chosen = [find(name)] if name else list(REGISTRY.values())
    return [verify(op, seed) for op in chosen]


def _worst(differences: Any) -> float | None:
    found = [d for d in differences if d is not None]
    return float(np.max(found)) if found else None  # np.max lets a NaN through


@dataclass(frozen=True, eq=False)
class Trial:
    """One operation on one draw of one case."""

    op: Op
    case: Case
    seed: int = 0

    @cached_property
    def inputs(self) -> list[np.ndarray]:
        return self.case.draw(self.seed)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the inputs are called in formulas."""
        several = tuple(f"x{i}" for i in range(len(self.inputs)))
        return several if self.op.variadic else self.op.operands

    @cached_property
    def slots(self) -> list[int]:
        """The inputs that hold numbers, not positions."""
        return [i for i, x in enumerate(self.inputs) if np.issubdtype(x.dtype, np.floating)]

    @cached_property
    def value(self) -> np.ndarray:
        return np.asarray(self.run(self.inputs))

    @cached_property
    def upstream(self) -> np.ndarray:
        """An arbitrary gradient of the result, so that no entry's share can hide."""
        return np.random.default_rng(self.seed).normal(size=self.value.shape)

    @property
    def differentiable(self) -> bool:
        return self.value.dtype != bool and bool(self.slots)

    def run(self, inputs: Sequence[Array]) -> Array:
        """The forward that runs."""
        with np.errstate(all="ignore"):
            return self.op(*inputs, **self.case.attributes)

    def plain(self, xp: Namespace, inputs: Sequence[Array]) -> Array:
        """The forward that is shown."""
        if self.op.composite is not None:
            values = forward(self._graph, dict(zip(self.names, inputs, strict=True)), xp)
            return values["result"]
        return self.op.forward(xp, *inputs, **self.case.attributes)

    @cached_property
    def gradients(self) -> dict[int, np.ndarray]:
        """The gradient of each input by the rule; 0 where the rule gives none."""
        if self.op.composite is not None:
            given = dict(zip(self.names, self.inputs, strict=True))
            found = backward(self._graph, forward(self._graph, given, numeric.xp), numeric.xp)
            pulled = {i: found[self.names[i]] for i in self.slots if self.names[i] in found}
        else:
            with np.errstate(all="ignore"):
                pulled = self.pull(numeric.xp, self.upstream, self.value, self.inputs)
        return {i: pulled.get(i, np.zeros(self.inputs[i].shape)) for i in self.slots}

    def pull(self, xp: Namespace, g: Array, y: Array, inputs: Sequence[Array]) -> dict[int, Array]:
        """The backward rule, read with any namespace."""
        return pull(self.op, xp, g, y, inputs, self.case.attributes, self.slots)

    @cached_property
    def _graph(self) -> Graph:
        """A composite, traced; with the upstream gradient it is one number."""

        def loss(**given: Any) -> Any:
            result = self.op(*given.values(), **self.case.attributes).named("result")
            return find("sum")(result * self.upstream)

        kinds = (int if np.issubdtype(x.dtype, np.integer) else float for x in self.inputs)
        shapes = (x.shape for x in self.inputs)
        return trace(loss, **dict(zip(self.names, map(spec, shapes, kinds), strict=True)))


def difference(found: np.ndarray, wanted: np.ndarray, noise: np.ndarray | float) -> np.ndarray:
    """|found − wanted| relative to the larger of the two.

    noise: how large the difference may be from rounding alone, as a share of the tolerance: where
    both numbers are small beside it, it is what the difference is relative to.
    """
    size = np.maximum(np.maximum(np.abs(found), np.abs(wanted)), noise)
    with np.errstate(all="ignore"):
        return np.where(found == wanted, 0.0, np.abs(found - wanted) / size)


def _largest(differences: list[np.ndarray]) -> float:
    return float(np.max([np.max(d, initial=0.0) for d in differences], initial=0.0))


# ---- the judges ---------------------------------------------------------------------------------


def finite_difference(trial: Trial) -> float | None:
    """The rule against central differences of the forward pass."""
    if not trial.differentiable:
        return None
    found = []
    for slot in trial.slots:

        def along(x: np.ndarray, slot: int = slot) -> np.ndarray:
            return trial.run([*trial.inputs[:slot], x, *trial.inputs[slot + 1 :]])

        slopes, noise = central_differences(along, trial.inputs[slot], trial.upstream)
        noise = noise / TOLERANCE["finite_difference"]
        found.append(difference(trial.gradients[slot], slopes, noise))
    return _largest(found)


def central_differences(
    function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, upstream: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of Σ upstream · function(x) by differences, and how much of it is rounding.

    Richardson's extrapolation over steps of 2⁻⁶ to 2⁻¹², of which the entry with the smallest
    estimated error is taken (Ridders 1982).
    """
    slopes, noise = np.empty(x.shape), np.empty(x.shape)
    for index in itertools.product(*map(range, x.shape)):
        row = []
        for step in STEPS:
            up, down = x.copy(), x.copy()
            up[index] += step
            down[index] -= step
            high, low = (np.asarray(function(at), dtype=float) for at in (up, down))
            # Differences first, then the sum: what does not depend on this entry cancels exactly.
            row.append(np.sum(upstream * (high - low)) / (2 * step))
        slopes[index] = _extrapolated(row)
        noise[index] = 64 * EPS * np.abs(upstream * high).sum() / STEPS[-1]
    return slopes, noise


def _extrapolated(row: list[float]) -> float:
    """The limit for step → 0 of differences whose step is halved each time."""
    best, smallest = row[-1], np.inf
    order = 1
    while len(row) > 1:
        order *= 4
        finer = [b + (b - a) / (order - 1) for a, b in itertools.pairwise(row)]
        for i, estimate in enumerate(finer):
            error = max(abs(estimate - row[i]), abs(estimate - row[i + 1]))
            if error < smallest:
                best, smallest = estimate, error
        row = finer
    return best


def jax(trial: Trial) -> float | None:
    """The rule against JAX's derivative of the forward that is shown; None without JAX."""
    if not trial.differentiable:
        return None
    try:
        from whygrad.engine import compiled
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("jax", "jaxlib"):
            raise
        return None

    def function(*floats: Array) -> Array:
        given = dict(zip(trial.slots, floats, strict=True))
        return trial.plain(compiled.xp, [given.get(i, x) for i, x in enumerate(trial.inputs)])

    pulled = compiled.pulled_back(function, [trial.inputs[i] for i in trial.slots], trial.upstream)
    noise = _rounding(trial) / TOLERANCE["jax"]
    found = zip(trial.gradients.values(), pulled, strict=True)
    return _largest([difference(rule, wanted, noise) for rule, wanted in found])


def formula(trial: Trial) -> float | None:
    """The rule against its own printed formula, computed anew for every entry of every input."""
    if not trial.differentiable or trial.op.composite is not None:
        return None
    arrays = dict(zip(trial.names, trial.inputs, strict=True))
    arrays |= {"y": trial.value, "G": trial.upstream}
    pulled = trial.pull(
        symbols.xp,
        symbols.symbol("G", trial.value.shape),
        symbols.symbol("y", trial.value.shape),
        [symbol(name, arrays[name]) for name in trial.names],
    )
    noise = _rounding(trial) / TOLERANCE["formula"]
    found = []
    for slot, matrix in pulled.items():
        for index in itertools.product(*map(range, matrix.shape)):
            printed = evaluate(reprint(matrix.at(index)), arrays)
            found.append(difference(printed, trial.gradients[slot][index], noise))
    return _largest(found)


def _rounding(trial: Trial) -> float:
    """What rounding may add to a gradient: a few units in the last place of its parts."""
    largest = max((float(np.max(np.abs(x), initial=1.0)) for x in trial.inputs), default=1.0)
    return 64 * EPS * largest * float(np.max(np.abs(trial.upstream), initial=1.0))


def symbol(name: str, array: np.ndarray) -> Expr:
    """An array as a formula; whole numbers bring the values that are looked up."""
    whole = np.issubdtype(array.dtype, np.integer)
    return symbols.symbol(name, array.shape, array if whole else None)


def reprint(entry: Expr) -> Expr:
    """A formula printed as a reader sees it, and read back."""
    return parse(expression(entry))
