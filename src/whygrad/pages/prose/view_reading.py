"""What the explorable page says of the derivation beside the network, and the blanks in it."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
