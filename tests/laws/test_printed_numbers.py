"""Law 9: every printed number is its float64 value, rounded; = and ≈ say the truth.

The judge is arithmetic on what is printed: each line's text is read back as a reader would, with
Decimal, and its own printed operands are computed with.
"""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

import whygrad as wg
from whygrad.expr import evaluate
from whygrad.formulas import parse
from whygrad.models.learning import Plan
from whygrad.notation import NOTATIONS
from whygrad.pages.document import Lines
from whygrad.pages.solution import explain
from whygrad.render.latex import latex
from whygrad.render.line import Side, Style, sides
from whygrad.render.text import text

NETS = {
    "article": {"layers": [2, 2, 2], "bias": "shared"},
    "classes": {"layers": [3, 4, 3], "activation": "tanh", "loss": "softmax_cross_entropy"},
    "deep": {"layers": [2, 3, 3, 1], "activation": "relu", "loss": "huber"},
}


def lines(name: str, key: str, samples: int):
    options = dict(NETS[name])
    net = wg.mlp(options.pop("layers"), seed=3, **options)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(samples, net.layers[0])) * 10 ** rng.uniform(-3, 2)
    y = rng.integers(0, 3, samples) if name == "classes" else rng.random((samples, net.layers[-1]))
    trace = wg.backprop(net, x, y)
    page = explain(trace, names=trace.notation(key), plan=Plan(0.5), everything=True)
    found = [x for b in page.blocks if isinstance(b, Lines) for x in b.lines]
    assert len(found) > 20
    return found, page.names


def plain(side: Side) -> str:
    return text(side.tree).replace("−", "-")


def unit(printed: str) -> Decimal:
    """One unit of a printed number's last digit."""
    return Decimal((0, (1,), Decimal(printed).as_tuple().exponent))


@pytest.mark.parametrize("digits", [5, 9, 12])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("name", NETS)
def test_results_are_rounded_and_relations_are_true(name, samples, digits):
    found, names = lines(name, "textbook", samples)
    style = Style(names, "en", digits, text)
    checked = 0
    for line in found:
        *rest, last = sides(line, style)
        if line.value is None:
            continue
        shown = plain(last)
        exact = Decimal(line.value)
        # A short decimal stands for the float next to it: 0.3 for 0.30000000000000004.
        slack = unit(shown) / 2 + Decimal(math.ulp(line.value)) * 4
        assert abs(Decimal(shown) - exact) <= slack, (shown, line.value)
        significant = len(Decimal(shown).as_tuple().digits)
        assert significant >= 4 or abs(Decimal(shown) - exact) <= Decimal(math.ulp(line.value)) * 4
        if len(rest) > 1 and line.numbers and not any(c.isalpha() for c in plain(rest[-1])):
            result = float(evaluate(parse(plain(rest[-1]))))
            agrees = abs(Decimal(result) - Decimal(shown)) <= unit(shown) / 2 + Decimal("1e-15")
            clear = abs(abs(Decimal(result) - Decimal(shown)) - unit(shown) / 2) > unit(shown) / 100
            if clear:  # halfway between two last digits both signs are right
                assert (last.sign == "=") == agrees, (plain(rest[-1]), shown)
                checked += 1
    assert checked > 10


@pytest.mark.parametrize("key", NOTATIONS)
@pytest.mark.parametrize("name", NETS)
def test_every_format_and_notation_shows_the_same_numbers(name, key):
    found, names = lines(name, key, 2)
    reference, _ = lines(name, "textbook", 2)
    for line, other in zip(found, reference, strict=True):
        style = Style(names, "en", 9, text)
        written = [s.written for s in sides(line, style)]
        assert line.value == other.value
        in_latex = [s.written for s in sides(line, Style(names, "en", 9, latex))]
        if line.value is not None and math.isfinite(line.value):
            value = written[-1].replace("−", "-")
            assert float(value) == pytest.approx(line.value, rel=1e-3)
            mantissa = value.partition("e")[0]
            assert mantissa in in_latex[-1]
