"""Samples that count differently, unknown targets, spoilt inputs, parts, a limit of time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import whygrad as wg
from whygrad.errors import ConfigError, DataError, ShapeError

RNG = np.random.default_rng(7)
X = RNG.normal(size=(40, 3))
Y = np.sin(X[:, :2])
LABELS = RNG.integers(0, 3, 40)
W = RNG.integers(0, 4, 40).astype(float)
HOW = {"optimizer": "sgd", "learning_rate": 0.1, "epochs": 3, "quiet": True, "scale": "none"}
BOTH = pytest.mark.parametrize("engine", ["eager", "compiled"])


def regressor():
    return wg.mlp(
        [3, 4, 2], activation="tanh", output_activation="identity", loss="mean_squared_error"
    )


def classifier():
    return wg.mlp([3, 4, 3], activation="tanh", loss="softmax_cross_entropy")


def apart(a, b):
    return max(np.abs(a.parameters[k] - b.parameters[k]).max() for k in a.parameters)


@BOTH
@pytest.mark.parametrize(("make", "y"), [(regressor, Y), (classifier, LABELS)])
def test_a_weight_is_a_repetition(engine, make, y):
    often = np.repeat(np.arange(40), W.astype(int))
    weighted = wg.train(make(), X, y, sample_weight=W, engine=engine, **HOW)
    repeated = wg.train(make(), X[often], y[often], engine=engine, **HOW)
    assert apart(weighted, repeated) < 1e-12
    assert weighted.loss == pytest.approx(repeated.loss, rel=1e-12)
    for name in ("loss", "accuracy", "rmse"):
        if name in repeated.history[-1]:
            assert weighted.history[-1][name] == pytest.approx(repeated.history[-1][name])


def test_a_weighted_gradient_is_pytorchs():
    net, y = classifier(), torch.tensor(LABELS)
    given = {k: torch.tensor(v, requires_grad=True) for k, v in net.parameters.items()}
    hidden = torch.tanh(torch.tensor(X) @ given["W1"].T + given["b1"])
    each = torch.nn.functional.cross_entropy(
        hidden @ given["W2"].T + given["b2"], y, reduction="none"
    )
    loss = (each * torch.tensor(W)).sum() / W.sum()
    loss.backward()
    run = wg.train(net, X, LABELS, sample_weight=W, **(HOW | {"epochs": 1}))
    assert run.history[0]["loss"] == pytest.approx(loss.item(), rel=1e-12)
    for name, tensor in given.items():
        step = (net.parameters[name] - run.parameters[name]) / 0.1
        np.testing.assert_allclose(step, tensor.grad.numpy(), atol=1e-12)


@BOTH
def test_an_unknown_target_adds_nothing(engine):
    y = Y.copy()
    y[::3, 0] = np.nan
    y[5] = np.nan
    known = ~np.isnan(y)
    net = regressor()
    given = {k: torch.tensor(v, requires_grad=True) for k, v in net.parameters.items()}
    rows = known.any(axis=1)
    out = torch.tanh(torch.tensor(X[rows]) @ given["W1"].T + given["b1"])
    out = out @ given["W2"].T + given["b2"]
    miss = torch.where(torch.tensor(known[rows]), out - torch.tensor(np.nan_to_num(y[rows])), 0.0)
    loss = (miss**2).mean(dim=1).mean()
    loss.backward()
    run = wg.train(net, X, y, missing_targets="mask", engine=engine, **(HOW | {"epochs": 1}))
    assert run.history[0]["loss"] == pytest.approx(loss.item(), rel=1e-12)
    rmse = np.sqrt((miss.detach().numpy() ** 2).sum() / known.sum())
    assert run.history[0]["rmse"] == pytest.approx(rmse, rel=1e-12)
    step = (net.parameters["W1"] - run.parameters["W1"]) / 0.1
    np.testing.assert_allclose(step, given["W1"].grad.numpy(), atol=1e-12)


def test_scaling_looks_at_known_targets_only():
    y = Y.copy()
    y[::3, 0] = np.nan
    run = wg.train(regressor(), X, y, missing_targets="mask", **(HOW | {"scale": "standard"}))
    scaler = run.model.preparation.targets
    np.testing.assert_allclose(scaler.shift, np.nanmean(y, axis=0))
    np.testing.assert_allclose(1 / scaler.factor, np.nanstd(y, axis=0))


def test_unknown_targets_are_refused_unless_masked():
    y = Y.copy()
    y[4, 1] = np.nan
    with pytest.raises(DataError, match=r"(?s)row 5, column 2.*missing_targets"):
        wg.train(regressor(), X, y, **HOW)
    y[:, 1] = np.nan
    with pytest.raises(DataError, match=r"(?s)No target is known.*output 2"):
        wg.train(regressor(), X, y, missing_targets="mask", **HOW)


@pytest.mark.parametrize(
    ("weight", "error", "said"),
    [
        (np.ones(39), ShapeError, "40 samples"),
        (-np.ones(40), DataError, "not negative"),
        (np.zeros(40), DataError, "weight 0"),
        (["a"] * 40, DataError, "must be numbers"),
    ],
)
def test_weights_that_are_none_are_refused(weight, error, said):
    with pytest.raises(error, match=said):
        wg.train(regressor(), X, Y, sample_weight=weight, **HOW)


@BOTH
@pytest.mark.parametrize("size", [1e-60, 1e60])
def test_weights_beyond_the_types_range_are_taken_by_their_proportions(engine, size):
    """In float32 they would be 0 or infinite, and a batch of them 0/0."""
    how = {**HOW, "dtype": "float32", "batch_size": 8, "engine": engine}
    plain = wg.train(regressor(), X, Y, sample_weight=W, **how)
    small = wg.train(regressor(), X, Y, sample_weight=W * size, **how)
    assert apart(plain, small) < 1e-6
    mixed = np.where(np.arange(40) < 20, 1e-60, 1.0)
    mixed[0] = 1e-42
    gone = wg.train(regressor(), X, Y, sample_weight=mixed, **how)
    assert apart(gone, wg.train(regressor(), X[20:], Y[20:], **how)) < 1e-6


@pytest.mark.parametrize("scale", ["none", "standard", "minmax"])
def test_an_output_whose_known_targets_are_all_held_back_is_refused(scale):
    y = Y.copy()
    y[:30, 1] = np.nan
    divided = {"train": range(30), "validation": range(30, 40)}
    with pytest.raises(DataError, match="No target is known") as error:
        wg.train(
            regressor(), X, y, missing_targets="mask", divide=divided,
            **{**HOW, "scale": "none", "scale_targets": scale},
        )  # fmt: skip
    assert "of output 2, 30 samples that train" in str(error.value)


@BOTH
def test_parts_are_measured_apart(engine):
    run = wg.train(
        regressor(), X, Y, sample_weight=W + 1, validation=0.25, test=(X[:9], Y[:9]),
        engine=engine, **HOW,
    )  # fmt: skip
    rows = run.parts["validation"]
    assert sorted([*run.parts["train"], *rows]) == list(range(40))
    last = wg.train(
        regressor(), X, Y, sample_weight=W + 1, validation=(X[rows], Y[rows], (W + 1)[rows]),
        engine=engine, **HOW,
    )  # fmt: skip
    assert "val_loss" in last.history[-1]
    net = run.model
    assert run.best_epoch == 3
    miss = ((net.predict(X[rows]) - Y[rows]) ** 2).mean(axis=1)
    assert run.history[-1]["val_loss"] == pytest.approx(np.average(miss, weights=(W + 1)[rows]))
    tested = ((net.predict(X[:9]) - Y[:9]) ** 2).mean()
    assert run.history[-1]["test_loss"] == pytest.approx(tested)


def test_samples_of_another_width_are_refused_by_their_part():
    with pytest.raises(ShapeError, match=r"(?s)samples of validation.*layer of 3 neurons"):
        wg.train(regressor(), X, Y, validation=(X[:, :2], Y), **HOW)
    with pytest.raises(ShapeError, match=r"(?s)samples of test.*layer of 2 neurons"):
        wg.train(regressor(), X, Y, test=(X, Y[:, :1]), **HOW)


def test_the_callers_samples_stay_as_they_are():
    x, held = X.copy(), (X[:9].copy(), Y[:9].copy())
    wg.train(regressor(), x, Y, validation=held, test=held, **(HOW | {"scale": "standard"}))
    assert (x == X).all()
    assert (held[0] == X[:9]).all()


@BOTH
@pytest.mark.parametrize(("kind", "level"), [("gaussian", 0.3), ("masking", 0.4)])
def test_inputs_are_spoilt_for_training_only(engine, kind, level):
    net = wg.mlp([3, 2, 3], autoencoder=True)
    how = HOW | {"corruption": {"kind": kind, "level": level}, "engine": engine}
    run = wg.train(net, X, **how)
    again = wg.train(net, X, **how)
    clean = wg.train(net, X, **(HOW | {"engine": engine}))
    assert apart(run, again) == 0
    assert apart(run, clean) > 1e-4
    assert run.model.outputs(X).shape == (40, 3)


def test_noise_is_what_was_asked_for():
    """The mean loss of a linear unit that gives its spoilt input back is the noise's variance."""
    net = wg.mlp([1, 1], autoencoder=True, loss="squared_error", output_activation="identity")
    net = net.with_parameters(W1=[[1.0]], b1=[0.0])
    x = np.full((20_000, 1), 2.0)
    for kind, level, wanted in (("gaussian", 0.5, 0.25), ("masking", 0.3, 0.3 * 4)):
        for engine in ("eager", "compiled"):
            run = wg.train(
                net, x, optimizer="sgd", learning_rate=1e-9, epochs=1, quiet=True, scale="none",
                corruption={"kind": kind, "level": level}, engine=engine,
            )  # fmt: skip
            assert run.history[0]["loss"] == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize(
    ("corruption", "said"),
    [
        ({"kind": "salt", "level": 0.1}, "corruption.kind"),
        ({"kind": "masking", "level": 1.5}, "corruption.level"),
        (0.3, "a kind and a level"),
    ],
)
def test_corruption_that_is_none_is_refused(corruption, said):
    with pytest.raises(ConfigError, match=said):
        wg.train(wg.mlp([3, 2, 3], autoencoder=True), X, corruption=corruption, **HOW)


