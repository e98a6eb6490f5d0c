"""Is a gradient right? A claim, its judges, a verdict a parameter, the likely cause."""
