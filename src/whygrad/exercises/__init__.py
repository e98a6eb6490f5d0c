"""Seeded exercises with readable numbers, blanks and answers."""
