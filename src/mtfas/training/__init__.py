"""Recipes: readable loops that teach a teacher or train a detector, and the run folders they leave."""
