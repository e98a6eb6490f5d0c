"""Update rules as pure pairs: init(parameter) → memory, step(…) → what is added to the parameter.

A rule is ordinary arithmetic over `xp`, element by element, as the operations' rules are: read with
NumPy or JAX it trains, read with symbols it is what `whygrad explain --optimizer` shows.
Adding a rule is adding a function to UPDATE_RULES.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from whygrad.errors import ConfigError, nearest
from whygrad.numeric import Array, Namespace
from whygrad.training.algorithms import canonical, hint_for
from whygrad.training.checks import is_number

Arrays = Mapping[str, Array]
Memory = dict[str, Array]  # what a rule keeps of one parameter, by name: {"m": …, "v": …}


class Rule(Protocol):
    """How gradients become steps, for all parameters at once."""

    @property
    def name(self) -> str: ...
    @property
    def rate(self) -> float | None: ...  # the learning rate where none is given
    @property
    def identity(self) -> Any: ...  # equal for rules that do the same

    def init(self, parameters: Arrays) -> Any: ...

    def update(
        self, xp: Namespace, parameters: Arrays, gradients: Arrays, state: Any, rate: Any, t: Any
    ) -> tuple[dict[str, Array], Any]: ...


@dataclass(frozen=True)
class UpdateRule:
    """A rule for one parameter, applied to each.

    keeps: the names of the arrays that it remembers, zeros at first; first: those of them that
    begin with the value of an option, (array, option).
    step(xp, w, g, memory, rate, t, **options): the step and the new memory; t counts from 1.
    options: its constants. rate: the learning rate where none is given.
    """

    name: str
    step: Callable[..., tuple[Array, Memory]] = field(compare=False)
    keeps: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    rate: float | None = None
    first: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> Any:
        """Equal for rules that do the same."""
        return self.name, self.options

    def with_options(self, **options: Any) -> UpdateRule:
        """The rule with other constants."""
        return replace(self, options=tuple(sorted({**dict(self.options), **options}.items())))

    def init(self, parameters: Arrays) -> dict[str, Memory]:
        """Arrays of each parameter's shape and type, for everything that is remembered."""
        begin = {key: dict(self.options)[option] for key, option in self.first}
        return {
            name: {key: np.full_like(w, begin.get(key, 0)) for key in self.keeps}
            for name, w in parameters.items()
        }

    def update(
        self, xp: Namespace, parameters: Arrays, gradients: Arrays, state: Any, rate: Any, t: Any
    ) -> tuple[dict[str, Array], Any]:
        """What is added to each parameter that has a gradient, and the new memories."""
        steps, after = {}, dict(state)
        for name, g in gradients.items():
            steps[name], after[name] = self.step(
                xp, parameters[name], g, state[name], rate, t, **dict(self.options)
            )
        return steps, after


# ---- the rules ----------------------------------------------------------------------------------


def sgd(xp: Namespace, w: Array, g: Array, memory: Memory, rate: Any, t: Any) -> Any:
    """Plain gradient descent, Δw = −η·g (Cauchy 1847)."""
    return -rate * g, {}


def momentum(
    xp: Namespace, w: Array, g: Array, memory: Memory, rate: Any, t: Any, *, momentum: float = 0.9
) -> Any:
    """Gradient descent with momentum, u = μ·u + g, Δw = −η·u (Polyak 1964, as PyTorch)."""
    u = xp.let("u", momentum * memory["u"] + g)
    return -rate * u, {"u": u}


def nesterov(
    xp: Namespace, w: Array, g: Array, memory: Memory, rate: Any, t: Any, *, momentum: float = 0.9
) -> Any:
    """Nesterov's momentum, u = μ·u + g, Δw = −η·(g + μ·u) (Sutskever and others 2013)."""
    u = xp.let("u", momentum * memory["u"] + g)
    return -rate * (g + momentum * u), {"u": u}


def rmsprop(
    xp: Namespace,
    w: Array,
    g: Array,
    memory: Memory,
    rate: Any,
    t: Any,
    *,
    rho: float = 0.99,
    epsilon: float = 1e-8,
) -> Any:
    """v = ρ·v + (1 − ρ)·g², Δw = −η·g / (√v + ε) (Tieleman and Hinton 2012, as PyTorch)."""
    v = xp.let("v", rho * memory["v"] + (1 - rho) * g**2)
    return -rate * g / (xp.sqrt(v) + epsilon), {"v": v}


