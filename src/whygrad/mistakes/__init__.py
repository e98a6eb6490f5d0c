"""The catalogue of wrong back-propagation: whole passes, single lines; each is tried in numbers."""
