"""Large networks and graphs as data: blocks, pictures of arrays, elements."""

from __future__ import annotations

import base64
import json
import math
import re
import runpy
import time
from pathlib import Path

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import ConfigError, NameUnknownError, ShapeError
from whygrad.web import matrices, surface
from whygrad.web.blocks import blocks_data, blocks_of, element_data, number_named, region_data
from whygrad.web.lesson import of_graph, of_samples
from whygrad.web.payload import lesson_data, packed
from whygrad.web.view import view

EXAMPLES = Path(__file__).parent.parent / "examples"


def example(name, function):
    """A traced function of examples/, and its arrays."""
    found = runpy.run_path(str(EXAMPLES / f"{name}.py"))
    return wg.trace(found[function], **found["arrays"]), found["arrays"]


@pytest.fixture(scope="module")
def convolution():
    graph, arrays = example("convolution", "network")
    return wg.backprop(graph, **arrays)


@pytest.fixture(scope="module")
def large():
    """784-512-10, 64 samples."""
    net = wg.mlp([784, 512, 10], activation="relu", loss="softmax_cross_entropy", seed=0)
    rng = np.random.default_rng(0)
    return net, rng.random((64, 784)) * (rng.random((64, 784)) < 0.2), rng.integers(0, 10, 64)


def numbers(text, kind="<f8"):
    return np.frombuffer(base64.b64decode(text), kind)


def by_id(data):
    return {block["id"]: block for block in data["nodes"]}


def words(blocks, lang="en"):
    """What a reader reads, without the markup."""
    said = []
    for block in blocks:
        if "p" in block:
            said.append(block["p"][lang])
        for line in block.get("lines", ()):
            said.append(line["left"] + "".join(s["sign"] + s["math"] for s in line["sides"]))
    return re.sub(r"<[^>]+>|\s", "", " ".join(said))


# ---- blocks -------------------------------------------------------------------------------------


def test_a_network_is_a_block_a_layer(large):
    net, x, y = large
    data = blocks_data(wg.backprop(net, x, y), elements=False)
    assert [b["id"] for b in data["nodes"]] == ["x", "layer1", "layer2", "loss"]
    first, last = data["nodes"][1:3]
    assert (first["sizes"], first["op"]) == ([784, 512], "relu")
    assert (first["parameters"], first["members"]) == (["W1", "b1"], ["net1", "out1"])
    assert first["inputs"] == ["x"]
    assert last["inputs"] == ["layer1"]
    assert last["gradient_at"] == "net2"  # the loss contains the softmax: it reads the net input
    assert data["nodes"][3]["op"] == "softmax_cross_entropy"
    assert data["matrices"]["out2"]["gradient"] is None


def test_norms_are_those_of_torch(large):
    torch = needs("torch")
    net, x, y = large
    data = by_id(blocks_data(wg.backprop(net, x, y), elements=False))
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in net.parameters.items()}
    net1 = torch.tensor(x) @ tensors["W1"].T + tensors["b1"]
    out1 = torch.relu(net1)
    net2 = out1 @ tensors["W2"].T + tensors["b2"]
    for kept in (out1, net2):
        kept.retain_grad()
    torch.nn.functional.cross_entropy(net2, torch.tensor(y)).backward()
    both = [(tensors[k].grad ** 2).sum().item() for k in ("W1", "b1")]
    close = pytest.approx
    assert data["layer1"]["norm"] == close(out1.norm().item(), rel=1e-12)
    assert data["layer1"]["gradient_norm"] == close(out1.grad.norm().item(), rel=1e-12)
    assert data["layer1"]["weights_gradient_norm"] == close(math.sqrt(sum(both)), rel=1e-12)
    assert data["layer2"]["gradient_norm"] == close(net2.grad.norm().item(), rel=1e-12)


def test_a_skip_connection_is_an_edge():
    graph, arrays = example("attention", "head")
    blocks = by_id(blocks_data(wg.backprop(graph, **arrays), elements=False))
    assert blocks["out"]["inputs"] == ["matmul_5", "X"]
    assert blocks["matmul_4"]["inputs"] == ["q", "transpose"]
    assert blocks["q"]["parameters"] == ["Wq"]
    assert blocks["scores"]["inputs"] == ["matmul_4"]  # and a constant, which is in the formula


