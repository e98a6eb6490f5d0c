"""The commands: exit status, where output goes, bad input, formats, encodings."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whygrad.cli import main

GOOD = """
[network]
layers = [2, 2, 2]
loss = "half_squared_error"
[data]
inputs = [[0.1, 0.9], [0.4, 0.3]]
targets = [[0.2, 0.8], [0.7, 0.1]]
[training]
learning_rate = 0.5
iterations = 5
"""

BAD = {
    "unknown key": ('[network]\nlayers=[2,2]\nactivaton="tanh"', "did you mean 'activation'"),
    "unknown table": ("[network]\nlayers=[2,2]\n[dat]\n", "did you mean 'data'"),
    "unknown activation": ('[network]\nlayers=[2,2]\nactivation="tahn"', "did you mean 'tanh'"),
    "unknown loss": ('[network]\nlayers=[2,2]\nloss="hubr"', "did you mean 'huber'"),
    "zero width": ("[network]\nlayers=[2,0,2]", "at least one neuron"),
    "huge": ("[network]\nlayers=[1000000,1000000]", "too large"),
    "kind": ('[network]\nlayers="2-2"', "network.layers"),
    "transposed": ("[network]\nlayers=[2,3]\n[parameters]\nW1=[[1,2,3],[4,5,6]]", "transposed"),
    "shape": ("[network]\nlayers=[2,3]\n[parameters]\nW1=[[1,2]]", "shape (1, 2)"),
    "no such weight": ("[network]\nlayers=[2,2]\n[parameters]\nw9=1", "no parameter 'w9'"),
    "text": ('[network]\nlayers=[2,1]\n[data]\ninputs=["a",2]\ntargets=[1]', "must be numbers"),
    "nan": ("[network]\nlayers=[2,1]\n[data]\ninputs=[nan,2]\ntargets=[1]", "row 1, column 1"),
    "infinite": ("[network]\nlayers=[2,1]\n[data]\ninputs=[inf,2]\ntargets=[1]", "finite"),
    "empty": ("[network]\nlayers=[2,1]\n[data]\ninputs=[]\ntargets=[]", "empty"),
    "no data": ("[network]\nlayers=[2,1]", "no data"),
    "fit": ("[network]\nlayers=[2,2]\n[data]\ninputs=[1,2]\ntargets=[1,2,3]", "shape (3,)"),
    "rows": ("[network]\nlayers=[1,1]\n[data]\ninputs=[1,2]\ntargets=[1]", "2 rows of inputs"),
    "not toml": ("[network", "not TOML"),
    "nothing": ("", "[network]"),
    "formula": ('[network]\nlayers=[2,2]\nactivation="x +* 2"', "^"),
    "function": ('[network]\nlayers=[2,2]\nactivation="tnh(x)"', "did you mean 'tanh'"),
    "domain": (
        '[network]\nlayers=[1,1]\nloss="binary_cross_entropy"\n[data]\ninputs=[1]\ntargets=[2]',
        "from 0 to 1",
    ),
    "label": (
        '[network]\nlayers=[1,2]\nloss="softmax_cross_entropy"\n[data]\ninputs=[1]\ntargets=[2]',
        "from 0 to 1",
    ),
    "rate": ("[network]\nlayers=[2,2]\n[training]\nlearning_rate=-1", "positive"),
    "order": ('[network]\nlayers=[2,2]\n[training]\nupdate_order="seq"', "update_order"),
    "seed": ("[network]\nlayers=[2,2]\nseed=-1", "seed"),
    "name": ('[network]\nlayers=[2,2]\n[names]\ni1="a b"', "no space"),
    "name of nothing": ('[network]\nlayers=[2,2]\n[names]\ni9="a"', "not in the network"),
    "name twice": ('[network]\nlayers=[2,2]\n[names]\ni1="i2"', "two things"),
    "csv": ('[network]\nlayers=[2,1]\n[data]\nfile="no.csv"\ntargets="y"', "no file"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_one_clear_message(name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, said = BAD[name]
    (tmp_path / "net.toml").write_text(text, encoding="utf-8")
    assert main(["explain", "net.toml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "net.toml" in err or name == "no data" or "whygrad: " in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["explain", "missing.toml"], "no file"),
        (["explain", "."], "cannot be read"),
        (["explain", "net.toml", "--of", "w99"], "known: "),
        (["init", "3-x"], "3-4-2"),
        (["init", "3"], "3-4-2"),
        (["derive"], "Say what"),
        (["derive", "softmax"], "not a function of one number"),
        (["derive", "x+"], "ends"),
        (["ops", "tahn"], "did you mean 'tanh'"),
    ],
)
def test_bad_use_gets_status_2(command, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.toml").write_text(GOOD, encoding="utf-8")
    assert main(command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-16", "UTF-16"), ("gb18030", "GBK"), ("latin-1", "GBK")]
)
def test_other_encodings_are_named(encoding, said, tmp_path, capsys):
    path = tmp_path / "net.toml"
    path.write_bytes(
        (GOOD + "# é 权重\n" if encoding != "latin-1" else GOOD + "# éé\n").encode(encoding)
    )
    assert main(["explain", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_a_byte_order_mark_is_read(tmp_path, capsys):
    path = tmp_path / "net.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert main(["explain", str(path)]) == 0


def test_a_cell_that_is_no_number_is_named_by_its_place(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text("a,b,y\n1,2,3\n4,five,6\n", encoding="utf-8-sig")
    (tmp_path / "n.toml").write_text(
        '[network]\nlayers=[2,1]\n[data]\nfile="d.csv"\ntargets="y"', encoding="utf-8"
    )
    assert main(["explain", "n.toml"]) == 2
    error = capsys.readouterr().err
    assert "line 3" in error
    assert "'b'" in error


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["explain", "article", "--of", "w5", "--lang", "en"], "0.082167041"),
        (["explain", "article", "--lang", "en"], "0.298371109"),
        (["check", "article", "--lang", "en"], "right"),
        (["why", "article", "--lang", "en"], "0.298371"),
        (["derive", "--network", "article", "--lang", "en"], "δ"),
    ],
)
def test_article_is_the_worked_example(command, said, tmp_path, capsys, monkeypatch):
    """Its printed figures: the total error 0.298371109, ∂E_total/∂w5 = 0.082167041."""
    monkeypatch.chdir(tmp_path)
    assert main(command) == 0
    assert said in capsys.readouterr().out


def test_a_file_called_article_is_read_itself(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article").write_text("not TOML", encoding="utf-8")
    assert main(["check", "article"]) == 2
    assert "is not TOML" in capsys.readouterr().err


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html", "json", "svg", "tikz"])
@pytest.mark.parametrize("of", [[], ["--of", "w1"], ["--of", "b_o1"]])
def test_every_format_of_explain(form, lang, of, net, capsys):
    assert main(["explain", net, "--format", form, "--lang", lang, *of]) == 0
    out, err = capsys.readouterr()
    assert out.strip()
    assert err == ""


@pytest.mark.parametrize("detail", ["factors", "delta"])
@pytest.mark.parametrize("notation", ["textbook", "indexed", "matrix", "code"])
@pytest.mark.parametrize("digits", ["1", "4", "17"])
def test_every_reading_of_explain(notation, detail, digits, net, capsys):
    options = ["--notation", notation, "--detail", detail, "--digits", digits]
    assert main(["explain", net, "--of", "w1", *options]) == 0
    assert main(["explain", net, "--all", *options]) == 0
    assert "✓" in capsys.readouterr().out


def test_the_json_of_explain(net, capsys):
    assert main(["explain", net, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert set(data) == {"loss", "values", "gradients", "updated", "steps"}
    assert set(data["gradients"]) == set(data["updated"])
    assert {"name", "symbolic", "substituted", "value", "rule", "terms", "remainder"} <= set(
        data["steps"][0]
    )
    w1 = data["values"]["w1"] - 0.5 * data["gradients"]["w1"]
    assert data["updated"]["w1"] == pytest.approx(w1, rel=1e-15)
    for name in data["values"]:
        assert main(["explain", net, "--of", name, "--format", "json"]) == 0
        one = json.loads(capsys.readouterr().out)
        assert one["target"] == name
        assert one["check"]["finite_difference"] == pytest.approx(one["value"], rel=1e-6, abs=1e-9)


def test_the_json_of_train(net, capsys):
    assert main(["train", net, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert set(data) >= {"loss", "outputs", "iterations", "stop_reason", "history"}
    assert data["iterations"] == 5
    assert data["history"][-1] == {"iteration": 5, "loss": data["loss"]}


def test_check_says_right_and_finds_what_is_wrong(net, capsys, monkeypatch):
    assert main(["check", net]) == 0
    assert "right" in capsys.readouterr().out
    from whygrad.op import find

    wrong = (lambda xp, y, x: 2 * y * (1 - y),)
    monkeypatch.setitem(vars(find("sigmoid")), "local", wrong)
    assert main(["check", net]) == 1
    assert "wrong" in capsys.readouterr().out


def test_help_of_every_command(capsys):
    for command in ("demo", "init", "explain", "derive", "check", "train", "ops"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert command in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["cp936", "cp1252", "ascii"])
def test_terminals_that_cannot_show_the_signs_get_ascii(encoding, net):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    for command in (["demo"], ["demo", "--full"], ["explain", net], ["derive", "sigmoid"]):
        done = subprocess.run(
            [sys.executable, "-m", "whygrad", *command, *(["--lang", "en"])],
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.isascii()
        assert b"dE_total" in done.stdout or command[0] == "derive" or command == ["demo"]


def test_output_is_utf8_whatever_the_locale(net):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    done = subprocess.run(
        [sys.executable, "-m", "whygrad", "explain", net, "--lang", "zh"],
        env=environment | {"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode("utf-8")
    assert "∂E_total" in text
    assert "反向传播" in text


@pytest.mark.parametrize("locale", ["zh_CN.UTF-8", "en_US.UTF-8"])
def test_the_language_is_the_locales(locale, net, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", locale)
    assert main(["explain", net, "--of", "w1"]) == 0
    assert ("差商" in capsys.readouterr().out) == locale.startswith("zh")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=True)
    | st.sampled_from(["", "tanh", "x*x", "mean", "none", "shared", "1+", "autoencoder", "日"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "network",
        "layers",
        "activation",
        "output_activation",
        "loss",
        "bias",
        "task",
        "seed",
        "parameters",
        "W1",
        "b1",
        "w1",
        "layout",
        "names",
        "i1",
        "data",
        "inputs",
        "targets",
        "file",
        "training",
        "learning_rate",
        "iterations",
        "epochs",
        "batch_size",
        "shuffle",
        "reduction",
        "optimizer",
        "update_order",
        "train_bias",
        "unknown",
    ]
)


def toml(value: object) -> str:
    """A value as TOML; what TOML has no word for becomes one that it must refuse."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else "null"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_network_file_brings_a_traceback(data, tmp_path, capsys):
    lines = GOOD.strip().splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["set", "add", "drop", "bytes"])):
            case "set":
                lines[at] = lines[at].split("=")[0] + "= " + toml(data.draw(VALUES))
            case "add":
                lines.insert(at, f"{data.draw(KEYS)} = {toml(data.draw(VALUES))}")
            case "drop":
                lines.pop(at)
                lines = lines or [""]
            case "bytes":
                lines[at] += data.draw(st.text(max_size=4)).replace("\ud800", "")
    path = tmp_path / "net.toml"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    for command in ("explain", "check", "train"):
        assert main([command, str(path), "--format", "json"]) in (0, 1, 2)
    assert "Traceback" not in capsys.readouterr().err
