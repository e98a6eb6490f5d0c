"""Exercise sheets and their key as pages: what stands on them, and what is left free.

A sheet carries a variant's number and a name; nothing on it says what its numbers were drawn from.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from whygrad.derivation import Step
from whygrad.exercises.blanks import copies
from whygrad.exercises.exercise import MISTAKE, Exercise
from whygrad.exercises.kinds import KINDS
from whygrad.exercises.mistake import Mistake
from whygrad.exercises.problem import Problem
from whygrad.exercises.sheet import Sheet, Variant
from whygrad.expr import ONE, ZERO, Call, Expr, Quantity
from whygrad.graph import Graph, Node
from whygrad.models.objective import OF_THE_LOSS
from whygrad.names import Delta, Rate, Reference, Updated, Value
from whygrad.notation import Code
from whygrad.pages.document import (
    Blank,
    Block,
    Break,
    Decimals,
    Document,
    Heading,
    Line,
    Lines,
    Paragraph,
    Part,
    Sentence,
    Table,
    sentence,
)
from whygrad.pages.solution import IN_TABLE, Explanation

COLUMNS = 4  # answers side by side in the key's table; more stand one variant below the other


def sheet_document(exercise: Exercise) -> Document:
    """The sheets of an exercise, each on a page of its own."""
    title = sentence("exercise.title", kind=kind_name(exercise))
    blocks: list[Block] = []
    for page in exercise.pages:
        if blocks:
            blocks += [Break(), Heading(title, level=1)]
        blocks += sheet_blocks(exercise, page)
    return document(exercise, title, blocks)


def key_document(exercise: Exercise) -> Document:
    """The key: how it rounds, every answer in a table, then every solution in full."""
    title = sentence("exercise.key", kind=kind_name(exercise))
    blocks: list[Block] = [Paragraph(sentence("exercise.rounding", decimals=Decimals()))]
    blocks += answer_tables(exercise)
    for variant in exercise.variants:
        blocks += variant_blocks(exercise, variant)
    blocks.append(Paragraph(sentence("rounding")))
    return document(exercise, title, blocks)


def document(exercise: Exercise, title: Sentence, blocks: list[Block]) -> Document:
    names = exercise.variants[0].problem.names
    return Document(title, tuple(blocks), names, exercise.lang, exercise.decimals)


def kind_name(exercise: Exercise) -> Sentence:
    return sentence(f"exercise.kind.{exercise.kind}")


# ---- a sheet ------------------------------------------------------------------------------------


def sheet_blocks(exercise: Exercise, page: Sheet) -> Iterator[Block]:
    """Whose it is, the task, what is given, and the lines with their blanks."""
    variant = page.variant
    name: Part = page.name or Blank()
    yield Paragraph(sentence("exercise.whose", variant=variant.number, name=name))
    yield Paragraph(sentence(f"exercise.task.{exercise.kind}"))
    yield Heading(sentence("exercise.given"), level=3)
    yield from given(variant.problem)
    if variant.mistake is not None:
        yield from meanings(variant, level=2)  # whatever the wrong line says
        yield from mistake_blocks(exercise, variant.mistake)
        return
    yield from meanings(variant, exercise.level)
    if exercise.level < 3 and variant.solution.context:
        yield Heading(sentence("exercise.context"), level=3)
        context = variant.solution.context
        yield Lines(tuple(shown(step, exercise.level) for step in context))
    yield Heading(sentence("exercise.lines"), level=3)
    yield Paragraph(sentence(f"exercise.level.{exercise.level}"))
    yield Paragraph(sentence("exercise.decimals", decimals=Decimals()))
    yield Lines(tuple(asked_lines(variant, exercise.level)))


def asked_lines(variant: Variant, level: int) -> Iterator[Line]:
    """The blanks; on level 1 their formulas, and the lines between them with their numbers, except
    where such a number is that of a blank.
    """
    steps = variant.solution.steps if level == 3 else variant.solution.asked
    for step in steps:
        if step.ref in variant.blank:
            sides = (step.formula,) if level == 1 else ()
            yield Line(step.ref, sides, None, numbers=False, blank=True)
        elif level == 1 and not copies(step):
            silent = step.ref in variant.blanks.silent
            yield symbols_only(step) if silent else shown(step, level)


def shown(step: Step, level: int) -> Line:
    """A line that is given: on level 1 with its formula; never with other lines' numbers."""
    sides = (step.formula,) if level == 1 else ()
    return Line(step.ref, sides, step.value, numbers=False)


