"""The README, CONTRIBUTING and ARCHITECTURE say what is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from needs import needs
from whygrad.web.lesson import opened
from whygrad.web.payload import unpacked
from whygrad.web.report import report_html

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "whygrad"


PAGES = ["README.md", "README.zh.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_pages_show_what_their_examples_print(page):
    if page == "docs/check.md":
        needs("torch")
    if page == "docs/export.md":
        needs("onnxruntime")
    if page in ("docs/why.md", "docs/from-matlab.md", "docs/from-matlab.zh.md"):
        needs("jax")
    if page in ("docs/from-scikit-learn.md", "docs/autoencoders.md"):
        needs("jax")
        needs("sklearn")
    check = [sys.executable, str(ROOT / "tools" / "documents.py"), "--check", page]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_readmes_have_the_same_parts():
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")
    )
    for mark in ("\n## ", "```sh", "```python", "\n| "):
        assert english.count(mark) == chinese.count(mark), mark


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md"])
def test_links_lead_somewhere(name):
    page = ROOT / name
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert targets or name.startswith("docs/")
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_the_report_that_the_readmes_link_is_todays():
    def taken_apart(report: str) -> tuple[str, object]:
        packed = re.search(r'"packed": ?"([^"]+)"', report)[1]
        return report.replace(packed, ""), unpacked(packed)  # another zlib packs otherwise

    kept = taken_apart((ROOT / "docs/article.html").read_text(encoding="utf-8"))
    assert kept == taken_apart(report_html(opened("article"))), "python tools/pictures.py report"


def test_the_architecture_page_names_every_room():
    listing = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```")
    map_ = next(part for part in listing if "src/whygrad/" in part)
    named = set(re.findall(r"^  ([\w]+(?:\.py|/)) ", map_, re.MULTILINE))
    there = {p.name for p in PACKAGE.glob("*.py") if not p.name.startswith("__")}
    there |= {p.name + "/" for p in PACKAGE.iterdir() if (p / "__init__.py").exists()}
    assert named == there


def mish() -> str:
    """The operation that CONTRIBUTING adds, as it stands there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return next(b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "def mish" in b)


def test_adding_an_operation_touches_one_file():
    """The example of CONTRIBUTING, run as it stands: laws, activation, derivation, training."""
    script = f"""
import numpy as np
from whygrad.op import op
{mish()}
import whygrad as wg
from whygrad.pages.derivative import derivative_document
from whygrad.verify import verify

verdict = verify(mish)
assert verdict.ok, verdict
assert wg.ops.mish(np.array(0.5)) > 0
document, proved = derivative_document("mish")
assert proved and "chain" in str(document).lower()
net = wg.mlp([2, 3, 1], activation="mish")
assert wg.check(net, [0.1, 0.2], [0.3]).ok
assert "mish" in repr(net.graph())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["convolution", "attention"])
def test_the_examples_run(name):
    example = [sys.executable, str(ROOT / "examples" / f"{name}.py")]
    done = subprocess.run(example, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rounded for printing" in done.stdout
