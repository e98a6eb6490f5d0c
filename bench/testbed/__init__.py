"""Gradients to be judged: right ones, and wrong ones whose mistake is known.

All of them are written by hand in NumPy and know nothing of whygrad's backward pass: what is
planted here is a line of code that somebody gets wrong, not an entry of whygrad's catalogue.
"""
