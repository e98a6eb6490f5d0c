"""A written solution's numbers: what follows, what does not, which slip gives them."""
