"""Threads of the linear algebra that is borrowed: short vectors are no work for several."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from typing import Any

MOST_WEIGHTS = 256  # up to here several threads only wait for each other


def one_thread(weights: int) -> AbstractContextManager[Any]:
    """Products and equations of so many weights by one thread, where they are few.

    On a machine that is busy with other work this is a hundred times as fast.
    """
    libraries = controller() if weights <= MOST_WEIGHTS else None
    if libraries is None:
        return nullcontext()
    limited: AbstractContextManager[Any] = libraries.limit(limits=1, user_api="blas")
    return limited


@cache
def controller() -> Any:
    """The libraries of linear algebra that are loaded: looking for them takes milliseconds.

    None where there is nothing to limit them with.
    """
    if find_spec("threadpoolctl") is None:
        return None
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
