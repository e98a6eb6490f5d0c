"""A formula written as data and read back gives the same numbers: each rule, each entry."""

from __future__ import annotations

import json

import numpy as np
import pytest

from laws import trials
from laws.trials import each_trial
from whygrad.engine.passes import xp
from whygrad.errors import FormulaError
from whygrad.expr import Expr, Known, Quantity, as_expr, call, evaluate, fresh_variable
from whygrad.names import Gradient, Value
from whygrad.render.formula import formula_data, formula_of
from whygrad.symbols import symbol
from whygrad.verify import Trial


def there_and_back(formula: Expr, arrays: dict[str, np.ndarray]) -> np.ndarray:
    text = json.dumps(formula_data(formula), allow_nan=False)
    shapes = {name: np.shape(array) for name, array in arrays.items()}
    again = formula_of(json.loads(text), shapes)
    assert again.shape == formula.shape
    return np.asarray(evaluate(again, arrays))


def close(found: np.ndarray, array: np.ndarray) -> None:
    np.testing.assert_allclose(np.broadcast_to(found, np.shape(array)), array, rtol=1e-12)


@each_trial(lambda op: op.composite is None)
def test_a_value(trial: Trial) -> None:
    arrays, inputs, _, _ = trials.formulas(trial)
    formula = as_expr(trial.op.value(xp, *inputs, **trial.case.attributes))
    close(there_and_back(formula, arrays), trial.value)


@each_trial(lambda op: op.composite is None)
def test_what_is_pulled_back(trial: Trial) -> None:
    if trial.differentiable:
        arrays, inputs, y, g = trials.formulas(trial)
        numbers = trial.pull(trials.xp, trial.upstream, trial.value, trial.inputs)
        for slot, formula in trial.pull(xp, g, y, inputs).items():
            close(there_and_back(as_expr(formula), arrays), numbers[slot])


@each_trial(lambda op: op.composite is None)
def test_an_entry_with_its_sums_written_out(trial: Trial) -> None:
    arrays, inputs, _, _ = trials.formulas(trial)
    formula = as_expr(trial.op.value(xp, *inputs, **trial.case.attributes))
    index = tuple(n - 1 for n in trial.value.shape)
    if trial.value.size:
        close(there_and_back(formula.at(index), arrays), trial.value[index])


def test_names_of_values_gradients_and_quantities() -> None:
    assert formula_data(symbol("out1", (1, 2))) == "out1"
    assert formula_data(symbol(Gradient("out1"), (1, 2))) == "∂out1"
    named = Quantity(Value("W1", (0, 0)), 0.15) * Quantity(Value("x", (0, 0)), 0.05)
    called = {Value("W1", (0, 0)): "w1", Value("x", (0, 0)): "i1"}
    data = formula_data(named, called.__getitem__)
    assert data == ["mul", {"q": "w1"}, {"q": "i1"}]
    assert evaluate(formula_of(data), {"w1": 0.15, "i1": 0.05}) == 0.15 * 0.05


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, -0.0, 5e-324, 0.1])
def test_every_float(value: float) -> None:
    data = json.loads(json.dumps(formula_data(as_expr(value)), allow_nan=False))
    assert repr(formula_of(data).value) == repr(float(value))


@pytest.mark.parametrize(
    "data",
    [
        ["nonsense", 1.0], ["let", "x"], ["is_mask", "x"], ["__import__", "os"], [], [1.0, 2.0],
        None, True, {"n": "huge"}, {"q": 3}, {"q": "w1", "n": "inf"}, {"axis": [0]},
        ["add", 1.0, None], [["add"], 1.0],
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(data: object) -> None:
    with pytest.raises(FormulaError):
        formula_of(data)


def test_an_entry_at_an_open_index_is_refused() -> None:
    _, column = fresh_variable(3)
    with pytest.raises(FormulaError):
        formula_data(symbol("x", (3,)).at((column,)))
    with pytest.raises(FormulaError):
        formula_data(call("neg", Known(column)))
