"""The peers that whygrad is compared with, each written as its best users would write it.

Nothing here imports whygrad. Every peer gives back (warm, run): warm() does once what steady use
has behind it (compiling, first calls), run() does the whole work anew and returns the final loss,
by which equal work is shown.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# All that is imported here is also imported by torch, so article_process_pytorch pays for no more.
import numpy as np

Warm = Callable[[], None] | None
Run = Callable[[], float]

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Dense:
    """One training of a dense network with Adam: all that a peer needs to do exactly the same."""

    layers: tuple[int, ...]  # (784, 128, 10)
    activation: str  # sigmoid, tanh or relu, of all hidden layers; the output is the net itself
    loss: str  # softmax_cross_entropy (labels; mean over samples) or
    #            mean_squared_error (mean over samples and outputs)
    x: np.ndarray  # (n, in) float32
    y: np.ndarray  # (n,) int64 labels, or (n, out) float32 targets
    parameters: dict[str, np.ndarray]  # first W1 (out, in), b1 (out,), W2, ...: float32
    batch: int
    orders: np.ndarray  # (epochs, n): orders of samples; batches are slices, the last may be short
    rate: float  # Adam: 0.9, 0.999, 1e-8 outside of the root, bias corrected


# ---- dense networks ----


def pytorch(work: Dense) -> tuple[Warm, Run]:
    """Eager PyTorch: nn.Sequential, fused Adam, data as one tensor, set_to_none, two threads."""
    import torch
    from torch import nn

    torch.set_num_threads(2)
    x, y = torch.from_numpy(work.x), torch.from_numpy(work.y)
    orders = torch.from_numpy(np.ascontiguousarray(work.orders, dtype=np.int64))
    activation = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[work.activation]
    loss_of = {"softmax_cross_entropy": nn.CrossEntropyLoss, "mean_squared_error": nn.MSELoss}[
        work.loss
    ]()

    def train(batches: list[Any]) -> float:
        modules: list[nn.Module] = []
        for layer, sizes in enumerate(_sizes(work), 1):
            linear = nn.utils.skip_init(nn.Linear, *sizes)  # no random numbers to overwrite
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(work.parameters[f"W{layer}"]))
                linear.bias.copy_(torch.from_numpy(work.parameters[f"b{layer}"]))
            modules += [linear, activation()]
        model = nn.Sequential(*modules[:-1])
        optimizer = torch.optim.Adam(
            model.parameters(), lr=work.rate, betas=(BETA1, BETA2), eps=EPSILON, fused=True
        )
        for index in batches:
            optimizer.zero_grad(set_to_none=True)
            loss_of(model(x.index_select(0, index)), y.index_select(0, index)).backward()
            optimizer.step()
        with torch.inference_mode():
            return float(loss_of(model(x), y))

    def warm() -> None:
        train(list(orders[0].split(work.batch))[:3])

    def run() -> float:
        return train([index for order in orders for index in order.split(work.batch)])

    return warm, run


def handwritten_jax(work: Dense) -> tuple[Warm, Run]:
    """Plain JAX: one jitted function, scan over epochs and batches, jax.grad, donated state."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    activate = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}[work.activation]
    samples = work.orders.shape[1]
    full = samples // work.batch

    def loss_of(parameters: Any, x: Any, y: Any) -> Any:
        for W, b in parameters[:-1]:
            x = activate(x @ W.T + b)
        W, b = parameters[-1]
        x = x @ W.T + b
        if work.loss == "mean_squared_error":
            return jnp.mean((x - y) ** 2)
        chosen = jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1)
        return -jnp.mean(chosen)

    def train(state: Any, x: Any, y: Any, orders: Any) -> Any:
        def rows(array: Any, index: Any) -> Any:
            # The indices are a permutation: no clamping is needed.
            return array.at[index].get(mode="promise_in_bounds")

        def step(state: Any, index: Any) -> Any:
            parameters, first, second, count = state
            # The loss of a batch is not asked for, so grad and not value_and_grad.
            gradient = jax.grad(loss_of)(parameters, rows(x, index), rows(y, index))
            count = count + 1
            first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
            second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
            # expm1: 1 - 0.999^t would lose half of its digits in float32.
            root = jnp.sqrt(-jnp.expm1(count * math.log(BETA2)))
            rate = work.rate / -jnp.expm1(count * math.log(BETA1))
            parameters = jax.tree.map(
                lambda p, m, v: p - rate * m / (jnp.sqrt(v) / root + EPSILON),
                parameters,
                first,
                second,
            )
            return (parameters, first, second, count), None

        def epoch(state: Any, order: Any) -> Any:
            whole = order[: full * work.batch].reshape(full, work.batch)
            state, _ = lax.scan(step, state, whole)
            if full * work.batch < samples:
                state, _ = step(state, order[full * work.batch :])
            return state, None

        state, _ = lax.scan(epoch, state, orders)
        return state, loss_of(state[0], x, y)

    x, y = jnp.asarray(work.x), jnp.asarray(work.y, work.x.dtype if work.y.ndim > 1 else jnp.int32)
    orders = jnp.asarray(work.orders, jnp.int32)
    compiled: list[Any] = []

    def first_state() -> Any:
        # As (out, in): XLA on two cores was never slower with it than with (in, out).
        parameters = [
            (jnp.array(work.parameters[f"W{i}"]), jnp.array(work.parameters[f"b{i}"]))
            for i in range(1, len(work.layers))
        ]
        zeros = [jax.tree.map(jnp.zeros_like, parameters) for _ in range(2)]
        return parameters, *zeros, jnp.zeros((), jnp.float32)

    def warm() -> None:
        # Compiled ahead of time: the same as a first call, without training once for nothing.
        if not compiled:
            jitted = jax.jit(train, donate_argnums=0)
            compiled.append(jitted.lower(first_state(), x, y, orders).compile())

    def run() -> float:
        warm()
        _, loss = compiled[0](first_state(), x, y, orders)
        return float(loss)

    return warm, run


