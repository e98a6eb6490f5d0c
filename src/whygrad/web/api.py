"""What a page may ask for, and the answers: plain data in, plain data out; no server in sight.

Every question is checked whole before anything is computed, and sizes are limited first. An answer
depends on the question and on what was opened, and on nothing that was asked before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from whygrad.errors import ConfigError
from whygrad.web.runs import changed, progress
from whygrad.web.strict import strict

if TYPE_CHECKING:
    from whygrad.web.lesson import Lesson

DEEPEST = 32  # brackets within brackets
# Its end may be missing, and nothing is tried twice: no body is slow to look through.
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
NO_BRACKET = re.compile(rb"[^\[\]{}]+")
KEPT = 8  # lessons that are kept with their passes, so that a click need not run them again

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Place = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Spec = dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """What the page was opened with: its lesson, and the run's folder that it follows.

    lesson: makes the lesson as it is now; it is asked again when the run's parameters have changed.
    """

    lesson: Callable[[], Lesson]
    folder: Path | None = None

    @property
    def version(self) -> int:
        """Another number whenever the lesson is another one."""
        return changed(self.folder) if self.folder else 0


# ---- questions ----------------------------------------------------------------------------------


class Question(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """spec: which network, see web/spec.py."""

    spec: Spec = msgspec.field(default_factory=lambda: {"start": True})


class LessonQuestion(Question):
    """The whole lesson, without its readings."""

    def answer(self, lesson: Lesson) -> dict[str, Any]:
        from whygrad.web.payload import lesson_data

        return lesson_data(lesson, readings="ask")


class ReadingQuestion(Question):
    """Derivations by id, of one sample or of all together."""

    mode: Literal["sample", "batch"]
    ids: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=500)]
    row: Place = 0

    def answer(self, lesson: Lesson) -> dict[str, Any]:
        from whygrad.web.readings import readings_data

        if lesson.network is None:
            raise ConfigError("A traced function has no readings.", hint="ask for its elements")
        if self.row >= lesson.samples:
            raise ConfigError(
                f"There is no sample {self.row + 1}.", given=f"{lesson.samples} samples"
            )
        return readings_data(lesson, self.mode, self.ids, self.row)


class ExportQuestion(Question):
    """The network as a file of another kind."""

    format: Literal["toml", "html", "latex", "python"]
    lang: Literal["en", "zh"] = "en"

    def answer(self, lesson: Lesson) -> dict[str, Any]:
        from whygrad.web.export import exported

        name, text = exported(lesson, self.format, self.lang)
        return {"name": name, "text": text}


class MatrixQuestion(Question):
    """The exact cells of a part of an array."""

    node: Name
    of: Literal["value", "gradient"]
    rows: tuple[Place, Place]
    columns: tuple[Place, Place]

    def answer(self, lesson: Lesson) -> dict[str, Any]:
        from whygrad.web.blocks import region_data

        return region_data(lesson.trace, self.node, self.of, self.rows, self.columns)


class ElementQuestion(Question):
    """One number with the lines that lead to it."""

    at: Name
    detail: Literal["factors", "delta"] = "factors"

    def answer(self, lesson: Lesson) -> dict[str, Any]:
        from whygrad.web.blocks import element_data

        return element_data(lesson.trace, self.at, self.detail)


QUESTIONS: dict[str, type[Any]] = {
    "lesson": LessonQuestion,
    "reading": ReadingQuestion,
    "export": ExportQuestion,
    "matrix": MatrixQuestion,
    "element": ElementQuestion,
}


def answer(name: str, body: bytes, opened: Opened) -> dict[str, Any]:
    """The answer to a question that came as JSON. Raises WhygradError where there is none."""
    question = strict(parsed(body), QUESTIONS[name], "The question")
    found: dict[str, Any] = question.answer(lesson_of(question.spec, opened))
    return found


def parsed(body: bytes) -> Any:
    """JSON that is nested no deeper than any question is. Raises ConfigError."""
    depth = 0
    for bracket in NO_BRACKET.sub(b"", STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise ConfigError("The question is nested too deeply.", why=f"over {DEEPEST} levels")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError("The question is not JSON.", why=str(error)[:200]) from None


# ---- lessons ------------------------------------------------------------------------------------


def lesson_of(spec: Spec, opened: Opened) -> Lesson:
    """The lesson that a spec describes; the same spec is not worked out twice in a row."""
    return kept_lesson(msgspec.json.encode(spec), opened, opened.version)


@lru_cache(maxsize=KEPT)
def kept_lesson(spec: bytes, opened: Opened, version: int) -> Lesson:
    """A lesson by its spec as JSON; version: another one is another lesson."""
    from whygrad.web.spec import lesson_of_spec

    return lesson_of_spec(msgspec.json.decode(spec), opened.lesson)


# ---- what is looked up --------------------------------------------------------------------------


def gallery(asked: Mapping[str, str], opened: Opened) -> dict[str, Any]:
    """The networks to begin with."""
    from whygrad.web.gallery import gallery_data

    return {"gallery": gallery_data()}


def run(asked: Mapping[str, str], opened: Opened) -> dict[str, Any]:
    """What is new in the run's folder. Raises ConfigError where the page follows none."""
    since = asked.get("since", "0")
    if not (since.isascii() and since.isdigit() and len(since) <= 9):
        raise ConfigError("since is how many rows are known already.", given=since[:100])
    if opened.folder is None:
        raise ConfigError("This page follows no run.", hint="whygrad serve RUN")
    return progress(opened.folder, int(since)).to_dict()


LOOK_UPS: dict[str, Callable[[Mapping[str, str], Opened], dict[str, Any]]] = {
    "gallery": gallery,
    "run": run,
}


def look_up(name: str, asked: Mapping[str, str], opened: Opened) -> dict[str, Any]:
    """The answer to a question that needs no body. Raises WhygradError where there is none."""
    return LOOK_UPS[name](asked, opened)
