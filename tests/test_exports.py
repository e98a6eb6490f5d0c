"""What is exported predicts as the model does: run by cc, NumPy, onnxruntime, formulas, a TeX."""

from __future__ import annotations

import ast
import csv
import ctypes
import io
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import zlib
from dataclasses import replace
from functools import cache, partial, reduce
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import whygrad as wg
from needs import needs
from whygrad import numeric, symbols
from whygrad.cli import main
from whygrad.data.encoding import Encoder, Feature
from whygrad.data.preparation import Preparation
from whygrad.data.scale import Scaler
from whygrad.engine import passes
from whygrad.errors import ConfigError
from whygrad.exports.export import FORMATS
from whygrad.exports.spreadsheet import LONGEST, column_letters, sheet_of
from whygrad.expr import Call, as_expr
from whygrad.op import REGISTRY, make_op

onnxruntime = needs("onnxruntime")
formulas = needs("formulas")
openpyxl = needs("openpyxl")

RNG = np.random.default_rng(7)
X = RNG.normal(size=(6, 3)) * 2
# How far sums of a few rounded terms may be apart.
CLOSE = {"float32": {"rtol": 2e-5, "atol": 2e-6}, "float64": {"rtol": 1e-12, "atol": 1e-14}}


# ---- what runs the exports ----------------------------------------------------------------------


def compiler() -> str:
    found = shutil.which("cc")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("needs a C compiler: apt-get install gcc")
    return found or "cc"


def compiled(folder, names):
    """Exported C files as one library; every warning is an error."""
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
    flags += ["-shared", "-fPIC", "-o", "all.so"]
    files = [f"{name}.c" for name in names]
    subprocess.run([compiler(), *flags, *files, "-lm"], cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "all.so"))


def by_c(library, name, x, dtype, outputs):
    """The outputs of a compiled network for rows of x."""
    function = getattr(library, f"{name}_predict")
    given, found = np.ascontiguousarray(x, dtype), np.empty((len(x), outputs), dtype)
    for row, answer in zip(given, found, strict=True):
        function(ctypes.c_void_p(row.ctypes.data), ctypes.c_void_p(answer.ctypes.data))
    return found


def classes_by_c(library, name, x, dtype):
    function, rows = getattr(library, f"{name}_class"), np.ascontiguousarray(x, dtype)
    return [function(ctypes.c_void_p(row.ctypes.data)) for row in rows]


def module(net, **options):
    """An exported Python file, executed."""
    text = wg.export(net, format="python", **options)
    assert "import whygrad" not in text
    names = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), names)
    return SimpleNamespace(**names)


def by_onnx(net, x, dtype):
    content = wg.export(net, format="onnx", dtype=dtype)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": np.asarray(x, dtype)}), strict=True))


@cache
def cell(formula):
    return formulas.Parser().ast(formula)[1].compile()


def by_sheet(net, x):
    """The last columns of a sheet, calculated for each row."""
    sheet = sheet_of(net, None)
    found = []
    for row in np.asarray(x, float):
        values = dict(zip((f"{column_letters(k + 1)}2" for k in range(len(row))), row, strict=True))
        for k, content in enumerate(sheet.cells):
            if isinstance(content, str):
                assert len(content) <= LONGEST + 1
                function = cell(content)
                given = [arguments(name, values) for name in function.inputs]
                answer = np.ravel(function(*given))[0]
                values[f"{column_letters(k + 1)}2"] = answer
        found.append([*values.values()][len(row) :])
    return found


def arguments(name, values):
    """A cell's value, or those of a range along the row."""
    ends = re.findall("[A-Z]+2", name)
    there = list(values)
    first, last = (there.index(e) for e in (ends[0], ends[-1]))
    return np.array([[values[c] for c in there[first : last + 1]]])


def numbers(row):
    """A row of a sheet as numbers; its errors are NaN."""
    return [float(v) if isinstance(v, (int, float, np.number)) else math.nan for v in row]


# ---- every activation ---------------------------------------------------------------------------

