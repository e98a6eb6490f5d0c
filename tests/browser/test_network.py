"""The drawn network, the steps of an iteration, and the address that holds the state."""

from __future__ import annotations

import json

import pytest

from whygrad.web import frame, gallery, payload

pytestmark = pytest.mark.browser


def html(key: str) -> str:
    """A page of a network without its derivations, which this file does not read."""
    lesson = gallery.lesson(key)
    data = payload.lesson_data(lesson, readings="ask")
    return frame.carried(frame.boot("report", "en", lesson=data), data["title"])


@pytest.fixture
def article(page_of):
    page = page_of(html("article"))
    page.wait_for_selector("html[data-ready]")
    return page


def state(page) -> str:
    """The address's state; it is written a few times a second."""
    page.wait_for_timeout(250)
    return page.evaluate("decodeURIComponent(location.hash)")


def numbers(page) -> list[str]:
    """What stands in the boxes and on the edges, apart from names."""
    return page.eval_on_selector_all(".network .number", "all => all.map(e => e.textContent)")


def test_a_weight_is_clicked_and_its_way_lights_up_with_its_factors(article):
    article.get_by_role("button", name="w5, from h1 to o1").dispatch_event("click")
    assert "at=w5" in state(article)
    lit = article.eval_on_selector_all(".edge.way", "all => all.length")
    assert lit == 3  # the weight, from o1 to its error, from there to the loss
    said = article.eval_on_selector_all(
        ".chip.factor text, .slope", "all => all.map(e => e.textContent).filter(Boolean)"
    )
    assert sorted(said) == ["× ∂E/∂out 0.741365", "× ∂net/∂w5 0.593270", "× ∂out/∂net 0.186816"]


def test_two_errors_meet_behind_w1(article):
    article.get_by_role("button", name="w1, from i1 to h1").dispatch_event("click")
    boxes = article.eval_on_selector_all(
        ".box.way .title", "all => all.map(e => e.textContent).filter(Boolean)"
    )
    assert {"h1", "o1", "o2", "E_o1", "E_o2", "E_total"} <= set(boxes)
    assert "h2" not in boxes


def test_steps_reveal_the_numbers_one_after_the_other(article):
    article.get_by_role("button", name="Forward 1").click()
    first = numbers(article)
    assert "0.593270" in first  # out_h1
    assert "0.751365" not in first  # out_o1 is yet to come
    for step in ("forward.2", "error", "backward.2", "backward.1", "update"):
        article.keyboard.press("ArrowRight")
        assert f"step={step}" in state(article)
    assert "0.138499" in numbers(article)  # δ_o1
    article.keyboard.press("ArrowRight")
    assert "step=forward.1" in state(article)
    assert "it=1" in state(article)
    article.keyboard.press("ArrowLeft")
    assert "step=update" in state(article)
    assert "it=" not in state(article)


def test_the_drawing_is_walked_through_by_keyboard_alone(article):
    article.focus(".network [tabindex='0']")
    article.keyboard.press("ArrowRight")  # from an input to the weights
    said = article.evaluate("document.activeElement.getAttribute('aria-label')")
    assert said.startswith("w1, from i1 to h1: 0.15, gradient 4.38568e-04")
    article.keyboard.press("Enter")
    assert "at=w1" in state(article)
    article.keyboard.press("ArrowRight")
    inside = article.evaluate("document.activeElement.getAttribute('aria-label')")
    assert "h1" in inside
    article.keyboard.press("Escape")
    assert "at=" not in state(article)
    stops = article.eval_on_selector_all(".network [tabindex='0']", "all => all.length")
    assert stops == 1


def test_one_sample_is_looked_at_or_all_of_them(page_of):
    page = page_of(html("xor"))
    page.wait_for_selector("html[data-ready]")
    page.evaluate("location.hash = '#at=out_h1[1]'")
    page.get_by_role("button", name="The next sample").click()
    assert state(page) == "#at=out_h1[2]&sample=2"
    page.get_by_role("button", name="One sample").click()
    assert state(page) == "#at=out_h1&sample=2&batch=no"
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert state(page) == "#at=out_h1[1]"


def test_a_dead_unit_is_told_in_the_drawing(page_of):
    page = page_of(html("dead_relu"))
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".box.unit.cut").count() >= 1


def test_an_address_is_read_back_and_what_is_hostile_in_it_does_nothing(article):
    hash_ = "#at=w1&detail=delta&step=error&it=7&rate=0.25&order=sequential&set.w5=-0.5&lang=zh"
    article.evaluate("hash => { location.hash = hash }", hash_)
    article.wait_for_selector("html[lang='zh-CN']")
    assert state(article) == hash_
    for hostile in (
        "#at=<img src=x onerror=alert(1)>&lang=<b>&step=../..&it=1e99&theme=red",
        "#set.__proto__=1&set.constructor=2&activation.1=__proto__&network={]&it=-3&sample=1e9",
        "#" + "set.w5=1&" * 4_000,
    ):
        article.evaluate("hash => { location.hash = hash }", hostile)
        assert len(state(article)) < 400
        assert article.locator("img").count() == 0
        assert article.locator(".network").count() == 1
    article.evaluate("location.hash = '#at=w99&step=forward.7&edges=value'")
    article.wait_for_selector("text=at=w99 step=forward.7")  # and nothing is said of the usual
    assert json.loads(article.evaluate("JSON.stringify({}.polluted ?? null)")) is None
