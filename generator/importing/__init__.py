"""Bringing a document in, from a file, npm or a live XO."""
