"""A network as code of its own, which predicts without whygrad: one printer a language."""
