"""What is said of gradients that are not finite, zero, tiny or huge."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