EPSILON_PLACES = ("corrected", "uncorrected", "inside")


def adam(
    xp: Namespace,
    w: Array,
    g: Array,
    memory: Memory,
    rate: Any,
    t: Any,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    epsilon_place: str = "corrected",
) -> Any:
    """m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g², both corrected for their start at 0.

    epsilon_place: "corrected", Δw = −η·m̂ / (√v̂ + ε) (Kingma and Ba 2015, algorithm 1; PyTorch);
    "uncorrected", Δw = −η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε) (end of their section 2;
    TensorFlow); "inside", Δw = −η·m̂ / √(v̂ + ε) (optax's eps_root).
    """
    m = xp.let("m", beta1 * memory["m"] + (1 - beta1) * g)
    v = xp.let("v", beta2 * memory["v"] + (1 - beta2) * g**2)
    kept = {"m": m, "v": v}
    c1, c2 = correction(xp, beta1, t), correction(xp, beta2, t)
    if epsilon_place == "uncorrected":
        return -rate * (xp.sqrt(c2) / c1) * m / (xp.sqrt(v) + epsilon), kept
    m_hat, v_hat = xp.let("m̂", m / c1), xp.let("v̂", v / c2)
    if epsilon_place == "inside":
        return -rate * m_hat / xp.sqrt(v_hat + epsilon), kept
    return -rate * m_hat / (xp.sqrt(v_hat) + epsilon), kept


def adamw(
    xp: Namespace,
    w: Array,
    g: Array,
    memory: Memory,
    rate: Any,
    t: Any,
    *,
    weight_decay: float = 0.01,
    **options: Any,
) -> Any:
    """Adam with decoupled decay, Δw = Adam's − η·λ·w, of all parameters as in PyTorch.

    Loshchilov and Hutter 2019, algorithm 2 with the schedule inside η.
    """
    step, kept = adam(xp, w, g, memory, rate, t, **options)
    return step - rate * weight_decay * w, kept


def rprop(
    xp: Namespace,
    w: Array,
    g: Array,
    memory: Memory,
    rate: Any,
    t: Any,
    *,
    delta0: float = 0.07,
    delt_inc: float = 1.2,
    delt_dec: float = 0.5,
    deltamax: float = 50.0,
    deltamin: float = 1e-6,
) -> Any:
    """Each weight has a step size Δ of its own, which grows while its gradient keeps its sign.

    Where the sign turns, Δ shrinks, the last step is taken back, and the gradient counts as 0 in
    the next comparison; else Δw = −sign(g)·Δ (Riedmiller and Braun 1993; Rprop⁺ of Igel and Hüsken
    2000). It sees all samples: a batch's signs are noise.
    """
    size, turned = resilient_size(xp, g, memory, delt_inc, delt_dec, deltamax, deltamin)
    step = xp.let("s", xp.where(turned, -memory["s"], -xp.sign(g) * size))
    return step, {"Δ": size, "s": step, "k": xp.let("k", xp.where(turned, 0.0, g))}


def irprop(
    xp: Namespace,
    w: Array,
    g: Array,
    memory: Memory,
    rate: Any,
    t: Any,
    *,
    delta0: float = 0.07,
    delt_inc: float = 1.2,
    delt_dec: float = 0.5,
    deltamax: float = 50.0,
    deltamin: float = 1e-6,
) -> Any:
    """Rprop that takes no step back: where the sign turns, the weight rests for one update.

    iRprop⁻ of Igel and Hüsken 2000; PyTorch's Rprop.
    """
    size, turned = resilient_size(xp, g, memory, delt_inc, delt_dec, deltamax, deltamin)
    kept = xp.let("k", xp.where(turned, 0.0, g))
    return -xp.sign(kept) * size, {"Δ": size, "k": kept}


def resilient_size(
    xp: Namespace, g: Array, memory: Memory, inc: float, dec: float, most: float, least: float
) -> tuple[Array, Array]:
    """The step sizes, from the signs of two gradients; and where the sign turned."""
    agreement = xp.let("a", memory["k"] * g)
    longer, shorter = xp.minimum(inc * memory["Δ"], most), xp.maximum(dec * memory["Δ"], least)
    turned = xp.less(agreement, 0.0)
    size = xp.where(xp.greater(agreement, 0.0), longer, xp.where(turned, shorter, memory["Δ"]))
    return xp.let("Δ", size), turned


