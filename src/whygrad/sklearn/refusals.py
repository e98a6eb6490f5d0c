"""Refusals: whygrad's own errors, as the ValueErrors that scikit-learn's users catch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from whygrad.errors import ConfigError, DataError, WhygradError


class ParameterError(ConfigError, ValueError):
    """A parameter that cannot be."""


class SampleError(DataError, ValueError):
    """Samples that cannot be learned from."""


VALUED: dict[type, type[WhygradError]] = {ConfigError: ParameterError, DataError: SampleError}


@contextmanager
def as_value_errors() -> Iterator[None]:
    """What is refused inside is a ValueError, with the same words."""
    try:
        yield
    except WhygradError as error:
        if isinstance(error, ValueError):
            raise
        kind = VALUED.get(type(error)) or type(type(error).__name__, (type(error), ValueError), {})
        raise kind(error.asked, given=error.given, why=error.why, hint=error.hint) from error
