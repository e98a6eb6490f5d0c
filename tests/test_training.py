"""Training: the article's table, PyTorch's steps, both ways of stepping, and how it ends."""

from __future__ import annotations

import _thread
import gc
import io
import json
import re
import signal
import threading
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad import numeric, ops
from whygrad.engine.unrolled import FUNCTIONS, unroll
from whygrad.errors import ConfigError, DataError, NameUnknownError, ShapeError
from whygrad.op import make_op
from whygrad.training import loop, progress
from whygrad.training.blas import one_thread, one_thread_for_updates
from whygrad.training.history import next_recorded, recorded
from whygrad.training.loop import train
from whygrad.training.options import Options
from whygrad.training.plan import make_plan
from whygrad.training.recipe import make_recipe
from whygrad.training.task import network_task
from whygrad.training.ways import ByNumPy, Unrolling
from whygrad.training.ways import ways as chosen_ways

X, Y = [0.05, 0.10], [0.01, 0.99]
UNROLLED, NUMPY = "unrolled", "numpy"


@pytest.fixture
def by(monkeypatch):
    """Training forced to one way of stepping: `by(NUMPY)`; the other may not be fallen back on."""

    def force(way):
        made = {
            UNROLLED: lambda task, plan, recipe, engine: [Unrolling(task, plan)],
            NUMPY: lambda task, plan, recipe, engine: [ByNumPy(task, plan, recipe)],
        }
        monkeypatch.setattr(loop, "ways", made[way])

    return force


def article(bias="shared"):
    net = wg.mlp([2, 2, 2], activation="sigmoid", output_activation="sigmoid", bias=bias)
    return net.with_parameters(
        W1=[[0.15, 0.20], [0.25, 0.30]],
        b1=0.35 if bias == "shared" else [0.35, 0.35],
        W2=[[0.40, 0.45], [0.50, 0.55]],
        b2=0.60 if bias == "shared" else [0.60, 0.60],
    )


def samples(sizes, count, labels, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, sizes[0]))
    if labels:
        return x, rng.integers(0, sizes[-1], count)
    return x, rng.uniform(0.1, 0.9, (count, sizes[-1]))


def losses(run):
    return {row["iteration"]: row["loss"] for row in run.history}


# ---- the article's table ------------------------------------------------------------------------


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
@pytest.mark.parametrize(
    ("order", "after_one", "after_all", "outputs"),
    [
        ("simultaneous", 0.291027773694, 3.51018778e-5, [0.0159136204, 0.9840642735]),
        ("sequential", 0.291027923905, 3.50847863e-5, [0.0159121963, 0.9840657345]),
    ],
)
def test_the_articles_table(by, way, order, after_one, after_all, outputs):
    by(way)
    options = {"learning_rate": 0.5, "train_bias": False, "update_order": order}
    run = train(article(), X, Y, iterations=10_000, **options)
    assert round(losses(run)[0], 9) == 0.298371109
    assert round(losses(run)[1], 12) == after_one
    assert round(losses(run)[10_000], 13) == round(run.loss, 13) == after_all
    assert [round(v, 10) for v in run.outputs[0]] == outputs
    assert run.stop_reason == "10,000 iterations done"
    assert run.model.predict(X) == pytest.approx(run.outputs, abs=1e-15)
    assert run.parameters["b1"] == 0.35


def test_the_figures_that_the_article_prints_are_those_of_its_order():
    run = train(
        article(), X, Y, learning_rate=0.5, iterations=10_000, train_bias=False,
        update_order="sequential",
    )  # fmt: skip
    assert round(losses(run)[1], 9) == 0.291027924
    assert round(run.loss, 9) == 0.000035085
    assert [round(v, 9) for v in run.outputs[0]] == [0.015912196, 0.984065734]


def test_the_first_step_gives_the_articles_weights():
    run = train(article(), X, Y, learning_rate=0.5, iterations=1, train_bias=False)
    assert [round(w, 9) for w in run.parameters["W2"].ravel()] == [
        0.358916480, 0.408666186, 0.511301270, 0.561370121,
    ]  # fmt: skip
    assert round(run.parameters["W1"][0, 0], 9) == 0.149780716
    assert [round(w, 8) for w in run.parameters["W1"].ravel()[1:]] == [
        0.19956143, 0.24975114, 0.29950229,
    ]  # fmt: skip


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
@pytest.mark.parametrize(
    ("bias", "after_one"), [("per_neuron", 0.280471446791), ("shared", 0.285750886699)]
)
def test_intercepts_trained_as_well(by, way, bias, after_one):
    by(way)
    run = train(article(bias), X, Y, learning_rate=0.5, iterations=1)
    assert round(run.loss, 12) == after_one


