"""Every error that whygrad raises on purpose.

    WhygradError            catch this to catch them all
    ├── ConfigError         a network file or an option that cannot be used as it stands
    ├── ShapeError          arrays whose shapes do not fit each other
    ├── DataError           numbers that cannot be learned from: empty, NaN, outside a loss's domain
    ├── NameUnknownError    a name that does not exist; says which do
    ├── FormulaError        a formula that does not parse, or that has no rule
    └── OperationError      an operation or a rule that is used or written wrongly

A message has up to four parts: what was asked, what was given, why that fails, what to try.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self


class WhygradError(Exception):
    """What was asked, what was given, why it fails and what to try, in one readable message."""

    def __init__(self, asked: str, *, given: str = "", why: str = "", hint: str = "") -> None:
        self.asked, self.given, self.why, self.hint = asked, given, why, hint
        parts = (("given", given), ("why", why), ("try", hint))
        super().__init__("\n".join([asked, *(f"  {k}: {v}" for k, v in parts if v)]))

    def of(self, what: str) -> Self:
        """The same error, said of something: a part of the data, a file."""
        return type(self)(f"{what}: {self.asked}", given=self.given, why=self.why, hint=self.hint)


class ConfigError(WhygradError):
    """A network file or an option that cannot be used as it stands."""


class ShapeError(WhygradError):
    """Arrays whose shapes do not fit each other."""


class DataError(WhygradError):
    """Numbers that cannot be learned from: empty, not finite, or outside a loss's domain."""


class NameUnknownError(WhygradError):
    """A name that does not exist."""


class FormulaError(WhygradError):
    """A formula that does not parse, or that cannot be read the way that was asked for."""


class OperationError(WhygradError):
    """An operation, or the rule of one, that is used or written wrongly."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint of a misspelt name: the nearest known one first, then what there is (at most 40)."""
    names = sorted(set(known))
    same = [each for each in names if each.lower() == name.lower()]
    close = same or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    listed = ", ".join(names[:40]) + (f", … ({len(names)} in all)" if len(names) > 40 else "")
    return (f"did you mean {close[0]!r}? " if close else "") + f"known: {listed}"
