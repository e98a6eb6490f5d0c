"""Marks of a class: what comes back, whose it is, which points it earns, where it went wrong first.

The right answers are held to PyTorch elsewhere; the mistakes here are worked out by hand.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json

import pytest

import whygrad as wg
from whygrad.cli import main
from whygrad.errors import ConfigError, DataError
from whygrad.grading.classroom import grade_class
from whygrad.pages.prose import LANGUAGES

NAMES = ["Ann", "李雷", "Cy Dee"]
W = "w5+"
CHAIN = ["∂E_total/∂out_o1", "∂out_o1/∂net_o1", "∂net_o1/∂w5", "∂E_total/∂w5", W]


@pytest.fixture(scope="module")
def weight():
    """The output weight's five lines, worked out in three variants."""
    made = wg.exercise("output_weight", level=2, seed=4, names=NAMES)
    assert made.columns == CHAIN
    return made


@pytest.fixture(scope="module")
def handed(weight):
    """What is handed in for the variants, by name; to be changed by the test."""

    def rows(digits=6):
        return {
            page.name: {k: f"{v:.{digits}f}" for k, v in page.variant.answers.items()}
            for page in weight.pages
        }

    return rows


@pytest.fixture
def table(tmp_path, weight):
    """The marks of a table of answers."""

    def marks(rows, **more):
        text = io.StringIO()
        out = csv.writer(text)
        out.writerow(["name", "variant", *weight.columns, *more])
        for k, (name, row) in enumerate(rows.items(), start=1):
            out.writerow([name, k, *(row.get(c, "") for c in weight.columns), *more.values()])
        (tmp_path / "answers.csv").write_text("\ufeff" + text.getvalue(), encoding="utf-8")
        return grade_class(weight, [tmp_path / "answers.csv"])

    return marks


# ---- points -------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [2, 3, 6, 9])
def test_right_numbers_earn_every_point(table, handed, digits):
    marks = table(handed(digits))
    assert marks.passed
    assert [(m.name, m.variant, m.points, m.of) for m in marks.marks] == [
        ("Ann", 1, 5, 5), ("李雷", 2, 5, 5), ("Cy Dee", 3, 5, 5)]  # fmt: skip
    assert not marks.commonest


def test_what_follows_from_a_mistake_counts(table, handed, weight):
    rows = handed()
    answers = weight.answers[2]
    slope = answers[CHAIN[1]] * 2  # a factor 2 too many, carried on by hand
    gradient = answers[CHAIN[0]] * slope * answers[CHAIN[2]]
    old = answers[W] + 0.5 * answers[CHAIN[3]]
    rows["李雷"] |= {CHAIN[1]: f"{slope:.6f}", CHAIN[3]: f"{gradient:.6f}",
                   W: f"{old - 0.5 * gradient:.6f}"}  # fmt: skip
    mark = table(rows).marks[1]
    assert (mark.points, mark.count("follows")) == (4, 2)
    assert mark.first.place == CHAIN[1]
    assert mark.first.right == pytest.approx(answers[CHAIN[1]])
    assert mark.first.found.key == "slip.twice"


def test_the_slip_is_named_and_counted(table, handed, weight):
    rows = handed()
    for k, name in enumerate(NAMES, start=1):
        answers = weight.answers[k]
        old = answers[W] + 0.5 * answers[CHAIN[3]]
        forgotten = old - answers[CHAIN[3]]  # without the learning rate
        rows[name][W] = f"{forgotten if k < 3 else 9.5:.6f}"
    marks = table(rows)
    assert not marks.passed
    assert [m.points for m in marks.marks] == [4, 4, 4]
    assert [count for count, _ in marks.commonest] == [2, 1]
    assert marks.commonest[0][1].first.found.key == "slip.rate_forgotten"
    assert marks.commonest[1][1].first.found is None
    for lang, said in (("en", "The learning rate"), ("zh", "学习速率")):
        assert said in marks.document().to_text(lang=lang)


