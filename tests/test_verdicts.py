"""The test bed of verdicts, a part of it; `make verdicts` judges the whole."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import whygrad as wg
from whygrad.checking.identities import identity

sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))

from testbed import layered
from testbed.planted import NETWORKS, cases
from testbed.right import loss_of, right_gradients
from verdicts import Score, judge_planted, judge_right

ALL = list(cases(seed=0))


def test_the_gradients_by_hand_are_those_of_their_loss():
    """The hand-written backward pass against differences of the hand-written loss."""
    for k, choices in enumerate(NETWORKS[:16]):
        hand = layered.drawn(np.random.default_rng(k), **choices)
        found, step = hand.gradients(), 1e-6
        for name, array in hand.parameters.items():
            index = tuple(n - 1 for n in array.shape)
            ends = []
            for side in (1, -1):
                moved = {n: a.copy() for n, a in hand.parameters.items()}
                moved[name][index] += side * step
                ends.append(float(loss_of(layered.Layered(**{**vars(hand), "parameters": moved}))))
            quotient = (ends[0] - ends[1]) / (2 * step)
            assert found[name][index] == pytest.approx(quotient, rel=1e-5, abs=1e-7), (k, name)


def test_the_bed_is_large_enough():
    assert len(ALL) >= 200
    assert len(NETWORKS) >= 20
    assert len({case.mistake for case in ALL}) >= 35


@pytest.mark.parametrize("part", range(4))
def test_planted_mistakes_are_placed_and_named(part):
    """Of every kind of mistake one case in ten, and at least one."""
    by_kind: dict[str, list] = {}
    for case in ALL:
        by_kind.setdefault(case.mistake, []).append(case)
    chosen = [case for kind in by_kind.values() for case in kind[::12]]
    score = Score()
    judge_planted(chosen[part::4], score)
    assert score.place == score.planted, score.misses
    assert score.cause >= 0.95 * score.planted, score.misses


@pytest.mark.parametrize("part", range(4))
def test_right_gradients_raise_no_alarm(part):
    score = Score()
    judge_right(list(right_gradients(seed=0))[part :: 4 * 5], score)
    assert score.arrays > 60
    assert score.alarms == 0, score.misses
    assert score.untold <= 0.1 * score.arrays, score.misses


# ---- single findings ----------------------------------------------------------------------------


def article():
    net = wg.mlp([2, 2, 2], output_activation="sigmoid", bias="shared").with_parameters(
        W1=[[0.15, 0.20], [0.25, 0.30]], b1=0.35, W2=[[0.40, 0.45], [0.50, 0.55]], b2=0.60
    )
    return wg.backprop(net, [0.05, 0.10], [0.01, 0.99])


def test_the_articles_mistake_is_named():
    """Its new w1 … w4 stand for deltas that went back through updated weights."""
    trace = article()
    hand = layered.Layered(
        (2, 2, 2), "sigmoid", "sigmoid", "half_squared_error", "shared", "mean",
        {k: np.asarray(v) for k, v in trace.network.parameters.items()},
        np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]]),
    )  # fmt: skip
    claimed = hand.gradients("updated_weights")
    report = wg.check(trace, gradients=claimed)
    assert {r.parameter for r in report.rows if r.verdict == "wrong"} == {"W1", "b1"}
    cause = report.causes[0]
    assert cause.key == "updated_weights"
    assert cause.blanks["rate"] == pytest.approx(0.5)
    assert cause.whole


def test_a_factor_of_the_derivation_is_named():
    """∂E/∂w5 without out_h1: the ratio is that of a factor of its own derivation."""
    trace = article()
    g = trace.gradients["W2"].copy()
    g[0, 0] /= trace.value("out_h1")
    report = wg.check(trace, gradients={"W2": g})
    names = {
        c.key: str(report.names.text(c.blanks["factor"]))
        for c in report.causes
        if "factor" in c.blanks
    }
    assert names == {"factor_missing": "∂net_o1/∂w5"}


def test_two_mistakes_at_once_are_named_each():
    trace = article()
    g = trace.gradients
    report = wg.check(trace, gradients={**g, "W1": g["W1"].T, "b2": g["b2"] / 2})
    assert {"array_transposed", "half"} <= {c.key for c in report.causes}
    assert not any(c.whole for c in report.causes)


def test_a_mistake_in_one_entry_of_a_large_network_is_found_by_halving():
    net = wg.mlp([100, 80, 10], activation="tanh", loss="softmax_cross_entropy")
    rng = np.random.default_rng(0)
    trace = wg.backprop(net, rng.normal(size=(16, 100)), rng.integers(0, 10, 16))
    g = trace.gradients["W1"].copy()
    g[37, 51] += 0.1 * np.abs(g).max()
    report = wg.check(trace, gradients={**trace.gradients, "W1": g})
    row = report.rows[0]
    assert (row.verdict, row.index) == ("wrong", (37, 51))
    assert report.sampled
    assert row.checked < row.size / 10


@pytest.mark.parametrize(
    ("made", "written"),
    [
        (lambda g, x, W, y: g @ W.T, "g @ Wᵀ"),
        (lambda g, x, W, y: x.T @ g, "xᵀ @ g"),
        (lambda g, x, W, y: -2 * (g @ W.T), "−2 · g @ Wᵀ"),
        (lambda g, x, W, y: g * y * (1 - y), "g · y·(1 − y)"),
        (lambda g, x, W, y: g.sum(axis=0), "g.sum(0)"),
        (lambda g, x, W, y: np.sin(g @ W.T), ""),
    ],
)
def test_an_array_is_read_back_as_a_formula(made, written):
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=(4, 3)), rng.normal(size=(3, 5))
    y = x @ W
    g = rng.normal(size=y.shape)
    assert identity(made(g, x, W, y), {"g": g, "x": x, "W": W, "y": y}) == written
