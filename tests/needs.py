"""Libraries that not every machine can install: `torch = needs("torch")` at the top of a test file.

Without the library the file's tests are skipped, and the summary says what to install. Where
CI=true they fail instead: a check that decides whether work lands must not skip in silence.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

INSTALL = ".venv/bin/python -m pip install -r requirements/test.txt"


def needs(library: str, install: str = INSTALL) -> Any:
    """The imported library; skips, or fails in CI, where it cannot be imported."""
    try:
        return importlib.import_module(library)
    except ImportError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"needs {library} ({error}): {install}", allow_module_level=True)
