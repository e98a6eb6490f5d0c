"""The curves of the page: the descent, what a network computes, gradient norms, a run."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from test_web_server import TOKEN, running
from whygrad.web import lesson
from whygrad.web.api import Opened
from whygrad.web.frame import boot, carried
from whygrad.web.payload import lesson_data
from whygrad.web.runs import Progress

torch = needs("torch")
pytestmark = pytest.mark.browser

SUM = "#training .sum"
PIXELS = """() => { const c = document.querySelector("#surface canvas");
    return [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]; }"""
TALL = {"viewport": {"width": 1300, "height": 2400}}


def page_for(opened, **changes):
    """The report of a lesson, without its derivations."""
    data = {**lesson_data(opened, readings="ask"), **changes}
    return carried(boot("report", "en", lesson=data), data["title"])


def ready(page, address=""):
    page.wait_for_selector("html[data-ready]")
    if address:
        page.evaluate("(address) => { location.hash = address; }", address)
    return page


def at(page, iteration):
    """Waits until the page is there."""
    page.locator(SUM, has_text=f"Iteration {iteration}:").wait_for()
    return page


@pytest.fixture(scope="module")
def article(shared_page_of):
    return ready(shared_page_of(page_for(lesson.opened("article")), **TALL))


@pytest.fixture(scope="module")
def xor(shared_page_of):
    return ready(shared_page_of(page_for(lesson.opened("xor")), **TALL))


# ---- the descent --------------------------------------------------------------------------------


def test_the_articles_errors_come_out_at_its_iterations(article):
    """0.291027924 after one iteration, 0.000035085 after 10,000: the article's, in its order."""
    ready(article, "#order=sequential")
    article.get_by_role("button", name="To iteration 1", exact=True).click()
    article.locator(SUM, has_text="0.291027924").wait_for()
    article.get_by_role("button", name="To iteration 10,000").click()
    at(article, "10,000")
    assert "total error 0.000035085 " in article.inner_text(SUM)


def test_the_curve_is_a_slider_for_mouse_and_keyboard(article):
    ready(article, "#it=100")
    slider = article.get_by_role("slider", name="Iteration, along the curve of the total error")
    at(article, 100)
    assert slider.get_attribute("aria-valuetext") == "iteration 100, total error 0.020046828"
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext").startswith("iteration 99,")
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "iteration 0, total error 0.298371109"
    place = slider.bounding_box()
    across = place["x"] + place["width"] / 2
    article.mouse.move(across, place["y"] + 40)
    article.mouse.down()
    for step in range(6):  # from the middle to the right end, which is as far as it ran ahead
        article.mouse.move(across + step / 5 * (place["width"] / 2 - 8), place["y"] + 40)
    article.mouse.up()
    article.locator(SUM, has_text=re.compile(r"Iteration [\d,]{3,}:")).wait_for()
    slider.press("Control+z")  # the whole drag
    at(article, 0)


def test_the_space_bar_plays_and_one_undo_takes_it_back(article):
    ready(article, "#it=0")
    article.locator("#training h2").click()
    article.keyboard.press("Space")
    article.locator(SUM, has_text=re.compile(r"Iteration [\d,]{2,}:")).wait_for()
    article.keyboard.press("Space")
    article.get_by_role("button", name="play").wait_for()
    stopped = article.inner_text(SUM)
    article.wait_for_timeout(300)
    assert article.inner_text(SUM) == stopped
    article.keyboard.press("Control+z")
    at(article, 0)


def test_what_is_no_iteration_is_refused(article):
    ready(article, "#it=10")
    field = article.locator("#training-to")
    field.fill("2.5")
    assert field.get_attribute("aria-invalid") == "true"
    assert "whole number from 0 to 1,000,000" in article.inner_text("#training-wrong")
    field.press("Enter")
    assert article.inner_text(SUM).startswith("Iteration 10:")


