"""Threads of the linear algebra that is borrowed: small systems are no work for several."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from typing import Any

# Up to here several threads gain little, and lose much where they must wait:
MOST_WEIGHTS = 1_024  # of a system of equations
MOST_PRODUCTS = 2**22  # of an update, rows times weights


def one_thread(weights: int) -> AbstractContextManager[Any]:
    """Products and equations of so many weights by one thread, where they are few.

    On a machine that is busy with other work this is up to a hundred times as fast: threads that
    wait for each other spin. JAX's equations are solved by SciPy's library.
    """
    return limited(weights <= MOST_WEIGHTS)


def one_thread_for_updates(rows: int, weights: int) -> AbstractContextManager[Any]:
    """Updates of so many rows and weights by one thread, where they are small, for the same."""
    return limited(rows * weights <= MOST_PRODUCTS)


def limited(small: bool) -> AbstractContextManager[Any]:
    """One thread for what is small; everything else as it is."""
    libraries = controller() if small else None
    if libraries is None:
        return nullcontext()
    found: AbstractContextManager[Any] = libraries.limit(limits=1, user_api="blas")
    return found


@cache
def controller() -> Any:
    """The libraries of linear algebra that are loaded: looking for them takes milliseconds.

    None where there is nothing to limit them with.
    """
    if find_spec("threadpoolctl") is None:
        return None
    import scipy.linalg.cython_lapack  # noqa: F401 — JAX loads it later, and it must be there
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
