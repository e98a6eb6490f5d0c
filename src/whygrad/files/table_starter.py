"""`whygrad init data.csv --target y`: a commented network file with choices for a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from whygrad.training.options import Options
from whygrad.training.presets import preset as preset_of
from whygrad.training.problem import TABLE_TRAINING, Problem, from_table, guess

TEXT = """\
# A network for {file}. Try:
#   whygrad train {own}                trains it, into runs/…
#   whygrad evaluate runs/…            scores it on the rows that are set aside
#   whygrad predict runs/… new.csv -o out.csv
{preset}
[data]
file = {file_text}
target = {target}              # {task}{classes}
split = {split}         # of the rows: train, validate, set aside to test
# use = ["column", …]         # these columns only, asked for by name
# leave = ["column", …]       # these not
# missing = "refuse"          # instead of the mean, with an input that says so
{columns}
{guess}
[network]
hidden = {hidden}
activation = "{activation}"         # relu, tanh, sigmoid, leaky_relu, elu, gelu, silu, softplus, …
output_activation = "{output}"
loss = "{loss}"
init = "{init}"                # glorot, he, lecun, uniform, nguyen_widrow, zeros
task = "{task}"
{encoder}
[training]
{training}
# seed = 0
# l2 = 0.001                  # penalties that are part of the loss: l1, l2
# dropout = 0.2               # of hidden units
# schedule = "cosine"         # constant, step, exponential, inverse_scaling, plateau; warmup = 5
# clip_norm = 1.0
# monitor = "{monitor}"     # what early_stopping watches; val_loss by default
"""
ENCODER = """\
# latent = 2                  # the code, with `hidden` before it and the same backwards behind it
# tied = true                 # the decoder's weights are the encoder's, transposed
# sparsity = { rho = 0.05, beta = 3 }   # mean activity of the code; activation = "sigmoid"
# corruption, in [training], spoils the inputs: { kind = "masking", level = 0.3 }, or "gaussian"
"""
MEANS = {
    "optimizer": "sgd, momentum, adam, adamw, lm, lm_bayes, scg, lbfgs, rprop, …",
    "epochs": "at most",
    "early_stopping": "epochs without a better validation loss; the best weights come back",
    "scale": "of the inputs, inside of the model: standard, minmax, none",
    "scale_targets": "of the targets, undone in predictions",
    "batch_size": "rows an update",
    "weight_decay": "decoupled: every weight shrinks by learning_rate · weight_decay of itself",
}


def table_text(
    path: str, target: str | None, *, preset: str | None = None, task: str = "auto"
) -> str:
    """The text of a network file for a table. Raises what reading the table raises."""
    said = preset_of(preset)
    names = target.split(",") if target and "," in target else target
    data = {"split": [0.7, 0.15, 0.15], "means": "", **said["data"]}
    split = data["split"]
    problem = from_table(
        path, names, shares=split, means=data["means"], task=task, **said["network"]
    )
    net = problem.network
    training = dict(said["training"] or TABLE_TRAINING)
    if "batch_size" in training:
        training["batch_size"] = min(training["batch_size"], max(1, len(problem.train) // 2))
    own = f"{Path(path).stem}.toml"
    around = net.preparation
    classes = around.classes if around else None
    return TEXT.format(
        file=Path(path).name,
        own=own,
        preset=f'\npreset = "{preset}"\n' if preset else "",
        file_text=json.dumps(Path(path).name, ensure_ascii=False),
        target=json.dumps(names if names is not None else [], ensure_ascii=False),
        task=problem.task,
        classes=f": {', '.join(map(str, classes[:8]))}" + (", …" if len(classes) > 8 else "")
        if classes
        else "",
        split=list(split),
        columns="\n".join(column_lines(problem)),
        guess=f"# To be beaten: {guess(problem)}\n" if problem.target else "",
        encoder=ENCODER if problem.task == "autoencoder" else "",
        hidden=list(net.layers[1:-1]),
        activation=net.activations[0].name,
        output=net.activations[-1].name,
        loss=net.loss,
        init=said["network"].get("init", "glorot"),
        training="\n".join(training_lines(training)),
        monitor="val_accuracy" if problem.task == "classification" else "val_rmse",
    )


def column_lines(problem: Problem) -> list[str]:
    """What becomes of each column, as comments."""
    width = max(len(n.column) for n in problem.columns)
    lines = [f"# {len(problem.x):,} rows; columns:"]
    for note in problem.columns:
        fate = (
            f"{note.inputs} input{'s' if note.inputs != 1 else ''}" if note.inputs else "left out"
        )
        why = f" ({note.why})" if note.why else ""
        lines.append(f"#   {note.column.ljust(width)}  {note.kind.ljust(8)}  {fate}{why}")
    return [*lines, *(f"# {note}" for note in problem.notes)]


def training_lines(training: dict[str, Any]) -> list[str]:
    """The options with their values, and what they mean."""
    lines = []
    for key, value in training.items():
        assert key in Options.__struct_fields__
        text = f"{key} = {json.dumps(value)}"
        lines.append(f"{text.ljust(29)} # {MEANS[key]}" if key in MEANS else text)
    return lines
