"""Makes the report and the pictures that the READMEs and docs/ show.

python tools/pictures.py           docs/article.html; docs/plots.png by matplotlib; by chromium
                                   docs/picture.png, docs/look.png; docs/filters.png
python tools/pictures.py report    docs/article.html alone, which a test holds to the code
python tools/pictures.py plots     docs/plots.png alone
python tools/pictures.py filters   docs/filters.png alone: a sparse auto-encoder is trained for it
"""

from __future__ import annotations

import html
import io
import re
import subprocess
import sys
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


REPORT = ROOT / "docs/article.html"
MOMENT = "at=w1&lang=en&theme=light"  # two errors meet


def report() -> None:
    """The worked example's report."""
    from whygrad.web.lesson import opened
    from whygrad.web.report import report_html

    REPORT.write_text(report_html(opened("article")), encoding="utf-8")


def look() -> None:
    """The report at the moment when w1's two errors meet."""
    taken("look.png", f"{REPORT.as_uri()}#{MOMENT}", "1400,820", "--virtual-time-budget=4000")


def picture() -> None:
    """A few lines of code beside the derivation that they print."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1].replace("  # fmt: skip", "")
    names: dict = {"print": lambda *args: None}
    exec(compile(code, "<README>", "exec"), names)
    trace = names["t"]
    page = trace.why("w5").document().to_html(fragment=True)
    from whygrad.drawing import drawing_of
    from whygrad.render.drawings.svg import svg

    drawn = svg(drawing_of(trace, trace.names, trace.find("w5")), trace.names)
    page = page.replace('<div class="lines">', f'<figure>{drawn}</figure><div class="lines">', 1)
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "picture.html"
        frame.write_text(FRAME.format(code=html.escape(code.strip()), page=page), encoding="utf-8")
        taken("picture.png", frame.as_uri(), "1180,640")


def plots() -> None:
    """Four plots of a noisy sine that Levenberg–Marquardt fitted."""
    import numpy as np
    from PIL import Image

    import whygrad as wg

    x = np.linspace(-1, 1, 120)[:, None]
    y = np.sin(4 * x) + 0.1 * np.random.default_rng(0).normal(size=x.shape)
    run = wg.train(x, y, preset="matlab", quiet=True)
    rows = {480: ("performance", "error_histogram"), 680: ("regression", "fit")}
    width, top = 720, 0
    sheet = Image.new("RGB", (2 * width, sum(rows)), "white")
    for height, names in rows.items():
        for left, name in zip((0, width), names, strict=True):
            image = Image.open(io.BytesIO(run.plot(name).png())).convert("RGB")
            image.thumbnail((width - 16, height - 16), Image.Resampling.LANCZOS)
            inside = (width - image.width) // 2, (height - image.height) // 2
            sheet.paste(image, (left + inside[0], top + inside[1]))
        top += height
    few = sheet.quantize(64, dither=Image.Dither.NONE)  # a few colours take a third of the bytes
    few.save(ROOT / "docs/plots.png", optimize=True)


def filters() -> None:
    """What UFLDL's sparse auto-encoder learns of scikit-learn's two photographs."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_sample_images

    import whygrad as wg

    rng = np.random.default_rng(0)
    photos = [np.asarray(image, float).mean(axis=2) for image in load_sample_images().images]
    found = []
    for _ in range(10_000):
        photo = photos[rng.integers(2)]
        row, column = (int(rng.integers(n - 8)) for n in photo.shape)
        found.append(photo[row : row + 8, column : column + 8].ravel())
    x = np.array(found)
    x -= x.mean(axis=1, keepdims=True)
    limit = 3 * x.std()
    patches = (np.clip(x, -limit, limit) / limit + 1) * 0.4 + 0.1
    net = wg.mlp([64, 25, 64], autoencoder=True, sparsity={"rho": 0.01, "beta": 3.0})
    run = wg.train(net, patches, optimizer="lbfgs", epochs=400, l2=1e-4, scale="none")
    image = Image.open(io.BytesIO(run.plot("filters").png())).convert("L")
    image.thumbnail((480, 520), Image.Resampling.LANCZOS)
    image.quantize(32, dither=Image.Dither.NONE).save(ROOT / "docs/filters.png", optimize=True)


def taken(name: str, address: str, size: str, *options: str) -> None:
    """A screenshot in docs/."""
    target = ROOT / "docs" / name
    command = [*CHROMIUM, *options, f"--window-size={size}", f"--screenshot={target}", address]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    makers = {f.__name__: f for f in (report, plots, filters, look, picture)}
    for name in sys.argv[1:] or makers:
        makers[name]()
