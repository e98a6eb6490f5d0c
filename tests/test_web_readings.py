"""Readings: evaluated as a page does, each line gives what PyTorch and the article give."""

from __future__ import annotations

import html
import json
import math
import operator
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from slots import filled, read
from whygrad.web import lesson as lessons
from whygrad.web.payload import packed
from whygrad.web.readings import reading, readings_data, readings_of

torch = needs("torch")

# ---- the reference: a network by hand in PyTorch, and a formula's numbers in Python -------------

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "elu": torch.nn.functional.elu,
    "softplus": torch.nn.functional.softplus,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
    "identity": lambda x: 1.0 * x,
    "softmax": partial(torch.softmax, dim=-1),
}
KINDS = list(ACTIVATIONS)[:9]
PAIRS = list(zip(KINDS, KINDS[3:] + KINDS[:3], strict=True))
FUNCTIONS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    "neg": operator.neg, "power": operator.pow, "exp": math.exp, "expm1": math.expm1,
    "log": math.log, "log1p": math.log1p, "sqrt": math.sqrt, "tanh": math.tanh, "erf": math.erf,
    "abs": abs, "maximum": max, "minimum": min, "greater": operator.gt, "less": operator.lt,
    "greater_equal": operator.ge, "less_equal": operator.le, "equal": operator.eq,
    "where": lambda condition, yes, no: yes if condition else no,
}  # fmt: skip
RATE = 0.5


def number(formula, lookup) -> float:
    match formula:
        case {"q": key}:
            return lookup(key)
        case [name, *operands]:
            return FUNCTIONS[name](*(number(part, lookup) for part in operands))
    return formula


def by_hand(net, x, y) -> dict[str, float]:
    """Every number of both passes by its textbook name; gradients by torch's autograd."""
    labels, depth = np.ndim(y) == 1, len(net.activations)

    def given(values):
        return torch.tensor(np.asarray(values), dtype=torch.float64, requires_grad=True)

    nodes = {"x": given(x), **{k: given(v) for k, v in net.parameters.items()}}
    out = nodes["x"]
    for k, op in enumerate(net.activations, 1):
        nodes[f"net{k}"] = out @ nodes[f"W{k}"].T + nodes[f"b{k}"]
        nodes[f"out{k}"] = out = ACTIVATIONS[op.name](nodes[f"net{k}"])
    if labels:
        logs = torch.log_softmax(nodes[f"net{depth}"], dim=-1)
        nodes["E"] = each = -logs[range(len(y)), y]
    else:
        nodes["y"] = given(y)
        nodes["E"] = errors = 0.5 * (nodes["y"] - out) ** 2
        each = errors.sum(dim=1)
        if errors.shape[0] > 1 and errors.shape[1] > 1:
            nodes["E_sample"] = each
    loss = each.mean()
    for node in nodes.values():
        node.retain_grad()
    loss.backward()
    found = {"E_total": loss.item(), "∂E_total/∂E_total": 1.0, "η": RATE}
    for node, values in nodes.items():
        for index in np.ndindex(*values.shape):
            name = called(net, node, index, len(x))
            slope = 0.0 if values.grad is None else values.grad[index].item()
            found[name], found[f"∂E_total/∂{name}"] = values[index].item(), slope
            if node.startswith("net"):
                found[f"δ_{name.removeprefix('net_')}"] = slope
            if node[0] in "Wb":
                found[f"{name}+"] = values[index].item() - RATE * slope
    return found


