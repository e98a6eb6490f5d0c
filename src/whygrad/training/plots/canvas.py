"""Canvas: figures that stand by themselves, how parts of the data look, and writing figures down.

No pyplot: nothing of a user's own figures or settings is touched.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from whygrad import disk
from whygrad.errors import ConfigError, nearest

try:
    from matplotlib import font_manager, ticker
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
except ImportError:
    raise ConfigError("Plots need matplotlib.", hint="pip install 'whygrad[plots]'") from None

KINDS = ("png", "svg", "pdf")
DPI = 144
MOST_DECADES = 200  # above and below 1
SHOWN = 2_000  # points; more look the same
# The colours of Okabe and Ito (2008), told apart by all kinds of eyes.
BLUE, RED, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
ORANGE, SKY, YELLOW, GREY = "#e69f00", "#56b4e9", "#b8a800", "#767676"
COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, YELLOW, GREY)
CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei",
           "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback")  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a part of the data is drawn; dashes, markers and hatches tell it without colours."""

    label: str
    colour: str
    dash: str
    marker: str
    hatch: str


LOOKS = {
    "train": Look("training", BLUE, "-", "o", ""),
    "validation": Look("validation", RED, "--", "s", "///"),
    "test": Look("test", GREEN, "-.", "^", "..."),
    "all": Look("all", GREY, "-", "o", ""),
}


class Picture(Figure):
    """A figure that shows itself in a notebook, whether pyplot was imported or not."""

    def png(self) -> bytes:
        """The picture as PNG."""
        return self.drawn("png")

    def drawn(self, kind: str) -> bytes:
        """The picture as PNG, SVG or PDF."""
        stream = io.BytesIO()
        with warnings.catch_warnings():
            # A name in letters that no installed font has is drawn as boxes: nothing to warn of.
            warnings.filterwarnings("ignore", message="Glyph")
            self.savefig(stream, format=kind, dpi=DPI)
        return stream.getvalue()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes it, whole or not at all; the ending says as what: .png, .svg or .pdf."""
        path = Path(path)
        kind = path.suffix[1:].lower()
        if kind not in KINDS:
            raise ConfigError(
                f"A picture cannot be written as {path.suffix or path.name!r}.",
                hint=nearest(kind, KINDS),
            )
        disk.write_whole(path, self.drawn(kind))
        return path

    def _repr_png_(self) -> bytes:
        return self.png()


def picture(width: float = 6.4, height: float = 4.0) -> Picture:
    """An empty figure of so many inches."""
    return Picture(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08))


def plain(axes: Any) -> Any:
    """Axes without the lines above and at the right, their numbers written out: no 1e−10 + 3."""
    axes.spines[["top", "right"]].set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_formatter(), ticker.ScalarFormatter):
            axis.get_major_formatter().set_useOffset(False)
    return axes


def write(
    figures: Mapping[str, Picture], folder: Path, kinds: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Figures as NAME.png and NAME.svg. Raises ConfigError where they cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{str(folder)!r} cannot be made.", why=str(error)) from None
    return [f.save(folder / f"{name}.{kind}") for name, f in figures.items() for kind in kinds]


# ---- parts of the data --------------------------------------------------------------------------


def parts_of(rows: int, parts: Mapping[str, Any] | None) -> dict[str, np.ndarray]:
    """Row numbers by "train", "validation", "test"; all rows where no parts are named."""
    if not parts:
        return {"all": np.arange(rows)}
    found = {}
    for name, chosen in parts.items():
        if name not in LOOKS:
            raise ConfigError(f"There is no part {name!r}.", hint=nearest(str(name), LOOKS))
        numbers = np.asarray(chosen)
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < rows):
            raise ConfigError(
                f"The part {name!r} names rows that are not there.",
                given=f"rows {numbers.min()} to {numbers.max()} of {rows:,}",
            )
        if numbers.size:
            found[name] = numbers
    return found


def thinned(count: int) -> slice:
    """Which of so many points are drawn."""
    return slice(None, None, max(1, -(-count // SHOWN)))


def counted(count: int) -> str:
    """How many points there are, and how many of them are drawn."""
    drawn = len(range(count)[thinned(count)])
    return f"n = {count:,}" + (f", {drawn:,} drawn" if drawn < count else "")


# ---- axes ---------------------------------------------------------------------------------------


def logarithmic(axes: Any) -> None:
    """A logarithmic axis upwards that has several numbers on it, however short it is."""
    positive = [
        v
        for line in axes.lines
        if line.get_transform() == axes.transData  # a line across the axes is not of the data
        for v in np.asarray(line.get_ydata(), float)
        if 0 < v < np.inf
    ]
    if not positive:
        return
    low, high = np.log10(min(positive)), np.log10(max(positive))
    decades = high - low
    room = max(0.05 * decades, 0.02)
    # Of a loss that ran off to 1e300, margins and ticks that matplotlib looks for would overflow.
    axes.set_ylim(10.0 ** max(low - room, -MOST_DECADES), 10.0 ** min(high + room, MOST_DECADES))
    axes.set_yscale("log")
    if decades < 1:
        axes.yaxis.set_major_locator(ticker.MaxNLocator(6))
        axes.yaxis.set_major_formatter(ticker.ScalarFormatter(useOffset=False))
        axes.yaxis.set_minor_locator(ticker.NullLocator())
    elif decades < 2.5:
        axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(ticker.NullFormatter())


def whole_numbers(axis: Any) -> None:
    """Marks an axis of epochs at whole numbers."""
    axis.set_major_locator(ticker.MaxNLocator(integer=True, steps=(1, 2, 5, 10)))
    axis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))


def names(labels: Sequence[Any]) -> list[str]:
    """A user's names as matplotlib draws them unchanged: one that begins with _ would be left out,
    one that is long would push the axes away."""
    texts = [str(v) if len(str(v)) <= 24 else f"{str(v)[:23]}…" for v in labels]
    return [f" {t}" if t.startswith("_") else t for t in texts]


@cache
def families() -> list[str]:
    """Fonts for a user's names, which may be Chinese."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(f for f in CHINESE if f in installed)]


def worded(**more: Any) -> dict[str, Any]:
    """How a user's words are drawn: in any script, and with $ as a sign like any other."""
    return {"fontfamily": families(), "parse_math": False, **more}


def legend(axes: Any, **where: Any) -> Any:
    """A legend that covers as little as it can."""
    found = axes.legend(fontsize=8.5, framealpha=0.85, edgecolor="none", **where)
    for text in found.get_texts():
        text.set(**worded())
    return found


def legend_below(figure: Any, axes: Any, columns: int) -> None:
    """The legend of these axes outside of them, where nothing can run through it."""
    handles, words = axes.get_legend_handles_labels()
    where = {"loc": "outside lower center", "ncols": columns}
    figure.legend(handles, words, fontsize=8.5, frameon=False, **where)
