"""Refusals: whygrad's own errors, as the ValueErrors that scikit-learn's users catch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from whygrad.errors import (
    ConfigError,
    DataError,
    FormulaError,
    NameUnknownError,
    OperationError,
    ShapeError,
    WhygradError,
)


class ParameterError(ConfigError, ValueError):
    """A parameter that cannot be."""


class SampleError(DataError, ValueError):
    """Samples that cannot be learned from."""


class SizeError(ShapeError, ValueError):
    """Arrays whose shapes do not fit each other."""


class MissingNameError(NameUnknownError, ValueError):
    """A name that does not exist."""


class ExpressionError(FormulaError, ValueError):
    """A formula that cannot be read."""


class RuleError(OperationError, ValueError):
    """An operation of one's own that does not work."""


# By their names in a module, since an error from another process arrives pickled.
VALUED: dict[type, type[WhygradError]] = {
    kind.__bases__[0]: kind
    for kind in (
        ParameterError, SampleError, SizeError, MissingNameError, ExpressionError, RuleError,
    )
}  # fmt: skip


@contextmanager
def as_value_errors() -> Iterator[None]:
    """What is refused inside is a ValueError, with the same words."""
    try:
        yield
    except WhygradError as error:
        if isinstance(error, ValueError):
            raise
        kind = next(VALUED[k] for k in (*type(error).__mro__, ConfigError) if k in VALUED)
        raise kind(error.asked, given=error.given, why=error.why, hint=error.hint) from error
