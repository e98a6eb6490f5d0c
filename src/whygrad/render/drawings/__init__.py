"""Drawing → SVG, TikZ, or a sketch for a terminal; `geometry` places things for the first two."""
