"""Readings: the derivation of every quantity of a network as data whose numbers a page fills in.

A reading is asked for by its id, ABOUT:DETAIL:AT. about: gradient, value or update. detail: factors
or delta; of a value or an update always factors. AT: the key of a number; of a gradient also that
of a derivative that is not the loss's by a number, ∂out_o1/∂net_o1 or ∂E_o1/∂net_o1.

    {"depends": {id: ["a2", "y"]}, "forms": {"id|a2=relu,y=1": {"ways": [way, …]}}}
    way    {"unless": unit or null, "blocks": [block, …], "needs": [id, …]}

What a reading looks like may depend on the activation of layer 2, "a2", and on the class of its
sample, "y". Its blocks are those of render/pages/live.py. Where a mask lets nothing through, the
derivation ends: the way to read is the first whose `unless` names a unit whose mask is shut, or
nothing. needs: the readings that it refers to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from whygrad.derivation import Step, unfold
from whygrad.deriver import forward_step
from whygrad.errors import NameUnknownError
from whygrad.graph import Node
from whygrad.mistakes.ledger import Ledger
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network
from whygrad.names import Partial, Updated, Value
from whygrad.pages.document import Block, Line, Lines, Paragraph, sentence
from whygrad.pages.solution import Reading, value_lines
from whygrad.recording import Trace
from whygrad.render.pages.live import Live
from whygrad.reverse import differentiable
from whygrad.split import Way
from whygrad.web.lesson import Lesson
from whygrad.web.lines import RATE, LiveLines
from whygrad.web.program import stepped_by
from whygrad.web.variants import WHOLE, Variant, Variants

Data = dict[str, Any]
DETAILS = ("factors", "delta")
SHORT = 3  # factors that are easier to read put together; of more it is the other way round
MOST = 2_000  # numbers of a pass whose readings are carried; each has a reading, or three
WITH_SLIPS = 300  # numbers of a pass with which mistakes are carried too
WITH_ALTERNATIVES = 200
FORMS = 100  # of one reading; of more only the present one is made


def readings_data(
    lesson: Lesson,
    mode: str,
    ids: Iterable[str] | None = None,
    row: int = 0,
    *,
    alternatives: bool | None = None,
    slips: bool | None = None,
) -> Data:
    """The readings of a lesson: of one sample, or of the batch.

    mode: "sample" or "batch". ids: those that are asked for, in the form that they have now;
    without them all, in every form that the page can come to; none of a lesson that is too large
    for that. row: which sample is shown.
    alternatives: with other activations and classes too. slips: with the mistakes that can be made.
    Both are decided by the lesson's size where they are left open.
    Raises NameUnknownError for an id that there is not.
    """
    made = readings_of(lesson, mode, row)
    if ids is not None:
        return made.asked(ids)
    size = made.size
    if size > MOST:
        return {"depends": {}, "forms": {}}
    with_slips = size <= WITH_SLIPS if slips is None else slips
    others = size <= WITH_ALTERNATIVES if alternatives is None else alternatives
    return replace(made, alternatives=others, slips=with_slips).all()


@lru_cache(maxsize=8)  # a server is asked for the readings of one lesson one by one
def readings_of(lesson: Lesson, mode: str, row: int) -> Readings:
    """The readings of a lesson as it is."""
    assert lesson.network is not None
    targets = lesson.targets[row : row + 1] if mode == "sample" else lesson.targets
    classes = tuple(int(y) for y in targets) if lesson.labels else None
    seen = tuple(dict.fromkeys(int(y) for y in lesson.targets)) if lesson.labels else ()
    plan = Plan(train_bias=lesson.training.train_bias)
    rule = stepped_by(lesson.training.optimizer)
    plain = rule is None or rule.name == "sgd"  # what a page does instead of lm is plain descent
    return Readings(lesson.network, len(targets), plan, classes, seen, updates=plain)


def reading(trace: Trace, id_: str) -> Data:
    """One reading of a network's recorded pass, in the form that it has there."""
    assert trace.network is not None
    y = trace.recorded.values["y"]
    labels = tuple(int(k) for k in y) if trace.graph["y"].integer else None
    made = Readings(trace.network, len(y), Plan(), labels)
    (found,) = made.asked([id_])["forms"].values()
    return dict(found)


