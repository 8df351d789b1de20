"""The objects that a call is about: names for ids, and consequences for other objects."""
