"""Sharing: data in which the same parts stand many times, written with each part once.

The derivations of a network repeat themselves: a line, a formula, a drawn name is the same in many
of them. What stands in several places is put among the parts, and {"$": 3} stands for part 3. The
page puts them back (page/source.js), where they are shared as they were here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

LONG = 40  # characters from which a text is worth a reference
REFERENCE = "$"

Key = tuple[Any, ...]  # ("node", k) for a part that was seen, else ("leaf", kind, text)


class Sharing:
    """Every list, table and long text of some data, each once; those used often become parts."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []  # what each is, its own nodes by number
        self.uses: Counter[int] = Counter()
        self.parts: list[Any] = []
        self._numbers: dict[Key, int] = {}
        self._seen: dict[int, int] = {}  # by the object's id: parts are shared in Python already
        self._placed: dict[int, int] = {}

    def node(self, data: Any) -> int | None:
        """The number of a list, a table or a long text; None for any other leaf."""
        if isinstance(data, str):
            return self._numbered(("text", data), data) if len(data) >= LONG else None
        if not isinstance(data, (list, tuple, Mapping)):
            return None
        if id(data) not in self._seen:
            self._seen[id(data)] = self._content(data)
        return self._seen[id(data)]

    def _content(self, data: Any) -> int:
        pairs = data.items() if isinstance(data, Mapping) else enumerate(data)
        inner = [(key, self.node(value), value) for key, value in pairs]
        kind = "table" if isinstance(data, Mapping) else "list"
        return self._numbered(
            (kind, *((key, at, leaf(value) if at is None else None) for key, at, value in inner)),
            (kind, inner),
        )

    def _numbered(self, key: Key, content: Any) -> int:
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.nodes)
            self.nodes.append(content)
            if not isinstance(content, str):
                self.uses.update(at for _, at, _ in content[1] if at is not None)
        return found

    def written(self, number: int) -> Any:
        """A node as data; where it is used often, a reference to its part."""
        if number in self._placed:
            return {REFERENCE: self._placed[number]}
        data = self._data(number)
        if self.uses[number] < 2 or (not isinstance(data, str) and len(data) < 2):
            return data
        self._placed[number] = len(self.parts)  # behind all parts that it is made of
        self.parts.append(data)
        return {REFERENCE: self._placed[number]}

    def _data(self, number: int) -> Any:
        content = self.nodes[number]
        if isinstance(content, str):
            return content
        kind, inner = content
        written = ((k, v if at is None else self.written(at)) for k, at, v in inner)
        return dict(written) if kind == "table" else [value for _, value in written]


def leaf(value: Any) -> tuple[str, str]:
    """What tells leaves apart: True, 1, 1.0 and −0.0 are equal, but not the same."""
    return type(value).__name__, repr(value)


def shared(data: Any) -> dict[str, Any]:
    """Data as {"parts": […], "whole": data}, in which {"$": k} stands for part k.

    A part refers to parts before it only.
    """
    sharing = Sharing()
    root = sharing.node(data)
    whole = data if root is None else sharing.written(root)
    return {"parts": sharing.parts, "whole": whole}


def restored(data: Mapping[str, Any]) -> Any:
    """What `shared` was given; parts are shared in it."""
    parts: list[Any] = []

    def back(value: Any) -> Any:
        if isinstance(value, Mapping):
            if value.keys() == {REFERENCE}:
                return parts[value[REFERENCE]]
            return {key: back(part) for key, part in value.items()}
        return [back(part) for part in value] if isinstance(value, list) else value

    given: Iterable[Any] = data["parts"]
    for part in given:
        parts.append(back(part))
    return back(data["whole"])
