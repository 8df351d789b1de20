"""The model becomes a tree of files that is known to work."""
