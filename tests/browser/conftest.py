"""A real browser for the tests of the page: Debian's chromium, driven by playwright.

Where it is missing the tests are skipped, and the summary says what to install; where CI=true they
fail. What a page complains of (an error in its console, a request that failed) fails its test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from needs import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Response

INSTALL = "apt-get install chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str:
    """Where chromium lies; skips, or fails in CI, where there is none."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path and shutil.which(path):
        return path
    missing = f"needs chromium, at $CHROMIUM or on the PATH: {INSTALL}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each page has a context of its own."""
    playwright = needs("playwright.sync_api")
    path = chromium()
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=QUIET)
        yield opened
        opened.close()


class Pages:
    """Opens pages, and remembers what they complain of.

    trouble: what was said so far; a test that provokes it takes it out again.
    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.trouble: list[str] = []
        self.contexts: list[Any] = []

    def __call__(self, source: str, **options: Any) -> Page:
        """A page of its own from an address, or from HTML, which is opened as a file from disk.

        options: of the browser's context: viewport, color_scheme, locale, offline, ….
        """
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        page.on("requestfailed", lambda asked: self.trouble.append(f"failed: {asked.url[:200]}"))
        page.on("response", self._response)
        page.goto(self._file(source) if source.lstrip().startswith("<") else source)
        return page

    def _file(self, html: str) -> str:
        path = self.folder / f"page{len(self.contexts)}.html"
        path.write_text(html, encoding="utf-8")
        return path.as_uri()

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.trouble.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.trouble.append(f"{response.status}: {response.url[:200]}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path) -> Iterator[Pages]:
    """page_of(html or url): opens a page. The test fails where the page complains."""
    yield from watched(browser, tmp_path)


@pytest.fixture(scope="module")
def shared_page_of(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The same for pages that all tests of a file may use, since they leave nothing behind."""
    yield from watched(browser, tmp_path_factory.mktemp("pages"))


def watched(browser: Browser, folder: Path) -> Iterator[Pages]:
    pages = Pages(browser, folder)
    yield pages
    pages.close()
    assert not pages.trouble, "the page complained:\n" + "\n".join(pages.trouble)
