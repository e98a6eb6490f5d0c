"""A page's programs, evaluated here by a few lines of NumPy: JAX, PyTorch, the article agree."""

from __future__ import annotations

import json

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad import numeric
from whygrad.files.config import article
from whygrad.training.options import Options
from whygrad.web.program import CHOICES, choices, program_data, rule_data

jax = needs("jax")
torch = needs("torch")
jnp = jax.numpy


# ---- what a page does, in NumPy -----------------------------------------------------------------


def number(data, arrays):
    """The value of a formula."""
    match data:
        case str():
            return arrays[data]
        case {"n": text}:
            return float(text)
        case [function, *rest]:
            last = rest.pop() if isinstance(rest[-1], dict) and "n" not in rest[-1] else {}
            return numeric.FUNCTIONS[function](*(number(p, arrays) for p in rest), **last)
    return data


def run(program, sources, layers=None):
    """Values, gradients, slopes and masks of a program, with some layers' activations swapped."""
    swapped = [program["activations"][str(k)][name] for k, name in (layers or {}).items()]

    def formula(table, id_, own):
        return next((s[table][id_] for s in swapped if id_ in s[table]), own)

    arrays = dict(sources)
    with np.errstate(all="ignore"):
        for id_, own in program["values"]:
            arrays[id_] = np.asarray(number(formula("values", id_, own), arrays))
        for id_, own in program["gradients"]:
            arrays[f"∂{id_}"] = np.asarray(number(formula("gradients", id_, own), arrays))
        slopes, masks = (
            {id_: number(formula(table, id_, own), arrays) for id_, own in program[table].items()}
            for table in ("slopes", "masks")
        )
    for node in program["nodes"]:
        assert arrays[node["id"]].shape == tuple(node["shape"]), node["id"]
        if node["partials"] and f"∂{node['id']}" in arrays:
            assert arrays[f"∂{node['id']}"].shape == tuple(node["shape"]), node["id"]
    return arrays, slopes, masks


def program_of(net, samples=1, labels=False, **options):
    """The program as it comes out of JSON."""
    data = program_data(net, samples, labels, "textbook", Options(**options))
    return json.loads(json.dumps(data, allow_nan=False))


# ---- the same, written by hand for JAX ----------------------------------------------------------

ACTIVATIONS = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": lambda z: jnp.where(z > 0, z, 0.01 * z),
    "elu": jax.nn.elu,
    "softplus": jax.nn.softplus,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "silu": jax.nn.silu,
    "identity": lambda z: z,
    "softmax": lambda z: jax.nn.softmax(z, axis=-1),
}


def huber(out, y):
    away = jnp.abs(out - y)
    return jnp.where(away <= 1, away**2 / 2, away - 0.5)


def loss_of(name, net, out, y):
    """The loss of each sample (samples,)."""
    match name:
        case "half_squared_error":
            return ((out - y) ** 2 / 2).sum(1)
        case "mean_squared_error":
            return ((out - y) ** 2).mean(1)
        case "huber":
            return huber(out, y).sum(1)
        case "binary_cross_entropy":
            return -(y * jnp.log(out) + (1 - y) * jnp.log(1 - out)).sum(1)
        case "binary_cross_entropy_with_logits":
            return -(y * jax.nn.log_sigmoid(net) + (1 - y) * jax.nn.log_sigmoid(-net)).sum(1)
        case "softmax_cross_entropy":
            rows = jax.nn.one_hot(y, net.shape[1]) if y.ndim == 1 else y
            return -(rows * jax.nn.log_softmax(net)).sum(1)
    raise AssertionError(name)


def jax_loss(parameters, x, y, activations, loss, reduction):
    out = x
    for k, name in enumerate(activations, start=1):
        net = out @ parameters[f"W{k}"].T + parameters.get(f"b{k}", 0.0)
        out = ACTIVATIONS[name](net)
    each = loss_of(loss, net, out, y)
    return each.sum() if reduction == "sum" else each.mean()


