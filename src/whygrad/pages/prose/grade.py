"""What the marking of a written solution says: marks, conventions, slips."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
