"""Plain ASCII for terminals that cannot show the signs of mathematics: ∂E/∂w5 → dE/dw5."""

from __future__ import annotations

import unicodedata

SIGNS = {
    "∂": "d", "δ": "delta", "η": "eta", "σ": "sigma", "Σ": "sum", "·": "*", "×": "x", "−": "-",
    "≈": "~", "≤": "<=", "≥": ">=", "½": "0.5", "√": "sqrt", "∞": "inf", "…": "...", "→": "->",
    "◀": "<", "▶": ">", "✓": "ok", "✗": "WRONG", "⁺": "+", "⁻": "-", "ᵀ": "^T", "⊙": "*", "⋮": ":",
    "–": "-", "—": "-", "’": "'", "“": '"', "”": '"', "±": "+-", "′": "'", "⁽": "(", "⁾": ")",
    "∇": "grad ", "⟨": "<", "⟩": ">", "ε": "eps", "θ": "theta", "λ": "lambda", "μ": "mu",
    "Δ": "Delta", "¼": "0.25", "ˡ": "l", "ⱼ": "j", "ₖ": "k", "x̂": "xhat", "中文": "Chinese",
    "ρ̂": "rhohat", "ρ": "rho", "β": "beta",
}  # fmt: skip
DRAWN = (
    dict(zip("─╌━═│┃║", "---=|||", strict=True))
    | dict.fromkeys("┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬", "+")
    | dict(zip("╱╲╳", "/\\X", strict=True))
    | {chr(c): "*" for c in range(0x2801, 0x2900)}  # the dots of a curve
    | {chr(0x2800): " "}
)
POWERS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
INDICES = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))


def to_ascii(text: str) -> str:
    """The text with every sign that has one written in ASCII; letters of other scripts stay."""
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    out = []
    for position, c in enumerate(text):
        if c in POWERS:  # x² → x^2, x¹² → x^12
            out.append(("" if position and text[position - 1] in POWERS else "^") + POWERS[c])
        else:
            out.append(INDICES.get(c) or DRAWN.get(c) or simple(c))
    return "".join(out)


def simple(letter: str) -> str:
    """A letter without its dress (ˣ, é, ｘ); of another script as it is."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", letter) if c.isascii())
    return letter if letter.isascii() or not bare else bare
