"""Drawings: the right neurons and arrows, the derivation's numbers, formats that can be read."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whygrad as wg
from whygrad.drawing import drawing_of, meeting_drawing, network_drawing, path_drawing
from whygrad.drawing.parts import Drawing
from whygrad.names import Partial
from whygrad.recording import Trace
from whygrad.render.columns import width
from whygrad.render.drawings.scene import crosses, overlap
from whygrad.render.drawings.sketch import sketch
from whygrad.render.drawings.svg import svg
from whygrad.render.drawings.tikz import tikz
from whygrad.render.drawings.ways import Ways
from whygrad.render.numbers import number

SVG = "{http://www.w3.org/2000/svg}"


def article(**changes: Any) -> Trace:
    """The pass of the worked example."""
    net = wg.mlp([2, 2, 2], bias="shared", **changes).with_parameters(
        W1=[[0.15, 0.20], [0.25, 0.30]], b1=0.35, W2=[[0.40, 0.45], [0.50, 0.55]], b2=0.60
    )
    return wg.backprop(net, [0.05, 0.10], [0.01, 0.99])


def other(*layers: int, samples: int = 1, **options: Any) -> Trace:
    """A pass of some network with numbers of many digits."""
    rng = np.random.default_rng(sum(layers) + samples)
    inputs = rng.normal(size=(samples, layers[0]))
    return wg.backprop(
        wg.mlp(list(layers), **options), inputs, rng.uniform(0.1, 0.9, size=(samples, layers[-1]))
    )


def back(trace: Trace, name: str) -> Drawing:
    """The drawing of the way back to a number that has one."""
    drawing = drawing_of(trace, trace.names, trace.find(name))
    assert drawing is not None
    return drawing


def stations(trace: Trace, drawing: Drawing, *, marked: bool | None = None) -> set[str]:
    return {
        trace.names.text(n.key) for n in drawing.neurons if marked is None or n.marked == marked
    }


def edges(trace: Trace, drawing: Drawing) -> dict[tuple[str, str], str | None]:
    name = trace.names.text
    return {
        (name(e.tail), name(e.head)): None if e.label is None else name(e.label.ref)
        for e in drawing.edges
    }


# ---- structure ----------------------------------------------------------------------------------


def test_the_articles_network_has_its_neurons_weights_biases_targets_and_errors() -> None:
    trace = article()
    drawing = network_drawing(trace, trace.names)
    assert stations(trace, drawing) == {
        *("i1", "i2", "b1", "out_h1", "out_h2", "b2", "out_o1", "out_o2"),
        *("E_o1", "E_o2", "E_total"),
    }
    drawn = edges(trace, drawing)
    assert drawn["i1", "out_h1"] == "w1"
    assert drawn["i2", "out_h1"] == "w2"
    assert drawn["out_h1", "out_o2"] == "w7"
    assert drawn["out_o1", "E_o1"] == "target_o1"
    assert ("b1", "out_h2") in drawn
    assert ("b2", "out_o1") in drawn
    assert ("E_o2", "E_total") in drawn
    values = {trace.names.text(n.key): n.at.value for n in drawing.neurons}
    assert values["out_o1"] == pytest.approx(0.75136507, abs=5e-9)
    assert all(value == trace.value(name) for name, value in values.items())


def test_the_path_of_w5_carries_the_three_factors_of_its_derivation() -> None:
    trace = article()
    drawing = path_drawing(trace, trace.names, trace.find("w5"))
    assert drawing is not None
    assert meeting_drawing(trace, trace.names, trace.find("w5")) is None
    assert [trace.names.text(a.factors[0]) for a in drawing.chain] == [
        "∂net_o1/∂w5",
        "∂out_o1/∂net_o1",
        "∂E_total/∂out_o1",
    ]
    assert [round(a.value, 9) for a in drawing.chain] == [0.593269992, 0.186815602, 0.741365070]
    parts = trace.why("w5").last.parts
    assert [(a.factors[0], a.value) for a in drawing.chain[::-1]] == [
        (p.ref, p.value) for p in parts
    ]
    assert drawing.result is not None
    assert drawing.result.value == trace.grad("w5")
    assert stations(trace, drawing, marked=True) == {"out_h1", "out_o1", "E_o1", "E_total"}
    assert stations(trace, drawing, marked=False) == {"out_h2", "b2", "E_o2"}


def test_two_errors_meet_in_h1_on_the_way_to_w1() -> None:
    trace = article()
    drawing = meeting_drawing(trace, trace.names, trace.find("w1"))
    assert drawing is not None
    assert path_drawing(trace, trace.names, trace.find("w1")) is None
    name = trace.names.text
    assert [[name(at) for at in a.route] for a in drawing.meeting] == [
        ["E_o1", "out_o1", "out_h1"],
        ["E_o2", "out_o2", "out_h1"],
    ]
    assert [round(a.value, 9) for a in drawing.meeting] == [0.055399425, -0.019049118]
    assert drawing.total is not None
    assert drawing.total.value == pytest.approx(0.036350306, abs=5e-10)
    assert [round(a.value, 9) for a in drawing.chain] == [0.05, 0.241300709]
    assert drawing.result is not None
    assert drawing.result.value == trace.grad("w1")


def test_a_bias_that_is_shared_collects_the_errors_of_its_neurons() -> None:
    trace = article()
    drawing = back(trace, "b2")
    assert [round(a.value, 9) for a in drawing.meeting] == [0.138498562, -0.038098237]
    assert not drawing.chain


def test_without_a_fork_the_path_leads_through_all_layers() -> None:
    trace = other(2, 2, 1)
    drawing = back(trace, "w1")
    assert drawing.kind == "path"
    assert [trace.names.text(a.route[-1]) for a in drawing.chain] == [
        *("w1", "net_h1", "out_h1", "net_o1", "out_o1")
    ]
    assert np.prod([a.value for a in drawing.chain]) == pytest.approx(trace.grad("w1"))


def test_in_a_deep_network_the_terms_of_the_sum_meet() -> None:
    trace = other(3, 4, 3, 2)
    drawing = back(trace, "w1")
    assert [trace.names.text(a.route[-2]) for a in drawing.meeting] == [
        *("out_h2_1", "out_h2_2", "out_h2_3")
    ]
    assert all(len(a.factors) == 2 for a in drawing.meeting)
    assert sum(a.value for a in drawing.meeting) == pytest.approx(trace.grad("out_h1"))


def test_of_several_samples_the_one_that_contributes_most_is_followed() -> None:
    trace = other(2, 2, 2, samples=4)
    drawing = back(trace, "w5")
    shares = [trace.grad(f"net_o1[{s}]") * trace.value(f"out_h1[{s}]") for s in range(1, 5)]
    assert drawing.samples == 4
    assert drawing.sample == 1 + int(np.argmax(np.abs(shares)))
    assert drawing.share == pytest.approx(shares[drawing.sample - 1])
    assert np.prod([a.value for a in drawing.chain]) == pytest.approx(drawing.share)
    assert drawing.result is None  # the gradient is the sum over samples, not this product


def test_the_sample_that_is_asked_for_is_drawn() -> None:
    trace = other(2, 2, 2, samples=3)
    drawing = network_drawing(trace, trace.names, sample=2)
    values = {trace.names.text(n.key): n.at.value for n in drawing.neurons}
    assert values["out_o1[3]"] == trace.value("out_o1[3]")
    with pytest.raises(wg.errors.ConfigError, match="Sample 3"):
        network_drawing(trace, trace.names, sample=3)


def test_a_dead_relu_cuts_the_path() -> None:
    net = wg.mlp([2, 2, 2], activation="relu").with_parameters(w1=-3, w2=-3)
    trace = wg.backprop(net, [1.0, 2.0], [1.0, 0.0])
    drawing = back(trace, "w1")
    assert [trace.names.text(a.factors[0]) for a in drawing.chain] == [
        *("∂net_h1/∂w1", "∂out_h1/∂net_h1")
    ]
    assert drawing.chain[-1].value == 0
    assert [e.skips for e in drawing.edges][-1]


def test_of_a_wide_layer_both_ends_are_drawn() -> None:
    trace = other(784, 12, 10)
    drawing = network_drawing(trace, trace.names)
    assert [(gap.column, gap.count) for gap in drawing.gaps] == [(0, 778), (1, 6), (2, 4), (3, 4)]
    first = [trace.names.text(n.key) for n in drawing.neurons if n.column == 0]
    assert first == ["i1", "i2", "i3", "i782", "i783", "i784"]
    assert all(e.label is None for e in drawing.edges if e.head.node != "E")


def test_a_long_sum_shows_its_largest_arrows() -> None:
    trace = other(3, 2, 30)
    drawing = back(trace, "w1")
    assert 2 <= len(drawing.meeting) <= 5
    assert drawing.gaps[-1].count == 30 - len(drawing.meeting)
    assert drawing.total is not None
    assert drawing.total.value == trace.grad("out_h1")


def test_biases_of_their_own_belong_to_their_neurons() -> None:
    trace = other(2, 3, 2)
    drawing = network_drawing(trace, trace.names)
    notes = {n.name.sub: [trace.names.text(q.ref) for q in n.notes] for n in drawing.neurons}  # type: ignore[union-attr]
    assert notes["2"] in (["b_h2"], ["b_o2"])
    assert not [n for n in drawing.neurons if n.kind == "bias"]
    assert back(trace, "b_h1").neurons[0].kind == "bias"


@pytest.mark.parametrize("name", ["target_o1", "E_o1", "E_total"])
def test_what_no_neuron_leads_to_has_no_drawing(name: str) -> None:
    trace = article()
    assert drawing_of(trace, trace.names, trace.find(name)) is None


def test_a_traced_function_has_no_drawing() -> None:
    graph = wg.trace(lambda x: wg.ops.sum(wg.ops.tanh(x)), x=(2,))
    trace = wg.backprop(graph, x=np.array([0.5, 1.0]))
    assert drawing_of(trace, trace.names, trace.find("x[0]")) is None
    with pytest.raises(wg.errors.ConfigError):
        network_drawing(trace, trace.names)


NETWORKS: dict[str, dict[str, Any]] = {
    "article": {"layers": (2, 2, 2), "bias": "shared"},
    "per neuron": {"layers": (3, 4, 2)},
    "no bias, relu": {"layers": (3, 4, 2), "bias": "none", "activation": "relu", "samples": 2},
    "deep, samples": {"layers": (2, 3, 2, 2), "bias": "shared", "samples": 3},
    "added up": {"layers": (2, 2, 2), "samples": 3, "reduction": "sum"},
    "one neuron": {"layers": (1, 1), "bias": "shared", "samples": 2},
    "softmax": {"layers": (2, 3, 3), "output_activation": "softmax"},
    "mean": {"layers": (2, 2, 2), "loss": "mean_squared_error"},
    "fused": {"layers": (2, 2, 2), "loss": "binary_cross_entropy_with_logits"},
    "wide": {"layers": (20, 9, 15), "samples": 2},
}


def numbers(trace: Trace) -> list[Any]:
    """A few numbers of every node that may have a gradient."""
    nodes = [n for n in trace.graph.nodes if n.value is None and not n.integer]
    return [ref for node in nodes for ref in list(trace.names.entries(node))[:4]]


@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_every_way_back_multiplies_and_adds_up_to_the_recorded_gradient(
    options: dict[str, Any],
) -> None:
    trace = other(*options["layers"], **{k: v for k, v in options.items() if k != "layers"})
    for at in numbers(trace):
        drawing = drawing_of(trace, trace.names, at)
        if drawing is None:
            continue
        chain = float(np.prod([a.value for a in drawing.chain]))
        if not drawing.meeting:
            whole = chain
        elif drawing.total is not None:
            whole = chain * drawing.total.value
        else:
            continue
        wanted = trace.recorded.gradient(at) if drawing.share is None else drawing.share
        if drawing.share is None or not drawing.meeting:
            assert whole == pytest.approx(wanted, abs=1e-15), trace.names.text(at)
        for arrow in drawing.chain:
            (ref,) = arrow.factors
            assert isinstance(ref, Partial)
            assert (ref.top, ref.bottom) == arrow.route
        keys = {n.key for n in drawing.neurons}
        assert all(e.tail in keys and e.head in keys for e in drawing.edges)


def test_class_labels_stand_with_the_error_of_the_sample() -> None:
    net = wg.mlp([2, 3, 3], loss="softmax_cross_entropy")
    trace = wg.backprop(net, [[1.0, 2.0], [0.5, 1.0]], np.array([1, 2]))
    drawing = network_drawing(trace, trace.names)
    (error,) = [n for n in drawing.neurons if n.kind == "error"]
    assert [q.value for q in error.notes] == [1.0]
    assert back(trace, "w7").kind == "path"


# ---- SVG ----------------------------------------------------------------------------------------


def pictures(trace: Trace, notation: str = "textbook") -> list[str]:
    """Every kind of drawing of a network, as SVG."""
    names = trace.notation(notation)
    found = [network_drawing(trace, names)]
    found += [d for d in (drawing_of(trace, names, at) for at in numbers(trace)) if d is not None]
    return [svg(d, names) for d in found]


def words(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("notation", ["textbook", "indexed", "matrix", "code"])
@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_svg_is_well_formed_and_tells_its_numbers_to_those_who_do_not_see_it(
    options: dict[str, Any], notation: str
) -> None:
    trace = other(*options["layers"], **{k: v for k, v in options.items() if k != "layers"})
    for picture in pictures(trace, notation):
        root = ElementTree.fromstring(picture)
        assert root.attrib["role"] == "img"
        title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert told is not None
        assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {told.attrib['id']}"
        assert title.text
        assert " = " in (told.text or "")
        assert not {"script", "image", "foreignObject"} & {e.tag.split("}")[1] for e in root.iter()}
        assert "url(" not in picture
        assert "nan" not in picture.lower().replace("dominant", "")


def test_the_svg_of_w5_shows_the_numbers_of_the_article() -> None:
    trace = article()
    shown = words(svg(back(trace, "w5"), trace.names))
    for figure in (
        "0.741365070",
        "0.186815602",
        "0.593269992",
        "0.082167041",
        "w5\u00a0=\u00a00.4",
    ):
        assert figure in shown
    assert "∂Etotal" in shown
    assert "∂outo1" in shown


def test_digits_are_the_readers() -> None:
    trace = article()
    for digits in (4, 6, 12):
        shown = words(svg(back(trace, "w1"), trace.names, digits))
        assert number(trace.grad("w1"), digits) in shown


def test_the_title_speaks_the_readers_language() -> None:
    trace = article()
    picture = svg(network_drawing(trace, trace.names), trace.names, lang="zh")
    assert ElementTree.fromstring(picture).findtext(f"{SVG}title") == "网络及其各处的数值。"


HOSTILE = '<script>alert("&")</script>'


def test_a_hostile_name_is_only_a_name() -> None:
    trace = article(names={"h1": HOSTILE, "w5": "</text>&amp;", "i1": "]]>", "o1": "{\\x}$%#_^~"})
    for picture in pictures(trace):
        root = ElementTree.fromstring(picture)
        assert not list(root.iter(f"{SVG}script"))
    assert any(HOSTILE in text for text in words(pictures(trace)[0]))


def test_drawings_in_one_page_do_not_share_ids() -> None:
    roots = [ElementTree.fromstring(picture) for picture in pictures(article())]
    ids = [e.attrib["id"] for root in roots for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))


# ---- where things stand -------------------------------------------------------------------------


@pytest.mark.parametrize("bias", ["shared", "per_neuron"])
@pytest.mark.parametrize("digits", [4, 9])
@pytest.mark.parametrize("layers", [(2, 2, 2), (3, 4, 2), (2, 3, 1), (1, 2, 2)])
def test_labels_of_a_network_keep_clear_of_lines_and_of_each_other(
    layers: tuple[int, ...], digits: int, bias: str
) -> None:
    trace = article() if layers == (2, 2, 2) and bias == "shared" else other(*layers, bias=bias)
    plan = Ways(network_drawing(trace, trace.names), trace.names, digits)
    edge_of = {e.label.ref: e for e in plan.drawing.edges if e.label is not None}
    areas = {ref: block.area(x, y) for ref, (block, (x, y)) in plan.labels.items()}
    for ref, area in areas.items():
        for edge in plan.drawing.edges:
            if edge is not edge_of[ref]:
                assert not crosses(plan.ends(edge), area), trace.names.text(ref)
        assert not any(overlap(area, box.area()) for box in plan.boxes.values())
    assert not any(overlap(a, b) for a, b in combinations(areas.values(), 2))


@pytest.mark.parametrize("name", ["w1", "w3", "w5", "w8", "b1", "b2", "out_h1", "net_o2", "i2"])
@pytest.mark.parametrize("digits", [4, 9])
def test_the_factors_of_the_articles_drawings_do_not_overlap(name: str, digits: int) -> None:
    trace = article()
    plan = Ways(back(trace, name), trace.names, digits)
    texts = [p for p in plan.parts() if hasattr(p, "runs")]
    clashes = [(a.plain, b.plain) for a, b in combinations(texts, 2) if overlap(inner(a), inner(b))]
    assert not clashes
    boxes = [b.area() for b in plan.boxes.values()]
    carried = [t for t in texts if t.style in ("way", "result")]
    assert not [t.plain for t in carried if any(overlap(inner(t), box) for box in boxes)]


def inner(text: Any) -> tuple[float, float, float, float]:
    """The area of words without the room above and below their letters."""
    left, top, right, bottom = text.area()
    trim = text.size * 0.16
    return left, top + trim, right, bottom - trim


# ---- TikZ ---------------------------------------------------------------------------------------


def test_tikz_stands_at_the_same_places_and_shows_the_same_numbers() -> None:
    trace = article()
    drawing = back(trace, "w5")
    code = tikz(drawing, trace.names)
    for figure in ("0.741365070", "0.186815602", "0.593269992", "0.082167041"):
        assert f"{{{figure}}}" in code
    assert code.count(r"\node") == len(words(svg(drawing, trace.names)))


def test_tikz_escapes_what_tex_would_take_as_a_command() -> None:
    trace = article(names={"h1": r"\input{x}", "o1": "50%_#&$^~{"})
    code = tikz(network_drawing(trace, trace.names), trace.names)
    assert r"\textbackslash{}input\{x\}" in code
    assert r"50\%\_\#\&\$\textasciicircum{}\textasciitilde{}\{" in code


def test_tikz_compiles(tmp_path: Path) -> None:
    if not tex_has_tikz():
        pytest.skip("needs pdflatex and tikz: apt-get install texlive-latex-base texlive-pictures")
    trace = article(names={"h1": "50% of {h}_1", "i2": "a^b~c", "w6": "α&β"})
    deep = other(2, 3, 3, 2, samples=2)
    drawings = [network_drawing(trace, trace.names), network_drawing(deep, deep.names)]
    drawings += [back(trace, name) for name in ("w5", "w1", "b2", "net_o1")]
    code = [tikz(d, deep.names if d is drawings[1] else trace.names) for d in drawings]
    code.append(tikz(back(deep, "w1"), deep.names))
    document = [r"\documentclass{article}", r"\usepackage{tikz}", r"\begin{document}", *code]
    (tmp_path / "drawings.tex").write_text("\n".join([*document, r"\end{document}"]), "utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "drawings.tex"],
        cwd=tmp_path, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    log = done.stdout.decode("latin-1")
    assert done.returncode == 0, log[-2000:]
    assert "Missing character" not in log


def tex_has_tikz() -> bool:
    if not (shutil.which("pdflatex") and shutil.which("kpsewhich")):
        return False
    return (
        subprocess.run(["kpsewhich", "tikz.sty"], capture_output=True, check=False).returncode == 0
    )


# ---- the terminal -------------------------------------------------------------------------------


def test_the_articles_network_fits_a_terminal_with_every_number() -> None:
    trace = article()
    drawn = sketch(network_drawing(trace, trace.names), trace.names, width=78)
    lines = drawn.splitlines()
    assert len(lines) <= 8
    assert max(map(width, lines)) <= 78
    for shown in (
        *("i1 0.05", "i2 0.1", "h1 0.5933", "h2 0.5969", "o1 0.7514", "o2 0.7729"),
        *("w1 0.15", "w2 0.2", "w3 0.25", "w4 0.3", "w5 0.4", "w6 0.45", "w7 0.5", "w8 0.55"),
        *("b1 0.35", "b2 0.6", "target_o1 0.01", "target_o2 0.99", "E_o1 0.2748", "E_o2 0.02356"),
        "E_total 0.2984",
    ):
        assert shown in drawn


def test_slanting_weights_stand_at_the_neurons_that_they_lead_to() -> None:
    trace = article()
    first, second, _, fourth, fifth, *_ = sketch(
        network_drawing(trace, trace.names), trace.names
    ).splitlines()
    assert "w1" in first
    assert "w2" in second  # from i2 up to h1
    assert "w3" in fourth  # from i1 down to h2
    assert "w4" in fifth


@pytest.mark.parametrize("columns", [30, 60, 80, 120])
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_a_sketch_stays_on_the_screen(
    options: dict[str, Any], ascii_only: bool, columns: int
) -> None:
    trace = other(*options["layers"], **{k: v for k, v in options.items() if k != "layers"})
    drawings = [network_drawing(trace, trace.names)]
    drawings += [d for at in numbers(trace) if (d := drawing_of(trace, trace.names, at))]
    for drawing in drawings:
        drawn = sketch(drawing, trace.names, width=columns, ascii=ascii_only)
        assert drawn.strip()
        assert all(width(line) <= columns for line in drawn.splitlines()), drawn
        assert drawn.isascii() or not ascii_only, drawn


def test_a_bigger_network_is_listed_layer_by_layer() -> None:
    trace = other(784, 12, 10)
    drawn = sketch(network_drawing(trace, trace.names), trace.names)
    assert "9408 w" in drawn
    assert "+ 12 b" in drawn
    assert "⋮ +778" in drawn
    shared = other(3, 4, 2, bias="shared")
    drawn = sketch(network_drawing(shared, shared.names), shared.names)
    assert "12 w" in drawn
    assert "+ 1 b" in drawn


def test_small_networks_of_every_shape_are_drawn_edge_by_edge() -> None:
    for layers in ((1, 1), (2, 1), (1, 2), (2, 2, 1), (2, 1, 2)):
        trace = other(*layers)
        drawn = sketch(network_drawing(trace, trace.names), trace.names)
        count = sum(a * b for a, b in pairwise(layers))
        assert all(f"w{k}" in drawn for k in range(1, count + 1)), drawn
        assert len(drawn.splitlines()) <= 8


def test_chinese_names_are_two_columns_wide() -> None:
    trace = article(names={"h1": "湿度", "i1": "温度"})
    lines = sketch(network_drawing(trace, trace.names), trace.names).splitlines()
    assert "温度 0.05" in lines[0]
    # The arrows into both hidden neurons end in one column.
    tips = {width(line[: line.index("▶")]) for line in (lines[0], lines[4])}
    assert len(tips) == 1


def test_the_way_back_in_a_terminal_reads_as_the_derivation() -> None:
    trace = article()
    path = sketch(back(trace, "w5"), trace.names)
    assert path.splitlines()[0].split(" ◀")[0] == "w5"
    for shown in ("∂E_total/∂out_o1", "0.741365070", "∂E_total/∂w5 = 0.082167041"):
        assert shown in path
    meeting = sketch(back(trace, "w1"), trace.names)
    assert "∂E_o1/∂out_h1 = 0.055399425" in meeting
    assert "∂E_o2/∂out_h1 = −0.019049118" in meeting
    plain = sketch(back(trace, "w1"), trace.names, ascii=True)
    assert "dE_o2/dout_h1 = -0.019049118" in plain
