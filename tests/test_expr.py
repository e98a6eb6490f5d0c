"""Formulas: compared by structure, read at an index, summed, simplified, evaluated."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from whygrad import numeric
from whygrad.errors import DataError, FormulaError, ShapeError
from whygrad.expr import (
    ONE,
    ZERO,
    Call,
    Column,
    Entry,
    Expr,
    Index,
    Known,
    Number,
    Reduce,
    call,
    combine,
    evaluate,
    known,
)
from whygrad.symbols import symbol, xp

RNG = np.random.default_rng(0)


def named(**shapes: tuple[int, ...]) -> tuple[list[Expr], dict[str, np.ndarray]]:
    """Symbols of these shapes, and an array for each."""
    arrays = {name: RNG.normal(size=shape) for name, shape in shapes.items()}
    return [symbol(name, shape) for name, shape in shapes.items()], arrays


def everywhere(shape: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[Index, ...]]:
    """The index over all entries at once, deliberately in variables that sums use too."""
    variables = ("k", "l", "m", "n", "p", "q")[: len(shape)]
    return variables, tuple(
        Column((v,), np.arange(n)) for v, n in zip(variables, shape, strict=True)
    )


def check(formula: Expr, array: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
    """Whole, entry by entry and at all entries at once it is the array."""
    assert formula.shape == array.shape
    np.testing.assert_allclose(evaluate(formula, arrays), array)
    for index in itertools.product(*map(range, array.shape)):
        np.testing.assert_allclose(evaluate(formula.at(index), arrays), array[index])
    axes, index = everywhere(array.shape)
    found = np.broadcast_to(evaluate(formula.at(index), arrays, axes), array.shape)
    np.testing.assert_allclose(found, array)


# ---- structure ------------------------------------------------------------------------------


def test_formulas_are_equal_where_their_structure_is() -> None:
    (x, y), _ = named(x=(2, 3), y=(2, 3))
    again = symbol("x", (2, 3))
    assert (x + y).at((0, 1)) == (again + y).at((0, 1))
    assert x + y != y + x
    assert xp.sum(x * y) == xp.sum(again * y)
    assert hash(xp.sum(x * y).at(())) == hash(xp.sum(again * y).at(()))
    assert x @ xp.mT(y) != x @ xp.mT(x)


def test_columns_are_equal_where_their_numbers_are() -> None:
    a, b = (Column(("k",), np.arange(3)) for _ in range(2))
    assert a == b
    assert hash(a) == hash(b)
    assert a != Column(("l",), np.arange(3))
    assert a != Column(("k",), np.array([0, 1, 3]))
    assert a != "k"


def test_formulas_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Number(1.0).value = 2.0  # type: ignore[misc]


def test_an_entry_of_a_product_is_the_textbook_sum() -> None:
    (x, w), _ = named(x=(1, 2), w=(3, 2))
    terms = [Entry("w", (2, k)) * Entry("x", (0, k)) for k in range(2)]
    found = xp.rows_by(w, x).at((0, 2))
    assert isinstance(found, Reduce)
    assert list(found.rows()) == terms


def test_an_entry_reads_through_broadcasting() -> None:
    (x, b, s), _ = named(x=(2, 3), b=(3,), s=(2, 1))
    assert (x * b + s).at((1, 2)) == Entry("x", (1, 2)) * Entry("b", (2,)) + Entry("s", (1, 0))


def test_an_entry_needs_a_position_for_each_axis() -> None:
    with pytest.raises(ShapeError, match=r"x was asked for at 1 positions\.\n.*\(2, 3\)"):
        symbol("x", (2, 3)).at((0,))


def test_walking_and_replacing_reach_every_part() -> None:
    (x,), _ = named(x=(3,))
    formula = xp.sum(xp.exp(x) * 2.0).at(())
    assert sum(isinstance(part, Entry) for part in formula.walk()) == 1
    doubled = formula.replace(lambda part: Number(1.5) if isinstance(part, Entry) else None)
    assert evaluate(doubled) == pytest.approx(3 * 2 * np.exp(1.5))
    assert formula.replace(lambda part: None) is formula


# ---- simplification -------------------------------------------------------------------------


def test_neutral_numbers_are_dropped_and_nothing_else() -> None:
    x = Entry("x", (0,))
    assert x + 0 == 0 + x == x * 1 == 1 * x == x / 1 == x**1 == x - 0 == x
    assert x * 0 == 0 * x == 0 / x == ZERO
    assert 0 - x == -1 * x == x * -1 == -x
    assert call("neg", -x) == x
    assert x**0 == ONE
    assert Number(2) * 3 == Number(6)
    assert x + x != 2 * x
    assert call("sqrt", 2.0) == Call("sqrt", (Number(2),)), "√2 says more than its digits"


def test_a_known_choice_is_made() -> None:
    x, y = Entry("x", (0,)), Entry("y", (0,))
    assert xp.where(ONE, x, y) == x
    assert xp.where(ZERO, x, y) == y
    assert xp.both(ONE, x > 0) == xp.either(x > 0, ZERO) == (x > 0)
    assert xp.both(x > 0, ZERO) == ZERO
    assert xp.either(ONE, x > 0) == ONE


def test_a_number_never_changes_the_shape() -> None:
    (x,), _ = named(x=(2, 3))
    assert (x * 0).shape == (2, 3)
    assert (x * 0).at((1, 1)) == ZERO
    assert call("mul", x, symbol("one", ())).shape == (2, 3)


def test_a_sum_of_known_numbers_is_known() -> None:
    ids = symbol("ids", (2,), np.array([2, 0]))
    assert xp.sum(xp.one_hot(ids, 3), axis=1).at((0,)) == ONE
    assert isinstance(xp.sum(xp.one_hot(ids, 3), axis=0).at((Column(("k",), np.arange(3)),)), Known)


def test_a_column_that_is_everywhere_the_same_is_a_number() -> None:
    assert known(Column(("k",), np.array([2, 2]))) == Number(2.0)
    assert isinstance(known(Column(("k",), np.array([2, 3]))), Known)


# ---- sums -----------------------------------------------------------------------------------


def test_nested_sums_are_evaluated() -> None:
    (a, b, c), arrays = named(a=(2, 3), b=(3, 4), c=(4, 2))
    check(a @ b @ c, arrays["a"] @ arrays["b"] @ arrays["c"], arrays)
    check(a @ (b @ c), arrays["a"] @ arrays["b"] @ arrays["c"], arrays)
    centred = arrays["a"] - arrays["a"].mean(axis=-1, keepdims=True)
    check(
        xp.sum((a - xp.mean(a, axis=-1, keepdims=True)) ** 2, axis=-1),
        (centred**2).sum(axis=-1),
        arrays,
    )


def test_an_inner_sum_hides_the_outer_variable_of_its_name() -> None:
    inner = Reduce("sum", "k", 2, Entry("x", (Column(("k",), np.arange(2)),)))
    outer = Reduce("sum", "k", 3, Entry("x", (Column(("k",), np.arange(3)),)) * inner)
    x = np.array([1.0, 2.0, 4.0])
    assert evaluate(outer, {"x": x}) == x.sum() * x[:2].sum()
    assert evaluate(outer.row(2), {"x": x}) == 4 * x[:2].sum()
    assert inner.fix("k", 0) is inner
    assert inner.rename("k", "l") is inner


def test_rows_leave_out_what_the_shapes_put_in() -> None:
    (x,), _ = named(x=(1, 2))
    corner = xp.windows(x, (2, 2), (1, 1), (1, 1))
    total = xp.sum(corner, axis=(2, 3)).at((0, 0))
    assert isinstance(total, Reduce)
    assert total.rows() == (Entry("x", (0, 0)),)
    inside = xp.windows(xp.ones_like(x), (2, 2), (1, 1), (1, 1)) > 0
    largest = xp.max(xp.where(inside, corner, -np.inf), axis=(2, 3)).at((0, 0))
    assert isinstance(largest, Reduce)
    assert largest.rows() == (Entry("x", (0, 0)),)


def test_a_sum_of_one_row_is_that_row_and_of_none_is_nothing() -> None:
    (x, none), arrays = named(x=(1, 3), none=(0, 3))
    assert xp.sum(x, axis=0).at((2,)) == Entry("x", (0, 2))
    assert xp.sum(none, axis=0).at((2,)) == ZERO
    assert evaluate(xp.sum(none), arrays) == 0


def test_combining_positions_keeps_plain_numbers_plain() -> None:
    k = Column(("k",), np.arange(3))
    assert combine(np.add, 2, 3) == 5
    assert type(combine(np.add, 2, 3)) is int
    both = combine(np.add, k, Column(("l",), np.array([10, 20])))
    assert both.variables == ("k", "l")
    np.testing.assert_array_equal(both.table, [[10, 20], [11, 21], [12, 22]])
    assert both.fix("k", 2) == Column(("l",), np.array([12, 22]))
    assert both.fix("k", 2).fix("l", 1) == 22


# ---- functions that know their shape and their entries ----------------------------------------

WINDOWS = [
    ((2, 2), (1, 1), (0, 0)),
    ((2, 3), (2, 1), (1, 1)),
    ((3, 1), (1, 2), (0, 2)),
    ((4, 5), (3, 3), (0, 0)),
]


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_windows(kernel: Any, stride: Any, padding: Any) -> None:
    (x,), arrays = named(x=(2, 4, 5))
    found = numeric.windows(arrays["x"], kernel, stride, padding)
    cuts = [
        np.pad(arrays["x"], ((0, 0), *((p, p) for p in padding)))[
            :, i * stride[0] : i * stride[0] + kernel[0], j * stride[1] : j * stride[1] + kernel[1]
        ]
        for i, j in itertools.product(*map(range, found.shape[1:3]))
    ]
    wanted = np.stack(cuts, axis=1).reshape(found.shape)
    np.testing.assert_array_equal(found, wanted)
    check(xp.windows(x, kernel, stride, padding), found, arrays)


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_unwindows_is_the_transpose_of_windows(kernel: Any, stride: Any, padding: Any) -> None:
    x = RNG.normal(size=(2, 4, 5))
    cut = numeric.windows(x, kernel, stride, padding)
    (g,), arrays = named(g=cut.shape)
    back = numeric.unwindows(arrays["g"], (4, 5), kernel, stride, padding)
    assert (cut * arrays["g"]).sum() == pytest.approx((x * back).sum())
    check(xp.unwindows(g, (4, 5), kernel, stride, padding), back, arrays)


@pytest.mark.parametrize("shape", [(6, 4), (2, -1), (24,), (2, 3, 2, 2), (1, 24, 1)])
def test_reshape(shape: tuple[int, ...]) -> None:
    (x,), arrays = named(x=(2, 3, 4))
    check(xp.reshape(x, shape), arrays["x"].reshape(shape), arrays)


def test_reshape_to_and_from_a_number() -> None:
    (x, one), arrays = named(x=(), one=(1, 1))
    check(xp.reshape(x, (1, 1)), arrays["x"].reshape(1, 1), arrays)
    check(xp.reshape(one, ()), arrays["one"].reshape(()), arrays)


KEYS = [(1, (0, 1, 3)), ((4, -2, 3), (1, 1, 2)), ((0, 3, 2), 2), (2, 1), ((1, 1, 0), (0, 1, 3))]


@pytest.mark.parametrize("key", KEYS)
def test_select_and_place(key: Any) -> None:
    (x,), arrays = named(x=(5, 3))
    taken = arrays["x"][numeric.slices(key)]
    check(xp.select(x, key), taken, arrays)
    (g,), more = named(g=taken.shape)
    check(xp.place(g, key, (5, 3)), numeric.place(more["g"], key, (5, 3)), more)


def test_a_negative_step_reaches_the_first_position() -> None:
    x = np.arange(5)
    np.testing.assert_array_equal(x[numeric.slices(((4, -2, 3),))], [4, 2, 0])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_cumsum_and_concatenate(axis: int) -> None:
    (x, y), arrays = named(x=(2, 3), y=(2, 3))
    check(xp.cumsum(x, axis=axis), np.cumsum(arrays["x"], axis=axis), arrays)
    joined = np.concatenate([arrays["x"], arrays["y"]], axis=axis)
    check(xp.concatenate(x, y, axis=axis), joined, arrays)


def test_positions() -> None:
    ids = np.array([[2, 0], [2, 2]])
    (x, g), arrays = named(x=(4, 3), g=(2, 2, 3))
    arrays["ids"] = ids
    at = symbol("ids", ids.shape, ids)
    check(xp.index(x, at), arrays["x"][ids], arrays)
    check(xp.scatter_add(g, at, 4), numeric.scatter_add(arrays["g"], ids, 4), arrays)
    check(xp.one_hot(at, 4), np.eye(4)[ids], arrays)


def test_positions_without_values_have_a_shape_and_no_entries() -> None:
    (x,), _ = named(x=(4, 3))
    looked_up = xp.index(x, symbol("ids", (2,)))
    assert looked_up.shape == (2, 3)
    with pytest.raises(FormulaError, match="positions that have no values yet"):
        looked_up.at((0, 0))


def test_axes_in_another_order() -> None:
    (x,), arrays = named(x=(2, 3, 4))
    check(xp.transpose(x, (2, 0, 1)), arrays["x"].transpose(2, 0, 1), arrays)
    check(xp.transpose(x, (-1, 0, -2)), arrays["x"].transpose(-1, 0, -2), arrays)
    check(xp.mT(x), np.swapaxes(arrays["x"], -1, -2), arrays)
    check(xp.broadcast_to(x, (5, 2, 3, 4)), np.broadcast_to(arrays["x"], (5, 2, 3, 4)), arrays)


def test_a_named_result_is_its_value() -> None:
    (x,), arrays = named(x=(2, 3))
    half = xp.let("half", x / 2)
    check(half * half, (arrays["x"] / 2) ** 2, arrays)
    assert "half" in {getattr(part, "name", "") for part in (half * half).at((0, 0)).walk()}


# ---- errors ---------------------------------------------------------------------------------

IMPOSSIBLE = {
    "add": lambda x, v: x + v,
    "product": lambda x, v: x @ x,
    "matrix": lambda x, v: x @ v,
    "reshape": lambda x, v: xp.reshape(x, (4, 2)),
    "reshape twice": lambda x, v: xp.reshape(x, (-1, -1)),
    "transpose": lambda x, v: xp.transpose(x, (0, 0)),
    "transpose a row": lambda x, v: xp.mT(v),
    "broadcast": lambda x, v: xp.broadcast_to(x, (2, 4)),
    "axis": lambda x, v: xp.sum(x, axis=2),
    "axis twice": lambda x, v: xp.sum(x, axis=(1, -1)),
    "join": lambda x, v: xp.concatenate(x, v, axis=0),
    "window": lambda x, v: xp.windows(x, (3, 1), (1, 1), (0, 0)),
    "stride": lambda x, v: xp.windows(x, (1, 1), (0, 1), (0, 0)),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_shapes_that_do_not_fit_are_refused_with_both_named(name: str) -> None:
    (x, v), _ = named(x=(2, 3), v=(4,))
    with pytest.raises(ShapeError, match=r"\d"):
        IMPOSSIBLE[name](x, v)


def test_a_rule_cannot_branch_on_a_value() -> None:
    with pytest.raises(FormulaError, match=r"xp\.where"):
        bool(Entry("x", (0,)) > 0)


def test_a_position_outside_of_its_axis_is_refused() -> None:
    for wrong in ([0, 3], [-1, 0]):
        with pytest.raises(DataError, match="0 to 2"):
            numeric.xp.one_hot(np.array(wrong), 3)
        with pytest.raises(DataError, match="0 to 2"):
            numeric.xp.index(np.zeros((3, 2)), np.array(wrong))
    with pytest.raises(DataError, match=r"whole numbers\.\n.*float64\n.*wg\.spec"):
        numeric.xp.one_hot(np.array([0.0, 1.0]), 3)
