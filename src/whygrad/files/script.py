"""A network with its samples as a Python script that makes it again and prints its gradients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from whygrad.files.writer import printable, rows, size_guard
from whygrad.models.mlp import Network

SCRIPT = '''\
"""{about}

Prints the loss, and the gradient of every parameter.
"""

import whygrad as wg

net = wg.mlp(
{options}
).with_parameters(
{parameters}
)
x = {x}
y = {y}

trace = wg.backprop(net, x, y)
print("loss", trace.loss)
for name, gradient in trace.gradients.items():
    print(name, gradient.tolist())
'''


def script_text(network: Network, inputs: Any, targets: Any, about: str) -> str:
    """The script, every number at full precision. about: a line that says what it is.

    Raises ConfigError where it would be too large to be read.
    """
    size_guard(network, inputs, targets)
    given = ((name, literal(rows(value))) for name, value in network.parameters.items())
    return SCRIPT.format(
        about=printable(about).replace("\\", "/").replace('"', "'"),  # it stands in quotation marks
        options="\n".join(f"    {text}," for text in options(network)),
        parameters="\n".join(f"    {name}={value}," for name, value in given),
        x=literal(rows(inputs)),
        y="None" if targets is None else literal(rows(targets)),
    )


def options(network: Network) -> Iterator[str]:
    """The arguments of `mlp`; what is as usual is left out."""
    yield str(list(network.layers))
    yield f"activation={literal([a.name for a in network.activations])}"
    yield f"loss={literal(network.loss)}"
    yield f"bias={literal(network.bias)}"
    if network.reduction != "mean":
        yield f"reduction={literal(network.reduction)}"
    if network.autoencoder:
        yield "autoencoder=True"
    if network.tied:
        yield "tied=True"
    if network.sparsity is not None:
        yield f"sparsity={literal(asdict(network.sparsity))}"
    if network.renamed:
        yield f"names={literal(dict(network.renamed))}"


def literal(value: Any) -> str:
    """Numbers and texts in lists as Python writes them, and JSON too."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
