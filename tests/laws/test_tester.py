"""Law 12: the tester is tested. Planted mistakes must be caught, and by the judge that should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from laws import trials
from needs import needs
from whygrad import ops, verify
from whygrad.expr import Expr
from whygrad.op import REGISTRY, Op, make_op

SQUARE = ["(3,3), (3,3)"]


def planted(rule: Callable[..., Any], **record: Any) -> Op:
    return make_op(rule, **{"cases": ["(3,4) in 0.2..2"], "latex": "?", **record})


def square(xp: Any, x: Any) -> Any:
    return x**2


def product(xp: Any, X: Any, W: Any) -> Any:
    return X @ W


def shifted(xp: Any, x: Any, b: Any) -> Any:
    return x + b


def only_in_symbols(xp: Any, y: Any, x: Any) -> Any:
    return 3 * x if isinstance(x, Expr) else 2 * x


WRONG = {
    "a wrong sign": planted(square, local=lambda xp, y, x: -2 * x),
    "a missing factor": planted(square, local=lambda xp, y, x: x),
    "a gradient that is always 0": planted(square, local=lambda xp, y, x: 0.0),
    "a gradient that is not there": planted(square, local=(None,)),
    "a gradient that is NaN": planted(square, local=lambda xp, y, x: xp.log(-x)),
    "a transposed factor": planted(
        product, back=lambda xp, g, y, X, W: (g @ W, xp.mT(X) @ g), cases=SQUARE
    ),
    "factors in the wrong order": planted(
        product, back=lambda xp, g, y, X, W: (xp.mT(W) @ g, xp.mT(X) @ g), cases=SQUARE
    ),
    "a broadcast that is averaged, not summed": planted(
        shifted, back=lambda xp, g, y, x, b: (g, xp.mean(g, axis=0)), cases=["(3,4), (4,)"]
    ),
    "a broadcast of which one row is taken": planted(
        shifted,
        back=lambda xp, g, y, x, b: (g, xp.select(g, (0, (0, 1, 4)))),
        cases=["(3,4), (4,)"],
    ),
    "a wrong derivative at one end only": planted(
        square, local=lambda xp, y, x: xp.where(x > 1.9, 2.001 * x, 2 * x), cases=["(9,) in 1..2"]
    ),
    "a part that is put back in another place": planted(
        lambda xp, x: xp.select(x, ((0, 1, 2),)),
        back=lambda xp, g, y, x: (xp.place(g, ((1, 1, 2),), x.shape),),
        cases=["(3,)"],
        name="first_two",
    ),
    "a row that is looked up twice and counted once": planted(
        lambda xp, x: xp.concatenate(x, x, axis=0),
        back=lambda xp, g, y, x: (xp.select(g, ((0, 1, 3),)),),
        cases=["(3,)"],
        name="twice",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_rule_is_caught_by_both_judges(mistake: str) -> None:
    needs("jax")
    verdict = verify.verify(WRONG[mistake])
    assert not verdict.ok
    assert verdict.finite_difference is not None
    assert verdict.jax is not None
    assert not verdict.finite_difference < 1e-4
    assert not verdict.jax < 1e-4


def test_a_wrong_formula_is_caught_though_the_numbers_are_right() -> None:
    verdict = verify.verify(planted(square, local=only_in_symbols))
    assert verdict.finite_difference is not None
    assert verdict.finite_difference < 1e-9
    assert verdict.formula is not None
    assert verdict.formula > 0.3
    assert not verdict.ok


def test_a_wrong_entry_is_caught() -> None:
    (trial,) = trials.trials(planted(square, local=only_in_symbols))
    with pytest.raises(AssertionError):
        trials.check_backward_entries(trial)


def test_a_safe_forward_of_something_else_is_caught() -> None:
    wrong = planted(square, local=lambda xp, y, x: 2 * x, stable=lambda xp, x: x**2 + 1e-6)
    (trial,) = trials.trials(wrong)
    with pytest.raises(AssertionError):
        trials.check_stable_is_plain(trial)


def test_a_safe_forward_that_overflows_is_caught() -> None:
    wrong = planted(
        lambda xp, x: xp.exp(x) / xp.exp(x),
        local=lambda xp, y, x: 0.0,
        stable=lambda xp, x: xp.exp(x) / xp.exp(x),
        name="one",
    )
    (trial,) = trials.trials(wrong)
    with pytest.raises(AssertionError):
        trials.check_stable_is_finite(trial)


def test_a_right_rule_is_not_accused() -> None:
    needs("jax")
    verdict = verify.verify(planted(square, local=lambda xp, y, x: 2 * x))
    assert verdict.ok
    assert verdict.convention == ""


def test_a_verdict_names_what_no_judge_can_judge() -> None:
    mask = verify.verify("less")
    assert (mask.finite_difference, mask.jax, mask.formula) == (None, None, None)
    assert mask.ok
    composite = verify.verify("mean_squared_error")
    assert composite.formula is None
    assert composite.finite_difference is not None


def test_planting_registers_nothing() -> None:
    assert not {op.name for op in WRONG.values()} & set(REGISTRY)


@pytest.mark.parametrize(
    ("function", "slope"),
    [(np.sin, np.cos), (np.exp, np.exp), (np.sqrt, lambda x: 0.5 / np.sqrt(x))],
)
def test_central_differences_find_ten_digits(function: Any, slope: Any) -> None:
    x = np.linspace(0.2, 3, 7)
    found, _ = verify.central_differences(function, x, np.ones(7))
    np.testing.assert_allclose(found, slope(x), rtol=1e-10)


def test_what_no_digit_can_tell_is_no_difference() -> None:
    """The slope of σ at 40 is 4e-18, and σ there is 1 to the last digit."""
    x = np.array([40.0])
    slopes, noise = verify.central_differences(ops.sigmoid, x, np.ones(1))
    exact = np.exp(-x)
    assert verify.difference(exact, slopes, noise / 1e-7).max() < 1e-7
