"""Files that users write: the network file, its data, and a file to start from."""
