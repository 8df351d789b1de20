"""What XO does: writes, actions followed as tasks, and the traps on the way."""
