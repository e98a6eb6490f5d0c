"""Where the first NaN began; why a gradient is zero, tiny or huge."""
