"""Words from a document become names and literals that are safe to write."""
