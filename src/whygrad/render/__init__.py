"""Derivation | Document | Expr → text, LaTeX, Markdown, MathML/HTML, SVG, JSON.

Rendering never computes, computing never formats.
"""
