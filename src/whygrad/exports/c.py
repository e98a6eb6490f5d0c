"""A network as C99: weights as constants, loops over them, no memory to allocate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whygrad.errors import ConfigError
from whygrad.exports.code import AND, OR, PRODUCT, Code, Language
from whygrad.exports.program import Program, Step, program_of, shortest
from whygrad.exports.target import Target
from whygrad.expr import Call, Column, Entry, Expr, Index, Known, Reduce, broadcast
from whygrad.files.writer import printable
from whygrad.models.mlp import Network

# C's functions; those of float end in f.
MATH = {
    "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "sqrt": "sqrt", "abs": "fabs",
    "sin": "sin", "cos": "cos", "tanh": "tanh", "erf": "erf", "power": "pow",
}  # fmt: skip
OWN = {"maximum": "larger", "minimum": "smaller", "sign": "sign"}
# What C has no function for; one that is not finite goes through, as in NumPy.
HELPERS = {
    "larger": "static {T} larger({T} a, {T} b) {{ return a > b || a != a ? a : b; }}",
    "smaller": "static {T} smaller({T} a, {T} b) {{ return a < b || a != a ? a : b; }}",
    "sign": "static {T} sign({T} x) {{ return x != x ? x : ({T})((x > 0) - (x < 0)); }}",
}

UNINCLUDED = ('"', "\\", "??")  # of ??/ C makes a backslash

HEADER = """\
/* {about}, written by whygrad.

   x: {inputs_}, in this order:
{input_names}
   y: {outputs_}, in this order:
{output_names} */
#ifndef {NAME}_H
#define {NAME}_H

#ifdef __cplusplus
extern "C" {{
#endif

#define {NAME}_INPUTS {inputs}
#define {NAME}_OUTPUTS {outputs}

/* {what} */
void {name}_predict(const {T} *x, {T} *y);
{classes}
#ifdef __cplusplus
}}
#endif

#endif
"""
CLASSES = """
#define {NAME}_CLASSES {count}

/* What the classes are called. */
extern const char *const {name}_classes[{NAME}_CLASSES];

/* The class of a sample: its position in {name}_classes. */
int {name}_class(const {T} *x);
"""
SOURCE = """\
/* {about}, written by whygrad. */
{include}
{constants}
{helpers}void {name}_predict(const {T} *x, {T} *y)
{{
{body}
}}
{classes}"""
CLASS = """
const char *const {name}_classes[{NAME}_CLASSES] = {{
{labels}
}};

