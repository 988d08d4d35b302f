"""Video files: which endings are taken for one."""

VIDEO_SUFFIXES = frozenset({".avi", ".mov", ".mp4", ".m4v", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".3gp"})
"""File endings, in lower case, that are taken for videos when a folder is searched."""
