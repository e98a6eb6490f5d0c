"""Runs the examples of the READMEs and of docs/ and writes what they print below them.

python tools/documents.py [PAGE…]     writes the outputs
python tools/documents.py --check …   changes nothing; exit status 1 where an output is not true

An example is a ```python block with a ```text block below it (the blocks of a page share their
names), or a ```sh block whose lines `$ whygrad …` are followed by what the command prints, standard
error included; both in docs/examples.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "examples"
PAGES = (
    "README.md",
    "README.zh.md",
    "docs/autoencoders.md",
    "docs/check.md",
    "docs/grade.md",
    "docs/exercise.md",
    "docs/export.md",
    "docs/from-scikit-learn.md",
    "docs/why.md",
    "docs/look.md",
)
BLOCK = re.compile(
    r"```python\n(?P<code>.*?)```\n\n```text\n.*?```|```sh\n(?P<console>\$ .*?)```", re.DOTALL
)


def printed(code: str, names: dict[str, Any], page: str) -> str:
    """What a block of code prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.chdir(EXAMPLES):
        exec(compile(code, page, "exec"), names)
    return out.getvalue().strip("\n") + "\n"


def session(console: str) -> str:
    """The commands of a console block, each with what it prints now."""
    parts = []
    for command in re.findall(r"^\$ (.*)$", console, re.MULTILINE):
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            command, shell=True, cwd=EXAMPLES, env=environment, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        parts.append(f"$ {command}\n{done.stdout.rstrip()}\n")
    return "\n".join(parts)


def filled(text: str, page: str) -> str:
    """A page with the output of every example as it is now."""
    names: dict[str, Any] = {"__name__": "__page__"}

    def fill(match: re.Match[str]) -> str:
        if match["console"] is not None:
            return f"```sh\n{session(match['console'])}```"
        shown = printed(match["code"], names, page)
        return f"```python\n{match['code']}```\n\n```text\n{shown}```"

    return BLOCK.sub(fill, text)


def main() -> int:
    check = "--check" in sys.argv
    stale = []
    for name in [a for a in sys.argv[1:] if not a.startswith("--")] or PAGES:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        new = filled(text, name)
        if new != text:
            stale.append(name)
            if not check:
                path.write_text(new, encoding="utf-8")
    if stale and check:
        print("not what it prints:", ", ".join(stale), "(python tools/documents.py mends it)")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
