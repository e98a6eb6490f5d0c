"""Update rules as pure pairs: init(parameters) → state, update(gradients, state, rate) → steps.

A step is added to its parameter. Adding a rule is adding a pair here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class UpdateRule:
    """An optimizer: how gradients become steps."""

    init: Callable[[Arrays], Any]
    update: Callable[[Arrays, Any, float], tuple[dict[str, np.ndarray], Any]]


def sgd() -> UpdateRule:
    """Plain gradient descent, w⁺ = w − η·∂E/∂w: it keeps no state (Cauchy 1847)."""
    return UpdateRule(
        init=lambda parameters: None,
        update=lambda gradients, state, rate: (
            {name: -rate * g for name, g in gradients.items()},
            state,
        ),
    )


UPDATE_RULES: dict[str, Callable[[], UpdateRule]] = {"sgd": sgd}
