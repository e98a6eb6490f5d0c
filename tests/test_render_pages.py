"""Pages in every format: the sides of a line, = and ≈, structure, and names that try to do harm."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import whygrad as wg
from test_tex import compiled
from whygrad.expr import Expr, Number, Quantity
from whygrad.names import Name
from whygrad.pages import demo
from whygrad.pages.document import (
    Curve,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Table,
    sentence,
)
from whygrad.render.json import dumps
from whygrad.render.line import Style, sides
from whygrad.render.text import text

LANGUAGES = ("en", "zh")
NAN, INF = float("nan"), float("inf")


def q(name: str, value: float) -> Quantity:
    return Quantity(Name(name), value)


@pytest.fixture(scope="module")
def names():
    return wg.backprop(wg.mlp([1, 1]), [0.5], [0.5]).names


# ---- the sides of a line ------------------------------------------------------------------------


@pytest.fixture
def written(names):
    def write(formula: Expr, value: float | None, **choices: bool) -> str:
        line = Line(Name("y"), (formula,), value, **choices)
        style = Style(names, "en", 9, text)
        return " ".join(f"{side.sign} {side.written}" for side in sides(line, style)).strip()

    return write


def test_a_line_goes_from_names_over_numbers_to_the_result(written):
    assert written(q("a", 0.5) * q("b", 0.25), 0.125) == "y = a · b = 0.5 · 0.25 = 0.125"


@pytest.mark.parametrize(
    ("formula", "value", "choices", "line"),
    [
        (q("a", 0.5), 0.5, {}, "y = a = 0.5"),
        (Number(0.25), 0.25, {}, "y = 0.25"),
        (q("a", 0.5) * q("b", 0.5), 0.25, {"numbers": False}, "y = a · b = 0.25"),
        (q("a", 0.5) * q("b", 0.5), 0.25, {"symbols": False}, "y = 0.5 · 0.5 = 0.25"),
        (q("a", 0.5) * q("b", 0.5), None, {"numbers": False}, "y = a · b"),
    ],
)
def test_what_would_repeat_is_left_out(written, formula, value, choices, line):
    assert written(formula, value, **choices) == line


@pytest.mark.parametrize(
    ("formula", "value", "end"),
    [
        # the article's sum: its printed terms give …307
        (q("a", 0.0553994247) + q("b", -0.0190491183), 0.0363503064, "≈ 0.036350306"),
        # the zero at the end is printed on one side only; the numbers are the same
        (-(q("t", 0.01) - q("o", 0.7513650696)), 0.7413650696, "= 0.741365070"),
        (q("a", NAN) * q("b", 2.0), NAN, "= NaN"),
        (q("a", INF) - q("b", 2.0), INF, "= ∞"),
        (q("a", 1e200) * q("b", 1e200), INF, "= ∞"),
    ],
)
def test_the_relation_is_true_of_what_is_printed(written, formula, value, end):
    assert written(formula, value).endswith(end)


# ---- a page built by hand -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(names):
    product = q("a", 0.5) * q("b", 0.25)
    return Document(
        sentence("explain.title", sizes="1-1"),
        (
            Heading(sentence("part.forward")),
            Paragraph(sentence("network.rate", rate=0.5)),
            Lines((Line(Name("y"), (product,), 0.125), Line(Name("z"), (q("y", NAN),), NAN))),
            Table((sentence("head.net"), None), ((Name("y"), 0.125), (None, 3.21e-11))),
            Curve((0, 1, 10, 100), (1.0, 0.5, 0.1, 0.01)),
        ),
        names,
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html"])
def test_every_block_is_on_the_page(built, form, lang):
    page = built.to(form, lang=lang)
    heading = {"en": "Step 1: forward", "zh": "第一步：前向传播"}[lang]
    for shown in (heading, "0.125", "3.21", "NaN", "100"):
        assert shown in page
    assert "{rate}" not in page
    assert "None" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_built_by_hand_compiles(built, lang, tmp_path):
    compiled(built.to_latex(lang=lang), {"en": "pdflatex", "zh": "xelatex"}[lang], tmp_path)


def test_a_latex_fragment_has_no_preamble(built):
    body = built.to_latex(fragment=True)
    assert not re.search(r"\\(documentclass|usepackage|begin\{document\}|maketitle)", body)
    assert body.count("\\begin{align*}") == body.count("\\end{align*}") == 1


def test_markdown_tables_have_as_many_cells_in_every_row(built):
    assert_tables_are_whole(built.to_markdown())


def assert_tables_are_whole(page: str) -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", page, re.MULTILINE)
    assert tables
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table


# ---- HTML ---------------------------------------------------------------------------------------

LOADING = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}


class Elements(HTMLParser):
    """The elements and attributes of a page as a browser reads it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def assert_it_loads_and_runs_nothing(page: str) -> None:
    seen = Elements(page)
    assert not {"script", "link", "iframe", "img", "object", "embed", "base"} & set(seen.tags)
    for name, value in seen.attributes:
        assert not name.startswith("on"), name
        assert name not in LOADING or value.startswith("#"), (name, value)
        assert name != "style" or "url(" not in value
    for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
        assert "@import" not in style
        assert not re.search(r"url\((?!#)", style)


