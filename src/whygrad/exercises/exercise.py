"""Exercise: sheets for a class and their key; the same seed makes the same ones."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whygrad.disk import write_folder
from whygrad.errors import ConfigError, WhygradError
from whygrad.exercises import own as own_networks
from whygrad.exercises.blanks import Blanks, blanks
from whygrad.exercises.kinds import DECIMALS, KINDS, LEVELS, Solution, kind_of, least
from whygrad.exercises.mistake import planted
from whygrad.exercises.numbers import Draw
from whygrad.exercises.own import Own
from whygrad.exercises.problem import Problem
from whygrad.exercises.roster import read_names
from whygrad.exercises.sheet import LINE, VALUE, Sheet, Variant, typed
from whygrad.files.textfile import read_text
from whygrad.models.learning import Plan
from whygrad.models.mlp import Network
from whygrad.recording import Trace, backprop

if TYPE_CHECKING:  # an exercise shows itself
    from whygrad.pages.document import Document

MISTAKE = "find_the_mistake"
OWN = "own"
FORMATS = {"text": "txt", "markdown": "md", "latex": "tex", "html": "html"}
MOST = 1_000  # sheets of one document
FORMAT = "whygrad exercise 1"  # what an exercise file says that it is


@dataclass(frozen=True, eq=False)
class Exercise:
    """Sheets for a class, and one key.

    kind: of `KINDS`, or "own". level: 1 to 3. seed: what the numbers are drawn from. count: how
    many variants. names: on the sheets, in their order; where there are more names than variants
    they take turns. lang, decimals: of what is printed.
    """

    kind: str
    level: int
    seed: int
    count: int
    names: tuple[str, ...] = ()
    lang: str = "en"
    decimals: int = 6
    own: Own | None = field(default=None, repr=False)

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """Every variant, drawn by its number."""
        drawn = [self._drawn(number) for number in range(1, self.count + 1)]
        blank = blanks([solution for _, solution in drawn], self.level)
        return tuple(
            self._variant(number, problem, solution, blank)
            for number, (problem, solution) in enumerate(drawn, start=1)
        )

    def _drawn(self, number: int) -> tuple[Problem, Solution]:
        draw = Draw(self.seed, self.kind, self.level, number)
        if self.own is not None:
            return self.own.drawn(draw, number)
        return KINDS[self.kind].drawn(draw, self.level)

    def _variant(self, number: int, problem: Problem, solution: Solution, blank: Blanks) -> Variant:
        mistake = None
        if self.kind == MISTAKE:
            draw = Draw(self.seed, self.kind, self.level, number, "mistake")
            mistake = planted(draw, problem, solution.steps, least(self.level))
        return Variant(number, problem, solution, blank, mistake)

    @property
    def pages(self) -> tuple[Sheet, ...]:
        """A sheet for each name, then one for each variant that nobody has yet."""
        named = [Sheet(self.variants[k % self.count], n) for k, n in enumerate(self.names)]
        return (*named, *(Sheet(v) for v in self.variants[len(self.names) :]))

    @property
    def answers(self) -> dict[int, dict[str, float]]:
        """The right numbers of every variant, by the names of the blanks."""
        return {v.number: v.answers for v in self.variants}

    @property
    def columns(self) -> list[str]:
        """What is asked for: the columns of the table of answers."""
        return [LINE, VALUE] if self.kind == MISTAKE else list(self.variants[0].answers)

    # ---- documents ------------------------------------------------------------------------------

    @property
    def sheet(self) -> Document:
        """The sheets, a page for each."""
        from whygrad.pages.worksheet import sheet_document

        return sheet_document(self)

    @property
    def key(self) -> Document:
        """The answers of all variants in one table, then every solution in full."""
        from whygrad.pages.worksheet import key_document

        return key_document(self)

    def __str__(self) -> str:
        return str(self.sheet)

    def _repr_html_(self) -> str:
        return self.sheet._repr_html_()

    # ---- files ----------------------------------------------------------------------------------

    @property
    def template(self) -> str:
        """The table that answers come back in: a row a sheet, a column a blank (CSV)."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["name", "variant", *map(typed, self.columns)])
        for page in self.pages:
            table.writerow([page.name, page.variant.number, *[""] * len(self.columns)])
        return text.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """What grading needs, answers included: the teacher's, not the class's."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            "level": self.level,
            "seed": self.seed,
            "variants": self.count,
            "names": list(self.names),
            "lang": self.lang,
            "decimals": self.decimals,
            "blanks": self.columns,
            "answers": {str(number): known for number, known in self.answers.items()},
            "network": None if self.own is None else self.own.tables(),
        }

    def save(self, folder: str | Path, form: str = "html") -> list[Path]:
        """Writes sheet, key, answers.csv and exercise.json into a new or an empty folder.

        form: text, markdown, latex or html. All of them are written, or none.
        Raises ConfigError where the folder holds something or cannot be written.
        """
        if form not in FORMATS:
            raise ConfigError(f"There is no format {form!r}.", hint="one of " + ", ".join(FORMATS))
        ending = FORMATS[form]
        files = {
            f"sheet.{ending}": self.sheet.to(form),
            f"key.{ending}": self.key.to(form),
            "answers.csv": "\ufeff" + self.template,  # a mark, so that Excel reads it as UTF-8
            "exercise.json": json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n",
        }
        return write_folder(folder, {name: text.encode() for name, text in files.items()})


# ---- making one ---------------------------------------------------------------------------------


def exercise(
    what: str | Path | Trace | Network,
    x: Any = None,
    y: Any = None,
    *,
    level: int = 1,
    seed: int = 0,
    variants: int | None = None,
    names: str | Path | Iterable[str] | None = None,
    lang: str = "en",
    decimals: int | None = None,
    learning_rate: float | None = None,
) -> Exercise:
    """An exercise of a kind ("hidden_weight"), or on a network of one's own.

    what: a kind, the path of a network file, a Trace, or a Network with x and y. level: 1 to 3.
    variants: different numbers; default: one a name. names: a list, or a CSV file's path.
    learning_rate: of the step, where what is given is a Trace or a Network.
    Raises ConfigError for an option that cannot be, DataError for an empty list of names.
    """
    if level not in LEVELS:
        raise ConfigError(f"There is no level {level!r}.", hint="1 (most is given), 2 or 3")
    people = tuple(read_names(names)) if names is not None else ()
    count = whole("variants", variants, MOST) if variants is not None else max(len(people), 1)
    if decimals is not None:
        whole("decimals", decimals, 12, least=3)
    if lang not in ("en", "zh"):
        raise ConfigError(f"There is no language {lang!r}.", hint="one of en, zh")
    Draw(seed)  # refuses what is no seed
    own = own_network(what, x, y, Plan(learning_rate))
    kind = OWN if own is not None else kind_of(str(what)).key
    return Exercise(kind, level, seed, count, people, lang, decimals or DECIMALS[level], own)


def whole(what: str, value: Any, most: int, least: int = 1) -> int:
    """A whole number within bounds. Raises ConfigError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ConfigError(
            f"{what} must be a whole number from {least} to {most:,}.", given=repr(value)
        )
    return value


