"""What a name on a sheet means: every way in which people write net_h1, w5⁺, δ_o1, ∂E/∂w5.

Signs of every keyboard or of mathematics, spaces, underscores, LaTeX, full-width letters; a name
of any of the four notations.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from whygrad.errors import NameUnknownError, nearest
from whygrad.grading.numerals import plain
from whygrad.graph import Node
from whygrad.names import Delta, Partial, Rate, Reference, Updated, Value
from whygrad.notation import NOTATIONS, Notation
from whygrad.recording import Trace


@dataclass(frozen=True)
class After:
    """A number after so many updates."""

    at: Value
    steps: int


@dataclass(frozen=True)
class Asked:
    """What a name means. threshold: it is −b, as in net = Σ w·x − θ."""

    ref: Reference | After
    threshold: bool = False


LOSSES = {
    "e", "etotal", "etot", "error", "totalerror", "loss", "l", "j", "c", "cost", "errortotal",
    "总误差", "误差", "损失",
}  # fmt: skip
RATES = {"η", "eta", "learningrate", "lr", "rate", "学习速率", "学习率"}
LATEX = re.compile(r"\\(?:mathrm|text|mathit|operatorname|left|right|,|;|!)")
GREEK = {"\\partial": "∂", "\\delta": "δ", "\\theta": "θ", "\\eta": "η", "\\nabla": "∇"}
AFTER = re.compile(
    r"(?P<name>.+?)\s*(?:\bafter\b|@|\bat\s+step\b)\s*(?:step|iteration|epoch)?\s*(?P<steps>[\d,]+)"
    r"\s*(?:steps?|iterations?|updates?|epochs?)?"
    r"|(?P<zh>.+?)\s*\(?\s*(?:经过?|第|迭代|训练)?\s*(?P<times>[\d,]+)\s*(?:次|步|轮)(?:迭代|更新|训练)?之?后?\)?",
    re.IGNORECASE,
)
UPDATED = re.compile(
    r"(?:(?:new|updated|新的?|更新后的?)[\s_]*(?P<behind>.+?)"
    r"|(?P<before>.+?)\s*(?:\^?\s*\(?\+\)?|\^?['′’]|[\s_]*\(?(?:new|updated|新)\)?))",
    re.IGNORECASE,
)
SAMPLE = re.compile(r"[\^_]?[(\[](\d+)[)\]]$")
PROBABILITY = re.compile(
    r"(?:p|prob|probability|probabilities|softmax|ŷ|yhat|\\hat y)"
    r"(?:\[(?P<row>\d+),(?P<column>\d+)\]|\[(?P<alone>\d+)\]|o?(?P<unit>\d+)(?:\[(?P<sample>\d+)\])?)",
    re.IGNORECASE,
)
FRACTION = re.compile(
    r"\\d?frac\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"
)


@dataclass(frozen=True, eq=False)
class Names:
    """The names of one recorded pass."""

    trace: Trace

    def understood(self, names: Iterable[str]) -> dict[str, Asked]:
        """What each name means that can be understood."""
        found: dict[str, Asked] = {}
        for name in names:
            with contextlib.suppress(NameUnknownError):
                found[name] = self.find(name)
        return found

    def refuse(self, names: Sequence[str]) -> NoReturn:
        """Raises NameUnknownError: none of the names is understood."""
        listed = ", ".join(repr(name) for name in names[:10])
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        raise NameUnknownError(
            f"The network has no number called {listed}{more}.",
            why="nothing was graded: no name on the sheet is known",
            hint=self.hint(list(names[:3])),
        )

    def near(self, name: str) -> str:
        """The nearest known names: of a layer's shared bias those of its neurons."""
        bare = squeezed(re.sub(r"^[∂d].*/\s*[∂d]|^[δΔ]_?|\+$", "", spelt(name)))
        if bare in self.trace.graph and self.trace.graph[bare].role == "bias":
            entries = self.notation.entries(self.trace.graph[bare])
            return ", ".join(self.notation.text(ref) for ref in entries)
        known = [self.notation.text(ref) for ref in self.textbook.values()]
        return difflib.get_close_matches(bare, known, 1, 0.0)[0]

    def hint(self, unknown: list[str]) -> str:
        """What each may have meant, then the names that there are."""
        known = [self.notation.text(ref) for ref in self.textbook.values()]
        meant = []
        listed = ""
        for name in unknown:
            bare = squeezed(re.sub(r"^∂.*/∂|^δ_?|\+$", "", spelt(name)))
            sampled = [k for k in known if squeezed(k).startswith(bare + "[")]
            guess, _, listed = nearest(bare, known).partition("known: ")
            meant.append(f"{sampled[0]} is {name} of the first sample; " if sampled else guess)
        return "".join(meant) + f"known: {listed}"

    def find(self, name: str) -> Asked:
        """What a name means. Raises NameUnknownError."""
        said = spelt(name)
        if squeezed(said).lower() in RATES:
            return Asked(Rate())
        after = AFTER.fullmatch(said)
        if after:
            steps = int((after["steps"] or after["times"]).replace(",", ""))
            at = self.value(after["name"] or after["zh"])
            return Asked(After(at, steps) if steps else at)
        return self.slope(said) or self.updated(said) or self.threshold(said) or self.number(said)

    # ---- kinds of names -------------------------------------------------------------------------

    def slope(self, said: str) -> Asked | None:
        """∂E/∂w5, dE_o1/dnet_o1, grad w5, δ_o1."""
        quotient = re.fullmatch(r"([∂d])\s*(.+?)\s*/\s*\1\s*(.+)", said)
        if quotient is not None:
            top = self.loss if is_loss(quotient[2]) else self.value(quotient[2].strip(" ()"))
            bottom = self.signed(quotient[3])
            return Asked(Partial(top, bottom.ref), bottom.threshold)  # type: ignore[arg-type]
        gradient = re.fullmatch(r"(?:grad(?:ient)?(?:\s+of)?|∇)[\s_]*\(?(.+?)\)?", said)
        if gradient is not None:
            bottom = self.signed(gradient[1])
            return Asked(Partial(self.loss, bottom.ref), bottom.threshold)  # type: ignore[arg-type]
        delta = re.fullmatch(r"(?:δ|Δ|delta)[\s_]*(.+)", said, re.IGNORECASE)
        if delta is not None:
            unit = re.sub(r"^net[\s_]*", "", delta[1])
            at = self.known("net_" + unit) or self.value(delta[1])
            if self.trace.graph[at.node].role == "net":
                return Asked(Delta(at))
            raise NameUnknownError(f"There is no δ of {delta[1]!r}.")
        return None

    def updated(self, said: str) -> Asked | None:
        """w5+, w5', new w5, w5_new."""
        found = UPDATED.fullmatch(said)
        if found is None:
            return None
        bottom = self.signed(found["behind"] or found["before"])
        assert isinstance(bottom.ref, Value)
        if self.trace.graph[bottom.ref.node].role not in ("weight", "bias"):
            raise NameUnknownError(f"{said!r} is not updated: only weights and biases are.")
        return Asked(Updated(bottom.ref), bottom.threshold)

    def threshold(self, said: str) -> Asked | None:
        found = re.fullmatch(r"(?:θ|theta)[\s_]*(.+)", said, re.IGNORECASE)
        if found is None:
            return None
        at = self.known("b" + found[1]) or self.known("b_" + found[1])
        if at is None:
            raise NameUnknownError(f"There is no threshold {said!r}.")
        return Asked(at, threshold=True)

    def signed(self, said: str) -> Asked:
        said = said.strip(" ()")
        return self.threshold(said) or Asked(self.value(said))

    def number(self, said: str) -> Asked:
        return Asked(self.value(said))

    # ---- numbers of the pass --------------------------------------------------------------------

    @property
    def loss(self) -> Value:
        return self.trace.recorded.loss

    @property
    def notation(self) -> Notation:
        return self.trace.names

    def value(self, said: str) -> Value:
        """A number of the pass by its name. Raises NameUnknownError."""
        found = self.known(said)
        if found is None:
            raise NameUnknownError(f"There is no number called {said!r}.")
        return found

    def known(self, said: str) -> Value | None:
        said = said.strip()
        sample = SAMPLE.search(said)
        for name in (said, SAMPLE.sub(f"[{sample[1]}]", said) if sample else said):
            for table in self.tables:
                if name in table:
                    return table[name]
        if is_loss(said):
            return self.loss
        key = squeezed(said)
        for name in (key, *self.aliases(key)):
            at = self.loose.get(name) or self.loose.get(name.lower())
            if at is not None:
                return at
        return None

    def aliases(self, key: str) -> Iterator[str]:
        """z and a for net and out; [1] where there is one sample only."""
        swapped = re.sub(r"^[zs](?=[ho]\d)", "net", re.sub(r"^[ay](?=[ho]\d)", "out", key))
        swapped = re.sub(r"^(?:t|目标)(?=o\d)", "target", swapped)
        yield swapped
        yield swapped.removesuffix("[1]")
        yield from self.probability(key)
        if key in self.trace.graph and self.trace.graph[key].shape == (1,):  # a layer's only bias
            yield squeezed(self.notation.text(Value(key, (0,))))

    def probability(self, key: str) -> Iterator[str]:
        """p_o1, p1, p[1,1] (sample, class) and softmax_o1 for an output of a softmax."""
        network = self.trace.network
        found = PROBABILITY.fullmatch(key)
        if found is None or network is None or network.activations[-1].name != "softmax":
            return
        several = len(self.trace.recorded.values["x"]) > 1
        sample = found["row"] or found["sample"]
        if found["alone"] and not several:  # p[2] where there is one sample: that of class 2
            yield f"outo{found['alone']}"
        elif sample or not several:
            at = f"outo{found['column'] or found['unit']}"
            yield f"{at}[{sample}]" if several else at if sample in (None, "1") else ""

    @cached_property
    def textbook(self) -> dict[str, Value]:
        return self.table(self.notation)

    @cached_property
    def tables(self) -> tuple[dict[str, Value], ...]:
        others = (kind(self.trace.graph, self.trace.renamed) for kind in NOTATIONS.values())
        return (self.textbook, *map(self.table, others))

    def table(self, notation: Notation) -> dict[str, Value]:
        return {notation.text(ref): ref for node in self.nodes for ref in notation.entries(node)}

    @property
    def nodes(self) -> list[Node]:
        return [n for n in self.trace.graph.nodes if n.role != "constant" and not n.integer]

    @cached_property
    def loose(self) -> Mapping[str, Value]:
        """Names without their spaces and underscores, and in small letters where that is clear."""
        found: dict[str, Value] = {}
        for table in self.tables:
            for name, ref in table.items():
                found.setdefault(squeezed(name), ref)
        for name, ref in list(found.items()):
            found.setdefault(name.lower(), ref)
        return found


def is_loss(said: str) -> bool:
    return squeezed(said).lower() in LOSSES


def squeezed(name: str) -> str:
    """A name without what is only writing: spaces, underscores, braces; samples in brackets."""
    name = SAMPLE.sub(r"[\1]", name.strip())
    return re.sub(r"[\s_{}()^]", "", name)


def spelt(name: str) -> str:
    """A name in plain signs: LaTeX and full-width letters gone, derivatives as ∂a/∂b."""
    name = LATEX.sub("", plain(name).replace("$", ""))
    for word, sign in GREEK.items():
        name = name.replace(word, sign)
    name = FRACTION.sub(r"\1/\2", name)
    name = re.sub(r"_\{([^{}]*)\}", r"_\1", name)
    name = re.sub(r"\^\{([^{}]*)\}", r"^\1", name)
    return re.sub(r"[{}]", "", name).replace("\\", "").replace("_ ", "_").strip()
