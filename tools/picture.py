"""Takes the README's picture: a few lines of code beside the derivation that they print.

python tools/picture.py       needs chromium; writes docs/picture.png
"""

from __future__ import annotations

import html
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHROMIUM = (
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--force-device-scale-factor=1.5",
)
FRAME = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; display: grid; grid-template-columns: 25rem 1fr; background: #fff;
  color-scheme: light; }}
pre {{ margin: 0; padding: 1.6rem; background: #f4f5f7; color: #1c1e21; white-space: pre-wrap;
  font: 14px/1.65 ui-monospace, "DejaVu Sans Mono", monospace; }}
.whygrad h1 {{ display: none }} </style><pre>{code}</pre><div>{page}</div>"""


def main() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1].replace("  # fmt: skip", "")
    names: dict = {"print": lambda *args: None}
    exec(compile(code, "<README>", "exec"), names)
    trace = names["t"]
    document = trace.why("w5").document()
    page = document.to_html(fragment=True)
    from whygrad.drawing import drawing_of
    from whygrad.render.drawings.svg import svg

    drawn = svg(drawing_of(trace, trace.names, trace.find("w5")), trace.names)
    page = page.replace('<div class="lines">', f'<figure>{drawn}</figure><div class="lines">', 1)
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "picture.html"
        frame.write_text(FRAME.format(code=html.escape(code.strip()), page=page), encoding="utf-8")
        target = ROOT / "docs" / "picture.png"
        target.parent.mkdir(exist_ok=True)
        command = [*CHROMIUM, "--window-size=1180,640", f"--screenshot={target}", frame.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    main()
