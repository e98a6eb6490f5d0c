"""The LaTeX pages compile: pdflatex with amsmath for English, xelatex with ctex for Chinese."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import whygrad as wg
from whygrad.pages import demo

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
