"""Which engine: a fixed model of the work decides, so that the same call takes the same way."""

from __future__ import annotations

from importlib.util import find_spec

from whygrad.engine.unrolled import MOST_NUMBERS
from whygrad.errors import ConfigError
from whygrad.training.options import Options
from whygrad.training.plan import Plan, make_plan
from whygrad.training.recipe import Recipe, make_recipe
from whygrad.training.task import Task

# Seconds, as measured on a slow laptop; what counts is their proportion, and that they are fixed.
PATIENCE = 1.0  # an eager training below this ends before a compiled one has begun
PER_NUMBER = 0.15e-6  # of an unrolled update
PER_NODE = 8e-6  # of an update by NumPy
PER_FLOP = 0.1e-9
PER_EPOCH = 0.4e-3  # of measuring

INSTALL = "pip install 'whygrad[train]'"


def outset(task: Task, options: Options, times: int = 1) -> tuple[Task, Plan, Recipe, str]:
    """What a training begins with: the task in the type that it is trained in, and the engine.

    times: how often it is to be trained. Raises what its parts do.
    """
    plan = make_plan(task.samples, options)
    recipe = make_recipe(task, plan)
    engine = engine_for(task, plan, times)
    if options.dtype == "auto" and engine == "compiled" and task.dtype != "float32":
        task = task.in_type("float32")
        recipe = make_recipe(task, plan)
    return task, plan, recipe, engine


def engine_for(task: Task, plan: Plan, times: int = 1) -> str:
    """ "eager" or "compiled", as `by_work` decides. times: how often it is to be trained."""
    options, seconds = plan.options, times * eager_seconds(task, plan)
    if plan.rule.name == "optax" and options.engine != "eager":
        return by_work("compiled", options.device, seconds)
    if plan.update_order == "sequential":
        seconds = 0.0  # NumPy's alone
    return by_work(options.engine, options.device, seconds)


def by_work(engine: str, device: str, seconds: float) -> str:
    """ "eager" or "compiled", as asked for, or by the seconds that NumPy would take.

    Raises ConfigError without JAX where it is needed, and for a GPU without compiling.
    """
    there = find_spec("jax") is not None
    if engine == "compiled" and not there:
        raise ConfigError("The compiled engine needs JAX.", hint=INSTALL)
    if device == "gpu":
        if engine == "eager" or not there:
            raise ConfigError("Only the compiled engine runs on a GPU.", hint=INSTALL)
        return "compiled"
    if engine != "auto":
        return engine
    return "eager" if seconds < PATIENCE or not there else "compiled"


def slower_than_need_be(task: Task, plan: Plan) -> tuple[str, ...]:
    """What is said where NumPy did what JAX would have done faster, had it been there."""
    if plan.options.engine != "auto" or plan.update_order == "sequential" or find_spec("jax"):
        return ()
    if eager_seconds(task, plan) < 5 * PATIENCE:
        return ()
    return (f"trained by NumPy, since JAX is not installed: several times faster with {INSTALL}",)


def eager_seconds(task: Task, plan: Plan) -> float:
    """What the training would take without being compiled."""
    graph = task.graph_of(plan.batch_size)
    numbers = sum(node.size for node in graph.nodes)
    if plan.plain and plan.epochs is None and numbers <= MOST_NUMBERS:
        return plan.iterations * numbers * PER_NUMBER
    return plan.iterations * pass_seconds(task, plan.batch_size) + (plan.epochs or 0) * PER_EPOCH


def pass_seconds(task: Task, rows: int) -> float:
    """What both passes of so many rows take by NumPy."""
    graph = task.graph_of(rows)
    weights = sum(task.parameters[name].size for name in task.learned)
    entries = rows * weights if task.network else sum(node.size for node in graph.nodes)
    return len(graph.nodes) * PER_NODE + 6.0 * entries * PER_FLOP
