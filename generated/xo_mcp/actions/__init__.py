"""Changes in XO: writes, and actions followed as tasks."""
