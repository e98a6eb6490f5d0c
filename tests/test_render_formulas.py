"""Printed formulas: what stands on the page, and that it can be read in one way only."""

from __future__ import annotations

import hashlib
import html
import itertools
import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygrad.errors import FormulaError
from whygrad.expr import ONE, ZERO, Call, Entry, Expr, Number, Quantity, Reduce, call, evaluate
from whygrad.formulas import parse
from whygrad.names import Derivative, Name
from whygrad.render.latex import latex
from whygrad.render.layout import layout, layout_label, layout_number, lets, relation
from whygrad.render.mathml import mathml
from whygrad.render.numbers import Numeral, numeral
from whygrad.render.text import expression, text
from whygrad.render.tree import Fenced, Layout, content
from whygrad.symbols import symbol, xp

# ---- the article's quantities -------------------------------------------------------------------

OUT, NET, TARGET = Name("out", "o1"), Name("net", "o1"), Name("target", "o1")
W5, E = Name("w", "5", tight=True), Name("E", "total")
out, target = Quantity(OUT, 0.7513650695523157), Quantity(TARGET, 0.01)
hidden, net = Quantity(Name("out", "h1"), 0.5932699921071872), Quantity(Name("net", "h1"), 0.3775)
w5, w7 = Quantity(W5, 0.4), Quantity(Name("w", "7", tight=True), 0.5)
d1, d2 = (Quantity(Name("δ", o), v) for o, v in (("o1", 0.138498562), ("o2", -0.038098237)))
a, b, c = (Quantity(Name(n), v) for n, v in (("a", 3.0), ("b", -2.0), ("c", 0.5)))
X, Y, W = symbol("X", (4, 3)), symbol("Y", (4, 2)), symbol("W", (2, 3))
G = symbol(Derivative(Name("E"), Name("Y")), (4, 2))


def partial_of(top: Name, bottom: Name, value: float) -> Quantity:
    return Quantity(Derivative(top, bottom), value)


def layer_norm(x: Expr) -> Expr:
    mean = xp.let("mean", xp.mean(x, axis=-1, keepdims=True))
    var = xp.let("var", xp.mean((x - mean) ** 2, axis=-1, keepdims=True))
    return (x - mean) / xp.sqrt(var + 1e-5)


CHAIN = partial_of(E, OUT, 0.74136507) * partial_of(OUT, NET, 0.186815602) * hidden
GENERAL = -(target - out) * (out * (1 - out)) * hidden
UPDATE = w5 - Quantity(Name("η"), 0.5) * partial_of(E, W5, 0.0821670405642308)