@BOTH
@pytest.mark.parametrize("count", ["epochs", "iterations"])
def test_a_training_ends_when_its_time_is_over(engine, count):
    how = {"optimizer": "sgd", "learning_rate": 0.01, "quiet": True, "scale": "none"}
    run = wg.train(regressor(), X, Y, max_time=0.05, engine=engine, **how, **{count: 10**8})
    assert "max_time = 0.05 s" in run.stop_reason
    assert 0 < run.iterations < 10**8


def test_tied_weights_and_sparsity_are_what_the_formula_says():
    """UFLDL's loss and gradient by PyTorch, with the decoder's weights the encoder's."""
    net = wg.mlp([3, 4, 3], autoencoder=True, tied=True, sparsity={"rho": 0.1, "beta": 2.0})
    x = np.abs(X) / 4
    W1, b1, b2 = (torch.tensor(net.parameters[k], requires_grad=True) for k in ("W1", "b1", "b2"))
    code = torch.sigmoid(torch.tensor(x) @ W1.T + b1)
    out = torch.sigmoid(code @ W1 + b2)
    rho = code.mean(dim=0)
    divergence = 0.1 * torch.log(0.1 / rho) + 0.9 * torch.log(0.9 / (1 - rho))
    loss = (0.5 * (out - torch.tensor(x)) ** 2).sum(dim=1).mean() + 2.0 * divergence.sum()
    loss.backward()
    trace = wg.backprop(net, x)
    assert trace.loss == pytest.approx(loss.item(), rel=1e-12)
    for name, tensor in (("W1", W1), ("b1", b1), ("b2", b2)):
        np.testing.assert_allclose(trace.grad(name), tensor.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tied": True, "autoencoder": False}, "Tied weights"),
        ({"sparsity": {"rho": 2.0}}, "sparsity.rho"),
        ({"sparsity": {"roh": 0.1}}, "rho and beta"),
        ({"sparsity": {"rho": 0.1}, "activation": "tanh"}, "between 0 and 1"),
    ],
)
def test_auto_encoders_that_cannot_be_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        wg.mlp([3, 2, 3], **{"autoencoder": True, **options})


def test_an_auto_encoder_is_kept_whole(tmp_path):
    net = wg.mlp([3, 2, 3], autoencoder=True, tied=True, sparsity={"rho": 0.2, "beta": 1.0})
    net.save(tmp_path / "net.safetensors")
    again = wg.load(tmp_path / "net.safetensors")
    assert again.tied
    assert again.sparsity == net.sparsity
    np.testing.assert_array_equal(again.outputs(X), net.outputs(X))
