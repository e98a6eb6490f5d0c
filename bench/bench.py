"""`make bench`: whygrad beside its peers, alternating, several rounds, in one process tree.

Every dense workload gives each of them the same data, first weights, batch orders and number of
steps; the losses are compared afterwards, so that it is the same work. Ratios are of medians.
Writes bench/results/DATE.json and the READMEs' table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import autoencoders  # noqa: E402
import peers  # noqa: E402

import estimators  # noqa: E402
import whygrad as wg  # noqa: E402
from whygrad.files.config import article  # noqa: E402

Runner = Callable[[], float]  # does the work once, gives the loss
OURS = "whygrad"
STRETCH = 0.6  # seconds that a runner has the machine for itself, about


@dataclass
class Workload:
    """A row of the table. runners: by name; floors: how many times as fast whygrad is to be."""

    name: str
    runners: dict[str, Runner]
    floors: dict[str, float] = field(default_factory=dict)
    flops: float = 0.0  # of all steps
    steps: int = 1
    agree: float = 3e-3  # how far apart the losses may be: float32 rounds otherwise on each CPU
    compares: tuple[str, ...] = ()  # whose losses are of the very same steps


# ---- workloads ----------------------------------------------------------------------------------


def dense(
    name: str, layers: tuple[int, ...], n: int, batch: int, epochs: int, floors: dict[str, float],
    loss: str = "softmax_cross_entropy", activation: str = "relu",
) -> Workload:  # fmt: skip
    """Adam on random data of a real shape: the time does not depend on what the numbers mean."""
    rng = np.random.default_rng(0)
    batch = min(batch, n)
    x = rng.random((n, layers[0]), dtype=np.float32)
    classes = loss == "softmax_cross_entropy"
    y = rng.integers(0, layers[-1], n) if classes else x
    output = None if classes else "identity"
    net = wg.mlp(list(layers), activation=activation, output_activation=output, loss=loss)
    first = {k: v.astype(np.float32) for k, v in net.parameters.items()}
    orders = np.stack([np.random.default_rng((0, e)).permutation(n) for e in range(epochs)])
    work = peers.Dense(layers, activation, loss, x, y, first, batch, orders, 1e-3)

    def ours() -> float:
        run = wg.train(
            net, x, y, optimizer="adam", learning_rate=1e-3, batch_size=batch, epochs=epochs,
            engine="compiled", scale="none", quiet=True,
        )  # fmt: skip
        last.append(run)
        return run.history[-1]["loss"]

    last: list[Any] = []
    runners: dict[str, Runner] = {OURS: ours}
    for key, make in (
        ("pytorch", peers.pytorch), ("jax", peers.handwritten_jax),
        ("numpy", peers.handwritten_numpy), ("sklearn", peers.sklearn_mlp),
    ):  # fmt: skip
        if key == "sklearn" and "sklearn" not in floors:
            continue
        warm, run = make(work)
        if warm is not None:
            warm()
        runners[key] = run
    ours()
    final = float(last[-1].loss)
    steps = epochs * -(-n // batch)
    found = Workload(name, runners, floors, peers.dense_flops(work), steps)
    found.compares = ("pytorch", "jax", "numpy")
    runners[OURS] = lambda: (ours(), final)[1]  # the loss of all samples, as the peers give it
    return found


def article_steps(steps: int) -> Workload:
    """The article's net: the compiled loop alone, as it runs once it is compiled."""
    from whygrad.training.compiled import Compiled
    from whygrad.training.options import Options
    from whygrad.training.plan import make_plan
    from whygrad.training.recipe import make_recipe
    from whygrad.training.task import network_task
    from whygrad.training.ways import State

    file = article()
    options = Options(learning_rate=0.5, iterations=steps, train_bias=False)
    task = network_task(
        file.network, file.inputs, file.targets, options, parameters=None, frozen=()
    )  # fmt: skip
    plan = make_plan(task.samples, options)
    way = Compiled(task, plan, make_recipe(task, plan))
    start = State(0, task.parameters, None, {"W1": {}, "W2": {}})

    def ours() -> float:
        state = start
        while state.done < steps:
            _, state = way.updates(state, steps - state.done)
        return task.loss(state.parameters)

    def whole() -> float:
        return wg.train(
            file.network, file.inputs, file.targets, learning_rate=0.5, iterations=steps,
            train_bias=False, engine="compiled", quiet=True,
        ).loss  # fmt: skip

    runners: dict[str, Runner] = {OURS: ours, "whygrad, all of train()": whole}
    for key, make in (
        ("c", peers.article_c), ("pytorch", peers.article_pytorch), ("jax", peers.article_jax),
        ("numpy", peers.article_numpy),
    ):  # fmt: skip
        made = make(steps)
        if made is None:
            continue
        warm, run = made
        if warm is not None:
            warm()
        runners[key] = run
    ours(), whole()
    floors = {"pytorch": 1000.0, "jax": 0.95, "c": 0.5}
    compares = tuple(k for k in runners if k != OURS)
    return Workload("article", runners, floors, steps=steps, agree=1e-9, compares=compares)


