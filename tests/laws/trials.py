"""Every operation on every one of its cases, under ids that start with the operation's name."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from whygrad import ops, symbols  # noqa: F401 — ops fills the registry
from whygrad.cases import Case, Draw, cases
from whygrad.expr import Column, Expr, Index, evaluate
from whygrad.numeric import xp
from whygrad.op import REGISTRY, Op
from whygrad.verify import Trial, symbol

EACH_OP = pytest.mark.parametrize("op", [pytest.param(o, id=o.name) for o in REGISTRY.values()])


def each_trial(wanted: Callable[[Op], Any] = lambda op: True) -> pytest.MarkDecorator:
    """Runs a test on every case of every operation that is wanted."""
    return pytest.mark.parametrize(
        "trial",
        [
            pytest.param(Trial(op, case), id=f"{op.name}-{i}")
            for op in REGISTRY.values()
            if wanted(op)
            for i, case in enumerate(cases(op))
        ],
    )


def trials(op: Op) -> list[Trial]:
    return [Trial(op, case) for case in cases(op)]


def entries(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*map(range, shape))


def rows(shape: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[Index, ...]]:
    """A variable for each axis, and the index that runs over all entries at once."""
    variables = tuple(f"s{axis}" for axis in range(len(shape)))
    return variables, tuple(
        Column((v,), np.arange(n)) for v, n in zip(variables, shape, strict=True)
    )


# ---- law 5 ----------------------------------------------------------------------------------


def check_stable_is_plain(trial: Trial) -> None:
    with np.errstate(all="ignore"):
        plain = np.asarray(trial.plain(xp, trial.inputs))
    both = np.isfinite(plain) & np.isfinite(trial.value)
    assert both.any() or not plain.size
    np.testing.assert_allclose(trial.value[both], plain[both], rtol=1e-9, atol=1e-12)


class Far(Case):
    """A case drawn at ±1000; where an interval lies within 0..1 (a probability), at 0 and 1."""

    def draw(self, seed: int = 0) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        return [
            x if spec.integer else rng.choice(ends(spec), x.shape)
            for spec, x in zip(self.inputs, super().draw(seed), strict=True)
        ]


def ends(spec: Draw) -> tuple[float, float]:
    low = -1000.0 if spec.low < 0 else 0.0
    return low, 1000.0 if low or spec.high > 1 else 1.0


def check_stable_is_finite(trial: Trial) -> None:
    case = trial.case
    far = Trial(trial.op, Far(case.text, case.inputs, case.attributes))
    assert np.isfinite(far.value).all()
    for gradient in far.gradients.values():
        assert np.isfinite(gradient).all()


# ---- law 6 ----------------------------------------------------------------------------------


def check_entries(formula: Expr, array: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
    """Each entry read off a formula, alone and all at once, is the array's."""
    array = np.asarray(array)
    assert formula.shape == array.shape
    for index in entries(array.shape):
        found = evaluate(formula.at(index), arrays)
        np.testing.assert_allclose(found, array[index], rtol=1e-9, atol=1e-12, err_msg=f"{index}")
    if array.size:
        axes, index = rows(array.shape)
        found = np.broadcast_to(evaluate(formula.at(index), arrays, axes), array.shape)
        np.testing.assert_allclose(found, array, rtol=1e-9, atol=1e-12)


def formulas(trial: Trial) -> tuple[dict[str, np.ndarray], list[Expr], Expr, Expr]:
    """The arrays of a trial by name, its inputs as symbols, and those of y and G."""
    arrays = dict(zip(trial.names, trial.inputs, strict=True))
    arrays |= {"y": trial.value, "G": trial.upstream}
    inputs = [symbol(name, arrays[name]) for name in trial.names]
    shape = trial.value.shape
    return arrays, inputs, symbols.symbol("y", shape), symbols.symbol("G", shape)


def check_forward_entries(trial: Trial) -> None:
    arrays, inputs, _, _ = formulas(trial)
    with np.errstate(all="ignore"):
        value = trial.plain(xp, trial.inputs)
    check_entries(trial.plain(symbols.xp, inputs), value, arrays)


def check_backward_entries(trial: Trial) -> None:
    arrays, inputs, y, g = formulas(trial)
    with np.errstate(all="ignore"):
        numbers = trial.pull(xp, trial.upstream, trial.value, trial.inputs)
    read = trial.pull(symbols.xp, g, y, inputs)
    assert read.keys() == numbers.keys()
    for slot, array in numbers.items():
        check_entries(read[slot], array, arrays)
