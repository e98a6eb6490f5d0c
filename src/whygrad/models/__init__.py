"""Networks: layers turned into a graph and first parameters."""
