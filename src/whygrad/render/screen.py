"""The one screen of `whygrad demo`: at most 40 lines of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from whygrad.pages.demo import NUDGE, PRINTED, STEPS, Screen
from whygrad.pages.prose import say
from whygrad.render.ascii import to_ascii
from whygrad.render.columns import centred, padded
from whygrad.render.drawings.sketch import sketch
from whygrad.render.numbers import number, printed_value

WIDTH = 78


def screen(shown: Screen, lang: str, digits: int, plain: bool) -> str:
    """The worked example on one screen, in a language; in plain ASCII where that is asked for."""
    lines = [
        say("screen.title", lang),
        "",
        *sketch(shown.drawing, shown.trace.names, width=WIDTH, ascii=plain).splitlines(),
        "",
        *nudge(shown, lang, digits),
        "",
        *one_road(shown, lang, digits),
        "",
        *two_roads(shown, lang, digits),
        "",
        *steps(shown, lang, digits),
        "",
        *say("screen.next", lang).splitlines(),
    ]
    text = "\n".join(lines)
    return to_ascii(text) if plain else text


def nudge(shown: Screen, lang: str, digits: int) -> list[str]:
    """1: turn w5 a little and see the error move."""
    weight = shown.value("w5")
    slope = (shown.nudged - shown.trace.loss) / NUDGE
    return say(
        "screen.nudge",
        lang,
        old=number(weight, 3),
        new=number(weight + NUDGE, 3),
        before=number(shown.trace.loss, digits),
        after=number(shown.nudged, digits),
        slope=number(slope, 5),
    ).splitlines()


def one_road(shown: Screen, lang: str, digits: int) -> list[str]:
    """2: the same slope by walking back from the error to w5; the factors are the derivation's."""
    derivation = shown.trace.why("w5")
    parts = derivation.last.parts
    stations = ["error" if lang == "en" else "误差", "out_o1", "net_o1", "w5"]
    rules = ["out − target", "out·(1 − out)", "out_h1"]
    column = 16
    road = stations[0]
    for station in stations[1:]:
        road += " ◀" + "─" * (column - 2 - len(station)) + " " + station
    gap = " " * 5
    values = [number(p.value, digits) for p in parts]
    product = number(derivation.value, digits)
    printed = math.prod(printed_value(p.value, digits) for p in parts)
    relation = same(printed, derivation.value, digits)
    proof = number(shown.checked["w5"], digits)
    row = "×".join(centred(v, column) for v in values)
    return [
        *say("screen.road", lang).splitlines(),
        gap + road,
        (gap + "   " + " ".join(centred(r, column) for r in rules)).rstrip(),
        gap + "   " + row + f"{relation} {product}",
        gap + padded(say("screen.proof", lang), len(row) + 5) + proof + " ✓",
    ]


def two_roads(shown: Screen, lang: str, digits: int) -> list[str]:
    """3: w1's two roads, added, then on to w1."""
    trace = shown.trace
    meeting = trace.deriver("factors").step(
        trace.deriver("factors").reference(trace.find("out_h1"))
    )
    lines = [*say("screen.roads", lang).splitlines()]
    for part, (output, weight) in zip(meeting.parts, (("o1", "w5"), ("o2", "w7")), strict=True):
        delta = number(trace.grad(f"net_{output}"), digits)
        label = padded(say("screen.through", lang, output=output), 14)
        factors = f"δ_{output}·{weight} = {delta}·{number(trace.value(weight), digits)}"
        lines.append(f"     {label} {factors:<30} = {number(part.value, digits):>12}")
    printed = sum(printed_value(p.value, digits) for p in meeting.parts)
    total = number(meeting.value, digits)
    relation = same(printed, meeting.value, digits)
    lines.append(f"     {padded(say('screen.sum', lang), 14)} {'':<30} {relation} {total:>12}")
    inner = trace.why("w1").last.parts
    value, proof = trace.grad("w1"), shown.checked["w1"]
    mark = "✓" if math.isclose(value, proof, rel_tol=1e-6) else "✗"
    first, second = (number(p.value, digits) for p in inner[-2:])
    relation = product_relation(meeting.value, inner[-2:], value, digits)
    onward = f"× out_h1·(1 − out_h1) {first} × i1 {second}"
    lines.append(f"     {onward} {relation} {number(value, digits)} {mark}")
    return lines


def product_relation(first: float, parts: Sequence[object], value: float, digits: int) -> str:
    """= or ≈: whether the printed factors give the printed product."""
    product = printed_value(first, digits)
    for part in parts:
        product *= printed_value(part.value, digits)  # type: ignore[attr-defined]
    return same(product, value, digits)


def same(computed: float, value: float, digits: int) -> str:
    """= where both print alike, else ≈."""
    return "=" if printed_value(computed, digits) == printed_value(value, digits) else "≈"


def steps(shown: Screen, lang: str, digits: int) -> list[str]:
    """4 and 5: the step, then many; the article's printed figures under ours."""
    trace = shown.trace
    rate, weight, gradient = shown.rate, trace.value("w5"), trace.grad("w5")
    update = (
        f"w5 = {number(weight, digits)} − {number(rate, digits)}·{number(gradient, digits)} "
        f"= {number(shown.updated('w5'), digits)}"
    )
    column, label = 12, 12
    counts = "".join(padded(f"{n:,}", column) for n in STEPS)
    losses = "".join(padded(short(shown.loss_after(n)), column) for n in STEPS)
    printed = "".join(padded(PRINTED.get(n, ""), column) for n in STEPS)
    outputs = [number(float(v), digits) for v in shown.run.outputs.ravel()]
    return [
        say("screen.step", lang, update=update),
        *say("screen.again", lang, seconds=f"{shown.seconds:.2f}").splitlines(),
        "     " + padded(say("screen.count", lang), label) + counts.rstrip(),
        "     " + padded(say("screen.error", lang), label) + losses.rstrip(),
        "     " + padded(say("screen.article", lang), label) + printed.rstrip(),
        *say(
            "screen.end", lang, out1=outputs[0], out2=outputs[1], proved=str(shown.proved)
        ).splitlines(),
    ]


def short(loss: float) -> str:
    """An error of the table: nine decimals, which is what the article prints."""
    return number(loss, 9)
