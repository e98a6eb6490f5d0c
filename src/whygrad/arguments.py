"""Arguments: the arrays of a call by name, in trees too, and the call with others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.errors import DataError


@dataclass(frozen=True, eq=False)
class Arguments:
    """The arguments of one call: every array in them by a name, and the call with others."""

    function: Callable[..., Any]
    bound: inspect.BoundArguments | None
    arguments: Mapping[str, Any]

    def leaves(self) -> Iterator[tuple[str, np.ndarray]]:
        """Every array with its name, params['W'] inside of trees."""
        for name, value in self.arguments.items():
            yield from arrays_in(name, value)

    def call(self, given: Mapping[str, Any]) -> Any:
        """The function called with other arrays."""
        return self.again(
            {name: refilled(name, value, given) for name, value in self.arguments.items()}
        )

    def again(self, arguments: Mapping[str, Any]) -> Any:
        """The function called with other arguments, by the same names."""
        if self.bound is None:
            return self.function(*arguments.values())
        self.bound.arguments.update(arguments)
        return self.function(*self.bound.args, **self.bound.kwargs)


def arrays_in(name: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of an argument, by name."""
    array = numeric(value)
    if array is not None:
        yield name, array
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from arrays_in(f"{name}[{key!r}]", part)
    elif isinstance(value, (list, tuple)):
        for k, part in enumerate(value):
            yield from arrays_in(f"{name}[{k}]", part)


def refilled(name: str, value: Any, given: Mapping[str, Any]) -> Any:
    """An argument with its arrays replaced."""
    if name in given:
        return given[name]
    if numeric(value) is None and isinstance(value, Mapping):
        return {k: refilled(f"{name}[{k!r}]", part, given) for k, part in value.items()}
    if numeric(value) is None and isinstance(value, (list, tuple)):
        return type(value)(refilled(f"{name}[{k}]", part, given) for k, part in enumerate(value))
    return value


def numeric(value: Any) -> np.ndarray | None:
    """Numbers as an array; None for anything else."""
    if value is None or isinstance(value, (str, bytes, bool, Mapping)) or callable(value):
        return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "biuf" or array.dtype.name == "bfloat16" else None


def parts_of(value: Any) -> Iterator[Any]:
    """Every leaf of nested arguments as it is."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from parts_of(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from parts_of(part)
    else:
        yield value


def bound_to(
    function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> Arguments:
    """A call's arguments by name. Raises DataError where the function does not take them."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        unnamed = {f"x{k + 1}": a for k, a in enumerate(arguments)}
        return Arguments(function, None, unnamed | named)
    try:
        bound = signature.bind(*arguments, **named)
    except TypeError as error:
        raise DataError(
            "The function cannot be called with these arguments.",
            given=f"{len(arguments)} positional, {', '.join(named) or 'none by name'}",
            why=str(error),
        ) from None
    return Arguments(function, bound, dict(bound.arguments))
