"""A network as a Python file that needs NumPy alone."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from whygrad import numeric
from whygrad.exports.code import PRODUCT, Code, Language
from whygrad.exports.program import MANY, Program, Step, program_of, shortest
from whygrad.exports.target import Target
from whygrad.expr import Call, Expr, Symbol
from whygrad.files.writer import printable
from whygrad.models.mlp import Network

NUMPY = {
    "exp": "np.exp", "expm1": "np.expm1", "log": "np.log", "log1p": "np.log1p", "sqrt": "np.sqrt",
    "abs": "np.abs", "sign": "np.sign", "sin": "np.sin", "cos": "np.cos", "tanh": "np.tanh",
    "erf": "erf", "power": "np.power", "maximum": "np.maximum", "minimum": "np.minimum",
    "where": "np.where", "both": "np.logical_and", "either": "np.logical_or",
    "ones_like": "np.ones_like",
}  # fmt: skip
# What NumPy has no function for stands in the file as whygrad itself has it.
BORROWED: dict[str, tuple[Callable[..., Any], ...]] = {
    "place": (numeric.slices, numeric.place),
    "windows": (numeric.window_positions, numeric.windows),
    "unwindows": (numeric.window_positions, numeric.unwindows),
}
LABELS = ("index", "scatter_add", "one_hot")  # they read whole numbers, which no prediction has
ERF = "erf = np.vectorize(math.erf, otypes=[float])"

HEAD = '''\
"""{about}

