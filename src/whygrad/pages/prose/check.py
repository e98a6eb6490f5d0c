"""What a check of gradients says: verdicts, second opinions, likely causes."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
