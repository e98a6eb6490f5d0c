"""Plain ASCII for terminals that cannot show the signs of mathematics: ∂E/∂w5 → dE/dw5."""

from __future__ import annotations

SIGNS = {
    "∂": "d", "δ": "delta", "η": "eta", "σ": "sigma", "Σ": "sum", "·": "*", "×": "x", "−": "-",
    "≈": "~", "≤": "<=", "≥": ">=", "½": "0.5", "√": "sqrt", "∞": "inf", "…": "...", "→": "->",
    "◀": "<", "▶": ">", "✓": "ok", "✗": "WRONG", "⁺": "+", "ᵀ": "^T", "⊙": "*", "⋮": ":",
    "–": "-", "—": "-", "’": "'", "“": '"', "”": '"', "±": "+-", "⁽": "(", "⁾": ")", "ˡ": "l",
    "ⱼ": "j", "ₖ": "k", "x̂": "xhat", "中文": "Chinese",
}  # fmt: skip
DRAWN = dict(zip("─━═│┃║", "--=|||", strict=True)) | dict.fromkeys("┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬╱╲╳", "+")
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
            out.append(INDICES.get(c) or DRAWN.get(c) or c)
    return "".join(out)
