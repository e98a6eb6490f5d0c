"""Pages: one module a format, each with `page(document, *, lang, digits, …) -> str`.

The module's name is the format's name: adding a format is adding a file here.
"""

from __future__ import annotations

import pkgutil


def formats() -> tuple[str, ...]:
    """The formats that there are."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
