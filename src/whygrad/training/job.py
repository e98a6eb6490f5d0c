"""Job: data that size their own network, and the options with what is usual for data."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from whygrad.data.split import division
from whygrad.data.table import is_table
from whygrad.equivalents import option_hint
from whygrad.errors import ConfigError, NameUnknownError
from whygrad.models.mlp import Network, mlp
from whygrad.training.checks import is_number
from whygrad.training.options import Options, names_validation
from whygrad.training.presets import preset
from whygrad.training.problem import TABLE_TRAINING, Problem, from_arrays, from_table
from whygrad.training.samples import weights

HELD = ("validation", "test")
SHARE = 0.15  # of the samples, held back for validation unless something else is said
TABLE_OPTIONS = ("target", "task", "use", "leave", "missing", "split")
SIZING = (*TABLE_OPTIONS, "hidden", "latent", "preset")


@dataclass(frozen=True)
class Job:
    """A network for data, the samples that train, the options; problem: of a table, all of it.

    aside: the parts of a table that the options have as samples of their own.
    """

    network: Network
    X: Any
    y: Any
    asked: dict[str, Any]
    problem: Problem | None = None
    aside: tuple[str, ...] = ()

    @property
    def rows(self) -> Mapping[str, np.ndarray] | None:
        """Which rows of a table the parts are."""
        if self.problem is None:
            return None
        return {name: self.problem.parts[name] for name in ("train", *self.aside)}

    def weights(self, given: Any) -> Any:
        """The weights of the samples that train, of those of all rows of a table."""
        if given is None or self.problem is None:
            return given
        found = weights(given, len(self.problem.x))
        for part in self.aside:
            self.asked[part] = (*self.asked[part][:2], found[self.problem.parts[part]])
        return found[self.problem.train]


def job_for(source: Any, y: Any, asked: Mapping[str, Any], sizing: Mapping[str, Any]) -> Job:
    """What is to be done with a table or arrays.

    y: the targets of an array. asked: options of `train`, all of them. sizing: what is said of
    the network and the table (SIZING, and the options of `mlp`). An optimizer of None was not said.
    Raises NameUnknownError, ConfigError or DataError.
    """
    own = {p for p in inspect.signature(mlp).parameters if p != "seed"}
    for key in sizing:
        if key not in (*own, *SIZING):
            there = {*Options.__struct_fields__, *own, *SIZING}
            raise NameUnknownError(f"train has no option {key!r}.", hint=option_hint(key, there))
    options = Options(**asked)
    options.check_division()
    said = preset(sizing.get("preset"))
    network = {**said["network"], **{k: v for k, v in sizing.items() if k != "preset"}}
    network["means"] = said["data"].get("means", "")
    network["masked"] = options.missing_targets == "mask"
    optimizer = None if asked["optimizer"] is None else options.optimizer
    given = {**msgspec.structs.asdict(options), "optimizer": optimizer}
    usual = with_usual(given, said["training"] or TABLE_TRAINING)
    split = said["data"].get("split")
    if is_table(source):
        return table_job(source, network, usual, split)
    return array_job(source, y, network, usual, split)


def table_job(
    source: Any, network: dict[str, Any], options: dict[str, Any], usual: Sequence[float] | None
) -> Job:
    """A table's job: the rows are split here, so that encoding is fitted to those that train."""
    shares = shares_of(options, network.pop("split", None), usual)
    target = network.pop("target", None)
    problem = from_table(
        source, target, shares=shares, seed=options["seed"], dtype=options["dtype"],
        divide=options["divide"], stratify=options["stratify"] is not False, **network,
    )  # fmt: skip
    options["divide"] = "random"  # what is held back are samples of their own from here on
    own = [key for key in HELD if isinstance(options[key], (tuple, list))]
    aside = tuple(key for key in HELD if key in problem.parts and key not in own)
    for key in HELD:
        if key not in own:
            options[key] = problem.samples(problem.parts[key]) if key in aside else None
    x, y = problem.samples(problem.train)
    return Job(problem.network, x, y, settled(options, len(x)), problem, aside)


def array_job(
    X: Any,
    y: Any,
    network: dict[str, Any],
    options: dict[str, Any],
    usual: Sequence[float] | None,
) -> Job:
    """An array's job: its samples are divided where the network sees them."""
    shares = shares_of(options, network.pop("split", None), usual)
    for key in ("target", "use", "leave", "missing"):
        if network.pop(key, None) is not None:
            raise ConfigError(f"{key} is for tables; arrays have no columns with names.")
    found, x, answers = from_arrays(
        X, y, seed=options["seed"], dtype=options["dtype"], **network
    )  # fmt: skip
    for key, share in zip(HELD, shares[1:], strict=True):
        if not isinstance(options[key], (tuple, list)):
            options[key] = share or None
    return Job(found, x, answers, settled(options, len(x)))


def with_usual(asked: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The options with what is usual where nothing was said."""
    plain = {**msgspec.structs.asdict(Options()), "optimizer": None}
    usual = dict(usual)
    if asked["optimizer"] not in (None, usual["optimizer"]):  # what is usual is another rule's
        usual.pop("optimizer")
        usual.pop("learning_rate", None)
        if Options(optimizer=asked["optimizer"]).solver:
            usual = {k: usual[k] for k in ("scale", "scale_targets") if k in usual}
    if asked["iterations"] is not None:
        usual = {k: v for k, v in usual.items() if k not in ("epochs", "early_stopping")}
    return {**asked, **{k: v for k, v in usual.items() if asked[k] == plain[k]}}


def shares_of(
    options: Mapping[str, Any], asked: Sequence[float] | None, usual: Sequence[float] | None
) -> tuple[float, float, float]:
    """The shares that train, validate and test: as asked, or what is usual for data.

    asked, usual: such shares, of a split and of a preset; without them a part validates where
    epochs are counted. Raises ConfigError where something is said twice.
    """
    numbers = {key: options[key] for key in HELD if is_number(options[key])}
    how = division(options["divide"])
    if asked is not None:
        if any(numbers.values()) or how == "none" or isinstance(how, Mapping):
            said = next((k for k, v in numbers.items() if v), "divide")
            raise ConfigError(f"split and {said} both say what is held back.")
        good = isinstance(asked, (list, tuple)) and len(asked) in (2, 3)
        if not good or not all(map(is_number, asked)) or abs(sum(asked) - 1) > 1e-9:
            raise ConfigError(
                "split has the shares that train, validate and test; they sum to 1.",
                given=repr(asked)[:100],
                hint="[0.7, 0.15, 0.15]",
            )
        train, validation, test = (*asked, 0.0)[:3]
        return train, validation, test
    if how == "none" or isinstance(how, Mapping):
        return 1.0, 0.0, 0.0
    shares = usual or (1 - SHARE, SHARE if options["iterations"] is None else 0.0, 0.0)
    held = [
        float(share if options[key] is None else numbers.get(key, 0.0))
        for key, share in zip(HELD, shares[1:], strict=True)
    ]
    return 1 - sum(held), held[0], held[1]


def settled(options: dict[str, Any], samples: int) -> dict[str, Any]:
    """What follows from the data: no batch larger than they are, no stopping without validation."""
    validates = options["validation"] is not None or names_validation(options["divide"])
    if not validates and not options["monitor"] and not options["goal"]:
        options["early_stopping"] = None
    if options["batch_size"] == TABLE_TRAINING["batch_size"]:
        options["batch_size"] = min(options["batch_size"], max(1, int(samples * 0.8)))
    return options
