"""A lesson as a file of another kind: a network file, a report, a LaTeX page, a Python script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from whygrad.errors import ConfigError
from whygrad.files.script import script_text
from whygrad.files.writer import network_text, size_guard
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network
from whygrad.pages.prose import in_languages

if TYPE_CHECKING:
    from whygrad.web.lesson import Lesson

Format = Literal["toml", "html", "latex", "python"]
ENDINGS: dict[Format, str] = {"toml": "toml", "html": "html", "latex": "tex", "python": "py"}
LARGEST_PAGE = 2_000  # parameters of a worked solution on paper


def exported(lesson: Lesson, kind: Format, lang: str = "en") -> tuple[str, str]:
    """A file's name and its text. lang: of a LaTeX page and a report.

    Raises ConfigError where it would be too large to be read, or has no network.
    """
    name = f"{file_stem(lesson.title)}.{ENDINGS[kind]}"
    if kind == "html":
        from whygrad.web.report import report_html

        return name, report_html(lesson, lang)
    network = network_of(lesson)
    inputs, targets = lesson.inputs, lesson.targets
    about = f"{lesson.title}: a network for whygrad"
    if kind == "toml":
        notes = [in_languages(id_, **said)["en"] for id_, said in lesson.notes]
        return name, network_text(network, inputs, targets, lesson.training, about, *notes)
    if kind == "python":
        return name, script_text(network, inputs, targets, about)
    return name, latex(lesson, network, lang)


def latex(lesson: Lesson, network: Network, lang: str) -> str:
    """The worked solution, as `whygrad explain --format latex` prints it."""
    from whygrad.pages.solution import explain

    size_guard(network, lesson.inputs, lesson.targets)
    count = sum(value.size for value in network.parameters.values())
    if count > LARGEST_PAGE:
        raise ConfigError(
            f"A solution of {count:,} parameters is not for paper.", why=f"over {LARGEST_PAGE:,}"
        )
    plan = Plan(lesson.training.learning_rate, lesson.training.train_bias)
    return explain(lesson.trace, plan=plan).to_latex(lang=lang)


def network_of(lesson: Lesson) -> Network:
    """The lesson's network. Raises ConfigError for a traced function, which is no such network."""
    if lesson.network is None:
        raise ConfigError("This is a traced function.", why="it is written down as the code it is")
    return lesson.network


def file_stem(title: str) -> str:
    """A title as a file's name: letters, digits and dashes, whatever the title holds."""
    return re.sub(r"[^\w-]+", "-", title).strip("-_")[:60] or "network"
