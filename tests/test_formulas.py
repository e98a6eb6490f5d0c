"""Formulas typed as text, and their derivatives; judges are Python's arithmetic and JAX."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import whygrad as wg
from needs import needs
from whygrad.derivatives import derive, operation, overflow, read
from whygrad.errors import FormulaError
from whygrad.expr import evaluate
from whygrad.formulas import functions, parse
from whygrad.numeric import xp
from whygrad.op import REGISTRY
from whygrad.reverse import pull


def value(text: str, x: float = 0.7) -> float:
    return float(evaluate(parse(text), {"x": np.asarray(x)}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2*3", 7),
        ("2 - 3 - 4", -5),
        ("12 / 3 / 2", 2),
        ("-2^2", -4),
        ("(-2)^2", 4),
        ("2^3^2", 512),
        ("2**-1", 0.5),
        ("½(3 + 5)²", 32),
        ("√4 · 3", 6),
        ("|2 − 5|", 3),
        ("max(1, 5, 3) - min(2, 1)", 4),
        ("(1 if 2 > 3 else 4)", 4),
        ("[2 <= 2] + [1 == 2]", 1),
        ("(1 if 1 < 2 and 3 > 2 else 0)", 1),
        ("1e3 + .5", 1000.5),
        ("e^(0) + exp(0) + ln(1)", 2),
        ("pi", math.pi),
        ("where(x > 0, x, 0)", 0.7),
        ("sigmoid(0) * tanh(0) + relu(2)", 2),
        ("--x", 0.7),
    ],
)
def test_it_reads_as_mathematics_is_read(text, expected):
    assert value(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("1 +", "ends"),
        ("2x", "write 2"),
        ("x * tnh(x)", "tanh"),
        ("y + 1", "no 'y'"),
        ("(x", "expected"),
        ("x ? 2", "means nothing"),
        ("tanh(x, x)", "does not take 2"),
        ("(" * 500 + "x" + ")" * 500, "deep"),
        ("x^" * 500 + "x", "deep"),
        ("1e999", "too large"),
        ("__import__('os')", "'"),
    ],
)
def test_what_does_not_parse_is_pointed_at(text, said):
    with pytest.raises(FormulaError) as caught:
        parse(text, ("x",))
    assert said in str(caught.value)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="x0123456789.+-*/^()[]|½²√ exptanhlogif<>=,eé∂\n\t", max_size=60))
def test_no_text_does_anything_but_parse_or_be_refused(text):
    try:
        parse(text, ("x",))
    except FormulaError:
        return


@pytest.mark.parametrize(
    "name",
    [
        o.name
        for o in REGISTRY.values()
        if o.elementwise and len(o.operands) == 1 and set(o.attributes) <= set(o.defaults)
    ],
)
def test_every_function_of_one_number_is_derived_and_proved(name):
    found = derive(name)
    # One is defined between 0 and 1 only: of the points from −4 to 4, at 20.
    assert found.points > (15 if name == "bernoulli_divergence" else 60)
    assert found.proved, (found.worst, found.rewriting)


FORMULAS = [
    "x*tanh(log(1+exp(x)))",
    "x / (1 + exp(-1.7*x))",
    "x^3 / (2 + sin(x))",
    "sqrt(x^2 + 1) - cos(x)^2",
    "2^x * erf(x)",
    "log1p(x^2) / (1 + x^4)",
    "sigmoid(2*x)^3",
    "(x if x > 0.3 else 0.1*x)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_derivatives_are_those_that_jax_finds(text):
    needs("jax")
    import jax

    from whygrad.engine import compiled

    found = derive(text)
    assert found.proved
    formula = parse(text, ("x",))
    points = np.linspace(-2.1, 2.3, 23)
    with compiled.float64():
        slope = jax.vmap(jax.grad(lambda x: read(formula, compiled.xp, x)))
        judged = np.asarray(slope(jax.numpy.asarray(points)))
    ours = np.broadcast_to(evaluate(found.result, {"x": points}), points.shape)
    assert ours == pytest.approx(judged, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("text", [*FORMULAS, "3", "x", "-x"])
def test_a_formula_is_an_activation_like_any_other(text):
    made = operation(text)
    x = np.linspace(-1, 1, 12).reshape(3, 4)
    assert made.value(xp, x).shape == (3, 4)
    net = wg.mlp([2, 3, 1], activation=text)
    assert wg.check(net, [[0.3, -0.4], [0.6, 0.1]], [[0.5], [0.2]]).ok


@pytest.mark.parametrize("name", sorted(functions()))
def test_every_function_is_an_activation_as_a_formula_too(name):
    made, named = operation(f"{name}(x)"), functions()[name]
    x = np.linspace(0.1, 0.9, 6)
    g = np.ones_like(x)
    assert made.value(xp, x) == pytest.approx(named.forward(xp, x, **named.defaults))
    y = named.forward(xp, x, **named.defaults)
    ours = pull(made, xp, g, made.value(xp, x), [x], {}, [0])[0]
    theirs = pull(named, xp, g, y, [x], named.defaults, [0])[0]
    assert ours == pytest.approx(np.broadcast_to(theirs, x.shape))


LARGE = [
    "max(" + ",".join("x" * 45) + ")", "min(" + ",".join("x" * 8) + ")",
    "max(x," * 20 + "x" + ")" * 20, "+".join("x" * 5000), "x^2" + "^x" * 40,
]  # fmt: skip


@pytest.mark.parametrize("text", LARGE, ids=lambda text: f"{text[:8]} {len(text)}")
def test_a_formula_whose_derivative_would_be_too_large_is_refused_at_once(text):
    began = time.monotonic()
    for refused in (operation, derive):
        with pytest.raises(FormulaError, match="too large") as found:
            refused(text)
        assert all((found.value.given, found.value.why, found.value.hint))
    assert time.monotonic() - began < 3


def test_formulas_as_people_write_them_are_not_too_large():
    for text in ("max(x,x,x,x)", "*".join("x" * 20), "+".join("x" * 60), "silu(silu(silu(x)))"):
        operation(text)


def test_steps_carry_the_rule_and_end_in_the_rule_books_form():
    found = derive("sigmoid")
    assert [step.rule for step in found.steps] == ["factor", "chain", "sum", "reciprocal"]
    assert found.rewritten is not None
    rules = {step.rule for step in derive("x*tanh(log(1+exp(x)))").steps}
    assert {"product", "chain", "sum", "known"} <= rules


def test_overflow_is_told_before_it_happens():
    assert "-52.2" in overflow("x / (1 + exp(-1.7*x))")
    assert "not finite" in overflow("log(x)")
    assert overflow("tanh(x)") == ""


@pytest.mark.parametrize("what", ["softmax", "matmul", "layer_norm"])
def test_what_is_no_function_of_one_number_is_said_to_be_none(what):
    with pytest.raises(FormulaError, match="not a function of one number"):
        derive(what)
