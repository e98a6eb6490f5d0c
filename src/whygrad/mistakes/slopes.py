"""Wrong slopes: what people take for the derivative of an activation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from whygrad.graph import Node
from whygrad.numeric import xp
from whygrad.reverse import pull

# What a node hands back of g, its input being x and its output y; None where it hands back nothing.
Slope = Callable[[Node, Any, Any, Any], Any]


def _slope(node: Node, g: Any, x: Any, y: Any) -> Any:
    """What the node's rule makes of g for these numbers."""
    assert node.op is not None
    with np.errstate(all="ignore"):
        return pull(node.op, xp, g, y, [x], node.attributes, [0]).get(0)


def _missing(node: Node, g: Any, x: Any, y: Any) -> Any:
    return g


def _doubled(node: Node, g: Any, x: Any, y: Any) -> Any:
    once = _slope(node, g, x, y)
    return None if once is None else _slope(node, once, x, y)


def _negated(node: Node, g: Any, x: Any, y: Any) -> Any:
    once = _slope(node, g, x, y)
    return None if once is None else -once


def _at_net(node: Node, g: Any, x: Any, y: Any) -> Any:
    """net · (1 − net) for out · (1 − out): the formula in out, fed with net."""
    return _slope(node, g, x, x)


def _at_out(node: Node, g: Any, x: Any, y: Any) -> Any:
    """σ′(out) for σ′(net): the formula in net, fed with out."""
    assert node.op is not None
    return _slope(node, g, y, node.op.value(xp, y, **node.attributes))


SLOPES: dict[str, Slope] = {
    "slope_missing": _missing,
    "slope_twice": _doubled,
    "slope_at_net": _at_net,
    "slope_at_out": _at_out,
    "slope_sign": _negated,
}
