"""Op: an operation and its backward rule, written once; and the registry of all of them.

    @op(local=lambda xp, y, x: y * (1 - y), latex=r"\\sigma", cases=["(3,4) in -4..4"])
    def sigmoid(xp, x):
        "Squash any number into (0, 1)."
        return 1 / (1 + xp.exp(-x))

A rule is ordinary arithmetic over an array namespace `xp`. Read with NumPy it is the value, with
JAX the compiled step, with symbols the formula. It never branches on values: `xp.where`.
A trailing underscore in a rule's name (`sum_`) keeps the builtin reachable in its file; the
operation is called without it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad import numeric
from whygrad.errors import OperationError, nearest
from whygrad.numeric import Array, Namespace

Rule = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Op:
    """One operation: its forward rule, one backward rule, and what the laws need to test it.

    name: what it is called. forward(xp, *inputs, **attributes): its value.
    local: ∂y/∂input element by element, one rule an input, each (xp, y, *inputs, **attributes);
        a number multiplies the upstream gradient, a mask selects it.
    back(xp, g, y, *inputs, **attributes): for structured operations, one pulled-back gradient an
        input; None where an input (labels, positions, masks) is not differentiable.
    composite(*inputs, **attributes): a function of other operations, in place of the rules.
    stable: a forward that cannot overflow, equal to the plain one where both are finite.
    latex: how the function is written. cases: what the laws draw arguments from.
    convention: which subgradient is used at a kink. aliases: further names it answers to.
    """

    name: str
    doc: str
    forward: Rule
    local: tuple[Rule | None, ...] = ()
    back: Rule | None = None
    composite: Rule | None = None
    stable: Rule | None = None
    latex: str = ""
    cases: tuple[str, ...] = ()
    convention: str = ""
    aliases: tuple[str, ...] = ()
    operands: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    module: str = field(default="", repr=False)

    @property
    def elementwise(self) -> bool:
        """Whether each entry of the result depends on one entry of each input only."""
        return bool(self.local)

    @property
    def variadic(self) -> bool:
        """Whether it takes any number of inputs (concatenate)."""
        return self.operands[:1] == ("*",)

    def value(self, xp: Namespace, *inputs: Array, **attributes: Any) -> Array:
        """The operation read with xp: to be run, by its overflow-safe forward where it has one."""
        rule = self.forward if xp.shows else self.stable or self.forward
        return rule(xp, *inputs, **attributes)

    def bind(
        self, arguments: tuple[Any, ...], given: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Inputs and attributes of a call; attributes may follow the inputs by position."""
        if self.variadic and len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):
            arguments = tuple(arguments[0])  # as NumPy takes it: concatenate([a, b])
        count = len(arguments) if self.variadic else len(self.operands)
        inputs, rest = arguments[:count], arguments[count:]
        if not self.variadic:
            inputs += tuple(
                given.pop(name) for name in self.operands[len(inputs) :] if name in given
            )
        attributes = dict(zip(self.attributes, rest, strict=False)) | given
        attributes = {**self.defaults, **attributes}
        fits = set(attributes) == set(self.attributes)
        if len(inputs) < count or len(rest) > len(self.attributes) or not fits:
            raise OperationError(
                f"{self.name} was called with arguments that it does not take.",
                given=f"{len(arguments)} positional, " + (", ".join(given) or "none by name"),
                hint=f"{self.name}({', '.join((*self.operands, *self.attributes))})",
            )
        return inputs, {k: _plain(v) for k, v in attributes.items()}

    def __call__(self, *arguments: Any, **given: Any) -> Any:
        """The operation on arrays (a value), or on the variables of a traced function (a node)."""
        inputs, attributes = self.bind(arguments, given)
        tracer = next((a for a in inputs if hasattr(a, "record")), None)
        if tracer is not None:
            return tracer.record(self, inputs, attributes)
        if self.composite is not None:
            return self.composite(*map(np.asarray, inputs), **attributes)
        with np.errstate(all="ignore"):
            return self.value(numeric.xp, *map(np.asarray, inputs), **attributes)


def _plain(value: Any) -> Any:
    """An attribute as hashable plain data: lists become tuples, NumPy numbers Python's."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(v) for v in value)
    return value.item() if isinstance(value, np.generic) else value


REGISTRY: dict[str, Op] = {}


def find(name: str) -> Op:
    """The operation of a name or alias; an unknown one is answered with the nearest."""
    found = REGISTRY.get(name)
    if found is None:
        found = next((o for o in REGISTRY.values() if name in o.aliases), None)
    if found is None:
        raise OperationError(
            f"There is no operation {name!r}.", hint=nearest(name, REGISTRY) + " (whygrad ops)"
        )
    return found


def make_op(
    rule: Rule,
    *,
    local: Rule | Sequence[Rule | None] | None = None,
    back: Rule | None = None,
    composite: bool = False,
    stable: Rule | None = None,
    latex: str = "",
    cases: Sequence[str] = (),
    convention: str = "",
    aliases: Sequence[str] = (),
    name: str = "",
) -> Op:
    """An operation from its rule, without entering it in the registry."""
    name = name or rule.__name__.rstrip("_")
    if sum((local is not None, back is not None, composite)) != 1:
        raise OperationError(
            f"The operation {name!r} needs exactly one backward rule.",
            given=", ".join(
                label
                for label, there in (
                    ("local", local is not None),
                    ("back", back is not None),
                    ("composite", composite),
                )
                if there
            )
            or "none",
            hint="local= (element by element), back= (structured) or composite=True",
        )
    parameters = list(inspect.signature(rule).parameters.values())[0 if composite else 1 :]
    positional = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    variadic = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
    operands = ("*",) if variadic else tuple(p.name for p in parameters if p.kind in positional)
    attributes = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    return Op(
        name=name,
        doc=inspect.cleandoc(rule.__doc__ or ""),
        forward=rule,
        local=() if local is None else tuple(local) if isinstance(local, Sequence) else (local,),
        back=back,
        composite=rule if composite else None,
        stable=stable,
        latex=latex,
        cases=tuple(cases),
        convention=convention,
        aliases=tuple(aliases),
        operands=operands,
        attributes=tuple(p.name for p in attributes),
        defaults={p.name: p.default for p in attributes if p.default is not p.empty},
        module=rule.__module__,
    )


def op(**record: Any) -> Callable[[Rule], Op]:
    """Registers a rule as an operation: tests, documentation and `whygrad ops` then know it.

    Takes the fields of Op: local or back or composite, stable, latex, cases, convention, aliases.
    Raises OperationError for a name that is taken, or for a rule without one backward rule.
    """

    def register(rule: Rule) -> Op:
        made = make_op(rule, **record)
        taken = {made.name, *made.aliases} & {
            n for o in REGISTRY.values() for n in (o.name, *o.aliases)
        }
        if taken:
            raise OperationError(f"The name {sorted(taken)[0]!r} is registered twice.")
        REGISTRY[made.name] = made
        return made

    return register
