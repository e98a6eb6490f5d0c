"""Network: a stack of fully connected layers, its parameters, and the graph that they make.

Weights are (out, in), net = x · Wᵀ + b, as in PyTorch; batches are rows.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.data import orientation
from whygrad.data.preparation import Preparation
from whygrad.errors import ConfigError, DataError, NameUnknownError, ShapeError, nearest
from whygrad.forward import evaluate
from whygrad.graph import Graph
from whygrad.models.activations import activations_of
from whygrad.models.autoencoder import check_autoencoder, decoder
from whygrad.models.computation import Computation, answering
from whygrad.models.initial import first_parameters
from whygrad.models.objective import (
    REDUCTIONS,
    Sparsity,
    check_targets,
    loss_name,
    objective,
    sparsity_of,
)
from whygrad.notation import Textbook
from whygrad.numeric import xp
from whygrad.op import Op

if TYPE_CHECKING:  # a network shows itself
    from whygrad.pages.document import Document
    from whygrad.render.drawings.diagram import Diagram

BIASES = ("per_neuron", "shared", "none")


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A fully connected network: sizes, activations, loss, parameters.

    layers: neurons a layer, inputs first. activations: one operation for each layer after them.
    loss: the name of an objective. bias: "per_neuron", "shared" (one a layer) or "none".
    parameters: W1 (out, in), b1 (out,) or (), … float64. renamed: textbook name → own name.
    reduction: "mean" or "sum" over samples. autoencoder: whether the targets are the inputs.
    preparation: how data become inputs and outputs become answers (scaling, columns, classes).
    tied: whether the decoder's weights are the encoder's, transposed: only these are parameters.
    sparsity: what is asked of the mean activity of an auto-encoder's code.
    init: how first parameters are drawn, and those of further starts.
    """

    layers: tuple[int, ...]
    activations: tuple[Op, ...]
    loss: str
    bias: str
    parameters: Mapping[str, np.ndarray] = field(repr=False)
    renamed: Mapping[str, str] = field(default_factory=dict, repr=False)
    reduction: str = "mean"
    autoencoder: bool = False
    preparation: Preparation | None = field(default=None, repr=False)
    tied: bool = False
    sparsity: Sparsity | None = None
    init: str = "glorot"

    def document(self) -> Document:
        """The network's general equations as a page."""
        from whygrad.pages.general import equations_document

        return equations_document(self)

    def diagram(self) -> Diagram:
        """The network as a block diagram of any size: `print` it, or save it as SVG."""
        from whygrad.drawing.stages import stages
        from whygrad.render.drawings.diagram import Diagram

        return Diagram(stages(self))

    def __repr__(self) -> str:
        kinds = ", ".join(a.name for a in self.activations)
        count = sum(v.size for v in self.parameters.values())
        sizes = "-".join(map(str, self.layers))
        return f"<Network {sizes}: {kinds}; {self.loss}; {count:,} parameters>"

    def _repr_html_(self) -> str:
        return self.document()._repr_html_()

    def _repr_latex_(self) -> str:
        return self.document()._repr_latex_()

    @property
    def depth(self) -> int:
        """How many layers have weights."""
        return len(self.layers) - 1

    @property
    def is_plain(self) -> bool:
        """Whether each weight is of one layer, and each sample's loss of that sample alone."""
        return not self.tied and self.sparsity is None

    @property
    def code_layer(self) -> int:
        """The layer whose outputs are an auto-encoder's code: its middle, else the narrowest."""
        if self.depth % 2 == 0 and self.layers == self.layers[::-1]:
            return self.depth // 2
        return 1 + int(np.argmin(self.layers[1:-1] or (0,)))

    def graph(
        self,
        samples: int = 1,
        labels: bool = False,
        dropped: Sequence[int] = (),
        extras: Collection[str] = (),
    ) -> Graph:
        """The computation of the loss for so many samples; labels: targets are class numbers.

        dropped: the layers whose outputs are multiplied with a mask (dropout; 0 are the inputs).
        extras: further sources: "weight" (samples,), a weight a sample; "known" (samples, outputs),
        0 for a target that is not known; "noise0", what is added to the inputs.
        """
        return Computation(self, samples).loss(labels, dropped, extras)

    def output_graph(self, samples: int = 1) -> Graph:
        """Σ outputs · chosen: its gradient in a sample is the chosen row of that one's Jacobian."""
        return Computation(self, samples).chosen_output()

    def inputs(self, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray, bool]:
        """Samples as rows, targets as rows or labels, and which of the two they are.

        One sample may be given without its outer brackets. Where the network scales, encodes
        columns or names classes, what is given is in the data's own terms.
        Raises DataError or ShapeError where they cannot be this network's.
        """
        x, targets, labels = self.samples(x, y)
        around = self.preparation
        if around is not None:
            x = around.inputs.scaled(x) if around.inputs else x
            targets = around.targets.scaled(targets) if around.targets else targets
        return x, targets, labels

    def samples(
        self, x: Any, y: Any, dtype: type = np.float64
    ) -> tuple[np.ndarray, np.ndarray, bool]:
        """The same before any scaling, in a type of one's own."""
        if self.preparation is not None:
            x, y = self.preparation.columns(x), self.preparation.coded(y)
            if self.preparation.classes and y is not None and not self._takes_labels:
                y = np.eye(self.layers[-1])[y] if self.layers[-1] > 1 else y
        orientation.check_rows(x, y, self.layers[0], self.layers[-1])
        x = self._rows("inputs", x, self.layers[0], dtype)
        if y is None and self.autoencoder:
            y = x
        if y is None:
            raise DataError("No targets were given.", hint="backprop(net, x, y)")
        labels = self._labels(y, len(x))
        targets = labels
        if labels is None:
            targets = self._rows("targets", y, self.layers[-1], dtype)
        assert targets is not None
        if len(targets) != len(x):
            raise ShapeError(
                "Inputs and targets must have equally many samples.",
                given=f"{len(x)} rows of inputs, {len(targets)} of targets",
            )
        check_targets(self.loss, targets, self.layers[-1])
        return x, targets, labels is not None

    @property
    def _takes_labels(self) -> bool:
        """Whether the loss takes class numbers; another learns 1 for the class and 0 elsewhere."""
        return objective(self.loss).per_sample

    def _labels(self, y: Any, samples: int) -> np.ndarray | None:
        """Class numbers, where the loss takes them and these are such."""
        try:
            array = np.asarray(y)
        except ValueError:
            return None
        whole = np.issubdtype(array.dtype, np.integer)
        if self._takes_labels and whole and array.ndim <= 1:
            array = array.reshape(-1)
            if len(array) == samples or samples != 1:
                return array
        return None

    def _rows(self, what: str, given: Any, width: int, dtype: type = np.float64) -> np.ndarray:
        try:
            if np.iscomplexobj(given):
                raise TypeError("complex numbers")
            array: np.ndarray = np.asarray(given, dtype=dtype)
        except (TypeError, ValueError):
            raise DataError(
                f"The {what} must be numbers, a row a sample.",
                given=repr(given)[:200],
                hint="a list of rows of equal length",
            ) from None
        if array.ndim == 1 and width in (1, len(array)):
            array = array.reshape(-1, width)
        if array.size == 0:
            raise DataError(f"The {what} are empty.")
        if array.ndim != 2 or array.shape[1] != width:
            layer = "input" if what == "inputs" else "output"
            turned = array.ndim == 2 and array.shape[0] == width
            raise ShapeError(
                f"The {what} do not fit the network's {layer} layer.",
                given=f"{what} of shape {array.shape}, a layer of {width} neurons",
                why=orientation.WHY if turned else "a row is a sample, a column a neuron",
                hint=("X.T" if what == "inputs" else "y.T") if turned else "",
            )
        for start, part in blocks(array):
            if not np.isfinite(part).all():
                at = np.argwhere(~np.isfinite(part))[0] + 1
                raise DataError(
                    f"The {what} must be finite numbers.",
                    given=f"{part[tuple(at - 1)]} in row {start + at[0]}, column {at[1]}",
                    hint='train(…, missing_targets="mask") leaves unknown targets out of the loss'
                    if what == "targets" and np.isnan(part[tuple(at - 1)])
                    else "",
                )
        return array

    def outputs(self, x: Any, layer: int | None = None) -> np.ndarray:
        """The last layer's outputs (samples, outputs), or another layer's, as the network has them.

        x: inputs (samples, inputs) in the data's own terms. Raises what `inputs` raises.
        """
        layer = self.depth if layer is None else layer
        if not 1 <= layer <= self.depth:
            raise ConfigError(
                "There is no such layer.", given=str(layer), hint=f"1 to {self.depth}"
            )
        dtype = next(iter(self.parameters.values())).dtype.type
        if self.preparation is not None:
            x = self.preparation.columns(x)
        x = self._rows("inputs", x, self.layers[0], dtype)
        return np.concatenate([self._forward(part, layer) for _, part in blocks(x)])

    def _forward(self, x: np.ndarray, layer: int) -> np.ndarray:
        if self.preparation is not None and self.preparation.inputs:
            x = self.preparation.inputs.scaled(x)
        return self.outputs_of(x, layer)

    def outputs_of(self, x: np.ndarray, layer: int | None = None) -> np.ndarray:
        """The outputs for inputs as the network sees them, scaled already."""
        layer = self.depth if layer is None else layer
        graph = answering(self, len(x))
        found = evaluate(graph, {"x": x, **self.parameters}, xp)[f"out{layer}"]
        return np.asarray(found, x.dtype)

    def predict(self, x: Any) -> np.ndarray:
        """What the network says of inputs (samples, inputs): its outputs, or class labels.

        Targets that were scaled come back in their own units (samples, outputs); where the network
        names classes (`preparation.classes`), the most probable one of each sample (samples,).
        """
        out = self.outputs(x)
        return out if self.preparation is None else self.preparation.answer(out)

    @property
    def has_probabilities(self) -> bool:
        """Whether its outputs are probabilities of classes."""
        return objective(self.loss).targets in ("probability", "distribution")

    def predict_proba(self, x: Any) -> np.ndarray:
        """The probability of each class (samples, classes), in the order of the classes."""
        if not self.has_probabilities:
            raise ConfigError(
                "Probabilities were asked of a network that has none.", given=f"loss {self.loss!r}"
            )
        out = self.outputs(x)
        two = self.layers[-1] == 1
        return np.concatenate([1 - out, out], axis=1) if two else out

    def encode(self, x: Any) -> np.ndarray:
        """The codes of inputs (samples, units of the code layer): what an auto-encoder keeps."""
        return self.outputs(x, self.code_layer)

    def decode(self, codes: Any) -> np.ndarray:
        """What codes (samples, units of the code layer) become, as `predict` gives it."""
        return decoder(self).predict(codes)

    def weight(self, layer: int) -> np.ndarray:
        """The weights (out, in) of a layer; where they are tied, the encoder's, transposed."""
        own = self.parameters.get(f"W{layer}")
        return self.parameters[f"W{self.depth + 1 - layer}"].T if own is None else own

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the network with everything around it as safetensors; `load` reads it back."""
        from whygrad.models.storage import save

        save(self, path)

    def with_parameters(self, **given: Any) -> Network:
        """The same network with other parameters: matrices (W1=…) or single ones (w5=0.4).

        Raises ShapeError for a shape that does not fit (a transposed one is called so), and
        NameUnknownError for a name that does not exist.
        """
        kind = np.result_type(np.float32, *(v.dtype for v in self.parameters.values()))
        parameters = {k: np.array(v, dtype=kind) for k, v in self.parameters.items()}
        for name, value in given.items():
            if name in parameters:
                parameters[name] = self._array(name, value)
                continue
            node, index = self._entry(name)
            parameters[node][index] = self._number(name, value)
        return replace(self, parameters=parameters)

    def _array(self, name: str, value: Any) -> np.ndarray:
        shape = self.parameters[name].shape
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise ConfigError(
                f"{name} must be numbers in rows of equal length.", given=repr(value)[:200]
            ) from None
        if array.shape != shape:
            turned = array.ndim == 2 and array.T.shape == shape
            raise ShapeError(
                f"{name} does not fit its layer.",
                given=f"shape {array.shape}; its layer needs {shape}",
                why="it is transposed: weights are (out, in), a row a neuron" if turned else "",
                hint='layout = "in_out" for the other orientation' if turned else "",
            )
        if not np.isfinite(array).all():
            raise DataError(f"{name} must hold finite numbers.", given=repr(value)[:200])
        return np.array(array)

    def _entry(self, name: str) -> tuple[str, tuple[int, ...]]:
        naming = Textbook(self.graph(), self.renamed)
        try:
            found = naming.find(name)
        except NameUnknownError:
            found = None
        if found is None or found.node not in self.parameters or found.index is None:
            known = [
                naming.text(r)
                for node in self.parameters
                for r in naming.entries(naming.graph[node])
            ]
            raise NameUnknownError(
                f"The network has no parameter {name!r}.",
                hint=nearest(name, [*self.parameters, *known]),
            )
        return found.node, found.index

    def _number(self, name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            raise ConfigError(f"{name} must be one number.", given=repr(value)[:200])
        if not np.isfinite(value):
            raise DataError(f"{name} must be a finite number.", given=str(value))
        return float(value)


BLOCK = 16_384


def blocks(x: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Some rows at a time: what is computed of all of them at once would be many times as large."""
    return ((start, x[start : start + BLOCK]) for start in range(0, len(x), BLOCK))


