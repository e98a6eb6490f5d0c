"""A survey of a pass: how many gradients of each parameter are zero, tiny, huge, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from whygrad.diagnosis.classes import FINE, LARGE, SMALL, TINY, Cause, Classifier
from whygrad.diagnosis.factors import Roads
from whygrad.names import Value
from whygrad.recording import Trace
from whygrad.shown import Shown

if TYPE_CHECKING:
    from whygrad.pages.document import Document

LOOKED_AT = 12  # entries of each size whose class is found out


@dataclass(frozen=True)
class Count:
    """One parameter: how many of its gradients are zero, tiny, huge; the class of most of those.

    example: the cause of one of them, where there is one.
    """

    parameter: str
    size: int
    zero: int
    tiny: int
    huge: int
    kind: str
    example: Cause | None

    @property
    def found(self) -> bool:
        """Whether it is worth looking at."""
        many = self.zero > 0 or self.huge > 0 or 2 * self.tiny >= self.size
        return many and self.kind not in FINE

    @property
    def rank(self) -> tuple[int, float]:
        """The most worth looking at first."""
        return (not self.found, -(self.zero + self.huge + 0.5 * self.tiny) / max(self.size, 1))


@dataclass(frozen=True, eq=False)
class Survey(Shown):
    """All parameters of a pass, the most worth looking at first."""

    trace: Trace
    counts: tuple[Count, ...]

    @property
    def found(self) -> bool:
        return any(count.found for count in self.counts)

    def document(self) -> Document:
        from whygrad.pages.gradients import survey_document

        return survey_document(self)

    def to_dict(self) -> dict[str, Any]:
        """A row a parameter: size, zero, tiny, huge, class, an example."""
        text = self.trace.names.text
        return {
            "loss": self.trace.loss,
            "found": self.found,
            "parameters": [
                {"parameter": c.parameter, "size": c.size, "zero": c.zero, "tiny": c.tiny,
                 "huge": c.huge, "class": c.kind, "found": c.found,
                 "example": None if c.example is None else text(c.example.at)}
                for c in self.counts
            ],
        }  # fmt: skip


def survey(trace: Trace) -> Survey:
    """The survey of a finite pass."""
    classifier = Classifier(trace, Roads(trace))
    found = [counted(classifier, name, g) for name, g in trace.gradients.items()]
    return Survey(trace, tuple(sorted(found, key=lambda c: c.rank)))


def counted(classifier: Classifier, name: str, gradient: np.ndarray) -> Count:
    """One parameter's row."""
    size = np.abs(gradient)
    zero = size == 0
    tiny = ~zero & ((size < SMALL) | (size < TINY * classifier.largest))
    huge = size > LARGE
    causes = [
        classifier.cause(Value(name, index))
        for group in (zero, huge, tiny)
        for index in spread(np.argwhere(group))
    ]
    kinds = Counter(cause.kind for cause in causes).most_common()
    kind = kinds[0][0] if kinds else "ordinary"
    example = next((c for c in causes if c.kind == kind), None)
    zeros, tinies, huges = (int(group.sum()) for group in (zero, tiny, huge))
    return Count(name, gradient.size, zeros, tinies, huges, kind, example)


def spread(indexes: np.ndarray) -> Iterable[tuple[int, ...]]:
    """Some of these positions, evenly over all of them."""
    if len(indexes) > LOOKED_AT:
        indexes = indexes[np.linspace(0, len(indexes) - 1, LOOKED_AT).astype(int)]
    return [tuple(int(i) for i in index) for index in indexes]
