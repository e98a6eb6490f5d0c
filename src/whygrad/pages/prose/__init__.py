"""Every sentence of an explanation, by id, in English and Chinese; a file for each kind of page.

A step or a document carries ids and numbers, never text. `say` puts a sentence into a language; a
test holds that no id lacks one, and that both languages have the same blanks.
"""

from __future__ import annotations

import locale
import os
from typing import Any

from whygrad.errors import ConfigError
from whygrad.pages.prose import (
    cause,
    check,
    covariance,
    demo,
    derivative,
    diagnosis,
    exercise,
    general,
    grade,
    gradients,
    solution,
    update,
    view,
    view_blocks,
    view_curves,
    view_gallery,
    view_network,
    view_numbers,
    view_reading,
)

LANGUAGES = ("en", "zh")
TOPICS = (
    solution,
    update,
    demo,
    general,
    derivative,
    check,
    cause,
    grade,
    exercise,
    diagnosis,
    gradients,
    covariance,
    view,
    view_network,
    view_reading,
    view_numbers,
    view_curves,
    view_blocks,
    view_gallery,
)

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    id_: said for topic in TOPICS for id_, said in topic.SENTENCES.items()
}


def say(id_: str, lang: str, **blanks: str) -> str:
    """A sentence in a language with its blanks filled."""
    return template(id_, lang).format(**blanks)


def in_languages(id_: str, **blanks: Any) -> dict[str, str]:
    """A sentence in every language, its blanks filled."""
    return {lang: say(id_, lang, **blanks) for lang in LANGUAGES}


def template(id_: str, lang: str) -> str:
    """A sentence in a language, its blanks as {name}."""
    return SENTENCES[id_][LANGUAGES.index(lang)]


def language(asked: str | None) -> str:
    """The language asked for; else the locale's where it is one of ours, else English."""
    if asked is not None:
        if asked not in LANGUAGES:
            raise ConfigError(f"There is no language {asked!r}.", hint="one of en, zh")
        return asked
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(variable):
            return "zh" if os.environ[variable].lower().startswith("zh") else "en"
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
