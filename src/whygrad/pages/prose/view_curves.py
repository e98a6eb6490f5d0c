"""What the explorable page says of curves, surfaces, norms, and a run."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
