"""History: what was measured, a row an epoch, or at well-spaced iterations of a long descent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whygrad.errors import ConfigError

DENSE = 200  # up to here every iteration; then every 20th, from 1,000 every 200th, and so on


class History(list[dict[str, Any]]):
    """A list of rows, each a dict; `frame()` gives them as a data frame."""

    def __repr__(self) -> str:
        columns = ", ".join(self[0]) if self else "empty"
        return f"<History of {len(self):,} rows: {columns}>"

    def column(self, name: str) -> list[Any]:
        """One measure over time; rows without it are left out."""
        return [row[name] for row in self if name in row]

    def frame(self) -> Any:
        """A data frame of pandas, polars or pyarrow: the first of them that is installed."""
        columns = {k: [row.get(k) for row in self] for k in (self[0] if self else ())}
        for module, make in (
            ("pandas", "DataFrame"),
            ("polars", "DataFrame"),
            ("pyarrow", "table"),
        ):
            try:
                library = __import__(module)
            except ImportError:
                continue
            return getattr(library, make)(columns)
        raise ConfigError(
            "A data frame needs pandas, polars or pyarrow.", hint="pip install pandas"
        )


def recorded(iteration: int) -> bool:
    """Whether the loss after so many updates goes into the history.

    The powers of ten are always among them, and a longer run records what a shorter one does.
    """
    return iteration <= DENSE or iteration % _spacing(iteration) == 0


def next_recorded(iteration: int) -> int:
    """The first recorded iteration after this one."""
    if iteration < DENSE:
        return iteration + 1
    spacing = _spacing(iteration)
    return (iteration // spacing + 1) * spacing


def recorded_between(first: int, end: int) -> Iterator[int]:
    """The recorded iterations from `first` to before `end`."""
    at = first if recorded(first) else next_recorded(first)
    while at < end:
        yield at
        at = next_recorded(at)


def _spacing(iteration: int) -> int:
    """A fifth of the power of ten below: 45 of each power of ten are recorded."""
    power: int = 10 ** (len(str(iteration)) - 1)
    return power // 5
