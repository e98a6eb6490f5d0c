"""The derivation beside the network: the article's lines, links, numbers in place, blanks."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest

import whygrad as wg
from whygrad.pages import prose
from whygrad.render.numbers import number
from whygrad.web import frame, gallery, lesson, payload
from whygrad.web.readings import readings_data

pytestmark = pytest.mark.browser

SHOWN = """[...document.querySelectorAll("#reading .line")].map((line) => {
    const result = line.querySelector(".result");
    const last = result && [...result.querySelectorAll("math")].map((m) => m.textContent);
    return [line.dataset.of, ...(last ? last : [null, null])];
})"""


def html(made, ids, mode="sample", lang="en"):
    """A page that carries some readings, in the form that they have."""
    data = payload.lesson_data(made, readings="ask")
    data["readings"] = {"sample": None, "batch": None, mode: readings_data(made, mode, ids)}
    return frame.carried(frame.boot("report", lang, lesson=data), data["title"])


@pytest.fixture(scope="module")
def article_html():
    about = [f"gradient:{d}:{at}" for d in ("factors", "delta") for at in
             ("w5", "w1", "out_h1", "net_o1", "net_h1")]  # fmt: skip
    about += [f"gradient:factors:∂E_o{k}/∂net_o{k}" for k in (1, 2)]
    about += [f"value:factors:{at}" for at in ("net_h1", "out_h1", "out_o1", "E_o1", "E_total")]
    return html(gallery.lesson("article"), [*about, "update:factors:w5"])


@pytest.fixture(scope="module")
def shared(shared_page_of, article_html):
    page = shared_page_of(article_html)
    page.set_default_timeout(5_000)
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.fixture
def opened(shared):
    """The article's page in a state."""

    def at(state):
        go(shared, state)
        return shared

    return at


def go(page, state):
    page.evaluate("state => { location.hash = state; }", state)
    page.wait_for_timeout(150)


def blank(page, name):
    return page.locator(f'#reading .blank input[aria-label="{name}"]')


def fill(page, name, text):
    """What is said of a number that is typed into the blank of a name."""
    blank(page, name).fill(text)
    blank(page, name).press("Enter")
    return blank(page, name).locator("xpath=..").locator(".verdict").inner_text()


# ---- the article's solution ---------------------------------------------------------------------


def test_the_whole_solution_of_w1_reads_from_top_to_bottom_as_the_article_prints_it(opened):
    shown = opened("at=w1").evaluate(SHOWN)
    results = [(of, value) for of, sign, value in shown if value is not None]
    assert results == [
        ("∂E_o1/∂out_o1", "0.741365070"),
        ("∂out_o1/∂net_o1", "0.186815602"),
        ("∂E_o1/∂net_o1", "0.138498562"),
        ("∂net_o1/∂out_h1", "0.4"),
        ("∂E_o1/∂out_h1", "0.055399425"),
        ("∂E_o2/∂out_o2", "−0.217071535"),
        ("∂out_o2/∂net_o2", "0.175510053"),
        ("∂E_o2/∂net_o2", "−0.038098237"),
        ("∂net_o2/∂out_h1", "0.5"),
        ("∂E_o2/∂out_h1", "−0.019049118"),
        ("∂E_total/∂out_h1", "0.036350306"),
        ("∂out_h1/∂net_h1", "0.241300709"),
        ("∂net_h1/∂w1", "0.05"),
        ("∂E_total/∂w1", "0.000438568"),
        *results[14:],  # the general form
    ]
    assert [of for of, _ in results[14:]] == ["∂E_total/∂w1"] * (len(results) - 14)
    unequal = {of for of, sign, _ in shown if sign == "≈"}
    # 0.0380982365 · 0.5 rounds to …118, the printed 0.038098237 · 0.5 to …1185: not the same digit.
    assert unequal == {"∂E_o2/∂out_h1", "∂E_total/∂out_h1"}


def test_numbers_have_the_signs_and_brackets_that_they_need(opened):
    def last(of):
        found = page.locator(f'#reading .line[data-of="{of}"] .pieces').last.inner_text()
        return found.replace("\n", "").replace("\u2062", "")

    page = opened("at=w1")
    assert last("∂E_total/∂out_h1") == "0.055399425−0.019049118"
    go(page, "at=net_h1&detail=delta")
    factors = "(0.138498562·0.4+(−0.038098237)·0.5)·0.593269992(1−0.593269992)"
    assert page.locator('#reading .line[data-of="δ_h1"]').count() == 1
    assert last("δ_h1") == factors