def test_missing_and_unreadable_answers_are_said(table, handed):
    rows = handed()
    rows["Ann"] |= {CHAIN[2]: "", CHAIN[4]: "?"}
    rows["Cy Dee"] = {}
    marks = table(rows)
    ann, _, cy = marks.marks
    assert ann.missing == (CHAIN[2],)
    assert (ann.points, ann.verdicts[W]) == (3, "unreadable")
    assert (cy.back, cy.points, len(cy.missing)) == (False, 0, 5)
    assert "not handed in" in str(marks)
    assert "Ann: not understood: w5+ = ?" in str(marks)


def test_numbers_that_the_sheet_prints_may_be_gone_on_from():
    """At level 1 lines are printed rounded; who computes with those is right."""
    made = wg.exercise("hidden_weight", level=1, seed=2)
    variant = made.variants[0]
    answers = dict(variant.answers)
    printed = {variant.problem.names.text(s.ref): round(s.value, 5) for s in variant.solution.steps}
    out = printed["out_o1"]
    told = {k: f"{v:.5f}" for k, v in answers.items()}
    told["∂out_o1/∂net_o1"] = f"{out * (1 - out):.9f}"  # many digits, of rounded numbers
    told["w1+"] = f"{answers['w1+']:.5f}"
    lines = "\n".join(f"{k} = {v}" for k, v in told.items())
    assert grade_text(made, lines).marks[0].points == len(answers)


def test_given_numbers_that_the_sheet_rounds_may_be_taken_as_printed():
    """A net of one's own has long numbers; who works with those on paper is right."""
    net = wg.mlp([2, 2, 1], seed=3)
    x, y = [0.512345678, 0.9], [0.123456789]
    made = wg.exercise(net, x, y, level=2, learning_rate=0.5)
    rounded = net.with_parameters(**{k: v.round(5) for k, v in net.parameters.items()})
    again = wg.exercise(rounded, [round(v, 5) for v in x], [round(y[0], 5)], level=2,
                        learning_rate=0.5, decimals=9)  # fmt: skip
    lines = "\n".join(f"{k} = {v:.9f}" for k, v in again.answers[1].items())
    five = dataclasses.replace(made, decimals=5)
    assert again.answers[1]["δ_h1"] != pytest.approx(made.answers[1]["δ_h1"], abs=1e-8)
    mark = grade_text(five, lines).marks[0]
    assert mark.points == mark.of


def grade_text(made, lines, name="sheet-1.txt"):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(lines, encoding="utf-8")
        return grade_class(made, [path])


# ---- tables and files ---------------------------------------------------------------------------


def test_a_table_with_semicolons_and_decimal_commas(tmp_path, weight, handed):
    rows = handed()
    text = "姓名;套题;" + ";".join(CHAIN) + "\n"
    for k, name in enumerate(NAMES, start=1):
        text += f"{name};{k};" + ";".join(v.replace(".", ",") for v in rows[name].values()) + "\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert grade_class(weight, [tmp_path / "a.csv"]).passed


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_a_table_as_excel_saves_it(tmp_path, weight, handed, encoding):
    rows = handed()
    head = "\t".join(["姓名", "variant", *weight.columns])
    body = ["\t".join([name, "", *row.values()]) for name, row in rows.items()]
    (tmp_path / "a.csv").write_bytes("\r\n".join([head, *body]).encode(encoding))
    marks = grade_class(weight, [tmp_path / "a.csv"])
    assert marks.passed
    assert [m.name for m in marks.marks] == NAMES


def test_columns_that_are_no_blanks_are_said(table, handed, tmp_path, weight):
    marks = table(handed(), remark="late")
    assert marks.passed
    assert marks.notes == ("answers.csv: not looked at: remark",)
    (tmp_path / "few.csv").write_text("name,w5+\nAnn,0.1\n")
    assert "no column for" in grade_class(weight, [tmp_path / "few.csv"]).notes[0]


def test_files_say_whose_they_are(tmp_path, weight, handed):
    rows = handed()
    spelled = {"∂E_total/∂out_o1": "dE/dout_o1", "∂out_o1/∂net_o1": "dout_o1/dnet_o1",
               "∂net_o1/∂w5": "∂net_o1/∂w_5", "∂E_total/∂w5": "grad w5", W: "new w5"}  # fmt: skip
    ann = "\n".join(f"{spelled[k]}: {v}" for k, v in rows["Ann"].items())
    (tmp_path / "ann.txt").write_text(ann + "\n")
    li = "姓名：李雷\n" + "\n".join(f"{k} = {v}  # done" for k, v in rows["李雷"].items())
    (tmp_path / "1.txt").write_text(li, encoding="utf-8")
    (tmp_path / "x.json").write_text(json.dumps({"variant": 3, "numbers": rows["Cy Dee"]}))
    marks = grade_class(weight, [tmp_path])
    assert marks.passed, str(marks)
    assert [m.name for m in marks.marks] == NAMES  # of a variant that only one has, too


