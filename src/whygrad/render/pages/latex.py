"""Document → LaTeX that needs amsmath only; Chinese through xelatex and ctex."""

from __future__ import annotations

import re
from dataclasses import dataclass

from whygrad.pages.document import (
    Block,
    Break,
    Curve,
    Document,
    Heading,
    Lines,
    Paragraph,
    Picture,
    Table,
)
from whygrad.render.align import aligned
from whygrad.render.latex import escape, latex
from whygrad.render.line import Style, inline, say
from whygrad.render.numbers import number

ROOM = 84  # signs of plain text that still fit on one line of a page
# What a sentence may contain beyond ASCII; formulas have none of these left.
SIGNS = str.maketrans(
    {
        "≈": r"$\approx$", "δ": r"$\delta$", "η": r"$\eta$", "∂": r"$\partial$", "⊙": r"$\odot$",
        "·": r"$\cdot$", "−": "$-$", "×": r"$\times$", "→": r"$\to$", "✓": "", "✗": "",
        "⁽": "${}^{(}$", "⁾": "${}^{)}$", "ˡ": "${}^{l}$", "ⱼ": "${}_{j}$", "ₖ": "${}_{k}$",
        "ᵀ": r"${}^{\top}$", "½": r"$\tfrac12$", "¼": r"$\tfrac14$", "′": "$'$", "±": r"$\pm$",
        "∇": r"$\nabla$", "⟨": r"$\langle$", "⟩": r"$\rangle$", "≥": r"$\ge$", "≤": r"$\le$",
        "∞": r"$\infty$", "√": r"$\surd$", "Σ": r"$\Sigma$", "Δ": r"$\Delta$", "σ": r"$\sigma$",
        "ε": r"$\varepsilon$", "θ": r"$\theta$", "λ": r"$\lambda$", "μ": r"$\mu$", "ᵏ": "${}^k$",
        "¹": "${}^1$", "²": "${}^2$", "³": "${}^3$", "⁻": "${}^-$", "ü": r'\"u',
        "…": r"\ldots{}", "–": "--", "’": "'",
    }
)  # fmt: skip
HAN = re.compile("[\u3400-\u9fff]")  # a user's Chinese word on an English page needs ctex too
LONGEST = 40  # rows of a table that a page surely holds
LEVELS = {2: "section*", 3: "subsection*", 4: "subsubsection*"}


def page(
    document: Document,
    *,
    lang: str = "en",
    digits: int = 9,
    fragment: bool = False,
    formulas: bool = False,
) -> str:
    """The page for pdflatex, in Chinese for xelatex.

    fragment: without preamble, for \\input. formulas: its lines alone, as a notebook sets them.
    Drawings are left out, since they need more than amsmath: `--format tikz` gives them.
    """
    style = Style(document.names, lang, digits, lambda tree: f"${latex(tree)}$", escape, prose)
    if formulas:
        lines = (x for b in document.blocks if isinstance(b, Lines) for x in b.lines)
        rows = " \\\\\n".join(row for line in lines for row in aligned(line, style, ROOM))
        return f"$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n$$"
    body = Page(style)
    parts = [f"\\section*{{{say(document.title, style)}}}"] if fragment else []
    parts += [written for block in document.blocks if (written := body.block(block))]
    joined = "\n\n".join(parts) + "\n"
    # An empty line before a display is a paragraph of its own, and leaves a hole on the page.
    text_ = joined.replace("\n\n\\begin{align*}", "\n\\begin{align*}").translate(SIGNS)
    if fragment:
        return text_
    chinese = lang == "zh" or HAN.search(text_) is not None
    kind = "{ctexart}" if lang == "zh" else "[scheme=plain]{ctexart}" if chinese else "{article}"
    hint = "% xelatex" if chinese else "% pdflatex"
    encoding = "" if chinese else "\\usepackage[utf8]{inputenc}\n"
    return (
        f"{hint}\n\\documentclass{kind}\n{encoding}\\usepackage{{amsmath}}\n"
        "\\allowdisplaybreaks\n\\setlength{\\parindent}{0pt}\n"
        "\\setlength{\\textwidth}{15.5cm}\n\\setlength{\\oddsidemargin}{0.2cm}\n"
        "\\setlength{\\textheight}{23.5cm}\n\\setlength{\\topmargin}{-1.2cm}\n"
        f"\\title{{{say(document.title, style).translate(SIGNS)}}}\n\\date{{}}\n"
        f"\\begin{{document}}\n\\maketitle\n\n{text_}\n\\end{{document}}\n"
    )


def prose(words: str) -> str:
    """A sentence of ours as LaTeX takes it."""
    return words.translate({ord(c): "\\" + c for c in "_%&#$"})


@dataclass(frozen=True)
class Page:
    style: Style

    def block(self, block: Block) -> str:
        match block:
            case Heading(title, 1):
                return f"\\begin{{center}}\\LARGE {say(title, self.style)}\\end{{center}}"
            case Heading(title, level):
                return f"\\{LEVELS.get(level, 'paragraph*')}{{{say(title, self.style)}}}"
            case Paragraph(words):
                return say(words, self.style)
            case Lines(lines):
                rows = (row for line in lines for row in aligned(line, self.style, ROOM))
                inner = " \\\\\n".join(rows)
                return f"\\begin{{align*}}\n{inner}\n\\end{{align*}}"
            case Table():
                return self.table(block)
            case Curve():
                return self.curve(block)
            case Picture():
                return ""
            case Break():
                return "\\newpage"

    def table(self, table: Table) -> str:
        """A table; one that no page holds goes on in further ones below its head."""
        rows = [[inline(c, self.style) for c in row] for row in (table.head, *table.rows)]
        head, *body = (" & ".join(row) + " \\\\" for row in rows)
        begin = f"\\begin{{center}}\\small\n\\begin{{tabular}}{{{'l' * len(table.head)}}}"
        rule, end = "\\hline\\noalign{\\smallskip}", "\\end{tabular}\n\\end{center}"
        parts = [body[k : k + LONGEST] for k in range(0, len(body), LONGEST)] or [[]]
        return "\n".join("\n".join([begin, head, rule, *part, end]) for part in parts)

    def curve(self, curve: Curve) -> str:
        """A few points of the curve as a table; a drawing would need more than amsmath."""
        rows = [
            f"{step:,} & {number(loss, self.style.digits)} \\\\" for step, loss in curve.landmarks
        ]
        return (
            "\\begin{center}\n\\begin{tabular}{rl}\n"
            + "\n".join(rows)
            + "\n\\end{tabular}\n\\end{center}"
        )
