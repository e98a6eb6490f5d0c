"""`whygrad init`: a commented network file with readable weights and one sample."""

from __future__ import annotations

import re
import textwrap
from itertools import pairwise

import numpy as np

from whygrad.errors import ConfigError
from whygrad.models.activations import activation
from whygrad.models.initial import generator
from whygrad.models.mlp import mlp
from whygrad.models.objective import OBJECTIVES, objective
from whygrad.notation import Textbook
from whygrad.op import REGISTRY

MARGIN = " " * 29 + "# "
LARGEST = 2_000  # numbers; a file of more is not for reading

HEAD = """\
# A network for whygrad. Try:
#   whygrad explain FILE              the whole solution        --of w1   why one number
#   whygrad check FILE                its gradients, proved
#   whygrad train FILE                gradient descent

[network]
layers = {layers}
activation = "{hidden}"       # {activations}, …
                             # or a formula in x: "x / (1 + exp(-x))"
                             # or one a layer: ["relu", "tanh"]
output_activation = "{output}"
loss = "{loss}"
{losses}
bias = "per_neuron"          # or "shared" (one a layer), or "none"
# task = "autoencoder"       # the targets are the inputs; tied = true,
                             # sparsity = {{rho = 0.05, beta = 3}}
"""

TAIL = """
# [names]                    # your own names for inputs, neurons, weights
# i1 = "height"

[data]                       # one sample, or a list of them: [[…], […]]; or file = "data.csv"
inputs = {inputs}
targets = {targets}

[training]
learning_rate = 0.5
iterations = 1000            # or epochs = …
# batch_size = 1             # update after every sample; shuffle = false keeps their order
# update_order = "sequential"  # the output layer first, as some programs do
train_bias = true
"""


def init_text(
    sizes: str,
    *,
    seed: int = 0,
    hidden: str = "sigmoid",
    output: str | None = None,
    loss: str = "half_squared_error",
) -> str:
    """A network file for sizes like "3-4-2", with weights of two decimals drawn from `seed`.

    Raises ConfigError where the sizes, an activation or the loss cannot be.
    """
    layers = parsed(sizes)
    output = output or objective(loss).fused or hidden
    for name in (hidden, output):
        activation(name)
    network = mlp(layers, activation=hidden, output_activation=output, loss=loss)
    naming = Textbook(network.graph())
    rng = generator(seed)
    head = HEAD.format(
        layers=layers,
        hidden=hidden,
        output=output,
        loss=loss,
        activations=", ".join(n for n in ("sigmoid", "tanh", "relu", "softplus") if n in REGISTRY),
        losses=comment(", ".join(name for name in OBJECTIVES if name != loss)),
    )
    lines = [head, "[parameters]                 # w1 … along the rows of W1, then W2, …"]
    for k in range(1, len(layers)):
        weights = readable(rng, layers[k - 1] * layers[k])
        entries = list(naming.entries(naming.graph[f"W{k}"]))
        for position, (ref, value) in enumerate(zip(entries, weights, strict=True)):
            tail, to = naming.unit(k - 1, position % layers[k - 1]), naming.unit(k, ref.index[0])  # type: ignore[index]
            lines.append(f"{naming.text(ref)} = {value:.2f}".ljust(28) + f" # {tail} → {to}")
        biases = readable(rng, layers[k])
        names = [naming.text(ref) for ref in naming.entries(naming.graph[f"b{k}"])]
        lines += [f"{name} = {value:.2f}" for name, value in zip(names, biases, strict=True)]
    inputs = [round(float(v), 1) for v in rng.choice(np.arange(1, 10), layers[0]) / 10]
    return "\n".join(lines) + "\n" + TAIL.format(inputs=inputs, targets=targets(layers[-1], loss))


def comment(words: str) -> str:
    """Words as comments beside the values."""
    return textwrap.fill(words, 96, initial_indent=MARGIN, subsequent_indent=MARGIN)


def parsed(sizes: str) -> list[int]:
    """The layers of a text like 3-4-2."""
    if not re.fullmatch(r"\d{1,6}(-\d{1,6})+", sizes) or "0" in sizes.split("-"):
        raise ConfigError(
            "The sizes of a network are neurons a layer, inputs first.",
            given=repr(sizes),
            hint="3-4-2: three inputs, four hidden neurons, two outputs",
        )
    layers = [int(n) for n in sizes.split("-")]
    count = sum(a * b + b for a, b in pairwise(layers))
    if count > LARGEST or min(layers) < 1:
        raise ConfigError(
            f"A file with {count:,} weights and biases is not for reading.",
            hint="leave [parameters] out: they are then drawn from [network] seed",
        )
    return layers


def readable(rng: np.random.Generator, count: int) -> np.ndarray:
    """Weights of two decimals, 0.05 to 0.95 either way: nothing is 0, nothing saturates."""
    return rng.integers(1, 20, count) * 0.05 * rng.choice([-1, 1], count)


def targets(outputs: int, loss: str) -> list[float]:
    """A target that the loss takes and that is not met already."""
    first = 1.0 if objective(loss).per_sample else 0.99
    rest = 0.0 if objective(loss).per_sample else 0.01
    return [first] + [rest] * (outputs - 1)
