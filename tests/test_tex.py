"""The LaTeX pages compile: pdflatex with amsmath for English, xelatex with ctex for Chinese."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import whygrad as wg
from whygrad.op import make_op
from whygrad.pages import demo
from whygrad.pages.prose import SENTENCES
from whygrad.render.ascii import to_ascii
from whygrad.render.pages.latex import SIGNS, prose

INSTALL = {
    "pdflatex": "apt-get install texlive-latex-base texlive-latex-recommended",
    "xelatex": "apt-get install texlive-xetex texlive-lang-chinese",
}


def compiled(source: str, program: str, folder: Path) -> str:
    """The log of a run that made a page; skips where TeX is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}: {INSTALL[program]}")
    (folder / "page.tex").write_text(source, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    assert (folder / "page.pdf").exists()
    return log


@pytest.mark.parametrize(("lang", "program"), [("en", "pdflatex"), ("zh", "xelatex")])
def test_the_whole_solution_compiles(lang, program, tmp_path):
    if program == "xelatex" and shutil.which("kpsewhich"):
        there = subprocess.run(["kpsewhich", "ctexart.cls"], capture_output=True, check=False)
        if not there.stdout.strip():
            pytest.skip(f"needs ctex: {INSTALL[program]}")
    log = compiled(demo.full().to_latex(lang=lang), program, tmp_path)
    assert "Missing character" not in log


def test_a_sparse_auto_encoder_compiles(tmp_path):
    net = wg.mlp([2, 1, 2], autoencoder=True, tied=True, sparsity={"rho": 0.1, "beta": 3})
    compiled(net.document().to_latex(), "pdflatex", tmp_path)
    compiled(wg.backprop(net, [[0.1, 0.2], [0.5, 0.9]]).explain().to_latex(), "pdflatex", tmp_path)


def test_a_users_names_do_no_harm(tmp_path):
    names = {"i1": "a_b%c", "h1": "50%_&#$", "w5": "θ", "o1": "x^2~\\"}
    net = wg.mlp([2, 2, 2], names=names)
    trace = wg.backprop(net, [0.1, 0.2], [0.3, 0.4])
    page = trace.why("θ").to_latex().replace("θ", r"\theta ")
    compiled(page, "pdflatex", tmp_path)


def test_a_fragment_goes_into_another_document(tmp_path):
    _, trace = demo.article()
    body = trace.why("w1").to_latex(fragment=True)
    assert "documentclass" not in body
    frame = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n%s\n\\end{document}"
    compiled(frame % body, "pdflatex", tmp_path)


def test_every_sign_of_our_sentences_can_be_set():
    """pdflatex knows no character beyond ASCII by itself; few ids are no sentences."""
    elsewhere = {"rule_of.adam", "screen.next"}  # a formula's hats; the demo's one screen
    for id_, (english, _) in SENTENCES.items():
        if id_ not in elsewhere and not id_.startswith("view."):  # a browser's alone
            assert prose(english).translate(SIGNS).isascii(), id_
            assert to_ascii(english).isascii(), id_


def test_the_page_of_a_check_compiles(tmp_path):
    product = make_op(
        lambda xp, X, W: X @ W, back=lambda xp, g, y, X, W: (g @ W, xp.mT(X) @ g), name="product"
    )
    rng = np.random.default_rng(0)
    report = wg.check(product, rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))
    compiled(report.to_latex(), "pdflatex", tmp_path)
    _, trace = demo.article()
    claimed = {"W1": trace.gradients["W1"].T, "b2": 2 * trace.gradients["b2"]}
    compiled(wg.check(trace, gradients=claimed).to_latex(), "pdflatex", tmp_path)
