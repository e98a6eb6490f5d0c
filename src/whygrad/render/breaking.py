"""A side too long for its line, in parts that fit, broken before an operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from whygrad.render.columns import width
from whygrad.render.text import text
from whygrad.render.tree import Layout, Product, Sum


def pieces(tree: Layout, room: int) -> Iterator[tuple[str, Layout]]:
    """The parts of a sum or product, each with the sign before it ("" before the first).

    room: signs of plain text that a part may take; what is neither sum nor product stays whole.
    """
    if not isinstance(tree, (Sum, Product)) or width(text(tree)) <= room:
        yield "", tree
        return
    start, sign = 0, ""
    for end in range(1, len(tree.content) + 1):
        if end < len(tree.content) and width(text(run(tree, start, end + 1))) <= room:
            continue
        (_, first), *more = pieces(run(tree, start, end), room)
        yield sign, first
        yield from more
        start, sign = end, tree.signs[end - 1] if end <= len(tree.signs) else ""


def run(tree: Sum | Product, start: int, end: int) -> Layout:
    """Neighbouring terms or factors; a single one as itself."""
    if end - start == 1:
        return tree.content[start]
    return replace(tree, content=tree.content[start:end], signs=tree.signs[start : end - 1])
