"""Formulas whose numbers are put in later: filled, they are what is printed with the numbers in."""

from __future__ import annotations

import itertools

import pytest

import whygrad as wg
from slots import filled, read
from test_render_formulas import TEXTS
from whygrad.expr import Call, Expr, Quantity
from whygrad.names import Delta, Name, Partial, Rate, Value
from whygrad.notation import plain
from whygrad.render.layout import layout, layout_label, own_name
from whygrad.render.mathml import mathml
from whygrad.render.pages import live
from whygrad.web.variants import Clear

SIZES = (2.0, -2.0, 3.21e-11, -3.21e-11, 0.75, -1234567890123.0)


def with_numbers(formula: Expr, numbers: dict) -> Expr:
    """The formula with other numbers for its quantities."""

    def change(part: Expr) -> Expr | None:
        return Quantity(part.ref, numbers[part.ref]) if isinstance(part, Quantity) else None

    return formula.replace(change)


@pytest.mark.parametrize("formula", [f for f, *_ in TEXTS], ids=[t for _, t, _ in TEXTS])
def test_a_filled_formula_is_the_formula_with_its_numbers(formula):
    refs = list(dict.fromkeys(p.ref for p in formula.walk() if isinstance(p, Quantity)))
    for sizes in itertools.product(SIZES, repeat=min(2, len(refs))):
        numbers = dict(zip(refs, itertools.cycle(sizes), strict=False))
        by_key = {plain(own_name(ref)): value for ref, value in numbers.items()}
        open_ = mathml(layout(formula, substituted=True, slots=True))
        closed = mathml(layout(with_numbers(formula, numbers), substituted=True))
        assert read(filled(open_, by_key.__getitem__)) == read(closed)


def test_a_slot_says_what_its_number_needs():
    a, b = (Quantity(Name(n), 1.0) for n in "ab")
    shown = mathml(layout(a + b, substituted=True, slots=True))
    assert '<mrow data-slot="a"></mrow><mo>+</mo><mrow data-slot="b" data-term=""></mrow>' in shown
    shown = mathml(layout(a**2, substituted=True, slots=True))
    assert 'data-slot="a" data-negative="fence" data-power="fence"' in shown
    shown = mathml(layout(a * b * (1 - a), substituted=True, slots=True))
    assert 'data-slot="b" data-negative="fence" data-touches=""' in shown
    assert "data-slot" not in mathml(layout(a + b, slots=True))  # names have no places


def test_names_lead_to_where_their_numbers_come_from():
    at, loss = Value("W", (0, 0)), Value("E", ())
    w, slope = Quantity(at, 0.4), Quantity(Partial(loss, at), 0.1)
    names = {at: Name("w", "5", tight=True), loss: Name("E"), Rate(): Name("η")}
    names[Delta(at)] = Name("δ", "<b>")

    def label(ref):
        if isinstance(ref, Partial):
            return live.Derivative(names[ref.top], names[ref.bottom])
        return names[ref]

    formula = w - Quantity(Rate(), 0.5) * slope * Quantity(Delta(at), 1.0)
    shown = mathml(layout(formula, label, links=True))
    assert '<mrow data-link="w5"><msub>' in shown
    assert '<mrow data-link="∂E/∂w5"><mfrac>' in shown
    assert 'data-link="δ_&lt;b&gt;"' in shown  # a user's name
    assert "η" in shown  # and no link: nobody asks where it comes from
    assert 'data-link="η"' not in shown
    assert "data-link" not in mathml(layout(formula, label))
    assert "data-link" in mathml(layout_label(names[at], True))


def quantities(document) -> dict[str, float]:
    """Every number of a document by its key."""
    found = {}
    for block in document.blocks:
        for line in getattr(block, "lines", ()):
            for side in line.sides:
                for part in side.walk():
                    if isinstance(part, Quantity):
                        found[document.names.text(part.ref)] = part.value
    return found


@pytest.mark.parametrize(
    ("activation", "scale", "loss"),
    [
        ("sigmoid", 1.0, "half_squared_error"),
        ("tanh", -1.0, "half_squared_error"),
        ("silu", -2.0, "squared_error"),
        ("gelu", 1e-7, "half_squared_error"),
        ("sigmoid", 1.0, "softmax_cross_entropy"),
    ],
)
@pytest.mark.parametrize("detail", ["factors", "delta"])
def test_a_document_filled_by_the_page_is_the_document_filled_here(activation, scale, loss, detail):
    net = wg.mlp([2, 3, 2], activation=activation, loss=loss, seed=3)
    trace = wg.backprop(net, [[0.5 * scale, -0.3 * scale]], [[0.2, 0.8]])
    names = Clear(trace.graph)  # σ of each neuron has a name of its own
    for target in ("w1", "w7", "out_h2", "i1"):
        document = trace.deriver(detail).why(trace.find(target), names).document()
        numbers = quantities(document)
        pairs = zip(live.blocks(document), live.blocks(document, fill=True), strict=True)
        compared = 0
        for open_, closed in pairs:
            for one, other in zip(open_.get("lines", ()), closed.get("lines", ()), strict=True):
                for side, right in zip(one["sides"], other["sides"], strict=False):
                    compared += side["as"] == "numbers"
                    text = read(filled(side["math"], numbers.__getitem__))
                    assert (side["as"], text) == (right["as"], read(right["math"]))
        assert compared


def test_a_long_sum_leaves_a_gap_wherever_it_stands():
    terms = [Quantity(Name("a", str(k)), float(k)) for k in range(1, 15)]
    total = terms[0]
    for k, term in enumerate(terms[1:]):
        total = total - term if k == 3 else total + (-(term * 2.0) if k == 5 else term)
    plan = live.Live(wg.backprop(wg.mlp([1, 1]), [[1.0]], [[1.0]]).names)
    for whole in (total, Call("div", (total, terms[0])), terms[1] * total):
        side = plan.side("numbers", whole)
        assert side["math"].count('<mrow data-long=""></mrow>') == 1
        assert [t["sign"] for t in side["long"]["terms"]] == [*"++++−+−+++++++"]
        assert side["long"]["terms"][4]["formula"] == ["neg", {"q": "a_5"}]
        around = {"add": {"q": "Σ"}, "div": ["div", {"q": "Σ"}, {"q": "a_1"}]}
        assert side["long"]["within"] == around.get(
            whole.function, ["mul", {"q": "a_2"}, {"q": "Σ"}]
        )
        assert 'data-term=""' in side["long"]["terms"][1]["math"]
    assert "(" in read(plan.side("symbols", terms[1] * total)["math"])  # a factor in brackets
    short = plan.side("symbols", terms[1] - terms[2])
    assert "long" not in short
    assert "data-long" not in short["math"]