def test_a_variants_number_beats_the_name(tmp_path, weight, handed):
    lines = "\n".join(f"{k} = {v}" for k, v in handed()["Cy Dee"].items())
    (tmp_path / "a.txt").write_text(f"name = Ann\nvariant = 3\n{lines}\n")
    marks = grade_class(weight, [tmp_path / "a.txt"])
    mark = next(m for m in marks.marks if m.points)
    assert (mark.name, mark.variant, mark.points) == ("Ann", 3, 5)
    assert "had variant 1" in marks.notes[0]


def test_names_that_mean_nothing_are_said(weight, handed):
    lines = "name = Ann\nfoo = 3\n" + "\n".join(f"{k} = {v}" for k, v in handed()["Ann"].items())
    mark = grade_text(weight, lines).marks[0]
    assert (mark.points, mark.notes) == (5, ("foo",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("net_h1 = 0.5\n", "which variant"),
        ("variant = 9\nw5+ = 0.5\n", "no variant '9'"),
        ("name = Nobody\nw5+ = 0.5\n", "which variant"),
        ("name = Ann\nhello\n", "no name with a value"),
        ("name = Ann\n", "no answers"),
        ("name,variant,w5+\nAnn,1,0.5\nAnn,1,0.6\n", "twice"),
    ],
)
def test_what_is_not_clear_is_refused(weight, text, said):
    with pytest.raises(DataError, match=said):
        grade_text(weight, text, "answers.txt")


def test_what_is_not_there_is_refused(weight, tmp_path):
    with pytest.raises(ConfigError, match="no file"):
        grade_class(weight, [tmp_path / "gone.csv"])
    with pytest.raises(ConfigError, match="no answers in the folder"):
        grade_class(weight, [tmp_path])


# ---- find the mistake ---------------------------------------------------------------------------


def test_the_line_and_its_right_number(tmp_path):
    made = wg.exercise("find_the_mistake", level=1, seed=6, names=["A", "B", "C", "D", "E"])
    variants = [page.variant for page in made.pages]
    place = [v.mistake.place for v in variants]
    right = [f"{v.mistake.right.value:.5f}" for v in variants]
    name = variants[1].problem.names.text(variants[1].mistake.right.ref)
    rows = [
        ("A", 1, place[0], right[0]),
        ("B", 2, name, right[1]),
        ("C", 3, f"line {place[2]}", "7.25"),
        ("D", 4, place[3] + 1, right[3]),
        ("E", 5, "", ""),
    ]
    text = "name,variant,line,value\n" + "".join(f"{','.join(map(str, r))}\n" for r in rows)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    marks = grade_class(made, [tmp_path / "a.csv"])
    assert [m.points for m in marks.marks] == [2, 2, 1, 1, 0]
    assert [m.first.place if m.first else None for m in marks.marks] == [
        None, None, "value", "line", None]  # fmt: skip
    assert not marks.marks[4].back


@pytest.fixture(scope="module")
def wrong_line():
    """A worked solution whose mistake is not in line 1, for one person."""
    made = wg.exercise("find_the_mistake", level=1, seed=6, names=["A"])
    assert made.columns == ["line", "value"]
    return made


@pytest.mark.parametrize(
    "said", ["{}", "{}.0", " {} ", "line {}", "Line {}.", "({})", "第{}行", "第 {} 行", "full"]
)
def test_a_line_is_its_number_however_it_is_written(wrong_line, said):
    place = wrong_line.variants[0].mistake.place
    full = "".join(chr(ord(c) + 0xFEE0) for c in str(place))
    told = full if said == "full" else said.format(place)
    verdict = grade_text(wrong_line, f"line = {told}").marks[0].verdicts["line"]
    assert verdict == "right"
    beside = "９９" if said == "full" else said.format(place + 1)
    assert grade_text(wrong_line, f"line = {beside}").marks[0].verdicts["line"] == "wrong"


