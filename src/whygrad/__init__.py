"""whygrad: back-propagation that shows its work.

Importing it loads numpy and nothing heavier.
"""

from whygrad import ops
from whygrad.graph import spec, trace
from whygrad.models.mlp import Network, mlp
from whygrad.recording import Trace, backprop

__version__ = "0.1.0"

__all__ = ["Network", "Trace", "backprop", "mlp", "ops", "spec", "trace"]
