"""What a page does with a formula's open places, in a few lines: the reference for the tests."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from whygrad.render.numbers import numeral

SLOT = re.compile(r'(<mo>\+</mo>)?<mrow data-slot="([^"]*)"([^>]*)></mrow>')


def filled(markup: str, number: Callable[[str], float]) -> str:
    """The markup with a number in every place, as its attributes say."""

    def put(found: re.Match[str]) -> str:
        plus, key, needs = found[1] or "", html.unescape(found[2]), found[3]
        shown = numeral(number(key))
        size = shown.digits
        if shown.exponent is not None:
            size += "×10" + ("−" if shown.exponent < 0 else "") + str(abs(shown.exponent))
        if shown.negative and "data-term" in needs:
            return "<mo>−</mo>" + size
        negative = shown.negative and 'data-negative="fence"' in needs
        power = shown.exponent is not None and 'data-power="fence"' in needs
        signed = "−" * shown.negative + size
        if not (negative or power):
            return plus + signed
        return f"{plus}({signed})" + "·" * ("data-touches" in needs)

    return SLOT.sub(put, markup)


def read(markup: str) -> str:
    """The signs of a markup alone."""
    text = html.unescape(re.sub(r"<[^>]*>", "", markup))
    return text.replace("\u2062", "").replace("\u2061", "")
