"""Auto-encoders in files and explained: tied weights, sparse codes, what they are called."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_sample_images

import whygrad as wg
from whygrad.drawing import drawing_of, network_drawing
from whygrad.errors import ConfigError
from whygrad.exercises.own import from_tables
from whygrad.files.config import parse
from whygrad.files.script import script_text
from whygrad.files.table_starter import table_text
from whygrad.files.writer import network_text
from whygrad.pages.general import equations_document
from whygrad.web import lesson
from whygrad.web.payload import lesson_data
from whygrad.web.spec import lesson_of_spec

X = np.array([[0.9, 0.1, 0.2], [0.2, 0.8, 0.1]])
FILE = """
[network]
layers = [3, 2, 3]
task = "autoencoder"
tied = true
sparsity = {rho = 0.05, beta = 3.0}
[data]
inputs = [[0.9, 0.1, 0.2], [0.2, 0.8, 0.1]]
[training]
learning_rate = 0.5
iterations = 10
corruption = {kind = "masking", level = 0.3}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return parse(FILE, "sparse.toml", tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def trace(file):
    return wg.backprop(file.network, *file.samples())


# ---- UFLDL --------------------------------------------------------------------------------------


def patches(count: int, seed: int = 0) -> np.ndarray:
    """8×8 patches of both photographs, scaled to [0.1, 0.9] as UFLDL's normalizeData does."""
    rng = np.random.default_rng(seed)
    photos = [np.asarray(image, float).mean(axis=2) for image in load_sample_images().images]
    found = []
    for _ in range(count):
        photo = photos[rng.integers(2)]
        row, column = (int(rng.integers(n - 8)) for n in photo.shape)
        found.append(photo[row : row + 8, column : column + 8].ravel())
    x = np.array(found)
    x -= x.mean(axis=1, keepdims=True)
    limit = 3 * x.std()
    return (np.clip(x, -limit, limit) / limit + 1) * 0.4 + 0.1


def ufldl_cost(theta, x, hidden, decay, rho, beta):
    """sparseAutoencoderCost of UFLDL's exercise, samples as rows."""
    visible, size = x.shape[1], hidden * x.shape[1]
    W1 = theta[:size].reshape(hidden, visible)
    W2 = theta[size : 2 * size].reshape(visible, hidden)
    b1, b2 = theta[2 * size : 2 * size + hidden], theta[2 * size + hidden :]
    a2 = 1 / (1 + np.exp(-(x @ W1.T + b1)))
    a3 = 1 / (1 + np.exp(-(a2 @ W2.T + b2)))
    active = a2.mean(axis=0)
    divergence = rho * np.log(rho / active) + (1 - rho) * np.log((1 - rho) / (1 - active))
    weights = decay / 2 * ((W1**2).sum() + (W2**2).sum())
    return ((a3 - x) ** 2).sum() / (2 * len(x)) + weights + beta * divergence.sum()


def test_ufldls_gradient_check():
    """‖num − grad‖ / ‖num + grad‖ of 64-25-64 on patches, with weight decay: UFLDL's own test."""
    x, decay = patches(20), 1e-4
    net = wg.mlp([64, 25, 64], autoencoder=True, sparsity={"rho": 0.01, "beta": 3.0}, seed=1)
    run = wg.train(net, x, learning_rate=1.0, iterations=1, l2=decay, scale="none", quiet=True)
    order = ("W1", "W2", "b1", "b2")
    ours = np.concatenate([(net.parameters[n] - run.parameters[n]).ravel() for n in order])
    theta = np.concatenate([net.parameters[n].ravel() for n in order])
    numbers = np.empty_like(theta)
    for k in range(len(theta)):
        step = np.zeros_like(theta)
        step[k] = 1e-4  # UFLDL's
        up, down = (ufldl_cost(theta + s, x, 25, decay, 0.01, 3.0) for s in (step, -step))
        numbers[k] = (up - down) / 2e-4
    assert np.linalg.norm(numbers - ours) / np.linalg.norm(numbers + ours) < 1e-9


# ---- what is said -------------------------------------------------------------------------------


def test_the_numbers_of_a_sparse_code_have_names(trace):
    code = trace.value("out1")
    active = code.mean(axis=0)
    apart = 0.05 * np.log(0.05 / active) + 0.95 * np.log(0.95 / (1 - active))
    assert trace.value("ρ̂_h1") == pytest.approx(active[0], rel=1e-14)
    assert trace.value("rhohat_h2") == pytest.approx(active[1], rel=1e-14)
    assert trace.value("KL_h2") == pytest.approx(apart[1], rel=1e-12)
    assert trace.value("E_sparse") == pytest.approx(3 * apart.sum(), rel=1e-12)
    assert trace.value("E_total") == pytest.approx(trace.value("E_data") + 3 * apart.sum())
    slope = 3 * (-0.05 / active[0] + 0.95 / (1 - active[0]))
    assert trace.grad("ρ̂_h1") == pytest.approx(slope, rel=1e-12)


def test_delta_of_the_code_holds_ngs_formula(trace):
    """β(−ρ/ρ̂ + (1 − ρ)/(1 − ρ̂)) stands in δ, and its numbers are true."""
    for notation, active in (("textbook", "ρ̂_h1"), ("indexed", "ρ̂[1]"), ("matrix", "ρ̂[1]")):
        text = " ".join(str(trace.why("net_h1[1]", "delta", notation=notation)).split())
        assert f"3 · (−0.05 / {active} + 0.95 / (1 − {active})) · 0.5" in text
    said = str(trace.why("w1"))
    slope = trace.grad("ρ̂_h1")
    assert f"∂E_total/∂ρ̂_h1 = 3 · {slope / 3:.9f} = {slope:.9f}" in said


def test_a_tied_weight_has_a_second_place(trace):
    assert trace.value("w4′") == trace.value("w4") == trace.value("w4'")
    first = trace.value("out1")[:, 0]
    second = (trace.grad("net2")[:, 0] * first).sum()
    assert trace.grad("w1′") == pytest.approx(second, rel=1e-12)
    encoder = (trace.grad("net1")[:, 0] * X[:, 0]).sum()
    assert trace.grad("w1") == pytest.approx(encoder + second, rel=1e-12)
    said = str(trace.explain())
    assert "W² = (W¹)ᵀ" in said
    assert "net_o1[1] = w1′ · out_h1[1] + w4′ · out_h2[1] + b_o1" in said
    assert "∂E_total/∂w1 = δ_h1[1] · i1[1] + δ_h1[2] · i1[2] + ∂E_total/∂w1′" in said


def test_names_in_every_format_and_language(trace):
    page = trace.explain()
    latex = page.to_latex()
    assert r"\hat{\rho}_{h1}" in latex
    assert "w_{1'}" in latex
    assert "平均激活度" in page.to_text(lang="zh")
    assert "权重绑定" in page.to_text(lang="zh")
    assert "rhohat_h1" in page.to_text(plain=True)
    assert "ρ̂" not in page.to_text(plain=True)


def test_general_equations_of_a_sparse_code(file):
    said = str(equations_document(file.network))
    assert "δ¹ = (3 · (−0.05 / ρ̂ + 0.95 / (1 − ρ̂)) / N + δ² · W²) ⊙ out¹ ⊙ (1 − out¹)" in said
    assert "W² = (W¹)ᵀ" in said
    assert "∂E_total/∂W¹ = ((δ²)ᵀ · out¹)ᵀ + (δ¹)ᵀ · x" in said


def test_drawings_show_the_penalty(trace):
    drawn = network_drawing(trace, trace.names)
    assert any(n.key.node == "E_sparse" for n in drawn.neurons)
    way = drawing_of(trace, trace.names, trace.find("w1"))
    assert "mean1" in {arrow.route[-2].node for arrow in way.meeting}
    assert way.total.value == pytest.approx(trace.grad("out_h1[1]"))


@pytest.mark.parametrize(
    ("layers", "samples", "options"),
    [
        ([1, 2, 1], 1, {"sparsity": {"rho": 0.1, "beta": 2.0}, "tied": True}),
        ([3, 1, 3], 3, {"sparsity": {"rho": 0.1, "beta": 2.0}, "bias": "none", "reduction": "sum"}),
        ([4, 3, 2, 3, 4], 2, {"tied": True, "bias": "shared"}),
        ([12, 9, 12], 20, {"sparsity": {"rho": 0.1, "beta": 2.0}, "tied": True}),
    ],
)
def test_every_name_of_a_page_is_found(layers, samples, options):
    """Pages of small and larger ones; each number by its name, in every notation, in both forms."""
    x = np.random.default_rng(0).uniform(0.1, 0.9, (samples, layers[0]))
    trace = wg.backprop(wg.mlp(layers, autoencoder=True, **options), x)
    for key in ("textbook", "indexed", "matrix", "code"):
        trace.explain(names=trace.notation(key)).to_text()
    for node in trace.graph.nodes:
        for at in list(trace.names.entries(node))[-1:] if node.value is None else ():
            name = trace.names.text(at)
            assert trace.find(name) == at
            for detail in ("factors", "delta"):
                assert trace.why(name, detail).value == trace.grad(name)


def test_names_of_a_large_one():
    net = wg.mlp([64, 25, 64], autoencoder=True, tied=True, sparsity={"rho": 0.1, "beta": 1.0})
    trace = wg.backprop(net, np.random.default_rng(0).uniform(0.1, 0.9, (200, 64)))
    assert trace.grad("w65′") == trace.grad("W2")[0, 1]
    assert trace.value("ρ̂_h3") == pytest.approx(trace.value("out1")[:, 2].mean(), rel=1e-14)
    assert "rest_60" in str(trace.why("out_h3[1]"))


def test_a_page_shows_layers_whole(file):
    data = lesson_data(lesson.of_file(file), readings="ask")
    assert data["kind"] == "blocks"
    assert data["programs"] is None
    assert data["blocks"]["loss"] == pytest.approx(wg.backprop(file.network, X).loss)
    assert any("Tied weights" in note["en"] for note in data["notes"])


def test_a_page_keeps_a_sparse_code_between_0_and_1(file):
    changes = {"start": True, "changes": {"activations": {"1": "tanh"}}}
    with pytest.raises(ConfigError, match="does not suit a sparsity penalty"):
        lesson_of_spec(changes, lambda: lesson.of_file(file))


@pytest.mark.parametrize("code", ["sigmoid", "softmax", "0.5 + 0.4*tanh(x)", "0.1 + exp(-x^2)/2"])
def test_a_sparse_code_may_approach_0_and_1(code):
    how = {"activation": [code], "output_activation": "identity", "autoencoder": True}
    assert wg.mlp([4, 3, 4], sparsity={"rho": 0.2, "beta": 1.0}, **how).sparsity.rho == 0.2


# ---- files --------------------------------------------------------------------------------------


def test_a_file_is_read_as_it_was_written(file, tmp_path):
    text = network_text(file.network, *file.samples(), file.training)
    again = parse(text, "again", tmp_path)
    assert again.network.tied
    assert again.network.sparsity == file.network.sparsity
    assert again.training == file.training
    assert wg.backprop(again.network, X).loss == wg.backprop(file.network, X).loss


def test_a_script_makes_the_same_network(file):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script_text(file.network, X, None, "sparse"), {})
    assert out.getvalue().splitlines()[0] == f"loss {wg.backprop(file.network, X).loss}"


