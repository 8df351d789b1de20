"""What of an OpenAPI document is kept: facts, checked and without prose."""
