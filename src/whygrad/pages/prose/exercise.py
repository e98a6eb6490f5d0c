"""What exercise sheets and their keys say."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {}