# (formula, names, numbers): the text with names and, where it differs, with numbers
TEXTS: list[tuple[Expr, str, str]] = [
    (
        CHAIN,
        "∂E_total/∂out_o1 · ∂out_o1/∂net_o1 · out_h1",
        "0.74136507 · 0.186815602 · 0.593269992",
    ),
    (
        GENERAL,
        "−(target_o1 − out_o1) · out_o1 · (1 − out_o1) · out_h1",
        "−(0.01 − 0.751365070) · 0.751365070 · (1 − 0.751365070) · 0.593269992",
    ),
    (1 / (1 + xp.exp(-net)), "1 / (1 + e^(−net_h1))", "1 / (1 + e^(−0.3775))"),
    (0.5 * (target - out) ** 2, "½ · (target_o1 − out_o1)²", "½ · (0.01 − 0.751365070)²"),
    (UPDATE, "w5 − η · ∂E_total/∂w5", "0.4 − 0.5 · 0.082167041"),
    (d1 * w5 + d2 * w7, "δ_o1 · w5 + δ_o2 · w7", "0.138498562 · 0.4 + (−0.038098237) · 0.5"),
    # numbers keep their sign where a name would stand
    (d2 + d1, "δ_o2 + δ_o1", "−0.038098237 + 0.138498562"),
    (w5 * d2, "w5 · δ_o2", "0.4 · (−0.038098237)"),
    (w5 - d2, "w5 − δ_o2", "0.4 − (−0.038098237)"),
    (w5 / d2, "w5 / δ_o2", "0.4 / (−0.038098237)"),
    (d2**2, "δ_o2²", "(−0.038098237)²"),
    (-d2, "−δ_o2", "−(−0.038098237)"),
    # sums are flat, in the author's order, and keep what a bracket means
    (a + (b + c), "a + b + c", "3 − 2 + 0.5"),
    (a + (b - c), "a + b − c", "3 − 2 − 0.5"),
    (a - (b + c), "a − (b + c)", "3 − (−2 + 0.5)"),
    (a - (b - c), "a − (b − c)", "3 − (−2 − 0.5)"),
    (a + -b, "a − b", "3 − (−2)"),
    (a - (-b), "a − (−b)", "3 − (−(−2))"),
    (a + -(b + c), "a − (b + c)", "3 − (−2 + 0.5)"),
    (a + -b * c, "a − b · c", "3 − (−2) · 0.5"),
    (a + Number(-3.0) * c, "a − 3 · c", "3 − 3 · 0.5"),
    (-a + b, "−a + b", "−3 − 2"),
    (-(a - b), "−(a − b)", "−(3 − (−2))"),
    # products and quotients
    (a * (b * c), "a · b · c", "3 · (−2) · 0.5"),
    (a * (b + c), "a · (b + c)", "3 · (−2 + 0.5)"),
    (a * -b, "a · (−b)", "3 · (−(−2))"),
    (a / (b * c), "a / (b · c)", "3 / (−2 · 0.5)"),
    (a / (b / c), "a / (b / c)", "3 / (−2 / 0.5)"),
    ((a / b) / c, "(a / b) / c", "(3 / (−2)) / 0.5"),
    ((a / b) * c, "(a / b) · c", "(3 / (−2)) · 0.5"),
    (a * b / c, "a · b / c", "3 · (−2) / 0.5"),
    (-(a / b) * c, "(−a / b) · c", "(−3 / (−2)) · 0.5"),
    (-a / b + c, "−a / b + c", "−3 / (−2) + 0.5"),
    # powers
    (-(a**2), "−a²", "−3²"),
    ((-a) ** 2, "(−a)²", "(−3)²"),
    (a ** (b**c), "a^(b^(c))", "3^((−2)^(0.5))"),
    ((a**b) ** c, "(a^(b))^(c)", "(3^(−2))^(0.5)"),
    (a ** Number(3.0), "a³", "3³"),
    (a ** Number(0.25), "a^0.25", "3^0.25"),
    (a ** Number(-1.0), "a^(−1)", "3^(−1)"),
    ((a * b) ** 2, "(a · b)²", "(3 · (−2))²"),
    (xp.exp(a) ** 2, "(e^(a))²", "(e^(3))²"),
    (xp.log(a) ** 2, "log(a)²", "log(3)²"),
    (xp.sqrt(a) ** 2, "(√(a))²", "(√(3))²"),
    (a / xp.sqrt(b), "a / √(b)", "3 / √(−2)"),
    # functions and choices
    (xp.abs(a - xp.abs(b)), "abs(a − |b|)", "abs(3 − |−2|)"),
    (xp.abs(a) * b, "|a| · b", "|3| · (−2)"),
    (xp.maximum(a, -b), "max(a, −b)", "max(3, −(−2))"),
    (xp.where(a > b, ONE, ZERO), "[a > b]", "[3 > −2]"),
    (c * (a >= b), "c · [a ≥ b]", "0.5 · [3 ≥ −2]"),
    (xp.where(a > 0, a, 0.01 * a), "(a if a > 0 else 0.01 · a)", "(3 if 3 > 0 else 0.01 · 3)"),
    (
        2.0 * xp.where(a > 0, a, xp.where(b < 0, b, c)),
        "2 · (a if a > 0 else (b if b < 0 else c))",
        "2 · (3 if 3 > 0 else (−2 if −2 < 0 else 0.5))",
    ),
    (
        xp.where(xp.both(a >= b, xp.either(a <= c, xp.equal(a, b + c))), a, b),
        "(a if a ≥ b and (a ≤ c or a == b + c) else b)",
        "(3 if 3 ≥ −2 and (3 ≤ 0.5 or 3 == −2 + 0.5) else −2)",
    ),
    # what a rule contains is printed as it is there
    (0.044715 * a + 1e-5, "0.044715 · a + 1e-05", "0.044715 · 3 + 1e-05"),
    (-0.5 * a, "−½ · a", "−½ · 3"),
    (a + 0.5, "a + 0.5", "3 + 0.5"),
]


