"""The tables of numbers and the page's head: changing, refusing, taking back, sharing, building."""

from __future__ import annotations

import math
import re
import threading
from contextlib import contextmanager
from dataclasses import replace

import msgspec
import pytest

from needs import needs
from whygrad.files import config
from whygrad.models.mlp import mlp
from whygrad.pages.prose import SENTENCES
from whygrad.web import lesson, server
from whygrad.web.api import Opened
from whygrad.web.frame import boot, carried
from whygrad.web.payload import lesson_data

needs("playwright.sync_api")

READY = "html[data-ready]"
CLASSES = mlp([1, 2, 3], loss="softmax_cross_entropy", seed=1)
LIKELY = mlp([1, 2, 1], loss="binary_cross_entropy", activation="sigmoid", seed=1)


def report(opened, lang="en"):
    data = lesson_data(opened, readings="ask")  # derivations are not what is looked at here
    return carried(boot("report", lang, lesson=data), data["title"])


@pytest.fixture
def numbers(page_of):
    """Opens a page and waits until it is ready."""

    def opened(source, **options):
        page = page_of(source, **options)
        page.wait_for_selector(READY)
        return page

    opened.trouble = page_of.trouble
    return opened


@pytest.fixture(scope="module")
def opened_once(shared_page_of):
    page = shared_page_of(report(lesson.opened("article")))
    page.wait_for_selector(READY)
    return page


@pytest.fixture
def page(opened_once):
    """The article's page as it opens."""
    go(opened_once, "#lang=en")
    return opened_once


def go(page, hash_):
    """To another state of the page, as a link leads there."""
    page.evaluate(
        """hash => {
             history.replaceState(null, "", hash);
             dispatchEvent(new HashChangeEvent("hashchange"));
           }""",
        hash_,
    )


def field(page, name):
    return page.locator("#numbers").get_by_label(name, exact=True)


def fill(page, name, text):
    field(page, name).fill(text)
    page.keyboard.press("Enter")


def address(page):
    """The page's address, once it is written: a few times a second."""
    page.wait_for_timeout(250)
    return page.evaluate("location.href")


def start(page):
    """The total error that the page works out at iteration 0."""
    said = page.locator("#training").inner_text()
    return float(re.search(r"at the start ([\d.]+)", said)[1])


def total(w5=0.4, i1=0.05, t2=0.99):
    """The article's total error, by hand."""

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    h1 = sigmoid(0.15 * i1 + 0.2 * 0.1 + 0.35)
    h2 = sigmoid(0.25 * i1 + 0.3 * 0.1 + 0.35)
    o1 = sigmoid(w5 * h1 + 0.45 * h2 + 0.6)
    o2 = sigmoid(0.5 * h1 + 0.55 * h2 + 0.6)
    return (0.01 - o1) ** 2 / 2 + (t2 - o2) ** 2 / 2


# ---- a number is changed ------------------------------------------------------------------------


def test_everything_follows_a_number_and_undo_takes_it_back(page):
    assert start(page) == pytest.approx(total(), abs=1e-9)
    fill(page, "w5", "0,7")  # as it is written in half of the world
    fill(page, "i1", "−1.5")
    fill(page, "target_o2", "５e-1")  # full-width, as a Chinese keyboard has it
    assert start(page) == pytest.approx(total(0.7, -1.5, 0.5), abs=1e-9)
    assert "set.w5=0.7&set.i1=-1.5&set.target_o2=0.5" in address(page)
    assert page.locator("#numbers .edited").count() == 3

    field(page, "i1").press("Control+z")  # nothing is being typed in it: the page's own undo
    assert start(page) == pytest.approx(total(0.7, -1.5), abs=1e-9)
    page.get_by_label("Back to 0.4: w5").click()
    assert start(page) == pytest.approx(total(0.4, -1.5), abs=1e-9)
    page.get_by_role("button", name="Take all changes back").click()
    assert start(page) == pytest.approx(total(), abs=1e-9)
    assert "set." not in address(page)
    page.get_by_role("button", name="Undo").click()
    assert start(page) == pytest.approx(total(0.4, -1.5), abs=1e-9)


