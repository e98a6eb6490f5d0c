"""What the explorable page says of the tables of numbers, and the making of a network."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