@pytest.mark.parametrize(("formula", "names", "numbers"), TEXTS)
def test_text(formula: Expr, names: str, numbers: str) -> None:
    assert text(layout(formula)) == names
    assert text(layout(formula, substituted=True)) == numbers


ARRAYS = [
    (xp.rows_by(W, X) + symbol("b", (2,)), "X · Wᵀ + b", r"X \cdot W^{\top} + b"),
    (xp.mT(G) @ X, "(∂E/∂Y)ᵀ · X", r"\left(\frac{\partial E}{\partial Y}\right)^{\top} \cdot X"),
    (-(Y - 1.0) * (Y * (1 - Y)), "−(Y − 1) ⊙ Y ⊙ (1 − Y)", r"-(Y - 1) \odot Y \odot (1 - Y)"),
    ((xp.mT(Y) @ X) * W, "(Yᵀ · X) ⊙ W", r"(Y^{\top} \cdot X) \odot W"),
    (Y @ (W * W), "Y · (W ⊙ W)", r"Y \cdot (W \odot W)"),
    (2.0 * Y @ W, "(2 · Y) · W", r"(2 \cdot Y) \cdot W"),
    (1 - Y**2, "1 − Y^∘2", r"1 - Y^{\circ 2}"),
    (xp.exp(-Y), "exp(−Y)", r"\exp(-Y)"),
    (xp.sum(Y * Y, axis=0), "Σ(Y ⊙ Y, axis=0)", r"\sum_{\text{axis=0}} Y \odot Y"),
    (0.5 * xp.sum(Y), "½ · Σ(Y)", r"\tfrac{1}{2} \cdot \left(\sum Y\right)"),
    (xp.max(Y, axis=-1), "max(Y, axis=1)", r"\max_{\text{axis=1}}(Y)"),
    (xp.mean(Y, axis=0), "mean(Y, axis=0)", r"\operatorname{mean}_{\text{axis=0}}(Y)"),
    (xp.mean(Y, axis=(0, 1)), "mean(Y, axis=(0, 1))", None),
    (xp.where(Y > 0, G, 0.0), "(∂E/∂Y if Y > 0 else 0)", None),
    (G * (Y > 0), "∂E/∂Y ⊙ [Y > 0]", r"\frac{\partial E}{\partial Y} \odot [Y > 0]"),
    (xp.select(X, (1, (0, 2, 2))), "X[1, ::2]", r"X[\text{1}, \text{::2}]"),
    (xp.select(X, ((3, -1, 4), (0, 1, 3))), "X[::-1, :]", None),
    (xp.index(W, symbol("ids", (5,))), "W[ids]", r"W[\mathrm{ids}]"),
    (xp.transpose(symbol("T", (2, 3, 4)), (2, 0, 1)), "transpose(T, axes=(2, 0, 1))", None),
    (xp.reshape(X, (2, 6)), "reshape(X, shape=(2, 6))", None),
    (xp.concatenate(X, X, axis=1), "concatenate(X, X, axis=1)", None),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "line", "drawn"), ARRAYS)
def test_matrix_formulas(formula: Expr, line: str, drawn: str | None) -> None:
    assert text(layout(formula)) == line
    if drawn is not None:
        assert latex(layout(formula)) == drawn


