"""Update rules against PyTorch and optax step by step; epochs against hand-written JAX."""

from __future__ import annotations

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import ConfigError
from whygrad.numeric import xp
from whygrad.training.update import UPDATE_RULES, update_rule

STEPS = 100
RATE = 0.01
RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 2))


def net():
    made = wg.mlp([3, 5, 2], activation="tanh", output_activation="identity", seed=2)
    return made.with_parameters(b1=RNG.normal(size=5), b2=RNG.normal(size=2))


NET = net()


def ours(optimizer, engine, steps=STEPS, **options):
    run = wg.train(
        NET, X, Y, optimizer=optimizer, iterations=steps, engine=engine, quiet=True,
        scale="none", **options,
    )  # fmt: skip
    return run.parameters


def gradients(torch, parameters):
    x = torch.tensor(X)
    out = torch.tanh(x @ parameters["W1"].T + parameters["b1"]) @ parameters["W2"].T
    error = 0.5 * ((torch.tensor(Y) - out - parameters["b2"]) ** 2).sum(1).mean()
    error.backward()


def by_torch(make, steps=STEPS, between=None):
    torch = needs("torch")
    parameters = {k: torch.tensor(v, requires_grad=True) for k, v in NET.parameters.items()}
    optimizer = make(torch.optim, parameters)
    for _ in range(steps):
        optimizer.zero_grad()
        gradients(torch, parameters)
        if between is not None:
            between(torch, parameters)
        optimizer.step()
    return {k: v.detach().numpy() for k, v in parameters.items()}


def close(found, expected, rel=1e-12):
    assert set(found) == set(expected)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=rel, atol=1e-13, err_msg=name)


TORCH = {
    "sgd": lambda o, p: o.SGD(p.values(), RATE),
    "momentum": lambda o, p: o.SGD(p.values(), RATE, momentum=0.9),
    "nesterov": lambda o, p: o.SGD(p.values(), RATE, momentum=0.9, nesterov=True),
    "rmsprop": lambda o, p: o.RMSprop(p.values(), RATE),
    "adam": lambda o, p: o.Adam(p.values(), RATE),
    "adamw": lambda o, p: o.AdamW(p.values(), RATE),
}


@pytest.mark.parametrize("engine", ["eager", "compiled"])
@pytest.mark.parametrize("rule", sorted(UPDATE_RULES))
def test_a_rule_steps_as_pytorch_does(rule, engine):
    needs("jax")
    close(ours(rule, engine, learning_rate=RATE), by_torch(TORCH[rule]))


@pytest.mark.parametrize("engine", ["eager", "compiled"])
def test_adam_without_momentum_is_pytorchs(engine):
    """β₁ = 0 is allowed, and has nothing to correct."""
    expected = by_torch(lambda o, p: o.Adam(p.values(), RATE, betas=(0.0, 0.999)))
    close(ours({"name": "adam", "beta1": 0.0}, engine, learning_rate=RATE), expected, rel=1e-9)


@pytest.mark.parametrize("engine", ["eager", "compiled"])
def test_clipping_is_pytorchs(engine):
    def norm(torch, p):
        torch.nn.utils.clip_grad_norm_(p.values(), 0.5)

    def value(torch, p):
        torch.nn.utils.clip_grad_value_(p.values(), 0.05)

    close(
        ours("sgd", engine, learning_rate=RATE, clip_norm=0.5), by_torch(TORCH["sgd"], between=norm)
    )
    clipped = ours("sgd", engine, learning_rate=RATE, clip_value=0.05)
    close(clipped, by_torch(TORCH["sgd"], between=value))


def test_l2_is_pytorchs_weight_decay_of_the_weights():
    def groups(o, p):
        weights = [v for k, v in p.items() if k.startswith("W")]
        biases = [v for k, v in p.items() if k.startswith("b")]
        return o.SGD([{"params": weights, "weight_decay": 0.1}, {"params": biases}], RATE)

    close(ours("sgd", "eager", learning_rate=RATE, l2=0.1), by_torch(groups))


