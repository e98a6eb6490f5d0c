"""Every figure of the article, by value, in every format and in both languages.

Source: "A Step by Step Backpropagation Example" (Mazur 2015) and its Chinese retelling. The figures
of the last table were recomputed in float64 by an independent program.
"""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import whygrad as wg
from whygrad.files import config
from whygrad.pages import demo
from whygrad.render.json import explanation_data

FIGURES = """
0.05 0.10 0.01 0.99 0.15 0.20 0.25 0.30 0.35 0.40 0.45 0.50 0.55 0.60
0.3775 0.593269992 0.3925 0.596884378 1.105905967 0.75136507 1.224921404 0.772928465
0.274811083 0.023560026 0.298371109
0.74136507 0.186815602 0.082167041 0.35891648 0.408666186 0.511301270 0.561370121
0.138498562 0.055399425 -0.019049118 0.036350306 0.241300709 0.000438568
0.149780716 0.19956143 0.24975114 0.29950229
0.291027924 0.000035085 0.015912196 0.984065734
0.291027773694 0.291027923905 3.51018778e-5 3.50847863e-5
0.0159136204 0.9840642735 0.0159121963 0.9840657345
0.280471446791 0.285750886699
""".split()  # noqa: SIM905


def decimals(figure: str) -> int:
    """The decimals that a figure was printed with."""
    mantissa, _, power = figure.partition("e")
    return len(mantissa.partition(".")[2]) - int(power or 0)


def numbers(page: str) -> list[float]:
    """Every number that a page shows, whatever its format writes around it."""
    page = re.sub(r"<[^>]*>", " ", page) if page.lstrip().startswith("<") else page
    page = page.replace("−", "-").replace("{,}", "").replace("\\,", "")
    page = re.sub(r"\s*(?:·|\\cdot|×|\\times)\s*10\^\{?(-?\d+)\}?", r"e\1", page)
    found = re.findall(r"(?<![\w.])-?\s?\d+(?:\.\d+)?(?:e[-+]?\d+)?", page)
    return [float(n.replace(" ", "")) for n in found]


@pytest.fixture(scope="module")
def document():
    return demo.full()


def page(document, form: str, lang: str) -> str:
    if form == "json":
        return json.dumps(demo.full_data())
    return getattr(document, f"to_{form}")(lang=lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html", "json"])
def test_every_figure_of_the_article_is_on_the_page(document, form, lang):
    shown = numbers(page(document, form, lang))
    # The data of a page has the program's numbers; what only the article's pen wrote is no number.
    printed_by_the_article = {"0.291027924", "0.000035085", "0.015912196", "0.984065734"}
    biases = {"0.280471446791", "0.285750886699"}
    left_out = printed_by_the_article | biases if form == "json" else set()
    missing = [
        figure
        for figure in FIGURES
        if figure not in left_out
        and not any(round(n, decimals(figure)) == float(figure) for n in shown)
    ]
    assert not missing


def test_the_figures_of_one_pass():
    net = wg.mlp(
        [2, 2, 2],
        activation="sigmoid",
        output_activation="sigmoid",
        loss="half_squared_error",
        bias="shared",
    ).with_parameters(
        W1=[[0.15, 0.20], [0.25, 0.30]], b1=0.35, W2=[[0.40, 0.45], [0.50, 0.55]], b2=0.60
    )
    t = wg.backprop(net, [0.05, 0.10], [0.01, 0.99])
    assert round(t.loss, 9) == 0.298371109
    assert round(t.value("out_o1"), 8) == 0.75136507
    assert round(t.grad("w5"), 9) == 0.082167041
    assert round(t.grad("w1"), 9) == 0.000438568
    assert round(t.grad("out_h1"), 9) == 0.036350306
    assert t.gradients["W2"].shape == (2, 2)


def test_the_factors_of_w5_are_the_articles():
    _, trace = demo.article()
    derivation = trace.why("w5")
    factors = [round(step.value, 9) for step in derivation.steps[:-1]]
    assert factors == [0.741365070, 0.186815602, 0.593269992]
    assert round(derivation.value, 9) == 0.082167041


def test_two_errors_meet_in_h1():
    _, trace = demo.article()
    found = {trace.names.text(s.ref): s.value for s in trace.why("w1").steps}
    assert round(found["∂E_o1/∂out_h1"], 9) == 0.055399425
    assert round(found["∂E_o2/∂out_h1"], 9) == -0.019049118
    assert round(found["∂E_total/∂out_h1"], 9) == 0.036350306


def test_a_sum_that_its_printed_terms_do_not_give_says_so(document):
    """0.055399425 − 0.019049118 is 0.036350307, not 0.036350306: the page must not claim it."""
    text = document.to_text()
    assert "0.055399425 − 0.019049118 ≈ 0.036350306" in re.sub(r"\s+", " ", text).replace(
        "+ (−0.019049118)", "− 0.019049118"
    )


def test_a_file_that_updates_layer_by_layer_is_explained_so():
    """The article's own program moves w5 to w8 first; its error after one step is published."""
    file = config.article(["training.update_order=sequential"])
    trace = wg.backprop(file.network, *file.samples())
    data = explanation_data(trace, trace.names, file.plan())
    w = data["updated"]
    x, y = (np.asarray(v, dtype=float) for v in file.samples())

    def sigmoid(net):
        return 1 / (1 + np.exp(-net))

    h = sigmoid(np.array([[w["w1"], w["w2"]], [w["w3"], w["w4"]]]) @ x + 0.35)
    o = sigmoid(np.array([[w["w5"], w["w6"]], [w["w7"], w["w8"]]]) @ h + 0.60)
    assert np.sum((y - o) ** 2) / 2 == pytest.approx(0.291027923905, abs=5e-13)
    page = str(trace.explain(plan=file.plan()))
    assert "0.15 − 0.5 · 0.000364723 ≈ 0.149817639" in page
    assert "have moved already" in page