def test_one_entry_of_a_matrix_formula_is_the_textbook_line() -> None:
    entry = (xp.rows_by(W, X) + symbol("b", (2,))).at((0, 1))
    assert text(layout(entry)) == "W[1,0] · X[0,0] + W[1,1] · X[0,1] + W[1,2] · X[0,2] + b[1]"


# ---- names --------------------------------------------------------------------------------------

NAMES = [
    (Name("out", "h1"), "out_h1", "out_h1", r"\mathrm{out}_{h1}"),
    (Name("w", "5", tight=True), "w5", "w5", "w_{5}"),
    (Name("w", "5", tight=True, updated=True), "w5⁺", "w5+", "w^{+}_{5}"),
    (Name("w", "11", "(1)"), "w⁽¹⁾₁₁", "w(1)_11", "w^{(1)}_{11}"),
    (Name("w", "1,12", "(2)"), "w⁽²⁾₁,₁₂", "w(2)_1,12", "w^{(2)}_{1,12}"),
    (Name("W", sup="2", index=(1, 1)), "W²[1,1]", "W2[1,1]", "W^{2}_{11}"),
    (Name("W", sup="2", index=(1, 12)), "W²[1,12]", "W2[1,12]", "W^{2}_{1,12}"),
    (Name("out", "h1", sample=2), "out_h1[2]", "out_h1[2]", r"\mathrm{out}_{h1}[2]"),
    (Name("δ", "o1"), "δ_o1", "delta_o1", r"\delta_{o1}"),
    (Name("E", "total"), "E_total", "E_total", r"E_{\mathrm{total}}"),
    (Name("fc.w", index=(0, 1)), "fc.w[0,1]", "fc.w[0,1]", r"\mathrm{fc.w}_{01}"),
    (Name("x̂"), "x̂", "xhat", r"\hat{x}"),
    (Name("ε"), "ε", "epsilon", r"\varepsilon"),
    (Name("隐层", "1"), "隐层_1", "隐层_1", r"\text{隐层}_{1}"),
    (Derivative(Name("E"), Name("η")), "∂E/∂η", "dE/deta", r"\frac{\partial E}{\partial \eta}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "unicode", "ascii_", "drawn"), NAMES)
def test_names(name: Any, unicode: str, ascii_: str, drawn: str) -> None:
    tree = layout_label(name)
    assert (text(tree), text(tree, ascii=True), latex(tree)) == (unicode, ascii_, drawn)


def test_a_raised_name_is_no_base_of_a_power() -> None:
    for name in (Name("w", "1", "(1)"), Name("w", "5", tight=True, updated=True)):
        squared = layout(Quantity(name, -2.0) ** 2)
        assert latex(squared) == f"({latex(layout_label(name))})^{{2}}"
        assert text(squared) == f"({text(layout_label(name))})²"


HOSTILE = r"a_b%#$&{}\^~<script>'|"


def test_a_users_name_is_escaped() -> None:
    tree = layout(Quantity(Name(HOSTILE, HOSTILE), 1.0) + Quantity(Name("x"), 2.0))
    inside = (
        r"\text{a\_b\%\#\$\&\{\}\textbackslash{}\textasciicircum{}\textasciitilde{}"
        r"\textless{}script\textgreater{}'\textbar{}}"
    )
    assert latex(tree) == f"{inside}_{{{inside}}} + x"
    assert html.escape(HOSTILE) in mathml(tree)
    assert "<script>" not in mathml(tree)
    assert "<script>" not in mathml(layout(Quantity(Name(HOSTILE), 1.0), substituted=True))


# ---- drawn --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "drawn"),
    [
        (
            GENERAL,
            r"-(\mathrm{target}_{o1} - \mathrm{out}_{o1}) \cdot \mathrm{out}_{o1}"
            r"(1 - \mathrm{out}_{o1}) \cdot \mathrm{out}_{h1}",
        ),
        (0.5 * (a - b) ** 2, r"\tfrac{1}{2}(a - b)^{2}"),
        (1 / (1 + xp.exp(-a)), r"\frac{1}{1 + e^{-a}}"),
        (a * (b / c) / (a + b), r"\frac{a \cdot \frac{b}{c}}{a + b}"),
        ((a / b) ** 2, r"\left(\frac{a}{b}\right)^{2}"),
        (a + (-b) / c, r"a - \frac{b}{c}"),
        (a * xp.sqrt(b + c), r"a \cdot \sqrt{b + c}"),
        (xp.log(a / b), r"\log\left(\frac{a}{b}\right)"),
        (a * b * 1e-5, r"a \cdot b \cdot 1 \times 10^{-5}"),
        (
            xp.where(a > 0, a, b) * c,
            r"\left(\begin{cases} a & \text{if } a > 0 \\ b & \text{else} \end{cases}\right)"
            r" \cdot c",
        ),
        (xp.where(a >= b, ONE, ZERO), r"[a \ge b]"),
        (xp.erf(xp.abs(a)), r"\operatorname{erf}(\lvert a \rvert)"),
    ],
)
def test_latex(formula: Expr, drawn: str) -> None:
    assert latex(layout(formula)) == drawn


def test_numbers_in_latex() -> None:
    tiny = Quantity(Name("t"), -3.21e-11)
    assert latex(layout(a * tiny, substituted=True)) == r"3 \cdot (-3.21 \times 10^{-11})"
    assert latex(layout(tiny**2, substituted=True)) == r"(-3.21 \times 10^{-11})^{2}"
    assert latex(layout_number(-math.inf)) == r"-\infty"
    assert latex(layout_number(math.nan)) == r"\mathrm{NaN}"


def test_a_bracket_that_a_fraction_replaces_stands_on_a_line_only() -> None:
    tree = layout(a / (b + c))
    assert text(tree) == "a / (b + c)"
    assert latex(tree) == r"\frac{a}{b + c}"


def test_relations() -> None:
    line = relation(
        layout_label(Derivative(E, W5)), layout(d1 * hidden), layout_number(0.0821), signs="=≈"
    )
    assert text(line) == "∂E_total/∂w5 = δ_o1 · out_h1 ≈ 0.0821"
    assert text(line, ascii=True) == "dE_total/dw5 = delta_o1 * out_h1 ~ 0.0821"
    assert latex(line).endswith(r"\cdot \mathrm{out}_{h1} \approx 0.0821")
    assert mathml(line).count("<mo>=</mo>") == 1


def test_digits_are_the_callers() -> None:
    short = layout(hidden * a, number=partial(numeral, digits=4), substituted=True)
    assert text(short) == "0.5933 · 3"


@pytest.mark.parametrize("display", ["inline", "block"])
def test_mathml(display: Any) -> None:
    written = mathml(layout(0.5 * (target - out) ** 2, substituted=True), display)
    assert written == (
        f'<math display="{display}"><mrow><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>\u2062</mo><msup>'
        '<mrow><mo form="prefix" fence="true" stretchy="false">(</mo>'
        '<mrow><mn data-ref="target_o1">0.01</mn><mo>−</mo><mn data-ref="out_o1">0.751365070</mn>'
        '</mrow><mo form="postfix" fence="true" stretchy="false">)</mo></mrow>'
        "<mn>2</mn></msup></mrow></math>"
    )


def test_mathml_of_names() -> None:
    def drawn(name: Name) -> str:
        return mathml(layout_label(name)).removeprefix('<math display="inline">')[: -len("</math>")]

    assert drawn(Name("out", "h1")) == "<msub><mi>out</mi><mi>h1</mi></msub>"
    assert drawn(Name("w", "11", "(1)")) == ("<msubsup><mi>w</mi><mn>11</mn><mi>(1)</mi></msubsup>")
    assert drawn(Name("W", sup="2", index=(1, 1), updated=True)) == (
        "<msubsup><mi>W</mi><mn>11</mn><mrow><mn>2</mn><mo>+</mo></mrow></msubsup>"
    )


# ---- long sums, named parts ---------------------------------------------------------------------


def test_a_long_sum_is_cut_short_and_its_expression_is_not() -> None:
    total = 2.0 * xp.sum(symbol("z", (784,))).at(())
    assert text(layout(total)) == "2 · (z[0] + z[1] + z[2] + … + z[783])"
    assert text(layout(total), ascii=True) == "2 * (z[0] + z[1] + z[2] + ... + z[783])"
    assert text(layout(total, expand=1000)).count("z[") == 784
    assert expression(total).count("z[") == 784
    largest = xp.max(symbol("z", (784,))).at(())
    assert text(layout(largest)) == "max(z[0], z[1], z[2], …, z[783])"


def test_terms_that_are_zero_by_the_shapes_are_not_counted() -> None:
    g = xp.cumsum(symbol("z", (784,)), axis=0)
    assert text(layout(g.at((2,)))) == "z[0] + z[1] + z[2]"
    assert text(layout(g.at((20,)))) == "z[0] + z[1] + z[2] + … + z[20]"


def test_named_sub_results_are_listed_so_that_each_can_be_computed() -> None:
    entry = layer_norm(X).at((0, 1))
    assert text(layout(entry)) == "(X[0,1] − mean[0,0]) / √(var[0,0] + 1e-05)"
    lines = [(text(layout_label(n)), text(layout(f))) for n, f in lets(entry)]
    assert lines == [
        ("mean[0,0]", "(X[0,0] + X[0,1] + X[0,2]) / 3"),
        (
            "var[0,0]",
            "((X[0,0] − mean[0,0])² + (X[0,1] − mean[0,0])² + (X[0,2] − mean[0,0])²) / 3",
        ),
    ]
    assert "mean" not in text(layout(entry, inline=True))
    assert [text(layout_label(n)) for n, _ in lets(layer_norm(X))] == ["mean", "var"]
    assert text(layout(layer_norm(X))) == "(X − mean) / √(var + 1e-05)"


def test_only_one_number_has_an_expression() -> None:
    with pytest.raises(FormulaError, match="whole array"):
        expression(Y @ W)


def test_a_term_outside_of_its_sum_is_refused() -> None:
    total = xp.sum(symbol("z", (9,))).at(())
    assert isinstance(total, Reduce)
    with pytest.raises(FormulaError, match="outside of the sum"):
        layout(total.body)


# ---- read back ----------------------------------------------------------------------------------
#
# Values are taken in a finite field, where arithmetic is exact: re-associating a sum changes
# nothing, and a lost bracket everything. Functions of the analysis are scrambled numbers there.

P = (1 << 61) - 1


def element(value: float) -> int:
    fraction = Fraction(value)
    return fraction.numerator * pow(fraction.denominator, -1, P) % P


def scrambled(function: str, *arguments: int) -> int:
    seed = f"{function}{arguments}".encode()
    return int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest()) % P


