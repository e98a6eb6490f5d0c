"""History: what was measured, a row an epoch, or at well-spaced iterations of a long descent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from whygrad.errors import ConfigError

DENSE = 200  # up to here every iteration; then every 20th, from 1,000 every 200th, and so on


class History(Sequence[dict[str, Any]]):
    """A list of rows, each a dict; `frame()` gives them as a data frame."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self.rows = list(rows)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, History) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        columns = ", ".join(self.rows[0]) if self.rows else "empty"
        return f"<History of {len(self.rows):,} rows: {columns}>"

    def column(self, name: str) -> list[Any]:
        """One measure over time; rows without it are left out."""
        return [row[name] for row in self.rows if name in row]

    def frame(self) -> Any:
        """A data frame of pandas, polars or pyarrow: the first of them that is installed."""
        columns = {
            k: [row.get(k) for row in self.rows] for k in (self.rows[0] if self.rows else ())
        }
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
