"""train: a network, a traced graph or a table in, a Run out; by any update rule, in any engine."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from whygrad.equivalents import option_hint
from whygrad.errors import ConfigError, NameUnknownError
from whygrad.graph import Graph
from whygrad.models.mlp import Network
from whygrad.training.by_epochs import ByEpochs
from whygrad.training.by_updates import ByUpdates
from whygrad.training.cost import outset
from whygrad.training.course import Callback
from whygrad.training.folder import RunFolder, opened
from whygrad.training.job import job_for
from whygrad.training.options import ORDERS, Options
from whygrad.training.outcome import outcome
from whygrad.training.progress import Progress
from whygrad.training.run import Run
from whygrad.training.task import Task, graph_task, network_task
from whygrad.training.ways import ways

__all__ = ["ORDERS", "train"]


def train(
    net: Any,
    X: Any = None,
    y: Any = None,
    *,
    target: str | Sequence[str] | None = None,
    hidden: int | Sequence[int] | None = None,
    preset: str | None = None,
    learning_rate: float | None = None,
    iterations: int | None = None,
    epochs: int | None = None,
    optimizer: Any = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    update_order: str = "simultaneous",
    parameters: Sequence[str] | str | None = None,
    frozen: Sequence[str] | str = (),
    train_bias: bool = True,
    schedule: str | Mapping[str, Any] = "constant",
    warmup: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    dropout: float | Sequence[float] = 0.0,
    sample_weight: Any = None,
    missing_targets: str = "refuse",
    validation: Any = None,
    test: Any = None,
    divide: str | Mapping[str, Any] = "random",
    stratify: bool | None = None,
    early_stopping: int | None = None,
    monitor: str | None = None,
    min_delta: float = 0.0,
    restore_best: bool | None = None,
    goal: float | None = None,
    max_time: float | None = None,
    corruption: Mapping[str, Any] | None = None,
    n_restarts: int = 1,
    scale: str | None = None,
    scale_targets: str | None = None,
    engine: str = "auto",
    dtype: Any = None,
    device: str = "auto",
    callbacks: Sequence[Callback] = (),
    run: str | Path | None = None,
    resume: bool = False,
    quiet: bool = False,
    **inputs: Any,
) -> Run:
    """Learns the parameters of a network or a traced graph; an iteration is an update.

    net: a network with X (samples, inputs) and y (samples, outputs) or labels (samples,); or a
    traced graph with all of its inputs by name: train(g, x=…, W=…, parameters=["W"], …); or data,
    for which a network is sized: a table (CSV, Parquet or NPZ path, data frame, dict of columns)
    with its target column, train("data.csv", target="y", hidden=[64]), or arrays, train(X, y,
    hidden=[64]). Data are scaled, 15 % validate, Adam stops early, unless said otherwise; further
    options of `mlp` (activation, loss, init, …), and task, use, leave, missing, go through.
    preset: "matlab" (also "feedforwardnet", "fitnet"): 10 hidden tanh units, fitted by lm,
    0.7/0.15/0.15; "patternnet": classes, fitted by scg. split: such shares of one's own.
    parameters: the names of what is learned, of a network all of them. frozen: what stays.

    optimizer: sgd (of a network, unless something is said), momentum, nesterov, rmsprop, adam,
    adamw, {"name": "adam", "beta1": 0.8}, an optax transformation, or a solver that sees all
    samples at once: lm, lm_bayes, scg, lbfgs, rprop, irprop-; MATLAB's names (trainlm, traingd, …)
    are understood. learning_rate: the rule's usual one by default; sgd has none.
    schedule: constant, step, exponential, inverse_scaling, cosine or plateau, or {"name": "step",
    "every": 10, "factor": 0.5}; warmup: epochs of rising to the rate.
    l1, l2: penalties of the weights (not the biases), part of the gradient; weight_decay:
    decoupled. clip_norm, clip_value: of the gradient. dropout: share of hidden units, one number or
    one a hidden layer.
    batch_size: rows an update, all of them by default; 1 with shuffle=False updates sample by
    sample in their order. update_order: "sequential" takes each layer's gradients with the layers
    behind it already updated, as the article's program does (plain gradient descent only).

    sample_weight (samples,): how much each counts; means over samples are then Σ wᵢ·Eᵢ / Σ wᵢ.
    missing_targets: "mask" leaves targets that are NaN out of the loss; they are refused otherwise.
    corruption: {"kind": "gaussian" | "masking", "level": 0.3}: inputs are spoilt before each update
    (a denoising auto-encoder).
    validation: a share of the samples (stratified for classes unless stratify=False) or a pair
    (X, y), or (X, y, weights); the parameters of the best epoch then come back. test: such a share
    or pair, which is only measured (test_loss). divide: how shares are taken, "random", "block",
    "interleaved", "none", MATLAB's names of them, or the rows of each part: {"train": […],
    "validation": […], "test": […]}; run.parts has them. early_stopping: epochs without a better
    `monitor` (val_loss; loss, val_accuracy, …) by over min_delta. goal: a loss that is enough
    (0: none is). max_time: seconds.
    n_restarts: so many trainings from other first weights (drawn as `mlp` drew them, seeds seed,
    seed + 1, …) at once; the best by val_loss, else by loss, is given back; run.restarts tells of
    all. Samples are divided once, by seed.
    restore_best: whether the best epoch's parameters come back: by default where samples validate,
    with early_stopping or a monitor.
    scale: "standard" or "minmax" puts a scaling of inputs (and of targets, where the outputs are
    linear or cannot reach them) inside the model, fitted to what trains; "none" says it is not
    wanted. scale_targets: another one for targets; minmax goes to where a bounded output reaches.

    engine: "eager" (NumPy), "compiled" (JAX) or by the size of the work. dtype: float32 for float32
    data, else float64; "auto": float32 wherever it is compiled. device: auto, cpu, gpu. The same
    seed gives the same bits for the same versions, engine, device and number of threads, however
    often somebody looks.
    run: a folder to be made, for the history, checkpoints, the model and plots; with resume=True
    a run that was cut off goes on in it, to the same bits.
    callbacks: each is called with every row of the history; one that returns True ends training.
    Ctrl-C ends it early and keeps the result, and so does a loss that stops being finite.
    Raises ConfigError, ShapeError, DataError or NameUnknownError before any work starts.
    """
    given, rows = dict(locals()), None
    asked = {key: given[key] for key in Options.__struct_fields__}
    asked["dtype"] = dtype and str(getattr(dtype, "__name__", dtype))
    if sized := not isinstance(net, (Network, Graph)):
        if y is not None:
            raise refused(net)
        sizing = {**inputs, "target": target, "hidden": hidden, "preset": preset}
        job = job_for(net, X, asked, {k: v for k, v in sizing.items() if v is not None})
        net, X, y, asked, inputs = job.network, job.X, job.y, job.asked, {}
        sample_weight, rows = job.weights(sample_weight), job.rows
        if job.problem is not None and not quiet:
            for note in job.problem.notes:
                print(note, file=sys.stderr)
    elif target is not None or hidden is not None or preset is not None:
        raise ConfigError("target, hidden and preset size a network for data.", given=repr(net))
    folder = None if run is None else opened(run, resume)
    return started(
        net, X, y, Options(**asked), inputs, parameters, frozen,
        weight=sample_weight, rows=rows, yields=sized and batch_size is None,
        callbacks=callbacks, quiet=quiet, folder=folder,
    )  # fmt: skip


def started(
    net: Any,
    X: Any,
    y: Any,
    options: Options,
    inputs: dict[str, Any],
    parameters: Sequence[str] | str | None = None,
    frozen: Sequence[str] | str = (),
    *,
    weight: Any = None,
    rows: Mapping[str, np.ndarray] | None = None,
    yields: bool = False,
    **how: Any,
) -> Run:
    """A training with all of its options said; how: what `trained` takes.

    rows: which rows of a table the parts are, where it was divided before. yields: whether the
    batches are the usual ones for data, and no larger than what there is.
    """
    if options.solver:
        from whygrad.training.solvers.solve import checked, solved

        options = checked(net, options)
        task = make_task(net, X, y, options, inputs, parameters, frozen, weight, rows)
        return once_or_more(solved, task, options, **how)
    options.check()
    task = make_task(net, X, y, options, inputs, parameters, frozen, weight, rows)
    if yields and options.batch_size is not None and task.samples is not None:
        size = min(options.batch_size, task.samples)
        options = msgspec.structs.replace(options, batch_size=size)
    return once_or_more(trained, task, options, **how)


def once_or_more(single: Callable[..., Run], task: Task, options: Options, **how: Any) -> Run:
    """A task carried out by what trains once, or the best of its restarts."""
    if options.n_restarts == 1:
        return single(task, options, **how)
    from whygrad.training.restarts import restarted

    return restarted(task, options, single, **how)


def refused(net: Any) -> ConfigError:
    """What is said of something that cannot be trained."""
    return ConfigError(
        "train takes a network, a traced graph or a table.",
        given=type(net).__name__,
        hint="wg.mlp([2, 2, 1]), or wg.trace(function, x=(4, 3), …)",
    )


def make_task(
    net: Any,
    X: Any,
    y: Any,
    options: Options,
    inputs: dict[str, Any],
    parameters: Sequence[str] | str | None,
    frozen: Sequence[str] | str,
    weight: Any = None,
    rows: Mapping[str, np.ndarray] | None = None,
) -> Task:
    """What is to be trained: the two kinds differ in how their data are given."""
    if isinstance(net, Network):
        if inputs:
            known = [k for k in inspect.signature(train).parameters if k not in ("net", "inputs")]
            raise NameUnknownError(
                f"train has no option {next(iter(inputs))!r} for a network.",
                hint=option_hint(next(iter(inputs)), known),
            )
        return network_task(
            net, X, y, options, parameters=parameters, frozen=frozen, weight=weight, rows=rows
        )
    if not isinstance(net, Graph):
        raise refused(net)
    beyond = ("validation", "test", "scale", "dropout", "corruption")
    asked = {key: getattr(options, key) or None for key in beyond}
    for key, value in {**asked, "sample_weight": weight}.items():
        if value is not None:
            raise ConfigError(f"{key} is for networks; a traced graph has no samples.")
    by_name = {k: v for k, v in (("X", X), ("y", y)) if v is not None} | inputs
    return graph_task(net, by_name, parameters=parameters, frozen=frozen)


def trained(
    task: Task,
    options: Options,
    *,
    callbacks: Sequence[Callback] = (),
    quiet: bool = False,
    folder: RunFolder | None = None,
) -> Run:
    """A task carried out. folder: where it is kept, and resumed from."""
    task, plan, recipe, engine = outset(task, options)
    kind = ByUpdates if plan.epochs is None else ByEpochs
    total = plan.iterations if plan.epochs is None else plan.epochs
    chosen = ways(task, plan, recipe, engine)
    progress = Progress(total, quiet, plan.epochs is not None)
    course = kind(task, plan, recipe, chosen, progress, callbacks, folder)
    if folder is not None:
        folder.open(course)
    run = outcome(course, course.run(), engine, folder)
    if folder is not None:
        folder.close(course, run)
    return run