def called(net, node: str, index: tuple[int, ...], samples: int) -> str:
    """What the article calls an entry of an array."""
    depth = len(net.layers) - 1

    def unit(layer: int, k: int) -> str:
        if layer in (0, depth):
            return f"{'io'[layer == depth]}{k + 1}"
        return f"h{k + 1}" if layer == 1 else f"h{layer}_{k + 1}"

    kind, layer = re.fullmatch(r"([A-Za-z_]+?)(\d*)", node).groups()
    behind = f"[{index[0] + 1}]" if samples > 1 and kind not in "Wb" else ""
    match kind:
        case "W":
            before = sum(net.layers[k] * net.layers[k + 1] for k in range(int(layer) - 1))
            return f"w{before + index[0] * net.layers[int(layer) - 1] + index[1] + 1}"
        case "b":
            return f"b_{unit(int(layer), index[0])}" if index else f"b{layer}"
        case "E_sample" | "E" if len(index) == 1:
            return "E" + behind
    stem = {"x": "", "y": "target_", "E": "E_"}.get(kind, f"{kind}_")
    return stem + unit(int(layer or {"x": 0}.get(kind, depth)), index[1]) + behind


# ---- a reading as a page reads it ---------------------------------------------------------------


class Page:
    """The readings of a lesson, evaluated with the numbers of a network by hand."""

    def __init__(self, data, known: dict[str, float], chosen: dict[str, str]) -> None:
        self.data, self.known, self.chosen = data, known, chosen
        self.compared: set[str] = set()

    def form(self, id_: str):
        conditions = [f"{w}={self.chosen[w]}" for w in self.data["depends"].get(id_, ())]
        key = f"{id_}|{','.join(conditions)}" if conditions else id_
        return self.data["forms"].get(key)

    def ids(self) -> list[str]:
        every = dict.fromkeys(key.split("|")[0] for key in self.data["forms"])
        return [id_ for id_ in every if self.form(id_)]

    def way(self, id_: str):
        """The way to read now: a mask is shut where what goes into its unit is not positive."""
        for way in self.form(id_)["ways"]:
            if way["unless"] is None or self.known[way["unless"].replace("out", "net")] <= 0:
                return way
        raise AssertionError(id_)

    def lines(self, id_: str) -> Iterator[dict]:
        for block in self.way(id_)["blocks"]:
            yield from block.get("lines", ())

    def lookup(self, id_: str):
        """How a number of a reading is found."""
        own = {}
        for line in self.lines(id_):
            if line["value"]:
                own.setdefault(line["of"], line["formula"])

        def find(key: str) -> float:
            if key in self.known:
                return self.known[key]
            if key in own:
                return number(own[key], find)
            beside = f"gradient:factors:{key}"
            (formula, *_) = [x["formula"] for x in self.lines(beside) if x["value"]][-1:]
            return number(formula, self.lookup(beside))

        return find

    def check(self) -> Page:
        """Every line's formula gives the number that it is of."""
        for id_ in self.ids():
            find = self.lookup(id_)
            for line in self.lines(id_):
                if line["value"] and line["of"] in self.known:
                    self.compared.add(line["of"])
                    given = number(line["formula"], find)
                    right = self.known[line["of"]]
                    assert given == pytest.approx(right, rel=1e-9, abs=1e-13), (id_, line["of"])
        return self


def lesson_of(net, x, y):
    return lessons.of_samples(net, x, y)


def page(net, x, y, mode: str = "sample", **kinds) -> Page:
    """The readings of a lesson, and what its numbers are by hand."""
    data = readings_data(lesson_of(net, x, y), mode, **kinds)
    chosen = {f"a{k}": op.name for k, op in enumerate(net.activations, 1)}
    if mode == "sample":
        x, y = x[:1], y[:1]
    if np.ndim(y) == 1:
        chosen["y"] = str(y[0])
    return Page(json.loads(json.dumps(data)), by_hand(net, x, y), chosen)


ARTICLE = {
    "W1": [[0.15, 0.20], [0.25, 0.30]],
    "b1": 0.35,
    "W2": [[0.40, 0.45], [0.50, 0.55]],
    "b2": 0.60,
}
X, Y = [[0.05, 0.10]], [[0.01, 0.99]]


