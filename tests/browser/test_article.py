"""The article's path, as a reader goes it: in a report from disk, with the network switched off.

Each station leaves a picture in build/screens, for whoever wants to look.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from whygrad.files.config import article

pytestmark = pytest.mark.browser

SCREENS = Path(__file__).parents[2] / "build/screens"
WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 360, "height": 780}


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """The report as the command makes it."""
    path = tmp_path_factory.mktemp("report") / "article.html"
    command = [sys.executable, "-m", "whygrad", "report", "article", "-o", str(path)]
    made = subprocess.run(command, capture_output=True, text=True, cwd=path.parent)
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture(scope="module")
def reader(shared_page_of, report):
    """The report as a reader has it open, from disk and without a network."""
    page = shared_page_of(report.as_uri(), viewport=WIDE, locale="en-GB", offline=True)
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.fixture
def opened(page_of, reader, report):
    """opened(part behind the #, …): the report as a link opens it; options: another browser."""

    def open_(state: str = "", **options):
        if not options:
            reader.evaluate("hash => { location.hash = '#' + hash }", state or "lang=en")
            reader.evaluate("document.activeElement.blur()")
            reader.wait_for_timeout(60)  # the link is followed in the next turn
            return reader
        chosen = {"viewport": WIDE, "locale": "en-GB", "offline": True} | options
        page = page_of(f"{report.as_uri()}#{state}", **chosen)
        page.wait_for_selector("html[data-ready]")
        return page

    return open_


def keep(page, name: str) -> None:
    """A picture of the page as it is."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


def said(page) -> str:
    """The derivation beside the network as plain text, without its spaces."""
    page.wait_for_selector("#reading math")
    return re.sub(r"\s", "", page.inner_text("#reading"))


def results(page) -> list[str]:
    """The numbers in which lines of the derivation end."""
    page.wait_for_selector("#reading math")
    found = page.eval_on_selector_all("#reading .result", "all => all.map(e => e.textContent)")
    return [re.sub(r"[\s=≈\u2062]", "", text) for text in found]


def state(page) -> str:
    page.wait_for_timeout(250)  # the address is written a few times a second
    return page.evaluate("decodeURIComponent(location.hash)")


def test_the_report_is_small_and_holds_no_address_of_another_place(report):
    text = report.read_text(encoding="utf-8")
    assert report.stat().st_size < 1_000_000
    links = set(re.findall(r"https?://[^\s\"'`)<]+", text))
    assert {link.split("/")[2] for link in links} <= {"www.w3.org"}  # the names of SVG and MathML


def test_from_opening_to_the_derivation_of_w5(opened):
    page = opened()
    keep(page, "article")
    page.get_by_role("button", name="w5, from h1 to o1").dispatch_event("click")
    assert results(page)[:4] == ["0.741365070", "0.186815602", "0.593269992", "0.082167041"]
    assert "at=w5" in state(page)
    keep(page, "article-w5")


def test_a_link_opens_where_two_errors_meet(opened):
    page = opened("at=w1&step=backward.1")
    assert {"0.055399425", "−0.019049118", "0.036350306", "0.000438568"} <= set(results(page))
    assert page.locator(".box.way").count() == 6  # h1, both outputs, both errors, the total error
    keep(page, "article-w1")


def test_every_name_in_a_formula_leads_on(opened):
    page = opened("at=w5")
    page.wait_for_selector("#reading math")
    page.locator("#reading [data-link='out_h1']").first.click()
    assert "at=out_h1&about=value" in state(page)
    assert "0.593269992" in results(page)
    page.locator("#reading [data-link='net_h1']").first.click()
    assert "0.3775" in results(page)


def test_all_steps_of_an_iteration_by_keyboard(opened):
    page = opened()
    lines = {}
    for step in ("forward.1", "forward.2", "error", "backward.2", "backward.1", "update"):
        page.keyboard.press("ArrowRight")
        assert f"step={step}" in state(page)
        lines[step] = results(page)
        keep(page, f"article-{step}")
    assert {"0.3775", "0.593269992", "0.596884378"} <= set(lines["forward.1"])
    assert {"1.105905967", "0.751365070", "0.772928465"} <= set(lines["forward.2"])
    assert {"0.274811083", "0.023560026", "0.298371109"} <= set(lines["error"])
    assert {"0.138498562", "−0.038098237", "0.082167041"} <= set(lines["backward.2"])
    assert {"0.000438568", "0.000877135"} <= set(lines["backward.1"])
    assert {"0.358916480", "0.149780716"} <= set(lines["update"])


def test_ten_thousand_iterations_in_the_articles_order(opened):
    page = opened("order=sequential&step=update")
    assert {"0.149817639", "0.358916480"} <= set(results(page))
    page.locator("#training button", has_text="10,000").click()
    assert "it=10000" in state(page)
    assert "0.0000350" in page.inner_text("#training") or "3.50" in page.inner_text("#training")
    outputs = page.eval_on_selector_all(".network .number", "all => all.map(e => e.textContent)")
    assert {"0.015912", "0.984066"} <= set(outputs)
    keep(page, "article-10000")


def test_an_edit_is_followed_by_everything_and_can_be_undone(opened):
    page = opened("at=w5")
    before = results(page)
    field = page.locator("#reading input").first
    field.fill("0.9")
    field.press("Enter")
    assert "set.w5=0.9" in state(page)
    after = results(page)
    assert after[-1] != before[-1]
    assert float(after[-1]) == pytest.approx(nudged("w5", 0.9), rel=1e-6)
    page.locator("body").press("Control+z")
    assert "set.w5" not in state(page)
    assert results(page) == before


def nudged(name: str, value: float, h: float = 1e-5) -> float:
    """The gradient of a weight at another value, by differences of the loss alone."""
    import numpy as np

    file = article()
    x, y = (np.asarray(v, dtype=float) for v in file.samples())

    def loss(at: float) -> float:
        p = file.network.with_parameters(**{name: at}).parameters
        sigmoid = lambda net: 1 / (1 + np.exp(-net))  # noqa: E731 — as the article writes it
        out = sigmoid(p["W2"] @ sigmoid(p["W1"] @ x + p["b1"]) + p["b2"])
        return float(np.sum((y - out) ** 2) / 2)

    return (loss(value + h) - loss(value - h)) / (2 * h)


def test_in_chinese_and_in_the_dark(opened):
    page = opened("at=w1", locale="zh-CN", color_scheme="dark")
    assert page.get_attribute("html", "lang") == "zh-CN"
    shown = page.inner_text("body")
    for term in ("权重", "前向", "反向", "总误差", "学习速率"):
        assert term in shown
    assert "view." not in shown  # no sentence is missing
    keep(page, "article-zh")


def test_at_the_width_of_a_phone_nothing_sticks_out(opened):
    page = opened("at=w1", viewport=PHONE)
    page.wait_for_selector("#reading math")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    keep(page, "article-phone")


def test_it_prints(opened, tmp_path):
    page = opened("at=w1")
    page.wait_for_selector("#reading math")
    page.emulate_media(media="print")
    assert page.locator("#reading").is_visible()
    page.pdf(path=tmp_path / "article.pdf", format="A4")
    assert (tmp_path / "article.pdf").stat().st_size > 20_000
    keep(page, "article-print")
    page.emulate_media(media="screen")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_their_ground(opened, theme):
    page = opened(f"at=w1&theme={theme}")
    page.wait_for_selector("#reading math")
    pairs = page.evaluate(CONTRAST)
    assert len(pairs) > 100
    assert [pair for pair in pairs if pair[0] < 4.5] == []


CONTRAST = """() => {
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045
    ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor);
    if ((c[3] ?? 1) > 0.5 && e.namespaceURI.endsWith("xhtml")) return c.slice(0, 3); }
    return [255, 255, 255]; };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const style = getComputedStyle(e);
    if (!own || e.closest("svg") || e.closest(":disabled") || !e.getClientRects().length) continue;
    if (style.visibility === "hidden" || e.closest(".unseen, .skip, noscript")) continue;
    const [a, b] = [light(parts(style.color).slice(0, 3)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, e.tagName, e.textContent.slice(0, 30)]);
  }
  return found;
}"""


def test_by_keyboard_alone_every_control_can_be_reached_and_is_named(opened):
    page = opened("at=w5", viewport=WIDE)  # where nothing has had the focus
    page.wait_for_selector("#reading math")
    names, seen = [], set()
    for _ in range(200):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(() => { const e = document.activeElement; if (e === document.body) return null;"
            " const label = e.getAttribute('aria-label') || e.labels?.[0]?.textContent"
            " || e.textContent || e.title; const r = e.getBoundingClientRect();"
            " return [label.trim(), r.width > 0 && r.height > 0,"
            " e.tagName + ' ' + (e.className.baseVal ?? e.className)]; })()"
        )
        if name is None:
            break
        assert name[0], f"a control without a name: {name[2]}"
        names.append(name[0])
        seen.add(name[2])
    assert any("0.15" in n or "w1" in n for n in names)
    assert any(n.startswith("Forward 1") for n in names)
    assert any("10,000" in n for n in names)
