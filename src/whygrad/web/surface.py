"""What a large network with one or two inputs computes, as numbers that a page only draws.

A small network's page evaluates the formulas itself (`page/curves/evaluated.js`), a large one's is
given the outputs on a grid and at the samples. `page/curves/given.js` reads them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from whygrad.models.mlp import Network
from whygrad.names import Value
from whygrad.notation import notation
from whygrad.recording import Trace
from whygrad.web.matrices import packed

Data = dict[str, Any]
POINTS = {1: 240, 2: 60}  # a side, by how many inputs there are: what a page draws
REACH = 0.25  # of the samples' width, that is drawn around them
OUTPUTS = 10  # that can be chosen from
MOST_WORK = 2e9  # products; more would keep the first view waiting


def surface_data(trace: Trace) -> Data | None:
    """The first outputs over the inputs; None where there are too many inputs, or it takes long.

    values: of each output a number a point, from the top left along the rows; samples: inputs, and
    of each output what it is and what it was to be.
    """
    network = trace.network
    if network is None or network.layers[0] not in POINTS:
        return None
    x, y = trace.recorded.values["x"], trace.recorded.values["y"]
    axes = [around(column) for column in x.T]
    points = lattice(axes, POINTS[len(axes)])
    if len(points) * sum(array.size for array in network.parameters.values()) > MOST_WORK:
        return None
    count = min(OUTPUTS, network.layers[-1])
    wanted = y[:, None] == np.arange(count) if y.ndim == 1 else y[:, :count]
    with np.errstate(all="ignore"):
        values, found = (network.outputs_of(at)[:, :count] for at in (points, x))
        values = values.astype("<f4")
    samples = np.concatenate([x, found, wanted], axis=1)
    return {
        "names": names(network, count),
        "axes": axes,
        "values": [packed(column) for column in values.T],
        "samples": packed(samples.astype("<f8")),
    }


def around(numbers: np.ndarray) -> tuple[float, float]:
    """From where to where an axis goes, so that there is room around these numbers."""
    low, high = float(numbers.min()), float(numbers.max())
    room = REACH * (high - low) if high > low else 1.0
    return low - room, high + room


def lattice(axes: list[tuple[float, float]], side: int) -> np.ndarray:
    """The inputs of all points: along one axis from end to end, of a plane its cells' middles."""
    if len(axes) == 1:
        return np.linspace(*axes[0], side)[:, None]
    middles = (np.arange(side) + 0.5) / side
    across, up = (low + (high - low) * middles for low, high in axes)
    right, above = np.meshgrid(across, up[::-1])
    return np.stack([right.ravel(), above.ravel()], axis=1)


def names(network: Network, count: int) -> Data:
    """What inputs and outputs are called, without a number of a sample."""
    said = notation(None, network.graph(1), network.renamed)
    inputs = [said.text(Value("x", (0, k))) for k in range(network.layers[0])]
    outputs = [said.text(Value(f"out{network.depth}", (0, k))) for k in range(count)]
    return {"inputs": inputs, "outputs": outputs}