def article(*activations: str):
    kinds = activations or ("sigmoid", "sigmoid")
    net = wg.mlp(
        [2, 2, 2], activation=kinds[0], output_activation=kinds[1],
        loss="half_squared_error", bias="shared",
    )  # fmt: skip
    return net.with_parameters(**ARTICLE)


@pytest.fixture(scope="module")
def carried():
    return readings_data(lessons.opened("src/whygrad/files/networks/article.toml"), "sample")


# ---- the article --------------------------------------------------------------------------------

FIGURES = {
    "net_h1": 0.3775, "out_h1": 0.593269992, "out_h2": 0.596884378, "net_o1": 1.105905967,
    "out_o1": 0.75136507, "out_o2": 0.772928465, "E_o1": 0.274811083, "E_o2": 0.023560026,
    "E_total": 0.298371109, "∂E_total/∂out_o1": 0.74136507, "∂out_o1/∂net_o1": 0.186815602,
    "∂net_o1/∂w5": 0.593269992, "∂E_total/∂w5": 0.082167041, "δ_o1": 0.138498562,
    "w5+": 0.35891648, "w6+": 0.408666186, "w7+": 0.511301270, "w8+": 0.561370121,
    "∂E_o1/∂net_o1": 0.138498562, "∂E_o1/∂out_h1": 0.055399425, "∂E_o2/∂out_h1": -0.019049118,
    "∂E_total/∂out_h1": 0.036350306, "∂out_h1/∂net_h1": 0.241300709, "∂net_h1/∂w1": 0.05,
    "∂E_total/∂w1": 0.000438568, "w1+": 0.149780716, "w2+": 0.19956143, "w3+": 0.24975114,
    "w4+": 0.29950229,
}  # fmt: skip
GIVEN = {
    "i1": 0.05, "i2": 0.10, "target_o1": 0.01, "target_o2": 0.99, "b1": 0.35, "b2": 0.60,
    "η": 0.5, **{f"w{k}": 0.10 + 0.05 * k for k in range(1, 5)},
    **{f"w{k}": 0.15 + 0.05 * k for k in range(5, 9)},
}  # fmt: skip


def test_the_articles_figures_follow_from_its_givens_by_the_lines_alone(carried):
    """Nothing but inputs, targets and weights is known: every number is worked out line by line."""
    chosen = {"a1": "sigmoid", "a2": "sigmoid"}
    reader = Page(carried, dict(GIVEN), chosen)
    of: dict[str, tuple[str, object]] = {}
    for id_ in reader.ids():
        for line in reader.lines(id_):
            if line["value"] and line["formula"] != {"q": line["of"]}:
                of.setdefault(line["of"], line["formula"])
    known = dict(GIVEN)

    def find(key: str) -> float:
        if key not in known:
            known[key] = number(of[key], find)
        return known[key]

    for key, figure in FIGURES.items():
        decimals = len(repr(figure).partition(".")[2])
        assert round(find(key), decimals) == figure, key


def test_the_lines_stand_as_the_article_writes_them(carried):
    (way,) = carried["forms"]["gradient:factors:w5|a2=sigmoid"]["ways"]
    known = by_hand(article(), X, Y) | {
        "∂out_o1/∂net_o1": 0.186815602, "∂net_o1/∂w5": 0.593269992
    }  # fmt: skip
    lines = [line for block in way["blocks"] for line in block.get("lines", ())]
    written = [
        [read(line["left"])]
        + [s["sign"] + read(filled(s["math"], known.__getitem__)) for s in line["sides"]]
        for line in lines
    ]
    assert written == [
        ["∂Etotal∂w5", "=∂Etotal∂outo1·∂outo1∂neto1·∂neto1∂w5"],
        ["∂Etotal∂outo1", "=−(targeto1−outo1)", "=−(0.01−0.751365070)"],
        ["∂outo1∂neto1", "=outo1(1−outo1)", "=0.751365070(1−0.751365070)"],
        ["∂neto1∂w5", "=outh1"],
        ["∂Etotal∂w5", "=0.741365070·0.186815602·0.593269992"],
        [
            "∂Etotal∂w5",
            "=−(targeto1−outo1)·outo1(1−outo1)·outh1",
            "=−(0.01−0.751365070)·0.751365070(1−0.751365070)·0.593269992",
        ],
    ]
    assert [line["value"] for line in lines] == [False, True, True, True, True, True]