def by_jax(net, x, y, activations=None):
    with jax.enable_x64(True):
        given = {k: jnp.asarray(v) for k, v in net.parameters.items()}
        names = activations or [op.name for op in net.activations]
        function = jax.value_and_grad(
            lambda p, x: jax_loss(p, x, jnp.asarray(y), names, net.loss, net.reduction), (0, 1)
        )
        loss, (gradients, inputs) = function(given, jnp.asarray(x))
        return float(loss), {**{k: np.asarray(v) for k, v in gradients.items()}, "x": inputs}


def same(program, net, x, y, layers=None):
    """Loss and gradients of a program are JAX's."""
    names = [op.name for op in net.activations]
    for k, name in (layers or {}).items():
        names[k - 1] = name
    arrays, _, _ = run(program, {"x": x, "y": y, **net.parameters}, layers)
    loss, gradients = by_jax(net, x, y, names)
    np.testing.assert_allclose(arrays[program["loss"]], loss, rtol=1e-12)
    for id_, gradient in gradients.items():
        np.testing.assert_allclose(arrays[f"∂{id_}"], gradient, rtol=1e-9, atol=1e-14, err_msg=id_)


def drawn(net, seed=0):
    rng = np.random.default_rng(seed)
    return net.with_parameters(**{k: rng.normal(size=v.shape) for k, v in net.parameters.items()})


X = np.random.default_rng(1).normal(size=(3, 2))
ROWS = np.array([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0], [0.6, 0.1, 0.3]])
LABELS = np.array([2, 0, 1])


# ---- the article --------------------------------------------------------------------------------


def test_the_article_to_its_last_digit():
    file = article()
    program = program_of(file.network, train_bias=False)
    data = {"x": np.array([[0.05, 0.10]]), "y": np.array([[0.01, 0.99]])}
    arrays, slopes, _ = run(program, {**data, **file.network.parameters})
    assert round(float(arrays["E_total"]), 9) == 0.298371109
    assert np.round(arrays["out1"], 9).tolist() == [[0.593269992, 0.596884378]]
    assert np.round(arrays["∂W2"][0, 0], 9) == 0.082167041
    assert np.round(arrays["∂W1"][0, 0], 9) == 0.000438568
    assert np.round(arrays["∂out1"][0, 0], 9) == 0.036350306
    assert np.round(slopes["out2"][0, 0], 9) == 0.186815602
    assert np.round(slopes["E"][0, 0], 8) == 0.74136507
    assert np.round(0.4 - 0.5 * arrays["∂W2"][0, 0], 8) == 0.35891648


def test_the_articles_names():
    nodes = {n["id"]: n for n in program_of(article().network, train_bias=False)["nodes"]}
    assert nodes["W2"]["names"] == ["w5", "w6", "w7", "w8"]
    assert nodes["W2"]["partials"][0] == "∂E_total/∂w5"
    assert nodes["W1"]["updated"] == ["w1+", "w2+", "w3+", "w4+"]
    assert "updated" not in nodes["b1"]
    assert nodes["net2"]["deltas"] == ["δ_o1", "δ_o2"]
    assert nodes["E"]["names"] == ["E_o1", "E_o2"]
    batch = {n["id"]: n for n in program_of(article().network, samples=2)["nodes"]}
    assert batch["out1"]["names"] == ["out_h1[1]", "out_h2[1]", "out_h1[2]", "out_h2[2]"]
    assert batch["W2"]["names"] == nodes["W2"]["names"]
    assert batch["b1"]["updated"] == ["b1+"]


def test_own_names_are_in_the_program():
    net = wg.mlp([1, 1, 1], names={"i1": "height", "w1": "slope"})
    nodes = {n["id"]: n for n in program_of(net)["nodes"]}
    assert nodes["x"]["names"] == ["height"]
    assert nodes["W1"]["partials"] == ["∂E_total/∂slope"]


