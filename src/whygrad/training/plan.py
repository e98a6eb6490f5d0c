"""Plan: how many updates, of how many rows, by which rule; refused here where it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.training.checks import whole_number
from whygrad.training.options import Options
from whygrad.training.schedule import Schedule, schedule
from whygrad.training.update import Rule, update_rule

STRENGTHS = ("l1", "l2", "weight_decay", "clip_norm", "clip_value")


@dataclass(frozen=True)
class Plan:
    """The course of a training, counted in updates.

    epochs: None where updates were asked for: the history then has well-spaced iterations.
    """

    options: Options
    rule: Rule
    schedule: Schedule
    learning_rate: float
    iterations: int
    epochs: int | None
    samples: int
    batch_size: int

    @property
    def shuffle(self) -> bool:
        """Whether the samples come in another order every epoch."""
        return self.options.shuffle

    @property
    def seed(self) -> int:
        """What every drawing starts from."""
        return self.options.seed

    @property
    def update_order(self) -> str:
        """Whether layers are updated together or one after the other."""
        return self.options.update_order

    @property
    def whole(self) -> bool:
        """Whether every update sees all samples."""
        return self.batch_size == self.samples

    @property
    def plain(self) -> bool:
        """Whether it is gradient descent and nothing else."""
        options = self.options
        extras = any(getattr(options, key) for key in (*STRENGTHS, "dropout", "corruption"))
        return self.rule.name == "sgd" and self.schedule.steady and not extras

    @property
    def identity(self) -> Any:
        """What must be the same where a training goes on: rule, batches, seed."""
        return self.rule.name, self.samples, self.batch_size, self.seed, self.epochs is None

    def rows(self, iteration: int) -> np.ndarray:
        """The samples that an update sees, a function of the seed and the iteration alone."""
        size = self.batch_size
        epoch, batch = divmod(iteration, batches(self.samples, size))
        if self.whole or not self.shuffle:
            return np.arange(self.samples)[batch * size : (batch + 1) * size]
        return shuffled(self.samples, self.seed, epoch)[batch * size : (batch + 1) * size]


def batches(samples: int, batch_size: int) -> int:
    """How many updates an epoch has; the last one sees what is left."""
    return -(-samples // batch_size)


@lru_cache(maxsize=4)
def shuffled(samples: int, seed: int, epoch: int) -> np.ndarray:
    """The order of the samples in an epoch: any epoch's, without the ones before it."""
    return np.random.default_rng((seed, epoch)).permutation(samples)


def make_plan(samples: int | None, options: Options) -> Plan:
    """The plan of these options; samples: None for a traced graph: it has no rows and no layers.

    Raises ConfigError for what no training can be run with.
    """
    options.check()
    rule = update_rule(options.optimizer)
    if options.update_order == "sequential" and samples is None:
        raise ConfigError(
            'update_order = "sequential" was asked for a traced graph.',
            why="it updates layer by layer, and a traced graph has no layers",
            hint='"simultaneous", or a network of wg.mlp',
        )
    rows = check_batch_size(options.batch_size, samples)
    per_epoch = batches(samples or 1, rows)
    iterations, epochs = count(options, per_epoch)
    return Plan(
        options=options,
        rule=rule,
        schedule=schedule(options.schedule, options.warmup),
        learning_rate=check_rate(options, rule),
        iterations=iterations,
        epochs=epochs,
        samples=samples or 1,
        batch_size=rows,
    )


def check_rate(options: Options, rule: Rule) -> float:
    """The learning rate: as given, or the rule's usual one; plain descent has none."""
    if options.learning_rate is not None:
        if rule.name == "optax":
            raise ConfigError(
                "learning_rate was given with an optax transformation.",
                given=repr(options.learning_rate),
                why="the transformation has its own",
            )
        return float(options.learning_rate)
    if rule.rate is None:
        raise ConfigError(
            f"The optimizer {rule.name!r} needs a learning_rate.", hint="learning_rate = 0.5"
        )
    return rule.rate


def count(options: Options, per_epoch: int) -> tuple[int, int | None]:
    """How many updates are asked for, and how many epochs, where those are counted."""
    iterations, epochs = options.iterations, options.epochs
    if iterations is not None and epochs is not None:
        raise ConfigError(
            "Both iterations and epochs were given.",
            given=f"iterations = {iterations!r}, epochs = {epochs!r}",
            why="an epoch is as many iterations as there are batches",
            hint="give one of the two",
        )
    if epochs is not None:
        number = whole_number("epochs", epochs, 0)
        return number * per_epoch, None if options.update_order == "sequential" else number
    if iterations is None:
        raise ConfigError(
            "How long to train was not said.", hint="iterations = 1000 (updates), or epochs = 100"
        )
    number = whole_number("iterations", iterations, 0)
    if not options.measured:
        return number, None
    if number % per_epoch:
        raise ConfigError(
            "What is decided after every epoch needs whole epochs.",
            given=f"iterations = {number:,}, {per_epoch:,} an epoch",
            hint=f"epochs = {max(1, number // per_epoch):,}",
        )
    return number, number // per_epoch


def check_batch_size(batch_size: int | None, samples: int | None) -> int:
    """Rows an update: all of them where nothing is said."""
    if batch_size is None:
        return samples or 1
    if samples is None:
        raise ConfigError(
            "batch_size was given for a traced graph.",
            given=repr(batch_size),
            why="its shapes are fixed: every update sees all of its data",
        )
    whole_number("batch_size", batch_size, 1)
    if batch_size > samples:
        raise ConfigError(
            "batch_size is larger than the number of samples.",
            given=f"{batch_size:,} rows an update, {samples:,} samples",
            hint="leave it out: every update then sees all samples",
        )
    return int(batch_size)
