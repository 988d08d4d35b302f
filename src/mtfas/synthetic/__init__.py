"""The built-in benchmark: rendered heads, simulated cameras, re-captured attacks; never real data."""
