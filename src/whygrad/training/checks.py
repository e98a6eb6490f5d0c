"""Single options: what they may be, refused in one voice."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, nearest


def choice(key: str, given: Any, known: tuple[str, ...]) -> None:
    """Refuses a word that is not known."""
    if given not in known:
        raise ConfigError(f"There is no {key} {given!r}.", hint=nearest(str(given), known))


def whole_number(key: str, given: Any, least: int) -> int:
    """A whole number that is large enough."""
    good = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not good or given < least:
        whole = isinstance(given, float) and given.is_integer() and given >= least
        raise ConfigError(
            f"{key} must be a whole number, at least {least}.",
            given=repr(given),
            hint=f"{key} = {given:.0f}" if whole else "",
        )
    return int(given)


def positive(key: str, given: Any) -> float:
    """A positive, finite number."""
    if not is_number(given) or not 0 < given < math.inf:
        raise ConfigError(f"{key} must be a positive number.", given=repr(given))
    return float(given)


def is_number(given: Any) -> bool:
    """Whether it is one number, and no truth value."""
    return isinstance(given, (int, float, np.number)) and not isinstance(given, bool)