def test_arrow_keys_step_and_are_taken_back_together(page):
    field(page, "w5").focus()
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert field(page, "w5").input_value() == "0.32"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "w5"
    page.keyboard.press("Control+z")
    assert field(page, "w5").input_value() == "0.4"


REFUSED = [
    ("w5", "abc", "“abc” is not a number."),
    ("w5", "0x10", "“0x10” is not a number."),
    ("w5", " ", "There is no number here."),
    ("w5", "1e999", "“1e999” is infinite"),
    ("Learning rate η", "-0.5", "A learning rate is above 0."),
    ("Seed", "1.5", "A seed is a whole number"),
]


@pytest.mark.parametrize(("name", "text", "reason"), REFUSED)
def test_what_is_no_number_is_refused_beside_its_field(page, name, text, reason):
    before = field(page, name).input_value()
    fill(page, name, text)
    refused = page.locator("#numbers [aria-invalid=true]")
    described = page.locator(f"#{refused.get_attribute('aria-describedby')}")
    assert reason in described.inner_text()
    assert f"It stays {before}." in described.inner_text()
    page.get_by_role("button", name="中文").click()
    assert f"仍保留 {before}。" in described.inner_text()
    assert refused.input_value() == before
    assert address(page).endswith("#lang=zh")
    refused.press("Escape")
    assert described.count() == 0


def test_targets_of_a_cross_entropy_stay_probabilities(numbers):
    page = numbers(report(lesson.of_samples(LIKELY, [[0.5], [1.0]], [[1.0], [0.0]])))
    fill(page, "target_o1[2]", "1.5")
    assert "from 0 to 1. It stays 0." in page.locator("#numbers .refused").inner_text()
    page = numbers(
        report(lesson.of_samples(CLASSES, [[0.5], [1.0]], [[0.5, 0.25, 0.25], [0, 1, 0]]))
    )
    fill(page, "target_o1[1]", "0.7")
    values = [field(page, f"target_o{j}[1]").input_value() for j in (1, 2, 3)]
    assert values == ["0.7", "0.15", "0.15"]
    page.get_by_label("Back to 0.25: target_o3[1]").click()
    assert field(page, "target_o1[1]").input_value() == "0.5"


def test_a_class_is_chosen_and_a_row_shows_its_sample(numbers):
    page = numbers(report(lesson.of_samples(CLASSES, [[0.5], [1.0], [2.0]], [0, 1, 2])))
    before = start(page)
    page.locator("#numbers tr.shown select").select_option("2")
    assert start(page) != before
    page.get_by_label("Show sample 1").press("ArrowDown")
    assert page.locator("#numbers tr.shown").get_attribute("data-row") == "1"
    assert "sample=2" in address(page)
    field(page, "i1[3]").click()
    assert page.locator("#numbers tr.shown").get_attribute("data-row") == "2"


# ---- after some iterations ----------------------------------------------------------------------


def descended(steps, rate=0.5):
    """w5 and w1 of the article after so many steps, all at once, biases as they are; by hand."""
    W1, W2 = [[0.15, 0.2], [0.25, 0.3]], [[0.4, 0.45], [0.5, 0.55]]
    x, y = (0.05, 0.1), (0.01, 0.99)

    def layer(W, v, b):
        return [1 / (1 + math.exp(-(row[0] * v[0] + row[1] * v[1] + b))) for row in W]

    for _ in range(steps):
        h = layer(W1, x, 0.35)
        o = layer(W2, h, 0.6)
        d2 = [(o[j] - y[j]) * o[j] * (1 - o[j]) for j in (0, 1)]
        d1 = [sum(d2[j] * W2[j][i] for j in (0, 1)) * h[i] * (1 - h[i]) for i in (0, 1)]
        W2 = [[W2[j][i] - rate * d2[j] * h[i] for i in (0, 1)] for j in (0, 1)]
        W1 = [[W1[j][i] - rate * d1[j] * x[i] for i in (0, 1)] for j in (0, 1)]
    return W2[0][0], W1[0][0]


