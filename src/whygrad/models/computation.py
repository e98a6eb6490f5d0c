"""The graph of a network: layer after layer, then the loss that is taken of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from whygrad import ops
from whygrad.graph import Graph, Spec, Tracer, Variable
from whygrad.models.objective import objective, sparsity_penalty, total_loss

if TYPE_CHECKING:  # a network builds its own graph
    from whygrad.models.mlp import Network

WEIGHT, KNOWN, NOISE = "weight", "known", "noise0"
EXTRAS = (WEIGHT, KNOWN, NOISE)


class Computation:
    """What a network computes of so many samples, node by node."""

    def __init__(self, net: Network, samples: int) -> None:
        self.net, self.samples = net, samples
        self.tracer = Tracer()
        self.x = self.tracer.source("x", Spec((samples, net.layers[0])), role="input")
        self.weights, self.biases = dict[int, Variable](), dict[int, Variable]()
        for k in range(1, net.depth + 1):
            for letter, role, found in (("W", "weight", self.weights), ("b", "bias", self.biases)):
                array = net.parameters.get(f"{letter}{k}")
                if array is not None:
                    name, spec = f"{letter}{k}", Spec(array.shape)
                    found[k] = self.tracer.source(name, spec, role=role, layer=k)

    def layers(self, dropped: Collection[int] = (), noisy: bool = False) -> list[Variable]:
        """The output layer's net input, then what each layer gives, inputs first."""
        net = self.x
        given = [self._corrupted(dropped, noisy)]
        for k in range(1, self.net.depth + 1):
            net = self._net(k, given[-1]).named(f"net{k}", role="net", layer=k)
            out = self.net.activations[k - 1](net).named(f"out{k}", role="out", layer=k)
            given.append(self._masked(out, k) if k in dropped else out)
        return [net, *given]

    def _corrupted(self, dropped: Collection[int], noisy: bool) -> Variable:
        """The inputs as the first layer sees them: a denoising auto-encoder's are spoilt."""
        x = self._masked(self.x, 0) if 0 in dropped else self.x
        if not noisy:
            return x
        noise = self.tracer.source(NOISE, Spec(self.x.shape), role="mask")
        return (x + noise).named("noisy0", role="kept")

    def _masked(self, out: Variable, k: int) -> Variable:
        shape = (self.samples, self.net.layers[k])
        mask = self.tracer.source(f"mask{k}", Spec(shape), role="mask", layer=k)
        return (out * mask).named(f"kept{k}", role="kept", layer=k)

    def _net(self, k: int, x: Variable) -> Variable:
        b = self.biases.get(k)
        W = self.weights.get(k)
        if W is None:  # tied: the encoder's own
            W = ops.transpose(self.weights[self.net.depth + 1 - k]).named(
                f"W{k}", role="tied", layer=k
            )
        return ops.project(x, W) if b is None else ops.linear(x, W, b)

    def loss(self, labels: bool, dropped: Sequence[int], extras: Collection[str]) -> Graph:
        """The loss of targets: rows, or class numbers where `labels`."""
        net, samples, depth = self.net, self.samples, self.net.depth
        width = (samples,) if labels else (samples, net.layers[-1])
        kind = int if labels else float
        y = self.tracer.source("y", Spec(width, kind), role="target", layer=depth)
        last, *given = self.layers(dropped, NOISE in extras)
        chosen = objective(net.loss)
        reads = last if chosen.fused else given[-1]
        weight = known = None
        if WEIGHT in extras:
            weight = self.tracer.source(WEIGHT, Spec((samples,)), role="mask", layer=depth)
        if KNOWN in extras:
            known = self.tracer.source(KNOWN, Spec(reads.shape), role="mask", layer=depth)
        loss = total_loss(chosen, reads, y, net.reduction, depth, weight, known)
        if net.sparsity is None:
            return self.tracer.graph(loss.named("E_total", role="loss"))
        loss = loss.named("E_data", role="part")
        code = net.code_layer
        penalty = sparsity_penalty(net.sparsity, given[code], code, weight)
        return self.tracer.graph((loss + penalty).named("E_total", role="loss"))

    def chosen_output(self) -> Graph:
        """Σ outputs · chosen: its gradient in a sample is the chosen row of that one's Jacobian."""
        width = self.samples, self.net.layers[-1]
        chosen = self.tracer.source("chosen", Spec(width), role="mask")
        return self.tracer.graph(ops.sum(self.layers()[-1] * chosen))


ANSWERING: WeakKeyDictionary[Network, tuple[int, Graph]] = WeakKeyDictionary()


def answering(net: Network, samples: int) -> Graph:
    """The outputs of so many samples, without a loss.

    A network's last one is kept: who asks row by row does not wait for it every time.
    """
    known = ANSWERING.get(net)
    if known is None or known[0] != samples:
        made = Computation(net, samples)
        known = samples, made.tracer.graph(made.layers()[-1])
        ANSWERING[net] = known
    return known[1]