def symbols_only(step: Step) -> Line:
    return Line(step.ref, (step.formula,), None, numbers=False)


def meanings(variant: Variant, level: int) -> Iterator[Block]:
    """What the error and the step are, where no line of the sheet says so, and what δ is."""
    asked = variant.solution.asked
    forms = list(error_forms(variant.problem))
    steps = [step for step in asked if isinstance(step.ref, Updated)]
    if level > 1 or not any(step.ref == forms[0].ref for step in asked):
        yield Paragraph(sentence("exercise.error"))
        yield Lines(tuple(symbols_only(step) for step in forms))
    if level > 1 and steps:
        yield Paragraph(sentence("exercise.step"))
        yield Lines((symbols_only(steps[0]),))
    mask = next((m for step in asked for m in masks(step)), None)
    if level == 1 and mask is not None:
        yield Paragraph(sentence("exercise.mask", mask=mask))
    if level < 3 and any(isinstance(step.ref, Delta) for step in asked):
        yield Paragraph(sentence("delta.meaning"))


def masks(step: Step) -> Iterator[Expr]:
    """The conditions of a line that count as 1 or 0."""
    chosen = (p for p in step.formula.walk() if isinstance(p, Call) and p.function == "where")
    yield from (p for p in chosen if p.arguments[1:] == (ONE, ZERO))


def first_line(problem: Problem, node: Node) -> Step:
    """The line of a node's first number, by which the others are made, too."""
    return problem.line(next(iter(problem.names.entries(node))))


def error_forms(problem: Problem) -> Iterator[Step]:
    """How an error and the total error are defined, once each."""
    for node in problem.nodes(*OF_THE_LOSS):
        step = first_line(problem, node)
        if not copies(step):
            yield step


def mistake_blocks(exercise: Exercise, mistake: Mistake) -> Iterator[Block]:
    """The solution with its mistake; from level 2 on its numbers alone, without formulas."""
    yield Heading(sentence("exercise.lines.mistake"), level=3)
    yield Lines(
        tuple(
            Line(step.ref, (step.formula,), step.value, symbols=exercise.level == 1, number=number)
            for number, step in enumerate(mistake.steps, start=1)
        )
    )
    yield Heading(sentence("exercise.lines"), level=3)
    yield Paragraph(sentence("exercise.mistake.place", line=Blank()))
    yield Paragraph(sentence("exercise.mistake.value", value=Blank()))
    yield Paragraph(sentence("exercise.decimals", decimals=Decimals()))


# ---- what is given ------------------------------------------------------------------------------


def given(problem: Problem) -> Iterator[Block]:
    """The network and its numbers."""
    trace, network = problem.trace, problem.trace.network
    if network is None:
        yield from patch(problem)
    else:
        sizes = "-".join(map(str, network.layers))
        activations = ", ".join(a.name for a in network.activations)
        yield Paragraph(sentence("exercise.network", sizes=sizes, activations=activations))
        plain = [step for node in problem.nodes("out") if copies(step := first_line(problem, node))]
        if plain:
            yield Lines(tuple(symbols_only(step) for step in plain))
        samples = len(trace.recorded.values["x"])
        if samples > 1:
            yield Paragraph(sentence("exercise.samples", samples=samples))
        page = Explanation(trace, problem.names, problem.plan)
        for layer in range(1, network.depth + 1):
            yield from page.tied(layer)
        yield from page.sparsity()
        for start in range(0, len(problem.given), 2 * IN_TABLE):  # every number, in tables that fit
            yield from page.table("exercise.number", problem.given[start : start + 2 * IN_TABLE])
        if problem.labels:
            key = "exercise.class" if len(problem.labels) == 1 else "exercise.classes"
            yield Paragraph(sentence(key, which=", ".join(f"o{c}" for c in problem.labels)))
        if not problem.plan.train_bias and network.bias != "none":
            yield Paragraph(sentence("network.biases_stay"))
    if problem.plan.learning_rate is not None:
        rate = Quantity(Rate(), problem.plan.learning_rate)
        yield Paragraph(sentence("network.rate", rate=rate))


