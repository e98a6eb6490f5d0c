"""Covariance of a fit of squares: NIST's certified errors, the closed form, SciPy's curve_fit."""

from __future__ import annotations

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import ConfigError

RNG = np.random.default_rng(0)
# Longley 1967, as NIST's Statistical Reference Datasets have it, with the certified results.
LONGLEY = """
60323 83.0 234289 2356 1590 107608 1947
61122 88.5 259426 2325 1456 108632 1948
60171 88.2 258054 3682 1616 109773 1949
61187 89.5 284599 3351 1650 110929 1950
63221 96.2 328975 2099 3099 112075 1951
63639 98.1 346999 1932 3594 113270 1952
64989 99.0 365385 1870 3547 115094 1953
63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955
67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957
66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959
69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961
70551 116.9 554894 4007 2827 130081 1962
"""
CERTIFIED = [15.0618722713733, -0.0358191792925910, -2.02022980381683, -1.03322686717359,
             -0.0511041056535807, 1829.15146461355]  # fmt: skip
CERTIFIED_ERRORS = [84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675,
                    0.226073200069370, 455.478499142212]  # fmt: skip


def line(inputs, **options):
    options = {"output_activation": "identity", "loss": "mean_squared_error", **options}
    return wg.mlp([inputs, 1], **options)


def fitted(made, x, y, **options):
    """A run of no iterations by default: the network's own weights are the fit."""
    options = {"optimizer": "adam", "iterations": 0, "scale": "none", "quiet": True, **options}
    return wg.train(made, x, y, **options)


def test_nists_certified_errors():
    table = np.array(LONGLEY.split(), float).reshape(16, 7)
    made = line(6).with_parameters(W1=[CERTIFIED], b1=[-3482258.63459582])
    found = fitted(made, table[:, 1:], table[:, 0]).covariance()
    assert found.digits >= 8
    rel = 10.0 ** -min(found.digits, 9)  # nine digits of the weights are certified
    np.testing.assert_allclose(found.standard_errors["W1"][0], CERTIFIED_ERRORS, rtol=rel)
    assert found.standard_errors["b1"][0] == pytest.approx(890420.383607373, rel=rel)
    assert np.sqrt(found.sigma2) == pytest.approx(304.854073561965, rel=1e-9)
    assert (found.residuals, found.dof) == (16, 9)
    assert found.names == ("w1", "w2", "w3", "w4", "w5", "w6", "b_o1")


def test_weights_masks_and_several_outputs():
    """Two weighted regressions at once; each output has its own, the noise is common."""
    x, y = RNG.normal(size=(30, 2)), RNG.normal(size=(30, 2))
    y[:7, 1] = np.nan
    weight = RNG.uniform(0.5, 2, 30)
    design = np.hstack([x, np.ones((30, 1))])
    known = ~np.isnan(y)
    best, squares, inverse = [], 0.0, []
    for k in range(2):
        root = np.sqrt(weight * known[:, k])
        A = design * root[:, None]
        t = np.where(known[:, k], y[:, k], 0) * root
        best.append(np.linalg.lstsq(A, t)[0])
        squares += ((A @ best[-1] - t) ** 2).sum()
        inverse.append(np.linalg.inv(A.T @ A))
    best = np.array(best)
    made = wg.mlp([2, 2], output_activation="identity", loss="mse")
    made = made.with_parameters(W1=best[:, :2], b1=best[:, 2])
    run = fitted(made, x, y, sample_weight=weight, missing_targets="mask")
    found = run.covariance()
    assert found.sigma2 == pytest.approx(squares / (53 - 6))
    errors = np.sqrt(found.sigma2 * np.array([np.diag(i) for i in inverse]))
    np.testing.assert_allclose(found.standard_errors["W1"], errors[:, :2])
    np.testing.assert_allclose(found.standard_errors["b1"], errors[:, 2])
    assert found.matrix[0, 3] == pytest.approx(found.sigma2 * inverse[1][0, 1] * 0, abs=1e-15)
    assert found.matrix[2, 3] == pytest.approx(found.sigma2 * inverse[1][0, 1])


