"""whygrad: back-propagation that shows its work.

Importing it loads numpy and nothing heavier.
"""

from whygrad import ops
from whygrad.derivation import Derivation
from whygrad.errors import WhygradError
from whygrad.files.config import load
from whygrad.gradcheck import check
from whygrad.graph import Graph, spec, trace
from whygrad.models.mlp import Network, mlp
from whygrad.op import op
from whygrad.recording import Trace, backprop
from whygrad.training.loop import train
from whygrad.training.run import Run

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
    "load",
    "mlp",
    "op",
    "ops",
    "spec",
    "trace",
    "train",
]
