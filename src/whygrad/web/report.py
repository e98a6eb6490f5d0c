"""The page as one file that carries all it needs: to be mailed, or put on any web space."""

from __future__ import annotations

from whygrad.web.frame import boot, carried
from whygrad.web.lesson import Lesson
from whygrad.web.payload import lesson_data, packed


def report_html(lesson: Lesson, lang: str | None = None) -> str:
    """One HTML file that opens from disk and asks nothing of anywhere.

    lang: "en" or "zh"; None: the reader's browser decides.
    """
    return page_html("report", lang, packed_lesson(lesson), lesson.title)


def packed_lesson(lesson: Lesson) -> str:
    """A lesson with every derivation, as a page carries it: what takes time of a report."""
    return packed(lesson_data(lesson, readings="all"))


def page_html(home: str, lang: str | None, data: str, title: str) -> str:
    """The page around a packed lesson. home: "report" or "notebook"."""
    return carried(boot(home, lang, packed=data), title)