def test_ten_thousand_steps_take_at_most_half_a_second():
    def seconds():
        start = perf_counter()
        train(article(), X, Y, learning_rate=0.5, iterations=10_000, train_bias=False)
        return perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.5


# ---- against others -----------------------------------------------------------------------------


def torch_losses(net, x, y, rate, updates, batches):
    """PyTorch's own SGD in float64: the loss of all samples before each update, and the weights."""
    torch = needs("torch")
    first = torch.nn.Linear(*net.layers[:2], dtype=torch.float64)
    second = torch.nn.Linear(*net.layers[1:], dtype=torch.float64)
    model = torch.nn.Sequential(first, torch.nn.Tanh(), second)
    with torch.no_grad():
        for layer, k in ((first, 1), (second, 2)):
            layer.weight.copy_(torch.tensor(net.parameters[f"W{k}"]))
            layer.bias.copy_(torch.tensor(net.parameters[f"b{k}"]))
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    x, y = torch.tensor(x), torch.tensor(y)
    whole = []
    for rows in batches(updates):
        whole.append(torch.nn.functional.cross_entropy(model(x), y).item())
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    weights = [p.detach().numpy() for p in model.parameters()]
    return whole, dict(zip(["W1", "b1", "W2", "b2"], weights, strict=True))


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
@pytest.mark.parametrize("batch_size", [None, 1, 2])
def test_steps_as_pytorch_does(by, way, batch_size):
    by(way)
    net = wg.mlp([3, 4, 2], activation="tanh", loss="softmax_cross_entropy", seed=3)
    x, y = samples(net.layers, 5, labels=True)
    size = batch_size or 5

    def batches(updates):
        starts = list(range(0, 5, size))
        return [
            list(range(5))[s : s + size] for k in range(updates) for s in [starts[k % len(starts)]]
        ]

    run = train(net, x, y, learning_rate=0.3, iterations=100, batch_size=batch_size, shuffle=False)
    wanted, weights = torch_losses(net, x, y, 0.3, 100, batches)
    assert [losses(run)[k] for k in range(100)] == pytest.approx(wanted, abs=1e-12)
    for name, array in weights.items():
        np.testing.assert_allclose(run.parameters[name], array, atol=1e-12)


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
def test_sequential_updates_as_written_out_by_hand(by, way):
    by(way)
    sizes = [3, 4, 5, 2]
    net = wg.mlp(sizes, activation="tanh", output_activation="identity", seed=2)
    x, y = samples(sizes, 6, labels=False)
    run = train(net, x, y, learning_rate=0.2, iterations=20, update_order="sequential")
    p = {k: np.array(v) for k, v in net.parameters.items()}
    for _ in range(20):
        outs = [x]
        for k in (1, 2, 3):
            z = outs[-1] @ p[f"W{k}"].T + p[f"b{k}"]
            outs.append(z if k == 3 else np.tanh(z))
        delta = (outs[3] - y) / len(x)
        for k in (3, 2, 1):
            p[f"W{k}"] -= 0.2 * delta.T @ outs[k - 1]
            p[f"b{k}"] -= 0.2 * delta.sum(axis=0)
            delta = delta @ p[f"W{k}"] * (1 - outs[k - 1] ** 2)  # the new weights, the old outs
    for name, array in p.items():
        np.testing.assert_allclose(run.parameters[name], array, atol=1e-13)


# ---- the two ways are one -----------------------------------------------------------------------

NETS = [
    ([2, 2, 2], "sigmoid", "half_squared_error", "shared", 1),
    ([2, 3, 1], "relu", "mean_squared_error", "none", 4),
    ([3, 4, 2], "tanh", "softmax_cross_entropy", "per_neuron", 5),
    ([2, 3, 3], "relu", "softmax_cross_entropy", "shared", 4),
    ([2, 3, 2, 1], "gelu", "huber", "per_neuron", 3),
    ([3, 2, 2], "softplus", "binary_cross_entropy_with_logits", "shared", 3),
    ([2, 2, 1], "elu", "binary_cross_entropy", "none", 3),
    ([2, 3, 2], "softmax", "absolute_error", "per_neuron", 2),
    ([2, 2, 1], "x / (1 + exp(-1.7*x))", "squared_error", "per_neuron", 3),
    ([2, 2, 1], "silu", "half_squared_error", "shared", 2),
    ([3], "identity", "softmax_cross_entropy", "per_neuron", 4),
]