def own_network(what: Any, x: Any, y: Any, plan: Plan) -> Own | None:
    """The network that was given; None where a kind was named."""
    if isinstance(what, Network):
        return own_networks.from_trace(backprop(what, x, y), plan)
    if isinstance(what, Trace):
        return own_networks.from_trace(what, plan)
    if not isinstance(what, (str, Path)):
        raise ConfigError(
            "An exercise is a kind or a network.",
            given=repr(what)[:100],
            hint="one of " + ", ".join(KINDS) + "; a network file; a Trace",
        )
    is_file = isinstance(what, Path) or what.endswith(".toml") or Path(what).is_file()
    return own_networks.from_file(what) if is_file else None


# ---- read back ----------------------------------------------------------------------------------


def read(path: str | Path) -> Exercise:
    """The exercise that an exercise.json describes. Raises ConfigError where it does not."""
    path = Path(path)
    try:
        data = json.loads(read_text(path))
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON.", why=str(error)) from None
    if not is_exercise(data):
        raise ConfigError(
            f"{path} describes no exercise.", hint="the exercise.json that whygrad exercise wrote"
        )
    try:
        network = data["network"]
        own = None if network is None else own_networks.from_tables(network, str(path))
        found = Exercise(
            data["kind"], data["level"], data["seed"], data["variants"], tuple(data["names"]),
            data["lang"], data["decimals"], own,
        )  # fmt: skip
        same = agree(found.answers, data["answers"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} is damaged.", why=f"{error!r}") from None
    except WhygradError as error:
        raise ConfigError(f"{path} is damaged.", why=str(error)) from None
    if not same:
        raise ConfigError(
            f"{path} was made by another version of whygrad.",
            why="the numbers that its seed gives now are not those of its sheets",
            hint="grade with the version that made it",
        )
    return found


def is_exercise(data: Any) -> bool:
    """Whether data are those of an exercise file."""
    return isinstance(data, Mapping) and data.get("format") == FORMAT


def agree(now: Mapping[int, Mapping[str, float]], then: Mapping[str, Any]) -> bool:
    """Whether answers are those that were written down, up to the last digits."""
    if {str(number) for number in now} != set(then):
        return False
    return all(
        list(known) == list(then[str(number)])
        and all(abs(v - then[str(number)][k]) <= 1e-9 * max(1, abs(v)) for k, v in known.items())
        for number, known in now.items()
    )
