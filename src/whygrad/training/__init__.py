"""Training: the loop, update rules, and the record of a run."""
