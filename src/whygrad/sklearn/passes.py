"""Passes: training one pass at a time, the optimizer's memory kept between the calls."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from whygrad.models.mlp import Network
from whygrad.training.cost import engine_for
from whygrad.training.course import copied
from whygrad.training.history import History
from whygrad.training.options import Options
from whygrad.training.plan import make_plan
from whygrad.training.recipe import make_recipe
from whygrad.training.run import Run, run_of
from whygrad.training.task import network_task
from whygrad.training.ways import State, ways


@dataclass(frozen=True, eq=False)
class Passes:
    """What the next pass depends on beside the network.

    seed: of the orders of the samples. updates: how many were made. memory: the optimizer's, None
    before the first pass.
    """

    seed: int
    updates: int = 0
    memory: Any = None

    def made(
        self, network: Network, X: np.ndarray, y: np.ndarray, weight: Any, options: dict[str, Any]
    ) -> tuple[Run, Passes]:
        """One more pass: its run, and what the next one depends on.

        A pass that ends with numbers that are not finite is taken back, and the run says so.
        """
        quiet = {k: v for k, v in options.items() if k != "quiet"}
        chosen = Options(**{**quiet, "epochs": 1})
        chosen.check()
        task = network_task(network, X, y, chosen, parameters=None, frozen=(), weight=weight)
        plan = make_plan(task.samples, chosen)
        recipe = make_recipe(task, plan)
        engine = engine_for(task, plan)
        way = ways(task, plan, recipe, engine)[0]
        # A pass begins with whole epochs behind it: where batches became more, some are added.
        done = -(-self.updates // recipe.per_epoch) * recipe.per_epoch
        learned = {name: task.parameters[name] for name in task.learned}
        memory = recipe.descent.rule.init(learned) if self.memory is None else self.memory
        start = State(done, dict(task.parameters), None, memory, recipe.stopping.start())
        rows, after = way.epochs(start, 1)
        finite = all(math.isfinite(v) for v in rows[0].values())
        after = way.home(after) if finite else start
        parameters = copied(after.parameters)
        row = {"epoch": 1, "iteration": recipe.per_epoch, **rows[0]}
        run = run_of(
            task,
            parameters,
            None,
            history=History([row]),
            iterations=recipe.per_epoch,
            stop_reason="1 epoch done" if finite else "the pass was taken back: it was not finite",
            end="done" if finite else "not_finite",
            trouble="" if finite else "the loss or a gradient stopped being finite",
            engine=engine,
            device=way.platform,
        )
        return run, replace(self, updates=after.done, memory=after.optimizer)