def test_the_numbers_of_now_stand_below_those_of_the_start(page):
    go(page, "#it=100")
    w5, w1 = descended(100)
    cell = page.locator("#numbers .entry", has=page.get_by_label("w5", exact=True))
    assert field(page, "w5").input_value() == "0.4"
    assert cell.locator(".now").inner_text() == f"now {w5:.9f}".replace("-", "−")
    assert "100 iterations" in page.locator("#numbers .notice").inner_text()
    page.get_by_role("button", name="Start from the numbers of now").click()
    assert float(field(page, "w1").input_value()) == pytest.approx(w1, abs=1e-9)
    assert page.locator("#numbers .now:visible").count() == 0
    found = float(re.search(r"set\.w5=([^&]+)", address(page))[1])
    assert found == pytest.approx(w5, rel=1e-12)  # every digit, not the printed ones
    page.get_by_role("button", name="Undo").click()
    assert "#it=100" in address(page)


def test_a_seed_gives_the_same_readable_weights_again(page):
    weights = [f"w{k}" for k in range(1, 9)]

    def now():
        return [field(page, name).input_value() for name in weights]

    page.get_by_role("button", name="Begin again with other").click()
    first = now()
    assert all(re.fullmatch(r"−?0\.\d{1,2}", text) for text in first)
    assert len(set(first)) > 4
    assert field(page, "b1").input_value() == "0.35"  # it does not learn here
    assert "weights of seed 1" in page.locator("#numbers").inner_text()
    page.get_by_role("button", name="Begin again with other").click()
    assert now() != first
    fill(page, "Seed", "1")
    assert now() == first
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert now()[4] == "0.4"
    assert "seed 1" not in page.locator("#numbers").inner_text()


# ---- the head of the page -----------------------------------------------------------------------


def test_the_language_changes_in_place_everywhere(page):
    go(page, "#set.w5=0.7&it=3")
    page.get_by_role("button", name="中文").click()
    said = page.evaluate(
        """() => [...document.querySelectorAll("#top, #numbers, #foot")].flatMap((part) => [
             ...[...part.querySelectorAll("*")].flatMap((e) => [e.title, e.ariaLabel]),
             ...part.textContent.split(/(?<=[.。])/)]).filter(Boolean)"""
    )
    english = {en for id_, (en, zh) in SENTENCES.items() if id_.startswith("view.") and en != zh}
    assert not [text for text in said if text.strip() in english]
    assert any("恢复为 0.4：w5" in text for text in said)
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.get_by_role("button", name="撤销（Ctrl Z）").click()  # numbers, not the language
    assert field(page, "w5").input_value() == "0.4"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.get_by_role("button", name="重做").click()
    page.get_by_role("button", name="English").click()
    assert page.get_by_role("button", name="Take all changes back").is_enabled()


def test_a_link_restores_what_is_shown(page):
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error()) }")
    fill(page, "w5", "0.7")
    page.get_by_role("button", name="Copy link").click()
    shown = page.get_by_label("The link")
    assert page.evaluate("getSelection().toString()") == shown.input_value()
    link = shown.input_value()
    go(page, "#lang=en")
    assert field(page, "w5").input_value() == "0.4"
    go(page, link[link.index("#") :])
    assert field(page, "w5").input_value() == "0.7"


