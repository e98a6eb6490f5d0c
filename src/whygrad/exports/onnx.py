"""A network as an ONNX model, whose graph has an operator for each function of its formulas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from whygrad.errors import ConfigError, FormulaError
from whygrad.exports.program import MANY, Program, Step, program_of
from whygrad.exports.target import Target
from whygrad.expr import Call, Expr, Number, Symbol, is_mask
from whygrad.models.mlp import Network
from whygrad.symbols import reduced_axes

INSTALL = "pip install 'whygrad[onnx]'"
OPSET, IR = 18, 9  # axes of reductions are inputs from 18 on; both are read by runtimes since 2023

OPERATORS = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "neg": "Neg", "power": "Pow",
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "sign": "Sign", "sin": "Sin",
    "cos": "Cos", "tanh": "Tanh", "erf": "Erf", "maximum": "Max", "minimum": "Min",
    "equal": "Equal", "less": "Less", "less_equal": "LessOrEqual", "greater": "Greater",
    "greater_equal": "GreaterOrEqual", "matmul": "MatMul",
}  # fmt: skip
LOGICAL = {"both": "And", "either": "Or"}
REDUCTIONS = {"sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax"}


def onnx_bytes(network: Network, target: Target) -> bytes:
    """The model: input "X" (samples, inputs); outputs "prediction", or "label" and "probabilities".

    Raises ConfigError where the package onnx is not installed.
    """
    if find_spec("onnx") is None:
        raise ConfigError("ONNX files are written with onnx.", hint=INSTALL)
    import onnx

    program = program_of(network, target.dtype, MANY)
    writer = _Onnx(program)
    outputs = writer.whole()
    helper = onnx.helper
    given = helper.make_tensor_value_info("X", writer.kind, ["samples", len(program.inputs)])
    graph = helper.make_graph(
        writer.nodes, target.name, [given], outputs, [*writer.constants.values()]
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR,
        producer_name="whygrad",
        doc_string=f"{program.about}. Inputs in this order: {', '.join(program.inputs)}",
    )  # fmt: skip
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


class _Onnx:
    """Writes formulas of whole arrays as operators; what was written once is read again."""

    def __init__(self, program: Program) -> None:
        import onnx

        self.onnx, self.program = onnx, program
        self.kind = onnx.helper.np_dtype_to_tensor_dtype(program.dtype)
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.names: dict[str, str] = {"x": "X"}
        self.wide = False

    # ---- the graph --------------------------------------------------------------------------

    def node(self, operator: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """One operator; the name of its result."""
        out = out or f"/{operator}_{len(self.nodes)}"  # no array is called so
        made = self.onnx.helper.make_node(operator, inputs, [out], name=out, **attributes)
        self.nodes.append(made)
        return out

    def constant(self, value: np.ndarray, name: str = "") -> str:
        """An array that is part of the model; equal unnamed ones are one."""
        key = name or f"{value.dtype.name}_{value.shape}_{value.tolist()}"
        if key not in self.constants:
            name = name or f"/number_{len(self.constants)}"
            self.constants[key] = self.onnx.numpy_helper.from_array(value, name)
        return self.constants[key].name

    def whole(self) -> list[Any]:
        """Writes every step and what is answered; the model's outputs."""
        for step in self.program.steps:
            self.step(step)
        info, width = self.onnx.helper.make_tensor_value_info, len(self.program.outputs)
        out = self.names[self.program.answer]
        classes = self.program.classes
        chances = classes is not None and self.program.probabilities
        shown = "probabilities" if chances else "prediction"
        columns = 2 if self.program.single and chances else width
        found = [info(shown, self.kind, ["samples", columns])]
        if classes is not None:
            found.insert(0, info("label", self.label(out, classes), ["samples"]))
        if columns != width:
            one = self.constant(np.array(1, self.program.dtype))
            out = self.node("Concat", self.node("Sub", one, out), out, axis=1)
        self.node("Identity", out, out=shown)
        return found

    def label(self, out: str, classes: Sequence[Any]) -> int:
        """The class of each sample; the type of its label."""
        labels = np.array(classes)
        kind = self.onnx.TensorProto.STRING
        if labels.dtype.kind in "bif":
            kind = self.onnx.helper.np_dtype_to_tensor_dtype(labels.dtype)
        else:
            labels = labels.astype(str).astype(object)
        if self.program.single:
            flat = self.node("Squeeze", out, self.whole_numbers([1]))
            half = self.constant(np.array(0.5, self.program.dtype))
            best = self.cast(self.node("Greater", flat, half), self.onnx.TensorProto.INT64)
        else:
            best = self.node("ArgMax", out, axis=1, keepdims=0)
        self.node("Gather", self.constant(labels, "/classes"), best, out="label")
        return kind

    def step(self, step: Step) -> None:
        """One assignment; scaling is done in float64, as the model does it."""
        self.wide = step.wide and self.program.dtype == np.float32
        found = self.number(step.formula)
        if self.wide:
            found = self.cast(found, self.kind)
        self.names[step.name] = found
        self.wide = False

    # ---- formulas ---------------------------------------------------------------------------

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers of the step at hand."""
        return np.dtype(np.float64) if self.wide else self.program.dtype

    def cast(self, name: str, kind: int) -> str:
        return self.node("Cast", name, to=kind)

    def whole_numbers(self, values: Sequence[int]) -> str:
        return self.constant(np.array(values, np.int64))

    def plain(self, value: float) -> str:
        return self.constant(np.array(value, self.dtype))

    def number(self, formula: Expr) -> str:
        """The name of a formula's numbers; a mask as 1 and 0."""
        name = self.write(formula)
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)
        return self.cast(name, kind) if is_mask(formula) else name

    def mask(self, formula: Expr) -> str:
        """The name of a formula's truth: whether it is not 0."""
        name = self.write(formula)
        return name if is_mask(formula) else self.cast(name, self.onnx.TensorProto.BOOL)

    def write(self, formula: Expr) -> str:
        match formula:
            case Number(value):
                return self.plain(value)
            case Symbol(name):
                return self._array(str(name))
            case Call(function, (a, b)) if function in LOGICAL:
                return self.node(LOGICAL[function], self.mask(a), self.mask(b))
            case Call("where", (condition, yes, no)):
                return self.node("Where", self.mask(condition), self.number(yes), self.number(no))
            case Call(function, arguments) if function in OPERATORS:
                return self.node(OPERATORS[function], *map(self.number, arguments))
            case Call(function, arguments, attributes) if function in WRITERS:
                return WRITERS[function](self, *arguments, **dict(attributes))
        what = formula.function if isinstance(formula, Call) else type(formula).__name__
        raise FormulaError(
            f"There is no export of {what!r} to ONNX.", why="it reads labels, or many samples"
        )

    def _array(self, name: str) -> str:
        """A constant, or what a step before has computed."""
        if name in self.program.constants:
            return self.constant(self.program.constants[name], name)
        found = self.names[name]
        return self.cast(found, self.onnx.TensorProto.DOUBLE) if self.wide else found


