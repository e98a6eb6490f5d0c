"""View: the explorable page of a network, a pass, a traced function or a run, in a notebook."""

from __future__ import annotations

import html
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from whygrad import disk
from whygrad.errors import ConfigError, DataError
from whygrad.graph import Graph
from whygrad.models.mlp import Network
from whygrad.recording import Trace
from whygrad.training.run import Run
from whygrad.web import lesson as lessons
from whygrad.web.lesson import Lesson
from whygrad.web.report import packed_lesson, page_html

HEIGHT = 800  # pixels of a cell: a screen's height, less the notebook's own bars


class View:
    """A page that can be looked at, changed and stepped through, with nothing from anywhere else.

    A notebook shows it in a frame of its own, which can reach neither the notebook nor the network;
    `save` writes it as a file, and `html` is that file's text.
    """

    def __init__(self, lesson: Lesson, lang: str | None = None, height: int = HEIGHT) -> None:
        self.lesson, self.lang, self.height = lesson, lang, height

    @cached_property
    def _packed(self) -> str:
        """What takes time, once for the cell and for the file."""
        return packed_lesson(self.lesson)

    @property
    def html(self) -> str:
        """The page as one HTML file's text."""
        return page_html("report", self.lang, self._packed, self.lesson.title)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page as one file, whole or not at all; gives back its path.

        Raises ConfigError where it cannot be written.
        """
        if Path(path).is_dir():
            raise ConfigError(f"{str(path)!r} is a folder.", hint="name a file in it")
        disk.write_whole(path, self.html.encode())
        return Path(path)

    def _repr_html_(self) -> str:
        page = html.escape(page_html("notebook", self.lang, self._packed, self.lesson.title))
        title = html.escape(self.lesson.title or "whygrad")
        return (
            f'<iframe title="{title}" sandbox="allow-scripts" '
            f'style="width:100%;height:{self.height}px;border:0" srcdoc="{page}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<View of {self.lesson.title or 'a network'}: save(path) writes it as a file>"


def view(
    what: Any,
    x: Any = None,
    y: Any = None,
    *,
    lang: str | None = None,
    height: int = HEIGHT,
    **inputs: Any,
) -> View:
    """The explorable page of anything that has a backward pass.

    what: a network, with x (samples, inputs) and y (samples, outputs) or labels (samples,), or
    alone: it is then shown with a sample of zeros; a Trace; a traced graph, with its inputs by
    name; a Run; or the path of a network file or of a run's folder, or "article". lang: "en", "zh"
    or None, the reader's browser's. height: of the cell, in pixels.
    Raises ConfigError for anything else, and what reading files and running passes raises.
    """
    if lang not in (None, "en", "zh"):
        raise ConfigError(f"There is no language {lang!r}.", hint="'en' or 'zh'")
    return View(lesson_of(what, x, y, inputs), lang, height)


def lesson_of(what: Any, x: Any, y: Any, inputs: dict[str, Any]) -> Lesson:
    """What is to be seen, whichever way it was given."""
    if isinstance(what, Graph):
        given = {name: v for name, v in {"x": x, "y": y}.items() if v is not None}
        return lessons.of_graph(what, given | inputs)
    if isinstance(what, Network):
        refuse_inputs(inputs)
        if x is None and y is None:
            return lessons.stand_in(what)
        if x is None or (y is None and not what.autoencoder):
            raise DataError(
                f"The {'inputs' if x is None else 'targets'} were not given.",
                hint="wg.view(net, x, y); wg.view(net) shows it with a sample of zeros",
            )
        return lessons.of_samples(what, x, y)
    if x is not None or y is not None or inputs:
        raise ConfigError(
            "x, y and inputs by name go with a network or a traced graph.",
            given=type(what).__name__,
            hint="wg.view(net, x, y), wg.view(graph, x=…), wg.view(trace)",
        )
    if isinstance(what, Trace):
        return lessons.of_trace(what)
    if isinstance(what, Run):
        return lessons.of_run(what)
    if isinstance(what, (str, os.PathLike)):
        return lessons.opened(what)
    raise ConfigError(
        f"A {type(what).__name__} has no page to look at.",
        hint="wg.view(net, x, y), a Trace, a graph with its inputs, a Run, or the path of a file",
    )


def refuse_inputs(inputs: dict[str, Any]) -> None:
    """A network has x and y, and no inputs by name."""
    if inputs:
        raise ConfigError(
            f"A network takes x and y, not {next(iter(inputs))!r}.", hint="wg.view(net, x, y)"
        )