def test_what_a_reading_depends_on(carried):
    depends = carried["depends"]
    assert depends["gradient:factors:w5"] == depends["gradient:delta:net_o1"] == ["a2"]
    assert depends["gradient:factors:w1"] == depends["value:factors:out_h2"] == ["a1"]
    alone = ("gradient:factors:out_h1", "update:factors:w5", "value:factors:E_o1")
    assert not set(alone) & set(depends)
    assert all(id_ in carried["forms"] for id_ in alone)


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
def test_under_every_activation_the_lines_give_what_torch_gives(carried, kinds):
    net = article(*kinds)
    done = Page(carried, by_hand(net, X, Y), {"a1": kinds[0], "a2": kinds[1]}).check()
    gradients = {key for key in done.known if key.startswith(("∂", "δ")) or key.endswith("+")}
    frozen = {"b1+", "b2+"}  # the article's biases do not learn
    assert gradients - frozen <= done.compared


def test_the_article_is_small(carried):
    assert len(packed({"sample": carried, "batch": None})) < 400_000


# ---- other networks -----------------------------------------------------------------------------


def drawn(*shape: int, seed: int = 1) -> list:
    return np.round(np.random.default_rng(seed).normal(size=shape), 2).tolist()


CASES = {
    "batch": (wg.mlp([2, 3, 2], activation="tanh", loss="half_squared_error", seed=1),
              drawn(3, 2), drawn(3, 2, seed=2)),
    "shared": (wg.mlp([2, 2, 1], activation="silu", bias="shared", loss="half_squared_error"),
               drawn(4, 2), drawn(4, 1, seed=2)),
    "classes": (wg.mlp([2, 3, 3], activation="gelu", loss="softmax_cross_entropy", seed=2),
                drawn(3, 2), [2, 0, 1]),
    "chain": (wg.mlp([1, 1, 1, 1], activation="tanh", loss="half_squared_error", seed=4),
              drawn(2, 1), drawn(2, 1, seed=5)),
    "deep": (wg.mlp([2, 3, 2, 2], activation="elu", loss="half_squared_error", seed=4),
             drawn(2, 2), drawn(2, 2, seed=5)),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["sample", "batch"])
@pytest.mark.parametrize("case", CASES)
def test_lines_of_other_networks_give_what_torch_gives(case, mode):
    net, x, y = CASES[case]
    done = page(net, x, y, mode, alternatives=False, slips=False)
    if mode == "batch" and np.ndim(y) == 1:
        for label in dict.fromkeys(y):  # a reading is in the form of its own sample's class
            done.chosen["y"] = str(label)
            own = [f"[{k}]" for k, other in enumerate(y, 1) if other == label]
            shown = done.ids()
            done.ids = lambda shown=shown, own=own: [
                i for i in shown
                if "y" not in done.data["depends"].get(i, ()) or i.endswith(tuple(own))
            ]  # fmt: skip
            done.check()
            del done.ids
    else:
        done.check()
    wanted = {k for k in done.known if k.startswith(("∂", "δ", "net", "out", "E"))}
    if np.ndim(y) == 1:  # the loss reads net: nothing depends on the last outputs
        wanted = {key for key in wanted if "∂out_o" not in key}
    assert wanted <= done.compared