FIELD: dict[str, Any] = {
    "add": lambda x, y: (x + y) % P,
    "sub": lambda x, y: (x - y) % P,
    "mul": lambda x, y: x * y % P,
    "div": lambda x, y: x * pow(y, -1, P) % P,
    "neg": lambda x: -x % P,
    "maximum": max,
    "minimum": min,
    "where": lambda condition, yes, no: yes if condition else no,
    "equal": lambda x, y: x == y,
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "greater": lambda x, y: x > y,
    "greater_equal": lambda x, y: x >= y,
    "both": lambda x, y: x and y,
    "either": lambda x, y: x or y,
}


def stand_in(value: float) -> Numeral:
    """A quantity's number as a letter with its sign, so that reading back cannot fold it."""
    return Numeral("qrst"[QUANTITIES.index(value)], negative=value < 0)


def in_field(formula: Expr, point: Mapping[Any, np.ndarray]) -> int:
    match formula:
        case Number(value):
            return element(value)
        case Quantity(_, value):
            size = int(point[stand_in(value).digits][()])
            return size if value > 0 else -size % P
        case Entry(name, index):
            return int(point[name][index])
        case Reduce(function):
            rows = [in_field(r, point) for r in formula.rows()]
            return sum(rows) % P if function == "sum" else max(rows)
        case Call(function, arguments):
            values = [int(in_field(x, point)) for x in arguments]
            return FIELD.get(function, partial(scrambled, function))(*values)
    raise TypeError(formula)


