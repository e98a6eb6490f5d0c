"""Two judges of a solution: the page's blanks say of random sheets what `grade` says of them.

The page knows the lines that it shows; grade also those of the pass forward, whole wrong passes,
and conventions.
"""

from __future__ import annotations

import random
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import pytest

import whygrad as wg
from whygrad import numeric
from whygrad.web import frame, gallery, payload
from whygrad.web.readings import readings_data

pytestmark = pytest.mark.browser

SHEETS = 8
JUDGED = """async ({ lines, right, sheets }) => {
  const { Sheet } = await import("whygrad/derivation/judging.js");
  const { typed } = await import("whygrad/derivation/typed.js");
  return sheets.map((numbers) => {
    const sheet = new Sheet((key) => right[key]);
    for (const line of lines) sheet.learn(line);
    for (const [key, text] of Object.entries(numbers)) sheet.entries.set(key, typed(text));
    const verdicts = [...sheet.verdicts()];
    return Object.fromEntries(verdicts.map(([key, { verdict, sources, pen, why }]) =>
      [key, [verdict, sources.sort(), pen, why?.en ?? null]]));
  });
}"""


class Lines:
    """The lines of a derivation with all that it stands on, and the numbers that they give."""

    def __init__(self, made, at: str) -> None:
        self.lines: list[dict] = []
        waiting = [at]
        for key in waiting:
            id_ = f"gradient:factors:{key.removeprefix('∂E_total/∂')}"
            (form,) = readings_data(made, "sample", [id_])["forms"].values()
            (way,) = form["ways"]
            blocks = (block.get("lines", []) for block in way["blocks"])
            self.lines += [line for block in blocks for line in block]
            waiting += [need for need in way["needs"] if need not in waiting]
        self.formulas = {}
        for line in reversed(self.lines):  # what a line rests on stands before it, or further down
            if line["value"]:
                self.formulas.setdefault(line["of"], line["formula"])
        self.slips = {key: [] for key in self.formulas}
        for line in self.lines:
            self.slips.get(line["of"], []).extend(slip["formula"] for slip in line["slips"])
        trace = wg.backprop(made.network, made.inputs[:1], made.targets[:1])
        named = [*self.formulas.values(), *(f for slips in self.slips.values() for f in slips)]
        names = set().union(*map(read, named)) - set(self.formulas)
        known = [name for name in names if not {*"∂δη+"} & {*name}]
        self.given = {name: trace.value(name) for name in known}
        self.right = dict(self.given)
        for key in self.ordered():
            self.right[key] = float(number(self.formulas[key], self.right))

    def ordered(self) -> list[str]:
        """Every number behind those that its line reads."""
        order: dict[str, None] = {}

        def visit(key: str) -> None:
            for name in sorted(read(self.formulas.get(key))):
                visit(name)
            if key in self.formulas:
                order[key] = None

        for key in self.formulas:
            visit(key)
        return list(order)

    def sheet(self, draw: random.Random) -> dict[str, str]:
        """Some of the numbers as somebody may have written them: rounded, cut off, mistaken."""
        decimals, cut = draw.choice([3, 4, 6, 9]), draw.random() < 0.2
        known, sheet = dict(self.given), {}
        for key in self.ordered():
            slips = [slip for slip in self.slips[key] if read(slip) <= self.right.keys()]
            formulas = [self.formulas[key]] * 12 + slips
            known[key] = float(number(draw.choice(formulas), self.right | known))
            if draw.random() < 0.8:
                sheet[key] = written(known[key], decimals, cut, draw)
                known[key] = float(sheet[key])
        return sheet


def read(formula) -> set[str]:
    """The names in a formula."""
    match formula:
        case {"q": key}:
            return {key}
        case [_, *parts]:
            return set().union(*map(read, parts))
    return set()


def number(formula, known):
    match formula:
        case {"q": key}:
            return known[key]
        case [function, *parts]:
            return numeric.FUNCTIONS[function](*(number(part, known) for part in parts))
    return formula


def written(value: float, decimals: int, cut: bool, draw: random.Random) -> str:
    """A number with so many decimals; now and then with a slip of the pen."""
    unit = Decimal(1).scaleb(-decimals)
    text = f"{Decimal(value).quantize(unit, ROUND_DOWN if cut else ROUND_HALF_EVEN):f}"
    if draw.random() < 0.9:
        return text
    at = draw.randrange(text.index(".") + 1, len(text))
    digit = str((int(text[at]) + draw.randrange(1, 10)) % 10)
    return draw.choice([text[:at] + digit + text[at + 1 :], text[:at] + text[at:][::-1]])


@pytest.fixture(scope="module")
def page(shared_page_of):
    made = gallery.lesson("article")
    data = payload.lesson_data(made, readings="ask")
    opened = shared_page_of(frame.carried(frame.boot("report", "en", lesson=data), "sheets"))
    opened.wait_for_selector("html[data-ready]")
    return opened


@pytest.mark.parametrize(("key", "at"), [("article", "w1"), ("xor", "w1")])
def test_the_page_judges_random_sheets_as_grade_does(page, key, at):
    made = gallery.lesson(key)
    lines = Lines(made, at)
    draw = random.Random(key)
    sheets = [sheet for _ in range(SHEETS) if (sheet := lines.sheet(draw))]
    asked = {"lines": lines.lines, "right": lines.right, "sheets": sheets}
    seen = set()
    for sheet, judged in zip(sheets, page.evaluate(JUDGED, asked), strict=True):
        marking = wg.grade(made.network, sheet, made.inputs[:1], made.targets[:1])
        if (
            marking.conventions
        ):  # signs that are the other way round in all of a sheet: only grade looks
            continue
        for row in marking.rows:
            verdict, sources, pen, why = judged[row.name]
            found = (row.verdict, sorted(row.sources), row.pen)
            assert (verdict, sources, pen) == found, (row.name, sheet)
            slips = [one for one in row.found if one.key.startswith("slip.")]  # not of whole passes
            assert why or not slips, (row.name, sheet)
            seen.add(verdict)
    assert {"right", "wrong"} <= seen