GATED = make_op(
    lambda xp, x: xp.where(xp.both(x > -1, x < 1), xp.sin(x) ** 2, xp.maximum(x, -(x**2))),
    local=lambda xp, y, x: xp.ones_like(x),
    name="gated",
    latex="g",
)
# Rules with attributes, a sub-result, a named part and a whole row are among the registry's own.
ACTIVATIONS = {
    **{
        o.name: o
        for o in REGISTRY.values()
        if len(o.operands) == 1 and o.elementwise and set(o.attributes) <= set(o.defaults)
    },
    **{name: REGISTRY[name] for name in ("softmax", "log_softmax")},
    "formula": "x / (1 + exp(-x)) - x^3 / 50",
    "gated": GATED,
    "constant": "3",
    "undefined": "max(0, sqrt(x)) + max(log(x), 0) + min(0, sqrt(-x))",
    "infinite": "x + 1 / (1 + exp(1e4)) + exp(-(1e308 * 1e308)) - 1 / -(1e308 * 1e308)",
    "signs": "x - -(-0.5 * x) - -x^2 * -(x - (1 - x))",
}
NETS = {
    name: wg.mlp(
        [3, 4, 2], activation=a, output_activation="identity", seed=zlib.crc32(name.encode())
    ).with_parameters(b1=[0.3, -0.2, 0.7, 0.1], b2=[0.5, -0.5])
    for name, a in ACTIVATIONS.items()
}


def functions(net):
    """What its hidden activation calls, as it is run and as it is shown."""
    op = net.activations[0]
    x = symbols.symbol("x", (2, 4))
    formulas = [as_expr(op.value(xp, x, **op.defaults)) for xp in (symbols.xp, passes.xp)]
    return {p.function for f in formulas for p in f.walk() if isinstance(p, Call)}


def covering(nets):
    """As many of them as call every function that one of them calls."""
    called = set()
    for name, net in nets.items():
        if functions(net) - called:
            called |= functions(net)
            yield name, net


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_activation_is_exported_to_c(dtype, tmp_path):
    nets = NETS if dtype == "float64" else dict(covering(NETS))
    for name, net in nets.items():
        wg.export(net, tmp_path / f"{name}.c", dtype=dtype, name=f"net_{name}")
    library = compiled(tmp_path, nets)
    for name, net in nets.items():
        found = by_c(library, f"net_{name}", X, dtype, 2)
        assert_allclose(found, net.predict(X), **CLOSE[dtype], err_msg=name)


@pytest.mark.parametrize("name", NETS)
def test_every_activation_is_exported_to_numpy_and_onnx(name):
    net = NETS[name]
    for dtype in ("float64", "float32"):
        expected = net.predict(X)
        assert_allclose(module(net, dtype=dtype).predict(X), expected, **CLOSE[dtype])
        if "erf" in wg.export(net, format="python") and dtype == "float64":
            continue  # valid ONNX, but onnxruntime has Erf in float32 only
        assert_allclose(by_onnx(net, X, dtype)["prediction"], expected, **CLOSE[dtype])


@pytest.mark.parametrize("name", NETS)
def test_every_activation_is_exported_to_a_sheet(name):
    net = wg.mlp([2, 2, 1], activation=ACTIVATIONS[name], output_activation="identity", seed=9)
    found = np.array([numbers(row[-1:]) for row in by_sheet(net, X[:4, :2])])
    assert_allclose(found, net.predict(X[:4, :2]), rtol=1e-12, atol=1e-14)


# ---- every function of rules --------------------------------------------------------------------


def key(x, *along):
    """A key that takes all samples."""
    return ((0, 1, x.shape[0]), *along)


def image(xp, x):
    return xp.reshape(x, (x.shape[0], 1, 2, 2))


