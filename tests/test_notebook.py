"""A network, a trace and a derivation show themselves in a notebook."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from whygrad.pages import demo


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
