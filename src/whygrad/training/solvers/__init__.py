"""Solvers: optimizers that see all samples at every iteration, a file a family."""
