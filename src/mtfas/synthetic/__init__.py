"""The built-in benchmark: rendered heads, simulated cameras, attacks made as attacks are made. Never real data."""