def test_a_part_stays_closed_while_numbers_change(opened):
    page = opened("at=w1")
    lines = page.locator("#reading .line").count()
    page.locator("#reading summary").first.press("Enter")
    go(page, "at=w1&it=2")
    closed = page.locator("#reading summary").first
    assert page.locator("#reading .line:visible").count() < lines
    closed.press("Enter")
    page.wait_for_timeout(150)
    assert page.locator("#reading .line:visible").count() == lines


def test_numbers_are_put_in_anew_in_place(opened):
    page = opened("at=E_total&about=value")
    assert page.evaluate(SHOWN) == [["E_total", "=", "0.298371109"]]
    link = page.locator("#reading [data-link='E_o2'][role=link]")
    link.focus()
    node = page.evaluate_handle("document.querySelector('#reading .line')")
    go(page, "at=E_total&about=value&it=1&order=sequential")
    assert page.evaluate(SHOWN) == [
        ["E_total", "=", "0.291027924"]
    ]  # what the article's program ran
    assert page.evaluate("node => node.isConnected", node)
    assert link.evaluate("link => link === document.activeElement")


def test_names_lead_to_their_own_derivation_by_mouse_and_by_keyboard(opened):
    page = opened("at=w5")
    page.locator("#reading [data-link='out_h1'][role=link]").first.click()
    assert page.evaluate(SHOWN) == [["out_h1", "=", "0.593269992"]]
    page.locator("#reading [data-link='net_h1'][role=link]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(SHOWN) == [["net_h1", "=", "0.3775"]]
    page.locator("#reading [data-link='i2'][role=link]").click()
    field = page.locator("#reading .own input")
    assert field.input_value() == "0.1"
    field.fill("0,2")
    field.press("Enter")
    go(page, page.evaluate("location.hash") + "&at=net_h1&about=value&set.i2=0.2")
    assert page.evaluate(SHOWN) == [["net_h1", "=", "0.3975"]]  # 0.0075 + 0.04 + 0.35


def test_the_delta_of_the_output_is_what_its_gradient_stands_on(opened):
    page = opened("at=w5&detail=delta")
    assert page.evaluate(SHOWN) == [
        ["∂E_total/∂w5", "=", "0.082167041"],
        ["δ_o1", "=", "0.138498562"],
    ]


def test_a_derivation_that_is_not_carried_is_said_to_be_missing(opened):
    page = opened("at=w5&activation.2=tanh")
    assert "whygrad serve" in page.locator("#reading .notice").inner_text()


def reckoned(formula: str) -> Decimal:
    """What a formula gives with the very digits that it shows."""
    python = re.sub("[·\u2062]", "*", re.sub(r"\s", "", formula)).replace("−", "-")
    return eval(re.sub(r"\d+\.?\d*", r"Decimal('\g<0>')", python), {"Decimal": Decimal})


# ---- forms --------------------------------------------------------------------------------------


def test_a_long_sum_shows_its_largest_terms_and_the_rest_as_one_number(page_of):
    x = np.concatenate([np.random.default_rng(k).normal(size=(1, 16)) for k in (6, 9)])
    net = wg.mlp([16, 1], activation="identity", output_activation="identity", seed=1)
    page = page_of(html(lesson.of_samples(net, x, [[0.5]] * 2), ["value:factors:net_o1"]))
    page.wait_for_selector("html[data-ready]")
    assert "batch=no" in page.url  # it opens with what it carries
    go(page, "batch=yes")
    assert "w1: a weight of the output layer" in page.locator("#reading").inner_text()
    go(page, "at=net_o1[1]&about=value&batch=yes")
    assert "of each sample by itself" in page.locator("#reading .notice").inner_text()
    weights = np.ravel(net.parameters["W1"])
    bias = float(np.ravel(net.parameters["b1"])[0])
    for row, sign in enumerate("≈="):  # all terms as they are printed would say = and ≈
        go(page, f"at=net_o1&about=value&batch=no&sample={row + 1}")
        every = [*(weights * x[row]), bias]
        kept = sorted(np.argsort(-np.abs(every), kind="stable")[:4])
        rest = sum(v for k, v in enumerate(every) if k not in kept)
        said = page.locator("#reading .line").inner_text()
        assert "+ 13 more terms" in said
        side = page.locator("#reading .pieces").all_inner_texts()[-1].replace("\n", "")
        assert number(abs(rest)) in side
        names = page.eval_on_selector_all(
            "#reading .side:first-child [data-link]", "all => all.map(e => e.dataset.link)"
        )
        assert [n for n in names if n.startswith("w")] == [f"w{k + 1}" for k in kept if k < 16]
        ((_, shown, result),) = page.evaluate(SHOWN)
        gives = reckoned(side)
        assert shown == sign == ("=" if round(gives, 9) == reckoned(result) else "≈"), gives


def test_a_dead_unit_ends_the_derivation(page_of):
    net = wg.mlp([1, 1, 1], activation="relu", output_activation="identity")
    net = net.with_parameters(w1=0.5, b_h1=-2, w2=0.8, b_o1=-0.2)
    page = page_of(html(lesson.of_samples(net, [[0.6]], [[0.31]]), ["gradient:factors:w1"]))
    page.wait_for_selector("html[data-ready]")
    go(page, "at=w1")
    assert "relu" in page.locator("#reading .said").all_inner_texts()[-1]
    assert page.evaluate(SHOWN)[-1][1:] == ["=", "0"]
    go(page, "at=w1&set.b_h1=0.1")  # it lets through again: −(0.31 − (0.8 · 0.4 − 0.2)) · 0.8 · 0.6
    assert page.evaluate(SHOWN)[-1][2] == "−0.0912"


# ---- blanks -------------------------------------------------------------------------------------

OUT, SLOPE, NET, W5 = "∂E_total/∂out_o1", "∂out_o1/∂net_o1", "∂net_o1/∂w5", "∂E_total/∂w5"
SHEETS = [
    {OUT: "0.7414", SLOPE: "0.1868", NET: "0.5933", W5: "0.0822"},
    {OUT: "0.7414", SLOPE: "0.1868", NET: "0.5933", W5: "0.4399"},  # the slope is missing
    {OUT: "0.7614", SLOPE: "0.1868", NET: "0.5933", W5: "0.0844"},  # a digit, and what follows
    {OUT: "0.7413", SLOPE: "0.1868", NET: "0.5932", W5: "0.0821"},  # cut off
    {OUT: "0.74", SLOPE: "0.19", NET: "0.59", W5: "0.0830"},  # rounded on the way
    {OUT: "0.7414", SLOPE: "0.7514", NET: "0.5933", W5: "0.3305"},  # out for out(1 − out)
    {OUT: "0.741365070", SLOPE: "0.186815602", W5: "0.082176041"},  # two digits exchanged
    {W5: "0.0831"},
]


def test_blanks_are_judged_as_grade_judges_a_sheet(opened):
    made = gallery.lesson("article")
    for k, sheet in enumerate(SHEETS):
        page = opened(f"at=w5&blanks=yes&rate={k + 1}")  # another rate, a sheet of its own
        marking = wg.grade(made.network, sheet, made.inputs, made.targets)
        said = {row.name: fill(page, row.name, sheet[row.name]) for row in marking.rows}
        assert said.keys() == sheet.keys()
        for row in marking.rows:
            blanks = {"sources": ", ".join(row.sources)} if row.verdict == "follows" else {}
            assert prose.say(f"grade.is.{row.verdict}", "en", **blanks) in said[row.name], sheet
            if row.pen:
                assert prose.say(f"marks.pen.{row.pen}", "en") in said[row.name], sheet
            elif row.found:
                first = prose.template(row.found[0].key, "en").partition("{")[0]
                assert first in said[row.name], sheet


def test_blanks_take_numbers_as_people_write_them_and_keep_them(opened):
    page = opened("at=w5&blanks=yes&rate=0.25")  # a sheet that no other test writes on
    assert "0.741365070" not in page.locator("#reading").inner_text()
    assert "right" in fill(page, OUT, "0,7414")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == SLOPE
    assert "right" in fill(page, SLOPE, "1.868e-1")
    assert "no number" in fill(page, NET, "half")
    assert fill(page, NET, "") == ""
    page.get_by_label(f"show the number of {NET}").click()
    said = page.locator("#reading").inner_text()
    assert "0.593269992" in said
    assert "2 of 4 filled in; 2 of these are right" in said  # what was told is neither
    go(page, "at=out_h1&about=value&blanks=yes&rate=0.25")
    go(page, "at=w5&blanks=yes&rate=0.25")
    assert blank(page, OUT).input_value() == "0,7414"
    go(page, "at=w5&blanks=yes&it=1")  # other numbers, another sheet
    assert blank(page, OUT).input_value() == ""


def test_chinese_on_a_phone(opened):
    page = opened("at=w1&lang=zh&blanks=yes")
    page.set_viewport_size({"width": 360, "height": 740})
    assert "自己填空" in page.locator("#reading").inner_text()
    fill(page, "∂E_o1/∂out_o1", "-0.7414")
    assert "符号反了" in page.locator("#reading").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1280, "height": 720})
