"""Identities: which product or element-wise formula of given arrays another array is.

A gradient that is wrong says most when it is read back: it is `g @ W`, the right one is `g @ Wᵀ`.
Formulas are written as in NumPy, with · for a product entry by entry and ᵀ for a transpose.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

import numpy as np

Operands = Mapping[str, np.ndarray]

SAME = 1e-5  # relative to the largest number
PLAIN = {1: "", 2: "2 · ", 3: "3 · ", 4: "4 · ", 0.5: "½ · ", 0.25: "¼ · "}  # and their negatives
FORMULAS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "{}": lambda x: x,
    "{}²": lambda x: x**2,
    "{}³": lambda x: x**3,
    "{}·(1 − {})": lambda x: x * (1 - x),
    "(1 − {}²)": lambda x: 1 - x**2,
    "(1 − {})": lambda x: 1 - x,
    "1/{}": lambda x: 1 / x,
    "1/{}²": lambda x: 1 / x**2,
    "exp({})": np.exp,
    "log({})": np.log,
    "sin({})": np.sin,
    "cos({})": np.cos,
    "tanh({})": np.tanh,
    "(1 − tanh({})²)": lambda x: 1 - np.tanh(x) ** 2,
    "σ({})": lambda x: 1 / (1 + np.exp(-x)),
    "σ({})·(1 − σ({}))": lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
    "√{}": np.sqrt,
    "1/√{}": lambda x: 1 / np.sqrt(x),
    "sign({})": np.sign,
    "({} > 0)": lambda x: (x > 0).astype(float),
}
SUMMED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "{}.sum(0)": lambda x: x.sum(axis=0),
    "{}.mean(0)": lambda x: x.mean(axis=0),
    "{}[-1]": lambda x: x[-1],
    "{}[0]": lambda x: x[0],
}


def identity(wanted: np.ndarray, operands: Operands) -> str:
    """The formula of the operands that gives an array; "" where none of these does."""
    size = float(np.abs(wanted).max(initial=0.0))
    # One number other than 0 is too little: some formula gives anything.
    if np.count_nonzero(wanted) < 2 or not np.isfinite(wanted).all():
        return ""
    with np.errstate(all="ignore"):
        for written, made in formulas(wanted.shape, operands):
            factor = plain_factor(wanted, made, SAME * size)
            if factor is not None:
                return factor + written
    return ""


def plain_factor(wanted: np.ndarray, made: np.ndarray, limit: float) -> str | None:
    """How a small factor between two arrays is written; None where there is no such factor."""
    scale = float(np.vdot(made, made))
    if not np.isfinite(scale) or scale == 0:
        return None
    ratio = float(np.vdot(made, wanted)) / scale
    if not np.abs(wanted - ratio * made).max() <= limit:
        return None
    near = next((c for c in PLAIN if abs(abs(ratio) - c) < 10 * SAME * c), None)
    return None if near is None else ("−" if ratio < 0 else "") + PLAIN[near]


def formulas(shape: tuple[int, ...], operands: Operands) -> Iterator[tuple[str, np.ndarray]]:
    """Every formula that gives an array of this shape, the simplest first."""
    yield from matrix_products(shape, operands)
    alike = {name: array for name, array in operands.items() if array.shape == shape}
    applied = {
        written.replace("{}", name): function(array)
        for name, array in alike.items()
        for written, function in FORMULAS.items()
    }
    yield from applied.items()
    upstream = alike.get("g")
    if upstream is not None:
        for written, made in applied.items():
            yield f"g · {written}", upstream * made
    others = [(n, a) for n, a in alike.items() if n != "g"]
    for (a, left), (b, right) in itertools.combinations(others, 2):
        yield f"{a} · {b}", left * right
        if upstream is not None:
            yield f"g · {a} · {b}", upstream * left * right
    for name, array in operands.items():
        if array.ndim and array.shape[1:] == shape and len(array) > 1:
            for written, function in SUMMED.items():
                yield written.replace("{}", name), function(array)


def matrix_products(shape: tuple[int, ...], operands: Operands) -> Iterator[tuple[str, np.ndarray]]:
    """A product of two matrices, each of them transposed or not."""
    if len(shape) < 2:
        return
    turned = [
        (name + mark, np.swapaxes(array, -1, -2) if mark else array)
        for name, array in operands.items()
        if array.ndim >= 2
        for mark in ("", "ᵀ")
    ]
    for (a, left), (b, right) in itertools.permutations(turned, 2):
        if left.shape[-1] == right.shape[-2] and (left.shape[-2], right.shape[-1]) == shape[-2:]:
            try:
                product = left @ right
            except ValueError:  # leading axes that do not fit
                continue
            if product.shape == shape:
                yield f"{a} @ {b}", product