def test_digits_that_are_cut_off_earn_the_point_of_a_right_number(wrong_line):
    value = wrong_line.variants[0].mistake.right.value
    assert f"{value:.9f}" == "0.868755531"
    for told, verdict in (
        ("0.86876", "right"), ("0.86875", "cut"), ("0.868755", "cut"), ("0.8687", "cut"),
        ("0.86874", "wrong"), ("0.86877", "wrong"), ("-0.86875", "wrong"),
    ):  # fmt: skip
        assert grade_text(wrong_line, f"value = {told}").marks[0].verdicts["value"] == verdict


def test_a_lines_number_is_whole_in_the_file(wrong_line):
    known = wrong_line.to_dict()["answers"]["1"]
    assert json.dumps(known["line"]) == str(wrong_line.variants[0].mistake.place)


# ---- shown --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_marks_in_every_format(table, handed, form, lang):
    rows = handed()
    rows["Ann"][CHAIN[0]] = "-" + rows["Ann"][CHAIN[0]].lstrip("-")
    page = table(rows).document().to(form, lang=lang)
    assert "{" + "who}" not in page
    assert "5/5" in page
    assert {"en": "Marks", "zh": "成绩"}[lang] in page


def test_marks_as_data(table, handed):
    rows = handed()
    rows["Cy Dee"] = {}
    marks = table(rows)
    data = json.loads(json.dumps(marks.to_dict()))
    assert [m["points"] for m in data["marks"]] == [5, 5, 0]
    assert data["marks"][2]["back"] is False
    lines = list(csv.DictReader(io.StringIO(marks.to_csv())))
    assert lines[1]["name"] == "李雷"
    assert lines[1][W] == "right"
    assert lines[2]["missing"] == "5"


def test_the_articles_figures_handed_in_for_its_network(tmp_path):
    from importlib import resources

    text = resources.files("whygrad").joinpath("files/networks/article.toml").read_text("utf-8")
    (tmp_path / "article.toml").write_text(text, encoding="utf-8")
    made = wg.exercise(tmp_path / "article.toml", level=3)
    figures = {"E_total": "0.298371109", "w1+": "0.149780716", "w2+": "0.19956143",
               "w3+": "0.24975114", "w4+": "0.29950229", "w5+": "0.35891648",
               "w6+": "0.408666186", "w7+": "0.511301270", "w8+": "0.561370121"}  # fmt: skip
    assert made.columns == list(figures)
    mark = grade_text(made, "\n".join(f"{k} = {v}" for k, v in figures.items())).marks[0]
    assert (mark.points, mark.of) == (9, 9)


# ---- the command --------------------------------------------------------------------------------


def test_a_class_from_the_sheet_to_the_marks(tmp_path, capsys):
    folder = str(tmp_path / "class")
    made = ["exercise", "output_weight", "--level", "2", "--seed", "4", "--variants", "2"]
    assert main([*made, "--lang", "en", "-o", folder]) == 0
    empty = tmp_path / "class" / "answers.csv"
    grade = ["grade", f"{folder}/exercise.json", str(empty)]
    assert main(grade) == 2  # nobody has written anything yet
    assert "no answers" in capsys.readouterr().err
    head = empty.read_text("utf-8-sig").splitlines()[0]
    answers = wg.exercise("output_weight", level=2, seed=4, variants=2).answers
    rows = [",".join(["", str(k), *(f"{v:.6f}" for v in a.values())]) for k, a in answers.items()]
    empty.write_text("\n".join([head, *rows]), encoding="utf-8")
    assert main(grade) == 0
    assert capsys.readouterr().out.count("5/5") == 2
    empty.write_text("\n".join([head, rows[0], rows[1].replace("0.", "1.")]), encoding="utf-8")
    assert main([*grade, "--format", "csv", "-o", str(tmp_path / "marks.csv")]) == 1
    assert (tmp_path / "marks.csv").read_text("utf-8-sig").startswith("name,variant,points,of")


def test_several_sheets_are_for_a_class(capsys):
    assert main(["grade", "article", "a.txt", "b.txt"]) == 2
    assert "for a class" in capsys.readouterr().err
