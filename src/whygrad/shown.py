"""Shown: an answer that shows itself, from its page, in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a page belongs to a room far above; what is shown brings its own
    from whygrad.pages.document import Document


class Shown:
    """What has a page, and so can be read as text, Markdown, HTML and LaTeX."""

    def document(self) -> Document:
        """The answer as a page."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.document().to_text().rstrip("\n")

    def to_markdown(self, **style: Any) -> str:
        """Markdown with $…$ formulas."""
        return self.document().to_markdown(**style)

    def to_html(self, **style: Any) -> str:
        """One HTML page without scripts, formulas in MathML."""
        return self.document().to_html(**style)

    def to_latex(self, **style: Any) -> str:
        """LaTeX for pdflatex (Chinese: xelatex with ctex)."""
        return self.document().to_latex(**style)

    def _repr_html_(self) -> str:
        return self.document()._repr_html_()
