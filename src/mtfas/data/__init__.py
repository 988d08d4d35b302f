"""Prepared data sets: made from sources, opened, divided by protocols, checked, and loaded as batches."""