WINDOWS = {"kernel": (2, 2), "stride": (2, 2), "padding": (1, 1)}
ROWS = {
    "sum": lambda xp, x: x - xp.sum(x, axis=-1, keepdims=True),
    "mean": lambda xp, x: xp.exp(x - xp.mean(x, axis=1, keepdims=True)),
    "max": lambda xp, x: x / (1 + xp.abs(xp.max(x, axis=-1, keepdims=True))),
    "cumsum": lambda xp, x: xp.cumsum(x * x, axis=1),
    "reshape": lambda xp, x: xp.reshape(
        xp.transpose(xp.reshape(x, (-1, 2, 2)), (0, 2, 1)), (x.shape[0], 4)
    ),
    "mT": lambda xp, x: xp.mT(xp.mT(x) + 1),
    "broadcast_to": lambda xp, x: xp.broadcast_to(xp.sum(x, axis=1, keepdims=True), x.shape),
    "concatenate": lambda xp, x: xp.concatenate(
        xp.tanh(xp.select(x, key(x, (0, 1, 2)))), xp.select(x, key(x, (3, -1, 2))), axis=-1
    ),
    "select": lambda xp, x: x * xp.reshape(xp.select(x, key(x, 1)), (x.shape[0], 1)),
    "place": lambda xp, x: (
        xp.place(xp.select(x, key(x, (0, 1, 2))), key(x, (1, 2, 2)), x.shape)
        + xp.place(xp.select(x, key(x, 3)), key(x, 0), x.shape)
    ),
    "matmul": lambda xp, x: xp.reshape(
        xp.matmul(xp.reshape(x, (-1, 2, 2)), xp.reshape(x + 1, (-1, 2, 2))), x.shape
    ),
    "rows_by": lambda xp, x: xp.reshape(
        xp.rows_by(xp.reshape(x, (-1, 2, 2)), xp.reshape(x + 1, (-1, 2, 2))), x.shape
    ),
    "windows": lambda xp, x: xp.reshape(
        xp.sum(xp.windows(image(xp, x), **WINDOWS) ** 2, axis=(-1, -2)), x.shape
    ),
    "unwindows": lambda xp, x: xp.reshape(
        xp.unwindows(xp.windows(image(xp, x), **WINDOWS), size=(2, 2), **WINDOWS), x.shape
    ),
    "ones_like": lambda xp, x: xp.ones_like(x) + xp.sign(x),
    "either": lambda xp, x: xp.where(xp.either(x > 1, xp.equal(x, xp.abs(x))), x, -x),
    "mask": lambda xp, x: (x <= 0.5) * 1.0 + (x >= 0.5) * xp.minimum(x, 0.7),
    "truth": lambda xp, x: x < 0.5,
    "twice": lambda xp, x: xp.sqrt(xp.abs(x)) * xp.log(1 + xp.sqrt(xp.abs(x))),
}
LABELS = {"index", "scatter_add", "one_hot"}  # they read whole numbers, which no prediction has
ROW_NETS = {
    name: wg.mlp(
        [3, 4, 1], activation=make_op(rule, back=lambda xp, g, y, x: (g,), name=name),
        output_activation="identity", seed=k,
    )
    for k, (name, rule) in enumerate(ROWS.items())
}  # fmt: skip


def test_every_function_that_a_rule_may_call_is_among_the_tested():
    found = set().union(*map(functions, (*NETS.values(), *ROW_NETS.values())))
    assert found | LABELS | {"is_mask"} == set(numeric.FUNCTIONS)


def test_rules_that_read_a_whole_row_are_exported(tmp_path):
    for name, net in ROW_NETS.items():
        wg.export(net, tmp_path / f"{name}.c", name=f"net_{name}")
    library = compiled(tmp_path, ROW_NETS)
    for name, net in ROW_NETS.items():
        expected, close = net.predict(X), {**CLOSE["float64"], "err_msg": name}
        assert_allclose(by_c(library, f"net_{name}", X, "float64", 1), expected, **close)
        assert_allclose(module(net).predict(X), expected, **close)
        assert_allclose(by_onnx(net, X, "float64")["prediction"], expected, **close)
        assert_allclose(by_onnx(net, X, "float32")["prediction"], expected, **CLOSE["float32"])
        assert_allclose([numbers(r[-1:]) for r in by_sheet(net, X[:2])], expected[:2], **close)