OPTAX = {
    "adam": lambda o: o.adam(RATE),
    "adam inside": lambda o: o.adam(RATE, eps=0.0, eps_root=1e-6),
    "rmsprop": lambda o: o.rmsprop(RATE, decay=0.99, eps=1e-8, eps_in_sqrt=False),
    "momentum": lambda o: o.sgd(RATE, momentum=0.9),
    "nesterov": lambda o: o.sgd(RATE, momentum=0.9, nesterov=True),
    "adamw": lambda o: o.adamw(RATE, weight_decay=0.01),
}
OURS = {"adam inside": {"name": "adam", "epsilon_place": "inside", "epsilon": 1e-6}}


@pytest.mark.parametrize("rule", sorted(OPTAX))
def test_a_rule_steps_as_optax_does_and_optax_is_taken_as_it_is(rule):
    optax = needs("optax")
    theirs = ours(OPTAX[rule](optax), "compiled")
    close(ours(OURS.get(rule, rule), "compiled", learning_rate=RATE), theirs)


def test_the_uncorrected_place_of_epsilon():
    """The end of section 2 of Kingma and Ba, written out."""
    w, m, v = 0.3, 0.0, 0.0
    rule = update_rule({"name": "adam", "epsilon_place": "uncorrected", "epsilon": 0.01})
    state = rule.init({"w": np.array(w)})
    for t in range(1, 20):
        g = np.sin(t)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        expected = -RATE * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 0.01)
        steps, state = rule.update(xp, {"w": np.array(w)}, {"w": np.array(g)}, state, RATE, t)
        assert float(steps["w"]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "adam", "beta_1": 0.8}, "did you mean 'beta1'"),
        ({"name": "adam", "beta1": 1.0}, "from 0 to below 1"),
        ({"name": "adam", "epsilon_place": "outside"}, "corrected"),
        ("adamm", "did you mean 'adam'"),
        ({"beta1": 0.8}, "no optimizer None"),
    ],
)
def test_bad_rules_are_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        update_rule(given)


@pytest.mark.parametrize("rule", sorted(UPDATE_RULES))
def test_the_page_shows_the_updates_that_run(rule):
    from whygrad.pages.update import update_document

    made = wg.mlp([2, 2, 2], seed=1)
    trace = wg.backprop(made, [0.05, 0.1], [0.01, 0.99])
    page = update_document(trace, rule, "w5", RATE)
    shown = [b.lines[-1].value for b in page.blocks if hasattr(b, "lines")]
    for steps, value in enumerate(shown, start=1):
        options = {"optimizer": rule, "learning_rate": RATE, "iterations": steps, "quiet": True}
        run = wg.train(made, [0.05, 0.1], [0.01, 0.99], **options)
        assert value == pytest.approx(run.parameters["W2"][0, 0], rel=1e-12)


# ---- a whole epoch against hand-written JAX -----------------------------------------------------


def test_an_epoch_is_that_of_hand_written_jax():
    jax = needs("jax")
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    x = rng.normal(size=(70, 6)).astype(np.float32)
    y = rng.integers(0, 4, 70)
    made = wg.mlp([6, 8, 4], activation="relu", loss="softmax_cross_entropy", seed=1)
    run = wg.train(
        made, x, y, optimizer="adam", learning_rate=0.01, batch_size=16, epochs=3, seed=5,
        engine="compiled", quiet=True, scale="none",
    )  # fmt: skip
    assert run.dtype == "float32"
    p = {k: jnp.asarray(v, jnp.float32) for k, v in made.parameters.items()}
    m, v, t = {k: 0 * a for k, a in p.items()}, {k: 0 * a for k, a in p.items()}, 0

    def loss(p, x, y):
        h = jax.nn.relu(x @ p["W1"].T + p["b1"])
        logits = h @ p["W2"].T + p["b2"]
        return -jax.nn.log_softmax(logits)[jnp.arange(len(y)), y].mean()

    for epoch in range(3):
        order = np.random.default_rng((5, epoch)).permutation(70)
        for k in range(0, 70, 16):
            rows, t = order[k : k + 16], t + 1
            g = jax.grad(loss)(p, x[rows], y[rows])
            m = {n: 0.9 * m[n] + 0.1 * g[n] for n in p}
            v = {n: 0.999 * v[n] + 0.001 * g[n] ** 2 for n in p}
            p = {
                n: p[n] - 0.01 * (m[n] / (1 - 0.9**t)) / (jnp.sqrt(v[n] / (1 - 0.999**t)) + 1e-8)
                for n in p
            }
    for name in p:
        np.testing.assert_allclose(run.parameters[name], p[name], rtol=2e-4, atol=2e-6)
