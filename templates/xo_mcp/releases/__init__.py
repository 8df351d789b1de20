"""Which XO release is at hand, and what it lacks."""
