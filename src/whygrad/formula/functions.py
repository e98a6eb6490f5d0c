"""The functions that formulas may call: every registered operation that goes number by number."""

from __future__ import annotations

from whygrad import ops  # noqa: F401 — fills the registry
from whygrad.numeric import FUNCTIONS
from whygrad.op import REGISTRY, Op, make_op

# Element by element, but with a rule of the structured kind.
PIECEWISE = ("maximum", "minimum", "where")
# A function of xp that rules use and that is no operation: nothing flows back through it.
SIGN = make_op(
    lambda xp, x: xp.sign(x), local=lambda xp, y, x: 0.0, name="sign", convention="0 at 0"
)
SYNONYMS = {"ln": "log"}


def function_operation(name: str) -> Op | None:
    """The operation that a function of formulas is; None where there is no such function."""
    return _known().get(SYNONYMS.get(name, name))


def function_names() -> list[str]:
    """Every name that can stand before a bracket."""
    return sorted({*_known(), *SYNONYMS, "max", "min"})


def is_direct(op: Op) -> bool:
    """Whether xp has this very function, so that a formula calls it without an operation."""
    return op.name in FUNCTIONS


def _known() -> dict[str, Op]:
    """Anew each time: whoever registers an operation can use it in formulas."""
    found = {"sign": SIGN}
    for op in REGISTRY.values():
        derivable = any(rule is not None for rule in op.local)
        if derivable or op.name in PIECEWISE:
            found |= dict.fromkeys((op.name, *op.aliases), op)
    return found