def correction(xp: Namespace, beta: float, t: Any) -> Any:
    """1 − βᵗ; run through expm1, since in float32 the difference would lose half of its digits."""
    if xp.shows or not beta:  # a rule that remembers nothing has nothing to correct
        return 1 - beta**t
    return -xp.expm1(t * math.log(beta))


UPDATE_RULES: dict[str, UpdateRule] = {
    "sgd": UpdateRule("sgd", sgd),
    "momentum": UpdateRule("momentum", momentum, ("u",), rate=0.01),
    "nesterov": UpdateRule("nesterov", nesterov, ("u",), rate=0.01),
    "rmsprop": UpdateRule("rmsprop", rmsprop, ("v",), rate=0.001),
    "adam": UpdateRule("adam", adam, ("m", "v"), rate=0.001),
    "adamw": UpdateRule("adamw", adamw, ("m", "v"), rate=0.001),
}
SHARES = ("momentum", "rho", "beta1", "beta2")  # options from 0 to below 1


def options_of(rule: UpdateRule) -> dict[str, Any]:
    """The constants of a rule with their defaults."""
    functions = (rule.step, adam) if rule.step is adamw else (rule.step,)
    return {
        p.name: p.default
        for f in functions
        for p in inspect.signature(f).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    }


RESILIENT: dict[str, UpdateRule] = {  # of all samples at once: training/solvers runs them
    rule.name: rule.with_options(**options_of(rule))
    for rule in (
        UpdateRule("rprop", rprop, ("k", "Δ", "s"), rate=1.0, first=(("Δ", "delta0"),)),
        UpdateRule("irprop-", irprop, ("k", "Δ"), rate=1.0, first=(("Δ", "delta0"),)),
    )
}


def update_rule(given: Any, known: Mapping[str, Any] = UPDATE_RULES) -> Rule:
    """A rule by its name, by a table {"name": "adam", "beta1": 0.8}, or an optax transformation.

    Raises ConfigError for an unknown name or option, or a constant that cannot be.
    """
    if isinstance(given, Mapping):
        options = dict(canonical(given))
        name = options.pop("name", None)
    elif hasattr(given, "init") and hasattr(given, "update"):
        return Optax(given)
    else:
        name, options = canonical(given), {}
    if not isinstance(name, str) or name not in known:
        raise ConfigError(
            f"There is no optimizer {name!r}.",
            hint=hint_for(str(name), known) + "; or an optax transformation",
        )
    rule: UpdateRule = known[name]
    allowed = options_of(rule)
    for key, value in options.items():
        if key not in allowed:
            raise ConfigError(f"{name} has no option {key!r}.", hint=nearest(key, allowed))
        _check_option(name, key, value)
    return rule.with_options(**allowed | options)


def _check_option(name: str, key: str, value: Any) -> None:
    if key == "epsilon_place":
        if value not in EPSILON_PLACES:
            raise ConfigError(
                f"{name}: there is no place {value!r} for epsilon.",
                hint=nearest(str(value), EPSILON_PLACES),
            )
        return
    if not is_number(value) or not 0 <= value < (1 if key in SHARES else math.inf):
        domain = "from 0 to below 1" if key in SHARES else "not negative"
        raise ConfigError(f"{name}: {key} must be a number, {domain}.", given=repr(value))


@dataclass(frozen=True)
class Optax:
    """Any optax transformation; its learning rate is its own."""

    transformation: Any
    name: str = "optax"
    rate: float | None = 1.0

    @property
    def identity(self) -> Any:
        """The transformation itself: what it does cannot be compared."""
        return self.transformation

    def init(self, parameters: Arrays) -> Any:
        """The transformation's own state, in the parameters' type, as NumPy's arrays."""
        import jax

        wide = any(w.dtype == np.float64 for w in parameters.values())
        with jax.enable_x64(wide):
            state = self.transformation.init(
                {k: jax.numpy.asarray(w) for k, w in parameters.items()}
            )
            return jax.tree_util.tree_map(np.asarray, state)

    def update(
        self, xp: Namespace, parameters: Arrays, gradients: Arrays, state: Any, rate: Any, t: Any
    ) -> tuple[dict[str, Array], Any]:
        """Its updates, times the schedule's factor (1 where there is none)."""
        steps, state = self.transformation.update(dict(gradients), state, dict(parameters))
        return {name: rate * step for name, step in steps.items()}, state
