"""Sheets in every form that people write them in, and what their names and digits mean."""

from __future__ import annotations

import json

import pytest

import whygrad as wg
from whygrad.errors import ConfigError, DataError, NameUnknownError
from whygrad.grading.naming import After, Names
from whygrad.grading.numerals import numeral
from whygrad.grading.pen import slip_of_the_pen
from whygrad.grading.sheet import read_sheet, sheet_of
from whygrad.names import Delta, Partial, Rate, Updated


def pairs(text: str, suffix: str = "") -> dict[str, str]:
    return {entry.name: entry.number.text for entry in sheet_of(text, suffix)}


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [
        ("0.3775", 0.3775, 5e-5),
        ("0.36", 0.36, 5e-3),
        ("0.360", 0.36, 5e-4),
        ("−0.0381", -0.0381, 5e-5),
        ("3.5e-5", 3.5e-5, 5e-7),
        ("3.5·10⁻⁵", 3.5e-5, 5e-7),
        ("3.5 × 10^-5", 3.5e-5, 5e-7),
        (r"3.5 \times 10^{-5}", 3.5e-5, 5e-7),
        ("４．２５", 4.25, 5e-3),
        ("0,3775", 0.3775, 5e-5),
        ("2", 2.0, 0.0),  # a whole number is exact
        ("1/(1+exp(-0.3775)) = 0.5933", 0.5933, 5e-5),
        ("= 0.15*0.05+0.2*0.1+0.35 = 0.3775", 0.3775, 5e-5),
        ("0.15 - 0.5*0.000438568", 0.149780716, 5e-10),
    ],
)
def test_a_number_and_what_its_digits_leave_open(text, value, half):
    found = numeral(text)
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.half == pytest.approx(half, rel=1e-9)