int {name}_class(const {T} *x)
{{
    {T} y[{NAME}_OUTPUTS];
{body}
}}
"""
ONE_OF_TWO = """\
    {name}_predict(x, y);
    return y[0] > {half};"""
LARGEST = """\
    int best = 0;

    {name}_predict(x, y);
    for (int k = 1; k < {NAME}_OUTPUTS; k++) {{
        if (y[k] > y[best]) {{
            best = k;
        }}
    }}
    return best;"""


def c_texts(network: Network, target: Target) -> tuple[str, str]:
    """The header and the source, which includes it by its name.

    Raises ConfigError for a file's name that no #include can have.
    """
    name, header = target.name, f"{target.stem}.h"
    if not header.isprintable() or any(part in header for part in UNINCLUDED):
        raise ConfigError(
            "No #include can have this name.",
            given=repr(header),
            why="the source includes its header by its name",
            hint="letters, digits, - and _",
        )
    program = program_of(network, target.dtype)
    writer = _C(program)
    body, read = writer.body()
    words: dict[str, Any] = {
        "name": name, "NAME": name.upper(), "T": writer.type,
        "inputs": len(program.inputs), "outputs": len(program.outputs),
    }  # fmt: skip
    there = {k: writer.constant(k, value) for k, value in program.constants.items()}
    constants = [text for k, text in (there | writer.tables).items() if k in read]
    helpers = [HELPERS[h].format(**words) for h in HELPERS if f"{h}(" in body]
    include = f'#include <math.h>\n\n#include "{header}"\n'
    source = SOURCE.format(
        about=_comment(program.about), include=include, body=body,
        constants="\n".join([*constants, ""]),
        helpers="\n".join([*helpers, ""]) + "\n" if helpers else "",
        classes=_classes(program, writer, words), **words,
    )  # fmt: skip
    return _header(program, words), source


def _header(program: Program, words: dict[str, Any]) -> str:
    what = "Predicts one sample."
    if program.answer != program.out:
        what = "Predicts one sample; x and y are in the data's own units."
    elif program.classes is not None and program.probabilities:
        second = "the second class" if program.single else "each class"
        what = f"The probability of {second} for one sample."
    classes = ""
    if program.classes is not None:
        classes = CLASSES.format(count=len(program.classes), **words)
    return HEADER.format(
        about=_comment(program.about),
        inputs_=_counted(program.inputs),
        outputs_=_counted(program.outputs), input_names=_listed(program.inputs),
        output_names=_listed(program.outputs), what=what, classes=classes, **words,
    )  # fmt: skip


def _counted(names: Sequence[str]) -> str:
    return f"{len(names):,} numbers" if len(names) > 1 else "one number"


def _listed(names: Iterable[str]) -> str:
    return "\n".join(f"     {k}: {_comment(name)}" for k, name in enumerate(names))


def _comment(text: str) -> str:
    """A text on one line, as a comment may hold it."""
    return printable(text).replace("*/", "* /").replace("/*", "/ *").replace("??/", "?? /")


def _classes(program: Program, writer: _C, words: dict[str, Any]) -> str:
    if program.classes is None:
        return ""
    body = (ONE_OF_TWO if program.single else LARGEST).format(half=writer.number(0.5).text, **words)
    labels = ",\n".join(f'    "{_escaped(str(label))}"' for label in program.classes)
    return CLASS.format(labels=labels, body=body, **words)


def _escaped(label: str) -> str:
    """A label as C takes it in quotation marks: bytes of UTF-8, octal where they are not ASCII."""
    plain = set(range(32, 127)) - set(b'"\\?')
    return "".join(chr(b) if b in plain else f"\\{b:03o}" for b in label.encode())


@dataclass
class _C(Language):
    """Writes one step after the other as loops; a sum becomes a loop of its own before its line."""

    program: Program
    lines: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)  # names of arrays, in the step at hand
    tables: dict[str, str] = field(default_factory=dict)  # positions that no arithmetic gives
    depth: int = 1
    sums: int = 0

    infix = Language.infix | {"both": ("&&", AND), "either": ("||", OR)}

    def __post_init__(self) -> None:
        self.dtype = self.program.dtype
        self.type = "double" if self.dtype == np.float64 else "float"
        self.suffix = "" if self.dtype == np.float64 else "f"
        self.functions = {name: c + self.suffix for name, c in MATH.items()} | OWN
        self.shapes = {
            "x": (1, len(self.program.inputs)),
            **{name: value.shape for name, value in self.program.constants.items()},
            **{step.name: step.shape for step in self.program.steps},
        }

    def number(self, value: float) -> Code:
        if not np.isfinite(value):
            return Code("NAN" if value != value else "INFINITY" if value > 0 else "-INFINITY")
        code = super().number(value)
        return Code(code.text + self.suffix, code.level)

    def constant(self, name: str, value: np.ndarray) -> str:
        """The declaration of an array; an axis of length 1 is none in C."""
        kind, suffix = ("double", "") if value.dtype == np.float64 else ("float", "f")
        sizes = "".join(f"[{n}]" for n in value.shape if n > 1)
        return f"static const {kind} {name}{sizes} = {_braced(np.squeeze(value), suffix)};"

    # ---- statements -------------------------------------------------------------------------

    def body(self) -> tuple[str, set[str]]:
        """The lines of all steps that the answer needs, and the names that they read.

        An activation may be a constant: what is computed for it would be a warning of compilers.
        """
        needed, kept = {self.program.answer}, list[str]()
        written = [
            (step.name, "\n".join(self.step(step)), self.read) for step in self.program.steps
        ]
        for name, lines, read in reversed(written):
            if name in needed:
                kept.insert(0, lines)
                needed |= read
        return "\n\n".join([*([] if "x" in needed else ["    (void)x;"]), *kept]), needed

    def step(self, step: Step) -> list[str]:
        """The lines that compute one array; the last one is the caller's y."""
        self.lines, self.read = [], set()
        index: list[Index] = []
        for counter, length in zip("ijgh", step.shape, strict=False):
            index.append(Column((counter,), np.arange(length)) if length > 1 else 0)
        loops = [(i.variables[0], len(i.table)) for i in index if isinstance(i, Column)]
        declared = step.name == self.program.answer
        if loops and not declared:
            sizes = "".join(f"[{n}]" for _, n in loops)
            self.put(f"{self.type} {step.name}{sizes};")
        with self.loops(loops):
            at = broadcast(step.formula.shape, tuple(index))
            value = self.write(step.formula.at(at))
            rounded = step.wide and self.type == "float"
            text = f"(float){value.within(PRODUCT + 1)}" if rounded else value.text
            kind = "" if loops or declared else f"{self.type} "
            self.put(f"{kind}{self.place(step.name, tuple(index))} = {text};")
        return self.lines

    def put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def loops(self, counted: list[tuple[str, int]]) -> Iterator[None]:
        """What is written inside of these loops."""
        for name, length in counted:
            self.put(f"for (int {name} = 0; {name} < {length}; {name}++) {{")
            self.depth += 1
        yield
        for _ in counted:
            self.depth -= 1
            self.put("}")

    # ---- formulas ---------------------------------------------------------------------------

    def other(self, formula: Expr) -> Code:
        match formula:
            case Entry(name, index):
                return Code(self.place(str(name), index))
            case Reduce():
                return self._fold(formula)
            case Call("where", (condition, yes, no)):
                test = self.write(condition).within(OR)
                return Code(f"({test} ? {self.write(yes).text} : {self.write(no).text})")
            case Known(column):
                return self._table(column, self.type)
        raise self.lacking(formula)

    def _fold(self, fold: Reduce) -> Code:
        """A sum or a maximum: a variable, and a loop over its terms."""
        self.sums += 1
        total = f"s{self.sums}"
        start = 0.0 if fold.function == "sum" else -np.inf
        self.put(f"{self.type} {total} = {self.number(start).text};")
        with self.loops([(fold.variable, fold.length)]):
            term = self.write(fold.body)
            if fold.function == "sum":
                self.put(f"{total} += {term.text};")
            else:
                self.put(f"{total} = larger({total}, {term.text});")
        return Code(total)

    def place(self, name: str, index: tuple[Index, ...]) -> str:
        """One number of an array."""
        self.read.add(name)
        shape = self.shapes[name]
        axes = [k for k, n in enumerate(shape) if n > 1]
        if name in ("x", self.program.answer):  # behind a pointer, even where there is one
            axes, name = axes or [len(shape) - 1], "x" if name == "x" else "y"
        return name + "".join(f"[{self.position(index[k])}]" for k in axes)

    def position(self, index: Index) -> str:
        """A position: arithmetic on the loops' variables where that gives it, else a table."""
        if not isinstance(index, Column):
            return str(index)
        table = index.table
        start, steps = int(table.flat[0]), list[int]()
        for axis, length in enumerate(table.shape):
            first = table[tuple(1 if a == axis and length > 1 else 0 for a in range(table.ndim))]
            steps.append(int(first) - start)
        axes: tuple[np.ndarray, ...] = np.indices(table.shape, sparse=True)
        grid = start + sum((s * i for s, i in zip(steps, axes, strict=True)), np.array(0))
        if not np.array_equal(np.broadcast_to(grid, table.shape), table):
            return self._table(index, "int").text
        terms = [
            v if s == 1 else f"{s} * {v}" for s, v in zip(steps, index.variables, strict=True) if s
        ]
        return " + ".join([*terms, *([str(start)] if start or not terms else [])])

    def _table(self, column: Column, kind: str) -> Code:
        """Numbers that the shapes fix, looked up."""
        name = f"table{len(self.tables) + 1}"
        sizes = "".join(f"[{n}]" for n in column.table.shape)
        values = column.table.astype(int if kind == "int" else self.dtype)
        suffix = "f" if kind == "float" else ""
        self.tables[name] = f"static const {kind} {name}{sizes} = {_braced(values, suffix)};"
        self.read.add(name)
        return Code(name + "".join(f"[{v}]" for v in column.variables))


def _braced(value: np.ndarray, suffix: str) -> str:
    """An array in braces, a row a line."""
    if value.ndim == 0:
        whole = np.issubdtype(value.dtype, np.integer)
        return str(value.item()) if whole else shortest(value.item(), value.dtype) + suffix
    inner = [_braced(row, suffix) for row in value]
    if value.ndim == 1:
        return f"{{{', '.join(inner)}}}"
    return "{\n    " + ",\n    ".join(inner) + ",\n}"