def test_a_dead_unit_ends_the_product():
    net = wg.mlp([2, 3, 2], activation="relu", output_activation="identity",
                 loss="half_squared_error", seed=1)  # fmt: skip
    net = net.with_parameters(W1=[[1.0, 0.5], [-1.0, -2.0], [0.5, 1.0]], b1=[0.1, -0.2, 0.3])
    done = page(net, [[0.5, 0.3]], [[0.2, 0.7]], alternatives=False).check()
    assert done.known["net_h2"] < 0 < done.known["net_h1"]
    for name in ("w3", "w4", "b_h2", "net_h2"):
        assert done.known[f"∂E_total/∂{name}"] == 0
        for detail in ("factors", "delta"):
            way = done.way(f"gradient:{detail}:{name}")
            assert (way["unless"], way["needs"]) == ("out_h2", [])
            assert "No way leads on" in way["blocks"][0]["p"]["en"]
            assert "此路不通" in way["blocks"][0]["p"]["zh"]
    alive = done.way("gradient:factors:w1")
    assert (alive["unless"], alive["needs"]) == (None, ["∂E_total/∂out_h1"])
    assert [w["unless"] for w in done.form("gradient:factors:w1")["ways"]] == ["out_h1", None]


def test_along_a_single_way_it_is_the_first_shut_mask_that_ends_the_product():
    net = wg.mlp([1, 1, 1, 1], activation="relu", output_activation="identity",
                 loss="half_squared_error")  # fmt: skip
    good = {"W1": [[0.5]], "W2": [[0.4]], "W3": [[0.3]]}
    for shut, change in ((None, {}), ("out_h1", {"W1": [[-1.0]]}), ("out_h2_1", {"W2": [[-1.0]]})):
        other = net.with_parameters(**good | change)
        done = page(other, [[1.0]], [[2.0]], alternatives=False, slips=False).check()
        way = done.way("gradient:factors:w1")
        assert way["unless"] == shut
        locals_ = [line["of"] for block in way["blocks"] for line in block.get("lines", ())]
        assert ("∂out_h2_1/∂net_h2_1" in locals_) == (shut != "out_h1")
    assert len(done.form("gradient:factors:w1")["ways"]) == 3


# ---- choices ------------------------------------------------------------------------------------


def test_of_the_activations_on_a_way_one_is_another_or_all_are_the_same():
    two = readings_data(lesson_of(wg.mlp([1, 1, 1]), [[0.5]], [[0.1]]), "sample", slips=False)
    assert two["depends"]["gradient:factors:w1"] == ["a1", "a2"]
    pairs = [key.split("|")[1] for key in two["forms"] if key.startswith("gradient:factors:w1|")]
    assert {"a1=tanh,a2=sigmoid", "a1=sigmoid,a2=relu", "a1=relu,a2=relu"} <= set(pairs)
    assert "a1=tanh,a2=relu" not in pairs
    assert len(pairs) == len(set(pairs)) == 1 + 3 * 8


def test_a_reading_of_too_many_forms_has_the_present_one():
    lesson = lesson_of(wg.mlp([1] * 13), [[0.5]], [[0.1]])
    made = replace(readings_of(lesson, "sample", 0), alternatives=True)
    layers = [f"a{k}" for k in range(1, 13)]
    (only,) = made.variations(made.find("gradient:factors:w1"), layers)
    assert only == dict.fromkeys(layers, "sigmoid")


def test_a_class_can_be_changed():
    net, x, y = CASES["classes"]
    data = readings_data(lesson_of(net, x, y), "sample", slips=False)
    assert data["depends"]["gradient:delta:net_o1"] == ["y"]
    for label in range(3):
        known = by_hand(net, x[:1], [label])
        chosen = {"a1": "gelu", "a2": "softmax", "y": str(label)}
        assert "∂E_total/∂w7" in Page(data, known, chosen).check().compared


