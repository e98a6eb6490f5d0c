"""Exercise sheets and keys as pages: what stands on them in each format, and what must not."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser

import pytest

import whygrad as wg
from test_tex import compiled
from whygrad.cli import main
from whygrad.exercises.kinds import KINDS, LEVELS
from whygrad.pages.worksheet import kinds_document

FORMS = ("text", "markdown", "latex", "html")
LANGUAGES = ("en", "zh")
SEED = 918273
EVERY = [(kind, level) for kind in KINDS for level in LEVELS]


@pytest.fixture(scope="module")
def made():
    kept = {}

    def make(kind, level=1, lang="en"):
        if (kind, level, lang) not in kept:
            names = ["Ann <b>", "50%_&#$ x^2"]
            kept[kind, level, lang] = wg.exercise(
                kind, level=level, seed=SEED, variants=3, names=names, lang=lang
            )
        return kept[kind, level, lang]

    return make


def numbers(page: str) -> set[float]:
    """Every number with at least three decimals that is printed on a page."""
    return {float(n) for n in re.findall(r"\d+\.\d{3,}", page)}


# ---- what must not stand on a sheet -------------------------------------------------------------


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_no_answer_stands_on_a_sheet(made, kind, level):
    exercise = made(kind, level)
    shown = {
        round(abs(step.value), exercise.decimals)
        for variant in exercise.variants
        for step in (variant.mistake.steps if variant.mistake else variant.solution.steps)
        if variant.mistake or step.ref not in variant.blank
    }
    for form in FORMS:
        printed = numbers(exercise.sheet.to(form))
        for variant in exercise.variants:
            for answer in variant.answers.values():
                secret = round(abs(answer), exercise.decimals)
                if len(str(secret)) > 5 and secret not in shown:
                    assert secret not in printed, (form, secret)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["hidden_weight", "find_the_mistake"])
def test_neither_seed_nor_slip_stands_on_a_sheet(made, kind, form):
    page = made(kind, 2).sheet.to(form)
    assert str(SEED) not in page
    assert "seed" not in page.lower()
    for slip in {v.mistake.slip.key for v in made(kind, 2).variants if v.mistake}:
        assert slip not in page


# ---- what must ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_a_page_for_each_sheet(made, form, lang):
    page = made("forward", 1, lang).sheet.to(form)
    mark = {"text": "\f", "markdown": "\n---\n", "latex": "\\newpage", "html": '<hr class="break">'}
    assert page.count(mark[form]) == 2
    variant = {"en": "Variant {}. Name", "zh": "第 {} 套题。姓名"}[lang]
    positions = [page.index(variant.format(k)) for k in (1, 2, 3)]
    assert positions == sorted(positions)


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_a_blank_for_each_answer(made, kind, level):
    exercise = made(kind, level)
    blanks = exercise.sheet.to_latex().count(r"\underline{\hspace{6em}}")
    assert blanks == 3 * len(exercise.columns) + 1  # the third sheet's name is to be filled in


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_the_key_has_every_answer_and_states_its_rounding(made, kind, level):
    lang = LANGUAGES[level % 2]
    exercise = made(kind, level, lang)
    key = exercise.key.to_text()
    assert {"en": "half a unit of the\nlast digit", "zh": "末位的半个单位"}[lang] in key
    assert f" {exercise.decimals} " in key
    printed = numbers(key) | {float(n) for n in re.findall(r"\d+\.?\d*", key)}
    for variant in exercise.variants:
        for answer in variant.answers.values():
            size = abs(answer)
            assert any(
                math.isclose(size, n, abs_tol=0.51 * 10**-exercise.decimals) for n in printed
            )


def test_the_key_states_the_decimals_that_it_is_printed_with(made):
    assert "prints 8 decimals" in made("forward").key.to_text(digits=8)
    assert "prints 5 decimals" in made("forward").key.to_text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_key_names_the_slip_in_words(made, lang):
    exercise = made("find_the_mistake", 1, lang)
    key = exercise.key.to_text()
    for variant in exercise.variants:
        place = {"en": "The mistake is in line {}:", "zh": "错误在第 {} 行："}[lang]
        assert place.format(variant.mistake.place) in key


def test_html_holds_names_as_they_are(made):
    page = made("forward").sheet.to_html()
    assert "Ann &lt;b&gt;" in page
    assert "<b>" not in page

    class Balanced(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attributes):
            if tag not in ("meta", "hr", "br", "link"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    parser = Balanced()
    parser.feed(page)
    assert not parser.open
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page)


@pytest.mark.parametrize("kind", ["convolution", "find_the_mistake", "softmax_cross_entropy"])
def test_english_sheets_and_keys_compile(made, kind, tmp_path):
    exercise = made(kind, 1)
    for k, document in enumerate((exercise.sheet, exercise.key)):
        (tmp_path / str(k)).mkdir()
        log = compiled(document.to_latex(), "pdflatex", tmp_path / str(k))
        assert "Missing character" not in log


@pytest.mark.parametrize("lang", LANGUAGES)
def test_chinese_names_compile(lang, tmp_path):
    sheet = wg.exercise("dead_relu", names=["李雷", "韩梅梅"], lang=lang).sheet
    source = sheet.to_latex()
    assert source.startswith("% xelatex")
    assert "Missing character" not in compiled(source, "xelatex", tmp_path)


# ---- the command --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_has_every_kind(lang, capsys):
    assert main(["exercise", "--list", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert all(f"{kind}" in said for kind in KINDS)
    assert said == kinds_document(lang).to_text()


def test_a_set_for_a_class(tmp_path, capsys):
    (tmp_path / "list.csv").write_text("\ufeff姓名\n李雷\n韩梅梅\n", encoding="utf-8")
    where = str(tmp_path / "set")
    asked = ["exercise", "hidden-weight", "--level", "2", "--seed", str(SEED), "--lang", "zh",
             "--names", str(tmp_path / "list.csv"), "--format", "latex", "-o", where]  # fmt: skip
    assert main(asked) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("wrote") == 4
    assert "sheet.tex has Chinese in it: compile it with xelatex" in captured.err
    sheet = (tmp_path / "set" / "sheet.tex").read_text("utf-8")
    assert "李雷" in sheet
    assert str(SEED) not in sheet
    assert main(asked) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "said"), [("Ann", 0), ("李雷", 2)])
def test_latex_with_chinese_names_says_what_compiles_it(tmp_path, capsys, name, said):
    (tmp_path / "list.csv").write_text(f"name\n{name}\n", encoding="utf-8")
    asked = ["exercise", "forward", "--lang", "en", "--names", str(tmp_path / "list.csv")]
    assert main([*asked, "--format", "latex", "-o", str(tmp_path / "set")]) == 0
    assert capsys.readouterr().err.count("compile it with xelatex") == said  # sheet and key


def test_sheet_and_key_on_standard_output(capsys):
    assert main(["exercise", "forward", "--lang", "en", "--decimals", "7"]) == 0
    sheet = capsys.readouterr().out
    assert main(["exercise", "forward", "--lang", "en", "--decimals", "7", "--key"]) == 0
    key = capsys.readouterr().out
    assert sheet.startswith("Exercise:")
    assert "with 7 decimals" in sheet
    assert key.startswith("Key:")


def test_exercises_show_themselves_in_notebooks():
    made = wg.exercise("forward")
    assert made._repr_html_().lstrip().startswith("<style>")
    assert str(made) == made.sheet.to_text()


def test_a_long_table_goes_on_below_its_head(tmp_path):
    key = wg.exercise("output_weight", level=3, variants=60).key.to_latex()
    tables = re.findall(r"\\begin\{tabular\}.*?\\end\{tabular\}", key, re.DOTALL)
    rows = [
        int(n) for t in tables for n in re.findall(r"^(?:\\text\{)?(\d+)\}? &", t, re.MULTILINE)
    ]
    assert rows[:60] == list(range(1, 61))
    assert max(t.count("\\\\\n") for t in tables) <= 41
    assert "Overfull" not in compiled(key, "pdflatex", tmp_path)


def test_every_given_number_stands_on_a_sheet():
    net = wg.mlp([4, 6, 3], loss="softmax_cross_entropy", seed=3)
    made = wg.exercise(net, [0.1, 0.2, 0.3, 0.4], [1], level=3, variants=2)
    given = made.variants[1].problem.given
    assert len(given) > 48
    page = made.sheet.to_text().split("\f")[1]
    for ref in given:
        assert re.search(rf"(^|\s){re.escape(made.variants[1].problem.names.text(ref))}\s", page)
    assert "more (" not in page