def test_a_convolution_is_readable(convolution):
    blocks = by_id(blocks_data(convolution, elements=False))
    first = blocks["conv2d"]
    assert first["formulas"] == ["conv2d = conv2d(images, W1, b1)"]
    assert (first["parameters"], first["inputs"]) == (["W1", "b1"], ["images"])
    assert first["options"] == {"padding": "1"}
    assert first["source"].startswith("convolution.py:")
    assert blocks["pooled"]["options"] == {"kernel": "2"}
    assert blocks["softmax_cross_entropy"]["parameters"] == ["labels"]


def test_every_node_but_constants_is_in_one_block(convolution):
    graph, arrays = example("attention", "head")
    for trace in (convolution, wg.backprop(graph, **arrays)):
        found = [n.id for b in blocks_of(trace) for n in (*b.parameters, *b.members)]
        nodes = [n.id for n in trace.graph.nodes if n.role != "constant"]
        assert sorted(found) == sorted(nodes)


def test_what_two_operations_read_is_a_block_of_its_own():
    def twice(x, W):
        h = wg.ops.tanh(x @ W).named("h")
        return wg.ops.sum((h @ W).named("z"))

    graph = wg.trace(twice, x=(2, 3), W=(3, 3))
    trace = wg.backprop(graph, x=np.ones((2, 3)), W=np.eye(3))
    blocks = by_id(blocks_data(trace, elements=False))
    assert blocks["W"]["kind"] == "given"
    assert blocks["z"]["inputs"] == ["h", "W"]


def test_dead_and_saturated_shares():
    """Slopes worked out here: 1 − tanh², and whether a relu lets through."""
    rng = np.random.default_rng(3)
    x, W = rng.normal(size=(5, 4)) * 2, rng.normal(size=(6, 4)) * 2
    W[2] = 0.0

    def shares(activation, shift):
        net = wg.mlp([4, 6, 2], activation=activation, seed=0)
        net = net.with_parameters(W1=W, b1=np.full(6, shift))
        data = blocks_data(wg.backprop(net, x, np.zeros((5, 2))), elements=False)
        return by_id(data)["layer1"]

    found = shares("relu", -1.0)
    assert found["dead"] == np.mean(((x @ W.T - 1.0) <= 0).all(axis=0))
    assert found["dead"] > 0
    assert found["saturated"] is None  # a cut passes all or nothing
    slope = 1 - np.tanh(x @ W.T) ** 2
    assert shares("tanh", 0.0)["saturated"] == np.mean((slope < 0.01) & (slope > 0))
    assert shares("tanh", 0.0)["dead"] == 0.0


def test_a_lone_vector_of_units_is_one_sample():
    graph = wg.trace(lambda x: wg.ops.sum(wg.ops.relu(x).named("h")), x=(4,))
    trace = wg.backprop(graph, x=np.array([1.0, -1.0, -2.0, -3.0]))
    assert by_id(blocks_data(trace, elements=False))["h"]["dead"] == 0.75


# ---- pictures -----------------------------------------------------------------------------------

SHAPES = [(), (5,), (3, 4), (2, 3, 4), (5, 1, 3, 3), (4, 2, 3, 3), (2, 3, 2, 2, 2), (7, 3, 2)]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_holds_every_entry_once(shape):
    array = np.arange(1.0, 1 + math.prod(shape)).reshape(shape)
    layout = matrices.layout_of(shape)
    picture = layout.picture(array)
    assert picture.shape == (layout.rows, layout.columns)
    assert sorted(picture[~np.isnan(picture)]) == sorted(array.ravel())


def test_kernels_stand_in_rows_for_each_output():
    array = np.arange(4 * 2 * 9.0).reshape(4, 2, 3, 3)
    picture = matrices.layout_of(array.shape).picture(array)
    assert picture.shape == (12, 6)
    assert (picture[3:6, 3:6] == array[1, 1]).all()


def test_a_vector_is_one_row_and_images_fill_a_grid():
    assert matrices.layout_of((512,)).rows == 1
    images = matrices.layout_of((64, 1, 28, 28))
    assert (images.grid, images.wrapped) == ((8, 8), True)