# ---- scaling, classes, tables -------------------------------------------------------------------


def prepared(loss, outputs, **around):
    """A network on data far from 0, scaled on both sides."""
    scaler = Scaler("standard", np.array([2000.0, -3e-4, 7.0]), np.array([0.2, 4e3, 1 / 3]))
    net = wg.mlp([3, 5, outputs], activation="tanh", output_activation=None, loss=loss, seed=4)
    return replace(net, preparation=Preparation(inputs=scaler, **around))


LARGE = X * [5.0, 2.5e-4, 3.0] + [2000.0, -3e-4, 7.0]
BACK = Scaler("minmax", np.array([1e4, -2.0]), np.array([1e-3, 5.0]))
WORDS = ('say "a\\b"?', "Übung 训练", "*/ c")
PREPARED = {
    "regression": prepared("mean_squared_error", 2, targets=BACK, target_names=("a", "=b")),
    "three": prepared("softmax_cross_entropy", 3, classes=WORDS),
    "two": prepared("binary_cross_entropy_with_logits", 1, classes=(0, 1)),
    "score": prepared("mean_squared_error", 3, classes=(1.5, 2.5, 4.0)),
    "truth": prepared("softmax_cross_entropy", 2, classes=(False, True)),
}
CONTROL = prepared("softmax_cross_entropy", 2, classes=("a\x07", "b"))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_scaling_and_classes_come_along_in_c(dtype, tmp_path):
    nets = {k: typed(net, dtype) for k, net in PREPARED.items()}
    for name, net in nets.items():
        wg.export(net, tmp_path / f"{name}.c")
    library = compiled(tmp_path, nets)
    given = LARGE.astype(dtype)
    for name, net in nets.items():
        classes, width = net.preparation.classes, net.layers[-1]
        found = by_c(library, name, given, dtype, width)
        if classes is None:
            assert_allclose(found, net.predict(given), **CLOSE[dtype])
            continue
        assert_allclose(found, net.outputs(given), **CLOSE[dtype])
        chosen = classes_by_c(library, name, given, dtype)
        texts = (ctypes.c_char_p * len(classes)).in_dll(library, f"{name}_classes")
        assert [t.decode() for t in texts] == [str(c) for c in classes]
        assert [classes[k] for k in chosen] == net.predict(given).tolist()


def typed(net, dtype):
    """The network with weights of a type."""
    return replace(net, parameters={k: v.astype(dtype) for k, v in net.parameters.items()})


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", PREPARED)
def test_scaling_and_classes_come_along_in_numpy_and_onnx(name, dtype):
    net = typed(PREPARED[name], dtype)
    given = LARGE.astype(dtype)
    python, onnx = module(net), by_onnx(net, given, dtype)
    if net.preparation.classes is None:
        assert_allclose(python.predict(given), net.predict(given), **CLOSE[dtype])
        assert_allclose(onnx["prediction"], net.predict(given), **CLOSE[dtype])
        assert python.predict(given).dtype == dtype
        return
    assert python.predict(given).tolist() == net.predict(given).tolist()
    assert onnx["label"].tolist() == net.predict(given).tolist()
    if net.has_probabilities:
        expected = net.predict_proba(given)
        assert_allclose(python.predict_proba(given), expected, **CLOSE[dtype])
        assert_allclose(onnx["probabilities"], expected, **CLOSE[dtype])
    else:
        assert not hasattr(python, "predict_proba")


