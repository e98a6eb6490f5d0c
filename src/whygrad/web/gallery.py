"""Gallery: networks to begin with, each of which shows one thing.

Each is a network file (files/networks/), with a title and a sentence about it.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from whygrad.errors import NameUnknownError, nearest
from whygrad.files.config import NetworkFile, parse
from whygrad.pages.prose import in_languages
from whygrad.web.lesson import Lesson, of_file

# What each shows: its title and a sentence about it, by id.
SAID = {
    "article": ("view.gallery.article", "view.gallery.article.about"),
    "xor": ("view.gallery.xor", "view.gallery.xor.about"),
    "encoder": ("view.gallery.encoder", "view.gallery.encoder.about"),
    "sine": ("view.gallery.sine", "view.gallery.sine.about"),
    "saturated": ("view.gallery.saturated", "view.gallery.saturated.about"),
    "dead_relu": ("view.gallery.dead_relu", "view.gallery.dead_relu.about"),
}
KEYS = tuple(SAID)

Said = dict[str, str]  # a sentence by language


def gallery_data() -> list[dict[str, str | Said]]:
    """Every network of the gallery: its key, its title and what it is about, in both languages."""
    return [
        {"key": key, "title": in_languages(title), "about": in_languages(about)}
        for key, (title, about) in SAID.items()
    ]


def lesson(key: str) -> Lesson:
    """The lesson of a network of the gallery. Raises NameUnknownError for an unknown key."""
    return replace(of_file(file(key), key), gallery=key)


def file(key: str) -> NetworkFile:
    """The network file of a network of the gallery. Raises NameUnknownError for an unknown key."""
    if key not in SAID:
        raise NameUnknownError(f"The gallery has no network {key!r}.", hint=nearest(key, KEYS))
    text = resources.files("whygrad").joinpath(f"files/networks/{key}.toml").read_text("utf-8")
    return parse(text, f"the gallery's {key}", Path("."))