def mlp(
    layers: Sequence[int],
    *,
    activation: str | Op | Sequence[str | Op] = "sigmoid",
    output_activation: str | Op | None = None,
    loss: str = "half_squared_error",
    bias: str = "per_neuron",
    names: Mapping[str, str] | None = None,
    reduction: str = "mean",
    autoencoder: bool = False,
    seed: int = 0,
    init: str = "glorot",
    tied: bool = False,
    sparsity: Mapping[str, float] | Sparsity | None = None,
) -> Network:
    """A fully connected network with first parameters drawn from `seed`.

    layers: neurons a layer, inputs first: [2, 2, 2]. activation: one for all hidden layers, or one
    a layer (with the output's, or without it); a name or a formula in x.
    output_activation: default: the loss's own (softmax, sigmoid), else the hidden one.
    loss, bias, reduction: see Network. names: textbook name → own name.
    init: glorot, he, lecun, uniform, nguyen_widrow or zeros (see models/initial.py).
    autoencoder: the targets are the inputs. tied: its decoder's weights are the encoder's,
    transposed. sparsity: {"rho": 0.05, "beta": 3}, a penalty of the code's mean activity.
    Raises ConfigError for an unknown name or a layer that cannot be.
    """
    sizes = _sizes(layers)
    if bias not in BIASES:
        raise ConfigError(f"There is no bias {bias!r}.", hint=nearest(bias, BIASES))
    if reduction not in REDUCTIONS:
        raise ConfigError(
            f"There is no reduction {reduction!r}.", hint=nearest(reduction, REDUCTIONS)
        )
    loss = loss_name(loss)
    reduction = objective(loss).reduction or reduction
    activations = activations_of(activation, output_activation, len(sizes) - 1, loss)
    network = Network(
        sizes, activations, loss, bias, {}, dict(names or {}), reduction, autoencoder,
        tied=tied, sparsity=sparsity_of(sparsity), init=init,
    )  # fmt: skip
    check_autoencoder(network)
    return replace(network, parameters=first_parameters(sizes, bias, seed, init, tied))


def _sizes(layers: Sequence[int]) -> tuple[int, ...]:
    good = all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in layers)
    if not good or len(layers) < 2 or min(layers) < 1:
        raise ConfigError(
            "A network needs at least two layers of at least one neuron each.",
            given=f"layers = {layers!r}",
            hint="[2, 2, 2]: two inputs, two hidden neurons, two outputs",
        )
    return tuple(int(n) for n in layers)