def test_a_curve_is_scipys():
    optimize = needs("scipy.optimize")
    x = np.linspace(-2, 2, 40)[:, None]
    y = 1.3 * np.tanh(2 * x - 0.4) - 0.8 * np.tanh(x + 1) + 0.4 + 0.02 * RNG.normal(size=x.shape)

    def curve(x, a1, a2, c1, c2, v1, v2, d):
        return v1 * np.tanh(a1 * x + c1) + v2 * np.tanh(a2 * x + c2) + d

    start = [2, 1, -0.4, 1, 1.3, -0.8, 0.4]
    best, expected = optimize.curve_fit(curve, x[:, 0], y[:, 0], start, xtol=1e-14, ftol=1e-14)
    made = wg.mlp([1, 2, 1], activation="tanh", output_activation="identity", loss="mse")
    made = made.with_parameters(W1=best[:2, None], b1=best[2:4], W2=best[None, 4:6], b2=best[6:])
    found = fitted(made, x, y).covariance()
    np.testing.assert_allclose(found.matrix, expected, rtol=1e-3)
    assert found.offset < 1e-3
    text = str(found)
    assert "n = 40, weights p = 7, degrees of freedom n − p = 33" in text
    assert "digits decided" in text
    assert "<table" in found._repr_html_()
    early = fitted(made.with_parameters(b2=[0.0]), x, y).covariance()
    assert early.offset > 0.1
    assert "The fit is not at its minimum" in str(early)


def test_a_jacobian_in_blocks_of_what_is_learned_alone(monkeypatch):
    """Of a frozen offset only the slopes' covariance is left, in float64 after a float32 run."""
    import whygrad.training.solvers.squares as module

    monkeypatch.setattr(module, "BLOCK", 60)  # 30 of 200 samples
    x, y = RNG.normal(size=(200, 2)), RNG.normal(size=200)
    found = fitted(line(2), x, y, dtype="float32", parameters=["W1"]).covariance()
    assert found.names == ("w1", "w2")
    x, y = (v.astype(np.float32).astype(float) for v in (x, y))
    sigma2 = ((x @ found.values - y) ** 2).sum() / 198
    np.testing.assert_allclose(found.matrix, sigma2 * np.linalg.inv(x.T @ x), rtol=1e-9)


def test_how_many_digits_are_decided():
    x = RNG.normal(size=(50, 1))
    y = 1234.5 * x + 2e-6 * RNG.normal(size=x.shape)
    slope = (x * y).sum() / (x**2).sum()
    made = line(1, bias="none").with_parameters(W1=[[slope]])
    found = fitted(made, x, y).covariance()
    error = found.standard_errors["W1"][0, 0]
    assert found.decided[0] == np.floor(np.log10(slope / error)) == 9


@pytest.mark.parametrize(("inputs", "said"), [(59, ""), (60, "1 weight"), (61, "2 weights")])
def test_weights_beyond_the_table_are_counted(inputs, said):
    x = RNG.normal(size=(80, inputs))
    found = fitted(line(inputs), x, x.sum(axis=1)).covariance()
    assert (f"And {said} more." in str(found)) == bool(said)
    assert ("另有" in found.document().to_text(lang="zh")) == bool(said)


def test_where_there_is_none_it_is_said():
    x, y = RNG.normal(size=(20, 2)), RNG.normal(size=20)
    tanh = wg.mlp([2, 2, 1], activation="tanh", output_activation="identity", loss="mse")
    equal = tanh.with_parameters(W1=np.ones((2, 2)), b1=[0.5, 0.5], W2=[[1, 1]])
    with pytest.raises(ConfigError, match=r"(?s)rank 5 of 9: .*w1.* can be moved together"):
        fitted(equal, x, y).covariance()
    idle = tanh.with_parameters(W2=[[0, 1]])
    with pytest.raises(ConfigError, match="no residual depends on w1, w2, b_h1"):
        fitted(idle, x, y).covariance()
    with pytest.raises(ConfigError, match="9 residuals, 9 weights"):
        fitted(tanh, x[:9], y[:9]).covariance()
    with pytest.raises(ConfigError, match="that of a fit of squares"):
        fitted(wg.mlp([2, 1], loss="binary_cross_entropy"), x, (y > 0) * 1.0).covariance()
    copied = np.hstack([x, x[:, :1]])
    with pytest.raises(ConfigError, match=r"rank 3 of 4: w1, w3 can be moved together"):
        fitted(line(3), copied, y).covariance()
    graph = wg.trace(lambda w: wg.ops.sum(w * w), w=(2,))
    run = wg.train(graph, w=[1, 2], parameters=["w"], learning_rate=0.1, iterations=1, quiet=True)
    with pytest.raises(ConfigError, match="a traced graph"):
        run.covariance()