def patch(problem: Problem) -> Iterator[Block]:
    """The patch, the kernel and the targets as they lie, and the bias."""
    yield Paragraph(sentence("exercise.patch"))
    if problem.nodes("out"):
        yield Paragraph(sentence("exercise.patch.relu"))
    head: list[Part | None] = []
    rows: list[list[Part | None]] = [[], [], []]
    for node in problem.trace.graph.sources:
        array = np.atleast_2d(np.squeeze(problem.trace.recorded.values[node.id]))
        gap = [None] if head else []
        head += [*gap, Value(node.id), *[None] * (array.shape[1] - 1)]
        for k, row in enumerate(rows):
            numbers = map(float, array[k]) if k < len(array) else [None] * array.shape[1]
            row += [*gap, *numbers]
    yield Table(tuple(head), tuple(map(tuple, rows)))


# ---- the key ------------------------------------------------------------------------------------


def answer_tables(exercise: Exercise) -> Iterator[Block]:
    """Every answer of every variant, a row a variant, as many columns as a page holds."""
    yield Heading(sentence("exercise.answers"))
    variants = exercise.variants
    refs = [step.ref for step in variants[0].asked]
    heads: list[Part] = list(refs)
    if exercise.kind == MISTAKE:
        heads = [sentence("exercise.head.line"), sentence("exercise.head.value")]
    rows = [(variant.number, answers(variant, refs)) for variant in variants]
    for left in range(0, len(heads), COLUMNS):
        some = slice(left, left + COLUMNS)
        yield Table(
            (sentence("exercise.head.variant"), *heads[some]),
            tuple((str(number), *row[some]) for number, row in rows),
        )


def answers(variant: Variant, refs: list[Reference]) -> list[Part]:
    """What belongs into a variant's blanks."""
    if variant.mistake is not None:
        return [str(variant.mistake.place), variant.mistake.right.value]
    values = {step.ref: step.value for step in variant.asked}
    return [values[ref] for ref in refs]


def variant_blocks(exercise: Exercise, variant: Variant) -> Iterator[Block]:
    """A variant's numbers and its whole solution."""
    yield Heading(sentence("exercise.variant", variant=variant.number))
    people = [page.name for page in exercise.pages if page.name and page.variant is variant]
    if people:
        yield Paragraph(sentence("exercise.has", names=", ".join(people)))
    mistake = variant.mistake
    if mistake is not None:
        wrong = mistake.steps[mistake.place - 1]
        blanks = {"line": mistake.place, "name": wrong.ref, "right": mistake.right.value}
        yield Paragraph(sentence("exercise.planted", wrong=wrong.value, **blanks))
        yield Paragraph(sentence(f"slip.{mistake.slip.key}", **mistake.slip.blanks))
    yield from given(variant.problem)
    yield Lines(tuple(Line(s.ref, (s.formula,), s.value) for s in variant.solution.steps))


# ---- the list of kinds --------------------------------------------------------------------------


def kinds_document(lang: str = "en") -> Document:
    """What kinds of exercises there are, a sentence each."""
    rows = tuple((key, sentence(f"exercise.task.{key}")) for key in KINDS)
    blocks: tuple[Block, ...] = (
        *(Paragraph(sentence("exercise.list.row", kind=key, about=about)) for key, about in rows),
        Paragraph(sentence("exercise.list.use")),
    )
    return Document(sentence("exercise.list"), blocks, Code(Graph((), "")), lang)
