"""A bundle as an HTTP service: one process, nothing stored, every limit known. Never imports torch."""