def test_help_and_menus_open_and_close_by_keyboard(page):
    go(page, "#at=w5")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    page.locator(".menu summary").focus()
    page.keyboard.press("Enter")
    page.locator("#top").get_by_label("Colours").select_option("dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.keyboard.press("Escape")
    assert not page.locator("#top").get_by_label("Colours").is_visible()
    assert "at=w5" in address(page)  # Escape closed them, and nothing else
    page.get_by_role("button", name="Build your own").click()
    assert "whygrad serve" in page.get_by_role("dialog").inner_text()


# ---- with a server ------------------------------------------------------------------------------


@contextmanager
def served(opened):
    needs("starlette")
    needs("uvicorn")
    listening = server.bound(0)
    port = listening.getsockname()[1]
    running = server.running(server.application(Opened(lambda: opened), port, "token", "en"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/token/"
    finally:
        running.should_exit = True
        thread.join(10)
        listening.close()


def built(page, sizes):
    page.get_by_role("heading", level=1, name=sizes, exact=True).wait_for()


def test_a_network_of_ones_own_is_made_with_the_mouse(numbers):
    article = lesson.opened("article")
    names = {"w1": "alpha", "w8": "last"}
    plan = msgspec.structs.replace(
        article.training, optimizer={"name": "momentum", "momentum": 0.5}
    )
    network = replace(article.network, renamed=names)
    with served(replace(article, network=network, training=plan)) as home:
        page = numbers(home)
        page.get_by_role("button", name="Build your own").click()
        page.get_by_title("Input layer: one neuron more").click()
        for _ in range(2):
            page.get_by_title("Hidden layer 1: one neuron more").click()
        page.get_by_role("button", name="Make it").click()
        built(page, "3-4-2")
        assert page.get_by_role("dialog").count() == 0
        # What was there is kept, number by number: w1 and w2 of h1, w5 of o1.
        assert [field(page, name).input_value() for name in ("alpha", "w2", "w13", "b1")] == [
            "0.15", "0.2", "0.4", "0.35",
        ]  # fmt: skip
        assert field(page, "target_o2").input_value() == "0.99"
        field(page, "i3").click()
        fill(page, "i3", "0.3")
        page.locator("#numbers").get_by_role("button", name="w13", exact=True).click()
        page.wait_for_selector("#reading math")
        assert "network=" in address(page)
        # So are the reader's names, which move with what they name, and how it learns.
        assert page.locator("#training").get_by_text("momentum").count()
        for name in ("alpha", "last"):
            assert field(page, name).count()

        page.get_by_role("button", name="Undo").click()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("button", name="Undo").click()
        built(page, "The worked example")
        page.get_by_role("button", name="Redo").click()
        built(page, "3-4-2")


def test_what_the_server_refuses_is_said_and_nothing_is_lost(numbers):
    with served(lesson.opened("article")) as home:
        page = numbers(home)
        fill(page, "w5", "0.7")
        said = {"asked": "<b>No</b>", "given": "that", "why": "it is so", "hint": "another"}
        page.route("**/api/lesson", lambda route: route.fulfill(status=400, json={"error": said}))
        page.get_by_role("button", name="Build your own").click()
        page.get_by_role("button", name="Make it").click()
        page.wait_for_selector("dialog .bad:not(:empty)")
        page.locator("dialog .heading button").last.click()
        alert = page.locator("#top .trouble")
        assert "<b>No</b>" in alert.inner_text()
        assert "whygrad says:" in alert.inner_text()
        assert "Try: another" in alert.inner_text()
        assert field(page, "w5").input_value() == "0.7"
        assert "network=" not in address(page)
        alert.get_by_role("button").click()
        assert not alert.is_visible()
        assert all("400" in text for text in numbers.trouble)
        numbers.trouble.clear()


def test_gallery_and_files(numbers, tmp_path):
    with served(lesson.opened("article")) as home:
        page = numbers(home)
        page.locator(".menu", has_text="Networks").locator("summary").click()
        page.get_by_role("button", name="XOR").click()
        page.wait_for_selector('#numbers [data-row="3"]')
        fill(page, "w1", "0.123456789012345")
        page.locator("#training button", has_text="+1").click()
        page.locator(".menu", has_text="Save as").locator("summary").click()
        said = page.locator(".menu", has_text="Save as").inner_text()
        assert "the weights of the start, not those of iteration 1" in said
        with page.expect_download() as saved:
            page.get_by_role("button", name="TOML").click()
        path = tmp_path / saved.value.suggested_filename
        saved.value.save_as(path)
        read = config.read(path)
        assert read.network.parameters["W1"][0, 0] == 0.123456789012345
        assert read.inputs == [[0, 0], [0, 1], [1, 0], [1, 1]]