def test_colours_bound_the_numbers():
    """A shade k stands for ((k ± ½)/126)² of the largest: what a page says of a cell is true."""
    rng = np.random.default_rng(0)
    array = rng.normal(size=(200, 100)) * 10 ** rng.uniform(-6, 1, (200, 100))
    found = matrices.colours(array)
    shades = numbers(found["cells"], np.int8).reshape(array.shape).astype(float)
    low = np.maximum(np.abs(shades) - 0.5, 0) ** 2 / 126**2 * found["scale"]
    high = np.minimum((np.abs(shades) + 0.5) / 126, 1) ** 2 * found["scale"]
    size = np.abs(array)
    assert ((low <= size * (1 + 1e-12)) & (size <= high * (1 + 1e-12))).all()
    assert (np.sign(shades)[shades != 0] == np.sign(array)[shades != 0]).all()
    assert found["scale"] == size.max()


def test_what_is_no_number_has_no_colour():
    found = matrices.colours(np.array([[math.nan, math.inf, -math.inf, 0.0, 2.0]]))
    assert numbers(found["cells"], np.int8).tolist() == [-128, 127, -127, 0, 126]
    assert found["scale"] == 2.0
    alone = matrices.colours(np.array([[math.inf, 0.0]]))
    assert (numbers(alone["cells"], np.int8).tolist(), alone["scale"]) == ([127, 0], 0.0)
    empty = matrices.colours(np.array([[math.nan, 0.0]]))
    assert numbers(empty["cells"], np.int8).tolist() == [-128, 0]


def test_a_tile_shows_its_largest():
    rng = np.random.default_rng(1)
    picture = rng.normal(size=(7, 5))
    pooled = matrices.pooled(picture, (2, 3))
    assert pooled.shape == (4, 2)
    for r in range(4):
        for c in range(2):
            part = picture[2 * r : 2 * r + 2, 3 * c : 3 * c + 3].ravel()
            assert pooled[r, c] == max(part, key=abs)


