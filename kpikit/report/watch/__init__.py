"""Watching: what a case's signals and bands are now, against what was known when it was last watched."""
