"""Engines: how a graph's two passes are run. `eager` keeps every value, `compiled` is fast."""
