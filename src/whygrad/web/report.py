"""The page as one file that carries all it needs: to be mailed, or put on any web space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygrad.web.frame import boot, carried

if TYPE_CHECKING:
    from whygrad.web.lesson import Lesson


def report_html(lesson: Lesson, lang: str | None = None, home: str = "report") -> str:
    """One HTML file that opens from disk and asks nothing of anywhere.

    lang: "en" or "zh"; None: the reader's browser decides. home: "report" or "notebook".
    """
    from whygrad.web.payload import lesson_data, packed

    data = lesson_data(lesson, readings="all")
    return carried(boot(home, lang, packed=packed(data)), data["title"])
