"""What XO shows, made useful to a model: fields, limits, budgets, statistics."""
