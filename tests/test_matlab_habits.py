"""What users of MATLAB write as they are used to: it is taken, or answered with the new way."""

from __future__ import annotations

import numpy as np
import pytest

import whygrad as wg
from whygrad.cli import main
from whygrad.errors import ConfigError, DataError
from whygrad.models.activations import activation, reach

X = np.random.default_rng(0).uniform(0, 10, (80, 2))
FAR = 109 + 27 * np.sin(X[:, 0] / 3)  # targets that no bounded output reaches
INF = float("inf")


def small(output, inputs=2):
    return wg.mlp(
        [inputs, 4, 1], activation="tansig", output_activation=output, loss="mse",
        init="nguyen_widrow",
    )  # fmt: skip


# ---- targets and what outputs can be ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("tansig", -1, 1), ("logsig", 0, 1), ("satlin", 0, 1), ("elliotsig", -1, 1),
        ("purelin", -INF, INF), ("netinv", -INF, INF), ("log", -INF, INF), ("poslin", 0, INF),
        ("elu", -1, INF), ("sin", -1, 1), ("5 + tanh(x)", 4, 6), ("softmax", -INF, INF),
    ],
)  # fmt: skip
def test_the_reach_of_an_activation_is_read_off_its_rule(name, low, high):
    assert reach(activation(name)) == (low, high)


@pytest.mark.parametrize("output", ["tansig", "logsig", "satlins"])
def test_targets_go_to_where_a_bounded_output_reaches(output):
    run = wg.train(
        small(output), X, FAR, optimizer="trainlm", scale="minmax", epochs=60, quiet=True
    )
    low, high = (0, 1) if output == "logsig" else (-1, 1)
    ends = run.model.preparation.targets.scaled(np.array([[FAR.min()], [FAR.max()]]))
    np.testing.assert_allclose(ends.ravel(), [low, high], atol=1e-12)
    assert abs(run.model.predict(X)[:, 0] - FAR).max() < 3  # of 32
    preset = wg.train(
        X, FAR, preset="matlab", output_activation=output, divide="none", epochs=0, quiet=True
    )
    ends = preset.model.preparation.targets.scaled(np.array([[FAR.min()], [FAR.max()]]))
    np.testing.assert_allclose(ends.ravel(), [low, high], atol=1e-12)


def test_targets_within_reach_stay_and_those_that_stay_out_of_reach_are_refused():
    how = {"learning_rate": 0.1, "epochs": 1, "quiet": True}
    unit = (FAR - FAR.min()) / np.ptp(FAR)
    run = wg.train(small("logsig"), X, unit, scale="minmax", **how)
    assert run.model.preparation.targets is None
    with pytest.raises(DataError, match=r"sigmoid cannot reach(.|\n)*scale_targets = \"minmax\""):
        wg.train(small("logsig"), X, FAR, scale="standard", **how)
    for anyway in ({"scale": "standard", "scale_targets": "none"}, {"scale": "none"}):
        assert wg.train(small("logsig"), X, FAR, **anyway, **how).loss > 1e3
    negative = wg.train(small("poslin"), X, -FAR, scale="minmax", **how).model.preparation.targets
    np.testing.assert_allclose(negative.scaled(np.array([-FAR.max(), -FAR.min()])), [0, 1])


# ---- trained networks ---------------------------------------------------------------------------


def test_the_base_of_mapminmax_is_its_own_where_none_is_said():
    weight, settings = [[1.0, -2.0]], {"xoffset": [1.0, 2.0], "gain": [0.5, 0.25]}
    x = np.array([[3.0, 4.0]])
    net = wg.from_matlab(weight, input=settings)
    wanted = (0.5 * 2 - 1) * 1 + (0.25 * 2 - 1) * -2
    np.testing.assert_allclose(net.predict(x), [[wanted]])
    by_name = wg.from_matlab(weight, input={"name": ["mapstd"], "settings": [settings]})
    np.testing.assert_allclose(by_name.predict(x), [[0.5 * 2 - 2 * 0.25 * 2]])


# ---- options as they are written there ----------------------------------------------------------


def test_a_goal_of_zero_is_no_goal(tmp_path, monkeypatch, capsys):
    exact = X @ [1.0, -2.0]
    for optimizer in ("trainlm", "traingd"):
        how = {"optimizer": optimizer, "learning_rate": None if optimizer == "trainlm" else 0.001}
        runs = [
            wg.train(small("purelin"), X, exact, epochs=3, quiet=True, goal=goal, **how)
            for goal in (0, 0.0, None)
        ]
        assert len({run.stop_reason for run in runs}) == 1
    with pytest.raises(ConfigError, match="goal"):
        wg.train(small("purelin"), X, exact, epochs=3, goal=-1)
    monkeypatch.chdir(tmp_path)
    lines = (f"{a},{b},{c}" for (a, b), c in zip(X, exact, strict=True))
    (tmp_path / "plane.csv").write_text("\n".join(("a,b,c", *lines)), "utf-8")
    command = ["train", "plane.csv", "--target", "c", "--preset", "matlab", "--quiet"]
    for said in ("network.hidden=3", "training.goal=0", "training.epochs=2"):
        command += ["--set", said]
    assert main(command) == 0
    assert "2-3-1" in str(wg.load("runs/plane-1"))


def test_one_hidden_layer_may_be_a_number():
    def trained(hidden):
        return wg.train(X, FAR, preset="matlab", hidden=hidden, epochs=1, quiet=True).parameters

    for name, wanted in trained([3]).items():
        np.testing.assert_array_equal(trained(3)[name], wanted)
    with pytest.raises(ConfigError, match=r"hidden = \[10\]"):
        trained("3")


@pytest.mark.parametrize("rows", [slice(0, 10), 5])
def test_parts_of_a_division_are_lists_of_rows(rows):
    with pytest.raises(ConfigError, match="'validation' must be a list of whole numbers"):
        wg.train(X, FAR, preset="matlab", divide={"train": range(20, 30), "validation": rows})


# ---- looking at a network -----------------------------------------------------------------------


def test_a_network_alone_has_a_page_that_says_what_stands_in():
    assert "invented" in wg.view(small("purelin")).html
    assert wg.view(small("purelin")).lesson.invented
    assert not wg.view(small("purelin"), X[:2], FAR[:2]).lesson.invented
    for given in ((X,), (None, FAR)):
        with pytest.raises(DataError, match=r"not given(.|\n)*wg\.view\(net, x, y\)"):
            wg.view(small("purelin"), *given)
