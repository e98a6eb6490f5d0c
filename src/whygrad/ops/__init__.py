"""The rule book: every operation, one file a family. Rules only; `whygrad ops` lists them.

`wg.ops.sum(x, axis=0)` works on arrays (a value) and on the variables of a traced function.
"""

from __future__ import annotations

from whygrad.op import REGISTRY, Op, find
from whygrad.ops import (  # noqa: F401
    arithmetic,
    functions,
    image,
    loss,
    normalise,
    products,
    reduce,
    shape,
    transfer,
)


def __getattr__(name: str) -> Op:
    if name.startswith("__"):
        raise AttributeError(name)
    return find(name)


def __dir__() -> list[str]:
    return sorted(REGISTRY)
