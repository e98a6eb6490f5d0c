"""Ctrl-C as a wish to stop after the update that is being made, not in the middle of it."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Interrupts:
    """Notes Ctrl-C while it is entered; the second one raises at once, as ever.

    An exception that is raised wherever the program happens to be may be swallowed there (a
    callback of the garbage collector, a destructor); a note is not. Only Python's own handler is
    replaced, and only in the main thread, which alone may: elsewhere KeyboardInterrupt is raised.
    """

    def __init__(self) -> None:
        self.noted = False
        self._replaced = False

    def __enter__(self) -> Interrupts:
        ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if ours and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._note)
            self._replaced = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._replaced:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.noted:
            raise KeyboardInterrupt
        self.noted = True

    def check(self) -> None:
        """Raises KeyboardInterrupt where Ctrl-C was noted."""
        if self.noted:
            raise KeyboardInterrupt