@pytest.mark.parametrize("order", ["simultaneous", "sequential"])
@pytest.mark.parametrize("batch_size", [None, 2, 1])
@pytest.mark.parametrize(("sizes", "activation", "loss", "bias", "count"), NETS)
def test_unrolled_is_numpy(by, sizes, activation, loss, bias, count, order, batch_size):
    sizes = [2, *sizes] if len(sizes) == 1 else sizes
    out = "sigmoid" if loss == "binary_cross_entropy" else None
    net = wg.mlp(
        sizes, activation=activation, output_activation=out, loss=loss, bias=bias, seed=len(loss)
    )
    x, y = samples(sizes, count, labels=loss == "softmax_cross_entropy", seed=count)
    options = {
        "learning_rate": 0.1,
        "iterations": 25,
        "update_order": order,
        "batch_size": batch_size and min(batch_size, count),
    }
    runs = []
    for way in (UNROLLED, NUMPY):
        by(way)
        runs.append(train(net, x, y, **options))
    fast, slow = runs
    assert fast.iterations == slow.iterations == 25
    assert losses(fast) == pytest.approx(losses(slow), rel=1e-12)
    for name in net.parameters:
        np.testing.assert_allclose(fast.parameters[name], slow.parameters[name], atol=1e-12)


def test_unrolled_is_numpy_on_a_traced_graph_with_constants_and_positions(by):
    table, scale = np.arange(6.0).reshape(3, 2) / 5, np.array([[1.0, -2.0]])

    def function(ids, T, gain):
        rows = ops.layer_norm(ops.gather(T, ids) * scale, gain, 0.0, eps=0.1)
        return ops.mean(ops.where(rows > 0, ops.sqrt(rows + 2.0), rows**3))

    g = wg.trace(function, ids=wg.spec((4,), int), T=(3, 2), gain=(2,))
    given = {"ids": [0, 2, 2, 1], "T": table, "gain": [1.0, 0.5]}
    runs = []
    for way in (UNROLLED, NUMPY):
        by(way)
        runs.append(train(g, parameters=["T", "gain"], learning_rate=0.1, iterations=30, **given))
    assert losses(runs[0]) == pytest.approx(losses(runs[1]), rel=1e-12)
    np.testing.assert_allclose(runs[0].parameters["T"], runs[1].parameters["T"], atol=1e-12)


SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 1e-320, 710.0, -746.0, 1e308, -1e308]
SPECIAL += [float("inf"), float("-inf"), float("nan")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_functions_of_floats_are_numpys_where_python_would_raise(name):
    two = name in ("maximum", "minimum", "power")
    for a in SPECIAL:
        for b in SPECIAL if two else [None]:
            numbers = (a, b) if two else (a,)
            with np.errstate(all="ignore"):
                wanted = float(numeric.FUNCTIONS[name](*numbers))
            assert FUNCTIONS[name](*numbers) == pytest.approx(wanted, rel=1e-15, nan_ok=True), (
                numbers
            )


def test_only_names_of_our_own_are_compiled():
    net = wg.mlp([2, 3, 2], activation="tanh(x)/(1+exp(-x))", names={"h1": "os.system"})
    graph = net.graph(2)
    data = {"x": np.ones((2, 2)), "y": np.ones((2, 2))}
    unrolled = unroll(graph, [list(net.parameters)], data)
    assert set(unrolled.loop.__globals__["__builtins__"]) == {"ZeroDivisionError"}
    source = unrolled.source
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\d\.?\d*e-?\d+", "0", source)))
    allowed = {
        "def", "loop", "batches", "rate", "losses", "before", "None", "try", "for", "in", "if",
        "else", "not", "inf", "break", "append", "except", "ZeroDivisionError", "pass", "return",
        *FUNCTIONS,
    }  # fmt: skip
    assert {w for w in words if not re.fullmatch(r"v\d+", w)} <= allowed


def test_size_alone_decides_which_way_is_taken():
    small, large = wg.mlp([2, 2, 1]), wg.mlp([20, 30, 1])
    for net, unrolled in ((small, True), (large, False)):
        x = np.ones((3, net.layers[0]))
        graph = net.graph(3)
        found = unroll(graph, [list(net.parameters)], {"x": x, "y": np.ones((3, 1))})
        assert (found is not None) is unrolled
        assert train(net, x, [[1.0]] * 3, learning_rate=0.1, iterations=3).iterations == 3


# ---- where plain floats cannot go on ------------------------------------------------------------


def test_a_division_by_zero_is_handed_over_to_numpy(by, monkeypatch):
    """Python raises where NumPy goes to infinity and comes back: 1 / (1 + 1/0) = 0."""

    def function(w):
        switched = ops.where(w > 0.5, 1.0, 0.0)
        return ops.sum(w * w) + ops.sum(1 / (1 + 1 / switched))

    g = wg.trace(function, w=(1,))
    options = {"parameters": "w", "w": [2.0], "learning_rate": 0.1, "iterations": 20}
    steps = []
    advance = ByNumPy.updates

    def counted(self, state, count):
        steps.append(state.done)
        return advance(self, state, count)

    monkeypatch.setattr(ByNumPy, "updates", counted)
    run = train(g, **options)
    assert run.iterations == 20
    assert steps == list(range(7, 20)), "2 · 0.8⁷ is the first under ½: the first that NumPy does"
    by(NUMPY)
    slow = train(g, **options)
    assert losses(run) == pytest.approx(losses(slow), rel=1e-14)


def test_a_branch_that_is_not_taken_divides_by_nothing(by):
    """exp(−1/x²), 0 at 0: one rule with a quotient behind a `where`."""
    by(UNROLLED)
    bump = make_op(
        lambda xp, x: xp.where(xp.equal(x, 0.0), 0.0, xp.exp(-1 / (x * x))),
        local=lambda xp, y, x: xp.where(xp.equal(x, 0.0), 0.0, 2 * y / x**3),
        name="bump",
    )
    g = wg.trace(lambda x, w: ops.sum(bump(x) * w + w * w), x=(3,), w=())
    run = train(g, x=[0.0, 1.0, 2.0], w=1.0, parameters="w", learning_rate=0.1, iterations=300)
    assert run.iterations == 300
    assert run.parameters["w"] == pytest.approx(-(np.exp(-1) + np.exp(-0.25)) / 6)


@pytest.mark.parametrize("way", [UNROLLED, NUMPY, None])
@pytest.mark.parametrize("batch_size", [None, 1])
def test_a_loss_that_explodes_stops_it_with_the_last_good_weights(by, way, batch_size):
    if way == NUMPY:
        by(way)
    net = wg.mlp([1, 1, 1], activation="identity", output_activation="identity", seed=1)
    x, y = [[10.0], [3.0]], [[1.0], [2.0]]
    options = {"learning_rate": 0.5, "batch_size": batch_size, "shuffle": False}
    run = train(net, x, y, iterations=100, **options)
    last = run.history[-1]
    assert last["loss"] == np.inf
    assert run.iterations == last["iteration"] - 1
    assert np.isfinite(run.loss)
    assert losses(run)[run.iterations] == run.loss
    assert run.stop_reason == (
        f"the loss became infinite at iteration {last['iteration']} of 100: stopped; "
        f"the last finite weights are kept; try a smaller learning rate"
    )
    same = train(net, x, y, iterations=run.iterations, **options)
    assert same.parameters["W1"] == pytest.approx(run.parameters["W1"], rel=1e-9)
    assert run.to_dict()["history"][-1]["loss"] == "inf"
    json.dumps(run.to_dict(), allow_nan=False)


def test_a_weight_that_explodes_is_named():
    g = wg.trace(lambda w: ops.sum(ops.sqrt(w)), w=(2,))
    run = train(g, parameters="w", w=[1.0, 0.0], learning_rate=0.1, iterations=10)
    assert run.stop_reason.startswith("w became infinite at iteration 1 of 10: stopped")
    assert run.iterations == 0
    assert run.parameters["w"].tolist() == [1.0, 0.0]


def test_a_loss_that_is_nan_from_the_start():
    g = wg.trace(lambda w: ops.sum(ops.log(w)), w=(1,))
    run = train(g, parameters="w", w=[-1.0], learning_rate=0.1, iterations=10)
    assert run.stop_reason == "the loss is NaN before the first step: nothing was trained"
    assert run.to_dict()["loss"] == "nan"
    assert run.parameters["w"].tolist() == [-1.0]


def test_a_loss_that_explodes_with_the_very_last_update():
    net = wg.mlp([1, 1, 1], activation="identity", output_activation="identity", seed=1)
    x, y = [[10.0], [3.0]], [[1.0], [2.0]]
    run = train(net, x, y, learning_rate=0.5, iterations=5)
    assert run.iterations == 4
    assert "the loss became infinite at iteration 5 of 5" in run.stop_reason


# ---- Ctrl-C -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
def test_ctrl_c_keeps_the_result_so_far(by, way):
    by(way)
    options = {"learning_rate": 0.5, "train_bias": False}
    timer = threading.Timer(0.2, _thread.interrupt_main)
    timer.start()
    run = train(article(), X, Y, iterations=10**9, **options)
    timer.join()
    assert run.interrupted
    assert 0 < run.iterations < 10**9
    assert run.stop_reason == (
        f"interrupted by Ctrl-C after {run.iterations:,} of 1,000,000,000 iterations: "
        f"the result so far is kept"
    )
    assert run.history[-1] == {"iteration": run.iterations, "loss": run.loss}
    same = train(article(), X, Y, iterations=run.iterations, **options)
    assert not same.interrupted
    assert same.loss == run.loss
    np.testing.assert_array_equal(same.parameters["W1"], run.parameters["W1"])


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
def test_ctrl_c_is_not_lost_in_a_callback(by, way, monkeypatch):
    """Raised inside a callback of the garbage collector, KeyboardInterrupt would be swallowed."""
    by(way)
    pressed = []

    def callback(phase, info):
        if not pressed:
            pressed.append(phase)
            signal.raise_signal(signal.SIGINT)

    def at(self, done, loss):
        gc.callbacks.append(callback)
        gc.collect()
        gc.callbacks.remove(callback)

    monkeypatch.setattr(progress.Progress, "at", at)
    run = train(article(), X, Y, iterations=5_000, learning_rate=0.5)
    assert pressed
    assert run.interrupted
    assert run.iterations == (1_000 if way == UNROLLED else 1)


def test_a_second_ctrl_c_does_not_wait(monkeypatch):
    """The first waits for the update that is being made; who presses again wants out now."""

    def stuck(self, state, count):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second Ctrl-C was only noted")

    monkeypatch.setattr(loop, "ways", lambda *given: [ByNumPy(*given[:3])])
    monkeypatch.setattr(ByNumPy, "updates", stuck)
    run = train(article(), X, Y, iterations=10, learning_rate=0.5)
    assert run.interrupted
    assert run.iterations == 0


def test_handlers_of_ctrl_c_are_left_as_they_were():
    def own(number, frame):
        raise AssertionError

    for handler in (signal.default_int_handler, own):
        before = signal.signal(signal.SIGINT, handler)
        try:
            train(article(), X, Y, iterations=10, learning_rate=0.5)
            assert signal.getsignal(signal.SIGINT) is handler
        finally:
            signal.signal(signal.SIGINT, before)


def test_small_updates_take_one_thread_and_give_the_others_back(by, monkeypatch):
    """The limit is the process's: who enters second must not restore what the first had set."""
    needs("threadpoolctl")
    needs("scipy")
    from threadpoolctl import ThreadpoolController

    one = one_thread(1)  # SciPy's library is loaded by now
    libraries = ThreadpoolController().select(user_api="blas")

    def threads():
        return {each.get_num_threads() for each in libraries.lib_controllers}

    with libraries.limit(limits=2):
        other = one_thread_for_updates(4, 8)
        one.__enter__()
        other.__enter__()
        one.__exit__(None, None, None)
        assert threads() == {1}
        other.__exit__(None, None, None)
        assert threads() == {2}
        by(NUMPY)
        inside, told, update = [], [], ByNumPy._update
        monkeypatch.setattr(
            ByNumPy, "_update", lambda *given: inside.append(threads()) or update(*given)
        )
        options = {"epochs": 2, "learning_rate": 0.1, "quiet": True}
        train(article(), X, Y, callbacks=[lambda row: told.append(threads())], **options)
        assert inside == [{1}, {1}]
        assert told == [{2}, {2}]


def test_training_in_a_thread_leaves_signals_alone():
    runs = []
    options = {"iterations": 10, "learning_rate": 0.5}
    thread = threading.Thread(target=lambda: runs.append(train(article(), X, Y, **options)))
    thread.start()
    thread.join()
    assert runs[0].iterations == 10


def test_ctrl_c_at_any_step_leaves_a_whole_state(monkeypatch):
    """Interrupted in the middle of step k, what comes back is the state after k steps."""
    advance = ByNumPy.updates
    net = wg.mlp([2, 3, 1], seed=1)
    x, y = samples([2, 1], 4, labels=False)
    options = {"learning_rate": 0.5, "batch_size": 2, "iterations": 40}
    for k in (0, 1, 7, 39):

        def interrupted(self, state, count, k=k):
            if state.done == k:
                raise KeyboardInterrupt
            return advance(self, state, count)

        monkeypatch.setattr(loop, "ways", lambda *given: [ByNumPy(*given[:3])])
        monkeypatch.setattr(ByNumPy, "updates", interrupted)
        run = train(net, x, y, **options)
        monkeypatch.setattr(ByNumPy, "updates", advance)
        assert run.iterations == k
        same = train(net, x, y, **options | {"iterations": k})
        np.testing.assert_array_equal(same.parameters["W1"], run.parameters["W1"])


# ---- batches and what is learned ----------------------------------------------------------------


def plan(**given):
    options = {
        "samples": 7, "optimizer": "sgd", "learning_rate": 0.1, "iterations": None, "epochs": 3,
        "batch_size": 3, "shuffle": True, "seed": 4, "update_order": "simultaneous",
    }  # fmt: skip
    options |= given
    return make_plan(options.pop("samples"), Options(**options))


def test_an_epoch_sees_every_sample_once_in_an_order_of_the_seed():
    p = plan()
    assert p.iterations == 9
    epochs = [np.concatenate([p.rows(3 * e + k) for k in range(3)]) for e in range(3)]
    assert all(sorted(e) == list(range(7)) for e in epochs)
    assert [len(p.rows(k)) for k in range(3)] == [3, 3, 1]
    assert not np.array_equal(epochs[0], epochs[1])
    assert np.array_equal(plan().rows(5), p.rows(5)), "a function of seed and iteration alone"
    assert not np.array_equal(plan(seed=5).rows(0), p.rows(0))
    assert np.concatenate([plan(shuffle=False).rows(k) for k in range(3)]).tolist() == [*range(7)]


def test_iterations_are_updates_and_epochs_are_passes():
    net = wg.mlp([2, 2, 1])
    x, y = samples([2, 1], 5, labels=False)
    by_epochs = train(net, x, y, learning_rate=0.1, epochs=4, batch_size=2)
    by_updates = train(net, x, y, learning_rate=0.1, iterations=12, batch_size=2)
    assert by_epochs.iterations == 12
    np.testing.assert_array_equal(by_epochs.parameters["W1"], by_updates.parameters["W1"])
    assert train(net, x, y, learning_rate=0.1, epochs=4).iterations == 4


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
def test_what_is_frozen_stays(by, way):
    by(way)
    net = wg.mlp([2, 2, 2, 1], seed=1)
    x, y = samples([2, 1], 3, labels=False)
    options = {"learning_rate": 0.1, "iterations": 5}

    def changed(**choice):
        run = train(net, x, y, **options, **choice)
        assert run.model.parameters.keys() == net.parameters.keys()
        return {
            k for k in net.parameters if not np.array_equal(run.parameters[k], net.parameters[k])
        }

    assert changed() == set(net.parameters)
    assert changed(frozen=["W1", "b2"]) == {"b1", "W2", "W3", "b3"}
    assert changed(train_bias=False) == {"W1", "W2", "W3"}
    assert changed(parameters="W2") == {"W2"}
    assert changed(frozen="W2", update_order="sequential") == set(net.parameters) - {"W2"}


def test_the_result_shares_no_memory_with_the_network_that_was_given():
    net = wg.mlp([2, 2, 1], seed=1)
    before = {k: v.copy() for k, v in net.parameters.items()}
    run = train(net, [[1.0, 2.0]], [[0.5]], learning_rate=0.1, iterations=3, frozen="b1")
    for array in run.parameters.values():
        array += 1
    for name, array in before.items():
        np.testing.assert_array_equal(net.parameters[name], array)


def test_a_traced_graph_is_trained_on_its_named_inputs():
    """A line through points: least squares by gradient descent."""
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    t = 2 * x - 1
    g = wg.trace(lambda x, t, w, b: ops.mean((x * w + b - t) ** 2), x=x, t=t, w=(), b=())
    run = train(
        g, x=x, t=t, w=0.0, b=0.0, parameters=["w", "b"], learning_rate=0.1, iterations=1_000
    )
    assert run.model is None
    assert run.parameters.keys() == {"w", "b"}
    assert run.parameters["w"] == pytest.approx(2)
    assert run.parameters["b"] == pytest.approx(-1)
    assert run.loss == pytest.approx(0, abs=1e-12)
    assert run.to_dict()["outputs"] == [[run.loss]]


def test_an_autoencoder_needs_no_targets():
    net = wg.mlp([3, 2, 3], autoencoder=True)
    run = train(net, np.eye(3), learning_rate=0.5, iterations=50)
    assert run.loss < losses(run)[0]


# ---- history, result, progress ------------------------------------------------------------------


def test_which_iterations_are_recorded():
    kept = [k for k in range(100_001) if recorded(k)]
    assert kept[:201] == list(range(201))
    assert {1, 10, 100, 1_000, 10_000, 100_000} <= set(kept)
    assert len(kept) == 201 + 40 + 45 + 45
    assert all(next_recorded(a) == b for a, b in pairwise(kept))
    assert next_recorded(205) == 220


@pytest.mark.parametrize("way", [UNROLLED, NUMPY])
@pytest.mark.parametrize("batch_size", [None, 1, 2])
def test_the_history_is_the_loss_of_all_samples(by, way, batch_size):
    by(way)
    net = wg.mlp([2, 2, 1], seed=2)
    x, y = samples([2, 1], 3, labels=False)
    options = {"learning_rate": 0.1, "batch_size": batch_size}
    run = train(net, x, y, iterations=333, **options)
    iterations = [row["iteration"] for row in run.history]
    assert iterations == [k for k in range(333) if recorded(k)] + [333]
    for k in (0, 1, 220, 333):
        model = train(net, x, y, iterations=k, **options).model
        assert losses(run)[k] == pytest.approx(wg.backprop(model, x, y).loss, rel=1e-12)


def test_the_json_of_a_run():
    run = train(article(), X, Y, learning_rate=0.5, iterations=3)
    data = json.loads(json.dumps(run.to_dict(), allow_nan=False))
    assert set(data) >= {"loss", "outputs", "iterations", "stop_reason", "history", "engine"}
    assert data["loss"] == run.loss
    assert data["outputs"] == run.outputs.tolist()
    assert data["iterations"] == 3
    assert data["stop_reason"] == "3 iterations done"
    assert [set(row) for row in data["history"]] == [{"iteration", "loss"}] * 4


def test_no_iteration_at_all():
    run = train(article(), X, Y, learning_rate=0.5, iterations=0)
    assert run.stop_reason == "0 iterations done"
    assert round(run.loss, 9) == 0.298371109
    assert len(run.history) == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("patience", "stream", "quiet", "shown"),
    [
        (0.0, Terminal, False, True),
        (0.0, Terminal, True, False),
        (0.0, io.StringIO, False, False),
        (9.0, Terminal, False, False),
    ],
)
def test_a_bar_only_on_a_terminal_and_only_where_it_takes_a_while(
    monkeypatch, capsys, patience, stream, quiet, shown
):
    errors = stream()
    monkeypatch.setattr("sys.stderr", errors)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    train(article(), X, Y, learning_rate=0.5, iterations=3_000, quiet=quiet)
    assert ("loss" in errors.getvalue()) is shown
    assert capsys.readouterr().out == ""