predict(X){more}: X has a row a sample and {columns}, in this order:
{inputs}
As a script: python {file} table.csv
"""

from __future__ import annotations

{imports}

import numpy as np

TYPE = np.{dtype}
'''
OUTPUTS = '''\
def outputs(X):
    """What the network itself says of samples: (samples, {width})."""
    x = np.asarray(X, dtype=TYPE)
    if x.ndim != 2 or x.shape[1] != {inputs}:
        raise ValueError("X must have a row a sample and {columns}")
    with np.errstate(all="ignore"):
{steps}
    return {result}.astype(TYPE, copy=False)
'''
PREDICT = '''\
def predict(X):
    """What the network predicts{more}: (samples, {width})."""
    {lines}
'''
CLASS = '''\
def predict(X):
    """The class of each sample: (samples,)."""
    return np.array(CLASSES)[{best}]
'''
PROBABILITIES = '''\
def predict_proba(X):
    """The probability of each class: (samples, {classes})."""
    {lines}
'''
MAIN = '''\
def main():
    """Prints an answer for each row of a CSV file of numbers; a row of names may be its first."""
    with open(sys.argv[1], encoding="utf-8-sig") as file:
        rows = [line.split(",") for line in file if line.strip()]
    try:
        float(rows[0][0])
    except ValueError:
        del rows[0]
    for answer in predict([[float(number) for number in row] for row in rows]).tolist():
        print(*answer if isinstance(answer, list) else [answer], sep=",")


if __name__ == "__main__":
    main()
'''


def python_text(network: Network, target: Target) -> str:
    """The file."""
    program = program_of(network, target.dtype, MANY)
    writer = _Python(program)
    inner, after = writer.steps()
    used = {p.function for s in program.steps for p in s.formula.walk() if isinstance(p, Call)}
    borrowed = dict.fromkeys(f for key in BORROWED if key in used for f in BORROWED[key])
    parts = [
        _head(program, f"{target.stem}.py", "erf" in used),
        "\n".join(_constants(program)) + "\n",
        *([ERF + "\n"] if "erf" in used else []),
        *(inspect.getsource(function) for function in borrowed),
        OUTPUTS.format(
            width=len(program.outputs), inputs=len(program.inputs), columns=_columns(program),
            steps="\n".join(f"        {line}" for line in inner), result=program.out,
        ),
        *_answers(program, after),
        MAIN,
    ]  # fmt: skip
    return "\n\n".join(parts)


def _columns(program: Program) -> str:
    count = len(program.inputs)
    return f"{count:,} columns" if count > 1 else "one column"


def _head(program: Program, file: str, erf: bool) -> str:
    return HEAD.format(
        about=f"{quotable(program.about)}, written by whygrad.",
        more=", predict_proba(X)" if program.probabilities else "",
        columns=_columns(program),
        inputs="\n".join(f"    {k}: {quotable(n)}" for k, n in enumerate(program.inputs)),
        file=escaped(shlex.quote(file)),
        imports="import math\nimport sys" if erf else "import sys",
        dtype=program.dtype.name,
    )


def _constants(program: Program) -> Iterator[str]:
    for name, value in program.constants.items():
        yield f"{name} = np.array({literal(value)}, dtype=np.{value.dtype.name})"
    if program.classes is not None:
        yield f"CLASSES = {list(program.classes)!r}"


def _answers(program: Program, after: Sequence[str]) -> Iterator[str]:
    """predict, and predict_proba where the outputs are probabilities."""
    width = len(program.outputs)
    if program.classes is not None:
        best = "(outputs(X)[:, 0] > 0.5).astype(int)" if width == 1 else "outputs(X).argmax(axis=1)"
        yield CLASS.format(best=best)
    elif after:
        lines = "\n    ".join([f"{program.out} = outputs(X)", *after, f"return {program.answer}"])
        yield PREDICT.format(more=", in the targets' own units", width=width, lines=lines)
    else:
        yield PREDICT.format(more="", width=width, lines="return outputs(X)")
    if program.probabilities:
        two = "out = outputs(X)\n    return np.concatenate([1 - out, out], axis=1)"
        yield PROBABILITIES.format(
            classes=max(width, 2), lines=two if width == 1 else "return outputs(X)"
        )


def quotable(text: str) -> str:
    """A text on one line, as it may stand between triple quotation marks."""
    return printable(text).replace("\\", "/").replace('"', "'")


def escaped(text: str) -> str:
    """A text whose every sign stays what it is between triple quotation marks."""
    return repr(text)[1:-1].replace('"', '\\"')


def literal(value: np.ndarray) -> str:
    """An array as nested lists, a row a line."""
    if value.ndim == 0:
        return shortest(value.item(), value.dtype)
    inner = [literal(row) for row in value]
    if value.ndim == 1:
        return f"[{', '.join(inner)}]"
    return "[\n    " + ",\n    ".join(inner) + ",\n]"


class _Python(Language):
    """Formulas of whole arrays, the samples as rows."""

    functions = NUMPY

    def __init__(self, program: Program) -> None:
        self.program, self.dtype = program, program.dtype

    def steps(self) -> tuple[list[str], list[str]]:
        """The lines up to the network's outputs, and those after them."""
        names = [step.name for step in self.program.steps]
        end = names.index(self.program.out) + 1
        lines = [self.line(step) for step in self.program.steps]
        return lines[:end], lines[end:]

    def line(self, step: Step) -> str:
        code = self.write(step.formula)
        if step.wide:
            return f"{step.name} = {code.within(PRODUCT + 1)}.astype(TYPE, copy=False)"
        return f"{step.name} = {code.text}"

    def number(self, value: float) -> Code:
        return super().number(value) if np.isfinite(value) else Code(f"float('{value}')")

    def other(self, formula: Expr) -> Code:
        match formula:
            case Symbol(name):
                return Code(str(name))
            case Call("rows_by", (weights, x)):
                turned = self._turned(weights)
                return Code(f"{self.write(x).within(PRODUCT)} @ {turned}", PRODUCT)
            case Call("matmul", (a, b)):
                left, right = self.write(a).within(PRODUCT), self.write(b)
                return Code(f"{left} @ {right.within(PRODUCT, right=True)}", PRODUCT)
            case Call("mT", (x,)):
                return Code(self._turned(x))
            case Call("select", (x,), attributes):
                return Code(f"{self.write(x).within(PRODUCT + 1)}[{_key(dict(attributes)['key'])}]")
            case Call(function, arguments, attributes) if function not in LABELS:
                return self._along(function, arguments, dict(attributes))
        raise self.lacking(formula)

    def _turned(self, matrix: Expr) -> str:
        inner = self.write(matrix)
        if matrix.ndim == 2:
            return f"{inner.within(PRODUCT + 1)}.T"
        return f"np.swapaxes({inner.text}, -1, -2)"

    def _along(self, function: str, operands: tuple[Expr, ...], attributes: dict[str, Any]) -> Code:
        """A function of whole arrays, with its attributes as NumPy takes them."""
        parts = [self.write(o).text for o in operands]
        if function == "concatenate":
            return Code(f"np.concatenate([{', '.join(parts)}], axis={attributes['axis']})")
        if function in ("sum", "mean", "max", "cumsum"):
            options = "".join(f", {k}={v}" for k, v in attributes.items() if v is not False)
            return Code(f"np.{function}({', '.join(parts)}{options})")
        own = "" if function in BORROWED else "np."
        parts += [
            _sized(value) if name in ("axes", "shape", "key") else f"{name}={_sized(value)}"
            for name, value in attributes.items()
        ]
        return Code(f"{own}{function}({', '.join(parts)})")


def _sized(value: Any) -> str:
    """An attribute, a shape say, in which the number of samples is open."""
    if isinstance(value, tuple):
        inside = ", ".join(map(_sized, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if not isinstance(value, int) or value < MANY or value % MANY:
        return repr(value)
    return "len(x)" if value == MANY else f"{value // MANY} * len(x)"


def _key(key: Any) -> str:
    """A key as slices."""

    def one(k: Any) -> str:
        if isinstance(k, int):
            return str(k)
        start, step, count = k
        if (start, step) == (0, 1) and count % MANY == 0:
            return ":"
        stop = start + step * count
        return f"{start}:{'' if stop < 0 else stop}" + (f":{step}" if step != 1 else "")

    return ", ".join(map(one, key))