QUANTITIES = [-2.5, 0.1, -3.21e-11, 7.0]
LEAVES = [
    *(Entry("x", (i,)) for i in range(3)),
    *(Entry("y", (0, i)) for i in range(2)),
    *(Quantity("q", v) for v in QUANTITIES),
]
# Constants only beside what is none, and such that folding them is exact in floats too.
CONSTANTS = [Number(v) for v in (-3.0, -1.0, -0.5, 0.25, 0.5, 2.0, 3.0, 4.0)]
ARITHMETIC = ["add", "sub", "mul", "div", "power"]
TWO = [*ARITHMETIC, *ARITHMETIC, *ARITHMETIC, "maximum", "minimum"]
ONE_ARGUMENT = [
    "neg",
    "neg",
    "neg",
    "exp",
    "log",
    "log1p",
    "expm1",
    "sqrt",
    "abs",
    "sin",
    "cos",
    "tanh",
    "erf",
]
COMPARISONS = ["equal", "less", "less_equal", "greater", "greater_equal"]


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> Expr:
    """Formulas of every function that a scalar formula may have."""

    def part() -> Expr:
        nested = draw(st.integers(0, 3)) and depth > 1
        return draw(formulas(depth - 1)) if nested else draw(st.sampled_from(LEAVES))

    def pair() -> list[Expr]:
        two, constant = [part(), part()], draw(st.integers(-1, 1))
        if constant >= 0:
            two[constant] = draw(st.sampled_from(CONSTANTS))
        return two

    def condition(joins: int = 2) -> Expr:
        if joins and draw(st.booleans()):
            join = draw(st.sampled_from(["both", "either"]))
            sides = [condition(joins - 1), condition(0)]
            return call(join, *(sides if draw(st.booleans()) else sides[::-1]))
        return call(draw(st.sampled_from(COMPARISONS)), *pair())

    match draw(st.integers(0, 11)):
        case 0:
            return call("where", condition(), part(), part())
        case 1:
            return call("where", condition(), ONE, ZERO)
        case 2:
            return call("mul", condition(), part())
        case 3 | 4:
            return call(draw(st.sampled_from(ONE_ARGUMENT)), part())
    return call(draw(st.sampled_from(TWO)), *pair())


