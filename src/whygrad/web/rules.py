"""What may be put together to a network, as data: the page offers and accepts nothing else."""

from __future__ import annotations

from typing import Any

from whygrad.models.objective import OBJECTIVES
from whygrad.web.payload import MOST_PARAMETERS
from whygrad.web.program import CHOICES, output_choices


def rules_data() -> dict[str, Any]:
    """activations: of a hidden layer. parameters: most of a network that is drawn.

    losses: by name the activations of the outputs, the usual one first; whether the loss contains
    it (fused); which targets it takes ("any", "probability", "distribution").
    """
    losses = {
        name: {
            "outputs": list(output_choices(name)),
            "fused": bool(chosen.fused),
            "targets": chosen.targets,
        }
        for name, chosen in OBJECTIVES.items()
    }
    return {"activations": list(CHOICES), "losses": losses, "parameters": MOST_PARAMETERS}
