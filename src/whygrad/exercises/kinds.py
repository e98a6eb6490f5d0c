"""The kinds of exercises: what is drawn, which lines are asked for, which of them are results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from whygrad.derivation import Step
from whygrad.errors import ConfigError, nearest
from whygrad.exercises.convolution import patch_problem
from whygrad.exercises.networks import Standard, Style, drawn
from whygrad.exercises.numbers import Draw
from whygrad.exercises.problem import Problem
from whygrad.models.learning import Plan
from whygrad.models.mlp import mlp
from whygrad.names import Reference, Value

DECIMALS = {1: 5, 2: 6, 3: 6}  # of a level's printed numbers
LEVELS = tuple(DECIMALS)
TRIES = 2000  # draws until every number shows


@dataclass(frozen=True)
class Solution:
    """The lines of a solution, in order.

    context: what has been worked out before the question. asked: the lines of the question itself.
    results: what it ends with; the sentence of the task names them.
    """

    context: tuple[Step, ...]
    asked: tuple[Step, ...]
    results: tuple[Reference, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.context + self.asked


@dataclass(frozen=True)
class Shape:
    """A network's architecture at one level, and how its numbers look."""

    layers: tuple[int, ...]
    hidden: str = "sigmoid"
    output: str | None = None
    loss: str = "half_squared_error"
    samples: int = 1
    style: Style = field(default_factory=Style)
    standard: Standard = field(default_factory=Standard)
    rate: float | None = 0.5

    def problem(self, draw: Draw) -> Problem:
        network = mlp(
            self.layers, activation=self.hidden, output_activation=self.output, loss=self.loss
        )
        plan = Plan(self.rate)
        return drawn(draw, network, plan, self.style, [self.standard], self.samples)


@dataclass(frozen=True)
class Kind:
    """A kind of exercise. problem: draws its numbers for a level. solution: its lines."""

    key: str
    problem: Callable[[Draw, int], Problem]
    solution: Callable[[Problem, int], Solution]

    def drawn(self, draw: Draw, level: int) -> tuple[Problem, Solution]:
        """A problem, and its solution, whose every number shows four digits on the sheet."""
        for _ in range(TRIES):
            problem = self.problem(draw, level)
            solution = self.solution(problem, level)
            if all(step.value == 0 or abs(step.value) >= least(level) for step in solution.steps):
                return problem, solution
        raise ConfigError("No readable numbers were found.", given=f"{self.key}, level {level}")


def least(level: int) -> float:
    """The smallest number that shows four digits with a level's decimals."""
    return 10.0 ** (3 - DECIMALS[level])


def shaped(key: str, shapes: Mapping[int, Shape], solution: Callable[..., Solution]) -> Kind:
    """A kind whose levels are networks of different shapes."""
    return Kind(key, lambda draw, level: shapes[level].problem(draw), solution)


EASY = Style(1, signed=False)
# One class for a whole class: its output is given, of the others one can be asked.
LAST_RIGHT = Style(1, signed=False, label=2)


def dead(layers: tuple[int, ...], **more: Any) -> Shape:
    """A network with one dead hidden unit, and outputs as they come; only gradients are asked."""
    alive = Standard(dead=1)
    return Shape(layers, "relu", "identity", standard=alive, rate=None, **more)


# ---- solutions ----------------------------------------------------------------------------------


def forward(problem: Problem, level: int) -> Solution:
    """Every value up to the error."""
    outputs = problem.nodes("out")[-1:] + problem.nodes("loss")
    results = tuple(ref for node in outputs for ref in problem.names.entries(node))
    return Solution((), (*problem.forward(), *problem.error()), results)


def output_weight(problem: Problem, level: int) -> Solution:
    """The first output weight by the chain rule, and its step."""
    network = problem.trace.network
    assert network is not None
    return one_weight(problem, Value(f"W{network.depth}", (0, 0)))


def hidden_weight(problem: Problem, level: int) -> Solution:
    """The first hidden weight by the chain rule, and its step."""
    return one_weight(problem, Value("W1", (0, 0)))


def one_weight(problem: Problem, at: Value) -> Solution:
    chain, update = problem.chain(at), problem.update(at)
    return Solution(tuple(problem.forward()), (*chain, update), (chain[-1].ref, update.ref))


def full_step(problem: Problem, level: int = 3) -> Solution:
    """Forward, error, δ, gradient and step of every parameter, from the output backwards."""
    steps = [*problem.forward(), *problem.error()]
    layers = sorted({n.layer for n in problem.nodes("net")}, reverse=True)
    for layer in layers:
        learned = [*problem.tied(layer), *problem.learned(layer)]
        steps += [*problem.deltas(layer), *problem.gradients(learned)]
    updates = [u for layer in reversed(layers) for u in problem.updates(problem.learned(layer))]
    ends = updates or [s for layer in layers for s in problem.gradients(problem.learned(layer))]
    loss = problem.trace.recorded.loss
    return Solution((), (*steps, *updates), (loss, *(s.ref for s in ends)))


