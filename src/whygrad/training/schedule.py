"""Schedules: the learning rate as a function of how far training is; pure, in either engine."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from whygrad.errors import ConfigError, nearest
from whygrad.numeric import Namespace
from whygrad.training.checks import is_number


def constant(xp: Namespace, epoch: Any, total: Any) -> Any:
    """The rate as it was given."""
    return 1.0


def step(xp: Namespace, epoch: Any, total: Any, *, every: float = 30, factor: float = 0.1) -> Any:
    """Times `factor` after every `every` epochs."""
    return factor ** (epoch // every)


def exponential(xp: Namespace, epoch: Any, total: Any, *, factor: float = 0.95) -> Any:
    """Times `factor` an epoch, smoothly."""
    return factor**epoch


def inverse_scaling(xp: Namespace, epoch: Any, total: Any, *, power: float = 0.5) -> Any:
    """1 / (1 + epoch)^power (Robbins and Monro 1951 ask for a power over 0.5, up to 1)."""
    return (1.0 + epoch) ** -power


def invscaling(
    xp: Namespace,
    epoch: Any,
    total: Any,
    *,
    power: float = 0.5,
    samples: float = 1,
    seen: float = 0,
) -> Any:
    """1 / (1 + samples seen)^power, lowered after whole epochs: what scikit-learn calls so.

    seen: in trainings before this one; it begins with the whole rate all the same, as there.
    """
    passed = epoch // 1.0
    return (1.0 + samples * passed + seen * xp.minimum(passed, 1.0)) ** -power


def cosine(xp: Namespace, epoch: Any, total: Any, *, lowest: float = 0.0) -> Any:
    """Half a cosine wave from 1 down to `lowest` (Loshchilov and Hutter 2017)."""
    share = xp.minimum(epoch / total, 1.0)
    return lowest + (1 - lowest) * 0.5 * (1 + xp.cos(math.pi * share))


SCHEDULES: dict[str, Callable[..., Any]] = {
    "constant": constant,
    "step": step,
    "exponential": exponential,
    "inverse_scaling": inverse_scaling,
    "invscaling": invscaling,
    "cosine": cosine,
    "plateau": constant,  # by what was measured, not by time: see control.py
}
# lowest: of the factor. min_delta: over the last that was better by so much, as PyTorch has it.
# ends: as scikit-learn's "adaptive": over the lowest at all, and a plateau at the lowest rate ends.
PLATEAU = {"factor": 0.1, "patience": 10, "min_delta": 0.0, "lowest": 0.0, "ends": 0.0}


@dataclass(frozen=True)
class Schedule:
    """A factor on the learning rate; warmup: epochs over which it first rises from 0 to 1."""

    name: str = "constant"
    options: tuple[tuple[str, float], ...] = ()
    warmup: float = 0.0

    @property
    def steady(self) -> bool:
        """Whether the factor is 1 at all times (but for a plateau)."""
        return SCHEDULES[self.name] is constant and not self.warmup

    @property
    def plateau(self) -> dict[str, float] | None:
        """The constants of a schedule that waits for plateaus, else None."""
        return PLATEAU | dict(self.options) if self.name == "plateau" else None

    def factor(self, xp: Namespace, epoch: Any, total: Any) -> Any:
        """The factor at a point in time; epoch: a fraction within an epoch counts."""
        options = {} if self.name == "plateau" else dict(self.options)
        found = SCHEDULES[self.name](xp, epoch, total, **options)
        return found * xp.minimum((epoch + 1e-9) / self.warmup, 1.0) if self.warmup else found


def schedule(given: Any, warmup: float = 0) -> Schedule:
    """A schedule by name, or by a table {"name": "step", "every": 10, "factor": 0.5}.

    Raises ConfigError for an unknown name or option.
    """
    options = dict(given) if isinstance(given, Mapping) else {}
    name = options.pop("name", None) if isinstance(given, Mapping) else given
    if not isinstance(name, str) or name not in SCHEDULES:
        raise ConfigError(f"There is no schedule {name!r}.", hint=nearest(str(name), SCHEDULES))
    parameters = inspect.signature(SCHEDULES[name]).parameters.values()
    allowed = set(PLATEAU) if name == "plateau" else {p.name for p in parameters if p.kind == 3}
    for key, value in options.items():
        if key not in allowed:
            raise ConfigError(f"The schedule {name} has no {key!r}.", hint=nearest(key, allowed))
        if not is_number(value) or value < 0 or (value == 0 and key in ("every", "factor")):
            raise ConfigError(f"{name}: {key} must be a positive number.", given=repr(value))
    if not is_number(warmup) or warmup < 0:
        raise ConfigError("warmup is a number of epochs, not negative.", given=repr(warmup))
    return Schedule(name, tuple(sorted(options.items())), float(warmup))
