"""Files to and from XO, whole or not at all."""
