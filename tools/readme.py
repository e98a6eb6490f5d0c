"""Runs every Python block of the READMEs and writes what it prints into the block below it.

python tools/readme.py            writes the outputs
python tools/readme.py --check    changes nothing; exit status 1 where an output is not true
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "README.zh.md")
BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<shown>.*?)```", re.DOTALL)


def printed(code: str) -> str:
    """What a block of code prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "<README>", "exec"), {"__name__": "__readme__"})
    return out.getvalue().strip("\n") + "\n"


def filled(text: str) -> str:
    """A page with the output of every block as it is now."""

    def fill(match: re.Match[str]) -> str:
        return f"```python\n{match['code']}```\n\n```text\n{printed(match['code'])}```"

    return BLOCK.sub(fill, text)


def main() -> int:
    stale = []
    for name in PAGES:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        new = filled(text)
        if new != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print("not what the code prints:", ", ".join(stale), "(python tools/readme.py mends it)")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
