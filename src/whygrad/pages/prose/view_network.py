"""What the explorable page says of the drawn network, the steps of an iteration."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
