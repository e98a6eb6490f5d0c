"""What the explorable page says of large networks, drawn as blocks."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
