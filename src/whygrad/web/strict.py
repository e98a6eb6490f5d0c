"""Data that anybody may have sent, of exactly the kind that is needed."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from whygrad.errors import ConfigError

LONGEST = 300  # characters of what is said about it: part of it was sent, too

T = TypeVar("T")


def strict(data: Any, kind: type[T], what: str) -> T:
    """Data with every key known and every kind right. what: what they are, in words.

    Raises ConfigError.
    """
    try:
        return msgspec.convert(data, kind, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        why, _, place = str(error).partition(" - at `$")
        where = place.rstrip("`").lstrip(".")[:LONGEST] or what
        raise ConfigError(
            f"{where} is not of the kind that is needed.", why=why[:LONGEST]
        ) from None
