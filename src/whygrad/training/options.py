"""Options: how to train, as `train` takes it and as a network file's [training] table says it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from whygrad.data.scale import KINDS
from whygrad.data.split import division
from whygrad.errors import ConfigError
from whygrad.training.algorithms import SOLVERS, canonical
from whygrad.training.checks import choice, is_number, positive, whole_number
from whygrad.training.schedule import schedule
from whygrad.training.update import UPDATE_RULES, update_rule

ORDERS = ("simultaneous", "sequential")
ENGINES = ("auto", "eager", "compiled")
DTYPES = ("float32", "float64", "auto")
DEVICES = ("auto", "cpu", "gpu")
CORRUPTIONS = ("gaussian", "masking")
MISSING_TARGETS = ("refuse", "mask")


class Options(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Every key of [training], with its default; `train` has the same, and explains them."""

    learning_rate: float | None = None
    iterations: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    shuffle: bool = True
    seed: int = 0
    optimizer: Any = "sgd"
    update_order: str = "simultaneous"
    train_bias: bool = True
    schedule: Any = "constant"
    warmup: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    dropout: Any = 0.0
    validation: Any = None
    test: Any = None
    divide: Any = "random"
    stratify: bool | None = None
    early_stopping: int | None = None
    monitor: str | None = None
    min_delta: float = 0.0
    restore_best: bool | None = None
    goal: float | None = None
    max_time: float | None = None
    corruption: Any = None
    missing_targets: str = "refuse"
    n_restarts: int = 1
    scale: str | None = None
    scale_targets: str | None = None
    engine: str = "auto"
    dtype: str | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        self.optimizer = "sgd" if self.optimizer is None else canonical(self.optimizer)
        if is_number(self.goal) and self.goal == 0:  # MATLAB's default: no loss is enough
            self.goal = None

    @property
    def solver(self) -> str | None:
        """The name of a full-batch solver that was asked for as the optimizer."""
        name = self.optimizer.get("name") if isinstance(self.optimizer, Mapping) else self.optimizer
        return name if isinstance(name, str) and name in SOLVERS else None

    @property
    def measured(self) -> bool:
        """Whether something is decided by what an epoch measured."""
        validation = True if names_validation(self.divide) else self.validation
        steered = (self.early_stopping, self.goal, validation, self.monitor)
        plateau = schedule(self.schedule).plateau
        return plateau is not None or any(v is not None and v is not False for v in steered)

    def check(self) -> None:
        """Refuses what no training can be run with. Raises ConfigError."""
        choice("update_order", self.update_order, ORDERS)
        choice("engine", self.engine, ENGINES)
        choice("device", self.device, DEVICES)
        if self.dtype is not None:
            choice("dtype", self.dtype, DTYPES)
        for key in ("scale", "scale_targets"):
            if getattr(self, key) is not None:
                choice(key, getattr(self, key), KINDS)
        whole_number("seed", self.seed, 0)
        whole_number("n_restarts", self.n_restarts, 1)
        if not self.solver:
            rule = update_rule(self.optimizer, {**UPDATE_RULES, **dict.fromkeys(SOLVERS)})
            if self.update_order == "sequential" and rule.name != "sgd":
                raise ConfigError(
                    f'update_order = "sequential" was asked with the optimizer {rule.name!r}.',
                    why="it is defined for plain gradient descent",
                    hint='optimizer = "sgd"',
                )
        if self.learning_rate is not None:
            positive("learning_rate", self.learning_rate)
        schedule(self.schedule, self.warmup)
        for key in ("l1", "l2", "weight_decay", "min_delta"):
            value = getattr(self, key)
            if not is_number(value) or not 0 <= value < math.inf:
                raise ConfigError(f"{key} must be a number, not negative.", given=repr(value))
        choice("missing_targets", self.missing_targets, MISSING_TARGETS)
        self._check_corruption()
        for key in ("clip_norm", "clip_value", "goal", "max_time"):
            if getattr(self, key) is not None:
                positive(key, getattr(self, key))
        if self.early_stopping is not None and self.early_stopping is not False:
            whole_number("early_stopping", self.early_stopping, 1)
        rates = self.dropout if isinstance(self.dropout, (list, tuple)) else [self.dropout]
        if not all(is_number(r) and 0 <= r < 1 for r in rates):
            raise ConfigError(
                "dropout is a share of units, from 0 to below 1.", given=repr(self.dropout)
            )
        self.check_division()
        if self.update_order == "sequential" and self._beyond_sequential():
            raise ConfigError(
                'update_order = "sequential" is for plain gradient descent alone.',
                given=self._beyond_sequential(),
                hint='update_order = "simultaneous"',
            )

    def check_division(self) -> None:
        """Refuses what samples cannot be divided by."""
        how, shares = division(self.divide), 0.0
        for key in ("validation", "test"):
            given = getattr(self, key)
            if is_number(given) and not 0 <= given < 1:
                raise ConfigError(
                    f"{key} is a share of the samples, or samples of their own.",
                    given=repr(given),
                    hint=f"{key} = 0.2",
                )
            shares += given if is_number(given) else 0.0
            number = is_number(given) and given > 0
            own = isinstance(given, (tuple, list))
            said = isinstance(how, Mapping) and (number or (own and key in how))
            if said or (number and how == "none"):
                raise ConfigError(
                    f"{key} and divide both say which samples these are.",
                    given=f"{key} = {given!r}, divide = {self.divide!r}"[:200],
                )
        if shares >= 1:
            raise ConfigError("No samples are left to train.", given=f"shares of {shares:g} in all")
        if self.stratify and how != "random":
            raise ConfigError("stratify goes with random samples only.", given=f"divide = {how!r}")

    def _check_corruption(self) -> None:
        """Refuses what inputs cannot be spoilt by."""
        given = self.corruption
        if given is None:
            return
        if not isinstance(given, Mapping) or set(given) != {"kind", "level"}:
            raise ConfigError(
                "corruption has a kind and a level.",
                given=repr(given)[:100],
                hint='{"kind": "masking", "level": 0.3}',
            )
        choice("corruption.kind", given["kind"], CORRUPTIONS)
        level, most = given["level"], 1 if given["kind"] == "masking" else math.inf
        if not is_number(level) or not 0 < level < most:
            raise ConfigError(
                "corruption.level must be a positive number.",
                given=repr(level),
                why="masking: the share of inputs that is set to 0; gaussian: a deviation, in the "
                "units that the network sees",
            )

    def _beyond_sequential(self) -> str:
        """What was asked for that the sequential order does not go with."""
        keys = ("l1", "l2", "weight_decay", "clip_norm", "clip_value", "dropout", "corruption")
        more = ("validation", "early_stopping", "goal", "max_time", "warmup")
        asked = [k for k in (*keys, *more) if getattr(self, k)]
        if self.engine == "compiled":
            asked.append('engine = "compiled"')
        return ", ".join(asked + (["schedule"] if self.schedule != "constant" else []))


def names_validation(divide: Any) -> bool:
    """Whether a division by rows says which of them validate."""
    return isinstance(divide, Mapping) and len(divide.get("validation", ())) > 0
