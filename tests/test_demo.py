"""`whygrad demo`: one screen, true numbers, in both languages and in plain ASCII."""

from __future__ import annotations

import pytest

from whygrad.pages import demo
from whygrad.render.columns import width
from whygrad.render.screen import screen


@pytest.fixture(scope="module")
def measured():
    return demo.measure()


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_fills_one_screen(measured, lang, plain):
    lines = screen(measured, lang, 9, plain).splitlines()
    assert len(lines) <= 40
    assert max(map(width, lines)) <= 80
    assert not any(line != line.rstrip() for line in lines)
    if plain and lang == "en":
        assert "\n".join(lines).isascii()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_shows_what_was_measured(measured, lang):
    text = screen(measured, lang, 9, plain=False)
    figures = """
        0.298371109 0.298453270 0.741365070 0.186815602 0.593269992 0.082167041
        0.055399425 −0.019049118 0.036350306 0.000438568 0.358916480
        0.291027774 0.000035102 0.291027924 0.000035085 0.015913620
    """.split()  # noqa: SIM905
    assert [f for f in figures if f not in text] == []
    assert text.count("✓") == 3
    assert "✗" not in text


def test_it_proves_what_it_says(measured):
    assert measured.proved == 8
    assert measured.checked["w5"] == pytest.approx(measured.gradient("w5"), rel=1e-9)
    slope = (measured.nudged - measured.trace.loss) / demo.NUDGE
    assert slope == pytest.approx(measured.gradient("w5"), rel=1e-3)


def test_ten_thousand_steps_take_no_time(measured):
    """At most half a second is asked for; some 0.02 s are measured, and a machine may be busy."""
    assert measured.seconds < 2