def test_a_softmax_may_give_way_to_numbers_that_stand_alone():
    net = wg.mlp([2, 2, 2], activation="tanh", output_activation="softmax",
                 loss="half_squared_error", seed=3)  # fmt: skip
    data = readings_data(lesson_of(net, X, Y), "sample", slips=False)
    for kind in ("softmax", "sigmoid"):
        other = wg.mlp([2, 2, 2], activation="tanh", output_activation=kind,
                       loss="half_squared_error", seed=3)  # fmt: skip
        chosen = {"a1": "tanh", "a2": kind}
        assert "∂E_total/∂w1" in Page(data, by_hand(other, X, Y), chosen).check().compared


# ---- every name leads somewhere -----------------------------------------------------------------


@pytest.mark.parametrize("case", ["article", "classes", "deep"])
def test_every_link_has_a_reading_and_every_place_a_number(case):
    net, x, y = CASES.get(case, (article(), X, Y))
    done = page(net, x, y, alternatives=False)
    ids = set(done.ids())
    places = 0
    for id_ in ids:
        way = done.way(id_)
        text = html.unescape(json.dumps(way, ensure_ascii=False).replace('\\"', '"'))
        for link in re.findall(r'data-link="([^"]*)"', text):
            about = next(a for a in readers(link) if a in ids or a == "source")
            assert about, link
        for place in re.findall(r'data-slot="([^"]*)"', text):
            places += 1
            assert math.isfinite(done.lookup(id_)(place)), place
    assert places > 50


def readers(link: str) -> Iterator[str]:
    """The readings to which a name may lead."""
    if link.startswith("δ_"):
        yield f"gradient:delta:net_{link[2:]}"
    elif link.startswith("∂"):
        yield f"gradient:factors:{link.removeprefix('∂E_total/∂')}"
    elif link.endswith("+"):
        yield f"update:factors:{link[:-1]}"
    else:
        yield f"value:factors:{link}"
        if link[0] in "iwbt":
            yield "source"


# ---- long sums ----------------------------------------------------------------------------------


def test_a_long_sum_comes_whole():
    net = wg.mlp([13, 1], activation="identity", loss="half_squared_error", seed=2)
    x, y = drawn(15, 13), drawn(15, 1, seed=3)
    done = page(net, x, y, slips=False, alternatives=False).check()
    (line,) = done.lines("value:factors:net_o1")
    for side in line["sides"]:
        terms = side["long"]["terms"]
        total = sum(number(t["formula"], done.known.__getitem__) for t in terms)
        assert (len(terms), read(side["math"])) == (14, "")
        assert total == pytest.approx(done.known["net_o1"], rel=1e-12)
    batch = page(net, x, y, "batch", slips=False, alternatives=False).check()
    assert {"∂E_total/∂w7", "E_total"} <= batch.compared
    (mean,) = batch.lines("value:factors:E_total")
    assert read(mean["sides"][0]["math"]) == "15"  # (…)/15
    assert len(mean["sides"][0]["long"]["terms"]) == 15


def test_a_very_long_sum_is_not_nested_too_deeply_for_a_page():
    net = wg.mlp([380, 1], activation="identity", loss="half_squared_error", seed=2)
    id_ = "value:factors:net_o1"
    data = readings_data(lesson_of(net, drawn(1, 380), [[1.0]]), "sample", [id_])
    line = data["forms"][f"{id_}"]["ways"][0]["blocks"][0]["lines"][0]
    assert len(line["sides"][0]["long"]["terms"]) == 381

    def depth(formula) -> int:
        return 1 + max(map(depth, formula[1:])) if isinstance(formula, list) else 0

    assert depth(line["formula"]) < 100


# ---- mistakes -----------------------------------------------------------------------------------


def slips_of(data, id_: str, of: str) -> dict[str, object]:
    lines = [
        line
        for way in data["forms"][id_]["ways"]
        for block in way["blocks"]
        for line in block.get("lines", ())
        if line["of"] == of and line["slips"]
    ]
    return {read(slip["say"]["en"]): slip["formula"] for slip in lines[0]["slips"]}