@pytest.mark.parametrize("name", PREPARED)
def test_scaling_and_classes_come_along_in_a_sheet(name, tmp_path):
    net = PREPARED[name]
    rows = by_sheet(net, LARGE[:3])
    if net.preparation.classes is None:
        assert_allclose([numbers(r[-2:]) for r in rows], net.predict(LARGE[:3]), rtol=1e-10)
    else:
        assert [r[-1] for r in rows] == net.predict(LARGE[:3]).tolist()
    (path,) = wg.export(net, tmp_path / "net.xlsx")
    page = openpyxl.load_workbook(path).active
    heads, cells = page.iter_rows(max_row=2)
    assert all(c.data_type == "s" for c in heads)
    assert [c.value for c in cells] == list(sheet_of(net, None).cells)


def test_columns_of_a_table_are_named_in_their_order():
    features = (
        Feature("*/ age\n", "number", indicator=True),
        Feature("x", "category", values="ab"),
    )
    net = wg.mlp([3, 2, 1], loss="mean_squared_error", seed=1)
    net = replace(net, preparation=Preparation(Encoder(features), target_names=("price",)))
    for name in ("python", "c", "latex"):
        text = wg.export(net, format=name)
        places = [text.index(column) for column in ("age", "age missing", "x=b", "price")[:3]]
        assert places == sorted(places)
        assert "*/ age" not in text or name != "c"
    assert sheet_of(net, None).names == ("*/ age", "*/ age missing", "x=b", "price")


# ---- large and small numbers --------------------------------------------------------------------


def test_nothing_overflows_where_the_model_does_not(tmp_path):
    """sigmoid(−1000) is 0; the softmax of 1000, 0, −1000 is 1, 0, 0."""
    nets = {
        f"n{k}": wg.mlp([1, 3], activation=[a], bias="none", loss=loss).with_parameters(
            W1=[[1000.0], [0.5], [-1000.0]]
        )
        for k, (a, loss) in enumerate(
            [("sigmoid", "mean_squared_error"), ("softmax", "softmax_cross_entropy"),
             ("softplus", "mean_squared_error"), ("silu", "mean_squared_error")]
        )
    }  # fmt: skip
    x = np.array([[1.0], [-1.0], [1e-12]])
    for name, net in nets.items():
        wg.export(net, tmp_path / f"{name}.c")
    library = compiled(tmp_path, nets)
    for name, net in nets.items():
        expected, close = net.predict(x), {"rtol": 1e-12, "atol": 1e-300}
        assert np.isfinite(expected).all()
        assert_allclose(by_c(library, name, x, "float64", 3), expected, **close)
        assert_allclose(module(net).predict(x), expected, **close)
        assert_allclose(by_onnx(net, x, "float64")["prediction"], expected, **close)
        assert_allclose([numbers(r[-3:]) for r in by_sheet(net, x)], expected, **close)


def test_numbers_come_back_to_the_last_bit():
    for dtype, kind in (("float64", np.float64), ("float32", np.float32)):
        weights = np.frombuffer(RNG.bytes(8 * 400), np.uint64).view(np.float64)
        weights = weights[np.isfinite(weights) & (np.abs(weights) < 1e38)].astype(kind)
        net = wg.mlp([len(weights), 1]).with_parameters(W1=weights[None].astype(float))
        net = typed(net, dtype)
        assert module(net).W1.tobytes() == weights.tobytes()
        text = wg.export(net, format="c").split("W1")[1]
        written = re.search(r"= \{(.*?)\};", text)[1].replace("f", "").split(", ")
        assert np.array([kind(w) for w in written]).tobytes() == weights.tobytes()


def test_a_wide_network_has_a_cell_for_each_part_of_a_long_sum():
    net = wg.mlp([250, 1, 2], activation="relu", loss="softmax_cross_entropy", seed=2)
    sheet, x = sheet_of(net, None), RNG.normal(size=(1, 250))
    assert "part of a sum" in sheet.names
    assert_allclose([numbers(r[-2:]) for r in by_sheet(net, x)], net.predict(x), rtol=1e-10)