# ---- functions that are more than one operator --------------------------------------------------


def expm1(w: _Onnx, x: Expr) -> str:
    """eˣ − 1 = tanh(x/2) · (eˣ + 1): without loss near 0."""
    name = w.number(x)
    half = w.node("Tanh", w.node("Mul", name, w.plain(0.5)))
    return w.node("Mul", half, w.node("Add", w.node("Exp", name), w.plain(1)))


def log1p(w: _Onnx, x: Expr) -> str:
    """ln(1 + x) as ln(u) · x/(u − 1) with u = 1 + x rounded (Kahan; Goldberg 1991, theorem 4)."""
    name = w.number(x)
    u = w.node("Add", w.plain(1), name)
    over, log = w.node("Sub", u, w.plain(1)), w.node("Log", u)
    exact = w.node("Where", w.node("Equal", over, name), log,
                   w.node("Mul", log, w.node("Div", name, over)))  # fmt: skip
    return w.node("Where", w.node("Equal", u, w.plain(1)), name, exact)


def ones_like(w: _Onnx, x: Expr) -> str:
    one = w.onnx.numpy_helper.from_array(np.array([1], w.dtype))
    return w.node("ConstantOfShape", w.node("Shape", w.write(x)), value=one)


def reduction(operator: str) -> Callable[..., str]:
    def write(w: _Onnx, x: Expr, axis: Any = None, keepdims: bool = False) -> str:
        axes = w.whole_numbers(reduced_axes(axis, x.ndim))
        return w.node(operator, w.number(x), axes, keepdims=int(keepdims))

    return write


def cumsum(w: _Onnx, x: Expr, axis: int) -> str:
    return w.node("CumSum", w.number(x), w.constant(np.array(axis, np.int64)))


def open_shape(shape: Sequence[int], free: int) -> list[int]:
    """A shape with `free` where the number of samples is a factor."""
    return [free if n and n % MANY == 0 else n for n in shape]


