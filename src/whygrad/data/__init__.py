"""Data: where samples come from, how they are split, scaled and encoded. Knows no network."""
