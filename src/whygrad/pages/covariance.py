"""The page of a fit's covariance: a table of the weights with their standard errors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from whygrad.notation import Textbook
from whygrad.pages.document import Block, Document, Paragraph, Precise, Table, sentence
from whygrad.training.covariance import Covariance

CONVERGED = 1e-3  # the relative offset of Bates and Watts
MOST_ROWS = 60
MOST_DIGITS = 6


def covariance_document(found: Covariance) -> Document:
    """How well each weight is decided, as a page."""
    net = found.network
    names = Textbook(net.graph(), net.renamed)
    return Document(sentence("covariance.title"), tuple(covariance_blocks(found)), names)


def covariance_blocks(found: Covariance) -> Iterator[Block]:
    """The noise, the condition, then a row a weight."""
    digits = max(1, min(MOST_DIGITS, found.digits))
    yield Paragraph(
        sentence(
            "covariance.sizes", residuals=found.residuals, weights=len(found.values),
            dof=found.dof, sigma2=Precise(found.sigma2, 6),
        )
    )  # fmt: skip
    yield Paragraph(sentence("covariance.formula"))
    yield Paragraph(
        sentence(
            "covariance.digits", condition=Precise(found.condition, 3), digits=found.digits
        )
    )  # fmt: skip
    if found.offset > CONVERGED:
        yield Paragraph(sentence("covariance.far", offset=Precise(found.offset, 3)))
    errors, decided = np.sqrt(np.diag(found.matrix)), found.decided
    rows = tuple(
        (
            ref,
            Precise(float(found.values[k]), 9),
            Precise(float(errors[k]), digits),
            int(decided[k]),
        )
        for k, ref in enumerate(found.references[:MOST_ROWS])
    )
    head = (
        sentence("covariance.weight"),
        sentence("covariance.value"),
        sentence("covariance.error"),
        sentence("covariance.decided"),
    )
    yield Table(head, rows)
    if (more := len(found.values) - MOST_ROWS) == 1:
        yield Paragraph(sentence("covariance.more.one"))
    elif more > 0:
        yield Paragraph(sentence("covariance.more", count=more))
