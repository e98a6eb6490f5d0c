"""Threads of the linear algebra that is borrowed: small products are no work for several."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

# Up to here several threads gain little, and lose much where they must wait:
MOST_WEIGHTS = 1_024  # of a system of equations
MOST_PRODUCTS = 2**22  # of an update, rows times weights
LAPACK = "scipy.linalg.cython_lapack"


def one_thread(weights: int) -> AbstractContextManager[Any]:
    """Equations of so many weights by one thread, where they are few.

    On a machine that is busy with other work this is up to a hundred times as fast: threads that
    wait for each other spin. JAX's equations are solved by SciPy's library.
    """
    if weights > MOST_WEIGHTS:
        return nullcontext()
    import scipy.linalg.cython_lapack  # noqa: F401 — JAX loads it later, and it must be there

    return ONE_THREAD


def one_thread_for_updates(rows: int, weights: int) -> AbstractContextManager[Any]:
    """Updates of so many rows and weights by one thread, where they are small, for the same."""
    return ONE_THREAD if rows * weights <= MOST_PRODUCTS else nullcontext()


class OneThread:
    """One thread for the whole process while anybody is inside.

    The limit is the process's, not a thread's: the first to enter sets it, the last to leave
    restores what was there before.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._before: dict[str, tuple[Any, int]] = {}  # a library and its threads, by its file

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            for library in libraries(LAPACK in sys.modules):
                if library.filepath not in self._before:
                    self._before[library.filepath] = library, library.get_num_threads()
                    library.set_num_threads(1)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                for library, threads in self._before.values():
                    library.set_num_threads(threads)
                self._before.clear()


ONE_THREAD = OneThread()


@cache
def libraries(with_scipy: bool) -> list[Any]:
    """The libraries of linear algebra that are loaded: looking for them takes milliseconds.

    None where there is nothing to limit them with. with_scipy: whether SciPy's is among them.
    """
    if find_spec("threadpoolctl") is None:
        return []
    from threadpoolctl import ThreadpoolController

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)
