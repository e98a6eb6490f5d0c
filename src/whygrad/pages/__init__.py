"""Pages: what is said and in which order, before any format has drawn it; every sentence by id."""