def article_of(page: str) -> ElementTree.Element:
    """The page's article, which must be well-formed."""
    return ElementTree.fromstring(page[page.index("<article") : page.index("</article>") + 10])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_whole_solution_is_one_file_that_loads_nothing(lang):
    page = demo.full().to_html(lang=lang)
    assert page.startswith(f'<!DOCTYPE html>\n<html lang="{lang}">')
    assert_it_loads_and_runs_nothing(page)
    article = article_of(page)
    assert article.get("lang") == lang
    assert len(list(article.iter("math"))) > 100
    svg = [e for e in article.iter() if e.tag.endswith("svg")]
    assert len(svg) == 4  # the network, the path of w5, the errors that meet in h1, the curve


def test_a_fragment_keeps_its_style_to_itself(built):
    page = built.to_html(fragment=True)
    assert not {"html", "head", "body", "title"} & set(Elements(page).tags)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media[^{]*\{", "", style[1]))
    apart = [s for rule in selectors for s in rule.split(",") if s.strip()]
    assert [s for s in apart if not s.strip().startswith(".whygrad")] == []


# ---- names that try to do harm ------------------------------------------------------------------

HARM = {
    "i1": "<script>alert(1)</script>",
    "i2": "a$b$c",
    "h1": "a_b*c*",
    "h2": "p|q",
    "o1": "back\\slash",
    "o2": "&amp;",
    "w1": "{x",
    "w2": "\\end{document}",
    "w3": "]]>-->",
    "w4": "`code`",
    "w5": "\"'onload=1",
    "w6": "50%#~^",
}


@pytest.fixture(scope="module")
def harmed():
    net = wg.mlp([2, 2, 2], names=HARM)
    trace = wg.backprop(net, [0.1, 0.2], [0.3, 0.4])
    return {"pass": trace.explain(), "weight": trace.why(HARM["w1"]).document()}


PAGES = pytest.mark.parametrize("which", ["pass", "weight"])


@PAGES
@pytest.mark.parametrize("fragment", [False, True])
def test_html_shows_a_name_as_it_is_and_runs_nothing(harmed, which, fragment):
    page = harmed[which].to_html(fragment=fragment)
    assert_it_loads_and_runs_nothing(page)
    shown = "".join(article_of(page).itertext())
    for key in ("i1", "h1", "o1", "w1"):
        assert HARM[key] in shown


@PAGES
def test_markdown_is_not_broken_by_a_name(harmed, which):
    page = harmed[which].to_markdown()
    assert "<" not in page
    if which == "pass":
        assert_tables_are_whole(page)
    assert page.count("$$") == 2 * page.count("\\begin{aligned}")
    outside = re.sub(r"\$\$.*?\$\$|\$(?:\\.|[^$\\])*\$", "", page, flags=re.DOTALL)
    assert "$" not in outside.replace("\\$", "")
    assert "`" not in outside.replace("\\`", "")


@PAGES
def test_latex_is_not_broken_by_a_name(harmed, which, tmp_path):
    page = harmed[which].to_latex()
    assert page.count("\\end{document}") == 1
    plain = re.sub(r"\\[{}\\]", "", page)
    assert plain.count("{") == plain.count("}")
    compiled(page, "pdflatex", tmp_path)


# ---- JSON ---------------------------------------------------------------------------------------


def test_a_derivation_as_data_has_the_promised_keys():
    _, trace = demo.article()
    data = json.loads(dumps(trace.why("w5").to_dict()))
    assert data["target"] == "w5"
    assert data["value"] == trace.grad("w5")  # at full precision
    wanted = {"name", "symbolic", "substituted", "value", "rule", "terms", "remainder"}
    assert all(wanted <= step.keys() for step in data["steps"])
    last = data["steps"][-1]
    assert last["name"] == "∂E_total/∂w5"
    assert last["value"] == data["value"]
    assert "0.741365070" in last["substituted"]


def test_numbers_that_are_not_finite_are_strings():
    net = wg.mlp([1, 1], activation="identity").with_parameters(w1=1e308)
    trace = wg.backprop(net, [1e308], [0.0])
    data = json.loads(dumps(trace.why("w1").to_dict()), parse_constant=pytest.fail)
    assert data["value"] in ("inf", "-inf", "nan")
