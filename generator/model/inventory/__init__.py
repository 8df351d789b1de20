"""The inventory's tables: what lists answer as columns, and what is declared in `overrides/inventory.yaml`."""