def processes() -> Workload:
    """The article's 10,000 steps as whole processes, imports included, no cache of ours."""

    def of(command: list[str]) -> Runner:
        def run() -> float:
            environment = {**os.environ, "XDG_CACHE_HOME": "/nonexistent"}
            done = subprocess.run(command, capture_output=True, env=environment, cwd=HERE.parent)
            if done.returncode:
                raise RuntimeError(done.stderr.decode()[-500:])
            return 0.0

        return run

    runners = {
        OURS: of(peers.article_process_whygrad()),
        "pytorch": of(peers.article_process_pytorch()),
    }
    return Workload("article, process", runners, {"pytorch": 4.0})


def sine(starts: int) -> Workload:
    """sin πx by 1-5-1 tanh, from the same starts to a mean squared error of 1e-6.

    SciPy's lm with an analytic Jacobian, and with one by differences.
    """
    x = np.linspace(-1, 1, 41)[:, None]
    t = np.sin(np.pi * x)
    nets = [
        wg.mlp(
            [1, 5, 1], activation="tanh", output_activation="identity",
            loss="mean_squared_error", init="nguyen_widrow", seed=s,
        )
        for s in range(starts)
    ]  # fmt: skip
    flat = [
        np.concatenate([n.parameters[k].ravel() for k in ("W1", "b1", "W2", "b2")]) for n in nets
    ]
    iterations: list[int] = []

    def ours() -> float:
        iterations.clear()
        for net in nets:
            run = wg.train(net, x, t, optimizer="lm", goal=1e-6, epochs=1000, quiet=True)
            iterations.append(run.iterations)
        return 0.0

    def scipy(analytic: bool) -> Runner:
        def run() -> float:
            for start in flat:
                peers.sine_scipy(x, t, start, analytic=analytic)
            return 0.0

        return run

    ours()
    runners = {OURS: ours, "scipy": scipy(True), "scipy, differences": scipy(False)}
    floors = {"scipy": 1.0, "scipy, differences": 5.0}
    found = Workload(f"sine lm, {starts} starts", runners, floors)
    found.runners[OURS] = ours
    found.iterations = iterations  # type: ignore[attr-defined]
    return found


def fits(seeds: int, samples: int, **options: Any) -> Workload:
    """The estimators' defaults on digits, a fit a seed: time of all, mean accuracy."""
    name = f"MLPClassifier() on digits, {seeds} seeds"
    return estimated(name, estimators.single(seeds, samples, **options), 6.0, bool(options))


def restarts(count: int, samples: int, **options: Any) -> Workload:
    """The best of so many fits; scikit-learn's fits on two processes."""
    name = f"the best of {count} on digits"
    return estimated(name, estimators.best_of(count, samples, **options), 5.0, bool(options))