@pytest.mark.parametrize("text", ["", "=", "w5", "0.3.4", "1e999", "1/0", "nan"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(DataError):
        numeral(text)


def test_lines_in_many_hands():
    text = """
    # a comment, with a comma
    [forward]
    net_h1 = 0.3775            # and another
    out_h1: 0.593
    - net_o1 1.106
    3) E_total ≈ 0.298
    w5⁺ ＝ 0.359，w6⁺ ＝ 0.409
    backward: δ_o1 = −0.0381
    `w1+` = 0.15 - 0.5*0.000438568 = 0.14978
    """
    assert pairs(text) == {
        "net_h1": "0.3775", "out_h1": "0.593", "net_o1": "1.106", "E_total": "0.298",
        "w5+": "0.359", "w6+": "0.409", "δ_o1": "-0.0381", "w1+": "0.14978",
    }  # fmt: skip


def test_digits_survive_every_form():
    wanted = {"net_h1": "0.3770", "w5+": "0.360"}
    assert pairs('net_h1 = 0.3770\n"w5+" = 0.360\n', ".toml") == wanted
    assert pairs('[forward]\nnet_h1 = 0.3770\n[update]\n"w5+" = "0.360"\n', ".toml") == wanted
    assert pairs('{"forward": {"net_h1": 0.3770}, "w5+": 0.360}') == wanted
    assert pairs("name,value\nnet_h1,0.3770\nw5+,0.360\n", ".csv") == wanted
    assert pairs("net_h1,0.3770\nw5+,0.360\n") == wanted
    assert pairs("name;value\nnet_h1;0,3770\nw5+;0,360\n") == wanted
    assert pairs("名称\t数值\nnet_h1\t0.3770\nw5+\t0.360\n", ".tsv") == wanted
    assert pairs("\ufeffnet_h1 = 0.3770\r\nw5+ = 0.360\r\n") == wanted
    assert {
        e.name: e.number.text for e in read_sheet({"net_h1": "0.3770", "w5+": "0.360"})
    } == wanted


def test_an_empty_cell_was_not_answered():
    assert pairs("name,value\nnet_h1,0.3770\nw5+,\n") == {
        "net_h1": "0.3770",
        "w5+": "",
    }


@pytest.mark.parametrize(
    ("text", "suffix"),
    [("", ""), ("# nothing\n", ""), ("net_h1\n", ""), ("[1, 2]", ".json"), ("{", ".json"),
     ('{"net_h1": [0.1]}', ".json"), ("net_h1 = zero\n", ""), ("a;b\nc\n", ".csv")],
)  # fmt: skip
def test_what_is_no_sheet_is_refused(text, suffix):
    with pytest.raises((DataError, ConfigError)):
        sheet_of(text, suffix)


def test_an_error_says_in_which_line():
    with pytest.raises(DataError, match="line 2: w5"):
        sheet_of("net_h1 = 0.3\nw5 = abc\n")


# ---- names --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def names():
    net = wg.mlp([2, 2, 2], bias="shared")
    return Names(wg.backprop(net, [0.05, 0.10], [0.01, 0.99]))


@pytest.fixture(scope="module")
def two(names):
    net = wg.mlp([2, 3, 2, 2], activation="tanh")
    return Names(wg.backprop(net, [[0.05, 0.1], [1, 2]], [[0.1, 0.9], [1, 0]]))


SAME = {
    "net_h1": ["net h1", "neth1", "Net_h1", "net_{h1}", r"\mathrm{net}_{h1}", "ｎｅｔ_ｈ１",
               "z_h1"],
    "w5": ["w_5", "w_{5}", "W2[0,0]", "W2[1,1]", "w(2)_11"],
    "w5+": ["w5'", "w5′", "w5⁺", "new w5", "w5_new", "w_5^+", "w_{5}^{+}", "updated w5", "新w5"],
    "E_total": ["E", "Etotal", "loss", "总误差", "E_{total}"],
    "δ_o1": ["delta_o1", "δo1", r"\delta_{o1}", "δ_net_o1"],
    "∂E_total/∂w5": ["dE/dw5", "∂E/∂w5", "d E_total / d w5", "grad w5", "∇w5",
                     r"\frac{\partial E_{total}}{\partial w_5}"],
    "∂out_o1/∂net_o1": ["dout_o1/dnet_o1", "d out_o1 / d net_o1"],
    "E_total after 10000": ["E_total@10000", "E after 10,000 steps", "E_total 10000次后"],
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_one_number_under_many_names(names, name):
    wanted = names.find(name)
    for other in SAME[name]:
        assert names.find(other) == wanted, other


def test_what_names_mean(names, two):
    assert isinstance(names.find("δ_o1").ref, Delta)
    assert isinstance(names.find("w5+").ref, Updated)
    assert isinstance(names.find("η").ref, Rate)
    assert names.find("E@7").ref == After(names.loss, 7)
    assert names.find("θ1").threshold
    assert not names.find("b1").threshold
    partial = names.find("∂E_o1/∂net_o1").ref
    assert isinstance(partial, Partial)
    assert names.trace.graph[partial.top.node].role == "error"
    for name in ("out_h1[2]", "out_h1(2)", "out_h1^(2)", "out_h1^{(2)}"):
        assert two.find(name).ref == two.find("out_h1[2]").ref
    assert two.find("net_h2_1[1]").ref != two.find("net_h2[1]").ref
    assert two.find("b_h2_1+").ref == Updated(two.find("b_h2_1").ref)


def test_unknown_names_are_named_together_with_their_neighbours(names, two):
    with pytest.raises(NameUnknownError) as error:
        names.refuse(["net_h3", "w9"])
    assert "'net_h3', 'w9'" in str(error.value)
    assert "net_h1" in str(error.value)
    with pytest.raises(NameUnknownError, match=r"out_h1\[1\] is out_h1 of the first sample"):
        two.refuse(["out_h1"])
    for name in ("net_o1+", "δ_i1", "foo", "∂foo/∂w5"):
        with pytest.raises(NameUnknownError):
            names.find(name)


# ---- slips of the pen ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0.75136079", "lost_and_last"),  # the article's own
        ("0.75316507", "exchanged"),
        ("0.751336507", "doubled"),
        ("0.0751365", "shifted"),
        ("7.5136507", "shifted"),
        ("0.75186507", "digit"),
        ("0.7571", "exchanged"),
        ("0.3775", ""),
        ("-0.75136507", "minus_added"),
    ],
)
def test_slips_of_the_pen(text, kind):
    right = 0.7513650695523157 if text != "0.7571" else 0.75171
    assert slip_of_the_pen(numeral(text), right) == kind


@pytest.mark.parametrize(
    ("right", "text", "kind"),
    [
        (0.08284, "0.08684", "digit"),
        (0.08284, "0.0284", "lost"),
        (0.08284, "0.0824", "lost"),
        (0.08284, "0.0829", ""),  # neither a digit lost nor one changed: 0.0828
        (0.483755719, "0.83755719", "lost"),
        (-0.37866, "-0.337866", "doubled"),
        (-0.003018123, "-0.030180", "shifted"),
        (-0.44216, "0.44216", "minus_lost"),
        (0.62, "-0.62", "minus_added"),
        (0.7325, "0.7354", ""),
        (0.7325, "0.7235", "exchanged"),
        (-0.005829, "-0.00538", "exchanged"),
        (0.73254, "0.7354", "lost"),
        (2.167368, "2.1680", ""),  # a digit lost, and another one: no slip of the pen
    ],
)
def test_only_what_gives_the_digits_is_said(right, text, kind):
    assert slip_of_the_pen(numeral(text), right) == kind


def test_forms_round_trip_through_json(tmp_path):
    path = tmp_path / "sheet.json"
    path.write_text(json.dumps({"w5+": 0.359}), encoding="utf-8")
    assert [(e.name, e.number.value) for e in read_sheet(path)] == [("w5+", 0.359)]
    with pytest.raises(ConfigError):
        read_sheet(tmp_path / "missing.csv")
