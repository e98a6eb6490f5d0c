"""The report: one file with all that it needs; what a name or a title may hold does no harm."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest

import whygrad as wg
from whygrad.cli import main
from whygrad.errors import WhygradError
from whygrad.files.config import TrainingTable
from whygrad.web import frame, lesson
from whygrad.web.payload import lesson_data, unpacked
from whygrad.web.report import report_html

HOSTILE = "</script><script>alert(1)</script><!--<script>-->\u2028'\"&{}<!-- boot -->"


class Parts(HTMLParser):
    """The tags of a page, and what stands in its scripts and styles, as a browser reads them."""

    def __init__(self, text):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self.inside = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = self.texts.get(tag)
        if self.inside is not None:
            self.inside.append("")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside is not None:
            self.inside[-1] += data

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]

    def policy(self):
        metas = [m for m in self.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
        assert len(metas) == 1
        rules = (rule.split() for rule in metas[0]["content"].split(";"))
        return {name: allowed for name, *allowed in rules}

    def boot(self):
        return json.loads(self.texts["script"][-2])

    def lesson(self):
        return unpacked(self.boot()["packed"])


@pytest.fixture(scope="module")
def article():
    return report_html(lesson.opened("article"))


@pytest.fixture(scope="module")
def parts(article):
    return Parts(article)


def test_it_is_small_and_complete(article, parts):
    assert len(article.encode()) < 1_000_000
    assert parts.lesson()["readings"]["sample"]["forms"]
    mapped = json.loads(parts.texts["script"][0])["imports"]
    assert set(mapped) == {f"whygrad/{name}" for name in frame.modules()}
    for name in frame.modules():
        head, _, source = mapped[f"whygrad/{name}"].partition(",")
        assert head == "data:text/javascript;charset=utf-8"
        assert unquote(source) == frame.files()[name]
        assert not re.search(r"[\s#<\"]", source.replace(" ", "")), name
    assert parts.texts["style"] == ["\n".join(frame.files()[n] for n in frame.styles())]
    assert frame.styles()[0] == "style.css"


def test_it_asks_nothing_of_anywhere(parts):
    allowed = parts.policy()
    assert allowed["default-src"] == ["'none'"]
    for rule in ("connect-src", "base-uri", "form-action"):
        assert allowed[rule] == ["'none'"], rule
    assert allowed["img-src"] == ["data:"]
    for name in ("src", "href", "action", "data", "poster", "srcset"):
        for tag, attributes in parts.tags:
            target = attributes.get(name, "#")
            assert target.startswith(("#", "data:")), (tag, target)
    assert not re.search(r"url\((?!#)", parts.texts["style"][0])
    assert "@import" not in parts.texts["style"][0]


def test_only_what_it_carries_may_run(parts):
    """Every script that runs, and the style, is allowed by its hash; nothing else is, but data:."""

    def digest(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    kinds = [script.get("type") for script in parts.all("script")]
    assert kinds == ["importmap", "application/json", "module"]
    mapped, _, entry = parts.texts["script"]
    assert parts.policy()["script-src"] == [digest(mapped), digest(entry), "data:"]
    assert parts.policy()["style-src"] == [digest(parts.texts["style"][0])]
    for tag, attributes in parts.tags:
        assert not any(name == "style" or name.startswith("on") for name in attributes), tag


def test_what_it_opens_with_is_the_lesson(parts):
    boot = parts.boot()
    assert (boot["home"], boot["lang"], boot["api"]) == ("report", None, None)
    assert set(boot["words"]) == {"en", "zh"}
    losses = boot["rules"]["losses"]
    assert losses["softmax_cross_entropy"] == {
        "outputs": ["softmax", "identity"], "fused": True, "targets": "distribution",
    }  # fmt: skip
    assert losses["binary_cross_entropy"]["outputs"] == ["sigmoid"]
    assert losses["huber"]["outputs"] == boot["rules"]["activations"]
    assert set(boot["words"]["en"]) == set(boot["words"]["zh"])
    found = parts.lesson()
    again = lesson_data(lesson.opened("article"))
    assert found == json.loads(json.dumps(again))
    assert found["parameters"]["W2"] == [[0.40, 0.45], [0.50, 0.55]]


def test_no_name_or_title_ends_the_data_or_begins_a_script():
    net = wg.mlp([1, 1], names={"i1": HOSTILE.replace(" ", "_")[:60]})
    shown = lesson.of_samples(net, [[1]], [[0.5]], TrainingTable(learning_rate=0.5), HOSTILE)
    text = report_html(shown)
    parts = Parts(text)
    assert [s.get("type") for s in parts.all("script")] == [
        "importmap", "application/json", "module",
    ]  # fmt: skip
    assert "alert(1)" not in parts.texts["script"][2]
    assert parts.lesson()["title"] == HOSTILE
    assert html.unescape(parts.texts["title"][0]) == HOSTILE
    assert "<!--" not in text.partition("<body")[2].replace("<!-- boot -->", "")


@pytest.mark.parametrize("hostile", [HOSTILE, "<!--<script>", "]]>", "\u2029</SCRIPT >"])
def test_json_in_a_script_cannot_leave_it(hostile):
    written = frame.script_json({hostile: [hostile]})
    assert json.loads(written) == {hostile: [hostile]}
    assert "<" not in written
    assert "\u2028" not in written
    assert "\u2029" not in written


# ---- the command --------------------------------------------------------------------------------


def test_the_command_writes_a_file_and_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "1-1"]) == 0
    (tmp_path / "my.net.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["report", "my.net.toml", "--lang", "zh"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "my.net-report.html" in err
    assert re.search(r"[\d,]+ kB", err)
    text = (tmp_path / "my.net-report.html").read_text("utf-8")
    assert Parts(text).boot()["lang"] == "zh"


def test_the_command_refuses_a_folder_and_what_is_no_network(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "article", "-o", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err
    assert main(["report", "article", "-o", str(tmp_path / "no" / "such.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["report", "missing.toml"]) == 2
    assert "missing.toml" in capsys.readouterr().err
    (tmp_path / "folder").mkdir()
    assert main(["report", "folder"]) == 2
    assert "no run" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_report_needs_neither_jax_nor_a_server(tmp_path):
    code = (
        "import sys; from whygrad.cli import main; "
        f"assert main(['report', 'article', '-o', {str(tmp_path / 'r.html')!r}]) == 0; "
        "print(*{m.partition('.')[0] for m in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    heavy = {"jax", "torch", "sklearn", "scipy", "starlette", "uvicorn", "safetensors"}
    assert not heavy & set(done.stdout.split())


# ---- the notebook's view ------------------------------------------------------------------------


def small():
    return wg.mlp([2, 3, 1], seed=1), [[0.0, 1.0], [1.0, 1.0]], [[0.25], [0.75]]


def test_a_view_is_a_sandboxed_frame_with_the_page_inside_and_saves_it(tmp_path):
    net, x, y = wg.mlp([1, 1], seed=1), [[0.5]], [[0.25]]
    shown = wg.view(net, x, y, lang="zh", height=500)
    (cell,) = Parts(shown._repr_html_()).all("iframe")
    assert cell["sandbox"] == "allow-scripts"  # no allow-same-origin: it reaches no notebook
    assert cell["title"]
    assert "height:500px" in cell["style"]
    assert "src" not in cell
    inside = Parts(cell["srcdoc"])
    assert (inside.boot()["home"], inside.boot()["lang"]) == ("notebook", "zh")
    assert inside.lesson()["inputs"] == x
    path = shown.save(tmp_path / "page.html")
    assert path.read_text("utf-8") == shown.html
    assert Parts(shown.html).boot() == {**inside.boot(), "home": "report"}
    with pytest.raises(WhygradError, match="is a folder"):
        shown.save(tmp_path)
    assert len(repr(shown)) < 200


def test_everything_with_a_backward_pass_can_be_viewed():
    net, x, y = small()
    graph = wg.trace(lambda x, W: wg.ops.sum(wg.ops.tanh(x @ W.T)), x=(2, 2), W=(3, 2))
    given = {"x": np.ones((2, 2)), "W": np.ones((3, 2))}
    run = wg.train(net, x, y, learning_rate=0.5, iterations=20, quiet=True)
    seen = {
        "network": wg.view(net, x, y),
        "trace": wg.view(wg.backprop(net, x, y)),
        "graph": wg.view(graph, **given),
        "graph's trace": wg.view(wg.backprop(graph, **given)),
        "run": wg.view(run),
        "file": wg.view("article"),
    }
    data = {name: lesson_data(view.lesson, readings="ask") for name, view in seen.items()}
    kinds = {name: lesson_["kind"] for name, lesson_ in data.items()}
    assert {k for k, kind in kinds.items() if kind == "blocks"} == {"graph", "graph's trace"}
    assert data["network"]["inputs"] == data["trace"]["inputs"] == x
    assert [row["loss"] for row in data["run"]["run"]["rows"]] == run.history.column("loss")
    assert data["run"]["parameters"]["W1"] == run.parameters["W1"].tolist()
    assert Parts(seen["graph"].html).lesson()["blocks"]["nodes"]


def test_what_cannot_be_viewed_is_refused_clearly():
    net, x, y = small()
    trace = wg.backprop(net, x, y)
    for wrong in (
        lambda: wg.view(3), lambda: wg.view(trace, x), lambda: wg.view(net, x, y, W=1),
        lambda: wg.view(net, x, y, lang="fr"), lambda: wg.view("missing.toml"),
        lambda: wg.view(net, [[1, 2, 3]], y), lambda: wg.view(net, x),
    ):  # fmt: skip
        with pytest.raises(WhygradError):
            wrong()


def test_a_run_shows_its_curves():
    net, x, y = small()
    run = wg.train(net, x, y, learning_rate=0.5, epochs=30, validation=0.5, quiet=True, seed=2)
    shown = Parts(run._repr_html_())
    assert "script" not in {tag for tag, _ in shown.tags}
    curves = [p["d"] for p in shown.all("path") if p.get("stroke", "").startswith("#")]
    assert len(curves) == 2  # loss and val_loss
    points = [tuple(map(float, p.split())) for p in curves[0][1:].split(" L") if p]
    assert "30 epochs" in run._repr_html_()
    assert points or curves[0].count(" ") > 30
    empty = wg.train(net, x, y, learning_rate=0.5, iterations=0, quiet=True)
    assert "<svg" in empty._repr_html_()