def test_the_largest_of_many_numbers_is_found_in_parts():
    net = wg.mlp([3, 1500], loss="softmax_cross_entropy", bias="none", seed=5)
    sheet = sheet_of(net, None)
    assert max(len(c) for c in sheet.cells if isinstance(c, str)) <= LONGEST
    end = sheet.names.index("t1") + 1
    values = dict.fromkeys((f"{column_letters(k)}2" for k in range(1, 4)), 0.0)
    values |= {
        f"{column_letters(k)}2": v
        for k, v in enumerate((X[0] @ net.parameters["W1"].T).tolist(), start=4)
    }
    for k in range(len(values), end):
        name, function = f"{column_letters(k + 1)}2", cell(sheet.cells[k])
        values[name] = np.ravel(function(*[arguments(n, values) for n in function.inputs]))[0]
    assert list(sheet.names[1503:end]) == ["part of a maximum"] * 6 + ["t1"]
    assert values[name] == (X[0] @ net.parameters["W1"].T).max()


# ---- LaTeX --------------------------------------------------------------------------------------


def braced(text, at):
    """What stands in the braces that open at a place, and where they end."""
    depth = 0
    for k in range(at, len(text)):
        depth += (text[k] == "{") - (text[k] == "}")
        if depth == 0:
            return text[at + 1 : k], k + 1
    raise AssertionError(text)


def python_of(tex):
    """A formula of LaTeX as Python: fractions, powers, roots, cases and products."""
    out, at = "", 0
    while at < len(tex):
        two = re.match(r"\\t?frac|\\sqrt|\^|\\(?:operatorname|mathrm)", tex[at:])
        if two and two[0].endswith("frac"):
            top, end = braced(tex, at + len(two[0]))
            bottom, at = braced(tex, end)
            out += f"(({python_of(top)})/({python_of(bottom)}))"
        elif two and two[0] in ("^", r"\sqrt"):
            body, at = braced(tex, at + len(two[0]))
            out += "**" if two[0] == "^" else "sqrt"
            out += f"({python_of(body)})"
        elif two:
            body, at = braced(tex, at + len(two[0]))
            out += body
        else:
            out += tex[at]
            at += 1
    return out


def value_of(tex, names):
    for left, right in [
        (r"\left", ""), (r"\right", ""), (r"\cdot", "*"), (r"\times", "*"), (r"{}", ""),
        (r"\quad", ""), ("&", ""), (r"\ln", "log"),
    ]:  # fmt: skip
        tex = tex.replace(left, right)
    tex = re.sub(r"\\mathrm\{([\w\\]+)\}", r"\1", tex).replace(r"\_", "_")
    tex = re.sub(r"_\{(\w+)\}", r"_\1", tex)
    line = " ".join(python_of(tex).replace("\\", "").split())
    line = re.sub(r"(?<=[\d)])\s*(?=[(a-z])(?<![a-z]\d)(?!e-?\d)", "*", line)
    line = re.sub(r"(\b[a-z]+_\w+)\s*(?=\()", r"\1*", line)
    functions = {k: getattr(math, k) for k in ("exp", "log", "tanh", "sqrt", "sin", "erf", "e")}
    return eval(line, functions | {"max": max, "min": min} | names)


def formulas_of(text):
    """Left and right sides, in order."""
    body = text.split(r"\begin{document}")[1].split(r"\end{document}")[0]
    body = re.sub(r"\\\[\\fitted\{|\}\\\]|\\(?:begin|end)\{align\*\}", r"\\\\", body)
    rows = [row.strip() for row in re.sub(r"\\\\\s*&\\quad", " ", body).split(r"\\")]
    return [row.replace("&=", "=").split(" = ", 1) for row in rows if row]


