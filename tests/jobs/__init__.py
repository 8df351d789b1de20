"""The jobs of administrators: what each costs through the tools, and whether the answer is right."""