FORMULAS = formulas()
POINTS = [
    {
        "x": np.array([scrambled("x", k, i) for i in range(3)]),
        "y": np.array([[scrambled("y", k, i) for i in range(2)]]),
        **{letter: np.array(scrambled(letter, k)) for letter in "qrst"},
    }
    for k in range(3)
]


def same_in_field(first: Expr, second: Expr) -> bool:
    for point in POINTS:
        try:
            expected = in_field(first, point)
        except (ValueError, OverflowError):  # a division by zero, a constant folded to ∞
            continue
        if in_field(second, point) != expected:
            return False
    return True


def read_back(formula: Expr, ascii: bool = False) -> tuple[Expr, str]:  # noqa: A002
    written = text(layout(formula, number=stand_in, substituted=True), ascii)
    return parse(written), written


x0, x1, minus = LEAVES[0], LEAVES[1], Quantity("q", -2.5)
ARITHMETIC_AROUND: list[Callable[[Expr], Expr]] = [
    *(lambda part, f=f: call(f, part, x0) for f in ARITHMETIC),
    *(lambda part, f=f: call(f, x0, part) for f in ARITHMETIC),
    lambda part: call("neg", part),
    lambda part: call("mul", 0.5, part),
    lambda part: call("power", part, 2.0),
]
OTHERS_AROUND: list[Callable[[Expr], Expr]] = [
    *(lambda part, f=f: call(f, part) for f in ("exp", "sqrt", "abs", "tanh")),
    lambda part: call("maximum", part, x0),
    lambda part: call("minimum", x0, part),
    lambda part: call("where", part > x0, x0, x1),
    lambda part: call("where", x1 > part, ONE, ZERO),
    lambda part: call("where", x0 > x1, part, x0),
    lambda part: call("where", x0 > x1, x0, part),
    lambda part: call("mul", x0 > part, x0),
]