def test_the_mistakes_of_a_line(carried):
    known = by_hand(article(), X, Y)

    def given(formula) -> float:
        return number(formula, known.__getitem__)

    update = slips_of(carried, "update:factors:w5", "w5+")
    assert given(update["The learning rate η was forgotten."]) == pytest.approx(0.4 - 0.0821670406)
    added = next(v for k, v in update.items() if k.startswith("The step was added"))
    assert given(added) == pytest.approx(0.4 + 0.5 * 0.0821670406)
    delta = slips_of(carried, "gradient:delta:net_h1|a1=sigmoid", "δ_h1")
    turned = next(v for k, v in delta.items() if k.startswith("The weights were taken transposed"))
    d1, d2, out = 0.138498562, -0.038098236, known["out_h1"]
    assert given(turned) == pytest.approx((d1 * 0.40 + d2 * 0.45) * out * (1 - out), rel=1e-6)
    net = slips_of(carried, "value:factors:net_h1", "net_h1")
    assert given(net["The bias b1 was forgotten."]) == pytest.approx(0.0275)


def test_mistakes_are_few_differ_and_are_said_in_both_languages(carried):
    reader = Page(carried, by_hand(article(), X, Y), {"a1": "sigmoid", "a2": "sigmoid"})
    seen = 0
    for id_ in reader.ids():
        find = reader.lookup(id_)
        for line in reader.lines(id_):
            right = number(line["formula"], find) if line["value"] else None
            assert len(line["slips"]) <= 12
            for slip in line["slips"]:
                seen += 1
                assert number(slip["formula"], find) != pytest.approx(right, rel=1e-9, abs=0)
                assert re.search(r"[\u4e00-\u9fff]", slip["say"]["zh"])
                assert not re.search(r"[{}]", slip["say"]["en"])
    assert seen > 500


# ---- one by one ---------------------------------------------------------------------------------


def test_readings_are_found_one_by_one(carried):
    lesson = lesson_of(article(), X, Y)
    ids = ["gradient:factors:w1", "gradient:factors:∂E_o1/∂net_o1", "value:factors:E_total"]
    asked = readings_data(lesson, "sample", ids)
    assert asked["depends"] == {k: carried["depends"][k] for k in ids[:2]}
    keys = [f"{ids[0]}|a1=sigmoid", f"{ids[1]}|a2=sigmoid", ids[2]]
    assert asked["forms"] == {key: carried["forms"][key] for key in keys}
    trace = wg.backprop(article(), X, Y)
    assert reading(trace, ids[0]) == carried["forms"][keys[0]]


@pytest.mark.parametrize(
    "id_",
    ["", "w5", "gradient:factors:w99", "gradient:factors:∂E_total/∂w5", "value:factors:w5",
     "gradient:factors:∂E_o2/∂net_o1", "value:delta:out_h1", "update:factors:out_h1",
     "gradient:delta:∂out_o1/∂net_o1", "gradient:factors:W1[0,0]", "a:b:c:d", "∂/∂"],
)  # fmt: skip
def test_an_unknown_reading_is_refused(id_):
    with pytest.raises(wg.WhygradError, match="There is no reading"):
        readings_data(lesson_of(article(), X, Y), "sample", [id_])


def test_names_from_users_are_escaped():
    net = wg.mlp([1, 1], names={"o1": "<script>", "i1": 'a"b'})
    data = readings_data(lesson_of(net, [[0.5]], [[1.0]]), "sample")
    drawn = [part for part in texts(data["forms"]) if part.startswith("<math")]
    assert any("&lt;script&gt;" in part for part in drawn)
    assert not any("<script" in part or 'a"b' in part for part in drawn)


def texts(data) -> Iterator[str]:
    """Every text of some data, keys left out."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (dict, list)):
        for part in data.values() if isinstance(data, dict) else data:
            yield from texts(part)