def test_one_step_in_both_orders_is_the_articles():
    """Simultaneously, or as the article's program does: layer by layer, the values as they were."""
    file = article()
    program = program_of(file.network, train_bias=False)
    assert program["groups"] == {"simultaneous": [["W1", "W2"]], "sequential": [["W2"], ["W1"]]}
    errors = {}
    for order, groups in program["groups"].items():
        data = {"x": np.array([[0.05, 0.10]]), "y": np.array([[0.01, 0.99]])}
        arrays, _, _ = run(program, data | dict(file.network.parameters))
        for group in groups:
            for id_, formula in program["gradients"]:
                arrays[f"∂{id_}"] = number(formula, arrays)
            arrays |= {id_: arrays[id_] - 0.5 * arrays[f"∂{id_}"] for id_ in group}
        sources = {k: arrays[k] for k in ("x", "y", *file.network.parameters)}
        errors[order] = round(float(run(program, sources)[0]["E_total"]), 12)
    assert errors == {"simultaneous": 0.291027773694, "sequential": 0.291027923905}


# ---- networks of every kind ---------------------------------------------------------------------


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("bias", ["per_neuron", "shared", "none"])
def test_biases_and_batches(bias, reduction, samples):
    net = drawn(wg.mlp([2, 4, 3], bias=bias, reduction=reduction, activation="tanh"))
    same(program_of(net, samples), net, X[:samples], ROWS[:samples])


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(
    "loss",
    [
        "half_squared_error", "mean_squared_error", "huber", "binary_cross_entropy",
        "binary_cross_entropy_with_logits", "softmax_cross_entropy",
    ],
)  # fmt: skip
def test_losses(loss, samples):
    net = drawn(wg.mlp([2, 4, 3], loss=loss))
    x, y = X[:samples] * 3, ROWS[:samples]
    y = y * 5 if loss == "huber" else y  # some beyond the distance, some within
    same(program_of(net, samples), net, x, y)


@pytest.mark.parametrize("samples", [1, 3])
def test_labels(samples):
    net = drawn(wg.mlp([2, 4, 3], loss="softmax_cross_entropy"))
    program = program_of(net, samples, labels=True)
    same(program, net, X[:samples], LABELS[:samples])
    target = next(n for n in program["nodes"] if n["role"] == "target")
    assert target["integer"]
    assert target["partials"] == []
    output = next(n for n in program["nodes"] if n["id"] == "out2")
    assert output["partials"] == []  # softmax and cross-entropy are one: no gradient passes there
    arrays, _, _ = run(program, {"x": X[:samples], "y": LABELS[:samples], **net.parameters})
    np.testing.assert_allclose(arrays["out2"], net.outputs(X[:samples]), rtol=1e-12)


@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize("name", CHOICES)
def test_each_activation_swapped_into_each_layer(name, layer):
    net = drawn(wg.mlp([2, 4, 4, 3], activation="sigmoid", output_activation="identity"))
    same(program_of(net, 3), net, X, ROWS, {layer: name})


def test_several_activations_swapped_at_once():
    net = drawn(wg.mlp([2, 4, 4, 3]))
    same(program_of(net, 3), net, X, ROWS, {1: "relu", 2: "gelu", 3: "tanh"})


def test_a_swapped_program_is_the_other_networks_program():
    """Nothing but what an activation replaces depends on it."""
    net = wg.mlp([2, 3, 3, 1])
    other = wg.mlp([2, 3, 3, 1], activation=["sigmoid", "relu", "sigmoid"])
    program, wanted = program_of(net), program_of(other)
    swap = program["activations"]["2"]["relu"]
    for table in ("values", "gradients"):
        assert [[k, swap[table].get(k, f)] for k, f in program[table]] == wanted[table]
    assert {**program["slopes"], **swap["slopes"]} == wanted["slopes"]
    assert {**program["masks"], **swap["masks"]} == wanted["masks"]


def test_far_values_do_not_overflow():
    net = wg.mlp([1, 1, 1], activation="sigmoid").with_parameters(W1=[[1.0]], b1=[0.0])
    program = program_of(net)
    for name in CHOICES:
        far = {"x": np.array([[-800.0]]), "y": np.array([[0.5]]), **net.parameters}
        arrays, _, _ = run(program, far, {1: name})
        assert np.isfinite(arrays["E_total"]), name
        assert np.isfinite(arrays["∂W1"]).all(), name