def backward(problem: Problem, weights: list[Value], steps: bool = True) -> Solution:
    """Forward, error, every δ, and some of the gradients with their steps."""
    lines = [*problem.forward(), *problem.error()]
    for layer in sorted({n.layer for n in problem.nodes("net")}, reverse=True):
        chosen = [w for w in weights if problem.trace.graph[w.node].layer == layer]
        if chosen or layer > min(problem.trace.graph[w.node].layer for w in weights):
            lines += [*problem.deltas(layer), *problem.gradients(chosen)]
    updates = problem.updates(weights) if steps else []
    ends = updates or problem.gradients(weights)
    return Solution((), (*lines, *updates), (problem.trace.recorded.loss, *(s.ref for s in ends)))


def two_samples(problem: Problem, level: int) -> Solution:
    """A weight and a bias of the first layer, whose gradients are sums over the samples."""
    return backward(problem, [Value("W1", (0, 0)), Value("b1", (0,))])


def softmax_cross_entropy(problem: Problem, level: int) -> Solution:
    """δ of each output, and the gradients of one weight of each layer."""
    network = problem.trace.network
    assert network is not None
    ends = [Value(f"W{k}", (0, 0)) for k in range(1, network.depth + 1)]
    return backward(problem, ends if level == 3 else ends[-1:])


def dead_relu(problem: Problem, level: int) -> Solution:
    """The gradients of the weights into every hidden unit: those of the dead one are 0."""
    first = problem.trace.graph["W1"]
    return backward(problem, list(problem.names.entries(first)), steps=False)


def convolution(problem: Problem, level: int) -> Solution:
    """The kernel's gradients: a sum over the four places where it was laid."""
    kernel, bias = problem.trace.graph["k"], problem.trace.graph["b"]
    refs = list(problem.names.entries(kernel))[: 1 if level == 1 else None]
    refs += list(problem.names.entries(bias)) if level > 1 else []
    steps = [*problem.forward(), *problem.error(), *problem.deltas(1), *problem.gradients(refs)]
    updates = problem.updates(refs)
    loss = problem.trace.recorded.loss
    return Solution((), (*steps, *updates), (loss, *(s.ref for s in updates)))


def find_the_mistake(problem: Problem, level: int) -> Solution:
    """A whole solution in which one line is wrong."""
    if level == 3:
        return full_step(problem)
    return (output_weight if level == 1 else hidden_weight)(problem, level)


# ---- the list -----------------------------------------------------------------------------------

KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        shaped("forward", {
            1: Shape((2, 2, 1), style=EASY, rate=None),
            2: Shape((2, 2, 2), rate=None),
            3: Shape((2, 3, 2), "tanh", "sigmoid", rate=None),
        }, forward),
        shaped("output_weight", {
            1: Shape((2, 2, 1), style=EASY),
            2: Shape((2, 2, 2)),
            3: Shape((2, 3, 2), "tanh", "sigmoid"),
        }, output_weight),
        shaped("hidden_weight", {
            1: Shape((2, 2, 1), style=EASY),
            2: Shape((2, 2, 2)),
            3: Shape((2, 3, 2), "tanh", "sigmoid"),
        }, hidden_weight),
        shaped("full_step", {
            1: Shape((2, 1, 1), style=EASY, standard=Standard(1e-2)),
            2: Shape((2, 2, 1)),
            3: Shape((2, 2, 2), "tanh", "sigmoid"),
        }, full_step),
        shaped("two_samples", {
            1: Shape((2, 1), "sigmoid", samples=2, style=EASY),
            2: Shape((2, 1, 1), samples=2),
            3: Shape((2, 2, 1), "tanh", "identity", samples=2),
        }, two_samples),
        shaped("softmax_cross_entropy", {
            1: Shape((2, 3), loss="softmax_cross_entropy", style=LAST_RIGHT),
            2: Shape((2, 2, 3), "tanh", loss="softmax_cross_entropy"),
            3: Shape((2, 2, 3), "tanh", loss="softmax_cross_entropy"),
        }, softmax_cross_entropy),
        shaped("dead_relu", {
            1: dead((2, 2, 1), style=Style(1)),
            2: dead((2, 3, 1)),
            3: dead((2, 2, 2), samples=2),
        }, dead_relu),
        Kind("convolution", lambda draw, level: patch_problem(draw, level, Plan(0.1)), convolution),
        shaped("find_the_mistake", {
            1: Shape((2, 2, 1), style=EASY),
            2: Shape((2, 2, 2)),
            3: Shape((2, 2, 1)),
        }, find_the_mistake),
    )
}  # fmt: skip


def kind_of(key: str) -> Kind:
    """The kind of a name; hyphens count as underscores. Raises ConfigError with the nearest."""
    found = key.strip().lower().replace("-", "_").replace(" ", "_")
    if found not in KINDS:
        raise ConfigError(f"There is no exercise {key!r}.", hint=nearest(found, KINDS))
    return KINDS[found]