def estimated(name: str, runners: dict[str, Runner], floor: float, small: bool) -> Workload:
    """A row of two estimators, whose "losses" are accuracies."""
    runners[OURS]()
    found = Workload(name, runners, {"sklearn": floor}, agree=0.2 if small else 0.02)
    found.compares = ("sklearn",)
    return found


def workloads(small: bool) -> list[Callable[[], Workload]]:
    """Makers of all rows; small: for the tests, to be executed once."""
    k = 40 if small else 1
    few: dict[str, Any] = {"max_iter": 40} if small else {}
    return [
        lambda: article_steps(10_000 // k),
        processes,
        lambda: dense("digits 64-32-10, batch 32", (64, 32, 10), 1797 // k, 32, 100 // k,
                      {"pytorch": 8, "sklearn": 8, "jax": 0.95}),
        lambda: dense("784-128-10, batch 64", (784, 128, 10), 5000 // k, 64, max(1, 20 // k),
                      {"pytorch": 2.3, "sklearn": 3.5, "jax": 1.2, "sgemm": 0.7}),
        lambda: dense("784-512-10, batch 256", (784, 512, 10), 10_000 // k, 256, max(1, 6 // k),
                      {"pytorch": 2, "sklearn": 4, "jax": 0.95, "sgemm": 1.0}),
        lambda: dense("784-256-32-256-784, batch 128", (784, 256, 32, 256, 784), 5000 // k, 128,
                      max(1, 6 // k), {"pytorch": 2, "jax": 0.95}, "mean_squared_error"),
        lambda: fits(2, 300, **few) if small else fits(5, 1797),
        lambda: restarts(4, 300, **few) if small else restarts(64, 1797),
        lambda: sine(30 // min(k, 10)),
    ]  # fmt: skip


# ---- measuring ----------------------------------------------------------------------------------


def measured(work: Workload, rounds: int) -> dict[str, Any]:
    """Every runner's seconds, round by round, each in turn."""
    seconds: dict[str, list[float]] = {key: [] for key in work.runners}
    losses: dict[str, float] = {}
    slow = set()
    for round_ in range(rounds):
        # Another order every round: threads of a library may spin on into the next one's time.
        turn = list(work.runners.items())
        shift = round_ % len(turn)
        for key, run in turn[shift:] + turn[:shift]:
            if key in slow and round_ >= 2:
                continue
            # What takes a millisecond is run some times in a row: steady is what is asked about,
            # not how soon a processor finds back to it after another's work.
            times = max(1, min(20, int(STRETCH / statistics.median(seconds[key])))) if round_ else 1
            began = time.perf_counter()
            for _ in range(times):
                losses[key] = float(run())
            seconds[key].append((time.perf_counter() - began) / times)
            if seconds[key][-1] > 4:
                slow.add(key)
    # The first round warms up, where there are others.
    seconds = {key: s[1:] or s for key, s in seconds.items()}
    medians = {key: statistics.median(s) for key, s in seconds.items()}
    ours = medians[OURS]
    apart = {
        k: abs(losses[k] - losses[OURS]) / max(abs(losses[OURS]), 1e-12) for k in work.compares
        if k in losses
    }  # fmt: skip
    ratios = {k: medians[k] / ours for k in medians if k != OURS}
    found = {
        "name": work.name, "seconds": medians, "rounds": seconds, "ratios": ratios,
        "floors": work.floors, "losses": losses, "losses_apart": apart,
        "same_work": all(v <= work.agree for v in apart.values()),
    }  # fmt: skip
    if work.flops:
        rate = work.flops / ours / 1e9
        found |= {"gflops": rate, "us_per_step": ours / work.steps * 1e6}
    if hasattr(work, "iterations"):
        found["median_iterations"] = statistics.median(work.iterations)
    return found


def import_costs(rounds: int) -> dict[str, float]:
    """Seconds that importing whygrad, and explaining the article, take beyond importing numpy."""
    toml = Path(wg.__file__).parent / "files" / "networks" / "article.toml"
    commands = {
        "numpy": [sys.executable, "-c", "import numpy"],
        "import": [sys.executable, "-c", "import whygrad"],
        "explain": [sys.executable, "-m", "whygrad", "explain", str(toml), "--of", "w5"],
    }
    seconds: dict[str, list[float]] = {k: [] for k in commands}
    for _ in range(rounds):
        for key, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[key].append(time.perf_counter() - began)
    best = {k: min(s) for k, s in seconds.items()}
    return {"import": best["import"] - best["numpy"], "explain": best["explain"] - best["numpy"]}


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    names = ("numpy", "jax", "torch", "scikit-learn", "scipy")
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor()
    return {
        "date": time.strftime("%Y-%m-%d"), "cpu": model, "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {n: metadata.version(n) for n in names},
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs all or some of the rows. Returns what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--small", action="store_true", help="tiny sizes, to try the benchmark itself"
    )
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    args = parser.parse_args(arguments)
    rows = []
    for make in workloads(args.small):
        work = make()
        if args.only not in work.name:
            continue
        rows.append(measured(work, args.rounds))
        print(row_text(rows[-1]), flush=True)
    rate = peers.sgemm_rate(256 if args.small else 2048)
    for row in rows:
        if "gflops" in row:
            row["ratios"]["sgemm"] = row["gflops"] / rate
    costs = import_costs(1 if args.small else 5)
    encoders = autoencoders.rows(args.small) if args.only in "auto-encoders" else []
    found = {
        "machine": machine(), "sgemm_gflops": rate, "beyond_numpy_s": costs, "rows": rows,
        "autoencoders": encoders,
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / ("small.json" if args.small else f"{found['machine']['date']}.json")
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print("\n" + markdown(found))
    if not args.small and not args.only:
        into_readmes(markdown(found))
    return found


def into_readmes(table: str) -> None:
    """Puts the table between the marks of both READMEs."""
    for name in ("README.md", "README.zh.md"):
        path = HERE.parent / name
        head, mark, rest = path.read_text(encoding="utf-8").partition("<!-- bench -->\n")
        _, end, tail = rest.partition("<!-- /bench -->")
        path.write_text(f"{head}{mark}{table}\n{end}{tail}", encoding="utf-8")


def row_text(row: dict[str, Any]) -> str:
    """A row as it comes in."""
    ratios = ", ".join(f"{k} {v:.2f}×" for k, v in row["ratios"].items())
    same = "" if row["same_work"] else f"  NOT THE SAME WORK {row['losses_apart']}"
    return f"{row['name']}: {row['seconds'][OURS] * 1e3:.2f} ms; {ratios}{same}"


def markdown(found: dict[str, Any]) -> str:
    """The README's table."""
    columns = ("pytorch", "sklearn", "jax", "numpy", "c", "scipy")
    head = "| workload | whygrad | " + " | ".join(f"vs {c}" for c in columns) + " | GFLOP/s |"
    lines = [head, "|" + "---|" * (len(columns) + 3)]
    for row in found["rows"]:
        cells = [f"{row['ratios'][c]:.3g}×" if c in row["ratios"] else "–" for c in columns]
        rate = f"{row['gflops']:.0f}" if "gflops" in row else "–"
        time_ = row["seconds"][OURS]
        shown = f"{time_ * 1e3:.3g} ms" if time_ < 1 else f"{time_:.3g} s"
        lines.append(f"| {row['name']} | {shown} | " + " | ".join(cells) + f" | {rate} |")
    lines += ["", *autoencoders.markdown(found["autoencoders"])]
    m = found["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in m["versions"].items())
    lines.append("")
    lines.append(
        f"{m['date']}, {m['cores']} cores of {m['cpu']}, Python {m['python']}, {versions}; NumPy's "
        f"sgemm at 2048³: {found['sgemm_gflops']:.0f} GFLOP/s. Importing whygrad takes "
        f"{found['beyond_numpy_s']['import']:.2f} s more than NumPy alone, explaining w5 of the "
        f"article as a whole process {found['beyond_numpy_s']['explain']:.2f} s more."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
