"""whygrad: back-propagation that shows its work.

Importing it loads numpy and nothing heavier; each public name loads its module when it is first
asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from whygrad.op import op  # now: imported later, the module would take the name's place

if TYPE_CHECKING:
    from whygrad import ops
    from whygrad.derivation import Derivation
    from whygrad.diagnosis.report import why_gradient, why_not_finite
    from whygrad.errors import WhygradError
    from whygrad.exercises.exercise import exercise
    from whygrad.exports.export import export
    from whygrad.files.config import load
    from whygrad.gradcheck import check, check_gradient
    from whygrad.grading.marking import grade
    from whygrad.graph import Graph, spec, trace
    from whygrad.interop.matlab import from_matlab
    from whygrad.models.mlp import Network, mlp
    from whygrad.recording import Trace, backprop
    from whygrad.training.loop import train
    from whygrad.training.run import Run
    from whygrad.web.view import view

__version__ = "0.1.0"

__all__ = [
    "Derivation",
    "Graph",
    "Network",
    "Run",
    "Trace",
    "WhygradError",
    "backprop",
    "check",
    "check_gradient",
    "exercise",
    "export",
    "from_matlab",
    "grade",
    "load",
    "mlp",
    "op",
    "ops",
    "spec",
    "trace",
    "train",
    "view",
    "why_gradient",
    "why_not_finite",
]

_HOMES = {
    "Derivation": "derivation",
    "Graph": "graph",
    "Network": "models.mlp",
    "Run": "training.run",
    "Trace": "recording",
    "WhygradError": "errors",
    "backprop": "recording",
    "check": "gradcheck",
    "check_gradient": "gradcheck",
    "exercise": "exercises.exercise",
    "export": "exports.export",
    "from_matlab": "interop.matlab",
    "grade": "grading.marking",
    "load": "files.config",
    "mlp": "models.mlp",
    "ops": "ops",
    "spec": "graph",
    "trace": "graph",
    "train": "training.loop",
    "view": "web.view",
    "why_gradient": "diagnosis.report",
    "why_not_finite": "diagnosis.report",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        from whygrad.equivalents import FUNCTIONS, missing_attribute

        raise missing_attribute("module 'whygrad'", name, FUNCTIONS)
    # Operations are registered as their rules are read: before anything is done with a name.
    found = import_module("whygrad.ops")
    if name != "ops":
        found = getattr(import_module(f"whygrad.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
