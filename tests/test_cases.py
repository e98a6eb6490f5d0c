"""The one line from which the laws draw an operation's arguments."""

from __future__ import annotations

import numpy as np
import pytest

from whygrad.cases import Draw, cases, parse
from whygrad.errors import OperationError
from whygrad.op import find, make_op


def test_a_case_is_inputs_and_attributes() -> None:
    case = parse(
        "(3,4), (4,) in 0.1..2, () int -1..3; axis=(0,-1), keepdims=True, key=(1, (0, 1, 2))"
    )
    assert case.inputs == (
        Draw((3, 4)),
        Draw((4,), 0.1, 2),
        Draw((), -1, 3, integer=True),
    )
    assert case.attributes == {"axis": (0, -1), "keepdims": True, "key": (1, (0, 1, 2))}


@pytest.mark.parametrize("text", ["( 3, 4 ) in -1e-1..2", "(3,4)  in  -0.1..+2.0"])
def test_blanks_signs_and_exponents(text: str) -> None:
    assert parse(text).inputs == (Draw((3, 4), -0.1, 2),)


def test_a_draw_keeps_to_its_interval_and_its_kind() -> None:
    floats, whole, default = parse("(50,) in 0.5..0.6, (50,) int 2..4, (50,)").draw()
    assert floats.min() >= 0.5
    assert floats.max() <= 0.6
    assert set(whole.tolist()) == {2, 3, 4}
    assert np.issubdtype(whole.dtype, np.integer)
    assert np.abs(default).max() <= 2
    assert parse("()").draw()[0].shape == ()


def test_a_seed_draws_the_same_again_and_another_seed_something_else() -> None:
    case = parse("(3,4)")
    np.testing.assert_array_equal(case.draw(1)[0], case.draw(1)[0])
    assert not np.array_equal(case.draw(1)[0], case.draw(2)[0])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("3,4", "no input can be read at '3,4'"),
        ("(3)", r"no input can be read at '\(3\)'"),
        ("(3,) from 0..1", "no input can be read at"),
        ("(3,) in -.1..1", "no input can be read at"),
        ("(3,) in 0-1", "no input can be read at"),
        ("(3,),", "an input is missing"),
        ("; axis=0", "an input is missing"),
        ("(3,) in 2..1", "the smaller one first"),
        ("(3,) int 0.5..2", "whole numbers"),
        ("(3,); axis", "'axis' cannot be read"),
        ("(3,); axis=a", "'axis=a' cannot be read"),
        ("(3,); axis=f()", "cannot be read"),
        ("(3,); **{}", "cannot be read"),
        ("(3,); axis=0) + (1", "cannot be read"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_an_example(text: str, why: str) -> None:
    with pytest.raises(OperationError, match=why) as caught:
        parse(text)
    assert "inputs, then attributes" in str(caught.value)


def test_the_cases_of_an_operation_have_all_its_attributes() -> None:
    assert cases(find("sum"))[1].attributes == {"axis": 0, "keepdims": False}
    assert [len(case.inputs) for case in cases(find("concatenate"))] == [2, 3, 1]


def test_a_case_that_does_not_fit_its_operation_is_refused() -> None:
    inputs = make_op(lambda xp, a, b: a, local=(None, None), cases=["(3,)"], name="first")
    with pytest.raises(OperationError, match="takes 2 inputs, the case has 1"):
        cases(inputs)
    attribute = make_op(lambda xp, a: a, local=None, back=lambda *_: (None,), cases=["(3,); n=1"])
    with pytest.raises(OperationError, match="arguments that it does not take"):
        cases(attribute)
