"""Outputs: which of several share a panel, and which one was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from whygrad.errors import ConfigError, NameUnknownError, nearest

MOST = 6  # outputs that are drawn each by itself
ALIKE = 3.0  # how many times the narrowest output's span all together may take


class Shared(NamedTuple):
    """Targets and outputs (samples, outputs) of a panel; name: of the output, "" of several."""

    name: str
    targets: np.ndarray
    outputs: np.ndarray


def sharing(
    t: np.ndarray, y: np.ndarray, names: Sequence[str], output: int | str | None
) -> list[Shared]:
    """The output that was asked for; else all in one panel, or each in its own.

    Where one of a few outputs spans much less than all together, or lies elsewhere, one panel
    would show their scales and not how well they agree. Raises ConfigError, NameUnknownError.
    """
    t, y = t.reshape(len(t), -1), y.reshape(len(y), -1)
    width = t.shape[1]
    known = list(names) or [f"o{k + 1}" for k in range(width)]
    if output is not None:
        k = position(output, known)
        return [Shared(known[k], t[:, [k]], y[:, [k]])]
    if width == 1 or width > MOST or alike(t):
        return [Shared(names[0] if width == 1 and names else "", t, y)]
    columns = [k for k in range(width) if not np.isnan(t[:, k]).all()]
    return [Shared(known[k], t[:, [k]], y[:, [k]]) for k in columns]


def position(output: int | str, known: Sequence[str]) -> int:
    """The column of an output, given by its number from 0 or its name."""
    if isinstance(output, str):
        if output not in known:
            raise NameUnknownError(f"There is no output {output!r}.", hint=nearest(output, known))
        return list(known).index(output)
    number = isinstance(output, (int, np.integer)) and not isinstance(output, bool)
    if not number or not 0 <= output < len(known):
        raise ConfigError(
            f"There is no output {output!r}.",
            hint=f"0 to {len(known) - 1}, or a name: {', '.join(known[:MOST])}",
        )
    return int(output)


def alike(t: np.ndarray) -> bool:
    """Whether targets (samples, outputs) are of one scale and one place."""
    seen = t[:, ~np.isnan(t).all(axis=0)]
    low, high = np.nanmin(seen, axis=0), np.nanmax(seen, axis=0)
    spans = (high - low)[high > low]
    return not spans.size or bool(high.max() - low.min() <= ALIKE * spans.min())