def test_a_descent_that_ends_says_where(page_of):
    """w ← w − 50·∂E/∂w of the sine's network is finite no more after some steps."""
    page = ready(page_of(page_for(lesson.opened("sine")), **TALL), "#rate=50&it=5000")
    page.locator("#training .notice").wait_for()
    said = page.inner_text("#training .notice")
    assert said.endswith("Try a smaller learning rate than 50.")
    ended = int(re.search(r"iteration ([\d,]+)", said)[1].replace(",", ""))
    assert 1 < ended < 5000
    assert page.inner_text(SUM).startswith(f"Iteration {ended:,}: total error ∞")
    page.wait_for_timeout(250)  # the address is written a few times a second
    assert f"it={ended}" in page.url
    assert page.get_by_role("button", name="One iteration on").is_disabled()


# ---- what a network computes --------------------------------------------------------------------


def test_the_surface_shows_what_numpy_computes(xor):
    opened = lesson.opened("xor")
    W = {name: np.asarray(value) for name, value in opened.network.parameters.items()}

    def output(x):
        for k in (1, 2):
            x = 1 / (1 + np.exp(-(x @ W[f"W{k}"].T + W[f"b{k}"])))
        return x[:, 0]

    said = xor.inner_text("#surface > p")
    found = [float(v) for v in re.findall(r"gives (\S+),", said)]
    assert found == pytest.approx(output(opened.inputs), abs=1e-6)
    middles = -0.25 + 1.5 * (np.arange(60) + 0.5) / 60  # a quarter of room around 0 … 1
    plane = output(np.array([[a, b] for b in middles for a in middles]))
    least, most = re.search(r"from (\S+) to (\S+)\.", said).groups()
    assert [float(least), float(most)] == pytest.approx([plane.min(), plane.max()], abs=1e-6)
    # Colours go from orange to blue as the output goes from 0 to 1.
    pixels = xor.evaluate(PIXELS)
    rows = np.reshape(pixels, (60, 60, 4))[::-1].reshape(-1, 4)
    order = np.argsort(plane)
    assert (np.diff(rows[order, 2].astype(int) - rows[order, 0]) >= -1).all()


def test_a_redraw_of_the_surface_is_quick(xor):
    times = xor.evaluate("""async () => {
        const frame = () => new Promise(requestAnimationFrame);
        const field = document.querySelector("#surface canvas");
        const put = CanvasRenderingContext2D.prototype.putImageData;
        const times = [];
        for (let it = 1; it <= 20; it++) {
            await frame();
            let ended = 0;
            CanvasRenderingContext2D.prototype.putImageData = function (...all) {
                put.apply(this, all); ended = performance.now(); };
            location.hash = `#it=${it}`;
            while (!ended) { await frame(); times.last = performance.now(); }
            times.push(ended - times.last);
        }
        return times.map(Math.abs).sort((a, b) => a - b);
    }""")
    print(f"from a frame's beginning to its 60 × 60 colours: {times[10]:.1f} ms")
    assert times[10] < 100  # 30 on a quiet machine


def test_other_numbers_of_inputs_have_no_surface(page_of):
    page = ready(page_of(page_for(lesson.opened("encoder"))))
    assert page.locator("#surface").is_hidden()


def test_a_large_network_shows_what_it_computes_too(page_of):
    """Worked out by Python on the points that the page draws."""
    net = wg.mlp([2, 30, 20, 2], activation="tanh", seed=0)
    x = np.random.default_rng(0).random((20, 2))
    large = lesson.of_samples(net, x, np.tanh(x))
    page = ready(page_of(page_for(large)), "#at=W2")
    page.select_option("#blocks select", "out_o2")
    axes = [(min(c) - 0.25 * np.ptp(c), max(c) + 0.25 * np.ptp(c)) for c in x.T]
    middles = [low + (high - low) * (np.arange(60) + 0.5) / 60 for low, high in axes]
    plane = net.outputs(np.array([[a, b] for b in middles[1] for a in middles[0]]))[:, 1]
    said = page.inner_text("#blocks .computed > p")
    least, most = re.search(r"out_o2 runs from (\S+) to (\S+)\.", said).groups()
    found = [float(end.replace("−", "-")) for end in (least, most)]
    assert found == pytest.approx([plane.min(), plane.max()], abs=2e-6)
    pixels = page.evaluate(PIXELS.replace("#surface", ".surface"))
    rows = np.reshape(pixels, (60, 60, 4))[::-1].reshape(-1, 4)
    blue = rows[np.argsort(plane), 2].astype(int) - rows[np.argsort(plane), 0]
    assert (np.diff(blue) >= -1).all()
    assert page.locator(".surface .mark").count() == 20


