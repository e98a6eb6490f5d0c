"""Document → Markdown as code hosts show it: $…$ formulas, tables, drawings left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from whygrad.pages.document import (
    Block,
    Break,
    Curve,
    Document,
    Heading,
    Lines,
    Paragraph,
    Part,
    Picture,
    Table,
)
from whygrad.render.align import aligned
from whygrad.render.latex import latex
from whygrad.render.line import Style, inline, say
from whygrad.render.numbers import number

ROOM = 100  # signs of plain text that still fit on one line of a page


def page(document: Document, *, lang: str = "en", digits: int = 9) -> str:
    """The page for a code host."""
    style = Style(document.names, lang, digits, lambda tree: f"${guarded(latex(tree))}$", escape)
    body = Page(style)
    parts = [f"# {spaced(say(document.title, style))}"]
    parts += [written for block in document.blocks if (written := body.block(block))]
    return "\n\n".join(parts) + "\n"


def escape(word: str) -> str:
    """A user's word without any meaning to Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>$~])", r"\\\1", word.replace("\n", " "))


# A code host draws formulas with MathJax, which knows no signs by name inside of \text, and its
# Markdown takes the backslash off \{ before that: such a sign stands between two texts.
IN_TEXT = {
    r"\{": r"\lbrace ", r"\}": r"\rbrace ", r"\textbackslash{}": r"\backslash ",
    r"\textless{}": r"\lt ", r"\textgreater{}": r"\gt ", r"\textbar{}": r"\vert ",
    r"\textasciicircum{}": r"\wedge ", r"\textasciitilde{}": r"\sim ",
    r"\_": r"\_", r"\%": r"\%", r"\#": r"\#", r"\&": r"\&", r"\$": r"\$",
}  # fmt: skip
TEXT = re.compile(r"\\text\{((?:\\text\w+\{\}|\\.|[^{}\\])*)\}")


def guarded(formula: str) -> str:
    """A formula that a code host takes: nothing that Markdown or GitHub's MathJax objects to."""

    def text(found: re.Match[str]) -> str:
        signs = re.split(r"(\\text\w+\{\}|\\.)", found[1])
        parts = (IN_TEXT.get(s) or (rf"\text{{{s}}}" if s else "") for s in signs)
        return f"{{{''.join(parts)}}}"

    formula = TEXT.sub(text, formula)
    # GitHub allows no \operatorname (github/markup#1688); a loose < would open a tag.
    formula = re.sub(r"\\operatorname\{([^{}]*)\}", r"\\mathop{\\mathrm{\1}}", formula)
    return formula.replace("<", r"\lt ")


def spaced(words: str) -> str:
    """A sentence whose formulas a code host sees: a space before each $ that opens one.

    GitHub takes no $ for an opening one behind a Chinese sign, nor a closing one before a letter.
    """

    def apart(found: re.Match[str]) -> str:
        if not found[0].startswith("$"):
            return found[0]
        before, behind = words[: found.start()][-1:], words[found.end() :][:1]
        left = "" if before in ("", " ") or (before.isascii() and not before.isalnum()) else " "
        return left + found[0] + (" " if behind.isalnum() else "")

    return re.sub(r"\\.|\$(?:\\.|[^$\\])+\$", apart, words)


@dataclass(frozen=True)
class Page:
    style: Style

    def block(self, block: Block) -> str:
        match block:
            case Heading(title, level):
                return "#" * level + " " + spaced(say(title, self.style))
            case Paragraph(words):
                return spaced(say(words, self.style))
            case Lines(lines):
                rows = (row for line in lines for row in aligned(line, self.style, ROOM))
                inner = " \\\\\n".join(map(guarded, rows))
                return f"$$\n\\begin{{aligned}}\n{inner}\n\\end{{aligned}}\n$$"
            case Table():
                return "\n".join(self.table(block))
            case Curve():
                return "\n".join(self.curve(block))
            case Picture():
                return ""
            case Break():
                return "---"

    def table(self, table: Table) -> Iterator[str]:
        def row(cells: tuple[Part | None, ...]) -> str:
            return "| " + " | ".join(inline(c, self.style) for c in cells) + " |"

        yield row(table.head)
        yield "|" + " --- |" * len(table.head)
        yield from map(row, table.rows)

    def curve(self, curve: Curve) -> Iterator[str]:
        """A few points of the curve as a table."""
        points = curve.landmarks
        yield "| " + " | ".join(f"{step:,}" for step, _ in points) + " |"
        yield "|" + " ---: |" * len(points)
        yield "| " + " | ".join(number(loss, self.style.digits) for _, loss in points) + " |"
