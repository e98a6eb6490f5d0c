"""Target: what is to be written beside the network itself, as every writer takes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A file to be written.

    dtype: "float32" or "float64", None for the type of the weights. name: what is defined in it is
    called by. stem: what it is called itself, without its suffix.
    """

    dtype: str | None
    name: str
    stem: str
