"""Matrix products, and a layer's net input."""

from __future__ import annotations

from typing import Any

from whygrad.op import op


@op(
    back=lambda xp, g, y, X, W: (g @ xp.mT(W), xp.mT(X) @ g),
    latex=r"\cdot",
    cases=["(3,2), (2,4)", "(5,3,2), (2,4)", "(2,3,4), (2,4,2)"],
)
def matmul(xp: Any, X: Any, W: Any) -> Any:
    """The matrix product X · W of (…, n, m) and (…, m, p), with leading batch axes."""
    return X @ W


@op(
    back=lambda xp, g, y, x, W, b: (g @ W, xp.mT(g) @ x, g),
    latex=r"\operatorname{linear}",
    cases=["(3,2), (4,2), (4,)", "(1,3), (2,3), ()", "(2,3,4), (2,4), (2,)"],
)
def linear(xp: Any, x: Any, W: Any, b: Any) -> Any:
    """A layer's net input x · Wᵀ + b: x (…, in), W (out, in), b (out,) or one shared number."""
    return xp.rows_by(W, x) + b


@op(
    back=lambda xp, g, y, x, W: (g @ W, xp.mT(g) @ x),
    latex=r"\operatorname{project}",
    cases=["(3,2), (4,2)", "(1,3), (2,3)", "(2,3,4), (2,4)"],
)
def project(xp: Any, x: Any, W: Any) -> Any:
    """A layer's net input without a bias, x · Wᵀ: x (…, in), W (out, in)."""
    return xp.rows_by(W, x)