# ---- bad values are refused before work ---------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"learning_rate": 0}, ConfigError, "learning_rate must be a positive"),
        ({"learning_rate": -0.1}, ConfigError, "learning_rate must be a positive"),
        ({"learning_rate": float("nan")}, ConfigError, "learning_rate must be a positive"),
        ({"learning_rate": float("inf")}, ConfigError, "learning_rate must be a positive"),
        ({"learning_rate": "0.1"}, ConfigError, "learning_rate must be a positive"),
        ({"iterations": -1}, ConfigError, "iterations must be a whole number"),
        ({"iterations": 2.5}, ConfigError, "iterations must be a whole number"),
        ({"iterations": None, "epochs": -1}, ConfigError, "epochs must be a whole number"),
        ({"epochs": 3}, ConfigError, "Both iterations and epochs"),
        ({"iterations": None}, ConfigError, "How long to train"),
        ({"batch_size": 0}, ConfigError, "batch_size must be a whole number"),
        ({"batch_size": 4}, ConfigError, "4 rows an update, 3 samples"),
        ({"seed": -1}, ConfigError, "seed must be a whole number"),
        ({"optimizer": "sdg"}, ConfigError, "did you mean 'sgd'"),
        ({"optimizer": "adagrad"}, ConfigError, "known: adam, adamw, irprop-, lbfgs, lm"),
        ({"update_order": "sequental"}, ConfigError, "did you mean 'sequential'"),
        ({"frozen": ["W9"]}, NameUnknownError, "frozen: there is no 'W9'"),
        ({"parameters": ["W9"]}, NameUnknownError, "parameters: there is no 'W9'"),
        ({"parameters": "W1", "frozen": "W1"}, ConfigError, "nothing to train"),
        ({"bacth_size": 2}, NameUnknownError, "did you mean 'batch_size'"),
        ({"X": None}, DataError, "No inputs were given"),
        ({"y": None}, DataError, "No targets were given"),
        ({"y": [[0.5], [0.5]]}, ShapeError, "3 rows of inputs, 2 of targets"),
        ({"X": [["a", "b"]] * 3}, DataError, "must be numbers"),
        ({"X": [[0.0, np.nan]] * 3}, DataError, "must be finite"),
    ],
)
def test_bad_values_of_a_network_are_refused(options, error, said):
    good = {"X": np.ones((3, 2)), "y": np.ones((3, 1)), "learning_rate": 0.1, "iterations": 1}
    with pytest.raises(error, match=said):
        train(wg.mlp([2, 2, 1]), **good | options)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"parameters": None}, ConfigError, "Which of the graph's inputs"),
        ({"parameters": ["V"]}, NameUnknownError, "there is no 'V'"),
        ({"parameters": ["ids"]}, ConfigError, "whole numbers, labels or positions"),
        ({"parameters": ["unused"]}, ConfigError, "does not depend on it"),
        ({"frozen": ["W"]}, ConfigError, "nothing to train"),
        ({"W": np.ones((2, 3))}, ShapeError, r"shape \(2, 3\), traced as \(3, 2\)"),
        ({"W": np.full((3, 2), np.inf)}, DataError, "finite"),
        ({"W": "text"}, DataError, "must be numbers"),
        ({"w": 1.0}, NameUnknownError, "no input 'w'"),
        ({"batch_size": 1}, ConfigError, "its shapes are fixed"),
        ({"update_order": "sequential"}, ConfigError, "a traced graph has no layers"),
    ],
)
def test_bad_values_of_a_traced_graph_are_refused(options, error, said):
    g = wg.trace(
        lambda ids, W, unused: ops.sum(ops.gather(W, ids)),
        ids=wg.spec((2,), int),
        W=(3, 2),
        unused=(2,),
    )
    good = {
        "ids": [0, 2], "W": np.ones((3, 2)), "unused": [1.0, 2.0], "parameters": ["W"],
        "learning_rate": 0.1, "iterations": 1,
    }  # fmt: skip
    with pytest.raises(error, match=said):
        train(g, **good | options)


def test_neither_a_network_nor_a_graph():
    with pytest.raises(ConfigError, match="a network, a traced graph or a table"):
        train([2, 2, 1], [[1.0, 2.0]], [[1.0]], learning_rate=0.1, iterations=1)


def test_sequential_is_refused_for_other_update_rules():
    with pytest.raises(ConfigError, match="defined for plain gradient descent"):
        plan(optimizer="momentum", update_order="sequential")


def test_other_update_rules_step_by_numpy():
    net = wg.mlp([2, 2, 1])
    options = Options(optimizer="momentum", learning_rate=0.1, iterations=3)
    task = network_task(net, [[1.0, 2.0]], [[0.5]], options, parameters=None, frozen=())
    made = make_plan(task.samples, options)
    found = chosen_ways(task, made, make_recipe(task, made), "eager")
    assert [type(way) for way in found] == [ByNumPy]
