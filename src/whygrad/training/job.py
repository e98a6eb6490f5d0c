"""Job: data that size their own network, and the options with what is usual for data."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from whygrad.data.table import is_table
from whygrad.errors import ConfigError, NameUnknownError, nearest
from whygrad.models.mlp import Network, mlp
from whygrad.training.options import Options
from whygrad.training.problem import TABLE_TRAINING, Problem, from_arrays, from_table, preset
from whygrad.training.samples import weights

SHARE = 0.15  # of the samples, held back for validation unless something else is said
TABLE_OPTIONS = ("target", "task", "use", "leave", "missing", "split")
SIZING = (*TABLE_OPTIONS, "hidden", "preset")


@dataclass(frozen=True)
class Job:
    """A network for data, the samples that train, the options; problem: of a table, all of it."""

    network: Network
    X: Any
    y: Any
    asked: dict[str, Any]
    problem: Problem | None = None

    def weights(self, given: Any) -> Any:
        """The weights of the samples that train, of those of all rows of a table."""
        if given is None or self.problem is None:
            return given
        found = weights(given, len(self.problem.x))
        if isinstance(self.asked["validation"], tuple):
            x, y = self.asked["validation"][:2]
            if len(x) == len(self.problem.validation):
                self.asked["validation"] = x, y, found[self.problem.validation]
        return found[self.problem.train]


def job_for(source: Any, y: Any, asked: Mapping[str, Any], sizing: Mapping[str, Any]) -> Job:
    """What is to be done with a table or arrays.

    y: the targets of an array. asked: options of `train`, all of them. sizing: what is said of
    the network and the table (SIZING, and the options of `mlp`).
    Raises NameUnknownError, ConfigError or DataError.
    """
    own = {p for p in inspect.signature(mlp).parameters if p != "seed"}
    for key in sizing:
        if key not in (*own, *SIZING):
            there = {*Options.__struct_fields__, *own, *SIZING}
            raise NameUnknownError(f"train has no option {key!r}.", hint=nearest(key, there))
    said = preset(sizing.get("preset"))
    network = {**said["network"], **{k: v for k, v in sizing.items() if k != "preset"}}
    options = with_usual(asked, said["training"] or TABLE_TRAINING)
    if is_table(source):
        return table_job(source, network, options, said["data"])
    return array_job(source, y, network, options)


def table_job(
    source: Any, network: dict[str, Any], options: dict[str, Any], said: Mapping[str, Any]
) -> Job:
    """A table's job: the rows are split here, so that encoding is fitted to those that train."""
    share = validation_share(options)
    shares = network.pop("split", None) or said.get("split") or (1 - share, share)
    target = network.pop("target", None)
    problem = from_table(
        source, target, shares=shares, seed=options["seed"], dtype=options["dtype"],
        stratify=options["stratify"] is not False, **network,
    )  # fmt: skip
    if not isinstance(options["validation"], (tuple, list)):
        held = problem.validation
        options["validation"] = problem.samples(held) if len(held) else None
    x, y = problem.samples(problem.train)
    return Job(problem.network, x, y, settled(options, len(x)), problem)


def array_job(X: Any, y: Any, network: dict[str, Any], options: dict[str, Any]) -> Job:
    """An array's job."""
    for key in ("target", "use", "leave", "missing", "split"):
        if network.pop(key, None) is not None:
            raise ConfigError(f"{key} is for tables; arrays have no columns with names.")
    found, x, answers = from_arrays(
        X, y, seed=options["seed"], dtype=options["dtype"], **network
    )  # fmt: skip
    if not isinstance(options["validation"], (tuple, list)):
        options["validation"] = validation_share(options) or None
    return Job(found, x, answers, settled(options, len(x)))


def with_usual(asked: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The options with what is usual where nothing was said."""
    plain = msgspec.structs.asdict(Options())
    usual = dict(usual)
    another = asked["optimizer"] not in (plain["optimizer"], usual["optimizer"])
    if another:  # the usual rate and batches are another rule's
        usual.pop("optimizer")
        usual.pop("learning_rate", None)
        if Options(optimizer=asked["optimizer"]).solver:
            usual = {k: usual[k] for k in ("scale", "scale_targets") if k in usual}
    if asked["iterations"] is not None:
        usual = {k: v for k, v in usual.items() if k not in ("epochs", "early_stopping")}
    return {**asked, **{k: v for k, v in usual.items() if asked[k] == plain[k]}}


def validation_share(options: Mapping[str, Any]) -> float:
    """The share that is held back: as asked, or the usual one where epochs are counted."""
    given = options["validation"]
    if given is None:
        return SHARE if options["iterations"] is None else 0.0
    return float(given) if isinstance(given, (int, float)) else 0.0


def settled(options: dict[str, Any], samples: int) -> dict[str, Any]:
    """What follows from the data: no batch larger than they are, no stopping without validation."""
    if options["validation"] is None and not options["monitor"] and not options["goal"]:
        options["early_stopping"] = None
    if options["batch_size"] == TABLE_TRAINING["batch_size"]:
        options["batch_size"] = min(options["batch_size"], max(1, int(samples * 0.8)))
    return options
