"""State that several workers of this server share, on one machine or more."""
