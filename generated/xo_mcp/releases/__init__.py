"""The release of the connected XO, and what it lacks."""