def handwritten_numpy(work: Dense) -> tuple[Warm, Run]:
    """NumPy by hand: float32, no allocation inside the loop, all parameters in one flat vector."""
    sizes = _sizes(work)
    count = len(sizes)
    labels = work.loss == "softmax_cross_entropy"
    shapes = [shape for fan_in, fan_out in sizes for shape in ((fan_out, fan_in), (fan_out,))]
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    # Adam goes over blocks that stay in the second-level cache with their four companions.
    block = 1 << 15
    blocks = [slice(i, i + block) for i in range(0, int(ends[-1]), block)]

    def views(flat: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        parts = zip(np.split(flat, ends[:-1]), shapes, strict=True)
        shaped = [part.reshape(shape) for part, shape in parts]
        return shaped[0::2], shaped[1::2]

    def activate(z: np.ndarray) -> None:
        if work.activation == "relu":
            np.maximum(z, 0, out=z)
        elif work.activation == "tanh":
            np.tanh(z, out=z)
        else:  # 1/2 + 1/2 tanh(z/2): no overflow
            z *= 0.5
            np.tanh(z, out=z)
            z *= 0.5
            z += 0.5

    def times_derivative(delta: np.ndarray, a: np.ndarray, spare: np.ndarray) -> None:
        if work.activation == "relu":
            delta *= a > 0
            return
        if work.activation == "tanh":
            np.multiply(a, a, out=spare)
        else:
            delta *= a
            spare[...] = a
        np.subtract(1, spare, out=spare)
        delta *= spare

    def forward(
        x: np.ndarray, weights: list[np.ndarray], biases: list[np.ndarray], nets: list[np.ndarray]
    ) -> None:
        a = x
        for layer in range(count):
            np.matmul(a, weights[layer].T, out=nets[layer])
            a = nets[layer]
            a += biases[layer]
            if layer < count - 1:
                activate(a)

    def train(batches: list[np.ndarray]) -> float:
        flat = np.concatenate(
            [work.parameters[f"{kind}{i}"].ravel() for i in range(1, count + 1) for kind in "Wb"]
        ).astype(np.float32)
        gradient, first, second, spare = (np.zeros_like(flat) for _ in range(4))
        weights, biases = views(flat)
        weight_gradients, bias_gradients = views(gradient)

        def buffers(rows: int) -> tuple[Any, ...]:
            hidden = [np.empty((rows, out), np.float32) for _, out in sizes]
            return (
                np.empty((rows, work.layers[0]), np.float32),
                np.empty((rows, *work.y.shape[1:]), work.y.dtype),
                hidden,
                [np.empty_like(a) for a in hidden],
                [np.empty_like(a) for a in hidden],
                np.arange(rows),
            )

        ready = {rows: buffers(rows) for rows in {len(index) for index in batches}}
        for t, index in enumerate(batches, 1):
            rows = len(index)
            x, y, nets, deltas, spares, each = ready[rows]
            # mode="clip": with "raise", take() would go through a second buffer.
            np.take(work.x, index, axis=0, out=x, mode="clip")
            np.take(work.y, index, axis=0, out=y, mode="clip")
            forward(x, weights, biases, nets)
            delta, out = deltas[-1], nets[-1]
            if labels:
                np.subtract(out, out.max(axis=1, keepdims=True), out=delta)
                np.exp(delta, out=delta)
                delta /= delta.sum(axis=1, keepdims=True) * rows
                delta[each, y] -= 1 / rows
            else:
                np.subtract(out, y, out=delta)
                delta *= 2 / out.size
            for layer in range(count - 1, -1, -1):
                below = nets[layer - 1] if layer else x
                np.matmul(deltas[layer].T, below, out=weight_gradients[layer])
                np.sum(deltas[layer], axis=0, out=bias_gradients[layer])
                if layer:
                    np.matmul(deltas[layer], weights[layer], out=deltas[layer - 1])
                    times_derivative(deltas[layer - 1], below, spares[layer - 1])
            # The sums are kept without their factors 1 - beta, and the corrections are put into
            # two numbers: ten passes over memory where the formula as written has fourteen.
            scale = math.sqrt((1 - BETA2**t) / (1 - BETA2))
            rate = work.rate * scale * (1 - BETA1) / (1 - BETA1**t)
            for part in blocks:
                g, m, v, s, p = (gradient[part], first[part], second[part], spare[part], flat[part])
                m *= BETA1
                m += g
                v *= BETA2
                g *= g
                v += g
                np.sqrt(v, out=s)
                s += EPSILON * scale
                np.divide(m, s, out=s)
                s *= rate
                p -= s

        nets = [np.empty((len(work.x), out), np.float32) for _, out in sizes]
        forward(work.x, weights, biases, nets)
        out = nets[-1]
        if not labels:
            return float(np.mean((out - work.y) ** 2, dtype=np.float64))
        out -= out.max(axis=1, keepdims=True)
        chosen = out[np.arange(len(out)), work.y]
        return float(np.mean(np.log(np.exp(out).sum(axis=1)) - chosen, dtype=np.float64))

    def split(orders: np.ndarray) -> list[np.ndarray]:
        starts = range(0, orders.shape[1], work.batch)
        return [order[i : i + work.batch] for order in orders for i in starts]

    def warm() -> None:
        train(split(work.orders[:1])[:3])

    def run() -> float:
        return train(split(work.orders))

    return warm, run


def sklearn_mlp(work: Dense) -> tuple[Warm, Run]:
    """scikit-learn's MLPClassifier or MLPRegressor, Adam, no penalty, nothing that stops it early.

    It draws its own first weights and orders, and its loss is the mean over the last epoch while
    training, so it shows the same amount of work and not the same numbers. Of two classes it makes
    one logistic output.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    regression = work.loss == "mean_squared_error"
    y = work.y.ravel() if regression and work.y.shape[1] == 1 else work.y

    def fit(epochs: int, samples: int) -> float:
        model = (MLPRegressor if regression else MLPClassifier)(
            hidden_layer_sizes=work.layers[1:-1],
            activation={"sigmoid": "logistic"}.get(work.activation, work.activation),
            solver="adam",
            alpha=0.0,
            batch_size=min(work.batch, samples),
            learning_rate_init=work.rate,
            max_iter=epochs,
            shuffle=True,
            random_state=0,
            tol=0.0,
            n_iter_no_change=10**9,
            early_stopping=False,
            beta_1=BETA1,
            beta_2=BETA2,
            epsilon=EPSILON,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is to stop at max_iter
            model.fit(work.x[:samples], y[:samples])
        # Its squared loss is half of the mean square.
        return float(model.loss_) * (2 if regression else 1)

    def warm() -> None:
        fit(1, min(len(work.x), 3 * work.batch))

    def run() -> float:
        return fit(len(work.orders), len(work.x))

    return warm, run


def dense_flops(work: Dense) -> float:
    """Floating operations of all steps' matrix products, none for the gradient of the input."""
    products = sum(fan_in * fan_out for fan_in, fan_out in _sizes(work))
    forward = 2.0 * work.orders.size * products
    unused = 2.0 * work.orders.size * work.layers[0] * work.layers[1]
    return forward + 2 * forward - unused


def _sizes(work: Dense) -> list[tuple[int, int]]:
    return list(zip(work.layers[:-1], work.layers[1:], strict=True))


# ---- the article's 2-2-2 network: float64, one sample, plain gradient descent, shared biases ----

ARTICLE_W1 = ((0.15, 0.20), (0.25, 0.30))
ARTICLE_W2 = ((0.40, 0.45), (0.50, 0.55))
ARTICLE_B1, ARTICLE_B2 = 0.35, 0.60  # one for both units of a layer, never trained
ARTICLE_X, ARTICLE_T = (0.05, 0.10), (0.01, 0.99)
ARTICLE_RATE = 0.5

_ARTICLE_C = """
#include <math.h>

static inline double sigmoid(double z) { return 1.0 / (1.0 + exp(-z)); }

double train(long steps) {
    const double i1 = 0.05, i2 = 0.10, t1 = 0.01, t2 = 0.99, b1 = 0.35, b2 = 0.60, rate = 0.5;
    double w1 = 0.15, w2 = 0.20, w3 = 0.25, w4 = 0.30, w5 = 0.40, w6 = 0.45, w7 = 0.50, w8 = 0.55;
    double h1, h2, o1, o2;
    for (long step = 0; ; step++) {
        h1 = sigmoid(w1 * i1 + w2 * i2 + b1);
        h2 = sigmoid(w3 * i1 + w4 * i2 + b1);
        o1 = sigmoid(w5 * h1 + w6 * h2 + b2);
        o2 = sigmoid(w7 * h1 + w8 * h2 + b2);
        if (step == steps) break;
        const double d1 = (o1 - t1) * o1 * (1.0 - o1);
        const double d2 = (o2 - t2) * o2 * (1.0 - o2);
        const double e1 = (d1 * w5 + d2 * w7) * h1 * (1.0 - h1);
        const double e2 = (d1 * w6 + d2 * w8) * h2 * (1.0 - h2);
        w5 -= rate * d1 * h1;
        w6 -= rate * d1 * h2;
        w7 -= rate * d2 * h1;
        w8 -= rate * d2 * h2;
        w1 -= rate * e1 * i1;
        w2 -= rate * e1 * i2;
        w3 -= rate * e2 * i1;
        w4 -= rate * e2 * i2;
    }
    return 0.5 * (t1 - o1) * (t1 - o1) + 0.5 * (t2 - o2) * (t2 - o2);
}
"""


def article_c(steps: int) -> tuple[Warm, Run] | None:
    """The article's net as a plain loop in C (cc -O3 -march=native); None where there is no cc."""
    import ctypes
    import shutil
    import subprocess
    import tempfile

    compiler = shutil.which("cc")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "article.c"), Path(folder, "article.so")
        source.write_text(_ARTICLE_C, encoding="utf-8")
        command = [compiler, "-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([*command, "-o", library, source, "-lm"], check=True)
        # Once loaded, the file itself may go.
        train = ctypes.CDLL(str(library)).train
    train.argtypes, train.restype = [ctypes.c_long], ctypes.c_double

    def warm() -> None:
        train(10)

    def run() -> float:
        return float(train(steps))

    return warm, run


def article_pytorch(steps: int) -> tuple[Warm, Run]:
    """The article's net in eager PyTorch: addmv, autograd.grad, weights in place."""
    import torch
    from torch.nn.functional import mse_loss

    x, t = (torch.tensor(values, dtype=torch.float64) for values in (ARTICLE_X, ARTICLE_T))
    b1, b2 = (torch.full((2,), b, dtype=torch.float64) for b in (ARTICLE_B1, ARTICLE_B2))
    half = torch.tensor(0.5, dtype=torch.float64)

    def train(steps: int) -> float:
        weights = [
            torch.tensor(W, dtype=torch.float64, requires_grad=True)
            for W in (ARTICLE_W1, ARTICLE_W2)
        ]
        W1, W2 = weights

        def squares() -> torch.Tensor:
            # addmv: a quarter less time than linear() for a single sample.
            hidden = torch.addmv(b1, W1, x).sigmoid()
            return mse_loss(torch.addmv(b2, W2, hidden).sigmoid(), t, reduction="sum")

        for _ in range(steps):
            # The half of the loss goes in as the first gradient: one operation less.
            G1, G2 = torch.autograd.grad(squares(), weights, half)
            with torch.no_grad():
                W1.sub_(G1, alpha=ARTICLE_RATE)
                W2.sub_(G2, alpha=ARTICLE_RATE)
        return squares().item() / 2

    return lambda: (train(10), None)[1], lambda: train(steps)


def article_jax(steps: int) -> tuple[Warm, Run]:
    """The article's net in JAX: jax.grad inside lax.fori_loop, one jitted function, 64 bits."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    def loss_of(weights: Any, x: Any, t: Any) -> Any:
        W1, W2 = weights
        hidden = jax.nn.sigmoid(W1 @ x + ARTICLE_B1)
        return jnp.sum((t - jax.nn.sigmoid(W2 @ hidden + ARTICLE_B2)) ** 2) / 2

    @jax.jit
    def train(weights: Any, x: Any, t: Any) -> Any:
        def step(_: Any, weights: Any) -> Any:
            gradient = jax.grad(loss_of)(weights, x, t)
            return jax.tree.map(lambda W, G: W - ARTICLE_RATE * G, weights, gradient)

        return loss_of(lax.fori_loop(0, steps, step, weights), x, t)

    with jax.enable_x64(True):
        weights = (jnp.array(ARTICLE_W1), jnp.array(ARTICLE_W2))
        x, t = jnp.array(ARTICLE_X), jnp.array(ARTICLE_T)

    def run() -> float:
        with jax.enable_x64(True):  # for this function only, and not for the whole process
            return float(train(weights, x, t))

    return lambda: (run(), None)[1], run


def article_numpy(steps: int) -> tuple[Warm, Run]:
    """The article's net in NumPy: forward and backward pass by hand, as few calls as it takes."""
    x, t = np.array(ARTICLE_X), np.array(ARTICLE_T)

    def train(steps: int) -> float:
        W1, W2 = np.array(ARTICLE_W1), np.array(ARTICLE_W2)
        exp, outer = np.exp, np.multiply.outer
        # Constants as arrays: NumPy need not turn a Python number into one at every operation.
        one, rate = np.ones(2), np.full(2, ARTICLE_RATE)
        minus_b1, minus_b2 = np.full(2, -ARTICLE_B1), np.full(2, -ARTICLE_B2)
        for _ in range(steps):
            h = one / (one + exp(minus_b1 - W1.dot(x)))
            o = one / (one + exp(minus_b2 - W2.dot(h)))
            delta = (o - t) * o * (one - o) * rate
            below = delta.dot(W2) * h * (one - h)
            W2 -= outer(delta, h)
            W1 -= outer(below, x)
        h = one / (one + exp(minus_b1 - W1.dot(x)))
        o = one / (one + exp(minus_b2 - W2.dot(h)))
        return float(np.sum((t - o) ** 2) / 2)

    return lambda: (train(10), None)[1], lambda: train(steps)


def article_process_pytorch(steps: int = 10_000) -> list[str]:
    """The command line of a whole process that imports PyTorch and trains the article's net."""
    folder = str(Path(__file__).resolve().parent)
    code = (
        f"import sys; sys.path.insert(0, {folder!r}); import peers; "
        f"print(peers.article_pytorch({steps})[1]())"
    )
    return [sys.executable, "-c", code]


def article_process_whygrad() -> list[str]:
    """The command line of a whole process in which whygrad trains the article's network file."""
    root = Path(__file__).resolve().parents[1]
    file = root / "src" / "whygrad" / "files" / "networks" / "article.toml"
    return [sys.executable, "-m", "whygrad", "train", str(file), "--quiet"]


# ---- least squares, and the machine ----


class _Reached(Exception):  # noqa: N818
    """The goal is reached: the way out of MINPACK, which knows no goal; no error."""


def sine_scipy(
    x: np.ndarray,
    t: np.ndarray,
    start: np.ndarray,
    hidden: int = 5,
    goal: float = 1e-6,
    analytic: bool = False,
) -> tuple[float, int, bool]:
    """A 1-5-1 tanh net fitted by SciPy's least_squares (MINPACK's lm).

    analytic: whether its Jacobian is that of the formula, in NumPy; else SciPy takes differences.
    Returns seconds, evaluations of the residuals (those of the differences included) and whether
    the mean squared error came down to the goal, at which it is stopped.
    """
    from scipy.optimize import least_squares

    column, targets = np.asarray(x, np.float64).reshape(-1, 1), np.asarray(t, np.float64).ravel()
    enough = goal * len(targets)
    evaluations = 0

    def residuals(p: np.ndarray) -> np.ndarray:
        nonlocal evaluations
        evaluations += 1
        w1, b1, w2, b2 = p[:hidden], p[hidden : 2 * hidden], p[2 * hidden : -1], p[-1]
        r = np.tanh(column * w1 + b1) @ w2 + (b2 - targets)
        if r @ r <= enough:
            raise _Reached
        return r

    J = np.ones((len(column), 3 * hidden + 1))  # filled in place; the output bias's column is 1

    def jacobian(p: np.ndarray) -> np.ndarray:
        h = np.tanh(column * p[:hidden] + p[hidden : 2 * hidden])
        slope = (1 - h * h) * p[2 * hidden : -1]
        J[:, :hidden], J[:, hidden : 2 * hidden], J[:, 2 * hidden : -1] = slope * column, slope, h
        return J

    begin = time.perf_counter()
    reached = False
    jac = jacobian if analytic else "2-point"
    try:
        least_squares(residuals, np.asarray(start, np.float64), jac, method="lm")
    except _Reached:
        reached = True
    return time.perf_counter() - begin, evaluations, reached


def sgemm_rate(n: int = 2048) -> float:
    """GFLOP/s of NumPy's float32 matrix product of two n × n matrices, best of five."""
    random = np.random.default_rng(0)
    a, b = (random.standard_normal((n, n), dtype=np.float32) for _ in range(2))
    c = np.matmul(a, b)  # the first call starts BLAS's threads
    best = math.inf
    for _ in range(5):
        begin = time.perf_counter()
        np.matmul(a, b, out=c)
        best = min(best, time.perf_counter() - begin)
    return 2 * n**3 / best / 1e9
