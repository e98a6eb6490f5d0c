"""Compiled programs that are kept within a process: equal keys get the one made before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

MOST_PROGRAMS = 32  # the one used longest ago goes first
PROGRAMS: OrderedDict[Any, Any] = OrderedDict()


def kept_program(key: Any, make: Callable[[], Any]) -> Any:
    """The program of a key; `make` makes one that has `forget()`, to give its memory back."""
    if key not in PROGRAMS:
        PROGRAMS[key] = make()
        while len(PROGRAMS) > MOST_PROGRAMS:
            PROGRAMS.popitem(last=False)[1].forget()
    PROGRAMS.move_to_end(key)
    return PROGRAMS[key]
