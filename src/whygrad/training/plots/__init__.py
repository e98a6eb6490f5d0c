"""Pictures of a training and of what a network says, as matplotlib figures of their own.

Each is a function of arrays; `run.plot()` draws those that a run has the numbers for.
"""

from whygrad.training.plots.agreement import error_histogram, fit, regression
from whygrad.training.plots.canvas import write
from whygrad.training.plots.classes import confusion
from whygrad.training.plots.codes import filters, latent, reconstructions
from whygrad.training.plots.course import gradients, performance, training_state

__all__ = [
    "confusion",
    "error_histogram",
    "filters",
    "fit",
    "gradients",
    "latent",
    "performance",
    "reconstructions",
    "regression",
    "training_state",
    "write",
]