@pytest.mark.parametrize("name", ["article", "closed", "listed", "scaled"])
def test_a_formula_in_latex_gives_the_models_numbers(name):
    net = {
        "article": wg.load("article"),
        "closed": wg.mlp([3, 2, 2], activation="gelu", loss="softmax_cross_entropy"),
        "listed": wg.mlp([3, 9, 8, 2], activation=["x / (1 + exp(-x))", "tanh"], loss="huber"),
        "scaled": PREPARED["regression"],
    }[name]
    x = (LARGE if name == "scaled" else X)[0, : net.layers[0]]
    text = wg.export(net, format="latex")
    letter = "x" if name == "scaled" else "i"
    names = {f"{letter}_{k}": v for k, v in enumerate(x.tolist(), start=1)}
    for left, right in formulas_of(text):
        called = re.sub(r"\\mathrm|[{}]", "", left).replace(r"\_", "_").strip()
        names[called] = value_of(right, names)
    answers = [*names.values()][-net.layers[-1] :]
    assert_allclose(answers, net.predict(x[None])[0], rtol=1e-11)
    assert ("align" in text) == (name == "listed")


@pytest.mark.parametrize("name", ["three", "listed"])
def test_a_page_of_latex_compiles(name, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex: apt-get install texlive-latex-base")
    net = {**PREPARED, "listed": wg.mlp([8, 9, 4], activation=["leaky_relu", "softplus"])}[name]
    wg.export(net, tmp_path / "page.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout


# ---- files, commands, what is refused -----------------------------------------------------------


def test_a_python_file_runs_as_a_script(tmp_path):
    net = PREPARED["three"]
    (path,) = wg.export(net, tmp_path / "net.py")
    rows = "\n".join(",".join(map(repr, row)) for row in LARGE.tolist())
    (tmp_path / "t.csv").write_text("a,b,c\n" + rows + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, path.name, "t.csv"], cwd=tmp_path, capture_output=True, check=True,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.decode().split("\n")[:-1] == net.predict(LARGE).tolist()


def test_the_suffix_says_the_format_and_what_was_written_is_told(tmp_path):
    net = wg.load("article")
    for _, suffixes in FORMATS.values():
        paths = wg.export(net, tmp_path / f"a-b{suffixes[-1]}")
        assert [p.name for p in paths] == [f"a-b{s}" for s in suffixes]
        assert all(p.stat().st_size for p in paths)
    rows = [*csv.reader(io.StringIO((tmp_path / "a-b.csv").read_text()))]
    assert rows[0] == ["i1", "i2", "out_o1", "out_o2"]
    assert all(c.startswith("=1/(1+EXP(") for c in rows[1][2:])
    assert "void a_b_predict(" in (tmp_path / "a-b.c").read_text()
    (path,) = wg.export(net, tmp_path / "plain.txt", format="latex")
    assert r"\begin{document}" in path.read_text()


def test_a_files_name_may_have_any_sign(tmp_path):
    net = wg.load("article")
    for name in ("a\\x.py", 'a"""\n + b.py', "it's $HOME.py"):
        (path,) = wg.export(net, tmp_path / name)
        said = ast.get_docstring(ast.parse(path.read_text("utf-8")), clean=False)
        ((_, command),) = re.findall(r"(As a script: python) ((?:.|\n)*) table.csv\n", said)
        assert shlex.split(command) == [name]
    for name in ('a"\n#error\n".c', "a\\.c", "a??.h"):
        with pytest.raises(ConfigError, match="No #include can have"):
            wg.export(net, tmp_path / name)
    assert not [*tmp_path.glob("*.[ch]")]


def test_a_file_that_was_not_asked_for_is_not_written_over(tmp_path):
    net, own = wg.load("article"), tmp_path / "n.h"
    own.write_text("/* by hand */\n")
    with pytest.raises(ConfigError, match=r"n.h' is there already"):
        wg.export(net, tmp_path / "n.c")
    assert [*tmp_path.iterdir()] == [own]
    assert own.read_text() == "/* by hand */\n"
    for asked in ("n.h", "n.c", "n.h"):  # asked for by its name; then what whygrad wrote itself
        wg.export(net, tmp_path / asked)
        assert "article_predict" not in own.read_text()
        assert "n_predict" in own.read_text()


def test_names_of_columns_are_no_formulas():
    for name in ("=1", "＋1", "＠a", "－1", "＝1", "-1"):
        net = replace(PREPARED["regression"], preparation=Preparation(target_names=(name, "b")))
        head = next(csv.reader(io.StringIO(wg.export(net, format="spreadsheet"))))
        assert head[-2:] == [f"'{name}", "b"]
    blank = replace(net, preparation=Preparation(target_names=("", "b")))
    assert next(csv.reader(io.StringIO(wg.export(blank, format="spreadsheet"))))[-2:] == ["", "b"]


def test_the_text_of_c_is_one_file(tmp_path):
    text = wg.export(wg.load("article"), format="c", name="f")
    assert '#include "' not in text
    (tmp_path / "f.c").write_text(text)
    found = by_c(compiled(tmp_path, ["f"]), "f", X[:, :2], "float64", 2)
    assert_allclose(found, wg.load("article").predict(X[:, :2]), **CLOSE["float64"])


def test_runs_estimators_and_tied_weights_are_exported():
    net = wg.mlp([3, 2, 3], activation="tanh", tied=True, autoencoder=True)
    run = wg.train(net, X, learning_rate=0.1, iterations=5, quiet=True)
    holder = SimpleNamespace(network_=run.model)
    assert wg.export(run, format="python") == wg.export(holder, format="python")
    assert_allclose(module(run).predict(X), run.model.predict(X), rtol=1e-12)
    assert_allclose(by_onnx(run, X, "float64")["prediction"], run.model.predict(X), rtol=1e-12)


def test_the_command_writes_and_prints(tmp_path, capsys):
    assert main(["export", "article", "-o", str(tmp_path / "n.c"), "--dtype", "float32"]) == 0
    assert "n.h" in capsys.readouterr().err
    assert "const float *x" in (tmp_path / "n.h").read_text()
    assert main(["export", "article", "--format", "python"]) == 0
    assert "def predict(X)" in capsys.readouterr().out
    for wrong in (["--format", "onnx"], ["-o", "n.exe"], [], ["--format", "cobol"]):
        assert main(["export", "article", *wrong]) == 2


def test_what_cannot_be_exported_is_refused_before_anything_is_written(tmp_path):
    net = wg.load("article")
    blown = replace(net, parameters={**net.parameters, "W1": np.full((2, 2), np.nan)})
    mixing = make_op(
        lambda xp, x: x - xp.mean(x, axis=0), back=lambda xp, g, y, x: (g,), name="centred"
    )
    deep = make_op(
        lambda xp, x: reduce(lambda y, _: xp.sin(y), range(70), x),
        back=lambda xp, g, y, x: (g,),
        name="deep",
    )
    refused = {
        "no export as '.exe'": partial(wg.export, net, tmp_path / "n.exe"),
        "without a suffix": partial(wg.export, net, tmp_path / "n"),
        "no format 'ccc'": partial(wg.export, net, format="ccc"),
        "Neither a path": partial(wg.export, net),
        "'float16'": partial(wg.export, net, tmp_path / "n.c", dtype="float16"),
        "no name": partial(wg.export, net, tmp_path / "n.c", name="2 b"),
        "is no network": partial(wg.export, "article", tmp_path / "n.c"),
        "no finite numbers": partial(wg.export, blown, tmp_path / "n.csv"),
        "no such folder": partial(wg.export, net, tmp_path / "no" / "n.c"),
        "several samples": partial(
            wg.export, wg.mlp([2, 2, 1], activation=mixing), tmp_path / "n.c"
        ),
        "long for a cell": partial(
            wg.export, wg.mlp([2, 2, 1], activation=deep), tmp_path / "n.csv"
        ),
        "large for a formula": partial(wg.export, wg.mlp([99, 99, 1]), tmp_path / "n.tex"),
        "cell holds": partial(wg.export, CONTROL, tmp_path / "n.xlsx"),
        "large for a spreadsheet": partial(wg.export, wg.mlp([2, 17_000, 1]), tmp_path / "n.csv"),
    }
    for words, call in refused.items():
        with pytest.raises(wg.WhygradError, match=words):
            call()
    assert not [*tmp_path.iterdir()]
