"""Sharing: the data come back to the letter, and what stands in many places is written once."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whygrad.web.sharing import restored, shared

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, -0.0, 1.0, 0.5]),
    st.sampled_from(["a", "x" * 40, "x" * 41, "a long text that stands in several places"]),
)  # fmt: skip
DATA = st.recursive(
    LEAVES,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.sampled_from("abc"), part),
    max_leaves=40,
)


@given(DATA)
def test_what_was_shared_comes_back_to_the_letter(data):
    """True, 1 and 1.0 are equal in Python, and so are 0.0 and −0.0; in JSON they are not."""
    sent = json.loads(json.dumps(shared(data)))
    assert json.dumps(restored(sent)) == json.dumps(data)


def test_what_stands_in_many_places_is_written_once():
    line = {"left": "<math>" + "w" * 100, "formula": ["mul", {"q": "w1"}, 0.5]}
    data = {str(k): {"lines": [line, json.loads(json.dumps(line))], "of": k} for k in range(100)}
    sent = json.dumps(shared(data))
    assert sent.count("w" * 100) == 1
    assert len(sent) < len(json.dumps(data)) / 5
    assert restored(json.loads(sent)) == data


def test_parts_refer_to_parts_before_them():
    inner = ["a" * 50, "b" * 50]
    sent = shared([[inner, 1], [inner, 1], inner, "a" * 50])
    assert len(sent["parts"]) == 3  # the long text, `inner`, and the pair around it
    for k, part in enumerate(sent["parts"]):
        found = re.findall(r'"\$": (\d+)', json.dumps(part))
        assert all(int(at) < k for at in found)


@pytest.mark.parametrize("data", [3, None, "short", "x" * 99, [], {}])
def test_data_without_parts(data):
    assert shared(data) == {"parts": [], "whole": data}
    assert restored(shared(data)) == data
