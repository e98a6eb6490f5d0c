"""A printed number is its float64 value, rounded, and hides nothing."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from whygrad.errors import ConfigError
from whygrad.render.numbers import exact, number, numeral, printed_value

FINITE = st.floats(-1e308, 1e308)  # the largest floats may round to what is not one any more
ORDINARY = st.floats(-1e4, 1e4).filter(bool)  # where most numbers of a pass lie
DIGITS = st.integers(4, 17)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        # the article, and the values it is computed from
        (0.05, "0.05"),
        (0.40, "0.4"),
        (0.3775, "0.3775"),
        (0.5932699921071872, "0.593269992"),
        (1.1059059670597702, "1.105905967"),
        (0.7513650695523157, "0.751365070"),  # the zero is a true digit
        (0.7729284653214625, "0.772928465"),
        (0.2983711087600027, "0.298371109"),
        (0.0821670405642308, "0.082167041"),
        (0.00043856773447434685, "0.000438568"),
        (-0.01904911836, "−0.019049118"),
        (0.0000350847863, "0.000035085"),
        # exact up to the last bits
        (0.1 + 0.2, "0.3"),
        (1 + 4 * math.ulp(1.0), "1"),
        (1 + 5 * math.ulp(1.0), "1.000000000"),
        (3.0000000001, "3.000000000"),
        # never fewer than four digits, never zero for what is not zero
        (1.5e-6, "0.0000015"),
        (9.87654e-7, "9.87654e-07"),
        (3.21045678123e-11, "3.21045678e-11"),
        (3.21e-11, "3.21e-11"),
        (-1e-12 / 3, "−3.33333333e-13"),
        (5e-324, "4.94065646e-324"),
        # from 10 on nine significant digits
        (12.3456789012, "12.3456789"),
        (99999999.96, "100000000"),
        (9.99999999999, "10.0000000"),  # rounding up costs a decimal
        (9.9999999996e-7, "0.000001000"),
        # whole numbers
        (3, "3"),
        (784, "784"),
        (123456789, "123456789"),
        (1234567891, "1.23456789e+09"),
        (2**53, "9.00719925e+15"),
        (1e20, "1e+20"),
        (-0.0, "0"),
        # no numbers
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_nine_digits(value: float, printed: str) -> None:
    assert number(value) == printed


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (0.05, 4, "0.05"),
        (0.0512345, 4, "5.123e-02"),
        (0.7513650695523157, 4, "0.7514"),
        (1.1059059670597702, 4, "1.1059"),
        (12.3456, 4, "12.35"),
        (12345.6, 4, "1.235e+04"),
        (0.401, 3, "0.401"),
        (0.7513650695523157, 2, "0.75"),
        (0.1, 17, "0.1"),
        (1 / 3, 17, "0.3333333333333333"),
    ],
)
def test_other_digits(value: float, digits: int, printed: str) -> None:
    assert number(value, digits) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (2.0, "2"),
        (-0.5, "-0.5"),
        (0.044715, "0.044715"),
        (1e-5, "1e-05"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_a_rules_own_numbers_are_printed_as_they_are(value: float, printed: str) -> None:
    assert exact(value).text(ascii=True) == printed


def untrimmed(value: float, digits: int) -> int:
    """How many decimals (of the significand, in scientific notation) the law asks for."""
    shown = numeral(value, digits)
    if shown.exponent is not None:
        return digits - 1
    whole = len(shown.digits.split(".")[0])
    return digits if Decimal(shown.digits) < 10 else digits - whole


def decimals(value: float, digits: int) -> int:
    return len(numeral(value, digits).digits.partition(".")[2])


@given(FINITE | ORDINARY, DIGITS)
@example(999999999.7, 9)
@example(9.9999999996e-7, 9)
@example(0.99999999999, 9)
def test_read_back_within_half_a_unit_of_the_last_place(value: float, digits: int) -> None:
    shown = numeral(value, digits)
    read = Fraction(Decimal(shown.text(ascii=True)))
    unit = Fraction(10) ** ((shown.exponent or 0) - untrimmed(value, digits))
    bits = (
        4 * Fraction(math.ulp(value)) if decimals(value, digits) < untrimmed(value, digits) else 0
    )
    assert abs(read - Fraction(value)) <= unit / 2 + bits
    assert printed_value(value, digits) == float(shown.text(ascii=True))


@given(FINITE | ORDINARY, DIGITS)
def test_zeros_are_trimmed_only_from_what_is_that_short_decimal(value: float, digits: int) -> None:
    if decimals(value, digits) != untrimmed(value, digits):
        assert abs(printed_value(value, digits) - value) <= 4 * math.ulp(value)


@given((FINITE | ORDINARY).filter(bool), DIGITS)
def test_never_under_four_significant_digits(value: float, digits: int) -> None:
    significant = numeral(value, digits).digits.replace(".", "").lstrip("0")
    short_but_exact = abs(printed_value(value, digits) - value) <= 4 * math.ulp(value)
    assert len(significant) >= 4 or short_but_exact
    assert significant


@given(ORDINARY)
def test_at_most_nine_significant_digits_from_ten_on(value: float) -> None:
    digits = numeral(value).digits.replace(".", "").lstrip("0")
    assert len(digits) <= (9 if abs(printed_value(value)) >= 10 else 10)


@given(FINITE | ORDINARY)
def test_exact_reads_back_as_the_same_float(value: float) -> None:
    assert float(exact(value).text(ascii=True)) == value


@given(FINITE)
def test_the_minus_is_the_only_difference_of_ascii(value: float) -> None:
    assert number(value).replace("−", "-") == number(value, ascii=True)
    assert number(-abs(value), ascii=True) in ("0", "-" + number(abs(value), ascii=True))


@pytest.mark.parametrize("digits", [0, -1, 18])
def test_digits_that_a_float_does_not_have_are_refused(digits: int) -> None:
    with pytest.raises(ConfigError, match=f"{digits} digits"):
        number(0.5, digits)