@pytest.mark.parametrize("name", CHOICES)
def test_slopes_are_the_derivative_and_masks_say_where_it_is_cut(name):
    net = drawn(wg.mlp([2, 6, 1], activation=name, output_activation="identity"))
    arrays, slopes, masks = run(program_of(net, 3), {"x": X, "y": X[:, :1], **net.parameters})
    with jax.enable_x64(True):
        each = jax.vmap(jax.vmap(jax.grad(ACTIVATIONS[name])))
        expected = np.asarray(each(jnp.asarray(arrays["net1"])))
    np.testing.assert_allclose(slopes["out1"], expected, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(slopes["E"], arrays["out2"] - X[:, :1])
    assert set(masks) == ({"out1"} if name == "relu" else set())
    if masks:
        assert masks["out1"].dtype == bool
        assert (masks["out1"] == (arrays["net1"] > 0)).all()


def test_what_an_output_layer_may_be_is_what_its_loss_allows():
    def names(net, layer):
        return [op.name for op in choices(net, layer)]

    net = wg.mlp([2, 3, 3], loss="softmax_cross_entropy")
    assert names(net, 2) == ["softmax", "identity"]
    assert names(net, 1) == list(CHOICES)
    assert names(wg.mlp([2, 1], loss="bce_with_logits"), 1) == ["sigmoid", "identity"]
    assert names(wg.mlp([2, 1], loss="binary_cross_entropy"), 1) == ["sigmoid"]
    own = wg.mlp([2, 2, 1], activation="x / (1 + exp(-x))", output_activation="tanh")
    assert names(own, 1)[1:] == list(CHOICES)
    assert names(own, 2) == ["tanh", *(n for n in CHOICES if n != "tanh")]


def test_an_activation_of_ones_own_is_in_the_program():
    net = drawn(wg.mlp([2, 3, 2], activation="x / (1 + exp(-x))", output_activation="identity"))
    arrays, _, _ = run(program_of(net), {"x": X[:1], "y": X[:1], **net.parameters})
    x, y = (torch.tensor(X[:1], dtype=torch.float64) for _ in "xy")
    p = {k: torch.tensor(v, requires_grad=True) for k, v in net.parameters.items()}
    hidden = torch.nn.functional.silu(x @ p["W1"].T + p["b1"])
    (((hidden @ p["W2"].T + p["b2"]) - y) ** 2 / 2).sum().backward()
    for name, tensor in p.items():
        np.testing.assert_allclose(
            arrays[f"∂{name}"], tensor.grad.numpy(), rtol=1e-10, err_msg=name
        )


# ---- update rules -------------------------------------------------------------------------------

TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.99),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.01),
}


def stepped(rule, w, gradient_of, steps):
    memory = {key: np.zeros_like(w) for key in rule["keeps"]}
    for t in range(1, steps + 1):
        given = {"w": w, "g": gradient_of(w), "rate": 0.05, "t": float(t), **memory}
        w = w + number(rule["step"], given)
        memory = {key: number(formula, given) for key, formula in rule["memory"].items()}
    return w


@pytest.mark.parametrize("name", TORCH)
def test_steps_are_pytorchs(name):
    start = np.array([1.5, -0.7, 0.01])
    w = torch.tensor(start, requires_grad=True)
    optimizer = TORCH[name]([w])
    for _ in range(50):
        optimizer.zero_grad()
        (torch.sin(3 * w) + w**2).sum().backward()
        optimizer.step()
    found = stepped(rule_data(name), start, lambda w: 3 * np.cos(3 * w) + 2 * w, 50)
    np.testing.assert_allclose(found, w.detach().numpy(), rtol=1e-9)


def test_options_of_a_rule_are_in_its_formula():
    start = np.array([1.5, -0.7])
    w = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.05, betas=(0.5, 0.9), eps=1e-3)
    for _ in range(20):
        optimizer.zero_grad()
        (w**2).sum().backward()
        optimizer.step()
    rule = rule_data({"name": "adam", "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3})
    np.testing.assert_allclose(
        stepped(rule, start, lambda w: 2 * w, 20), w.detach().numpy(), rtol=1e-9
    )


def test_what_is_no_rule_number_by_number_steps_as_plain_descent():
    for optimizer in ("lm", {"name": "lm", "mu": 0.1}, object()):
        rule = rule_data(optimizer)
        assert (rule["name"], rule["keeps"], rule["memory"]) == ("sgd", [], {})