def test_every_function_inside_of_every_other_reads_back() -> None:
    around = [*ARITHMETIC_AROUND, *OTHERS_AROUND]
    pairs = itertools.product(around, repeat=2)
    triples = itertools.product(ARITHMETIC_AROUND, repeat=3)
    for nest in itertools.chain(pairs, triples):
        for leaf in (x1, minus):
            formula: Expr = leaf
            for function in nest:
                formula = function(formula)
            read, written = read_back(formula)
            assert same_in_field(formula, read), written


def test_and_inside_of_or_and_or_inside_of_and_read_back() -> None:
    conditions = [Entry("x", (i,)) > 0.5 for i in range(4)]
    for inner, outer, last in itertools.product(["both", "either"], repeat=3):
        joined = call(inner, *conditions[:2])
        for pair in ((joined, conditions[2]), (conditions[2], joined)):
            for four in ((call(outer, *pair), conditions[3]), (conditions[3], call(outer, *pair))):
                formula = call("where", call(last, *four), ONE, ZERO)
                read, written = read_back(formula)
                for bits in itertools.product([0, 1], repeat=4):
                    point = {"x": np.array(bits)}
                    assert evaluate(formula, point) == evaluate(read, point), written


@pytest.mark.parametrize("ascii", [False, True])
@settings(max_examples=100, deadline=None)
@given(formula=FORMULAS)
def test_what_is_printed_reads_back_as_the_same_formula(ascii: bool, formula: Expr) -> None:  # noqa: A002
    read, written = read_back(formula, ascii)
    assert written.isascii() or not ascii
    assert same_in_field(formula, read), written


@settings(max_examples=100, deadline=None)
@given(FORMULAS)
def test_drawings_are_well_formed(formula: Expr) -> None:
    for substituted in (False, True):
        tree = layout(formula, substituted=substituted)
        ET.fromstring(mathml(tree))
        drawn = latex(tree)
        assert drawn.count("{") == drawn.count("}")
        assert drawn.count(r"\left") == drawn.count(r"\right")


@settings(max_examples=100, deadline=None)
@given(FORMULAS)
def test_the_authors_terms_stay_in_their_order(formula: Expr) -> None:
    parts = list(formula.walk())
    if any(isinstance(part, Call) and part.function == "where" for part in parts):
        return  # a choice is written value first, condition second
    written = text(layout(formula))
    position = 0
    for leaf in (p for p in parts if isinstance(p, (Entry, Quantity))):
        shown = text(layout(leaf))
        position = written.index(shown, position) + len(shown)


@settings(max_examples=100, deadline=None)
@given(FORMULAS)
def test_no_bracket_stands_in_another_one(formula: Expr) -> None:
    def doubled(node: Layout) -> bool:
        inside = content(node)
        both = isinstance(node, Fenced) and isinstance(inside[0], Fenced)
        return both or any(map(doubled, inside))

    assert not doubled(layout(formula))


def test_every_term_of_a_sum_reads_back_as_the_sums_value() -> None:
    rng = np.random.default_rng(0)
    arrays = {"X": rng.normal(size=(4, 3)), "W": rng.normal(size=(2, 3)), "z": rng.normal(size=20)}
    for formula in (
        layer_norm(X).at((2, 1)),
        xp.exp(xp.rows_by(W, X)).at((3, 1)),
        (xp.exp(X) / xp.sum(xp.exp(X), axis=1, keepdims=True)).at((1, 2)),
        (xp.max(symbol("z", (20,))) - xp.sum(symbol("z", (20,)))).at(()),
    ):
        read = parse(expression(formula))
        assert evaluate(read, arrays) == pytest.approx(evaluate(formula, arrays), rel=1e-14)
