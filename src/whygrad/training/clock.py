"""Clock: how long a training has taken, however often it was resumed."""

from __future__ import annotations

from time import perf_counter


class Clock:
    """Seconds of a training, those before it was resumed included.

    most: how many are allowed; None: any.
    """

    def __init__(self, most: float | None) -> None:
        self.most, self.before = most, 0.0
        self.start()

    def start(self) -> None:
        """Begins, or goes on after the seconds before."""
        self._began = perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds by now."""
        return self.before + perf_counter() - self._began

    @property
    def over(self) -> bool:
        """Whether the seconds that were allowed are over."""
        return self.most is not None and self.seconds >= self.most
