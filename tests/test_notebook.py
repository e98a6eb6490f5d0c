"""What shows itself in a notebook; and the example notebook, executed by a real kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from needs import needs
from whygrad.pages import demo

NOTEBOOK = Path(__file__).resolve().parent.parent / "examples" / "look.ipynb"
EXECUTE = """
import sys
import nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


def shown():
    file, trace = demo.article()
    return {"network": file.network, "trace": trace, "derivation": trace.why("w1")}


@pytest.mark.parametrize("name", ["network", "trace", "derivation"])
def test_it_has_html_and_latex_of_its_own(name):
    thing = shown()[name]
    html = thing._repr_html_()
    assert "<math" in html
    assert "<script" not in html.lower()
    assert "<html" not in html.lower()
    start = html.index("<article")
    ElementTree.fromstring(html[start:].replace("&nbsp;", " "))  # well-formed
    latex = thing._repr_latex_()
    assert latex.startswith("$$")
    assert latex.count("\\begin{aligned}") == latex.count("\\end{aligned}") == 1
    assert len(repr(thing)) < 200


def test_the_example_notebook_runs_and_shows_its_pages(tmp_path):
    needs("nbclient")
    needs("ipykernel")
    done = tmp_path / "done.ipynb"
    subprocess.run(
        [sys.executable, "-c", EXECUTE, NOTEBOOK, done], cwd=tmp_path, check=True, timeout=180
    )
    cells = [c for c in json.loads(done.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    shown = []
    for cell in cells:
        (output,) = cell["outputs"]  # one each: no warning, nothing printed
        assert output["output_type"] == "execute_result"
        shown.append("".join(output["data"]["text/html"]))
    kinds = ["frame" if "<iframe" in html else "curve" if "<svg" in html else "formulas"
             for html in shown]  # fmt: skip
    assert kinds == ["frame", "frame", "formulas", "curve"]
    assert all('sandbox="allow-scripts"' in html for html in shown if "<iframe" in html)


def test_the_example_notebook_is_kept_without_its_outputs():
    """A page is a third of a megabyte: it is made when the notebook is run."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert all(not c["outputs"] and c["execution_count"] is None for c in cells if "outputs" in c)