def test_a_picture_of_too_many_cells_is_tiled():
    room = matrices.room_for([3_000_000])
    tile = matrices.tile_of(matrices.layout_of((3000, 1000)), room)
    assert -(-3000 // tile[0]) * -(-1000 // tile[1]) <= 500_000


@pytest.mark.parametrize("sizes", [[4000] * 300, [10**7], [100] * 5000, [2_000_000, 8000, 3] * 9])
def test_a_page_of_many_arrays_stays_small(sizes):
    room = matrices.room_for(sizes)
    exact = sum(n for n in sizes if n <= room.exact)
    cells = sum(min(n, room.cells) for n in sizes if n > room.exact)
    assert 16 * exact + 2 * cells < 4_200_000  # bytes of values and gradients


def test_a_graph_of_many_parameters_carries_few_derivations():
    def deep(x, **weights):
        for W in weights.values():
            x = wg.ops.tanh(x @ W)
        return wg.ops.sum(x)

    weights = {f"W{k}": np.eye(3) * (1 + 0.01 * k) for k in range(80)}
    graph = wg.trace(deep, x=(2, 3), **{k: W.shape for k, W in weights.items()})
    trace = wg.backprop(graph, x=np.ones((2, 3)), **weights)
    data = blocks_data(trace)
    assert len(data["nodes"]) == 162  # x, a product and a tanh a layer, the sum
    assert 0 < len(data["elements"]) <= 64
    assert all(e["at"] in data["elements"] for found in data["largest"].values() for e in found)


def test_small_arrays_travel_exactly(large):
    net, x, y = large
    trace = wg.backprop(net, x, y)
    pictures = blocks_data(trace, elements=False)["matrices"]
    assert (numbers(pictures["W2"]["value"]["exact"]) == net.parameters["W2"].ravel()).all()
    assert pictures["W1"]["tile"] == [1, 1]
    assert len(numbers(pictures["W1"]["value"]["cells"], np.int8)) == 784 * 512
    assert (pictures["W1"]["counted"], pictures["W2"]["counted"]) == (1, 784 * 512 + 1)


def test_a_region_is_exact(large):
    net, x, y = large
    trace = wg.backprop(net, x, y)
    found = region_data(trace, "W1", "value", (3, 10), (700, 784))
    assert (numbers(found["exact"]) == net.parameters["W1"][3:10, 700:784].ravel()).all()
    found = region_data(trace, "W1", "gradient", (511, 512), (0, 3))
    assert (numbers(found["exact"]) == trace.gradients["W1"][511, :3]).all()


@pytest.mark.parametrize(
    ("node", "of", "rows", "columns", "error"),
    [
        ("W1", "value", (0, 513), (0, 1), ShapeError),
        ("W1", "value", (5, 5), (0, 1), ShapeError),
        ("W1", "value", (-1, 5), (0, 1), ShapeError),
        ("W1", "value", (0, 512), (0, 784), ConfigError),
        ("W1", "slope", (0, 1), (0, 1), NameUnknownError),
        ("y", "gradient", (0, 1), (0, 1), NameUnknownError),
        ("W9", "value", (0, 1), (0, 1), NameUnknownError),
    ],
)
def test_a_region_that_is_none_is_refused(large, node, of, rows, columns, error):
    net, x, y = large
    with pytest.raises(error):
        region_data(wg.backprop(net, x, y), node, of, rows, columns)


# ---- what a network computes ---------------------------------------------------------------------


def test_a_network_of_few_inputs_carries_what_it_computes():
    net = wg.mlp([1, 40, 12], activation="tanh", loss="softmax_cross_entropy", seed=0)
    x = np.array([[-1.0], [0.0], [3.0]])
    found = blocks_data(wg.backprop(net, x, [1, 11, 4]), elements=False)["surface"]
    assert found["names"]["inputs"] == ["i1"]
    assert found["names"]["outputs"] == [f"out_o{k}" for k in range(1, 11)]
    assert found["axes"] == [(-2.0, 4.0)]
    drawn = net.outputs(np.linspace(-2, 4, 240)[:, None])
    assert numbers(found["values"][9], "<f4") == pytest.approx(drawn[:, 9], rel=1e-6)
    samples = numbers(found["samples"]).reshape(3, 21)
    assert samples[:, 0].tolist() == [-1.0, 0.0, 3.0]
    assert samples[:, 1:11] == pytest.approx(net.outputs(x)[:, :10])
    assert samples[:, 11:].argmax(axis=1).tolist() == [1, 0, 4]
    assert samples[:, 11:].sum(axis=1).tolist() == [1.0, 0.0, 1.0]  # a class that is not carried


def test_a_graph_and_a_network_of_many_inputs_have_no_surface(convolution, large, monkeypatch):
    net, x, y = large
    for trace in (convolution, wg.backprop(net, x, y)):
        assert surface.surface_data(trace) is None
    monkeypatch.setattr(surface, "MOST_WORK", 1000)
    plane = wg.backprop(wg.mlp([2, 30, 1], seed=0), [[0.0, 1.0]], [[1.0]])
    assert surface.surface_data(plane) is None


# ---- elements -----------------------------------------------------------------------------------


def test_the_largest_are_carried_with_their_derivations(large):
    net, x, y = large
    trace = wg.backprop(net, x, y)
    data = blocks_data(trace)
    gradient = np.abs(trace.gradients["W1"]).ravel()
    carried = [abs(entry["gradient"]) for entry in data["largest"]["W1"]]
    assert carried == sorted(gradient, reverse=True)[: len(carried)]
    entry = data["largest"]["W1"][0]
    element = data["elements"][entry["at"]]
    assert element["gradient"] == entry["gradient"]
    assert element["name"].startswith("w")
    assert "isthesumoftheother60" in words(element["blocks"])  # of 64 samples four are shown


def test_the_terms_and_the_remainder_are_the_gradient(large):
    """The numbers of the last line, read as a person reads them, add up."""
    net, x, y = large
    element = element_data(wg.backprop(net, x, y), "W2[3,5]")
    last = [b for b in element["blocks"] if "lines" in b][-1]["lines"][-1]
    side = re.sub(r"<[^>]+>", "", last["sides"][-2]["math"]).replace("−", "-").replace("·", "*")
    total = eval(side, {"__builtins__": {}})  # digits, signs and brackets of our own page
    assert total == pytest.approx(element["gradient"], abs=1e-7)


@pytest.mark.parametrize("name", ["w5", "W1[1,1]", "∂E_total/∂w5", "out_h2[3]", "δ_o1[2]", "b_h1"])
def test_an_element_is_found_by_any_name(name):
    net = wg.mlp([3, 4, 2], seed=0)
    rng = np.random.default_rng(0)
    trace = wg.backprop(net, rng.random((5, 3)), rng.random((5, 2)))
    element = element_data(trace, name)
    assert trace.find(element["at"]) == number_named(trace, name)
    assert element["blocks"]
    assert "<script" not in json.dumps(element)


def test_the_error_of_a_sample_has_one_name_everywhere(large):
    """A derivation's E[17] is the seventeenth sample's, also in a network too large to list."""
    net, x, y = large
    trace = wg.backprop(net, x, y)
    element = element_data(trace, "E[17]")
    assert (element["at"], element["name"]) == ("E[17]", "E[17]")
    assert element["value"] == trace.value("E")[16]
    assert number_named(trace, "∂E_total/∂E[64]").index == (63,)
    assert blocks_data(trace, elements=False)["matrices"]["E"]["base"] == 1
    small = wg.backprop(
        wg.mlp([3, 4, 2], loss="softmax_cross_entropy", seed=0), x[:3, :3], [0, 1, 0]
    )
    assert element_data(small, "E[2]")["value"] == small.value("E")[1]


def test_a_value_is_derived_too(convolution):
    element = element_data(convolution, "pooled[0,1,2,0]")
    assert element["value"] == convolution.value("pooled")[0, 1, 2, 0]
    assert "Howthevalueofpooled" in words(element["blocks"])
    assert "的值是这样得到的" in words(element["blocks"], "zh")
    loss = element_data(convolution, "loss")
    assert loss["gradient"] == 1.0


def test_an_unknown_element_is_refused(convolution):
    for name in ("nothing", "W1[9,9,9,9]", "W1[0]", "∂/∂", "[", "W1[0,0,0,0"):
        with pytest.raises(NameUnknownError):
            element_data(convolution, name)


def markup(blocks):
    """All that a page puts in as HTML."""
    for block in blocks:
        yield from block.get("p", {}).values()
        for line in block.get("lines", ()):
            yield from (line["left"], *(side["math"] for side in line["sides"]))


def test_names_of_users_are_never_markup():
    evil = '"><img src=x onerror=alert(1)>'
    graph = wg.trace(lambda x: wg.ops.sum(wg.ops.tanh(x).named(evil)), x=(2, 2))
    trace = wg.backprop(graph, x=np.ones((2, 2)))
    elements = [*blocks_data(trace)["elements"].values(), element_data(trace, f"{evil}[0,1]")]
    for element in elements:
        for text in markup(element["blocks"]):
            assert "<img" not in text
    assert any("&lt;img" in text for text in markup(elements[-1]["blocks"]))


def test_numbers_that_json_has_not_travel():
    graph = wg.trace(lambda x: wg.ops.sum(wg.ops.log(x).named("h")), x=(3, 1))
    trace = wg.backprop(graph, x=np.array([[-1.0], [0.0], [1.0]]))
    text = json.dumps(blocks_data(trace), allow_nan=False)
    assert json.loads(text)["loss"] == {"n": "nan"}


# ---- sizes --------------------------------------------------------------------------------------


def test_a_large_network_is_quick_and_small(large):
    net, x, y = large
    lesson = of_samples(net, x, y, title="large")
    start = time.process_time()
    sent = packed(lesson_data(lesson))
    taken = time.process_time() - start
    print(f"payload: {taken:.2f} s of work, {len(sent):,} bytes")
    assert taken < 3
    assert len(sent) < 2_500_000
    trace = lesson.trace
    element_data(trace, "W1[0,0]")
    start = time.process_time()
    element_data(trace, "W1[100,300]")
    taken = time.process_time() - start
    print(f"element: {1000 * taken:.0f} ms of work")
    assert taken < 0.1


def test_a_report_of_a_graph_and_of_a_large_network(large, tmp_path):
    graph, arrays = example("convolution", "network")
    assert lesson_data(of_graph(graph, arrays))["kind"] == "blocks"
    page = view(graph, **arrays).save(tmp_path / "graph.html")
    assert page.stat().st_size < 1_000_000
    page = view(*large).save(tmp_path / "large.html")
    print(f"report of 784-512-10: {page.stat().st_size:,} bytes")
    assert page.stat().st_size < 4_000_000