@dataclass(frozen=True)
class Asked:
    """What a reading is of: about, detail, and the number or the derivative."""

    about: str
    detail: str
    ref: Value | Partial


@dataclass(frozen=True, eq=False)
class Readings:
    """The readings of a network for so many samples.

    classes: the class of each sample, where targets are classes; seen: those of all samples.
    alternatives: whether other activations and classes can come. slips: whether with mistakes.
    updates: whether a step is w − η · ∂E/∂w; of other rules there is no line.
    """

    network: Network
    samples: int
    plan: Plan
    classes: tuple[int, ...] | None = None
    seen: tuple[int, ...] = ()
    alternatives: bool = False
    slips: bool = True
    updates: bool = True

    @cached_property
    def variants(self) -> Variants:
        return Variants(self.network, self.samples, self.classes is not None)

    @cached_property
    def lines(self) -> LiveLines:
        return LiveLines(Live(self.variants.names), self.slips)

    @cached_property
    def present(self) -> Variant:
        """The form that the network has."""
        return Variant(self.variants.present, self.classes[0] if self.classes else None)

    # ---- what there is --------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many numbers a pass has."""
        return sum(node.size for node in self.variants.graph(self.present.activations).nodes)

    def numbers(self) -> Iterator[Asked]:
        """The readings of all numbers."""
        for node in self.variants.graph(self.present.activations).nodes:
            for at in self.variants.names.entries(node):
                yield from self.of(at)

    def of(self, at: Value) -> Iterator[Asked]:
        """The readings of a number."""
        recorded, _ = self.variants.passed(self.present)
        node = recorded.graph[at.node]
        if node.op is not None:
            yield Asked("value", "factors", at)
        if node.id in recorded.gradients and differentiable(node):
            for detail in DETAILS:
                yield Asked("gradient", detail, at)
        if self.updates and node.role in ("weight", "bias") and self.plan.learns(node):
            yield Asked("update", "factors", at)

    def beside(self, asked: Asked, variant: Variant) -> Iterator[Asked]:
        """The derivatives in a reading that are none of the loss by a number: ∂out_o1/∂net_o1."""
        if asked.about != "gradient" or asked.detail != "factors":
            return
        step = self.step(asked, variant)
        for ref in (*(part.ref for part in unfold(step)), *step.needs) if step else ():
            if isinstance(ref, Partial) and ref.top != self.loss:
                yield Asked("gradient", "factors", ref)

    @cached_property
    def loss(self) -> Value:
        return self.variants.passed(self.present)[0].loss

    def id(self, asked: Asked) -> str:
        return f"{asked.about}:{asked.detail}:{self.variants.names.text(asked.ref)}"

    # ---- what is asked for ----------------------------------------------------------------------

    def all(self) -> Data:
        """Every reading in every form."""
        depends: dict[str, list[str]] = {}
        forms: dict[str, Data] = {}
        waiting = list(self.numbers())
        for asked in waiting:  # grows by what stands beside
            id_ = self.id(asked)
            if id_ in depends:
                continue
            depends[id_] = self.depends(asked)
            for conditions in self.variations(asked, depends[id_]):
                variant = self.variant(conditions)
                found = self.form(asked, variant)
                if found is not None:
                    forms[conditional(id_, conditions)] = found
                    waiting += self.beside(asked, variant)
        return {"depends": {k: v for k, v in depends.items() if v}, "forms": forms}

    def asked(self, ids: Iterable[str]) -> Data:
        """Some readings in their present form."""
        depends: dict[str, list[str]] = {}
        forms: dict[str, Data] = {}
        for id_ in ids:
            asked = self.find(id_)
            needed = self.depends(asked) if asked else []
            conditions = self.now(asked, needed) if asked else {}
            found = self.form(asked, self.variant(conditions)) if asked else None
            if found is None:
                hint = "gradient:factors:w5, gradient:delta:net_o1, value:factors:out_h1"
                raise NameUnknownError(f"There is no reading {id_!r}.", hint=hint)
            depends |= {id_: needed} if needed else {}
            forms[conditional(id_, conditions)] = found
        return {"depends": depends, "forms": forms}

    def find(self, id_: str) -> Asked | None:
        """What an id asks for; None where that cannot be."""
        about, _, rest = id_.partition(":")
        detail, _, key = rest.partition(":")
        top, _, bottom = key.removeprefix("∂").partition("/∂")
        find = self.variants.names.find
        try:
            if not bottom:
                at = find(key)
                return next((asked for asked in self.of(at) if self.id(asked) == id_), None)
            asked = Asked(about, detail, Partial(find(top), find(bottom)))
        except NameUnknownError:
            return None
        known = (about, detail) == ("gradient", "factors") and self.id(asked) == id_
        return asked if known and find(top) != self.loss else None

    # ---- what a reading depends on --------------------------------------------------------------

    def depends(self, asked: Asked) -> list[str]:
        """The choices that change a reading's form: what the ways pass that it is made of."""
        graph = self.variants.graph(self.present.activations)
        passed: list[Node] = []
        if asked.about == "value" and isinstance(asked.ref, Value):
            passed = [graph[asked.ref.node]]
        elif asked.about == "gradient":
            passed = [graph[way.to.node] for way in self.ways(asked, self.present)]
            if asked.detail == "factors":
                passed += self.uneven
        layers = sorted({node.layer for node in passed if node.role == "out"})
        classes = any(graph[i].integer for node in passed for i in node.inputs)
        return [f"a{layer}" for layer in layers] + ["y"] * classes

    @cached_property
    def uneven(self) -> list[Node]:
        """The outputs that may be a softmax or not: so outputs' errors may meet, or may not."""
        graph = self.variants.graph(self.present.activations)
        return [
            node
            for node in graph.nodes
            if node.role == "out" and node.id in graph.alive
            if len({self.variants.ops[c].elementwise for c in self.choices(node.layer)}) > 1
        ]

    def ways(self, asked: Asked, variant: Variant) -> list[Way]:
        """The ways that a gradient's line is made of; a derivative's up to what it is of."""
        deriver = self.variants.deriver(variant, asked.detail)
        assert isinstance(asked.ref, (Value, Partial))
        if isinstance(asked.ref, Value):
            return list(deriver.examined(asked.ref))
        found: list[Way] = []
        for way in deriver.examined(asked.ref.bottom):
            found.append(way)
            if way.to == asked.ref.top:
                break
        return found

    @property
    def labels(self) -> list[str]:
        """The classes that a sample may have here."""
        every = range(self.network.layers[-1]) if self.alternatives else self.seen
        return [str(k) for k in every]

    def choices(self, layer: int) -> list[str]:
        """The activations that a layer may have here, the present one first."""
        choices = self.variants.choices(layer)
        return choices if self.alternatives else choices[:1]

    def variations(self, asked: Asked, depends: list[str]) -> Iterator[Mapping[str, str]]:
        """The sets of conditions that the page is likely to come to; of too many the present one.

        Of several layers one has another activation, or all have the same: all combinations would
        be many times as much to carry.
        """
        now = dict(self.now(asked, depends))
        layers = {what: self.choices(int(what[1:])) for what in depends if what != "y"}
        common = [c for c in self.choices(1) if all(c in known for known in layers.values())]
        others: list[dict[str, str]] = [{}]
        others += [{what: choice} for what, known in layers.items() for choice in known]
        others += [dict.fromkeys(layers, choice) for choice in common]
        labels = [{"y": label} for label in self.labels] if "y" in depends else [{}]
        every = (tuple((now | other | label).items()) for other in others for label in labels)
        likely = list(map(dict, dict.fromkeys(every)))
        yield from likely if len(likely) <= FORMS else [now]

    def now(self, asked: Asked, depends: list[str]) -> Mapping[str, str]:
        """The conditions as they are."""
        return {
            what: str(self.label(asked))
            if what == "y"
            else self.present.activations[int(what[1:]) - 1]
            for what in depends
        }

    def label(self, asked: Asked) -> int:
        """The class of the sample that a number belongs to."""
        assert self.classes is not None
        ref = asked.ref.bottom if isinstance(asked.ref, Partial) else asked.ref
        several = len(self.classes) > 1 and isinstance(ref, Value) and ref.index
        return self.classes[ref.index[0] if several else 0]  # type: ignore[index]

    def variant(self, conditions: Mapping[str, str]) -> Variant:
        """A pass under some conditions, all else as it is."""
        activations = list(self.present.activations)
        for what, chosen in conditions.items():
            if what != "y":
                activations[int(what[1:]) - 1] = chosen
        label = int(conditions["y"]) if "y" in conditions else self.present.label
        return Variant(tuple(activations), label)

    # ---- one form -------------------------------------------------------------------------------

    def form(self, asked: Asked, variant: Variant) -> Data | None:
        """A reading in a form; None for a derivative that this form does not have."""
        step = self.step(asked, variant)
        if step is None:
            return None
        ways = [self.way(asked, variant)]
        if asked.about == "gradient" and step.rule != "local":
            graph = self.variants.graph(variant.activations)
            for to in (way.to for way in self.ways(asked, variant)):
                if self.variants.masked(graph[to.node]):
                    entries = frozenset(self.variants.names.entries(graph[to.node]))
                    shut = replace(variant, shut=entries)
                    ways.insert(-1, self.way(asked, shut, self.variants.names.text(to)))
        return {"ways": ways}

    def way(self, asked: Asked, variant: Variant, unless: str | None = None) -> Data:
        """The blocks of a reading as they are read off one pass."""
        recorded, _ = self.variants.passed(variant)
        step = self.step(asked, variant)
        assert step is not None
        return {
            "unless": unless,
            "blocks": self.lines.blocks(said(asked, step), step, recorded),
            "needs": [self.variants.names.text(ref) for ref in step.needs],
        }

    def step(self, asked: Asked, variant: Variant) -> Step | None:
        """The step that a reading is of."""
        recorded, _ = self.variants.passed(variant)
        deriver = self.variants.deriver(variant, asked.detail)
        match asked.about, asked.ref:
            case "value", Value() as at:
                return forward_step(recorded, at, WHOLE)
            case "update", Value() as at:
                return Ledger(recorded, Plan(RATE)).step(Updated(at))
            case _, Value() as at:
                return deriver.step(deriver.reference(at))
            case _, Partial(top, bottom) as ref:
                own = deriver.step(deriver.reference(bottom))
                found = next((part for part in unfold(own) if part.ref == ref), None)
                if found is None and deriver.error_reached(bottom) == top:
                    return deriver.step(ref)
                return found
        raise TypeError(f"no reading of {asked}")


def said(asked: Asked, step: Step) -> Iterator[Block]:
    """What is said of a step: its lines, and of a short product at last the general form."""
    if asked.about == "update":
        yield Paragraph(sentence("rule_of.sgd"))
    if asked.about != "gradient":
        yield Lines(tuple(value_lines(step)))
        return
    yield from Reading({step.ref: step}).blocks(step)
    if step.rule == "chain" and len(step.parts) <= SHORT and step.expanded != step.formula:
        yield Paragraph(sentence("general.form"))
        yield Lines((Line(step.ref, (step.expanded,), step.value),))


def conditional(id_: str, conditions: Mapping[str, str]) -> str:
    """The id of a reading's form."""
    said = ",".join(f"{what}={chosen}" for what, chosen in conditions.items())
    return f"{id_}|{said}" if said else id_
