"""The reader's own names: what is refused before anything is called by them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import whygrad as wg
from whygrad.errors import ConfigError
from whygrad.files.naming import check_names


def named(**names):
    return replace(wg.mlp([2, 2, 1]), renamed=names)


@pytest.mark.parametrize(
    "sign", ["\u202e", "\u2066", "\u200b", "\x00", "\x85", "\u2028", "\ud800"], ids=ascii
)
def test_a_name_has_no_signs_that_are_not_seen(sign):
    with pytest.raises(ConfigError, match="a name has") as found:
        check_names(named(i1=f"a{sign}b"))
    assert sign not in str(found.value)


def test_what_is_not_seen_is_said_by_its_name():
    with pytest.raises(ConfigError, match=r"U\+202E, right-to-left override"):
        check_names(named(i1="a\u202eb"))


def test_a_name_is_given_once():
    check_names(named(i1="width", i2="宽²", w1="é"))
    for twice in ({"i1": "a", "i2": "a"}, {"i1": "i2"}):
        with pytest.raises(ConfigError, match="to two things"):
            check_names(named(**twice))
