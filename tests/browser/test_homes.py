"""The page in its three homes: a file from disk without a network, a notebook's frame, a server."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import whygrad as wg
from needs import needs
from serving import TOKEN, running
from whygrad.web import lesson, runs
from whygrad.web.api import Opened
from whygrad.web.report import report_html

pytestmark = pytest.mark.browser
W5 = "0.082167041"  # ∂E_total/∂w5, as the article prints it


@pytest.fixture(scope="module")
def article():
    return report_html(lesson.opened("article"), "en")


@pytest.fixture
def served():
    """The address of the article on a server."""
    needs("starlette")
    found = lesson.opened("article")
    with running(Opened(lambda: found), "en") as client:
        yield f"http://127.0.0.1:{client.port}/{TOKEN}/"


def to_w5(page):
    """Opens w5's derivation as a reader does, from the page's own first hint."""
    page.locator("#reading").get_by_text("w5: one way leads to the error").click()
    page.locator("#reading", has_text=W5).wait_for()


def test_a_report_opens_from_disk_without_a_network(page_of, article):
    page = page_of("<p>", offline=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    path = page_of.folder / "report.html"
    path.write_text(article, encoding="utf-8")
    page.goto(path.as_uri())
    to_w5(page)
    assert "w5" in page.evaluate("location.hash")
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]


def test_a_report_restores_what_its_address_says(page_of, article):
    path = page_of.folder / "report.html"
    path.write_text(article, encoding="utf-8")
    page = page_of(path.as_uri() + "#at=w5&lang=zh")
    page.locator("#reading", has_text=W5).wait_for()
    assert page.evaluate("document.documentElement.lang").startswith("zh")


def test_no_script_of_anyone_else_runs_in_a_report(page_of, article):
    """What a policy is for: should markup ever slip in, it stays markup."""
    page = page_of(article)
    ran = page.evaluate("""async () => {
      window.ran = 0;
      const put = (html) => document.body.insertAdjacentHTML("beforeend", html);
      put('<img src="data:," onerror="window.ran++">');
      const script = document.createElement("script");
      script.textContent = "window.ran++";
      document.body.append(script);
      const asked = await fetch("https://example.org/").then(() => "sent", () => "refused");
      await new Promise((done) => setTimeout(done, 300));
      return [window.ran, asked];
    }""")
    assert ran == [0, "refused"]
    refused = [t for t in page_of.trouble if "Content Security Policy" in t or "failed:" in t]
    assert refused
    page_of.trouble[:] = [t for t in page_of.trouble if t not in refused]


def test_a_notebooks_cell_shows_the_whole_view_in_its_frame(page_of):
    cell = wg.view("article", lang="en")._repr_html_()
    page = page_of(f"<!DOCTYPE html><meta charset=utf-8><title>notebook</title>{cell}")
    frame = page.frame_locator("iframe")
    frame.locator("#reading").get_by_text("w5: one way leads to the error").click()
    frame.locator("#reading", has_text=W5).wait_for()
    inner = page.frames[1]
    assert inner.evaluate("window.origin") == "null"  # it reaches nothing of the notebook
    assert (
        inner.evaluate("(() => { try { return top.document.title } catch { return null } })()")
        is None
    )


def test_a_server_shows_the_same_and_its_policy_forbids_nothing_that_the_page_does(page_of, served):
    page = page_of(served)
    to_w5(page)
    assert TOKEN not in page.content()
    assert TOKEN not in page.evaluate("location.hash")


def test_two_browsers_at_once_see_each_their_own(page_of, served):
    one, other = page_of(served + "#set.w5=1"), page_of(served + "#set.w5=2")
    for page in (one, other):
        page.locator("#network svg").wait_for()
    losses = {
        page.locator("#training").inner_text().split("total error")[1][:14] for page in (one, other)
    }
    assert len(losses) == 2
    assert "w5=1" in one.evaluate("location.hash")


def test_another_site_can_neither_ask_it_nor_read_its_answers(page_of, served):
    """Even one that knows the address: here it is a page from disk, which has no policy."""
    page = page_of("<!DOCTYPE html><title>another site</title>")
    found = page.evaluate(
        """async (url) => {
          const ask = (options) => fetch(url + "api/lesson", options)
            .then((response) => response.text(), () => "refused");
          const post = { method: "POST", body: '{"spec": {"start": true}}' };
          const json = { "Content-Type": "application/json" };
          return [
            await ask(post),
            await ask({ ...post, headers: json }),
            await ask({ ...post, mode: "no-cors" }),
          ];
        }""",
        served,
    )
    assert found[:2] == ["refused", "refused"]
    assert found[2] in ("", "refused")
    page_of.trouble.clear()  # that it was refused is said in the console


def test_another_site_cannot_frame_it(page_of, served):
    page = page_of(f'<!DOCTYPE html><title>another site</title><iframe src="{served}"></iframe>')
    page.wait_for_timeout(500)
    assert all(not frame.url.startswith("http://127") for frame in page.frames)
    page_of.trouble.clear()


def test_a_run_is_followed_live(page_of, tmp_path):
    needs("safetensors")
    needs("starlette")
    (tmp_path / "xor.toml").write_text(
        "[network]\nlayers = [2, 3, 1]\n[data]\ninputs = [[0, 1], [1, 1]]\ntargets = [[1], [0]]\n"
        "[training]\nlearning_rate = 0.01\nepochs = 100000000\n",
        encoding="utf-8",
    )
    folder = tmp_path / "run"
    command = ["train", "xor.toml", "--run", "run", "--quiet", "--set", "training.engine=eager"]
    training = subprocess.Popen([sys.executable, "-m", "whygrad", *command], cwd=tmp_path)
    try:
        while not runs.changed(folder):
            assert training.poll() is None
            time.sleep(0.05)
        with running(Opened(lambda: lesson.opened(folder), folder), "en") as client:
            page = page_of(f"http://127.0.0.1:{client.port}/{TOKEN}/")
            slider = page.locator("#run-at")
            slider.wait_for()
            before = int(slider.get_attribute("max"))
            page.wait_for_function(
                "(before) => Number(document.getElementById('run-at').max) > before",
                arg=before,
                timeout=20_000,
            )
    finally:
        training.kill()
        training.wait(20)