def test_a_sheet_keeps_what_it_is_about(file):
    own = from_tables(file.tables, "sparse.toml")
    again = from_tables(own.tables(), "again")
    assert again.network.tied
    assert again.network.sparsity == file.network.sparsity
    names = {own.trace.names.text(step.ref) for step in own.drawn(None, 1)[1].steps}
    assert {"ρ̂_h1", "KL_total", "E_sparse", "∂E_total/∂w1′", "w1+"} <= names


def test_a_table_sizes_an_auto_encoder(tmp_path):
    np.savetxt(
        tmp_path / "iris.csv", load_iris().data, delimiter=",", header="a,b,c,d", comments=""
    )
    text = """
        [network]
        task = "autoencoder"
        hidden = [6]
        latent = 2
        tied = true
        sparsity = {rho = 0.2, beta = 0.1}
        [data]
        file = "iris.csv"
        target = []
        """
    net = parse(text, "iris.toml", tmp_path).network
    assert net.layers == (4, 6, 2, 6, 4)
    assert net.tied
    assert net.sparsity.rho == 0.2
    assert [a.name for a in net.activations] == ["sigmoid"] * 3 + ["identity"]


def test_a_started_file_says_what_an_auto_encoder_may_be(tmp_path):
    table = tmp_path / "a.csv"
    np.savetxt(table, load_iris().data, delimiter=",", header="a,b,c,d", comments="")
    text = table_text(str(table), None, task="autoencoder")
    assert "To be beaten" not in text
    said = [line[2:] for line in text.splitlines() if line.startswith(("# tied", "# sparsity"))]
    text = text.replace('activation = "relu"', 'activation = "sigmoid"', 1)
    own = text.replace("\n[training]\n", "\n".join([*said, "latent = 1", "[training]", ""]))
    net = parse(own, "a.toml", tmp_path).network
    assert net.layers == (4, 2, 1, 2, 4)
    assert net.tied
    assert net.sparsity.beta == 3


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("network.latent=2", "latent is for tables"),
        ("network.sparsity={rho=2.0}", "sparsity.rho"),
        ('network.activation="leaky_relu"', "between 0 and 1"),
        ('network.task="mapping"', "Tied weights"),
        ('training.corruption={kind="salt", level=0.1}', "corruption.kind"),
    ],
)
def test_files_that_cannot_be_are_refused(override, said, tmp_path):
    with pytest.raises(ConfigError, match=said):
        parse(FILE, "sparse.toml", tmp_path, [override])


def test_codes_are_decoded():
    net = wg.mlp(
        [4, 5, 2, 5, 4], autoencoder=True, tied=True, activation="tanh",
        output_activation="identity",
    )  # fmt: skip
    x = load_iris().data
    run = wg.train(net, x, learning_rate=0.01, epochs=2, scale="standard", quiet=True)
    codes = run.model.encode(x)
    np.testing.assert_allclose(run.model.decode(codes), run.model.predict(x), rtol=1e-12)
    np.testing.assert_array_equal(run.model.weight(4), run.model.parameters["W1"].T)


def test_a_weight_counts_in_the_mean_activity():
    rng = np.random.default_rng(0)
    x, weight = rng.uniform(0.1, 0.9, (12, 3)), rng.integers(1, 4, 12)
    net = wg.mlp([3, 2, 3], autoencoder=True, sparsity={"rho": 0.1, "beta": 1.0})
    how = {"learning_rate": 0.5, "iterations": 3, "scale": "none", "quiet": True}
    weighted = wg.train(net, x, sample_weight=weight, **how)
    repeated = wg.train(net, np.repeat(x, weight, axis=0), **how)
    for name, value in repeated.parameters.items():
        np.testing.assert_allclose(weighted.parameters[name], value, atol=1e-13)