def reshape(w: _Onnx, x: Expr, shape: Sequence[int]) -> str:
    return w.node("Reshape", w.number(x), w.whole_numbers(open_shape(shape, -1)))


def broadcast_to(w: _Onnx, x: Expr, shape: Sequence[int]) -> str:
    return w.node("Expand", w.number(x), w.whole_numbers(open_shape(shape, 1)))


def transpose(w: _Onnx, x: Expr, axes: Sequence[int]) -> str:
    return w.node("Transpose", w.number(x), perm=[a % x.ndim for a in axes])


def swapped(w: _Onnx, x: Expr) -> str:
    return transpose(w, x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def rows_by(w: _Onnx, weights: Expr, x: Expr) -> str:
    return w.node("MatMul", w.number(x), swapped(w, weights))


def concatenate(w: _Onnx, *parts: Expr, axis: int) -> str:
    return w.node("Concat", *map(w.number, parts), axis=axis)


def select(w: _Onnx, x: Expr, key: Any) -> str:
    """Along each axis the positions that are taken; an axis of a single one goes."""
    found, gone = w.number(x), 0
    for axis, k in enumerate(key):
        if isinstance(k, int):
            found = w.node("Gather", found, w.constant(np.array(k, np.int64)), axis=axis - gone)
            gone += 1
        elif k[2] % MANY:
            positions = w.whole_numbers([k[0] + k[1] * i for i in range(k[2])])
            found = w.node("Gather", found, positions, axis=axis - gone)
    return found


def place(w: _Onnx, g: Expr, key: Any, shape: Sequence[int]) -> str:
    """Along each axis the position that each number comes from, or that of a 0 behind the last."""
    found = w.number(g)
    for axis, (k, length) in enumerate(zip(key, shape, strict=True)):
        if isinstance(k, int):
            found, k = w.node("Unsqueeze", found, w.whole_numbers([axis])), (k, 1, 1)
        if length % MANY:
            start, step, count = k
            source = np.full(length, count)
            source[[start + step * i for i in range(count)]] = range(count)
            found = _looked_up(w, found, source, axis)
    return found


def _looked_up(w: _Onnx, name: str, source: np.ndarray, axis: int) -> str:
    """Positions taken along an axis, behind whose end stands a 0."""
    ends = w.whole_numbers([0, 1])
    padded = w.node("Pad", name, ends, w.plain(0), w.whole_numbers([axis]))
    return w.node("Gather", padded, w.constant(source.astype(np.int64)), axis=axis)


def windows(w: _Onnx, x: Expr, kernel: Any, stride: Any, padding: Any) -> str:
    """Where each number of each window comes from, read off the very function of NumPy."""
    from whygrad import numeric

    height, width = x.shape[-2:]
    counted = numeric.windows(
        np.arange(1, height * width + 1).reshape(height, width), kernel, stride, padding
    )
    source = np.where(counted > 0, counted - 1, height * width)
    flat = w.node(
        "Reshape", w.number(x), w.whole_numbers(open_shape((*x.shape[:-2], height * width), -1))
    )
    return _looked_up(w, flat, source, x.ndim - 2)


def unwindows(w: _Onnx, g: Expr, size: Any, kernel: Any, stride: Any, padding: Any) -> str:
    """The windows' numbers times the matrix that says which pixel each was taken from."""
    from whygrad import numeric

    count = int(np.prod(g.shape[-4:]))
    unit = np.eye(count, dtype=w.dtype).reshape(count, *g.shape[-4:])
    matrix = numeric.unwindows(unit, size, kernel, stride, padding).reshape(count, -1)
    lead = g.shape[:-4]
    flat = w.node("Reshape", w.number(g), w.whole_numbers(open_shape((*lead, count), -1)))
    summed = w.node("MatMul", flat, w.constant(matrix))
    return w.node("Reshape", summed, w.whole_numbers(open_shape((*lead, *size), -1)))


WRITERS: dict[str, Callable[..., str]] = {
    "expm1": expm1, "log1p": log1p, "ones_like": ones_like, "cumsum": cumsum, "reshape": reshape,
    "broadcast_to": broadcast_to, "transpose": transpose, "mT": swapped, "rows_by": rows_by,
    "concatenate": concatenate, "select": select, "place": place, "windows": windows,
    "unwindows": unwindows, **{name: reduction(o) for name, o in REDUCTIONS.items()},
}  # fmt: skip
