"""Long sides are broken before an operation; what a code host draws is what it accepts."""

from __future__ import annotations

import re
from functools import reduce
from operator import add

import numpy as np
import pytest

import whygrad as wg
from whygrad.expr import Quantity
from whygrad.names import Name
from whygrad.notation import plain
from whygrad.render.breaking import pieces
from whygrad.render.columns import width
from whygrad.render.layout import layout
from whygrad.render.pages.markdown import guarded, spaced
from whygrad.render.text import text


def tree(terms: int):
    factors = ((Quantity(Name(a, str(k)), 0.5) for a in "wi") for k in range(terms))
    return layout(reduce(add, (w * i for w, i in factors)), plain_label, substituted=False)


def plain_label(ref):
    assert plain(ref)
    return ref


@pytest.mark.parametrize("room", [9, 20, 34, 200])
def test_the_parts_fit_and_give_the_whole_again(room):
    whole = tree(6)
    parts = list(pieces(whole, room))
    assert all(width(text(part)) <= room for _, part in parts)
    again = " ".join(f"{sign} {text(part)}" for sign, part in parts)
    assert again.split() == text(whole).split()
    assert (len(parts) == 1) == (room == 200)


def test_a_side_that_cannot_be_broken_stays_whole():
    alone = layout(Quantity(Name("x" * 50), 0.5), plain_label)
    assert list(pieces(alone, 10)) == [("", alone)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (r"\operatorname{erf}(x)", r"\mathop{\mathrm{erf}}(x)"),
        (r"x < 0", r"x \lt  0"),
        (r"\text{a\_b}", r"{\text{a}\_\text{b}}"),
        (r"\text{\textless{}b\textbackslash{}}", r"{\lt \text{b}\backslash }"),
        (r"\text{\{x\}}", r"{\lbrace \text{x}\rbrace }"),
    ],
)
def test_formulas_that_mathjax_on_a_code_host_takes(given, shown):
    assert guarded(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("最大：$0.5$。", "最大： $0.5$。"),
        ("以 $w_{5}$ 为例", "以 $w_{5}$ 为例"),
        ("$a$和$b$", "$a$ 和 $b$"),
        ("costs \\$5 ($x$)", "costs \\$5 ($x$)"),
    ],
)
def test_a_formula_stands_apart_from_letters_and_chinese_signs(given, shown):
    assert spaced(given) == shown


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("activation", ["gelu", "relu", "sigmoid"])
def test_no_page_has_what_a_code_host_refuses(lang, activation):
    net = wg.mlp([2, 2, 1], activation=activation, seed=1)
    page = wg.backprop(net, np.ones((3, 2)), np.zeros((3, 1))).explain().to_markdown(lang=lang)
    assert "\\operatorname" not in page
    assert "<" not in page
    opening = re.findall(
        r"(\S?)\$(?!\$)[^$\n]+\$", re.sub(r"\$\$.*?\$\$", "", page, flags=re.DOTALL)
    )
    assert all(before.isascii() for before in opening)
