"""JAX functions are checked, custom rules included."""

from __future__ import annotations

import numpy as np

import whygrad as wg
from needs import needs

jax = needs("jax")
jnp = needs("jax.numpy")


rng = np.random.default_rng(0)


def verdicts(report) -> dict[str, str]:
    return {row.parameter: row.verdict for row in report.rows}


def made_of(report) -> list[tuple[str, str]]:
    """What the causes say of a gradient, and of the right one."""
    return [(c.blanks.get("said"), c.blanks.get("right")) for c in report.causes]


def test_a_jax_function():
    def loss(params, x):
        return jnp.mean(jax.nn.relu(x @ params["W"] + params["b"]) ** 2)

    params = {"W": rng.normal(size=(3, 2)), "b": np.full(2, 0.1)}
    report = wg.check(loss, params, rng.normal(size=(5, 3)))
    assert verdicts(report) == {"params['W']": "right", "params['b']": "right", "x": "right"}
    assert [(o.judge, o.agrees) for o in report.opinions] == [
        ("taylor", True), ("forward_mode", True),
    ]  # fmt: skip
    coarse = {k: v.astype(np.float32) for k, v in params.items()}
    assert wg.check(loss, coarse, rng.normal(size=(5, 3)).astype(np.float32)).ok


def test_a_custom_rule_of_jax_that_is_wrong():
    @jax.custom_vjp
    def sine(x):
        return jnp.sin(x)

    sine.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * x,))
    report = wg.check(sine, np.array([1.0, 2.0, -0.5]))
    assert verdicts(report) == {"x": "wrong"}
    assert ("g · x", "g · cos(x)") in [
        (c.blanks.get("said"), c.blanks.get("right")) for c in report.causes
    ]
