"""The page as one HTML text: its styles, its modules, what it opens with, and what it may do.

`page/index.html` has places for the policy, the styles, the modules and what the page opens with,
which every home fills in its own way: a report carries everything, a server links to the files.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import quote

from whygrad.pages.prose import LANGUAGES, SENTENCES
from whygrad.web.rules import rules_data

PAGE = "web/page"
KINDS = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
# What the page says: its own sentences, and grade's of a number that was filled in.
SAID = ("view.", "grade.is.", "grade.unexplained", "marks.pen.")
FIRST = "style.css"  # the variables that the other styles use
ENTRY = 'import "whygrad/main.js";'
# Unescaped in a data: URL; all else is: < and " for HTML, % and # for the URL, line ends, which a
# browser drops from a URL.
PLAIN = " !$&'()*+,-./:;=?@[]^_`{|}~"


@cache
def files() -> Mapping[str, str]:
    """The text of every file of the page that a browser may ask for, by its path in the page."""
    found = sorted(walk(resources.files("whygrad").joinpath(PAGE)))
    return {name: file.read_text("utf-8") for name, file in found}


def walk(folder: Traversable, inside: str = "") -> Iterator[tuple[str, Traversable]]:
    """The files of a folder and of those in it, with their paths."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from walk(entry, f"{inside}{entry.name}/")
        elif entry.name.rpartition(".")[2] in KINDS:
            yield inside + entry.name, entry


def styles() -> list[str]:
    """The style sheets in their order."""
    return sorted((n for n in files() if n.endswith(".css")), key=lambda n: (n != FIRST, n))


def modules() -> list[str]:
    """The page's modules."""
    return [name for name in files() if name.endswith(".js")]


def words() -> dict[str, dict[str, str]]:
    """Every sentence of the page, by language and id."""
    return {
        lang: {id_: said[k] for id_, said in SENTENCES.items() if id_.startswith(SAID)}
        for k, lang in enumerate(LANGUAGES)
    }


def boot(home: str, lang: str | None, **more: Any) -> dict[str, Any]:
    """What the page opens with. more: lesson, packed or api."""
    return {
        "home": home, "lang": lang, "words": words(), "rules": rules_data(),
        "lesson": None, "packed": None, "api": None, **more,
    }  # fmt: skip


def carried(opens_with: Mapping[str, Any], title: str) -> str:
    """The page with everything inside: one text that asks nothing of anywhere."""
    sheets = "\n".join(files()[name] for name in styles())
    imports = {f"whygrad/{name}": module_url(files()[name]) for name in modules()}
    mapped = import_map(imports)
    allowed = policy(f"{hashed(mapped)} {hashed(ENTRY)} data:", hashed(sheets))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{html.escape(allowed)}">'
    return filled(opens_with, title, meta, f"<style>{sheets}</style>", mapped)


def linked(opens_with: Mapping[str, Any], title: str) -> tuple[str, str]:
    """The page with links to its files, and the policy that a server sends with it."""
    links = "\n".join(f'<link rel="stylesheet" href="page/{name}">' for name in styles())
    mapped = import_map({"whygrad/": "./page/"})
    scripts = f"'self' {hashed(mapped)} {hashed(ENTRY)}"
    allowed = policy(scripts, "'self'", connect="'self'", images="'self' data:")
    return filled(opens_with, title, "", links, mapped), f"{allowed}; frame-ancestors 'none'"


def filled(
    opens_with: Mapping[str, Any], title: str, policy_tag: str, style_tags: str, mapped: str
) -> str:
    """index.html with its places filled; in one pass: what is filled in is not read as a place."""
    carried_data = f'<script type="application/json" id="boot">{script_json(opens_with)}</script>'
    parts = {
        "<!-- policy -->": policy_tag,
        "<title>whygrad</title>": f"<title>{html.escape(title)}</title>",
        "<!-- styles -->": style_tags,
        "<!-- modules -->": f'<script type="importmap">{mapped}</script>',
        "<!-- boot -->": carried_data,
    }
    done, rest = "", resources.files("whygrad").joinpath(PAGE, "index.html").read_text("utf-8")
    for place, part in parts.items():  # they stand in this order
        before, found, rest = rest.partition(place)
        assert found, f"index.html has no {place}"
        done += before + part
    return done + rest


def policy(scripts: str, sheets: str, *, connect: str = "'none'", images: str = "data:") -> str:
    """A Content-Security-Policy: what is not named may not be done."""
    return (
        f"default-src 'none'; script-src {scripts}; style-src {sheets}; img-src {images}; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def hashed(text: str) -> str:
    """A text inside the page, as a policy allows it."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def module_url(source: str) -> str:
    """A module as a data: URL."""
    return "data:text/javascript;charset=utf-8," + quote(source, safe=PLAIN)


def import_map(imports: Mapping[str, str]) -> str:
    """Where the modules' bare names lead."""
    return script_json({"imports": imports})


def script_json(data: Any) -> str:
    """JSON that may stand in a <script>: no text in it can end the element, or begin a comment."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
