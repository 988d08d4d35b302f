"""Masks and artificial heads: how each is made for a wearer, and how it is worn."""
