"""Program: both passes of a network, its slopes and its update rule, as formulas in data.

A page that evaluates them in their order has made the very passes that Python makes: the formulas
are the rules read as symbols (engine/passes.py), so there is no second list of derivatives. What an
activation changes is carried for each one that a layer may have, and nothing else twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from whygrad import symbols
from whygrad.engine import passes
from whygrad.expr import Expr, as_expr, call, is_mask
from whygrad.graph import Graph, Node, leaf
from whygrad.models.learning import update_groups
from whygrad.models.mlp import Network
from whygrad.models.objective import objective
from whygrad.names import Delta, Gradient, Partial, Updated, Value
from whygrad.notation import Notation, notation
from whygrad.op import REGISTRY, Op
from whygrad.render.formula import Data, formula_data
from whygrad.reverse import differentiable, pull
from whygrad.training.options import ORDERS, Options
from whygrad.training.update import UPDATE_RULES, UpdateRule, update_rule

# What a layer's activation may be changed to, where its place in the network allows it.
CHOICES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "identity")


def program_data(
    network: Network, samples: int, labels: bool, notation_key: str | None, plan: Options
) -> dict[str, Any]:
    """The program of a network for so many samples. labels: whether targets are class numbers.

    notation_key: whose names the numbers have, the textbook's where it is None. plan: how it learns
    (train_bias, optimizer).
    """
    graph = network.graph(samples, labels)
    names = notation(notation_key, graph, network.renamed)
    roles = ("weight", "bias") if plan.train_bias else ("weight",)
    learned = [n for n in graph.nodes if n.role in roles]
    named = passes.operands(graph)
    slopes, masks = slopes_data(graph, (n for n in graph.nodes if n.op))
    return {
        "samples": samples,
        "nodes": [node_data(graph, n, names, n in learned) for n in graph.nodes],
        "loss": graph.output,
        "values": [[n.id, array_data(n, f)] for n, f in passes.values(graph, named)],
        "gradients": [[n.id, array_data(n, f)] for n, f in passes.gradients(graph, named)],
        "slopes": slopes,
        "masks": masks,
        "groups": {order: update_groups(learned, order) for order in ORDERS},
        "activations": {
            str(layer): activations_data(network, graph, layer)
            for layer in range(1, network.depth + 1)
        },
        "rule": rule_data(plan.optimizer),
    }


def node_data(graph: Graph, node: Node, names: Notation, learns: bool) -> dict[str, Any]:
    """What a node is, and what its numbers are called, row by row."""
    entries = list(names.entries(node))
    loss = graph[graph.output]
    total = Value(loss.id, (0,) * len(loss.shape))
    data: dict[str, Any] = {
        "id": node.id,
        "role": node.role,
        "layer": node.layer,
        "shape": list(node.shape),
        "op": None if node.op is None else node.op.name,
        "names": [names.text(ref) for ref in entries],
        "partials": [],
    }
    if differentiable(node) and node.id in graph.alive:  # a fused loss does not read the output
        data["partials"] = [names.text(Partial(total, ref)) for ref in entries]
    if node.integer:
        data["integer"] = True
    if node.role == "net":
        data["deltas"] = [names.text(Delta(ref)) for ref in entries]
    if learns:
        data["updated"] = [names.text(Updated(ref)) for ref in entries]
    return data


def array_data(node: Node, formula: Expr) -> Data:
    """The formula of a whole node; a number that a rule gives stands for all of its entries."""
    if formula.shape != node.shape:
        formula = call("broadcast_to", formula, shape=node.shape)
    return formula_data(formula)


def slopes_data(graph: Graph, nodes: Iterable[Node]) -> tuple[dict[str, Data], dict[str, Data]]:
    """∂node/∂its first input, entry by entry, of each element-wise node; and the masks among them.

    A rule that is a mask (relu: x > 0) has the slope 1 where it lets through, else 0.
    """
    slopes, masks = {}, {}
    for node in nodes:
        local = slope(graph, node)
        if local is None:
            continue
        if is_mask(local):
            masks[node.id] = array_data(node, local)
            local = call("where", local, 1.0, 0.0)
        slopes[node.id] = array_data(node, local)
    return slopes, masks


def slope(graph: Graph, node: Node) -> Expr | None:
    """What an element-wise rule says of its first input; None of another operation."""
    assert node.op is not None
    rule = node.op.local[0] if node.op.elementwise else None
    if rule is None:
        return None
    return as_expr(
        rule(passes.xp, leaf(node), *(leaf(graph[i]) for i in node.inputs), **node.attributes)
    )


# ---- activations --------------------------------------------------------------------------------


def choices(network: Network, layer: int) -> list[Op]:
    """The activations that a layer may have, the present one first."""
    present = network.activations[layer - 1]
    others = output_choices(network.loss) if layer == network.depth else CHOICES
    return [present, *(REGISTRY[name] for name in others if name != present.name)]


def output_choices(loss: str) -> tuple[str, ...]:
    """The activations that a loss allows the outputs.

    A fused one contains the activation; a loss of probabilities needs outputs between 0 and 1.
    """
    chosen = objective(loss)
    if chosen.fused:
        return (chosen.fused, "identity")
    return CHOICES if chosen.targets == "any" else ("sigmoid",)


def activations_data(network: Network, graph: Graph, layer: int) -> dict[str, Any]:
    """What a layer's formulas become with each activation that it may have.

    The activation stands in its own value, in the gradient that it passes on, and in its slope.
    """
    out = graph[f"out{layer}"]
    return {
        op.name: activation_data(graph, replace(out, op=op, attributes=dict(op.defaults)))
        for op in choices(network, layer)
    }


def activation_data(graph: Graph, out: Node) -> dict[str, Any]:
    """The formulas that an activation makes, `out` being its node."""
    assert out.op is not None
    net = graph[out.inputs[0]]
    value = as_expr(out.op.value(passes.xp, leaf(net), **out.attributes))
    slopes, masks = slopes_data(graph, [out])
    data = {
        "values": {out.id: array_data(out, value)},
        "gradients": {},
        "slopes": slopes,
        "masks": masks,
    }
    if out.id in graph.alive:  # the output of a fused loss is only looked at
        upstream = symbols.symbol(Gradient(out.id), out.shape)
        pulled = pull(out.op, passes.xp, upstream, leaf(out), [leaf(net)], out.attributes, [0])
        data["gradients"] = {net.id: array_data(net, pulled[0])}
    return data


# ---- the update ---------------------------------------------------------------------------------


def stepped_by(optimizer: Any) -> UpdateRule | None:
    """The rule of an optimizer that works number by number; None for another (lm, optax)."""
    name = optimizer.get("name") if isinstance(optimizer, Mapping) else optimizer
    if name not in UPDATE_RULES:
        return None
    rule = update_rule(optimizer)
    return rule if isinstance(rule, UpdateRule) else None


def rule_data(optimizer: Any) -> dict[str, Any]:
    """What a rule adds to a parameter w with the gradient g, and what it then remembers.

    Over the names w, g, what it keeps, rate and t (from 1). An optimizer that does not work number
    by number is stepped as plain descent.
    """
    rule = stepped_by(optimizer) or UPDATE_RULES["sgd"]
    w, g, rate, t = (symbols.symbol(name, ()) for name in ("w", "g", "rate", "t"))
    before: dict[str, Any] = {key: symbols.symbol(key, ()) for key in rule.keeps}
    step, after = rule.step(passes.xp, w, g, before, rate, t, **dict(rule.options))
    return {
        "name": rule.name,
        "keeps": list(rule.keeps),
        "step": formula_data(as_expr(step)),
        "memory": {key: formula_data(as_expr(after[key])) for key in rule.keeps},
    }
