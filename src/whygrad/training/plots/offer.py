"""The offer: every picture by its name, what it needs, and those that a run has."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, DataError, NameUnknownError, nearest
from whygrad.training.plots import agreement, classes, codes, course
from whygrad.training.plots.canvas import Picture, write
from whygrad.training.plots.material import Answers, Material

PREDICTS_CLASSES = "it predicts classes, not numbers"
PREDICTS_NUMBERS = "it predicts numbers, not classes"
MOST_CLASSES = 100  # whose matrix is drawn unasked
MOST_NUMBERS = 100_000_000  # of samples whose answers are drawn unasked
CURVE = 400  # points of a fitted curve


@dataclass(frozen=True)
class Offer:
    """A picture. draw: of the material and its options. lacks: why it cannot be, or "".

    unasked: whether it is drawn where nobody named it.
    """

    draw: Callable[..., Picture]
    lacks: Callable[[Material], str]
    unasked: Callable[[Material], bool]
    options: tuple[str, ...] = ()


class Plots(dict[str, Picture]):
    """Pictures by name; a notebook shows them all."""

    def __repr__(self) -> str:
        return f"<Plots: {', '.join(self) or 'none'}>"

    def _repr_html_(self) -> str:
        return "".join(
            f'<figure style="display:inline-block;margin:4px"><img alt="{name}" '
            f'style="max-width:480px" src="data:image/png;base64,'
            f'{base64.b64encode(figure.png()).decode()}"></figure>'
            for name, figure in self.items()
        )


# ---- what each picture needs --------------------------------------------------------------------


def no_losses(m: Material) -> str:
    return "" if m.record is not None and m.record.perf is not None else "no losses were recorded"


def no_state(m: Material) -> str:
    r = m.record
    has = r is not None and any(v is not None for v in (r.gradient, r.mu, r.val_fail))
    return "" if has else "neither a gradient's norm nor mu nor validation checks were recorded"


def no_layer_gradients(m: Material) -> str:
    has = any(key.startswith("gradient_norm_") for key in (m.history[0] if m.history else ()))
    return "" if has else "the gradients of layers are recorded by epochs, and not by solvers"


def no_samples(m: Material) -> str:
    if m.network is None:
        return "a traced graph has no samples"
    return "" if m.kind else "its samples are not here: pickling leaves them behind"


def no_numbers(m: Material) -> str:
    return no_samples(m) or ("" if m.kind != "classification" else PREDICTS_CLASSES)


def no_curve(m: Material) -> str:
    if why := no_numbers(m):
        return why
    assert m.network is not None
    if m.kind == "autoencoder":
        return "it gives back its inputs"
    ins, outs = m.network.layers[0], m.network.layers[-1]
    if ins == outs == 1:
        return ""
    return f"it has {counted(ins, 'input')} and {counted(outs, 'output')}, not one each"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def no_classes(m: Material) -> str:
    return no_samples(m) or ("" if m.kind == "classification" else PREDICTS_NUMBERS)


def no_weights(m: Material) -> str:
    return "a traced graph has no layers" if m.network is None else ""


def no_codes(m: Material) -> str:
    if why := no_reconstructions(m):
        return why
    assert m.network is not None
    width = m.network.layers[m.network.code_layer]
    return "" if width > 1 else "its code is one number, and a plane needs two"


def no_reconstructions(m: Material) -> str:
    return no_samples(m) or ("" if m.kind == "autoencoder" else "it is no auto-encoder")


# ---- how each is drawn --------------------------------------------------------------------------


def performance(m: Material) -> Picture:
    assert m.record is not None
    loss = "loss" if m.network is None else m.network.loss.replace("_", " ")
    return course.performance(m.record, loss=loss)


def training_state(m: Material) -> Picture:
    assert m.record is not None
    return course.training_state(m.record)


def gradients(m: Material) -> Picture:
    return course.gradients(m.history)


def parts_of(a: Answers, part: str | None) -> Mapping[str, np.ndarray]:
    """The parts that are drawn: all of them, or one that was asked for ("all": undivided)."""
    if part is None or part == "all":
        return a.parts if part is None else {}
    if part not in a.parts:
        raise NameUnknownError(
            f"There is no part {part!r} of these samples.",
            hint=nearest(str(part), [*a.parts, "all"]),
        )
    return {part: a.parts[part]}


def regression(m: Material, part: str | None = None, output: int | str | None = None) -> Picture:
    a = m.answers
    return agreement.regression(
        a.targets, a.outputs, parts=parts_of(a, part), names=m.output_names, output=output
    )


def error_histogram(
    m: Material, part: str | None = None, output: int | str | None = None, **options: Any
) -> Picture:
    a = m.answers
    return agreement.error_histogram(
        a.targets, a.outputs, parts=parts_of(a, part), names=m.output_names, output=output,
        **options,
    )  # fmt: skip


def fit(m: Material) -> Picture:
    a, x = m.answers, m.answers.inputs()
    assert m.network is not None
    between = np.linspace(x.min(), x.max(), CURVE)
    curve = between, m.network.predict(between[:, None]).ravel()
    return agreement.fit(x, a.targets, a.outputs, curve=curve, parts=a.parts)


def confusion(m: Material, part: str | None = None) -> Picture:
    a = m.answers
    return classes.confusion(a.targets, a.outputs, m.labels, parts=parts_of(a, part))


def filters(m: Material, **options: Any) -> Picture:
    assert m.network is not None
    return codes.filters(m.network.parameters["W1"], **options)


def latent(m: Material, labels: Any = None) -> Picture:
    a = m.answers
    assert m.network is not None
    if labels is not None and a.rows is not None and len(labels) > a.rows.max():
        labels = [labels[k] for k in a.rows]  # of the data as they were given
    return codes.latent(m.network.encode(a.inputs()), labels)


def reconstructions(m: Material, **options: Any) -> Picture:
    a = m.answers
    return codes.reconstructions(a.targets, a.outputs, rows=a.rows, **options)


# ---- what is drawn where nobody named it --------------------------------------------------------


def always(m: Material) -> bool:
    """What was recorded costs nothing more."""
    return True


def affordable(m: Material) -> bool:
    """Whether the answers to all samples take no time and memory to speak of."""
    return m.size <= MOST_NUMBERS


def few_classes(m: Material) -> bool:
    """Whether a matrix of the classes can be read."""
    return affordable(m) and len(m.labels) <= MOST_CLASSES


def is_image(m: Material) -> bool:
    """Whether filters are worth it: of an auto-encoder of square images."""
    net = m.network
    if net is None or m.kind != "autoencoder" or net.layers[0] < 16:
        return False
    return codes.square(net.layers[0]) is not None


OFFERS = {
    "performance": Offer(performance, no_losses, always),
    "training_state": Offer(training_state, no_state, always),
    "gradients": Offer(gradients, no_layer_gradients, always),
    "error_histogram": Offer(error_histogram, no_numbers, affordable, ("bins", "part", "output")),
    "regression": Offer(regression, no_numbers, affordable, ("part", "output")),
    "fit": Offer(fit, no_curve, affordable),
    "confusion": Offer(confusion, no_classes, few_classes, ("part",)),
    "filters": Offer(filters, no_weights, is_image, ("shape", "most")),
    "latent": Offer(latent, no_codes, affordable, ("labels",)),
    "reconstructions": Offer(reconstructions, no_reconstructions, affordable, ("shape", "count")),
}
# What MATLAB calls them.
ALIASES = {
    "plotperform": "performance", "plottrainstate": "training_state",
    "ploterrhist": "error_histogram", "plotregression": "regression", "plotfit": "fit",
    "plotconfusion": "confusion",
}  # fmt: skip


def drawn(
    m: Material, name: str | None, path: str | os.PathLike[str] | None, options: dict[str, Any]
) -> Picture | Plots:
    """A picture by its name, or all that apply; written to a file, or to a folder of them.

    Raises NameUnknownError, ConfigError.
    """
    if name is None:
        if options:
            raise ConfigError(f"Which picture {next(iter(options))!r} is for was not said.")
        figures = every(m)
        if path is not None:
            write(figures, Path(path))
        return figures
    figure = one(m, ALIASES.get(name, name), options)
    if path is not None:
        figure.save(path)
    return figure


def one(m: Material, name: str, options: dict[str, Any]) -> Picture:
    """A picture by its name."""
    if name not in OFFERS:
        raise NameUnknownError(
            f"There is no plot {name!r}.", given=having(m), hint=nearest(str(name), OFFERS)
        )
    offer = OFFERS[name]
    if why := offer.lacks(m):
        raise ConfigError(f"There is no plot {name!r} of this.", why=why, hint=having(m))
    for key in options:
        if key not in offer.options:
            raise ConfigError(
                f"The plot {name!r} has no option {key!r}.",
                hint=nearest(key, offer.options) if offer.options else "it has none",
            )
    return offer.draw(m, **options)


def every(m: Material) -> Plots:
    """All pictures that apply; what numbers that are not finite would make of one is left out."""
    found = Plots()
    for name, offer in OFFERS.items():
        if not offer.lacks(m) and offer.unasked(m):
            with suppress(DataError):
                found[name] = offer.draw(m)
    return found


def having(m: Material) -> str:
    """The pictures that there are, in words."""
    return "it has " + ", ".join(name for name, offer in OFFERS.items() if not offer.lacks(m))
