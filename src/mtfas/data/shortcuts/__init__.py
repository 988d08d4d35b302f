"""Shortcuts: what tells live from attack without looking at the face, measured before anything is learned."""
