"""The operator's decisions: options, their environment, what they mean."""