# ---- gradient norms -----------------------------------------------------------------------------


def test_norms_are_pytorchs(xor):
    opened = lesson.opened("xor")
    at(ready(xor, "#it=100"), 100)
    xor.wait_for_selector("#norms .line-1")
    at(ready(xor, "#it=0"), 0)
    W = {
        name: torch.tensor(np.asarray(value), requires_grad=True)
        for name, value in opened.network.parameters.items()
    }
    x = torch.tensor(opened.inputs)
    for k in (1, 2):
        x = torch.sigmoid(x @ W[f"W{k}"].T + W[f"b{k}"])
    (0.5 * (torch.tensor(opened.targets) - x) ** 2).mean().backward()
    shown = xor.locator("#norms tbody td:last-child").all_inner_texts()
    assert [float(v) for v in shown] == pytest.approx(
        [W[name].grad.norm().item() for name in ("W1", "W2")], rel=1e-6
    )


# ---- a run --------------------------------------------------------------------------------------


def row(epoch, loss, held):
    return {"epoch": epoch, "iteration": epoch, "loss": loss, "val_loss": held,
            "learning_rate": 0.1, "gradient_norm_1": loss, "gradient_norm_2": 2 * loss}  # fmt: skip


def test_a_run_shows_its_curves_and_rings_the_best_epoch(page_of):
    rows = [row(k, 1 / k, 0.5 + (k - 3) ** 2 / 50) for k in range(1, 7)]
    run = Progress(rows, 0, False, 0, 3, "stopped", []).to_dict()
    run["remarks"] = ["half of <b>layer 1</b> is dead"]
    page = ready(page_of(page_for(lesson.opened("xor"), run=run), **TALL))
    assert page.inner_text("#run > p") == "It has ended: stopped. The best epoch, 3, is ringed."
    assert page.locator("#run li", has_text="half of <b>layer 1</b> is dead").is_visible()
    titles = page.locator("#run .title").all_text_contents()
    assert titles[1::2] == ["loss", "learning rate", "norm of the gradient"]
    # The ring is on the validation's curve, at its lowest place, which is the third of six epochs.
    ring = page.locator("#run .mark.ring").get_attribute("transform")
    x, y = (float(v) for v in re.findall(r"[\d.]+", ring))
    d = page.locator("#run .pictures > :first-child .line-1").first.get_attribute("d")
    points = np.array([[float(v) for v in p.split(",")] for p in re.split("[ML]", d)[1:]])
    assert points[2] == pytest.approx([x, y], abs=0.1)
    assert points[2, 1] == points[:, 1].max()
    slider = page.get_by_role("slider", name="epoch 6")
    slider.press("Home")
    assert "loss training 1; validation 0.58" in page.get_by_role(
        "slider", name="epoch 1"
    ).get_attribute("aria-valuetext")


def test_a_live_run_is_followed_to_its_end(page_of, tmp_path):
    X = np.linspace(-1, 1, 8)[:, None]
    folder = tmp_path / "live"
    how = {"epochs": 3, "learning_rate": 0.1, "seed": 0, "quiet": True}
    wg.train(wg.mlp([1, 2, 1]), X, X**2, run=folder, **how)
    ended = (folder / "metrics.json").read_text()
    (folder / "metrics.json").unlink()
    opened = Opened(lambda: lesson.of_folder(folder), folder)
    with running(opened, "en") as client:
        page = ready(page_of(f"http://127.0.0.1:{client.port}/{TOKEN}/", **TALL))
        assert page.inner_text("#run > p").startswith("It is training now.")
        page.get_by_text("epoch 3", exact=True).wait_for()
        with (folder / "history.jsonl").open("a") as file:
            file.write(json.dumps({**row(4, 0.1, 0.2), "iteration": 4}) + "\n")
        page.get_by_text("epoch 4", exact=True).wait_for()
        (folder / "metrics.json").write_text(ended)
        page.get_by_text("It has ended: ").wait_for()
        page.goto("about:blank")
