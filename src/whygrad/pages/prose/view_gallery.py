"""What the explorable page says of the networks to begin with."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
